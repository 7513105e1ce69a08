"""The data directory as a whole: is it usable, which projects does it hold, is it left alone?"""

import os
from pathlib import Path

import pytest

from clipsync.autoclip.disk import DataDirectory, is_project_id, peek_state
from clipsync.errors import DataDirectoryError, InvalidProjectIdError
from clipsync.model.manifest import DiskState
from tests.support.autoclip_files import (
    LAYOUT_NAMES,
    clip,
    collection,
    project_id,
    row_id,
    tree_state,
    write_file,
    write_project,
)

PROJECT = project_id(1)


def reason_and_advice(root: Path) -> tuple[str, str]:
    with pytest.raises(DataDirectoryError) as caught:
        DataDirectory(root)
    return caught.value.reason, caught.value.advice


def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    reason, advice = reason_and_advice(tmp_path / "gone")
    assert reason == "does not exist"
    assert "mounted" in advice


def test_a_file_is_refused(tmp_path: Path) -> None:
    write_file(tmp_path / "file", b"")
    assert reason_and_advice(tmp_path / "file")[0] == "is not a directory"


def test_a_directory_with_nothing_of_autoclip_is_refused(tmp_path: Path) -> None:
    write_file(tmp_path / "projects", b"a file of that name is no projects directory")
    reason, advice = reason_and_advice(tmp_path)
    assert reason == "holds neither projects/ nor projects.json"
    assert "CLIPSYNC_DATA_DIR" in advice


def test_the_projects_directory_itself_gets_a_hint(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, clips=[])
    advice = reason_and_advice(tmp_path / "projects")[1]
    assert advice == f"It looks like the projects directory itself: give its parent, {tmp_path}."


def test_a_project_directory_gets_a_hint(tmp_path: Path) -> None:
    directory = write_project(tmp_path, PROJECT, clips=[])
    assert f"give AutoClip's data directory, {tmp_path}," in reason_and_advice(directory)[1]


def test_autoclips_own_directory_gets_a_hint(tmp_path: Path) -> None:
    write_project(tmp_path / "data", PROJECT, clips=[])
    assert reason_and_advice(tmp_path)[1] == f"Did you mean {tmp_path / 'data'}?"


def test_a_link_to_a_disk_that_is_not_mounted_is_refused(tmp_path: Path) -> None:
    (tmp_path / "projects").symlink_to(tmp_path / "unmounted")
    write_file(tmp_path / "projects.json", [])
    assert reason_and_advice(tmp_path)[0] == "is a link to nowhere"


@pytest.mark.parametrize("forbidden", ["", "projects"])
def test_a_directory_we_may_not_read_is_refused(
    tmp_path: Path, forbidden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "projects").mkdir()
    scandir = os.scandir

    def refusing(path: Path) -> object:
        if path == tmp_path / forbidden:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert reason_and_advice(tmp_path)[0] == "not permitted to read it"


def test_either_form_alone_is_enough(tmp_path: Path) -> None:
    (tmp_path / "a" / "projects").mkdir(parents=True)
    write_file(tmp_path / "b" / "projects.json", [])
    assert DataDirectory(tmp_path / "a").project_ids() == []
    assert DataDirectory(tmp_path / "b").project_ids() == []


def test_the_projects_are_lower_case_uuid_directories_and_entries_sorted(tmp_path: Path) -> None:
    write_project(tmp_path, project_id(3), clips=[])
    write_project(tmp_path, project_id(1), clips=[])
    write_project(tmp_path, project_id(2), layout="legacy", clips=[])
    write_project(tmp_path, project_id(3), layout="legacy", clips=[])
    projects = tmp_path / "projects"
    write_file(projects / project_id(4), b"a file")
    (projects / ".trash").mkdir()
    (projects / "455D6E8C-29A4-4027-884A-DDEC16F9BBE1").mkdir()
    (projects / "test").mkdir()
    assert DataDirectory(tmp_path).project_ids() == [project_id(1), project_id(2), project_id(3)]


def test_a_disk_lost_during_the_run_is_no_empty_list(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, clips=[])
    data = DataDirectory(tmp_path)
    (tmp_path / "projects").rename(tmp_path / "elsewhere")
    with pytest.raises(DataDirectoryError):
        data.project_ids()
    assert data.read(PROJECT).state is DiskState.ABSENT


def test_a_linked_project_directory_is_read(tmp_path: Path) -> None:
    write_project(tmp_path / "other", PROJECT, clips=[clip(1)], collections=[])
    (tmp_path / "data" / "projects").mkdir(parents=True)
    (tmp_path / "data" / "projects" / PROJECT).symlink_to(tmp_path / "other/projects" / PROJECT)
    data = DataDirectory(tmp_path / "data")
    assert data.project_ids() == [PROJECT]
    assert data.read(PROJECT).state is DiskState.COMPLETED
    assert data.read(PROJECT).project_dir == f"{tmp_path}/data/projects/{PROJECT}"


def test_a_relative_root_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data" / "projects").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert DataDirectory(Path("data")).root == tmp_path / "data"
    assert DataDirectory(Path("data/../data")).root == (tmp_path / "data").resolve()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "../" + PROJECT,
        PROJECT + "/",
        PROJECT + "\n",
        PROJECT.upper().replace("0", "A"),
        PROJECT.replace("-", ""),
        PROJECT[:-1] + "é",
        PROJECT[:-1] + "٣",
        "x" * 500,
    ],
)
def test_a_malformed_id_is_refused_before_a_path_is_made_of_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "projects").mkdir()
    data = DataDirectory(tmp_path)
    assert not is_project_id(text)
    with pytest.raises(InvalidProjectIdError):
        data.read(text)
    with pytest.raises(InvalidProjectIdError):
        data.fingerprint(text)
    with pytest.raises(InvalidProjectIdError):
        peek_state(tmp_path, text)


def test_peek_state_is_the_state(tmp_path: Path) -> None:
    write_project(tmp_path, project_id(1), clips=[clip(1)], collections=[])
    write_project(tmp_path, project_id(2), step4=[clip(1)], marker=False)
    write_project(tmp_path, project_id(3), clips=b"[")
    states = [peek_state(tmp_path, project_id(number)) for number in (1, 2, 3, 4)]
    assert states == [
        DiskState.COMPLETED,
        DiskState.PROCESSING,
        DiskState.UNREADABLE,
        DiskState.ABSENT,
    ]
    data = DataDirectory(tmp_path)
    assert states == [data.read(project_id(number)).state for number in (1, 2, 3, 4)]


def test_reading_leaves_the_tree_as_it_was_to_the_byte(tmp_path: Path) -> None:
    for number, layout in enumerate(LAYOUT_NAMES, start=1):
        write_project(
            tmp_path,
            project_id(number),
            layout=layout,
            clips=[clip(1), clip(2, id=None)],
            collections=[collection(1, [1])],
            project_file={"name": "甲"},
            deleted_collections=["x"],
            clip_videos=["1_a.mp4"],
            raw_video="讲座.mp4",
            row_files={f"clip_{row_id(1)}.json": clip(1)},
        )
    write_project(tmp_path, project_id(8), clips=b"[", marker=b"")
    write_project(tmp_path, project_id(9), step4=[], step5=[], marker=False)
    before = tree_state(tmp_path)
    data = DataDirectory(tmp_path)
    for project in [*data.project_ids(), project_id(20)]:
        data.read(project)
        data.fingerprint(project)
        peek_state(tmp_path, project)
    assert tree_state(tmp_path) == before


def test_a_read_costs_a_handful_of_listings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project(
        tmp_path,
        PROJECT,
        clips=[clip(number) for number in range(1, 50)],
        collections=[],
        clip_videos=[f"{number}_x.mp4" for number in range(1, 50)],
        raw_video="input.mp4",
    )
    data = DataDirectory(tmp_path)
    listed: list[str] = []
    opened: list[str] = []
    scandir, opener = os.scandir, os.open

    def counting_scandir(path: str) -> object:
        listed.append(path)
        return scandir(path)

    def counting_open(path: str, *arguments: int) -> int:
        opened.append(path)
        return opener(path, *arguments)

    monkeypatch.setattr(os, "scandir", counting_scandir)
    monkeypatch.setattr(os, "open", counting_open)
    assert data.read(PROJECT).clips[0].video_exists
    assert len(listed) == 5
    assert len(opened) == 3
