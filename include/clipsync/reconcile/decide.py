"""Decide: what becomes of every record and of every row no record claims; the same for both kinds.

    for each record     held back by a tombstone?  its row?  rows seen for the first time?  new
    for each row left   made by hand?  a duplicate?  edited?  listed by people?  else it goes

Nothing is written here, and no field is looked at but to tell whether a person edited it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clipsync.model.base import BaseRow, Tombstone
from clipsync.model.decision import Decision, Fate, Known, Origin, Record
from clipsync.model.manifest import CollectionRecord, Kind
from clipsync.model.reason import Reason, ReasonCode
from clipsync.reconcile import likeness
from clipsync.reconcile.assign import Claim, Thing, alike
from clipsync.reconcile.canonical import fit, same_text
from clipsync.reconcile.remember import hidden
from clipsync.reconcile.scene import Scene


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of one project, as the decision needs it.

    `claims`, `joined`: by record position (`assign`). `restored`: lifted tombstones likewise, of
    records that have no claim. `edited`: whether a person edited a row, as compared with a record
    or by itself. `rank`: rule 5, smaller survives. `listed_by`: clip row id to the names of
    people's collections that list it. `known_file`: whether any file says something of this kind.
    `unclear`: rows that are gone, nobody can tell why.
    """

    kind: Kind
    scene: Scene
    records: Sequence[Record]
    things: Sequence[Thing]
    known: Sequence[Known]
    claims: Mapping[int, Claim]
    joined: Mapping[int, Sequence[Known]]
    thing_of: Callable[[Known], Thing]
    edited: Callable[[Known, Record | None], bool]
    rank: Callable[[Known, Record], tuple[Any, ...]]
    new_row_id: Callable[[Record, BaseRow | None, Tombstone | None], str]
    known_file: bool
    restored: Mapping[int, Claim] = field(default_factory=dict)
    unclear: Sequence[BaseRow] = ()
    listed_by: Mapping[str, Sequence[str]] = field(default_factory=dict)


def decide(case: Case) -> list[Decision]:
    """Every record in the file's order, then every row that no record claims."""
    decisions: list[Decision] = []
    standing: dict[int, str | None] = {}
    for position, record in enumerate(case.records):
        for one in _of_record(case, position, record):
            decisions.append(one)
            if one.fate in (Fate.INSERT, Fate.UPDATE):
                standing[position] = one.row_id
    decided = {one.known.row.id for one in decisions if one.known is not None}
    for known in case.known:
        if known.row.id not in decided:
            decisions.append(_of_row(case, known, standing))
    return decisions


def _of_record(case: Case, position: int, record: Record) -> Iterator[Decision]:
    """One record: held back, the row that stands for it and its duplicates, or a new row."""
    claim = case.claims.get(position)
    rows = sorted(case.joined.get(position, ()), key=lambda row: case.rank(row, record))
    stone = None if claim is None else claim.stone
    if stone is not None and not any(case.edited(row, record) for row in rows):
        # Rule 7: a person deleted it; what AutoClip's own sync brought back goes again.
        reason = _held_back(stone, record)
        yield Decision(Fate.HOLD_BACK, reason, case.kind, record, tombstone=stone)
        for row in rows:
            reason = Reason(ReasonCode.CAME_BACK)
            yield Decision(Fate.DELETE, reason, case.kind, record, row, tombstone=stone)
        return
    if claim is not None and claim.known is not None:
        rows.insert(0, claim.known)
    past = None if claim is None else claim.past
    if not rows:
        yield _new(case, position, record, past)
        return
    first, *others = rows
    # Somebody worked on the row that AutoClip brought back: it is wanted after all (`tombstone`).
    same = Reason(ReasonCode.SAME)
    yield Decision(Fate.UPDATE, same, case.kind, record, first, past, stone, row_id=first.row.id)
    for other in others:
        yield _duplicate(case, other, first.row.id, record)


def _held_back(stone: Tombstone, record: Record) -> Reason:
    if stone.reason.pending:
        return Reason(ReasonCode(stone.reason.value))
    if isinstance(record, CollectionRecord) and not same_text(stone.label, fit(record.name)):
        return Reason(ReasonCode.DELETED_AND_RENAMED, {"label": stone.label})
    return Reason(ReasonCode.DELETED_BY_USER)


def _new(case: Case, position: int, record: Record, past: BaseRow | None) -> Decision:
    """A record without a row: new, lost and brought back, or restored on purpose."""
    if any(row.source_id == record.source_id for row in case.unclear):
        return Decision(Fate.LEAVE, Reason(ReasonCode.DELETIONS_UNKNOWN), case.kind, record)
    claim = case.restored.get(position) if past is None else None
    stone = None if claim is None else claim.stone
    reason = Reason(ReasonCode.NEW_ON_DISK)
    if past is not None:
        reason = Reason(ReasonCode.LOST, {"kind": case.kind.value})
    elif stone is not None:
        reason = Reason(ReasonCode.RESTORED_ON_PURPOSE)
    row_id = case.new_row_id(record, past, stone)
    return Decision(Fate.INSERT, reason, case.kind, record, None, past, stone, row_id=row_id)


def stone_thing(stone: Tombstone) -> Thing:
    """What a tombstone holds: a time range, or the clip rows of a collection; None: not known."""
    if stone.kind is Kind.COLLECTION:
        return frozenset(map(str, stone.file_values.get("content") or ())) or None
    if stone.start_ms is None or stone.end_ms is None:
        return None
    return stone.start_ms, stone.end_ms


def _duplicate(case: Case, known: Known, survivor: str, record: Record) -> Decision:
    """Rule 5: a further row of one record goes, unless a person edited it as well.

    Example: rows a (edited) and b of record 1 → a stands for it, b goes; both edited → both stay.
    """
    if hidden(known.row):
        return _stays(case, known, Fate.LEAVE, ReasonCode.STATUS_NOT_OURS)
    if case.edited(known, record):
        return _stays(case, known, Fate.KEEP, ReasonCode.EDITED_DUPLICATE, row=survivor)
    if known.by_looks:
        return _stays(case, known, Fate.KEEP, ReasonCode.ADOPTED_BY_LOOKS)
    reason = Reason(ReasonCode.DUPLICATE, {"row": survivor})
    return Decision(Fate.DELETE, reason, case.kind, known=known, instead=survivor)


def _of_row(case: Case, known: Known, standing: Mapping[int, str | None]) -> Decision:
    """A row that no record claims (rules 4, 5, 6, 8)."""
    why = _untouchable(case, known)
    if why is not None:
        return _stays(case, known, *why)
    # Its piece of video is there, and another row stands for it. Example: the file merged clips 1
    # and 2 into one of which row 1 is the better part.
    thing = case.thing_of(known)
    better = [
        (alike(thing, case.things[at]), -at, row_id)
        for at, row_id in standing.items()
        if row_id is not None and alike(thing, case.things[at]) >= likeness.HALF
    ]
    if better:
        _, at, survivor = max(better)
        return _duplicate(case, known, str(survivor), case.records[-at])
    return _gone_from_file(case, known)


def _untouchable(case: Case, known: Known) -> tuple[Fate, ReasonCode] | None:
    """Why the row is left as it is, whatever the file says; None: it may go."""
    if known.origin is Origin.NOBODY:
        code = ReasonCode.STATUS_NOT_OURS if hidden(known.row) else ReasonCode.BY_HAND
        return Fate.LEAVE, code
    if known.source_id in case.scene.quarantined_sources(case.kind):
        return Fate.KEEP, ReasonCode.RECORD_QUARANTINED
    if not case.known_file:
        # No file says anything of this kind: nothing follows from that (rule 8).
        return Fate.KEEP, ReasonCode.NO_FILE_OF_KIND
    return None


def _gone_from_file(case: Case, known: Known) -> Decision:
    """Rule 6: the file has nothing like it any more; what people worked on stays."""
    if case.edited(known, None):
        return _stays(case, known, Fate.KEEP, ReasonCode.EDITED_STALE)
    listed = case.listed_by.get(known.row.id)
    if listed:
        # Rule 4: it never turns into another clip in the hands of whoever chose it.
        return _stays(
            case, known, Fate.KEEP, ReasonCode.KEPT_IN_COLLECTION, collections=sorted(listed)
        )
    if known.by_looks:
        return _stays(case, known, Fate.KEEP, ReasonCode.ADOPTED_BY_LOOKS)
    if not case.scene.deletes_trusted:
        return _stays(case, known, Fate.KEEP, ReasonCode.NO_MARKER)
    if None in case.scene.quarantined_sources(case.kind):
        return _stays(case, known, Fate.KEEP, ReasonCode.UNCLEAR_RECORDS)
    return Decision(Fate.DELETE, Reason(ReasonCode.NOT_IN_FILE), case.kind, known=known)


def _stays(case: Case, known: Known, fate: Fate, code: ReasonCode, **values: Any) -> Decision:
    return Decision(fate, Reason(code, values), case.kind, known=known, row_id=known.row.id)
