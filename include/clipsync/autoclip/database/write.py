"""Writing changes to AutoClip's tables: in bulk, in place, and only the columns that are named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clipsync.autoclip.database import tables
from clipsync.autoclip.database.snapshot import real_columns
from clipsync.errors import ConcurrentChangeError
from clipsync.model.plan import Change, Op, Table
from clipsync.sql import Word, among, execute_many


def write_changes(
    conn: sa.Connection, changes: Sequence[Change], now: datetime, *, links: bool = True
) -> None:
    """Apply changes to AutoClip's tables; `adopt` writes nothing here.

    The number of statements grows with the kinds of change, not with the number of rows.
    An insert sets `created_at` and `updated_at` to `now` (aware) unless it names them; an update
    sets `updated_at` likewise and touches no other column than those it names. Values may be as
    `full_rows` gives them, and an insert may then name columns that no snapshot has. A delete
    also removes the links to the row, unless `links` is False: what was there before a row came
    may be there after it. A relink writes the links with `order_index` 0 to n-1, or
    as its `after["order_index"]` says.

    Raises ConcurrentChangeError where a row to update or delete is not there any more; the
    caller's transaction must then be rolled back (leaving `write_transaction` does it).
    """
    by_kind: dict[tuple[Op, Table], list[Change]] = defaultdict(list)
    for change in changes:
        by_kind[change.op, change.table].append(change)
    # Rows before the links to them; links to a row before its deletion.
    for table in _ROW_TABLES:
        _insert(conn, table, by_kind[Op.INSERT, table], now)
    _unlink(conn, by_kind[Op.INSERT, Table.COLLECTIONS], by_kind[Op.RELINK, Table.LINKS])
    for table in _ROW_TABLES:
        _update(conn, table, by_kind[Op.UPDATE, table], now)
    _relink(conn, by_kind[Op.RELINK, Table.LINKS])
    for table in reversed(_ROW_TABLES):
        _delete(conn, table, by_kind[Op.DELETE, table], links=links)


_TABLES = {
    Table.PROJECTS: tables.projects,
    Table.CLIPS: tables.clips,
    Table.COLLECTIONS: tables.collections,
}
_ROW_TABLES = tuple(_TABLES)
_LINK_COLUMNS = {
    Table.CLIPS: tables.clip_collection.c.clip_id,
    Table.COLLECTIONS: tables.clip_collection.c.collection_id,
}
_ID = "clipsync_row_id"
"""Name of the parameter that holds a row's id: no column is called like this."""


def _insert(conn: sa.Connection, table: Table, changes: list[Change], now: datetime) -> None:
    stamps = {"created_at": now, "updated_at": now}
    rows = [{**stamps, "id": change.row_id, **change.after} for change in changes]
    for columns, group in _by_columns(rows).items():
        execute_many(conn, sa.insert(_with_columns(conn, table, columns)), group)


def _update(conn: sa.Connection, table: Table, changes: list[Change], now: datetime) -> None:
    rows = [{"updated_at": now, **change.after, _ID: change.row_id} for change in changes]
    for columns, group in _by_columns(rows).items():
        target = _with_columns(conn, table, columns)
        statement = sa.update(target).where(target.c.id == sa.bindparam(_ID))
        written = execute_many(conn, statement, group)
        if written != len(group):
            ids = [row[_ID] for row in group]
            there = conn.scalars(
                sa.select(target.c.id).where(among(target.c.id, ids, conn.dialect))
            )
            gone = set(ids).difference(there)
            raise _concurrent(f"{table.value} {min(gone, default='')}", len(ids) - written)


def _delete(conn: sa.Connection, table: Table, changes: list[Change], *, links: bool) -> None:
    if not changes:
        return
    ids = [change.row_id for change in changes]
    link_column = _LINK_COLUMNS.get(table)
    if link_column is not None and links:
        # PostgreSQL would cascade; SQLite, which AutoClip runs without foreign keys, would not.
        conn.execute(sa.delete(tables.clip_collection).where(among(link_column, ids, conn.dialect)))
    target = _TABLES[table]
    deleted = conn.execute(sa.delete(target).where(among(target.c.id, ids, conn.dialect))).rowcount
    if deleted != len(ids):
        raise _concurrent(f"{table.value} {ids[0]}", len(ids) - deleted)


def _unlink(conn: sa.Connection, inserts: list[Change], relinks: list[Change]) -> None:
    """Remove links to a collection that was not there until now, and that no plan knew of.

    Without foreign keys AutoClip leaves links behind, and a row id may return (a lost ledger).
    """
    inserted = {change.row_id for change in inserts}
    ids = [
        change.row_id
        for change in relinks
        if change.row_id in inserted and not change.before.get("clip_ids")
    ]
    if ids:
        links = tables.clip_collection
        conn.execute(sa.delete(links).where(among(links.c.collection_id, ids, conn.dialect)))


def _relink(conn: sa.Connection, changes: list[Change]) -> None:
    """Links that stay are updated, never replaced."""
    link = tables.clip_collection.c
    gone: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    new: list[dict[str, Any]] = []
    for change in changes:
        before = dict.fromkeys(change.before.get("clip_ids", ()))
        wanted = list(dict.fromkeys(change.after.get("clip_ids", ())))
        indices = change.after.get("order_index") or range(len(wanted))
        keep = set(wanted)
        gone += [_link_key(change.row_id, clip) for clip in before if clip not in keep]
        for clip, index in zip(wanted, indices, strict=True):
            if clip in before:
                kept.append({**_link_key(change.row_id, clip), "order_index": index})
            else:
                new.append({"clip_id": clip, "collection_id": change.row_id, "order_index": index})
    same = sa.and_(
        link.clip_id == sa.bindparam("link_clip"),
        link.collection_id == sa.bindparam("link_collection"),
    )
    if gone:
        _expect_links(execute_many(conn, sa.delete(tables.clip_collection).where(same), gone), gone)
    if kept:
        _expect_links(execute_many(conn, sa.update(tables.clip_collection).where(same), kept), kept)
    if new:
        execute_many(conn, sa.insert(tables.clip_collection), new)


def _link_key(collection_id: str, clip_id: str) -> dict[str, Any]:
    return {"link_clip": clip_id, "link_collection": collection_id}


def _by_columns(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[tuple(sorted(row))].append(row)
    return groups


def _with_columns(conn: sa.Connection, table: Table, names: Iterable[str]) -> sa.TableClause:
    """AutoClip's table, with those further columns that a row to be restored has."""
    known = _TABLES[table]
    further = [name for name in names if name not in known.c and name != _ID]
    if not further:
        return known
    kinds = real_columns(conn, table)
    return sa.table(
        table.value,
        *(sa.column(column.name, column.type) for column in known.c),
        *(sa.column(name, _writable(kinds.get(name))) for name in further),
    )


def _writable(kind: sa.types.TypeEngine[Any] | None) -> sa.types.TypeEngine[Any]:
    """The type that writes back what `full_rows` read."""
    return sa.JSON(none_as_null=True) if isinstance(kind, sa.JSON) else Word()


def _expect_links(found: int, keys: list[dict[str, Any]]) -> None:
    if found != len(keys):
        raise _concurrent(f"links of collection {keys[0]['link_collection']}", len(keys) - found)


def _concurrent(example: str, missing: int) -> ConcurrentChangeError:
    return ConcurrentChangeError(
        f"{missing} row(s) to change were gone, such as {example}: someone changed the database "
        "at the same moment, so nothing of this was written. Try again."
    )
