"""Rule 1: what people did belongs to the piece of video, not to its number."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.histories.home import Home, Record, clip, coll, five, reversed_numbers

ALL = {1: "T1", 2: "T2", 3: "T3", 4: "T4", 5: "T5"}

Renumber = Callable[[list[Record]], list[Record]]


def rotated(records: list[Record]) -> list[Record]:
    ids = [record["id"] for record in records]
    return [{**one, "id": new} for one, new in zip(records, [*ids[1:], ids[0]], strict=True)]


def two_swapped(records: list[Record]) -> list[Record]:
    first, second, *rest = records
    return [{**first, "id": second["id"]}, {**second, "id": first["id"]}, *rest]


def far_numbers(records: list[Record]) -> list[Record]:
    return [{**one, "id": str(int(one["id"]) + 70)} for one in records]


RENUMBERINGS: dict[str, Renumber] = {
    "reversed": reversed_numbers,
    "rotated": rotated,
    "two swapped": two_swapped,
    "all new": far_numbers,
}
ways = pytest.mark.parametrize("way", RENUMBERINGS)


@ways
def test_every_row_keeps_its_id(home: Home, way: str) -> None:
    """Rule 1: a row that we know keeps its id for life."""
    home.write()
    home.sync()
    before = {piece: home.clip(piece) for piece in ALL}
    home.write(RENUMBERINGS[way](five()))
    home.sync()
    assert {piece: home.clip(piece) for piece in ALL} == before
    assert home.titles() == ALL


@ways
def test_an_edited_title_stays_on_its_piece(home: Home, way: str) -> None:
    """Rule 1: seen by a sync before the retry."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.sync()
    home.write(RENUMBERINGS[way](five()))
    home.sync()
    assert home.titles() == {**ALL, 1: "Mine"}


@ways
def test_an_edit_that_no_sync_saw_stays_on_its_piece(home: Home, way: str) -> None:
    """Rule 1: edited and renumbered between the same two syncs."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(2), title="Mine", description="")
    home.write(RENUMBERINGS[way](five()))
    home.sync()
    assert home.titles() == {**ALL, 2: "Mine"}
    assert home.row("clips", home.clip(2))["description"] == ""  # type: ignore[index]


@ways
def test_new_titles_come_where_nobody_edited(home: Home, way: str) -> None:
    """Rules 1, 2: the retry renumbers and renames."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(2), title="Mine")
    home.sync()
    home.write(RENUMBERINGS[way]([clip(number, title=f"New{number}") for number in range(1, 6)]))
    home.sync()
    assert home.titles() == {1: "New1", 2: "Mine", 3: "New3", 4: "New4", 5: "New5"}


@ways
def test_a_persons_order_is_of_pieces(home: Home, way: str) -> None:
    """Rules 1, 3: clips are renumbered; the collection's list names the new numbers."""
    home.write(five(), [coll(1, [1, 2, 3])])
    home.sync()
    home.arrange_pieces("C1", 3, 1, 2)
    home.sync()
    records = RENUMBERINGS[way](five())
    numbers = [int(one["id"]) for one in records[:3]]
    home.write(records, [coll(1, numbers)])
    home.sync()
    assert home.lists() == [("C1", [3, 1, 2])]


@ways
def test_an_addition_to_a_list_is_of_a_piece(home: Home, way: str) -> None:
    """Rules 1, 3, 4: a person added piece 5; it is still piece 5 that is listed."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    home.arrange_pieces("C1", 1, 5, 2)
    home.sync()
    records = RENUMBERINGS[way](five())
    home.write(records, [coll(1, [int(one["id"]) for one in records[:2]])])
    home.sync()
    assert home.lists() == [("C1", [1, 5, 2])]


@ways
def test_a_removal_from_a_list_is_of_a_piece(home: Home, way: str) -> None:
    """Rules 1, 3: a person took piece 2 out; it does not come in under its new number."""
    home.write(five(), [coll(1, [1, 2, 3])])
    home.sync()
    home.arrange_pieces("C1", 1, 3)
    home.sync()
    records = RENUMBERINGS[way](five())
    home.write(records, [coll(1, [int(one["id"]) for one in records[:3]])])
    home.sync()
    assert home.lists() == [("C1", [1, 3])]


@ways
def test_a_hand_made_collection_is_untouched(home: Home, way: str) -> None:
    """Rule 4: its rows keep their ids, so nothing of it changes."""
    home.write()
    home.sync()
    mine = home.row("collections", home.make_coll("Mine", [home.clip(4), home.clip(1)]))
    home.write(RENUMBERINGS[way](five()))
    home.sync()
    assert home.rows("collections") == [mine]


@ways
def test_a_deleted_piece_stays_deleted(home: Home, way: str) -> None:
    """Rules 1, 7: whichever number it has."""
    home.write()
    home.sync()
    home.delete_clip(1)
    home.sync()
    home.write(RENUMBERINGS[way](five()))
    home.sync()
    home.sync()
    assert home.titles() == {2: "T2", 3: "T3", 4: "T4", 5: "T5"}


def test_renumbered_again_and_again(home: Home) -> None:
    """Rule 1: three retries, each with other numbers; edits of different times stay put."""
    home.write()
    home.sync()
    records = five()
    for piece, (way, _) in enumerate(pairwise([*RENUMBERINGS, "reversed"]), start=1):
        home.edit_clip(home.clip(piece), title=f"Mine{piece}")
        records = RENUMBERINGS[way](records)
        home.write(records)
        home.sync()
    assert home.titles() == {1: "Mine1", 2: "Mine2", 3: "Mine3", 4: "Mine4", 5: "T5"}


def test_a_clip_found_in_front_moves_all_numbers_up(home: Home) -> None:
    """Rule 1: the commonest renumbering: a new first clip."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.sync()
    home.write([clip(1, piece=0), *(clip(number + 1, piece=number) for number in range(1, 6))])
    home.sync()
    assert home.titles() == {0: "T0", **ALL, 1: "Mine"}


def test_a_clip_dropped_in_front_moves_all_numbers_down(home: Home) -> None:
    """Rules 1, 6: piece 1 goes, the edit of piece 2 does not go with the number."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(2), title="Mine")
    home.sync()
    home.write([clip(number - 1, piece=number) for number in range(2, 6)])
    home.sync()
    assert home.titles() == {2: "Mine", 3: "T3", 4: "T4", 5: "T5"}


def test_same_number_and_any_overlap_is_enough(home: Home) -> None:
    """Rule 1: clip 3 is cut 50 seconds later: 10 of 110 seconds are shared."""
    home.write()
    home.sync()
    row_id = home.clip(3)
    home.edit_clip(row_id, title="Mine")
    home.sync()
    moved = clip(3, start_time="00:05:50,000", end_time="00:06:50,000")
    home.write([*five()[:2], moved, *five()[3:]])
    home.sync()
    assert home.titles() == {**ALL, 3: "Mine"}
    row = home.row("clips", row_id)
    assert row is not None and (row["start_time"], row["end_time"]) == (350, 410)


def test_another_number_needs_half(home: Home) -> None:
    """Rule 1: number 9 shares 45 of 75 seconds with clip 5: the same; its title stays."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(5), title="Mine")
    home.sync()
    home.write([*five()[:4], clip(9, start_time="00:08:35,000", end_time="00:09:35,000")])
    home.sync()
    assert home.titles() == {**ALL, 5: "Mine"}


def test_another_number_with_less_than_half_is_another_clip(home: Home) -> None:
    """Rule 1: number 9 shares 20 of 100 seconds with clip 5: a new row, without the name."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(5), title="Mine")
    home.sync()
    home.write([*five()[:4], clip(9, piece=9, start_time="00:09:00,000", end_time="00:10:00,000")])
    said = home.sync()
    assert home.all_titles() == sorted([*{**ALL, 5: "Mine"}.items(), (5, "T9")])
    assert "edited_stale" in said.codes


def test_best_pairs_first(home: Home) -> None:
    """Rule 1: number 2 has piece 1 now, and reaches 5 seconds into its own old piece: the wider
    share counts before the number."""
    home.write([clip(1, end_time="00:03:10,000"), clip(2, end_time="00:04:50,000")])
    home.sync()
    rows = home.clip(1), home.clip(2)
    home.edit_clip(rows[0], title="Mine")
    home.sync()
    home.write(
        [
            clip(2, piece=1, end_time="00:03:25,000"),
            clip(1, piece=2, start_time="00:03:30,000", end_time="00:04:50,000"),
        ]
    )
    home.sync()
    assert home.titles() == {1: "Mine", 2: "T2"}
    assert (home.clip(1), home.clip(2)) == rows


def test_two_pieces_merged_into_one(home: Home) -> None:
    """Rules 1, 6: 3 and 4 became one clip numbered 3; nobody edited 4, so it goes."""
    home.write()
    home.sync()
    row_id = home.clip(3)
    home.edit_clip(row_id, title="Mine")
    home.sync()
    home.write([*five()[:2], clip(3, end_time="00:07:40,000"), clip(5)])
    home.sync()
    assert home.titles() == {1: "T1", 2: "T2", 3: "Mine", 5: "T5"}
    assert home.clip(3) == row_id


def test_a_merged_piece_that_somebody_edited_stays(home: Home) -> None:
    """Rule 6: both were edited: one has the record, the other stays as edited_stale."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(3), title="Three")
    home.edit_clip(home.clip(4), title="Four")
    home.sync()
    home.write([*five()[:2], clip(3, end_time="00:07:40,000"), clip(5)])
    assert "edited_stale" in home.sync().codes
    assert home.titles() == {1: "T1", 2: "T2", 3: "Three", 4: "Four", 5: "T5"}


def test_one_piece_split_in_two(home: Home) -> None:
    """Rule 1: one row for one record; the name stays with the number, once."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(3), title="Mine")
    home.sync()
    halves = [
        clip(3, end_time="00:05:30,000"),
        clip(6, piece=3, start_time="00:05:30,000", title="second half"),
    ]
    home.write([*five()[:2], *halves, *five()[3:]])
    home.sync()
    titles = [title for _, title in home.all_titles()]
    assert sorted(titles) == ["Mine", "T1", "T2", "T4", "T5", "second half"]


def test_a_name_never_lands_on_another_piece(home: Home) -> None:
    """Rules 1, 6: number 3 is another piece; the edited row stays, the new one has its own name."""
    home.write()
    home.sync()
    row_id = home.clip(3)
    home.edit_clip(row_id, title="Mine")
    home.write([*five()[:2], clip(3, piece=50), *five()[3:]])
    assert "edited_stale" in home.sync().codes
    assert home.titles() == {**ALL, 3: "Mine", 50: "T50"}
    assert home.clip(3) == row_id


def test_an_unedited_clip_is_replaced_when_its_number_is_another_piece(home: Home) -> None:
    """Rule 6: nobody worked on it."""
    home.write()
    home.sync()
    row_id = home.clip(3)
    home.write([*five()[:2], clip(3, piece=50), *five()[3:]])
    home.sync()
    assert home.titles() == {1: "T1", 2: "T2", 4: "T4", 5: "T5", 50: "T50"}
    assert home.row("clips", row_id) is None


def test_two_records_of_the_same_piece_are_two_clips(home: Home) -> None:
    """Rule 1, equal shares by number: clips may overlap wholly; each keeps its own row and name."""
    records = [clip(1, title="A"), clip(2, piece=1, title="B"), clip(3)]
    home.write(records)
    home.sync()
    rows = {title: row["id"] for row in home.clips_of(1) if (title := row["title"])}
    home.edit_clip(rows["B"], title="Mine")
    home.sync()
    home.write([{**one, "final_score": 0.5} for one in records])
    home.sync()
    assert {row["id"]: row["title"] for row in home.clips_of(1)} == {
        rows["A"]: "A",
        rows["B"]: "Mine",
    }


# -- collections ------------------------------------------------------------------------------


def test_collections_swap_numbers(home: Home) -> None:
    """Rule 1: names, descriptions and ids follow the content."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [4, 5])])
    home.sync()
    first, second = home.coll("C1"), home.coll("C2")
    home.edit_coll(first, name="Mine", description="my words")
    home.sync()
    home.write(five(), [coll(2, [1, 2], name="C1"), coll(1, [4, 5], name="C2")])
    home.sync()
    assert home.lists() == [("C2", [4, 5]), ("Mine", [1, 2])]
    assert (home.coll("Mine"), home.coll("C2")) == (first, second)
    assert home.row("collections", first)["description"] == "my words"  # type: ignore[index]


@ways
def test_collections_follow_when_clips_and_collections_are_renumbered(home: Home, way: str) -> None:
    """Rule 1: everything has another number; name and order stay with what they are of."""
    home.write(five(), [coll(1, [1, 2, 3]), coll(2, [4, 5])])
    home.sync()
    home.edit_coll(home.coll("C1"), name="Mine")
    home.arrange_pieces("Mine", 2, 1, 3)
    home.sync()
    records = RENUMBERINGS[way](five())
    numbers = [int(one["id"]) for one in records]
    home.write(records, [coll(2, numbers[:3], name="C1"), coll(1, numbers[3:], name="C2")])
    home.sync()
    assert home.lists() == [("C2", [4, 5]), ("Mine", [2, 1, 3])]


def test_a_collection_with_most_of_its_content_under_a_new_number(home: Home) -> None:
    """Rule 1: another number needs half of the content: two of three."""
    home.write(five(), [coll(1, [1, 2, 3])])
    home.sync()
    row_id = home.coll("C1")
    home.edit_coll(row_id, name="Mine")
    home.sync()
    home.write(five(), [coll(7, [1, 2], name="New")])
    home.sync()
    assert home.lists() == [("Mine", [1, 2])]
    assert home.coll("Mine") == row_id


def test_a_collections_name_does_not_land_on_other_content(home: Home) -> None:
    """Rule 1: number 1 has other clips, and number 2 what 1 had: the name goes with the clips."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    home.edit_coll(home.coll("C1"), name="Mine")
    home.sync()
    home.write(five(), [coll(1, [4, 5], name="New"), coll(2, [1, 2], name="Old")])
    home.sync()
    assert home.lists() == [("Mine", [1, 2]), ("New", [4, 5])]


def test_a_collection_in_front_moves_all_numbers_up(home: Home) -> None:
    """Rule 1, collections: a new first one."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [4])])
    home.sync()
    home.edit_coll(home.coll("C2"), name="Mine")
    home.sync()
    home.write(
        five(), [coll(1, [5], name="New"), coll(2, [1, 2], name="C1"), coll(3, [4], name="C2")]
    )
    home.sync()
    assert home.lists() == [("C1", [1, 2]), ("Mine", [4]), ("New", [5])]


def test_an_emptied_collection_keeps_its_row_by_number(home: Home) -> None:
    """Rule 1: no content to tell by, and nobody else claims the number."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [4])])
    home.sync()
    row_id = home.coll("C1")
    home.write(five(), [coll(1, []), coll(2, [4])])
    home.sync()
    assert home.lists() == [("C1", []), ("C2", [4])]
    assert home.coll("C1") == row_id


def test_renumbering_seen_while_a_clip_is_quarantined(home: Home) -> None:
    """Rules 1, 11: one record can't be used; the others still find their rows, its row stays."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.edit_clip(home.clip(4), title="Four")
    home.sync()
    records = rotated(five())
    home.write([{**one, "start_time": None} if one["id"] == "5" else one for one in records])
    home.run("sync", home.dir().name, "--json")
    home.write(records)
    home.sync()
    assert home.titles() == {**ALL, 1: "Mine", 4: "Four"}
