"""Rule 8: limits on deleting what has no successor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clipsync.messages import message
from clipsync.model.base import Base
from clipsync.model.finding import Severity
from clipsync.model.manifest import Kind
from clipsync.model.reason import Reason, ReasonCode
from clipsync.reconcile.guards import exceeds, project_stop, row_count, run_stop
from clipsync.reconcile.options import PlanOptions, Prefer
from clipsync.reconcile.scene import Scene
from tests.reconcile.worlds import PROJECT, World, clip_record, collection_record, manifest


def world_of(clips: int, collections: int = 0) -> World:
    """A synced project of so many clips, and so many collections of its first clip."""
    world = World(
        manifest(
            [clip_record(number) for number in range(1, clips + 1)],
            [collection_record(number, [1]) for number in range(1, collections + 1)],
        )
    )
    world.sync()
    return world


def leave(world: World, clips: int, collections: int = 0) -> None:
    """A new run of the pipeline that cut only the first so many."""
    world.disk = replace(
        world.disk,
        clips=world.disk.clips[:clips],
        collections=world.disk.collections[:collections],
    )


@pytest.mark.parametrize(
    ("deletes", "rows", "limit", "expected"),
    [
        (0, 0, 0.5, False),
        (0, 10, 0.0, False),
        (1, 10, 0.0, True),
        (5, 10, 0.5, False),
        (6, 10, 0.5, True),
        (1, 1, 0.5, True),
        (1, 2, 0.5, False),
        (2, 3, 0.5, True),
        (10, 10, 1.0, False),
        (10, 100, 0.1, False),
        (11, 100, 0.1, True),
        (29, 100, 0.29, False),
        (30, 100, 0.29, True),
    ],
)
def test_a_limit_may_be_reached_and_not_exceeded(
    deletes: int, rows: int, limit: float, expected: bool
) -> None:
    assert exceeds(deletes, rows, limit) is expected


def test_half_of_a_projects_rows_may_go() -> None:
    world = world_of(4)
    leave(world, 2)

    plan = world.sync()

    assert (plan.stopped, plan.unsucceeded_deletes, plan.rows) == (None, 2, 4)
    assert sorted(world.clips) == sorted(row.row_id for row in world.base.rows)
    assert len(world.clips) == 2


def test_more_than_half_stops_the_project_and_changes_nothing() -> None:
    world = world_of(4)
    before = dict(world.clips)
    leave(world, 1)

    plan = world.sync()

    assert plan.stopped == Reason(ReasonCode.PROJECT_LIMIT, {"deletes": 3, "rows": 4, "limit": 0.5})
    assert (plan.unsucceeded_deletes, plan.rows) == (3, 4)
    (finding,) = plan.findings
    assert (finding.code, finding.severity, finding.evidence) == (
        "stopped_by_guard",
        Severity.ERROR,
        {"reason": plan.stopped.as_dict(), "deletes": 3, "rows": 4, "limit": 0.5},
    )
    assert message(finding) == (
        "Stopped: the plan would delete 3 of the project's 4 rows with nothing in their place "
        "(limit 50%). Nothing was changed. If the files are right, allow it with --allow-deletes."
    )
    assert not plan.consistent
    assert world.clips == before


def test_a_stopped_plan_shows_what_it_would_have_done() -> None:
    world = world_of(4)
    leave(world, 1)

    assert world.plan().counts()["delete"] == 3


def test_clips_and_collections_count_together() -> None:
    world = world_of(2, 2)
    leave(world, 2, 0)
    assert (world.plan().unsucceeded_deletes, world.plan().stopped) == (2, None)

    leave(world, 1, 0)
    assert world.plan().unsucceeded_deletes == 3
    assert world.plan().stopped is not None


def test_what_is_stopped_may_be_allowed_explicitly() -> None:
    world = world_of(4)
    leave(world, 0)

    plan = world.sync(allow_deletes=True)

    assert (plan.stopped, plan.unsucceeded_deletes) == (None, 4)
    assert world.clips == {}


@pytest.mark.parametrize("prefer", Prefer)
def test_the_guard_holds_whoever_is_preferred(prefer: Prefer) -> None:
    world = world_of(4)
    leave(world, 1)

    assert world.plan(prefer=prefer).stopped is not None


@pytest.mark.parametrize(("limit", "stops"), [(0.74, True), (0.75, False), (1.0, False)])
def test_the_limit_can_be_set(limit: float, stops: bool) -> None:
    world = world_of(4)
    leave(world, 1)

    assert (world.plan(delete_limit=limit).stopped is not None) is stops


def test_rows_of_people_count_among_those_there_are() -> None:
    """Three of six rows may go, though only four of them are the pipeline's."""
    world = world_of(4)
    for name in ("a", "b"):
        world.clips[name] = replace(world.clip_of("1"), id=name, clip_metadata=None, title=name)
    leave(world, 1)

    assert (world.plan().unsucceeded_deletes, world.plan().stopped) == (3, None)


def test_a_duplicate_has_a_successor_and_does_not_count() -> None:
    """All three rows are the same piece of video, and one of them stands for it."""
    world = World(manifest([clip_record(number, start=0, end=60) for number in (1, 2, 3)]))
    world.sync()
    world.disk = manifest([clip_record(9, start=0, end=60)])

    plan = world.sync()

    assert (plan.stopped, plan.unsucceeded_deletes) == (None, 0)
    assert plan.counts()["delete"] == 2


def test_another_clip_of_the_same_time_in_part_is_no_successor() -> None:
    """A successor counts only if it is the same thing: one long clip is none of four short ones."""
    world = world_of(4)
    world.disk = manifest([clip_record(9, start=60, end=300)])

    plan = world.plan()

    assert plan.stopped == Reason(ReasonCode.PROJECT_LIMIT, {"deletes": 4, "rows": 4, "limit": 0.5})


@pytest.mark.parametrize(
    ("clips", "collections", "left", "stopped"),
    [
        # A third of all rows, and every collection.
        (10, 5, (10, 0), ("collection", 5, 5)),
        (10, 5, (10, 2), ("collection", 3, 5)),
        (10, 6, (10, 3), None),
        # Fewer than five of a kind go with the project's limit alone.
        (10, 4, (10, 0), None),
        (5, 12, (2, 12), ("clip", 3, 5)),
        (4, 12, (0, 12), None),
    ],
)
def test_the_limit_holds_for_one_kind_of_five_or_more_as_well(
    clips: int, collections: int, left: tuple[int, int], stopped: tuple[str, int, int] | None
) -> None:
    """Rule 8."""
    world = World(
        manifest(
            [clip_record(number) for number in range(1, clips + 1)],
            [collection_record(number, []) for number in range(1, collections + 1)],
        )
    )
    world.sync()
    leave(world, *left)

    plan = world.plan()

    expected = None
    if stopped is not None:
        kind, deletes, rows = stopped
        values = {"kind": kind, "deletes": deletes, "rows": rows, "limit": 0.5}
        expected = Reason(ReasonCode.KIND_LIMIT, values)
    assert plan.stopped == expected
    assert world.plan(allow_deletes=True).stopped is None


def test_rows_are_clips_and_collections() -> None:
    world = world_of(3, 2)

    assert row_count(world.snapshot()) == 5


def test_no_row_deleted_never_stops() -> None:
    scene = Scene(manifest(), world_of(0).snapshot(), Base(PROJECT), PlanOptions(delete_limit=0))

    assert project_stop(scene, {Kind.CLIP: 0, Kind.COLLECTION: 0}) is None
    assert project_stop(scene, {}) is None


def test_a_run_stops_beyond_its_share_of_all_rows() -> None:
    assert run_stop(10, 100, 0.1) is None
    assert run_stop(0, 0, 0.1) is None
    assert run_stop(11, 100, 0.1) == Reason(
        ReasonCode.RUN_LIMIT, {"deletes": 11, "rows": 100, "limit": 0.1}
    )
