"""Rule 15: undo is exact, ledger included; an undo is a run like any other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.histories.home import Home, clip, coll, five, reversed_numbers
from tests.support.autoclip_files import project_id

ALL = {1: "T1", 2: "T2", 3: "T3", 4: "T4", 5: "T5"}
COLLS = [coll(1, [1, 2, 3]), coll(2, [5])]


def base(home: Home) -> None:
    """Synced, with a title and an order of a person's."""
    home.write(five(), COLLS)
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.arrange_pieces("C1", 3, 1, 2)
    home.sync()


# What happens between two syncs: the second is what will be undone.


def nothing_known(home: Home) -> None:
    home.write(five(), COLLS)


def adoption(home: Home) -> None:
    home.write(five(), COLLS)
    home.insert_project()
    home.insert(five(), COLLS)


def piled_up(home: Home) -> None:
    home.write(five(), COLLS)
    home.insert_project()
    for attempt in (1, 2):
        home.insert([clip(number, title=f"A{attempt}-{number}") for number in range(1, 5)])
    home.insert(five(), COLLS)
    home.make_coll("My own", [home.clips_of(2)[0]["id"]])


def new_titles(home: Home) -> None:
    base(home)
    home.write([clip(number, title=f"New{number}") for number in range(1, 6)], COLLS)


def one_dropped(home: Home) -> None:
    base(home)
    home.write(five()[:4], [coll(1, [1, 2, 3]), coll(2, [])])


def first_dropped(home: Home) -> None:
    """The edited one: it stays as stale."""
    base(home)
    home.write(five()[1:], COLLS)


def one_added(home: Home) -> None:
    base(home)
    home.write([*five(), clip(6)], [coll(1, [1, 2, 3, 6]), coll(2, [5])])


def renumbered(home: Home) -> None:
    base(home)
    home.write(reversed_numbers(five()), [coll(2, [5, 4, 3], name="C1"), coll(1, [1], name="C2")])


def another_under_a_number(home: Home) -> None:
    base(home)
    home.write([*five()[:4], clip(5, piece=50)], COLLS)


def reimported(home: Home) -> None:
    base(home)
    home.reimport(five(), COLLS)


def partly_reimported(home: Home) -> None:
    base(home)
    home.reimport(five()[:3], COLLS[:1])


def lost(home: Home) -> None:
    base(home)
    home.lose("clips", "collections")


def deleted(home: Home) -> None:
    base(home)
    home.delete_clip(2)
    home.delete_coll("C2")


def resurrected(home: Home) -> None:
    base(home)
    home.delete_clip(4)
    home.sync()
    home.insert([clip(4)])


def collection_dropped(home: Home) -> None:
    base(home)
    home.write(five(), COLLS[:1])


def links_lost(home: Home) -> None:
    base(home)
    home.set("collections", home.coll("C2"), quietly=True, clips_count=0)


def reordered_by_the_file(home: Home) -> None:
    base(home)
    home.write(five(), [coll(1, [2, 1, 3, 4]), coll(2, [4, 5])])


def status_reset(home: Home) -> None:
    base(home)
    home.set("projects", project_id(1), status="PENDING")


def quarantined(home: Home) -> None:
    base(home)
    bad = [one if one["id"] != "2" else {**one, "start_time": None} for one in five()]
    home.write([*bad, clip(6)], COLLS)


def old_dump(home: Home) -> None:
    base(home)
    dump = home.rows("clips")
    home.write([clip(number, title=f"New{number}") for number in range(1, 6)], COLLS)
    home.sync()
    home.put_back("clips", dump)


HAPPENINGS: dict[str, Callable[[Home], None]] = {
    one.__name__: one
    for one in (
        nothing_known,
        adoption,
        piled_up,
        new_titles,
        one_dropped,
        first_dropped,
        one_added,
        renumbered,
        another_under_a_number,
        reimported,
        partly_reimported,
        lost,
        deleted,
        resurrected,
        collection_dropped,
        links_lost,
        reordered_by_the_file,
        status_reset,
        quarantined,
        old_dump,
    )
}
happenings = pytest.mark.parametrize("what", HAPPENINGS)


@happenings
def test_undo_gives_the_rows_before(home: Home, what: str) -> None:
    """Rule 15: to the last column."""
    HAPPENINGS[what](home)
    before = home.state()
    home.sync()
    home.undo()
    assert home.state() == before


@happenings
def test_the_next_plan_is_the_one_that_was_undone(home: Home, what: str) -> None:
    """Rule 15: the ledger is put back as well, so nothing is taken for an edit or a deletion."""
    HAPPENINGS[what](home)
    planned = home.changes()
    home.sync()
    home.undo()
    assert home.changes() == planned


@happenings
def test_a_sync_after_an_undo_does_the_same_again(home: Home, what: str) -> None:
    """Rule 15: titles, lists and places are as the undone run had made them."""
    HAPPENINGS[what](home)
    home.sync()
    after = home.all_titles(), home.lists()
    home.undo()
    home.sync()
    assert (home.all_titles(), home.lists()) == after


@happenings
def test_undo_of_undo_gives_the_rows_before_it(home: Home, what: str) -> None:
    """Rule 15: an undo is a run like any other, and the next plan is empty as it was."""
    HAPPENINGS[what](home)
    home.sync()
    after = home.state()
    home.undo()
    home.undo()
    assert home.state() == after
    assert home.changes() == []


@pytest.mark.parametrize("what", ["adoption", "renumbered", "partly_reimported", "one_dropped"])
def test_undo_of_undo_of_undo(home: Home, what: str) -> None:
    """Rule 15: three times is as once."""
    HAPPENINGS[what](home)
    before = home.state()
    planned = home.changes()
    home.sync()
    for _ in range(3):
        home.undo()
    assert home.state() == before
    assert home.changes() == planned


@pytest.mark.parametrize("what", ["new_titles", "renumbered", "reimported", "lost", "one_added"])
def test_edits_outlive_undo_and_the_next_sync(home: Home, what: str) -> None:
    """Rules 2, 15: what a person had edited is an edit before, during and after."""
    HAPPENINGS[what](home)
    home.sync()
    home.undo()
    home.sync()
    assert home.titles()[1] == "Mine"
    assert ("C1", [3, 1, 2]) in [
        (name, [p for p in found if p < 4]) for name, found in home.lists()
    ]


def test_a_row_edited_since_is_left_with_its_edit(home: Home) -> None:
    """Rule 15: what someone changed since stays; exit 2 names it."""
    new_titles(home)
    home.sync()
    home.edit_clip(home.clip(2), title="Since")
    said = home.undo(status=2)
    assert home.titles() == {**ALL, 1: "Mine", 2: "Since"}
    (project,) = said.json["projects"]
    assert [left["row_id"] for left in project["left"]] == [home.clip(2)]


def test_a_row_edited_since_is_an_edit_afterwards(home: Home) -> None:
    """Rule 15: with what they meant: the next sync keeps it."""
    new_titles(home)
    home.sync()
    home.edit_clip(home.clip(2), title="Since")
    home.undo(status=2)
    home.sync()
    assert home.titles()[2] == "Since"


@pytest.mark.parametrize("what", ["nothing_known", "adoption", "reimported", "renumbered"])
def test_a_deletion_since_holds(home: Home, what: str) -> None:
    """Rules 7, 15: whatever the run was that is undone."""
    HAPPENINGS[what](home)
    home.sync()
    run = home.last_run
    home.delete_clip(4)
    said = home.run("undo", run, "--json")
    assert said.status in (0, 2), said.text
    home.sync()
    home.sync()
    assert 4 not in home.titles()


def test_a_collection_deleted_since_is_a_tombstone(home: Home) -> None:
    """Rule 15, for collections."""
    adoption(home)
    home.sync()
    run = home.last_run
    home.delete_coll("C2")
    home.run("undo", run, "--json")
    home.sync()
    assert [name for name, _ in home.lists()] == ["C1"]


def test_an_order_changed_since_is_left(home: Home) -> None:
    """Rule 15: the run added a clip to a list, a person rearranged it after."""
    one_added(home)
    home.sync()
    home.arrange_pieces("C1", 6, 3, 2, 1)
    home.run("undo", home.last_run, "--json")
    home.sync()
    ((_, found), _) = home.lists()
    assert [piece for piece in found if piece != 6] == [3, 2, 1]


def test_undo_of_a_carried_over_edit_keeps_the_edit_known(home: Home) -> None:
    """Rule 15: undone, the re-imported row has the file's title; the next sync carries it again."""
    base(home)
    home.reimport(five(), COLLS)
    home.sync()
    assert home.titles()[1] == "Mine"
    home.undo()
    assert home.titles()[1] == "T1"
    home.sync()
    assert home.titles()[1] == "Mine"


def test_undo_of_a_restore(home: Home) -> None:
    """Rules 7, 15: the clip is gone again, and its tombstone holds."""
    base(home)
    home.delete_clip(4)
    home.sync()
    before = home.state()
    home.restore("--clip", "4")
    home.undo()
    assert home.state() == before
    home.sync()
    assert 4 not in home.titles()


def test_undo_of_undo_of_a_restore(home: Home) -> None:
    """Rules 7, 15: and there again, with the title it had."""
    base(home)
    home.delete_clip(1)
    home.sync()
    home.restore("--clip", "1")
    after = home.state()
    home.undo()
    home.undo()
    assert home.state() == after
    home.sync()
    assert home.titles()[1] == "Mine"


def test_undo_of_an_earlier_run_leaves_what_a_later_one_did(home: Home) -> None:
    """Rule 15: rows changed since, by whomever, are left."""
    new_titles(home)
    home.sync()
    first = home.last_run
    home.write([clip(1, title="Newer"), *(clip(n, title=f"New{n}") for n in range(2, 6))], COLLS)
    home.edit_clip(home.clip(2), title="Since")
    home.sync()
    home.undo(first, status=2)
    assert home.titles() == {**ALL, 1: "Mine", 2: "Since"}


def test_undo_one_after_the_other(home: Home) -> None:
    """Rule 15: the last run first, then the one before it: the state before both."""
    base(home)
    before = home.state()
    home.write([clip(number, title=f"New{number}") for number in range(1, 6)], COLLS)
    home.sync()
    first = home.last_run
    home.write([*(clip(number, title=f"New{number}") for number in range(1, 6)), clip(6)], COLLS)
    home.sync()
    home.undo()
    home.undo(first)
    assert home.state() == before


def test_undo_in_one_project_of_a_run_over_two(home: Home) -> None:
    """Rule 15: only what it did there."""
    home.write()
    home.write(project=2)
    home.sync_all()
    for project in (1, 2):
        home.write([clip(1, title="New"), *five()[1:]], project=project)
    home.sync_all()
    said = home.run("undo", home.last_run, project_id(2), "--json")
    assert said.status == 0, said.text
    assert (home.titles(1)[1], home.titles(2)[1]) == ("New", "T1")


def test_undo_of_a_run_that_changed_nothing_is_one_clear_line(home: Home) -> None:
    """Exit 1 where the journal has nothing of the run."""
    base(home)
    home.sync()
    said = home.run("undo", home.last_run, "--json")
    assert said.status == 1 and said.err.count("\n") == 1


def test_hand_made_rows_outlive_an_undo(home: Home) -> None:
    """Rules 6, 15: made after the run, they list a clip that the undo takes away."""
    one_added(home)
    home.sync()
    run = home.last_run
    mine = home.make_coll("My own", [home.clip(6), home.clip(2)])
    home.run("undo", run, "--json")
    home.sync()
    assert home.content(mine) == [6, 2]


def test_the_tombstones_of_an_undone_run_are_undone_too(home: Home) -> None:
    """Rules 7, 15: what the run knew is forgotten with it, and found again by the next."""
    base(home)
    home.delete_clip(4)
    planned: list[Any] = home.changes()
    home.sync()
    run = home.last_run
    if home.run("undo", run, "--json").status == 0:
        assert home.changes() == planned
    home.sync()
    assert 4 not in home.titles()
