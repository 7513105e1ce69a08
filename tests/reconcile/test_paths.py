"""Rule 12: paths are AutoClip's, which may see the same directory elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsync.reconcile.options import PlanOptions
from clipsync.reconcile.paths import absolute, agrees, tail
from clipsync.reconcile.scene import Scene
from tests.reconcile.worlds import (
    DIRECTORY,
    PROJECT,
    World,
    autoclip_clip_row,
    autoclip_collection_row,
    clip_record,
    collection_record,
    manifest,
)
from tests.support.properties import steady

EXPECTED = "output/clips/1_片段1.mp4"
ROOTS = ["/autoclip/data/projects", "/app/data/projects", "D:\\autoclip\\data\\projects", "data"]


def scene(world: World | None = None, **options: Any) -> Scene:
    world = world or World(manifest())
    return Scene(world.disk, world.snapshot(), world.base, PlanOptions(**options))


def stays(stored: str | None, *, exists: bool = False, expected: str = EXPECTED) -> bool:
    return agrees(stored, expected, exists=exists, source_id="1", scene=scene())


# -- the part below the project directory ----------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "below"),
    [
        (f"/a/b/{PROJECT}/output/x.mp4", "output/x.mp4"),
        (f"C:\\a\\{PROJECT}\\output\\x.mp4", "output/x.mp4"),
        (f"a/{PROJECT}/x", "x"),
        # The last one counts: a backup of a project may lie within itself.
        (f"/a/{PROJECT}/b/{PROJECT}/x", "x"),
        (f"{PROJECT}/x", None),
        (f"/a/{PROJECT}", None),
        (f"/a/{PROJECT}-old/x", None),
        ("/a/other/x", None),
        ("", None),
        (None, None),
    ],
)
def test_the_part_below_the_project_directory(path: str | None, below: str | None) -> None:
    assert tail(path, PROJECT) == below


# -- what may stay ---------------------------------------------------------------------------------


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("exists", [True, False])
def test_a_path_stays_when_the_part_below_agrees_whatever_its_prefix(
    root: str, exists: bool
) -> None:
    separator = "\\" if "\\" in root else "/"
    stored = separator.join([root, PROJECT, *EXPECTED.split("/")])

    assert stays(stored, exists=exists)


def test_the_part_below_is_compared_in_nfc() -> None:
    assert stays(f"/x/{PROJECT}/output/clips/1_e\u0301.mp4", expected="output/clips/1_é.mp4")


@pytest.mark.parametrize("stored", [None, ""])
def test_an_empty_path_never_stays(stored: str | None) -> None:
    assert not stays(stored)
    assert not stays(stored, exists=True)


def test_where_the_real_file_is_in_sight_its_name_decides() -> None:
    assert not stays(f"/x/{PROJECT}/output/clips/1_旧.mp4", exists=True)


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        ("output/clips/1_旧.mp4", True),
        ("output/clips/11_旧.mp4", False),
        ("output/clips/2_片段1.mp4", False),
        ("output/clips/1.mp4", False),
        ("output/1_片段1.mp4", False),
        ("1_片段1.mp4", False),
    ],
)
def test_out_of_sight_any_name_of_the_record_in_its_folder_is_as_good(
    below: str, expected: bool
) -> None:
    assert stays(f"/x/{PROJECT}/{below}") is expected


def test_a_path_outside_the_project_gives_way_to_a_file_in_sight_only() -> None:
    assert stays("/autoclip/output/clips/1_片段1.mp4")
    assert not stays("/autoclip/output/clips/1_片段1.mp4", exists=True)


# -- new paths -------------------------------------------------------------------------------------


def test_a_new_path_has_the_prefix_that_a_setting_gives() -> None:
    world = World(manifest())
    world.clips["a"] = autoclip_clip_row(clip_record(1), "a")

    found = absolute("output/x.mp4", scene(world, projects_root="/app/data/projects"))

    assert found == f"/app/data/projects/{PROJECT}/output/x.mp4"


@pytest.mark.parametrize("path", [None, "", "/elsewhere/1_x.mp4", f"{PROJECT}/x.mp4"])
def test_else_the_prefix_of_the_first_row_that_has_one(path: str | None) -> None:
    world = World(manifest())
    record, collection = clip_record(1), collection_record(1, [1])
    world.clips["a"] = autoclip_clip_row(record, "a", video_path=path)
    world.collections["c"] = autoclip_collection_row(
        collection, "c", [], video_path=f"/app/projects/{PROJECT}/output/collections/x.mp4"
    )
    world.collections["d"] = autoclip_collection_row(collection, "d", [])

    assert absolute("output/x.mp4", scene(world)) == f"/app/projects/{PROJECT}/output/x.mp4"

    world.clips["b"] = autoclip_clip_row(record, "b", video_path=f"/c/{PROJECT}/output/x.mp4")
    assert absolute("output/x.mp4", scene(world)) == f"/c/{PROJECT}/output/x.mp4"


def test_else_our_own() -> None:
    assert absolute("output/x.mp4", scene()) == f"{DIRECTORY}/output/x.mp4"


def test_a_path_of_exactly_500_characters_fits_and_none_is_longer() -> None:
    room = 500 - len(f"{DIRECTORY}/")

    assert absolute("字" * room, scene()) == f"{DIRECTORY}/{'字' * room}"
    assert absolute("字" * (room + 1), scene()) is None


@steady
@given(
    st.sampled_from(["/autoclip/data/projects", "/app/data/projects", "/srv/数据"]),
    st.lists(st.text(alphabet="ab字_ .", min_size=1, max_size=5), min_size=1, max_size=3),
)
def test_a_new_path_agrees_with_itself_from_anywhere(root: str, parts: list[str]) -> None:
    below = "/".join(parts)
    path = absolute(below, scene(projects_root=root))
    assert path is not None

    assert tail(path, PROJECT) == below
    for exists in (True, False):
        assert agrees(path, below, exists=exists, source_id="1", scene=scene())


# -- in a plan -------------------------------------------------------------------------------------


@pytest.mark.parametrize("root", ROOTS)
def test_rows_of_another_prefix_are_not_rewritten_and_new_ones_follow_it(root: str) -> None:
    first, second = clip_record(1), clip_record(2)
    world = World(manifest([first]))
    world.clips["a"] = autoclip_clip_row(
        first, "a", video_path=f"{root}/{PROJECT}/{first.video_path}"
    )
    world.sync()
    assert world.clips["a"].video_path == f"{root}/{PROJECT}/{first.video_path}"

    world.disk = replace(
        world.disk, clips=(first, second), project_dir=f"/elsewhere/projects/{PROJECT}"
    )
    world.sync()

    assert world.clip_of("1").video_path == f"{root}/{PROJECT}/{first.video_path}"
    assert world.clip_of("2").video_path == f"{root}/{PROJECT}/{second.video_path}"


def test_a_path_is_repaired_once_the_real_file_is_seen() -> None:
    record = clip_record(1)
    world = World(manifest([record]))
    world.clips["a"] = autoclip_clip_row(record, "a", video_path="/autoclip/output/clips/1_x.mp4")
    world.sync()
    assert world.clips["a"].video_path == "/autoclip/output/clips/1_x.mp4"

    world.disk = manifest([replace(record, video_exists=True)])
    plan = world.sync()

    (change,) = plan.data_changes
    assert change.after == {"video_path": f"{DIRECTORY}/{record.video_path}"}


def test_a_path_that_does_not_fit_is_left_empty_with_a_finding() -> None:
    long = "长" * 600
    clip = replace(clip_record(1), video_path=f"output/clips/1_{long}.mp4")
    collection = replace(collection_record(1, [1]), video_path=f"output/collections/{long}.mp4")
    world = World(manifest([clip], [collection]))

    plan = world.sync()

    assert world.clip_of("1").video_path is None
    assert world.collection_of("1").video_path is None
    assert world.collection_of("1").export_path is None
    found = {(finding.code, finding.subject) for finding in plan.findings}
    assert found == {("path_too_long", "clip:1"), ("path_too_long", "collection:1")}
    assert {(f.code, f.subject) for f in world.plan().findings} == found
