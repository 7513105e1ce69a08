"""projects.json: the oldest form, one file for all projects."""

from pathlib import Path
from typing import Any

import pytest

from clipsync.autoclip.disk import DataDirectory
from clipsync.messages import render
from clipsync.model.manifest import (
    DiskCode,
    DiskReason,
    DiskState,
    Kind,
    MarkerState,
    QuarantinedRecord,
)
from tests.support.autoclip_files import clip, collection, project_id, write_file, write_project
from tests.support.reasons import told

PROJECT = project_id(1)
OTHER = project_id(2)

LEGACY_CLIP = clip(1, title=None)
LEGACY_COLLECTION = collection(
    1, [1], collection_type="ai_recommended", created_at="2025-06-01T12:00:00"
)


def test_a_completed_entry_is_a_completed_project(tmp_path: Path) -> None:
    write_project(
        tmp_path,
        PROJECT,
        layout="legacy",
        name="旧项目",
        clips=[LEGACY_CLIP, 5],
        collections=[LEGACY_COLLECTION],
    )
    data = DataDirectory(tmp_path)
    manifest = data.read(PROJECT)
    assert (data.problems, data.project_ids()) == ((), [PROJECT])
    assert (manifest.state, manifest.layout) == (DiskState.COMPLETED, "legacy")
    assert (manifest.marker, manifest.marker_counts) == (MarkerState.NOT_USED, None)
    assert [record.content for record in manifest.clips] == [LEGACY_CLIP]
    assert [record.content for record in manifest.collections] == [LEGACY_COLLECTION]
    assert manifest.quarantined == (
        QuarantinedRecord(
            kind=Kind.CLIP,
            file="projects.json",
            position=1,
            source_id=None,
            reason=DiskReason(DiskCode.RECORD_NO_OBJECT, {"found": "number"}),
            raw="5",
        ),
    )
    assert manifest.project.name == "旧项目"
    assert manifest.project.project_type == "DEFAULT"


@pytest.mark.parametrize("status", ["processing", "error", "uploading", "", None, 5])
def test_any_other_status_is_processing(tmp_path: Path, status: Any) -> None:
    write_project(tmp_path, PROJECT, layout="legacy", clips=[LEGACY_CLIP], status=status)
    manifest = DataDirectory(tmp_path).read(PROJECT)
    assert (manifest.state, manifest.marker) == (DiskState.PROCESSING, MarkerState.NOT_USED)
    assert (manifest.clips, manifest.clips_known) == ((), False)


def test_a_kind_the_entry_does_not_hold_is_not_known(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, layout="legacy", clips=[])
    manifest = DataDirectory(tmp_path).read(PROJECT)
    assert (manifest.state, manifest.clips_known) == (DiskState.COMPLETED, True)
    assert manifest.collections_known is False


@pytest.mark.parametrize(
    ("wrong", "words"), [(0, "a number"), ("", "text"), ({}, "an object"), (False, "false")]
)
def test_embedded_records_of_the_wrong_shape_are_unreadable(
    tmp_path: Path, wrong: Any, words: str
) -> None:
    write_project(tmp_path, PROJECT, layout="legacy", clips=wrong, collections=[LEGACY_COLLECTION])
    manifest = DataDirectory(tmp_path).read(PROJECT)
    assert (manifest.state, manifest.collections) == (DiskState.UNREADABLE, ())
    assert told(manifest.problems) == (
        (
            "projects.json",
            f"project {PROJECT}: clips: expected a list of records, found {words}",
        ),
    )


def test_a_directory_that_says_something_wins_but_the_name_is_the_entrys(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, clips=[clip(1, generated_title="新")], collections=[])
    write_project(tmp_path, PROJECT, layout="legacy", name="旧名", clips=[LEGACY_CLIP, clip(2)])
    manifest = DataDirectory(tmp_path).read(PROJECT)
    assert (manifest.layout, [item.title for item in manifest.clips]) == ("current", ["新"])
    assert manifest.project.name == "旧名"


def test_an_unreadable_directory_wins_over_a_completed_entry(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, clips=b"[", collections=[])
    write_project(tmp_path, PROJECT, layout="legacy", clips=[LEGACY_CLIP])
    assert DataDirectory(tmp_path).read(PROJECT).state is DiskState.UNREADABLE


@pytest.mark.parametrize("with_step_files", [True, False])
def test_a_completed_entry_wins_over_a_directory_that_says_nothing(
    tmp_path: Path, with_step_files: bool
) -> None:
    step4 = [clip(9)] if with_step_files else None
    write_project(tmp_path, PROJECT, step4=step4, marker=False, deleted_collections=["a"])
    write_project(tmp_path, PROJECT, layout="legacy", clips=[LEGACY_CLIP])
    manifest = DataDirectory(tmp_path).read(PROJECT)
    assert (manifest.state, manifest.layout) == (DiskState.COMPLETED, "legacy")
    assert [item.source_id for item in manifest.clips] == ["1"]
    assert manifest.deleted_collection_row_ids == ("a",)


def test_directory_and_entry_both_processing_are_processing(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, step4=[clip(9)], marker=False)
    write_project(tmp_path, PROJECT, layout="legacy", clips=[LEGACY_CLIP], status="processing")
    manifest = DataDirectory(tmp_path).read(PROJECT)
    assert (manifest.state, manifest.layout) == (DiskState.PROCESSING, "current")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b'[{"id": "', "half-written JSON: unexpected end at byte 9"),
        ({"projects": []}, "expected a list of projects, found an object"),
    ],
)
def test_a_broken_projects_json_is_a_problem_of_the_run_and_stops_nothing(
    tmp_path: Path, content: Any, reason: str
) -> None:
    write_project(tmp_path, PROJECT, clips=[clip(1)], collections=[])
    write_file(tmp_path / "projects.json", content)
    data = DataDirectory(tmp_path)
    assert told(data.problems) == (("projects.json", reason),)
    assert data.project_ids() == [PROJECT]
    assert data.read(PROJECT).state is DiskState.COMPLETED
    assert data.read(OTHER).state is DiskState.ABSENT


def test_entries_that_can_not_be_used_are_named_and_the_others_go_on(tmp_path: Path) -> None:
    write_file(
        tmp_path / "projects.json",
        [
            7,
            {"id": "../../etc", "status": "completed"},
            {"id": OTHER, "status": "completed", "clips": [], "collections": []},
            {"id": OTHER, "status": "processing"},
            {"status": "completed"},
        ],
    )
    data = DataDirectory(tmp_path)
    assert data.project_ids() == [OTHER]
    assert [reason for _, reason in told(data.problems)] == [
        "entry 0 is not an object but a number",
        "entry 1 has no usable project id: '../../etc'",
        f"entry 3 repeats project {OTHER}; the first one is used",
        "entry 4 has no usable project id: null",
    ]


def test_bad_entries_without_end_are_counted(tmp_path: Path) -> None:
    write_file(tmp_path / "projects.json", [None] * 500)
    problems = DataDirectory(tmp_path).problems
    assert len(problems) == 21
    assert render(problems[-1].reason) == "480 more entries can't be used"


def test_one_bad_character_in_projects_json_costs_one_record(tmp_path: Path) -> None:
    write_project(
        tmp_path,
        PROJECT,
        layout="legacy",
        name="\ud800",
        clips=[clip(1), clip(2, generated_title="\udfff")],
    )
    manifest = DataDirectory(tmp_path).read(PROJECT)
    assert [item.source_id for item in manifest.clips] == ["1"]
    assert [item.source_id for item in manifest.quarantined] == ["2"]
    assert manifest.project.name is None
