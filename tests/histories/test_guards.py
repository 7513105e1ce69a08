"""Rule 8: absence is never a reason to delete; every guard names its way out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.histories.home import Home, clip, clips, coll, colls, five
from tests.support.autoclip_files import project_id

ALL = {1: "T1", 2: "T2", 3: "T3", 4: "T4", 5: "T5"}


def empty_root(home: Home) -> None:
    home.move_away()


def half_written(home: Home) -> None:
    home.clips_file().write_bytes(b'[{"id": "1", "start')


def empty_file(home: Home) -> None:
    home.clips_file().write_bytes(b"")


def contradicting(home: Home) -> None:
    home.write(five()[:2], marker={"clips_generated": 5, "collections_generated": 0})


DAMAGE: dict[str, Callable[[Home], None]] = {
    "the root is empty": empty_root,
    "the clips file is half-written": half_written,
    "the clips file is empty": empty_file,
    "the marker counts more": contradicting,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_changes_nothing(home: Home, damage: str) -> None:
    """Rule 8: report, change nothing; exit 1."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    state = home.state()
    DAMAGE[damage](home)
    said = home.run("sync", "--all", "--json")
    assert said.status == 1
    assert home.state() == state


@pytest.mark.parametrize("damage", DAMAGE)
def test_after_the_damage_everything_is_as_it_was(home: Home, damage: str) -> None:
    """Rule 8: nothing was learnt from it: a person's edit and deletion are still known."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.delete_clip(5)
    home.sync()
    DAMAGE[damage](home)
    home.run("sync", "--all", "--json")
    if damage == "the root is empty":
        home.move_back()
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    assert home.titles() == {1: "Mine", 2: "T2", 3: "T3", 4: "T4"}


def test_one_missing_directory_is_reported(home: Home) -> None:
    """Rule 8: the other project is synced."""
    home.write()
    home.write(project=2)
    home.sync_all()
    before = home.rows("clips", 1)
    home.move_away()
    home.write([*five(), clip(6)], project=2)
    home.sync_all()
    assert home.rows("clips", 1) == before
    assert 6 in home.titles(2)


def test_an_empty_root_after_all_projects_were_deleted_is_no_missing_mount(home: Home) -> None:
    """Rule 8: asks only for projects that the database still has."""
    home.write()
    home.sync_all()
    home.delete_project(1, files_too=True)
    said = home.run("sync", "--all", "--json")
    assert said.status == 0, said.text


def test_new_projects_on_a_root_whose_old_ones_were_deleted(home: Home) -> None:
    """Rule 8: the database has none of the old ones, so none is missing."""
    home.write()
    home.sync_all()
    home.delete_project(1, files_too=True)
    home.write(project=2)
    home.sync_all()
    assert home.titles(2) == ALL


def test_a_missing_marker_deletes_nothing(home: Home) -> None:
    """Rule 8: what is new comes in, what is gone is not believed."""
    home.write()
    home.sync()
    (home.dir() / "output/step6_video_output.json").unlink()
    home.write([*five()[:4], clip(6)], marker=False)
    home.sync()
    assert home.titles() == {**ALL, 6: "T6"}


@pytest.mark.parametrize("left", [0, 1, 2])
def test_more_than_half_of_the_clips_is_a_question(home: Home, left: int) -> None:
    """Rule 8: stopped, and the way out is named."""
    home.write()
    home.sync()
    state = home.state()
    home.write(five()[:left])
    said = home.run("sync", "--all", "--json")
    assert said.status == 1
    assert "--allow-deletes" in said.text
    assert home.state() == state


def test_what_was_stopped_is_done_when_allowed(home: Home) -> None:
    """Rule 8."""
    home.write()
    home.sync()
    home.write(five()[:1])
    home.sync(status=1)
    home.sync("--allow-deletes")
    assert home.titles() == {1: "T1"}


def test_what_was_stopped_is_forgotten_when_the_file_comes_back(home: Home) -> None:
    """Rule 8: nothing of the stopped plan stays anywhere."""
    home.write()
    home.sync()
    state = home.state()
    home.write(five()[:1])
    home.sync(status=1)
    home.write()
    home.sync()
    assert home.state() == state


@pytest.mark.parametrize("left", [0, 1, 2])
def test_more_than_half_of_five_collections_is_a_question(home: Home, left: int) -> None:
    """Rule 8: of one kind of five or more, however many clips there are."""
    home.write(clips(20), colls(5))
    home.sync()
    state = home.state()
    home.write(clips(20), colls(left))
    assert home.run("sync", home.dir().name, "--json").status == 1
    assert home.state() == state


def test_all_of_four_collections_may_go(home: Home) -> None:
    """Rule 8: a kind of fewer than five counts with the whole project only."""
    home.write(clips(20), colls(4))
    home.sync()
    home.write(clips(20), [])
    home.sync()
    assert home.lists() == []


def test_five_other_clips_under_the_same_numbers_are_no_successors(home: Home) -> None:
    """Rule 8: a successor counts only if it is the same thing."""
    home.write()
    home.sync()
    state = home.state()
    home.write([clip(number, piece=number + 50) for number in range(1, 6)])
    assert home.run("sync", home.dir().name, "--json").status == 1
    assert home.state() == state


def test_renumbered_clips_are_their_own_successors(home: Home) -> None:
    """Rules 1, 8: all numbers change and nothing is lost: no question."""
    home.write()
    home.sync()
    home.write([{**one, "id": str(int(one["id"]) + 30)} for one in five()])
    home.sync()
    assert home.titles() == ALL


def test_ten_percent_of_all_rows_in_a_run_is_a_question(home: Home) -> None:
    """Rule 8: two of five in each of four projects: below a project's limit, above the run's."""
    for project in range(1, 5):
        home.write(project=project)
    home.sync_all()
    state = home.state()
    for project in range(1, 5):
        home.write(five()[:3], project=project)
    assert home.run("sync", "--all", "--json").status == 1
    assert home.state() == state
    home.sync_all("--allow-deletes")
    assert all(len(home.titles(project)) == 3 for project in range(1, 5))


def test_a_project_that_asks_does_not_stop_the_others(home: Home) -> None:
    """Rules 8, 11."""
    for project in range(1, 8):
        home.write(project=project)
    home.sync_all()
    home.write(five()[:1], project=1)
    home.write([*five(), clip(6)], project=2)
    home.sync_all(status=1)
    assert home.titles(1) == ALL
    assert 6 in home.titles(2)


def test_a_saved_plan_of_a_stopped_project_says_so(home: Home, tmp_path: object) -> None:
    """Rule 8: neither "nothing to do" nor done."""
    home.write(clips(10))
    home.sync()
    state = home.state()
    home.write(clips(2))
    file = str(home.directory / "plan.json")
    home.run("plan", "--all", "--out", file, "--json")
    said = home.run("sync", "--plan", file)
    assert said.status == 1
    assert home.state() == state


def test_all_records_quarantined_deletes_nothing(home: Home) -> None:
    """Rules 8, 11: none of them can be used; all rows stay."""
    home.write()
    home.sync()
    state = home.state()["clips"]
    home.write([{**one, "start_time": None} for one in five()])
    home.run("sync", home.dir().name, "--json")
    assert home.state()["clips"] == state


def test_entries_that_are_no_projects_are_named_once(home: Home) -> None:
    """Rule 8: counted, and nothing is read or written there."""
    home.write()
    (home.data / "projects/backup").mkdir()
    (home.data / "projects/notes.txt").write_text("mine")
    home.sync_all()
    said = home.audit()
    assert "not_a_project" in said.codes
    assert len(said.json["projects"]) == 1


def test_an_upper_case_directory_is_not_passed_over_in_silence(home: Home) -> None:
    """Rule 8."""
    home.write()
    directory = home.dir(7)
    home.write(project=7)
    directory.rename(directory.with_name("AAAAAAAA-2222-4333-8444-555555555555"))
    home.run("sync", "--all", "--json")
    said = home.audit()
    assert not said.json["consistent"] or said.codes


def test_an_entry_that_cannot_be_looked_at_is_one_bad_project(home: Home) -> None:
    """Rule 8: a link that leads to itself; the other project is synced."""
    home.write()
    loop = home.dir(2)
    loop.symlink_to(loop)
    said = home.run("sync", "--all", "--json")
    assert home.titles() == ALL
    assert said.json["total_projects"] >= 1


def test_the_way_out_stands_in_the_help(home: Home) -> None:
    """Rule 8: every guard names its way out."""
    said = home.run("sync", "--help")
    assert "--allow-deletes" in said.out
    assert "--allow-restore" in said.out


@pytest.mark.parametrize("layout", ["current", "output", "steps", "root"])
def test_files_gone_and_directory_there(home: Home, layout: str) -> None:
    """Rules 8, 9: a project that has rows and lost all its files is a problem."""
    home.write(layout=layout)
    home.sync()
    state = home.state()
    home.move_away()
    home.dir().mkdir()
    home.run("sync", project_id(1), "--json")
    assert home.state() == state
    assert not home.audit().json["consistent"]
