"""History as people read it: what was found and done, over a real disk and database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from clipsync.errors import InvalidProjectIdError
from clipsync.ledger import tables
from clipsync.operations.auditing import audit_projects, load_report
from clipsync.operations.history import (
    Overview,
    ProjectHistory,
    ProjectPage,
    ProjectQuery,
    audit_points,
    find_projects,
    iterate_projects,
    measure,
    overview,
    project_history,
)
from clipsync.operations.results import AuditReport, AuditTotals
from clipsync.operations.runs import RunContext
from tests.support.autoclip_files import clip, collection, project_id
from tests.support.site import PROJECT, Site

SECOND = project_id(2)


def audit(site: Site, projects: list[str] | None = None, *, full: bool = False) -> str:
    """Audits under a run of its own; gives the run's id."""
    run = RunContext.for_command("audit")
    audit_projects(site.workspace, projects, run=run, full=full)
    return run.run_id


def line(site: Site, project: str = PROJECT) -> tuple[object, ...]:
    (found,) = find_projects(site.workspace, ProjectQuery(search=project)).items
    counts = (found.disk_clips, found.disk_collections)
    rows = (found.database_clips, found.database_collections)
    return (found.status, *counts, *rows, found.errors, found.warnings)


def test_before_there_is_a_ledger_all_is_empty(site: Site) -> None:
    assert overview(site.workspace) == Overview(AuditTotals(), 0, 0, 0, None, None, None)
    assert audit_points(site.workspace) == []
    assert find_projects(site.workspace, ProjectQuery()) == ProjectPage([], 0, 1, 1)
    assert list(iterate_projects(site.workspace, ProjectQuery())) == []
    assert project_history(site.workspace, PROJECT) == ProjectHistory(
        PROJECT, [], [], [], [], [], []
    )
    assert "clipsync_runs" not in sa.inspect(site.workspace.engine).get_table_names()


def test_an_audit_shows_both_sides_before_and_after_a_sync(site: Site) -> None:
    site.write([clip(1), clip(2)], [], project=SECOND)
    before = audit(site)
    assert line(site) == ("out_of_sync", 3, 2, 0, 0, 1, 0)
    site.sync()
    assert line(site) == ("consistent", 3, 2, 3, 2, 0, 0)
    assert line(site, SECOND) == ("out_of_sync", 2, 0, 0, 0, 1, 0)
    site.sync(SECOND)
    after = audit(site)
    assert [
        (p.run_id, p.projects, p.with_problems, p.clips, p.consistency, p.scope, p.full)
        for p in audit_points(site.workspace)
    ] == [(before, 2, 2, 0, 0.0, "all", False), (after, 2, 0, 5, 100.0, "all", False)]
    shown = overview(site.workspace)
    assert shown.totals == AuditTotals(2, 2, 0, 5, 2) == load_report(site.workspace, after).totals
    assert (shown.errors, shown.last_audit_run, shown.stale_hours) == (0, after, None)


def test_a_project_that_a_person_deleted_is_listed_and_in_no_total(site: Site) -> None:
    site.write([clip(1)], [], project=SECOND)
    site.sync(None)
    site.execute("DELETE FROM clips WHERE project_id = :p", p=SECOND)
    site.execute("DELETE FROM projects WHERE id = :p", p=SECOND)
    run_id = audit(site)
    assert line(site, SECOND)[0] == "deleted"
    totals = overview(site.workspace).totals
    assert totals == AuditTotals(1, 1, 0, 3, 2) == load_report(site.workspace, run_id).totals
    assert [(p.projects, p.consistency) for p in audit_points(site.workspace)] == [(1, 100.0)]


def test_a_sync_leaves_rows_made_by_hand_counted(site: Site) -> None:
    site.sync()
    site.execute(
        "INSERT INTO clips (id, project_id, title, status, start_time, end_time, duration, "
        "created_at, updated_at) VALUES ('by-hand', :p, '手工', 'COMPLETED', 0, 1, 1, "
        "'2026-01-01 00:00:00', '2026-01-01 00:00:00')",
        p=PROJECT,
    )
    audit(site)
    assert line(site) == ("consistent", 3, 2, 4, 2, 0, 0)


def test_the_next_quick_audit_looks_again_where_a_sync_changed_something(site: Site) -> None:
    audit(site)
    site.sync()
    assert site.execute("UPDATE clips SET score = 0.1 WHERE project_id = :p", p=PROJECT) == 3
    audit(site)
    assert line(site)[0] == "out_of_sync"


def test_an_audit_is_stale_when_none_of_all_was_made_for_long(site: Site) -> None:
    site.sync()
    assert overview(site.workspace).stale_hours is None  # none was made
    run_id = audit(site)
    audited_at = audit_points(site.workspace)[0].audited_at
    some = audit(site, [PROJECT])
    limit = timedelta(hours=site.workspace.settings.audit_stale_hours)
    assert overview(site.workspace, audited_at + limit).stale_hours is None
    shown = overview(site.workspace, audited_at + 2 * limit)
    assert (shown.stale_hours, shown.last_audit_run) == (52.0, some)
    assert run_id != some


def test_how_things_stand_is_measured(site: Site) -> None:
    assert "seconds_since_audit" not in measure(site.workspace)
    site.write([clip(1), clip(2, generated_title=7, outline=7)], [])
    site.sync()
    audit(site)
    audited_at = audit_points(site.workspace)[0].audited_at
    measured = measure(site.workspace, audited_at + timedelta(minutes=2))
    warnings = measured.pop("findings.warning")
    assert warnings > 0
    assert measured == {
        "projects": 1,
        "projects_with_problems": 0,
        "clips": 1,
        "collections": 0,
        "consistency_percent": 100.0,
        "findings.error": 0,
        "findings.info": 0,
        "quarantined": 1,
        "seconds_since_audit": 120.0,
    }


def test_a_projects_history_tells_how_it_came_to_be_so(site: Site) -> None:
    site.write([clip(1), clip(2, generated_title=7, outline=7), clip(3)], [])
    audit(site)
    site.sync()
    site.execute("DELETE FROM clips WHERE title LIKE '第3段%'")
    site.sync()
    told = project_history(site.workspace, PROJECT)
    assert [state.status for state in told.states] == ["consistent", "consistent", "out_of_sync"]
    assert [stone.tombstone.source_id for stone in told.tombstones] == ["3"]
    assert [entry.record.source_id for entry in told.quarantine] == ["2"]
    assert [entry.change.table.value for entry in told.journal][-1] == "projects"
    assert told.journal == sorted(told.journal, key=lambda entry: -entry.id)
    assert {run.command for run in told.runs} == {"sync", "audit"}
    assert [run.started_at for run in told.runs] == sorted(
        (run.started_at for run in told.runs), reverse=True
    )
    codes = {record.finding.code for record in told.findings}
    assert "quarantined" in codes
    assert project_history(site.workspace, SECOND).states == []
    assert sorted(told.as_dict()) == [
        "findings", "journal", "project_id", "quarantine", "runs", "states", "tombstones",
    ]  # fmt: skip


def test_resolved_findings_come_after_open_ones(site: Site) -> None:
    site.write([clip(1), clip(2, generated_title=7, outline=7)], [])
    site.sync()
    site.write([clip(1), clip(2)], [collection(1, [1, 9])])
    site.sync()
    records = project_history(site.workspace, PROJECT).findings
    assert [record.resolved_at is not None for record in records] == sorted(
        record.resolved_at is not None for record in records
    )
    assert {r.finding.code for r in records if r.resolved_at is not None} >= {"quarantined"}


def test_a_history_is_only_of_a_project_id(site: Site) -> None:
    with pytest.raises(InvalidProjectIdError):
        project_history(site.workspace, "../etc")


def test_a_project_that_both_sides_lost_is_gone(site: Site) -> None:
    directory = site.write([clip(1)], [], project=SECOND)
    site.sync(None)
    audit(site)
    for file in sorted(directory.rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    directory.rmdir()
    site.execute("DELETE FROM clips WHERE project_id = :p", p=SECOND)
    site.execute("DELETE FROM projects WHERE id = :p", p=SECOND)
    with site.workspace.engine.begin() as conn:
        conn.execute(
            sa.update(tables.projects).values(last_synced_at=datetime.now(UTC) - timedelta(hours=1))
        )
    audit(site)
    assert [one.project_id for one in iterate_projects(site.workspace, ProjectQuery())] == [PROJECT]
    gone = find_projects(site.workspace, ProjectQuery(status="gone"))
    assert [one.project_id for one in gone.items] == [SECOND]
    assert overview(site.workspace).totals.projects == 1
    assert load_report(site.workspace, "unknown") == AuditReport()
