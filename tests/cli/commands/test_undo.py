"""`clipsync undo`: rows come back as they were before a run."""

from __future__ import annotations

from tests.cli.conftest import Clipsync
from tests.support.autoclip_files import clip, collection, project_id, write_project
from tests.support.site import PROJECT, Site


def synced(clipsync: Clipsync) -> str:
    run_id: str = clipsync("sync", "--all", "--json").json["run_id"]
    return run_id


def test_all_rows_put_back_is_status_0(clipsync: Clipsync, site: Site) -> None:
    before = site.everything()
    run_id = synced(clipsync)
    outcome = clipsync("undo", run_id, "--json")
    document = outcome.json
    undo_id = document.pop("run_id")
    assert outcome.status == 0
    assert undo_id.startswith("undo-")
    assert document == {
        "success": True,
        "undone_run": run_id,
        "restored": 8,
        "left": 0,
        "projects": [{"project_id": PROJECT, "restored": 8, "left": []}],
    }
    assert site.everything() == before


def test_a_row_changed_since_is_left_and_status_is_2(clipsync: Clipsync, site: Site) -> None:
    synced(clipsync)
    site.write(
        [clip(number, generated_title=f"新{number}") for number in (1, 2, 3)],
        [collection(1, [3, 1]), collection(2, [2])],
    )
    run_id = synced(clipsync)
    row = site.clip_row("新2")
    site.execute("UPDATE clips SET title = '后来' WHERE id = :id", id=row)
    outcome = clipsync("undo", run_id)
    lines = outcome.out.splitlines()
    assert outcome.status == 2
    assert lines[:2] == [
        f"left as it is: clips {row} of project {PROJECT}: changed since: title",
        f"Undid {run_id} in 1 project: 2 rows put back, 1 left as they are.",
    ]
    assert site.titles() == ["后来", "第1段：标题", "第3段：标题"]
    # As the last line says, an undo can be undone.
    take_back = lines[2].removeprefix("To take this back: clipsync ").split()
    assert clipsync(*take_back).status == 0
    assert site.titles() == ["后来", "新1", "新3"]


def test_only_the_projects_named_are_undone(clipsync: Clipsync, site: Site) -> None:
    other = project_id(2)
    write_project(site.root, other, clips=[clip(1)], collections=[])
    run_id = synced(clipsync)
    assert clipsync("undo", run_id, other).status == 0
    assert [row["id"] for row in site.rows("projects")] == [PROJECT]


def test_a_run_that_is_unknown_or_changed_nothing_is_told_and_leaves_no_run_behind(
    clipsync: Clipsync, site: Site
) -> None:
    before = site.state()
    assert clipsync("undo", "nonsense").complaint == (
        "run 'nonsense': the journal has no changes of it. `clipsync history` lists the runs."
    )
    assert site.state() == before
    synced(clipsync)
    idle = synced(clipsync)
    before = site.state()
    assert "the journal has no changes of it" in clipsync("undo", idle).complaint
    assert "has no changes" in clipsync("undo", "\x1b[2J'; DROP TABLE clips; --").complaint
    assert site.state() == before
