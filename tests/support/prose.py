"""English prose in what should be Chinese."""

from __future__ import annotations

import re


def english(text: str) -> list[str]:
    """Two English words in a row that are not to be typed."""
    prose = re.sub(r"`[^`]*`|--\w+ \w+|Required actions", "", text)
    return re.findall(r"[A-Za-z']+ [A-Za-z']+", prose)
