"""Which files speak for a project, and the state that makes it."""

from pathlib import Path
from typing import Any

import pytest

from clipsync.autoclip.disk import DataDirectory
from clipsync.model.manifest import DiskState, Manifest, MarkerCounts, MarkerState
from tests.support.autoclip_files import (
    CLIPS_FILE,
    COLLECTIONS_FILE,
    DISK_LAYOUTS,
    MARKER_FILE,
    STEP4_FILE,
    STEP5_FILE,
    LayoutName,
    clip,
    collection,
    project_id,
    write_file,
    write_project,
)
from tests.support.reasons import told

PROJECT = project_id(1)
CLIPS = [clip(1), clip(2)]
COLLECTIONS = [collection(1, [2, 1])]

all_layouts = pytest.mark.parametrize("layout", DISK_LAYOUTS)


def read(root: Path, **options: Any) -> Manifest:
    return DataDirectory(root, **options).read(PROJECT)


def titles(manifest: Manifest) -> list[str]:
    return [record.title for record in manifest.clips]


def problem(path: str, reason: str) -> tuple[str, str]:
    return (f"projects/{PROJECT}/{path}", reason)


@all_layouts
def test_each_layout_is_read(tmp_path: Path, layout: LayoutName) -> None:
    write_project(tmp_path, PROJECT, layout=layout, clips=CLIPS, collections=COLLECTIONS)
    manifest = read(tmp_path)
    assert (manifest.state, manifest.layout) == (DiskState.COMPLETED, layout)
    assert (manifest.marker, manifest.marker_counts) == (MarkerState.PRESENT, MarkerCounts(2, 1))
    assert [record.content for record in manifest.clips] == CLIPS
    assert [record.content for record in manifest.collections] == COLLECTIONS
    assert (manifest.clips_known, manifest.collections_known) == (True, True)
    assert (manifest.problems, manifest.quarantined) == ((), ())


@all_layouts
def test_final_files_without_a_marker_are_completed(tmp_path: Path, layout: LayoutName) -> None:
    write_project(
        tmp_path, PROJECT, layout=layout, clips=CLIPS, collections=COLLECTIONS, marker=False
    )
    manifest = read(tmp_path)
    assert (manifest.state, manifest.marker) == (DiskState.COMPLETED, MarkerState.MISSING)
    assert len(manifest.clips) == 2


@all_layouts
def test_an_empty_final_list_is_a_truth(tmp_path: Path, layout: LayoutName) -> None:
    directory = write_project(
        tmp_path, PROJECT, layout=layout, clips=[], collections=[], step4=CLIPS, step5=COLLECTIONS
    )
    write_file(directory / "step3_all_scored.json", CLIPS)
    manifest = read(tmp_path)
    assert (manifest.state, manifest.clips, manifest.collections) == (DiskState.COMPLETED, (), ())
    assert (manifest.clips_known, manifest.collections_known) == (True, True)


@all_layouts
def test_a_list_may_be_wrapped_in_an_object(tmp_path: Path, layout: LayoutName) -> None:
    write_project(
        tmp_path,
        PROJECT,
        layout=layout,
        clips={"clips": CLIPS, "total": 2},
        collections={"collections": COLLECTIONS},
    )
    manifest = read(tmp_path)
    assert (len(manifest.clips), len(manifest.collections)) == (2, 1)


@all_layouts
def test_with_a_marker_the_step_files_stand_in_for_final_ones(
    tmp_path: Path, layout: LayoutName
) -> None:
    write_project(
        tmp_path,
        PROJECT,
        layout=layout,
        step4=CLIPS,
        step5=COLLECTIONS,
        marker={"clips_count": 2, "collections_count": True},
    )
    manifest = read(tmp_path)
    # Without final files nothing tells the root layout from the one before it.
    expected = "steps" if layout == "root" else layout
    assert (manifest.state, manifest.layout) == (DiskState.COMPLETED, expected)
    assert (len(manifest.clips), len(manifest.collections)) == (2, 1)
    assert manifest.marker_counts == MarkerCounts(2, None)


def test_step_files_in_the_root_stand_in_too(tmp_path: Path) -> None:
    directory = write_project(tmp_path, PROJECT, layout="root", marker={})
    write_file(directory / "step4_titles.json", CLIPS)
    write_file(directory / "step5_collections.json", COLLECTIONS)
    manifest = read(tmp_path)
    assert manifest.state is DiskState.COMPLETED
    assert (manifest.layout, len(manifest.clips), len(manifest.collections)) == ("root", 2, 1)


@all_layouts
def test_each_kind_falls_back_by_itself(tmp_path: Path, layout: LayoutName) -> None:
    write_project(tmp_path, PROJECT, layout=layout, clips=CLIPS, step4=None, step5=COLLECTIONS)
    manifest = read(tmp_path)
    assert (len(manifest.clips), len(manifest.collections)) == (2, 1)


@all_layouts
def test_a_kind_no_file_speaks_of_is_not_known(tmp_path: Path, layout: LayoutName) -> None:
    write_project(tmp_path, PROJECT, layout=layout, clips=CLIPS)
    manifest = read(tmp_path)
    assert manifest.state is DiskState.COMPLETED
    assert (manifest.clips_known, manifest.collections_known) == (True, False)


def test_a_marker_alone_is_completed_but_nothing_is_known(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, marker={"clips_generated": 3})
    manifest = read(tmp_path)
    assert (manifest.state, manifest.marker_counts) == (DiskState.COMPLETED, MarkerCounts(3, None))
    assert (manifest.clips_known, manifest.collections_known) == (False, False)


@all_layouts
@pytest.mark.parametrize("empty", [[], {"clips": [], "collections": []}])
def test_nothing_worth_cutting_is_completed_with_nothing(
    tmp_path: Path, layout: LayoutName, empty: Any
) -> None:
    write_project(tmp_path, PROJECT, layout=layout, step4=empty, step5=empty, marker=False)
    manifest = read(tmp_path)
    assert (manifest.state, manifest.marker) == (DiskState.COMPLETED, MarkerState.NOT_USED)
    assert (manifest.clips_known, manifest.collections_known) == (True, True)
    assert (manifest.clips, manifest.collections) == ((), ())


@all_layouts
@pytest.mark.parametrize(
    ("step4", "step5"),
    [
        (CLIPS, None),
        (CLIPS, COLLECTIONS),
        ([], None),
        ([], COLLECTIONS),
        (b'[{"id": "1', None),
        (b"", []),
    ],
)
def test_step_files_alone_are_still_processing(
    tmp_path: Path, layout: LayoutName, step4: Any, step5: Any
) -> None:
    write_project(tmp_path, PROJECT, layout=layout, step4=step4, step5=step5, marker=False)
    manifest = read(tmp_path)
    assert (manifest.state, manifest.problems) == (DiskState.PROCESSING, ())
    assert (manifest.clips, manifest.clips_known) == ((), False)


def test_a_collections_file_alone_is_still_processing(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, collections=COLLECTIONS, marker=False)
    assert read(tmp_path).state is DiskState.PROCESSING


def test_an_empty_project_directory_is_processing(tmp_path: Path) -> None:
    (tmp_path / "projects" / PROJECT / "raw").mkdir(parents=True)
    manifest = read(tmp_path)
    assert (manifest.state, manifest.layout) == (DiskState.PROCESSING, None)


def test_no_directory_is_absent(tmp_path: Path) -> None:
    (tmp_path / "projects").mkdir()
    manifest = read(tmp_path)
    assert (manifest.state, manifest.problems) == (DiskState.ABSENT, ())
    assert manifest.project_dir == f"{tmp_path.as_posix()}/projects/{PROJECT}"


@pytest.mark.parametrize(
    ("newer", "older"),
    [("current", "output"), ("output", "steps"), ("steps", "root"), ("current", "root")],
)
def test_the_newest_layout_with_a_final_file_speaks(
    tmp_path: Path, newer: LayoutName, older: LayoutName
) -> None:
    write_project(tmp_path, PROJECT, layout=older, clips=[clip(1, generated_title="旧")])
    write_project(tmp_path, PROJECT, layout=newer, clips=[clip(1, generated_title="新")])
    assert titles(read(tmp_path)) == ["新"]


def test_a_final_file_of_an_older_layout_wins_over_step_files_of_a_newer_one(
    tmp_path: Path,
) -> None:
    write_project(tmp_path, PROJECT, layout="root", clips=[clip(1, generated_title="旧")])
    write_project(tmp_path, PROJECT, layout="current", step4=[clip(1)], step5=[], marker=False)
    assert titles(read(tmp_path)) == ["旧"]


def test_collections_come_from_the_layout_of_the_clips(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, layout="root", clips=CLIPS, collections=COLLECTIONS)
    write_project(tmp_path, PROJECT, layout="current", clips=CLIPS, collections=[])
    assert read(tmp_path).collections == ()


BAD_CONTENT = [
    (b"", "empty file"),
    (b'[{"id": "1", "st', "half-written JSON: unexpected end at byte 16"),
    (b'["\xff"]', "not UTF-8 at byte 2"),
    (7, "expected a list of records, found a number"),
    ("text", "expected a list of records, found text"),
    (b"null", "expected a list of records, found null"),
]


@all_layouts
@pytest.mark.parametrize(("content", "reason"), BAD_CONTENT)
def test_a_bad_clips_file_makes_a_project_unreadable(
    tmp_path: Path, layout: LayoutName, content: Any, reason: str
) -> None:
    write_project(
        tmp_path, PROJECT, layout=layout, clips=content, collections=COLLECTIONS, step4=CLIPS
    )
    manifest = read(tmp_path)
    assert manifest.state is DiskState.UNREADABLE
    assert told(manifest.problems) == (problem(CLIPS_FILE[layout], reason),)
    assert (manifest.clips, manifest.collections, manifest.quarantined) == ((), (), ())
    assert (manifest.clips_known, manifest.collections_known) == (False, False)


@all_layouts
@pytest.mark.parametrize(("content", "reason"), BAD_CONTENT)
def test_a_bad_collections_file_makes_a_project_unreadable(
    tmp_path: Path, layout: LayoutName, content: Any, reason: str
) -> None:
    write_project(
        tmp_path, PROJECT, layout=layout, clips=CLIPS, collections=content, step5=COLLECTIONS
    )
    manifest = read(tmp_path)
    assert manifest.state is DiskState.UNREADABLE
    assert told(manifest.problems) == (problem(COLLECTIONS_FILE[layout], reason),)
    assert manifest.clips == ()


@all_layouts
def test_a_bad_step_file_that_stands_in_makes_a_project_unreadable(
    tmp_path: Path, layout: LayoutName
) -> None:
    write_project(tmp_path, PROJECT, layout=layout, clips=CLIPS, step5=b"[")
    manifest = read(tmp_path)
    assert manifest.state is DiskState.UNREADABLE
    assert told(manifest.problems) == (
        problem(STEP5_FILE[layout], "half-written JSON: unexpected end at byte 1"),
    )


@all_layouts
def test_a_bad_file_that_does_not_decide_is_not_looked_at(
    tmp_path: Path, layout: LayoutName
) -> None:
    write_project(
        tmp_path,
        PROJECT,
        layout=layout,
        clips=CLIPS,
        collections=COLLECTIONS,
        step4=b"[",
        step5=b"",
    )
    manifest = read(tmp_path)
    assert (manifest.state, manifest.problems) == (DiskState.COMPLETED, ())


def test_every_bad_file_is_named_once(tmp_path: Path) -> None:
    write_project(
        tmp_path, PROJECT, clips=b"", collections={"clips": []}, marker=b"{", project_file=b"?"
    )
    assert told(read(tmp_path).problems) == (
        problem(CLIPS_FILE["current"], "empty file"),
        problem(
            COLLECTIONS_FILE["current"],
            'expected a list of records, found an object without "collections"',
        ),
        problem(MARKER_FILE["current"], "half-written JSON: unexpected end at byte 1"),
        problem("project.json", "not JSON: can't go on at byte 0"),
    )


def test_a_list_of_the_wrong_shape_inside_an_object_is_named(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, clips={"clips": "all"}, collections=[])
    assert told(read(tmp_path).problems) == (
        problem(CLIPS_FILE["current"], 'expected a list under "clips", found text'),
    )


def test_a_file_beyond_the_limit_makes_a_project_unreadable(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, clips=b"[" + b" " * 2**20 + b"]", collections=[])
    manifest = read(tmp_path, max_json_bytes=2**20)
    assert manifest.state is DiskState.UNREADABLE
    assert told(manifest.problems) == (
        problem(CLIPS_FILE["current"], "too large: 1.1 MiB, limit 1 MiB"),
    )


def test_a_folder_in_the_place_of_a_final_file_is_not_passed_over(tmp_path: Path) -> None:
    directory = write_project(tmp_path, PROJECT, step4=CLIPS, collections=[])
    (directory / CLIPS_FILE["current"]).mkdir()
    manifest = read(tmp_path)
    assert manifest.state is DiskState.UNREADABLE
    assert told(manifest.problems) == (
        problem(CLIPS_FILE["current"], "expected a file, found a directory"),
    )


def test_a_file_in_the_place_of_the_project_directory_is_unreadable(tmp_path: Path) -> None:
    write_file(tmp_path / "projects" / PROJECT, b"")
    manifest = read(tmp_path)
    assert manifest.state is DiskState.UNREADABLE
    assert told(manifest.problems) == (
        (f"projects/{PROJECT}", "expected a directory, found a file"),
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b'{"clips_gen', "half-written JSON: unexpected end at byte 11"),
        ([], "expected an object, found a list"),
    ],
)
@all_layouts
def test_an_unreadable_marker_does_not_change_the_state(
    tmp_path: Path, layout: LayoutName, content: Any, reason: str
) -> None:
    write_project(
        tmp_path, PROJECT, layout=layout, clips=CLIPS, collections=COLLECTIONS, marker=content
    )
    manifest = read(tmp_path)
    assert (manifest.state, manifest.marker) == (DiskState.COMPLETED, MarkerState.UNREADABLE)
    assert manifest.marker_counts is None
    assert told(manifest.problems) == (problem(MARKER_FILE[layout], reason),)
    assert len(manifest.clips) == 2


def test_the_markers_counts_never_overrule_the_records(tmp_path: Path) -> None:
    write_project(
        tmp_path,
        PROJECT,
        clips=CLIPS,
        collections=COLLECTIONS,
        marker={"clips_generated": 1, "collections_generated": "many"},
    )
    manifest = read(tmp_path)
    assert len(manifest.clips) == 2
    assert manifest.marker_counts == MarkerCounts(1, None)


def test_step4_of_the_output_layout_is_found_by_the_shared_marker(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, layout="output", step4=CLIPS, marker={})
    assert STEP4_FILE["output"] == "output/metadata/step4_titles.json"
    assert read(tmp_path).layout == "output"


@pytest.mark.parametrize(
    ("folder", "state", "marker"),
    [
        ("", DiskState.UNREADABLE, MarkerState.MISSING),
        ("metadata", DiskState.UNREADABLE, MarkerState.MISSING),
        ("output", DiskState.COMPLETED, MarkerState.UNREADABLE),
        ("output/clips", DiskState.COMPLETED, MarkerState.PRESENT),
        ("processing", DiskState.COMPLETED, MarkerState.PRESENT),
    ],
)
def test_a_folder_we_may_not_look_into_is_named_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    folder: str,
    state: DiskState,
    marker: MarkerState,
) -> None:
    directory = write_project(
        tmp_path,
        PROJECT,
        clips=CLIPS,
        collections=COLLECTIONS,
        clip_videos=["1_a.mp4"],
        row_files={"notes.txt": b""},
    )
    data = DataDirectory(tmp_path)
    _forbid(monkeypatch, f"{directory.as_posix()}/{folder}")
    manifest = data.read(PROJECT)
    assert (manifest.state, manifest.marker) == (state, marker)
    name = f"projects/{PROJECT}/{folder}".rstrip("/")
    assert told(manifest.problems) == ((name, "not permitted to read it"),)
    assert manifest.fingerprint == data.fingerprint(PROJECT)


def _forbid(monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    """Permissions do not bind every user who runs the tests, so the refusal is played."""
    import os

    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if str(path) == folder:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
