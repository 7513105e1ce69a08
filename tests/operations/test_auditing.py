"""Auditing: whether disk and database agree, project by project, and nothing changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from clipsync.errors import UnknownProjectError
from clipsync.ledger import migrate
from clipsync.model.finding import Severity
from clipsync.operations.auditing import audit_projects, load_report
from clipsync.operations.results import AuditReport, AuditStatus, AuditTotals
from clipsync.operations.runs import RunContext
from tests.support.autoclip_files import clip, collection, project_id, write_file, write_project
from tests.support.site import PROJECT, Site
from tests.support.statements import counted


def audit(site: Site, run_id: str | None = None, **options) -> AuditReport:
    run = None if run_id is None else RunContext(run_id, "audit")
    return audit_projects(site.workspace, None, run=run, **options)


def status(site: Site, **options) -> AuditStatus:
    (entry,) = audit(site, **options).entries
    return entry.status


def clips_file(site: Site, project: str = PROJECT) -> Path:
    return site.root / "projects" / project / "metadata/clips_metadata.json"


def test_without_a_run_nothing_at_all_is_written(site: Site) -> None:
    before = site.state()
    with counted(site.workspace.engine) as statements:
        report = audit(site)
    assert (report.consistent, statements.writes) == (False, [])
    assert site.state() == before


def test_with_a_run_only_the_ledger_is_written(site: Site) -> None:
    site.sync()
    before = site.everything()
    report = audit(site, "nightly")
    assert report.consistent
    assert site.everything() == before


def test_before_a_sync_out_of_sync_after_it_consistent(site: Site) -> None:
    (entry,) = audit(site).entries
    assert (entry.status, entry.clips, entry.collections) == (AuditStatus.OUT_OF_SYNC, 0, 0)
    assert entry.changes["insert"] == 6
    site.sync()
    report = audit(site)
    assert report.totals == AuditTotals(
        projects=1, completed=1, with_problems=0, clips=3, collections=2
    )
    assert report.totals.consistency_percent == 100.0


def test_an_audit_and_a_sync_say_the_same_of_every_kind_of_project(site: Site) -> None:
    site.sync()
    write_project(site.root, project_id(2), raw_video="input.mp4", marker=False)
    write_project(site.root, project_id(3), clips=[clip(1)], collections=[])
    write_file(clips_file(site, project_id(3)), b"")
    write_project(site.root, project_id(4), clips=[clip(1)], collections=[])
    site.sync(project_id(4))
    shutil.rmtree(site.root / "projects" / project_id(4))
    write_project(site.root, project_id(5), clips=[clip(1)], collections=[])

    report = audit(site)

    assert {entry.project_id: entry.status for entry in report.entries} == {
        PROJECT: AuditStatus.CONSISTENT,
        project_id(2): AuditStatus.PROCESSING,
        project_id(3): AuditStatus.PROBLEM,
        project_id(4): AuditStatus.MISSING,
        project_id(5): AuditStatus.OUT_OF_SYNC,
    }
    assert report.totals == AuditTotals(
        projects=5, completed=3, with_problems=2, clips=3, collections=2
    )
    assert report.totals.consistency_percent == 60.0


def test_a_project_that_a_person_deleted_is_no_problem_and_counts_for_nothing(site: Site) -> None:
    """Rule 7: told by a word of its own, and out of the percentage."""
    site.write([clip(1)], [], project=project_id(2))
    site.sync(None)
    delete_project(site, project_id(2))
    report = audit(site)
    assert [(entry.project_id, entry.status) for entry in report.entries] == [
        (PROJECT, AuditStatus.CONSISTENT),
        (project_id(2), AuditStatus.DELETED),
    ]
    assert [one.code for one in report.entries[1].findings] == ["project_deleted"]
    assert report.totals == AuditTotals(1, 1, 0, 3, 2)
    assert (report.consistent, report.totals.consistency_percent) == (True, 100.0)


def test_project_rows_that_went_at_once_are_a_problem(site: Site) -> None:
    """Rule 7: more than half of three or more is a loss, and a question."""
    for number in (2, 3):
        site.write([clip(1)], [], project=project_id(number))
    site.sync(None)
    for number in (2, 3):
        delete_project(site, project_id(number))
    report = audit(site)
    assert [entry.status for entry in report.entries] == [
        AuditStatus.CONSISTENT,
        AuditStatus.LOST,
        AuditStatus.LOST,
    ]
    assert report.totals == AuditTotals(3, 1, 2, 3, 2)
    assert (report.consistent, report.totals.consistency_percent) == (False, 33.3)


def delete_project(site: Site, project: str) -> None:
    """The project's rows go; its directory stays. It has no collections."""
    site.execute("DELETE FROM clips WHERE project_id = :p", p=project)
    site.execute("DELETE FROM projects WHERE id = :p", p=project)


def test_manual_rows_are_never_counted_against_consistency(site: Site) -> None:
    """Rule 6."""
    site.sync()
    site.execute(
        "INSERT INTO clips (id, project_id, title, status, start_time, end_time, duration, "
        "created_at, updated_at) VALUES ('mine', :project, '手动', 'PENDING', 1, 2, 1, "
        "'2026-01-01 00:00:00', '2026-01-01 00:00:00')",
        project=PROJECT,
    )
    assert audit(site).totals.clips == 3
    assert status(site) is AuditStatus.CONSISTENT


def test_what_a_guard_stops_is_out_of_sync(site: Site) -> None:
    """Rule 8."""
    site.sync()
    site.write([], [])
    (entry,) = audit(site).entries
    assert entry.status is AuditStatus.OUT_OF_SYNC
    assert [(one.code, one.severity) for one in entry.findings] == [
        ("stopped_by_guard", Severity.ERROR)
    ]


def test_the_directory_as_a_whole_can_be_a_problem(site: Site) -> None:
    from clipsync.operations.workspace import open_workspace

    site.sync()
    write_file(site.root / "projects.json", b"[{")
    with open_workspace(site.workspace.settings) as workspace:
        report = audit_projects(workspace, None)
    assert [(one.code, one.subject) for one in report.findings] == [
        ("data_directory_problem", "projects.json")
    ]
    assert (report.totals.with_problems, report.consistent) == (0, False)


def test_entries_come_in_the_order_asked_for_and_are_told_as_they_come(site: Site) -> None:
    others = [project_id(number) for number in (4, 3, 2)]
    for other in others:
        write_project(site.root, other, clips=[clip(1)], collections=[])
    told: list[str] = []
    report = audit_projects(
        site.workspace,
        [*others, PROJECT],
        on_entry=lambda entry: told.append(entry.project_id),
    )
    assert [entry.project_id for entry in report.entries] == [*others, PROJECT] == told
    with pytest.raises(UnknownProjectError):
        audit_projects(site.workspace, [PROJECT, project_id(77)])


def test_the_number_of_statements_does_not_grow_with_the_projects_of_a_batch(site: Site) -> None:
    def statements() -> int:
        with counted(site.workspace.engine) as seen:
            audit(site)
        return len(seen)

    statements()  # which asks, once, where AutoClip keeps its projects
    alone = statements()
    write_project(site.root, project_id(2), clips=[clip(1), clip(2)], collections=[])
    assert statements() == alone


class TestRecorded:
    """What an audit found can be read again under its run's id."""

    def test_the_report_comes_back_whole(self, site: Site) -> None:
        site.sync()
        write_project(site.root, project_id(2), clips=[clip(1)], collections=[])
        write_file(clips_file(site, project_id(2)), b"[{")
        write_project(site.root, project_id(3), clips=[clip(1)], collections=[])
        report = audit(site, "nightly")
        again = load_report(site.workspace, "nightly")
        assert again.totals == report.totals
        assert again.entries == report.entries

    def test_a_run_that_recorded_nothing_has_an_empty_report(self, site: Site) -> None:
        assert load_report(site.workspace, "nonsense") == AuditReport()
        migrate.upgrade(site.workspace.engine)
        assert load_report(site.workspace, "nonsense") == AuditReport()


class TestQuick:
    """Not full: what was consistent and looks untouched is taken from the ledger."""

    @pytest.fixture(autouse=True)
    def recorded(self, site: Site) -> None:
        site.sync()
        audit(site, "yesterday")

    def test_an_untouched_project_is_not_read(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read: list[str] = []
        real = type(site.workspace.data).read

        def watched(data, project):
            read.append(project)
            return real(data, project)

        monkeypatch.setattr(type(site.workspace.data), "read", watched)
        full = audit(site)
        assert read == [PROJECT]
        quick = audit(site, full=False)
        assert read == [PROJECT]
        assert quick == full

    def test_a_change_of_a_file_is_seen(self, site: Site) -> None:
        path = clips_file(site)
        stat = path.stat()
        site.write(
            [clip(1, generated_title="新的"), clip(2), clip(3)],
            [collection(1, [3, 1]), collection(2, [2])],
        )
        assert status(site, full=False) is AuditStatus.OUT_OF_SYNC
        site.sync()
        audit(site, "today")
        # A later time alone is reason enough to look, and no reason to complain.
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 10**10))
        assert status(site, full=False) is AuditStatus.CONSISTENT

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM clips WHERE title = '第2段：标题'",
            "UPDATE clips SET score = 0.1, updated_at = '2099-01-01 00:00:00'",
            "UPDATE collections SET clips_count = 9, updated_at = '2099-01-01 00:00:00'",
            "DELETE FROM clip_collection",
            "UPDATE projects SET status = 'PENDING', updated_at = '2099-01-01 00:00:00'",
        ],
    )
    def test_a_change_of_the_rows_is_seen(self, site: Site, statement: str) -> None:
        assert site.execute(statement) > 0
        full = audit(site)
        assert audit(site, full=False) == full

    def test_a_project_with_an_open_finding_is_read_again(self, site: Site) -> None:
        site.write(
            [clip(1), clip(2), clip(3, start_time="nonsense")],
            [collection(1, [1]), collection(2, [2])],
        )
        site.sync(allow_deletes=True)
        first = audit(site, "today")
        assert [one.code for one in first.entries[0].findings]
        assert audit(site, full=False) == first

    def test_a_new_project_is_read(self, site: Site) -> None:
        write_project(site.root, project_id(2), clips=[clip(1)], collections=[])
        assert [entry.status for entry in audit(site, full=False).entries] == [
            AuditStatus.CONSISTENT,
            AuditStatus.OUT_OF_SYNC,
        ]
