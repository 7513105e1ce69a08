"""Rule 7: deleted by a person, lost, or inserted anew; and lifting tombstones on purpose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clipsync.model.base import Base, BaseRow, Tombstone, TombstoneReason
from clipsync.model.manifest import DiskCode, DiskReason, Kind, QuarantinedRecord
from clipsync.model.plan import Op, ProjectPlan
from clipsync.model.reason import Reason, ReasonCode
from clipsync.reconcile import deletions
from clipsync.reconcile.options import PlanOptions
from clipsync.reconcile.scene import Scene
from tests.reconcile.worlds import (
    PROJECT,
    World,
    autoclip_clip_row,
    autoclip_collection_row,
    clip_record,
    collection_record,
    manifest,
    project_row,
)

CLIPS = [clip_record(number) for number in range(1, 4)]
COLLECTIONS = [collection_record(number, [number]) for number in range(1, 4)]


def synced() -> World:
    """Three clips, and three collections of one clip each."""
    world = World(manifest(CLIPS, COLLECTIONS), project=project_row())
    world.sync()
    return world


def delete(world: World, source_id: str, kind: Kind = Kind.COLLECTION) -> str:
    """What a person does in AutoClip, but for the note in deleted_collections.json."""
    if kind is Kind.CLIP:
        row_id = world.clip_of(source_id).id
        del world.clips[row_id]
    else:
        row_id = world.collection_of(source_id).id
        del world.collections[row_id], world.links[row_id]
    return row_id


def note(world: World, *row_ids: str) -> None:
    """deleted_collections.json, as AutoClip writes it."""
    world.disk = replace(world.disk, deleted_collection_row_ids=row_ids)


def codes(plan: ProjectPlan) -> dict[str, str]:
    """Code to subject of every finding."""
    return {finding.code: finding.subject for finding in plan.findings}


def sources(world: World, kind: Kind = Kind.COLLECTION) -> set[str]:
    if kind is Kind.CLIP:
        return {row.clip_metadata["id"] for row in world.clips.values()}
    return {row.collection_metadata["original_id"] for row in world.collections.values()}


def stone(source_id: str, row_id: str | None, **values: Any) -> Tombstone:
    return Tombstone(
        **{
            "kind": Kind.COLLECTION,
            "source_id": source_id,
            "row_id": row_id,
            "label": f"合集{source_id}",
            "reason": TombstoneReason.DELETED,
            **values,
        }
    )


# -- deletion or loss ------------------------------------------------------------------------------


def base_row(kind: Kind, source_id: str, row_id: str | None = None) -> BaseRow:
    return BaseRow(kind, source_id, row_id or f"r{source_id}", {"title": "甲"}, {})


def examined(
    there: dict[str, str | None],
    *,
    kind: Kind = Kind.CLIP,
    known: str = "123",
    named: tuple[str, ...] = (),
    **disk: Any,
) -> tuple[set[str], set[str], set[str]]:
    """Source ids that were (buried, lost, replaced); row `r1` came from source 1."""
    rows = tuple(base_row(kind, source) for source in known)
    seen = manifest(CLIPS, COLLECTIONS, deleted_collection_row_ids=named, **disk)
    scene = Scene(seen, World(seen).snapshot(), Base(PROJECT, rows=rows), PlanOptions())
    gone = deletions.examine(kind, scene, there)
    return {found.source_id for found in gone.buried}, set(gone.lost), set(gone.replaced)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ({"r1": "1", "r2": "2", "r3": "3"}, (set(), set(), set())),
        # Others remain: a person deleted it.
        ({"r1": "1"}, ({"2", "3"}, set(), set())),
        ({"r1": "1", "new": "2"}, ({"2", "3"}, set(), set())),
        # All gone at once: a loss.
        ({}, (set(), {"1", "2", "3"}, set())),
        # All gone, others in their place: AutoClip's re-import, without what was deleted since.
        ({"n1": "1", "n2": "2", "n3": "3"}, (set(), set(), {"1", "2", "3"})),
        ({"n1": "1"}, ({"2", "3"}, set(), {"1"})),
        # A row that a person made remains as well.
        ({"mine": None}, ({"1", "2", "3"}, set(), set())),
    ],
)
def test_what_became_of_rows_that_are_gone(
    kind: Kind, there: dict[str, str | None], expected: tuple[set[str], set[str], set[str]]
) -> None:
    assert examined(there, kind=kind) == expected


def test_a_reimport_after_a_retry_deletes_nothing_that_the_file_no_longer_has() -> None:
    assert examined({"n1": "1"}, known="19") == (set(), set(), {"1"})


def test_a_quarantined_record_is_one_that_the_file_has() -> None:
    bad = QuarantinedRecord(Kind.CLIP, "f", 0, "9", DiskReason(DiskCode.ID_EMPTY), "")

    assert examined({"n1": "1"}, known="19", quarantined=(bad,)) == ({"9"}, set(), {"1"})


def test_the_notes_of_autoclip_tell_a_deletion_even_of_the_last_row() -> None:
    found = examined({}, kind=Kind.COLLECTION, known="12", named=("r1", "elsewhere"))

    assert found == ({"1"}, {"2"}, set())


def test_those_notes_are_of_collections_only() -> None:
    assert examined({}, known="12", named=("r1",)) == (set(), {"1", "2"}, set())


def test_a_second_row_of_a_source_that_is_gone_is_no_deletion() -> None:
    """The duplicate went; the record still has its row."""
    rows = (base_row(Kind.CLIP, "1"), base_row(Kind.CLIP, "1", "r1b"))
    scene = Scene(
        manifest(CLIPS), World(manifest()).snapshot(), Base(PROJECT, rows=rows), PlanOptions()
    )

    gone = deletions.examine(Kind.CLIP, scene, {"r1": "1"})

    assert gone == deletions.Gone()


# -- the tombstone ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
def test_a_deletion_leaves_a_tombstone_that_says_what_was_deleted(kind: Kind) -> None:
    world = synced()
    row_id = delete(world, "2", kind)

    plan = world.sync()

    expected = stone("2", row_id)
    if kind is Kind.CLIP:
        expected = stone("2", row_id, kind=kind, label="片段2", start_ms=120_000, end_ms=170_000)
    assert world.base.tombstones == (expected,)
    assert plan.ledger.tombstones_changed
    assert codes(plan) == {"tombstoned": f"{kind.value}:2"}
    assert sources(world, kind) == {"1", "3"}
    assert world.plan().findings == ()


def test_deleting_one_kind_says_nothing_of_the_other() -> None:
    world = synced()
    world.collections, world.links = {}, {}
    delete(world, "2", Kind.CLIP)

    plan = world.sync()

    assert codes(plan) == {"tombstoned": "clip:2", "restored": "collection"}
    assert sources(world) == {"1", "2", "3"}


def test_the_last_collection_deleted_is_told_by_autoclips_notes() -> None:
    world = World(manifest(CLIPS, COLLECTIONS[:1]), project=project_row())
    world.sync()
    row_id = delete(world, "1")
    note(world, row_id)

    plan = world.sync()

    assert world.collections == {}
    assert codes(plan) == {"tombstoned": "collection:1"}
    assert world.base.tombstones == (stone("1", row_id),)


def test_a_deleted_clip_leaves_the_collections_that_held_it() -> None:
    world = synced()
    delete(world, "2", Kind.CLIP)

    world.sync()

    assert world.content_of(world.collection_of("2").id) == []
    assert world.collection_of("2").clips_count == 0


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(60, 110, True), (100, 200, True), (110, 200, False), (0, 60, False), (0, 61, True)],
)
def test_a_tombstone_covers_a_clip_of_its_time_only(start: int, end: int, expected: bool) -> None:
    record = clip_record(1, start=start, end=end)
    buried = stone("1", "r", kind=Kind.CLIP, start_ms=60_000, end_ms=110_000)

    assert deletions.covers(buried, record) is expected
    assert deletions.covers(replace(buried, start_ms=None), record)
    assert deletions.covers(replace(buried, end_ms=None), record)
    assert not deletions.covers(replace(buried, source_id="2"), record)
    assert not deletions.covers(replace(buried, kind=Kind.COLLECTION), record)


def test_a_tombstone_of_a_collection_covers_its_source_id() -> None:
    assert deletions.covers(stone("1", "r"), COLLECTIONS[0])
    assert not deletions.covers(stone("2", "r"), COLLECTIONS[0])
    assert not deletions.covers(stone("1", "r", kind=Kind.CLIP), COLLECTIONS[0])


@pytest.mark.parametrize(
    ("label", "name", "expected"),
    [
        ("合集", "合集", False),
        ("旧", "新", True),
        ("é", "e\u0301", False),
        ("长" * 255, "长" * 300, False),
    ],
)
def test_renamed_since_it_was_deleted(label: str, name: str, expected: bool) -> None:
    record = collection_record(1, [], name=name)

    assert deletions.renamed_since(stone("1", "r", label=label), record) is expected


# -- deleted before our time -----------------------------------------------------------------------


def deleted_before(world: World, *noted: str) -> ProjectPlan:
    """A database we never saw: AutoClip's row of collection 1, and these ids in its notes."""
    for record in CLIPS:
        world.clips[record.source_id] = autoclip_clip_row(record, record.source_id)
    world.collections["c1"] = autoclip_collection_row(COLLECTIONS[0], "c1", ["1"])
    note(world, *noted)
    return world.sync()


@pytest.mark.parametrize(
    ("noted", "held_back"),
    [
        ((), ""),
        (("x",), "2"),
        (("x", "y"), "23"),
        (("x", "x"), "2"),
        (("x", "y", "z"), "23"),
        (("c1", "x"), "2"),
        (("c1",), ""),
    ],
)
def test_as_many_missing_collections_are_held_back_as_ids_were_never_known(
    noted: tuple[str, ...], held_back: str
) -> None:
    world = World(manifest(CLIPS, COLLECTIONS), project=project_row())

    plan = deleted_before(world, *noted)

    assert sources(world) == {"1", "2", "3"} - set(held_back)
    unknown = [row_id for row_id in dict.fromkeys(noted) if row_id != "c1"]
    assert world.base.tombstones == tuple(
        stone(source, row_id, reason=TombstoneReason.MAYBE_DELETED)
        for source, row_id in zip(held_back, unknown, strict=False)
    )
    assert [finding.subject for finding in plan.findings] == [
        f"collection:{source}" for source in held_back
    ]
    assert {finding.code for finding in plan.findings} <= {"maybe_deleted"}


def test_what_is_held_back_is_told_until_a_person_decides() -> None:
    world = World(manifest(CLIPS, COLLECTIONS), project=project_row())
    first = deleted_before(world, "x")

    assert codes(first) == codes(world.sync()) == {"maybe_deleted": "collection:2"}

    plan = world.sync(restore=frozenset({(Kind.COLLECTION, "2")}))
    assert codes(plan) == {}
    assert sources(world) == {"1", "2", "3"}
    assert codes(world.sync()) == {}
    assert world.base.tombstones[0].lifted


def test_a_note_of_a_row_that_was_ever_seen_holds_nothing_back() -> None:
    """A collection that a person made, deleted by that person."""
    world = synced()
    world.collections["mine"] = autoclip_collection_row(
        COLLECTIONS[0], "mine", [], name="我的", collection_metadata={"clip_ids": []}
    )
    world.sync()
    assert "mine" in world.base.seen_collection_row_ids
    del world.collections["mine"]
    note(world, "mine")
    world.disk = replace(world.disk, collections=(*COLLECTIONS, collection_record(4, [1])))

    assert codes(world.sync()) == {}
    assert sources(world) == {"1", "2", "3", "4"}


def test_a_note_answers_for_one_collection_once() -> None:
    world = World(manifest(CLIPS, COLLECTIONS[:2]), project=project_row())
    deleted_before(world, "x")
    assert sources(world) == {"1"}
    world.disk = replace(world.disk, collections=tuple(COLLECTIONS))

    world.sync()

    assert sources(world) == {"1", "3"}


def test_an_unknown_id_without_a_missing_collection_is_remembered() -> None:
    """Else the next run's first new collection would be held back for it."""
    world = World(manifest(CLIPS, COLLECTIONS[:1]), project=project_row())
    plan = deleted_before(world, "x")
    assert plan.ledger.seen_changed
    world.disk = replace(world.disk, collections=tuple(COLLECTIONS))

    plan = world.sync()

    assert (sources(world), codes(plan)) == ({"1", "2", "3"}, {})


def test_lost_collections_are_not_taken_for_deleted_ones() -> None:
    world = synced()
    world.collections, world.links = {}, {}
    note(world, "never seen")

    plan = world.sync()

    assert sources(world) == {"1", "2", "3"}
    assert codes(plan) == {"restored": "collection"}


# -- restoring on purpose --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
def test_a_restored_row_gets_its_old_id_back(kind: Kind) -> None:
    world = synced()
    row_id = delete(world, "2", kind)
    world.sync()

    plan = world.sync(restore=frozenset({(kind, "2")}))

    insert = next(change for change in plan.changes if change.op is Op.INSERT)
    assert (insert.row_id, insert.why) == (row_id, {"": Reason(ReasonCode.RESTORED_ON_PURPOSE)})
    assert sources(world, kind) == {"1", "2", "3"}
    assert [found.lifted for found in world.base.tombstones] == [True]
    assert codes(plan) == {}


def test_a_restore_lifts_what_it_names_and_nothing_else() -> None:
    world = synced()
    delete(world, "2")
    delete(world, "2", Kind.CLIP)
    world.sync()

    world.sync(restore=frozenset({(Kind.CLIP, "2"), (Kind.COLLECTION, "1")}))

    assert sources(world, Kind.CLIP) == {"1", "2", "3"}
    assert sources(world) == {"1", "3"}


def test_restore_all_lifts_every_tombstone() -> None:
    world = synced()
    delete(world, "2")
    delete(world, "3")
    delete(world, "2", Kind.CLIP)
    world.sync()

    world.sync(restore_all=True)

    assert sources(world) == sources(world, Kind.CLIP) == {"1", "2", "3"}


def test_a_row_may_be_deleted_and_restored_in_one_plan() -> None:
    """The deletion is seen for the first time by the very sync that restores."""
    world = synced()
    row_id = delete(world, "2")

    plan = world.sync(restore_all=True)

    assert world.collection_of("2").id == row_id
    assert codes(plan) == {}


def test_the_same_notes_do_not_bury_a_restored_collection_again() -> None:
    world = World(manifest(CLIPS, COLLECTIONS[:1]), project=project_row())
    world.sync()
    note(world, delete(world, "1"))
    world.sync()
    world.sync(restore_all=True)

    assert codes(world.sync()) == {}
    assert sources(world) == {"1"}


def test_a_restored_row_may_be_deleted_again() -> None:
    world = synced()
    row_id = delete(world, "2")
    world.sync()
    world.sync(restore_all=True)
    delete(world, "2")

    plan = world.sync()

    assert sources(world) == {"1", "3"}
    assert codes(plan) == {"tombstoned": "collection:2"}
    assert {found.row_id for found in world.base.tombstones} == {row_id}
    world.sync()
    assert sources(world) == {"1", "3"}


def test_an_id_that_another_row_has_meanwhile_is_not_given_back() -> None:
    world = World(manifest(CLIPS, COLLECTIONS), project=project_row())
    world.base = Base(PROJECT, known=True, tombstones=(stone("1", "taken"),))
    world.clips["taken"] = autoclip_clip_row(CLIPS[0], "taken")

    world.sync(restore_all=True)

    assert world.collection_of("1").id != "taken"


def test_the_id_of_a_deletion_before_our_time_is_not_known_to_be_that_records() -> None:
    world = World(manifest(CLIPS, COLLECTIONS), project=project_row())
    deleted_before(world, "x")

    world.sync(restore_all=True)

    assert world.collection_of("2").id != "x"


def test_a_tombstone_without_a_row_id_restores_under_a_derived_one() -> None:
    world = World(manifest(CLIPS, COLLECTIONS[:1]), project=project_row())
    world.base = Base(PROJECT, known=True, tombstones=(stone("1", None),))
    world.sync()
    assert world.collections == {}

    plan = world.sync(restore_all=True)

    (row,) = world.collections.values()
    scene = Scene(world.disk, World(manifest()).snapshot(), Base(PROJECT), PlanOptions())
    assert row.id == scene.new_row_id(Kind.COLLECTION, "1")
    assert plan.changes[0].why == {"": Reason(ReasonCode.RESTORED_ON_PURPOSE)}


def test_lifted_tombstones_hold_nothing_back() -> None:
    buried, lifted = stone("1", "a"), stone("2", "b", lifted=True)
    disk = manifest()
    none = Scene(disk, World(disk).snapshot(), Base(PROJECT), PlanOptions())

    assert deletions.active([buried, lifted], none) == [buried]
    assert deletions.lift([buried, lifted], none) == [buried, lifted]
    every = replace(none, options=PlanOptions(restore_all=True))
    assert deletions.active([buried, lifted], every) == []
    assert deletions.lift([buried, lifted], every) == [replace(buried, lifted=True), lifted]
