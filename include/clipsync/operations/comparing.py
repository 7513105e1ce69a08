"""One project, side by side: what the disk says, what the database holds, what a sync would leave.

Nothing is decided here: the plan's items say what becomes of every record, row and field, and why.
This puts them into words and numbers that people know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from clipsync.autoclip.database.locks import read_transaction
from clipsync.autoclip.database.snapshot import read_snapshots
from clipsync.autoclip.disk import is_project_id
from clipsync.errors import InvalidProjectIdError, UnknownProjectError
from clipsync.messages import render
from clipsync.model.decision import Decision, Fate, Item, Known, MergedField, Origin, Record, Row
from clipsync.model.manifest import ClipRecord, DiskReason, DiskState, Kind, Manifest
from clipsync.model.plan import KIND_TABLE, Op, ProjectPlan, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import BrokenJson, CollectionRow, Snapshot
from clipsync.operations.batches import plan_batch, read_manifests
from clipsync.operations.losses import with_losses
from clipsync.operations.workspace import Workspace
from clipsync.reconcile import PlanOptions
from clipsync.reconcile.canonical import fit, same_json
from clipsync.reconcile.identity import content_ids


class Mark(StrEnum):
    """What becomes of a row, or of one field of it, in the next sync."""

    SAME = "same"
    """Disk and database agree."""
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    KEPT = "kept"
    """They differ, and stay so: a person's work, a value that was cut to fit, or a row of which
    nothing proves that it may go."""
    HELD_BACK = "held_back"
    """On disk, and not inserted: a user deleted it, or may have."""
    QUARANTINED = "quarantined"
    """The record can't be used."""
    BY_HAND = "by_hand"
    """Made in AutoClip by a person: no record, and never touched."""
    WAITING = "waiting"
    """Nothing is planned for this project now."""


@dataclass(frozen=True, slots=True)
class FieldPair:
    """One field on both sides. `after`: its value after the next sync."""

    name: str
    disk: Any
    database: Any
    after: Any
    mark: Mark
    why: Reason | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "disk": self.disk,
            "database": self.database,
            "after": self.after,
            "mark": self.mark.value,
            **_why(self.why),
        }


@dataclass(frozen=True, slots=True)
class ComparedItem:
    """A record and its row. `source_id` None: no record; `row_id` None: no row, now or later."""

    source_id: str | None
    row_id: str | None
    label: str
    mark: Mark
    why: Reason | DiskReason | None = None
    fields: tuple[FieldPair, ...] = ()
    in_database: bool = True

    def as_dict(self) -> dict[str, Any]:
        return {
            "source_id": self.source_id,
            "row_id": self.row_id,
            "label": self.label,
            "mark": self.mark.value,
            **_why(self.why),
            "fields": [pair.as_dict() for pair in self.fields],
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """A project side by side; clips and collections in the disk's order, rows without a record
    after them."""

    plan: ProjectPlan
    layout: str | None
    project: ComparedItem
    clips: tuple[ComparedItem, ...] = ()
    collections: tuple[ComparedItem, ...] = ()
    disk_clips: int = 0
    disk_collections: int = 0
    database_clips: int = 0
    database_collections: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "project": self.project.as_dict(),
            "clips": [item.as_dict() for item in self.clips],
            "collections": [item.as_dict() for item in self.collections],
        }


def _why(reason: Reason | DiskReason | None) -> dict[str, Any]:
    """JSON of a reason: `why` is its sentence, "" without one; `reason` its code and values."""
    if reason is None:
        return {"why": "", "reason": None}
    return {"why": render(reason), "reason": reason.as_dict()}


_MARKS: Mapping[Fate, Mark] = {
    Fate.INSERT: Mark.INSERT,
    Fate.UPDATE: Mark.UPDATE,
    Fate.DELETE: Mark.DELETE,
    Fate.HOLD_BACK: Mark.HELD_BACK,
}
_STAYS: Mapping[ReasonCode, Mark] = {
    ReasonCode.BY_HAND: Mark.BY_HAND,
    ReasonCode.RECORD_QUARANTINED: Mark.QUARANTINED,
    ReasonCode.DELETIONS_UNKNOWN: Mark.HELD_BACK,
}
"""Of rows that are kept and of what is left alone; any other reason is `KEPT`."""
_SHOWN: Mapping[Kind, Sequence[str]] = {
    Kind.CLIP: ("title", "description", "start_time", "end_time", "duration", "score"),
    Kind.COLLECTION: ("name", "description", "content", "clips_count"),
}
"""Fields of a record without a row, and of a row that follows no record."""


def compare_project(workspace: Workspace, project_id: str) -> Comparison:
    """One project as it is now; reads its files and rows, writes nothing.

    Raises InvalidProjectIdError, and UnknownProjectError where neither side knows it.
    """
    if not is_project_id(project_id):
        raise InvalidProjectIdError(project_id)
    options = with_losses(workspace, PlanOptions())
    manifests = read_manifests(workspace, [project_id])
    with read_transaction(workspace.engine) as conn:
        (planned,) = plan_batch(conn, manifests, options, workspace, datetime.now(UTC))
        snapshot = read_snapshots(conn, [project_id])[project_id]
    if planned.manifest.state is DiskState.ABSENT and snapshot.empty:
        raise UnknownProjectError(project_id, workspace.data.root)
    return compare(planned.manifest, snapshot, planned.plan)


def compare(manifest: Manifest, snapshot: Snapshot, plan: ProjectPlan) -> Comparison:
    """The plan beside the two sides it was made from; all three of one moment."""
    page = _Page(manifest, snapshot, plan)
    return Comparison(
        plan=plan,
        layout=manifest.layout,
        project=_project(manifest, snapshot, plan),
        clips=tuple(page.items(Kind.CLIP)),
        collections=tuple(page.items(Kind.COLLECTION)),
        disk_clips=len(manifest.clips),
        disk_collections=len(manifest.collections),
        database_clips=len(snapshot.clips),
        database_collections=len(snapshot.collections),
    )


def _project(manifest: Manifest, snapshot: Snapshot, plan: ProjectPlan) -> ComparedItem:
    """The project's own row: what the disk says of it only counts when the row is made."""
    record, row = manifest.project, snapshot.project
    change = next((one for one in plan.changes if one.table is Table.PROJECTS), None)
    writes = Mark.INSERT if row is None else Mark.UPDATE
    completed = "COMPLETED" if manifest.state is DiskState.COMPLETED else None
    fields = []
    for name, disk in (
        ("name", record.name),
        ("description", record.description),
        ("status", completed),
        ("project_type", record.project_type),
        ("video_path", record.video_path),
    ):
        stored = getattr(row, name, None)
        if change is not None and (row is None or name in change.after):
            after = change.after.get(name)
            fields.append(FieldPair(name, disk, stored, after, writes, change.why.get(name)))
        else:
            made_of = name != "status" and row is not None and disk is not None
            why = Reason(ReasonCode.ONLY_WHEN_MADE) if made_of else None
            fields.append(FieldPair(name, disk, stored, stored, Mark.SAME, why))
    reason = _why_nothing(plan)
    mark = Mark.SAME if reason is None else Mark.WAITING
    if change is not None:
        mark, reason = writes, change.why.get("")
    return ComparedItem(
        None, plan.project_id, plan.name, mark, reason, tuple(fields), row is not None
    )


def _why_nothing(plan: ProjectPlan) -> Reason | None:
    """Why nothing was decided about records and rows; None where it was."""
    if plan.state is DiskState.STUDIO:
        return plan.skipped or Reason(ReasonCode.STUDIO)
    if plan.stopped is not None and plan.stopped.code is ReasonCode.PROJECTS_GONE:
        return plan.stopped
    return plan.skipped


class _Page:
    """The plan's items as people read them."""

    def __init__(self, manifest: Manifest, snapshot: Snapshot, plan: ProjectPlan) -> None:
        self._unusable, skipped = manifest.quarantined, _why_nothing(plan)
        self._otherwise = Mark.KEPT if skipped is None else Mark.WAITING
        waiting = () if skipped is None else tuple(_waiting(manifest, snapshot, plan, skipped))
        self._items = waiting or plan.items
        self._numbers = _numbers(
            [one.decision for one in self._items if one.decision.kind is Kind.CLIP]
        )
        self._writes = {
            (change.table, change.row_id): change
            for change in plan.changes
            if change.op in (Op.UPDATE, Op.RELINK)
        }

    def items(self, kind: Kind) -> Iterator[ComparedItem]:
        """Records in the file's order, then other rows, then records that can't be used."""
        unusable = [one for one in self._unusable if one.kind is kind]
        reasons = {one.source_id: one.reason for one in unusable}
        mine = [one for one in self._items if one.decision.kind is kind]
        with_row = set()
        for item in sorted(mine, key=lambda one: not _stands(one.decision)):
            shown = self._item(item, reasons)
            if shown.mark is Mark.QUARANTINED:
                with_row.add(shown.source_id)
            yield shown
        for one in unusable:
            if one.source_id is None or one.source_id not in with_row:
                label, mark = f"{one.file} [{one.position}]", Mark.QUARANTINED
                yield ComparedItem(one.source_id, None, label, mark, one.reason, in_database=False)

    def _item(self, item: Item, unusable: Mapping[str | None, DiskReason]) -> ComparedItem:
        decision = item.decision
        row = None if decision.known is None else decision.known.row
        mark = _MARKS.get(decision.fate) or _STAYS.get(decision.reason.code, self._otherwise)
        why: Reason | DiskReason | None = decision.reason
        fields = (
            *(self._merged(item) if item.fields else self._held(decision, mark)),
            *self._links(decision),
        )
        if mark is Mark.QUARANTINED:
            why = unusable.get(decision.source_id, why)
        elif mark is Mark.UPDATE:
            mark, why = self._outcome(item, fields)
        return ComparedItem(
            decision.source_id,
            decision.row_id if row is None else row.id,
            item.label,
            mark,
            why,
            fields,
            row is not None,
        )

    def _outcome(self, item: Item, fields: Sequence[FieldPair]) -> tuple[Mark, Reason | None]:
        """Of a row that follows its record: something changes, something is kept, or neither."""
        linked = (Table.LINKS, str(item.decision.row_id)) in self._writes
        if linked or any(one.changes for one in item.fields if one.name != "content"):
            return Mark.UPDATE, None
        kept = [pair.why for pair in fields if pair.mark is Mark.KEPT]
        return (Mark.KEPT, kept[0]) if kept else (Mark.SAME, None)

    def _merged(self, item: Item) -> Iterator[FieldPair]:
        """The fields of a row that follows its record, as they were merged."""
        fate, said = item.decision.fate, _said(item.decision.record)
        content = [self._content(one) for one in item.fields if one.name == "content"]
        moved = any(one.database != one.after for one in content)
        for one in item.fields:
            disk = said.get(one.name, one.disk)
            if one.name == "content":
                yield _pair(content[0], disk, fate, changes=moved)
            elif one.name in ("clip_metadata", "collection_metadata"):
                if fate is Fate.UPDATE and one.changes:
                    yield from _stored_record(one, disk, listed=moved)
            elif not disk is one.database is one.after is None:
                yield _pair(one, disk, fate, changes=one.changes)

    def _content(self, one: MergedField) -> MergedField:
        """A collection's clips by number. Example: [row of 3, row of 1] reads [3, 1]."""
        database, after = self._clips(one.database), self._clips(one.after)
        reason = one.reason
        if database == after and one.changes:
            reason = ReasonCode.SAME
        elif database != after and reason is ReasonCode.SAME:
            reason = ReasonCode.FOLLOWS_CLIPS
        return MergedField(one.name, one.disk, database, after, reason)

    def _clips(self, row_ids: Sequence[str] | None) -> list[str] | None:
        if row_ids is None:
            return None
        return [self._numbers.get(str(row_id), str(row_id)) for row_id in row_ids]

    def _held(self, decision: Decision, mark: Mark) -> Iterator[FieldPair]:
        """What is said of a record without a row, or held by a row that follows no record."""
        row = None if decision.known is None else decision.known.row
        said = {} if mark is Mark.DELETE else _said(decision.record)
        held = {name: getattr(row, name, None) for name in _SHOWN[decision.kind]}
        if isinstance(row, CollectionRow):
            held["content"] = self._clips(content_ids(row) or [])
        change = row and self._writes.get((KIND_TABLE[decision.kind], row.id))
        written = dict(change.after) if change else {}
        if "collection_metadata" in written:
            written["content"] = self._clips(written["collection_metadata"].get("clip_ids"))
        for name, stored in held.items():
            disk, after = said.get(name), None if mark is Mark.DELETE else stored
            if change and name in written:
                why = change.why.get(name) or change.why.get("collection_metadata")
                yield FieldPair(name, disk, stored, written[name], Mark.UPDATE, why)
            else:
                yield FieldPair(name, disk, stored, after, mark)

    def _links(self, decision: Decision) -> Iterator[FieldPair]:
        """The rows of `clip_collection`, where a collection stays and they change."""
        change = self._writes.get((Table.LINKS, str(decision.row_id)))
        if change is not None and decision.fate is not Fate.INSERT:
            before, after = (
                self._clips(side.get("clip_ids")) for side in (change.before, change.after)
            )
            disk = _said(decision.record).get("content")
            yield FieldPair("links", disk, before, after, Mark.UPDATE, change.why.get(""))


def _pair(one: MergedField, disk: Any, fate: Fate, *, changes: bool) -> FieldPair:
    """One merged field: it changes, it is kept though the file says something else, or neither."""
    mark, why = Mark.SAME, None
    if changes:
        mark, why = _MARKS[fate], Reason(one.reason)
    elif one.reason is not ReasonCode.SAME:
        mark, why = Mark.KEPT, Reason(one.reason)
    elif one.name in ("title", "name") and fit(disk) != disk:
        mark, why = Mark.KEPT, Reason(ReasonCode.CUT_TO_FIT)
    return FieldPair(one.name, disk, one.database, one.after, mark, why)


def _stored_record(one: MergedField, disk: Any, *, listed: bool) -> Iterator[FieldPair]:
    """The record that a row keeps: of the long values, what is not the same.

    `listed`: the list of clips changes too, and is shown by itself.
    """
    stored, after, why = one.database, one.after, Reason(one.reason)
    if not isinstance(stored, Mapping):
        stored = stored.text if isinstance(stored, BrokenJson) else stored
        yield FieldPair(one.name, disk, stored, after, Mark.UPDATE, why)
        return
    hidden = ("clip_ids", "original_clip_ids") if listed else ()
    changed = [
        name
        for name in dict.fromkeys((*after, *stored))
        if name not in hidden
        and (name not in after or name not in stored or not same_json(after[name], stored[name]))
    ]
    disk, stored, after = (
        None if side is None else {name: side[name] for name in changed if name in side}
        for side in (disk, stored, after)
    )
    if changed:
        yield FieldPair(one.name, disk, stored, after, Mark.UPDATE, why)


def _said(record: Record | None) -> dict[str, Any]:
    """What the file says, as it says it: uncut, and clips by number."""
    if record is None:
        return {}
    if isinstance(record, ClipRecord):
        return {
            "title": record.title,
            "description": record.description,
            "start_time": record.start_seconds,
            "end_time": record.end_seconds,
            "duration": record.end_seconds - record.start_seconds,
            "score": record.score,
            "clip_metadata": dict(record.content),
        }
    return {
        "name": record.name,
        "description": record.description,
        "content": list(record.clip_ids),
        "clips_count": len(record.clip_ids),
    }


def _stands(decision: Decision) -> bool:
    """The decision is about a record of the file, not about a row beside it."""
    return decision.record is not None and decision.fate is not Fate.DELETE


def _numbers(clips: Sequence[Decision]) -> dict[str, str]:
    """Clip row id to the number people know it by: rows that are gone or held back as well.

    A row whose former number is another clip's now has none. Example: number 3 was cut anew, and
    somebody's collection still lists the old row: 3 is the new one.
    """
    numbers: dict[str, str] = {}
    taken = {one.source_id for one in clips if one.record is not None}
    for one in clips:
        if one.source_id is not None and (one.record is not None or one.source_id not in taken):
            numbers |= dict.fromkeys(_row_ids(one), one.source_id)
    for one in clips:
        if one.known is not None and one.instead in numbers:
            numbers[one.known.row.id] = numbers[one.instead]
    return numbers


def _row_ids(one: Decision) -> Iterator[str]:
    """Every row of the record: as it is, was, and will be."""
    if one.known is not None:
        yield one.known.row.id
    if one.row_id is not None:
        yield one.row_id
    for former in (one.past, one.tombstone):
        if former is not None and former.row_id is not None:
            yield former.row_id


def _waiting(
    manifest: Manifest, snapshot: Snapshot, plan: ProjectPlan, why: Reason
) -> Iterator[Item]:
    """Where nothing is planned: each record beside the row that stood for it at the last sync."""
    sides: tuple[tuple[Kind, Sequence[Record], Sequence[Row]], ...] = (
        (Kind.CLIP, manifest.clips, snapshot.clips),
        (Kind.COLLECTION, manifest.collections, snapshot.collections),
    )
    for kind, records, rows in sides:
        past = [row for row in plan.ledger.rows if row.kind is kind]
        numbers = {row.row_id: row.source_id for row in past}
        standing = {row.source_id: row.row_id for row in past if row.stands}
        unusable = {one.source_id for one in manifest.quarantined if one.kind is kind}
        left = {row.id: Known(kind, row, Origin.LEDGER, numbers.get(row.id)) for row in rows}
        for record in records:
            known = left.pop(standing.get(record.source_id, ""), None)
            yield _item(Decision(Fate.LEAVE, why, kind, record, known))
        for known in left.values():
            held = known.source_id is not None and known.source_id in unusable
            reason = Reason(ReasonCode.RECORD_QUARANTINED) if held else why
            yield _item(Decision(Fate.LEAVE, reason, kind, known=known))


def _item(decision: Decision) -> Item:
    named = decision.record if decision.known is None else decision.known.row
    return Item(decision, str(getattr(named, "title", None) or getattr(named, "name", "")))
