"""Each project as it was last looked at, the log of its states, and every audit's sum."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Literal

import sqlalchemy as sa

from clipsync.ledger import tables
from clipsync.ledger.bulk import ROWS_AT_ONCE, stream, upsert
from clipsync.ledger.findings import count_open, recount_projects, resolve_all
from clipsync.ledger.migrate import is_current
from clipsync.ledger.records import AuditPoint, ProjectState, StateChange
from clipsync.sql import among, clean_text, execute_many

GONE = "gone"
"""Status of a project that neither disk nor database knows any more."""

ATTENTION: Mapping[str, int] = {
    "failed": 5,
    "lost": 4,
    "problem": 4,
    "out_of_sync": 3,
    "missing": 2,
    "given_up": 2,
    "studio": 1,
    "processing": 1,
    "consistent": 0,
    "deleted": 0,
    GONE: -1,
}
"""How much each status asks for a person's attention: the order of the table of projects."""
PROBLEM_FROM = 3

Scope = Literal["all", "some"]


def record_audit(
    conn: sa.Connection, states: Iterable[ProjectState], run_id: str, now: datetime
) -> None:
    """Record what an audit found; replaces what was known of the same projects before.

    A state that differs from the one before is logged; one that does not costs no row.
    """
    seen = {"last_audit_run_id": run_id, "last_audited_at": now}
    remaining = iter(states)
    while batch := list(islice(remaining, ROWS_AT_ONCE)):
        stored = _stored(conn, [state.project_id for state in batch])
        changed = [state for state in batch if stored.get(state.project_id) != _stored_form(state)]
        different = {state.project_id for state in changed}
        quiet = [state.project_id for state in batch if state.project_id not in different]
        if quiet:
            column = tables.projects.c.project_id
            conn.execute(
                sa.update(tables.projects)
                .where(among(column, quiet, conn.dialect))
                .values(last_audit_run_id=run_id, last_audited_at=now)
            )
        upsert(conn, tables.projects, [{**_values(state), **seen} for state in changed])
        _log(conn, changed, stored, run_id, now)


def record_states(
    conn: sa.Connection, states: Sequence[ProjectState], run_id: str, now: datetime
) -> None:
    """Record how a sync left these projects, where that differs from what is known, digests
    included: where it kept none, the next run plans the project."""
    stored = _stored(conn, [state.project_id for state in states])
    changed = [
        state
        for state in states
        if state.project_id not in stored
        or _relied_on(stored[state.project_id]) != _relied_on(_stored_form(state))
    ]
    upsert(conn, tables.projects, [_values(state) for state in changed])
    _log(conn, changed, stored, run_id, now)


def close_audit(conn: sa.Connection, point: AuditPoint, began: datetime) -> None:
    """Record an audit's sum, its findings counted here (those of `point` are not looked at).

    After an audit of all, what it did not come across and nobody synced since it `began` is gone:
    its findings are resolved.
    """
    if point.scope == "all":
        _mark_gone(conn, point.run_id, began, point.audited_at)
    upsert(conn, tables.audits, [point.as_row()])
    recount_audit(conn, point.run_id)


def recount_audit(conn: sa.Connection, run_id: str) -> None:
    """Count the findings open after an audit once more: a second opinion has come in."""
    table = tables.audits.c
    scope = conn.scalar(sa.select(table.scope).where(table.run_id == run_id))
    if scope is None:
        return
    of_projects = None
    if scope == "some":
        of_projects = sa.select(tables.projects.c.project_id).where(
            tables.projects.c.last_audit_run_id == run_id
        )
    conn.execute(
        sa.update(tables.audits).where(table.run_id == run_id).values(count_open(conn, of_projects))
    )


def read_audit(conn: sa.Connection, run_id: str) -> Iterator[ProjectState]:
    """The projects that this run was the last to audit, by id; streamed."""
    if not is_current(conn):
        return
    table = tables.projects.c
    query = (
        _states()
        .where(table.last_audit_run_id == run_id, table.status != GONE)
        .order_by(table.project_id)
    )
    for row in stream(conn, query):
        yield _state(row)


def read_states(conn: sa.Connection, project_ids: Sequence[str]) -> dict[str, ProjectState]:
    """Those of these projects that were ever audited, as they were last looked at."""
    if not is_current(conn):
        return {}
    table = tables.projects.c
    query = _states().where(
        among(table.project_id, project_ids, conn.dialect), table.last_audited_at.is_not(None)
    )
    return {row.project_id: _state(row) for row in conn.execute(query)}


def read_settled(
    conn: sa.Connection, project_ids: Sequence[str], *, synced: bool
) -> dict[str, ProjectState]:
    """Those of these projects that were in order when they were last looked at, with their digests
    and without anything open; `synced`: only those that a sync knows."""
    if not is_current(conn):
        return {}
    table = tables.projects.c
    query = _states().where(
        among(table.project_id, project_ids, conn.dialect),
        table.status == "consistent",
        table.activity.is_not(None),
        table.fingerprint.is_not(None),
        table.disk_clips.is_not(None),  # an older release did not record it
        table.errors == 0,
        table.warnings == 0,
        table.infos == 0,
    )
    if synced:
        query = query.where(table.last_synced_at.is_not(None))
    return {row.project_id: _state(row) for row in conn.execute(query)}


def forget_digests(conn: sa.Connection, project_ids: Sequence[str]) -> None:
    """Have the next run plan these projects, whatever their files and rows look like."""
    table = tables.projects
    conn.execute(
        sa.update(table)
        .where(among(table.c.project_id, project_ids, conn.dialect))
        .values(fingerprint=None, activity=None)
    )


def audit_points(conn: sa.Connection, limit: int) -> list[AuditPoint]:
    """The newest audits, at most `limit`, oldest first."""
    if not is_current(conn):
        return []
    table = tables.audits.c
    query = sa.select(tables.audits).order_by(table.audited_at.desc(), table.run_id.desc())
    rows = conn.execute(query.limit(limit)).mappings().all()
    return [AuditPoint(**row) for row in reversed(rows)]


def last_audit(conn: sa.Connection, scope: Scope | None = None) -> AuditPoint | None:
    """The newest audit (of this scope); None where there was none."""
    if not is_current(conn):
        return None
    table = tables.audits.c
    query = sa.select(tables.audits).order_by(table.audited_at.desc(), table.run_id.desc())
    if scope is not None:
        query = query.where(table.scope == scope)
    row = conn.execute(query.limit(1)).mappings().one_or_none()
    return None if row is None else AuditPoint(**row)


def state_changes(conn: sa.Connection, project_id: str) -> list[StateChange]:
    """A project's states, newest first."""
    if not is_current(conn):
        return []
    table = tables.project_states
    columns = [table.c[name] for name in StateChange.__dataclass_fields__]
    query = sa.select(*columns).where(table.c.project_id == project_id)
    return [
        StateChange(**row) for row in conn.execute(query.order_by(table.c.id.desc())).mappings()
    ]


_COLUMNS = tuple(ProjectState.__dataclass_fields__)
_LOGGED = (
    "status",
    "clips",
    "collections",
    "disk_clips",
    "disk_collections",
    "database_clips",
    "database_collections",
)


def _states() -> sa.Select[*tuple[Any, ...]]:
    return sa.select(*(tables.projects.c[name] for name in _COLUMNS))


def _state(row: Any) -> ProjectState:
    values = dict(row._mapping)
    values["changes"] = values["changes"] or {}
    values["status"] = values["status"] or ""
    values["clips"] = values["clips"] or 0
    values["collections"] = values["collections"] or 0
    return ProjectState(**values)


def _values(state: ProjectState) -> dict[str, Any]:
    return {
        **{name: getattr(state, name) for name in _COLUMNS},
        "changes": dict(state.changes),
        "attention": ATTENTION.get(state.status, 0),
    }


def _stored_form(state: ProjectState) -> dict[str, Any]:
    """A state as reading it back gives it."""
    values = {name: getattr(state, name) for name in _COLUMNS}
    return {**values, "name": clean_text(state.name), "changes": dict(state.changes)}


def _stored(conn: sa.Connection, project_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    query = _states().where(among(tables.projects.c.project_id, project_ids, conn.dialect))
    return {row["project_id"]: dict(row) for row in conn.execute(query).mappings()}


def _logged(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(values[name] for name in _LOGGED)


def _relied_on(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return (*_logged(values), values["fingerprint"], values["activity"])


def _log(
    conn: sa.Connection,
    states: Sequence[ProjectState],
    stored: Mapping[str, Mapping[str, Any]],
    run_id: str,
    now: datetime,
) -> None:
    """One row for each state that is another than the stored one, in what is logged."""
    rows = []
    for state in states:
        values, before = _stored_form(state), stored.get(state.project_id)
        if before is None or _logged(before) != _logged(values):
            rows.append(
                {
                    "project_id": state.project_id,
                    "run_id": run_id,
                    "seen_at": now,
                    **{name: values[name] for name in _LOGGED},
                }
            )
    if rows:
        execute_many(conn, sa.insert(tables.project_states), rows)
    # Findings may have come before their project.
    recount_projects(conn, [s.project_id for s in states if s.project_id not in stored])


def _mark_gone(conn: sa.Connection, run_id: str, began: datetime, now: datetime) -> None:
    table = tables.projects.c
    query = sa.select(table.project_id).where(
        sa.or_(table.status.is_(None), table.status != GONE),
        sa.or_(table.last_audit_run_id.is_(None), table.last_audit_run_id != run_id),
        # Another run may have come across it meanwhile.
        sa.or_(table.last_audited_at.is_(None), table.last_audited_at < began),
        sa.or_(table.last_synced_at.is_(None), table.last_synced_at < began),
    )
    ids = list(conn.scalars(query))
    for start in range(0, len(ids), ROWS_AT_ONCE):
        some = ids[start : start + ROWS_AT_ONCE]
        values = dict.fromkeys(_LOGGED, 0) | {"status": GONE}
        conn.execute(
            sa.update(tables.projects)
            .where(among(table.project_id, some, conn.dialect))
            .values(**values, attention=ATTENTION[GONE], activity=None, fingerprint=None)
        )
        rows = [{"project_id": id_, "run_id": run_id, "seen_at": now, **values} for id_ in some]
        execute_many(conn, sa.insert(tables.project_states), rows)
        resolve_all(conn, some, run_id, now)
