"""The videos of a project's clips and collections: the real file, else the name it would have;
and the pictures of its collections."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

CLIPS_FOLDER = "output/clips"
COLLECTIONS_FOLDER = "output/collections"
VIDEO_FOLDERS = (CLIPS_FOLDER, COLLECTIONS_FOLDER)

MAX_NAME_BYTES = 200
"""File systems take 255 bytes; a thumbnail's longer suffix must fit too."""

_SUFFIX = ".mp4"
_PICTURE = "_thumbnail.jpg"
_CONTROL = (*range(0x20), *range(0x7F, 0xA0))
_NO_COMPONENTS = dict.fromkeys((*_CONTROL, ord("/"), ord("\\")), "_")
_AS_CUT = str.maketrans(dict.fromkeys('<>:"|?*\\/', "_"))


class VideoFolder:
    """The videos of one folder, from one listing of it.

    Names are compared in Unicode's composed form (NFC), since a Mac writes them decomposed, and
    given as they are on disk. Names that are no valid UTF-8 can't be stored, so they don't count.
    """

    def __init__(self, folder: str, listing: Mapping[str, os.DirEntry[str]]) -> None:
        self.folder = folder
        self._names = {
            _composed(name): name
            for name in sorted(listing)
            if name.endswith(_SUFFIX) and _is_text(name) and _is_file(listing[name])
        }
        self._pictures = {
            _composed(name): name
            for name in sorted(listing)
            if name.endswith(_PICTURE) and _is_text(name) and _is_file(listing[name])
        }
        self._by_prefix: dict[str, list[str]] = {}
        for name in sorted(self._names):
            self._by_prefix.setdefault(name.partition("_")[0], []).append(name)

    def clip(self, source_id: str, title: str) -> tuple[str, bool]:
        """(path below the project directory, does it exist) of a clip's video.

        AutoClip cuts `<id>_<title>.mp4` and finds it again by its id. Where there is none, its
        database rows name the file by the title's letters and digits only, and so do we.
        """
        start = _composed(f"{source_id}_")
        alike = self._by_prefix.get(start.partition("_")[0], ())
        names = [name for name in alike if name.startswith(start)]
        if not names:
            return self._missing(f"{source_id}_{_as_stored(title)}"), False
        if len(names) > 1:
            exact = (f"{source_id}_{title}", f"{source_id}_{_as_cut(title)}")
            if found := self._first(exact):
                return found, True
        return f"{self.folder}/{self._names[names[0]]}", True

    def collection(self, source_id: str, title: str) -> tuple[str, bool]:
        """(path below the project directory, does it exist) of a collection's video."""
        cut = _as_cut(title)
        found = self._first(
            (
                f"{source_id}_{title}",
                f"{source_id}_{cut}",
                title,
                cut,
                f"collection_{source_id}",
            )
        )
        if found is not None:
            return found, True
        return self._missing(f"{source_id}_{title}"), False

    def thumbnail(self, source_id: str, title: str) -> str | None:
        """The path of a collection's picture below the project directory; None: there is none."""
        for stem in (f"{source_id}_{title}", f"{source_id}_{_as_cut(title)}"):
            name = self._pictures.get(_composed(stem + _PICTURE))
            if name is not None:
                return f"{self.folder}/{name}"
        return None

    def _first(self, stems: Iterable[str]) -> str | None:
        """The path of the first video there is under one of these names."""
        if not self._names:
            return None
        for stem in stems:
            name = self._names.get(_composed(stem + _SUFFIX))
            if name is not None:
                return f"{self.folder}/{name}"
        return None

    def _missing(self, stem: str) -> str:
        return f"{self.folder}/{safe_file_name(stem, _SUFFIX)}"


def safe_file_name(stem: str, suffix: str) -> str:
    """A file name that stays one: no path components or control characters, not too long."""
    room = MAX_NAME_BYTES - len(suffix.encode())
    return stem.translate(_NO_COMPONENTS).encode()[:room].decode(errors="ignore") + suffix


def largest_file(entries: Iterable[os.DirEntry[str]], suffixes: frozenset[str]) -> str | None:
    """The name of the largest file with one of the suffixes, the first in order of several."""
    found = [
        entry
        for entry in entries
        if PurePosixPath(entry.name).suffix.lower() in suffixes
        and _is_text(entry.name)
        and _is_file(entry)
    ]
    if len(found) <= 1:
        return found[0].name if found else None
    return min(found, key=lambda entry: (-_size(entry), entry.name)).name


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _as_cut(title: str) -> str:
    """A title as AutoClip's video cutter puts it into a file name."""
    return title.translate(_AS_CUT).strip(" .")[:100] or "untitled"


def _as_stored(title: str) -> str:
    """A title as AutoClip puts it into a row's path when it finds no file."""
    kept = "".join(char for char in title if char.isalnum() or char in " -_")
    return kept.rstrip().replace(" ", "_")


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except OSError:
        return -1
