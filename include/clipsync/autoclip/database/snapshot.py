"""Reading AutoClip's database: one query per table for a whole batch of projects.

Whatever a row holds, it never breaks its batch: JSON that does not parse becomes `BrokenJson`,
and values of another type than the column's become the nearest one that fits, or None.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from clipsync.autoclip.database.columns import readable
from clipsync.autoclip.database.fetching import Which, fetch, in_projects
from clipsync.autoclip.database.survey import PROJECT_ID_LENGTH, Survey
from clipsync.autoclip.database.tables import clip_collection, clips, collections, projects
from clipsync.autoclip.database.task_runs import read_newest_runs
from clipsync.model.plan import Change, Op, Table
from clipsync.model.snapshot import (
    ClipRow,
    CollectionRow,
    LinkRow,
    ProjectRow,
    Snapshot,
    TaskRow,
)
from clipsync.sql import Timestamp, among, exact_json


def list_project_ids(conn: sa.Connection) -> list[str]:
    """Ids of all rows in `projects`, sorted."""
    ids = (row[0] for row in fetch(conn, sa.select(projects.c.id)))
    return sorted(_text(project_id) or "" for project_id in ids)


def count_rows(conn: sa.Connection) -> dict[Table, int]:
    """How many rows each of AutoClip's tables holds, links left out: for limits per run."""
    return {
        Table(table.name): conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in (projects, clips, collections)
    }


def read_snapshots(
    conn: sa.Connection,
    project_ids: Sequence[str],
    former_rows: Mapping[str, str] | None = None,
    survey: Survey | None = None,
) -> dict[str, Snapshot]:
    """What the database holds of each of these projects: one query per table, however many.

    `former_rows`: row id to project id of rows that were there once, as far as anyone remembers.
    `survey`: where it still holds, rows are read where it found them, which costs no search.

    Every id given has its snapshot, empty where the database knows nothing of it. A link belongs
    to its collection's project; where that row is missing, to its clip's; where both are, to the
    project that the composite ids begin with, or that `former_rows` tells.

    `newest_task` is the newest run (`task_runs.py`); None where AutoClip has no such table.
    """
    former = former_rows or {}
    wanted = set(project_ids)
    places = None if survey is None else survey.places(conn, wanted, former)
    which = Which(conn, wanted, places)
    project_of = {
        row[0]: _PROJECT.build(row)
        for row in fetch(
            conn, in_projects(conn, sa.select(*readable(conn, projects)), projects.c.id, wanted)
        )
    }
    clips_of = _grouped(_read(which, _CLIP, clips), wanted)
    collections_of = _grouped(_read(which, _COLLECTION, collections), wanted)
    there = {
        Table.CLIPS: [clip.id for rows in clips_of.values() for clip in rows],
        Table.COLLECTIONS: [row.id for rows in collections_of.values() for row in rows],
    }
    gone = set(former).difference(*there.values())
    links_of = _read_links(which, there, {row_id: former[row_id] for row_id in gone})
    task_of = read_newest_runs(which)
    return {
        project_id: Snapshot(
            project_id,
            project=project_of.get(project_id),
            clips=tuple(clips_of.get(project_id, ())),
            collections=tuple(collections_of.get(project_id, ())),
            links=tuple(links_of.get(project_id, ())),
            newest_task=task_of.get(project_id),
        )
        for project_id in project_ids
    }


def read_progress(
    conn: sa.Connection, project_ids: Sequence[str]
) -> dict[str, tuple[ProjectRow | None, TaskRow | None]]:
    """How far AutoClip is with each of these projects: its row (None: there is none), newest run.

    `read_snapshots` tells the same, but reads every clip; this is for looking again and again.
    """
    wanted = set(project_ids)
    query = in_projects(conn, sa.select(*readable(conn, projects)), projects.c.id, wanted)
    row_of = {row[0]: _PROJECT.build(row) for row in fetch(conn, query)}
    run_of = read_newest_runs(Which(conn, wanted))
    return {
        project_id: (row_of.get(project_id), run_of.get(project_id)) for project_id in project_ids
    }


def read_names(conn: sa.Connection, project_ids: Sequence[str]) -> dict[str, str]:
    """What AutoClip's pages call these projects; those without a row or a name are left out."""
    wanted = set(project_ids)
    query = in_projects(conn, sa.select(projects.c.id, projects.c.name), projects.c.id, wanted)
    return {row[0]: name for row in fetch(conn, query) if (name := _some_text(row[1]))}


def full_rows(
    conn: sa.Connection, table: Table, row_ids: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Rows with *all* columns the real table has, by id; an insert of them restores them exactly.

    Values are as in snapshots, except that a JSON column whose text would not come out the same
    when written again is a `BrokenJson` of that text (`clipsync.sql.encode_stored` makes JSON of
    such values). For Table.LINKS: by collection id, `clip_ids` and `order_index`, two lists in
    order. Ids without a row are left out.
    """
    if not row_ids:
        return {}
    if table is Table.LINKS:
        return _full_links(conn, row_ids)
    columns = real_columns(conn, table)
    query = sa.select(*(_verbatim(conn, name, kind) for name, kind in columns.items())).select_from(
        sa.table(table.value)
    )
    query = query.where(among(sa.column("id", sa.String()), row_ids, conn.dialect))
    json_columns = [name for name, kind in columns.items() if isinstance(kind, sa.JSON)]
    found: dict[str, dict[str, Any]] = {}
    for row in fetch(conn, query):
        values = dict(zip(columns, row, strict=True))
        for name in json_columns:
            values[name] = exact_json(values[name])
        found[values["id"]] = values
    return found


def rows_before(
    conn: sa.Connection, changes: Iterable[Change]
) -> dict[tuple[Table, str], dict[str, Any]]:
    """The full rows that these changes are about to update, relink or delete, by table and id:
    what the journal needs to undo them exactly. Read before writing, in the same transaction."""
    ids: dict[Table, dict[str, None]] = defaultdict(dict)
    for change in changes:
        if change.op in (Op.UPDATE, Op.DELETE, Op.RELINK):
            ids[change.table][change.row_id] = None
    return {
        (table, row_id): row
        for table, row_ids in ids.items()
        for row_id, row in full_rows(conn, table, list(row_ids)).items()
    }


def real_columns(conn: sa.Connection, table: Table) -> Mapping[str, sa.types.TypeEngine[Any]]:
    """Name and type of every column the table really has; read once per engine."""
    known = _COLUMNS.setdefault(conn.engine, {})
    if table not in known:
        known[table] = {
            column["name"]: column["type"] for column in sa.inspect(conn).get_columns(table.value)
        }
    return known[table]


_Row = TypeVar("_Row")
_Repair = Callable[[Any], Any]
_COLUMNS: WeakKeyDictionary[sa.Engine, dict[Table, dict[str, sa.types.TypeEngine[Any]]]] = (
    WeakKeyDictionary()
)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _some_text(value: Any) -> str:
    return _text(value) or ""


def _number(value: Any) -> float | None:
    if value is None or isinstance(value, int):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _some_number(value: Any) -> float:
    return _number(value) or 0


# What each kind of column may give as it is, and what is done with anything else.
_NONE = type(None)
_KINDS: Mapping[str, tuple[frozenset[type] | None, _Repair]] = {
    "text": (frozenset({str}), _some_text),
    "text?": (frozenset({str, _NONE}), _text),
    "int": (frozenset({int}), _some_number),
    "int?": (frozenset({int, _NONE}), _number),
    "float?": (frozenset({int, float, _NONE}), _number),
    "json": (None, lambda value: value),
}


class _Shape(Generic[_Row]):
    """Builds a row's dataclass after checking the types of its values.

    The check is one look-up of the row's combination of types; only rows of a combination never
    seen before, and odd ones, are looked at value by value.
    """

    def __init__(self, make: Callable[..., _Row], kinds: str) -> None:
        self._make = make
        self._kinds = [_KINDS[kind] for kind in kinds.split()]
        self._sound: set[tuple[type, ...]] = set()

    def build(self, row: Sequence[Any]) -> _Row:
        types = tuple(map(type, row))
        if types in self._sound:
            return self._make(*row)
        if all(
            allowed is None or kind in allowed
            for kind, (allowed, _) in zip(types, self._kinds, strict=True)
        ):
            self._sound.add(types)
            return self._make(*row)
        return self._make(
            *(repair(value) for value, (_, repair) in zip(row, self._kinds, strict=True))
        )


# The tables' columns are declared in the order of these dataclasses' fields.
_PROJECT = _Shape(ProjectRow, "text text text? text text text? json json text? text text")
_CLIP = _Shape(
    ClipRow,
    "text text text text? text int? int? int? float? text? text? json json text text",
)
_COLLECTION = _Shape(
    CollectionRow, "text text text text? text json int? text? text? text? json text text"
)
_LINK = _Shape(LinkRow, "text text int")


def _read(which: Which, shape: _Shape[_Row], table: sa.Table) -> list[_Row]:
    query = which.of(sa.select(*readable(which.conn, table)), table)
    query = query.order_by(table.c.created_at, table.c.id)
    return [shape.build(row) for row in fetch(which.conn, query)]


def _grouped(rows: Iterable[Any], wanted: set[str]) -> dict[str, list[Any]]:
    """By project. At a place where a row was deleted since, one of another project may stand."""
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if row.project_id in wanted:
            grouped[row.project_id].append(row)
    return grouped


def _read_links(
    which: Which, there: Mapping[Table, list[str]], former: Mapping[str, str]
) -> dict[str, list[LinkRow]]:
    conn, wanted = which.conn, which.wanted
    link = clip_collection.c
    if which.places is None:
        condition = _theirs(conn, wanted, there, sorted(former))
    else:
        condition = which.at_places(clip_collection, which.places)
    query = (
        sa.select(
            link.clip_id,
            link.collection_id,
            link.order_index,
            clips.c.project_id,
            collections.c.project_id,
        )
        .select_from(
            clip_collection.outerjoin(clips, clips.c.id == link.clip_id).outerjoin(
                collections, collections.c.id == link.collection_id
            )
        )
        .where(condition)
        .order_by(link.collection_id, link.order_index, link.clip_id)
    )
    found: dict[str, list[LinkRow]] = defaultdict(list)
    for clip_id, collection_id, order_index, clip_project, collection_project in fetch(conn, query):
        owner = (
            collection_project
            or clip_project
            or next(
                (
                    row_id[:PROJECT_ID_LENGTH]
                    for row_id in (_some_text(collection_id), _some_text(clip_id))
                    if row_id[:PROJECT_ID_LENGTH] in wanted
                ),
                None,
            )
            or former.get(_some_text(collection_id))
            or former.get(_some_text(clip_id))
        )
        if owner in wanted:
            found[owner].append(_LINK.build((clip_id, collection_id, order_index)))
    return found


def _theirs(
    conn: sa.Connection,
    wanted: set[str],
    there: Mapping[Table, list[str]],
    remembered: Sequence[str],
) -> sa.ColumnElement[bool]:
    """A link is these projects' where a row at its end is theirs, or was."""
    link = clip_collection.c
    return sa.or_(
        among(link.collection_id, [*there[Table.COLLECTIONS], *remembered], conn.dialect),
        among(link.clip_id, [*there[Table.CLIPS], *remembered], conn.dialect),
        # composite ids, `<project id>_<n>`, of rows that are gone
        *(
            sa.and_(
                sa.func.length(column) > PROJECT_ID_LENGTH,
                among(_project_part(column), sorted(wanted), conn.dialect),
            )
            for column in (link.collection_id, link.clip_id)
        ),
    )


def _project_part(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    return sa.func.substr(column, 1, PROJECT_ID_LENGTH)


def _verbatim(
    conn: sa.Connection, name: str, kind: sa.types.TypeEngine[Any]
) -> sa.ColumnElement[Any]:
    """The column as the database holds it, in a form that can be written back: numbers as numbers,
    times as in snapshots, anything else (JSON, enums) as its text."""
    column: sa.ColumnClause[Any] = sa.column(name)
    if conn.dialect.name == "sqlite":
        return column
    if isinstance(kind, sa.DateTime):
        return sa.type_coerce(column, Timestamp())
    if isinstance(kind, sa.Integer | sa.Float | sa.Boolean):
        return column
    return sa.cast(column, sa.Text())


def _full_links(conn: sa.Connection, collection_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    link = clip_collection.c
    query = (
        sa.select(link.collection_id, link.clip_id, link.order_index)
        .where(among(link.collection_id, collection_ids, conn.dialect))
        .order_by(link.collection_id, link.order_index, link.clip_id)
    )
    found: dict[str, dict[str, Any]] = {}
    for collection_id, clip_id, order_index in fetch(conn, query):
        row = found.setdefault(collection_id, {"clip_ids": [], "order_index": []})
        row["clip_ids"].append(clip_id)
        row["order_index"].append(order_index)
    return found
