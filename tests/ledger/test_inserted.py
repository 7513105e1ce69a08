"""What the journal keeps of an inserted row tells every later change of it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsync.ledger.inserted import DIGESTS, changed_columns, shortened
from clipsync.model.plan import Table
from clipsync.model.snapshot import BrokenJson, ClipRow
from tests.support.autoclip_rows import clip_row, collection_row, project_row

ROWS = (
    (Table.PROJECTS, project_row()),
    (Table.CLIPS, clip_row(1)),
    (Table.COLLECTIONS, collection_row(1, [1, 2])),
)
COLUMNS = [(table, row, name) for table, row in ROWS for name in row if name != "updated_at"]


@pytest.mark.parametrize(("table", "row"), ROWS)
def test_a_row_as_it_was_inserted_is_unchanged_and_costs_little(
    table: Table, row: dict[str, Any]
) -> None:
    kept = shortened(table, row)
    assert changed_columns(table, kept, {**row, "thumbnail_path": None}) == []
    assert len(kept[DIGESTS]) < 110
    assert set(kept) <= {"title", "name", "start_time", "end_time", DIGESTS}


@pytest.mark.parametrize(("table", "row", "name"), COLUMNS)
def test_a_change_of_any_column_is_named(table: Table, row: dict[str, Any], name: str) -> None:
    for kept in (shortened(table, row), row):  # as an older release kept it, too
        for other in ("another", None, {"x": 1}, BrokenJson("{")):
            if other != row[name]:
                assert changed_columns(table, kept, {**row, name: other}) == [name]


def test_updated_at_alone_is_no_change() -> None:
    row = clip_row(1)
    later = {**row, "updated_at": "2030-01-01 00:00:00"}
    assert changed_columns(Table.CLIPS, shortened(Table.CLIPS, row), later) == []


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("score", 1, 1.0),
        ("duration", 12.0, 12),
        ("created_at", "2024-03-01T08:00:00+00:00", "2024-03-01 08:00:00.000000"),
        ("clip_metadata", {"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1}),
        ("clip_metadata", {"n": 2**80}, {"n": 2**80}),
        ("clip_metadata", {"t": "\ud83d"}, {"t": "\ud83d"}),
    ],
)
def test_what_a_database_gives_back_in_another_spelling_is_the_same(
    name: str, written: object, read: object
) -> None:
    kept = shortened(Table.CLIPS, clip_row(1, **{name: written}))
    assert changed_columns(Table.CLIPS, kept, clip_row(1, **{name: read})) == []


def test_a_column_the_insert_did_not_set_may_be_anything() -> None:
    row = clip_row(1)
    del row["score"]
    assert changed_columns(Table.CLIPS, shortened(Table.CLIPS, row), {**row, "score": 0.3}) == []


def test_a_row_with_columns_that_no_snapshot_has_is_kept_whole() -> None:
    row = {**clip_row(1), "thumbnail_path": "/x.jpg"}
    assert shortened(Table.CLIPS, row) == row


@given(st.dictionaries(st.sampled_from([one.name for one in fields(ClipRow)]), st.text()))
def test_no_text_goes_unnoticed(changes: dict[str, str]) -> None:
    row = dict.fromkeys((one.name for one in fields(ClipRow)), "")
    kept = shortened(Table.CLIPS, row)
    differing = sorted(name for name, text in changes.items() if text and name != "updated_at")
    assert changed_columns(Table.CLIPS, kept, {**row, **changes}) == differing
