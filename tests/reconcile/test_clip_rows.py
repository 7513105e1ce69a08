"""Clips: what a plan does to their rows (rules 1, 2, 4, 5, 6, 7, 11 and 13)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clipsync.model.base import BaseRow
from clipsync.model.manifest import (
    ClipRecord,
    DiskCode,
    DiskReason,
    Kind,
    MarkerState,
    QuarantinedRecord,
)
from clipsync.model.plan import Change, Op, ProjectPlan, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import BrokenJson, ClipRow
from clipsync.reconcile.options import Prefer
from tests.reconcile.worlds import (
    DIRECTORY,
    PROJECT,
    World,
    autoclip_clip_row,
    autoclip_collection_row,
    clip_record,
    collection_record,
    manifest,
    project_row,
)

EDITED = "2026-01-05 00:00:00.000000"
"""`updated_at` of a row that somebody changed."""

COLLECTION_BY_HAND = autoclip_collection_row(collection_record(1, []), "mine", [], name="我的合集")


def synced(*records: ClipRecord) -> World:
    world = World(manifest(list(records)), project=project_row())
    world.sync()
    return world


def found_in(records: list[ClipRecord], **rows: ClipRow) -> World:
    """A database that ClipSync has never seen."""
    return World(manifest(records), clips=dict(rows), project=project_row())


def codes(plan: ProjectPlan) -> dict[str, str]:
    """Code to subject of every finding."""
    return {finding.code: finding.subject for finding in plan.findings}


def ops(plan: ProjectPlan) -> list[tuple[str, str]]:
    return [(change.op.value, change.row_id) for change in plan.changes]


def quarantined(*source_ids: str | None) -> tuple[QuarantinedRecord, ...]:
    return tuple(
        QuarantinedRecord(
            Kind.CLIP, "clips.json", 8 + place, source, DiskReason(DiskCode.ID_EMPTY), "{}"
        )
        for place, source in enumerate(source_ids)
    )


# -- a new record ----------------------------------------------------------------------------------


def test_a_record_without_a_row_is_inserted_as_autoclip_would_have_made_it() -> None:
    record = clip_record(1)
    plan = World(manifest([record]), project=project_row()).plan()

    (change,) = plan.changes
    (row,) = plan.ledger.rows
    assert change == Change(
        op=Op.INSERT,
        table=Table.CLIPS,
        project_id=PROJECT,
        row_id=row.row_id,
        source_id="1",
        before={},
        after={
            "id": row.row_id,
            "project_id": PROJECT,
            "title": "片段1",
            "description": "理由1",
            "status": "COMPLETED",
            "start_time": 60,
            "end_time": 110,
            "duration": 50,
            "score": 0.9,
            "video_path": f"{DIRECTORY}/output/clips/1_片段1.mp4",
            "tags": [],
            "clip_metadata": dict(record.content),
        },
        why={"": Reason(ReasonCode.NEW_ON_DISK)},
    )
    assert row == BaseRow(
        kind=Kind.CLIP,
        source_id="1",
        row_id=row.row_id,
        file_values={"title": "片段1", "description": "理由1"},
        kept_values={"title": "片段1", "description": "理由1"},
        start_ms=60_000,
        end_ms=110_000,
    )
    assert (plan.clips, plan.clips_now) == (1, 0)


def test_seconds_are_rounded_down() -> None:
    world = synced(replace(clip_record(1), start_ms=60_999, end_ms=110_999))

    row = world.clip_of("1")
    assert (row.start_time, row.end_time, row.duration) == (60, 110, 50)


@pytest.mark.parametrize(
    ("written", "stored"), [({"final_score": None}, None), ({}, 0.0), ({"final_score": 0.7}, 0.7)]
)
def test_a_record_without_a_score_has_autoclips_default_and_a_null_stays_null(
    written: dict[str, Any], stored: float | None
) -> None:
    record = clip_record(1)
    content = {key: value for key, value in record.content.items() if key != "final_score"}
    world = synced(
        replace(record, score=written.get("final_score"), content={**content, **written})
    )

    assert world.clip_of("1").score == stored


# -- merge (rule 2) --------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["title", "description"])
def test_a_field_that_only_the_file_changed_follows_it(column: str) -> None:
    world = synced(clip_record(1))
    row_id = world.clip_of("1").id
    texts: dict[str, Any] = {column: "新的"}
    world.disk = manifest([clip_record(1, **texts)])

    plan = world.plan()

    (change,) = plan.changes
    assert (change.op, change.row_id, change.source_id) == (Op.UPDATE, row_id, "1")
    assert change.after[column] == "新的"
    assert change.why[column] == Reason(ReasonCode.FROM_DISK)
    assert change.before[column] == {"title": "片段1", "description": "理由1"}[column]
    assert set(change.after) == {column, "clip_metadata"}
    assert plan.findings == ()


@pytest.mark.parametrize("column", ["title", "description"])
@pytest.mark.parametrize("value", ["我的", ""])
def test_an_edited_field_stays_and_is_known_to_be_edited(column: str, value: str) -> None:
    world = synced(clip_record(1))
    row_id = world.clip_of("1").id
    world.edit_clip(row_id, **{column: value})

    plan = world.sync()

    assert getattr(world.clips[row_id], column) == value
    assert plan.changes == ()
    assert plan.findings == ()
    (row,) = world.base.rows
    values = {"title": "片段1", "description": "理由1"}
    assert (row.file_values, row.kept_values) == (values, {**values, column: value})


def test_when_both_changed_the_persons_stays_with_a_finding_and_the_rest_follows() -> None:
    world = synced(clip_record(1))
    row_id = world.clip_of("1").id
    world.edit_clip(row_id, title="我的")
    world.disk = manifest([clip_record(1, title="新的", description="新的")])

    plan = world.sync()

    row = world.clips[row_id]
    assert (row.title, row.description) == ("我的", "新的")
    assert codes(plan) == {"edit_conflict": f"{row_id}.title"}
    assert codes(world.plan()) == {}


def test_the_files_value_becomes_the_base_so_that_a_conflict_is_told_once() -> None:
    world = synced(clip_record(1))
    row_id = world.clip_of("1").id
    world.edit_clip(row_id, title="我的")
    world.disk = manifest([clip_record(1, title="新的")])
    world.sync()
    world.edit_clip(row_id, title="新的")
    world.disk = manifest([clip_record(1, title="更新")])

    plan = world.sync()

    assert world.clips[row_id].title == "更新"
    assert codes(plan) == {}


def test_without_a_base_a_difference_is_kept_and_reported() -> None:
    """A composite id whose video tells nothing of the title."""
    row_id = f"{PROJECT}_1"
    row = autoclip_clip_row(
        clip_record(1), row_id, title="某人的", clip_metadata={}, video_path=None, updated_at=EDITED
    )
    world = found_in([clip_record(1)], a=row)
    world.clips = {row_id: row}

    plan = world.sync()

    assert world.clips[row_id].title == "某人的"
    assert codes(plan) == {"kept_unknown_edit": f"{row_id}.title"}
    world.disk = manifest([clip_record(1, title="新的")])
    assert codes(world.sync()) == {"edit_conflict": f"{row_id}.title"}


def test_who_is_preferred_wins() -> None:
    for prefer, title in ((Prefer.DISK, "新的"), (Prefer.DATABASE, "我的")):
        world = synced(clip_record(1))
        row_id = world.clip_of("1").id
        world.edit_clip(row_id, title="我的")
        world.disk = manifest([clip_record(1, title="新的")])

        plan = world.sync(prefer=prefer)

        assert world.clips[row_id].title == title
        assert codes(plan) == {}


# -- fields that are ours --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        ("status", "PENDING"),
        ("start_time", 61),
        ("start_time", None),
        ("end_time", 111),
        ("duration", 0),
        ("score", 0.5),
        ("score", None),
        ("clip_metadata", None),
        ("clip_metadata", {"id": "1"}),
        ("video_path", None),
        ("video_path", f"{DIRECTORY}/output/clips/2_x.mp4"),
        ("status", "completed"),
    ],
)
def test_a_field_of_ours_is_put_right_alone(column: str, wrong: Any) -> None:
    world = synced(clip_record(1))
    right = world.clip_of("1")
    world.edit_clip(right.id, **{column: wrong})

    plan = world.plan()

    (change,) = plan.changes
    assert (change.op, change.row_id) == (Op.UPDATE, right.id)
    assert change.before == {column: wrong}
    assert change.after == {column: getattr(right, column)}
    assert change.why == {column: Reason(ReasonCode.FROM_DISK)}
    assert (plan.clips, plan.clips_now) == (1, 0)


@pytest.mark.parametrize(
    "values",
    [
        {"score": 0.9000000001},
        {"start_time": 60.0},
        {"tags": ["我的"]},
        {"recommendation_reason": "x"},
        {"title": "片段1"},
    ],
)
def test_what_is_right_already_or_not_ours_is_not_written(values: dict[str, Any]) -> None:
    world = synced(clip_record(1))
    world.edit_clip(world.clip_of("1").id, **values)

    plan = world.plan()

    assert plan.empty
    assert (plan.clips, plan.clips_now) == (1, 1)


def test_what_others_keep_in_the_metadata_stays_and_old_record_keys_go() -> None:
    row_id = "a"
    record = clip_record(1)
    content = {key: value for key, value in record.content.items() if key != "outline"}
    world = found_in(
        [replace(record, content=content)],
        a=autoclip_clip_row(
            record,
            row_id,
            clip_metadata={**record.content, "title": "旧", "rating": 5, "generated_title": "旧"},
        ),
    )

    world.sync()

    assert world.clips[row_id].clip_metadata == {**content, "rating": 5}


@pytest.mark.parametrize("column", ["clip_metadata", "tags"])
def test_json_that_does_not_parse_is_reported(column: str) -> None:
    world = synced(clip_record(1))
    row_id = world.clip_of("1").id
    world.edit_clip(row_id, **{column: BrokenJson("{")})

    plan = world.plan()

    assert codes(plan) == {"broken_json": row_id}
    (finding,) = plan.findings
    assert finding.evidence == {"kind": "clip", "row_id": row_id, "column": column}
    if column == "clip_metadata":
        (change,) = plan.changes
        assert change.before == {"clip_metadata": "{"}
        assert change.after == {"clip_metadata": dict(clip_record(1).content)}
    else:
        assert plan.empty


# -- adoption --------------------------------------------------------------------------------------


def test_a_row_that_autoclip_made_is_adopted_without_touching_it() -> None:
    world = found_in([clip_record(1)], a=autoclip_clip_row(clip_record(1), "a"))

    plan = world.plan()

    assert ops(plan) == [("adopt", "a")]
    assert plan.data_changes == ()
    (change,) = plan.changes
    assert (change.before, change.after) == ({}, {})
    assert change.why == {"": Reason(ReasonCode.MADE_BY_AUTOCLIP)}
    assert (plan.clips, plan.clips_now) == (1, 1)
    (row,) = plan.ledger.rows
    assert (row.row_id, row.source_id) == ("a", "1")


def test_an_edit_made_before_our_time_is_known_by_the_record_in_the_row() -> None:
    row = autoclip_clip_row(clip_record(1, title="旧"), "a", title="我的", description="理由1")
    world = found_in([clip_record(1, title="旧")], a=row)
    assert codes(world.sync()) == {}
    assert world.clips["a"].title == "我的"

    world = found_in([clip_record(1, title="新")], a=row)
    assert codes(world.sync()) == {"edit_conflict": "a.title"}
    assert world.clips["a"].title == "我的"


# -- what a record is (rule 1) ---------------------------------------------------------------------


def test_an_equal_id_and_overlapping_times_are_the_same_clip() -> None:
    world = synced(clip_record(1, start=60, end=120))
    row_id = world.clip_of("1").id
    world.disk = manifest([clip_record(1, start=119, end=200, title="新的")])

    world.sync()

    row = world.clips[row_id]
    assert (row.start_time, row.end_time, row.title) == (119, 200, "新的")


def test_an_equal_number_without_overlap_is_another_clip() -> None:
    """And its row no successor of the one that goes (rule 8)."""
    world = synced(clip_record(1, start=60, end=120), clip_record(7))
    old = world.clip_of("1").id
    world.disk = manifest([clip_record(1, start=120, end=200), clip_record(7)])

    plan = world.sync()

    new = world.clip_of("1").id
    assert new != old
    assert ops(plan) == [("insert", new), ("delete", old)]
    assert plan.changes[1].why == {"": Reason(ReasonCode.NOT_IN_FILE)}
    assert plan.unsucceeded_deletes == 1
    assert old not in {row.row_id for row in world.base.rows}


def test_an_edited_row_whose_id_is_another_clips_stays_with_a_finding() -> None:
    world = synced(clip_record(1, start=60, end=120))
    old = world.clip_of("1").id
    world.edit_clip(old, title="我的")
    world.disk = manifest([clip_record(1, start=200, end=300)])

    plan = world.sync()

    assert world.clips[old].title == "我的"
    assert len(world.clips) == 2
    assert codes(plan) == {"edited_stale": old}


def test_rows_follow_their_pieces_of_video_through_a_retry_that_numbers_anew() -> None:
    """Rule 1: the same two clips the other way round keep their rows, times and edits."""
    world = synced(clip_record(1, start=0, end=50), clip_record(2, start=100, end=150))
    first, second = world.clip_of("1").id, world.clip_of("2").id
    world.edit_clip(first, title="我的")
    world.disk = manifest([clip_record(1, start=100, end=150), clip_record(2, start=0, end=50)])

    plan = world.sync()

    assert (plan.counts()["insert"], plan.counts()["delete"], plan.counts()["update"]) == (0, 0, 2)
    assert (world.clip_of("2").id, world.clip_of("1").id) == (first, second)
    assert {row_id: (row.start_time, row.title) for row_id, row in world.clips.items()} == {
        first: (0, "我的"),
        second: (100, "片段1"),
    }
    assert {row.row_id: row.source_id for row in world.base.rows} == {first: "2", second: "1"}


def test_another_number_takes_half_of_the_united_time() -> None:
    """Rule 1: 0-60 s is 0-100 s by more than half, and 0-40 s is not; the same number always."""
    for end, number, same in ((60, 7, True), (40, 7, False), (40, 1, True), (50, 7, True)):
        world = synced(clip_record(1, start=0, end=100), clip_record(2, start=500, end=550))
        row_id = world.clip_of("1").id
        world.disk = manifest(
            [clip_record(number, start=0, end=end), clip_record(2, start=500, end=550)]
        )

        world.sync()

        assert (world.clip_of(str(number)).id == row_id) is same, (end, number)


def test_a_clip_that_moves_back_has_the_id_it_had() -> None:
    world = synced(clip_record(1, start=0, end=50))
    seen = {world.clip_of("1").id}
    for start in (100, 0, 100):
        world.disk = manifest([clip_record(1, start=start, end=start + 50)])
        world.sync(allow_deletes=True)
        assert world.clip_of("1").start_time == start
        seen.add(world.clip_of("1").id)
    assert len(seen) == 2


# -- duplicates (rule 5) ---------------------------------------------------------------------------


def duplicates(**rows: dict[str, Any]) -> World:
    """Rows of one record, by row id, each with what is special about it."""
    return found_in(
        [clip_record(1)],
        **{
            name: autoclip_clip_row(clip_record(1), name, **values) for name, values in rows.items()
        },
    )


OLDER = {"created_at": "2025-01-01 00:00:00", "updated_at": "2025-01-01 00:00:00"}
STALE_RECORD = {"clip_metadata": dict(clip_record(1, title="旧", description="旧").content)}
STALE = {**STALE_RECORD, "title": "旧", "description": "旧"}


@pytest.mark.parametrize(
    ("rows", "survivor", "why"),
    [
        ({"a": OLDER, "b": {"title": "我的"}}, "b", "an edited row before an unedited one"),
        (
            {"a": OLDER, "b": {"title": "我的", "status": "FAILED"}},
            "b",
            "whatever its status",
        ),
        ({"a": {"status": "PENDING"} | OLDER, "b": {}}, "b", "then COMPLETED before others"),
        ({"a": {"status": "FAILED"}, "b": STALE}, "b", "whatever its record"),
        ({"a": STALE | OLDER, "b": {}}, "b", "then the row whose record equals the file's"),
        ({"a": {}, "b": OLDER}, "b", "then the oldest"),
        ({"b": {}, "a": {}}, "a", "of one moment: by id"),
    ],
)
def test_who_survives_of_several_rows(
    rows: dict[str, dict[str, Any]], survivor: str, why: str
) -> None:
    world = duplicates(**rows)

    plan = world.sync()

    assert list(world.clips) == [survivor], why
    (gone,) = set(rows) - {survivor}
    (delete,) = [change for change in plan.changes if change.op is Op.DELETE]
    assert (delete.row_id, delete.source_id) == (gone, "1")
    assert delete.why == {"": Reason(ReasonCode.DUPLICATE, {"row": survivor})}
    assert plan.unsucceeded_deletes == 0
    assert (plan.clips, codes(plan)) == (1, {})


def test_a_row_that_collections_point_to_survives_an_older_one() -> None:
    world = duplicates(a=OLDER, b={})
    world.collections["mine"] = replace(COLLECTION_BY_HAND, collection_metadata={"clip_ids": ["b"]})

    world.sync()

    assert list(world.clips) == ["b"]


def test_a_row_that_only_a_link_points_to_is_listed_as_well() -> None:
    world = duplicates(a=OLDER, b={})
    world.collections["mine"] = replace(COLLECTION_BY_HAND, collection_metadata=None)
    world.links["mine"] = ["b"]

    world.sync()

    assert list(world.clips) == ["b"]


def test_a_row_with_the_files_record_goes_before_one_that_collections_point_to() -> None:
    world = duplicates(a=STALE, b={})
    world.collections["mine"] = replace(COLLECTION_BY_HAND, collection_metadata={"clip_ids": ["a"]})

    world.sync()

    assert list(world.clips) == ["b"]
    assert world.content_of("mine") == ["b"]


def test_the_deleted_row_is_written_down_whole() -> None:
    world = duplicates(a=OLDER, b={})

    plan = world.plan()

    (delete,) = [change for change in plan.changes if change.op is Op.DELETE]
    row = world.clips["b"]
    assert delete.before == {name: getattr(row, name) for name in ClipRow.__dataclass_fields__}
    assert delete.after == {}


def test_json_that_does_not_parse_is_written_down_as_its_text() -> None:
    world = duplicates(a=OLDER, b={"tags": BrokenJson("[")})

    (delete,) = [change for change in world.plan().changes if change.op is Op.DELETE]

    assert delete.before["tags"] == "["


def test_a_second_edited_row_stays_with_a_finding() -> None:
    world = duplicates(a={"title": "甲的"} | OLDER, b={"title": "乙的"}, c={})

    plan = world.sync()

    assert {row_id: row.title for row_id, row in world.clips.items()} == {"a": "甲的", "b": "乙的"}
    assert codes(plan) == {"edited_duplicate": "b"}
    assert codes(world.plan()) == {"edited_duplicate": "b"}


def test_a_row_whose_edit_the_file_says_by_now_is_edited_no_more() -> None:
    world = duplicates(a={"title": "甲的"} | OLDER, b={"title": "乙的"})
    world.disk = manifest([clip_record(1, title="甲的")])

    plan = world.sync()

    assert {row_id: row.title for row_id, row in world.clips.items()} == {"b": "乙的"}
    assert codes(plan) == {"edit_conflict": "b.title"}


def test_a_second_edited_row_whose_edit_was_undone_goes() -> None:
    world = duplicates(a={"title": "甲的"} | OLDER, b={"title": "乙的"})
    world.sync()
    world.edit_clip("b", title="片段1")

    world.sync()

    assert list(world.clips) == ["a"]


def test_three_attempts_of_one_pipeline_leave_one_row_a_record() -> None:
    """Data contract: thirteen clip rows where the files say five."""
    records = [clip_record(number) for number in range(1, 6)]
    world = found_in(records)
    for attempt in range(3):
        for record in records[: 5 - attempt]:
            row_id = f"{attempt}-{record.source_id}"
            stale = autoclip_clip_row(replace(record, title=f"{attempt}"), row_id)
            content = {**record.content, "generated_title": f"{attempt}"}
            world.clips[row_id] = replace(stale, clip_metadata=content)
    assert len(world.clips) == 12

    plan = world.sync()

    assert sorted(row.title for row in world.clips.values()) == [
        f"片段{number}" for number in range(1, 6)
    ]
    assert (plan.unsucceeded_deletes, plan.clips) == (0, 5)


# -- rows the file no longer has (rule 6) ----------------------------------------------------------


def test_an_unedited_row_goes_with_its_record() -> None:
    world = synced(clip_record(1), clip_record(2))
    gone = world.clip_of("2").id
    world.disk = manifest([clip_record(1)])

    plan = world.sync()

    assert ops(plan) == [("delete", gone)]
    assert plan.changes[0].why == {"": Reason(ReasonCode.NOT_IN_FILE)}
    assert plan.unsucceeded_deletes == 1
    assert [row.source_id for row in world.base.rows] == ["1"]


@pytest.mark.parametrize("column", ["title", "description"])
@pytest.mark.parametrize("value", ["我的", ""])
def test_an_edited_row_outlives_its_record_with_a_finding(column: str, value: str) -> None:
    world = synced(clip_record(1), clip_record(2))
    row_id = world.clip_of("2").id
    world.edit_clip(row_id, **{column: value})
    world.disk = manifest([clip_record(1)])

    plan = world.sync()

    assert getattr(world.clips[row_id], column) == value
    assert plan.changes == ()
    assert codes(plan) == {"edited_stale": row_id}
    assert (plan.clips, plan.disk_clips) == (1, 1)
    assert codes(world.sync()) == {"edited_stale": row_id}


def test_an_edited_row_is_merged_again_when_its_record_comes_back() -> None:
    world = synced(clip_record(1), clip_record(2))
    row_id = world.clip_of("2").id
    world.edit_clip(row_id, title="我的")
    world.disk = manifest([clip_record(1)])
    world.sync()
    world.disk = manifest([clip_record(1), clip_record(2, description="新的")])

    plan = world.sync()

    row = world.clips[row_id]
    assert (row.title, row.description) == ("我的", "新的")
    assert codes(plan) == {}


def test_a_clip_that_a_person_put_into_a_collection_stays_with_a_finding() -> None:
    world = synced(clip_record(1), clip_record(2))
    row_id = world.clip_of("2").id
    world.collections["mine"] = replace(
        COLLECTION_BY_HAND, clips_count=1, collection_metadata={"clip_ids": [row_id]}
    )
    world.disk = manifest([clip_record(1)])

    plan = world.sync()

    assert row_id in world.clips
    assert world.content_of("mine") == [row_id]
    assert codes(plan) == {"kept_in_collection": row_id}
    (finding,) = plan.findings
    assert finding.evidence["collections"] == ["我的合集"]
    (kept,) = [row for row in world.base.rows if row.row_id == row_id]
    assert not kept.stands
    assert (plan.clips, plan.unsucceeded_deletes) == (1, 0)


def test_a_clip_kept_in_a_collection_stands_again_when_its_piece_of_video_comes_back() -> None:
    """Under whatever number; and the collection holds it still."""
    world = synced(clip_record(1), clip_record(2))
    row_id = world.clip_of("2").id
    world.collections["mine"] = replace(
        COLLECTION_BY_HAND, clips_count=1, collection_metadata={"clip_ids": [row_id]}
    )
    world.disk = manifest([clip_record(1)])
    world.sync()
    world.disk = manifest([clip_record(1), clip_record(7, start=120)])

    plan = world.sync()

    assert world.clip_of("7").id == row_id
    assert world.content_of("mine") == [row_id]
    assert (len(world.clips), codes(plan)) == (2, {})
    assert all(row.stands for row in world.base.rows)


def test_a_clip_in_a_persons_collection_gives_way_to_a_successor() -> None:
    """The retry cut the same scene under another id: the collection follows."""
    world = synced(clip_record(1), clip_record(2))
    row_id = world.clip_of("2").id
    world.collections["mine"] = replace(
        COLLECTION_BY_HAND, clips_count=1, collection_metadata={"clip_ids": [row_id]}
    )
    world.disk = manifest([clip_record(1), clip_record(7, start=125, end=165)])

    plan = world.sync()

    assert world.content_of("mine") == [world.clip_of("7").id]
    assert plan.unsucceeded_deletes == 0
    assert codes(plan) == {}


def test_the_successor_is_the_clip_that_covers_its_time_best() -> None:
    world = synced(clip_record(1, start=100, end=200))
    old = world.clip_of("1").id
    world.collections["mine"] = replace(COLLECTION_BY_HAND, collection_metadata={"clip_ids": [old]})
    world.disk = manifest(
        [
            clip_record(7, start=100, end=120),
            clip_record(8, start=120, end=180),
            clip_record(9, start=180, end=200),
        ]
    )

    world.sync()

    assert world.content_of("mine") == [world.clip_of("8").id]


def test_a_row_without_a_record_of_old_is_edited_if_it_was_ever_updated() -> None:
    """Where nothing tells what the file said, an update after the insert counts as an edit."""
    for updated_at, stays in ((EDITED, True), ("2026-01-01 00:00:00.000400", False)):
        world = found_in([clip_record(1), clip_record(2)])
        row_id = f"{PROJECT}_9"
        world.clips[row_id] = autoclip_clip_row(
            clip_record(9), row_id, clip_metadata={}, video_path=None, updated_at=updated_at
        )
        world.clips["other"] = autoclip_clip_row(clip_record(1), "other")

        world.sync()

        assert (row_id in world.clips) is stays


@pytest.mark.parametrize("marker", [MarkerState.MISSING, MarkerState.UNREADABLE])
def test_without_its_marker_nothing_goes_for_its_absence(marker: MarkerState) -> None:
    world = synced(clip_record(1), clip_record(2))
    gone = world.clip_of("2").id
    base = world.base
    world.disk = manifest([clip_record(1)], marker=marker)

    plan = world.sync()

    assert gone in world.clips
    assert codes(plan) == {"marker_missing": ""}
    assert world.base.rows == tuple(replace(row, stands=row.row_id != gone) for row in base.rows)


def test_no_file_of_clips_is_no_reason_to_delete_one() -> None:
    world = synced(clip_record(1))
    world.disk = manifest([], clips_known=False)

    plan = world.sync()

    assert len(world.clips) == 1
    assert plan.changes == ()
    assert [row.source_id for row in world.base.rows] == ["1"]


# -- rows of people --------------------------------------------------------------------------------


def by_hand(name: str, **values: Any) -> ClipRow:
    row = autoclip_clip_row(clip_record(1), name, clip_metadata=None, title="我做的")
    return replace(row, **values)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"clip_metadata": {}},
        {"clip_metadata": {"note": "x"}},
        {"start_time": None, "end_time": None},
        {"status": "PENDING", "duration": 0, "video_path": None},
        {"updated_at": EDITED},
    ],
)
def test_a_row_made_by_hand_is_never_touched_and_never_counted(values: dict[str, Any]) -> None:
    world = synced(clip_record(2))
    row = world.clips["mine"] = by_hand("mine", **values)

    plan = world.sync()

    assert world.clips["mine"] == row
    assert plan.changes == ()
    assert (plan.clips, plan.clips_now, plan.disk_clips) == (1, 1, 1)
    assert {known.row_id for known in world.base.rows} == {world.clip_of("2").id}

    world.disk = manifest([])
    world.sync(allow_deletes=True)
    assert world.clips == {"mine": row}


# -- quarantine (rule 11) --------------------------------------------------------------------------


def test_the_row_of_a_quarantined_record_is_left_alone() -> None:
    world = synced(clip_record(1), clip_record(2))
    row_id = world.clip_of("2").id
    world.edit_clip(row_id, status="PENDING")
    row, known = world.clips[row_id], world.base.rows
    world.disk = manifest([clip_record(1, title="新的")], quarantined=quarantined("2"))

    plan = world.sync()

    assert world.clips[row_id] == row
    assert world.clip_of("1").title == "新的"
    assert codes(plan) == {"quarantined": "clips.json#8"}
    assert [found for found in world.base.rows if found.source_id == "2"] == [
        replace(found, stands=False) for found in known if found.source_id == "2"
    ]
    assert (plan.quarantined, plan.clips, plan.disk_clips) == (1, 1, 1)


def test_a_quarantined_record_that_has_no_row_makes_none() -> None:
    world = World(manifest([clip_record(1)], quarantined=quarantined("2")))

    world.sync()

    assert [row.clip_metadata["id"] for row in world.clips.values()] == ["1"]


def test_while_a_record_cannot_be_identified_no_row_goes_for_its_absence() -> None:
    world = synced(clip_record(1), clip_record(2))
    gone = world.clip_of("2").id
    world.disk = manifest([clip_record(1)], quarantined=quarantined(None))

    world.sync()
    assert gone in world.clips

    world.disk = manifest([clip_record(1)])
    world.sync()
    assert gone not in world.clips


def test_a_row_whose_piece_of_video_is_there_goes_though_some_record_is_unidentified() -> None:
    """The file made one clip of two: the better part stands for it, the other is a duplicate."""
    world = synced(clip_record(1, start=0, end=100), clip_record(2, start=20, end=100))
    stands, gone = world.clip_of("1").id, world.clip_of("2").id
    world.disk = manifest([clip_record(7, start=0, end=100)], quarantined=quarantined(None))

    plan = world.sync()

    assert list(world.clips) == [stands]
    delete = next(change for change in plan.changes if change.op is Op.DELETE)
    assert (delete.row_id, delete.why) == (
        gone,
        {"": Reason(ReasonCode.DUPLICATE, {"row": stands})},
    )
    assert plan.unsucceeded_deletes == 0


def test_a_record_is_released_once_it_is_valid() -> None:
    world = synced(clip_record(1))
    world.disk = manifest([clip_record(1)], quarantined=quarantined("2"))
    world.sync()
    world.disk = manifest([clip_record(1), clip_record(2)])

    plan = world.sync()

    assert (len(world.clips), plan.findings) == (2, ())


# -- deletions and losses (rule 7), as far as clips go ---------------------------------------------


def test_a_deleted_clip_is_not_inserted_again() -> None:
    world = synced(clip_record(1), clip_record(2))
    del world.clips[world.clip_of("2").id]

    first, second = world.sync(), world.sync()

    assert len(world.clips) == 1
    assert codes(first) == {"tombstoned": "clip:2"}
    assert codes(second) == {}
    assert (first.clips, first.disk_clips) == (1, 2)


def test_a_deleted_clip_that_autoclip_brought_back_goes_again() -> None:
    world = synced(clip_record(1), clip_record(2))
    del world.clips[world.clip_of("2").id]
    world.sync()
    world.clips["back"] = autoclip_clip_row(clip_record(2), "back")

    plan = world.sync()

    assert ops(plan) == [("delete", "back")]
    assert plan.changes[0].why == {"": Reason(ReasonCode.CAME_BACK)}
    assert plan.unsucceeded_deletes == 0
    assert codes(plan) == {"tombstone_resurrected": "back"}


def test_what_somebody_worked_on_after_autoclip_brought_it_back_is_wanted_after_all() -> None:
    world = synced(clip_record(1), clip_record(2))
    del world.clips[world.clip_of("2").id]
    world.sync()
    world.clips["back"] = autoclip_clip_row(clip_record(2), "back", title="我的")

    world.sync()

    assert world.clips["back"].title == "我的"
    assert world.base.tombstones == ()


def test_a_new_clip_under_a_deleted_ones_id_is_inserted() -> None:
    world = synced(clip_record(1), clip_record(2))
    del world.clips[world.clip_of("2").id]
    world.sync()
    world.disk = manifest([clip_record(1), clip_record(2, start=500, end=550)])

    world.sync()

    assert world.clip_of("2").start_time == 500


def test_all_clips_gone_at_once_are_restored_with_their_ids_and_edits() -> None:
    world = synced(clip_record(1), clip_record(2))
    world.edit_clip(world.clip_of("2").id, title="我的", description="")
    world.sync()
    before = {row_id: (row.title, row.description) for row_id, row in world.clips.items()}
    world.clips.clear()
    world.disk = manifest([clip_record(1, title="新的"), clip_record(2, title="新的")])

    plan = world.sync()

    (edited,) = [row_id for row_id, (title, _) in before.items() if title == "我的"]
    (other,) = set(before) - {edited}
    assert {row_id: (row.title, row.description) for row_id, row in world.clips.items()} == {
        edited: ("我的", ""),
        other: ("新的", "理由1"),
    }
    assert codes(plan) == {"restored": "clip"}
    assert {change.why[""].code for change in plan.changes} == {ReasonCode.LOST}


def test_a_lost_clip_under_whose_id_another_came_is_not_restored() -> None:
    world = synced(clip_record(1))
    old = world.clip_of("1").id
    world.edit_clip(old, title="我的")
    world.sync()
    world.clips.clear()
    world.disk = manifest([clip_record(1, start=500, end=550)])

    plan = world.sync()

    row = world.clip_of("1")
    assert row.id != old
    assert row.title == "片段1"
    assert codes(plan) == {}


def test_edits_are_carried_over_when_autoclip_reimports_the_project() -> None:
    world = synced(clip_record(1), clip_record(2))
    world.edit_clip(world.clip_of("1").id, title="我的")
    world.sync()
    world.clips = {
        name: autoclip_clip_row(clip_record(number), name)
        for number, name in ((1, "n1"), (2, "n2"))
    }

    plan = world.sync()

    assert {name: row.title for name, row in world.clips.items()} == {"n1": "我的", "n2": "片段2"}
    assert codes(plan) == {"edit_carried_over": "n1"}
    (change,) = plan.data_changes
    assert change.after == {"title": "我的"}
    assert change.why == {"title": Reason(ReasonCode.CARRIED_OVER)}


def test_an_edit_of_the_reimported_row_goes_before_the_one_carried_over() -> None:
    world = synced(clip_record(1))
    world.edit_clip(world.clip_of("1").id, title="我的")
    world.sync()
    world.clips = {"n1": autoclip_clip_row(clip_record(1), "n1", title="更新")}

    plan = world.sync()

    assert world.clips["n1"].title == "更新"
    assert codes(plan) == {}


def test_an_edit_is_never_carried_over_to_another_clip_of_its_id() -> None:
    """Rule 4: the retry cut another scene as 1 before AutoClip imported the project anew."""
    world = synced(clip_record(1))
    world.edit_clip(world.clip_of("1").id, title="我的")
    world.sync()
    record = clip_record(1, start=500)
    world.clips = {"n1": autoclip_clip_row(record, "n1")}
    world.disk = manifest([record])

    plan = world.sync()

    assert world.clips["n1"].title == "片段1"
    assert codes(plan) == {}


def test_of_two_lost_rows_of_an_id_the_one_of_its_clip_is_restored() -> None:
    for start in (60, 500):
        world = synced(clip_record(1, start=60))
        stale = world.clip_of("1").id
        world.edit_clip(stale, title="我的旧")
        world.disk = manifest([clip_record(1, start=500)])
        world.sync()
        (current,) = set(world.clips) - {stale}
        world.edit_clip(current, title="我的新")
        world.sync()
        world.clips.clear()
        world.disk = manifest([clip_record(1, start=start)])

        world.sync()

        expected = {60: (stale, "我的旧"), 500: (current, "我的新")}[start]
        assert [(row.id, row.title) for row in world.clips.values()] == [expected]


# -- values that do not fit, and times (rule 13) ---------------------------------------------------


def test_a_long_title_is_cut_with_a_finding_and_stays_so() -> None:
    world = World(manifest([clip_record(1, title="长" * 256)]), project=project_row())

    plan = world.sync()

    row = world.clip_of("1")
    assert row.title == "长" * 255
    assert codes(plan) == {"cut_to_fit": "clip:1"}
    assert world.plan().empty
    assert codes(world.plan()) == {"cut_to_fit": "clip:1"}
    world.disk = manifest([clip_record(1, title="长" * 300)])
    assert set(world.plan().changes[0].after) == {"clip_metadata"}


def test_a_title_of_255_characters_is_not_cut() -> None:
    assert codes(World(manifest([clip_record(1, title="😀" * 255)])).plan()) == {}


def test_a_clip_that_ends_before_it_starts_is_kept_as_it_is_with_a_finding() -> None:
    world = World(manifest([clip_record(1, start=200, end=150)]), project=project_row())

    plan = world.sync()

    row = world.clip_of("1")
    assert (row.start_time, row.end_time, row.duration) == (200, 150, -50)
    assert codes(plan) == {"negative_duration": "1"}
    (finding,) = plan.findings
    assert (finding.evidence["start"], finding.evidence["end"]) == (200, 150)
    assert codes(world.plan()) == {"negative_duration": "1"}


def test_a_clip_of_no_length_is_in_order() -> None:
    assert codes(World(manifest([clip_record(1, start=200, end=200)])).plan()) == {}


@pytest.mark.parametrize("milliseconds", [1, 999])
def test_a_clip_may_end_before_it_starts_by_less_than_a_second(milliseconds: int) -> None:
    record = replace(clip_record(1), start_ms=60_999, end_ms=60_999 - milliseconds)

    assert codes(World(manifest([record])).plan()) == {"negative_duration": "1"}
