"""The base of each project: what we last applied, row by row, and what people deleted."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clipsync.ledger import tables
from clipsync.ledger.bulk import upsert
from clipsync.ledger.journal import write_journal
from clipsync.ledger.migrate import is_current
from clipsync.ledger.records import TombstoneRecord
from clipsync.model.base import Base, BaseRow, Tombstone, TombstoneReason
from clipsync.model.manifest import Kind
from clipsync.model.plan import ProjectPlan, Table
from clipsync.sql import among, clean_text, execute_many


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
        table.project_id, table.last_synced_at.is_not(None), table.seen_collection_row_ids
    ).where(among(table.project_id, project_ids, conn.dialect))
    projects = {project_id: (known, seen) for project_id, known, seen in conn.execute(query)}
    bases = {}
    for project_id in project_ids:
        known, seen = projects.get(project_id, (False, None))
        bases[project_id] = Base(
            project_id,
            known=bool(known),
            rows=tuple(rows.get(project_id, {}).values()),
            tombstones=tuple(stone for _, stone in tombstones.get(project_id, ())),
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
            Tombstone(
                Kind(row.kind),
                row.source_id,
                row.row_id,
                row.label,
                TombstoneReason(row.reason),
                row.start_ms,
                row.end_ms,
                row.lifted_at is not None,
            ),
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
    from what is stored; plans that were stopped or skipped write nothing. `journal_before`: the
    rows as they were (`rows_before`).
    """
    applied = [plan for plan in plans if plan.stopped is None and plan.skipped is None]
    if not applied:
        return
    touched = _write_rows(conn, [plan for plan in applied if plan.ledger.rows_changed], now)
    touched |= _write_tombstones(
        conn, [plan for plan in applied if plan.ledger.tombstones_changed], run_id, now
    )
    touched |= {plan.project_id for plan in applied if plan.changes}
    _write_projects(conn, applied, touched, run_id, now)
    write_journal(conn, applied, run_id=run_id, now=now, before=journal_before)


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
        )
        .where(among(table.project_id, project_ids, conn.dialect))
        .order_by(table.project_id, table.kind, table.row_id)
    )
    found: dict[str, dict[_RowKey, BaseRow]] = defaultdict(dict)
    for project_id, kind, *values in conn.execute(query):
        row = BaseRow(Kind(kind), *values)
        found[project_id][kind, row.row_id] = row
    return found


def _write_rows(conn: sa.Connection, plans: list[ProjectPlan], now: datetime) -> set[str]:
    if not plans:
        return set()
    stored = _stored_rows(conn, [plan.project_id for plan in plans])
    changed: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    for plan in plans:
        there = stored.get(plan.project_id, {})
        for row in plan.ledger.rows:
            if not _same(there.pop((row.kind.value, row.row_id), None), row):
                changed.append(
                    {
                        "project_id": plan.project_id,
                        "kind": row.kind.value,
                        "row_id": row.row_id,
                        "source_id": row.source_id,
                        "file_values": dict(row.file_values),
                        "kept_values": dict(row.kept_values),
                        "start_ms": row.start_ms,
                        "end_ms": row.end_ms,
                        "applied_at": now,
                    }
                )
        gone += [
            {"of_project": plan.project_id, "of_kind": kind, "of_row": row_id}
            for kind, row_id in there
        ]
    if gone:
        table = tables.rows.c
        execute_many(
            conn,
            sa.delete(tables.rows).where(
                table.project_id == sa.bindparam("of_project"),
                table.kind == sa.bindparam("of_kind"),
                table.row_id == sa.bindparam("of_row"),
            ),
            gone,
        )
    upsert(conn, tables.rows, changed)
    return {row["project_id"] for row in changed} | {row["of_project"] for row in gone}


def _same(old: BaseRow | None, new: BaseRow) -> bool:
    """As stored: a tuple and a list are the same."""
    return old is not None and (old == new or _comparable(old) == _comparable(new))


def _comparable(row: BaseRow) -> tuple[Any, ...]:
    return (
        row.source_id,
        json.dumps(dict(row.file_values), sort_keys=True),
        json.dumps(dict(row.kept_values), sort_keys=True),
        row.start_ms,
        row.end_ms,
    )


def _stored_tombstones(
    conn: sa.Connection, project_ids: Sequence[str]
) -> dict[str, list[tuple[int, Tombstone]]]:
    table = tables.tombstones.c
    query = (
        sa.select(
            table.id,
            table.project_id,
            table.kind,
            table.source_id,
            table.row_id,
            table.label,
            table.reason,
            table.start_ms,
            table.end_ms,
            table.lifted_at.is_not(None),
        )
        .where(among(table.project_id, project_ids, conn.dialect))
        .order_by(table.id)
    )
    found: dict[str, list[tuple[int, Tombstone]]] = defaultdict(list)
    for id_, project_id, kind, source, row, label, reason, start, end, lifted in conn.execute(
        query
    ):
        stone = Tombstone(
            Kind(kind), source, row, label, TombstoneReason(reason), start, end, bool(lifted)
        )
        found[project_id].append((id_, stone))
    return found


def _write_tombstones(
    conn: sa.Connection, plans: list[ProjectPlan], run_id: str, now: datetime
) -> set[str]:
    """A tombstone that stays keeps its row, and so the time it was noticed at."""
    if not plans:
        return set()
    stored = _stored_tombstones(conn, [plan.project_id for plan in plans])
    new: list[dict[str, Any]] = []
    lifted: list[dict[str, Any]] = []
    gone: list[int] = []
    touched: set[str] = set()
    for plan in plans:
        there: dict[Tombstone, list[tuple[int, Tombstone]]] = defaultdict(list)
        for id_, stone in stored.get(plan.project_id, ()):
            there[_identity(stone)].append((id_, stone))
        before = len(new) + len(lifted) + len(gone)
        for stone in plan.ledger.tombstones:
            same = there[_identity(stone)]
            if not same:
                new.append(_tombstone_values(plan.project_id, stone, run_id, now))
                continue
            id_, old = same.pop(0)
            if old.lifted != stone.lifted:
                lifted.append({"of_id": id_, "lifted_at": now if stone.lifted else None})
        gone += [id_ for rest in there.values() for id_, _ in rest]
        if len(new) + len(lifted) + len(gone) != before:
            touched.add(plan.project_id)
    table = tables.tombstones
    if gone:
        execute_many(
            conn,
            sa.delete(table).where(table.c.id == sa.bindparam("of_id")),
            [{"of_id": id_} for id_ in gone],
        )
    if lifted:
        execute_many(conn, sa.update(table).where(table.c.id == sa.bindparam("of_id")), lifted)
    if new:
        execute_many(conn, sa.insert(table), new)
    return touched


def _identity(stone: Tombstone) -> Tombstone:
    """All of a tombstone but whether it was lifted; its label as it is stored."""
    return replace(stone, lifted=False, label=clean_text(stone.label))


def _tombstone_values(
    project_id: str, stone: Tombstone, run_id: str, now: datetime
) -> dict[str, Any]:
    return {
        "project_id": project_id,
        "kind": stone.kind.value,
        "source_id": stone.source_id,
        "row_id": stone.row_id,
        "label": stone.label,
        "reason": stone.reason.value,
        "start_ms": stone.start_ms,
        "end_ms": stone.end_ms,
        "noticed_at": now,
        "lifted_at": now if stone.lifted else None,
        "run_id": run_id,
    }


def _write_projects(
    conn: sa.Connection,
    plans: list[ProjectPlan],
    touched: set[str],
    run_id: str,
    now: datetime,
) -> None:
    table = tables.projects.c
    query = sa.select(
        table.project_id, table.name, table.disk_state, table.seen_collection_row_ids
    ).where(
        among(table.project_id, [plan.project_id for plan in plans], conn.dialect),
        table.last_synced_at.is_not(None),
    )
    stored = {
        project_id: (name, state, frozenset(seen or ()))
        for project_id, name, state, seen in conn.execute(query)
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
            }
            for plan in plans
            if plan.project_id in touched
            or stored.get(plan.project_id)
            != (clean_text(plan.name), plan.state.value, plan.ledger.seen_collection_row_ids)
        ],
    )
