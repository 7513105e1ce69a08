"""Rules 2 and 3: the three-way merge of a field and of a collection's content."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsync.model.reason import ReasonCode
from clipsync.reconcile.merge import Merged, MergedList, merge_field, merge_list
from clipsync.reconcile.options import Prefer
from tests.support.properties import steady

values = st.sampled_from(["", "甲", "乙", "丙", "é", "e\u0301"])
stored_values = st.none() | values
prefers = st.sampled_from(Prefer)


def field(
    file: str,
    database: str | None,
    base: str | None = None,
    *,
    known: bool = True,
    prefer: Prefer = Prefer.MERGE,
) -> Merged:
    return merge_field(file=file, database=database, base=base, base_known=known, prefer=prefer)


def spelling(value: str | None) -> str:
    return unicodedata.normalize("NFC", value or "")


# -- one field (rule 2) ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "database", "base", "expected"),
    [
        ("甲", "甲", "甲", Merged("甲", ReasonCode.SAME)),
        ("新", "甲", "甲", Merged("新", ReasonCode.FROM_DISK)),
        ("甲", "我的", "甲", Merged("我的", ReasonCode.EDITED)),
        ("新", "我的", "甲", Merged("我的", ReasonCode.EDIT_CONFLICT)),
        ("新", "新", "甲", Merged("新", ReasonCode.SAME)),
        # An emptied field is an edit too, and so is one that was filled.
        ("甲", "", "甲", Merged("", ReasonCode.EDITED)),
        ("甲", None, "甲", Merged(None, ReasonCode.EDITED)),
        ("新", None, "甲", Merged(None, ReasonCode.EDIT_CONFLICT)),
        ("", "我的", "", Merged("我的", ReasonCode.EDITED)),
        ("新", None, "", Merged("新", ReasonCode.FROM_DISK)),
        ("", None, "甲", Merged(None, ReasonCode.SAME)),
    ],
)
def test_what_one_side_changed_wins_and_of_two_changes_the_persons(
    file: str, database: str | None, base: str, expected: Merged
) -> None:
    assert field(file, database, base) == expected


def test_without_a_base_the_databases_value_stays() -> None:
    assert field("新", "我的", known=False) == Merged("我的", ReasonCode.UNKNOWN_EDIT)
    assert field("新", None, known=False) == Merged(None, ReasonCode.UNKNOWN_EDIT)
    assert field("甲", "甲", known=False) == Merged("甲", ReasonCode.SAME)


def test_a_value_spelled_otherwise_is_no_change_and_keeps_its_spelling() -> None:
    assert field("é", "e\u0301", "é") == Merged("e\u0301", ReasonCode.SAME)
    assert field("", None, "") == Merged(None, ReasonCode.SAME)
    assert field("新", "e\u0301", "é") == Merged("新", ReasonCode.FROM_DISK)
    assert field("é", "我的", "e\u0301") == Merged("我的", ReasonCode.EDITED)


def test_who_is_preferred_wins_without_asking_for_the_base() -> None:
    for base, known in (("甲", True), ("我的", True), ("新", True), (None, False)):
        disk = field("新", "我的", base, known=known, prefer=Prefer.DISK)
        database = field("新", "我的", base, known=known, prefer=Prefer.DATABASE)

        assert disk == Merged("新", ReasonCode.PREFERRED_DISK)
        assert database == Merged("我的", ReasonCode.PREFERRED_DATABASE)


@pytest.mark.parametrize(
    ("verdict", "edited"),
    [
        (ReasonCode.SAME, False),
        (ReasonCode.FROM_DISK, False),
        (ReasonCode.PREFERRED_DISK, False),
        (ReasonCode.EDITED, True),
        (ReasonCode.EDIT_CONFLICT, True),
        (ReasonCode.UNKNOWN_EDIT, True),
        (ReasonCode.PREFERRED_DATABASE, True),
    ],
)
def test_which_verdicts_hold_a_persons_value(verdict: ReasonCode, edited: bool) -> None:
    assert Merged("甲", verdict).edited is edited


@steady
@given(values, stored_values, stored_values, st.booleans(), prefers)
def test_a_merged_value_is_one_of_the_two(
    file: str, database: str | None, base: str | None, known: bool, prefer: Prefer
) -> None:
    merged = field(file, database, base, known=known, prefer=prefer)

    assert merged.value in ((database,) if merged.edited else (file, database))
    if spelling(file) == spelling(database):
        assert merged == Merged(database, ReasonCode.SAME)


@steady
@given(values, stored_values, stored_values, st.booleans(), prefers)
def test_merging_again_with_the_files_value_as_base_changes_nothing(
    file: str, database: str | None, base: str | None, known: bool, prefer: Prefer
) -> None:
    merged = field(file, database, base, known=known, prefer=prefer)

    again = field(file, merged.value, file)

    assert again.value == merged.value
    assert again.reason in (ReasonCode.SAME, ReasonCode.EDITED)


@steady
@given(values, stored_values, stored_values)
def test_the_file_never_takes_a_value_that_a_person_changed(
    file: str, database: str | None, base: str | None
) -> None:
    merged = field(file, database, base)

    if spelling(database) != spelling(base):
        assert merged.value == database
    else:
        assert spelling(merged.value) == spelling(file)


# -- a list (rule 3) -------------------------------------------------------------------------------

lists = st.lists(st.sampled_from("123456"), unique=True).map(tuple)


def ordered(
    file: str, database: str, base: str | None, prefer: Prefer = Prefer.MERGE
) -> tuple[str, ReasonCode]:
    merged = merge_list(file=file, database=database, base=base, prefer=prefer)
    return "".join(merged.items), merged.reason


@pytest.mark.parametrize(
    ("base", "file", "database", "expected"),
    [
        ("123", "123", "123", ("123", ReasonCode.SAME)),
        ("123", "321", "123", ("321", ReasonCode.FROM_DISK)),
        ("123", "123", "312", ("312", ReasonCode.EDITED)),
        ("123", "123", "1", ("1", ReasonCode.EDITED)),
        ("123", "123", "", ("", ReasonCode.EDITED)),
        # What the file added comes in behind its nearest predecessor, else in front.
        ("123", "1234", "321", ("3421", ReasonCode.EDITED)),
        ("123", "4123", "321", ("4321", ReasonCode.EDITED)),
        ("123", "1243", "31", ("314", ReasonCode.EDITED)),
        ("123", "12345", "321", ("34521", ReasonCode.EDITED)),
        ("12", "123", "", ("3", ReasonCode.EDITED)),
        # What it dropped goes out.
        ("123", "13", "321", ("31", ReasonCode.EDITED)),
        ("123", "", "321", ("", ReasonCode.FROM_DISK)),
        # What a person added stays, what the file adds as well stands there once.
        ("12", "12", "312", ("312", ReasonCode.EDITED)),
        ("12", "123", "312", ("312", ReasonCode.EDITED)),
        ("12", "21", "132", ("132", ReasonCode.EDITED)),
        # What a person took out stays out, while the file has had it.
        ("123", "1234", "13", ("134", ReasonCode.EDITED)),
        # Both came to the same list.
        ("123", "13", "13", ("13", ReasonCode.SAME)),
        ("123", "1", "13", ("1", ReasonCode.FROM_DISK)),
    ],
)
def test_the_persons_order_wins_additions_come_in_and_drops_go_out(
    base: str, file: str, database: str, expected: tuple[str, ReasonCode]
) -> None:
    assert ordered(file, database, base) == expected


def test_without_a_base_the_databases_list_stays() -> None:
    assert ordered("12", "21", None) == ("21", ReasonCode.UNKNOWN_EDIT)
    assert ordered("12", "12", None) == ("12", ReasonCode.SAME)


def test_who_is_preferred_has_the_list() -> None:
    for base in ("123", "21", None):
        assert ordered("123", "21", base, Prefer.DISK) == ("123", ReasonCode.PREFERRED_DISK)
        assert ordered("123", "21", base, Prefer.DATABASE) == ("21", ReasonCode.PREFERRED_DATABASE)


@pytest.mark.parametrize("prefer", Prefer)
def test_equal_lists_are_the_same_whoever_is_preferred(prefer: Prefer) -> None:
    assert ordered("12", "12", "3", prefer) == ("12", ReasonCode.SAME)


def test_any_sequence_gives_a_tuple() -> None:
    both: dict[str, Any] = {"file": ["1", "2"], "base": ["1"], "prefer": Prefer.MERGE}

    assert merge_list(database=["1"], **both) == MergedList(("1", "2"), ReasonCode.FROM_DISK)
    assert merge_list(database=["1", "2"], **both) == MergedList(("1", "2"), ReasonCode.SAME)


@steady
@given(lists, lists, lists)
def test_a_merged_list_holds_what_both_want_and_nothing_twice(
    file: tuple[str, ...], database: tuple[str, ...], base: tuple[str, ...]
) -> None:
    merged = merge_list(file=file, database=database, base=base, prefer=Prefer.MERGE).items

    assert len(merged) == len(set(merged))
    if database not in (file, base):
        assert set(merged) == (set(database) - (set(base) - set(file))) | (set(file) - set(base))
    else:
        assert merged == file


@steady
@given(lists, lists, lists)
def test_a_persons_order_is_kept(
    file: tuple[str, ...], database: tuple[str, ...], base: tuple[str, ...]
) -> None:
    merged = merge_list(file=file, database=database, base=base, prefer=Prefer.MERGE).items

    if database != base:
        theirs = [item for item in database if item in merged]
        assert [item for item in merged if item in database] == theirs


@steady
@given(lists, lists)
def test_an_edited_list_stays_while_the_file_does(
    file: tuple[str, ...], database: tuple[str, ...]
) -> None:
    merged = merge_list(file=file, database=database, base=file, prefer=Prefer.MERGE)

    assert merged.items == database
    assert merged.reason is (ReasonCode.SAME if file == database else ReasonCode.EDITED)


@steady
@given(lists, lists, st.none() | lists, prefers)
def test_merging_a_list_again_changes_nothing(
    file: tuple[str, ...],
    database: tuple[str, ...],
    base: tuple[str, ...] | None,
    prefer: Prefer,
) -> None:
    merged = merge_list(file=file, database=database, base=base, prefer=prefer)

    again = merge_list(file=file, database=merged.items, base=file, prefer=Prefer.MERGE)

    assert again.items == merged.items
