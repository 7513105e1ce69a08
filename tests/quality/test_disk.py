"""The law of the two readers: the second opinion's own and the sync's say the same of any files.

They share no code. Where they differ one of them is wrong, so a difference fails here.
"""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from clipsync.autoclip.disk import DataDirectory
from clipsync.model.manifest import DiskState, Kind, Manifest, MarkerState
from clipsync.quality.disk import NOTHING, Disk, DiskProject
from tests.support.autoclip_files import (
    CLIPS_FILE,
    COLLECTIONS_FILE,
    DISK_LAYOUTS,
    LAYOUT_NAMES,
    MARKER_FILE,
    STEP4_FILE,
    STEP5_FILE,
    LayoutName,
    clip,
    collection,
    json_bytes,
    project_id,
    write_file,
    write_project,
)

DAMAGES = 250
ODD_VALUES: tuple[Any, ...] = (
    None,
    "",
    " ",
    0,
    -1,
    1.5,
    True,
    [],
    {},
    [None],
    {"title": "嵌套"},
    "00:00:01",
    "0:1:2.3456",
    "00:61:00,000",
    "1:00",
    "999999999999:00:00",
    "00:00:01,5 ",
    "a\u0000b",
    "\ud800",
    2**63,
    float("nan"),
    float("inf"),
    "x" * 300,
)


def by_the_sync(manifest: Manifest) -> Mapping[str, Any]:
    """What the sync's reader says, in the words of `seen`."""
    if manifest.state is not DiskState.COMPLETED:
        return seen(NOTHING)
    return {
        "judged": True,
        "complete": manifest.marker in (MarkerState.PRESENT, MarkerState.NOT_USED),
        "clips": None
        if not manifest.clips_known
        else {
            one.source_id: (
                one.start_ms,
                one.end_ms,
                one.title,
                one.description,
                one.content.get("final_score", 0.0) if one.score is None else one.score,
                repr(dict(one.content)),
            )
            for one in manifest.clips
        },
        "collections": None
        if not manifest.collections_known
        else {
            one.source_id: (one.name, one.description, one.clip_ids, one.collection_type)
            for one in manifest.collections
        },
        "set_aside": {
            kind: {one.source_id for one in manifest.quarantined if one.kind is kind}
            - {one.source_id for one in records}
            for kind, records in (
                (Kind.CLIP, manifest.clips),
                (Kind.COLLECTION, manifest.collections),
            )
        },
        "row_sources": {
            key: str(record["id"]).strip()
            for key, record in manifest.row_records.items()
            if isinstance(record.get("id"), str | int)
            and not isinstance(record.get("id"), bool)
            and str(record["id"]).strip()
        },
        "deleted": set(manifest.deleted_collection_row_ids),
    }


def seen(project: DiskProject) -> Mapping[str, Any]:
    return {
        "judged": project.judged,
        "complete": project.complete,
        "clips": None
        if project.clips is None
        else {
            id_: (one.start, one.end, one.title, one.description, one.score, repr(one.record))
            for id_, one in project.clips.items()
        },
        "collections": None
        if project.collections is None
        else {
            id_: (one.name, one.description, one.clip_ids, one.collection_type)
            for id_, one in project.collections.items()
        },
        "set_aside": {kind: set(project.set_aside.get(kind, ())) for kind in Kind},
        "row_sources": dict(project.row_sources),
        "deleted": set(project.deleted),
    }


def compare(root: Path) -> None:
    data, disk = DataDirectory(root), Disk(root)
    assert disk.project_ids() == set(data.project_ids())
    for project in data.project_ids():
        mine, theirs = seen(disk.read(project)), by_the_sync(data.read(project))
        if not theirs["judged"]:
            # Of files that do not count, nothing else is told.
            theirs = {**theirs, "set_aside": mine["set_aside"]}
        assert mine == theirs, project


def records() -> list[dict[str, Any]]:
    return [clip(n, final_score=0.3 * n) for n in (1, 2, 3)]


def write(root: Path, number: int, layout: LayoutName) -> None:
    write_project(
        root,
        project_id(number),
        layout=layout,
        clips=records(),
        collections=[collection(1, [2, 1]), collection(4, [3])],
    )


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
def test_both_readers_say_the_same_of_a_sound_project(tmp_path: Path, layout: LayoutName) -> None:
    write(tmp_path, 1, layout)
    compare(tmp_path)
    assert Disk(tmp_path).read(project_id(1)).clips is not None


def damages() -> Iterator[tuple[str, Any]]:
    """Values and files as nobody wrote them; the same ones every time."""
    dice = random.Random(13)
    for number in range(DAMAGES):
        clips, collections = records(), [collection(1, [2, 1]), collection(4, [3])]
        for _ in range(dice.randint(1, 3)):
            record: Any = dice.choice([*clips, *collections])
            key = dice.choice([*record, "title", "name", "outline", "collection_type"])
            record[key] = copy.deepcopy(dice.choice(ODD_VALUES))
        if dice.random() < 0.2:
            clips.append(copy.deepcopy(dice.choice(clips)))
        if dice.random() < 0.1:
            clips.append(dice.choice([None, "clip", 7, [clips[0]]]))
        yield f"{number}", (clips, collections, dice)


def test_both_readers_say_the_same_of_records_that_are_damaged(tmp_path: Path) -> None:
    for name, (clips, collections, dice) in damages():
        layout = dice.choice(DISK_LAYOUTS)
        write_project(
            tmp_path,
            project_id(int(name) + 1),
            layout=layout,
            clips=clips,
            collections=collections,
        )
    compare(tmp_path)


BYTES = (
    b"",
    b"   ",
    b"null",
    b"{}",
    b"[",
    b'{"clips": []}',
    b'{"clips": {}, "collections": 1}',
    b'{"collections": []}',
    b"\xef\xbb\xbf[]",
    b"\xff\xfe[]",
    b"\0\0\0\0",
    b"[NaN]",
    b'[{"id": "1"',
    b"[" * 100_000,
    b"1" * 5000,
)


@pytest.mark.parametrize("layout", DISK_LAYOUTS)
def test_both_readers_say_the_same_of_files_that_are_damaged(
    tmp_path: Path, layout: LayoutName
) -> None:
    number = 0
    for file in (CLIPS_FILE, COLLECTIONS_FILE, MARKER_FILE, STEP4_FILE, STEP5_FILE):
        for content in BYTES:
            number += 1
            write(tmp_path, number, layout)
            write_file(tmp_path / "projects" / project_id(number) / file[layout], content)
        for also in (CLIPS_FILE, COLLECTIONS_FILE, MARKER_FILE, STEP4_FILE, STEP5_FILE):
            number += 1
            write(tmp_path, number, layout)
            for gone in {file[layout], also[layout]}:
                (tmp_path / "projects" / project_id(number) / gone).unlink()
    compare(tmp_path)


def test_both_readers_say_the_same_of_a_file_cut_off_anywhere(tmp_path: Path) -> None:
    whole = json_bytes([clip(1), clip(2)])
    for number, end in enumerate(range(0, len(whole), 23), start=1):
        write_project(tmp_path, project_id(number), clips=whole[:end], step4=None)
    compare(tmp_path)


def test_both_readers_say_the_same_of_the_side_files(tmp_path: Path) -> None:
    row = "5e5dafc8-f29a-4705-8e87-b2bb06f2a5de"
    for number, content in enumerate(({"id": "7"}, {"id": 7}, {"id": ""}, {}, [], b"{", None), 1):
        write_project(
            tmp_path,
            project_id(number),
            clips=[clip(1)],
            row_files={f"clip_{row}.json": content, f"collection_{row}.json": {"id": " 3 "}},
            deleted_collections=["a", " b ", ""]
            if number % 2
            else b'{"deleted_collection_ids": 7}',
        )
    compare(tmp_path)


def test_both_readers_say_the_same_of_things_that_are_no_files(tmp_path: Path) -> None:
    for number, layout in enumerate(DISK_LAYOUTS, start=1):
        write(tmp_path, number, layout)
        path = tmp_path / "projects" / project_id(number) / CLIPS_FILE[layout]
        path.unlink()
        if number == 1:
            path.mkdir()
        elif number == 2:
            os.mkfifo(path)
        elif number == 3:
            path.symlink_to(path.name)
        else:
            path.symlink_to(tmp_path / "nowhere")
    write_file(tmp_path / "projects" / "backup" / "x.json", b"[]")
    compare(tmp_path)


def test_a_link_that_leads_back_to_itself_is_no_project(tmp_path: Path) -> None:
    write(tmp_path, 1, "current")
    loop = tmp_path / "projects" / project_id(9)
    loop.symlink_to(loop)
    assert Disk(tmp_path).project_ids() == {project_id(1)}
    assert Disk(tmp_path).read(project_id(9)) == NOTHING


def test_both_readers_say_the_same_of_the_oldest_form(tmp_path: Path) -> None:
    for number, status in enumerate(("completed", " Completed", "processing", "", "failed"), 1):
        write_project(tmp_path, project_id(number), layout="legacy", clips=[clip(1)], status=status)
    entries = json.loads((tmp_path / "projects.json").read_bytes())
    entries += [None, {"id": "x"}, entries[0], {"id": project_id(8), "status": "completed"}]
    entries += [{"id": project_id(9), "status": "completed", "clips": {}, "collections": []}]
    write_file(tmp_path / "projects.json", json_bytes(entries))
    (tmp_path / "projects" / project_id(1) / "raw").mkdir(parents=True)
    compare(tmp_path)


def test_a_number_of_more_than_64_bits_is_set_aside_here_whatever_the_sync_makes_of_it(
    tmp_path: Path,
) -> None:
    """The one known difference: the sync's parser rounds such a number where all else is sound.

    A record that is set aside is held against nobody, so the difference makes no false alarm.
    """
    write_project(tmp_path, project_id(1), clips=[clip(1, chunk_index=2**70)])
    project = Disk(tmp_path).read(project_id(1))
    assert (project.clips, project.set_aside[Kind.CLIP]) == ({}, {"1"})
    assert len(DataDirectory(tmp_path).read(project_id(1)).clips) == 1


def test_a_project_that_only_studio_knows_is_not_judged(tmp_path: Path) -> None:
    directory = tmp_path / "projects" / project_id(1)
    write_file(directory / "metadata/step4_titles.json", [clip(1)])
    write_file(directory / "metadata/studio.json", {"generation": {"status": "completed"}})
    assert Disk(tmp_path).read(project_id(1)) == NOTHING


@pytest.mark.parametrize(
    ("state", "owned"),
    [
        ({"generation": {"status": "completed"}}, True),
        ({"analysis": {"status": "failed"}}, True),
        ({"analysis": None, "drafts": [1]}, False),
        ([], True),
        (b"{", True),
    ],
)
def test_studio_owns_the_status_where_it_has_begun_something(
    tmp_path: Path, state: Any, owned: bool
) -> None:
    write(tmp_path, 1, "current")
    write_file(tmp_path / "projects" / project_id(1) / "metadata/studio.json", state)
    assert Disk(tmp_path).read(project_id(1)).studio is owned
