"""Planning: what the next sync would do, and nothing done."""

from __future__ import annotations

import pytest

from clipsync.errors import InvalidProjectIdError, UnknownProjectError
from clipsync.operations.planning import RunShare, plan_projects
from clipsync.reconcile import PlanOptions, Prefer
from tests.support.autoclip_files import clip, collection, project_id, tree_state, write_project
from tests.support.site import PROJECT, Site
from tests.support.statements import counted


def test_planning_writes_nothing_not_even_a_ledger(site: Site) -> None:
    before = site.state()
    with counted(site.workspace.engine) as statements:
        (plan,) = plan_projects(site.workspace, None)
    assert plan.counts() == {"insert": 6, "update": 0, "delete": 0, "relink": 2, "adopt": 0}
    assert statements.writes == []
    assert site.state() == before


def test_a_plan_is_what_the_sync_then_does(site: Site) -> None:
    (plan,) = plan_projects(site.workspace, [PROJECT])
    (result,) = site.sync()
    assert result.changes == plan.counts()
    assert {row["id"] for row in site.rows("clips")} == {
        change.row_id for change in plan.changes if change.table == "clips"
    }
    assert [again.empty for again in plan_projects(site.workspace, None)] == [True]


def test_the_same_sides_give_the_same_plan(site: Site) -> None:
    assert list(plan_projects(site.workspace, None)) == list(plan_projects(site.workspace, None))


def test_plans_come_in_the_order_asked_for_over_batches_and_without_repeats(site: Site) -> None:
    others = [project_id(number) for number in (5, 4, 3, 2)]
    for other in others:
        write_project(site.root, other, clips=[clip(1)], collections=[])
    asked = [*others, PROJECT, others[0]]
    assert [plan.project_id for plan in plan_projects(site.workspace, asked)] == [*others, PROJECT]
    assert [plan.project_id for plan in plan_projects(site.workspace, None)] == sorted(
        [*others, PROJECT]
    )


def test_the_number_of_statements_does_not_grow_with_the_projects_of_a_batch(site: Site) -> None:
    def statements() -> int:
        with counted(site.workspace.engine) as seen:
            list(plan_projects(site.workspace, None))
        return len(seen)

    statements()  # which asks, once, where AutoClip keeps its projects
    alone = statements()
    write_project(site.root, project_id(2), clips=[clip(1), clip(2)], collections=[])
    assert statements() == alone


def test_options_reach_the_planner(site: Site) -> None:
    site.sync()
    row = site.clip_row("第1段：标题")
    site.execute("UPDATE clips SET title = '我的' WHERE id = :id", id=row)
    site.write(
        [clip(1, generated_title="新"), clip(2), clip(3)],
        [collection(1, [3, 1]), collection(2, [2])],
    )
    titles = {
        prefer: [
            change.after.get("title")
            for plan in plan_projects(site.workspace, [PROJECT], PlanOptions(prefer=prefer))
            for change in plan.changes
        ]
        for prefer in Prefer
    }
    assert titles == {Prefer.MERGE: [None], Prefer.DISK: ["新"], Prefer.DATABASE: [None]}


def test_bad_input_is_told_before_anything_is_read(site: Site) -> None:
    disk = tree_state(site.root)
    with pytest.raises(InvalidProjectIdError):
        list(plan_projects(site.workspace, [PROJECT, "../etc"]))
    with pytest.raises(UnknownProjectError):
        list(plan_projects(site.workspace, [PROJECT, project_id(77)]))
    assert tree_state(site.root) == disk


class TestRunShare:
    """Rule 8: deletes beyond 10 % of all rows in a run stop that run."""

    def share(self, site: Site) -> RunShare:
        share = RunShare()
        for plan in plan_projects(site.workspace, None):
            share.take(plan)
        return share

    def test_it_foretells_what_a_sync_stops(self, site: Site) -> None:
        write_project(site.root, project_id(2), clips=[clip(1), clip(2)], collections=[])
        site.sync(None)
        site.write([clip(1), clip(2)], [collection(1, [1]), collection(2, [2])])
        share = self.share(site)
        assert (share.projects, share.rows, share.unsucceeded) == (2, 7, 1)
        foretold = share.stop(site.workspace, PlanOptions())
        stopped = [result.stopped for result in site.sync(None) if result.stopped]
        assert [foretold] == stopped
        assert share.stop(site.workspace, PlanOptions(allow_deletes=True)) is None

    def test_a_share_within_the_limit_stops_nothing(self, site: Site) -> None:
        write_project(
            site.root,
            project_id(2),
            clips=[clip(number) for number in range(1, 20)],
            collections=[],
        )
        site.sync(None)
        site.write([clip(1), clip(2)], [collection(1, [1]), collection(2, [2])])
        share = self.share(site)
        assert (share.unsucceeded, share.stop(site.workspace, PlanOptions())) == (1, None)

    def test_what_the_projects_own_limit_stops_is_no_part_of_it(self, site: Site) -> None:
        write_project(site.root, project_id(2), clips=[clip(1), clip(2)], collections=[])
        site.sync(None)
        site.write([], [])
        share = self.share(site)
        assert (share.rows, share.unsucceeded) == (7, 0)
        assert share.stop(site.workspace, PlanOptions()) is None

    def test_a_single_project_has_only_its_own_limit(self, site: Site) -> None:
        site.sync()
        site.write([clip(1), clip(2)], [collection(1, [1]), collection(2, [2])])
        share = self.share(site)
        assert (share.unsucceeded, share.stop(site.workspace, PlanOptions())) == (1, None)
        assert [result.success for result in site.sync(None)] == [True]
