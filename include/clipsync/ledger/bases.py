"""The base of each project: what we last applied, row by row, and what people deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clipsync.ledger import knowledge, tables
from clipsync.ledger.bulk import upsert
from clipsync.ledger.journal import write_journal
from clipsync.ledger.migrate import is_current
from clipsync.ledger.records import TombstoneRecord
from clipsync.model.base import Base, BaseRow, Tombstone, TombstoneReason
from clipsync.model.manifest import Kind
from clipsync.model.plan import ProjectPlan, Table
from clipsync.sql import among, clean_text


def read_bases(conn: sa.Connection, project_ids: Sequence[str]) -> dict[str, Base]:
    """What the ledger remembers of these projects: one query per table, however many.

    Every id given has its base; it is empty and not `known` where the project was never synced,
    or where there is no ledger yet. Raises LedgerVersionError where the ledger is of another
    version.
    """
    if not is_current(conn):
        return {project_id: Base(project_id) for project_id in project_ids}
    rows = _stored_rows(conn, project_ids)
    tombstones = _stored_tombstones(conn, project_ids)
    table = tables.projects.c
    query = sa.select(
        table.project_id,
        table.last_synced_at.is_not(None),
        table.deleted_at.is_not(None),
        table.seen_collection_row_ids,
        table.row_values,
    ).where(among(table.project_id, project_ids, conn.dialect))
    projects = {row[0]: tuple(row[1:]) for row in conn.execute(query)}
    bases = {}
    for project_id in project_ids:
        known, deleted, seen, values = projects.get(project_id, (False, False, None, None))
        bases[project_id] = Base(
            project_id,
            known=bool(known),
            project_deleted=bool(deleted),
            project_values=values or {},
            rows=tuple(rows.get(project_id, {}).values()),
            tombstones=tuple(tombstones.get(project_id, ())),
            seen_collection_row_ids=frozenset(seen or ()),
        )
    return bases


def read_tombstones(conn: sa.Connection, project_id: str) -> list[TombstoneRecord]:
    """A project's tombstones, lifted ones included, newest first."""
    if not is_current(conn):
        return []
    table = tables.tombstones.c
    query = sa.select(tables.tombstones).where(table.project_id == project_id)
    return [
        TombstoneRecord(
            _tombstone(row),
            row.noticed_at,
            row.lifted_at,
            row.run_id,
        )
        for row in conn.execute(query.order_by(table.id.desc()))
    ]


def write_ledger(
    conn: sa.Connection,
    plans: Iterable[ProjectPlan],
    *,
    run_id: str,
    now: datetime,
    journal_before: Mapping[tuple[Table, str], Mapping[str, Any]],
) -> None:
    """Record what was applied: bases, tombstones, projects, and the journal.

    Call it in the transaction of `write_changes`, with the same `now`. Writes only what differs
    from what the plan was made from; plans that were stopped write nothing, of those that were
    skipped only what the ledger has to know (a project that a person deleted). `journal_before`:
    the rows as they were (`rows_before`).
    """
    known = [plan for plan in plans if plan.stopped is None]
    differences = {
        plan.project_id: knowledge.difference(plan.ledger.before, _after(plan))
        for plan in known
        if plan.ledger.before is not None and _learns(plan, plan.ledger.before)
    }
    knowledge.write(conn, differences.values(), run_id=run_id, now=now)
    applied = [plan for plan in known if plan.skipped is None or not plan.ledger.empty]
    touched = {plan.project_id for plan in applied if plan.changes} | {
        project_id for project_id, one in differences.items() if not one.empty
    }
    if applied:
        _write_projects(conn, applied, touched, run_id, now)
        write_journal(conn, applied, run_id=run_id, now=now, before=journal_before)


def write_base(
    conn: sa.Connection, before: Base, after: Base, *, run_id: str, now: datetime
) -> None:
    """Make the ledger know `after` of a project instead of `before`, as an undo does."""
    one = knowledge.difference(before, after)
    knowledge.write(conn, [one], run_id=run_id, now=now)
    table = tables.projects
    values: dict[str, Any] = {"last_run_id": run_id}
    if one.seen_after is not None:
        values["seen_collection_row_ids"] = sorted(one.seen_after)
    if one.known[0] != one.known[1]:
        values["last_synced_at"] = now if after.known else None
    if one.deleted[0] != one.deleted[1]:
        values["deleted_at"] = now if after.project_deleted else None
    if not one.empty:
        conn.execute(sa.update(table).where(table.c.project_id == before.project_id).values(values))


def _learns(plan: ProjectPlan, before: Base) -> bool:
    """Whether applying the plan changes what the ledger knows."""
    return not plan.ledger.empty or (plan.skipped is None and not before.known)


def _after(plan: ProjectPlan) -> Base:
    """What the ledger knows once the plan is applied."""
    delta = plan.ledger
    return Base(
        plan.project_id,
        known=True,
        project_deleted=delta.project_deleted,
        rows=delta.rows,
        tombstones=delta.tombstones,
        seen_collection_row_ids=delta.seen_collection_row_ids,
    )


def known_project_ids(conn: sa.Connection) -> list[str]:
    """Ids of all projects that were ever synced, sorted; none where there is no ledger yet."""
    if not is_current(conn):
        return []
    table = tables.projects.c
    query = sa.select(table.project_id).where(table.last_synced_at.is_not(None))
    return list(conn.scalars(query.order_by(table.project_id)))


_RowKey = tuple[str, str]
"""Kind and row id."""


def _stored_rows(
    conn: sa.Connection, project_ids: Sequence[str]
) -> dict[str, dict[_RowKey, BaseRow]]:
    table = tables.rows.c
    query = (
        sa.select(
            table.project_id,
            table.kind,
            table.source_id,
            table.row_id,
            table.file_values,
            table.kept_values,
            table.start_ms,
            table.end_ms,
            table.stands,
            table.by_looks,
        )
        .where(among(table.project_id, project_ids, conn.dialect))
        .order_by(table.project_id, table.kind, table.row_id)
    )
    found: dict[str, dict[_RowKey, BaseRow]] = defaultdict(dict)
    for project_id, kind, *values in conn.execute(query):
        row = BaseRow(Kind(kind), *values)
        found[project_id][kind, row.row_id] = row
    return found


def _stored_tombstones(
    conn: sa.Connection, project_ids: Sequence[str]
) -> dict[str, list[Tombstone]]:
    table = tables.tombstones.c
    query = sa.select(tables.tombstones).where(among(table.project_id, project_ids, conn.dialect))
    found: dict[str, list[Tombstone]] = defaultdict(list)
    for row in conn.execute(query.order_by(table.id)):
        found[row.project_id].append(_tombstone(row))
    return found


def _tombstone(row: Any) -> Tombstone:
    return Tombstone(
        Kind(row.kind),
        row.source_id,
        row.row_id,
        row.label,
        TombstoneReason(row.reason),
        row.start_ms,
        row.end_ms,
        row.lifted_at is not None,
        row.file_values or {},
        row.kept_values or {},
    )


def _write_projects(
    conn: sa.Connection,
    plans: list[ProjectPlan],
    touched: set[str],
    run_id: str,
    now: datetime,
) -> None:
    table = tables.projects.c
    query = sa.select(
        table.project_id,
        table.name,
        table.disk_state,
        table.seen_collection_row_ids,
        table.deleted_at,
    ).where(
        among(table.project_id, [plan.project_id for plan in plans], conn.dialect),
        table.last_synced_at.is_not(None),
    )
    stored = {
        project_id: (name, state, frozenset(seen or ()), deleted is not None)
        for project_id, name, state, seen, deleted in conn.execute(query)
    }
    upsert(
        conn,
        tables.projects,
        [
            {
                "project_id": plan.project_id,
                "name": plan.name,
                "disk_state": plan.state.value,
                "seen_collection_row_ids": sorted(plan.ledger.seen_collection_row_ids),
                "last_run_id": run_id,
                "last_synced_at": now,
                "deleted_at": now if plan.ledger.project_deleted else None,
                "row_values": dict(plan.ledger.project_values),
            }
            for plan in plans
            if plan.project_id in touched
            or plan.ledger.project_values_changed
            or stored.get(plan.project_id)
            != (
                clean_text(plan.name),
                plan.state.value,
                plan.ledger.seen_collection_row_ids,
                plan.ledger.project_deleted,
            )
        ],
    )
