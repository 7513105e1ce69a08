"""Rows: the changes that decisions lead to, and what the ledger remembers of them.

What both kinds share; `clip_rows` and `collection_rows` hold what differs: their fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clipsync.model.base import BaseRow
from clipsync.model.decision import Decision, Fate, Item, Known, MergedField, Row
from clipsync.model.manifest import ClipRecord, CollectionRecord, Kind
from clipsync.model.plan import KIND_TABLE, Change, Op
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import BrokenJson
from clipsync.reconcile import paths
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.scene import Scene


@dataclass(slots=True)
class Emitted:
    """What the decisions about one kind led to.

    `agree`, `agree_now`: rows on which disk and database agree after the plan, and already.
    `unsucceeded`: rows that go with nothing in their place.
    """

    changes: list[Change] = field(default_factory=list)
    base_rows: list[BaseRow] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    agree: int = 0
    agree_now: int = 0
    unsucceeded: int = 0


def updated(
    emitted: Emitted, decision: Decision, fields: Sequence[MergedField], scene: Scene
) -> bool:
    """Write the fields that change into the row; True where any does."""
    known = decision.known
    assert known is not None
    writes = {one.name: one for one in fields if one.changes}
    if writes:
        emitted.changes.append(
            Change(
                Op.UPDATE,
                KIND_TABLE[decision.kind],
                scene.project_id,
                known.row.id,
                decision.source_id,
                {name: plain(getattr(known.row, name)) for name in writes},
                {name: one.after for name, one in writes.items()},
                {name: Reason(one.reason) for name, one in writes.items()},
            )
        )
    return bool(writes)


def whole_row(op: Op, decision: Decision, scene: Scene, values: Mapping[str, Any]) -> Change:
    """The change that makes a row of `values`, or that takes `values` away."""
    before, after = (values, {}) if op is Op.DELETE else ({}, values)
    row_id = decision.row_id if decision.known is None else decision.known.row.id
    return Change(
        op,
        KIND_TABLE[decision.kind],
        scene.project_id,
        str(row_id),
        decision.source_id,
        before,
        after,
        {"": decision.reason},
    )


def adopted(decision: Decision, scene: Scene) -> Change:
    """The ledger takes a row of AutoClip's to its knowledge; the row stays as it is."""
    return Change(
        Op.ADOPT,
        KIND_TABLE[decision.kind],
        scene.project_id,
        str(decision.row_id),
        decision.source_id,
        {},
        {},
        {"": Reason(ReasonCode.MADE_BY_AUTOCLIP)},
    )


def deleted(emitted: Emitted, decision: Decision, scene: Scene, findings: Findings) -> None:
    """The row goes, and what it held is in the change."""
    known = decision.known
    assert known is not None
    row = known.row
    values = {name: plain(getattr(row, name)) for name in type(row).__dataclass_fields__}
    emitted.changes.append(whole_row(Op.DELETE, decision, scene, values))
    if decision.reason.code is ReasonCode.CAME_BACK:
        findings.resurrected(decision.kind, str(known.source_id), row.id, label(row))
    elif decision.instead is None and not _of_an_earlier_attempt(known, scene):
        emitted.unsucceeded += 1


def _of_an_earlier_attempt(known: Known, scene: Scene) -> bool:
    """A row that AutoClip left of an earlier run and the ledger never knew: its number has another
    record now. Example: three retries left 13 rows, the files say 5: no loss, but the usual damage.
    """
    numbers = scene.clip_numbers if known.kind is Kind.CLIP else scene.collection_numbers
    return not known.in_ledger and known.source_id in numbers


def report_stays(decision: Decision, findings: Findings) -> None:
    """What a person should know of a row that stays for another reason than its record."""
    known = decision.known
    assert known is not None
    about = (decision.kind, str(known.source_id), known.row.id, label(known.row))
    match decision.reason.code:
        case ReasonCode.EDITED_DUPLICATE:
            findings.edited_duplicate(*about)
        case ReasonCode.EDITED_STALE:
            findings.edited_stale(*about)
        case ReasonCode.KEPT_IN_COLLECTION:
            findings.kept_in_collection(about, decision.reason.values["collections"])


def report_restored(decisions: Iterable[Decision], kind: Kind, findings: Findings) -> None:
    """One finding for all rows of a kind that were lost and come back."""
    lost = [
        one
        for one in decisions
        if one.fate is Fate.INSERT and one.past is not None and one.reason.code is ReasonCode.LOST
    ]
    if lost:
        moved = {
            str(one.source_id): str(one.row_id)
            for one in lost
            if one.past is not None and one.past.row_id != one.row_id
        }
        findings.restored(kind, [str(one.source_id) for one in lost], moved)


def own_path(
    column: str, stored: str | None, below: str, exists: bool, decision: Decision, scene: Scene
) -> tuple[MergedField, bool]:
    """(the field of a path that is ours, True where the path does not fit) (rule 12)."""
    source_id = str(decision.source_id)
    if stored is not None and paths.agrees(
        stored, below, exists=exists, source_id=source_id, scene=scene
    ):
        return MergedField(column, below, stored, stored, ReasonCode.SAME), False
    path = paths.absolute(below, scene)
    if path is None or path == stored:
        return MergedField(column, below, stored, stored, ReasonCode.SAME), path is None
    return MergedField(column, below, stored, path, ReasonCode.FROM_DISK), False


def own(column: str, disk: Any, stored: Any, same: bool) -> MergedField:
    """A field that is ours: it follows the file."""
    if same:
        return MergedField(column, disk, stored, stored, ReasonCode.SAME)
    return MergedField(column, disk, stored, disk, ReasonCode.FROM_DISK)


def plain(value: Any) -> Any:
    return value.text if isinstance(value, BrokenJson) else value


def label(row: Row) -> str:
    """What people call the row: a clip's title, a collection's name."""
    return str(getattr(row, "title", None) or getattr(row, "name", None) or "")


def label_of(decision: Decision) -> str:
    """What people call the thing: by its row, else by its record."""
    if decision.known is not None:
        return label(decision.known.row)
    match decision.record:
        case ClipRecord(title=called) | CollectionRecord(name=called):
            return called
        case None:
            return ""


def kept_base(known: Known, ledger: BaseRow | None, kept: Mapping[str, Any]) -> BaseRow:
    """What the ledger remembers of a row that stays though no record stands behind it."""
    file_values = dict(known.base if ledger is None else ledger.file_values)
    span = known.span or (None, None)
    return BaseRow(
        kind=known.kind,
        source_id=str(known.source_id),
        row_id=known.row.id,
        file_values=file_values,
        kept_values={**({} if ledger is None else ledger.kept_values), **kept},
        start_ms=span[0] if ledger is None else ledger.start_ms,
        end_ms=span[1] if ledger is None else ledger.end_ms,
        stands=False,
        by_looks=known.by_looks,
    )
