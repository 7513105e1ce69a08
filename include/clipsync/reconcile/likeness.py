"""How much two things are the same: pieces of video, and contents (rule 1).

row     |---------|                 shared 3, united 5: likeness 0.6
record    |---------|
          ^^^^^^^^^
"""

from __future__ import annotations

from collections.abc import Collection

from clipsync.model.decision import Span

HALF = 0.5
"""A thing of another number is the same from here on."""


def of_spans(left: Span | None, right: Span | None) -> float:
    """Intersection over union of two time ranges, 0 to 1; 0 where one is not known.

    Rows keep whole seconds and files milliseconds, so ranges of the same seconds are the same. A
    range that ends before it starts is read backwards. Example: 0-60 s and 30-90 s share a third.
    """
    if left is None or right is None:
        return 0.0
    if left == right or _seconds(left) == _seconds(right):
        return 1.0
    shared = min(max(left), max(right)) - max(min(left), min(right))
    united = max(*left, *right) - min(*left, *right)
    return shared / united if shared > 0 else 0.0


def of_contents(left: Collection[str], right: Collection[str]) -> float:
    """Share of the united clips that both hold, 0 to 1. Example: {1,2,3} and {2,3,4}: a half."""
    mine, other = set(left), set(right)
    united = mine | other
    return len(mine & other) / len(united) if united else 0.0


def same_thing(likeness: float, *, same_number: bool) -> bool:
    """Rule 1: under the same number any overlap is enough, under another one it takes half."""
    return likeness > 0 if same_number else likeness >= HALF


def _seconds(span: Span) -> Span:
    return span[0] // 1000, span[1] // 1000
