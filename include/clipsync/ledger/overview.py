"""The table of all projects: searched, filtered, sorted and paged in the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from clipsync.ledger import tables
from clipsync.ledger.audits import GONE, PROBLEM_FROM
from clipsync.ledger.bulk import stream
from clipsync.ledger.migrate import is_current
from clipsync.ledger.records import ProjectLine
from clipsync.sql import among, clean_text

SORTS = (
    "status",
    "name",
    "project_id",
    "disk_clips",
    "disk_collections",
    "database_clips",
    "database_collections",
    "last_synced_at",
    "last_audited_at",
    "errors",
    "warnings",
    "infos",
)
"""What projects can be sorted by. `status`: by how much it asks for attention."""
MOST_PER_PAGE = 500


@dataclass(frozen=True, slots=True)
class ProjectQuery:
    """Which projects, in what order, and which page of them.

    `search`: the beginning of an id, or a part of the name in any case. `status`: only those of
    this status (`AuditStatus`' words, or `gone`: projects that neither side knows any more, which
    are left out otherwise). `problem_only`: those with a problem or with an open error. `sort`:
    one of `SORTS`; an unknown one raises ValueError. `page` counts from 1.
    """

    search: str = ""
    status: str | None = None
    problem_only: bool = False
    sort: str = "status"
    descending: bool = True
    page: int = 1
    per_page: int = 50

    def __post_init__(self) -> None:
        if self.sort not in SORTS:
            raise ValueError(f"can't sort by {self.sort!r}: use one of {', '.join(SORTS)}")
        if self.page < 1:
            raise ValueError(f"there is no page {self.page}: pages count from 1")
        if not 1 <= self.per_page <= MOST_PER_PAGE:
            raise ValueError(f"a page holds 1 to {MOST_PER_PAGE} projects, not {self.per_page}")


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """One page of `pages`, and how many projects match in all. A page beyond the last is empty."""

    items: list[ProjectLine]
    total: int
    page: int
    pages: int


def find_projects(conn: sa.Connection, query: ProjectQuery) -> ProjectPage:
    """One page of the projects that match."""
    if not is_current(conn):
        return ProjectPage([], 0, query.page, 1)
    count = sa.select(sa.func.count()).select_from(tables.projects).where(*_conditions(query))
    total = conn.scalar(count) or 0
    start = (query.page - 1) * query.per_page
    items = []
    if start < total:
        found = conn.execute(_lines(query).limit(query.per_page).offset(start))
        items = [ProjectLine(*row) for row in found]
    return ProjectPage(items, total, query.page, max(1, -(-total // query.per_page)))


def iterate_projects(conn: sa.Connection, query: ProjectQuery) -> Iterator[ProjectLine]:
    """All that match, in order, whatever the page; streamed."""
    if not is_current(conn):
        return
    for row in stream(conn, _lines(query)):
        yield ProjectLine(*row)


def count_projects(conn: sa.Connection) -> list[tuple[str, int, int, int]]:
    """Of each status: it, the number of its projects, of their clips and of their collections."""
    if not is_current(conn):
        return []
    table = tables.projects.c
    query = (
        sa.select(
            table.status,
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(table.clips), 0),
            sa.func.coalesce(sa.func.sum(table.collections), 0),
        )
        .where(table.status.is_not(None), table.status != GONE)
        .group_by(table.status)
    )
    return [(row[0], row[1], int(row[2]), int(row[3])) for row in conn.execute(query)]


def project_names(conn: sa.Connection, project_ids: Sequence[str]) -> dict[str, str]:
    """The names of those of these projects that the ledger knows."""
    if not is_current(conn):
        return {}
    table = tables.projects.c
    query = sa.select(table.project_id, table.name)
    found = conn.execute(query.where(among(table.project_id, project_ids, conn.dialect)))
    return {row.project_id: row.name for row in found}


_ESCAPE = "\\"


def _lines(query: ProjectQuery) -> sa.Select[*tuple[Any, ...]]:
    table = tables.projects.c
    columns: list[sa.ColumnElement[Any]] = [
        sa.func.coalesce(table.status, "").label("status") if name == "status" else table[name]
        for name in ProjectLine.__dataclass_fields__
    ]
    by = [table.attention, table.errors] if query.sort == "status" else [table[query.sort]]
    # The id makes the order total, so that no project is on two pages or on none.
    order = [_order(column, descending=query.descending) for column in (*by, table.project_id)]
    return sa.select(*columns).where(*_conditions(query)).order_by(*order)


def _order(column: sa.Column[Any], *, descending: bool) -> sa.ColumnElement[Any]:
    """Never looked at is less than anything, on every database."""
    ordered = column.desc() if descending else column.asc()
    if not column.nullable:
        return ordered  # and an index can be used
    return ordered.nulls_last() if descending else ordered.nulls_first()


def _conditions(query: ProjectQuery) -> list[sa.ColumnElement[bool]]:
    table = tables.projects.c
    conditions: list[sa.ColumnElement[bool]] = []
    if query.status is not None:
        conditions.append(table.status == query.status)
    else:
        conditions.append(table.attention >= 0)  # all but the gone ones
    if query.problem_only:
        conditions.append(sa.or_(table.attention >= PROBLEM_FROM, table.errors > 0))
    words = clean_text(query.search).strip()
    if words:
        conditions.append(
            sa.or_(
                table.project_id.like(_escaped(words.lower()) + "%", escape=_ESCAPE),
                table.name.ilike(f"%{_escaped(words)}%", escape=_ESCAPE),
            )
        )
    return conditions


def _escaped(words: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        words = words.replace(special, _ESCAPE + special)
    return words
