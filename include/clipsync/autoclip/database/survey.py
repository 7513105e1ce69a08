"""One pass over AutoClip's tables: a digest of each project's rows, and where those rows are.

AutoClip's tables have no index on `project_id`, so asking for the rows of some projects looks at
the rows of all. A run over many projects therefore looks once:

    projects, clips, collections, links, tasks ──one read each──▶ digest and places by project

The digest says whether anything changed since it was last taken; with the places, which are
SQLite's row numbers, the rows of a batch are read without a search. On PostgreSQL there are no
places (its row numbers change with every update), and a batch is read by `project_id`.
"""

from __future__ import annotations

import marshal
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from clipsync.autoclip.database import tables
from clipsync.autoclip.database.columns import missing_columns, task_columns
from clipsync.autoclip.database.locks import read_transaction
from clipsync.sql import among

PIECE = 10_000
"""Rows that are read in one transaction on SQLite, where AutoClip can't commit meanwhile."""
PROJECT_ID_LENGTH = 36
UNFINISHED = ("RUNNING", "PENDING")
"""Statuses of a task that isn't over; a queued one is a retry under way as well."""

Places = Mapping[str, Sequence[int]]
"""Row numbers by name of table."""


@dataclass(frozen=True, slots=True)
class RowIds:
    """Which rows a project has, as far as someone who has just read or written them knows.

    `linked`: ids of clips that its collections' links name, those of other projects included.
    """

    clips: Iterable[str] = ()
    collections: Iterable[str] = ()
    linked: Iterable[str] = ()


@dataclass(slots=True)
class Survey:
    """What one pass found.

    `unfinished`: by project, when a task of it that isn't over was last updated, as stored.
    """

    unfinished: dict[str, str] = field(default_factory=dict)
    _rows: dict[str, int] = field(default_factory=dict)
    _tasks: dict[str, int] = field(default_factory=dict)
    _places: dict[str, dict[str, array[int]]] = field(default_factory=dict)
    _ownerless: list[tuple[int, str, str]] = field(default_factory=list)
    _version: tuple[Any, int] | None = None

    def digest(self, project_id: str) -> str:
        """Of all the rows AutoClip has of this project, as the pass found them: every column that
        a plan looks at, `updated_at` or not; the same whatever the rows' order."""
        return _combined(self._rows.get(project_id, 0), self._tasks.get(project_id, 0))

    @property
    def lost_ends(self) -> frozenset[str]:
        """Ids of clips and collections that links still name and that are gone, both ends of a
        link: no row tells whose such a link is, so no digest has it."""
        return frozenset(end for _, *ends in self._ownerless for end in ends)

    def holds(self, conn: sa.Connection) -> bool:
        """Whether nobody but this connection wrote since the pass; never on PostgreSQL, which
        does not tell. Ask inside the transaction that relies on it."""
        return self._version is not None and self._version == _version_of(conn)

    def places(
        self, conn: sa.Connection, project_ids: Iterable[str], former_rows: Mapping[str, str]
    ) -> Places | None:
        """Where these projects' rows are, links between rows that are gone included where
        `former_rows` (row id to project) tells that they are theirs. None where the pass does not
        hold any more: the rows must be searched then."""
        if not self.holds(conn):
            return None
        wanted = set(project_ids)
        found: dict[str, list[int]] = {name: [] for name in _TABLES}
        for name, places in self._places.items():
            for project_id in wanted:
                found[name].extend(places.get(project_id, ()))
        found[tables.clip_collection.name] += [
            place
            for place, *ends in self._ownerless
            if any(end in former_rows or end[:PROJECT_ID_LENGTH] in wanted for end in ends)
        ]
        return found


def take_survey(engine: sa.Engine) -> Survey:
    """Look at every row once. Reads in pieces on SQLite, so that AutoClip can commit in between;
    a row that changes meanwhile is as before or as after, which are both true."""
    sums: dict[str, dict[Any, int]] = {}
    survey = Survey()
    versions: set[tuple[Any, int] | None] = set()
    with read_transaction(engine) as conn:
        with_tasks = bool(task_columns(conn))
    for table in _TABLES.values():
        if table is tables.tasks and not with_tasks:
            continue
        owned: dict[Any, int] = defaultdict(int)
        places: dict[Any, array[int]] = defaultdict(lambda: array("q"))
        for piece, version in _pieces(engine, table):
            _take(piece, table.name.encode(), owned, places)
            versions.add(version)
            if table is tables.clip_collection:
                survey._ownerless += _ownerless(piece)
            if table is tables.tasks:
                _take_unfinished(piece, survey.unfinished)
        owned.pop(None, None)
        places.pop(None, None)
        sums[table.name] = {_text(owner): value for owner, value in owned.items()}
        if engine.dialect.name == "sqlite":
            survey._places[table.name] = {_text(owner): found for owner, found in places.items()}
    survey._tasks = sums.pop(tables.tasks.name, {})
    for of_table in sums.values():
        for project_id, value in of_table.items():
            survey._rows[project_id] = survey._rows.get(project_id, 0) + value
    survey._version = versions.pop() if len(versions) == 1 else None
    return survey


def read_digests(
    conn: sa.Connection, rows: Mapping[str, RowIds], survey: Survey | None = None
) -> dict[str, str]:
    """`Survey.digest` of these projects as they are now, read by the ids of their rows.

    `survey`: spares a search for their tasks where it still holds.
    """
    sums: dict[str, int] = defaultdict(int)
    clip_ids = [id_ for one in rows.values() for id_ in one.clips]
    for table, key, ids in (
        (tables.projects, tables.projects.c.id, list(rows)),
        (tables.clips, tables.clips.c.id, clip_ids),
        (
            tables.collections,
            tables.collections.c.id,
            [id_ for one in rows.values() for id_ in one.collections],
        ),
        (
            tables.clip_collection,
            tables.clip_collection.c.clip_id,
            [*clip_ids, *(id_ for one in rows.values() for id_ in one.linked)],
        ),
    ):
        query = _query(conn, table).where(among(key, ids, conn.dialect))
        _add(_raw_rows(conn, query), table, sums)
    if survey is not None and survey.holds(conn):
        tasks: Mapping[str, int] = survey._tasks
    else:
        tasks = _tasks_of(conn, list(rows))
    return {
        project_id: _combined(sums.get(project_id, 0), tasks.get(project_id, 0))
        for project_id in rows
    }


_TABLES = {
    table.name: table
    for table in (
        tables.projects,
        tables.clips,
        tables.collections,
        tables.clip_collection,
        tables.tasks,
    )
}
_MODULUS = 1 << 128


def row_number(table: sa.Table) -> sa.ColumnElement[int]:
    """SQLite's number of a row: a look-up by it needs no index. It stays for as long as nobody
    else writes (VACUUM gives new ones)."""
    return sa.literal_column(f"{table.name}.rowid", sa.Integer())


def _combined(rows: int, tasks: int) -> str:
    return blake2b(f"{rows % _MODULUS:x}|{tasks % _MODULUS:x}".encode(), digest_size=16).hexdigest()


def _query(conn: sa.Connection, table: sa.Table) -> sa.Select[*tuple[Any, ...]]:
    """Each row's project, its number (0 where there is none), and every column that counts."""
    number = row_number(table) if conn.dialect.name == "sqlite" else sa.literal_column("0")
    missing = missing_columns(conn, table)
    columns = [_MISSING if c.name in missing else _plain(conn, c) for c in table.c]
    if table is tables.clip_collection:
        clips, collections = tables.clips, tables.collections
        owner = sa.func.coalesce(collections.c.project_id, clips.c.project_id)
        joined = table.outerjoin(collections, collections.c.id == table.c.collection_id)
        joined = joined.outerjoin(clips, clips.c.id == table.c.clip_id)
        return sa.select(owner, number, *columns).select_from(joined)
    owner_column = table.c.id if table is tables.projects else table.c.project_id
    return sa.select(owner_column, number, *columns)


_MISSING: sa.ColumnElement[Any] = sa.literal_column("'(no such column)'", sa.Text())
"""Not NULL: a newer AutoClip that brings the column makes other rows, which a plan may fill."""


def _plain(conn: sa.Connection, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """PostgreSQL's times, enums, numbers and JSON as text; SQLite's values come as they are."""
    if conn.dialect.name == "sqlite" or isinstance(column.type, sa.String):
        return column
    return sa.cast(column, sa.Text())


def _pieces(
    engine: sa.Engine, table: sa.Table
) -> Iterator[tuple[list[Sequence[Any]], tuple[Any, int] | None]]:
    """The table's rows, some thousand at a time, and the database's version as they were read."""
    if engine.dialect.name != "sqlite":
        with read_transaction(engine) as conn:
            result = conn.execute(_query(conn, table), execution_options={"yield_per": PIECE})
            for rows in result.partitions():
                yield list(rows), None
        return
    last = -(2**63)
    while True:
        with read_transaction(engine) as conn:
            number = row_number(table)
            query = _query(conn, table).where(number > last).order_by(number).limit(PIECE)
            piece, version = _raw_rows(conn, query), _version_of(conn)
        yield piece, version
        if len(piece) < PIECE:
            return
        last = piece[-1][1]


def _raw_rows(conn: sa.Connection, query: sa.Select[*tuple[Any, ...]]) -> list[Sequence[Any]]:
    """Rows as the driver gives them; text as bytes on SQLite, which need not be decoded, and need
    not be UTF-8 either."""
    if conn.dialect.name != "sqlite":
        return list(conn.execute(query))
    raw: Any = conn.connection.driver_connection
    raw.text_factory = bytes
    try:
        result = conn.execute(query)
        cursor: Any = result.cursor
        rows: list[Sequence[Any]] = cursor.fetchall()
        result.close()
        return rows
    finally:
        raw.text_factory = str


def _take(
    rows: Iterable[Sequence[Any]],
    kind: bytes,
    sums: dict[Any, int],
    places: dict[Any, array[int]],
) -> None:
    for row in rows:
        owner = row[0]
        sums[owner] += _number_of(row, kind)
        places[owner].append(row[1])


def _add(rows: Iterable[Sequence[Any]], table: sa.Table, sums: dict[str, int]) -> None:
    kind = table.name.encode()
    for row in rows:
        if row[0] is not None:
            sums[_text(row[0])] += _number_of(row, kind)


def _number_of(row: Sequence[Any], kind: bytes) -> int:
    """A row's share of its project's digest. Shares are added, so order does not matter, and two
    equal rows do not cancel out. Version 2 of the format writes equal values equally."""
    data = marshal.dumps(tuple(row[2:]), 2)
    return int.from_bytes(blake2b(data, digest_size=16, person=kind).digest())


def _ownerless(rows: Iterable[Sequence[Any]]) -> list[tuple[int, str, str]]:
    return [(row[1], _text(row[2]), _text(row[3])) for row in rows if row[0] is None]


def _take_unfinished(rows: Iterable[Sequence[Any]], unfinished: dict[str, str]) -> None:
    names = [column.name for column in tables.tasks.c]
    status_at, updated_at = 2 + names.index("status"), 2 + names.index("updated_at")
    for row in rows:
        status, updated = row[status_at], row[updated_at]
        if row[0] is None or _text(status).upper() not in UNFINISHED:
            continue
        owner = _text(row[0])
        unfinished[owner] = max(_text(updated), unfinished.get(owner, ""))


def _tasks_of(conn: sa.Connection, project_ids: Sequence[str]) -> Mapping[str, int]:
    sums: dict[str, int] = defaultdict(int)
    if task_columns(conn):
        column = tables.tasks.c.project_id
        query = _query(conn, tables.tasks).where(among(column, project_ids, conn.dialect))
        _add(_raw_rows(conn, query), tables.tasks, sums)
    return sums


def _version_of(conn: sa.Connection) -> tuple[Any, int] | None:
    """Which connection, and its `data_version`: another number after another connection's commit.
    None on PostgreSQL."""
    if conn.dialect.name != "sqlite":
        return None
    return conn.connection.driver_connection, conn.exec_driver_sql(
        "PRAGMA data_version"
    ).scalar_one()


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return "" if value is None else str(value)
