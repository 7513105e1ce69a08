"""Each project as the last audit found it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from clipsync.ledger import tables
from clipsync.ledger.bulk import ROWS_AT_ONCE, stream, upsert
from clipsync.ledger.migrate import is_current
from clipsync.ledger.records import ProjectState
from clipsync.sql import among


def record_audit(
    conn: sa.Connection, states: Iterable[ProjectState], run_id: str, now: datetime
) -> None:
    """Record what an audit found; replaces what the audit before it found of the same projects."""
    remaining = iter(states)
    while batch := list(islice(remaining, ROWS_AT_ONCE)):
        upsert(
            conn,
            tables.projects,
            [
                {
                    **{name: getattr(state, name) for name in _COLUMNS},
                    "changes": dict(state.changes),
                    "last_audit_run_id": run_id,
                    "last_audited_at": now,
                }
                for state in batch
            ],
        )


def read_audit(conn: sa.Connection, run_id: str) -> Iterator[ProjectState]:
    """The projects that this run was the last to audit, by id; streamed."""
    if not is_current(conn):
        return
    table = tables.projects.c
    query = _states().where(table.last_audit_run_id == run_id).order_by(table.project_id)
    for row in stream(conn, query):
        yield _state(row)


def read_states(conn: sa.Connection, project_ids: Sequence[str]) -> dict[str, ProjectState]:
    """Those of these projects that were ever audited, as the last audit found them."""
    if not is_current(conn):
        return {}
    table = tables.projects.c
    query = _states().where(
        among(table.project_id, project_ids, conn.dialect), table.last_audited_at.is_not(None)
    )
    return {row.project_id: _state(row) for row in conn.execute(query)}


_COLUMNS = tuple(ProjectState.__dataclass_fields__)


def _states() -> sa.Select[*tuple[Any, ...]]:
    return sa.select(*(tables.projects.c[name] for name in _COLUMNS))


def _state(row: Any) -> ProjectState:
    values = dict(row._mapping)
    values["changes"] = values["changes"] or {}
    values["status"] = values["status"] or ""
    values["clips"] = values["clips"] or 0
    values["collections"] = values["collections"] or 0
    return ProjectState(**values)
