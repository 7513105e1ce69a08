"""Runs: what was started when, by whom, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clipsync.ledger import tables
from clipsync.ledger.bulk import insert_missing
from clipsync.ledger.migrate import is_current
from clipsync.ledger.records import RunRecord


def start_run(
    conn: sa.Connection,
    run_id: str,
    *,
    command: str,
    trigger: str,
    started_by: str,
    now: datetime,
) -> None:
    """Record a run's start. Doing it again (a retried task, another shard) changes nothing."""
    insert_missing(
        conn,
        tables.runs,
        {
            "run_id": run_id,
            "command": command,
            "trigger": trigger,
            "started_by": started_by,
            "started_at": now,
        },
    )


def finish_run(
    conn: sa.Connection,
    run_id: str,
    *,
    outcome: str,
    counts: Mapping[str, Any],
    now: datetime,
) -> None:
    """Record how a run ended; the last word counts."""
    conn.execute(
        sa.update(tables.runs)
        .where(tables.runs.c.run_id == run_id)
        .values(finished_at=now, outcome=outcome, counts=dict(counts))
    )


def list_runs(conn: sa.Connection, *, limit: int = 20) -> list[RunRecord]:
    """The newest runs, newest first."""
    if not is_current(conn):
        return []
    table = tables.runs.c
    query = sa.select(tables.runs).order_by(table.started_at.desc(), table.run_id.desc())
    return [RunRecord(**row) for row in conn.execute(query.limit(limit)).mappings()]


def read_run(conn: sa.Connection, run_id: str) -> RunRecord | None:
    """One run; None where the ledger knows none of this id."""
    if not is_current(conn):
        return None
    query = sa.select(tables.runs).where(tables.runs.c.run_id == run_id)
    row = conn.execute(query).mappings().one_or_none()
    return None if row is None else RunRecord(**row)


def runs_of_project(conn: sa.Connection, project_id: str, *, limit: int = 50) -> list[RunRecord]:
    """The newest runs that changed the project's rows or found it in another state, newest
    first."""
    if not is_current(conn):
        return []
    changed = sa.select(tables.journal.c.run_id).where(tables.journal.c.project_id == project_id)
    states = tables.project_states.c
    found = sa.select(states.run_id).where(states.project_id == project_id)
    last = sa.select(tables.projects.c.last_run_id).where(
        tables.projects.c.project_id == project_id
    )
    table = tables.runs.c
    query = (
        sa.select(tables.runs)
        .where(table.run_id.in_(sa.union(changed, found, last)))
        .order_by(table.started_at.desc(), table.run_id.desc())
        .limit(limit)
    )
    return [RunRecord(**row) for row in conn.execute(query).mappings()]
