"""Statements over many rows at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from clipsync.sql import execute_many

ROWS_AT_ONCE = 1000


def upsert(conn: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; where a row of that key is there, set the columns given and no others.

    All rows must name the same columns.
    """
    if not rows:
        return
    insert = _insert_of(conn)
    keys = [column.name for column in table.primary_key]
    statement = insert(table)
    others = [name for name in rows[0] if name not in keys]
    statement = statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in others}
    )
    execute_many(conn, statement, rows)


def insert_missing(conn: sa.Connection, table: sa.Table, row: dict[str, Any]) -> None:
    """Insert a row unless one of its key is there."""
    insert = _insert_of(conn)
    conn.execute(insert(table).on_conflict_do_nothing(), row)


def _insert_of(conn: sa.Connection) -> Any:
    """The dialect's own `insert`; only its drivers are loaded."""
    if conn.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert
    from sqlalchemy.dialects import postgresql

    return postgresql.insert


def stream(conn: sa.Connection, query: sa.Select[*tuple[Any, ...]]) -> Iterator[Any]:
    """The rows of a query, without holding all of them in memory."""
    yield from conn.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
