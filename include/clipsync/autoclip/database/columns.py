"""Columns that an older AutoClip does not have: read as if they were empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from clipsync.autoclip.database.tables import OPTIONAL, clips, collections, projects

_ABSENT: WeakKeyDictionary[sa.Engine, Mapping[str, frozenset[str]]] = WeakKeyDictionary()


def absent_columns(conn: sa.Connection) -> Mapping[str, frozenset[str]]:
    """By table, which of the columns that may be missing are; looked up once per engine."""
    found = _ABSENT.get(conn.engine)
    if found is None:
        inspector = sa.inspect(conn)
        found = _ABSENT[conn.engine] = {
            table.name: OPTIONAL[table.name]
            - {column["name"] for column in inspector.get_columns(table.name)}
            for table in (projects, clips, collections)
        }
    return found


def readable(conn: sa.Connection, table: sa.Table) -> list[sa.ColumnElement[Any]]:
    """The table's columns in order, NULL in the place of those that are missing."""
    absent = absent_columns(conn).get(table.name, frozenset())
    return [sa.null().label(c.name) if c.name in absent else c for c in table.c]
