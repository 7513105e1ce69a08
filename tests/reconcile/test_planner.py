"""One project's plan: when there is none (rules 8 and 9), what it tells, its order, its ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clipsync.messages import render
from clipsync.model.base import Base, Tombstone, TombstoneReason
from clipsync.model.finding import Severity
from clipsync.model.manifest import (
    DiskCode,
    DiskProblem,
    DiskReason,
    DiskState,
    Kind,
    MarkerCounts,
    MarkerState,
    ProjectRecord,
    QuarantinedRecord,
)
from clipsync.model.plan import LedgerDelta, Op, ProjectPlan, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.reconcile import PlanOptions, plan_project
from clipsync.reconcile.options import Prefer
from tests.reconcile.worlds import (
    PROJECT,
    World,
    autoclip_clip_row,
    autoclip_collection_row,
    clip_record,
    collection_record,
    manifest,
    project_row,
)

CLIPS = [clip_record(number) for number in range(1, 4)]
COLLECTIONS = [collection_record(1, [1, 2])]


def synced() -> World:
    world = World(manifest(CLIPS, COLLECTIONS), project=project_row())
    world.sync()
    return world


def codes(plan: ProjectPlan) -> list[tuple[str, Severity]]:
    return [(finding.code, finding.severity) for finding in plan.findings]


def bad(kind: Kind, source_id: str | None = "9", position: int = 0) -> QuarantinedRecord:
    return QuarantinedRecord(
        kind, f"{kind.value}s.json", position, source_id, DiskReason(DiskCode.ID_EMPTY), "{}"
    )


def assert_nothing_planned(world: World, skipped: str, **options: Any) -> ProjectPlan:
    """Nothing changes, in the database or in what the ledger remembers."""
    plan = world.plan(**options)
    assert plan.skipped is not None
    assert render(plan.skipped) == skipped
    assert plan.changes == ()
    assert plan.empty
    assert plan.ledger == LedgerDelta(
        before=world.base,
        rows=world.base.rows,
        tombstones=world.base.tombstones,
        seen_collection_row_ids=world.base.seen_collection_row_ids,
        project_values=world.base.project_values,
    )
    return plan


# -- absence is never a reason to delete (rule 8) --------------------------------------------------

EVERYTHING: list[dict[str, Any]] = [
    {},
    {"allow_deletes": True},
    {"restore_all": True},
    {"delete_limit": 1.0},
    {"allow_deletes": True, "prefer": Prefer.DISK},
]


@pytest.mark.parametrize("options", EVERYTHING)
def test_a_directory_that_is_gone_changes_nothing_in_any_mode(options: dict[str, Any]) -> None:
    world = synced()
    world.disk = manifest(state=DiskState.ABSENT, clips_known=False, collections_known=False)

    plan = assert_nothing_planned(world, "absent: its directory is not on the disk", **options)

    assert codes(plan) == [("directory_missing", Severity.WARNING)]
    assert plan.findings[0].evidence == {"rows": 4, "status": "COMPLETED"}
    assert (plan.clips, plan.collections, plan.rows) == (0, 0, 4)


def test_a_project_that_is_nowhere_is_nothing_to_tell() -> None:
    world = World(manifest(state=DiskState.ABSENT))

    assert assert_nothing_planned(world, "absent: its directory is not on the disk").findings == ()


def test_rows_without_a_project_are_told_as_well() -> None:
    world = World(manifest(state=DiskState.ABSENT))
    world.clips["a"] = autoclip_clip_row(CLIPS[0], "a")

    plan = assert_nothing_planned(world, "absent: its directory is not on the disk")

    assert plan.findings[0].evidence == {"rows": 1, "status": "none"}


@pytest.mark.parametrize("options", EVERYTHING)
def test_files_that_cannot_be_read_change_nothing_in_any_mode(options: dict[str, Any]) -> None:
    world = synced()
    problems = (
        DiskProblem("a.json", DiskReason(DiskCode.HALF_WRITTEN, {"at": 1})),
        DiskProblem("b.json", DiskReason(DiskCode.NOT_PERMITTED)),
    )
    world.disk = manifest(state=DiskState.UNREADABLE, problems=problems)

    plan = assert_nothing_planned(
        world,
        "unreadable: a.json: half-written JSON: unexpected end at byte 1; "
        "b.json: not permitted to read it",
        **options,
    )

    assert codes(plan) == [("unreadable", Severity.ERROR)] * 2
    assert [finding.subject for finding in plan.findings] == ["a.json", "b.json"]
    assert not plan.consistent


@pytest.mark.parametrize("options", EVERYTHING)
@pytest.mark.parametrize(
    ("counts", "disk", "skipped", "evidence"),
    [
        (
            MarkerCounts(4, 1),
            {},
            "contradicting: the completion marker counts 4 clips, the file 3",
            {"kind": "clip", "marker": 4, "records": 3},
        ),
        (
            MarkerCounts(3, 2),
            {},
            "contradicting: the completion marker counts 2 collections, the file 1",
            {"kind": "collection", "marker": 2, "records": 1},
        ),
        (
            MarkerCounts(None, 2),
            {},
            "contradicting: the completion marker counts 2 collections, the file 1",
            {"kind": "collection", "marker": 2, "records": 1},
        ),
        (
            MarkerCounts(5, 1),
            {"quarantined": (bad(Kind.CLIP),)},
            "contradicting: the completion marker counts 5 clips, the file 4",
            {"kind": "clip", "marker": 5, "records": 4},
        ),
        (
            MarkerCounts(4, 1),
            {"quarantined": (bad(Kind.COLLECTION),)},
            "contradicting: the completion marker counts 4 clips, the file 3",
            {"kind": "clip", "marker": 4, "records": 3},
        ),
        (
            MarkerCounts(1, None),
            {"clips": (), "clips_known": False},
            "contradicting: the completion marker counts 1 clip that no file has",
            {"kind": "clip", "marker": 1, "records": 0},
        ),
    ],
)
def test_a_marker_that_contradicts_the_files_changes_nothing_in_any_mode(
    counts: MarkerCounts,
    disk: dict[str, Any],
    skipped: str,
    evidence: dict[str, Any],
    options: dict[str, Any],
) -> None:
    world = synced()
    world.disk = replace(manifest(CLIPS, COLLECTIONS), marker_counts=counts, **disk)

    plan = assert_nothing_planned(world, skipped, **options)

    (finding,) = [found for found in plan.findings if found.code == "marker_contradicts"]
    assert (finding.severity, finding.evidence) == (Severity.ERROR, evidence)
    assert (plan.disk_clips, plan.disk_collections) == (len(world.disk.clips), 1)
    assert plan.quarantined == len(world.disk.quarantined)


@pytest.mark.parametrize(
    ("counts", "disk"),
    [
        (MarkerCounts(3, 1), {}),
        (MarkerCounts(None, None), {}),
        (MarkerCounts(4, 1), {"quarantined": (bad(Kind.CLIP),)}),
        (MarkerCounts(3, 2), {"quarantined": (bad(Kind.COLLECTION),)}),
        (MarkerCounts(3, 9), {"collections": (), "collections_known": False}),
        (MarkerCounts(0, None), {"clips": (), "clips_known": False}),
        (MarkerCounts(None, None), {"clips": (), "clips_known": False}),
    ],
)
def test_a_marker_that_counts_no_more_than_the_files_hold_is_of_their_run(
    counts: MarkerCounts, disk: dict[str, Any]
) -> None:
    world = World(replace(manifest(CLIPS, COLLECTIONS), marker_counts=counts, **disk))

    plan = world.plan()

    assert plan.skipped is None
    assert "marker_contradicts" not in {finding.code for finding in plan.findings}


# -- projects that are gone (rule 7) ---------------------------------------------------------------


def test_a_project_whose_row_is_gone_was_deleted_with_all_that_is_left_on_disk() -> None:
    world = synced()
    known = world.base
    world.delete_project()

    plan = world.sync()

    assert plan.skipped == Reason(ReasonCode.PROJECT_DELETED)
    assert plan.changes == ()
    assert codes(plan) == [("project_deleted", Severity.INFO)]
    assert plan.consistent
    assert (world.project, world.clips, world.collections) == (None, {}, {})
    # What the ledger knows of it waits for a restore.
    assert world.base == replace(known, project_deleted=True)


def test_a_deleted_project_stays_deleted_whatever_is_lost_meanwhile() -> None:
    world = synced()
    world.delete_project()
    world.sync()

    for options in (
        {},
        {"projects_lost": (2, 3)},
        {"projects_lost": (2, 3), "allow_restore": True},
    ):
        plan = world.plan(**options)
        assert (plan.skipped, plan.empty) == (Reason(ReasonCode.PROJECT_DELETED), True)


def test_a_restored_project_comes_back_with_its_ids_and_what_people_did() -> None:
    world = synced()
    row_id = world.clip_of("2").id
    world.edit_clip(row_id, title="我的")
    world.set_content(world.collection_of("1").id, [row_id])
    world.sync()
    clips = {found: row.title for found, row in world.clips.items()}
    collections = {found: world.content_of(found) for found in world.collections}
    world.delete_project()
    world.sync()

    plan = world.sync(restore_project=True)

    assert (plan.skipped, world.base.project_deleted) == (None, False)
    assert world.project is not None
    assert {found: row.title for found, row in world.clips.items()} == clips
    assert {found: world.content_of(found) for found in world.collections} == collections
    assert world.sync().skipped is None


def test_many_projects_gone_at_once_are_a_loss_and_a_question() -> None:
    world = synced()
    clips = set(world.clips)
    world.delete_project()

    asked = world.plan(projects_lost=(3, 5))

    assert (asked.skipped, asked.stopped) == (
        None,
        Reason(ReasonCode.PROJECTS_GONE, {"gone": 3, "known": 5}),
    )
    assert asked.empty
    assert codes(asked)[0] == ("projects_gone", Severity.ERROR)
    assert asked.findings[0].evidence == {"gone": 3, "known": 5}
    world.sync(projects_lost=(3, 5), allow_restore=True)
    assert world.project is not None
    assert set(world.clips) == clips


def test_a_directory_that_the_ledger_never_knew_is_new() -> None:
    for options in ({}, {"projects_lost": (3, 5)}):
        world = World(manifest(CLIPS, COLLECTIONS))

        plan = world.sync(**options)

        assert (plan.skipped, len(world.clips)) == (None, 3)


def test_a_directory_that_is_gone_with_its_rows_is_nothing_to_decide() -> None:
    world = synced()
    world.delete_project()
    world.disk = manifest(state=DiskState.ABSENT)

    plan = world.plan()

    assert (plan.skipped, plan.empty) == (Reason(ReasonCode.ABSENT), True)
    assert plan.findings == ()


# -- still processing is no error (rule 9) --------------------------------------------------------


@pytest.mark.parametrize("status", ["PENDING", "PROCESSING"])
def test_a_project_without_final_files_is_still_processing(status: str) -> None:
    world = World(manifest(state=DiskState.PROCESSING), project=project_row(status=status))

    plan = assert_nothing_planned(world, "processing: no final files yet")

    assert codes(plan) == [("processing", Severity.INFO)]
    assert plan.consistent


def test_a_completed_project_of_no_rows_and_no_files_is_nothing_to_warn_of() -> None:
    world = World(manifest(state=DiskState.PROCESSING), project=project_row())

    assert codes(world.plan()) == [("processing", Severity.INFO)]


@pytest.mark.parametrize("options", EVERYTHING)
def test_files_that_are_gone_from_a_project_we_synced_are_told(options: dict[str, Any]) -> None:
    world = synced()
    world.project = project_row(status="PENDING")
    world.disk = manifest(state=DiskState.PROCESSING)

    plan = assert_nothing_planned(
        world, render(Reason(ReasonCode.FILES_GONE, {"rows": 4})), **options
    )

    assert codes(plan) == [("files_missing", Severity.WARNING)]
    assert plan.findings[0].evidence == {"rows": 4}


def test_rows_of_a_completed_project_whose_files_are_gone_are_told() -> None:
    world = World(manifest(state=DiskState.PROCESSING), project=project_row())
    world.clips["a"] = autoclip_clip_row(CLIPS[0], "a")
    assert codes(world.plan()) == [("files_missing", Severity.WARNING)]

    world.project = project_row(status="PROCESSING")
    assert codes(world.plan()) == [("processing", Severity.INFO)]


def test_a_retry_under_way_is_waited_for() -> None:
    world = synced()
    world.disk = manifest([clip_record(1, title="新的")], COLLECTIONS)

    plan = assert_nothing_planned(
        world, "processing: a retry is under way", retry_under_way=True, allow_deletes=True
    )

    assert codes(plan) == [("retry_under_way", Severity.INFO)]
    assert plan.consistent


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (DiskState.ABSENT, "directory_missing"),
        (DiskState.UNREADABLE, "unreadable"),
        (DiskState.PROCESSING, "files_missing"),
    ],
)
def test_what_the_disk_says_goes_before_a_retry(state: DiskState, code: str) -> None:
    world = synced()
    world.disk = manifest(
        state=state, problems=(DiskProblem("a.json", DiskReason(DiskCode.NOT_PERMITTED)),)
    )

    assert [found.code for found in world.plan(retry_under_way=True).findings] == [code]


@pytest.mark.parametrize("status", ["PENDING", "PROCESSING", "FAILED"])
def test_a_stuck_project_whose_files_are_complete_is_repaired(status: str) -> None:
    world = World(manifest(CLIPS, COLLECTIONS), project=project_row(status=status))

    plan = world.sync()

    assert world.project is not None
    assert world.project.status == "COMPLETED"
    assert (plan.clips, plan.collections) == (3, 1)


@pytest.mark.parametrize("state", [DiskState.ABSENT, DiskState.UNREADABLE, DiskState.PROCESSING])
def test_a_skipped_plan_is_of_its_project(state: DiskState) -> None:
    world = World(manifest(CLIPS, state=state, quarantined=(bad(Kind.CLIP),)))
    world.project = project_row(name="我的项目")

    plan = world.plan()

    assert (plan.project_id, plan.name, plan.state) == (PROJECT, "我的项目", state)
    assert (plan.disk_clips, plan.quarantined) == (3, 1)
    assert plan.findings[0].code == "quarantined"


# -- what the disk has to tell ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        (MarkerState.PRESENT, []),
        (MarkerState.NOT_USED, []),
        (MarkerState.MISSING, ["marker_missing"]),
        (MarkerState.UNREADABLE, ["marker_missing"]),
    ],
)
def test_a_missing_marker_is_told_and_the_records_are_synced(
    marker: MarkerState, expected: list[str]
) -> None:
    world = World(manifest(CLIPS, COLLECTIONS, marker=marker))

    plan = world.sync()

    assert [finding.code for finding in plan.findings] == expected
    assert (len(world.clips), len(world.collections)) == (3, 1)


@pytest.mark.parametrize(
    ("cut", "seen", "expected"),
    [
        (3, "", None),
        (None, "", None),
        (None, "123", None),
        (2, "", {"marker_clips": 2, "source_ids": []}),
        (0, "", {"marker_clips": 0, "source_ids": []}),
        (2, "13", {"marker_clips": 2, "source_ids": ["2"]}),
        (3, "1", {"marker_clips": None, "source_ids": ["2", "3"]}),
        (None, "1", {"marker_clips": None, "source_ids": ["2", "3"]}),
    ],
)
def test_missing_videos_are_told_where_some_are_in_sight_or_the_marker_counts_fewer(
    cut: int | None, seen: str, expected: dict[str, Any] | None
) -> None:
    """All missing at once: the videos lie on AutoClip's machine only."""
    clips = [replace(record, video_exists=record.source_id in seen) for record in CLIPS]
    counts = None if cut is None else MarkerCounts(cut, None)

    plan = World(manifest(clips, marker_counts=counts)).plan()

    found = [finding.evidence for finding in plan.findings if finding.code == "missing_video"]
    assert found == ([] if expected is None else [expected])
    assert plan.counts()["insert"] == 4


def test_side_files_that_cannot_be_read_are_told_and_the_rest_is_synced() -> None:
    world = World(
        manifest(
            CLIPS,
            problems=(DiskProblem("project.json", DiskReason(DiskCode.HALF_WRITTEN, {"at": 1})),),
        )
    )

    plan = world.sync()

    assert codes(plan) == [("side_file_unreadable", Severity.WARNING)]
    assert len(world.clips) == 3


def test_a_bad_record_is_told_and_the_rest_is_synced() -> None:
    """Rule 11."""
    world = World(
        manifest(CLIPS, COLLECTIONS, quarantined=(bad(Kind.CLIP), bad(Kind.CLIP, None, 1)))
    )

    plan = world.sync()

    assert codes(plan) == [("quarantined", Severity.WARNING)] * 2
    assert plan.quarantined == 2
    assert (plan.clips, plan.collections) == (3, 1)


# -- a whole plan ----------------------------------------------------------------------------------


def test_a_project_the_database_does_not_have_is_brought_whole() -> None:
    world = World(manifest(CLIPS, COLLECTIONS))

    plan = world.plan()

    assert plan.counts() == {"insert": 5, "update": 0, "delete": 0, "relink": 1, "adopt": 0}
    assert (plan.name, plan.state) == ("演示", DiskState.COMPLETED)
    assert (plan.clips, plan.collections, plan.clips_now, plan.collections_now) == (3, 1, 0, 0)
    assert (plan.disk_clips, plan.disk_collections, plan.rows) == (3, 1, 0)
    assert (plan.stopped, plan.skipped, plan.findings) == (None, None, ())
    world.apply(plan)
    again = world.plan()
    assert again.empty
    assert again.consistent
    assert (again.clips_now, again.collections_now, again.rows) == (3, 1, 4)


def test_parents_come_before_children_links_last_and_adoptions_at_the_end() -> None:
    world = World(
        manifest(
            [*CLIPS, clip_record(4)],
            [collection_record(1, [1, 4]), collection_record(2, [3])],
        ),
        project=project_row(status="FAILED"),
    )
    for record in CLIPS[:2]:
        world.clips[record.source_id] = autoclip_clip_row(record, record.source_id, score=0.1)
    world.clips["gone"] = autoclip_clip_row(clip_record(9), "gone")
    for source, name, clip in ((1, "c", "1"), (9, "old", "2")):
        world.collections[name] = autoclip_collection_row(
            collection_record(source, [int(clip)]), name, [clip]
        )
        world.links[name] = [clip]

    plan = world.plan()

    adopts = {(change.op, change.table) for change in plan.changes[-3:]}
    assert adopts == {(Op.ADOPT, Table.CLIPS), (Op.ADOPT, Table.COLLECTIONS)}
    steps = [(change.op, change.table) for change in plan.changes[:-3]]
    assert steps == [
        (Op.UPDATE, Table.PROJECTS),
        *[(Op.INSERT, Table.CLIPS)] * 2,
        *[(Op.UPDATE, Table.CLIPS)] * 2,
        (Op.DELETE, Table.CLIPS),
        (Op.INSERT, Table.COLLECTIONS),
        (Op.UPDATE, Table.COLLECTIONS),
        (Op.DELETE, Table.COLLECTIONS),
        *[(Op.RELINK, Table.LINKS)] * 3,
    ]
    assert plan.unsucceeded_deletes == 2


def test_only_what_touches_autoclips_tables_makes_a_plan_inconsistent() -> None:
    world = World(manifest(CLIPS), project=project_row())
    for record in CLIPS:
        world.clips[record.source_id] = autoclip_clip_row(record, record.source_id)

    plan = world.plan()

    assert (plan.empty, plan.consistent, plan.data_changes) == (False, True, ())
    assert len(plan.changes) == 3


def test_no_clips_are_a_truth_as_well() -> None:
    world = World(manifest(marker=MarkerState.NOT_USED))

    plan = world.sync()

    assert [change.table for change in plan.changes] == [Table.PROJECTS]
    assert plan.findings == ()


# -- what the ledger is to remember ----------------------------------------------------------------


def test_an_unchanged_ledger_is_not_written() -> None:
    delta = synced().plan().ledger

    assert (delta.rows_changed, delta.tombstones_changed, delta.seen_changed) == (
        False,
        False,
        False,
    )


def test_the_order_in_which_the_ledger_was_read_does_not_matter() -> None:
    world = synced()
    stones = tuple(
        Tombstone(Kind.CLIP, source, None, "", TombstoneReason.DELETED) for source in ("8", "9")
    )
    world.base = replace(world.base, rows=world.base.rows[::-1], tombstones=stones)
    assert world.plan().empty

    world.base = replace(world.base, tombstones=stones[::-1])
    assert world.plan().empty


def test_a_new_file_value_is_remembered_though_no_row_changes() -> None:
    world = synced()
    row_id = world.clip_of("1").id
    world.edit_clip(row_id, title="我的")
    world.sync()
    world.edit_clip(row_id, title="新的")
    world.disk = manifest([clip_record(1, title="新的"), *CLIPS[1:]], COLLECTIONS)
    world.edit_clip(row_id, clip_metadata=dict(world.disk.clips[0].content))

    plan = world.plan()

    assert plan.changes == ()
    assert plan.ledger.rows_changed
    assert not plan.empty


def test_base_rows_are_of_the_records_rows_in_a_fixed_order() -> None:
    world = synced()

    rows = world.base.rows

    assert rows == tuple(sorted(rows, key=lambda row: (row.kind.value, row.row_id)))
    assert {(row.kind, row.row_id) for row in rows} == {
        *((Kind.CLIP, row_id) for row_id in world.clips),
        *((Kind.COLLECTION, row_id) for row_id in world.collections),
    }


def test_every_collection_ever_seen_is_remembered() -> None:
    world = synced()
    made = set(world.collections)
    assert world.base.seen_collection_row_ids == made
    world.collections["mine"] = replace(
        world.collection_of("1"), id="mine", name="我的", collection_metadata={}
    )
    world.disk = replace(world.disk, deleted_collection_row_ids=("noted",))

    plan = world.sync()

    assert plan.ledger.seen_changed
    assert world.base.seen_collection_row_ids == made | {"mine", "noted"}
    del world.collections["mine"]
    assert not world.plan().ledger.seen_changed


def test_a_tombstone_that_was_dug_up_is_forgotten_and_others_stay() -> None:
    world = synced()
    world.disk = replace(world.disk, clips=(*CLIPS, clip_record(4), clip_record(5)))
    world.base = Base(
        PROJECT,
        known=True,
        rows=world.base.rows,
        tombstones=tuple(
            Tombstone(Kind.CLIP, source, None, "", TombstoneReason.DELETED) for source in "45"
        ),
        seen_collection_row_ids=world.base.seen_collection_row_ids,
    )
    world.clips["back"] = autoclip_clip_row(clip_record(4), "back", title="我的")

    plan = world.sync()

    assert [stone.source_id for stone in world.base.tombstones] == ["5"]
    assert plan.ledger.tombstones_changed
    assert set(world.clips) >= {"back"}


def test_without_options_a_plan_merges_and_guards() -> None:
    world = synced()
    world.disk = manifest()
    given = plan_project(world.disk, world.snapshot(), world.base, PlanOptions())

    plan = plan_project(world.disk, world.snapshot(), world.base)

    assert plan == given
    assert plan.stopped is not None


def test_names_and_ids_come_from_the_manifest() -> None:
    world = World(manifest(project=ProjectRecord()))

    assert (world.plan().name, world.plan().project_id) == ("项目_455d6e8c", PROJECT)
