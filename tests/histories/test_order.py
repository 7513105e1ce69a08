"""Rule 3: a collection's content merges as an ordered list of clip rows; all else follows it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.histories.home import Home, clip, clips, coll, five

MERGES = [
    # file then, file now, in AutoClip, after the sync
    ("1 2 3", "1 2 3", "1 2 3", "1 2 3"),
    ("1 2 3", "1 2 3", "3 2 1", "3 2 1"),
    ("1 2 3", "3 2 1", "1 2 3", "3 2 1"),
    ("1 2 3", "1 2 3", "1 3", "1 3"),
    ("1 2 3", "1 2 3", "", ""),
    ("1 2 3", "1 2 3", "1 2 3 5", "1 2 3 5"),
    ("1 2 3", "1 2 3", "5 1 2 3", "5 1 2 3"),
    ("1 2 3", "1 3", "3 2 1", "3 1"),
    ("1 2 3", "2", "3 2 1", "2"),
    ("1 2 3", "", "3 2 1", ""),
    ("1 2", "1 2 3", "2 1", "2 3 1"),
    ("1 2", "1 2 3", "2", "2 3"),
    ("1 2", "1 2 5", "1 2 5", "1 2 5"),
    ("1 2", "1 2 5", "5 1 2", "5 1 2"),
    ("1 2 3", "1 3", "1 3", "1 3"),
    ("1 2 3", "1 2 3 4", "3 1 5", "3 4 1 5"),
    ("", "1 2", "", "1 2"),
    ("", "1 2", "5", "1 2 5"),
]


def numbers(cell: str) -> list[int]:
    return [int(number) for number in cell.split()]


@pytest.mark.parametrize("then, now, inside, after", MERGES)
def test_order(home: Home, then: str, now: str, inside: str, after: str) -> None:
    """Rule 3: a person's order wins, the file's additions come in, what it dropped goes out.

    Where several places would do for an addition, only that it is there is asked.
    """
    home.write(five(), [coll(1, numbers(then))])
    home.sync()
    if inside != then:
        home.arrange_pieces("C1", *numbers(inside))
    home.write(five(), [coll(1, numbers(now))])
    home.sync()
    ((_, found),) = home.lists()
    assert sorted(found) == sorted(numbers(after))
    persons = [piece for piece in numbers(inside) if piece in found]
    if inside != then:
        assert [piece for piece in found if piece in persons] == persons
    else:
        assert found == numbers(now)


@pytest.mark.parametrize("then, now, inside, after", MERGES)
def test_an_order_stays_what_it_became(
    home: Home, then: str, now: str, inside: str, after: str
) -> None:
    """Rule 10: two more syncs and a renumbering write nothing to it."""
    home.write(five(), [coll(1, numbers(then))])
    home.sync()
    home.arrange_pieces("C1", *numbers(inside))
    home.write(five(), [coll(1, numbers(now))])
    home.sync()
    once = home.lists()
    home.sync()
    renumbered = [{**one, "id": str(int(one["id"]) + 20)} for one in five()]
    home.write(renumbered, [coll(1, [number + 20 for number in numbers(now)])])
    home.sync()
    assert home.lists() == once


def test_a_clip_named_twice_is_listed_once(home: Home) -> None:
    """Rule 3: the link table has no place for a second."""
    home.write(five(), [coll(1, [1, 2, 1])])
    home.sync()
    assert home.lists() == [("C1", [1, 2])]


def test_a_clip_named_that_is_not_there_is_passed_over_and_told(home: Home) -> None:
    """Rule 3: the file names number 9, of which there is no record."""
    home.write(five(), [coll(1, [1, 9, 2])])
    assert "unknown_clip_in_collection" in home.sync().codes
    assert home.lists() == [("C1", [1, 2])]


def test_a_quarantined_clip_keeps_its_place(home: Home) -> None:
    """Rules 3, 11: its record is unusable for a while, its row is there, and listed."""
    home.write(five(), [coll(1, [1, 2, 3])])
    home.sync()
    home.write(
        [one if one["id"] != "2" else {**one, "start_time": None} for one in five()],
        [coll(1, [1, 2, 3])],
    )
    home.sync()
    assert home.lists() == [("C1", [1, 2, 3])]


def test_totals_of_zero_are_repaired(home: Home) -> None:
    """Rule 3: AutoClip's own sync leaves `clips_count` 0."""
    home.write(five(), [coll(1, [1, 2])])
    home.insert_project()
    home.insert(five(), [coll(1, [1, 2])])
    home.sync()
    assert home.rows("collections")[0]["clips_count"] == 2


def test_totals_and_links_of_a_stale_collection_are_repaired(home: Home) -> None:
    """Rule 3, also in rows that stay for another reason: renamed, and dropped by a retry."""
    home.write(five(), [])
    home.insert_project()
    home.insert(five())
    row_id = home.insert_collection(coll(1, [1, 2]))
    home.edit_coll(row_id, name="Mine")
    assert "edited_stale" in home.sync().codes
    row = home.row("collections", row_id)
    assert row is not None and row["clips_count"] == 2
    assert home.lists() == [("Mine", [1, 2])]


def test_a_stale_collection_follows_a_clip_that_goes(home: Home) -> None:
    """Rules 3, 4, 6: it is a person's now, so its clip stays with it."""
    home.write(five(), [coll(1, [4, 5]), coll(2, [1])])
    home.sync()
    home.edit_coll(home.coll("C1"), name="Mine")
    home.sync()
    home.write(five(), [coll(2, [1])])
    home.sync()
    home.delete_clip(4)
    home.sync()
    assert home.lists() == [("C2", [1]), ("Mine", [5])]


def test_totals_of_a_second_edited_row_are_right(home: Home) -> None:
    """Rules 3, 5: two rows for one record, both edited: both pages show right totals."""
    home.write(five(), [coll(1, [1, 2])])
    home.insert_project()
    home.insert(five())
    for name in ("Mine", "Also mine"):
        row_id = home.insert_collection(coll(1, [1, 2]))
        home.edit_coll(row_id, name=name)
    assert "edited_duplicate" in home.sync().codes
    assert [row["clips_count"] for row in home.rows("collections")] == [2, 2]
    assert home.lists() == [("Also mine", [1, 2]), ("Mine", [1, 2])]


def test_links_that_somebody_removed_come_back(home: Home) -> None:
    """Rule 3: the links are second; the list says what is in it."""
    home.write(five(), [coll(1, [1, 2, 3])])
    home.sync()
    with home.autoclip() as conn:
        conn.execute(sa.text("DELETE FROM clip_collection WHERE order_index > 0"))
    home.sync()
    assert home.lists() == [("C1", [1, 2, 3])]


def test_links_that_do_not_belong_go(home: Home) -> None:
    """Rule 3: AutoClip's reordering leaves the old links."""
    home.write(five(), [coll(1, [1, 2, 3])])
    home.sync()
    home.arrange_pieces("C1", 3)
    home.sync()
    assert home.links(home.coll("C1")) == [home.clip(3)]


def test_an_order_in_which_a_clip_was_replaced(home: Home) -> None:
    """Rules 1, 3: number 2 is another piece now; it comes in as an addition, 2 goes out."""
    home.write(five(), [coll(1, [1, 2, 3])])
    home.sync()
    home.arrange_pieces("C1", 3, 2, 1)
    home.sync()
    home.write([clip(1), clip(2, piece=50), *five()[2:]], [coll(1, [1, 2, 3])])
    home.sync()
    ((_, found),) = home.lists()
    assert [piece for piece in found if piece in (3, 1)] == [3, 1]
    assert 50 in found


def test_moving_a_clip_from_one_collection_to_another(home: Home) -> None:
    """Rule 3: out of one and into the other, by a person."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [3])])
    home.sync()
    home.arrange_pieces("C1", 1)
    home.arrange_pieces("C2", 3, 2)
    home.sync()
    home.sync()
    assert home.lists() == [("C1", [1]), ("C2", [3, 2])]


def test_the_file_moves_a_clip_that_a_person_moved_too(home: Home) -> None:
    """Rule 3: the file takes 2 out of one list and puts it in another, as the person did."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [3])])
    home.sync()
    home.arrange_pieces("C1", 1)
    home.arrange_pieces("C2", 2, 3)
    home.write(five(), [coll(1, [1]), coll(2, [3, 2])])
    home.sync()
    assert home.lists() == [("C1", [1]), ("C2", [2, 3])]


def test_a_content_of_source_ids_is_understood(home: Home) -> None:
    """Rule 3: an older program stored the file's numbers where row ids belong."""
    home.write(five(), [coll(1, [3, 1])])
    home.insert_project()
    home.insert(five())
    row_id = home.insert_collection(coll(1, [3, 1]))
    home.arrange(row_id, ["3", "1"])
    home.sync()
    assert home.lists() == [("C1", [3, 1])]


def test_an_order_of_many(home: Home) -> None:
    """Rule 3: thirty clips, reversed by a person, five added and five dropped by the file."""
    home.write(clips(35), [coll(1, range(1, 31))])
    home.sync()
    home.arrange_pieces("C1", *range(30, 0, -1))
    home.write(clips(35), [coll(1, range(6, 36))])
    home.sync()
    ((_, found),) = home.lists()
    assert sorted(found) == list(range(6, 36))
    assert [piece for piece in found if piece <= 30] == list(range(30, 5, -1))
