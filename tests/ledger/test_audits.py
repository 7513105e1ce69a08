"""The log of states, open findings beside projects, every audit's sum, and what is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database import read_transaction, write_transaction
from clipsync.ledger import tables
from clipsync.ledger.records import AuditPoint, ProjectState, StateChange
from clipsync.ledger.store import (
    audit_points,
    close_audit,
    forget_digests,
    last_audit,
    open_findings,
    read_audit,
    read_settled,
    read_states,
    record_audit,
    record_findings,
    record_states,
    recount_audit,
    state_changes,
)
from clipsync.model.finding import Finding, Severity
from tests.support.autoclip_files import project_id
from tests.support.autoclip_rows import PROJECT

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
STATE = ProjectState(
    PROJECT,
    "轮回 🎬",
    "consistent",
    clips=7,
    collections=1,
    disk_state="completed",
    consistent=True,
    fingerprint="b" * 64,
    activity="c" * 32,
    disk_clips=7,
    disk_collections=1,
    database_clips=8,
    database_collections=1,
)
POINT = AuditPoint("run-1", NOW, 10, 9, 1, 70, 12, 90.0, 0, 0, 0, "all", False)


def audit(engine: sa.Engine, number: int, *states: ProjectState) -> None:
    with write_transaction(engine) as conn:
        record_audit(conn, states, f"run-{number}", NOW + number * HOUR)


def sync(engine: sa.Engine, number: int, *states: ProjectState) -> None:
    with write_transaction(engine) as conn:
        record_states(conn, states, f"run-{number}", NOW + number * HOUR)


def close(engine: sa.Engine, number: int, **values: Any) -> None:
    """As an audit that began half an hour before."""
    now = NOW + number * HOUR
    point = replace(POINT, run_id=f"run-{number}", audited_at=now, **values)
    with write_transaction(engine) as conn:
        close_audit(conn, point, now - HOUR / 2)


def logged(engine: sa.Engine, project: str = PROJECT) -> list[tuple[str, str, int | None]]:
    with read_transaction(engine) as conn:
        changes = state_changes(conn, project)
    return [(change.run_id, change.status, change.database_clips) for change in changes]


def report(
    engine: sa.Engine,
    number: int,
    *severities: Severity,
    project: str = PROJECT,
    source: str = "plan",
) -> None:
    findings = [
        Finding("trouble", severity, project, recorded="坏了", subject=f"{source}{n}")
        for n, severity in enumerate(severities)
    ]
    with write_transaction(engine) as conn:
        now = NOW + number * HOUR
        record_findings(conn, f"run-{number}", now, {project: findings}, source=source)


def beside(engine: sa.Engine, project: str = PROJECT) -> tuple[int, int, int]:
    """Open errors, warnings and infos as the table of projects has them."""
    table = tables.projects.c
    query = sa.select(table.errors, table.warnings, table.infos)
    with read_transaction(engine) as conn:
        errors, warnings, infos = conn.execute(query.where(table.project_id == project)).one()
    return errors, warnings, infos


def test_before_there_is_a_ledger_there_is_no_history(autoclip_engine: sa.Engine) -> None:
    with read_transaction(autoclip_engine) as conn:
        assert audit_points(conn, 90) == []
        assert last_audit(conn) is None
        assert state_changes(conn, PROJECT) == []


def test_a_state_is_logged_when_it_differs_from_the_one_before(ledger: sa.Engine) -> None:
    audit(ledger, 1, STATE)
    audit(ledger, 2, STATE)
    audit(ledger, 3, replace(STATE, database_clips=9))
    audit(ledger, 4, replace(STATE, database_clips=9, name="改名", fingerprint="d" * 64))
    audit(ledger, 5, replace(STATE, status="out_of_sync", clips=6))
    with read_transaction(ledger) as conn:
        assert state_changes(conn, PROJECT) == [
            StateChange(PROJECT, "run-5", NOW + 5 * HOUR, "out_of_sync", 6, 1, 7, 1, 8, 1),
            StateChange(PROJECT, "run-3", NOW + 3 * HOUR, "consistent", 7, 1, 7, 1, 9, 1),
            StateChange(PROJECT, "run-1", NOW + HOUR, "consistent", 7, 1, 7, 1, 8, 1),
        ]


def test_a_quiet_project_costs_no_row_but_is_audited(ledger: sa.Engine) -> None:
    many = [replace(STATE, project_id=project_id(n)) for n in range(1, 1500)]
    audit(ledger, 1, *many)
    audit(ledger, 2, *many)
    with read_transaction(ledger) as conn:
        query = sa.select(sa.func.count()).select_from(tables.project_states)
        assert conn.scalar(query) == 1499
        assert len(list(read_audit(conn, "run-2"))) == 1499
        assert list(read_audit(conn, "run-1")) == []


def test_a_sync_logs_how_it_left_a_project(ledger: sa.Engine) -> None:
    audit(ledger, 1, replace(STATE, status="out_of_sync", clips=0, database_clips=0))
    left = replace(STATE, fingerprint=None, activity=None)
    sync(ledger, 2, left)
    sync(ledger, 3, left)
    assert logged(ledger) == [("run-2", "consistent", 8), ("run-1", "out_of_sync", 0)]
    with read_transaction(ledger) as conn:
        # What a quick audit would go by is of before the sync.
        assert read_states(conn, [PROJECT]) == {PROJECT: left}
        assert list(read_audit(conn, "run-1")) == [left]


def test_a_sync_that_keeps_no_digest_has_the_next_run_plan_the_project(ledger: sa.Engine) -> None:
    """Its plan had something to tell, or was made by other rules than the next one's."""
    audit(ledger, 1, STATE)
    left = replace(STATE, fingerprint=None, activity=None)
    sync(ledger, 2, left)
    with read_transaction(ledger) as conn:
        assert read_states(conn, [PROJECT]) == {PROJECT: left}
        assert read_settled(conn, [PROJECT], synced=False) == {}


def test_only_what_is_in_order_with_nothing_open_is_settled(ledger: sa.Engine) -> None:
    def settled(*, synced: bool = False) -> set[str]:
        with read_transaction(ledger) as conn:
            return set(read_settled(conn, [PROJECT, "unknown"], synced=synced))

    audit(ledger, 1, STATE)
    assert settled() == {PROJECT}
    assert settled(synced=True) == set()  # an audit alone has looked at it
    report(ledger, 1, Severity.INFO)
    assert settled() == set()
    report(ledger, 2)
    assert settled() == {PROJECT}
    for other in ({"status": "out_of_sync"}, {"activity": None}, {"fingerprint": None}):
        audit(ledger, 3, replace(STATE, **other))
        assert settled() == set()
    audit(ledger, 4, STATE)
    with write_transaction(ledger) as conn:
        forget_digests(conn, [PROJECT])
    assert settled() == set()


def test_open_findings_are_counted_beside_their_project(ledger: sa.Engine) -> None:
    audit(ledger, 1, STATE)
    report(ledger, 1, Severity.ERROR, Severity.WARNING, Severity.INFO)
    report(ledger, 1, Severity.ERROR, source="quality")
    assert beside(ledger) == (2, 1, 1)
    report(ledger, 2, Severity.WARNING, Severity.WARNING)  # better, the same, resolved
    assert beside(ledger) == (1, 2, 0)
    report(ledger, 3, source="quality")
    report(ledger, 3)
    assert beside(ledger) == (0, 0, 0)


def test_findings_that_come_before_their_project_are_counted(ledger: sa.Engine) -> None:
    report(ledger, 1, Severity.ERROR)
    audit(ledger, 1, STATE)
    assert beside(ledger) == (1, 0, 0)


def test_an_audit_is_a_point_with_the_findings_open_after_it(ledger: sa.Engine) -> None:
    audit(ledger, 1, STATE)
    report(ledger, 1, Severity.ERROR, Severity.INFO)
    report(ledger, 1, Severity.WARNING, project="")
    close(ledger, 1)
    report(ledger, 1, Severity.ERROR, source="quality")
    with write_transaction(ledger) as conn:
        recount_audit(conn, "run-1")
        recount_audit(conn, "no such audit")
    close(ledger, 2, scope="some", full=True)  # which looked at no project at all
    first = replace(POINT, audited_at=NOW + HOUR, errors=2, warnings=1, infos=1)
    second = replace(POINT, run_id="run-2", audited_at=NOW + 2 * HOUR, scope="some", full=True)
    with read_transaction(ledger) as conn:
        assert audit_points(conn, 90) == [first, second]
        assert audit_points(conn, 1) == [second]
        assert last_audit(conn) == second
        assert last_audit(conn, "all") == first


def test_an_audit_that_is_repeated_is_one_point(ledger: sa.Engine) -> None:
    close(ledger, 1)
    close(ledger, 1, clips=71)
    with read_transaction(ledger) as conn:
        assert [point.clips for point in audit_points(conn, 90)] == [71]


def test_what_an_audit_of_all_does_not_come_across_is_gone(ledger: sa.Engine) -> None:
    others = {n: replace(STATE, project_id=project_id(n)) for n in range(1, 5)}
    audit(ledger, 1, STATE, *others.values())
    report(ledger, 1, Severity.ERROR, project=project_id(1))
    audit(ledger, 2, STATE)
    with write_transaction(ledger) as conn:
        # meanwhile another run looked at one, and synced another
        record_audit(conn, [others[2]], "run-x", NOW + 2 * HOUR)
        conn.execute(
            sa.update(tables.projects)
            .where(tables.projects.c.project_id == project_id(3))
            .values(last_synced_at=NOW + 2 * HOUR)
        )
    close(ledger, 2)
    assert {n: logged(ledger, project_id(n))[0][:2] for n in others} == {
        1: ("run-2", "gone"),
        2: ("run-1", "consistent"),
        3: ("run-1", "consistent"),
        4: ("run-2", "gone"),
    }
    with read_transaction(ledger) as conn:
        assert list(open_findings(conn)) == []
        assert [state.project_id for state in read_audit(conn, "run-1")] == [project_id(3)]
    assert beside(ledger, project_id(1)) == (0, 0, 0)
    # a second time it is no news; and it may come back
    close(ledger, 3, scope="some")
    audit(ledger, 4, STATE, others[1])
    assert [line[:2] for line in logged(ledger, project_id(1))] == [
        ("run-4", "consistent"),
        ("run-2", "gone"),
        ("run-1", "consistent"),
    ]


def test_an_audit_of_some_makes_nothing_gone(ledger: sa.Engine) -> None:
    audit(ledger, 1, STATE)
    close(ledger, 2, scope="some")
    assert logged(ledger) == [("run-1", "consistent", 8)]


@pytest.mark.parametrize("status", ["consistent", "processing", "failed"])
def test_a_name_that_databases_can_not_store_is_no_change(ledger: sa.Engine, status: str) -> None:
    odd = replace(STATE, name="零\0字 \ud83d", status=status)
    audit(ledger, 1, odd)
    audit(ledger, 2, odd)
    assert len(logged(ledger)) == 1
