"""Which worker ran which task: asked of Airflow's own database, earlier tries included."""

from __future__ import annotations

import sqlalchemy as sa

_COLUMNS = ("dag_id", "run_id", "task_id", "map_index", "try_number", "state", "hostname")
_NOW = sa.table("task_instance", *(sa.column(name) for name in _COLUMNS))
_EARLIER = sa.table("task_instance_history", *(sa.column(name) for name in _COLUMNS))


def tasks_per_worker(conn: sa.Connection) -> dict[str, int]:
    """Tries that a worker carried to a good end, by worker."""
    query = (
        sa.select(_NOW.c.hostname, sa.func.count().label("tasks"))
        .where(_NOW.c.state == "success", _NOW.c.hostname != "")
        .group_by(_NOW.c.hostname)
    )
    return {row.hostname: row.tasks for row in conn.execute(query)}


def tries_of(conn: sa.Connection, dag_id: str, task_id: str, *, worker: str) -> int:
    """Tasks that a worker began, did not end well, and that ended well in a later try."""
    same = sa.and_(
        *(_NOW.c[name] == _EARLIER.c[name] for name in ("dag_id", "run_id", "task_id", "map_index"))
    )
    query = (
        sa.select(sa.func.count())
        .select_from(_EARLIER.join(_NOW, same))
        .where(
            _EARLIER.c.dag_id == dag_id,
            _EARLIER.c.task_id == task_id,
            _EARLIER.c.hostname == worker,
            _EARLIER.c.state != "success",
            _NOW.c.state == "success",
        )
    )
    return conn.scalar(query) or 0
