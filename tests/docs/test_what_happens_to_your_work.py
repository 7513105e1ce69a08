"""Every row of every table in docs/what-happens-to-your-work.md, run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clipsync.model.manifest import (
    DiskCode,
    DiskProblem,
    DiskReason,
    DiskState,
    Kind,
    MarkerCounts,
    MarkerState,
)
from clipsync.model.manifest import QuarantinedRecord as Quarantined
from tests.docs.played import PLAYED
from tests.histories.home import Home
from tests.reconcile.worlds import (
    World,
    autoclip_clip_row,
    autoclip_collection_row,
    clip_record,
    collection_record,
    manifest,
    project_row,
)

TORN = DiskReason(DiskCode.HALF_WRITTEN, {"at": 12})
NO_TIME = DiskReason(DiskCode.NO_TIME, {"name": "start_time", "value": None})
PAGE = Path(__file__).parents[2] / "docs/what-happens-to-your-work.md"


def tables() -> Iterator[tuple[str, list[str]]]:
    """(heading, cells) of each table row on the page."""
    heading = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line[3:]
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line[:1] == "|" else []
        if (
            cells
            and cells[0] not in ("file then", "what happened")
            and not cells[0].startswith("-")
        ):
            yield heading, cells


def rows(heading: str) -> list[list[str]]:
    return [cells for found, cells in tables() if found == heading]


def codes(plan) -> set[str]:
    return {finding.code for finding in plan.findings}


def told(cell: str) -> set[str]:
    return {code.strip() for code in cell.split(",") if code.strip()}


def text(cell: str) -> str:
    return "" if cell == "(empty)" else cell


@pytest.mark.parametrize("then, now, inside, after, findings", rows("You edited a title"))
def test_an_edited_title(then: str, now: str, inside: str, after: str, findings: str) -> None:
    world = World(manifest([clip_record(1, title=then), clip_record(2)]))
    world.sync()
    row_id = world.clip_of("1").id
    world.edit_clip(row_id, title=text(inside))
    world.disk = manifest([clip_record(1, title=now), clip_record(2)])

    plan = world.sync()

    assert world.clips[row_id].title == text(after)
    assert codes(plan) == told(findings)


@pytest.mark.parametrize("then, now, inside, after, findings", rows("You rearranged a collection"))
def test_a_rearranged_collection(
    then: str, now: str, inside: str, after: str, findings: str
) -> None:
    def numbers(cell: str) -> list[int]:
        return [int(number) for number in cell.split()]

    clips = [clip_record(number) for number in range(1, 5)]
    world = World(manifest(clips, [collection_record(1, numbers(then))]))
    world.sync()
    rows_of = {number: world.clip_of(str(number)).id for number in range(1, 5)}
    row_id = world.collection_of("1").id
    world.set_content(row_id, [rows_of[number] for number in numbers(inside)])
    world.disk = manifest(clips, [collection_record(1, numbers(now))])

    plan = world.sync()

    expected = [rows_of[number] for number in numbers(after)]
    assert world.content_of(row_id) == expected
    assert world.links[row_id] == expected
    assert world.collections[row_id].clips_count == len(expected)
    assert codes(plan) == told(findings)


Case = Callable[[], tuple[set[str], bool]]
"""Plays a case; gives the findings, and whether the page's words for the outcome hold."""
CASES: dict[str, Case] = {}


def case(name: str) -> Callable[[Case], Case]:
    def keep(function: Case) -> Case:
        CASES[name] = function
        return function

    return keep


def three_clips(**values) -> World:
    world = World(
        manifest([clip_record(1), clip_record(2), clip_record(3)], [collection_record(1, [1, 2])]),
        **values,
    )
    world.sync()
    return world


@case("you deleted one clip of several")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    del world.clips[world.clip_of("3").id]
    plan = world.sync()
    world.sync()
    return codes(plan), len(world.clips) == 2


@case("you deleted one clip, and AutoClip's own sync brought it back")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    del world.clips[world.clip_of("3").id]
    world.clips["back"] = autoclip_clip_row(clip_record(3), "back")
    plan = world.sync()
    return codes(plan), len(world.clips) == 2 and "back" not in world.clips


@case("you deleted a collection in AutoClip, the project's only one")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    row_id = world.collection_of("1").id
    del world.collections[row_id], world.links[row_id]
    world.disk = replace(world.disk, deleted_collection_row_ids=(row_id,))
    plan = world.sync()
    world.sync()
    return codes(plan), not world.collections


@case("all clips are gone at once")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    world.edit_clip(world.clip_of("2").id, title="我的标题")
    world.sync()
    before = {row.id: row.title for row in world.clips.values()}
    world.clips.clear()
    plan = world.sync()
    return codes(plan), {row.id: row.title for row in world.clips.values()} == before


@case("you restored a deleted clip on purpose")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    row_id = world.clip_of("3").id
    del world.clips[row_id]
    world.sync()
    plan = world.sync(restore=frozenset({(Kind.CLIP, "3")}))
    return codes(plan), row_id in world.clips


@case("the retry found the same clip and gave it a new title")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    row_id = world.clip_of("3").id
    world.disk = replace(
        world.disk, clips=(*world.disk.clips[:2], clip_record(3, start=182, title="新标题"))
    )
    plan = world.sync()
    return codes(plan), world.clips[row_id].title == "新标题"


@case("the retry cut another part of the video under the same number")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    row_id = world.clip_of("3").id
    world.disk = replace(world.disk, clips=(*world.disk.clips[:2], clip_record(3, start=900)))
    plan = world.sync()
    return codes(plan), row_id not in world.clips and world.clip_of("3").start_time == 900


@case("the same, but you had edited the old clip")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    row_id = world.clip_of("3").id
    world.edit_clip(row_id, title="我的标题")
    world.disk = replace(world.disk, clips=(*world.disk.clips[:2], clip_record(3, start=900)))
    plan = world.sync()
    return codes(plan), len(world.clips) == 4 and world.clips[row_id].title == "我的标题"


def dropped() -> World:
    world = three_clips()
    world.disk = replace(world.disk, clips=world.disk.clips[:2])
    return world


@case("the retry dropped a clip")
def _() -> tuple[set[str], bool]:
    world = dropped()
    plan = world.sync()
    return codes(plan), len(world.clips) == 2


@case("the retry dropped a clip that you had edited")
def _() -> tuple[set[str], bool]:
    world = dropped()
    row_id = world.clip_of("3").id
    world.edit_clip(row_id, description="我的")
    plan = world.sync()
    return codes(plan), row_id in world.clips


def by_hand(clip_ids: list[str]):
    return autoclip_collection_row(
        collection_record(9, []),
        "mine",
        [],
        clips_count=len(clip_ids),
        collection_metadata={"clip_ids": clip_ids, "collection_type": "manual"},
    )


@case("the retry dropped a clip that you had put into a collection of yours")
def _() -> tuple[set[str], bool]:
    world = dropped()
    row_id = world.clip_of("3").id
    world.collections["mine"] = by_hand([row_id])
    plan = world.sync()
    return codes(plan), row_id in world.clips and world.content_of("mine") == [row_id]


@case("AutoClip synced each of three attempts, and rows piled up")
def _() -> tuple[set[str], bool]:
    final = [clip_record(number) for number in range(1, 6)]
    world = World(manifest(final), project=project_row())
    for attempt, count in enumerate((4, 4, 5), start=1):
        for number in range(1, count + 1):
            title = f"片段{number}" if attempt == 3 else f"第{attempt}次的片段{number}"
            row_id = f"attempt-{attempt}-{number}"
            world.clips[row_id] = autoclip_clip_row(clip_record(number, title=title), row_id)
    world.collections["mine"] = by_hand(["attempt-1-2", "attempt-2-4"])
    assert len(world.clips) == 13
    plan = world.sync()
    return codes(plan), (
        sorted(world.clips) == [f"attempt-3-{number}" for number in range(1, 6)]
        and world.content_of("mine") == ["attempt-3-2", "attempt-3-4"]
    )


@case("AutoClip re-imported the project, and every row has a new id")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    world.edit_clip(world.clip_of("2").id, title="我的标题")
    world.sync()
    world.clips = {
        f"new-{number}": autoclip_clip_row(clip_record(number), f"new-{number}")
        for number in (1, 2, 3)
    }
    world.collections = {
        "new": autoclip_collection_row(collection_record(1, [1, 2]), "new", ["new-1", "new-2"])
    }
    world.links = {"new": ["new-1", "new-2"]}
    plan = world.sync()
    return codes(plan), world.clips["new-2"].title == "我的标题" and len(world.clips) == 3


def untouched(world: World, **options) -> tuple[set[str], bool]:
    before = (dict(world.clips), dict(world.collections), dict(world.links), world.project)
    plan = world.sync(**options)
    return codes(plan), before == (world.clips, world.collections, world.links, world.project)


@case("the retry is still running")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    world.disk = manifest([clip_record(1, title="重来")])
    return untouched(world, retry_under_way=True)


@case("the project's directory is gone")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    world.disk = manifest(state=DiskState.ABSENT, clips_known=False, collections_known=False)
    return untouched(world)


@case("the clips file is half-written")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    world.disk = manifest(
        state=DiskState.UNREADABLE,
        clips_known=False,
        problems=(
            DiskProblem("projects/…/clips_metadata.json", DiskReason(DiskCode.HALF_WRITTEN)),
        ),
    )
    return untouched(world)


@case("one record in the clips file is unusable")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    row_id = world.clip_of("3").id
    kept = world.clips[row_id]
    world.disk = replace(
        world.disk,
        clips=(clip_record(1, title="新"), clip_record(2)),
        quarantined=(Quarantined(Kind.CLIP, "clips.json", 2, "3", NO_TIME, "{}"),),
    )
    plan = world.sync()
    return codes(plan), world.clips[row_id] == kept and world.clip_of("1").title == "新"


@case("the completion marker is gone")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    clips = (*world.disk.clips[:2], clip_record(4))
    world.disk = replace(world.disk, clips=clips, marker=MarkerState.MISSING)
    plan = world.sync()
    return codes(plan), len(world.clips) == 4


@case("the marker counts more clips than the file has")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    world.disk = replace(
        world.disk, clips=world.disk.clips[:1], marker_counts=MarkerCounts(3, None)
    )
    return untouched(world)


@case("more than half of the project would be deleted")
def _() -> tuple[set[str], bool]:
    world = three_clips()
    world.disk = manifest([], [collection_record(1, [])])
    return untouched(world)


STORIES = [cells for _, cells in tables() if len(cells) == 3]


@pytest.mark.parametrize("what, after, findings", STORIES, ids=[cells[0] for cells in STORIES])
def test_a_story(what: str, after: str, findings: str, home: Home) -> None:
    found, holds = CASES[what]() if what in CASES else PLAYED[what](home)
    assert holds, after
    assert found == told(findings)


def test_every_case_is_on_the_page() -> None:
    assert {cells[0] for cells in STORIES} == {*CASES, *PLAYED}
    assert not set(CASES) & set(PLAYED)


def test_every_finding_on_the_page_has_its_sentences() -> None:
    told_of = {code for _, cells in tables() for code in told(cells[-1])}
    texts = PAGE.parents[1] / "include/clipsync/messages"
    for language in ("en", "zh"):
        catalogue = json.loads((texts / f"{language}.json").read_text("utf-8"))
        assert told_of <= set(catalogue["findings"])
