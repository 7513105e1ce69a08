"""Canonical comparison (rule 10) and values that do not fit (rule 13).

Two values that differ only in spelling (NULL or "", composed or decomposed Unicode, 1 or 1.0,
the order of JSON keys) are the same value, and no reason to write.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from clipsync.model.snapshot import BrokenJson
from clipsync.model.text import NAME_LIMIT, fit

__all__ = [
    "NAME_LIMIT",
    "PATH_LIMIT",
    "fit",
    "same_json",
    "same_number",
    "same_text",
    "untouched",
]

PATH_LIMIT = 500
"""Characters of the `…_path` columns."""


def same_text(left: object, right: object) -> bool:
    """Equal text: NULL is "", and Unicode is compared in NFC."""
    return left == right or _text(left) == _text(right)


def same_number(left: object, right: object) -> bool:
    """Equal numbers within what a float column keeps; NULL equals only NULL."""
    if not _is_number(left) or not _is_number(right):
        return left is None and right is None
    return math.isclose(left, right, rel_tol=1e-6, abs_tol=1e-9)  # type: ignore[arg-type]


def same_json(left: Any, right: Any) -> bool:
    """Equal JSON values: key order and 1/1.0 do not matter; text in NFC, NULL only equals NULL."""
    # Nearly always the two are spelled alike; only the text tells True from 1.
    if left == right and repr(left) == repr(right):
        return not isinstance(left, BrokenJson)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(
            same_json(value, right[key]) for key, value in left.items()
        )
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same_json, left, right))
    return _same_scalar(left, right)


def _same_scalar(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if _is_number(left) and _is_number(right):
        return same_number(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return _text(left) == _text(right)
    return bool(left == right)


def untouched(created_at: str, updated_at: str) -> bool:
    """True when a row was never updated since it was inserted.

    AutoClip's ORM sets both times at the insert, microseconds apart, and `updated_at` again with
    every edit: where no base is known, this tells that nobody edited the row.
    """
    try:
        age = datetime.fromisoformat(updated_at) - datetime.fromisoformat(created_at)
    except (TypeError, ValueError):
        return False
    return abs(age) < timedelta(seconds=1)


def _text(value: object) -> str:
    return "" if value is None else unicodedata.normalize("NFC", str(value))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
