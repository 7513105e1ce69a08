"""Files beside the records: deletions by users, and the per-clip files."""

from pathlib import Path
from typing import Any

import pytest

from clipsync.autoclip.disk import DataDirectory
from clipsync.model.manifest import DiskState, Kind, Manifest
from tests.support.autoclip_files import clip, collection, project_id, row_id, write_project
from tests.support.reasons import told

PROJECT = project_id(1)


def read(root: Path) -> Manifest:
    return DataDirectory(root).read(PROJECT)


def test_deleted_collections_are_read_in_order_each_as_often_as_it_was_deleted(
    tmp_path: Path,
) -> None:
    """Deleted, restored by somebody, deleted again: the second time is evidence of its own."""
    write_project(tmp_path, PROJECT, clips=[], deleted_collections=["b", "a", "b", " ", "c\0"])
    assert read(tmp_path).deleted_collection_row_ids == ("b", "a", "b")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b'{"deleted_collection_ids": ["a"', "half-written JSON: unexpected end at byte 31"),
        (b"{}", 'expected a list under "deleted_collection_ids", found nothing'),
        (
            b'{"deleted_collection_ids": "a"}',
            'expected a list under "deleted_collection_ids", found text',
        ),
        (b"5", 'expected a list under "deleted_collection_ids", found a number'),
    ],
)
def test_an_unreadable_deletion_file_is_told_and_the_state_stays(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    write_project(tmp_path, PROJECT, clips=[clip(1)], collections=[], deleted_collections=content)
    manifest = read(tmp_path)
    assert (manifest.state, len(manifest.clips)) == (DiskState.COMPLETED, 1)
    assert manifest.deleted_collection_row_ids == ()
    assert told(manifest.problems) == ((f"projects/{PROJECT}/deleted_collections.json", reason),)


def test_per_clip_files_tell_which_record_a_row_came_from(tmp_path: Path) -> None:
    files: dict[str, Any] = {
        f"clip_{row_id(1)}.json": clip(7),
        f"collection_{row_id(2)}.json": collection(4, [7]),
        "clip_7.json": clip(9),
        f"clip_{row_id(3)}.json.bak": clip(9),
        "status.json": {},
    }
    write_project(tmp_path, PROJECT, layout="steps", clips=[clip(7)], row_files=files)
    manifest = read(tmp_path)
    assert manifest.row_records == {
        (Kind.CLIP, row_id(1)): clip(7),
        (Kind.COLLECTION, row_id(2)): collection(4, [7]),
    }
    assert manifest.problems == ()


def test_a_bad_per_clip_file_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    files: dict[str, Any] = {
        f"clip_{row_id(1)}.json": b"{",
        f"clip_{row_id(2)}.json": [],
        f"clip_{row_id(3)}.json": {"id": "\0"},
        f"clip_{row_id(4)}.json": clip(4),
    }
    write_project(tmp_path, PROJECT, clips=[clip(4)], collections=[], row_files=files)
    manifest = read(tmp_path)
    assert manifest.state is DiskState.COMPLETED
    assert list(manifest.row_records) == [(Kind.CLIP, row_id(4))]
    assert [reason for _, reason in told(manifest.problems)] == [
        "half-written JSON: unexpected end at byte 1",
        "expected an object, found a list",
        "holds a NUL character, which PostgreSQL can't store",
    ]
