"""One project, whatever its files hold: never an exception, always a defined state."""

import tempfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clipsync.autoclip.disk import DataDirectory
from clipsync.model.manifest import DiskCode, DiskState, Manifest
from tests.support.autoclip_files import (
    DISK_LAYOUTS,
    LayoutName,
    clip,
    collection,
    json_bytes,
    project_id,
    write_project,
)
from tests.support.properties import steady

PROJECT = project_id(1)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=10,
)
odd_clips = st.builds(
    lambda overrides: clip(1, **overrides),
    st.dictionaries(st.sampled_from(sorted(clip(1))), json_values, max_size=3),
)
odd_collections = st.builds(
    lambda overrides: collection(1, [1], **overrides),
    st.dictionaries(st.sampled_from(sorted(collection(1, []))), json_values, max_size=3),
)


def read_with(layout: LayoutName = "current", **files: Any) -> Manifest:
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder), PROJECT, layout=layout, **files)
        return DataDirectory(Path(folder)).read(PROJECT)


def check(manifest: Manifest) -> None:
    """What every manifest holds to, however bad the files."""
    assert manifest.state in (DiskState.COMPLETED, DiskState.UNREADABLE, DiskState.PROCESSING)
    if manifest.state is not DiskState.COMPLETED:
        assert (manifest.clips, manifest.collections) == ((), ())
    assert (manifest.state is DiskState.UNREADABLE) <= bool(manifest.problems)
    assert len({problem.file for problem in manifest.problems}) == len(manifest.problems)
    # Everything in it can be stored: valid UTF-8, no NUL characters, no deeper than writers go.
    stored = orjson.dumps(
        [manifest.clips, manifest.collections, manifest.quarantined, manifest.project]
    )
    # An escaped NUL in a record's own text has its backslash doubled; a real one does not.
    assert b"\\u0000" not in stored.replace(b"\\\\", b"")


@steady
@given(data=st.binary(), layout=st.sampled_from(DISK_LAYOUTS))
@example(data=b"\xef\xbb\xbf", layout="current")
@example(data=b"[" * 100_000, layout="current")
@example(data=b'[{"id":' * 600, layout="current")
def test_any_bytes_in_the_clips_file_give_a_defined_state(data: bytes, layout: LayoutName) -> None:
    check(read_with(layout, clips=data, collections=[]))


@steady
@given(cut=st.integers(0, 600))
def test_a_clips_file_cut_anywhere_is_unreadable(cut: int) -> None:
    whole = json_bytes([clip(1), clip(2)])
    manifest = read_with(clips=whole[: min(cut, len(whole) - 1)], collections=[])
    check(manifest)
    assert manifest.state is DiskState.UNREADABLE
    assert manifest.problems[0].reason.code in (DiskCode.HALF_WRITTEN, DiskCode.EMPTY)


@steady
@given(content=json_values)
def test_any_json_in_the_clips_file_gives_a_defined_state(content: Any) -> None:
    check(read_with(clips=json_bytes(content), collections=[]))


@steady
@given(clips=st.lists(odd_clips | json_values, max_size=4), other=st.lists(odd_collections))
def test_every_record_is_either_used_or_quarantined(clips: list[Any], other: list[Any]) -> None:
    manifest = read_with(clips=json_bytes(clips), collections=json_bytes(other))
    check(manifest)
    assert manifest.state is DiskState.COMPLETED
    positions = [
        *(record.position for record in manifest.clips),
        *(record.position for record in manifest.collections),
        *(record.position for record in manifest.quarantined),
    ]
    assert sorted(positions) == sorted([*range(len(clips)), *range(len(other))])


@steady
@given(content=json_values | st.binary())
def test_nothing_in_any_other_file_raises(content: Any) -> None:
    data = content if isinstance(content, bytes) else json_bytes(content)
    manifest = read_with(
        clips=[clip(1)],
        collections=[],
        marker=data,
        project_file=data,
        deleted_collections=data,
        row_files={"clip_455d6e8c-29a4-4027-884a-ddec16f9bbe1.json": data},
    )
    check(manifest)
    assert manifest.state is DiskState.COMPLETED


@steady
@given(content=json_values | st.binary())
def test_nothing_in_projects_json_raises(content: Any) -> None:
    data = content if isinstance(content, bytes) else json_bytes(content)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_project(root, PROJECT, clips=[clip(1)], collections=[])
        (root / "projects.json").write_bytes(data)
        directory = DataDirectory(root)
        assert directory.project_ids() == [PROJECT]
        check(directory.read(PROJECT))


@steady
@given(
    entry=st.dictionaries(st.sampled_from(["status", "clips", "collections", "name"]), json_values)
)
def test_nothing_in_an_entry_of_projects_json_raises(entry: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        content = [{"status": "completed", **entry, "id": PROJECT}]
        (root / "projects.json").write_bytes(json_bytes(content))
        directory = DataDirectory(root)
        manifest = directory.read(PROJECT)
        check(manifest)
        assert manifest.fingerprint == directory.fingerprint(PROJECT)


def test_absolute_paths_inside_files_are_never_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.json"
    secret.write_bytes(json_bytes([clip(9)]))
    marker = {
        "clips_generated": 1,
        "clip_paths": [str(secret)],
        "clips_metadata": str(secret),
    }
    root = tmp_path / "data"
    write_project(
        root,
        PROJECT,
        clips=[clip(1, video_path=str(secret), metadata_file=str(secret))],
        collections=[],
        marker=marker,
    )
    (record,) = DataDirectory(root).read(PROJECT).clips
    assert (record.video_path, record.video_exists) == ("output/clips/1_第1段标题.mp4", False)
