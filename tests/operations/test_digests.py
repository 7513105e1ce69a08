"""Digests: what is as it was left is not planned again, and nothing else is taken for it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clipsync.autoclip.database import columns
from clipsync.model.plan import LedgerDelta, ProjectPlan
from clipsync.model.reason import ReasonCode
from clipsync.operations.auditing import audit_projects
from clipsync.operations.planning import plan_projects
from clipsync.operations.restoring import restore_project
from clipsync.operations.results import AuditStatus
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.undoing import undo_run
from clipsync.reconcile import PlanOptions, Prefer
from tests.autoclip.database.test_survey import CHANGES
from tests.support.autoclip_app import start_task
from tests.support.autoclip_files import clip, collection, project_id, write_file, write_project
from tests.support.site import PROJECT, Site
from tests.support.statements import counted

PROJECTS = [project_id(number) for number in range(1, 6)]


@pytest.fixture
def site(site: Site) -> Site:
    """Five projects, so that a run over all is larger than its batches of two; in order."""
    for project in PROJECTS[1:]:
        write_project(
            site.root,
            project,
            clips=[clip(1), clip(2)],
            collections=[collection(1, [2, 1])],
        )
    site.sync(None)
    return site


@pytest.fixture
def read(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The projects whose files are read from now on."""
    seen: list[str] = []
    real = type(site.workspace.data).read

    def watched(data, project):
        seen.append(project)
        return real(data, project)

    monkeypatch.setattr(type(site.workspace.data), "read", watched)
    return seen


def plans(site: Site, **options) -> list[ProjectPlan]:
    return list(plan_projects(site.workspace, None, PlanOptions(), **options))


def test_after_a_sync_the_next_one_reads_no_file_and_writes_nothing(
    site: Site, read: list[str]
) -> None:
    before = site.everything(), site.rows("clipsync_projects"), site.rows("clipsync_journal")
    results = site.sync(None)
    assert read == []
    assert [(one.project_id, one.success, one.changes["update"]) for one in results] == [
        (project, True, 0) for project in PROJECTS
    ]
    assert before == (
        site.everything(),
        site.rows("clipsync_projects"),
        site.rows("clipsync_journal"),
    )


def test_sync_plan_and_audit_say_the_same_whether_they_look_or_know(
    site: Site, read: list[str]
) -> None:
    def without_ledger(found: list[ProjectPlan]) -> list[ProjectPlan]:
        return [replace(plan, ledger=LedgerDelta(), items=()) for plan in found]

    assert without_ledger(plans(site)) == without_ledger(plans(site, full=True))
    assert all(plan.empty for plan in plans(site))
    known = audit_projects(site.workspace, None, full=False)
    assert read == PROJECTS  # by the full plan alone
    assert known == audit_projects(site.workspace, None, full=True)


@pytest.mark.parametrize("statement", CHANGES)
def test_a_change_of_a_row_by_sql_alone_is_seen(site: Site, statement: str) -> None:
    values = {
        "clip": site.clip_row("第3段：标题"),
        "collection": next(
            row["id"]
            for row in site.rows("collections")
            if (row["project_id"], row["name"]) == (PROJECT, "合集1")
        ),
        "project": PROJECT,
    }
    used = {name: value for name, value in values.items() if f":{name}" in statement}
    if site.execute(statement, **used) == 0:
        assert "tasks" in statement  # which this project has none of
    quick = audit_projects(site.workspace, None, full=False)
    assert quick == audit_projects(site.workspace, None, full=True)
    assert [replace(plan, ledger=LedgerDelta(), items=()) for plan in plans(site)] == [
        replace(plan, ledger=LedgerDelta(), items=()) for plan in plans(site, full=True)
    ]


def test_a_full_sync_reads_everything(site: Site, read: list[str]) -> None:
    run = replace(RunContext.for_command("sync"), full=True)
    summary = sync_projects(site.workspace, None, run=run)
    assert (read, summary.changes["update"]) == (PROJECTS, 0)


def test_one_changed_project_of_many_is_the_only_one_read(site: Site, read: list[str]) -> None:
    site.write([clip(1, generated_title="新标题"), clip(2)], [collection(1, [2, 1])], PROJECTS[3])
    site.execute("UPDATE clips SET score = 0.1 WHERE project_id = :id", id=PROJECTS[1])
    site.execute("DELETE FROM clips WHERE project_id = :id", id=PROJECTS[4])
    results = site.sync(None)
    assert read == [PROJECTS[1], PROJECTS[3], PROJECTS[4]]
    assert [one.project_id for one in results if any(one.changes.values())] == read
    read.clear()
    assert audit_projects(site.workspace, None, full=True).consistent


def test_a_project_at_work_is_planned_though_nothing_changed(site: Site, read: list[str]) -> None:
    """Rule 9: a retry shows in its task before it shows in rows or files."""
    from random import Random

    with site.workspace.engine.begin() as conn:
        start_task(conn, PROJECT, rng=Random(1), now=datetime.now(UTC))
    (at_work,) = [one for one in site.sync(None) if one.skipped is not None]
    assert (at_work.project_id, read) == (PROJECT, [PROJECT])


def test_a_project_with_something_open_is_planned(site: Site, read: list[str]) -> None:
    site.execute("UPDATE clips SET title = '我的' WHERE project_id = :id", id=PROJECT)
    site.write(
        [clip(1, generated_title="别的"), clip(2, start_time="?"), clip(3)],
        [collection(1, [3, 1]), collection(2, [3])],
    )
    site.sync(None)
    for _ in range(2):
        read.clear()
        told = [finding for one in site.sync(None) for finding in one.findings]
        assert read == [PROJECT]
        assert [finding.code for finding in told] == ["quarantined"]


def test_what_an_undo_brought_back_is_planned(site: Site, read: list[str]) -> None:
    write_file(
        site.root / "projects" / PROJECT / "metadata/clips_metadata.json",
        [clip(1, generated_title="新标题"), clip(2), clip(3)],
    )
    site.sync(None)
    run = max(row["run_id"] for row in site.rows("clipsync_journal") if row["op"] == "update")
    undo_run(site.workspace, run, None, run=RunContext.for_command("undo"))
    read.clear()
    (plan,) = [plan for plan in plans(site) if not plan.empty]
    assert plan.project_id == PROJECT
    assert PROJECT in read


def test_a_persons_edit_that_was_kept_does_not_hide_from_prefer_disk(
    site: Site, read: list[str]
) -> None:
    site.execute("UPDATE clips SET title = '我的' WHERE title = '第3段：标题'")
    site.sync(None)
    site.sync(None)
    assert site.titles().count("我的") == 1
    read.clear()
    site.sync(None, prefer=Prefer.DISK)
    assert read == PROJECTS
    assert "我的" not in site.titles()


def test_what_an_edit_kept_by_other_rules_left_is_planned_by_the_usual_ones(
    site: Site, read: list[str]
) -> None:
    site.write(
        [clip(1, generated_title="新标题"), clip(2), clip(3)],
        [collection(1, [3, 1]), collection(2, [2])],
    )
    site.sync(None, prefer=Prefer.DATABASE)
    read.clear()
    site.sync(None)
    assert PROJECT in read


def test_an_audit_does_not_let_a_sync_forget_what_only_a_sync_records(
    site: Site, read: list[str]
) -> None:
    """A collection made by hand is ours to know, so that its deletion can be told apart."""
    site.execute(
        "INSERT INTO collections (id, project_id, name, status, created_at, updated_at) "
        "VALUES ('mine', :id, '手动', 'CREATED', '2026-01-01 00:00:00', '2026-01-01 00:00:00')",
        id=PROJECT,
    )
    audit_projects(site.workspace, None, run=RunContext.for_command("audit"))
    site.sync(None)
    (row,) = [row for row in site.rows("clipsync_projects") if row["project_id"] == PROJECT]
    assert "mine" in str(row["seen_collection_row_ids"])
    assert PROJECT in read


def test_a_project_that_lost_its_directory_is_not_known_any_more(site: Site) -> None:
    shutil.rmtree(site.root / "projects" / PROJECT)
    quick = audit_projects(site.workspace, None, full=False)
    assert quick.entries[0].status is AuditStatus.MISSING


def test_a_small_run_looks_for_itself(site: Site, read: list[str]) -> None:
    with counted(site.workspace.engine) as statements:
        site.sync(PROJECT)
    assert read == [PROJECT]
    assert not [text for text in statements.writes if "clipsync_runs" not in text]
    read.clear()
    site.sync(None)
    assert read == []


def _needs_lenient_keys(site: Site) -> None:
    if site.workspace.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL lets no link name a row that is gone")


class TestWhatNoDigestOfItsOwnFilesAndRowsTells:
    """Correctness before speed: where a plan follows from more, it is made."""

    def test_a_foreign_clip_in_a_collection_that_is_deleted(
        self, site: Site, read: list[str]
    ) -> None:
        _needs_lenient_keys(site)
        foreign = next(row["id"] for row in site.rows("clips") if row["project_id"] == PROJECTS[1])
        (row,) = [
            row
            for row in site.rows("collections")
            if (row["project_id"], row["name"]) == (PROJECT, "合集1")
        ]
        metadata = json.loads(row["collection_metadata"])
        metadata["clip_ids"].append(foreign)
        site.execute(
            "UPDATE collections SET collection_metadata = :metadata WHERE id = :id",
            metadata=json.dumps(metadata),
            id=row["id"],
        )
        site.sync(None)
        site.sync(None)
        read.clear()
        site.execute("DELETE FROM clips WHERE id = :id", id=foreign)
        site.sync(None)
        assert PROJECT in read
        assert foreign not in str([one["collection_metadata"] for one in site.rows("collections")])

    def test_a_project_whose_row_is_gone(self, site: Site, read: list[str]) -> None:
        for table, column in (("clips", "project_id"), ("projects", "id")):
            site.execute(f"DELETE FROM {table} WHERE {column} = :id", id=PROJECT)
        (gone,) = [one for one in site.sync(None) if one.skipped is not None]
        assert (gone.project_id, gone.skipped.code) == (PROJECT, ReasonCode.PROJECT_DELETED)
        read.clear()
        site.sync(None)
        assert PROJECT in read

    def test_a_link_of_rows_that_are_both_gone(self, site: Site, read: list[str]) -> None:
        """A project's clip and collection are deleted, and known to be; then a link to them is
        there again, which no row tells the owner of."""
        _needs_lenient_keys(site)
        (lost,) = [row for row in site.rows("collections") if row["name"] == "合集2"]
        link = next(
            row for row in site.rows("clip_collection") if row["collection_id"] == lost["id"]
        )
        site.execute("DELETE FROM clip_collection WHERE collection_id = :id", id=lost["id"])
        site.execute("DELETE FROM collections WHERE id = :id", id=lost["id"])
        site.execute("DELETE FROM clips WHERE id = :id", id=link["clip_id"])
        site.sync(None)
        assert all(plan.empty for plan in plans(site))
        site.execute(
            "INSERT INTO clip_collection (clip_id, collection_id, order_index) "
            "VALUES (:clip, :collection, 0)",
            clip=link["clip_id"],
            collection=lost["id"],
        )
        read.clear()
        found, looked = plans(site), list(read)
        assert looked == [PROJECT]
        assert [plan.data_changes for plan in found] == [
            plan.data_changes for plan in plans(site, full=True)
        ]

    def test_a_project_with_a_file_of_the_studio(self, site: Site, read: list[str]) -> None:
        """Whether its row is late to show what the file says is told by the clock."""
        write_file(
            site.root / "projects" / PROJECT / "metadata/studio.json",
            {"generation": {"status": "completed"}, "analysis": None},
        )
        for _ in range(2):
            read.clear()
            site.sync(None)
            assert read == [PROJECT]

    @pytest.mark.parametrize(
        "options",
        [{"allow_deletes": True}, {"allow_restore": True}, {"restore_all": True}],
        ids=str,
    )
    def test_a_run_that_is_asked_for_something(
        self, site: Site, read: list[str], options: dict[str, bool]
    ) -> None:
        site.sync(None, **options)
        assert read == PROJECTS

    def test_an_installation_that_has_lost_projects(self, site: Site, read: list[str]) -> None:
        for project in PROJECTS[:3]:
            site.execute("DELETE FROM projects WHERE id = :id", id=project)
        site.sync(None)
        assert set(read) == set(PROJECTS)

    def test_a_restore_after_which_nothing_looks_different(
        self, site: Site, read: list[str]
    ) -> None:
        (row,) = [row for row in site.rows("clips") if row["title"] == "第3段：标题"]
        site.execute("DELETE FROM clips WHERE id = :id", id=row["id"])
        site.sync(None)
        restore_project(site.workspace, PROJECT, run=RunContext.for_command("restore"), clips=["3"])
        assert "第3段：标题" in site.titles()
        assert all(plan.empty for plan in plans(site, full=True))
        site.execute("DELETE FROM clips WHERE id = :id", id=row["id"])
        site.sync(None)
        assert "第3段：标题" not in site.titles()


def test_a_column_that_a_newer_autoclip_brings_is_looked_at(site: Site, read: list[str]) -> None:
    if site.workspace.engine.dialect.name != "sqlite":
        pytest.skip("what is missing is remembered for an engine; PostgreSQL does alike")
    site.execute("ALTER TABLE collections DROP COLUMN thumbnail_path")
    columns._ABSENT.clear()
    site.sync(None)
    read.clear()
    site.sync(None)
    assert read == []
    site.execute("ALTER TABLE collections ADD COLUMN thumbnail_path VARCHAR(500)")
    columns._ABSENT.clear()
    site.sync(None)
    assert read == PROJECTS


class TestFilesThatChange:
    """What is written was planned from files that are still the same."""

    @pytest.fixture
    def once(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
        """Just after its files were read for the first time, a project gets other ones."""
        changed: list[str] = []
        real = type(site.workspace.data).read

        def meanwhile(data, project):
            manifest = real(data, project)
            if not changed and project == PROJECT:
                changed.append(project)
                self.person_deletes(site)
            return manifest

        monkeypatch.setattr(type(site.workspace.data), "read", meanwhile)
        yield changed

    def person_deletes(self, site: Site) -> None:
        (row,) = [row for row in site.rows("collections") if row["name"] == "合集2"]
        site.execute("DELETE FROM clip_collection WHERE collection_id = :id", id=row["id"])
        site.execute("DELETE FROM collections WHERE id = :id", id=row["id"])
        write_file(
            site.root / "projects" / PROJECT / "deleted_collections.json",
            {"deleted_collection_ids": [row["id"]]},
        )

    def test_a_collection_deleted_between_the_two_reads_does_not_come_back(
        self, site: Site, once: list[str]
    ) -> None:
        site.write(
            [clip(1, generated_title="新标题"), clip(2), clip(3)],
            [collection(1, [3, 1]), collection(2, [2])],
        )
        (result,) = [one for one in site.sync(None) if one.project_id == PROJECT]
        assert once == [PROJECT]
        assert result.success
        names = [row["name"] for row in site.rows("collections") if row["project_id"] == PROJECT]
        assert names == ["合集1"]
        assert "新标题" in site.titles()

    def test_files_that_never_rest_fail_their_project_for_now(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = type(site.workspace.data).read
        times = iter(range(1, 100))

        def restless(data, project):
            manifest = real(data, project)
            if project == PROJECT:
                path = Path(site.root) / "projects" / PROJECT / "metadata/clips_metadata.json"
                records = [clip(1, generated_title="再" * next(times)), clip(2), clip(3)]
                write_file(path, records)
            return manifest

        monkeypatch.setattr(type(site.workspace.data), "read", restless)
        (result,) = site.sync(PROJECT, allow_deletes=True) or [None]
        if result is not None and result.success:  # its first reading had nothing to change
            (result,) = site.sync(PROJECT)
        assert result is not None
        assert (result.success, result.transient) == (False, True)
        assert "changed while its plan was made" in str(result.error)
