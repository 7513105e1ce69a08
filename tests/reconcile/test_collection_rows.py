"""Collections: fields, content and links (rules 1, 2, 3, 5, 6, 7 and 11)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clipsync.model.base import BaseRow
from clipsync.model.manifest import (
    CollectionRecord,
    DiskCode,
    DiskReason,
    Kind,
    MarkerState,
    QuarantinedRecord,
)
from clipsync.model.plan import Change, Op, ProjectPlan, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import BrokenJson, CollectionRow
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
CLIPS = [clip_record(number) for number in range(1, 6)]
THUMBNAIL = "output/collections/1_合集1_thumbnail.jpg"
WITH_FILES = replace(collection_record(1, [1]), video_exists=True, thumbnail_path=THUMBNAIL)
"""Collection 1, whose video and thumbnail are on disk."""


def synced(*collections: CollectionRecord) -> World:
    """Five clips, and these collections; clip rows are called by their number."""
    world = found(*collections)
    world.sync()
    return world


def found(*collections: CollectionRecord) -> World:
    """A database with AutoClip's rows of the five clips, that ClipSync has never seen."""
    rows = {
        str(number): autoclip_clip_row(CLIPS[number - 1], str(number)) for number in range(1, 6)
    }
    return World(manifest(CLIPS, list(collections)), clips=rows, project=project_row())


def autoclip_made(world: World, record: CollectionRecord, row_id: str, **values: Any) -> None:
    """AutoClip's own row of a record: the clips it found then, no count, no links."""
    world.collections[row_id] = autoclip_collection_row(
        record, row_id, list(record.clip_ids), **values
    )


def rearranged(world: World, record: CollectionRecord, row_id: str, listed: list[str]) -> None:
    """AutoClip's row of a record, whose list a person has changed since."""
    autoclip_made(world, record, row_id)
    world.set_content(row_id, listed)


def by_hand(world: World, clip_ids: list[str], row_id: str = "mine", **values: Any) -> None:
    row = autoclip_collection_row(
        collection_record(1, []), row_id, [], name="我的合集", clips_count=len(clip_ids)
    )
    metadata = {"clip_ids": clip_ids, "note": "x"}
    world.collections[row_id] = replace(row, **{"collection_metadata": metadata, **values})


def only(world: World) -> CollectionRow:
    (row,) = world.collections.values()
    return row


def codes(plan: ProjectPlan) -> dict[str, str]:
    """Code to subject of every finding."""
    return {finding.code: finding.subject for finding in plan.findings}


def assert_holds(world: World, row_id: str, numbers: str) -> None:
    """Rule 3: count, source ids and links follow from the list, always."""
    row, ids = world.collections[row_id], list(numbers)
    metadata = row.collection_metadata
    assert metadata["clip_ids"] == ids
    assert metadata["original_clip_ids"] == [world.clips[item].clip_metadata["id"] for item in ids]
    assert row.clips_count == len(ids)
    assert world.links.get(row_id, []) == ids


# -- a new record ----------------------------------------------------------------------------------


def test_a_record_without_a_row_is_inserted_with_its_links() -> None:
    record = collection_record(1, [3, 1])
    world = found(record)

    plan = world.plan()

    insert, relink, *_ = plan.changes
    row_id = insert.row_id
    path = f"{DIRECTORY}/output/collections/1_合集1.mp4"
    assert insert == Change(
        op=Op.INSERT,
        table=Table.COLLECTIONS,
        project_id=PROJECT,
        row_id=row_id,
        source_id="1",
        before={},
        after={
            "id": row_id,
            "project_id": PROJECT,
            "name": "合集1",
            "description": "简介1",
            "status": "COMPLETED",
            "clips_count": 2,
            "video_path": path,
            "export_path": None,
            "thumbnail_path": None,
            "collection_metadata": {
                "clip_ids": ["3", "1"],
                "original_clip_ids": ["3", "1"],
                "collection_type": "ai_recommended",
                "original_id": "1",
            },
        },
        why={"": Reason(ReasonCode.NEW_ON_DISK)},
    )
    assert relink == Change(
        op=Op.RELINK,
        table=Table.LINKS,
        project_id=PROJECT,
        row_id=row_id,
        source_id=None,
        before={"clip_ids": []},
        after={"clip_ids": ["3", "1"]},
        why={"": Reason(ReasonCode.FOLLOWS_CONTENT)},
    )
    values = {
        "name": "合集1",
        "description": "简介1",
        "export_path": None,
        "thumbnail_path": None,
        "content": ["3", "1"],
    }
    assert plan.ledger.rows[-1] == BaseRow(Kind.COLLECTION, "1", row_id, values, values)
    assert (plan.collections, plan.collections_now) == (1, 0)


def test_a_video_and_a_thumbnail_that_the_disk_has_are_brought_with_a_new_row() -> None:
    """Data contract: AutoClip's sync sets both columns if the files exist."""
    world = found(WITH_FILES)

    world.sync()

    row = only(world)
    assert (row.video_path, row.export_path) == (f"{DIRECTORY}/{WITH_FILES.video_path}",) * 2
    assert row.thumbnail_path == f"{DIRECTORY}/{THUMBNAIL}"
    for values in (world.base.rows[-1].file_values, world.base.rows[-1].kept_values):
        assert (values["export_path"], values["thumbnail_path"]) == (
            WITH_FILES.video_path,
            THUMBNAIL,
        )


def test_an_empty_collection_has_no_links_to_make() -> None:
    plan = found(collection_record(1, [])).plan()

    assert [change.op for change in plan.changes if change.table is Table.LINKS] == []


def test_the_id_of_a_new_clip_stands_in_a_new_collection() -> None:
    world = World(manifest([clip_record(1)], [collection_record(1, [1])]))

    world.sync()

    assert world.content_of(only(world).id) == [world.clip_of("1").id]


def test_clips_the_project_does_not_have_are_left_out_with_a_finding() -> None:
    world = found(collection_record(1, [1, 9, 2, 8]))

    plan = world.sync()

    assert_holds(world, only(world).id, "12")
    assert codes(plan) == {"unknown_clip_in_collection": "1"}
    (finding,) = plan.findings
    assert finding.evidence["clip_ids"] == ["9", "8"]
    assert world.base.rows[-1].file_values["content"] == ["1", "2"]


def test_a_long_name_is_cut_with_a_finding() -> None:
    world = found(collection_record(1, [1], name="长" * 256))

    plan = world.sync()

    assert only(world).name == "长" * 255
    assert codes(plan) == {"cut_to_fit": "collection:1"}


# -- fields (rule 2) -------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["name", "description"])
def test_a_field_follows_the_file_until_a_person_edits_it(column: str) -> None:
    world = synced(collection_record(1, [1]))
    row_id = only(world).id
    for value in ("新的", "更新"):
        world.disk = manifest(CLIPS, [collection_record(1, [1], **{column: value})])
        plan = world.sync()
        (change,) = plan.changes
        assert change.after[column] == value
        assert change.why[column] == Reason(ReasonCode.FROM_DISK)
    world.edit_collection(row_id, **{column: "我的"})
    assert world.sync().changes == ()
    world.disk = manifest(CLIPS, [collection_record(1, [1], **{column: "又新"})])

    plan = world.sync()

    assert getattr(world.collections[row_id], column) == "我的"
    assert codes(plan) == {"edit_conflict": f"{row_id}.{column}"}


@pytest.mark.parametrize("column", ["name", "description"])
def test_an_emptied_field_is_an_edit_too(column: str) -> None:
    world = synced(collection_record(1, [1]))
    row_id = only(world).id
    world.edit_collection(row_id, **{column: ""})

    assert world.sync().changes == ()
    assert getattr(world.collections[row_id], column) == ""
    assert world.base.rows[-1].kept_values[column] == ""


def test_without_a_base_a_name_that_differs_is_kept_and_reported() -> None:
    world = found(collection_record(1, [1]))
    autoclip_made(world, collection_record(1, [1]), "c", name="某人的", updated_at=EDITED)

    plan = world.sync()

    assert only(world).name == "某人的"
    assert codes(plan) == {"kept_unknown_edit": "c.name"}
    assert world.base.rows[-1].file_values["name"] == "合集1"
    assert codes(world.sync()) == {}


def test_a_row_untouched_since_its_insert_is_its_own_base() -> None:
    """Rule 2: what the row itself tells is the base; nobody renamed it, so the file's is new."""
    world = found(collection_record(1, [1], name="新的"))
    autoclip_made(world, collection_record(1, [1]), "c")

    plan = world.sync()

    assert (only(world).name, codes(plan)) == ("新的", {})


@pytest.mark.parametrize(
    ("prefer", "name", "content"),
    [(Prefer.DISK, "新的", "123"), (Prefer.DATABASE, "我的", "21"), (Prefer.MERGE, "我的", "231")],
)
def test_who_is_preferred_wins(prefer: Prefer, name: str, content: str) -> None:
    world = synced(collection_record(1, [1, 2]))
    row_id = only(world).id
    world.edit_collection(row_id, name="我的")
    world.set_content(row_id, ["2", "1"])
    world.disk = manifest(CLIPS, [collection_record(1, [1, 2, 3], name="新的")])

    world.sync(prefer=prefer)

    assert world.collections[row_id].name == name
    assert_holds(world, row_id, content)


# -- fields that are ours --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        ("status", "CREATED"),
        ("status", "PROCESSING"),
        ("status", "ERROR"),
        ("clips_count", 0),
        ("clips_count", None),
        ("video_path", None),
        ("video_path", f"{DIRECTORY}/output/collections/2_x.mp4"),
        ("status", "completed"),
    ],
)
def test_a_field_of_ours_is_put_right_alone(column: str, wrong: Any) -> None:
    world = synced(collection_record(1, [1, 2]))
    right = only(world)
    world.edit_collection(right.id, **{column: wrong})

    plan = world.plan()

    (change,) = plan.changes
    assert (change.op, change.row_id, change.source_id) == (Op.UPDATE, right.id, "1")
    assert (change.before, change.after) == ({column: wrong}, {column: getattr(right, column)})
    follows = Reason(ReasonCode.FOLLOWS_CONTENT)
    assert change.why == {
        column: follows if column == "clips_count" else Reason(ReasonCode.FROM_DISK)
    }
    assert (plan.collections, plan.collections_now) == (1, 0)


@pytest.mark.parametrize(
    "values",
    [
        {"status": "DELETED"},
        {"tags": ["我的"]},
    ],
)
def test_what_is_right_already_or_not_ours_is_not_written(values: dict[str, Any]) -> None:
    world = synced(collection_record(1, [1]))
    world.edit_collection(only(world).id, **values)

    plan = world.plan()

    assert plan.empty
    assert (plan.collections, plan.collections_now) == (1, 1)


# -- exports and thumbnails (rule 2) ---------------------------------------------------------------


@pytest.mark.parametrize("column", ["export_path", "thumbnail_path"])
@pytest.mark.parametrize("stored", [None, ""])
def test_what_the_disk_has_and_the_row_lacks_is_brought(column: str, stored: str | None) -> None:
    world = synced(WITH_FILES)
    right = only(world)
    world.edit_collection(right.id, **{column: stored})

    (change,) = world.plan().changes

    assert (change.op, change.before) == (Op.UPDATE, {column: stored})
    assert change.after == {column: getattr(right, column)}
    assert change.why == {column: Reason(ReasonCode.FROM_DISK)}


@pytest.mark.parametrize("disk", [collection_record(1, [1]), WITH_FILES])
@pytest.mark.parametrize("column", ["export_path", "thumbnail_path"])
@pytest.mark.parametrize("path", ["/home/me/最终", f"{DIRECTORY}/output/collections/最终"])
def test_what_a_person_generated_stays_and_is_known_to_be_an_edit(
    disk: CollectionRecord, column: str, path: str
) -> None:
    world = synced(disk)
    known = world.base.rows[-1]
    world.edit_collection(only(world).id, **{column: path})

    plan = world.sync()

    assert getattr(only(world), column) == path
    assert (plan.changes, codes(plan), plan.collections_now) == ((), {}, 1)
    kept = {**known.kept_values, column: path.removeprefix(f"{DIRECTORY}/")}
    assert world.base.rows[-1] == replace(known, kept_values=kept)


def test_a_path_that_a_sync_wrote_follows_the_file() -> None:
    world = synced(WITH_FILES)
    row_id = only(world).id
    thumbnail = "output/collections/1_新_thumbnail.jpg"
    record = replace(WITH_FILES, video_path="output/collections/新.mp4", thumbnail_path=thumbnail)
    world.disk = manifest(CLIPS, [record])

    world.sync()

    row = world.collections[row_id]
    assert row.video_path == row.export_path == f"{DIRECTORY}/output/collections/新.mp4"
    assert row.thumbnail_path == f"{DIRECTORY}/{thumbnail}"


def test_a_path_is_compared_by_its_part_below_the_project_directory() -> None:
    """Rule 12: AutoClip's machine may see the same directory elsewhere."""
    world = synced(WITH_FILES)
    elsewhere = {
        column: getattr(only(world), column).replace("/autoclip/data", "/mnt/other")
        for column in ("video_path", "export_path", "thumbnail_path")
    }
    world.edit_collection(only(world).id, **elsewhere)

    assert world.plan().empty


@pytest.mark.parametrize("column", ["export_path", "thumbnail_path"])
def test_a_file_that_is_gone_takes_no_path_away(column: str) -> None:
    world = synced(WITH_FILES)
    row = only(world)
    world.disk = manifest(CLIPS, [collection_record(1, [1])])

    world.sync()

    assert getattr(only(world), column) == getattr(row, column)


@pytest.mark.parametrize(
    ("prefer", "stays"), [(Prefer.MERGE, True), (Prefer.DATABASE, True), (Prefer.DISK, False)]
)
def test_who_is_preferred_decides_of_an_export_as_well(prefer: Prefer, stays: bool) -> None:
    world = synced(WITH_FILES)
    world.edit_collection(only(world).id, export_path="/home/me/最终.mp4")

    world.sync(prefer=prefer)

    files = f"{DIRECTORY}/{WITH_FILES.video_path}"
    assert only(world).export_path == ("/home/me/最终.mp4" if stays else files)


# -- what others keep in the row -------------------------------------------------------------------


@pytest.mark.parametrize(
    "metadata",
    [
        {"clip_ids": [1, 2], "original_clip_ids": [1, 2], "original_id": 1},
        {"original_id": "1", "original_clip_ids": ["1", "2"], "clip_ids": ["1", "2"]},
        {"rating": 5},
    ],
)
def test_metadata_spelled_otherwise_or_with_more_in_them_are_right(
    metadata: dict[str, Any],
) -> None:
    world = synced(collection_record(1, [1, 2]))
    row = only(world)
    world.edit_collection(row.id, collection_metadata={**row.collection_metadata, **metadata})

    assert world.plan().empty


def test_what_others_keep_in_the_metadata_stays_when_they_are_written() -> None:
    world = synced(collection_record(1, [1, 2]))
    row = only(world)
    world.edit_collection(row.id, collection_metadata={**row.collection_metadata, "rating": 5})
    world.disk = manifest(CLIPS, [collection_record(1, [1, 2, 3])])

    world.sync()

    assert only(world).collection_metadata["rating"] == 5
    assert_holds(world, row.id, "123")


@pytest.mark.parametrize("column", ["collection_metadata", "tags"])
def test_json_that_does_not_parse_is_reported(column: str) -> None:
    world = synced(collection_record(1, [1]))
    row = only(world)
    world.edit_collection(row.id, **{column: BrokenJson("{")})

    plan = world.plan()

    assert codes(plan) == {"broken_json": row.id}
    (finding,) = plan.findings
    assert finding.evidence == {"kind": "collection", "row_id": row.id, "column": column}
    if column == "collection_metadata":
        (change,) = plan.changes
        assert change.before == {"collection_metadata": "{"}
        assert change.after == {"collection_metadata": row.collection_metadata}
    else:
        assert plan.empty


# -- content (rule 3) ------------------------------------------------------------------------------


def test_an_order_that_only_the_file_changed_follows_it() -> None:
    world = synced(collection_record(1, [1, 2, 3]))
    row_id = only(world).id
    world.disk = manifest(CLIPS, [collection_record(1, [3, 4, 1])])

    plan = world.sync()

    assert_holds(world, row_id, "341")
    update, relink = plan.changes
    assert set(update.after) == {"collection_metadata"}
    assert update.why == {"collection_metadata": Reason(ReasonCode.FROM_DISK)}
    assert (relink.before, relink.after) == (
        {"clip_ids": ["1", "2", "3"]},
        {"clip_ids": ["3", "4", "1"]},
    )


@pytest.mark.parametrize(
    ("persons", "file", "merged"),
    [
        ("321", [1, 2, 3], "321"),
        ("32", [1, 2, 3], "32"),
        ("3214", [1, 2, 3], "3214"),
        ("", [1, 2, 3], ""),
        ("321", [1, 2, 3, 4], "3421"),
        ("321", [1, 3], "31"),
        ("3215", [1, 3, 4], "3415"),
        ("31", [1, 2, 3, 5], "351"),
    ],
)
def test_a_persons_content_is_merged_and_links_and_counts_follow(
    persons: str, file: list[int], merged: str
) -> None:
    world = synced(collection_record(1, [1, 2, 3]))
    row_id = only(world).id
    world.set_content(row_id, list(persons))
    world.disk = manifest(CLIPS, [collection_record(1, file)])

    plan = world.sync()

    assert_holds(world, row_id, merged)
    assert codes(plan) == {}
    known = world.base.rows[-1]
    assert known.file_values["content"] == [str(number) for number in file]
    assert known.kept_values["content"] == list(merged)


def test_a_person_edits_the_list_only_and_the_links_follow() -> None:
    world = synced(collection_record(1, [1, 2]))
    row_id = only(world).id
    world.set_content(row_id, ["2", "1"])

    plan = world.sync()

    assert world.links[row_id] == ["2", "1"]
    why = {"collection_metadata": Reason(ReasonCode.FOLLOWS_CONTENT)}
    assert [change.why for change in plan.changes] == [
        why,
        {"": Reason(ReasonCode.FOLLOWS_CONTENT)},
    ]


def test_a_clip_that_a_person_puts_into_an_empty_collection_is_an_edit_of_that_one() -> None:
    world = synced(collection_record(1, []))
    row_id = only(world).id
    world.set_content(row_id, ["1"])

    plan = world.sync()

    assert_holds(world, row_id, "1")
    assert codes(plan) == {}
    assert only(world).id == row_id


def test_links_alone_never_change_a_list() -> None:
    world = synced(collection_record(1, [1, 2]))
    row_id = only(world).id
    world.links[row_id] = ["2"]

    plan = world.sync()

    assert_holds(world, row_id, "12")
    assert [change.op for change in plan.changes] == [Op.RELINK]
    assert (plan.collections, world.plan().collections_now) == (1, 1)


def test_a_row_without_links_and_counts_is_not_yet_right() -> None:
    world = synced(collection_record(1, [1, 2]))
    del world.links[only(world).id]

    assert world.plan().collections_now == 0


def test_gaps_in_the_order_of_links_are_closed() -> None:
    world = synced(collection_record(1, [1, 2]))
    snapshot = world.snapshot()
    gaps = tuple(replace(link, order_index=link.order_index * 2) for link in snapshot.links)
    world.snapshot = lambda: replace(snapshot, links=gaps)  # type: ignore[method-assign]

    (change,) = world.plan().changes

    assert (change.op, change.after) == (Op.RELINK, {"clip_ids": ["1", "2"]})


def test_repeats_and_dead_ids_go_from_a_list() -> None:
    world = synced(collection_record(1, [1, 2]))
    row_id = only(world).id
    world.set_content(row_id, ["2", "gone", "1", "2"])

    world.sync()

    assert_holds(world, row_id, "21")


def test_a_list_that_is_missing_is_no_edit() -> None:
    """An emptied list is; no list at all is damage."""
    for metadata in (None, {}, {"original_id": "1"}, {"clip_ids": "12"}, BrokenJson("{")):
        world = synced(collection_record(1, [1, 2]))
        row_id = only(world).id
        world.edit_collection(row_id, collection_metadata=metadata)

        world.sync()

        assert_holds(world, row_id, "12")


def test_numbers_in_a_list_are_ids_as_well() -> None:
    world = synced(collection_record(1, [1, 2, 3]))
    row_id = only(world).id
    world.set_content(row_id, [3, 1])  # type: ignore[list-item]

    world.sync()

    assert_holds(world, row_id, "31")


def test_source_ids_in_the_list_of_an_early_sync_are_understood() -> None:
    record = collection_record(1, [1, 2])
    world = World(manifest([clip_record(1), clip_record(2)], [record]), project=project_row())
    for number in (1, 2):
        world.clips[f"r{number}"] = autoclip_clip_row(clip_record(number), f"r{number}")
    rearranged(world, record, "c", ["2", "1"])

    world.sync()

    assert world.content_of("c") == ["r2", "r1"]


def test_a_clip_that_had_no_row_yet_was_left_out_by_nobody() -> None:
    """AutoClip's sync lists only clips it knows; the base in its row names them all."""
    record = collection_record(1, [1, 2, 3])
    world = found(record)
    del world.clips["2"]
    world.collections["c"] = autoclip_collection_row(record, "c", ["1", "3"])

    world.sync()

    assert world.content_of("c") == ["1", world.clip_of("2").id, "3"]


def test_a_clip_that_a_person_left_out_stays_out_at_adoption() -> None:
    record = collection_record(1, [1, 2, 3])
    world = found(record)
    rearranged(world, record, "c", ["1", "3"])

    world.sync()

    assert_holds(world, "c", "13")


def test_a_clip_younger_than_the_list_was_left_out_by_nobody() -> None:
    """Its row was not there when the list was last written."""
    record = collection_record(1, [1, 2, 3])
    world = found(record)
    world.clips["2"] = replace(world.clips["2"], created_at="2026-02-01 00:00:00.000000")
    autoclip_made(world, record, "c")
    world.set_content("c", ["1", "3"], updated_at=EDITED)

    world.sync()

    assert_holds(world, "c", "123")


def test_a_list_follows_the_row_that_survives() -> None:
    world = found(collection_record(1, [1, 2]))
    world.clips["1b"] = autoclip_clip_row(CLIPS[0], "1b", title="我的")
    world.collections["c"] = autoclip_collection_row(collection_record(1, [1, 2]), "c", ["1", "2"])
    world.links["c"] = ["1", "2"]

    plan = world.sync()

    assert world.content_of("c") == world.links["c"] == ["1b", "2"]
    assert codes(plan) == {}


def test_a_list_that_names_both_duplicates_names_the_survivor_once() -> None:
    world = found(collection_record(1, [1, 2]))
    world.clips["1b"] = autoclip_clip_row(CLIPS[0], "1b", title="我的")
    by_hand(world, ["1", "2", "1b"])

    world.sync()

    # The survivor has a place of its own in the list, and keeps that.
    assert world.content_of("mine") == ["2", "1b"]
    assert world.collections["mine"].clips_count == 2


def test_a_restored_order_follows_when_autoclip_reimports_the_project() -> None:
    world = synced(collection_record(1, [1, 2, 3]))
    world.set_content(only(world).id, ["3", "1", "2"])
    world.edit_collection(only(world).id, name="我的")
    world.sync()
    world.clips = {f"n{key}": replace(row, id=f"n{key}") for key, row in world.clips.items()}
    world.collections, world.links = {}, {}
    record = collection_record(1, [1, 2, 3])
    world.collections["n"] = autoclip_collection_row(record, "n", ["n1", "n2", "n3"])

    plan = world.sync()

    assert world.content_of("n") == world.links["n"] == ["n3", "n1", "n2"]
    assert world.collections["n"].name == "我的"
    assert codes(plan) == {"edit_carried_over": "n"}
    update = next(change for change in plan.changes if change.op is Op.UPDATE)
    assert update.why["name"] == Reason(ReasonCode.CARRIED_OVER)


# -- duplicates (rule 5) ---------------------------------------------------------------------------


OLD = {"created_at": "2025-01-01 00:00:00"}
OLDER = {**OLD, "updated_at": "2025-01-01 00:00:00"}


@pytest.mark.parametrize(
    ("rows", "survivor"),
    [
        ({"a": OLDER, "b": {"name": "我的", "updated_at": EDITED}}, "b"),
        ({"a": {"status": "ERROR"} | OLDER, "b": {}}, "b"),
        ({"a": {"name": "旧"} | OLDER, "b": {}}, "b"),
        ({"a": {}, "b": OLDER}, "b"),
        ({"b": {}, "a": {}}, "a"),
    ],
)
def test_who_survives_of_several_rows(rows: dict[str, dict[str, Any]], survivor: str) -> None:
    world = found(collection_record(1, [1, 2]))
    for name, values in rows.items():
        autoclip_made(world, collection_record(1, [1, 2]), name, **values)
        world.links[name] = ["1"]

    plan = world.sync()

    assert list(world.collections) == list(world.links) == [survivor]
    (gone,) = set(rows) - {survivor}
    delete = next(change for change in plan.changes if change.op is Op.DELETE)
    assert (delete.row_id, delete.source_id) == (gone, "1")
    assert delete.why == {"": Reason(ReasonCode.DUPLICATE, {"row": survivor})}
    assert set(delete.before) == set(CollectionRow.__dataclass_fields__)
    assert plan.unsucceeded_deletes == 0
    assert "orphan_link" not in codes(plan)


def test_a_rearranged_row_goes_before_others() -> None:
    world = found(collection_record(1, [1, 2]))
    autoclip_made(world, collection_record(1, [1, 2]), "a", **OLDER)
    rearranged(world, collection_record(1, [1, 2]), "b", ["2", "1"])

    world.sync()

    assert list(world.collections) == ["b"]
    assert_holds(world, "b", "21")


def test_the_row_that_the_ledger_knows_goes_before_any_other() -> None:
    """Even an edited one, which stays beside it."""
    world = synced(collection_record(1, [1, 2]))
    row_id = only(world).id
    autoclip_made(world, collection_record(1, [1, 2]), "a", **OLDER)
    rearranged(world, collection_record(1, [1, 2]), "b", ["2", "1"])

    plan = world.sync()

    assert sorted(world.collections) == sorted([row_id, "b"])
    assert_holds(world, row_id, "12")
    assert_holds(world, "b", "21")
    assert codes(plan) == {"edited_duplicate": "b"}
    assert {row.row_id: row.stands for row in world.base.rows[-2:]} == {row_id: True, "b": False}


def test_a_second_edited_row_stays_with_a_finding() -> None:
    world = found(collection_record(1, [1, 2]))
    for name, clip_ids in (("a", ["2", "1"]), ("b", ["1"])):
        rearranged(world, collection_record(1, [1, 2]), name, clip_ids)

    plan = world.sync()

    assert [world.content_of("a"), world.content_of("b")] == [["2", "1"], ["1"]]
    assert codes(plan) == {"edited_duplicate": "b"}


# -- rows the file no longer has (rule 6) ----------------------------------------------------------


def test_an_unedited_row_goes_with_its_record_and_its_links() -> None:
    world = synced(collection_record(1, [1]), collection_record(2, [2]))
    gone = world.collection_of("2").id
    world.disk = manifest(CLIPS, [collection_record(1, [1])])

    plan = world.sync()

    assert [(change.op, change.row_id) for change in plan.changes] == [
        (Op.DELETE, gone),
        (Op.RELINK, gone),
    ]
    assert plan.changes[0].why == {"": Reason(ReasonCode.NOT_IN_FILE)}
    assert plan.changes[1].why == {"": Reason(ReasonCode.LINKS_OF_NOBODY)}
    assert plan.unsucceeded_deletes == 1
    assert gone not in world.links
    assert codes(plan) == {}


@pytest.mark.parametrize(
    "edit",
    [
        {"name": "我的"},
        {"name": ""},
        {"description": ""},
        {"collection_metadata": {"clip_ids": ["2", "1"]}},
    ],
)
def test_an_edited_row_outlives_its_record_with_a_finding(edit: dict[str, Any]) -> None:
    world = synced(collection_record(1, [1, 2]), collection_record(2, [3]))
    row_id = world.collection_of("1").id
    world.edit_collection(row_id, **edit)
    row = world.collections[row_id]
    world.disk = manifest(CLIPS, [collection_record(2, [3])])

    plan = world.sync()

    assert world.collections[row_id] == row
    assert codes(plan) == {"edited_stale": row_id}
    assert (plan.collections, plan.unsucceeded_deletes) == (1, 0)
    (known,) = [known for known in world.base.rows if known.row_id == row_id]
    assert not known.stands
    assert world.links[row_id] == world.content_of(row_id)


@pytest.mark.parametrize("listed", ["", "2", "24"])
def test_totals_and_links_follow_the_list_of_a_row_that_only_stays(listed: str) -> None:
    """Rule 3: always, also in rows that stay for another reason."""
    world = synced(collection_record(1, [1, 2]), collection_record(2, [3]))
    row_id = world.collection_of("1").id
    world.set_content(row_id, list(listed))
    world.disk = manifest(CLIPS, [collection_record(2, [3])])

    plan = world.sync()

    assert_holds(world, row_id, listed)
    assert codes(plan) == {"edited_stale": row_id}
    (why,) = [change.why for change in plan.changes if change.op is Op.UPDATE]
    follows = Reason(ReasonCode.FOLLOWS_CLIPS)
    columns = ["collection_metadata"] + ["clips_count"] * (len(listed) != 2)
    assert why == dict.fromkeys(columns, follows)


def test_a_row_of_unknown_past_counts_as_edited_if_it_was_ever_updated() -> None:
    for updated_at, stays in ((EDITED, True), ("2026-01-01 00:00:00.000400", False)):
        world = found(collection_record(1, [1]))
        autoclip_made(world, collection_record(9, [5]), "old", updated_at=updated_at)

        plan = world.sync()

        assert ("old" in world.collections) is stays
        assert ("edited_stale" in codes(plan)) is stays


@pytest.mark.parametrize("marker", [MarkerState.MISSING, MarkerState.UNREADABLE])
def test_without_its_marker_nothing_goes_for_its_absence(marker: MarkerState) -> None:
    world = synced(collection_record(1, [1]), collection_record(2, [2]))
    rows, known = dict(world.collections), world.base.rows
    gone = world.collection_of("2").id
    world.disk = manifest(CLIPS, [collection_record(1, [1])], marker=marker)

    plan = world.sync()

    assert world.collections == rows
    assert world.base.rows == tuple(replace(row, stands=row.row_id != gone) for row in known)
    assert codes(plan) == {"marker_missing": ""}


def test_no_file_of_collections_is_no_reason_to_change_one() -> None:
    world = synced(collection_record(1, [1, 2]))
    row, known = only(world), world.base.rows[-1]
    world.edit_collection(row.id, clips_count=0, name="我的")
    row = only(world)
    world.disk = manifest(CLIPS, [], collections_known=False)

    plan = world.sync()

    # Nothing but its total, which follows its list always (rule 3).
    assert replace(only(world), clips_count=0, updated_at=row.updated_at) == row
    assert_holds(world, row.id, "12")
    kept = {**known.kept_values, "name": "我的"}
    assert world.base.rows[-1] == replace(known, kept_values=kept, stands=False)
    assert codes(plan) == {"collections_file_missing": ""}


def test_without_a_file_of_collections_they_still_follow_their_clips() -> None:
    world = synced(collection_record(1, [1, 2]))
    row_id = only(world).id
    world.links["gone"] = ["1"]
    world.disk = manifest(CLIPS[1:], [], collections_known=False)

    plan = world.sync()

    assert world.content_of(row_id) == world.links[row_id] == ["2"]
    assert codes(plan) == {"collections_file_missing": "", "orphan_link": "gone"}


# -- quarantine (rule 11) --------------------------------------------------------------------------


def unusable(source_id: str | None) -> tuple[QuarantinedRecord, ...]:
    return (
        QuarantinedRecord(
            Kind.COLLECTION, "collections.json", 0, source_id, DiskReason(DiskCode.ID_EMPTY), "{}"
        ),
    )


def test_the_row_of_a_quarantined_record_is_left_alone() -> None:
    world = synced(collection_record(1, [1]), collection_record(2, [2]))
    row = world.collection_of("2")
    world.edit_collection(row.id, status="ERROR")
    row, known = world.collections[row.id], world.base.rows
    world.disk = manifest(CLIPS, [collection_record(1, [1])], quarantined=unusable("2"))

    plan = world.sync()

    assert world.collections[row.id] == row
    assert world.base.rows == tuple(
        replace(found, stands=found.row_id != row.id) for found in known
    )
    assert codes(plan) == {"quarantined": "collections.json#0"}


def test_while_a_record_cannot_be_identified_no_row_goes_for_its_absence() -> None:
    world = synced(collection_record(1, [1]), collection_record(2, [2]))
    rows = dict(world.collections)
    world.disk = manifest(CLIPS, [collection_record(1, [1])], quarantined=unusable(None))

    world.sync()
    assert world.collections == rows

    world.disk = manifest(CLIPS, [collection_record(1, [1])])
    world.sync()
    assert len(world.collections) == 1


def test_a_quarantined_clip_is_not_unknown_and_stays_in_the_collection() -> None:
    world = synced(collection_record(1, [1, 2]))
    row_id = only(world).id
    bad = QuarantinedRecord(Kind.CLIP, "clips.json", 1, "2", DiskReason(DiskCode.ID_EMPTY), "{}")
    world.disk = manifest(
        [CLIPS[0], *CLIPS[2:]], [collection_record(1, [1, 2])], quarantined=(bad,)
    )

    plan = world.sync()

    assert_holds(world, row_id, "12")
    assert codes(plan) == {"quarantined": "clips.json#1"}


# -- collections of people -------------------------------------------------------------------------


def test_a_collection_made_by_hand_is_never_touched_and_never_counted() -> None:
    world = synced(collection_record(1, [1]))
    by_hand(world, ["4", "2"], clips_count=0, status="CREATED", video_path=None)
    world.links["mine"] = ["4"]
    row = world.collections["mine"]

    plan = world.sync()

    assert world.collections["mine"] == row
    assert world.links["mine"] == ["4"]
    assert plan.changes == ()
    assert (plan.collections, plan.collections_now, plan.disk_collections) == (1, 1, 1)
    assert "mine" not in {known.row_id for known in world.base.rows}


def test_a_collection_made_by_hand_follows_clips_that_give_way() -> None:
    world = synced(collection_record(1, [1]))
    by_hand(world, ["4", "2b"])
    world.links["mine"] = ["4", "2b"]
    world.clips["2b"] = autoclip_clip_row(CLIPS[1], "2b")

    plan = world.sync()

    row = world.collections["mine"]
    assert row.collection_metadata == {"clip_ids": ["4", "2"], "note": "x"}
    assert row.clips_count == 2
    assert world.links["mine"] == ["4", "2"]
    update = next(change for change in plan.changes if change.row_id == "mine")
    assert update.before == {"collection_metadata": {"clip_ids": ["4", "2b"], "note": "x"}}
    assert update.why == {"collection_metadata": Reason(ReasonCode.FOLLOWS_CLIPS)}
    assert update.source_id is None


def test_its_count_follows_only_where_it_was_right() -> None:
    for count, expected in ((2, 1), (0, 0), (7, 7)):
        world = synced()
        by_hand(world, ["2", "2b"], clips_count=count)
        world.clips["2b"] = autoclip_clip_row(CLIPS[1], "2b")

        world.sync()

        row = world.collections["mine"]
        assert (row.collection_metadata["clip_ids"], row.clips_count) == (["2"], expected)


def test_dead_ids_in_a_list_made_by_hand_stay_until_a_clip_gives_way() -> None:
    world = synced()
    by_hand(world, ["gone", "2"])

    assert world.sync().changes == ()


def test_links_that_lead_nowhere_go() -> None:
    world = synced(collection_record(1, [1]))
    by_hand(world, ["4", "2"])
    world.links["mine"] = ["4", "gone", "2"]

    plan = world.sync()

    assert world.links["mine"] == ["4", "2"]
    (change,) = plan.changes
    assert change.why == {"": Reason(ReasonCode.LINKS_OF_NOBODY)}


def test_links_of_collections_that_are_gone_go_with_a_finding() -> None:
    world = synced(collection_record(1, [1]))
    world.links["gone"] = ["2", "1"]

    plan = world.sync()

    assert "gone" not in world.links
    assert codes(plan) == {"orphan_link": "gone"}
    (finding,) = plan.findings
    assert finding.evidence == {"collection_id": "gone", "clip_ids": ["2", "1"]}


def test_a_clip_a_person_added_to_the_pipelines_collection_is_used_by_people() -> None:
    world = synced(collection_record(1, [1]))
    row_id = only(world).id
    world.set_content(row_id, ["1", "5"])
    world.disk = manifest(CLIPS[:4], [collection_record(1, [1])])

    plan = world.sync()

    metadata = world.collections[row_id].collection_metadata
    assert (metadata["clip_ids"], world.links[row_id]) == (["1", "5"], ["1", "5"])
    # Source id 5 is no clip's any more, and may be another one's tomorrow.
    assert metadata["original_clip_ids"] == ["1"]
    assert codes(plan) == {"kept_in_collection": "5"}
    (finding,) = plan.findings
    assert finding.evidence["collections"] == ["合集1"]


def test_a_clip_of_another_project_in_a_collection_stays() -> None:
    """Rule 14: a person put it there."""
    world = synced(collection_record(1, [1, 2]))
    row_id = only(world).id
    world.foreign_clips = frozenset({"theirs"})
    world.set_content(row_id, ["theirs", "1", "2"])
    by_hand(world, ["theirs", "4"])

    plan = world.sync()

    row = world.collections[row_id]
    assert world.content_of(row_id) == world.links[row_id] == ["theirs", "1", "2"]
    assert (row.clips_count, row.collection_metadata["original_clip_ids"]) == (3, ["1", "2"])
    assert world.content_of("mine") == ["theirs", "4"]
    assert codes(plan) == {}


def test_a_clip_that_only_the_pipeline_put_into_a_collection_is_not() -> None:
    world = synced(collection_record(1, [1, 5]))
    row_id = only(world).id
    world.disk = manifest(CLIPS[:4], [collection_record(1, [1])])

    world.sync()

    assert "5" not in world.clips
    assert_holds(world, row_id, "1")


def test_a_list_may_hold_two_clips_of_one_source_id() -> None:
    """One is of an earlier attempt, and stays since a person edited it."""
    world = synced(collection_record(1, [2]))
    row_id = only(world).id
    world.set_content(row_id, ["1", "2"])
    world.edit_clip("1", title="我的")
    world.disk = manifest([clip_record(1, start=500), *CLIPS[1:]], [collection_record(1, [1, 2])])

    world.sync()

    (new,) = set(world.clips) - set("12345")
    assert world.content_of(row_id) == world.links[row_id] == [new, "1", "2"]
    assert only(world).collection_metadata["original_clip_ids"] == ["1", "2"]


def test_a_list_that_names_a_duplicate_and_its_survivor_is_no_edit() -> None:
    for listed in (["1", "1b"], ["1b", "1"]):
        world = found(collection_record(1, [1]))
        world.clips["1b"] = autoclip_clip_row(CLIPS[0], "1b", title="我的")
        world.collections["c"] = autoclip_collection_row(collection_record(1, [1]), "c", listed)
        world.disk = manifest(CLIPS, [collection_record(2, [2])])

        world.sync()

        assert "c" not in world.collections


def test_a_duplicate_without_any_list_is_not_edited() -> None:
    world = found(collection_record(1, [1, 2]))
    autoclip_made(world, collection_record(1, [1, 2]), "a", **OLDER)
    autoclip_made(world, collection_record(1, [1, 2]), "b")
    world.edit_collection("b", collection_metadata={"original_id": "1"})

    world.sync()

    assert list(world.collections) == ["a"]


def test_a_row_whose_edit_the_file_says_by_now_is_edited_no_more() -> None:
    world = found(collection_record(1, [1, 2], name="新的"))
    autoclip_made(world, collection_record(1, [1, 2]), "a", name="新的", updated_at=EDITED, **OLD)
    rearranged(world, collection_record(1, [1, 2]), "b", ["2", "1"])

    world.sync()

    assert_holds(world, only(world).id, "21")
    assert only(world).id == "b"


@pytest.mark.parametrize(
    ("listed", "expected"), [(["2", "1"], {"kept_unknown_edit": "c.content"}), (["1", "2"], {})]
)
def test_without_a_base_a_list_that_differs_is_kept_and_reported(
    listed: list[str], expected: dict[str, str]
) -> None:
    world = found(collection_record(1, [1, 2]))
    autoclip_made(world, collection_record(1, [1, 2]), "c")
    world.edit_collection("c", collection_metadata={"original_id": "1", "clip_ids": listed})

    plan = world.sync()

    assert world.content_of("c") == listed
    assert codes(plan) == expected


def test_a_list_that_a_deleted_clip_stood_in_is_no_edit() -> None:
    """AutoClip made it before the clip was deleted; nobody touched it."""
    world = synced(collection_record(1, [1, 2]), collection_record(2, [3]))
    world.collections["again"] = autoclip_collection_row(
        collection_record(1, [1, 2]), "again", ["1", "2"]
    )
    del world.clips["2"]

    plan = world.sync()

    assert sorted(row.collection_metadata["original_id"] for row in world.collections.values()) == [
        "1",
        "2",
    ]
    assert "again" not in world.collections
    assert_holds(world, world.collection_of("1").id, "1")
    assert codes(plan) == {"tombstoned": "clip:2"}


def test_a_clip_that_a_person_left_out_before_our_time_is_an_edit_after_it_is_gone() -> None:
    world = found(collection_record(2, [3]))
    rearranged(world, collection_record(1, [1, 2]), "c", ["2"])
    world.disk = replace(world.disk, clips=tuple(CLIPS[1:]))

    plan = world.sync()
    world.sync()

    assert world.content_of("c") == ["2"]
    assert codes(plan) == {"edited_stale": "c"}


def test_a_list_that_the_disk_takes_back_keeps_no_clip() -> None:
    world = synced(collection_record(1, [1]))
    row_id = only(world).id
    world.set_content(row_id, ["1", "5"])
    world.disk = manifest(CLIPS[:4], [collection_record(1, [1])])

    plan = world.sync(prefer=Prefer.DISK)

    assert_holds(world, row_id, "1")
    assert "5" not in world.clips
    assert plan.unsucceeded_deletes == 1


def test_the_disk_preferred_a_list_it_does_not_have_keeps_its_clips() -> None:
    world = synced(collection_record(1, [1]), collection_record(2, [2]))
    row_id = world.collection_of("1").id
    world.set_content(row_id, ["1", "5"])
    world.disk = manifest(CLIPS[:4], [collection_record(2, [2])])

    world.sync(prefer=Prefer.DISK)

    assert world.content_of(row_id) == ["1", "5"]
    assert "5" in world.clips


# -- deletions and losses (rule 7), as far as collections go ---------------------------------------


def test_a_deleted_collection_is_not_inserted_again() -> None:
    world = synced(collection_record(1, [1]), collection_record(2, [2]))
    gone = world.collection_of("2").id
    del world.collections[gone]

    plan = world.sync()
    world.sync()

    assert len(world.collections) == 1
    assert gone not in world.links
    assert codes(plan) == {"tombstoned": "collection:2", "orphan_link": gone}


def test_a_deleted_collection_that_autoclip_brought_back_goes_again() -> None:
    world = synced(collection_record(1, [1]), collection_record(2, [2]))
    gone = world.collection_of("2").id
    del world.collections[gone], world.links[gone]
    world.sync()
    autoclip_made(world, collection_record(2, [2]), "back")

    plan = world.sync()

    assert "back" not in world.collections
    assert codes(plan) == {"tombstone_resurrected": "back"}
    assert plan.unsucceeded_deletes == 0
    (change,) = plan.changes
    assert change.why == {"": Reason(ReasonCode.CAME_BACK)}


def test_what_somebody_worked_on_after_autoclip_brought_it_back_is_wanted_after_all() -> None:
    world = synced(collection_record(1, [1]), collection_record(2, [2, 3]))
    gone = world.collection_of("2").id
    del world.collections[gone], world.links[gone]
    world.sync()
    rearranged(world, collection_record(2, [2, 3]), "back", ["3", "2"])

    world.sync()

    assert_holds(world, "back", "32")
    assert world.base.tombstones == ()


def test_a_renamed_record_under_a_deleted_ones_id_is_held_back_for_a_person() -> None:
    world = synced(collection_record(1, [1]), collection_record(2, [2]))
    gone = world.collection_of("2").id
    del world.collections[gone], world.links[gone]
    world.sync()
    assert codes(world.plan()) == {}
    renamed = collection_record(2, [2, 3], name="新")
    world.disk = manifest(CLIPS, [collection_record(1, [1]), renamed])

    plan = world.sync()

    assert len(world.collections) == 1
    assert codes(plan) == {"maybe_deleted": "collection:2"}
    (finding,) = plan.findings
    assert finding.evidence == {
        "kind": "collection",
        "source_id": "2",
        "label": "合集2",
        "name": "新",
    }


def test_a_deleted_collection_is_held_back_under_any_number_and_no_other_under_its_own() -> None:
    """Rule 7: tombstones hold the content, through renumbering and not against another one."""
    world = synced(collection_record(1, [1]), collection_record(2, [2, 3]))
    first, gone = world.collection_of("1").id, world.collection_of("2").id
    del world.collections[gone], world.links[gone]
    world.sync()
    renumbered = [
        collection_record(1, [1]),
        collection_record(2, [4]),
        collection_record(3, [2, 3]),
    ]
    world.disk = manifest(CLIPS, renumbered)

    plan = world.sync()

    held = {row_id: world.content_of(row_id) for row_id in world.collections}
    new = world.collection_of("2").id
    assert held == {first: ["1"], new: ["4"]}
    assert new != gone
    assert "tombstoned" not in codes(plan)


def test_all_collections_gone_at_once_are_restored_with_ids_edits_and_order() -> None:
    world = synced(collection_record(1, [1, 2]), collection_record(2, [3]))
    edited, other = world.collection_of("1").id, world.collection_of("2").id
    world.edit_collection(edited, name="我的")
    world.set_content(edited, ["2", "1", "5"])
    world.sync()
    world.collections, world.links = {}, {}
    world.disk = manifest(
        CLIPS, [collection_record(1, [1, 2, 4], description="新的"), collection_record(2, [3])]
    )

    plan = world.sync()

    assert set(world.collections) == {edited, other}
    assert (world.collections[edited].name, world.collections[edited].description) == (
        "我的",
        "新的",
    )
    assert_holds(world, edited, "2415")
    assert_holds(world, other, "3")
    assert codes(plan) == {"restored": "collection"}
    inserted = [change for change in plan.changes if change.op is Op.INSERT]
    assert {change.why[""].code for change in inserted} == {ReasonCode.LOST}


def test_links_that_outlived_their_lost_collection_are_the_restored_ones() -> None:
    """Databases that do not enforce foreign keys keep them."""
    world = synced(collection_record(1, [1, 2]))
    row_id = only(world).id
    world.collections = {}

    plan = world.sync()

    assert_holds(world, row_id, "12")
    assert [change.op for change in plan.changes] == [Op.INSERT]
    assert codes(plan) == {"restored": "collection"}
