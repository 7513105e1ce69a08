"""Every kind of project that AutoClip 1.3 to 1.5.6 makes: synced, audited, and waited for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from clipsync.demo.autoclip_pipeline import write_projects_json
from clipsync.demo.autoclip_rows import bulk_insert
from clipsync.demo.present_day import KEYS, mirror_studio, present_id, write_present_day
from clipsync.operations.auditing import audit_projects
from clipsync.operations.planning import plan_projects
from clipsync.operations.results import AuditEntry, AuditStatus, SyncResult
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.waiting import Step, look
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.settings import Settings

CONSISTENT, STUDIO = AuditStatus.CONSISTENT, AuditStatus.STUDIO
STUDIOS = tuple(key for key in KEYS if key.startswith(("oneclick", "manual")))

EXPECTED: dict[str, tuple[AuditStatus, set[str]]] = {
    "oneclick-completed": (STUDIO, {"studio"}),
    "oneclick-partial": (STUDIO, {"studio"}),
    "oneclick-failed": (STUDIO, {"studio"}),
    "oneclick-rendering": (STUDIO, {"studio"}),
    "oneclick-cancelled": (STUDIO, {"studio", "studio_cancelled"}),
    "oneclick-no-row": (STUDIO, {"studio"}),
    "manual-awaiting": (STUDIO, {"studio"}),
    "example": (CONSISTENT, set()),
    "cli": (CONSISTENT, set()),
    "cli-failed": (AuditStatus.GIVEN_UP, {"last_run_failed"}),
    "classic": (CONSISTENT, set()),
    "classic-retry-failed": (CONSISTENT, {"last_run_failed"}),
    "classic-studio-again": (CONSISTENT, set()),
    "legacy": (CONSISTENT, set()),
}
"""What an audit calls each after a sync, and the codes of its findings."""

WAITS: dict[str, Step] = {
    "oneclick-completed": Step.NOTHING_TO_SYNC,
    "oneclick-partial": Step.NOTHING_TO_SYNC,
    "oneclick-failed": Step.FAILED,
    "oneclick-rendering": Step.WAITING,
    "oneclick-cancelled": Step.CANCELLED,
    "oneclick-no-row": Step.NOTHING_TO_SYNC,
    "manual-awaiting": Step.ASKS_A_PERSON,
    "example": Step.SETTLED,
    "cli": Step.SETTLED,
    "cli-failed": Step.FAILED,
    "classic": Step.SETTLED,
    "classic-retry-failed": Step.SETTLED,
    "classic-studio-again": Step.SETTLED,
    "legacy": Step.SETTLED,
}


class Place:
    def __init__(self, workspace: Workspace, root: Path) -> None:
        self.workspace = workspace
        self.root = root

    def directory(self, key: str) -> Path:
        return self.root / "projects" / present_id(key)

    def sync(self) -> dict[str, SyncResult]:
        results: list[SyncResult] = []
        run = RunContext.for_command("sync")
        sync_projects(self.workspace, None, run=run, on_result=results.append)
        return {one.project_id: one for one in results}

    def audit(self) -> dict[str, AuditEntry]:
        return {one.project_id: one for one in audit_projects(self.workspace, None).entries}

    def entry(self, key: str) -> AuditEntry:
        (one,) = audit_projects(self.workspace, [present_id(key)]).entries
        return one

    def rows(self, table: str, key: str) -> list[dict[str, Any]]:
        column = "id" if table == "projects" else "project_id"
        with self.workspace.engine.connect() as conn:
            found = conn.execute(
                sa.text(f"SELECT * FROM {table} WHERE {column} = :id"), {"id": present_id(key)}
            ).mappings()
            return sorted((dict(row) for row in found), key=repr)

    def statuses(self) -> dict[str, str]:
        with self.workspace.engine.connect() as conn:
            found = conn.execute(sa.text("SELECT id, status FROM projects"))
            return {row[0]: row[1] for row in found}

    def execute(self, statement: str, **values: Any) -> None:
        with self.workspace.engine.begin() as conn:
            conn.execute(sa.text(statement), values)

    def mirror(self) -> None:
        with self.workspace.engine.begin() as conn:
            mirror_studio(conn, self.root, now=datetime.now(UTC).replace(tzinfo=None))

    def studio(self, key: str, **generation: Any) -> None:
        """Changes the generation in a project's studio.json."""
        path = self.directory(key) / "metadata/studio.json"
        content = json.loads(path.read_text())
        content["generation"] |= generation
        path.write_text(json.dumps(content))

    def codes(self, key: str) -> set[str]:
        return {one.code for one in self.entry(key).findings}


@pytest.fixture
def place(tmp_path: Path, sqlite_url: str) -> Iterator[Place]:
    root = tmp_path / "data"
    (root / "projects").mkdir(parents=True)
    written = write_present_day(root)
    write_projects_json(root, written.legacy)
    settings = Settings(data_dir=root, database_url=SecretStr(sqlite_url))
    with open_workspace(settings) as workspace:
        with workspace.engine.begin() as conn:
            bulk_insert(conn, written.rows)
        yield Place(workspace, root)


def test_each_kind_is_called_what_it_is(place: Place) -> None:
    place.sync()
    entries = place.audit()

    assert {
        key: (entries[present_id(key)].status, {f.code for f in entries[present_id(key)].findings})
        for key in KEYS
    } == EXPECTED


def test_the_studios_projects_are_out_of_the_percentage(place: Place) -> None:
    place.sync()

    totals = audit_projects(place.workspace, None).totals
    assert (totals.projects, totals.studio, totals.completed) == (14, 7, 6)
    assert totals.consistency_percent == 100.0


def test_after_a_sync_the_next_plan_is_empty(place: Place) -> None:
    place.sync()

    assert [
        plan.project_id for plan in plan_projects(place.workspace, None) if not plan.empty
    ] == []


@pytest.mark.parametrize("key", [key for key in STUDIOS if key != "oneclick-no-row"])
def test_nothing_of_a_studio_project_is_touched(place: Place, key: str) -> None:
    tables = ("projects", "clips", "collections")
    before = [place.rows(table, key) for table in tables]

    result = place.sync()[present_id(key)]

    assert [place.rows(table, key) for table in tables] == before
    assert (result.success, sum(result.changes.values())) == (True, 0)


def test_three_nights_with_autoclips_mirror_in_between_leave_every_status(place: Place) -> None:
    place.sync()
    before = place.statuses()

    for _ in range(3):
        place.mirror()
        place.sync()

    assert place.statuses() == before


def test_the_lost_row_of_a_studio_project_is_named_and_rebuilt_alone(place: Place) -> None:
    lost = place.entry("oneclick-no-row")
    assert lost.status is AuditStatus.OUT_OF_SYNC
    assert {(f.code, f.severity.value) for f in lost.findings} == {
        ("directory_without_row", "error"),
        ("studio", "info"),
    }

    result = place.sync()[present_id("oneclick-no-row")]

    assert result.changes["insert"] == 1
    assert [f.code for f in result.findings] == ["studio"]  # it is not true any more
    (row,) = place.rows("projects", "oneclick-no-row")
    config = json.loads(row["processing_config"])
    assert (row["status"], row["project_type"]) == ("COMPLETED", "DEFAULT")
    assert row["video_path"].endswith(f"/projects/{present_id('oneclick-no-row')}/raw/input.mp4")
    assert config["smart_import"]["auto_start"] is True
    assert config["smart_import"]["platforms"] == ["douyin"]
    assert config["studio_completed_variant_count"] == 1
    assert place.rows("clips", "oneclick-no-row") == []


def test_a_project_that_a_person_deleted_is_not_rescued(place: Place) -> None:
    place.sync()
    place.execute("DELETE FROM projects WHERE id = :id", id=present_id("oneclick-completed"))

    place.sync()

    assert place.rows("projects", "oneclick-completed") == []
    assert place.codes("oneclick-completed") == {"project_deleted"}


def test_a_lost_row_of_the_example_is_inserted_as_an_example(place: Place) -> None:
    for table, column in (("clips", "project_id"), ("projects", "id")):
        place.execute(f"DELETE FROM {table} WHERE {column} = :id", id=present_id("example"))

    place.sync()

    (row,) = place.rows("projects", "example")
    assert json.loads(row["processing_config"]) == {"example": True}
    assert len(place.rows("clips", "example")) == 3


def test_a_finished_video_that_is_gone_is_told(place: Place) -> None:
    studio = place.directory("oneclick-completed") / "output/studio"
    videos = sorted(f"output/studio/{video.name}" for video in studio.glob("*.mp4"))
    shutil.rmtree(studio)

    finding = next(
        one
        for one in place.entry("oneclick-completed").findings
        if one.code == "studio_video_missing"
    )
    assert finding.evidence == {"videos": videos}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"generation": '])
def test_a_studio_file_that_cannot_be_used_is_told_and_nothing_is_concluded(
    place: Place, content: bytes
) -> None:
    path = place.directory("oneclick-completed") / "metadata/studio.json"
    path.write_bytes(content)
    before = place.rows("clips", "oneclick-completed")

    place.sync()

    assert place.rows("clips", "oneclick-completed") == before
    assert place.codes("oneclick-completed") == {"studio", "studio_unreadable"}


@pytest.mark.parametrize(
    ("finished", "told"), [(timedelta(minutes=59), False), (timedelta(minutes=61), True)]
)
def test_a_status_that_autoclip_should_have_mirrored_by_now_is_told(
    place: Place, finished: timedelta, told: bool
) -> None:
    at = (datetime.now(UTC) - finished).isoformat()
    place.studio("oneclick-completed", status="failed", finished_at=at)

    assert ("studio_status_differs" in place.codes("oneclick-completed")) is told


def test_a_studio_project_that_has_not_begun_is_known_by_its_row(place: Place) -> None:
    (place.directory("oneclick-rendering") / "metadata/studio.json").unlink()

    entry = place.entry("oneclick-rendering")

    assert entry.status is STUDIO
    assert entry.studio is not None
    assert entry.studio["phase"] == "not_begun"


def test_files_that_the_failed_run_itself_wrote_are_no_earlier_runs(place: Place) -> None:
    """AutoClip 1.1 failed in its last step, with everything on disk."""
    place.execute(
        "UPDATE projects SET status = 'FAILED', completed_at = NULL WHERE id = :id",
        id=present_id("cli"),
    )

    place.sync()

    assert place.statuses()[present_id("cli")] == "COMPLETED"


def test_a_failure_after_a_sync_stays_and_is_told(place: Place) -> None:
    place.sync()
    place.execute(
        "UPDATE projects SET status = 'FAILED', completed_at = NULL, project_metadata = :why"
        " WHERE id = :id",
        id=present_id("cli"),
        why=json.dumps({"last_error": "没有模型密钥", "last_error_code": "llm_not_configured"}),
    )

    place.sync()

    assert place.statuses()[present_id("cli")] == "FAILED"
    (finding,) = place.entry("cli").findings
    assert (finding.code, finding.evidence["reason"]) == ("last_run_failed", "没有模型密钥")


@pytest.mark.parametrize(
    ("status", "after", "codes"),
    [("INVALIDATED", "INVALIDATED", {"unknown_status"}), ("completed", "COMPLETED", set())],
)
def test_a_forks_word_stays_and_a_word_in_lower_case_is_repaired(
    place: Place, status: str, after: str, codes: set[str]
) -> None:
    """AutoClip loads no status in lower case; a fork's word is the fork's."""
    place.execute(
        "UPDATE projects SET status = :status WHERE id = :id", id=present_id("cli"), status=status
    )

    place.sync()

    assert place.statuses()[present_id("cli")] == after
    assert place.codes("cli") == codes


# -- waiting ---------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
def test_a_wait_ends_for_every_kind_but_what_is_under_way(place: Place, key: str) -> None:
    seen = look(place.workspace.settings, present_id(key), None)

    assert seen.step is WAITS[key], seen.message
    assert seen.step.goes_on is (WAITS[key] not in (Step.WAITING, Step.FAILED))


def test_a_run_of_a_dead_process_is_given_up_once_nothing_has_changed_for_long(
    place: Place,
) -> None:
    settings, project = place.workspace.settings, present_id("oneclick-rendering")
    began = datetime(2026, 10, 9, 3, 0, tzinfo=UTC)
    path = place.directory("oneclick-rendering") / "metadata/studio.json"

    first = look(settings, project, None, began)
    path.write_bytes(path.read_bytes())  # opened by somebody: its time is no sign of work
    second = look(settings, project, first, began + timedelta(minutes=59))
    third = look(settings, project, second, began + timedelta(minutes=60))
    assert [one.step for one in (first, second, third)] == [
        Step.WAITING,
        Step.WAITING,
        Step.STALLED,
    ]
    assert "Start AutoClip again" in third.message

    place.studio("oneclick-rendering", status="production")
    assert look(settings, project, second, began + timedelta(minutes=60)).step is Step.WAITING


def test_what_autoclip_calls_completed_is_not_waited_for(place: Place) -> None:
    shutil.rmtree(place.directory("classic") / "metadata")
    shutil.rmtree(place.directory("classic") / "output")

    seen = look(place.workspace.settings, present_id("classic"), None)

    assert seen.step is Step.SETTLED
    assert seen.message.endswith("it has no final files, and AutoClip counts it as completed")


def test_a_failure_is_told_with_autoclips_reason(place: Place) -> None:
    seen = look(place.workspace.settings, present_id("cli-failed"), None)

    assert "没有片段通过评分筛选" in seen.message
