"""Rule 7: rows that are gone, deleted by a person or lost; and lifting tombstones on purpose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clipsync.model.base import Base, BaseRow, Tombstone, TombstoneReason
from clipsync.model.manifest import Kind
from clipsync.model.plan import Op, ProjectPlan
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import ProjectRow
from clipsync.reconcile import gone
from clipsync.reconcile.options import PlanOptions
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

SURE, MANY = TombstoneReason.DELETED, TombstoneReason.MANY_DELETED


THERE = project_row()


def base_row(kind: Kind, source_id: str, row_id: str | None = None, **values: Any) -> BaseRow:
    known = {"file_values": {"title": "甲"}, "kept_values": {}, **values}
    return BaseRow(kind, source_id, row_id or f"r{source_id}", **known)


def examined(
    there: str,
    *,
    kind: Kind = Kind.CLIP,
    known: str = "123",
    stones: tuple[Tombstone, ...] = (),
    allow_deletes: bool = False,
    notes: int = 0,
    project: ProjectRow | None = THERE,
    **disk: Any,
) -> tuple[dict[str, TombstoneReason], str, str]:
    """(buried number to why, numbers of lost rows, numbers nobody can tell of).

    `there`: ids of rows that are there, by a space; row `r1` is the ledger's of number 1. `notes`:
    how many notes of its deletion there were already while a row was there.
    """
    rows = tuple(
        base_row(kind, number, file_values={"title": "甲", "notes": notes}) for number in known
    )
    base = Base(PROJECT, rows=rows, tombstones=stones)
    seen = manifest(**{"clips": tuple(CLIPS), "collections": tuple(COLLECTIONS), **disk})
    options = PlanOptions(allow_deletes=allow_deletes)
    found = gone.examine(
        kind,
        Scene(seen, World(seen, project=project).snapshot(), base, options),
        set(there.split()),
    )
    buried = {stone.source_id: stone.reason for stone in found.buried}
    past, unclear = ("".join(row.source_id for row in rows) for rows in (found.past, found.unclear))
    return buried, past, unclear


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    ("there", "buried", "past"),
    [
        ("r1 r2 r3", "", ""),
        # Others are still there under their known ids: a person deleted these.
        ("r1", "23", ""),
        ("r1 new", "23", ""),
        ("r1 r2 mine", "3", ""),
        # All gone at once: a loss.
        ("", "", "123"),
        # All gone, others in their place: a re-import; what it left out comes back.
        ("n1 n2 n3", "", "123"),
        ("n1", "", "123"),
        ("mine", "", "123"),
    ],
)
def test_what_became_of_rows_that_are_gone(kind: Kind, there: str, buried: str, past: str) -> None:
    assert examined(there, kind=kind) == (dict.fromkeys(buried, SURE), past, "")


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    ("known", "there", "reason"),
    [
        ("12345", "r1 r2", MANY),
        ("12345", "r1 r2 r3", SURE),
        ("123456", "r1 r2 r3", SURE),
        ("123456", "r1 r2", MANY),
        # Fewer than five: no question.
        ("1234", "r1", SURE),
    ],
)
def test_more_than_half_of_five_or_more_at_once_is_for_a_person_to_decide(
    kind: Kind, known: str, there: str, reason: TombstoneReason
) -> None:
    missing = [number for number in known if f"r{number}" not in there]

    assert examined(there, kind=kind, known=known) == (dict.fromkeys(missing, reason), "", "")
    confirmed = examined(there, kind=kind, known=known, allow_deletes=True)
    assert confirmed == (dict.fromkeys(missing, SURE), "", "")


def test_what_other_evidence_tells_is_not_counted_among_the_many() -> None:
    """AutoClip noted the deletions: nothing is left to ask."""
    noted = ("r3", "r4", "r5")

    found = examined("r1 r2", kind=Kind.COLLECTION, known="12345", deleted_collection_row_ids=noted)

    assert found == (dict.fromkeys("345", SURE), "", "")


def test_the_notes_of_autoclip_tell_a_deletion_even_where_all_are_gone() -> None:
    noted = ("r1", "elsewhere")

    found = examined("", kind=Kind.COLLECTION, known="12", deleted_collection_row_ids=noted)

    assert found == ({"1": SURE}, "2", "")


def test_those_notes_are_of_collections_only() -> None:
    assert examined("", known="12", deleted_collection_row_ids=("r1",)) == ({}, "12", "")


@pytest.mark.parametrize(
    ("noted", "restored", "buried"), [(1, 0, True), (1, 1, False), (2, 1, True), (2, 2, False)]
)
def test_a_note_counts_once(noted: int, restored: int, buried: bool) -> None:
    """A restore uses it up: it was there already while the row was."""
    found, _, _ = examined(
        "",
        kind=Kind.COLLECTION,
        known="12",
        notes=restored,
        deleted_collection_row_ids=("r1",) * noted,
    )

    assert ("1" in found) is buried


def test_notes_that_cannot_be_read_are_unknown_and_not_empty() -> None:
    """All collections gone: a loss, or the deletion of the last, and nothing that tells."""
    unreadable: dict[str, Any] = {"deletions_known": False, "known": "12"}

    assert examined("", kind=Kind.COLLECTION, **unreadable) == ({}, "", "12")
    assert examined("r1", kind=Kind.COLLECTION, **unreadable) == ({"2": SURE}, "", "")
    assert examined("", kind=Kind.CLIP, **unreadable) == ({}, "12", "")


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    ("known", "others", "buried"),
    [
        ("1", {"2": {}, "3": {}}, True),
        # Another record has no tombstone: the last row was lost.
        ("1", {"2": {}}, False),
        ("1", {"2": {}, "3": {"lifted": True}}, False),
        # Two at once are no last one.
        ("12", {"3": {}}, False),
    ],
)
def test_the_last_row_was_deleted_only_where_every_other_record_was(
    kind: Kind, known: str, others: dict[str, dict[str, Any]], buried: bool
) -> None:
    stones = tuple(
        stone(number, f"s{number}", kind=kind, **values) for number, values in others.items()
    )

    found = examined("", kind=kind, known=known, stones=stones)

    assert found == (({known: SURE}, "", "") if buried else ({}, known, ""))


@pytest.mark.parametrize("kind", Kind)
def test_the_last_row_of_a_project_that_is_gone_itself_was_not_deleted(kind: Kind) -> None:
    """It went with its project, and comes back with it."""
    stones = tuple(stone(number, f"s{number}", kind=kind) for number in "23")

    assert examined("", kind=kind, known="1", stones=stones, project=None) == ({}, "1", "")


def test_the_only_row_of_the_only_record_was_lost() -> None:
    assert examined("", known="1", clips=tuple(CLIPS[:1])) == ({}, "1", "")


def same_thing_twice(second: BaseRow) -> gone.Gone:
    rows = (base_row(Kind.CLIP, "1", start_ms=60_000, end_ms=110_000), second)
    base = Base(PROJECT, rows=rows)
    scene = Scene(manifest(CLIPS), World(manifest()).snapshot(), base, PlanOptions())
    return gone.examine(Kind.CLIP, scene, {"r1"})


def test_a_second_row_of_the_same_thing_that_is_gone_is_no_deletion() -> None:
    """A person chose between two rows of one record; the record still has its row."""
    for values in ({}, {"start_ms": 65_000, "end_ms": 115_000}):
        assert same_thing_twice(base_row(Kind.CLIP, "1", "r1b", **values)) == gone.Gone()


def test_another_clip_of_the_number_that_is_gone_was_deleted() -> None:
    other = base_row(Kind.CLIP, "1", "r1b", start_ms=500_000, end_ms=550_000)

    assert same_thing_twice(other) == gone.Gone(buried=[gone.bury(other)])


# -- the tombstone ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
def test_a_deletion_leaves_a_tombstone_that_says_what_was_deleted(kind: Kind) -> None:
    world = synced()
    (known,) = [row for row in world.base.rows if (row.kind, row.source_id) == (kind, "2")]
    row_id = delete(world, "2", kind)

    plan = world.sync()

    values = {"file_values": known.file_values, "kept_values": known.kept_values}
    expected = stone("2", row_id, **values)
    if kind is Kind.CLIP:
        times = {"start_ms": 120_000, "end_ms": 170_000}
        expected = stone("2", row_id, kind=kind, label="片段2", **times, **values)
    assert world.base.tombstones == (expected,)
    assert gone.unburied(expected) == known
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
    assert [(found.source_id, found.row_id) for found in world.base.tombstones] == [("1", row_id)]


def test_a_deleted_clip_leaves_the_collections_that_held_it() -> None:
    world = synced()
    delete(world, "2", Kind.CLIP)

    world.sync()

    assert world.content_of(world.collection_of("2").id) == []
    assert world.collection_of("2").clips_count == 0


@pytest.mark.parametrize(
    ("number", "start", "end", "expected"),
    [
        (1, 60, 110, True),
        (1, 100, 200, True),
        (1, 110, 200, False),
        (1, 0, 60, False),
        (1, 0, 61, True),
        # Another number takes half of the united time.
        (2, 60, 110, True),
        (2, 60, 85, True),
        (2, 60, 84, False),
        (2, 100, 200, False),
    ],
)
def test_a_tombstone_holds_a_piece_of_video(
    number: int, start: int, end: int, expected: bool
) -> None:
    record = clip_record(number, start=start, end=end)
    buried = stone("1", "r", kind=Kind.CLIP, start_ms=60_000, end_ms=110_000)

    assert gone.stands_for(buried, record) is expected
    for half in (replace(buried, start_ms=None), replace(buried, end_ms=None)):
        assert gone.stands_for(half, record) is (number == 1)


@pytest.mark.parametrize("kind", Kind)
def test_a_tombstone_holds_through_a_renumbering(kind: Kind) -> None:
    """Rule 7: not against another clip of the same number either."""
    world = synced()
    row_id = delete(world, "2", kind)
    world.sync()
    # The retry leaves the first clip out, and numbers the others from 1.
    world.disk = manifest(
        [clip_record(1, start=120), clip_record(2, start=180)],
        [collection_record(1, [1]), collection_record(2, [2])],
    )

    world.sync()

    found = set(world.clips) if kind is Kind.CLIP else set(world.collections)
    assert row_id not in found
    assert len(found) == 1


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


def test_what_a_person_asks_for_is_lifted_and_what_he_confirms_is_sure() -> None:
    buried, lifted = stone("1", "a"), stone("2", "b", lifted=True)
    many = stone("3", "c", reason=TombstoneReason.MANY_DELETED)

    def lift(**options: Any) -> list[Tombstone]:
        disk = manifest()
        scene = Scene(disk, World(disk).snapshot(), Base(PROJECT), PlanOptions(**options))
        return gone.lift([buried, lifted, many], scene)

    dug_up = replace(buried, lifted=True)
    assert gone.lifted(buried) == dug_up
    assert lift() == [buried, lifted, many]
    assert lift(restore=frozenset({(Kind.COLLECTION, "1")})) == [dug_up, lifted, many]
    assert lift(restore=frozenset({(Kind.CLIP, "1")})) == [buried, lifted, many]
    assert lift(restore_all=True) == [dug_up, lifted, replace(many, lifted=True)]
    # What a person confirms is sure.
    sure = replace(many, reason=TombstoneReason.DELETED)
    assert lift(allow_deletes=True) == [buried, lifted, sure]


# -- a restore brings back what a person had done --------------------------------------------------


def test_a_restored_clip_has_a_persons_values_and_its_places_in_collections() -> None:
    """Rule 7."""
    world = World(
        manifest(CLIPS, [collection_record(1, [1, 2, 3]), collection_record(2, [2, 3])]),
        project=project_row(),
    )
    world.sync()
    row_id = world.clip_of("2").id
    first, third = world.clip_of("1").id, world.clip_of("3").id
    one, two = world.collection_of("1").id, world.collection_of("2").id
    world.edit_clip(row_id, title="我的", description="")
    world.set_content(one, [third, row_id, first])
    world.sync()
    delete(world, "2", Kind.CLIP)
    world.sync()
    assert (world.content_of(one), world.content_of(two)) == ([third, first], [third])

    plan = world.sync(restore=frozenset({(Kind.CLIP, "2")}))

    row = world.clips[row_id]
    assert (row.title, row.description) == ("我的", "")
    assert (world.content_of(one), world.content_of(two)) == (
        [third, row_id, first],
        [row_id, third],
    )
    assert codes(plan) == {}


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize(
    "export",
    [
        f"{DIRECTORY}/output/collections/最终.mp4",
        "/home/me/最终.mp4",
    ],
)
def test_a_row_that_comes_back_has_a_persons_name_order_and_export(export: str, lost: bool) -> None:
    """Rule 7: restored on purpose, or lost with all others."""
    records = [collection_record(1, [1, 2]), COLLECTIONS[1]]
    world = World(manifest(CLIPS, records), project=project_row())
    world.sync()
    row_id = world.collection_of("1").id
    listed = [world.clip_of(number).id for number in "321"]
    world.edit_collection(row_id, name="我的", export_path=export)
    world.set_content(row_id, listed)
    world.sync()
    before = world.collections[row_id]
    if lost:
        world.collections, world.links = {}, {}
    else:
        delete(world, "1")
        world.sync()

    world.sync(restore_all=not lost)

    row = world.collections[row_id]
    assert replace(row, created_at=before.created_at, updated_at=before.updated_at) == before
    assert world.links[row_id] == listed


def test_a_restore_that_finds_nothing_says_so() -> None:
    """Number 2 is another clip now."""
    world = synced()
    delete(world, "2", Kind.CLIP)
    world.sync()
    world.disk = manifest([CLIPS[0], clip_record(2, start=500), CLIPS[2]], COLLECTIONS)
    world.sync()

    plan = world.plan(restore=frozenset({(Kind.CLIP, "2")}))

    assert codes(plan) == {"restore_found_nothing": "clip:2"}


# -- losses ----------------------------------------------------------------------------------------


def test_what_a_reimport_left_out_comes_back_with_its_edits() -> None:
    """AutoClip's resync inserts one of two clips with one title; nobody deleted the other."""
    world = synced()
    left_out = world.clip_of("3").id
    world.edit_clip(left_out, title="我的")
    world.sync()
    world.clips = {
        name: autoclip_clip_row(record, name)
        for name, record in zip(("n1", "n2"), CLIPS, strict=False)
    }

    plan = world.sync()

    assert {row_id: row.title for row_id, row in world.clips.items()} == {
        "n1": "片段1",
        "n2": "片段2",
        left_out: "我的",
    }
    assert world.base.tombstones == ()
    assert codes(plan) == {"restored": "clip"}
    assert plan.findings[0].evidence == {"kind": "clip", "source_ids": ["3"], "new_ids": {}}


def test_a_row_made_by_hand_is_no_witness_of_a_deletion() -> None:
    """It is there, but not under a known id."""
    world = synced()
    before = set(world.clips)
    mine = autoclip_clip_row(clip_record(9), "mine", clip_metadata=None, title="我做的")
    world.clips = {"mine": mine}

    plan = world.sync()

    assert set(world.clips) == before | {"mine"}
    assert codes(plan) == {"restored": "clip"}


def test_a_lost_row_whose_id_is_taken_comes_back_under_a_new_one() -> None:
    world = World(manifest(CLIPS[:2]), project=project_row())
    world.sync()
    taken = world.clip_of("1").id
    world.edit_clip(taken, title="我的")
    world.sync()
    # A collection has the id now: rows of one project share one space of ids.
    world.clips = {}
    world.collections[taken] = autoclip_collection_row(
        collection_record(1, []), taken, [], collection_metadata=None
    )

    plan = world.sync()

    row = world.clip_of("1")
    assert (row.id != taken, row.title) == (True, "我的")
    (finding,) = plan.findings
    assert (finding.code, finding.evidence["new_ids"]) == ("restored", {"1": row.id})


def test_many_gone_at_once_are_held_back_until_a_person_decides() -> None:
    records = [clip_record(number) for number in range(1, 7)]
    world = World(manifest(records), project=project_row())
    world.sync()
    before = dict(world.clips)
    world.clips = {row_id: before[row_id] for row_id in list(before)[:2]}

    asked = world.sync()

    assert len(world.clips) == 2
    assert codes(asked) == codes(world.sync()) == {"maybe_deleted": "clip"}
    assert asked.findings[0].evidence == {"kind": "clip", "gone": 4, "known": 6}
    restored = replace(world, clips=dict(world.clips))
    assert codes(restored.sync(restore_all=True)) == codes(restored.sync()) == {}
    assert set(restored.clips) == set(before)
    assert codes(world.sync(allow_deletes=True)) == codes(world.sync()) == {}
    assert len(world.clips) == 2
    assert {found.reason for found in world.base.tombstones} == {SURE}
