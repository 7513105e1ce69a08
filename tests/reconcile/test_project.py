"""The project's own row: made when missing, repaired when stuck (rule 9)."""

from __future__ import annotations

from typing import Any

import pytest

from clipsync.model.manifest import ProjectRecord
from clipsync.model.plan import Change, Op, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.reconcile.options import PlanOptions
from clipsync.reconcile.project import TIME_OF_APPLY, display_name, plan_project_row
from clipsync.reconcile.scene import Scene
from tests.reconcile.worlds import DIRECTORY, PROJECT, World, clip_record, manifest, project_row


def changes(record: ProjectRecord | None = None, row: Any = None, **options: Any) -> list[Change]:
    world = World(manifest(project=record or ProjectRecord(name="演示")), project=row)
    scene = Scene(world.disk, world.snapshot(), world.base, PlanOptions(**options))
    return plan_project_row(scene)


# -- a missing row ---------------------------------------------------------------------------------


def test_a_project_the_database_does_not_have_is_inserted_as_the_disk_describes_it() -> None:
    record = ProjectRecord(
        name="演讲",
        description="一场演讲",
        project_type="SPEECH",
        processing_config={"chunk": 30},
        video_path="raw/演讲.mp4",
        created_at="2025-07-01T10:00:00.5",
        metadata={"project_name": "演讲", "author": "甲"},
    )

    assert changes(record) == [
        Change(
            op=Op.INSERT,
            table=Table.PROJECTS,
            project_id=PROJECT,
            row_id=PROJECT,
            source_id=None,
            before={},
            after={
                "id": PROJECT,
                "name": "演讲",
                "description": "一场演讲",
                "status": "COMPLETED",
                "project_type": "SPEECH",
                "processing_config": {"chunk": 30},
                "project_metadata": {"project_name": "演讲", "author": "甲"},
                "completed_at": TIME_OF_APPLY,
                "video_path": f"{DIRECTORY}/raw/演讲.mp4",
                "created_at": "2025-07-01 10:00:00.500000",
            },
            why={"": Reason(ReasonCode.NO_PROJECT_ROW)},
        )
    ]


def test_what_the_disk_does_not_say_has_autoclips_defaults() -> None:
    (change,) = changes(ProjectRecord())

    assert change.after == {
        "id": PROJECT,
        "name": "项目_455d6e8c",
        "description": "",
        "status": "COMPLETED",
        "project_type": "DEFAULT",
        "processing_config": {},
        "project_metadata": {"project_name": "项目_455d6e8c"},
        "completed_at": TIME_OF_APPLY,
    }


def test_a_path_of_the_video_has_autoclips_prefix() -> None:
    (change,) = changes(ProjectRecord(video_path="raw/a.mp4"), projects_root="/app/projects")

    assert change.after["video_path"] == f"/app/projects/{PROJECT}/raw/a.mp4"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("2025-07-01T10:00:00", "2025-07-01 10:00:00.000000"),
        ("2025-07-01 10:00:00.123456", "2025-07-01 10:00:00.123456"),
        ("2025-07-01T10:00:00+08:00", "2025-07-01 02:00:00.000000"),
        ("2025-07-01T00:30:00+02:00", "2025-06-30 22:30:00.000000"),
        ("2025-07-01T10:00:00Z", "2025-07-01 10:00:00.000000"),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_times_are_stored_as_naive_utc(written: str | None, stored: str | None) -> None:
    (change,) = changes(ProjectRecord(created_at=written))

    assert change.after.get("created_at") == stored


# -- a row that is there ---------------------------------------------------------------------------


def test_a_completed_project_is_left_alone() -> None:
    assert changes(row=project_row(name="我的名字")) == []


def test_a_status_that_autoclip_cannot_load_is_repaired() -> None:
    (change,) = changes(row=project_row(status="completed"))

    assert (change.before, change.after) == ({"status": "completed"}, {"status": "COMPLETED"})


@pytest.mark.parametrize("status", ["PENDING", "PROCESSING", "FAILED", "pending"])
def test_a_project_that_is_stuck_while_its_files_are_complete_is_repaired(status: str) -> None:
    why = Reason(ReasonCode.STUCK, {"status": status})

    assert changes(row=project_row(status=status)) == [
        Change(
            op=Op.UPDATE,
            table=Table.PROJECTS,
            project_id=PROJECT,
            row_id=PROJECT,
            source_id=None,
            before={"status": status, "completed_at": None},
            after={"status": "COMPLETED", "completed_at": TIME_OF_APPLY},
            why={"status": why, "completed_at": why},
        )
    ]


def test_a_time_of_completion_that_is_there_stays() -> None:
    (change,) = changes(row=project_row(status="PENDING", completed_at="2025-07-01 10:00:00"))

    assert (change.before, change.after) == ({"status": "PENDING"}, {"status": "COMPLETED"})


def test_the_name_and_description_are_a_persons_once_the_row_is_there() -> None:
    record = ProjectRecord(name="文件", description="文件", project_type="SPEECH", metadata={})

    assert changes(record, row=project_row(name="我的", description="我的")) == []


def test_a_project_of_no_clips_is_complete_as_well() -> None:
    world = World(manifest(), project=project_row(status="PENDING"))

    world.sync()

    assert world.project is not None
    assert world.project.status == "COMPLETED"


# -- its name --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "disk", "shown"),
    [
        ("我的", "文件", "我的"),
        (" ", "文件", "文件"),
        ("", None, "项目_455d6e8c"),
        (None, "文件", "文件"),
        (None, "", "项目_455d6e8c"),
        (None, None, "项目_455d6e8c"),
        (None, "长" * 300, "长" * 255),
    ],
)
def test_people_see_the_rows_name_else_the_best_the_disk_offers(
    stored: str | None, disk: str | None, shown: str
) -> None:
    world = World(
        manifest([clip_record(1)], project=ProjectRecord(name=disk)),
        project=None if stored is None else project_row(name=stored),
    )

    assert display_name(world.disk, world.snapshot()) == shown
    assert world.plan().name == shown
