"""The second opinion's own reading of the database: plain rows of some projects.

One query per table. JSON columns come as their text, so that a text that does not parse is seen
and breaks nothing; so do all other values as the database gives them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from clipsync.autoclip.database import tables
from clipsync.autoclip.database.columns import absent_columns
from clipsync.quality.values import ids_in, parsed
from clipsync.sql import among

_CLOCKS_DISAGREE = timedelta(minutes=10)
_OVER = ("COMPLETED", "FAILED", "CANCELLED")


class ProjectRow(NamedTuple):
    id: str
    name: str
    status: str
    project_type: str
    processing_config: str | None
    project_metadata: str | None
    completed_at: str | None
    created_at: str
    updated_at: str


class ClipRow(NamedTuple):
    id: str
    project_id: str
    title: str
    description: str | None
    status: str
    start_time: Any
    end_time: Any
    duration: Any
    score: Any
    video_path: str | None
    tags: str | None
    clip_metadata: str | None
    created_at: str
    updated_at: str


class CollectionRow(NamedTuple):
    id: str
    project_id: str
    name: str
    description: str | None
    status: str
    clips_count: Any
    video_path: str | None
    thumbnail_path: str | None
    export_path: str | None
    tags: str | None
    collection_metadata: str | None
    created_at: str
    updated_at: str


class LinkRow(NamedTuple):
    """A link with the projects of its two rows; None where the row does not exist."""

    collection_id: str
    clip_id: str
    order_index: Any
    collection_project_id: str | None
    clip_project_id: str | None


class TaskRun(NamedTuple):
    """AutoClip's newest run of a project. `over`: how it ended; "" while it has not."""

    started_at: str
    updated_at: str
    over: str
    step: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """What the database holds of some projects.

    `listed`: clips that a collection lists and that exist, of whatever project. `runs`: AutoClip's
    newest run by project. `busy`: projects of which it is under way.
    """

    projects: Sequence[ProjectRow] = ()
    clips: Sequence[ClipRow] = ()
    collections: Sequence[CollectionRow] = ()
    links: Sequence[LinkRow] = ()
    listed: frozenset[str] = frozenset()
    runs: Mapping[str, TaskRun] = field(default_factory=dict)
    busy: frozenset[str] = frozenset()


def known_project_ids(conn: sa.Connection) -> set[str]:
    """Every project id that any row of the database names."""
    return {
        _text(row[0])
        for column in (
            tables.projects.c.id,
            tables.clips.c.project_id,
            tables.collections.c.project_id,
        )
        for row in _fetch(conn, sa.select(column).distinct())
    }


def read_chunk(
    conn: sa.Connection, project_ids: Sequence[str], now: datetime, freshness: timedelta
) -> Chunk:
    """The rows of these projects, ordered by project and id.

    `freshness`: how long after its last update a run of AutoClip counts as under way.
    """

    def of(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return among(column, project_ids, conn.dialect)

    projects, clips, collections = tables.projects.c, tables.clips.c, tables.collections.c
    owner = sa.func.coalesce(collections.project_id, clips.project_id)
    runs = _runs(conn, of(sa.column("project_id")))
    clip_rows = _rows(conn, tables.clips, ClipRow, of(clips.project_id))
    collection_rows = _rows(conn, tables.collections, CollectionRow, of(collections.project_id))
    return Chunk(
        projects=sorted(
            _rows(conn, tables.projects, ProjectRow, of(projects.id)), key=lambda row: row.id
        ),
        clips=sorted(clip_rows, key=_place),
        collections=sorted(collection_rows, key=_place),
        links=_links(conn, of(owner)),
        listed=_listed_and_there(conn, clip_rows, collection_rows),
        runs=runs,
        busy=frozenset(id_ for id_, run in runs.items() if _is_under_way(run, now, freshness)),
    )


def read_ownerless_links(conn: sa.Connection) -> list[LinkRow]:
    """Links of which neither row exists: no project's, so in no chunk."""
    missing = tables.clips.c.id.is_(None) & tables.collections.c.id.is_(None)
    return _links(conn, missing)


_AS_STORED = {"start_time", "end_time", "duration", "score", "clips_count"}
_JSON = {"processing_config", "project_metadata", "tags", "clip_metadata", "collection_metadata"}
_MAY_BE_NULL = {
    *_JSON,
    "description",
    "completed_at",
    "video_path",
    "thumbnail_path",
    "export_path",
}


def _rows(conn: sa.Connection, table: sa.Table, kind: Any, condition: Any) -> list[Any]:
    """Rows of one table as `kind`, whose fields are names of columns.

    A column that an older AutoClip does not have is read as empty.
    """
    absent = absent_columns(conn)[table.name]
    columns: list[Any] = [
        sa.null()
        if name in absent
        else sa.cast(table.c[name], sa.Text())
        if name in _JSON
        else table.c[name]
        for name in kind._fields
    ]
    readers: list[Callable[[Any], Any]] = [
        _same if name in _AS_STORED else _maybe if name in _MAY_BE_NULL else _text
        for name in kind._fields
    ]
    return [
        kind(*(read(value) for read, value in zip(readers, row, strict=True)))
        for row in _fetch(conn, sa.select(*columns).where(condition))
    ]


def _listed_and_there(
    conn: sa.Connection, clips: Sequence[ClipRow], collections: Sequence[CollectionRow]
) -> frozenset[str]:
    """Clips that a collection lists and that exist, of whatever project."""
    own = {row.id for row in clips}
    listed = {
        clip_id
        for row in collections
        for clip_id in ids_in(parsed(row.collection_metadata).get("clip_ids"))
    }
    if listed <= own:
        return frozenset(listed)
    clip_id = tables.clips.c.id
    others = sorted(listed - own)
    there = _fetch(conn, sa.select(clip_id).where(among(clip_id, others, conn.dialect)))
    return frozenset(listed & own) | {_text(row[0]) for row in there}


def _place(row: ClipRow | CollectionRow) -> tuple[str, str]:
    return row.project_id, row.id


def _links(conn: sa.Connection, condition: sa.ColumnElement[bool]) -> list[LinkRow]:
    link, clips, collections = tables.clip_collection.c, tables.clips, tables.collections
    query = (
        sa.select(
            link.collection_id,
            link.clip_id,
            link.order_index,
            collections.c.project_id,
            clips.c.project_id,
        )
        .select_from(
            tables.clip_collection.outerjoin(
                collections, collections.c.id == link.collection_id
            ).outerjoin(clips, clips.c.id == link.clip_id)
        )
        .where(condition)
    )
    return [
        LinkRow(_text(row[0]), _text(row[1]), row[2], _maybe(row[3]), _maybe(row[4]))
        for row in _fetch(conn, query)
    ]


_TASK_COLUMNS = (
    "project_id",
    "created_at",
    "updated_at",
    "status",
    "task_type",
    "celery_task_id",
    "current_step",
)


def _runs(conn: sa.Connection, condition: sa.ColumnElement[bool]) -> dict[str, TaskRun]:
    """The newest processing run of each project: its rows share a `celery_task_id`.

    One run makes two rows, and the outer one stays RUNNING (after a retry: PENDING) for ever; so
    a run is over as soon as either says so.
    """
    inspector = sa.inspect(conn)
    if not inspector.has_table(tables.tasks.name):
        return {}
    there = {column["name"] for column in inspector.get_columns(tables.tasks.name)}
    columns = [
        sa.cast(sa.column(name), sa.Text()) if name in there else sa.literal("")
        for name in _TASK_COLUMNS
    ]
    query = sa.select(*columns).select_from(sa.table(tables.tasks.name)).where(condition)
    found: dict[tuple[str, str], list[TaskRun]] = defaultdict(list)
    for number, row in enumerate(_fetch(conn, query)):
        project_id, created_at, updated_at, status, task_type, celery_id, step = map(_text, row)
        if task_type.upper() in ("", "VIDEO_PROCESSING"):
            over = status.upper() if status.upper() in _OVER else ""
            running = over or status.upper() in ("RUNNING", "PENDING")
            key = project_id, celery_id or str(number)
            if running:
                found[key].append(TaskRun(created_at, updated_at, over, step))
    newest: dict[str, TaskRun] = {}
    for (project_id, _), rows in found.items():
        run = _as_one(rows)
        newest[project_id] = max(run, newest.get(project_id, run))
    return newest


def _as_one(rows: Sequence[TaskRun]) -> TaskRun:
    ended = [row for row in rows if row.over]
    last = max(ended or rows, key=lambda row: row.updated_at)
    return TaskRun(
        min(row.started_at for row in rows),
        max(row.updated_at for row in rows),
        last.over,
        last.step,
    )


def _is_under_way(run: TaskRun, now: datetime, freshness: timedelta) -> bool:
    """Not over, and updated lately; a clock ahead by more than minutes proves nothing."""
    updated = moment_of(run.updated_at)
    if run.over or updated is None:
        return False
    return -_CLOCKS_DISAGREE <= now - updated <= freshness


def moment_of(text: str | None) -> datetime | None:
    """A stored time (naive: UTC), None where it is none."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _fetch(conn: sa.Connection, query: sa.Select[*tuple[Any, ...]]) -> Sequence[Any]:
    """All rows; on SQLite text that is no UTF-8 is read as well as it can be."""
    raw: Any = conn.connection.driver_connection
    if conn.dialect.name != "sqlite":
        return conn.execute(query).all()
    before: Callable[[bytes], Any] = raw.text_factory
    raw.text_factory = _decode
    try:
        return conn.execute(query).all()
    finally:
        raw.text_factory = before


def _decode(stored: bytes) -> str:
    return stored.decode(errors="replace")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return _decode(bytes(value)) if isinstance(value, bytes | memoryview) else str(value)


def _maybe(value: Any) -> str | None:
    return None if value is None else _text(value)


def _same(value: Any) -> Any:
    return value
