"""What Airflow's own database tells of a cluster check: runs, tries, and who made them."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

_TRY = ("dag_id", "run_id", "task_id", "map_index", "try_number", "state", "hostname")
_TRIES = sa.table("task_instance", *(sa.column(name) for name in _TRY))
_EARLIER = sa.table("task_instance_history", *(sa.column(name) for name in _TRY))
_RUNS = sa.table("dag_run", *(sa.column(name) for name in ("dag_id", "run_id", "state")))
_STORE = sa.table("asset_state_store", sa.column("key"))

WATCH_BEGAN = "watch"
"""The watcher writes this key when it has learnt which projects were there before it."""


@dataclass(frozen=True, slots=True)
class DagRun:
    """`state`: `queued`, `running`, `success` or `failed`."""

    dag_id: str
    run_id: str
    state: str

    @property
    def ended(self) -> bool:
        return self.state in ("success", "failed")


def read_runs(conn: sa.Connection) -> list[DagRun]:
    """All runs of all Dags."""
    query = sa.select(_RUNS).order_by(_RUNS.c.dag_id, _RUNS.c.run_id)
    return [DagRun(*row) for row in conn.execute(query)]


def is_watching(conn: sa.Connection) -> bool:
    """Whether the watcher knows what is old, so that what comes now is new to it."""
    query = sa.select(sa.func.count()).select_from(_STORE).where(_STORE.c.key == WATCH_BEGAN)
    return bool(conn.scalar(query))


def tasks_per_worker(conn: sa.Connection) -> dict[str, int]:
    """Tasks that a worker carried to a good end, by worker."""
    query = (
        sa.select(_TRIES.c.hostname, sa.func.count().label("tasks"))
        .where(_TRIES.c.state == "success", _TRIES.c.hostname != "")
        .group_by(_TRIES.c.hostname)
    )
    return {row.hostname: row.tasks for row in conn.execute(query)}


def finished_by_another_try(conn: sa.Connection, worker: str) -> int:
    """Tasks that a worker began and did not end, and that a later try carried to a good end."""
    same = sa.and_(
        *(_TRIES.c[name] == _EARLIER.c[name] for name in ("dag_id", "run_id", "task_id")),
        _TRIES.c.map_index == _EARLIER.c.map_index,
    )
    query = (
        sa.select(sa.func.count(sa.distinct(sa.tuple_(*(_TRIES.c[n] for n in _TRY[:4])))))
        .select_from(_EARLIER.join(_TRIES, same))
        .where(_EARLIER.c.hostname == worker, _EARLIER.c.state != "success")
        .where(_TRIES.c.state == "success")
    )
    return conn.scalar(query) or 0
