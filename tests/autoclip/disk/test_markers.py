"""A finish is seen once, whatever AutoClip's layout, and whatever else the disk does."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clipsync.autoclip.disk import markers
from clipsync.autoclip.disk.markers import Finish, FinishScan
from clipsync.errors import DataDirectoryError
from tests.support.autoclip_files import (
    DISK_LAYOUTS,
    MARKER_FILE,
    STEP4_FILE,
    STEP5_FILE,
    LayoutName,
    clip,
    collection,
    project_id,
    tree_state,
    write_file,
    write_project,
)

ONE, TWO = project_id(1), project_id(2)
HALF = b'{"clips_generated": 2, "cl'


def nobody_was_told(_project_id: str, _mark: int) -> bool:
    return False


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data" / "projects").mkdir(parents=True)
    return tmp_path / "data"


@pytest.fixture
def scan(root: Path) -> FinishScan:
    return FinishScan(root, nobody_was_told)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The projects whose files were opened, in order."""
    seen: list[str] = []
    identify = markers.identify

    def watched(files: Any) -> Any:
        seen.append(Path(files.project_dir).name)
        return identify(files)

    monkeypatch.setattr(markers, "identify", watched)
    yield seen


def ids(finishes: list[Finish]) -> list[str]:
    return [finish.project_id for finish in finishes]


def write(root: Path, id_: str = ONE, layout: LayoutName = "current", **content: Any) -> Path:
    """A project; finished where nothing else is said."""
    given = {"clips": [clip(1)], "collections": [collection(1, [1])], **content}
    return write_project(root, id_, layout=layout, **given)


def rewrite(path: Path, content: bytes) -> None:
    """In place, as AutoClip does, a nanosecond later than any clock would have it."""
    later = path.stat().st_mtime_ns + 1
    with path.open("r+b") as file:
        file.truncate()
        file.write(content)
    os.utime(path, ns=(later, later))


@pytest.mark.parametrize("layout", DISK_LAYOUTS)
def test_a_project_is_finished_when_its_marker_is_there(
    root: Path, scan: FinishScan, layout: LayoutName
) -> None:
    directory = write(root, layout=layout, marker=False)
    assert scan.look() == []

    write_file(directory / MARKER_FILE[layout], {"clips_generated": 1})
    assert ids(scan.look()) == [ONE]
    assert scan.look() == []


@pytest.mark.parametrize("layout", DISK_LAYOUTS)
def test_a_retry_that_rewrites_its_marker_in_place_finishes_it_again(
    root: Path, scan: FinishScan, layout: LayoutName
) -> None:
    """No directory's time changes then."""
    marker = write(root, layout=layout) / MARKER_FILE[layout]
    (first,) = scan.look()
    folders = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_dir()}

    rewrite(marker, marker.read_bytes())

    assert {path: path.stat().st_mtime_ns for path in folders} == folders
    (second,) = scan.look()
    assert (second.project_id, second.replaces) == (ONE, first.mark)
    assert second.mark != first.mark
    assert scan.look() == []


@pytest.mark.parametrize("old", ["steps", "root"])
def test_a_retry_by_a_newer_autoclip_is_a_finish_too(
    root: Path, scan: FinishScan, old: LayoutName
) -> None:
    write(root, layout=old)
    scan.look()

    write(root, layout="current")

    assert ids(scan.look()) == [ONE]
    assert scan.look() == []


@pytest.mark.parametrize("layout", DISK_LAYOUTS)
def test_nothing_worth_cutting_is_a_finish_without_a_marker(
    root: Path, scan: FinishScan, layout: LayoutName
) -> None:
    directory = root / "projects" / ONE
    write_file(directory / STEP4_FILE[layout], [])
    assert scan.look() == []

    write_file(directory / STEP5_FILE[layout], b"")
    assert scan.look() == []

    write_file(directory / STEP5_FILE[layout], [])
    assert ids(scan.look()) == [ONE]
    assert scan.look() == []


def test_files_without_a_marker_and_records_still_to_be_cut_are_no_finish(
    root: Path, scan: FinishScan
) -> None:
    write(root, ONE, marker=False)
    write_file(root / "projects" / TWO / STEP4_FILE["current"], [clip(1)])
    write_file(root / "projects" / TWO / STEP5_FILE["current"], [])

    assert [scan.look(), scan.look(), scan.look()] == [[], [], []]


def test_a_marker_beside_records_that_cannot_be_read_is_a_finish(
    root: Path, scan: FinishScan
) -> None:
    write(root, clips=b'[{"id": "1"')

    assert ids(scan.look()) == [ONE]


@pytest.mark.parametrize("half", [b"", b"   ", HALF, b"[]", b"\0" * 40])
def test_a_marker_that_cannot_be_used_is_waited_for(
    root: Path, scan: FinishScan, half: bytes
) -> None:
    marker = write(root, marker=half) / MARKER_FILE["current"]
    assert [scan.look(), scan.look(), scan.look()] == [[], [], []]

    rewrite(marker, b'{"clips_generated": 1}')
    assert ids(scan.look()) == [ONE]


def test_a_half_written_marker_is_not_opened_again_and_again(
    root: Path, scan: FinishScan, opened: list[str]
) -> None:
    write(root, marker=HALF)
    for _ in range(5):
        scan.look()

    assert opened == [ONE, ONE]


def test_a_marker_completed_within_one_tick_of_the_kernels_clock_is_seen(
    root: Path, scan: FinishScan
) -> None:
    """Half of it was looked at; the whole has the same time and, as it happens, the same size."""
    whole = b'{"clips_generated": 1}'
    marker = write(root, marker=whole[:-1] + b" ") / MARKER_FILE["current"]
    time = marker.stat().st_mtime_ns
    assert scan.look() == []

    marker.write_bytes(whole)
    os.utime(marker, ns=(time, time))

    assert ids(scan.look()) == [ONE]


def test_a_marker_written_between_the_look_at_its_time_and_at_its_content_is_told_once(
    root: Path, scan: FinishScan, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = write(root, marker=HALF) / MARKER_FILE["current"]
    identify = markers.identify

    def as_autoclip_writes(files: Any) -> Any:
        rewrite(marker, b'{"clips_generated": 1}')
        monkeypatch.setattr(markers, "identify", identify)
        return identify(files)

    monkeypatch.setattr(markers, "identify", as_autoclip_writes)

    assert scan.look() == []
    assert ids(scan.look()) == [ONE]
    assert scan.look() == []


def test_only_projects_whose_files_changed_are_looked_into(
    root: Path, scan: FinishScan, opened: list[str]
) -> None:
    write(root, ONE)
    marker = write(root, TWO) / MARKER_FILE["current"]
    scan.look()
    opened.clear()

    rewrite(marker, marker.read_bytes())
    scan.look()

    assert opened == [TWO]


def test_what_somebody_was_told_of_is_neither_opened_nor_told_again(
    root: Path, opened: list[str]
) -> None:
    write(root, ONE)
    write(root, TWO, layout="legacy", name="旧项目")
    told = {(one.project_id, one.mark) for one in FinishScan(root, nobody_was_told).look()}
    opened.clear()

    assert len(told) == 2
    assert FinishScan(root, lambda *finish: finish in told).look() == []
    assert opened == []


def test_what_was_there_at_the_beginning_is_known_without_being_opened(
    root: Path, scan: FinishScan, opened: list[str]
) -> None:
    write(root, ONE)
    write(root, TWO, layout="legacy", name="旧项目")
    write(root, project_id(3), marker=False)
    marker = write(root, project_id(4), marker=HALF) / MARKER_FILE["current"]

    learnt = scan.learn()

    assert [id_ for id_, _ in sorted(learnt)] == sorted([ONE, TWO, project_id(3), project_id(4)])
    assert (scan.look(), opened) == ([], [])
    rewrite(marker, b'{"clips_generated": 1}')
    write(root, project_id(3))
    assert ids(scan.look()) == [project_id(3), project_id(4)]


def test_a_finish_has_the_same_mark_in_every_life_and_wherever_it_is_mounted(
    root: Path, scan: FinishScan
) -> None:
    write(root)
    (finish,) = scan.look()

    root.rename(root.parent / "elsewhere")

    assert FinishScan(root.parent / "elsewhere", nobody_was_told).look() == [finish]
    assert finish.key == f"{finish.mark:016x}"


def test_an_entry_of_projects_json_is_finished_when_it_says_so(
    root: Path, scan: FinishScan
) -> None:
    write(root, ONE, layout="legacy", name="一", status="processing")
    write(root, TWO, layout="legacy", name="二")
    (first,) = scan.look()
    assert first.project_id == TWO

    write(root, ONE, layout="legacy", name="一")
    assert ids(scan.look()) == [ONE]

    write(root, TWO, layout="legacy", name="二", updated_at="2025-07-01T13:00:00")
    (again,) = scan.look()
    assert (again.project_id, again.replaces) == (TWO, first.mark)
    assert scan.look() == []


def test_a_half_written_projects_json_is_waited_for(root: Path, scan: FinishScan) -> None:
    write(root, ONE, layout="legacy", name="一")
    path = root / "projects.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    assert [scan.look(), scan.look(), scan.look()] == [[], [], []]

    rewrite(path, whole)
    assert ids(scan.look()) == [ONE]


def test_a_root_of_nothing_but_projects_json_is_watched_too(tmp_path: Path) -> None:
    write(tmp_path, ONE, layout="legacy", name="一")

    assert ids(FinishScan(tmp_path, nobody_was_told).look()) == [ONE]


def test_the_finishes_of_one_look_come_in_order(root: Path, scan: FinishScan) -> None:
    for number in (3, 1, 2):
        write(root, project_id(number))
    write(root, project_id(4), layout="legacy", name="旧项目")

    assert ids(scan.look()) == [project_id(number) for number in (1, 2, 3, 4)]


def away(root: Path) -> Callable[[], None]:
    """The disk is not mounted; gives how to mount it."""
    hidden = root.rename(root.parent / "away")
    return lambda: hidden.rename(root) and None


def emptied(root: Path) -> Callable[[], None]:
    """Its mount point shows."""
    hidden = (root / "projects").rename(root.parent / "away")
    (root / "projects").mkdir()

    def mount() -> None:
        (root / "projects").rmdir()
        hidden.rename(root / "projects")

    return mount


@pytest.mark.parametrize("unmount", [away, emptied])
def test_a_disk_that_is_not_mounted_is_no_finish_and_neither_is_its_return(
    root: Path, scan: FinishScan, unmount: Callable[[Path], Callable[[], None]]
) -> None:
    write(root, ONE)
    assert ids(scan.look()) == [ONE]

    mount = unmount(root)
    for _ in range(2):
        with pytest.raises(DataDirectoryError, match="mounted"):
            scan.look()
    mount()

    assert scan.look() == []
    write(root, TWO)
    assert ids(scan.look()) == [TWO]


def test_a_project_that_was_deleted_and_comes_back_unchanged_is_not_finished_again(
    root: Path, scan: FinishScan
) -> None:
    write(root, TWO)
    directory = write(root, ONE)
    scan.look()

    hidden = directory.rename(root / "away")
    assert scan.look() == []
    hidden.rename(directory)

    assert scan.look() == []


def test_one_projects_trouble_does_not_hide_the_others(
    root: Path,
    scan: FinishScan,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    write(root, ONE)
    write(root, TWO)
    loop = root / "projects" / project_id(3)
    loop.symlink_to(loop)
    identify = markers.identify

    def broken(files: Any) -> Any:
        if ONE in files.project_dir:
            raise RuntimeError("a bug of ours")
        return identify(files)

    monkeypatch.setattr(markers, "identify", broken)

    assert ids(scan.look()) == [TWO]
    assert scan.look() == []
    messages = [record.getMessage() for record in caplog.records]
    assert f"project {ONE}: can't tell whether it is finished" in messages
    assert [line for line in messages if "directories" in line] == [
        "can't look into 1 of the project directories; the first is "
        f"{project_id(3)}: Too many levels of symbolic links"
    ]


def test_what_is_no_project_is_not_looked_at(root: Path, scan: FinishScan) -> None:
    write(root, ONE.upper().replace("0", "A"))
    write(root, "demo")
    write_file(root / "projects" / TWO, b"a file in a project's place")

    assert scan.look() == []


def test_nothing_is_written(root: Path, scan: FinishScan) -> None:
    write(root, ONE)
    write(root, TWO, layout="legacy", name="旧项目")
    before = tree_state(root)

    scan.learn()
    scan.look()

    assert tree_state(root) == before
