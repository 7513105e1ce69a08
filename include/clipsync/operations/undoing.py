"""Undo: put rows back as they were before a run, unless someone changed them since.

The disk stays what it is: unless its files change, the next sync makes the same changes again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from clipsync.autoclip.database.locks import lock_projects, read_transaction, write_transaction
from clipsync.autoclip.database.snapshot import full_rows, read_snapshots
from clipsync.autoclip.database.write import write_changes
from clipsync.autoclip.disk import is_project_id
from clipsync.errors import UnknownRunError
from clipsync.ledger import JournalEntry, knowledge, migrate, store
from clipsync.ledger.inserted import changed_columns
from clipsync.ledger.journal import write_journal
from clipsync.messages import render
from clipsync.model.base import Base, Tombstone, TombstoneReason
from clipsync.model.manifest import DiskState, Kind, Manifest
from clipsync.model.plan import KIND_TABLE, Change, Op, ProjectPlan, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import CollectionRow, Snapshot
from clipsync.operations import runs
from clipsync.operations.runs import RunContext
from clipsync.operations.workspace import Workspace
from clipsync.reconcile import PlanOptions, gone
from clipsync.reconcile.last_run import moment_of
from clipsync.reconcile.scene import Scene

_OPPOSITE = {
    Op.INSERT: Op.DELETE,
    Op.DELETE: Op.INSERT,
    Op.UPDATE: Op.UPDATE,
    Op.RELINK: Op.RELINK,
}


_KINDS = {table: kind for kind, table in KIND_TABLE.items()}


@dataclass(frozen=True, slots=True)
class Left:
    """A row that was not put back, and why."""

    table: Table
    row_id: str
    reason: Reason

    def as_dict(self) -> dict[str, Any]:
        """JSON: `reason` is a sentence, `why` its code and values."""
        return {
            "table": self.table.value,
            "row_id": self.row_id,
            "reason": render(self.reason),
            "why": self.reason.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class UndoResult:
    """What undoing a run did to one project. `restored`: rows put back, links of a collection
    counting as one."""

    project_id: str
    restored: int
    left: tuple[Left, ...]

    @property
    def complete(self) -> bool:
        return not self.left

    def as_dict(self) -> dict[str, Any]:
        return {
            "project_id": self.project_id,
            "restored": self.restored,
            "left": [left.as_dict() for left in self.left],
        }


def undo_run(
    workspace: Workspace,
    undone_run_id: str,
    project_ids: Sequence[str] | None,
    *,
    run: RunContext,
) -> list[UndoResult]:
    """Put back the rows that a run changed, in these projects (None: in all it touched).

    One transaction a project. Row ids, timestamps and columns ClipSync does not know come back
    exactly. A row that was changed since, by whomever, is left and reported. The undo is itself
    journaled under `run`, so that it can be undone. Raises UnknownRunError where the journal has
    nothing of the run (in those projects), before anything is written.
    """
    migrate.upgrade_existing(workspace.engine)
    touched = _touched(workspace, undone_run_id, project_ids)
    if not touched:
        raise UnknownRunError(undone_run_id)
    runs.begin(workspace, run)
    results = [_undo_project(workspace, undone_run_id, id_, run) for id_ in touched]
    runs.finish(
        workspace,
        run,
        success=all(result.complete for result in results),
        counts={
            "undone_run": undone_run_id,
            "restored": sum(result.restored for result in results),
            "left": sum(len(result.left) for result in results),
        },
    )
    return results


def _touched(workspace: Workspace, run_id: str, project_ids: Sequence[str] | None) -> list[str]:
    """Projects whose rows the run changed, or of which it changed what the ledger knows."""
    with read_transaction(workspace.engine) as conn:
        entries = store.read_journal(conn, run_id=run_id, project_ids=project_ids)
        touched = dict.fromkeys(entry.change.project_id for entry in entries)
        learnt = knowledge.touched_projects(conn, run_id)
    wanted = None if project_ids is None else set(project_ids)
    touched |= dict.fromkeys(one for one in learnt if wanted is None or one in wanted)
    return list(touched)


def _undo_project(
    workspace: Workspace, undone_run_id: str, project_id: str, run: RunContext
) -> UndoResult:
    now = datetime.now(UTC)
    timeout = workspace.settings.lock_timeout_seconds
    manifest = workspace.data.read(project_id) if is_project_id(project_id) else None
    with (
        lock_projects(workspace.engine, [project_id], timeout),
        write_transaction(workspace.engine) as conn,
    ):
        entries = list(
            store.read_journal(
                conn, run_id=undone_run_id, project_ids=[project_id], newest_first=True
            )
        )
        snapshot = read_snapshots(conn, [project_id])[project_id]
        undone, left = _sort_out(conn, entries, snapshot)
        reversed_changes = tuple(_reversed(change) for change in undone)
        for layer in _layers(reversed_changes):
            write_changes(conn, layer, now, links=False)
        if manifest is not None:
            base = store.read_bases(conn, [project_id])[project_id]
            seen = _Seen(manifest, snapshot, undone, left)
            after = _former_base(conn, undone_run_id, base, seen)
            store.write_base(conn, base, after, run_id=run.run_id, now=now)
        # Files and rows may be those of an earlier look, with another base.
        store.forget_digests(conn, [project_id])
        write_journal(
            conn,
            [ProjectPlan(project_id, "", DiskState.COMPLETED, changes=reversed_changes)],
            run_id=run.run_id,
            now=now,
            before={(change.table, change.row_id): change.before for change in reversed_changes},
        )
    return UndoResult(project_id, len(reversed_changes), tuple(left))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What an undo met: both sides, the changes it reversed, and the rows it left."""

    manifest: Manifest
    snapshot: Snapshot
    undone: Sequence[Change]
    left: Sequence[Left]


def _former_base(
    conn: sa.Connection,
    undone_run_id: str,
    base: Base,
    seen: _Seen,
) -> Base:
    """What the ledger knew before the run; of rows that changed since, what it knows now.

    A row that a person deleted since is a tombstone, whatever the run had done to it (rule 15).
    Example: a sync adopted five clips, one was deleted since: undone, four are as unknown as
    before, and the fifth stays deleted.
    """
    manifest, snapshot, undone, left = seen.manifest, seen.snapshot, seen.undone, seen.left
    keep = {(_KINDS[one.table].value, one.row_id) for one in left if one.table in _KINDS}
    buried: list[Tombstone] = []
    there = {
        Kind.CLIP: {row.id for row in snapshot.clips},
        Kind.COLLECTION: {row.id for row in snapshot.collections},
    }
    for kind, ids in there.items():
        buried += gone.examine(kind, Scene(manifest, snapshot, base, PlanOptions()), ids).buried
    for change in undone:
        if change.table in _KINDS and change.op is Op.INSERT:
            there[_KINDS[change.table]].discard(change.row_id)
        elif change.table in _KINDS and change.op is Op.DELETE:
            there[_KINDS[change.table]].add(change.row_id)
    keys = {(stone.kind.value, stone.row_id or "") for stone in buried}
    after = replace(
        base,
        rows=tuple(row for row in base.rows if (row.kind.value, row.row_id) not in keys),
        tombstones=(*base.tombstones, *buried),
    )
    by_run: set[str | None] = set()
    for former in knowledge.read_former(conn, undone_run_id, base.project_id):
        after = former.put_back(after, frozenset(keep | keys))
        by_run |= {stone.row_id for stone in former.stones_written if not stone.lifted}
    return _still_lost(after, there, by_run)


def _still_lost(base: Base, there: Mapping[Kind, set[str]], buried: set[str | None]) -> Base:
    """Rows that were lost before the run are lost again, and not deleted, where others stay.

    Example: three clips were lost and brought back, a person edited one since: undone, that one
    stays, and the next sync brings back the two others. `there`: ids of rows after the undo.
    `buried`: rows that the run itself had taken for deleted.
    """
    lost = [
        row
        for row in base.rows
        if row.row_id not in there[row.kind]
        and row.row_id not in buried
        and any(other.kind is row.kind and other.row_id in there[row.kind] for other in base.rows)
    ]
    if not lost:
        return base
    stones = [gone.lifted(gone.bury(row, TombstoneReason.LOST)) for row in lost]
    return replace(
        base,
        rows=tuple(row for row in base.rows if row not in lost),
        tombstones=(*base.tombstones, *stones),
    )


def _sort_out(
    conn: sa.Connection, entries: Sequence[JournalEntry], snapshot: Snapshot
) -> tuple[list[Change], list[Left]]:
    """The changes to reverse, newest first, and the rows to leave."""
    current = _current(conn, entries)
    undone: list[Change] = []
    left: list[Left] = []
    for entry in entries:
        change = entry.change
        if change.op is Op.ADOPT:
            continue
        key = (change.table, change.row_id)
        reason = _changed_since(change, current.get(key))
        if reason is not None:
            left.append(Left(change.table, change.row_id, reason))
            continue
        if change.op is Op.INSERT:
            # The journal has no more than its digests; to undo the undo the whole row is needed.
            change = replace(change, after=current[key])
        undone.append(change)
        # What the next older change of the same row must find.
        if change.op is Op.INSERT:
            current.pop(key, None)
        else:
            current[key] = {**current.get(key, {}), **change.before}
    # Only now is it known which collections are put back as well.
    applied_at = entries[0].applied_at if entries else None
    since = replace(snapshot, collections=_changed_after(snapshot, applied_at))
    for change in [one for one in undone if one.op is Op.INSERT]:
        reason = _in_use(change, undone, snapshot if change.table is Table.PROJECTS else since)
        if reason is not None:
            left.append(Left(change.table, change.row_id, reason))
            undone.remove(change)
    return undone, left


def _current(
    conn: sa.Connection, entries: Sequence[JournalEntry]
) -> dict[tuple[Table, str], Mapping[str, Any]]:
    ids: dict[Table, dict[str, None]] = {}
    for entry in entries:
        ids.setdefault(entry.change.table, {})[entry.change.row_id] = None
    return {
        (table, row_id): row
        for table, row_ids in ids.items()
        for row_id, row in full_rows(conn, table, list(row_ids)).items()
    }


def _changed_since(change: Change, row: Mapping[str, Any] | None) -> Reason | None:
    """Why the row is not as the change left it; None where it is."""
    if change.op is Op.DELETE:
        return Reason(ReasonCode.ROW_IS_BACK) if row is not None else None
    if change.op is Op.RELINK:
        found = list(row["clip_ids"]) if row is not None else []
        same = found == list(change.after["clip_ids"])
        return None if same else Reason(ReasonCode.LINKS_CHANGED)
    if row is None:
        return Reason(ReasonCode.DELETED_SINCE)
    differing = changed_columns(change.table, change.after, row)
    return Reason(ReasonCode.CHANGED_SINCE, {"columns": differing}) if differing else None


def _changed_after(snapshot: Snapshot, moment: datetime | None) -> tuple[CollectionRow, ...]:
    """Collections that somebody changed after the run: only those can have come to build on it.

    Example: a person's collection kept listing a clip that was deleted; that the clip was restored,
    and is to go again, is nothing to the collection.
    """
    if moment is None:
        return snapshot.collections
    return tuple(
        row
        for row in snapshot.collections
        if (changed := moment_of(row.updated_at)) is None or changed > moment
    )


def _in_use(change: Change, undone: Sequence[Change], snapshot: Snapshot) -> Reason | None:
    """Why a row that the run inserted must stay: people built on it meanwhile."""
    going = {known.row_id for known in undone if known.op is Op.INSERT}
    if change.table is Table.CLIPS:
        restored = {known.row_id for known in undone if known.table is Table.COLLECTIONS}
        for collection in snapshot.collections:
            if collection.id in going or collection.id in restored:
                continue
            metadata = collection.collection_metadata
            listed = metadata.get("clip_ids") if isinstance(metadata, Mapping) else None
            if isinstance(listed, list) and change.row_id in listed:
                values = {"collection": collection.id}
                return Reason(ReasonCode.LISTED_IN_COLLECTION, values)
    if change.table is Table.PROJECTS:
        rows = [row.id for row in snapshot.clips] + [row.id for row in snapshot.collections]
        staying = [row_id for row_id in rows if row_id not in going]
        if staying:
            return Reason(ReasonCode.PROJECT_HAS_ROWS, {"rows": len(staying)})
    return None


def _reversed(change: Change) -> Change:
    after: Mapping[str, Any] = change.before if change.op is not Op.INSERT else {}
    if change.op is Op.RELINK:
        after = {"clip_ids": [], **change.before}
    return Change(
        _OPPOSITE[change.op],
        change.table,
        change.project_id,
        change.row_id,
        change.source_id,
        change.after,
        after,
        {"": Reason(ReasonCode.UNDONE)},
    )


def _layers(changes: Sequence[Change]) -> list[list[Change]]:
    """Changes in order, such that no row occurs twice in one layer."""
    layers: list[list[Change]] = []
    depth: dict[tuple[Table, str], int] = {}
    for change in changes:
        level = depth.get((change.table, change.row_id), 0)
        depth[change.table, change.row_id] = level + 1
        if level == len(layers):
            layers.append([])
        layers[level].append(change)
    return layers
