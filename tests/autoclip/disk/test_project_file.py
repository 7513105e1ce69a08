"""The project's own row: the best the disk offers, field by field."""

from pathlib import Path
from typing import Any

import pytest

from clipsync.autoclip.disk import DataDirectory
from clipsync.model.manifest import DiskState, Manifest, ProjectRecord
from tests.support.autoclip_files import project_id, write_file, write_project
from tests.support.reasons import told

PROJECT = project_id(1)


def read(root: Path) -> Manifest:
    return DataDirectory(root).read(PROJECT)


def test_all_fields_of_the_project_file(tmp_path: Path) -> None:
    content = {
        "project_name": "  轮回、命运 ",
        "description": "说明",
        "project_type": "knowledge",
        "processing_config": {"model": "x"},
        "created_at": "2025-08-01T10:00:00.5Z",
        "unknown": [1],
    }
    write_project(tmp_path, PROJECT, clips=[], project_file=content, raw_video="input.mp4")
    assert read(tmp_path).project == ProjectRecord(
        name="轮回、命运",
        description="说明",
        project_type="KNOWLEDGE",
        processing_config={"model": "x"},
        video_path="raw/input.mp4",
        created_at="2025-08-01T10:00:00.5Z",
        metadata=content,
    )


def test_a_project_without_any_word_about_it(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, clips=[])
    assert read(tmp_path).project == ProjectRecord()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"project_name": " "}, ProjectRecord()),
        ({"project_name": 5, "name": "乙"}, ProjectRecord(name="乙")),
        ({"created_at": "yesterday"}, ProjectRecord()),
        ({"processing_config": "fast"}, ProjectRecord()),
        ({"project_type": "unheard of"}, ProjectRecord()),
        ({"project_type": "?", "video_category": "speech"}, ProjectRecord(project_type="SPEECH")),
        ({"project_type": "Content_Review"}, ProjectRecord(project_type="CONTENT_REVIEW")),
    ],
)
def test_what_says_nothing_is_none(
    tmp_path: Path, content: dict[str, Any], expected: ProjectRecord
) -> None:
    write_project(tmp_path, PROJECT, clips=[], project_file=content)
    project = read(tmp_path).project
    assert project.metadata == content
    assert (project.name, project.project_type) == (expected.name, expected.project_type)
    assert (project.created_at, project.processing_config) == (None, None)


def test_the_first_readable_object_is_used_and_the_bad_ones_are_named(tmp_path: Path) -> None:
    directory = write_project(tmp_path, PROJECT, clips=[], project_file=b'{"project_name": "x')
    write_file(directory / "metadata.json", ["no object"])
    write_file(directory / "info.json", {"name": "丙"})
    manifest = read(tmp_path)
    assert (manifest.state, manifest.project.name) == (DiskState.COMPLETED, "丙")
    assert told(manifest.problems) == (
        (f"projects/{PROJECT}/project.json", "half-written JSON: unexpected end at byte 19"),
        (f"projects/{PROJECT}/metadata.json", "expected an object, found a list"),
    )


def test_a_project_file_that_can_not_be_stored_is_not_used(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, clips=[], project_file={"project_name": "x", "y": "\0"})
    manifest = read(tmp_path)
    assert manifest.project == ProjectRecord()
    assert [reason for _, reason in told(manifest.problems)] == [
        "holds a NUL character, which PostgreSQL can't store"
    ]


def test_projects_json_offers_what_the_project_file_does_not(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, clips=[], project_file={"description": "说明"})
    write_project(tmp_path, PROJECT, layout="legacy", name="旧名", video_category="business")
    project = read(tmp_path).project
    assert (project.name, project.description) == ("旧名", "说明")
    assert (project.project_type, project.created_at) == ("BUSINESS", "2025-06-01T12:00:00")


@pytest.mark.parametrize(
    ("video", "name"),
    [
        ("欧阳娜娜VLOG】Nabi in Paris.mp4", "欧阳娜娜VLOG】Nabi in Paris"),
        ("talk.v2.MKV", "talk.v2"),
        ("input.mp4", None),
        ("Video.mov", None),
        ("455d6e8c-29a4-4027-884a-ddec16f9bbe1.mp4", None),
        ("455D6E8C29A44027884ADDEC16F9BBE1.mp4", None),
        ("notes.txt", None),
        (".mp4", None),
    ],
)
def test_a_telling_video_name_is_the_last_resort(
    tmp_path: Path, video: str, name: str | None
) -> None:
    write_project(tmp_path, PROJECT, clips=[], raw_video=video)
    assert read(tmp_path).project.name == name


def test_of_several_videos_the_largest_tells(tmp_path: Path) -> None:
    directory = write_project(tmp_path, PROJECT, clips=[])
    for name, size in (("a.mp4", 5), ("b.mp4", 9), ("c.webm", 9), ("d.srt", 99)):
        write_file(directory / "raw" / name, b"x" * size)
    project = read(tmp_path).project
    assert (project.name, project.video_path) == ("b", "raw/b.mp4")
