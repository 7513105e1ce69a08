"""Pandas frames of a chunk of projects, one row per row of the database: what the rules look at.

Identity of rows, held-back records and rows left alone are decided here, by the data contract's
plain words and without the planner. Imports pandas: import it inside functions only.

A frame holds no value that could harm a reader of Data Docs (`harmless.py`), and of JSON columns
only whether they parse: `true`, or the beginning of what does not.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import pandas as pd

from clipsync.model.manifest import Kind
from clipsync.quality.checks import Asset
from clipsync.quality.disk import DiskTotals, Range
from clipsync.quality.harmless import Shown, harmless_text
from clipsync.quality.rows import Chunk, ClipRow, CollectionRow, LinkRow, ProjectRow, Stone

Frames = Mapping[tuple[Asset, bool], pd.DataFrame]
"""By asset and whether the rows are left alone by ClipSync."""

NO_ROW = "(no row)"

_PER_RECORD_FILE = re.compile(r"processing/(?:clip|collection)_([0-9a-f-]{36})\.json$")

_COLUMNS: Mapping[Asset, Mapping[str, str]] = {
    Asset.PROJECTS: {
        "project_id": "object",
        "name": "object",
        "status": "object",
        "clips_on_disk": "float64",
        "clips_in_database": "float64",
        "collections_on_disk": "float64",
        "collections_in_database": "float64",
        "processing_config": "object",
        "project_metadata": "object",
    },
    Asset.CLIPS: {
        "project_id": "object",
        "clip_id": "object",
        "source_id": "object",
        "deleted_source_id": "object",
        "title": "object",
        "edited_title": "object",
        "span": "object",
        "start_time": "float64",
        "end_time": "float64",
        "duration": "float64",
        "seconds_from_start_to_end": "float64",
        "score": "float64",
        "tags": "object",
        "clip_metadata": "object",
    },
    Asset.COLLECTIONS: {
        "project_id": "object",
        "collection_id": "object",
        "source_id": "object",
        "deleted_source_id": "object",
        "name": "object",
        "edited_name": "object",
        "clips_count": "float64",
        "clips_listed": "float64",
        "listed": "object",
        "linked": "object",
        "tags": "object",
        "collection_metadata": "object",
    },
    Asset.LINKS: {
        "project_id": "object",
        "collection_id": "object",
        "clip_id": "object",
        "missing_row": "object",
        "clip_project_id": "object",
        "collection_project_id": "object",
        "order_index": "float64",
        "place": "float64",
    },
}


def build_frames(
    project_ids: Sequence[str],
    totals: Mapping[str, DiskTotals],
    chunk: Chunk,
    shown: Shown,
) -> Frames:
    """The frames of these projects; an asset without rows has an empty frame.

    `totals`: what the disk says, by project id. `shown`: takes note of ids that are shown
    otherwise than they are.
    """
    return _Builder(totals, chunk, shown).build(project_ids)


class _Builder:
    def __init__(self, totals: Mapping[str, DiskTotals], chunk: Chunk, shown: Shown) -> None:
        self._totals = totals
        self._chunk = chunk
        self._shown = shown
        self._rows: dict[tuple[Asset, bool], list[dict[str, Any]]] = defaultdict(list)
        self._counted: Counter[tuple[str, Kind]] = Counter()
        self._there: dict[tuple[str, Kind], set[str]] = defaultdict(set)
        self._held_back: dict[tuple[str, Kind], frozenset[str]] = {}

    def build(self, project_ids: Sequence[str]) -> Frames:
        for clip in self._chunk.clips:
            self._add_clip(clip)
        links = defaultdict(list)
        for link in self._chunk.links:
            links[link.collection_id].append(link)
        ours = {row.id: self._add_collection(row, links[row.id]) for row in self._chunk.collections}
        for collection_id in sorted(links):
            self._add_links(links[collection_id], ours.get(collection_id))
        self._add_projects(project_ids)
        return {
            (asset, left_alone): _frame(asset, self._rows[asset, left_alone])
            for asset in Asset
            for left_alone in (False, True)
        }

    # -- clips ------------------------------------------------------------------------------

    def _add_clip(self, row: ClipRow) -> None:
        metadata, metadata_mark = _parsed(row.clip_metadata)
        source_id = _clip_source(row, metadata, self._of(row.project_id))
        start, end, duration = map(_number, (row.start_time, row.end_time, row.duration))
        span = None if start is None or end is None else (int(start), int(end))
        ours = self._is_ours(Kind.CLIP, row.project_id, row.id, source_id, metadata_mark, span)
        if ours and source_id is not None:
            self._count(row.project_id, Kind.CLIP, source_id)
        title, edited = self._text(row.id, row.title, ours)
        self._rows[Asset.CLIPS, not ours].append(
            {
                "project_id": self._shown.show(row.project_id),
                "clip_id": self._shown.show(row.id),
                "source_id": self._shown.show(source_id) if ours and source_id else None,
                "deleted_source_id": self._deleted(Kind.CLIP, row.project_id, source_id, ours),
                "title": title,
                "edited_title": edited,
                "span": None if span is None or duration is None else f"{span[0]}-{span[1]}",
                "start_time": start,
                "end_time": end,
                "duration": duration,
                "seconds_from_start_to_end": None if span is None else span[1] - span[0],
                "score": _score(row.score),
                "tags": _parsed(row.tags)[1],
                "clip_metadata": metadata_mark,
            }
        )

    # -- collections and links --------------------------------------------------------------

    def _add_collection(self, row: CollectionRow, links: Sequence[LinkRow]) -> bool:
        metadata, metadata_mark = _parsed(row.collection_metadata)
        source_id = _collection_source(row, metadata, self._of(row.project_id))
        ours = self._is_ours(
            Kind.COLLECTION, row.project_id, row.id, source_id, metadata_mark, None
        )
        if ours and source_id is not None:
            self._count(row.project_id, Kind.COLLECTION, source_id)
        name, edited = self._text(row.id, row.name, ours)
        # What does not parse lists nothing; that is another rule's failure.
        readable = ours and source_id is not None
        listed = [str(item) for item in _list(metadata.get("clip_ids"))]
        linked = [link.clip_id for link in sorted(links, key=_order)]
        self._rows[Asset.COLLECTIONS, not ours].append(
            {
                "project_id": self._shown.show(row.project_id),
                "collection_id": self._shown.show(row.id),
                "source_id": self._shown.show(source_id) if ours and source_id else None,
                "deleted_source_id": self._deleted(
                    Kind.COLLECTION, row.project_id, source_id, ours
                ),
                "name": name,
                "edited_name": edited,
                "clips_count": _number(row.clips_count) if readable else None,
                "clips_listed": len(listed) if readable else None,
                "listed": self._shown.show(", ".join(listed)) if readable else None,
                "linked": self._shown.show(", ".join(linked)) if readable else None,
                "tags": _parsed(row.tags)[1],
                "collection_metadata": metadata_mark,
            }
        )
        return ours

    def _add_links(self, links: Sequence[LinkRow], collection_is_ours: bool | None) -> None:
        """`collection_is_ours`: None where the collection's row does not exist."""
        for place, link in enumerate(sorted(links, key=_order)):
            owner = link.collection_project_id or link.clip_project_id or ""
            ours = collection_is_ours
            if ours is None:
                ours = self._is_judged(owner)
            self._rows[Asset.LINKS, not ours].append(
                {
                    "project_id": self._shown.show(owner),
                    "collection_id": self._shown.show(link.collection_id),
                    "clip_id": self._shown.show(link.clip_id),
                    "missing_row": _missing(link),
                    "clip_project_id": self._shown.show(link.clip_project_id or "") or None,
                    "collection_project_id": self._shown.show(link.collection_project_id or "")
                    or None,
                    "order_index": _number(link.order_index),
                    "place": place,
                }
            )

    # -- projects ---------------------------------------------------------------------------

    def _add_projects(self, project_ids: Sequence[str]) -> None:
        rows = defaultdict(list)
        for row in self._chunk.projects:
            rows[row.id].append(row)
        for project_id in project_ids:
            judged = self._is_judged(project_id)
            common = {"project_id": self._shown.show(project_id), **self._counts(project_id)}
            for row in rows[project_id]:
                self._rows[Asset.PROJECTS, not judged].append(
                    {
                        **common,
                        "name": harmless_text(row.name),
                        "status": self._status(project_id, row),
                        "processing_config": _parsed(row.processing_config)[1],
                        "project_metadata": _parsed(row.project_metadata)[1],
                    }
                )
            if judged and not rows[project_id]:
                self._rows[Asset.PROJECTS, False].append({**common, "status": NO_ROW})

    def _status(self, project_id: str, row: ProjectRow) -> str | None:
        """A status that must be COMPLETED where the disk is; None where it is another's to say.

        FAILED may be the last run's, whose files are an earlier one's; a fork has words of its
        own; and AutoClip's Studio writes the status of what it works at.
        """
        status, config = row.status.upper(), _parsed(row.processing_config)[0]
        studio = config.get("smart_import") or config.get("awaiting_confirmation")
        if studio or self._of(project_id).studio:
            return None
        if status not in ("PENDING", "PROCESSING", "COMPLETED"):
            return None
        return harmless_text(status)

    def _counts(self, project_id: str) -> dict[str, int | None]:
        """Records that should have a row, and rows that are counted, of each kind."""
        counts: dict[str, int | None] = {}
        for kind, name in ((Kind.CLIP, "clips"), (Kind.COLLECTION, "collections")):
            sources = self._of(project_id).sources(kind) if self._is_judged(project_id) else None
            if sources is None:
                counts |= {f"{name}_on_disk": None, f"{name}_in_database": None}
                continue
            # A record that came back although it was deleted is one rule's failure, not two.
            gone = self._held_back_of(project_id, kind) - self._there[project_id, kind]
            counts[f"{name}_on_disk"] = len(sources - gone)
            counts[f"{name}_in_database"] = self._counted[project_id, kind]
        return counts

    # -- who is who -------------------------------------------------------------------------

    def _of(self, project_id: str) -> DiskTotals:
        return self._totals.get(project_id) or _NOTHING

    def _is_judged(self, project_id: str) -> bool:
        return self._of(project_id).completed and project_id not in self._chunk.busy

    def _is_ours(
        self,
        kind: Kind,
        project_id: str,
        row_id: str,
        source_id: str | None,
        metadata_mark: str | None,
        span: Range | None,
    ) -> bool:
        """Whether the row must stand for a record of the files.

        Not: rows made by hand, kept because a person edited them, standing for a quarantined
        record, or that the files, incomplete as they are, can't speak against.
        """
        if not self._is_judged(project_id) or row_id in self._chunk.kept:
            return False
        if source_id is None:
            # What it is can't be read; that is a failure, and no row made by hand.
            return metadata_mark not in (None, _PARSES)
        totals = self._of(project_id)
        sources = totals.sources(kind)
        if sources is None or source_id in totals.set_aside.get(kind, frozenset()):
            return False
        if not totals.unclear(kind):
            return True
        if source_id not in sources:
            return False
        record = totals.clips[source_id] if kind is Kind.CLIP and totals.clips else None
        return record is None or span is None or _overlap(record, span)

    def _count(self, project_id: str, kind: Kind, source_id: str) -> None:
        self._counted[project_id, kind] += 1
        self._there[project_id, kind].add(source_id)

    def _deleted(
        self, kind: Kind, project_id: str, source_id: str | None, ours: bool
    ) -> str | None:
        if not ours or source_id is None:
            return None
        held_back = self._held_back_of(project_id, kind)
        return self._shown.show(source_id) if source_id in held_back else None

    def _held_back_of(self, project_id: str, kind: Kind) -> frozenset[str]:
        """Source ids of valid records that a person deleted, or may have."""
        key = (project_id, kind)
        if key not in self._held_back:
            totals = self._of(project_id)
            sources = totals.sources(kind) or frozenset()
            self._held_back[key] = frozenset(
                stone.source_id
                for stone in self._chunk.stones.get(project_id, ())
                if stone.kind is kind
                and stone.source_id in sources
                and _covers(stone, (totals.clips or {}).get(stone.source_id))
            )
        return self._held_back[key]

    def _text(self, row_id: str, text: str, ours: bool) -> tuple[str | None, str | None]:
        """A title or name as (ours to answer for, a person's own)."""
        shown = harmless_text(text)
        if ours and self._chunk.texts.get(row_id) == text:
            return None, shown
        return shown, None


_NOTHING = DiskTotals()
_PARSES = "true"


def _frame(asset: Asset, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Columns of fixed types whatever is in them: objects with None, numbers with NaN."""
    columns = {}
    for name, kind in _COLUMNS[asset].items():
        values = [row.get(name) for row in rows]
        columns[name] = pd.Series(
            [math.nan if value is None else value for value in values]
            if kind == "float64"
            else values,
            dtype=kind,
        )
    return pd.DataFrame(columns)


def _clip_source(row: ClipRow, metadata: Mapping[str, Any], totals: DiskTotals) -> str | None:
    """The record a clip's row came from, by the contract's three generations."""
    source = _id(metadata.get("id")) or _id(metadata.get("original_id"))
    rest = row.id.removeprefix(f"{row.project_id}_")
    if source is None and rest not in ("", row.id) and not rest.startswith("collection_"):
        return rest
    return source or _by_file(row.id, metadata, "clip_id", totals)


def _collection_source(
    row: CollectionRow, metadata: Mapping[str, Any], totals: DiskTotals
) -> str | None:
    source = _id(metadata.get("original_id"))
    rest = row.id.removeprefix(f"{row.project_id}_collection_")
    if source is None and rest not in ("", row.id):
        return rest
    return source or _by_file(row.id, metadata, "collection_id", totals)


def _by_file(row_id: str, metadata: Mapping[str, Any], key: str, totals: DiskTotals) -> str | None:
    file = str(metadata.get("metadata_file") or "").replace("\\", "/")
    named = _PER_RECORD_FILE.search(file)
    candidates = (named.group(1) if named else None, metadata.get(key), row_id)
    sources = (totals.row_sources.get(str(candidate)) for candidate in candidates)
    return next((source for source in sources if source), None)


def _id(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def _parsed(text: str | None) -> tuple[Mapping[str, Any], str | None]:
    """The object in a JSON column ({} for anything else), and the mark its rule looks at."""
    if text is None:
        return {}, None
    try:
        value = orjson.loads(text)
    except ValueError:
        try:
            value = json.loads(text)  # takes NaN, which AutoClip's Python writes
        except (ValueError, RecursionError):
            return {}, f"not JSON: {harmless_text(text[:60])}"
    return value if isinstance(value, dict) else {}, _PARSES


def _number(value: Any) -> float | None:
    if isinstance(value, bool | int | float):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None
    return None


def _score(value: Any) -> float | None:
    """NULL is no score; whatever else is not a number is out of bounds."""
    if value is None:
        return None
    number = _number(value)
    return math.inf if number is None else number


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _missing(link: LinkRow) -> str | None:
    if link.clip_project_id is None:
        return "clip" if link.collection_project_id is not None else "clip and collection"
    return "collection" if link.collection_project_id is None else None


def _order(link: LinkRow) -> tuple[float, str]:
    number = _number(link.order_index)
    return math.inf if number is None else number, link.clip_id


def _covers(stone: Stone, record: Range | None) -> bool:
    """Whether a deletion holds for the record: a clip of another time is another clip."""
    if record is None or stone.start_ms is None or stone.end_ms is None:
        return True
    return _overlap((stone.start_ms // 1000, stone.end_ms // 1000), record)


def _overlap(left: Range, right: Range) -> bool:
    if left == right:
        return True
    return min(max(left), max(right)) > max(min(left), min(right))
