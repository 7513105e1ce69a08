"""Rule 7, deletions: inferred from evidence, never from mere absence; they hold until restored."""

from __future__ import annotations

import pytest

from tests.histories.home import Home, clip, clips, coll, colls, five, reversed_numbers
from tests.support import autoclip_app as autoclip

ALL = {1: "T1", 2: "T2", 3: "T3", 4: "T4", 5: "T5"}


def without(*pieces: int) -> dict[int, str]:
    return {piece: title for piece, title in ALL.items() if piece not in pieces}


@pytest.mark.parametrize("piece", [1, 3, 5])
def test_one_deleted_clip_stays_deleted(home: Home, piece: int) -> None:
    """Rule 7: the others are there under their known ids, so a person deleted this one."""
    home.write()
    home.sync()
    home.delete_clip(piece)
    assert "tombstoned" in home.sync().codes
    home.sync()
    assert home.titles() == without(piece)


def test_two_of_five_at_once_are_deletions(home: Home) -> None:
    """Rule 7: not more than half."""
    home.write()
    home.sync()
    home.delete_clip(2, 4)
    home.sync()
    assert home.titles() == without(2, 4)


def test_more_than_half_of_five_at_once_is_a_question(home: Home) -> None:
    """Rule 7: held back for a person to decide: neither back nor for good."""
    home.write()
    home.sync()
    home.delete_clip(1, 2, 3)
    said = home.sync()
    assert "maybe_deleted" in said.codes
    assert home.titles() == without(1, 2, 3)


def test_what_is_in_question_comes_back_when_a_person_says_so(home: Home) -> None:
    """Rule 7: `restore` answers the question; edits are there."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.sync()
    home.delete_clip(1, 2, 3)
    home.sync()
    home.restore("--all")
    home.sync()
    assert home.titles() == {**ALL, 1: "Mine"}


def test_what_is_in_question_stays_in_question(home: Home) -> None:
    """Rules 7, 10: asking again changes nothing; it is told until it is decided."""
    home.write()
    home.sync()
    home.delete_clip(1, 2, 3, 4)
    home.sync()
    state = home.state()
    said = home.sync()
    assert home.state() == state
    assert "maybe_deleted" in said.codes


@pytest.mark.parametrize("count", [2, 3, 4])
def test_of_fewer_than_five_most_may_be_deleted_at_once(home: Home, count: int) -> None:
    """Rule 7: all but one of so few: a person cleaned up."""
    home.write(clips(count))
    home.sync()
    home.delete_clip(*range(2, count + 1))
    home.sync()
    assert home.titles() == {1: "T1"}


def test_a_deletion_holds_through_renumbering(home: Home) -> None:
    """Rules 1, 7: the tombstone holds the piece of video, whatever number it has now."""
    home.write()
    home.sync()
    home.delete_clip(2)
    home.sync()
    home.write(reversed_numbers(five()))
    home.sync()
    assert home.titles() == without(2)


def test_a_deletion_before_the_sync_that_sees_the_renumbering_holds(home: Home) -> None:
    """Rules 1, 7: deleted and renumbered between the same two syncs."""
    home.write()
    home.sync()
    home.delete_clip(2)
    home.write(reversed_numbers(five()))
    home.sync()
    home.sync()
    assert home.titles() == without(2)


def test_a_deletion_does_not_hold_against_another_clip_of_its_number(home: Home) -> None:
    """Rule 7: number 3 is another piece of video now, which nobody deleted."""
    home.write()
    home.sync()
    home.delete_clip(3)
    home.sync()
    home.write([*five()[:2], clip(3, piece=50), *five()[3:]])
    home.sync()
    assert home.titles() == {**without(3), 50: "T50"}


def test_a_deletion_holds_when_its_piece_is_recut_a_little(home: Home) -> None:
    """Rules 1, 7: the same number and an overlap: the same thing."""
    home.write()
    home.sync()
    home.delete_clip(3)
    home.sync()
    shifted = clip(3, start_time="00:05:10,000", end_time="00:06:20,000", title="New")
    home.write([*five()[:2], shifted, *five()[3:]])
    home.sync()
    assert home.titles() == without(3)


def test_a_deletion_holds_when_the_file_drops_its_clip_and_finds_it_again(home: Home) -> None:
    """Rule 7: until it is restored on purpose."""
    home.write()
    home.sync()
    home.delete_clip(3)
    home.sync()
    home.write([one for one in five() if one["id"] != "3"])
    home.sync()
    home.write()
    home.sync()
    assert home.titles() == without(3)


def test_what_the_file_dropped_and_found_again_was_deleted_by_nobody(home: Home) -> None:
    """Rule 7: we removed the row, no person did."""
    home.write()
    home.sync()
    home.write(five()[:4])
    home.sync()
    home.write()
    home.sync()
    assert home.titles() == ALL


def test_a_deletion_holds_when_the_clip_had_been_edited(home: Home) -> None:
    """Rule 7: an edit before the deletion does not bring it back."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(3), title="Mine")
    home.sync()
    home.delete_clip(3)
    home.sync()
    home.write([clip(number, title=f"New{number}") for number in range(1, 6)])
    home.sync()
    assert home.titles() == {piece: f"New{piece}" for piece in (1, 2, 4, 5)}


def test_the_last_clip_is_deleted_when_all_others_were(home: Home) -> None:
    """Rule 7: only where every other record has a tombstone is the last row a deletion too."""
    home.write()
    home.sync()
    for piece in (1, 2, 3, 4):
        home.delete_clip(piece)
        home.sync()
    home.delete_clip(5)
    home.sync()
    home.sync()
    assert home.titles() == {}


def test_the_last_rows_at_once_are_a_loss(home: Home) -> None:
    """Rule 7: two were left and both are gone: not every other record has a tombstone."""
    home.write()
    home.sync()
    home.delete_clip(1, 2)
    home.sync()
    home.delete_clip(3)
    home.sync()
    home.delete_clip(4, 5)
    home.sync()
    assert home.titles() == {4: "T4", 5: "T5"}


def test_autoclips_sync_does_not_bring_a_deleted_clip_back(home: Home) -> None:
    """Rule 7: its row is removed again, and said so."""
    home.write()
    home.sync()
    home.delete_clip(3)
    home.sync()
    with home.autoclip() as conn:
        autoclip.own_sync(conn, home.dir(), rng=home.rng, now=home.now)
    assert 3 in dict(home.all_titles())
    assert "tombstone_resurrected" in home.sync().codes
    assert home.titles() == without(3)


def test_autoclips_sync_before_ours_does_not_hide_a_deletion(home: Home) -> None:
    """Rule 7: deleted and brought back under a new id between two syncs; the known row is gone."""
    home.write()
    home.sync()
    home.delete_clip(3)
    home.insert([clip(3)])
    home.sync()
    assert home.titles() == without(3)


def test_a_resurrected_clip_that_somebody_edited_is_wanted(home: Home) -> None:
    """Rules 2, 7: AutoClip brought it back and a person worked on it: their work stays."""
    home.write()
    home.sync()
    home.delete_clip(3)
    home.sync()
    home.insert([clip(3)])
    home.edit_clip(home.clip(3), title="Mine")
    home.sync()
    home.sync()
    assert home.titles() == {**ALL, 3: "Mine"}


def test_a_deleted_clip_leaves_the_lists(home: Home) -> None:
    """Rules 3, 7: list, total and links follow."""
    home.write(five(), [coll(1, [1, 2, 3])])
    home.sync()
    home.delete_clip(2)
    home.sync()
    assert home.lists() == [("C1", [1, 3])]


def test_a_deletion_seen_late_is_a_deletion(home: Home) -> None:
    """Rules 7, 8: while the files could not be read nothing was judged; then it is."""
    home.write()
    home.sync()
    home.write(b'[{"id": "1"')
    home.delete_clip(3)
    home.sync(status=1)
    home.write()
    home.sync()
    assert home.titles() == without(3)


def test_a_deletion_in_one_project_says_nothing_of_another(home: Home) -> None:
    """Rule 7: for each project and kind."""
    home.write()
    home.write(project=2)
    home.sync_all()
    home.delete_clip(3, project=1)
    home.sync_all()
    assert home.titles(1) == without(3)
    assert home.titles(2) == ALL


def test_deleting_clips_says_nothing_of_collections(home: Home) -> None:
    """Rule 7, each kind by itself: a clip is deleted, all collections are lost."""
    home.write(five(), colls(2))
    home.sync()
    home.delete_clip(5)
    home.lose("collections")
    home.sync()
    assert home.titles() == without(5)
    assert home.lists() == [("C1", [1]), ("C2", [2])]


# -- collections, and AutoClip's note of their ids -----------------------------------------------


@pytest.mark.parametrize("names", [["C1"], ["C1", "C2"], ["C1", "C2", "C3"]])
def test_noted_collections_stay_deleted_even_all_of_them(home: Home, names: list[str]) -> None:
    """Rule 7: the note is evidence, also for the last one."""
    home.write(five(), colls(3))
    home.sync()
    home.delete_coll(*names)
    home.sync()
    home.sync()
    assert home.lists() == [(f"C{n}", [n]) for n in (1, 2, 3) if f"C{n}" not in names]


def test_noted_collections_are_no_question_however_many(home: Home) -> None:
    """Rule 7: more than half of five at once, but with evidence for each."""
    home.write(five(), colls(5))
    home.sync()
    home.delete_coll("C1", "C2", "C3", "C4")
    said = home.sync()
    assert "maybe_deleted" not in said.codes
    assert home.lists() == [("C5", [5])]


def test_a_collection_gone_without_a_note_is_a_deletion_while_others_stay(home: Home) -> None:
    """Rule 7: AutoClip could not write its note."""
    home.write(five(), colls(3))
    home.sync()
    home.delete_coll("C2", note=False)
    home.sync()
    assert home.lists() == [("C1", [1]), ("C3", [3])]


def test_most_collections_gone_without_a_note_are_a_question(home: Home) -> None:
    """Rule 7: four of five, without other evidence."""
    home.write(five(), colls(5))
    home.sync()
    home.delete_coll("C1", "C2", "C3", "C4", note=False)
    said = home.sync()
    assert "maybe_deleted" in said.codes
    assert home.lists() == [("C5", [5])]


def test_all_collections_gone_without_a_note_come_back(home: Home) -> None:
    """Rule 7: a loss."""
    home.write(five(), colls(3))
    home.sync()
    home.edit_coll(home.coll("C2"), name="Mine")
    home.sync()
    home.delete_coll("C1", "Mine", "C3", note=False)
    home.sync()
    assert home.lists() == [("C1", [1]), ("C3", [3]), ("Mine", [2])]


def test_one_noted_and_the_others_lost_at_once(home: Home) -> None:
    """Rule 7: evidence for one; all gone without evidence is a loss of the others."""
    home.write(five(), colls(3))
    home.sync()
    home.delete_coll("C1")
    home.delete_coll("C2", "C3", note=False)
    home.sync()
    assert home.lists() == [("C2", [2]), ("C3", [3])]


def delete_and_restore(home: Home) -> None:
    """Collection 1 was deleted in AutoClip, with its note, and restored on purpose."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [5])])
    home.sync()
    home.delete_coll("C1")
    home.sync()
    home.restore("--collection", "1")


def test_evidence_is_used_up_by_a_restore(home: Home) -> None:
    """Rule 7: the note stays in the file, but counts once."""
    delete_and_restore(home)
    home.sync()
    home.lose("collections")
    home.sync()
    home.sync()
    assert home.lists() == [("C1", [1, 2]), ("C2", [5])]


def test_a_restored_collection_is_there_after_a_reimport(home: Home) -> None:
    """Rule 7: a lifted tombstone is not buried again by the same evidence."""
    delete_and_restore(home)
    home.sync()
    home.reimport(five(), [coll(1, [1, 2]), coll(2, [5])])
    home.sync()
    assert home.lists() == [("C1", [1, 2]), ("C2", [5])]


def test_a_restored_collection_deleted_again_stays_deleted(home: Home) -> None:
    """Rule 7: a second deletion is a new one, though its note was in the file already."""
    delete_and_restore(home)
    home.delete_coll("C1")
    home.sync()
    home.sync()
    assert home.lists() == [("C2", [5])]


def test_autoclips_sync_does_not_bring_a_deleted_collection_back(home: Home) -> None:
    """Rule 7: AutoClip compares the note's row ids with source ids, so it makes a new row."""
    home.write(five(), colls(2))
    home.sync()
    home.delete_coll("C1")
    home.sync()
    home.insert_collection(coll(1, [1]))
    home.sync()
    assert home.lists() == [("C2", [2])]


def test_a_deleted_collection_holds_through_renumbering(home: Home) -> None:
    """Rules 1, 7: the tombstone holds the content; another collection has its number now."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [4, 5])])
    home.sync()
    home.delete_coll("C1")
    home.sync()
    home.write(five(), [coll(2, [1, 2], name="C1"), coll(1, [4, 5], name="C2")])
    home.sync()
    assert home.lists() == [("C2", [4, 5])]


def test_a_deleted_collection_does_not_hold_against_other_content(home: Home) -> None:
    """Rule 7: collection 1 is of other clips now."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [3])])
    home.sync()
    home.delete_coll("C1")
    home.sync()
    home.write(five(), [coll(1, [4, 5], name="New"), coll(2, [3])])
    home.sync()
    assert home.lists() == [("C2", [3]), ("New", [4, 5])]


def test_a_torn_note_is_unknown_not_empty(home: Home) -> None:
    """Apply: the only collection is gone and the note can't be read: it must not come back yet."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    home.delete_coll("C1")
    note = home.dir() / "deleted_collections.json"
    whole = note.read_bytes()
    note.write_bytes(whole[: len(whole) // 2])
    home.run("sync", home.dir().name, "--json")
    assert home.lists() == []
    note.write_bytes(whole)
    home.sync()
    assert home.lists() == []


def test_deletions_from_before_our_time_are_held_back(home: Home) -> None:
    """Rule 7: the note has one id nobody knows and one record has no row: perhaps that one."""
    home.write(five(), colls(3))
    home.insert_project()
    home.insert(five(), colls(3))
    home.delete_coll("C2")
    said = home.sync()
    assert "maybe_deleted" in said.codes
    assert home.lists() == [("C1", [1]), ("C3", [3])]


def test_a_clip_deleted_by_sql_with_its_links_left_is_deleted(home: Home) -> None:
    """Rules 3, 7: its links are nobody's, and go."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    gone = home.clip(2)
    home.put_back("clips", [row for row in home.rows("clips") if row["id"] != gone])
    home.sync()
    assert home.lists() == [("C1", [1])]
    assert home.links(home.coll("C1")) == [home.clip(1)]
