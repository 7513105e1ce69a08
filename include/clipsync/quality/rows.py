"""The second opinion's own reading of the database: plain rows of a chunk of projects.

One query per table and chunk. JSON columns come as their text, so that a text that does not parse
is seen and breaks nothing; so do all other values as the database gives them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from clipsync.autoclip.database import tables
from clipsync.ledger import tables as ledger
from clipsync.ledger.migrate import is_current
from clipsync.model.manifest import Kind
from clipsync.sql import among

KEPT_CODES = ("edited_stale", "edited_duplicate")
"""Findings about rows that stay although the files do not name them: a person edited them."""

_CLOCKS_DISAGREE = timedelta(minutes=10)


class ProjectRow(NamedTuple):
    id: str
    name: str
    status: str
    processing_config: str | None
    project_metadata: str | None


class ClipRow(NamedTuple):
    id: str
    project_id: str
    title: str
    start_time: Any
    end_time: Any
    duration: Any
    score: Any
    tags: str | None
    clip_metadata: str | None


class CollectionRow(NamedTuple):
    id: str
    project_id: str
    name: str
    clips_count: Any
    tags: str | None
    collection_metadata: str | None


class LinkRow(NamedTuple):
    """A link with the projects of its two rows; None where the row does not exist."""

    collection_id: str
    clip_id: str
    order_index: Any
    collection_project_id: str | None
    clip_project_id: str | None


class Stone(NamedTuple):
    """A deletion by a person that still holds; times in milliseconds, of clips only."""

    kind: Kind
    source_id: str
    start_ms: int | None
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """What the database holds of some projects.

    `stones`: by project. `kept`: row ids that stay because a person edited them. `texts`: the
    title or name somebody gave to a row, by row id, where a rule could object to it. `busy`:
    projects that AutoClip is processing again right now.
    """

    projects: Sequence[ProjectRow] = ()
    clips: Sequence[ClipRow] = ()
    collections: Sequence[CollectionRow] = ()
    links: Sequence[LinkRow] = ()
    stones: Mapping[str, Sequence[Stone]] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict)
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

    `freshness`: how long after its last update a running task of AutoClip counts as running.
    """

    def of(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return among(column, project_ids, conn.dialect)

    projects, clips, collections = tables.projects.c, tables.clips.c, tables.collections.c
    project_rows = [
        ProjectRow(_text(row[0]), _text(row[1]), _text(row[2]), _json(row[3]), _json(row[4]))
        for row in _fetch(
            conn,
            sa.select(
                projects.id,
                projects.name,
                projects.status,
                sa.cast(projects.processing_config, sa.Text()),
                sa.cast(projects.project_metadata, sa.Text()),
            ).where(of(projects.id)),
        )
    ]
    clip_rows = [
        ClipRow(
            id=_text(row[0]),
            project_id=_text(row[1]),
            title=_text(row[2]),
            start_time=row[3],
            end_time=row[4],
            duration=row[5],
            score=row[6],
            tags=_json(row[7]),
            clip_metadata=_json(row[8]),
        )
        for row in _fetch(
            conn,
            sa.select(
                clips.id,
                clips.project_id,
                clips.title,
                clips.start_time,
                clips.end_time,
                clips.duration,
                clips.score,
                sa.cast(clips.tags, sa.Text()),
                sa.cast(clips.clip_metadata, sa.Text()),
            ).where(of(clips.project_id)),
        )
    ]
    collection_rows = [
        CollectionRow(
            _text(row[0]), _text(row[1]), _text(row[2]), row[3], _json(row[4]), _json(row[5])
        )
        for row in _fetch(
            conn,
            sa.select(
                collections.id,
                collections.project_id,
                collections.name,
                collections.clips_count,
                sa.cast(collections.tags, sa.Text()),
                sa.cast(collections.collection_metadata, sa.Text()),
            ).where(of(collections.project_id)),
        )
    ]
    owner = sa.func.coalesce(collections.project_id, clips.project_id)
    with_ledger = is_current(conn)
    return Chunk(
        projects=sorted(project_rows),
        clips=sorted(clip_rows, key=_place),
        collections=sorted(collection_rows, key=_place),
        links=_links(conn, of(owner)),
        stones=_stones(conn, of(ledger.tombstones.c.project_id)) if with_ledger else {},
        kept=_kept(conn, of(ledger.findings.c.project_id)) if with_ledger else frozenset(),
        texts=_given_texts(conn, clip_rows, collection_rows) if with_ledger else {},
        busy=_busy(conn, of(tables.tasks.c.project_id), now, freshness),
    )


def read_ownerless_links(conn: sa.Connection) -> list[LinkRow]:
    """Links of which neither row exists: no project's, so in no chunk."""
    missing = tables.clips.c.id.is_(None) & tables.collections.c.id.is_(None)
    return _links(conn, missing)


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


def _stones(
    conn: sa.Connection, condition: sa.ColumnElement[bool]
) -> Mapping[str, Sequence[Stone]]:
    table = ledger.tombstones.c
    found: dict[str, list[Stone]] = defaultdict(list)
    query = sa.select(
        table.project_id, table.kind, table.source_id, table.start_ms, table.end_ms
    ).where(condition, table.lifted_at.is_(None))
    for project_id, kind, source_id, start_ms, end_ms in conn.execute(query):
        found[project_id].append(Stone(Kind(kind), source_id, start_ms, end_ms))
    return found


def _kept(conn: sa.Connection, condition: sa.ColumnElement[bool]) -> frozenset[str]:
    table = ledger.findings.c
    query = sa.select(table.subject).where(
        condition, table.code.in_(KEPT_CODES), table.resolved_at.is_(None)
    )
    return frozenset(conn.scalars(query))


def _given_texts(
    conn: sa.Connection, clips: Sequence[ClipRow], collections: Sequence[CollectionRow]
) -> Mapping[str, str]:
    """What people gave as titles and names, of the rows a rule could object to (few, if any)."""
    odd = [row.id for row in clips if _is_odd(row.title)]
    odd += [row.id for row in collections if _is_odd(row.name)]
    if not odd:
        return {}
    table = ledger.rows.c
    query = sa.select(table.kind, table.row_id, table.file_values, table.kept_values).where(
        among(table.row_id, odd, conn.dialect)
    )
    given: dict[str, str] = {}
    for kind, row_id, file_values, kept_values in conn.execute(query):
        name = "title" if kind == Kind.CLIP.value else "name"
        kept = (kept_values or {}).get(name)
        if kept != (file_values or {}).get(name):
            given[row_id] = _text(kept)
    return given


def _is_odd(text: str) -> bool:
    return not text.strip() or len(text) > 255


def _busy(
    conn: sa.Connection, condition: sa.ColumnElement[bool], now: datetime, freshness: timedelta
) -> frozenset[str]:
    """Projects whose newest run is under way: none of its rows has ended, and one that runs was
    updated lately. A run makes several rows of one `celery_task_id`, one of which never ends."""
    inspector = sa.inspect(conn)
    if not inspector.has_table(tables.tasks.name):
        return frozenset()
    table = tables.tasks.c
    grouped = "celery_task_id" in {one["name"] for one in inspector.get_columns("tasks")}
    query = sa.select(
        table.project_id,
        table.celery_task_id if grouped else sa.null(),
        table.created_at,
        table.updated_at,
        table.status,
        table.task_type,
    ).where(condition)
    runs: dict[str, dict[str, list[tuple[str, str, str]]]] = {}
    for number, row in enumerate(_fetch(conn, query)):
        project_id, run, created_at, updated_at, status, task_type = map(_text, row)
        if task_type.upper() in ("", "VIDEO_PROCESSING"):
            rows = runs.setdefault(project_id, {}).setdefault(run or f"row {number}", [])
            rows.append((created_at, updated_at, status.upper()))
    return frozenset(
        project_id
        for project_id, of_project in runs.items()
        if _runs_now(max(of_project.values(), key=max), now, freshness)
    )


def _runs_now(run: Sequence[tuple[str, str, str]], now: datetime, freshness: timedelta) -> bool:
    if any(status in ("COMPLETED", "FAILED", "CANCELLED") for _, _, status in run):
        return False
    return any(
        status == "RUNNING" and _is_fresh(updated_at, now, freshness)
        for _, updated_at, status in run
    )


def _is_fresh(updated_at: str, now: datetime, freshness: timedelta) -> bool:
    try:
        updated = datetime.fromisoformat(updated_at)
    except ValueError:
        return False
    if updated.tzinfo is None:
        updated = updated.replace(tzinfo=UTC)
    return -_CLOCKS_DISAGREE <= now - updated <= freshness


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


_json = _maybe
