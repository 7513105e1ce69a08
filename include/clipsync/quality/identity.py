"""Which row stands for which record, told by facts: the ledger's and the row's own words.

ledger: row R is record 3, 0:10 to 1:20     and file: record 3, 0:12 to 1:20    R stands for 3
row R: clip_metadata {"id": "3"}, no ledger and file: record 3, overlapping     R stands for 3
two rows stand for 3                        the one that differs least is its row
row R names 7, the file has no 7            left over
row R names nothing                         made by hand
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from clipsync.model.base import Base, BaseRow, Tombstone
from clipsync.model.manifest import Kind
from clipsync.quality.disk import DiskClip, DiskCollection, DiskProject
from clipsync.quality.rows import ClipRow, CollectionRow
from clipsync.quality.values import Span, ids_in, number, parsed, same_text, share

_PER_RECORD_FILE = re.compile(r"processing/(?:clip|collection)_([0-9a-f-]{36})\.json$")
_HALF = 0.5


class Role(StrEnum):
    """What a row is to the files; a user's rule may ask for it (`role`)."""

    RECORD = "record"
    """It stands for a record of the final files."""
    SECOND = "second"
    """Another row stands for the same record already."""
    LEFT_OVER = "left over"
    """It stood for a record that the files no longer have."""
    BY_HAND = "by hand"
    """A person made it."""
    UNKNOWN = "unknown"
    """The files say nothing that could be held against it."""


RowT = TypeVar("RowT", ClipRow, CollectionRow)
RecordT = TypeVar("RecordT", DiskClip, DiskCollection)


@dataclass(frozen=True, slots=True)
class Known(Generic[RowT, RecordT]):
    """A row, what it is, and what the ledger remembers of it (None: nothing).

    `source`: the number of its record, now or once. `buried`: a tombstone holds its record back.
    """

    row: RowT
    role: Role
    source: str | None
    record: RecordT | None
    base: BaseRow | None
    buried: bool = False


@dataclass(frozen=True, slots=True)
class Identified(Generic[RowT, RecordT]):
    """All rows of one kind. `missing`: source ids of records that should have a row."""

    rows: Sequence[Known[RowT, RecordT]] = ()
    missing: Sequence[str] = ()
    row_of: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Named(Generic[RowT]):
    row: RowT
    base: BaseRow | None
    source: str | None
    span: Span | None


def identify_clips(
    disk: DiskProject, rows: Iterable[ClipRow], base: Base, judged: bool
) -> Identified[ClipRow, DiskClip]:
    """`judged`: whether the files can be held against the rows now."""
    known = {row.row_id: row for row in base.rows if row.kind is Kind.CLIP}
    named = [_name_clip(row, known.get(row.id), disk) for row in rows]
    stones = [stone for stone in base.tombstones if stone.kind is Kind.CLIP and not stone.lifted]
    return _identify(
        named,
        disk.clips if judged else None,
        _Likeness(stones, _clip_of, _may_be_clip, _is_clip_buried, _clip_differences),
        disk.set_aside.get(Kind.CLIP, frozenset()),
    )


def identify_collections(
    disk: DiskProject,
    rows: Iterable[CollectionRow],
    base: Base,
    judged: bool,
    clip_rows: Mapping[str, str],
) -> Identified[CollectionRow, DiskCollection]:
    """`clip_rows`: source id to row id of the clips."""
    known = {row.row_id: row for row in base.rows if row.kind is Kind.COLLECTION}
    named = [_name_collection(row, known.get(row.id), disk) for row in rows]
    stones = [one for one in base.tombstones if one.kind is Kind.COLLECTION and not one.lifted]
    return _identify(
        named,
        disk.collections if judged else None,
        _Likeness(
            stones,
            _collection_of,
            lambda stone, record: _may_be_collection(stone, record, clip_rows),
            _is_collection_buried,
            lambda one, record: _collection_differences(one, record, clip_rows),
        ),
        disk.set_aside.get(Kind.COLLECTION, frozenset()),
    )


@dataclass(frozen=True, slots=True)
class _Likeness:
    """What differs between the two kinds.

    `stands(named, record)`: the row is this record's. `may_hold(stone, record)`: the tombstone may
    mean it. `holds(stone, record)`: it surely does. `differences(named, record)`: how many.
    """

    stones: Sequence[Tombstone]
    stands: Callable[[Any, Any], bool]
    may_hold: Callable[[Tombstone, Any], bool]
    holds: Callable[[Tombstone, Any], bool]
    differences: Callable[[Any, Any], int]


def _identify(
    named: Sequence[_Named[Any]],
    records: Mapping[str, Any] | None,
    likeness: _Likeness,
    set_aside: frozenset[str | None],
) -> Identified[Any, Any]:
    if records is None:
        roles = ((one, Role.BY_HAND if one.source is None else Role.UNKNOWN) for one in named)
        return Identified([Known(one.row, role, one.source, None, one.base) for one, role in roles])
    claims: dict[str, list[_Named[Any]]] = defaultdict(list)
    for one in named:
        record = records.get(one.source or "")
        if record is not None and likeness.stands(one, record):
            claims[record.source_id].append(one)
    row_of = {}
    for source, rows in claims.items():
        first = min(rows, key=lambda one: (likeness.differences(one, records[source]), one.row.id))
        row_of[source] = first.row.id
    missing = [
        source
        for source, record in records.items()
        if source not in row_of
        and not any(likeness.may_hold(stone, record) for stone in likeness.stones)
    ]
    claimed = {one.row.id for rows in claims.values() for one in rows}
    found = []
    for one in named:
        record = records[one.source] if one.source and one.row.id in claimed else None
        role = _role(one, record, row_of, set_aside)
        buried = record is not None and any(likeness.holds(s, record) for s in likeness.stones)
        found.append(Known(one.row, role, one.source, record, one.base, buried))
    return Identified(found, missing, row_of)


def _role(
    one: _Named[Any], record: Any, row_of: Mapping[str, str], set_aside: frozenset[str | None]
) -> Role:
    if record is not None:
        return Role.RECORD if row_of[record.source_id] == one.row.id else Role.SECOND
    if one.source is None:
        return Role.BY_HAND
    return Role.UNKNOWN if one.source in set_aside else Role.LEFT_OVER


# -- clips -----------------------------------------------------------------------------------


def _name_clip(row: ClipRow, base: BaseRow | None, disk: DiskProject) -> _Named[ClipRow]:
    if base is not None:
        span = (
            None if base.start_ms is None or base.end_ms is None else (base.start_ms, base.end_ms)
        )
        return _Named(row, base, base.source_id, span)
    start, end = number(row.start_time), number(row.end_time)
    span = None if start is None or end is None else (int(start) * 1000, int(end) * 1000)
    return _Named(row, None, _clip_source(row, disk), span)


def _clip_source(row: ClipRow, disk: DiskProject) -> str | None:
    """The record a clip's row came from, by the contract's generations of rows."""
    metadata = parsed(row.clip_metadata)
    source = _id(metadata.get("id"))
    rest = row.id.removeprefix(f"{row.project_id}_")
    if source is None and rest not in ("", row.id) and not rest.startswith("collection_"):
        source = rest
    return source or _by_file(Kind.CLIP, row.id, metadata, disk) or _id(metadata.get("original_id"))


def _clip_of(one: _Named[ClipRow], record: DiskClip) -> bool:
    """Same number, and any time in common: another clip under an old number is another clip."""
    if one.base is not None and not one.base.stands:
        return share(one.span, (record.start, record.end)) > _HALF
    return share(one.span, (record.start, record.end)) > 0


def _may_be_clip(stone: Tombstone, record: DiskClip) -> bool:
    common = share(_span(stone), (record.start, record.end))
    return common > 0 if stone.source_id == record.source_id else common >= _HALF


def _is_clip_buried(stone: Tombstone, record: DiskClip) -> bool:
    span = _span(stone)
    common = share(span, (record.start, record.end))
    return span is not None and stone.source_id == record.source_id and common >= _HALF


def _clip_differences(one: _Named[ClipRow], record: DiskClip) -> int:
    row, span = one.row, (record.start, record.end)
    return sum(
        (
            2 * (one.base is None),
            4 * (one.base is not None and not one.base.stands),
            one.span != span,
            number(row.start_time) != record.start // 1000,
            number(row.end_time) != record.end // 1000,
            row.title != record.title,
            (row.description or "") != record.description,
            row.status != "COMPLETED",
        )
    )


# -- collections -----------------------------------------------------------------------------


def _name_collection(
    row: CollectionRow, base: BaseRow | None, disk: DiskProject
) -> _Named[CollectionRow]:
    if base is not None:
        return _Named(row, base, base.source_id, None)
    metadata = parsed(row.collection_metadata)
    source = _id(metadata.get("original_id"))
    rest = row.id.removeprefix(f"{row.project_id}_collection_")
    if source is None and rest not in ("", row.id):
        source = rest
    return _Named(row, None, source or _by_file(Kind.COLLECTION, row.id, metadata, disk), None)


def _collection_of(one: _Named[CollectionRow], record: DiskCollection) -> bool:
    return one.base is None or one.base.stands


def _may_be_collection(
    stone: Tombstone, record: DiskCollection, clip_rows: Mapping[str, str]
) -> bool:
    """Same number or name, or half of the clips: a retry may have given it another number."""
    if record.source_id == stone.source_id or same_text(stone.label, record.name):
        return True
    held = set(ids_in(stone.file_values.get("content")))
    listed = set(_rows_of(record, clip_rows))
    return bool(held) and len(held & listed) >= _HALF * len(held | listed)


def _is_collection_buried(stone: Tombstone, record: DiskCollection) -> bool:
    return stone.source_id == record.source_id and same_text(stone.label, record.name)


def _rows_of(record: DiskCollection, clip_rows: Mapping[str, str]) -> list[str]:
    """Row ids of the clips that a record lists, as far as they have rows."""
    return [clip_rows[source] for source in record.clip_ids if source in clip_rows]


def _collection_differences(
    one: _Named[CollectionRow], record: DiskCollection, clip_rows: Mapping[str, str]
) -> int:
    file = {} if one.base is None else one.base.file_values
    named = file.get("content") if isinstance(file.get("content"), list) else None
    originals = ids_in(parsed(one.row.collection_metadata).get("original_clip_ids"))
    return sum(
        (
            4 * (one.base is None),
            2 * (file.get("name") != record.name),
            named is not None and ids_in(named) != _rows_of(record, clip_rows),
            originals != list(record.clip_ids),
            one.row.name != record.name,
            (one.row.description or "") != record.description,
        )
    )


# -- both ------------------------------------------------------------------------------------


def _by_file(kind: Kind, row_id: str, metadata: Mapping[str, Any], disk: DiskProject) -> str | None:
    """The per-clip generation: the number that the row's own file in `processing/` names."""
    file = str(metadata.get("metadata_file") or "").replace("\\", "/")
    named = _PER_RECORD_FILE.search(file)
    ids = (named.group(1) if named else None, metadata.get(f"{kind.value}_id"), row_id)
    sources = (disk.row_sources.get((kind, str(one))) for one in ids)
    return next((source for source in sources if source), None)


def _id(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def _span(stone: Tombstone) -> Span | None:
    if stone.start_ms is None or stone.end_ms is None:
        return None
    return stone.start_ms, stone.end_ms
