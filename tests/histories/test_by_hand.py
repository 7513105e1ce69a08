"""Rules 1 and 6: what a person made by hand is never taken for ours, whatever it looks like."""

from __future__ import annotations

from typing import Any

import pytest

from tests.histories.home import Home, Row, clip, coll, colls, content, five, reversed_numbers

ALL = {1: "T1", 2: "T2", 3: "T3", 4: "T4", 5: "T5"}


def same_but_references(old: Row, new: Row | None) -> bool:
    """To the last column, but for what follows where clips go."""
    loose = ("collection_metadata", "clips_count", "updated_at")
    return new is not None and all(
        new[name] == value for name, value in old.items() if name not in loose
    )


def test_a_clip_made_again_like_a_buried_one_stays(home: Home) -> None:
    """Rule 7: deleted, regretted, made again by hand with the same time and title."""
    home.write()
    home.sync()
    home.delete_clip(3)
    home.sync()
    mine = home.row("clips", home.make_clip(3, "T3"))
    home.sync()
    home.sync()
    assert home.row("clips", mine["id"]) == mine  # type: ignore[index]
    assert home.titles() == ALL


def test_a_clip_made_again_before_any_sync_saw_the_deletion_stays(home: Home) -> None:
    """Rule 7: deleted and made again between two syncs: the deletion holds, the new one stays."""
    home.write()
    home.sync()
    home.delete_clip(3)
    mine = home.row("clips", home.make_clip(3, "T3"))
    home.sync()
    home.sync()
    assert home.row("clips", mine["id"]) == mine  # type: ignore[index]
    assert home.titles() == ALL


@pytest.mark.parametrize("sync_between", [True, False])
def test_a_collection_made_again_like_a_buried_one_stays(home: Home, sync_between: bool) -> None:
    """Rule 7: name and content as the deleted one's."""
    home.write(five(), [coll(1, [1, 2], name="A"), coll(2, [3], name="B")])
    home.sync()
    home.delete_coll("A")
    if sync_between:
        home.sync()
    mine = home.row("collections", home.make_coll("A", [home.clip(1), home.clip(2)]))
    home.sync()
    home.sync()
    assert home.row("collections", mine["id"]) == mine  # type: ignore[index]
    assert home.lists() == [("A", [1, 2]), ("B", [3])]


def test_a_hand_made_twin_of_a_living_clip_stays_beside_it(home: Home) -> None:
    """Rule 1: look-alikes are adopted only while the ledger knows nothing of the record."""
    home.write()
    home.sync()
    mine = home.row("clips", home.make_clip(3, "T3"))
    home.sync()
    assert home.row("clips", mine["id"]) == mine  # type: ignore[index]
    assert len(home.clips_of(3)) == 2


def test_a_hand_made_twin_of_a_living_collection_stays_beside_it(home: Home) -> None:
    """Rule 1, for collections: name and content are the same."""
    home.write(five(), [coll(1, [1, 2], name="A")])
    home.sync()
    mine = home.row("collections", home.make_coll("A", [home.clip(1), home.clip(2)]))
    home.sync()
    assert home.row("collections", mine["id"]) == mine  # type: ignore[index]
    assert home.lists() == [("A", [1, 2]), ("A", [1, 2])]


def test_at_first_contact_a_collection_that_says_it_is_manual_is_not_adopted(home: Home) -> None:
    """Rule 1: never for rows that say they are manual, though name and content are a record's."""
    home.write(five(), [coll(1, [1, 2], name="A")])
    home.insert_project()
    home.insert(five())
    mine = home.row("collections", home.make_coll("A", [home.clip(1), home.clip(2)]))
    home.sync()
    assert home.row("collections", mine["id"]) == mine  # type: ignore[index]
    assert home.lists() == [("A", [1, 2]), ("A", [1, 2])]


def test_at_first_contact_a_row_without_source_is_adopted_by_its_looks(home: Home) -> None:
    """Rule 1: time and title of a record, no source id, and nobody else stands for it."""
    home.write()
    home.insert_project()
    home.insert([one for one in five() if one["id"] != "3"])
    looks = home.make_clip(3, "T3")
    home.sync()
    assert home.titles() == ALL
    assert home.clip(3) == looks


def test_a_row_adopted_by_its_looks_is_never_deleted(home: Home) -> None:
    """Rule 1: the file drops the record; perhaps the row was a person's after all."""
    home.write()
    home.insert_project()
    home.insert([one for one in five() if one["id"] != "3"])
    looks = home.make_clip(3, "T3")
    home.sync()
    home.write([one for one in five() if one["id"] != "3"])
    home.sync()
    assert home.clip(3) == looks


def test_at_first_contact_a_look_alike_beside_the_real_row_stays(home: Home) -> None:
    """Rule 1: the record has its row; the one without source is somebody's."""
    home.write()
    home.insert_project()
    home.insert(five())
    mine = home.row("clips", home.make_clip(3, "T3"))
    home.sync()
    assert home.row("clips", mine["id"]) == mine  # type: ignore[index]
    assert len(home.clips_of(3)) == 2


@pytest.mark.parametrize("piece", [3, 8])
def test_hand_made_rows_are_never_counted(home: Home, piece: int) -> None:
    """Rule 6: five clips of the file agree; the sixth row is nobody's business."""
    home.write(five(), [coll(1, [1])])
    home.sync()
    home.make_clip(piece)
    home.make_coll("Mine", [home.clip(1)])
    said = home.sync().json
    assert (said["clips_synced"], said["collections_synced"]) == (5, 1)


RETRIES: dict[str, Any] = {
    "the same": five(),
    "renumbered": reversed_numbers(five()),
    "renamed": [clip(number, title=f"New{number}") for number in range(1, 6)],
    "one more": [*five(), clip(6)],
    "one less": five()[:4],
    "another under a number": [*five()[:4], clip(5, piece=50)],
}


@pytest.mark.parametrize("retry", RETRIES)
def test_rows_made_by_hand_are_untouched_by_any_retry(home: Home, retry: str) -> None:
    """Rule 6: never deleted, never changed; their clips 1 to 3 are there all the time."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    a_clip = home.row("clips", home.make_clip(8))
    a_coll = home.row("collections", home.make_coll("Mine", [home.clip(3), home.clip(1)]))
    home.sync()
    home.write(RETRIES[retry], [coll(1, [1, 2])])
    home.sync()
    assert home.row("clips", a_clip["id"]) == a_clip  # type: ignore[index]
    assert home.row("collections", a_coll["id"]) == a_coll  # type: ignore[index]
    assert home.content(a_coll["id"]) == [3, 1]  # type: ignore[index]


def test_rows_made_by_hand_survive_an_emptied_file(home: Home) -> None:
    """Rule 6: the pipeline finds nothing any more, and someone allows the deletes."""
    home.write()
    home.sync()
    mine = home.row("clips", home.make_clip(8))
    home.sync()
    home.write([], [])
    home.sync("--allow-deletes")
    assert home.rows("clips") == [mine]


def test_a_hand_made_clip_in_the_files_collection_keeps_its_place(home: Home) -> None:
    """Rule 3: a person put it there; the file's changes go on around it."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    mine = home.make_clip(8)
    home.arrange(home.coll("C1"), [home.clip(1), mine, home.clip(2)])
    home.sync()
    home.write(five(), [coll(1, [1, 2, 3])])
    home.sync()
    assert home.lists() == [("C1", [1, 8, 2, 3])]


# -- clips in collections of one's own ------------------------------------------------------------


def test_a_clip_the_file_drops_stays_while_a_persons_collection_lists_it(home: Home) -> None:
    """Rule 4: kept_in_collection."""
    home.write()
    home.sync()
    mine = home.make_coll("Mine", [home.clip(5), home.clip(1)])
    home.sync()
    home.write(five()[:4])
    said = home.sync()
    assert "kept_in_collection" in said.codes
    assert home.titles() == ALL
    assert home.content(mine) == [5, 1]


def test_a_kept_clip_goes_once_no_collection_of_a_person_lists_it(home: Home) -> None:
    """Rules 4, 6: nobody edited it, nobody lists it, the file dropped it."""
    home.write()
    home.sync()
    mine = home.make_coll("Mine", [home.clip(5), home.clip(1)])
    home.write(five()[:4])
    home.sync()
    home.arrange(mine, [home.clip(1)])
    home.sync()
    assert home.titles() == {1: "T1", 2: "T2", 3: "T3", 4: "T4"}


def test_the_files_own_collection_keeps_no_clip_that_the_file_dropped(home: Home) -> None:
    """Rules 3, 6: its list is the pipeline's, nobody chose the clip."""
    home.write(five(), [coll(1, [4, 5])])
    home.sync()
    home.write(five()[:4], [coll(1, [4])])
    home.sync()
    assert home.titles() == {1: "T1", 2: "T2", 3: "T3", 4: "T4"}
    assert home.lists() == [("C1", [4])]


def test_a_choice_never_becomes_another_clip(home: Home) -> None:
    """Rule 4: a person's collection holds clip 3; number 3 is another part of the video now."""
    home.write()
    home.sync()
    chosen = home.clip(3)
    mine = home.make_coll("Mine", [chosen])
    home.write([*five()[:2], clip(3, piece=50), *five()[3:]])
    home.sync()
    assert home.content(mine) == [3]
    assert home.clip(3) == chosen
    assert home.titles() == {**ALL, 50: "T50"}


def test_a_choice_added_to_the_files_collection_never_becomes_another_clip(home: Home) -> None:
    """Rule 4: the same where a person added clip 3 to the file's collection."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    home.arrange_pieces("C1", 1, 2, 3)
    home.sync()
    home.write([*five()[:2], clip(3, piece=50), *five()[3:]], [coll(1, [1, 2])])
    home.sync()
    assert 50 not in home.content(home.coll("C1"))


def test_a_hand_made_collection_follows_the_survivor_of_duplicates(home: Home) -> None:
    """Rules 4, 5: three attempts left three rows for each clip; the list follows to the last."""
    home.write()
    home.insert_project()
    for attempt in (1, 2):
        home.insert([clip(number, title=f"A{attempt}-{number}") for number in range(1, 6)])
    first = {row["title"]: row["id"] for row in home.rows("clips")}
    home.insert(five())
    mine = home.make_coll("Mine", [first["A1-2"], first["A2-4"]])
    home.sync()
    assert home.titles() == ALL
    assert home.content(mine) == [2, 4]


def test_a_hand_made_collection_that_lists_a_clip_and_its_double_lists_it_once(home: Home) -> None:
    """Rules 4, 5: both rows are one piece of video; the person's order stays."""
    home.write()
    home.insert_project()
    home.insert(five())
    old = home.clip(2)
    home.insert([clip(2)])
    both = [row["id"] for row in home.clips_of(2)]
    assert old in both
    mine = home.make_coll("Mine", [home.clip(5), *both, home.clip(1)])
    home.sync()
    assert home.content(mine) == [5, 2, 1]


def test_a_hand_made_collection_keeps_a_clip_of_another_project(home: Home) -> None:
    """Rule 14: a person put it there; list and link stay."""
    home.write()
    home.write(project=2)
    home.sync_all()
    foreign = home.rows("clips", 2)[0]["id"]
    mine = home.make_coll("Mix", [home.clip(2), foreign])
    home.sync_all()
    row = home.row("collections", mine)
    assert row is not None and content(row) == [home.clip(2), foreign]


def test_the_files_collection_keeps_a_clip_of_another_project(home: Home) -> None:
    """Rules 3, 14: the same where the collection is the pipeline's."""
    home.write(five(), [coll(1, [1, 2])])
    home.write(project=2)
    home.sync_all()
    foreign = home.rows("clips", 2)[0]["id"]
    home.arrange(home.coll("C1"), [home.clip(1), foreign, home.clip(2)])
    home.sync_all()
    row = home.row("collections", home.coll("C1"))
    assert row is not None and content(row) == [home.clip(1), foreign, home.clip(2)]


def test_a_hand_made_collection_in_a_project_without_any_of_the_file(home: Home) -> None:
    """Rule 6: the file has no collections, the page has one."""
    home.write()
    home.sync()
    mine = home.row("collections", home.make_coll("Mine", [home.clip(4), home.clip(2)]))
    home.sync()
    home.sync()
    assert home.rows("collections") == [mine]


def test_hand_made_rows_do_not_stand_in_for_deleted_ones(home: Home) -> None:
    """Rule 7: two known clips deleted, two made by hand elsewhere: both facts hold."""
    home.write(five(), colls(1))
    home.sync()
    home.delete_clip(4, 5)
    home.make_clip(7)
    home.make_clip(8)
    home.sync()
    assert home.titles() == {1: "T1", 2: "T2", 3: "T3", 7: "by hand", 8: "by hand"}


def test_a_hand_made_clip_where_the_file_later_finds_one_stays(home: Home) -> None:
    """Rules 1, 6: a retry cuts the very piece a person had made: both are there, unmixed."""
    home.write()
    home.sync()
    mine = home.row("clips", home.make_clip(6, "Six"))
    home.sync()
    home.write([*five(), clip(6)])
    home.sync()
    assert home.row("clips", mine["id"]) == mine  # type: ignore[index]
    assert home.all_titles() == sorted([*ALL.items(), (6, "Six"), (6, "T6")])
