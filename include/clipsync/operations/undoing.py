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
from clipsync.errors import UnknownRunError
from clipsync.ledger import JournalEntry, reversal, store
from clipsync.ledger.inserted import changed_columns
from clipsync.ledger.journal import write_journal
from clipsync.model.base import Base, BaseRow
from clipsync.model.manifest import DiskState, Kind
from clipsync.model.plan import Change, Op, ProjectPlan, Table
from clipsync.model.snapshot import Snapshot
from clipsync.operations import runs
from clipsync.operations.runs import RunContext
from clipsync.operations.workspace import Workspace
from clipsync.reconcile.merge import Verdict

UNDONE = "undone"
"""Why a row changed back."""

_OPPOSITE = {
    Op.INSERT: Op.DELETE,
    Op.DELETE: Op.INSERT,
    Op.UPDATE: Op.UPDATE,
    Op.RELINK: Op.RELINK,
}


@dataclass(frozen=True, slots=True)
class Left:
    """A row that was not put back, and why."""

    table: Table
    row_id: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        return {"table": self.table.value, "row_id": self.row_id, "reason": self.reason}


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
    with read_transaction(workspace.engine) as conn:
        entries = store.read_journal(conn, run_id=run_id, project_ids=project_ids)
        return list(dict.fromkeys(entry.change.project_id for entry in entries))


def _undo_project(
    workspace: Workspace, undone_run_id: str, project_id: str, run: RunContext
) -> UndoResult:
    now = datetime.now(UTC)
    timeout = workspace.settings.lock_timeout_seconds
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
            write_changes(conn, layer, now)
        learnt = [*undone, *(entry.change for entry in entries if entry.change.op is Op.ADOPT)]
        former = _former_bases(store.read_bases(conn, [project_id])[project_id], learnt)
        kept = {row.row_id for row in former}
        reversal.forget(conn, [change for change in learnt if change.row_id not in kept])
        reversal.put_back(conn, project_id, former)
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
        if reason is None and change.op is Op.INSERT:
            reason = _in_use(change, undone, snapshot)
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


def _changed_since(change: Change, row: Mapping[str, Any] | None) -> str | None:
    """Why the row is not as the change left it; None where it is."""
    if change.op is Op.DELETE:
        return "there is a row of this id again" if row is not None else None
    if change.op is Op.RELINK:
        found = list(row["clip_ids"]) if row is not None else []
        return None if found == list(change.after["clip_ids"]) else "its links were changed since"
    if row is None:
        return "it was deleted since"
    differing = changed_columns(change.table, change.after, row)
    return f"changed since: {', '.join(differing)}" if differing else None


def _in_use(change: Change, undone: Sequence[Change], snapshot: Snapshot) -> str | None:
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
                return f"collection {collection.id} lists it"
    if change.table is Table.PROJECTS:
        rows = [row.id for row in snapshot.clips] + [row.id for row in snapshot.collections]
        staying = [row_id for row_id in rows if row_id not in going]
        if staying:
            return f"the project still has {len(staying)} other rows"
    return None


def _former_bases(base: Base, learnt: Sequence[Change]) -> list[BaseRow]:
    """What the ledger knew, before the run, of collections that the run only updated.

    Their rows do not tell it themselves, as a clip's stored record does: without it the next sync
    would take a person's order for the file's. `learnt`: newest first.
    """
    known = {row.row_id: row for row in base.rows if row.kind is Kind.COLLECTION}
    mine = [change for change in learnt if change.table is Table.COLLECTIONS]
    new = {change.row_id for change in mine if change.op is not Op.UPDATE}
    former: dict[str, BaseRow] = {}
    for change in mine:
        row = former.get(change.row_id) or known.get(change.row_id)
        if row is not None and change.row_id not in new:
            former[change.row_id] = _former_base(row, change)
    return list(former.values())


def _former_base(row: BaseRow, change: Change) -> BaseRow:
    """A value taken from the file replaced one that was the file's as well: the base of then."""
    file, kept = dict(row.file_values), dict(row.kept_values)
    for name in ("name", "description"):
        if name in change.before:
            kept[name] = change.before[name] or ""
            if change.why.get(name) == Verdict.FILE_CHANGED:
                file[name] = kept[name]
    metadata = change.before.get("collection_metadata")
    if isinstance(metadata, Mapping) and isinstance(metadata.get("clip_ids"), list):
        kept["content"] = list(dict.fromkeys(map(str, metadata["clip_ids"])))
        if change.why.get("collection_metadata") == Verdict.FILE_CHANGED:
            file["content_rows"] = kept["content"]
            file["content"] = [str(item) for item in metadata.get("original_clip_ids") or ()]
    return replace(row, file_values=file, kept_values=kept)


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
        {"": UNDONE},
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
