"""One project, side by side: what the disk says, what the database holds, what a sync would leave.

Nothing is decided here. The planner has decided; this lays its plan beside both sides, field by
field, with the reason why each field is what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from clipsync.autoclip.database.locks import read_transaction
from clipsync.autoclip.database.snapshot import read_snapshots
from clipsync.autoclip.disk import is_project_id
from clipsync.errors import InvalidProjectIdError, UnknownProjectError
from clipsync.ledger import store
from clipsync.messages import render
from clipsync.model.base import Base, BaseRow, Tombstone
from clipsync.model.manifest import (
    ClipRecord,
    CollectionRecord,
    DiskReason,
    DiskState,
    Kind,
    Manifest,
)
from clipsync.model.plan import Change, Op, ProjectPlan, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import ClipRow, CollectionRow, Snapshot
from clipsync.operations.batches import plan_batch, read_manifests
from clipsync.operations.workspace import Workspace
from clipsync.reconcile import PlanOptions
from clipsync.reconcile.canonical import fit, same_json, same_text
from clipsync.reconcile.identity import content_ids


class Mark(StrEnum):
    """What becomes of a row, or of one field of it, in the next sync."""

    SAME = "same"
    """Disk and database agree."""
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    KEPT = "kept"
    """They differ, and stay so: a person's work, or a value that was cut to fit."""
    HELD_BACK = "held_back"
    """On disk, deleted by a user: not inserted again until restored."""
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
class Item:
    """A record and its row. `source_id` None: no record; `row_id` None: no row, now or later."""

    source_id: str | None
    row_id: str | None
    label: str
    mark: Mark
    why: Reason | DiskReason | None = None
    fields: tuple[FieldPair, ...] = ()
    on_disk: bool = True
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
    after them. `clip_labels`: title by source id, and by row id for clips made by hand."""

    plan: ProjectPlan
    layout: str | None
    project: Item
    clips: tuple[Item, ...] = ()
    collections: tuple[Item, ...] = ()
    disk_clips: int = 0
    disk_collections: int = 0
    database_clips: int = 0
    database_collections: int = 0
    clip_labels: Mapping[str, str] = field(default_factory=dict)

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


def compare_project(workspace: Workspace, project_id: str) -> Comparison:
    """One project as it is now; reads its files and rows, writes nothing.

    Raises InvalidProjectIdError, and UnknownProjectError where neither side knows it.
    """
    if not is_project_id(project_id):
        raise InvalidProjectIdError(project_id)
    manifests = read_manifests(workspace, [project_id])
    with read_transaction(workspace.engine) as conn:
        (planned,) = plan_batch(conn, manifests, PlanOptions(), workspace, datetime.now(UTC))
        snapshot = read_snapshots(conn, [project_id])[project_id]
        base = store.read_bases(conn, [project_id])[project_id]
    if planned.manifest.state is DiskState.ABSENT and snapshot.empty:
        raise UnknownProjectError(project_id, workspace.data.root)
    return compare(planned.manifest, snapshot, base, planned.plan)


def compare(manifest: Manifest, snapshot: Snapshot, base: Base, plan: ProjectPlan) -> Comparison:
    """The plan beside the two sides it was made from; all three of one moment."""
    scene = _Scene(manifest, snapshot, base, plan)
    return Comparison(
        plan=plan,
        layout=manifest.layout,
        project=_project(scene),
        clips=tuple(_clips(scene)),
        collections=tuple(_collections(scene)),
        disk_clips=len(manifest.clips),
        disk_collections=len(manifest.collections),
        database_clips=len(snapshot.clips),
        database_collections=len(snapshot.collections),
        clip_labels=scene.clip_labels,
    )


class _Scene:
    """Who is who: records, rows, and the plan's changes, findable by id."""

    def __init__(
        self, manifest: Manifest, snapshot: Snapshot, base: Base, plan: ProjectPlan
    ) -> None:
        self.manifest, self.snapshot, self.plan = manifest, snapshot, plan
        self.waiting = plan.skipped is not None or plan.state is DiskState.STUDIO
        self.why_waiting = plan.skipped
        if plan.state is DiskState.STUDIO:
            self.why_waiting = Reason(ReasonCode.STUDIO)
        # A plan's base rows are complete; where nothing was planned, what the last sync knew.
        known = base.rows if self.waiting else plan.ledger.rows
        self.source_of = {(row.kind, row.row_id): row.source_id for row in known}
        self.row_of = _survivors(known, manifest, plan)
        self._changes: dict[tuple[Table, str], list[Change]] = {}
        for change in plan.changes:
            self._changes.setdefault((change.table, change.row_id), []).append(change)
        stones = plan.ledger.tombstones if plan.ledger.tombstones_changed else base.tombstones
        self._stones: dict[tuple[Kind, str], Tombstone] = {
            (stone.kind, stone.source_id): stone for stone in stones if not stone.lifted
        }
        self._findings = {(one.code, one.subject): one for one in plan.findings}
        self.clip_labels = {row.id: row.title for row in snapshot.clips}
        self.clip_labels |= {record.source_id: record.title for record in manifest.clips}

    def change(self, table: Table, row_id: str | None, op: Op) -> Change | None:
        """The plan's change of this kind to this row."""
        if row_id is None:
            return None
        found = self._changes.get((table, row_id), ())
        return next((change for change in found if change.op is op), None)

    def stone(self, kind: Kind, source_id: str) -> Tombstone | None:
        return self._stones.get((kind, source_id))

    def verdict(self, row_id: str, name: str) -> Reason:
        """Why a person's value stays: the planner reports the cases in which it had to guess."""
        subject = f"{row_id}.{name}"
        if ("edit_conflict", subject) in self._findings:
            return Reason(ReasonCode.EDIT_CONFLICT)
        if ("kept_unknown_edit", subject) in self._findings:
            return Reason(ReasonCode.UNKNOWN_EDIT)
        return Reason(ReasonCode.EDITED)

    def reason_to_stay(self, row_id: str) -> Reason | None:
        """Why a row stays that has no record of its own (any more)."""
        return next(
            (why for code, why in _LINGERS.items() if (code, row_id) in self._findings), None
        )

    def source_ids(self, row_ids: Iterable[str]) -> list[str]:
        """Clips of a list by source id; those made by hand by their row's."""
        return [self.source_of.get((Kind.CLIP, row_id), row_id) for row_id in row_ids]


def _project(scene: _Scene) -> Item:
    record, row = scene.manifest.project, scene.snapshot.project
    pairs = (
        ("name", record.name, row and row.name),
        ("description", record.description, row and row.description),
        ("status", _disk_status(scene.manifest), row and row.status),
        ("project_type", record.project_type, row and row.project_type),
        ("video_path", record.video_path, row and row.video_path),
    )
    project_id = scene.plan.project_id
    inserted = scene.change(Table.PROJECTS, project_id, Op.INSERT)
    updated = scene.change(Table.PROJECTS, project_id, Op.UPDATE)
    fields = tuple(
        # What the disk says of the row is only used to make one: afterwards it is AutoClip's.
        _own(name, disk, database, inserted, updated)
        for name, disk, database in pairs
    )
    why: Reason | None = None
    if inserted is not None:
        mark, why = Mark.INSERT, inserted.why.get("")
    elif updated is not None:
        mark = Mark.UPDATE
    else:
        mark, why = (Mark.WAITING if scene.waiting else Mark.SAME), scene.why_waiting
    return Item(
        None,
        project_id,
        scene.plan.name,
        mark,
        why,
        fields,
        on_disk=scene.manifest.state is not DiskState.ABSENT,
        in_database=row is not None,
    )


def _clips(scene: _Scene) -> Iterator[Item]:
    rows = {row.id: row for row in scene.snapshot.clips}
    for record in scene.manifest.clips:
        row_id = scene.row_of.get((Kind.CLIP, record.source_id))
        row = rows.pop(row_id, None) if row_id is not None else None
        yield _paired(scene, Kind.CLIP, record, row_id, row, _clip_fields(scene, record, row))
    yield from _without_record(scene, Kind.CLIP, list(rows.values()))


def _collections(scene: _Scene) -> Iterator[Item]:
    rows = {row.id: row for row in scene.snapshot.collections}
    for record in scene.manifest.collections:
        row_id = scene.row_of.get((Kind.COLLECTION, record.source_id))
        row = rows.pop(row_id, None) if row_id is not None else None
        fields = _collection_fields(scene, record, row, row_id)
        yield _paired(scene, Kind.COLLECTION, record, row_id, row, fields)
    yield from _without_record(scene, Kind.COLLECTION, list(rows.values()))


def _paired(
    scene: _Scene,
    kind: Kind,
    record: ClipRecord | CollectionRecord,
    row_id: str | None,
    row: ClipRow | CollectionRow | None,
    fields: tuple[FieldPair, ...],
) -> Item:
    label = _label(row) if row is not None else _record_label(record)
    stone = scene.stone(kind, record.source_id)
    inserted = scene.change(_TABLE[kind], row_id, Op.INSERT)
    why: Reason | None = None
    if inserted is not None:
        mark, why = Mark.INSERT, inserted.why.get("")
    elif row is None and stone is not None:
        mark, why = Mark.HELD_BACK, _HELD_BACK[stone.reason.value]
    elif row is None:
        mark, why = Mark.WAITING, scene.plan.skipped or scene.plan.stopped
    elif any(pair.mark is Mark.UPDATE for pair in fields):
        mark = Mark.UPDATE
    elif any(pair.mark is Mark.KEPT for pair in fields):
        mark, why = Mark.KEPT, next(pair.why for pair in fields if pair.mark is Mark.KEPT)
    else:
        mark = Mark.SAME
    return Item(record.source_id, row_id, label, mark, why, fields, in_database=row is not None)


def _without_record(
    scene: _Scene, kind: Kind, rows: Sequence[ClipRow | CollectionRow]
) -> Iterator[Item]:
    """Rows the file says nothing of, and records that can't be used, whether or not with a row."""
    spare = {
        one.source_id: one.reason
        for one in scene.manifest.quarantined
        if one.kind is kind and one.source_id is not None
    }
    for row in rows:
        deleted = scene.change(_TABLE[kind], row.id, Op.DELETE)
        source_id = scene.source_of.get((kind, row.id))
        if deleted is not None:
            source_id = deleted.source_id
        reason = spare.pop(source_id, None) if source_id is not None else None
        why: Reason | DiskReason | None = None
        if deleted is not None:
            mark, why = Mark.DELETE, deleted.why.get("")
        elif reason is not None:
            mark, why = Mark.QUARANTINED, reason
        elif scene.waiting:
            mark, why = Mark.WAITING, scene.why_waiting
        elif source_id is None:
            mark = Mark.BY_HAND
        else:
            mark, why = Mark.KEPT, scene.reason_to_stay(row.id)
        fields = _row_fields(scene, kind, row, deleted is not None, mark)
        yield Item(source_id, row.id, _label(row), mark, why, fields, on_disk=reason is not None)
    for one in scene.manifest.quarantined:
        if one.kind is kind and (one.source_id is None or one.source_id in spare):
            yield Item(
                one.source_id,
                None,
                f"{one.file} [{one.position}]",
                Mark.QUARANTINED,
                one.reason,
                in_database=False,
            )


def _clip_fields(scene: _Scene, record: ClipRecord, row: ClipRow | None) -> tuple[FieldPair, ...]:
    row_id = scene.row_of.get((Kind.CLIP, record.source_id))
    inserted = scene.change(Table.CLIPS, row_id, Op.INSERT)
    updated = scene.change(Table.CLIPS, row_id, Op.UPDATE)
    own = (
        ("start_time", record.start_seconds),
        ("end_time", record.end_seconds),
        ("duration", record.end_seconds - record.start_seconds),
        ("score", record.score),
        ("video_path", record.video_path),
    )
    fields = [
        _merged(scene, name, disk, row, row_id, inserted, updated)
        for name, disk in (("title", record.title), ("description", record.description))
    ]
    fields += [_own(name, disk, getattr(row, name, None), inserted, updated) for name, disk in own]
    if updated is not None and "clip_metadata" in updated.after:
        fields.append(_metadata(record, row, updated))
    return tuple(fields)


def _metadata(record: ClipRecord, row: ClipRow | None, updated: Change) -> FieldPair:
    """The record that a clip's row keeps: of the two long values, what is not the same."""
    stored = row.clip_metadata if row is not None else None
    after = updated.after["clip_metadata"]
    why = updated.why.get("clip_metadata")
    if not isinstance(stored, Mapping):
        return FieldPair("clip_metadata", dict(record.content), stored, after, Mark.UPDATE, why)
    changed = [
        name
        for name in (*after, *(name for name in stored if name not in after))
        if name not in after or name not in stored or not same_json(after[name], stored[name])
    ]
    disk, database, left = (
        {name: side[name] for name in changed if name in side}
        for side in (record.content, stored, after)
    )
    return FieldPair("clip_metadata", disk, database, left, Mark.UPDATE, why)


def _collection_fields(
    scene: _Scene, record: CollectionRecord, row: CollectionRow | None, row_id: str | None
) -> tuple[FieldPair, ...]:
    inserted = scene.change(Table.COLLECTIONS, row_id, Op.INSERT)
    updated = scene.change(Table.COLLECTIONS, row_id, Op.UPDATE)
    fields = [
        _merged(scene, name, disk, row, row_id, inserted, updated)
        for name, disk in (("name", record.name), ("description", record.description))
    ]
    fields.append(_content(scene, record, row, row_id, inserted, updated))
    count = row and row.clips_count
    fields.append(_own("clips_count", len(record.clip_ids), count, inserted, updated))
    relink = scene.change(Table.LINKS, row_id, Op.RELINK)
    if relink is not None and inserted is None:
        fields.append(
            FieldPair(
                "links",
                list(record.clip_ids),
                scene.source_ids(relink.before.get("clip_ids", ())),
                scene.source_ids(relink.after.get("clip_ids", ())),
                Mark.UPDATE,
                relink.why.get(""),
            )
        )
    return tuple(fields)


def _content(
    scene: _Scene,
    record: CollectionRecord,
    row: CollectionRow | None,
    row_id: str | None,
    inserted: Change | None,
    updated: Change | None,
) -> FieldPair:
    """A collection's clips, in order, by source id."""
    disk = list(record.clip_ids)
    database = None if row is None else scene.source_ids(content_ids(row) or ())
    change = inserted or updated
    if change is not None and "collection_metadata" in change.after:
        after = scene.source_ids(change.after["collection_metadata"].get("clip_ids", ()))
        mark = Mark.INSERT if inserted is not None else Mark.UPDATE
        why = change.why.get("collection_metadata") if inserted is None else None
        if mark is Mark.UPDATE and after == database:
            # Only what follows from the content changes; the list itself stays.
            same = after == disk
            mark = Mark.SAME if same else Mark.KEPT
            why = None if same else why
        return FieldPair("content", disk, database, after, mark, why)
    if row is None or row_id is None:
        return FieldPair("content", disk, None, None, Mark.WAITING)
    with_a_row = [source for source in disk if (Kind.CLIP, source) in scene.row_of]
    if database == with_a_row or scene.waiting:
        return FieldPair("content", disk, database, database, Mark.SAME)
    why = scene.verdict(row_id, "content")
    return FieldPair("content", disk, database, database, Mark.KEPT, why)


def _merged(
    scene: _Scene,
    name: str,
    disk: str,
    row: ClipRow | CollectionRow | None,
    row_id: str | None,
    inserted: Change | None,
    updated: Change | None,
) -> FieldPair:
    """A field that people can edit (rule 2)."""
    if row is None or row_id is None:
        return _own(name, disk, None, inserted, None)
    database = getattr(row, name)
    if updated is not None and name in updated.after:
        return _own(name, disk, database, None, updated)
    if same_text(disk, database):
        return FieldPair(name, disk, database, database, Mark.SAME)
    if name in ("title", "name") and same_text(fit(disk), database):
        return FieldPair(name, disk, database, database, Mark.KEPT, CUT)
    if scene.waiting:
        return FieldPair(name, disk, database, database, Mark.WAITING)
    why = scene.verdict(row_id, name)
    return FieldPair(name, disk, database, database, Mark.KEPT, why)


def _own(
    name: str, disk: Any, database: Any, inserted: Change | None, updated: Change | None
) -> FieldPair:
    """A field that follows the file, or that only ClipSync writes."""
    if inserted is not None:
        return FieldPair(name, disk, None, inserted.after.get(name), Mark.INSERT)
    if updated is not None and name in updated.after:
        after = updated.after[name]
        return FieldPair(name, disk, database, after, Mark.UPDATE, updated.why.get(name))
    return FieldPair(name, disk, database, database, Mark.SAME)


def _row_fields(
    scene: _Scene, kind: Kind, row: ClipRow | CollectionRow, deleted: bool, mark: Mark
) -> tuple[FieldPair, ...]:
    """What a row without a record holds."""
    shown: list[tuple[str, Any]]
    if kind is Kind.CLIP:
        names = ("title", "description", "start_time", "end_time", "duration", "score")
        shown = [(name, getattr(row, name)) for name in names]
    else:
        assert isinstance(row, CollectionRow)
        listed = scene.source_ids(content_ids(row) or ())
        shown = [("name", row.name), ("description", row.description), ("content", listed)]
        shown.append(("clips_count", row.clips_count))
    updated = scene.change(_TABLE[kind], row.id, Op.UPDATE)
    fields = []
    for name, value in shown:
        after = None if deleted else value
        if updated is not None and name in updated.after:
            fields.append(_own(name, None, value, None, updated))
        else:
            fields.append(FieldPair(name, None, value, after, mark))
    return tuple(fields)


def _survivors(
    known: Sequence[BaseRow], manifest: Manifest, plan: ProjectPlan
) -> dict[tuple[Kind, str], str]:
    """Of several rows with one source id, the one that stands for the record (rules 4, 5, 6)."""
    spans = {record.source_id: (record.start_ms, record.end_ms) for record in manifest.clips}
    lingering = {one.subject for one in plan.findings if one.code in _LINGERS}

    def fitness(row: BaseRow) -> tuple[bool, bool]:
        of_record = (row.start_ms, row.end_ms) == spans.get(row.source_id)
        return row.row_id not in lingering, of_record

    return {(row.kind, row.source_id): row.row_id for row in sorted(known, key=fitness)}


CUT = Reason(ReasonCode.CUT_TO_FIT)

_LINGERS: Mapping[str, Reason] = {
    "edited_stale": Reason(ReasonCode.EDITED_STALE),
    "edited_duplicate": Reason(ReasonCode.EDITED_DUPLICATE),
}

_TABLE = {Kind.CLIP: Table.CLIPS, Kind.COLLECTION: Table.COLLECTIONS}
_HELD_BACK = {
    "deleted": Reason(ReasonCode.DELETED_BY_USER),
    "maybe_deleted": Reason(ReasonCode.MAYBE_DELETED),
}


def _label(row: ClipRow | CollectionRow) -> str:
    return row.title if isinstance(row, ClipRow) else row.name


def _record_label(record: ClipRecord | CollectionRecord) -> str:
    return record.title if isinstance(record, ClipRecord) else record.name


def _disk_status(manifest: Manifest) -> str | None:
    return "COMPLETED" if manifest.state is DiskState.COMPLETED else None
