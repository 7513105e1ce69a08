"""`clipsync sync`: the database agrees with the disk afterwards, and the result says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Clipsync
from tests.support.autoclip_files import (
    clip,
    collection,
    project_id,
    tree_state,
    write_file,
    write_project,
)
from tests.support.site import PROJECT, Site

NOTHING = {"insert": 0, "update": 0, "delete": 0, "relink": 0, "adopt": 0}


def broken(site: Site, number: int = 2) -> str:
    directory = write_project(site.root, project_id(number), clips=[clip(1)], collections=[])
    write_file(directory / "metadata/clips_metadata.json", b'[{"id": "1", ')
    return project_id(number)


def test_one_project_as_json(clipsync: Clipsync, site: Site) -> None:
    disk = tree_state(site.root)
    outcome = clipsync("sync", PROJECT, "--json")
    document = outcome.json
    assert outcome.status == 0
    assert document.pop("run_id").startswith("sync-")
    assert document == {
        "success": True,
        "project_id": PROJECT,
        "name": f"项目_{PROJECT[:8]}",
        "clips_synced": 3,
        "collections_synced": 2,
        "changes": {**NOTHING, "insert": 6, "relink": 2},
        "quarantined": 0,
        "findings": [],
        "skipped": None,
        "stopped": None,
        "reason": None,
        "error": None,
    }
    assert (len(site.rows("clips")), len(site.rows("collections"))) == (3, 2)
    assert tree_state(site.root) == disk


def test_one_project_for_people(clipsync: Clipsync, site: Site) -> None:
    lines = clipsync("sync", PROJECT).out.splitlines()
    assert lines[:3] == [
        f"{PROJECT}  项目_{PROJECT[:8]}",
        "  6 inserts, 2 relinks",
        "  3 clips and 2 collections agree on disk and in the database.",
    ]
    run_id = lines[3].rsplit(" ", 1)[1]
    assert lines[3] == (
        f"Every change: clipsync history {run_id}. To take it back: clipsync undo {run_id}"
    )
    assert clipsync("sync", PROJECT).out.splitlines()[1:] == [
        "  nothing to change",
        "  3 clips and 2 collections agree on disk and in the database.",
    ]


def test_all_projects_as_json(clipsync: Clipsync, site: Site) -> None:
    bad, good = broken(site), project_id(3)
    write_project(site.root, good, clips=[clip(1)], collections=[])
    outcome = clipsync("sync", "--all", "--json")
    document = outcome.json
    assert outcome.status == 1
    assert document.pop("run_id").startswith("sync-")
    (failed,) = document.pop("failed_projects")
    assert failed["project_id"] == bad
    assert failed["error"].startswith(f"unreadable: projects/{bad}/metadata/clips_metadata.json")
    assert document == {
        "success": False,
        "total_projects": 3,
        "total_synced": 2,
        "total_failed": 1,
        "synced_projects": [PROJECT, good],
        "stopped_projects": [],
        "clips_synced": 4,
        "collections_synced": 2,
        "quarantined": 0,
        "changes": {**NOTHING, "insert": 8, "relink": 2},
        "findings": {"error": 1, "warning": 1, "info": 0},
    }


def test_a_second_sync_of_all_changes_nothing(clipsync: Clipsync, site: Site) -> None:
    clipsync("sync", "--all")
    before = site.everything()
    outcome = clipsync("sync", "--all", "--json")
    assert (outcome.status, outcome.json["changes"]) == (0, NOTHING)
    assert site.everything() == before
    assert clipsync("sync", "--all").out == (
        "1 project: 1 synced, 0 failed. Nothing to change.\n"
        "3 clips and 2 collections agree on disk and in the database.\n"
    )


def test_a_failed_project_is_named_with_what_to_do(clipsync: Clipsync, site: Site) -> None:
    bad = broken(site)
    outcome = clipsync("sync", "--all")
    assert (outcome.status, outcome.err) == (1, "")
    assert f"{bad}  failed: unreadable: projects/{bad}/" in outcome.out
    assert "What to do\n  unreadable: Check the disk and the file's permissions;" in outcome.out
    assert "2 projects: 1 synced, 1 failed. 6 inserts, 2 relinks." in outcome.out
    alone = clipsync("sync", bad)
    assert alone.status == 1
    assert "\n  failed: unreadable: " in alone.out


def test_a_project_under_way_is_no_failure(clipsync: Clipsync, site: Site) -> None:
    under_way = project_id(2)
    write_project(site.root, under_way, raw_video="input.mp4", marker=False)
    outcome = clipsync("sync", under_way, "--json")
    assert outcome.status == 0
    assert outcome.json["skipped"].startswith("processing")
    assert "\n  skipped: processing" in clipsync("sync", under_way).out


def test_several_ids_give_the_sum_and_a_repeated_one_counts_once(
    clipsync: Clipsync, site: Site
) -> None:
    other = project_id(2)
    write_project(site.root, other, clips=[clip(1)], collections=[])
    document = clipsync("sync", other, PROJECT, other, "--json").json
    assert (document["total_projects"], document["synced_projects"]) == (2, [other, PROJECT])
    assert clipsync("sync", PROJECT, PROJECT, "--json").json["project_id"] == PROJECT


def test_a_guard_stops_until_allowed(clipsync: Clipsync, site: Site) -> None:
    clipsync("sync", "--all")
    site.write([], [])
    before = site.everything()
    outcome = clipsync("sync", PROJECT, "--json")
    assert (outcome.status, outcome.json["success"]) == (1, False)
    assert outcome.json["stopped"].startswith("Stopped: the plan would delete 5 of the project's 5")
    assert site.everything() == before
    people = clipsync("sync", "--all")
    assert people.status == 1
    assert "If the files are right, allow it with --allow-deletes." in people.out
    assert clipsync("sync", PROJECT, "--allow-deletes").status == 0
    assert site.rows("clips") == []


@pytest.mark.parametrize(
    "prefer, title, conflicts",
    [("merge", "我的", 1), ("database", "我的", 0), ("disk", "新", 0)],
)
def test_prefer_decides_who_wins(
    clipsync: Clipsync, site: Site, prefer: str, title: str, conflicts: int
) -> None:
    clipsync("sync", PROJECT)
    row = site.clip_row("第1段：标题")
    site.execute("UPDATE clips SET title = '我的' WHERE id = :id", id=row)
    site.write(
        [clip(1, generated_title="新"), clip(2), clip(3)],
        [collection(1, [3, 1]), collection(2, [2])],
    )
    document = clipsync("sync", PROJECT, "--prefer", prefer, "--json").json
    assert site.clip_row(title) == row
    codes = [finding["code"] for finding in document["findings"]]
    assert codes.count("edit_conflict") == conflicts


class TestSavedPlan:
    """Exactly that, or nothing."""

    def test_it_is_applied_once(self, clipsync: Clipsync, site: Site) -> None:
        planned = clipsync("plan", "--all", "--out", "plan.json", "--json").json
        outcome = clipsync("sync", "--plan", "plan.json", "--json")
        assert outcome.status == 0
        assert outcome.json["changes"] == planned["summary"]
        assert (outcome.json["clips_synced"], outcome.json["collections_synced"]) == (3, 2)
        assert "stale" in clipsync("sync", "--plan", "plan.json").complaint

    def test_history_counts_its_changes(self, clipsync: Clipsync, site: Site) -> None:
        clipsync("plan", "--all", "--out", "plan.json")
        clipsync("sync", "--plan", "plan.json")
        (run,) = clipsync("history", "--json").json["runs"]
        assert run["counts"]["changes"] == {**NOTHING, "insert": 6, "relink": 2}

    @pytest.mark.parametrize("side", ["disk", "database", "ledger"])
    def test_it_is_refused_once_it_is_stale(
        self, clipsync: Clipsync, site: Site, side: str
    ) -> None:
        clipsync("sync", "--all")
        site.write([clip(1, generated_title="新"), clip(2), clip(3)], [collection(1, [3, 1])])
        clipsync("plan", "--all", "--out", "plan.json")
        if side == "disk":
            site.write([clip(1, generated_title="更新"), clip(2), clip(3)], [])
        elif side == "database":
            site.execute("UPDATE clips SET title = '我的' WHERE title = '第2段：标题'")
        else:
            clipsync("sync", "--all")
        before = site.state()
        complaint = clipsync("sync", "--plan", "plan.json").complaint
        assert complaint.startswith("the saved plan is stale: ")
        assert complaint.endswith(
            "Nothing was applied. Make a new one with `clipsync plan … --out FILE`."
        )
        assert site.state() == before

    @pytest.mark.parametrize(
        "content",
        [None, b"", b"{", b"[]", b"\xff\xfe", b'{"format": 99}', b"[" * 100_000],
        ids=["missing", "empty", "half", "list", "binary", "other format", "deep"],
    )
    def test_a_file_that_is_none_is_told(
        self, clipsync: Clipsync, site: Site, content: bytes | None
    ) -> None:
        if content is not None:
            Path("plan.json").write_bytes(content)
        before = site.state()
        assert clipsync("sync", "--plan", "plan.json").complaint.startswith("plan.json: ")
        assert site.state() == before

    def test_a_plan_for_elsewhere_is_told(
        self, clipsync: Clipsync, site: Site, tmp_path: Path
    ) -> None:
        clipsync("plan", "--all", "--out", "plan.json")
        write_project(tmp_path / "other", PROJECT, clips=[clip(1)], collections=[])
        complaint = clipsync("sync", "--plan", "plan.json", "--data-dir", tmp_path / "other")
        assert complaint.complaint == (
            f"plan.json: the plan was made for {site.root}, not for {tmp_path}/other."
        )
        assert site.rows("projects") == []

    def test_it_carries_the_options_it_was_made_with(self, clipsync: Clipsync, site: Site) -> None:
        clipsync("sync", "--all")
        site.write([], [])
        clipsync("plan", PROJECT, "--out", "stopped.json")
        outcome = clipsync("sync", "--plan", "stopped.json", "--json")
        (stopped,) = outcome.json["stopped_projects"]
        assert (outcome.status, stopped["project_id"]) == (1, PROJECT)
        assert "--allow-deletes" in stopped["reason"]
        assert len(site.rows("clips")) == 3
        clipsync("plan", PROJECT, "--allow-deletes", "--out", "allowed.json")
        assert clipsync("sync", "--plan", "allowed.json").status == 0
        assert site.rows("clips") == []
