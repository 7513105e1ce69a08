"""Columns that an older AutoClip does not have: read as if they were empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from clipsync.autoclip.database.tables import OPTIONAL, clips, collections, projects, tasks

_ABSENT: WeakKeyDictionary[sa.Engine, Mapping[str, frozenset[str]]] = WeakKeyDictionary()
_TASKS: WeakKeyDictionary[sa.Engine, frozenset[str]] = WeakKeyDictionary()


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


def task_columns(conn: sa.Connection) -> frozenset[str]:
    """Columns that AutoClip's table of tasks really has; none where there is no such table.

    Remembered once found, so that an AutoClip that starts later is noticed.
    """
    found = _TASKS.get(conn.engine, frozenset())
    if not found:
        inspector = sa.inspect(conn)
        if inspector.has_table(tasks.name):
            found = frozenset(column["name"] for column in inspector.get_columns(tasks.name))
            _TASKS[conn.engine] = found
    return found


def missing_columns(conn: sa.Connection, table: sa.Table) -> frozenset[str]:
    """Which of the columns that ClipSync knows of this table are not there; of tasks, too."""
    if table is tasks:
        return frozenset(column.name for column in table.c) - task_columns(conn)
    return absent_columns(conn).get(table.name, frozenset())


def readable(conn: sa.Connection, table: sa.Table) -> list[sa.ColumnElement[Any]]:
    """The table's columns in order, NULL in the place of those that are missing."""
    absent = absent_columns(conn).get(table.name, frozenset())
    return [sa.null().label(c.name) if c.name in absent else c for c in table.c]
