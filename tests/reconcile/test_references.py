"""Rule 4: which clip row an id, or a number, means after the plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clipsync.model.base import BaseRow, Tombstone, TombstoneReason
from clipsync.model.decision import Decision, Fate, Known, Origin
from clipsync.model.manifest import Kind
from clipsync.model.reason import Reason, ReasonCode
from clipsync.reconcile.options import PlanOptions, Prefer
from clipsync.reconcile.references import References, listed_by_people
from clipsync.reconcile.scene import Scene
from tests.reconcile.worlds import (
    World,
    autoclip_clip_row,
    autoclip_collection_row,
    clip_record,
    collection_record,
    manifest,
)

SAME = Reason(ReasonCode.SAME)


def known_clip(row_id: str, number: int | None = None, **values: Any) -> Known:
    row = autoclip_clip_row(clip_record(number or 1), row_id, **values)
    return Known(Kind.CLIP, row, Origin.LEDGER, None if number is None else str(number))


def stands(row_id: str, number: int) -> Decision:
    known = known_clip(row_id, number)
    record = clip_record(number)
    return Decision(Fate.UPDATE, SAME, Kind.CLIP, record, known, row_id=row_id)


def new(row_id: str, number: int, **values: Any) -> Decision:
    return Decision(Fate.INSERT, SAME, Kind.CLIP, clip_record(number), row_id=row_id, **values)


def goes(row_id: str, instead: str | None = None) -> Decision:
    return Decision(Fate.DELETE, SAME, Kind.CLIP, known=known_clip(row_id), instead=instead)


def kept(row_id: str, number: int | None = None, code: ReasonCode = SAME.code) -> Decision:
    known = known_clip(row_id, number)
    return Decision(Fate.KEEP, Reason(code), Kind.CLIP, known=known, row_id=row_id)


def stone(row_id: str | None, number: int = 1, **values: Any) -> Tombstone:
    return Tombstone(Kind.CLIP, str(number), row_id, "", TombstoneReason.DELETED, **values)


def past(row_id: str, number: int = 1) -> BaseRow:
    return BaseRow(Kind.CLIP, str(number), row_id, {}, {})


def references(
    *decisions: Decision, foreign: frozenset[str] = frozenset(), lists: tuple[Known, ...] = ()
) -> References:
    world = World(manifest(), foreign_clips=foreign)
    scene = Scene(world.disk, world.snapshot(), world.base, PlanOptions())
    return References(scene, decisions, lists, waiting=())


# -- where ids lead --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decisions", "listed", "followed"),
    [
        ([stands("a", 1), kept("b")], "ab", "ab"),
        ([stands("a", 1), stands("b", 2)], "ba", "ba"),
        # A duplicate leads to the row that stays, which has a place of its own.
        ([stands("a", 1), goes("b", "a")], "b", "a"),
        ([stands("a", 1), stands("c", 2), goes("b", "a")], "bca", "ca"),
        # A row that goes with nothing in its place goes out of the list.
        ([stands("a", 1), goes("b")], "ab", "a"),
        # Lost, and made again under a new id.
        ([new("n", 1, past=past("a"))], "a", "n"),
        ([new("a", 1, past=past("a"))], "a", "a"),
        # Nobody knows it.
        ([stands("a", 1)], "ax", "a"),
        # Repeats.
        ([stands("a", 1), stands("b", 2)], "aba", "ab"),
    ],
)
def test_a_list_follows_the_rows_that_stand_for_the_same_piece_of_video(
    decisions: list[Decision], listed: str, followed: str
) -> None:
    found = references(*decisions)

    assert found.follow(listed) == tuple(followed)
    assert found.shown(found.follow(listed)) == list(followed)


def test_what_is_held_back_keeps_its_place_and_is_not_shown() -> None:
    held = Decision(
        Fate.HOLD_BACK,
        Reason(ReasonCode.DELETED_BY_USER),
        Kind.CLIP,
        clip_record(2),
        tombstone=stone("b", 2),
    )
    found = references(stands("a", 1), held, stands("c", 3))

    assert found.follow("abc") == ("a", "b", "c")
    assert found.shown(found.follow("abc")) == ["a", "c"]
    assert found.of_numbers("123") == ("a", "b", "c")
    assert not found.moved("abc")


def test_what_autoclip_brought_back_means_the_place_that_is_kept() -> None:
    """It goes again; a restore finds the place under the id that the clip had."""
    came_back = Decision(
        Fate.DELETE,
        Reason(ReasonCode.CAME_BACK),
        Kind.CLIP,
        clip_record(2),
        known_clip("back", 2),
        tombstone=stone("b", 2),
    )
    found = references(stands("a", 1), came_back)

    assert found.follow(["back", "a"]) == ("b", "a")
    assert found.shown(found.follow(["back", "a"])) == ["a"]


def test_a_restored_clip_takes_its_place_under_whatever_id_it_has() -> None:
    found = references(stands("a", 1), new("n", 2, tombstone=stone("b", 2, lifted=True)))

    assert found.follow("ab") == ("a", "n")
    assert found.shown(found.follow("ab")) == ["a", "n"]


def test_a_clip_of_another_project_stays() -> None:
    """Rule 14."""
    found = references(stands("a", 1), foreign=frozenset({"theirs"}))

    assert found.follow(["theirs", "a"]) == ("theirs", "a")
    assert found.shown(["theirs", "a"]) == ["theirs", "a"]
    assert found.numbers_of(["theirs", "a"]) == ["1"]


@pytest.mark.parametrize(
    ("listed", "moved"), [("a", False), ("ab", True), ("ac", True), ("ax", False), ("", False)]
)
def test_a_list_moves_where_an_id_of_it_means_another_row_or_goes(listed: str, moved: bool) -> None:
    """An id of no row is not what moves: a list of people's stays as it is."""
    assert references(stands("a", 1), goes("b", "a"), goes("c")).moved(listed) is moved


# -- numbers ---------------------------------------------------------------------------------------


def test_numbers_mean_the_rows_that_stand_for_them() -> None:
    found = references(stands("a", 1), new("b", 2), kept("c", 3))

    assert found.of_numbers(["2", "9", "1", "2"]) == ("b", "a")
    # Number 3 is no record's any more, and may be another clip's tomorrow.
    assert found.numbers_of(["c", "b", "a"]) == ["2", "1"]


def test_the_number_of_a_record_that_cannot_be_used_means_the_row_it_had() -> None:
    """Rule 11. Of several rows: the ledger's, then the listed, then the newest."""
    code = ReasonCode.RECORD_QUARANTINED

    def first(*rows: Known, listed: str = "") -> tuple[str, ...]:
        decisions = [
            Decision(Fate.KEEP, Reason(code), Kind.CLIP, known=row, row_id=row.row.id)
            for row in rows
        ]
        collection = Known(
            Kind.COLLECTION,
            autoclip_collection_row(collection_record(1, []), "k", []),
            Origin.LEDGER,
            "1",
            content=tuple(listed),
        )
        return references(*decisions, lists=(collection,)).of_numbers(["2"])

    old = replace(known_clip("a", 2), origin=Origin.ROW)
    new_row = known_clip("b", 2, created_at="2026-01-09 00:00:00.000000")
    newer = replace(new_row, origin=Origin.ROW)
    ledger = known_clip("c", 2)
    assert first(old, newer) == ("b",)
    assert first(old, newer, listed="a") == ("a",)
    assert first(old, newer, ledger, listed="a") == ("c",)


# -- whose a list is -------------------------------------------------------------------------------


def collection(
    content: str, base: str | None, *, origin: Origin = Origin.LEDGER, name: str = "合集"
) -> Known:
    row = autoclip_collection_row(collection_record(1, [], name=name), f"k{name}", [])
    return Known(
        Kind.COLLECTION,
        row,
        origin,
        None if origin is Origin.NOBODY else "1",
        content=tuple(content),
        base={} if base is None else {"content": tuple(base)},
        unknown=frozenset({"content"} if base is None else ()),
    )


@pytest.mark.parametrize(
    ("content", "base", "edited"),
    [
        ("ab", "ab", False),
        ("ba", "ab", True),
        ("a", "ab", True),
        ("", "ab", True),
        # Where clips went is nobody's edit.
        ("ad", "ab", False),
        ("a", "ac", False),
        # Nothing tells: whatever is listed counts.
        ("a", None, True),
        ("", None, False),
    ],
)
def test_a_list_is_edited_where_it_differs_from_what_the_file_said(
    content: str, base: str | None, edited: bool
) -> None:
    """Row d was a duplicate of b, c is gone."""
    found = references(stands("a", 1), stands("b", 2), goes("d", "b"), goes("c"))

    assert found.list_edited(collection(content, base)) is edited


@pytest.mark.parametrize(
    ("prefer", "of_pipeline"), [(Prefer.MERGE, True), (Prefer.DATABASE, True), (Prefer.DISK, False)]
)
def test_people_list_what_they_put_into_a_collection(prefer: Prefer, of_pipeline: bool) -> None:
    """Every clip of a collection made by hand; of the pipeline's, what the file did not say.

    The disk preferred, the list of a collection that the file has is the file's.
    """
    world = World(manifest([], [collection_record(1, [])]))
    scene = Scene(world.disk, world.snapshot(), world.base, PlanOptions(prefer=prefer))
    mine = collection("ax", None, origin=Origin.NOBODY, name="我的")
    pipelines = collection("abx", "ab", name="合集")
    unknown = collection("c", None, name="谁的")

    listed = listed_by_people(scene, [mine, pipelines, unknown])

    expected = {"a": ["我的"], "x": ["我的", "合集"] if of_pipeline else ["我的"]}
    assert listed == expected
