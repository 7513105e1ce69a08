"""Saved plans: exactly that, or nothing."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from clipsync.errors import SavedPlanError, StalePlanError
from clipsync.operations.reading import newest_runs
from clipsync.operations.results import SyncResult
from clipsync.operations.runs import RunContext
from clipsync.operations.saved_plans import apply_saved_plan, save_plans
from clipsync.reconcile import PlanOptions
from tests.support.autoclip_files import clip, collection, project_id, write_project
from tests.support.site import PROJECT, Site


@pytest.fixture
def saved(site: Site, tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    assert save_plans(site.workspace, None, PlanOptions(), path) == 1
    return path


def apply(site: Site, path: Path):
    return apply_saved_plan(site.workspace, path, run=RunContext.for_command("sync"))


def test_a_saved_plan_applies_exactly_its_changes(site: Site, saved: Path) -> None:
    changes = orjson.loads(saved.read_bytes())["projects"][0]["changes"]

    summary = apply(site, saved)

    assert (summary.success, summary.clips_synced, summary.collections_synced) == (True, 3, 2)
    assert {row["id"] for row in site.rows("clips")} == {
        change["row_id"] for change in changes if change["table"] == "clips"
    }


def test_a_plan_is_stale_once_the_disk_changed(site: Site, saved: Path) -> None:
    site.write([clip(1, generated_title="改"), clip(2), clip(3)], [collection(1, [3, 1])])
    with pytest.raises(StalePlanError, match=f"the files changed of project {PROJECT}"):
        apply(site, saved)
    assert site.rows("clips") == []


def test_a_plan_is_stale_once_the_database_changed(site: Site, tmp_path: Path) -> None:
    site.sync()
    site.write([clip(1, generated_title="改"), clip(2), clip(3)], [collection(1, [3, 1])])
    path = tmp_path / "plan.json"
    save_plans(site.workspace, None, PlanOptions(), path)
    site.execute("UPDATE clips SET description = '我的' WHERE title = '第2段：标题'")
    before = site.everything()
    with pytest.raises(StalePlanError, match="the rows in the database changed"):
        apply(site, path)
    assert site.everything() == before


def test_a_plan_applied_once_is_stale(site: Site, saved: Path) -> None:
    apply(site, saved)
    with pytest.raises(StalePlanError):
        apply(site, saved)


def test_a_plan_that_was_meddled_with_is_refused(site: Site, saved: Path) -> None:
    document = orjson.loads(saved.read_bytes())
    document["projects"][0]["changes"][1]["after"]["title"] = "meddled"
    saved.write_bytes(orjson.dumps(document))
    with pytest.raises(StalePlanError, match="something else"):
        apply(site, saved)
    assert site.rows("clips") == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 99}', b"\xff\xfe"])
def test_a_file_that_is_no_plan_is_bad_input(site: Site, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(SavedPlanError):
        apply(site, path)


def test_a_plan_for_another_database_is_refused(site: Site, saved: Path) -> None:
    document = orjson.loads(saved.read_bytes())
    document["database"] = "elsewhere"
    saved.write_bytes(orjson.dumps(document))
    with pytest.raises(SavedPlanError, match="was made for elsewhere"):
        apply(site, saved)


def test_a_damaged_project_id_is_refused(site: Site, saved: Path) -> None:
    for hostile in ("../../etc", 5, None, ["x"]):
        document = orjson.loads(saved.read_bytes())
        document["projects"][0]["project_id"] = hostile
        saved.write_bytes(orjson.dumps(document))
        with pytest.raises(SavedPlanError, match="the plan's projects are damaged"):
            apply(site, saved)
    assert site.rows("clips") == []


def test_rule_8_what_a_guard_stops_is_not_saved(site: Site, tmp_path: Path) -> None:
    write_project(site.root, project_id(2), clips=[clip(1), clip(2)], collections=[])
    site.sync(None)
    # One of seven rows: more than a tenth of the run. And a change that deletes nothing.
    site.write([clip(1), clip(2)], [collection(1, [1]), collection(2, [2])])
    changed = [clip(1, generated_title="新"), clip(2)]
    write_project(site.root, project_id(2), clips=changed, collections=[])
    path = tmp_path / "plan.json"

    assert save_plans(site.workspace, None, PlanOptions(), path) == 1
    assert apply(site, path).synced_projects == [project_id(2)]
    assert len(site.rows("clips")) == 5

    assert save_plans(site.workspace, None, PlanOptions(allow_deletes=True), path) == 1
    assert apply(site, path).synced_projects == [PROJECT]
    assert len(site.rows("clips")) == 4

    site.write([], [])
    assert save_plans(site.workspace, [PROJECT], PlanOptions(), path) == 0


def test_a_plan_is_saved_as_a_whole_or_not_at_all_and_never_among_autoclips_files(
    site: Site, tmp_path: Path
) -> None:
    (tmp_path / "plans").mkdir()
    before = site.state()
    for path in (
        tmp_path / "plans",
        tmp_path / "nowhere/plan.json",
        site.root / "plan.json",
        site.root / "projects" / PROJECT / "plan.json",
        Path(),
    ):
        with pytest.raises(SavedPlanError):
            save_plans(site.workspace, None, PlanOptions(), path)
    assert list((tmp_path / "plans").iterdir()) == []
    assert list(tmp_path.glob("*.part")) == []
    assert site.state() == before


def test_the_ledger_counts_what_a_saved_plan_changed(site: Site, saved: Path) -> None:
    summary = apply(site, saved)
    (run,) = newest_runs(site.workspace, 10)
    assert run.outcome == "success"
    assert run.counts is not None
    assert run.counts["changes"] == summary.changes


def test_a_change_while_the_plan_is_applied_stops_it_there_and_says_how_far_it_came(
    site: Site, tmp_path: Path
) -> None:
    others = [project_id(2), project_id(3)]
    for other in others:
        write_project(site.root, other, clips=[clip(1)], collections=[])
    path = tmp_path / "plan.json"
    assert save_plans(site.workspace, None, PlanOptions(), path) == 3

    def change_the_last(result: SyncResult) -> None:
        changed = [clip(1, generated_title="新")]
        write_project(site.root, others[1], clips=changed, collections=[])

    with pytest.raises(StalePlanError, match="2 of its projects had been applied") as e:
        apply_saved_plan(
            site.workspace,
            path,
            run=RunContext.for_command("sync"),
            on_result=change_the_last,
        )

    assert (e.value.project_id, e.value.applied) == (others[1], 2)
    assert sorted(row["id"] for row in site.rows("projects")) == [PROJECT, others[0]]
    assert newest_runs(site.workspace, 1)[0].outcome == "failed"
