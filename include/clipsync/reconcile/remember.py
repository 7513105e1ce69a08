"""Remember: what is known of every row, and where that knowledge comes from.

All guessing about rows without a ledger entry happens here and nowhere else (rule 1, first
contact; rule 2, no base).

    ledger ──▶ Known(origin=ledger)   base, number, time range as last applied
    row ─────▶ Known(origin=row)      what AutoClip stored in the row when it made it
    looks ───▶ Known(origin=looks)    equal time and title, or name and content
    nobody ──▶ Known(origin=nobody)   made by hand
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from clipsync.model.base import BaseRow, Tombstone
from clipsync.model.decision import Known, Origin, Record, Row
from clipsync.model.manifest import ClipRecord, CollectionRecord, Kind
from clipsync.model.snapshot import BrokenJson, ClipRow, CollectionRow
from clipsync.reconcile import identity, paths, statuses
from clipsync.reconcile.canonical import fit, same_text, untouched
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.gone import stands_for
from clipsync.reconcile.scene import Scene


def hidden(row: Row) -> bool:
    """True for a row of a status that AutoClip does not know, such as a fork's INVALIDATED."""
    known = statuses.CLIP if isinstance(row, ClipRow) else statuses.COLLECTION
    return statuses.is_unknown(str(row.status), known)


def file_texts(record: Record) -> dict[str, str]:
    """The fields of a record that people can edit in its row, cut to fit (rule 13)."""
    if isinstance(record, ClipRecord):
        return {"title": fit(record.title), "description": record.description}
    return {"name": fit(record.name), "description": record.description}


def edited(known: Known, record: Record | None) -> bool:
    """Whether the row says what only a person can have said, and the record does not.

    Where nothing tells what the file said before, a difference from the record counts as an edit.
    Lists are compared by `References.list_edited`, which knows where clips went.
    """
    file = {} if record is None else file_texts(record)
    return any(
        name not in file or not same_text(getattr(known.row, name), file[name])
        for name in known.edits | known.unknown
        if name != "content"
    )


# -- clips -----------------------------------------------------------------------------------------


def clips(scene: Scene, findings: Findings) -> list[Known]:
    """Every clip row of the project, in the snapshot's order."""
    known = [_clip(row, scene, findings) for row in scene.snapshot.clips]

    def looks_like(one: Known, record: Record) -> bool:
        assert isinstance(one.row, ClipRow)
        assert isinstance(record, ClipRecord)
        return identity.looks_like_clip(one.row, record)

    return _by_looks(known, scene.manifest.clips, looks_like, scene)


def _by_looks(
    known: Sequence[Known],
    records: Sequence[Record],
    looks_like: Callable[[Known, Record], bool],
    scene: Scene,
) -> list[Known]:
    """Rule 1, first contact: nobody's rows that look like a record which has no row otherwise.

    Each takes the first such record that is left, and none that the ledger knows already.
    """
    numbers = {one.source_id for one in known if one.source_id is not None}
    free = [record for record in records if record.source_id not in numbers]
    found = []
    for one in known:
        record = None
        if one.origin is Origin.NOBODY and not (_says_manual(one.row) or hidden(one.row)):
            record = next(
                (
                    record
                    for record in free
                    if looks_like(one, record) and not _record_known(record, scene)
                ),
                None,
            )
        if record is None:
            found.append(one)
            continue
        free = [other for other in free if other.source_id != record.source_id]
        found.append(replace(one, origin=Origin.LOOKS, source_id=record.source_id, by_looks=True))
    return found


def _says_manual(row: Row) -> bool:
    metadata = row.clip_metadata if isinstance(row, ClipRow) else row.collection_metadata
    return identity.says_manual(metadata)


def _clip(row: ClipRow, scene: Scene, findings: Findings) -> Known:
    for column, value in (("clip_metadata", row.clip_metadata), ("tags", row.tags)):
        if isinstance(value, BrokenJson):
            findings.broken_json(Kind.CLIP, row.id, column)
    source_id = None if hidden(row) else identity.clip_source_id(row, scene)
    ledger = scene.base_rows.get((Kind.CLIP, row.id))
    if source_id is None:
        return Known(Kind.CLIP, row, Origin.NOBODY, None, identity.clip_span(row, scene))
    base = identity.clip_file_values(row, scene)
    edits, unknown, base = _edits(
        row, ("title", "description"), base, identity.own_clip_values(row)
    )
    return Known(
        kind=Kind.CLIP,
        row=row,
        origin=Origin.ROW if ledger is None else Origin.LEDGER,
        source_id=source_id,
        span=identity.clip_span(row, scene),
        base=base,
        edits=edits,
        unknown=unknown,
        stands=ledger is None or ledger.stands,
        by_looks=ledger is not None and ledger.by_looks,
    )


def _edits(
    row: Row, names: Iterable[str], base: Mapping[str, Any], own: Mapping[str, str]
) -> tuple[frozenset[str], frozenset[str], dict[str, Any]]:
    """(fields a person changed, fields of which nothing tells, the base as far as it is known).

    Rule 2: a value equal to the record stored in the row, or to the base before it was cut to
    fit, is no edit. Without a base, a row that was never updated since its insert is its own base.
    Example: base "A", stored record "A", row "B" → edited; base "B", stored record "A", row "A"
    (an older dump was restored) → not edited.
    """
    known = dict(base)
    edits, unknown = set(), set()
    fresh = untouched(row.created_at, row.updated_at)
    for name in names:
        value = getattr(row, name)
        if name not in known:
            if fresh:
                known[name] = value or ""
            else:
                unknown.add(name)
        elif not _says(value, known[name]) and not (name in own and _says(value, own[name])):
            edits.add(name)
    return frozenset(edits), frozenset(unknown), known


def _says(value: object, text: str) -> bool:
    return same_text(value, text) or (value is not None and same_text(fit(str(value)), text))


def _record_known(record: Record, scene: Scene) -> bool:
    """True where the ledger knows a row or a deletion of this record already."""
    kind = Kind.CLIP if isinstance(record, ClipRecord) else Kind.COLLECTION
    known: tuple[BaseRow | Tombstone, ...] = (*scene.base.rows, *scene.base.tombstones)
    return any(one.kind is kind and stands_for(one, record) for one in known)


# -- collections -----------------------------------------------------------------------------------


def collections(scene: Scene, clips: Sequence[Known], findings: Findings) -> list[Known]:
    """Every collection row of the project, in the snapshot's order; `clips`: its clip rows."""
    lists = _Lists(scene, clips)
    known = [_collection(row, scene, lists, findings) for row in scene.snapshot.collections]

    def looks_like(one: Known, record: Record) -> bool:
        assert isinstance(one.row, CollectionRow)
        assert isinstance(record, CollectionRecord)
        if not one.content or not same_text(one.row.name, fit(record.name)):
            return False
        return list(one.content) == lists.of_numbers(record.clip_ids)

    return _by_looks(known, scene.manifest.collections, looks_like, scene)


def _collection(row: CollectionRow, scene: Scene, lists: _Lists, findings: Findings) -> Known:
    for column in ("collection_metadata", "tags"):
        if isinstance(getattr(row, column), BrokenJson):
            findings.broken_json(Kind.COLLECTION, row.id, column)
    source_id = None if hidden(row) else identity.collection_source_id(row, scene)
    ledger = scene.base_rows.get((Kind.COLLECTION, row.id))
    if source_id is None:
        return Known(Kind.COLLECTION, row, Origin.NOBODY, None, content=lists.resolved(row))
    if ledger is not None:
        base, content = dict(ledger.file_values), lists.of_ledger(row, ledger)
    else:
        base, content = lists.at_first_sight(row)
        base |= identity.collection_file_values(row, scene)
    edits, unknown, base = _edits(row, ("name", "description"), base, {})
    edits |= _generated(row, base, scene)
    if "content" not in base:
        unknown |= {"content"}
    return Known(
        kind=Kind.COLLECTION,
        row=row,
        origin=Origin.ROW if ledger is None else Origin.LEDGER,
        source_id=source_id,
        content=content,
        base=base,
        edits=edits,
        unknown=unknown,
        stands=ledger is None or ledger.stands,
        by_looks=ledger is not None and ledger.by_looks,
    )


def _generated(row: CollectionRow, base: Mapping[str, Any], scene: Scene) -> frozenset[str]:
    """`export_path`, `thumbnail_path`: those that are a person's, who generated a video.

    Where nothing tells what a sync wrote, it wrote the collection's video into `export_path` as
    well; a picture named after the row is a person's.
    """
    edits = set()
    for column in ("export_path", "thumbnail_path"):
        stored = getattr(row, column)
        if not stored:
            continue
        below = paths.tail(stored, scene.project_id) or stored
        if column in base:
            mine = not same_text(below, base[column])
        elif column == "export_path":
            mine = not same_text(below, paths.tail(row.video_path, scene.project_id))
        else:
            mine = below.rpartition("/")[2].startswith(f"{row.id}_")
        if mine:
            edits.add(column)
    return frozenset(edits)


class _Lists:
    """What the lists of collections mean, as ids of clip rows before the plan."""

    def __init__(self, scene: Scene, clips: Sequence[Known]) -> None:
        self._scene = scene
        self._rows = {one.row.id: one for one in clips}
        former = [row.row_id for row in scene.base.rows if row.kind is Kind.CLIP]
        self._buried = {
            stone.row_id
            for stone in scene.base.tombstones
            if stone.kind is Kind.CLIP and stone.row_id is not None
        }
        self._known = {*self._rows, *former, *self._buried, *scene.snapshot.foreign_clips}
        self._by_number: dict[str, list[Known]] = {}
        for one in clips:
            if one.source_id is not None:
                self._by_number.setdefault(one.source_id, []).append(one)

    def resolved(self, row: CollectionRow) -> tuple[str, ...]:
        """The row's list; an early sync of AutoClip wrote clip numbers instead of row ids."""
        listed = identity.content_ids(row) or []
        return tuple(dict.fromkeys(self._row_of(item, listed) or item for item in listed))

    def of_numbers(self, numbers: Iterable[str]) -> list[str]:
        """The rows that stand for these numbers, those without a row left out."""
        rows = (self._by_number.get(number) for number in numbers)
        return list(dict.fromkeys(found[0].row.id for found in rows if found))

    def of_ledger(self, row: CollectionRow, ledger: BaseRow) -> tuple[str, ...]:
        """The list as people see it, and between it what they can't see: clips held back.

        Example: last [1,2,3] with 2 deleted since, so AutoClip shows [1,3]; a person moves 3 to
        the front: [3,1], and 2 keeps its place behind 1: [3,1,2].
        """
        listed = list(self.resolved(row))
        last = [str(item) for item in ledger.kept_values.get("content") or ()]
        for position, item in enumerate(last):
            if item in listed or item not in self._buried or item in self._rows:
                continue
            before = next((one for one in reversed(last[:position]) if one in listed), None)
            listed.insert(0 if before is None else listed.index(before) + 1, item)
        return tuple(listed)

    def at_first_sight(self, row: CollectionRow) -> tuple[dict[str, Any], tuple[str, ...]]:
        """(base of the list, {} where nothing tells; the list) of a row that AutoClip made.

        The numbers the file listed then are in the row. AutoClip left out those that had no row,
        so what is missing counts as a person's doing only where a row was there. Ids of no row
        stand for what is missing: AutoClip replaced those rows since.
        Example: numbers [1,2,3], list [r1,r3], and 2 has a row as old as the list → a person took
        2 out; no row of 2 → nobody did.
        """
        listed = list(self.resolved(row))
        numbers = identity.collection_numbers(row, self._scene)
        listed = self._replaced(listed, numbers)
        if untouched(row.created_at, row.updated_at):
            return {"content": tuple(listed)}, tuple(listed)
        if numbers is None:
            return {}, tuple(listed)
        base = []
        for number in numbers:
            item = self._row_of(number, listed)
            if item is not None and (item in listed or self._could_list(item, row)):
                base.append(item)
        return {"content": tuple(dict.fromkeys(base))}, tuple(listed)

    def _replaced(self, listed: list[str], numbers: Sequence[str] | None) -> list[str]:
        """The list with ids of no row replaced by the rows of the numbers it does not name."""
        dead = [item for item in listed if item not in self._known]
        if not dead or numbers is None:
            return listed
        missing = [
            item
            for number in numbers
            if (item := self._row_of(number, listed)) is not None and item not in listed
        ]
        if len(missing) > len(dead):
            return listed
        replacements = iter(missing)
        named = [next(replacements, item) if item not in self._known else item for item in listed]
        return list(dict.fromkeys(named))

    def _could_list(self, row_id: str, row: CollectionRow) -> bool:
        """Whether AutoClip could have put this clip into the list when it last wrote it."""
        clip = self._rows[row_id].row
        if not isinstance(clip, ClipRow) or clip.created_at > row.updated_at:
            return False
        return not identity.listed_by_sync(row) or identity.record_id(clip) is not None

    def _row_of(self, item: str, listed: Sequence[str]) -> str | None:
        """The row that an item of a list, or a number, means; a row in the list before others."""
        if item in self._known:
            return item
        found = self._by_number.get(item, [])
        inside = next((one for one in found if one.row.id in listed), None)
        chosen = inside or (found[0] if found else None)
        return None if chosen is None else chosen.row.id
