"""Paths in rows: the part below the project's directory, and whether it is the right file."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

_CLIPS = "output/clips/"


def below(path: str | None, project_id: str) -> str | None:
    """`output/clips/1_x.mp4` of a path of whatever machine; None where it is not the project's."""
    _, found, tail = (path or "").replace("\\", "/").rpartition(f"/{project_id}/")
    return unicodedata.normalize("NFC", tail) if found else None


def names_another_video(
    path: str | None, project_id: str, videos: Collection[str], source_id: str
) -> str | None:
    """The clip's video on disk where the row does not name it, else None.

    Where no video of that clip is in sight (the files may lie on AutoClip's machine alone)
    nothing can be said against the row, but that it must name a clip of that number.
    """
    composed = {unicodedata.normalize("NFC", one) for one in videos}
    start = unicodedata.normalize("NFC", f"{_CLIPS}{source_id}_")
    own = sorted(one for one in composed if one.startswith(start) and one.endswith(".mp4"))
    tail = below(path, project_id)
    if own:
        return None if tail in own else own[0]
    if tail is not None and tail.startswith(_CLIPS) and not tail.startswith(start):
        return f"{start}…"
    return None
