"""Rule 7, loss and re-import: all known rows gone at once is never a deletion by a person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.histories.home import Home, clip, coll, colls, five, reversed_numbers
from tests.support import autoclip_app as autoclip

ALL = {1: "T1", 2: "T2", 3: "T3", 4: "T4", 5: "T5"}


@pytest.mark.parametrize("brought", [0, 1, 2, 3, 4, 5])
def test_what_a_partial_reimport_left_out_comes_back(home: Home, brought: int) -> None:
    """Rule 7: AutoClip deletes all clip rows and inserts some under new ids; none was deleted."""
    home.write()
    home.sync()
    home.reimport(five()[:brought])
    home.sync()
    assert home.titles() == ALL


@pytest.mark.parametrize("brought", [0, 1, 2, 3, 4])
def test_what_a_partial_reimport_left_out_of_the_collections_comes_back(
    home: Home, brought: int
) -> None:
    """Rule 7, for collections: clips are all re-imported, collections in part."""
    home.write(five(), colls(4))
    home.sync()
    home.reimport(five(), colls(4)[:brought])
    home.sync()
    assert home.lists() == [("C1", [1]), ("C2", [2]), ("C3", [3]), ("C4", [4])]


@pytest.mark.parametrize("brought", [1, 3, 5])
def test_an_edit_is_carried_over_to_the_reimported_row(home: Home, brought: int) -> None:
    """Rule 7: what was re-imported is adopted with the edits that its predecessor had."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Mine", description="")
    home.sync()
    home.reimport(five()[:brought])
    home.sync()
    assert home.titles() == {**ALL, 1: "Mine"}
    assert home.row("clips", home.clip(1))["description"] == ""  # type: ignore[index]


@pytest.mark.parametrize("brought", [0, 1, 3])
def test_a_row_left_out_comes_back_with_its_edits_under_its_old_id(
    home: Home, brought: int
) -> None:
    """Rule 7: what is missing comes back, with its edits, under its old id."""
    home.write()
    home.sync()
    old = home.clip(5)
    home.edit_clip(old, title="Mine")
    home.sync()
    home.reimport(five()[:brought])
    home.sync()
    assert home.titles() == {**ALL, 5: "Mine"}
    assert home.clip(5) == old


def test_an_edit_that_no_sync_saw_is_on_the_row_that_was_lost_and_cannot_be_told(
    home: Home,
) -> None:
    """Rule 7: an edit made after the last sync is gone with its row; nothing else is."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Seen")
    home.sync()
    home.edit_clip(home.clip(2), title="Never seen")
    home.lose("clips")
    home.sync()
    assert home.titles() == {**ALL, 1: "Seen"}


def test_of_two_clips_with_one_title_the_resync_button_brings_one(home: Home) -> None:
    """Rule 7: AutoClip's resync goes by title; the twin it passed over comes back."""
    records = [*five()[:4], clip(5, title="T4")]
    home.write(records)
    home.sync()
    with home.autoclip() as conn:
        autoclip.resync_clips(conn, home.dir(), rng=home.rng, now=home.now)
    assert len(home.all_titles()) == 4
    home.sync()
    assert home.titles() == {**ALL, 5: "T4"}


def test_the_resync_button_leaves_the_collections_of_the_file_whole(home: Home) -> None:
    """Rules 4, 7: collections stay and point to rows that are gone; their content is found."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [5, 3])])
    home.sync()
    with home.autoclip() as conn:
        autoclip.resync_clips(conn, home.dir(), rng=home.rng, now=home.now)
    home.sync()
    assert home.lists() == [("C1", [1, 2]), ("C2", [5, 3])]


def test_a_persons_order_survives_the_resync_button(home: Home) -> None:
    """Rules 3, 4: the order is of pieces of video, whatever ids their rows have now."""
    home.write(five(), [coll(1, [1, 2, 3])])
    home.sync()
    home.arrange_pieces("C1", 3, 1, 2)
    home.sync()
    with home.autoclip() as conn:
        autoclip.resync_clips(conn, home.dir(), rng=home.rng, now=home.now)
    home.sync()
    assert home.lists() == [("C1", [3, 1, 2])]


@pytest.mark.parametrize("brought", [0, 2, 4])
def test_a_persons_collection_follows_its_clips_through_a_reimport(
    home: Home, brought: int
) -> None:
    """Rule 4: its clips have other rows now; a hand-made list follows to them."""
    home.write()
    home.sync()
    mine = home.make_coll("Mine", [home.clip(3), home.clip(1), home.clip(5)])
    home.sync()
    home.lose("clips")
    home.insert(five()[:brought])
    home.sync()
    assert home.content(mine) == [3, 1, 5]


@pytest.mark.parametrize("brought", [0, 1, 2])
def test_a_persons_name_and_order_survive_a_reimport_of_collections(
    home: Home, brought: int
) -> None:
    """Rule 7: re-imported or left out, a collection has the name and order a person gave it."""
    home.write(five(), [coll(1, [1, 2, 3]), coll(2, [4, 5])])
    home.sync()
    home.edit_coll(home.coll("C1"), name="Mine")
    home.arrange_pieces("Mine", 2, 3, 1)
    home.edit_coll(home.coll("C2"), description="my words")
    home.sync()
    home.reimport(five(), [coll(1, [1, 2, 3]), coll(2, [4, 5])][:brought])
    home.sync()
    assert home.lists() == [("C2", [4, 5]), ("Mine", [2, 3, 1])]
    assert home.row("collections", home.coll("C2"))["description"] == "my words"  # type: ignore[index]


def test_a_clip_made_by_hand_does_not_make_a_loss_a_deletion(home: Home) -> None:
    """Rule 7: all known rows are gone, one made by hand is there: a loss."""
    home.write()
    home.sync()
    mine = home.make_clip(8)
    kept = home.row("clips", mine)
    home.sync()
    for piece in range(1, 6):
        home.delete_clip(piece)
    home.sync()
    assert home.titles() == {**ALL, 8: "by hand"}
    assert home.row("clips", mine) == kept


def test_a_collection_made_by_hand_does_not_make_a_loss_a_deletion(home: Home) -> None:
    """Rule 7: all known collections are gone without a note, one made by hand is there."""
    home.write(five(), colls(3))
    home.sync()
    home.make_coll("Mine", [home.clip(1)])
    home.sync()
    home.delete_coll("C1", "C2", "C3", note=False)
    home.sync()
    assert home.lists() == [("C1", [1]), ("C2", [2]), ("C3", [3]), ("Mine", [1])]


def test_a_loss_is_told(home: Home) -> None:
    """Rule 7: what came back after a loss is `restored`."""
    home.write()
    home.sync()
    home.lose("clips")
    assert "restored" in home.sync().codes


def test_a_reimport_of_renumbered_files_keeps_edits_on_their_piece(home: Home) -> None:
    """Rules 1, 7: the retry numbers otherwise, then AutoClip re-imports three of five."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="One")
    home.edit_clip(home.clip(4), title="Four")
    home.sync()
    records = reversed_numbers(five())
    home.write(records)
    home.reimport(records[:3])
    home.sync()
    assert home.titles() == {**ALL, 1: "One", 4: "Four"}


def test_two_partial_reimports_in_a_row(home: Home) -> None:
    """Rule 7: the second finds rows of two makings, and takes them all away again."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(2), title="Mine")
    home.sync()
    home.reimport(five()[:3])
    home.sync()
    home.reimport(five()[3:])
    home.sync()
    assert home.titles() == {**ALL, 2: "Mine"}


def test_two_partial_reimports_without_a_sync_between(home: Home) -> None:
    """Rule 7: nothing of the first is left; the knowledge of the last sync still counts."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(2), title="Mine")
    home.sync()
    home.reimport(five()[:1])
    home.reimport(five()[1:3])
    home.sync()
    assert home.titles() == {**ALL, 2: "Mine"}


@pytest.mark.parametrize("brought", [(1, 2, 3, 4, 5), (1, 2, 4, 5), (3,), ()])
def test_a_deletion_holds_through_a_reimport(home: Home, brought: tuple[int, ...]) -> None:
    """Rule 7: clip 3 was deleted by a person; whether the import brings it or not, it is gone."""
    home.write()
    home.sync()
    home.delete_clip(3)
    home.sync()
    home.reimport([clip(number) for number in brought])
    home.sync()
    assert home.titles() == {1: "T1", 2: "T2", 4: "T4", 5: "T5"}


def test_a_deletion_after_a_reimport_is_a_deletion(home: Home) -> None:
    """Rule 7: the adopted rows are the known ones now; one of them goes, others are there."""
    home.write()
    home.sync()
    home.reimport(five())
    home.sync()
    home.delete_clip(2)
    assert "tombstoned" in home.sync().codes
    home.sync()
    assert home.titles() == {1: "T1", 3: "T3", 4: "T4", 5: "T5"}


def test_a_reimport_with_new_titles_takes_them_where_nobody_edited(home: Home) -> None:
    """Rules 2, 7: the retry renamed all; the edited one keeps the person's title, and says so."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.sync()
    records = [clip(number, title=f"New{number}") for number in range(1, 6)]
    home.write(records)
    home.reimport(records[:4])
    said = home.sync()
    assert home.titles() == {1: "Mine", 2: "New2", 3: "New3", 4: "New4", 5: "New5"}
    assert {"edit_conflict", "edit_carried_over"} & said.codes


def test_a_lost_row_whose_id_is_taken_comes_back_under_a_new_one(home: Home) -> None:
    """Rule 7: somebody's row has the old id now; the piece of video comes back with its edit."""
    home.write()
    home.insert_project(2)
    home.sync()
    old = home.clip(3)
    home.edit_clip(old, title="Mine")
    home.sync()
    (row,) = home.clips_of(3)
    home.lose("clips")
    taken = {**row, "project_id": home.rows("projects", 2)[0]["id"], "clip_metadata": {}}
    home.put_back("clips", [taken])
    home.sync()
    assert home.titles() == {**ALL, 3: "Mine"}
    assert home.clip(3) != old
    assert home.row("clips", old) == taken


def test_rows_of_nothing_but_a_reimport_come_back_when_the_import_was_broken_off(
    home: Home,
) -> None:
    """Rule 7: the import inserted clips, and died before any collection."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    old = home.coll("C1")
    home.reimport(five())
    home.sync()
    assert home.lists() == [("C1", [1, 2])]
    assert home.coll("C1") == old


def test_the_composite_generation_is_adopted_with_edits(home: Home) -> None:
    """Rules 1, 7: a re-import by an older program makes rows with ids from project and number."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(2), title="Mine")
    home.sync()
    home.lose("clips")
    with home.autoclip() as conn:
        rows = autoclip.composite_rows(
            home.dir().name, five()[:4], (), now=home.now, shown=str(home.dir())
        )
        autoclip.bulk_insert(conn, rows)
    home.sync()
    assert home.titles() == {**ALL, 2: "Mine"}


def test_a_reimport_during_a_retry_waits(home: Home) -> None:
    """Rules 7, 9: while the pipeline runs nothing is judged; afterwards everything is there."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.sync()
    task = home.start_task()
    home.reimport(five()[:2])
    assert home.sync().json["skipped"] is not None
    with home.autoclip() as conn:
        autoclip.finish_task(conn, task, now=datetime.now(UTC))
    home.sync()
    assert home.titles() == {**ALL, 1: "Mine"}


def test_clips_lost_and_collections_kept(home: Home) -> None:
    """Rules 3, 7: the clip table is lost alone; every list is whole afterwards."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [3, 4, 5])])
    home.sync()
    home.arrange_pieces("C2", 5, 3)
    home.sync()
    home.lose("clips")
    home.sync()
    assert home.lists() == [("C1", [1, 2]), ("C2", [5, 3])]


def test_own_sync_beside_an_edited_title_makes_no_second_row(home: Home) -> None:
    """Rule 5: AutoClip's sync finds no row titled T3 and makes one; the edited one stays."""
    home.write()
    home.sync()
    old = home.clip(3)
    home.edit_clip(old, title="Mine")
    with home.autoclip() as conn:
        autoclip.own_sync(conn, home.dir(), rng=home.rng, now=home.now)
    assert len(home.all_titles()) == 6
    home.sync()
    assert home.titles() == {**ALL, 3: "Mine"}
    assert home.clip(3) == old
