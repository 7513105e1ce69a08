"""`clipsync audit`: do disk and database agree?"""

from __future__ import annotations

import os
import shutil

import pytest

from clipsync.operations.auditing import audit_projects
from clipsync.operations.runs import RunContext
from tests.cli.conftest import Clipsync
from tests.support.autoclip_files import clip, project_id, write_file, write_project
from tests.support.site import PROJECT, Site

NOTHING = {"insert": 0, "update": 0, "delete": 0, "relink": 0, "adopt": 0}


def test_not_consistent_is_status_2_and_changes_nothing(clipsync: Clipsync, site: Site) -> None:
    before = site.state()
    outcome = clipsync("audit", "--all", "--json")
    assert outcome.status == 2
    (project,) = outcome.json["projects"]
    (lost,) = project["findings"]
    assert (lost["code"], lost["severity"]) == ("directory_without_row", "error")
    assert outcome.json == {
        "consistent": False,
        "totals": {
            "projects": 1,
            "completed": 1,
            "with_problems": 1,
            "studio": 0,
            "clips": 0,
            "collections": 0,
            "consistency_percent": 0.0,
        },
        "projects": [
            {
                "project_id": PROJECT,
                "name": f"项目_{PROJECT[:8]}",
                "clips": 0,
                "collections": 0,
                "status": "out_of_sync",
                "findings": [lost],
                "changes": {**NOTHING, "insert": 6, "relink": 2},
                "studio": None,
            }
        ],
        "findings": [],
    }
    people = clipsync("audit", PROJECT)
    assert people.status == 2
    assert people.out.endswith(
        "\nWhat a sync would change: clipsync plan --all. Do it: clipsync sync --all\n"
    )
    assert site.state() == before


def test_consistent_is_status_0(clipsync: Clipsync, site: Site) -> None:
    site.sync()
    outcome = clipsync("audit", "--all", "--json")
    assert (outcome.status, outcome.json["consistent"]) == (0, True)
    assert outcome.json["totals"] == {
        "projects": 1,
        "completed": 1,
        "with_problems": 0,
        "studio": 0,
        "clips": 3,
        "collections": 2,
        "consistency_percent": 100.0,
    }
    assert "Consistent: disk and database agree (100.0 %)." in clipsync("audit", "--all").out


@pytest.mark.parametrize("args", [("--all",), ("--all", "--quick"), (PROJECT,)], ids=" ".join)
def test_an_audit_by_hand_leaves_the_ledger_as_it_is(
    clipsync: Clipsync, site: Site, args: tuple[str, ...]
) -> None:
    site.sync()
    before = site.state()
    assert clipsync("audit", *args).status == 0
    assert site.state() == before


def test_every_project_has_its_status_and_what_to_do_is_said_once(
    clipsync: Clipsync, site: Site
) -> None:
    site.sync()
    write_project(site.root, project_id(2), raw_video="input.mp4", marker=False)
    for number in (3, 4):
        directory = write_project(site.root, project_id(number), clips=[clip(1)], collections=[])
        write_file(directory / "metadata/clips_metadata.json", b'[{"id": "1", ')
    write_project(site.root, project_id(5), clips=[clip(1)], collections=[])
    site.sync(project_id(5))
    shutil.rmtree(site.root / "projects" / project_id(5))

    document = clipsync("audit", "--all", "--json").json
    people = clipsync("audit", "--all")

    assert {p["project_id"]: p["status"] for p in document["projects"]} == {
        PROJECT: "consistent",
        project_id(2): "processing",
        project_id(3): "problem",
        project_id(4): "problem",
        project_id(5): "missing",
    }
    assert document["totals"]["consistency_percent"] == 60.0
    assert document["totals"]["with_problems"] == 2
    assert people.status == 2
    assert people.out.count("unreadable: Check the disk and the file's permissions;") == 1
    assert "  error unreadable: " in people.out
    assert "  warning directory_missing: " in people.out


def test_a_project_that_a_person_deleted_is_named_and_no_problem(
    clipsync: Clipsync, site: Site
) -> None:
    """Rule 7."""
    write_project(site.root, project_id(2), clips=[clip(1)], collections=[])
    site.sync(None)
    site.execute("DELETE FROM clips WHERE project_id = :p", p=project_id(2))
    site.execute("DELETE FROM projects WHERE id = :p", p=project_id(2))

    document = clipsync("audit", "--all", "--json").json
    people = clipsync("audit", "--all")

    statuses = {p["project_id"]: p["status"] for p in document["projects"]}
    assert statuses == {PROJECT: "consistent", project_id(2): "deleted"}
    assert document["totals"] == {
        "projects": 1,
        "completed": 1,
        "with_problems": 0,
        "studio": 0,
        "clips": 3,
        "collections": 2,
        "consistency_percent": 100.0,
    }
    assert (document["consistent"], people.status) == (True, 0)
    assert "1 project: 1 consistent. 1 more is deleted. 3 clips, 2 collections." in people.out


def test_project_rows_that_went_at_once_are_a_problem(clipsync: Clipsync, site: Site) -> None:
    """Rule 7: more than half of three or more is a question, and an audit asks it."""
    for number in (2, 3):
        write_project(site.root, project_id(number), clips=[clip(1)], collections=[])
    site.sync(None)
    for table in ("clip_collection", "collections", "clips", "projects"):
        site.execute(f"DELETE FROM {table}")

    outcome = clipsync("audit", "--all", "--json")

    assert {p["status"] for p in outcome.json["projects"]} == {"lost"}
    assert (outcome.status, outcome.json["totals"]["with_problems"]) == (2, 3)
    assert "--allow-restore" in clipsync("audit", "--all").out


def test_a_damaged_projects_json_is_a_finding_of_no_one_project(
    clipsync: Clipsync, site: Site
) -> None:
    site.sync()
    write_file(site.root / "projects.json", b'[{"id": ')
    outcome = clipsync("audit", "--all", "--json")
    assert outcome.status == 2
    (finding,) = outcome.json["findings"]
    assert (finding["code"], finding["severity"], finding["project_id"]) == (
        "data_directory_problem",
        "error",
        "",
    )
    assert "projects.json" in clipsync("audit", "--all").out


def test_quick_does_not_read_what_looks_untouched(clipsync: Clipsync, site: Site) -> None:
    site.sync()
    audit_projects(site.workspace, None, run=RunContext.for_command("audit"))
    path = site.root / "projects" / PROJECT / "metadata/clips_metadata.json"
    stat, content = path.stat(), path.read_bytes()
    # Other bytes that look untouched: only one who reads them sees it.
    path.write_bytes(content.replace("标题".encode(), "题标".encode(), 1))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert clipsync("audit", "--all", "--quick").status == 0
    assert clipsync("audit", "--all").status == 2
    path.write_bytes(content[:-9])
    assert clipsync("audit", "--all", "--quick").status == 2
