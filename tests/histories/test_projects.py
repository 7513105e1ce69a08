"""Rule 7, projects: a row the ledger knew and that is gone was deleted, unless many are."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.histories.home import Home, coll, five
from tests.support.autoclip_app import PROJECTS
from tests.support.autoclip_files import project_id

ALL = {1: "T1", 2: "T2", 3: "T3", 4: "T4", 5: "T5"}


def several(home: Home, count: int) -> None:
    for project in range(1, count + 1):
        home.write(five(), [coll(1, [1, 2])], project=project)
    home.sync_all()


def there(home: Home) -> list[int]:
    ids = {row["id"] for row in home.rows("projects", None)}
    return [number for number in range(1, 9) if project_id(number) in ids]


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("files_too", [True, False])
def test_a_deleted_project_stays_deleted(home: Home, count: int, files_too: bool) -> None:
    """Rule 7: with all that is left on disk, night after night."""
    several(home, count)
    home.delete_project(1, files_too=files_too)
    for _ in range(3):
        home.sync_all()
        assert there(home) == list(range(2, count + 1))
        assert home.rows("clips", 1) == []


def test_a_deleted_project_is_told_once(home: Home) -> None:
    """Rule 7: `project_deleted`, an information and no problem."""
    several(home, 3)
    home.delete_project(1)
    audit = home.audit()
    assert "project_deleted" in audit.codes
    home.sync_all()
    assert home.audit().json["consistent"]


def test_a_deleted_project_is_no_problem(home: Home) -> None:
    """Rules 7, 8: neither its directory nor its absence makes the audit inconsistent."""
    several(home, 3)
    home.delete_project(1)
    home.delete_project(2, files_too=True)
    home.sync_all()
    said = home.audit()
    assert said.json["consistent"]
    assert "directory_missing" not in said.codes


def test_restore_brings_a_deleted_project_back_with_a_persons_work(home: Home) -> None:
    """Rule 7: `restore ID`: rows, edits, order."""
    several(home, 3)
    home.edit_clip(home.clip(3), title="Mine")
    home.arrange_pieces("C1", 2, 1)
    home.sync_all()
    home.delete_project(1)
    home.sync_all()
    home.restore(project=1)
    assert there(home) == [1, 2, 3]
    assert home.titles() == {**ALL, 3: "Mine"}
    assert home.lists() == [("C1", [2, 1])]


def test_a_restored_project_stays(home: Home) -> None:
    """Rule 7: and is not buried again."""
    several(home, 3)
    home.delete_project(1)
    home.sync_all()
    home.restore(project=1)
    home.sync_all()
    home.sync_all()
    assert there(home) == [1, 2, 3]
    assert home.titles() == ALL


def test_a_restored_project_deleted_again_stays_deleted(home: Home) -> None:
    """Rule 7: a second deletion is a new one."""
    several(home, 3)
    home.delete_project(1)
    home.sync_all()
    home.restore(project=1)
    home.delete_project(1)
    home.sync_all()
    home.sync_all()
    assert there(home) == [2, 3]


def test_a_deleted_clip_of_a_restored_project_stays_deleted(home: Home) -> None:
    """Rule 7: what a person deleted before they deleted all of it is not wanted back."""
    several(home, 3)
    home.delete_clip(4)
    home.sync_all()
    home.delete_project(1)
    home.sync_all()
    home.restore(project=1)
    home.sync_all()
    assert home.titles() == {1: "T1", 2: "T2", 3: "T3", 5: "T5"}


def test_sync_by_id_does_not_bring_a_deleted_project_back(home: Home) -> None:
    """Rule 7: on purpose means `restore`."""
    several(home, 3)
    home.delete_project(1)
    home.run("sync", project_id(1), "--json")
    assert there(home) == [2, 3]
    home.sync_all()
    assert there(home) == [2, 3]


def test_a_retry_of_a_deleted_project_does_not_bring_it_back(home: Home) -> None:
    """Rule 7: with all that is left on disk, whatever it says."""
    several(home, 3)
    home.delete_project(1)
    home.sync_all()
    home.write(five()[:3], project=1)
    home.sync_all()
    assert there(home) == [2, 3]


@pytest.mark.parametrize("count, gone", [(3, 2), (3, 3), (4, 3), (5, 3)])
def test_most_projects_gone_at_once_is_a_question(home: Home, count: int, gone: int) -> None:
    """Rule 7: more than half of three or more: a loss perhaps; nothing is done until allowed."""
    several(home, count)
    left = list(range(gone + 1, count + 1))
    for project in range(1, gone + 1):
        home.delete_project(project)
    said = home.run("sync", "--all", "--json")
    assert there(home) == left
    assert said.status == 1 and "--allow-restore" in said.text


@pytest.mark.parametrize("count, gone", [(3, 2), (3, 3), (5, 3)])
def test_a_loss_of_projects_is_restored_when_allowed(home: Home, count: int, gone: int) -> None:
    """Rule 7: `--allow-restore`: all are back, with a person's work."""
    several(home, count)
    home.edit_clip(home.clip(3), title="Mine")
    home.sync_all()
    for project in range(1, gone + 1):
        home.delete_project(project)
    home.sync_all("--allow-restore")
    assert there(home) == list(range(1, count + 1))
    assert home.titles() == {**ALL, 3: "Mine"}


def test_half_of_the_projects_are_deletions(home: Home) -> None:
    """Rule 7: not more than half."""
    several(home, 4)
    home.delete_project(1)
    home.delete_project(2)
    home.sync_all()
    assert there(home) == [3, 4]


def test_a_directory_without_a_row_is_new(home: Home) -> None:
    """Rule 7: AutoClip has no row for it, and the ledger never knew it: sync it."""
    several(home, 2)
    home.write(project=3)
    home.sync_all()
    assert there(home) == [1, 2, 3]
    assert home.titles(3) == ALL


def test_a_deleted_project_that_autoclip_made_again_is_a_project(home: Home) -> None:
    """Rule 7: its row is there again, so it is wanted; everything is synced."""
    several(home, 3)
    home.delete_project(1)
    home.sync_all()
    home.insert_project(1)
    home.sync_all()
    assert there(home) == [1, 2, 3]
    assert home.titles() == ALL


def test_only_the_project_row_is_gone(home: Home) -> None:
    """Rules 7, 14: rows of no project are named and never touched."""
    several(home, 3)
    before = home.rows("clips", 1)
    with home.autoclip() as conn:
        conn.execute(sa.delete(PROJECTS).where(PROJECTS.c.id == project_id(1)))
    home.run("sync", "--all", "--json")
    assert there(home) == [2, 3]
    assert home.rows("clips", 1) == before


def test_deleting_a_project_says_nothing_of_another(home: Home) -> None:
    """Rules 7, 15: the others' rows are as they were."""
    several(home, 3)
    home.edit_clip(home.clip(2, 2), title="Mine")
    home.sync_all()
    before = [row for row in home.rows("clips", None) if row["project_id"] != project_id(1)]
    home.delete_project(1)
    home.sync_all()
    assert home.rows("clips", None) == before


def test_undo_of_a_restored_project(home: Home) -> None:
    """Rules 7, 15: undone, it is deleted again, and stays so."""
    several(home, 3)
    home.delete_project(1)
    home.sync_all()
    before = home.state()
    home.restore(project=1)
    run = home.last_run
    home.undo(run)
    assert home.state() == before
    home.sync_all()
    assert there(home) == [2, 3]
