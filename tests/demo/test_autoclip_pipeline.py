"""What the pipeline writes: places, order, crashes, retries."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from clipsync.demo.autoclip_pipeline import (
    LAYOUT_FILES,
    Layout,
    Run,
    Stage,
    legacy_entry,
    perform,
    run_writes,
    to_json,
    write_nothing_worth_cutting,
    write_processing_files,
    write_project,
    write_project_file,
    write_projects_json,
    write_upload,
)
from clipsync.demo.content import generate_content
from tests.support.autoclip_app import read_final

PROJECT = "455d6e8c-29a4-4027-884a-ddec16f9bbe1"
CONTENT = generate_content(PROJECT, clips=4, collections=2)
RUN = Run.of(CONTENT)


def load(path: Path) -> object:
    return json.loads(path.read_text(encoding="utf-8"))


def files_of(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_json_is_written_as_autoclip_writes_it() -> None:
    value = [*CONTENT.clips, {"none": None, "empty": [], "object": {}, "float": 0.9, "ok": True}]
    assert to_json(value) == json.dumps(value, ensure_ascii=False, indent=2).encode()


@pytest.mark.parametrize("layout", Layout)
def test_final_files_and_marker_lie_where_the_layout_has_them(
    tmp_path: Path, layout: Layout
) -> None:
    project = tmp_path / PROJECT
    write_project(project, layout, RUN)
    files = LAYOUT_FILES[layout]
    assert load(project / files.clips) == list(CONTENT.clips)
    assert load(project / files.collections) == list(CONTENT.collections)
    assert read_final(project) == (list(CONTENT.clips), list(CONTENT.collections))
    marker = load(project / files.marker)
    assert isinstance(marker, dict)
    assert (marker["clips_generated"], marker["collections_generated"]) == (4, 2)
    assert ("clips_count" in marker) == (layout is Layout.STEPS)
    assert len(list((project / "output/clips").glob("*.mp4"))) == 4


@pytest.mark.parametrize("layout", Layout)
def test_the_marker_is_the_last_write_and_videos_come_before_the_final_files(
    layout: Layout,
) -> None:
    stages = [write.stage for write in run_writes(PROJECT, layout, RUN)]
    assert stages == sorted(stages, key=list(Stage).index)
    assert stages.count(Stage.MARKER) == 1


def test_the_marker_does_not_count_a_video_that_could_not_be_cut(tmp_path: Path) -> None:
    project = tmp_path / PROJECT
    lost = CONTENT.clips[1]["id"]
    run = Run(CONTENT.clips, CONTENT.collections, failed_cuts=frozenset({lost}))
    write_project(project, Layout.CURRENT, run)
    marker = load(project / "output/step6_video_output.json")
    assert isinstance(marker, dict)
    assert marker["clips_generated"] == 3
    assert not list((project / "output/clips").glob(f"{lost}_*.mp4"))
    assert load(project / "metadata/clips_metadata.json") == list(CONTENT.clips)


@pytest.mark.parametrize("layout", Layout)
def test_a_run_that_died_after_scoring_leaves_candidates_only(
    tmp_path: Path, layout: Layout
) -> None:
    project = tmp_path / PROJECT
    write_project(project, layout, RUN, upto=Stage.SCORED)
    files = LAYOUT_FILES[layout]
    assert (project / files.high_score).exists()
    for path in (files.titles, files.step_collections, files.clips, files.marker):
        assert not (project / path).exists()
    assert read_final(project) is None


def test_a_crash_tears_one_file_and_touches_none_after_it(tmp_path: Path) -> None:
    project = tmp_path / PROJECT
    writes = list(run_writes(PROJECT, Layout.CURRENT, RUN))
    torn = next(i for i, write in enumerate(writes) if write.stage is Stage.FINAL)
    perform(project, writes, crash_at=torn, torn_bytes=17)
    assert files_of(project) == {
        **{write.path: write.data for write in writes[:torn]},
        writes[torn].path: writes[torn].data[:17],
    }


def test_a_retry_rewrites_in_place_and_leaves_old_videos(tmp_path: Path) -> None:
    project = tmp_path / PROJECT
    write_project(project, Layout.CURRENT, RUN)
    old_videos = set(files_of(project / "output/clips"))
    again = generate_content(PROJECT, clips=2, collections=1, attempt=1)
    write_project(project, Layout.CURRENT, Run.of(again))
    assert read_final(project) == (list(again.clips), list(again.collections))
    assert old_videos <= set(files_of(project / "output/clips"))


def test_nothing_worth_cutting_leaves_two_empty_step_files_and_no_marker(tmp_path: Path) -> None:
    project = tmp_path / PROJECT
    write_nothing_worth_cutting(project)
    assert load(project / "metadata/step4_titles.json") == []
    assert load(project / "metadata/step5_collections.json") == []
    assert not (project / "metadata/clips_metadata.json").exists()
    assert not (project / "output").exists()


def test_processing_files_hold_the_record_of_each_row(tmp_path: Path) -> None:
    project = tmp_path / PROJECT
    ids = write_processing_files(project, CONTENT.clips, CONTENT.collections, Random(1))
    for clip in CONTENT.clips:
        assert load(project / f"processing/clip_{ids.clips[clip['id']]}.json") == clip
    for collection in CONTENT.collections:
        row_id = ids.collections[collection["id"]]
        assert load(project / f"processing/collection_{row_id}.json") == collection
    assert len(files_of(project)) == 6


def test_upload_and_project_file_name_a_project(tmp_path: Path) -> None:
    project = tmp_path / PROJECT
    write_upload(project, "【访谈】.mp4")
    write_project_file(project, "名字？", category="speech")
    assert set(files_of(project)) == {"raw/【访谈】.mp4", "raw/input.srt", "project.json"}
    document = load(project / "project.json")
    assert isinstance(document, dict)
    assert document["project_name"] == "名字？"
    assert document["processing_config"] == {"video_category": "speech"}


def test_projects_json_embeds_the_records(tmp_path: Path) -> None:
    entry = legacy_entry(PROJECT, "旧项目", CONTENT.clips, CONTENT.collections)
    write_projects_json(tmp_path, [entry])
    (read,) = json.loads((tmp_path / "projects.json").read_text(encoding="utf-8"))
    assert read == entry
    assert {clip["title"] for clip in read["clips"]} == {None}
    assert {collection["collection_type"] for collection in read["collections"]} == {
        "ai_recommended"
    }
