"""Finds a worker in the middle of a batch, and keeps it there until the caller has killed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import psutil
import sqlalchemy as sa

from clipsync.ledger import tables as ledger
from tools.live import leash

Find = Callable[[Mapping[str, int]], str | None]


@contextmanager
def worker_in_mid_batch(engine: sa.Engine) -> Iterator[Find]:
    """As long as the context lasts, no batch can get beyond its journal entries.

    These are written after AutoClip's rows, in the same transaction. What is yielded says which of
    the workers (session id by name) has a batch that waits there: its rows are written, its locks
    are held, nothing is committed. None: not yet. `engine`: as a user who may see all connections.
    """
    with engine.connect() as conn, conn.begin():
        conn.exec_driver_sql(f"LOCK TABLE {ledger.journal.name} IN SHARE MODE")
        yield lambda workers: _blocked_worker(engine, workers)
        conn.rollback()


def _blocked_worker(engine: sa.Engine, workers: Mapping[str, int]) -> str | None:
    # On a connection of its own: a transaction sees the same activity from its first look on.
    with engine.connect() as conn:
        ports = set(conn.scalars(_WAITING_CLIENTS))
    for name, session in workers.items():
        if ports & set(_local_ports(session)):
            return name
    return None


def _local_ports(session: int) -> Iterator[int]:
    """TCP ports of a session's processes, at their end."""
    for pid in leash.members(session):
        try:
            connections = psutil.Process(pid).net_connections(kind="tcp")
        except psutil.NoSuchProcess:
            continue
        yield from (connection.laddr.port for connection in connections)


_ACTIVITY = sa.table(
    "pg_stat_activity",
    sa.column("client_port", sa.Integer),
    sa.column("application_name", sa.Text),
    sa.column("wait_event_type", sa.Text),
    sa.column("wait_event", sa.Text),
)
_WAITING_CLIENTS = sa.select(_ACTIVITY.c.client_port).where(
    _ACTIVITY.c.application_name == "clipsync",
    _ACTIVITY.c.wait_event_type == "Lock",
    _ACTIVITY.c.wait_event == "relation",
)
