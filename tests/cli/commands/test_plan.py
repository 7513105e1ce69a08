"""`clipsync plan`: what a sync would change, and nothing changed."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from clipsync.messages import advice, message
from clipsync.model.finding import Finding, FindingCode, Severity
from tests.cli.conftest import Clipsync
from tests.support.autoclip_files import clip, collection, project_id, write_file, write_project
from tests.support.site import PROJECT, Site

WITHOUT_ROW = Finding(
    FindingCode.DIRECTORY_WITHOUT_ROW, Severity.ERROR, PROJECT, "", {"rescued": True}
)
NOTHING = {"insert": 0, "update": 0, "delete": 0, "relink": 0, "adopt": 0}


def test_changes_make_status_2_and_are_not_made(clipsync: Clipsync, site: Site) -> None:
    before = site.state()
    outcome = clipsync("plan", "--all")
    assert (outcome.status, outcome.err) == (2, "")
    assert outcome.out.splitlines() == [
        f"{PROJECT}  项目_{PROJECT[:8]}: 6 inserts, 2 relinks",
        f"  + project “项目_{PROJECT[:8]}”  (the database did not have it)",
        "  + clip 1 “第1段：标题” 0:00-1:00  (new on disk)",
        "  + clip 2 “第2段：标题” 1:00-2:00  (new on disk)",
        "  + clip 3 “第3段：标题” 2:00-3:00  (new on disk)",
        "  + collection 1 “合集1” of 2 clips  (new on disk)",
        "  + collection 2 “合集2” of 1 clip  (new on disk)",
        f"  error directory_without_row: {message(WITHOUT_ROW)}",
        "",
        "What to do",
        f"  directory_without_row: {advice(WITHOUT_ROW)}",
        "",
        "1 project, 1 with changes: 6 inserts, 2 relinks. Nothing was written to the database.",
    ]
    assert site.state() == before


def test_json_has_every_change_their_sum_and_the_findings(clipsync: Clipsync, site: Site) -> None:
    outcome = clipsync("plan", "--all", "--json")
    document = outcome.json
    assert outcome.status == 2
    assert list(document) == ["changes", "summary", "findings", "projects", "run_stopped"]
    assert document["summary"] == {**NOTHING, "insert": 6, "relink": 2}
    assert [(c["op"], c["table"], c["source_id"]) for c in document["changes"]] == [
        ("insert", "projects", None),
        ("insert", "clips", "1"),
        ("insert", "clips", "2"),
        ("insert", "clips", "3"),
        ("insert", "collections", "1"),
        ("insert", "collections", "2"),
        ("relink", "clip_collection", None),
        ("relink", "clip_collection", None),
    ]
    assert set(document["changes"][0]) == {
        *("op", "table", "project_id", "row_id", "source_id", "before", "after", "why"),
        "reasons",
    }
    assert [finding["code"] for finding in document["findings"]] == ["directory_without_row"]
    assert document["projects"] == [
        {
            "project_id": PROJECT,
            "name": f"项目_{PROJECT[:8]}",
            "state": "completed",
            "skipped": None,
            "stopped": None,
            "reason": None,
            "error": None,
            "summary": {**NOTHING, "insert": 6, "relink": 2},
        }
    ]
    assert document["run_stopped"] is None


def test_nothing_to_do_makes_status_0(clipsync: Clipsync, site: Site) -> None:
    site.sync()
    before = site.state()
    assert clipsync("plan", "--all").out == (
        "1 project, 0 with changes: nothing to do. Nothing was written to the database.\n"
    )
    outcome = clipsync("plan", PROJECT, "--json")
    assert (outcome.status, outcome.json["changes"], outcome.json["summary"]) == (0, [], NOTHING)
    assert site.state() == before


def test_an_unreadable_project_makes_status_1_and_the_others_are_planned(
    clipsync: Clipsync, site: Site
) -> None:
    other = write_project(site.root, project_id(2), clips=[clip(1)], collections=[])
    write_file(other / "metadata/clips_metadata.json", b'[{"id": "1", ')
    outcome = clipsync("plan", "--all")
    assert outcome.status == 1
    assert "half-written JSON" in outcome.out
    assert "1 project can't be planned; see above." in outcome.out
    assert f"{PROJECT}  项目_{PROJECT[:8]}: 6 inserts, 2 relinks" in outcome.out
    document = clipsync("plan", "--all", "--json").json
    assert [finding["code"] for finding in document["findings"]] == [
        "directory_without_row",
        "unreadable",
        "directory_without_row",
    ]
    # Of the project that can be read a sync brings the row back; of the other it can't.
    assert [finding["severity"] for finding in document["findings"]] == [
        "error",
        "error",
        "warning",
    ]
    assert document["summary"]["insert"] == 6
    assert [project["error"] is None for project in document["projects"]] == [True, False]


def test_an_update_shows_before_after_and_why(clipsync: Clipsync, site: Site) -> None:
    site.sync()
    kept = site.clip_row("第1段：标题")
    site.execute("UPDATE clips SET title = '我的' WHERE id = :id", id=kept)
    site.write(
        [clip(1, generated_title="新"), clip(2, recommend_reason=""), clip(3)],
        [collection(1, [1, 3]), collection(2, [2])],
    )
    lines = clipsync("plan", PROJECT).out.splitlines()
    assert f"  ~ clip 1 row {kept}" in lines
    assert ("      clip_metadata.generated_title: “第1段：标题” → “新”  (from disk)") in lines
    assert "      description: “推荐理由2” → (empty)  (from disk)" in lines
    assert any("warning edit_conflict: " in line and "“新”" in line for line in lines)
    assert any("2 clips in another order" in line for line in lines)
    assert "What to do" in lines


@pytest.mark.parametrize("prefer, title", [("merge", None), ("database", None), ("disk", "新")])
def test_prefer_decides_who_wins(
    clipsync: Clipsync, site: Site, prefer: str, title: str | None
) -> None:
    site.sync()
    kept = site.clip_row("第1段：标题")
    site.execute("UPDATE clips SET title = '我的' WHERE id = :id", id=kept)
    site.write(
        [clip(1, generated_title="新"), clip(2), clip(3)],
        [collection(1, [3, 1]), collection(2, [2])],
    )
    document = clipsync("plan", PROJECT, "--prefer", prefer, "--json").json
    titles = [change["after"].get("title") for change in document["changes"]]
    assert titles == [title]


def test_a_project_a_guard_stops_is_shown_with_what_it_would_have_done(
    clipsync: Clipsync, site: Site
) -> None:
    site.sync()
    site.write([], [])
    outcome = clipsync("plan", PROJECT)
    assert outcome.status == 2
    assert "Stopped: the plan would delete 5 of the project's 5 rows" in outcome.out
    assert outcome.out.count("\n  - ") == 5
    assert outcome.out.endswith("1 plan stopped by a guard; see above.\n")
    allowed = clipsync("plan", PROJECT, "--allow-deletes", "--json").json
    assert [project["stopped"] for project in allowed["projects"]] == [None]
    assert allowed["summary"]["delete"] == 5


def test_a_run_the_limit_would_stop_is_foretold(clipsync: Clipsync, site: Site) -> None:
    write_project(site.root, project_id(2), clips=[clip(1), clip(2)], collections=[])
    site.sync(None)
    site.write([clip(1), clip(2)], [collection(1, [1]), collection(2, [2])])
    sentence = "Stopped: this run would delete 1 of 7 rows with nothing in their place"
    outcome = clipsync("plan", "--all")
    assert outcome.status == 2
    assert f"A sync would make none of the plans that delete. {sentence}" in outcome.out
    assert clipsync("plan", "--all", "--json").json["run_stopped"].startswith(sentence)
    # Of a single project's rows, the project's own limit is the one that counts.
    assert clipsync("plan", PROJECT, "--json").json["run_stopped"] is None
    assert clipsync("plan", "--all", "--allow-deletes", "--json").json["run_stopped"] is None
    assert clipsync("sync", "--all").status == 1


def test_many_changes_are_cut_short_for_people_and_complete_for_programs(
    clipsync: Clipsync, site: Site
) -> None:
    site.write([clip(number) for number in range(1, 151)], [])
    assert "  ... and 139 more changes; --json shows all" in clipsync("plan", "--all").out
    assert "  ... and 51 more changes; --json shows all" in clipsync("plan", PROJECT).out
    assert len(clipsync("plan", "--all", "--json").json["changes"]) == 151


def test_many_projects_are_cut_short(clipsync: Clipsync, site: Site) -> None:
    for number in range(2, 45):
        write_project(site.root, project_id(number), clips=[clip(1)], collections=[])
    out = clipsync("plan", "--all").out
    assert "... and 4 more projects with changes or findings; --json shows all" in out
    assert out.splitlines()[-1].startswith("44 projects, 44 with changes: 92 inserts, 2 relinks.")


def test_a_saved_plan_is_told_and_holds_the_changes(clipsync: Clipsync, site: Site) -> None:
    outcome = clipsync("plan", "--all", "--out", "计划.json")
    assert outcome.status == 2
    assert outcome.out.endswith("Saved 1 plan to 计划.json.\n")
    saved = orjson.loads(Path("计划.json").read_bytes())
    document = clipsync("plan", "--all", "--json", "--out", "again.json").json
    assert saved["projects"][0]["changes"] == document["changes"]
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["again.json", "计划.json"]


@pytest.mark.parametrize("name", ["", ".", "/", "..", "nowhere/plan.json", "full"])
def test_a_plan_that_cannot_be_saved_is_told_and_leaves_nothing_behind(
    clipsync: Clipsync, site: Site, name: str
) -> None:
    Path("full").mkdir()
    before = site.state()
    assert "the plan can't be written: " in clipsync("plan", "--all", "--out", name).complaint
    assert site.state() == before
    assert [path.name for path in Path.cwd().rglob("*")] == ["full"]


def test_a_plan_is_never_saved_among_autoclips_files(
    clipsync: Clipsync, site: Site, tmp_path: Path
) -> None:
    before = site.state()
    Path("link").symlink_to(site.root)
    for name in (site.root / "plan.json", site.root / "projects/plan.json", "link/plan.json"):
        complaint = clipsync("plan", "--all", "--out", name).complaint
        assert "can't be written into AutoClip's data directory" in complaint
    complaint = clipsync("plan", "--all", "--out", tmp_path / "autoclip.db").complaint
    assert complaint.endswith("this is AutoClip's database. Name another file.")
    assert site.state() == before
