"""Has anything changed? Fingerprint: by names, sizes and times. Content hash: by contents."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clipsync.autoclip.disk import DataDirectory
from tests.support.autoclip_files import (
    LAYOUT_NAMES,
    LayoutName,
    clip,
    collection,
    json_bytes,
    project_id,
    row_id,
    write_file,
    write_project,
)

PROJECT = project_id(1)


def write(root: Path, **changes: Any) -> Path:
    content: dict[str, Any] = {
        "clips": [clip(1), clip(2)],
        "collections": [collection(1, [1, 2])],
        "project_file": {"project_name": "甲"},
        "deleted_collections": ["a"],
        "clip_videos": ["1_a.mp4"],
        "collection_videos": ["1_合集1.mp4"],
        "raw_video": "讲座.mp4",
        "row_files": {f"clip_{row_id(1)}.json": clip(1)},
        **changes,
    }
    return write_project(root, PROJECT, **content)


def fingerprint(root: Path, **options: Any) -> str:
    data = DataDirectory(root, **options)
    found = data.fingerprint(PROJECT)
    assert found == data.read(PROJECT).fingerprint
    return found


def content_hash(root: Path) -> str:
    return DataDirectory(root).read(PROJECT).content_hash


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
def test_a_fingerprint_needs_no_reading(
    tmp_path: Path, layout: LayoutName, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, layout=layout)
    data = DataDirectory(tmp_path)
    expected = data.read(PROJECT).fingerprint

    def refuse(*_: Any) -> int:
        raise AssertionError("opened a file")

    monkeypatch.setattr(os, "open", refuse)
    assert data.fingerprint(PROJECT) == expected


def _rewrite_marker(directory: Path) -> None:
    write_file(directory / "output/step6_video_output.json", {"clips_generated": 0})


def _same_size_later(directory: Path) -> None:
    path = directory / "metadata/clips_metadata.json"
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"0.9", b"0.8"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


CHANGES: list[Callable[[Path], Any]] = [
    _rewrite_marker,
    _same_size_later,
    lambda directory: write_file(directory / "metadata/collections_metadata.json", [1]),
    lambda directory: (directory / "metadata/collections_metadata.json").unlink(),
    lambda directory: write_file(directory / "project.json", {"project_name": "改"}),
    lambda directory: write_file(directory / "info.json", {}),
    lambda directory: (directory / "deleted_collections.json").unlink(),
    lambda directory: write_file(directory / "output/clips/2_b.mp4", b""),
    lambda directory: shutil.rmtree(directory / "output/collections"),
    lambda directory: write_file(directory / f"processing/clip_{row_id(2)}.json", {}),
    lambda directory: (directory / "raw/讲座.mp4").rename(directory / "raw/演讲.mp4"),
    lambda directory: write_file(directory / "step6_video/clips_metadata.json", []),
    lambda directory: (directory / "metadata/clips_metadata.json").chmod(0o600),
    shutil.rmtree,
]


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_decides_changes_the_fingerprint(
    tmp_path: Path, change: Callable[[Path], Any]
) -> None:
    directory = write(tmp_path)
    (directory / "metadata/clips_metadata.json").chmod(0o644)
    before = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == before
    change(directory)
    assert fingerprint(tmp_path) != before


def test_whatever_does_not_decide_leaves_the_fingerprint(tmp_path: Path) -> None:
    directory = write(tmp_path)
    before = fingerprint(tmp_path)
    write_file(directory / "metadata/step3_all_scored.json", [clip(5)])
    write_file(directory / "processing/log.txt", b"x")
    write_file(directory / "raw/input.srt", b"x")
    assert fingerprint(tmp_path) == before


def test_absent_empty_and_legacy_projects_differ_in_fingerprint(tmp_path: Path) -> None:
    projects = tmp_path / "projects"
    projects.mkdir()
    absent = fingerprint(tmp_path)
    (projects / PROJECT).mkdir()
    empty = fingerprint(tmp_path)
    write_project(tmp_path, PROJECT, layout="legacy", clips=[clip(1)])
    entry = fingerprint(tmp_path)
    write_project(tmp_path, project_id(2), layout="legacy", clips=[clip(1)])
    assert fingerprint(tmp_path) == entry
    write_project(tmp_path, PROJECT, layout="legacy", clips=[clip(2)])
    assert len({absent, empty, entry, fingerprint(tmp_path)}) == 4


def test_another_size_limit_is_another_fingerprint(tmp_path: Path) -> None:
    write(tmp_path)
    assert fingerprint(tmp_path, max_json_bytes=2**20) != fingerprint(tmp_path)


def _reversed_keys(record: dict[str, Any]) -> dict[str, Any]:
    return dict(reversed(record.items()))


def test_the_content_hash_ignores_key_order_layout_times_and_place(tmp_path: Path) -> None:
    write(tmp_path / "a")
    directory = write(
        tmp_path / "elsewhere" / "b",
        layout="output",
        clips=[_reversed_keys(clip(1)), _reversed_keys(clip(2))],
        collections={"collections": [_reversed_keys(collection(1, [1, 2]))]},
        marker={"collections_generated": 1, "clips_generated": 2},
    )
    os.utime(directory / "output/metadata/clips_metadata.json", (0, 0))
    assert content_hash(tmp_path / "a") == content_hash(tmp_path / "elsewhere" / "b")


@pytest.mark.parametrize(
    "changes",
    [
        {"clips": [clip(1), clip(2, x=1)]},
        {"clips": [clip(2), clip(1)]},
        {"clips": [clip(1), clip(2), 5]},
        {"clips": b"["},
        {"collections": [collection(1, [2, 1])]},
        {"collections": None},
        {"project_file": {"project_name": "乙"}},
        {"deleted_collections": []},
        {"deleted_collections": b""},
        {"clip_videos": []},
        {"clip_videos": ["1_b.mp4"]},
        {"collection_videos": []},
        {"raw_video": None},
        {"row_files": {f"clip_{row_id(1)}.json": clip(2)}},
        {"row_files": {f"collection_{row_id(1)}.json": clip(1)}},
        {"marker": False},
        {"marker": {"clips_generated": 1}},
    ],
)
def test_whatever_a_plan_depends_on_changes_the_content_hash(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    write(tmp_path / "a")
    write(tmp_path / "b", **changes)
    assert content_hash(tmp_path / "a") != content_hash(tmp_path / "b")


def test_the_content_hash_of_a_project_with_everything_odd_is_stable(tmp_path: Path) -> None:
    odd: list[Any] = [clip(1), {"id": "\ud800"}, clip(3, x=float("nan")), [[]], None]
    write_project(tmp_path, PROJECT, clips=json_bytes(odd), collections=[], marker=b"\xff")
    first = DataDirectory(tmp_path).read(PROJECT)
    assert first == DataDirectory(tmp_path).read(PROJECT)
    assert (len(first.clips), len(first.quarantined)) == (1, 4)
