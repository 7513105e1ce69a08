"""What all readers of AutoClip's tables share: whose rows, and text that is no UTF-8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from clipsync.autoclip.database.survey import Places, row_number
from clipsync.sql import among


@dataclass(frozen=True, slots=True)
class Which:
    """Rows of these projects: at these places, or, where none are known, by a search."""

    conn: sa.Connection
    wanted: set[str]
    places: Places | None = None

    def of(
        self, query: sa.Select[*tuple[Any, ...]], table: sa.Table
    ) -> sa.Select[*tuple[Any, ...]]:
        """The query, for rows of `table` that are these projects'. At a place where a row was
        deleted since, one of another project may stand: look at whose it is."""
        if self.places is None:
            return in_projects(self.conn, query, table.c.project_id, self.wanted)
        return query.where(self.at_places(table, self.places))

    def at_places(self, table: sa.Table, places: Places) -> sa.ColumnElement[bool]:
        return among(row_number(table), places[table.name], self.conn.dialect)


def in_projects(
    conn: sa.Connection,
    query: sa.Select[*tuple[Any, ...]],
    column: sa.ColumnElement[Any],
    wanted: set[str] | None,
) -> sa.Select[*tuple[Any, ...]]:
    """The query, for these projects only (None: for all)."""
    if not wanted:
        return query if wanted is None else query.where(sa.false())
    query = query.where(among(column, sorted(wanted), conn.dialect))
    if conn.dialect.name == "sqlite":
        # No index helps, so every row is looked at: the range sorts most of them out cheaply.
        # (Its order is Python's; PostgreSQL's depends on the database.)
        query = query.where(column.between(min(wanted), max(wanted)))
    return query


def fetch(conn: sa.Connection, query: sa.Select[*tuple[Any, ...]]) -> Sequence[Any]:
    """All rows of the query, also where some text in them is no UTF-8."""
    try:
        return conn.execute(query).all()
    except exc.OperationalError as error:
        if conn.dialect.name != "sqlite" or "decode to UTF-8" not in str(error.orig):
            raise
    # Somewhere in it is text that is no UTF-8: read once more, replacing what can't be read.
    raw: Any = conn.connection.driver_connection
    raw.text_factory = lambda stored: stored.decode(errors="replace")
    try:
        return conn.execute(query).all()
    finally:
        raw.text_factory = str
