"""Transactions and locks: two syncs of one project never interleave.

SQLite has one writer at a time, so a write transaction (`BEGIN IMMEDIATE`) is the lock. On
PostgreSQL an advisory lock per project is held on a connection of its own, around the write
transaction, because that one's view of the data begins with its first statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import exc

from clipsync.autoclip.database.engine import database_name, translate_errors
from clipsync.errors import DatabaseConfigError, ProjectLockedError
from clipsync.sql import BEGIN_IMMEDIATE, BEGIN_OPTION, advisory_key


@contextmanager
def read_transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that sees one state of the database throughout the block.

    Keep it short on SQLite: while it lasts, AutoClip can't commit (unless in WAL mode).
    """
    with translate_errors(engine), engine.connect() as conn:
        if conn.dialect.name != "sqlite":
            conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with conn.begin():
            yield conn


@contextmanager
def write_transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection in a transaction that is committed at the block's end.

    Nobody's edit is lost: SQLite admits no other writer meanwhile; on PostgreSQL a row that
    someone else changed since the transaction began makes it fail with ConcurrentChangeError.
    Raises ProjectLockedError where the database stays busy.
    """
    with translate_errors(engine), engine.connect() as conn:
        if conn.dialect.name == "sqlite":
            conn.execution_options(**{BEGIN_OPTION: BEGIN_IMMEDIATE})
        else:
            conn.execution_options(isolation_level="REPEATABLE READ")
        with conn.begin():
            yield conn


@contextmanager
def lock_projects(
    engine: sa.Engine, project_ids: Sequence[str], timeout: float, *, run_id: str | None = None
) -> Iterator[None]:
    """Hold the locks of these projects; begin the write transaction inside the block.

    `run_id`: hold that run's own lock as well, so that its shards decide one after the other what
    all of them together may do.

    Waits `timeout` seconds for all of them together, then raises ProjectLockedError naming those
    that another sync holds. On SQLite there is nothing to hold: `write_transaction` excludes
    every other writer.
    """
    if engine.dialect.name == "sqlite" or not project_ids:
        yield
        return
    keys = {advisory_key(project_id): project_id for project_id in project_ids}
    with translate_errors(engine), engine.connect() as conn:
        _acquire(conn, keys, timeout, _projects_held)
        if run_id is not None:
            # After the projects, in every shard, so that two of them can't wait for each other.
            _acquire(conn, {advisory_key(f"run {run_id}"): run_id}, timeout, _run_held)
        yield
        conn.rollback()  # releases the locks


def _acquire(
    conn: sa.Connection, keys: dict[int, str], timeout: float, said: Callable[[list[str]], str]
) -> None:
    """Take these locks; `said`: what to say of those that others hold for longer than `timeout`."""
    milliseconds = str(max(1, int(timeout * 1000)))
    for setting, value in (
        ("lock_timeout", milliseconds),
        ("statement_timeout", milliseconds),
        ("idle_in_transaction_session_timeout", "0"),
    ):
        conn.execute(sa.select(sa.func.set_config(setting, value, True)))
    try:
        # In one order everywhere, so that two batches can't wait for each other.
        conn.execute(_each_key(sorted(keys), sa.func.pg_advisory_xact_lock))
        conn.execute(sa.select(sa.func.set_config("statement_timeout", "0", True)))
    except exc.DBAPIError as error:
        conn.rollback()
        state = getattr(error.orig, "sqlstate", None)
        if state == _OUT_OF_MEMORY:
            raise DatabaseConfigError(
                f"{database_name(conn.engine.url)} can't hold {len(keys)} locks at once. Use a "
                "smaller CLIPSYNC_BATCH_SIZE, or raise max_locks_per_transaction on the server."
            ) from error
        if state in (_LOCK_NOT_AVAILABLE, _QUERY_CANCELED):
            held = _held_elsewhere(conn, keys)
            conn.rollback()
            raise ProjectLockedError(
                f"{said(held)} for longer than {timeout:g} s. Try again when it is done."
            ) from error
        raise


_OUT_OF_MEMORY = "53200"
_LOCK_NOT_AVAILABLE = "55P03"
_QUERY_CANCELED = "57014"


def _each_key(
    keys: Sequence[int], function: sa.sql.functions._FunctionGenerator
) -> sa.Select[int, bool]:
    """The function's answer for each key, in the order given."""
    from sqlalchemy.dialects import postgresql  # here: SQLite need not load its drivers

    listed = sa.func.unnest(sa.literal(list(keys), postgresql.ARRAY(sa.BigInteger())))
    wanted = listed.table_valued(sa.column("key", sa.BigInteger()), name="wanted").render_derived()
    return sa.select(wanted.c.key, function(wanted.c.key))


def _held_elsewhere(conn: sa.Connection, keys: dict[int, str]) -> list[str]:
    tried = conn.execute(_each_key(sorted(keys), sa.func.pg_try_advisory_xact_lock))
    return sorted(keys[key] for key, free in tried if not free)


def _projects_held(projects: list[str]) -> str:
    return f"{_named(projects)} being synced by another run"


def _run_held(run_ids: list[str]) -> str:
    return f"Another shard of run {', '.join(run_ids)} has been deleting"


def _named(projects: list[str]) -> str:
    if not projects:
        return "projects of this batch were"
    shown = ", ".join(projects[:3]) + (f" and {len(projects) - 3} more" if projects[3:] else "")
    return f"project {shown} is" if len(projects) == 1 else f"projects {shown} are"
