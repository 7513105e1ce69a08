"""Decide: what becomes of every record, and of every row no record claims (rules 4 to 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from clipsync.model.base import BaseRow, Tombstone, TombstoneReason
from clipsync.model.decision import Decision, Fate, Known, Origin, Record
from clipsync.model.manifest import DiskCode, DiskReason, Kind, MarkerState, QuarantinedRecord
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import ClipRow
from clipsync.reconcile.assign import BURIED, STANDS, Claim
from clipsync.reconcile.decide import Case, decide, stone_thing
from clipsync.reconcile.options import PlanOptions
from clipsync.reconcile.scene import Scene
from tests.reconcile.worlds import (
    World,
    autoclip_clip_row,
    clip_record,
    manifest,
)

CLIP = clip_record(1)
TIMES = {"start_ms": 60_000, "end_ms": 110_000}
SPAN = (60_000, 110_000)


def known(row_id: str = "a", **values: Any) -> Known:
    row = autoclip_clip_row(CLIP, row_id, **values.pop("row", {}))
    return Known(
        **{
            "kind": Kind.CLIP,
            "row": row,
            "origin": Origin.LEDGER,
            "source_id": "1",
            "span": SPAN,
            **values,
        }
    )


def stone(**values: Any) -> Tombstone:
    return Tombstone(
        **{
            "kind": Kind.CLIP,
            "source_id": "1",
            "row_id": "gone",
            "label": "",
            "reason": TombstoneReason.DELETED,
            **TIMES,
            **values,
        }
    )


def claim(**values: Any) -> Claim:
    return Claim("1", SPAN, BURIED if "stone" in values else STANDS, False, **values)


def case(
    rows: Sequence[Known] = (),
    *,
    edited: str = "",
    listed_by: Mapping[str, list[str]] | None = None,
    disk: Mapping[str, Any] | None = None,
    records: Sequence[Record] = (CLIP,),
    **values: Any,
) -> Case:
    """`edited`: ids of rows that a person edited. A new row is called `new`, or as it was."""
    seen = manifest(list(records), **dict(disk or {}))  # type: ignore[arg-type]

    def span_of(one: Known) -> tuple[int, int] | None:
        return one.span

    def is_edited(one: Known, _: Record | None) -> bool:
        return one.row.id in edited

    def rank(one: Known, _: Record) -> tuple[Any, ...]:
        return one.row.id not in edited, one.row.id

    def row_id(_: Record, past: BaseRow | None, buried: Tombstone | None) -> str:
        return past.row_id if past else (buried and buried.row_id) or "new"

    return Case(
        **{
            "kind": Kind.CLIP,
            "scene": Scene(seen, World(seen).snapshot(), World(seen).base, PlanOptions()),
            "records": records,
            "things": [(one.start_ms, one.end_ms) for one in records],  # type: ignore[union-attr]
            "known": rows,
            "claims": {},
            "joined": {},
            "restored": {},
            "thing_of": span_of,
            "edited": is_edited,
            "rank": rank,
            "new_row_id": row_id,
            "known_file": True,
            "listed_by": dict(listed_by or {}),
            **values,
        }
    )


def decided(of: Fate, code: ReasonCode, values: Any = None, **others: Any) -> Decision:
    return Decision(of, Reason(code, values or {}), Kind.CLIP, **others)


# -- records ---------------------------------------------------------------------------------------


def test_a_record_that_nothing_claims_is_new() -> None:
    assert decide(case()) == [
        decided(Fate.INSERT, ReasonCode.NEW_ON_DISK, record=CLIP, row_id="new")
    ]


def test_a_lost_row_comes_back_under_its_id() -> None:
    past = BaseRow(Kind.CLIP, "1", "was", {}, {})

    assert decide(case(claims={0: claim(past=past)})) == [
        decided(
            Fate.INSERT, ReasonCode.LOST, {"kind": "clip"}, record=CLIP, past=past, row_id="was"
        )
    ]


@pytest.mark.parametrize(
    "reason", [TombstoneReason.DELETED, TombstoneReason.MANY_DELETED, TombstoneReason.LOST]
)
def test_a_lifted_tombstone_brings_its_row_back(reason: TombstoneReason) -> None:
    lifted = stone(reason=reason, lifted=True)

    assert decide(case(restored={0: claim(stone=lifted)})) == [
        decided(
            Fate.INSERT,
            ReasonCode.RESTORED_ON_PURPOSE,
            record=CLIP,
            tombstone=lifted,
            row_id="gone",
        )
    ]


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (TombstoneReason.DELETED, ReasonCode.DELETED_BY_USER),
        (TombstoneReason.MAYBE_DELETED, ReasonCode.MAYBE_DELETED),
        (TombstoneReason.MANY_DELETED, ReasonCode.MANY_DELETED),
    ],
)
def test_a_tombstone_holds_its_record_back(reason: TombstoneReason, code: ReasonCode) -> None:
    buried = stone(reason=reason)

    assert decide(case(claims={0: claim(stone=buried)})) == [
        decided(Fate.HOLD_BACK, code, record=CLIP, tombstone=buried)
    ]


def test_what_autoclip_brought_back_goes_again() -> None:
    buried, rows = stone(), [known("a", origin=Origin.ROW), known("b", origin=Origin.ROW)]

    found = decide(case(rows, claims={0: claim(stone=buried)}, joined={0: rows}))

    assert found == [
        decided(Fate.HOLD_BACK, ReasonCode.DELETED_BY_USER, record=CLIP, tombstone=buried),
        *(
            decided(Fate.DELETE, ReasonCode.CAME_BACK, record=CLIP, known=row, tombstone=buried)
            for row in rows
        ),
    ]


def test_what_somebody_worked_on_since_is_wanted_after_all() -> None:
    buried, rows = stone(), [known("a", origin=Origin.ROW), known("b", origin=Origin.ROW)]

    found = decide(case(rows, edited="b", claims={0: claim(stone=buried)}, joined={0: rows}))

    assert found == [
        decided(
            Fate.UPDATE,
            ReasonCode.SAME,
            record=CLIP,
            known=rows[1],
            tombstone=buried,
            row_id="b",
        ),
        decided(Fate.DELETE, ReasonCode.DUPLICATE, {"row": "b"}, known=rows[0], instead="b"),
    ]


def test_a_record_whose_deletion_nobody_can_tell_of_is_left() -> None:
    """deleted_collections.json can't be read: unknown is not empty."""
    unclear = [BaseRow(Kind.CLIP, "1", "gone", {}, {})]

    assert decide(case(unclear=unclear)) == [
        decided(Fate.LEAVE, ReasonCode.DELETIONS_UNKNOWN, record=CLIP)
    ]


# -- several rows of one record (rule 5) -----------------------------------------------------------


def test_the_row_that_the_ledger_knows_goes_first_and_edited_ones_stay() -> None:
    ledger = known("z")
    rows = [known(name, origin=Origin.ROW) for name in "abc"]

    found = decide(
        case([*rows, ledger], edited="b", claims={0: claim(known=ledger)}, joined={0: rows})
    )

    stays = decided(Fate.KEEP, ReasonCode.EDITED_DUPLICATE, {"row": "z"}, known=rows[1], row_id="b")
    assert found == [
        decided(Fate.UPDATE, ReasonCode.SAME, record=CLIP, known=ledger, row_id="z"),
        stays,
        decided(Fate.DELETE, ReasonCode.DUPLICATE, {"row": "z"}, known=rows[0], instead="z"),
        decided(Fate.DELETE, ReasonCode.DUPLICATE, {"row": "z"}, known=rows[2], instead="z"),
    ]


def test_of_rows_seen_for_the_first_time_the_edited_one_survives() -> None:
    rows = [known(name, origin=Origin.ROW) for name in "ab"]

    found = decide(case(rows, edited="b", joined={0: rows}))

    assert [(one.fate, one.known) for one in found] == [
        (Fate.UPDATE, rows[1]),
        (Fate.DELETE, rows[0]),
    ]


def test_a_row_adopted_by_its_looks_is_no_duplicate_to_delete() -> None:
    ledger, looks = known("z"), known("a", origin=Origin.LOOKS, by_looks=True)

    found = decide(case([ledger, looks], claims={0: claim(known=ledger)}, joined={0: [looks]}))

    assert found[1] == decided(Fate.KEEP, ReasonCode.ADOPTED_BY_LOOKS, known=looks, row_id="a")


# -- rows that no record claims --------------------------------------------------------------------


def of_row(row: Known, **values: Any) -> Decision:
    """The decision about a row of another piece of video than any record's."""
    elsewhere = replace(row, span=(500_000, 550_000))
    *_, found = decide(case([elsewhere], **values))
    assert found.known == elsewhere
    return replace(found, known=row)


def test_a_row_that_the_file_no_longer_has_goes() -> None:
    row = known()

    assert of_row(row) == decided(Fate.DELETE, ReasonCode.NOT_IN_FILE, known=row)


UNREADABLE = QuarantinedRecord(Kind.CLIP, "f", 0, None, DiskReason(DiskCode.ID_EMPTY), "")
QUARANTINED = replace(UNREADABLE, source_id="1")
OF_COLLECTION = replace(QUARANTINED, kind=Kind.COLLECTION)


@pytest.mark.parametrize(
    ("row", "values", "fate", "code"),
    [
        ({"origin": Origin.NOBODY}, {}, Fate.LEAVE, ReasonCode.BY_HAND),
        (
            {"origin": Origin.NOBODY, "row": {"status": "INVALIDATED"}},
            {},
            Fate.LEAVE,
            ReasonCode.STATUS_NOT_OURS,
        ),
        ({}, {"edited": "a"}, Fate.KEEP, ReasonCode.EDITED_STALE),
        ({"by_looks": True}, {}, Fate.KEEP, ReasonCode.ADOPTED_BY_LOOKS),
        ({}, {"disk": {"marker": MarkerState.MISSING}}, Fate.KEEP, ReasonCode.NO_MARKER),
        ({}, {"disk": {"marker": MarkerState.UNREADABLE}}, Fate.KEEP, ReasonCode.NO_MARKER),
        ({}, {"known_file": False}, Fate.KEEP, ReasonCode.NO_FILE_OF_KIND),
        (
            {},
            {"disk": {"quarantined": (QUARANTINED,)}},
            Fate.KEEP,
            ReasonCode.RECORD_QUARANTINED,
        ),
        ({}, {"disk": {"quarantined": (UNREADABLE,)}}, Fate.KEEP, ReasonCode.UNCLEAR_RECORDS),
        ({}, {"disk": {"quarantined": (OF_COLLECTION,)}}, Fate.DELETE, ReasonCode.NOT_IN_FILE),
        ({}, {"disk": {"marker": MarkerState.NOT_USED}}, Fate.DELETE, ReasonCode.NOT_IN_FILE),
    ],
)
def test_why_a_row_stays_though_no_record_stands_behind_it(
    row: dict[str, Any], values: dict[str, Any], fate: Fate, code: ReasonCode
) -> None:
    found = of_row(known(**row), **values)

    assert (found.fate, found.reason) == (fate, Reason(code))
    assert found.row_id == (None if fate is Fate.DELETE else "a")


def test_a_clip_that_people_list_stays() -> None:
    """Rule 4."""
    row = known()

    assert of_row(row, listed_by={"a": ["乙", "甲"]}) == decided(
        Fate.KEEP,
        ReasonCode.KEPT_IN_COLLECTION,
        {"collections": sorted(["乙", "甲"])},
        known=row,
        row_id="a",
    )


def test_an_edit_is_told_before_the_collections_that_list_the_clip() -> None:
    found = of_row(known(), edited="a", listed_by={"a": ["甲"]})

    assert found.reason == Reason(ReasonCode.EDITED_STALE)


@pytest.mark.parametrize(
    ("end_ms", "fate"), [(110_000, Fate.DELETE), (85_000, Fate.DELETE), (84_000, Fate.KEEP)]
)
def test_a_row_whose_piece_of_video_has_another_row_gives_way_to_it(
    end_ms: int, fate: Fate
) -> None:
    """Rules 4 and 5, even where people list it: half of the united time is the same piece."""
    stands, other = known("z"), known("a", span=(60_000, end_ms))

    *_, found = decide(
        case([stands, other], claims={0: claim(known=stands)}, listed_by={"a": ["甲"]})
    )

    gives_way = decided(Fate.DELETE, ReasonCode.DUPLICATE, {"row": "z"}, known=other, instead="z")
    assert found.fate is fate
    assert fate is Fate.KEEP or found == gives_way


def test_a_record_that_is_held_back_is_no_successor() -> None:
    other = known("a", span=(60_000, 100_000))

    *_, found = decide(case([other], claims={0: claim(stone=stone())}))

    assert found == decided(Fate.DELETE, ReasonCode.NOT_IN_FILE, known=other)


def test_every_record_and_every_row_has_its_decision() -> None:
    rows = [known(name, span=(1_000 * at, 1_000 * at + 500)) for at, name in enumerate("abc")]
    records = [clip_record(number) for number in (1, 2)]

    found = decide(case(rows, records=records))

    assert [one.record for one in found[:2]] == records
    assert [one.known for one in found[2:]] == rows
    assert all(isinstance(one.known.row, ClipRow) for one in found[2:] if one.known)


# -- what a tombstone holds ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, SPAN),
        ({"start_ms": None}, None),
        ({"end_ms": None}, None),
        ({"kind": Kind.COLLECTION}, None),
        (
            {"kind": Kind.COLLECTION, "file_values": {"content": ["a", "b"]}},
            frozenset({"a", "b"}),
        ),
        ({"kind": Kind.COLLECTION, "file_values": {"content": []}}, None),
    ],
)
def test_a_tombstone_holds_the_thing(values: dict[str, Any], expected: object) -> None:
    """Rule 7: a time range, or a content."""
    assert stone_thing(stone(**values)) == expected
