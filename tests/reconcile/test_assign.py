"""Rule 1: which record each known row, tombstone or lost row stands for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsync.model.decision import Known, Origin
from clipsync.model.manifest import ClipRecord, Kind
from clipsync.reconcile.assign import (
    BURIED,
    KEPT,
    STANDS,
    Claim,
    Thing,
    alike,
    assign,
    join,
)
from tests.reconcile.worlds import autoclip_clip_row, clip_record
from tests.support.properties import steady


def record(number: int, start: int, end: int) -> ClipRecord:
    return clip_record(number, start=start, end=end)


def things(records: list[ClipRecord]) -> list[Thing]:
    return [(found.start_ms, found.end_ms) for found in records]


def claim(number: int, start: int, end: int, order: int = STANDS) -> Claim:
    return Claim(str(number), (start * 1000, end * 1000), order, False)


def unknown(number: int, order: int = STANDS) -> Claim:
    """The ledger of an early release did not keep the times."""
    return Claim(str(number), None, order, True)


def assigned(claims: dict[str, Claim], records: list[ClipRecord]) -> dict[str, str]:
    """Number of the record to the name of the claim that has it."""
    names = {id(found): name for name, found in claims.items()}
    taken = assign(list(claims.values()), records, things(records))
    return {records[at].source_id: names[id(found)] for at, found in taken.items()}


RECORDS = [record(1, 0, 60), record(2, 60, 120), record(3, 120, 180)]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        # Nothing moved.
        ({"a": claim(1, 0, 60), "b": claim(2, 60, 120)}, {"1": "a", "2": "b"}),
        # Renumbered: what it is decides.
        ({"a": claim(2, 0, 60), "b": claim(1, 60, 120)}, {"1": "a", "2": "b"}),
        # The same number, and any overlap at all.
        ({"a": claim(1, 55, 200)}, {"1": "a"}),
        # Another number takes half of the united time.
        ({"a": claim(9, 0, 30)}, {"1": "a"}),
        ({"a": claim(9, 0, 29)}, {}),
        # No overlap: another clip of that number.
        ({"a": claim(1, 200, 260)}, {}),
        # The best pair first, whatever the number says.
        ({"a": claim(1, 50, 120), "b": claim(9, 0, 60)}, {"1": "b", "2": "a"}),
        # Equal shares: by number.
        ({"a": claim(9, 0, 60), "b": claim(1, 0, 60)}, {"1": "b"}),
        # Equal shares: who stands goes before who stayed, and that before a tombstone.
        ({"a": claim(1, 0, 60, BURIED), "b": claim(9, 0, 60)}, {"1": "b"}),
        ({"a": claim(1, 0, 60, BURIED), "b": claim(1, 0, 60, KEPT)}, {"1": "b"}),
        ({"a": claim(1, 0, 60, KEPT), "b": claim(9, 0, 60)}, {"1": "b"}),
        # A better tombstone goes before a worse row.
        ({"a": claim(1, 0, 60, BURIED), "b": claim(1, 0, 50)}, {"1": "a"}),
        # Nothing is known of what it was: the number, where nobody else claims the record.
        ({"a": unknown(1)}, {"1": "a"}),
        ({"a": unknown(1), "b": claim(9, 0, 40)}, {"1": "b"}),
        ({"a": unknown(9)}, {}),
        ({"a": unknown(1, BURIED), "b": unknown(1)}, {"1": "b"}),
    ],
)
def test_records_are_assigned_to_what_they_are_most_like(
    claims: dict[str, Claim], expected: dict[str, str]
) -> None:
    assert assigned(claims, RECORDS) == expected
    backwards = dict(reversed(claims.items()))
    assert assigned(backwards, RECORDS) == expected


def test_of_equal_records_the_first_is_taken() -> None:
    twins = [record(7, 0, 60), record(8, 0, 60)]

    assert assigned({"a": claim(1, 0, 60)}, twins) == {"7": "a"}


@steady
@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 9), st.integers(1, 5)), max_size=5),
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), max_size=4),
)
def test_one_claim_a_record_one_record_a_claim_and_no_match_left_over(
    known: list[tuple[int, int, int]], found: list[tuple[int, int]]
) -> None:
    claims = [claim(number, start, start + length) for number, start, length in known]
    records = [
        record(number, start, start + length) for number, (start, length) in enumerate(found, 1)
    ]
    what = things(records)

    taken = assign(claims, records, what)

    used = [id(one) for one in taken.values()]
    assert len(used) == len(set(used))
    for at, one in enumerate(records):
        for candidate in claims:
            share = alike(candidate.thing, what[at])
            enough = share > 0 if candidate.number == one.source_id else share >= 0.5
            assert not enough or at in taken or id(candidate) in used


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ((0, 60_000), (0, 30_000), 0.5),
        (frozenset("ab"), frozenset("a"), 0.5),
        (None, (0, 1), 0.0),
        (frozenset("a"), None, 0.0),
        ((0, 1), frozenset("a"), 0.0),
    ],
)
def test_only_things_of_one_kind_are_alike(left: Thing, right: Thing, expected: float) -> None:
    assert alike(left, right) == expected


# -- rows seen for the first time ------------------------------------------------------------------


def first_seen(row_id: str, number: int, **values: Any) -> Known:
    row = autoclip_clip_row(clip_record(number), row_id, clip_metadata=None)
    return Known(Kind.CLIP, row, Origin.ROW, str(number), **values)


@pytest.mark.parametrize(
    ("number", "span", "expected"),
    [
        (1, (0, 60_000), "1"),
        (2, (0, 60_000), "1"),
        (1, (50_000, 120_000), "2"),
        (1, (59_000, 61_000), "1"),
        (9, (0, 29_000), None),
        (1, (300_000, 360_000), None),
        # A row that does not tell its time joins by its number.
        (2, None, "2"),
        (9, None, None),
    ],
)
def test_a_row_joins_the_record_it_is_most_like(
    number: int, span: tuple[int, int] | None, expected: str | None
) -> None:
    row = first_seen("a", number, span=span)

    joined = join([row], RECORDS, things(RECORDS), lambda known: known.span)

    assert joined == ({} if expected is None else {int(expected) - 1: [row]})


def test_several_rows_may_join_one_record() -> None:
    """Duplicates: rule 5 tells who stays."""
    rows = [first_seen(name, 1, span=(0, 60_000)) for name in "ab"]

    assert join(rows, RECORDS, things(RECORDS), lambda known: known.span) == {0: rows}


def test_a_collections_row_of_other_content_joins_by_its_number() -> None:
    row = first_seen("a", 2, content=("x",))
    contents: list[Thing] = [frozenset("ab"), frozenset("cd"), None]

    joined = join([row], RECORDS, contents, lambda known: frozenset(known.content))

    assert joined == {1: [row]}
