"""Text from files that is to end up in a database."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from clipsync.model.manifest import DiskCode, DiskReason

MAX_DEPTH = 100
"""JSON nested deeper is not stored: writers and databases each stop somewhere not far beyond."""

MAX_SHOWN = 60


def unstorable(value: Any, *, strict: bool = True) -> DiskReason | None:
    """Why a JSON value can't be stored in a JSON or text column; None when it can.

    PostgreSQL takes no NUL characters and no NaN; no database takes lone surrogates. `strict` as
    in `JsonDocument`: says that the parser has ruled out most of it, so that one quick pass does.
    """
    return None if strict and _surely_storable(value) else _search(value)


def clean_text(value: Any) -> str | None:
    """Text without surrounding white space; None where nothing is left that can be stored."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    return text if text and unstorable(text, strict=False) is None else None


def first_text(*candidates: Any) -> str | None:
    """The first of them that is such a text."""
    return next((text for value in candidates if (text := clean_text(value))), None)


def timestamp(value: Any) -> str | None:
    """ISO 8601 as it is written; None for anything else."""
    text = clean_text(value)
    try:
        return text if text and datetime.fromisoformat(text) else None
    except ValueError:
        return None


def storable_object(value: Any) -> Mapping[str, Any] | None:
    """A JSON object that can be stored; None for anything else."""
    if isinstance(value, dict) and unstorable(value, strict=False) is None:
        return value
    return None


def shown(value: Any) -> str:
    """A value as messages show it: short, on one line, without control characters."""
    if isinstance(value, str):
        return repr(value if len(value) <= MAX_SHOWN else value[: MAX_SHOWN - 3] + "...")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return shown(str(value))[1:-1]
    return "[…]" if isinstance(value, list) else "{…}"


def _surely_storable(value: Any) -> bool:
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    # Brackets inside strings count too: too many only mean a closer look.
    return b"\\u0000" not in text and text.count(b"[") + text.count(b"{") <= MAX_DEPTH


def _search(value: Any) -> DiskReason | None:
    """The first thing in `value` that can't be stored, without recursion."""
    rest: list[tuple[Any, int]] = [(value, 0)]
    while rest:
        item, depth = rest.pop()
        reason: DiskReason | None = None
        if depth > MAX_DEPTH:
            reason = DiskReason(DiskCode.TOO_DEEP, {"levels": MAX_DEPTH})
        elif isinstance(item, str):
            reason = _search_text(item)
        elif isinstance(item, float) and not math.isfinite(item):
            reason = DiskReason(DiskCode.NOT_FINITE)
        elif isinstance(item, int) and not -(2**63) <= item < 2**64:
            reason = DiskReason(DiskCode.TOO_MANY_BITS)
        elif isinstance(item, list):
            rest.extend((part, depth + 1) for part in item)
        elif isinstance(item, dict):
            rest.extend((key, depth + 1) for key in item)
            rest.extend((part, depth + 1) for part in item.values())
        if reason is not None:
            return reason
    return None


def _search_text(text: str) -> DiskReason | None:
    if "\0" in text:
        return DiskReason(DiskCode.NUL_CHARACTER)
    try:
        text.encode()
    except UnicodeEncodeError:
        return DiskReason(DiskCode.HALF_CHARACTER)
    return None
