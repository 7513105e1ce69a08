"""Times of AutoClip's records: `HH:MM:SS,mmm`, `HH:MM:SS.mmm` and `HH:MM:SS`."""

from __future__ import annotations

import re

MAX_SECONDS = 2**31 - 1
"""What AutoClip's INTEGER columns hold on PostgreSQL; one row beyond it would fail them all."""

_TIME = re.compile(r"\s*([0-9]{1,12}):([0-5]?[0-9]):([0-5]?[0-9])(?:[.,]([0-9]+))?\s*")


def parse_time_ms(text: str) -> int | None:
    """Milliseconds from the video's start, rounded down; None where `text` is no such time.

    Any number of hours and of digits after the comma or point is read; minutes and seconds beyond
    59 are not, and neither is a time beyond `MAX_SECONDS`.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds, fraction = match.groups()
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    if whole > MAX_SECONDS:
        return None
    return whole * 1000 + int((fraction or "")[:3].ljust(3, "0"))
