"""Rule 7: `restore` brings a person's values, order and places back, and says where it can't."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.histories.home import Home, clip, coll, content, five, reversed_numbers

ALL = {1: "T1", 2: "T2", 3: "T3", 4: "T4", 5: "T5"}


def deleted_clip(home: Home, piece: int = 3) -> str:
    """Clip 3 was deleted, and a sync saw it; gives the id of its row."""
    row_id = home.clip(piece)
    home.delete_clip(piece)
    home.sync()
    return row_id


def test_a_clip_comes_back_under_its_old_id(home: Home) -> None:
    """Rule 7."""
    home.write()
    home.sync()
    row_id = deleted_clip(home)
    home.restore("--clip", "3")
    assert home.titles() == ALL
    assert home.clip(3) == row_id


def test_a_clip_comes_back_with_its_title_and_description(home: Home) -> None:
    """Rule 7: as the person had edited it."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(3), title="Mine", description="")
    home.sync()
    row_id = deleted_clip(home)
    home.restore("--clip", "3")
    row = home.row("clips", row_id)
    assert row is not None and (row["title"], row["description"]) == ("Mine", "")
    home.sync()
    assert home.titles() == {**ALL, 3: "Mine"}


def test_an_edit_made_and_deleted_between_two_syncs(home: Home) -> None:
    """Rule 7: no sync saw the edit, so the file's title is all there is; nothing else is hurt."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(3), title="Mine")
    deleted_clip(home)
    home.restore("--clip", "3")
    assert home.titles() == ALL


def test_a_restored_edit_is_still_an_edit(home: Home) -> None:
    """Rules 2, 7: the next retry does not take it."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(3), title="Mine")
    home.sync()
    deleted_clip(home)
    home.restore("--clip", "3")
    home.write([clip(number, title=f"New{number}") for number in range(1, 6)])
    home.sync()
    assert home.titles()[3] == "Mine"


def test_a_clip_deleted_before_the_file_was_renamed_comes_back_as_the_file_says(
    home: Home,
) -> None:
    """Rules 2, 7: nobody had edited it."""
    home.write()
    home.sync()
    deleted_clip(home)
    home.write([clip(number, title=f"New{number}") for number in range(1, 6)])
    home.sync()
    home.restore("--clip", "3")
    assert home.titles()[3] == "New3"


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1), (3, 2, 1, 5)])
def test_a_clip_comes_back_to_its_place_in_a_persons_order(
    home: Home, order: tuple[int, ...]
) -> None:
    """Rule 7: values, order and places."""
    home.write(five(), [coll(1, [1, 2, 3])])
    home.sync()
    home.arrange_pieces("C1", *order)
    home.sync()
    deleted_clip(home)
    home.restore("--clip", "3")
    assert home.lists() == [("C1", list(order))]


def test_a_clip_does_not_come_back_to_a_list_it_was_taken_out_of(home: Home) -> None:
    """Rule 7: a person removed it from the collection, later deleted it."""
    home.write(five(), [coll(1, [1, 2, 3])])
    home.sync()
    home.arrange_pieces("C1", 1, 2)
    home.sync()
    deleted_clip(home)
    home.restore("--clip", "3")
    home.sync()
    assert home.lists() == [("C1", [1, 2])]


def test_a_clip_comes_back_to_a_list_a_person_added_it_to(home: Home) -> None:
    """Rule 7: the file does not list it, the person did."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    home.arrange_pieces("C1", 1, 3, 2)
    home.sync()
    deleted_clip(home)
    home.restore("--clip", "3")
    assert home.lists() == [("C1", [1, 3, 2])]


def test_a_clip_comes_back_to_a_collection_made_by_hand(home: Home) -> None:
    """Rule 7: places in collections, also in one's own."""
    home.write()
    home.sync()
    mine = home.make_coll("Mine", [home.clip(5), home.clip(3), home.clip(1)])
    home.sync()
    deleted_clip(home)
    home.restore("--clip", "3")
    assert home.content(mine) == [5, 3, 1]


def test_an_order_changed_after_the_deletion_is_kept(home: Home) -> None:
    """Rules 3, 7: the person went on arranging; the restored clip comes in, the order stays."""
    home.write(five(), [coll(1, [1, 2, 3, 4])])
    home.sync()
    deleted_clip(home)
    home.arrange_pieces("C1", 4, 2, 1)
    home.sync()
    home.restore("--clip", "3")
    ((_, found),) = home.lists()
    assert sorted(found) == [1, 2, 3, 4]
    assert [piece for piece in found if piece != 3] == [4, 2, 1]


def test_a_collection_comes_back_with_name_description_and_order(home: Home) -> None:
    """Rule 7."""
    home.write(five(), [coll(1, [1, 2, 3]), coll(2, [5])])
    home.sync()
    row_id = home.coll("C1")
    home.edit_coll(row_id, name="Mine", description="my words")
    home.arrange_pieces("Mine", 3, 5, 1)
    home.sync()
    home.delete_coll("Mine")
    home.sync()
    home.restore("--collection", "1")
    home.sync()
    assert home.lists() == [("C2", [5]), ("Mine", [3, 5, 1])]
    row = home.row("collections", row_id)
    assert row is not None and row["description"] == "my words"


def test_a_collection_comes_back_with_its_video(home: Home, tmp_path: Path) -> None:
    """Rules 2, 7: export_path and thumbnail_path were a person's."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [5])])
    home.sync()
    row_id = home.coll("C1")
    home.edit_coll(row_id, export_path="/mine/C1.mp4", thumbnail_path="/mine/C1.jpg")
    home.sync()
    home.delete_coll("C1")
    home.sync()
    home.restore("--collection", "1")
    row = home.row("collections", row_id)
    assert row is not None
    assert (row["export_path"], row["thumbnail_path"]) == ("/mine/C1.mp4", "/mine/C1.jpg")


def delete_clip_and_collection(home: Home) -> None:
    """Clip 3, first in the order that a person gave collection 1, and then that collection."""
    home.write(five(), [coll(1, [1, 2, 3]), coll(2, [5])])
    home.sync()
    home.arrange_pieces("C1", 3, 2, 1)
    home.sync()
    home.delete_clip(3)
    home.delete_coll("C1")
    home.sync()


def test_clip_and_collection_come_back_together(home: Home) -> None:
    """Rule 7: both were deleted; the clip is in its place in the collection."""
    delete_clip_and_collection(home)
    home.restore("--all")
    assert home.titles() == ALL
    assert home.lists() == [("C1", [3, 2, 1]), ("C2", [5])]


def test_collection_first_then_clip(home: Home) -> None:
    """Rule 7: one after the other gives the same."""
    delete_clip_and_collection(home)
    home.restore("--collection", "1")
    assert home.lists() == [("C1", [2, 1]), ("C2", [5])]
    home.restore("--clip", "3")
    assert home.lists() == [("C1", [3, 2, 1]), ("C2", [5])]


def test_restore_all_brings_everything(home: Home) -> None:
    """Rule 7."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [5])])
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.sync()
    home.delete_clip(1, 4)
    home.delete_coll("C2")
    home.sync()
    home.restore("--all")
    assert home.titles() == {**ALL, 1: "Mine"}
    assert home.lists() == [("C1", [1, 2]), ("C2", [5])]


def test_restoring_one_leaves_the_other_deleted(home: Home) -> None:
    """Rule 7."""
    home.write()
    home.sync()
    home.delete_clip(3, 4)
    home.sync()
    home.restore("--clip", "3")
    home.sync()
    assert home.titles() == {piece: title for piece, title in ALL.items() if piece != 4}


def test_a_deletion_that_no_sync_saw_can_be_restored(home: Home) -> None:
    """Rule 7: buried and lifted by one and the same run."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(3), title="Mine")
    home.sync()
    home.delete_clip(3)
    home.restore("--clip", "3")
    assert home.titles() == {**ALL, 3: "Mine"}


@pytest.mark.parametrize("what", [("--clip", "3"), ("--collection", "1"), ("--all",)])
def test_nothing_to_restore_is_one_clear_line(home: Home, what: tuple[str, ...]) -> None:
    """Exit 1, nothing changed."""
    home.write(five(), [coll(1, [1])])
    home.sync()
    state = home.state()
    said = home.restore(*what, status=1)
    assert home.state() == state
    assert said.err.count("\n") == 1


def test_a_number_that_is_another_clip_now_is_said(home: Home) -> None:
    """Rule 7: the deleted piece is no longer in the files; it can't come back, and that is told."""
    home.write()
    home.sync()
    deleted_clip(home)
    home.write([*five()[:2], clip(3, piece=50), *five()[3:]])
    home.sync()
    said = home.run("restore", home.dir().name, "--clip", "3", "--json")
    assert said.status == 1 or any("restor" in code for code in said.codes)
    assert home.titles() == {1: "T1", 2: "T2", 4: "T4", 5: "T5", 50: "T50"}


def test_a_piece_that_the_file_dropped_is_said(home: Home) -> None:
    """Rule 7: deleted, then dropped by a retry: restore says that it brought nothing."""
    home.write()
    home.sync()
    deleted_clip(home)
    home.write([one for one in five() if one["id"] != "3"])
    home.sync()
    said = home.run("restore", home.dir().name, "--clip", "3", "--json")
    assert said.status == 1 or any("restor" in code for code in said.codes)
    assert 3 not in home.titles()


def test_a_renumbered_piece_is_restored_by_its_present_number(home: Home) -> None:
    """Rules 1, 7: `--clip N` is the id in the files; piece 1 is number 5 now."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.sync()
    row_id = deleted_clip(home, 1)
    home.write(reversed_numbers(five()))
    home.sync()
    held = home.run("restore", home.dir().name, "--json").json["held_back"]
    (stone,) = held
    home.restore("--clip", stone["source_id"])
    assert home.titles() == {**ALL, 1: "Mine"}
    assert home.clip(1) == row_id


@pytest.mark.parametrize("way", ["sync", "renumber", "reimport", "loss"])
def test_what_was_restored_is_not_buried_again(home: Home, way: str) -> None:
    """Rule 7: a lifted tombstone stays lifted, whatever comes."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [5])])
    home.sync()
    home.delete_clip(3)
    home.delete_coll("C1")
    home.sync()
    home.restore("--all")
    if way == "renumber":
        home.write(reversed_numbers(five()), [coll(2, [5, 4], name="C1"), coll(1, [1], name="C2")])
    elif way == "reimport":
        home.reimport(five(), [coll(1, [1, 2]), coll(2, [5])])
    elif way == "loss":
        home.lose("clips", "collections")
    home.sync()
    home.sync()
    assert home.titles() == ALL
    assert home.lists() == [("C1", [1, 2]), ("C2", [5])]


def test_restored_deleted_restored(home: Home) -> None:
    """Rule 7: as often as one likes; the title is still there."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(3), title="Mine")
    home.sync()
    for _ in range(3):
        deleted_clip(home)
        assert 3 not in home.titles()
        home.restore("--clip", "3")
        assert home.titles() == {**ALL, 3: "Mine"}


def test_restore_beside_a_hand_made_substitute(home: Home) -> None:
    """Rules 6, 7: meanwhile a person had made it anew; both are there, theirs untouched."""
    home.write()
    home.sync()
    deleted_clip(home)
    mine = home.row("clips", home.make_clip(3, "T3"))
    home.sync()
    home.restore("--clip", "3")
    assert home.row("clips", mine["id"]) == mine  # type: ignore[index]
    assert len(home.clips_of(3)) == 2


def test_a_listing_changes_nothing(home: Home) -> None:
    """`restore ID` alone tells what could be restored."""
    home.write(five(), [coll(1, [1]), coll(2, [2])])
    home.sync()
    home.delete_clip(3)
    home.delete_coll("C1")
    home.sync()
    state = home.state()
    held = home.run("restore", home.dir().name, "--json").json["held_back"]
    assert sorted((one["kind"], one["source_id"]) for one in held) == [
        ("clip", "3"),
        ("collection", "1"),
    ]
    assert home.state() == state


def test_a_collection_restored_after_its_clips_were_renumbered(home: Home) -> None:
    """Rules 1, 3, 7: its order is of pieces."""
    home.write(five(), [coll(1, [1, 2, 3]), coll(2, [5])])
    home.sync()
    home.arrange_pieces("C1", 3, 1, 2)
    home.sync()
    home.delete_coll("C1")
    home.sync()
    home.write(reversed_numbers(five()), [coll(1, [5, 4, 3]), coll(2, [1])])
    home.sync()
    home.restore("--collection", "1")
    assert home.lists() == [("C1", [3, 1, 2]), ("C2", [5])]


def test_a_collection_restored_after_a_reimport(home: Home) -> None:
    """Rules 4, 7: its clips have new rows."""
    home.write(five(), [coll(1, [1, 2, 3]), coll(2, [5])])
    home.sync()
    home.arrange_pieces("C1", 3, 1, 2)
    home.sync()
    home.delete_coll("C1")
    home.sync()
    home.reimport(five(), [coll(2, [5])])
    home.sync()
    home.restore("--collection", "1")
    row = home.row("collections", home.coll("C1"))
    assert row is not None and content(row) == [home.clip(3), home.clip(1), home.clip(2)]
