"""The table of all projects: searched, filtered, sorted and paged in the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database import read_transaction, write_transaction
from clipsync.ledger import tables
from clipsync.ledger.overview import SORTS, ProjectPage, ProjectQuery
from clipsync.ledger.records import ProjectLine, ProjectState
from clipsync.ledger.store import (
    count_projects,
    find_projects,
    iterate_projects,
    record_audit,
    record_findings,
)
from clipsync.model.finding import Finding, Severity
from tests.support.autoclip_files import project_id
from tests.support.statements import counted

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STATES = {
    1: ("consistent", "轮回、命运、开悟"),
    2: ("out_of_sync", "100% real_talk"),
    3: ("problem", "100x RealXtalk"),
    4: ("processing", "<script>alert(1)</script>"),
    5: ("consistent", "back\\slash ' OR 1=1 --"),
    6: ("missing", "目录没了"),
    7: ("failed", "没看到"),
}


@pytest.fixture
def projects(ledger: sa.Engine) -> Iterator[sa.Engine]:
    """Seven projects, one of each status; the fifth is consistent, but has an open error."""
    states = [
        ProjectState(project_id(n), name, status, 10 * n, n, {}, "completed", True, None, None,
                     None, 10 * n, n, 10 * n + 1, n)
        for n, (status, name) in STATES.items()
    ]  # fmt: skip
    with write_transaction(ledger) as conn:
        record_audit(conn, states, "run-1", NOW)
        findings = {
            project_id(5): [
                Finding("count_differs", Severity.ERROR, project_id(5), recorded="行数不同")
            ],
            project_id(6): [
                Finding(
                    "directory_missing",
                    Severity.WARNING,
                    project_id(6),
                    subject=word,
                    recorded="没了",
                )
                for word in "ab"
            ],
        }
        record_findings(conn, "run-1", NOW, findings)
    yield ledger


def found(engine: sa.Engine, **query: object) -> list[int]:
    """The numbers of the projects found, on all pages."""
    with read_transaction(engine) as conn:
        lines = iterate_projects(conn, ProjectQuery(**query))  # type: ignore[arg-type]
        return [_number(line) for line in lines]


def _number(line: ProjectLine) -> int:
    return next(n for n in range(1, 300) if project_id(n) == line.project_id)


def page(engine: sa.Engine, **query: object) -> ProjectPage:
    with read_transaction(engine) as conn:
        return find_projects(conn, ProjectQuery(**query))  # type: ignore[arg-type]


def test_before_there_is_a_ledger_the_table_is_empty(autoclip_engine: sa.Engine) -> None:
    assert page(autoclip_engine) == ProjectPage([], 0, 1, 1)
    assert found(autoclip_engine) == []
    with read_transaction(autoclip_engine) as conn:
        assert count_projects(conn) == []


def test_a_line_tells_both_sides_and_what_is_open(projects: sa.Engine) -> None:
    (line,) = page(projects, search=project_id(6)[:20]).items
    assert line == ProjectLine(
        project_id(6), "目录没了", "missing", 60, 6, 61, 6, None, NOW, 0, 2, 0
    )


def test_what_asks_for_attention_comes_first(projects: sa.Engine) -> None:
    # of two consistent ones, the one with an open error
    assert found(projects) == [7, 3, 2, 6, 4, 5, 1]
    assert found(projects, descending=False) == [1, 5, 4, 6, 2, 3, 7]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("命运", [1]),
        ("  命运 ", [1]),
        ("REAL", [3, 2]),
        ("100%", [2]),  # no wildcard
        ("l_t", [2]),
        ("back\\s", [5]),
        ("' OR 1=1 --", [5]),
        ("<script>", [4]),
        (project_id(3), [3]),
        (project_id(3).upper(), [3]),
        (project_id(3)[5:], []),  # of an id only the beginning
        ("没有这个", []),
        ("\0", []),
        ("%", [2]),
    ],
)
def test_search_takes_words_as_they_are(
    projects: sa.Engine, words: str, expected: list[int]
) -> None:
    assert found(projects, search=words) == expected


def test_problems_are_bad_states_and_open_errors(projects: sa.Engine) -> None:
    assert found(projects, problem_only=True) == [7, 3, 2, 5]
    assert found(projects, problem_only=True, search="real") == [3, 2]
    assert found(projects, status="consistent") == [5, 1]
    assert found(projects, status="unheard of") == []


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [True, False])
def test_pages_of_any_order_hold_every_project_once(
    projects: sa.Engine, sort: str, descending: bool
) -> None:
    pages = [
        page(projects, sort=sort, descending=descending, page=n, per_page=2) for n in range(1, 6)
    ]
    assert [len(one.items) for one in pages] == [2, 2, 2, 1, 0]
    assert {(one.total, one.pages) for one in pages} == {(7, 4)}
    numbers = [_number(line) for one in pages for line in one.items]
    assert sorted(numbers) == sorted(STATES)
    assert numbers == found(projects, sort=sort, descending=descending)


def test_never_looked_at_is_less_than_anything(projects: sa.Engine) -> None:
    with projects.begin() as conn:
        conn.execute(
            sa.update(tables.projects)
            .where(tables.projects.c.project_id.in_([project_id(2), project_id(4)]))
            .values(last_synced_at=NOW - timedelta(days=1))
        )
    assert found(projects, sort="last_synced_at")[:2] == [4, 2]
    assert found(projects, sort="last_synced_at", descending=False)[-2:] == [2, 4]


@pytest.mark.parametrize(
    "query",
    [{"sort": "name; DROP TABLE clips"}, {"page": 0}, {"per_page": 0}, {"per_page": 501}],
)
def test_a_query_that_makes_no_sense_is_refused(query: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"sort|page"):
        ProjectQuery(**query)  # type: ignore[arg-type]


def test_a_page_costs_two_statements(projects: sa.Engine) -> None:
    with counted(projects) as statements:
        page(projects, search="real", problem_only=True)
    assert len(statements) == 2


def test_projects_are_counted_by_status(projects: sa.Engine) -> None:
    with read_transaction(projects) as conn:
        assert sorted(count_projects(conn)) == [
            ("consistent", 2, 60, 6),
            ("failed", 1, 70, 7),
            ("missing", 1, 60, 6),
            ("out_of_sync", 1, 20, 2),
            ("problem", 1, 30, 3),
            ("processing", 1, 40, 4),
        ]
