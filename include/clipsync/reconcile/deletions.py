"""Rows that are gone (rule 7): deleted by a person, lost, or re-inserted under a new id."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from clipsync.model.base import BaseRow, Tombstone, TombstoneReason
from clipsync.model.manifest import ClipRecord, CollectionRecord, Kind
from clipsync.model.reason import Reason, ReasonCode
from clipsync.reconcile.canonical import fit, same_text
from clipsync.reconcile.identity import Range, overlap
from clipsync.reconcile.scene import Scene


@dataclass(slots=True)
class Gone:
    """What became of the rows the ledger knew and the database no longer has.

    `buried`: new tombstones. `lost`, `replaced`: by source id; a lost row is restored, a replaced
    one came back under a new id.
    """

    buried: list[Tombstone] = field(default_factory=list)
    lost: dict[str, list[BaseRow]] = field(default_factory=dict)
    replaced: dict[str, list[BaseRow]] = field(default_factory=dict)


def examine(
    kind: Kind,
    scene: Scene,
    sources: Mapping[str, str | None],
) -> Gone:
    """Tell deletion from loss, for one kind. `sources`: every row there, id to source id or None.

    While any row remains, a missing one was deleted by a person. All gone at once is a loss,
    unless deleted_collections.json names the row. All gone, and others in their place under new
    ids, is AutoClip's re-import.
    """
    known = [row for row in scene.base.rows if row.kind is kind]
    staying: dict[str, list[BaseRow]] = {}
    for row in known:
        if row.row_id in sources:
            staying.setdefault(row.source_id, []).append(row)
    named = set(scene.manifest.deleted_collection_row_ids) if kind is Kind.COLLECTION else set()
    there = {source for source in sources.values() if source is not None}
    records = scene.manifest.clips if kind is Kind.CLIP else scene.manifest.collections
    recorded = {record.source_id for record in records} | scene.quarantined_sources(kind)
    spans = {clip.source_id: (clip.start_ms, clip.end_ms) for clip in scene.manifest.clips}
    gone = Gone()
    for row in sorted(known, key=lambda row: row.row_id):
        if row.row_id in sources or _stands(row, staying.get(row.source_id, ())):
            continue
        # Rule 4: what was known of another clip of this id says nothing of the one on disk.
        same = kind is Kind.COLLECTION or overlap(_span(row), spans.get(row.source_id))
        if row.row_id in named or staying:
            gone.buried.append(_tombstone(row))
        elif row.source_id in there:
            if same:
                gone.replaced.setdefault(row.source_id, []).append(row)
        elif not sources:
            if same:
                gone.lost.setdefault(row.source_id, []).append(row)
        elif row.source_id in recorded:
            gone.buried.append(_tombstone(row))
        # else: re-imported after a retry whose file no longer has it; nobody deleted it.
    return gone


def former(
    gone: Mapping[str, list[BaseRow]], record: ClipRecord | CollectionRecord
) -> BaseRow | None:
    """The row that stood for this record before it went, if any did."""
    return next((row for row in gone.get(record.source_id, ()) if _covers(row, record)), None)


def same_clip(left: BaseRow, right: BaseRow) -> bool:
    """Rule 4, for two clip rows of one source id."""
    return overlap(_span(left), _span(right))


def kept_edit(replaced: BaseRow | None, name: str) -> tuple[str | None, str | None] | None:
    """(a person's value, the file's of then) of a row that AutoClip replaced, if edited."""
    if replaced is None:
        return None
    kept, file = replaced.kept_values.get(name), replaced.file_values.get(name)
    return None if same_text(kept, file) else (kept, file)


def active(tombstones: Collection[Tombstone], scene: Scene) -> list[Tombstone]:
    """Those that hold something back, once the restores asked for are done."""
    return [stone for stone in lift(tombstones, scene) if not stone.lifted]


def lift(tombstones: Collection[Tombstone], scene: Scene) -> list[Tombstone]:
    """All tombstones, the ones a person restores on purpose marked as lifted."""
    return [
        _lifted(stone)
        if not stone.lifted
        and (scene.options.restore_all or (stone.kind, stone.source_id) in scene.options.restore)
        else stone
        for stone in tombstones
    ]


def restored_row_id(
    kind: Kind,
    record: ClipRecord | CollectionRecord,
    buried: Collection[Tombstone],
    scene: Scene,
) -> tuple[str, Reason]:
    """The id to give a record's row that is made anew ("": derive one), and why it is made.

    A row restored on purpose gets its old id back: people's collections may still point to it.
    """
    for stone in lift((*scene.base.tombstones, *buried), scene):
        if stone.lifted and stone.kind is kind and covers(stone, record):
            free = stone.row_id is not None and stone.row_id not in scene.row_ids
            ours = stone.reason is TombstoneReason.DELETED
            row_id = stone.row_id or "" if free and ours else ""
            return row_id, Reason(ReasonCode.RESTORED_ON_PURPOSE)
    return "", Reason(ReasonCode.NEW_ON_DISK)


def covers(stone: Tombstone, record: ClipRecord | CollectionRecord) -> bool:
    """True when the tombstone stands for this record.

    A clip that covers another time is another clip, whatever its id (rule 4).
    """
    return _covers(stone, record)


def renamed_since(stone: Tombstone, record: CollectionRecord) -> bool:
    """True when the file calls the collection otherwise than when it was deleted."""
    return not same_text(stone.label, fit(record.name))


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


def _covers(known: BaseRow | Tombstone, record: ClipRecord | CollectionRecord) -> bool:
    if known.source_id != record.source_id:
        return False
    if not isinstance(record, ClipRecord):
        return known.kind is Kind.COLLECTION
    return known.kind is Kind.CLIP and overlap(_span(known), (record.start_ms, record.end_ms))


def _stands(row: BaseRow, others: Collection[BaseRow]) -> bool:
    """True when another row of its source id stands for the same clip: one of two was deleted."""
    return any(row.kind is Kind.COLLECTION or same_clip(row, one) for one in others)


def _span(known: BaseRow | Tombstone) -> Range | None:
    if known.start_ms is None or known.end_ms is None:
        return None
    return known.start_ms, known.end_ms


def _tombstone(row: BaseRow) -> Tombstone:
    values = {**row.kept_values, **row.file_values}
    label = values.get("title") or values.get("name") or ""
    return Tombstone(
        kind=row.kind,
        source_id=row.source_id,
        row_id=row.row_id,
        label=str(label),
        reason=TombstoneReason.DELETED,
        start_ms=row.start_ms,
        end_ms=row.end_ms,
    )


def _lifted(stone: Tombstone) -> Tombstone:
    return Tombstone(
        kind=stone.kind,
        source_id=stone.source_id,
        row_id=stone.row_id,
        label=stone.label,
        reason=stone.reason,
        start_ms=stone.start_ms,
        end_ms=stone.end_ms,
        lifted=True,
    )
