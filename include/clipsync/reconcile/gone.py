"""Rows that are gone (rule 7): deleted by a person, lost, or re-imported under new ids.

A deletion is inferred from evidence, never from mere absence:

    known [1,2,3,4,5], there [1,2,4,5]            3 was deleted
    known [1,2,3,4,5], there [1,2]                more than half of five: a person decides
    known [1,2,3,4,5], there nothing, or new ids  a loss or a re-import: all come back
    known [5], there nothing, 1 to 4 buried       the last one was deleted too
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from clipsync.model.base import BaseRow, Tombstone, TombstoneReason
from clipsync.model.decision import Record, Span
from clipsync.model.manifest import ClipRecord, CollectionRecord, Kind
from clipsync.reconcile import likeness
from clipsync.reconcile.canonical import fit
from clipsync.reconcile.scene import Scene

NOTES = "notes"
"""In a collection's base: how many notes of its deletion there were while its row was there."""
MANY = 5
"""From so many known rows on, more than half gone at once is a question."""


@dataclass(slots=True)
class Gone:
    """What became of the rows of one kind that the ledger knew and the database no longer has.

    `buried`: new tombstones. `past`: rows that were lost or re-imported, now or before; what they
    held comes back. `unclear`: a person may have deleted them, but the file that would tell can't
    be read.
    """

    buried: list[Tombstone] = field(default_factory=list)
    past: list[BaseRow] = field(default_factory=list)
    unclear: list[BaseRow] = field(default_factory=list)


def examine(kind: Kind, scene: Scene, there: Collection[str]) -> Gone:
    """Tell deletion from loss, for one kind; `there`: ids of every row of it that is there."""
    ledger = sorted((row for row in scene.base.rows if row.kind is kind), key=_row_id)
    staying = [row for row in ledger if row.row_id in there]
    missing = [row for row in ledger if row.row_id not in there]
    evidence = _evidence(missing, scene)
    named = [row for row in missing if row.row_id in evidence]
    gone = Gone(buried=[bury(row) for row in named])
    rest = [row for row in missing if row.row_id not in evidence]
    if staying:
        # One of two rows of the same thing: a person chose between them, and the thing stays.
        rest = [row for row in rest if not any(_same(row, other) for other in staying)]
        many = len(ledger) >= MANY and len(rest) > len(ledger) / 2
        reason = TombstoneReason.MANY_DELETED if many else TombstoneReason.DELETED
        if scene.options.allow_deletes:
            reason = TombstoneReason.DELETED
        gone.buried += [bury(row, reason) for row in rest]
    elif kind is Kind.COLLECTION and not scene.manifest.deletions_known:
        gone.unclear = rest
    elif len(rest) == 1 and _all_others_buried(kind, rest[0], scene, gone.buried):
        gone.buried.append(bury(rest[0]))
    else:
        gone.past = rest
    gone.past += [
        unburied(stone)
        for stone in scene.base.tombstones
        if stone.kind is kind and stone.reason is TombstoneReason.LOST
    ]
    return gone


def bury(row: BaseRow, reason: TombstoneReason = TombstoneReason.DELETED) -> Tombstone:
    """The tombstone of a row that the ledger knew, with all that it knew of it."""
    values = {**row.kept_values, **row.file_values}
    return Tombstone(
        kind=row.kind,
        source_id=row.source_id,
        row_id=row.row_id,
        label=str(values.get("title") or values.get("name") or ""),
        reason=reason,
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        file_values=dict(row.file_values),
        kept_values=dict(row.kept_values),
    )


def unburied(stone: Tombstone) -> BaseRow:
    """What the ledger knew of the row before it was buried."""
    return BaseRow(
        kind=stone.kind,
        source_id=stone.source_id,
        row_id=stone.row_id or "",
        file_values=stone.file_values,
        kept_values=stone.kept_values,
        start_ms=stone.start_ms,
        end_ms=stone.end_ms,
    )


def waiting(kind: Kind, scene: Scene, gone: Gone) -> list[BaseRow]:
    """Rows that are gone and whose record can't be used: they may come back with it.

    Lost ones do, those that people deleted where they are restored.
    """
    quarantined = scene.quarantined_sources(kind)
    stones = (*scene.base.tombstones, *gone.buried)
    former = [unburied(stone) for stone in stones if stone.kind is kind and stone.row_id]
    return [
        row
        for row in (*gone.past, *former)
        if row.source_id in quarantined and row.row_id not in scene.row_ids
    ]


def lift(tombstones: Collection[Tombstone], scene: Scene) -> list[Tombstone]:
    """All tombstones: those a person restores on purpose are lifted, what he confirms is sure."""
    return [_as_asked(stone, scene) for stone in tombstones]


def _as_asked(stone: Tombstone, scene: Scene) -> Tombstone:
    options = scene.options
    wanted = options.restore_all or (stone.kind, stone.source_id) in options.restore
    if wanted and not stone.lifted:
        return lifted(stone)
    if options.allow_deletes and stone.reason is TombstoneReason.MANY_DELETED:
        return replace(stone, reason=TombstoneReason.DELETED)
    return stone


def lifted(stone: Tombstone) -> Tombstone:
    """The tombstone as one that holds nothing back."""
    return replace(stone, lifted=True)


def maybe_deleted(
    scene: Scene, missing: Collection[CollectionRecord], tombstones: Collection[Tombstone]
) -> list[Tombstone]:
    """Collections deleted before our time: one held back for each deleted id we never knew."""
    known = (
        {row.id for row in scene.snapshot.collections}
        | {row.row_id for row in scene.base.rows}
        | {stone.row_id for stone in tombstones}
        | scene.base.seen_collection_row_ids
    )
    unknown = [
        row_id for row_id in scene.manifest.deleted_collection_row_ids if row_id not in known
    ]
    return [
        Tombstone(
            kind=Kind.COLLECTION,
            source_id=record.source_id,
            row_id=row_id,
            label=fit(record.name),
            reason=TombstoneReason.MAYBE_DELETED,
        )
        for record, row_id in zip(missing, dict.fromkeys(unknown), strict=False)
    ]


def _evidence(missing: Sequence[BaseRow], scene: Scene) -> set[str]:
    """Ids of the rows that deleted_collections.json names anew since they were there.

    Example: deleted, noted and restored: the row is there beside one note, which is used up. Gone
    again beside two notes: deleted again; beside one: lost.
    """
    notes = Counter(scene.manifest.deleted_collection_row_ids)
    return {
        row.row_id
        for row in missing
        if row.kind is Kind.COLLECTION and notes[row.row_id] > row.file_values.get(NOTES, 0)
    }


def _all_others_buried(kind: Kind, row: BaseRow, scene: Scene, buried: Sequence[Tombstone]) -> bool:
    """Rule 7: where a person deleted every other record, the last row was deleted too.

    Not where the project's row is gone as well: its clips went with it, and come back with it.
    """
    if scene.snapshot.project is None:
        return False
    records: Sequence[Record] = (
        scene.manifest.clips if kind is Kind.CLIP else scene.manifest.collections
    )
    stones = [
        stone
        for stone in lift((*scene.base.tombstones, *buried), scene)
        if stone.kind is kind and not stone.lifted
    ]
    others = [record for record in records if not stands_for(row, record)]
    return bool(others) and all(
        any(stands_for(stone, record) for stone in stones) for record in others
    )


def _same(left: BaseRow, right: BaseRow) -> bool:
    """Whether two known rows stand for one record: clips of two numbers may well overlap."""
    if left.source_id != right.source_id:
        return False
    if left.kind is Kind.COLLECTION:
        mine, other = (set(row.file_values.get("content") or ()) for row in (left, right))
        return likeness.of_contents(mine, other) > 0 or not mine or not other
    spans = [_span(row) for row in (left, right)]
    return None in spans or likeness.of_spans(*spans) > 0


def stands_for(known: BaseRow | Tombstone, record: Record) -> bool:
    """Whether what the ledger knew of a row is this record; a collection goes by its number."""
    same = known.source_id == record.source_id
    if not isinstance(record, ClipRecord):
        return same
    if (known_span := _span(known)) is None:
        return same
    alike = likeness.of_spans(known_span, (record.start_ms, record.end_ms))
    return likeness.same_thing(alike, same_number=same)


def _span(known: BaseRow | Tombstone) -> Span | None:
    if known.start_ms is None or known.end_ms is None:
        return None
    return known.start_ms, known.end_ms


def _row_id(row: BaseRow) -> str:
    return row.row_id
