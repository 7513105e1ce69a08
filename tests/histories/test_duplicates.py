"""Rules 5 and 6: several rows for one record, and rows that the file no longer has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.histories.home import Home, clip, coll, five

ALL = {1: "T1", 2: "T2", 3: "T3", 4: "T4", 5: "T5"}


def test_the_row_the_ledger_knows_survives(home: Home) -> None:
    """Rule 5, first: AutoClip inserted each clip once more."""
    home.write()
    home.sync()
    known = {piece: home.clip(piece) for piece in ALL}
    home.insert(five())
    home.sync()
    assert {piece: home.clip(piece) for piece in ALL} == known


def test_the_edited_row_survives_at_first_contact(home: Home) -> None:
    """Rule 5, second: of two rows nobody knows, one has a title that no record gave it."""
    home.write()
    home.insert_project()
    home.insert(five())
    edited = home.clip(3)
    home.edit_clip(edited, title="Mine")
    home.insert(five())
    home.sync()
    assert home.titles() == {**ALL, 3: "Mine"}
    assert home.clip(3) == edited


def test_a_second_edited_row_stays(home: Home) -> None:
    """Rule 5: nobody's work is thrown away; it is told."""
    home.write()
    home.insert_project()
    for title in ("Mine", "Also mine"):
        home.insert([clip(3)])
        row = next(row for row in home.clips_of(3) if row["title"] == "T3")
        home.edit_clip(row["id"], title=title)
    home.insert([one for one in five() if one["id"] != "3"])
    assert "edited_duplicate" in home.sync().codes
    assert {row["title"] for row in home.clips_of(3)} == {"Mine", "Also mine"}


def test_the_completed_row_survives(home: Home) -> None:
    """Rule 5, third: a failed attempt left a row of another status."""
    home.write()
    home.insert_project()
    home.insert(five())
    first = home.clip(3)
    home.set("clips", first, quietly=True, status="FAILED")
    home.insert([clip(3)])
    home.sync()
    assert home.titles() == ALL
    assert home.clip(3) != first


def test_the_row_made_from_the_present_file_survives(home: Home) -> None:
    """Rule 5, fourth: three attempts; the last one's records are the file's."""
    home.write()
    home.insert_project()
    for attempt in (1, 2):
        home.insert([clip(number, title=f"A{attempt}-{number}") for number in range(1, 5)])
    home.insert(five())
    last = {row["title"]: row["id"] for row in home.rows("clips")}
    home.sync()
    assert home.titles() == ALL
    assert {home.clip(piece) for piece in ALL} == {last[title] for title in ALL.values()}


def test_the_row_a_collection_points_to_survives(home: Home) -> None:
    """Rule 5, fifth: two equal rows; a person's collection lists the second."""
    home.write()
    home.insert_project()
    home.insert(five())
    home.insert([clip(3)])
    second = home.clips_of(3)[1]["id"]
    mine = home.make_coll("Mine", [second])
    home.sync()
    assert home.clip(3) == second
    assert home.content(mine) == [3]


def test_the_oldest_of_equals_survives(home: Home) -> None:
    """Rule 5, last."""
    home.write()
    home.insert_project()
    home.insert(five())
    oldest = {piece: home.clip(piece) for piece in ALL}
    home.insert(five())
    home.insert(five())
    home.sync()
    assert {piece: home.clip(piece) for piece in ALL} == oldest


def test_duplicate_collections_become_one(home: Home) -> None:
    """Rule 5, for collections: the edited one has the name and the order."""
    home.write(five(), [coll(1, [1, 2, 3])])
    home.insert_project()
    home.insert(five(), [coll(1, [1, 2, 3])])
    mine = home.rows("collections")[0]["id"]
    home.edit_coll(mine, name="Mine")
    home.arrange(mine, [home.clip(3), home.clip(1), home.clip(2)])
    home.insert_collection(coll(1, [1, 2, 3]))
    home.insert_collection(coll(1, [1, 2, 3]))
    home.sync()
    assert home.lists() == [("Mine", [3, 1, 2])]


EDITS: dict[str, tuple[str, dict[str, Any]]] = {
    "a title": ("clips", {"title": "Mine"}),
    "a description": ("clips", {"description": "my words"}),
    "an emptied description": ("clips", {"description": ""}),
    "a name": ("collections", {"name": "Mine"}),
    "a summary": ("collections", {"description": "my words"}),
    "a video": ("collections", {"export_path": "/elsewhere/mine.mp4"}),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_row_that_the_file_dropped_stays(home: Home, edit: str) -> None:
    """Rule 6: edited_stale, and it stays at every later sync."""
    home.write(five(), [coll(1, [1]), coll(5, [2, 3])])
    home.sync()
    table, values = EDITS[edit]
    row_id = home.clip(5) if table == "clips" else home.coll("C5")
    home.set(table, row_id, **values)
    home.sync()
    home.write(five()[:4], [coll(1, [1])])
    assert "edited_stale" in home.sync().codes
    home.sync()
    row = home.row(table, row_id)
    assert row is not None and {name: row[name] for name in values} == values


def test_a_rearranged_collection_that_the_file_dropped_stays(home: Home) -> None:
    """Rule 6: an order is an edit."""
    home.write(five(), [coll(1, [1, 2, 3]), coll(2, [4])])
    home.sync()
    home.arrange_pieces("C1", 3, 1, 2)
    home.sync()
    home.write(five(), [coll(2, [4])])
    assert "edited_stale" in home.sync().codes
    assert home.lists() == [("C1", [3, 1, 2]), ("C2", [4])]


def test_rows_that_nobody_edited_go_with_the_file(home: Home) -> None:
    """Rule 6."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [4])])
    home.sync()
    home.write(five()[:4], [coll(1, [1, 2])])
    home.sync()
    assert home.titles() == {1: "T1", 2: "T2", 3: "T3", 4: "T4"}
    assert home.lists() == [("C1", [1, 2])]


def test_a_stale_row_is_the_records_again_when_the_file_finds_it(home: Home) -> None:
    """Rules 1, 6: dropped while edited, found again later: one row, the person's title."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(5), title="Mine")
    home.write(five()[:4])
    home.sync()
    home.write()
    home.sync()
    assert home.titles() == {**ALL, 5: "Mine"}


def test_a_stale_row_whose_edit_is_taken_back_goes(home: Home) -> None:
    """Rule 6: nobody's edit is on it any more."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(5), title="Mine")
    home.write(five()[:4])
    home.sync()
    home.edit_clip(home.clip(5), title="T5")
    home.sync()
    assert 5 not in home.titles()


def test_a_stale_row_that_a_person_deletes_is_no_riddle(home: Home) -> None:
    """Rules 6, 7: it is gone, and stays gone when the file finds it again."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(5), title="Mine")
    home.write(five()[:4])
    home.sync()
    home.delete_clip(5)
    home.sync()
    home.write()
    home.sync()
    home.sync()
    assert home.titles() == {1: "T1", 2: "T2", 3: "T3", 4: "T4"}


def test_leftovers_of_a_retry_under_other_numbers_go(home: Home) -> None:
    """Rules 1, 5: AutoClip synced both attempts; every piece is there once."""
    home.write()
    home.insert_project()
    home.insert([{**one, "id": str(6 - int(one["id"]))} for one in five()])
    home.insert(five())
    home.sync()
    assert home.titles() == ALL


def test_the_same_piece_titled_by_hand_before_autoclip_synced_the_retry(home: Home) -> None:
    """Rules 1, 5: known and edited; AutoClip inserts the retry's rows beside, renumbered."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.sync()
    records = [{**one, "id": str(6 - int(one["id"]))} for one in five()]
    home.write(records)
    home.insert(records)
    home.sync()
    assert home.titles() == {**ALL, 1: "Mine"}
