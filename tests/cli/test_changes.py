"""A plan's changes and findings as people read them."""

from __future__ import annotations

from typing import Any

import pytest
from clipsync.reporting.advice import advice_for

from clipsync.cli.changes import advice_lines, change_lines, counts_in_words, finding_lines
from clipsync.model.finding import Finding, Severity
from clipsync.model.plan import Change, Op, Table
from clipsync.reconcile.project import TIME_OF_APPLY
from tests.support.site import PROJECT


def change(op: Op, table: Table = Table.CLIPS, /, **values: Any) -> Change:
    given: dict[str, Any] = {
        "row_id": "row",
        "source_id": "3",
        "before": {},
        "after": {},
        "why": {},
        **values,
    }
    return Change(op, table, PROJECT, **given)


def lines(*changes: Change, most: int = 100) -> list[str]:
    return [line.plain for line in change_lines(changes, most)]


def test_counts_are_told_in_the_order_of_the_work() -> None:
    counts = {"delete": 2, "insert": 1, "update": 0, "relink": 1200, "adopt": 1}
    assert counts_in_words(counts) == "1 insert, 2 deletes, 1,200 relinks, 1 adopt"
    assert counts_in_words({"insert": 0}) == ""


@pytest.mark.parametrize(
    "start, end, shown",
    [
        (0, 59, "0:00-0:59"),
        (237, 279, "3:57-4:39"),
        (3599, 3723, "59:59-1:02:03"),
        (None, "x", "?-?"),
        (4542, 4529, "1:15:42-1:15:29"),
    ],
)
def test_a_new_clip_shows_its_place_in_the_video(start: Any, end: Any, shown: str) -> None:
    values = {"title": "标题", "start_time": start, "end_time": end}
    assert lines(change(Op.INSERT, after=values, why={"": "new on disk"})) == [
        f"  + clip 3 “标题” {shown}  (new on disk)"
    ]


def test_a_delete_shows_what_goes() -> None:
    gone = change(Op.DELETE, Table.COLLECTIONS, before={"name": "合集"}, why={"": "dropped"})
    assert lines(gone) == ["  - collection 3 “合集” row row  (dropped)"]


@pytest.mark.parametrize(
    "before, after, shown",
    [
        ("旧", "新", "“旧” → “新”"),
        (None, "新", "(none) → “新”"),
        ("旧", "", "“旧” → (empty)"),
        (1, 2.5, "1 → 2.5"),
        (["a"], [], '["a"] → []'),
        ("旧", TIME_OF_APPLY, "“旧” → (the time of the sync)"),
        ("x" * 100 + "1", "x" * 100 + "2", f"…{'x' * 12}1” → …{'x' * 12}2”"),
    ],
)
def test_an_update_shows_before_and_after_such_that_the_difference_is_in_sight(
    before: Any, after: Any, shown: str
) -> None:
    update = change(
        Op.UPDATE, before={"title": before}, after={"title": after}, why={"title": "from disk"}
    )
    assert lines(update) == ["  ~ clip 3 row row", f"      title: {shown}  (from disk)"]


def test_of_two_objects_only_the_keys_that_differ_are_shown() -> None:
    update = change(
        Op.UPDATE,
        before={"clip_metadata": {"same": 1, "a": 1, "gone": 2}},
        after={"clip_metadata": {"same": 1, "a": 2, "new": 3}},
    )
    assert lines(update)[1:] == [
        "      clip_metadata.a: 1 → 2",
        "      clip_metadata.gone: 2 → (none)",
        "      clip_metadata.new: (none) → 3",
    ]
    many = {str(number): number for number in range(6)}
    update = change(Op.UPDATE, before={"m": {}}, after={"m": many})
    assert lines(update)[-1] == "      m (2 more keys): … → …"
    assert len(lines(update)) == 6


def test_stamps_are_not_worth_a_line() -> None:
    update = change(Op.UPDATE, before={"updated_at": "1"}, after={"updated_at": "2"})
    assert lines(update) == ["  ~ clip 3 row row"]


@pytest.mark.parametrize(
    "before, after, shown",
    [
        (["a", "b"], ["b", "a"], "2 clips in another order"),
        (["a"], ["a", "b"], "1 → 2 clips"),
        (["a", "b"], ["a"], "2 → 1 clip"),
        (["a"], ["b"], "1 clip, others than before"),
        ([], ["a"], "0 → 1 clip"),
    ],
)
def test_a_relink_says_what_becomes_of_the_links(
    before: list[str], after: list[str], shown: str
) -> None:
    relink = change(
        Op.RELINK,
        Table.LINKS,
        source_id=None,
        before={"clip_ids": before},
        after={"clip_ids": after},
    )
    assert lines(relink) == [f"  ~ links of collection row row: {shown}"]


def test_the_links_of_a_new_collection_are_told_with_it() -> None:
    new = change(Op.INSERT, Table.COLLECTIONS, after={"name": "合集", "clips_count": 2})
    relink = change(Op.RELINK, Table.LINKS, after={"clip_ids": ["a", "b"]})
    assert lines(new, relink) == ["  + collection 3 “合集” of 2 clips"]


def test_what_is_too_much_is_counted_and_adopted_rows_are_summed_up() -> None:
    deletes = [change(Op.DELETE, row_id=str(number)) for number in range(5)]
    adopts = [change(Op.ADOPT, why={"": "known by its id"}) for _ in range(3)]
    shown = lines(*adopts, *deletes, most=2)
    assert shown[2:] == [
        "  ... and 3 more changes; --json shows all",
        "  = 3 records taken note of: known by its id; their rows stay as they are",
    ]
    assert len(shown) == 4


def test_the_worst_finding_comes_first_and_advice_is_said_once() -> None:
    findings = [
        Finding(code, severity, PROJECT, f"{code}\n\x1b[2J")
        for code, severity in (
            ("tombstoned", Severity.INFO),
            ("edit_conflict", Severity.WARNING),
            ("unreadable", Severity.ERROR),
        )
    ]
    assert [line.plain for line in finding_lines(findings, 2)] == [
        "  error unreadable: unreadable [2J",
        "  warning edit_conflict: edit_conflict [2J",
        "  ... and 1 more finding; --json shows all",
    ]
    assert [line.plain for line in advice_lines(["unreadable", "unreadable"])] == [
        f"  unreadable: {advice_for('unreadable')}"
    ]
