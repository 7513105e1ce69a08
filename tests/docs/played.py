"""The cases of docs/what-happens-to-your-work.md that need a whole AutoClip: files, rows, people.

Each plays its history; gives the codes of the findings, and whether the page's words hold.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.histories.home import Home, clip, coll, five, reversed_numbers

Played = Callable[[Home], tuple[set[str], bool]]
PLAYED: dict[str, Played] = {}

ALL = {1: "T1", 2: "T2", 3: "T3", 4: "T4", 5: "T5"}
MINE = {**ALL, 1: "Mine"}


def played(name: str) -> Callable[[Played], Played]:
    def keep(function: Played) -> Played:
        PLAYED[name] = function
        return function

    return keep


def worked_on(home: Home) -> None:
    """Synced, with a title and an order of a person's."""
    home.write(five(), [coll(1, [1, 2, 3]), coll(2, [5])])
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.arrange_pieces("C1", 3, 1, 2)
    home.sync()


@played("you deleted more than half of five or more clips at once")
def _(home: Home) -> tuple[set[str], bool]:
    home.write()
    home.sync()
    home.delete_clip(1, 2, 3)
    said = home.sync()
    held = home.titles() == {4: "T4", 5: "T5"}
    home.restore("--all")
    return said.codes, held and home.titles() == ALL


@played("you deleted a clip, and a retry numbered everything otherwise")
def _(home: Home) -> tuple[set[str], bool]:
    home.write()
    home.sync()
    home.delete_clip(2)
    home.sync()
    home.write(reversed_numbers(five()))
    said = home.sync()
    return said.codes, home.titles() == {1: "T1", 3: "T3", 4: "T4", 5: "T5"}


@played("you deleted clip 3, and a retry cut another part of the video as number 3")
def _(home: Home) -> tuple[set[str], bool]:
    home.write()
    home.sync()
    home.delete_clip(3)
    home.sync()
    home.write([*five()[:2], clip(3, piece=50), *five()[3:]])
    said = home.sync()
    return said.codes, sorted(home.titles()) == [1, 2, 4, 5, 50]


@played("you restored a clip that you had edited and put into an order of yours")
def _(home: Home) -> tuple[set[str], bool]:
    worked_on(home)
    home.delete_clip(1)
    home.sync()
    said = home.restore("--clip", "1")
    return said.codes, home.titles() == MINE and home.lists()[0] == ("C1", [3, 1, 2])


@played("you deleted a clip, and made one like it by hand")
def _(home: Home) -> tuple[set[str], bool]:
    home.write()
    home.sync()
    home.delete_clip(3)
    home.sync()
    mine = home.row("clips", home.make_clip(3, "T3"))
    said = home.sync()
    return said.codes, mine is not None and home.row("clips", mine["id"]) == mine


@played("the retry found the same clips, and numbered them otherwise")
def _(home: Home) -> tuple[set[str], bool]:
    worked_on(home)
    home.write(reversed_numbers(five()), [coll(1, [5, 4, 3]), coll(2, [1])])
    said = home.sync()
    return said.codes, home.titles() == MINE and home.lists()[0] == ("C1", [3, 1, 2])


@played("the retry cut another part under the number of a clip in a collection of yours")
def _(home: Home) -> tuple[set[str], bool]:
    home.write()
    home.sync()
    mine = home.make_coll("My own", [home.clip(3)])
    home.sync()
    home.write([*five()[:2], clip(3, piece=50), *five()[3:]])
    said = home.sync()
    return said.codes, home.content(mine) == [3] and 50 in home.titles()


@played("AutoClip re-imported the project, and brought three of five clips")
def _(home: Home) -> tuple[set[str], bool]:
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.sync()
    home.reimport(five()[:3])
    said = home.sync()
    return said.codes, home.titles() == MINE


@played("AutoClip's clips table was restored from an older dump")
def _(home: Home) -> tuple[set[str], bool]:
    home.write()
    home.sync()
    dump = home.rows("clips")
    home.write([clip(1, title="Better"), *five()[1:]])
    home.sync()
    home.put_back("clips", dump)
    said = home.sync()
    return said.codes, home.titles() == {**ALL, 1: "Better"}


@played("you generated a video of a collection, and a retry renamed the collection")
def _(home: Home) -> tuple[set[str], bool]:
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    home.edit_coll(home.coll("C1"), export_path="/mine.mp4", thumbnail_path="/mine.jpg")
    home.sync()
    home.write(five(), [coll(1, [1, 2], name="New")])
    said = home.sync()
    (row,) = home.rows("collections")
    return said.codes, (row["export_path"], row["name"]) == ("/mine.mp4", "New")


def three_projects(home: Home) -> None:
    for project in (1, 2, 3):
        home.write(project=project)
    home.sync_all()
    home.edit_clip(home.clip(1), title="Mine")
    home.sync_all()


@played("you deleted one of several projects, and its files stayed")
def _(home: Home) -> tuple[set[str], bool]:
    three_projects(home)
    home.delete_project(1)
    said = home.audit()
    home.sync_all()
    home.sync_all()
    return said.codes, home.rows("projects", 1) == [] == home.rows("clips", 1)


@played("you restored a deleted project")
def _(home: Home) -> tuple[set[str], bool]:
    three_projects(home)
    home.delete_project(1)
    home.sync_all()
    said = home.restore(project=1)
    return said.codes, home.titles() == MINE


@played("you undid a run")
def _(home: Home) -> tuple[set[str], bool]:
    worked_on(home)
    home.write([clip(number, title=f"New{number}") for number in range(1, 6)])
    before, planned = home.state(), home.changes()
    home.sync("--allow-deletes")
    home.undo()
    return set(), (home.state(), home.changes()) == (before, planned)


@played("you undid the undo")
def _(home: Home) -> tuple[set[str], bool]:
    worked_on(home)
    home.write([clip(number, title=f"New{number}") for number in range(1, 6)])
    home.sync("--allow-deletes")
    after = home.state()
    home.undo()
    home.undo()
    return set(), home.state() == after and home.changes() == []


@played("you deleted a clip after a run, and then undid the run")
def _(home: Home) -> tuple[set[str], bool]:
    home.write()
    home.insert_project()
    home.insert(five())
    home.sync()
    run = home.last_run
    home.delete_clip(4)
    home.run("undo", run, "--json")
    said = home.sync()
    return said.codes - {"tombstoned"}, 4 not in home.titles()
