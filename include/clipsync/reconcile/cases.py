"""Cases: what a decision needs to know, put together for each of the two kinds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from clipsync.model.base import BaseRow, Tombstone, TombstoneReason
from clipsync.model.decision import Known, Origin, Record
from clipsync.model.manifest import ClipRecord, CollectionRecord, Kind
from clipsync.model.snapshot import ClipRow, CollectionRow
from clipsync.reconcile import gone as gone_rows
from clipsync.reconcile.assign import BURIED, KEPT, PAST, STANDS, Claim, Thing, assign, join
from clipsync.reconcile.canonical import same_text
from clipsync.reconcile.clip_rows import holds_record
from clipsync.reconcile.decide import Case, stone_thing
from clipsync.reconcile.gone import Gone
from clipsync.reconcile.references import References, listed_by_people
from clipsync.reconcile.remember import edited, file_texts
from clipsync.reconcile.scene import Scene

_FIRST_SEEN = (Origin.ROW, Origin.LOOKS)


def clips(scene: Scene, known: Sequence[Known], collections: Sequence[Known], gone: Gone) -> Case:
    """The case of the clips; `collections`: the project's, whose lists have a say."""
    records = scene.manifest.clips
    things: list[Thing] = [(record.start_ms, record.end_ms) for record in records]
    stones = _stones(Kind.CLIP, scene, gone)
    claims = [
        Claim(one.source_id, one.span, _order(one), one.span is None, known=one)
        for one in known
        if one.in_ledger
    ]
    for past in gone.past:
        thing = _span(past)
        claims.append(Claim(past.source_id, thing, PAST, thing is None, past=past))
    claims += [_stone_claim(stone, stone_thing(stone)) for stone in stones if not stone.lifted]
    listed = {item for one in collections for item in one.content}
    listed |= {link.clip_id for link in scene.snapshot.links}

    def span(one: Known) -> Thing:
        return one.span

    def rank(one: Known, record: Record) -> tuple[Any, ...]:
        """Rule 5, who survives: smaller is better."""
        row = one.row
        assert isinstance(row, ClipRow)
        assert isinstance(record, ClipRecord)
        return (
            not edited(one, record),
            row.status.upper() != "COMPLETED",
            not holds_record(row.clip_metadata, record),
            row.id not in listed,
            row.created_at,
            row.id,
        )

    first_seen = [one for one in known if one.origin in _FIRST_SEEN]
    assigned = assign(claims, records, things)
    joined = join(first_seen, records, things, span)
    lifted = [_stone_claim(stone, stone_thing(stone)) for stone in stones if stone.lifted]
    return Case(
        kind=Kind.CLIP,
        scene=scene,
        records=records,
        things=things,
        known=known,
        claims=assigned,
        joined=joined,
        restored=_unclaimed(lifted, records, things, {*assigned, *joined}),
        thing_of=span,
        edited=edited,
        rank=rank,
        new_row_id=_row_ids(Kind.CLIP, scene),
        known_file=scene.manifest.clips_known,
        listed_by=listed_by_people(scene, collections),
    )


def collections(scene: Scene, known: Sequence[Known], references: References, gone: Gone) -> Case:
    """The case of the collections, which are what they hold: `references` tells of the clips."""
    records = scene.manifest.collections
    things = [_thing(references.of_numbers(record.clip_ids)) for record in records]
    stones = _stones(Kind.COLLECTION, scene, gone)

    def content(one: Known) -> Thing:
        """What the file said it holds; where nothing tells, what it lists."""
        return _thing(references.follow(one.base.get("content", one.content)))

    def is_edited(one: Known, record: Record | None) -> bool:
        if edited(one, record):
            return True
        if not references.list_edited(one):
            return False
        if not isinstance(record, CollectionRecord):
            return True
        return references.follow(one.content) != references.of_numbers(record.clip_ids)

    def rank(one: Known, record: Record) -> tuple[Any, ...]:
        row = one.row
        assert isinstance(row, CollectionRow)
        same = all(
            same_text(getattr(row, name), value) for name, value in file_texts(record).items()
        )
        completed = row.status.upper() == "COMPLETED"
        return not is_edited(one, record), not completed, not same, row.created_at, row.id

    claims = [
        Claim(
            one.source_id,
            content(one),
            _order(one),
            # A person's name stays with what it was given to, as long as any of that is there.
            content(one) is None or not is_edited(one, None),
            known=one,
        )
        for one in known
        if one.in_ledger
    ]
    for past in gone.past:
        thing = _thing(references.follow(past.file_values.get("content") or ()))
        claims.append(
            Claim(past.source_id, thing, PAST, thing is None or not _said(past), past=past)
        )
    buried = [
        Claim(
            stone.source_id,
            _thing(references.follow(stone.file_values.get("content") or ())),
            BURIED,
            # Nothing tells what it held; one that held nothing is none that holds something.
            "content" not in stone.file_values,
            stone=stone,
        )
        for stone in stones
    ]
    claims += [claim for claim in buried if claim.stone and not claim.stone.lifted]
    first_seen = [one for one in known if one.origin in _FIRST_SEEN]
    joined = join(first_seen, records, things, content)
    assigned = assign(claims, records, things)
    numbers = {stone.source_id for stone in stones}
    missing = [
        record
        for at, record in enumerate(records)
        if at not in assigned and at not in joined and record.source_id not in numbers
    ]
    positions = {record.source_id: at for at, record in enumerate(records)}
    for stone in gone_rows.maybe_deleted(scene, missing, stones):
        gone.buried.append(stone)
        if not _wanted(stone, scene):
            assigned[positions[stone.source_id]] = _stone_claim(stone, None)
    return Case(
        kind=Kind.COLLECTION,
        scene=scene,
        records=records,
        things=things,
        known=known,
        claims=assigned,
        joined=joined,
        thing_of=content,
        edited=is_edited,
        rank=rank,
        new_row_id=_row_ids(Kind.COLLECTION, scene),
        known_file=scene.manifest.collections_known,
        restored=_unclaimed(
            [claim for claim in buried if claim.stone and claim.stone.lifted],
            records,
            things,
            {*assigned, *joined},
        ),
        unclear=gone.unclear,
    )


def _stones(kind: Kind, scene: Scene, gone: Gone) -> list[Tombstone]:
    """The kind's tombstones, new ones included, once the restores asked for are done."""
    stones = gone_rows.lift((*scene.base.tombstones, *gone.buried), scene)
    lost = TombstoneReason.LOST
    return [stone for stone in stones if stone.kind is kind and stone.reason is not lost]


def _wanted(stone: Tombstone, scene: Scene) -> bool:
    options = scene.options
    return options.restore_all or (stone.kind, stone.source_id) in options.restore


def _stone_claim(stone: Tombstone, thing: Thing) -> Claim:
    return Claim(stone.source_id, thing, BURIED, thing is None, stone=stone)


def _unclaimed(
    lifted: Sequence[Claim],
    records: Sequence[Record],
    things: Sequence[Thing],
    claimed: Collection[int],
) -> dict[int, Claim]:
    """Lifted tombstones, one to one, of the records nothing else stands for."""
    free = [at for at in range(len(records)) if at not in claimed]
    if not lifted or not free:
        return {}
    found = assign(lifted, [records[at] for at in free], [things[at] for at in free])
    return {free[at]: claim for at, claim in found.items()}


def _order(known: Known) -> int:
    return STANDS if known.stands else KEPT


def _thing(content: Sequence[str]) -> Thing:
    return frozenset(content) or None


def _span(row: BaseRow) -> Thing:
    return None if row.start_ms is None or row.end_ms is None else (row.start_ms, row.end_ms)


def _said(past: BaseRow) -> bool:
    """Whether a person had changed anything of the row."""
    return any(
        name in past.kept_values and past.kept_values[name] != value
        for name, value in past.file_values.items()
    )


def _row_ids(kind: Kind, scene: Scene) -> Callable[[Record, BaseRow | None, Tombstone | None], str]:
    """The id of a row that is made: the one it had before where that is free, else derived."""

    def row_id(record: Record, past: BaseRow | None, stone: Tombstone | None) -> str:
        former = past.row_id if past is not None else None
        if stone is not None and stone.reason is not TombstoneReason.MAYBE_DELETED:
            former = stone.row_id
        if former and former not in scene.row_ids | scene.snapshot.taken_ids:
            return former
        if scene.manifest.kind == "example" and record.source_id not in scene.ids_in_use:
            return record.source_id  # AutoClip gives the row the record's id
        span = f"{record.start_ms}-{record.end_ms}" if isinstance(record, ClipRecord) else ""
        return scene.new_row_id(kind, record.source_id, span)

    return row_id
