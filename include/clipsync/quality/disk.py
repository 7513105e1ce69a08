"""The second opinion's own eyes: a reader of AutoClip's final files, from the contract's words.

It shares no code with `autoclip.disk`, so a mistake there is seen here and not repeated. A test
holds the two against each other on generated damage: where they differ, one of them is wrong.

What is not said in a file that decides is never guessed: a project whose files say nothing usable
is not `judged`, and nothing is held against its rows.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clipsync.model.manifest import Kind

MAX_BYTES = 64 * 1024 * 1024
_DEEPEST = 100
_LAST_SECOND = 2**31 - 1
_LONGEST_ID = 255
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ROW_FILE = re.compile(rf"(clip|collection)_({_UUID.pattern})\.json")

_OLD_STEPS = "step4_title/step4_title.json", "step5_clustering/step5_clustering.json"
_PLACES: Sequence[tuple[str, str, Sequence[tuple[str, str]]]] = (
    # where the final files lie, the marker, and (clips, collections) one step earlier
    (
        "metadata/",
        "output/step6_video_output.json",
        (("metadata/step4_titles.json", "metadata/step5_collections.json"),),
    ),
    (
        "output/metadata/",
        "output/step6_video_output.json",
        (("output/metadata/step4_titles.json", "output/metadata/step5_collections.json"),),
    ),
    ("step6_video/", "step6_video/step6_video_output.json", (_OLD_STEPS,)),
    (
        "",
        "step6_video/step6_video_output.json",
        (_OLD_STEPS, ("step4_titles.json", "step5_collections.json")),
    ),
)
"""The four generations of layout, newest first."""


@dataclass(frozen=True, slots=True)
class DiskClip:
    """A usable clip record. `start`, `end`: milliseconds. `score`: what its row should hold."""

    source_id: str
    start: int
    end: int
    title: str
    description: str
    score: float | None
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DiskCollection:
    """A usable collection record; `clip_ids` are source ids in order, without repeats."""

    source_id: str
    name: str
    description: str
    clip_ids: tuple[str, ...]
    collection_type: str


@dataclass(frozen=True, slots=True)
class DiskProject:
    """What the files say of one project.

    `judged`: the final files are there, and rows can be held against them. `complete`: the marker
    confirms them, so a row that they do not name has no business in the database. `studio`:
    AutoClip's Studio owns the project's status. `clips`, `collections`: by source id; None where
    no file says anything of that kind. `set_aside`: source ids of records that can't be used, None
    among them where one has no readable id. `row_sources`: source ids by (kind, row id), from the
    files of the per-clip generation. `deleted`: row ids of collections that people deleted.
    `videos`: paths below the project's directory of the files in its two folders of videos.
    """

    judged: bool = False
    complete: bool = False
    studio: bool = False
    clips: Mapping[str, DiskClip] | None = None
    collections: Mapping[str, DiskCollection] | None = None
    set_aside: Mapping[Kind, frozenset[str | None]] = field(default_factory=dict)
    row_sources: Mapping[tuple[Kind, str], str] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    videos: frozenset[str] = frozenset()

    def sources(self, kind: Kind) -> frozenset[str] | None:
        """Source ids of the usable records; None: no file says anything of that kind."""
        records = self.clips if kind is Kind.CLIP else self.collections
        return None if records is None else frozenset(records)

    def unclear(self, kind: Kind) -> bool:
        """The files may lack records of that kind, so that they prove nothing against a row."""
        return not self.complete or None in self.set_aside.get(kind, frozenset())


NOTHING = DiskProject()


class Disk:
    """AutoClip's data directory as the second opinion reads it.

    `projects.json` is read once, projects whenever they are asked for. `max_bytes`: no larger file
    is read.
    """

    def __init__(self, root: Path, max_bytes: int = MAX_BYTES) -> None:
        self._root = root
        self._max_bytes = max_bytes
        self._old = _old_entries(_load(root / "projects.json", max_bytes))

    def project_ids(self) -> set[str]:
        """Every project the disk knows: directories named by a lower-case UUID, and old entries."""
        found = set(self._old)
        try:
            with os.scandir(self._root / "projects") as entries:
                found.update(entry.name for entry in entries if _is_project(entry))
        except FileNotFoundError:
            return found  # an installation so old that it has projects.json alone
        return found

    def read(self, project_id: str) -> DiskProject:
        """One project; `NOTHING` for an id that can't be a directory of AutoClip's."""
        if _UUID.fullmatch(project_id) is None:
            return NOTHING
        folder = _Folder(self._root / "projects" / project_id, self._max_bytes)
        found = _sources(folder)
        # An entry of projects.json speaks where the directory has nothing (more) to say.
        entry = self._old.get(project_id)
        if found is None and entry is not None and _is_completed(entry):
            found = _Found(entry.get("clips"), entry.get("collections"), complete=True)
        if found is None or not found.usable:
            return NOTHING
        return _project(folder, found)


def _project(folder: _Folder, found: _Found) -> DiskProject:
    clips, bad_clips = _usable(found.clips, _clip)
    collections, bad_collections = _usable(found.collections, _collection)
    return DiskProject(
        judged=True,
        complete=found.complete,
        studio=folder.studio(),
        clips=None if found.clips is None else clips,
        collections=None if found.collections is None else collections,
        set_aside={Kind.CLIP: bad_clips, Kind.COLLECTION: bad_collections},
        row_sources=folder.row_sources(),
        deleted=folder.deleted(),
        videos=folder.videos(),
    )


# -- which files speak -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """The lists of records that speak for a project; None where no file does."""

    clips: Any
    collections: Any
    complete: bool

    @property
    def usable(self) -> bool:
        return isinstance(self.clips, list | None) and isinstance(self.collections, list | None)


_BROKEN = object()
"""Stands for a file that is there and can't be used."""


class _Folder:
    """One project's directory."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._path = path
        self._max_bytes = max_bytes

    def has(self, name: str) -> bool:
        return os.path.lexists(self._path / name)

    def load(self, name: str) -> Any:
        return _load(self._path / name, self._max_bytes)

    def first(self, names: Iterable[str]) -> str | None:
        return next((name for name in names if self.has(name)), None)

    def names(self, folder: str) -> list[str]:
        """Names of the files in a folder below; none where it can't be listed."""
        try:
            with os.scandir(self._path / folder) as entries:
                return sorted(entry.name for entry in entries if entry.is_file())
        except OSError:
            return []

    def studio(self) -> bool:
        """Whether Studio owns the project's status: it has an analysis or a generation of its own.

        Where the file can't be used nobody can tell, and nothing is held against the status.
        """
        if not self.has("metadata/studio.json"):
            return False
        state = self.load("metadata/studio.json")
        if not isinstance(state, dict):
            return True
        return state.get("generation") is not None or state.get("analysis") is not None

    def deleted(self) -> frozenset[str]:
        content = self.load("deleted_collections.json")
        ids = content.get("deleted_collection_ids") if isinstance(content, dict) else content
        if not isinstance(ids, list):
            return frozenset()
        return frozenset(one.strip() for one in ids if isinstance(one, str) and one.strip())

    def row_sources(self) -> dict[tuple[Kind, str], str]:
        found: dict[tuple[Kind, str], str] = {}
        for name in self.names("processing"):
            match = _ROW_FILE.fullmatch(name)
            if match is None:
                continue
            record = self.load(f"processing/{name}")
            source = _id(record.get("id")) if isinstance(record, dict) else None
            if source and _is_storable(record):
                found[Kind(match[1]), match[2]] = source
        return found

    def videos(self) -> frozenset[str]:
        return frozenset(
            f"{folder}/{name}"
            for folder in ("output/clips", "output/collections")
            for name in self.names(folder)
        )


def _sources(folder: _Folder) -> _Found | None:
    """The records of a project that is done; None where its files do not say that it is.

    Final files speak before step files, and one that is there but broken is never passed over.
    """
    place = _place(folder)
    if place is None:
        return None
    prefix, marker_name, steps = place
    marked = folder.has(marker_name)
    final_clips = f"{prefix}clips_metadata.json"
    final_collections = f"{prefix}collections_metadata.json"
    early_clips = [clips for clips, _ in steps]
    early_collections = [collections for _, collections in steps]
    collections = _records(folder, (final_collections, *early_collections), "collections")
    if folder.has(final_clips) or marked:
        complete = marked and isinstance(folder.load(marker_name), dict)
        return _Found(_records(folder, (final_clips, *early_clips), "clips"), collections, complete)
    # A video with nothing worth cutting leaves no marker, and both step files empty.
    nothing = [_records(folder, early_clips, "clips")]
    nothing.append(_records(folder, early_collections, "collections"))
    return _Found([], collections, complete=True) if nothing == [[], []] else None


def _place(folder: _Folder) -> tuple[str, str, Sequence[tuple[str, str]]] | None:
    """The layout that speaks: by its final clips file, else marker and step file, else either."""
    for place in _PLACES:
        if folder.has(f"{place[0]}clips_metadata.json"):
            return place
    for place in _PLACES:
        if folder.has(place[1]) and folder.first(step[0] for step in place[2]):
            return place
    for place in _PLACES:
        if folder.has(place[1]) or folder.first(name for step in place[2] for name in step):
            return place
    return None


def _records(folder: _Folder, names: Iterable[str], key: str) -> Any:
    """The list in the first of these files, `_BROKEN` where that is none; None: no such file."""
    name = folder.first(names)
    if name is None:
        return None
    content = folder.load(name)
    if isinstance(content, dict):
        content = content.get(key)
    return content if isinstance(content, list) else _BROKEN


def _old_entries(content: Any) -> dict[str, Mapping[str, Any]]:
    """Projects of projects.json; the first of several entries for one id."""
    found: dict[str, Mapping[str, Any]] = {}
    for entry in content if isinstance(content, list) else ():
        project_id = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(project_id, str) and _UUID.fullmatch(project_id):
            found.setdefault(project_id, entry)
    return found


def _is_completed(entry: Mapping[str, Any]) -> bool:
    status = entry.get("status")
    return isinstance(status, str) and status.strip().lower() == "completed"


def _is_project(entry: os.DirEntry[str]) -> bool:
    try:
        return _UUID.fullmatch(entry.name) is not None and entry.is_dir()
    except OSError:  # a link that leads back to itself is no project
        return False


# -- records ---------------------------------------------------------------------------------


def _usable(records: Any, build: Any) -> tuple[dict[str, Any], frozenset[str | None]]:
    """Usable records by source id (the first of several), and the ids of the others."""
    found: dict[str, Any] = {}
    bad: set[str | None] = set()
    for record in records or ():
        usable = isinstance(record, dict) and _is_storable(record)
        built = build(record) if usable else None
        if built is None:
            bad.add(_readable_id(record))
        else:
            found.setdefault(built.source_id, built)
    return found, frozenset(bad - found.keys())


def _clip(record: Mapping[str, Any]) -> DiskClip | None:
    outline = record.get("outline")
    if isinstance(outline, dict):
        outline = outline.get("title")
    source_id = _source_id(record)
    title = _first_text(record.get("generated_title"), record.get("title"), outline)
    start, end = _milliseconds(record.get("start_time")), _milliseconds(record.get("end_time"))
    score = record.get("final_score", 0.0)  # AutoClip's own default where there is none
    if source_id is None or title is None or start is None or end is None or _no_score(score):
        return None
    reason = record.get("recommend_reason")
    description = reason if isinstance(reason, str) else ""
    return DiskClip(source_id, start, end, title, description, score, record)


def _collection(record: Mapping[str, Any]) -> DiskCollection | None:
    source_id = _source_id(record)
    names = ("collection_title", "title", "name")
    name = _first_text(*(record.get(key) for key in names))
    listed = record.get("clip_ids")
    ids = [_id(one) for one in listed] if isinstance(listed, list) else []
    if source_id is None or name is None or not isinstance(listed, list | None) or not all(ids):
        return None
    summary, kind = record.get("collection_summary"), record.get("collection_type")
    return DiskCollection(
        source_id,
        name,
        summary if isinstance(summary, str) else "",
        tuple(dict.fromkeys(str(one) for one in ids)),
        kind.strip() if isinstance(kind, str) and kind.strip() else "ai_recommended",
    )


def _first_text(*candidates: Any) -> str | None:
    return next((one for one in candidates if isinstance(one, str) and one.strip()), None)


def _no_score(value: Any) -> bool:
    return value is not None and (isinstance(value, bool) or not isinstance(value, int | float))


def _milliseconds(value: Any) -> int | None:
    """`00:04:03,500`, with a point, or without the fraction; None for anything else.

    Rounded down. Any number of hours up to what an INTEGER column holds in seconds.
    """
    if not isinstance(value, str):
        return None
    clock, comma, fraction = value.strip().replace(",", ".").partition(".")
    parts = clock.split(":")
    if comma and not _digits(fraction, 10_000):
        return None
    if len(parts) != 3 or not _digits(parts[0], 12) or not all(_digits(p, 2) for p in parts[1:]):
        return None
    hours, minutes, seconds = map(int, parts)
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > _LAST_SECOND:
        return None
    return total * 1000 + int(f"{fraction}000"[:3])


def _digits(text: str, most: int) -> bool:
    return 0 < len(text) <= most and text.isascii() and text.isdigit()


def _source_id(record: Mapping[str, Any]) -> str | None:
    source = _id(record.get("id"))
    return source if source and len(source) <= _LONGEST_ID else None


def _readable_id(record: Any) -> str | None:
    """A record's id where that much could be read: a row that bears it is left alone."""
    source = _source_id(record) if isinstance(record, dict) else None
    return source if source and _is_storable(source) else None


def _id(value: Any) -> str | None:
    """An id is text or a whole number."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


# -- JSON ------------------------------------------------------------------------------------


def _load(path: Path, max_bytes: int) -> Any:
    """A file's JSON value; `_BROKEN` for whatever is missing, too large, half-written or no JSON.

    Not blocking: a named pipe in the place of a file must not hold anybody up.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return _BROKEN
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return _BROKEN
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(max_bytes + 1)
    except OSError:
        return _BROKEN
    finally:
        os.close(descriptor)
    if len(data) > max_bytes:
        return _BROKEN
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return _BROKEN


def _is_storable(value: Any) -> bool:
    """Whether every database can keep it: no NUL, half characters, NaN, huge or deep numbers."""
    rest: list[tuple[Any, int]] = [(value, 0)]
    while rest:
        item, depth = rest.pop()
        if depth > _DEEPEST or not _is_storable_alone(item):
            return False
        if isinstance(item, dict):
            rest += [(one, depth + 1) for pair in item.items() for one in pair]
        elif isinstance(item, list):
            rest += [(one, depth + 1) for one in item]
    return True


def _is_storable_alone(item: Any) -> bool:
    if isinstance(item, str):
        return "\0" not in item and not any("\ud800" <= one <= "\udfff" for one in item)
    if isinstance(item, float):
        return abs(item) < float("inf")  # of NaN, nothing is smaller than infinity
    if isinstance(item, int):
        return -(2**63) <= item < 2**64
    return True
