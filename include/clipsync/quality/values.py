"""When two values are the same, as the contract tells it: the second opinion's own comparison."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

NAME_LIMIT = 255
"""Characters that AutoClip's columns for titles and names hold."""

_LONGEST_CHARACTER = 64
"""Code points of what people see as one character, at most: a text is cut between two of them."""

Span = tuple[int, int]
"""Start and end in milliseconds."""


def same_text(left: str | None, right: str | None) -> bool:
    """NULL is the empty text; composed and decomposed Unicode are the same."""
    return left == right or _composed(left) == _composed(right)


def is_text_of(stored: str | None, written: str) -> bool:
    """Whether a column holds what a file says, cut to what fits into the column."""
    if same_text(stored, written):
        return True
    cut = stored or ""
    room = NAME_LIMIT - _LONGEST_CHARACTER
    return len(written) > NAME_LIMIT >= len(cut) > room and written.startswith(cut)


def same_number(left: Any, right: Any) -> bool:
    """Within what a float column keeps; NULL equals NULL only."""
    if number(left) is None or number(right) is None:
        return left is None and right is None
    return math.isclose(left, right, rel_tol=1e-6, abs_tol=1e-9)


def number(value: Any) -> float | None:
    """A finite number; None for whatever else SQLite may hold in such a column."""
    if not isinstance(value, int | float):
        return None
    try:
        converted = float(value)
    except OverflowError:
        return None
    return converted if math.isfinite(converted) else None


def same_json(left: Any, right: Any) -> bool:
    """Equal JSON values, whatever the order of keys; 1 and 1.0 are the same, 1 and true are not."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same_json(left[k], right[k]) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_json, left, right))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        return same_text(left, right)
    if left is None or right is None:
        return left is right
    return left == right or same_number(left, right)


def parsed(text: str | None) -> Mapping[str, Any]:
    """The object in a JSON column; {} for anything else, which another rule looks at."""
    if text is None:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def ids_in(value: Any) -> list[str]:
    """A list of ids as text, without repeats; of anything else none."""
    return list(dict.fromkeys(map(str, value))) if isinstance(value, list) else []


def share(left: Span | None, right: Span | None) -> float:
    """How much of the time that two clips cover they have in common: 0 to 1.

    One that ends before it starts is read backwards. Where nothing is known, all of it.
    """
    if left is None or right is None or left == right:
        return 1.0
    (a, b), (c, d) = sorted(left), sorted(right)
    common, united = min(b, d) - max(a, c), max(b, d) - min(a, c)
    if tuple(one // 1000 for one in left) == tuple(one // 1000 for one in right):
        return 1.0
    return max(common, 0) / united if united else 1.0


def in_order(items: Iterable[str], among: Iterable[str]) -> list[str]:
    """Those of `items` that are in `among`, in the order of `items`."""
    wanted = set(among)
    return [one for one in items if one in wanted]


def _composed(text: str | None) -> str:
    return unicodedata.normalize("NFC", text or "")
