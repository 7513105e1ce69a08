"""`clipsync history`: which runs there were, and what one of them changed."""

from __future__ import annotations

import pytest

from clipsync.operations import runs
from clipsync.operations.runs import RunContext
from tests.cli.conftest import Clipsync
from tests.support.autoclip_files import clip, collection, project_id, write_project
from tests.support.site import PROJECT, Site


def test_no_run_yet(clipsync: Clipsync, site: Site) -> None:
    before = site.state()
    outcome = clipsync("history")
    assert (outcome.status, outcome.out) == (
        0,
        "ClipSync has not written to this database yet.\n",
    )
    assert clipsync("history", "--json").json == {"runs": []}
    assert site.state() == before


def test_runs_are_listed_newest_first_with_what_they_did(clipsync: Clipsync, site: Site) -> None:
    first = clipsync("sync", "--all", "--json").json["run_id"]
    second = clipsync("sync", "--all", "--json").json["run_id"]
    third = clipsync("undo", first, "--json").json["run_id"]
    listed = clipsync("history", "--json").json["runs"]
    assert [run["run_id"] for run in listed] == [third, second, first]
    assert [run["outcome"] for run in listed] == ["success"] * 3
    assert [run["command"] for run in listed] == ["undo", "sync", "sync"]
    rows = [line.split("  ") for line in clipsync("history").out.splitlines() if "-20" in line]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert [(row[0], row[-2], row[-1]) for row in cells] == [
        (third, "success", "8 rows put back"),
        (second, "success", "-"),
        (first, "success", "6 inserts, 2 relinks"),
    ]
    assert len(clipsync("history", "--limit", "2", "--json").json["runs"]) == 2


def test_a_run_that_did_not_finish_is_said_to_be_not_counted(
    clipsync: Clipsync, site: Site
) -> None:
    runs.begin(site.workspace, RunContext("interrupted-run", "sync", started_by="小李"))
    (row,) = [line for line in clipsync("history").out.splitlines() if "interrupted-run" in line]
    assert row.split() == [
        "interrupted-run",
        *row.split()[1:3],
        "小李",
        *("not", "finished", "not", "counted"),
    ]


def test_one_run_shows_its_changes_by_project(clipsync: Clipsync, site: Site) -> None:
    clipsync("sync", "--all")
    site.write(
        [clip(1, generated_title="新"), clip(2), clip(3)],
        [collection(1, [3, 1]), collection(2, [2])],
    )
    write_project(site.root, project_id(2), clips=[clip(1)], collections=[])
    run_id = clipsync("sync", "--all", "--json").json["run_id"]
    row = site.clip_row("新")
    lines = clipsync("history", run_id).out.splitlines()
    assert lines[0].startswith(f"{run_id}: sync, success; started 20")
    assert lines[1:] == [
        PROJECT,
        f"  ~ clip 1 row {row}",
        "      title: “第1段：标题” → “新”  (from disk)",
        "      clip_metadata.generated_title: “第1段：标题” → “新”  (from disk)",
        project_id(2),
        f"  + project “项目_{project_id(2)[:8]}”  (the database did not have it)",
        "  + clip 1 “第1段：标题” 0:00-1:00  (new on disk)",
        "3 changes.",
        f"To take it back: clipsync undo {run_id}",
    ]


def test_one_run_as_json(clipsync: Clipsync, site: Site) -> None:
    planned = clipsync("plan", "--all", "--json").json["changes"]
    run_id = clipsync("sync", "--all", "--json").json["run_id"]
    document = clipsync("history", run_id, "--json").json
    assert list(document) == ["run", "changes"]
    assert document["run"]["run_id"] == run_id
    assert [(change["op"], change["row_id"]) for change in document["changes"]] == [
        (change["op"], change["row_id"]) for change in planned
    ]


@pytest.mark.parametrize("run_id", ["nonsense", "", "\x1b[31m", "%", "x" * 10_000])
def test_an_unknown_run_is_told(clipsync: Clipsync, site: Site, run_id: str) -> None:
    clipsync("sync", "--all")
    before = site.state()
    assert "`clipsync history` lists the runs." in clipsync("history", "--", run_id).complaint
    assert site.state() == before
