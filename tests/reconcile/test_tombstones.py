"""Rule 7: tombstones after a plan, as the file and the rows call today what people deleted."""

from __future__ import annotations

from clipsync.model.base import Tombstone, TombstoneReason
from clipsync.model.manifest import DiskCode, DiskReason, Kind, QuarantinedRecord
from clipsync.model.plan import ProjectPlan
from tests.reconcile.worlds import (
    World,
    autoclip_clip_row,
    clip_record,
    collection_record,
    manifest,
    project_row,
)

CLIPS = [clip_record(number) for number in range(1, 5)]
COLLECTIONS = [collection_record(1, [1, 2]), collection_record(2, [3, 4])]


def synced() -> World:
    world = World(manifest(CLIPS, COLLECTIONS), project=project_row())
    world.sync()
    return world


def codes(plan: ProjectPlan) -> dict[str, str]:
    """Code to subject of every finding."""
    return {finding.code: finding.subject for finding in plan.findings}


def only_stone(world: World) -> Tombstone:
    (stone,) = world.base.tombstones
    return stone


def test_a_buried_clip_is_called_by_the_number_the_file_gives_it_now() -> None:
    """A retry leaves clip 1 out and numbers the rest anew: what was clip 4 is clip 3."""
    world = synced()
    row_id = world.clip_of("4").id
    del world.clips[row_id]
    world.sync()
    world.disk = manifest(
        [clip_record(number, start=60 + number * 60) for number in (1, 2, 3)],
        [collection_record(1, [1]), collection_record(2, [2, 3])],
    )

    world.sync()

    stone = only_stone(world)
    assert (stone.row_id, stone.source_id, stone.start_ms) == (row_id, "3", 240_000)
    world.sync(restore=frozenset({(Kind.CLIP, "3")}))
    assert world.clips[row_id].start_time == 240


def test_a_buried_collection_holds_todays_clip_rows() -> None:
    """AutoClip re-imported the clips under new ids: the collection is deleted all the same."""
    world = synced()
    row_id = world.collection_of("2").id
    del world.collections[row_id], world.links[row_id]
    world.sync()
    world.clips = {
        f"n{record.source_id}": autoclip_clip_row(record, f"n{record.source_id}")
        for record in CLIPS
    }

    world.sync()

    assert only_stone(world).file_values["content"] == ["n3", "n4"]
    assert list(world.collections) != []
    assert row_id not in world.collections
    assert len(world.collections) == 1
    # And so under another number.
    world.disk = manifest(CLIPS, [collection_record(1, [3, 4]), collection_record(2, [1, 2])])
    world.sync()
    assert len(world.collections) == 1
    assert only_stone(world).source_id == "1"


def test_a_lost_row_whose_record_cannot_be_used_waits_for_it() -> None:
    """Rule 11: all rows were lost, and one record is quarantined now."""
    world = synced()
    row_id = world.clip_of("2").id
    world.edit_clip(row_id, title="我的")
    world.sync()
    world.clips = {}
    bad = QuarantinedRecord(Kind.CLIP, "clips.json", 1, "2", DiskReason(DiskCode.ID_EMPTY), "{}")
    world.disk = manifest([CLIPS[0], *CLIPS[2:]], COLLECTIONS, quarantined=(bad,))
    world.sync()
    stone = only_stone(world)
    assert (stone.row_id, stone.reason, stone.lifted) == (row_id, TombstoneReason.LOST, True)
    world.disk = manifest(CLIPS, COLLECTIONS)

    world.sync()

    assert world.clips[row_id].title == "我的"
    assert world.content_of(world.collection_of("1").id) == [world.clip_of("1").id, row_id]
    assert world.base.tombstones == ()


def test_a_deletion_is_told_once_and_a_question_until_it_is_answered() -> None:
    world = World(manifest([clip_record(number) for number in range(1, 7)]), project=project_row())
    world.sync()
    del world.clips[world.clip_of("6").id]
    assert codes(world.sync()) == {"tombstoned": "clip:6"}
    assert codes(world.sync()) == {}
    for number in "345":
        del world.clips[world.clip_of(number).id]
    for _ in range(2):
        (finding,) = world.sync().findings
        assert (finding.code, finding.evidence) == (
            "maybe_deleted",
            {"kind": "clip", "gone": 3, "known": 5},
        )
