"""Rule 1: which record a row came from, for all generations of AutoClip's rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsync.model.base import Base, BaseRow
from clipsync.model.manifest import Kind
from clipsync.model.plan import Op
from clipsync.model.snapshot import BrokenJson, ClipRow, CollectionRow
from clipsync.reconcile import identity
from clipsync.reconcile.options import PlanOptions
from clipsync.reconcile.scene import Scene
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
from tests.support.properties import steady

UUID_ROW = "0f3d2c44-8a52-4b1e-9c1d-6f1f0a5e7b21"
CLIP_FILE = f"{DIRECTORY}/processing/clip_{UUID_ROW}.json"
COLLECTION_FILE = f"{DIRECTORY}/processing/collection_{UUID_ROW}.json"


def scene(
    rows: tuple[BaseRow, ...] = (),
    row_records: Mapping[tuple[Kind, str], Mapping[str, Any]] | None = None,
) -> Scene:
    disk = manifest(row_records=row_records or {})
    return Scene(disk, World(disk).snapshot(), Base(PROJECT, rows=rows), PlanOptions())


def clip_row(row_id: str = "a", metadata: Any = None, **values: Any) -> ClipRow:
    return autoclip_clip_row(clip_record(1), row_id, clip_metadata=metadata, **values)


def collection_row(row_id: str = "a", metadata: Any = None, **values: Any) -> CollectionRow:
    record = collection_record(1, [1, 2])
    return autoclip_collection_row(record, row_id, [], collection_metadata=metadata, **values)


def clip_base(row_id: str, source_id: str, **values: Any) -> BaseRow:
    file_values = {"title": "甲", "description": "乙"}
    return BaseRow(Kind.CLIP, source_id, row_id, file_values, {}, **values)


# -- a clip's source id ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"id": "7"}, "7"),
        ({"id": 7}, "7"),
        ({"id": " 7 "}, "7"),
        ({"id": "7", "original_id": "8"}, "7"),
        ({"original_id": "8"}, "8"),
        ({"id": ""}, None),
        ({"original_id": " "}, None),
        ({"id": "  "}, None),
        ({"id": True}, None),
        ({"id": 7.0}, None),
        ({"id": ["7"]}, None),
        ({"id": None, "outline": "x"}, None),
        ({}, None),
        (None, None),
        ([], None),
        ("7", None),
        (BrokenJson('{"id": "7"'), None),
    ],
)
def test_current_clip_rows_hold_the_source_id(metadata: Any, expected: str | None) -> None:
    assert identity.clip_source_id(clip_row(metadata=metadata), scene()) == expected


@pytest.mark.parametrize(
    ("row_id", "expected"),
    [
        (f"{PROJECT}_7", "7"),
        (f"{PROJECT}_a_b", "a_b"),
        (f"{PROJECT}_", None),
        (f"{PROJECT}_collection_7", None),
        (f"{PROJECT}7", None),
        (f"x{PROJECT}_7", None),
        (PROJECT, None),
    ],
)
def test_composite_ids_of_clips_hold_the_source_id(row_id: str, expected: str | None) -> None:
    row = clip_row(row_id, {"outline": "x", "content": [], "chunk_index": 0})

    assert identity.clip_source_id(row, scene()) == expected


@pytest.mark.parametrize(
    "metadata",
    [
        {"clip_id": UUID_ROW, "metadata_file": CLIP_FILE},
        {"metadata_file": CLIP_FILE},
        {"metadata_file": CLIP_FILE.replace("/", "\\")},
        {"metadata_file": f"processing/clip_{UUID_ROW}.json"},
        {"clip_id": UUID_ROW, "metadata_file": "/elsewhere.json"},
        {"clip_id": UUID_ROW},
    ],
)
def test_rows_of_per_clip_files_are_known_by_that_file(metadata: dict[str, Any]) -> None:
    records = {(Kind.CLIP, UUID_ROW): {"id": "7"}, (Kind.COLLECTION, UUID_ROW): {"id": "8"}}

    assert identity.clip_source_id(clip_row("a", metadata), scene((), records)) == "7"


def test_the_rows_own_id_may_name_its_file() -> None:
    records = {(Kind.CLIP, UUID_ROW): {"id": "7"}, (Kind.COLLECTION, UUID_ROW): {"id": "8"}}

    assert identity.clip_source_id(clip_row(UUID_ROW, {}), scene((), records)) == "7"
    assert identity.collection_source_id(collection_row(UUID_ROW), scene((), records)) == "8"


@pytest.mark.parametrize(
    "metadata",
    [
        {"metadata_file": f"/processing/clip_{UUID_ROW}.json.bak"},
        {"metadata_file": f"/notprocessing/clip_{UUID_ROW}.json"},
        {"metadata_file": f"/processing/video_{UUID_ROW}.json"},
        {"metadata_file": 7},
        {"clip_id": None},
    ],
)
def test_a_file_of_another_name_is_not_its_file(metadata: dict[str, Any]) -> None:
    records = {(Kind.CLIP, UUID_ROW): {"id": "7"}}

    assert identity.clip_source_id(clip_row("a", metadata), scene((), records)) is None


def test_what_the_row_holds_goes_before_its_id_and_its_id_before_its_file() -> None:
    records = {(Kind.CLIP, UUID_ROW): {"id": "3"}}
    file = {"metadata_file": CLIP_FILE, "original_id": "4"}

    def found(row_id: str, metadata: dict[str, Any]) -> str | None:
        return identity.clip_source_id(clip_row(row_id, metadata), scene((), records))

    assert found(f"{PROJECT}_2", {"id": "1", **file}) == "1"
    assert found(f"{PROJECT}_2", file) == "2"
    assert found("a", file) == "3"


def test_what_the_ledger_knows_of_a_row_is_its_identity_for_life() -> None:
    """Even where the row's metadata were replaced: a row keeps its id, and its record."""
    known = scene(
        (clip_base("a", "9"), BaseRow(Kind.COLLECTION, "8", "a", {"name": "甲"}, {})),
    )

    assert identity.clip_source_id(clip_row("a", {"id": "1"}), known) == "9"
    assert identity.clip_source_id(clip_row("b", {"id": "1"}), known) == "1"
    assert identity.collection_source_id(collection_row("a", {"original_id": "1"}), known) == "8"
    assert identity.collection_source_id(collection_row("b", {"original_id": "1"}), known) == "1"


# -- a collection's source id ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row_id", "metadata", "expected"),
    [
        ("a", {"original_id": "7"}, "7"),
        ("a", {"original_id": 7}, "7"),
        ("a", {"id": "7"}, None),
        ("a", {}, None),
        ("a", BrokenJson("{"), None),
        (f"{PROJECT}_collection_7", {"simplified_clip_ids": ["1"]}, "7"),
        (f"{PROJECT}_collection_", {}, None),
        (f"{PROJECT}_7", {}, None),
        ("a", {"metadata_file": COLLECTION_FILE}, "3"),
        ("a", {"collection_id": UUID_ROW}, "3"),
        ("a", {"clip_id": UUID_ROW}, None),
        (f"{PROJECT}_collection_2", {"original_id": "1", "metadata_file": COLLECTION_FILE}, "1"),
        (f"{PROJECT}_collection_2", {"metadata_file": COLLECTION_FILE}, "2"),
    ],
)
def test_collection_rows_of_all_generations(
    row_id: str, metadata: Any, expected: str | None
) -> None:
    records = {(Kind.CLIP, UUID_ROW): {"id": "4"}, (Kind.COLLECTION, UUID_ROW): {"id": "3"}}

    row = collection_row(row_id, metadata)

    assert identity.collection_source_id(row, scene((), records)) == expected


# -- the last resort: what the row shows -----------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, True),
        ({"description": "另一个"}, True),
        ({"title": "另一个"}, False),
        ({"start_time": 61}, False),
        ({"end_time": 111}, False),
        ({"start_time": None}, False),
    ],
)
def test_an_equal_time_range_and_title_decide_for_a_clip(
    values: dict[str, Any], expected: bool
) -> None:
    assert identity.is_clip_of_record(clip_row(**values), clip_record(1)) is expected


def test_titles_are_compared_as_the_column_holds_them() -> None:
    long, composed = clip_record(1, title="长" * 300), clip_record(1, title="é")

    assert identity.is_clip_of_record(clip_row(title="长" * 255), long)
    assert identity.is_clip_of_record(clip_row(title="e\u0301"), composed)


@pytest.mark.parametrize(
    ("name", "clip_ids", "expected"),
    [
        ("合集1", ["1", "2"], True),
        ("合集1", ["a", "b"], True),
        ("合集1", ["b", "a"], False),
        ("合集1", ["a"], False),
        ("合集1", None, False),
        ("我的", ["a", "b"], False),
    ],
)
def test_an_equal_name_and_content_decide_for_a_collection(
    name: str, clip_ids: list[str] | None, expected: bool
) -> None:
    row = collection_row(metadata={"clip_ids": clip_ids}, name=name)
    record = collection_record(1, [1, 2])

    assert identity.is_collection_of_record(row, record, {"1": "a", "2": "b"}) is expected


def test_clips_without_a_row_are_not_part_of_the_content_compared() -> None:
    row = collection_row(metadata={"clip_ids": ["b"]})

    assert identity.is_collection_of_record(row, collection_record(1, [1, 2]), {"2": "b"})


def test_a_long_name_is_compared_as_the_column_holds_it() -> None:
    row = collection_row(metadata={"clip_ids": ["1"]}, name="长" * 255)

    assert identity.is_collection_of_record(row, collection_record(1, [1], name="长" * 300), {})


# -- what the file said when the row was made ------------------------------------------------------


def test_the_ledger_knows_a_clips_file_values_best() -> None:
    row = clip_row(metadata=dict(clip_record(1).content))

    found = identity.clip_file_values(row, scene((clip_base("a", "1"),)))

    assert found == {"title": "甲", "description": "乙"}


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (
            {"id": "1", "generated_title": "甲", "title": "乙", "recommend_reason": "好"},
            {"title": "甲", "description": "好"},
        ),
        ({"id": "1", "title": "乙", "outline": "丙"}, {"title": "乙", "description": ""}),
        ({"id": "1", "generated_title": " ", "outline": "丙"}, {"title": "丙", "description": ""}),
        ({"id": "1", "outline": {"title": "丁"}}, {"title": "丁", "description": ""}),
        (
            {"id": "1", "title": "长" * 300, "recommend_reason": None},
            {"title": "长" * 255, "description": ""},
        ),
        # A record without an id or title is none that AutoClip stored.
        ({"generated_title": "甲"}, {}),
        ({"id": "1"}, {}),
        ({"id": "1", "title": 7}, {}),
        (None, {}),
    ],
)
def test_a_current_row_holds_what_the_file_said(metadata: Any, expected: dict[str, str]) -> None:
    assert identity.clip_file_values(clip_row(metadata=metadata), scene()) == expected


def test_a_per_clip_file_says_what_the_file_said() -> None:
    record = {"id": "7", "generated_title": "甲", "recommend_reason": "好"}
    row = clip_row("a", {"metadata_file": CLIP_FILE})

    found = identity.clip_file_values(row, scene((), {(Kind.CLIP, UUID_ROW): record}))

    assert found == {"title": "甲", "description": "好"}


@pytest.mark.parametrize(
    ("path", "reason", "expected"),
    [
        (f"{DIRECTORY}/output/clips/7_甲.mp4", "好", {"title": "甲", "description": "好"}),
        ("C:\\clips\\7_甲.mp4", None, {"title": "甲"}),
        ("7_甲_乙.mp4", "", {"title": "甲_乙", "description": ""}),
        (f"/7_{'长' * 300}.mp4", None, {"title": "长" * 255}),
        ("/clips/77_甲.mp4", None, {}),
        ("/clips/7_甲.mkv", None, {}),
        ("/clips/7_甲.mp4/x", "好", {"description": "好"}),
        (None, None, {}),
    ],
)
def test_of_composite_ids_the_video_and_the_second_copy_of_the_reason_tell(
    path: str | None, reason: str | None, expected: dict[str, str]
) -> None:
    row = clip_row(f"{PROJECT}_7", {}, video_path=path, recommendation_reason=reason)

    assert identity.clip_file_values(row, scene()) == expected


def test_a_videos_name_tells_nothing_of_a_row_without_source() -> None:
    row = clip_row("a", {}, video_path="/7_甲.mp4", recommendation_reason="好")

    assert identity.clip_file_values(row, scene()) == {}


def test_the_ledger_knows_a_collections_file_values_best() -> None:
    values = {"name": "甲", "description": "乙", "content": ["2"]}
    known = scene((BaseRow(Kind.COLLECTION, "1", "a", values, {}),))

    found = identity.collection_file_values(
        collection_row("a", {"original_clip_ids": ["1"]}), known
    )

    assert found == values


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"original_clip_ids": ["1", 2]}, {"content": ["1", "2"]}),
        ({"simplified_clip_ids": ["2"]}, {"content": ["2"]}),
        ({"original_clip_ids": ["1"], "simplified_clip_ids": ["2"]}, {"content": ["1"]}),
        ({"original_clip_ids": "12"}, {}),
        ({"clip_ids": ["1"]}, {}),
        (None, {}),
    ],
)
def test_a_collections_row_holds_the_content_of_then(
    metadata: Any, expected: dict[str, Any]
) -> None:
    assert identity.collection_file_values(collection_row("a", metadata), scene()) == expected


def test_a_per_collection_file_says_all_three() -> None:
    record = {
        "id": "1",
        "collection_title": "长" * 300,
        "collection_summary": "好",
        "clip_ids": [1, "2"],
    }
    row = collection_row("a", {"metadata_file": COLLECTION_FILE})

    found = identity.collection_file_values(row, scene((), {(Kind.COLLECTION, UUID_ROW): record}))
    assert found == {"name": "长" * 255, "description": "好", "content": ["1", "2"]}

    found = identity.collection_file_values(
        row, scene((), {(Kind.COLLECTION, UUID_ROW): {"id": "1"}})
    )
    assert found == {"name": "", "description": ""}

    found = identity.collection_file_values(row, scene((), {(Kind.COLLECTION, UUID_ROW): {}}))
    assert found == {}


# -- content and time ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"clip_ids": ["b", "a", "b"]}, ["b", "a"]),
        ({"clip_ids": [1, "1", 2]}, ["1", "2"]),
        ({"clip_ids": []}, []),
        ({"clip_ids": "ab"}, None),
        ({}, None),
        (None, None),
        (BrokenJson("{"), None),
    ],
)
def test_a_collections_content_has_no_repeats(metadata: Any, expected: list[str] | None) -> None:
    assert identity.content_ids(collection_row("a", metadata)) == expected


def test_a_clips_range_is_the_ledgers_else_the_rows_in_milliseconds() -> None:
    exact = scene((clip_base("a", "1", start_ms=60_500, end_ms=110_250),))

    assert identity.clip_range(clip_row("a"), exact) == (60_500, 110_250)
    for half in ({"start_ms": 60_500}, {"end_ms": 110_250}):
        vague = scene((clip_base("a", "1", **half),))
        assert identity.clip_range(clip_row("a"), vague) == (60_000, 110_000)
    assert identity.clip_range(clip_row("a", end_time=None), scene()) is None
    assert identity.clip_range(clip_row("a", start_time=None), scene()) is None
    assert identity.clip_range(clip_row("a", start_time=0), scene()) == (0, 110_000)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ((0, 10_000), (5_000, 15_000), True),
        ((0, 10_000), (9_999, 20_000), True),
        ((0, 10_000), (10_000, 20_000), False),
        ((0, 10_000), (20_000, 30_000), False),
        # One that ends before it starts is read backwards.
        ((10_000, 0), (5_000, 15_000), True),
        ((10_000, 0), (20_000, 30_000), False),
        # An empty range overlaps itself only; rows hold whole seconds.
        ((5_000, 5_000), (5_000, 5_000), True),
        ((5_000, 5_000), (5_999, 5_200), True),
        ((5_000, 5_000), (6_000, 6_000), False),
        ((5_000, 5_000), (9_000, 5_000), False),
        (None, (0, 1), True),
        ((0, 1), None, True),
        (None, None, True),
    ],
)
def test_ranges_that_share_time_are_of_the_same_clip(
    left: identity.Range | None, right: identity.Range | None, expected: bool
) -> None:
    assert identity.overlap(left, right) is expected
    assert identity.overlap(right, left) is expected


ranges = st.tuples(st.integers(0, 50), st.integers(0, 50))


@steady
@given(ranges, ranges)
def test_the_time_two_ranges_share_is_counted_in_milliseconds(
    left: identity.Range, right: identity.Range
) -> None:
    shared = set(range(min(left), max(left))) & set(range(min(right), max(right)))

    assert max(0, identity.overlap_ms(left, right)) == len(shared)


# -- adoption, in a plan ---------------------------------------------------------------------------


def adopted(world: World) -> set[str]:
    """Ids of the rows that a sync takes for the records, none of which it inserts anew."""
    world.project = project_row()
    plan = world.sync()
    assert plan.counts()["insert"] == 0
    return {change.row_id for change in plan.changes if change.op is Op.ADOPT}


def generation(name: str) -> World:
    """A database as an old AutoClip left it: two clips, one collection of both."""
    records, collection = [clip_record(1), clip_record(2)], collection_record(1, [1, 2])
    world = World(manifest(records, [collection]))
    first, second, third = "a", "b", "c"
    if name == "composite":
        first, second, third = (f"{PROJECT}_{end}" for end in ("1", "2", "collection_1"))
    clip_metadata: list[Any] = [dict(record.content) for record in records]
    metadata: dict[str, Any] = {"clip_ids": [first, second], "original_id": "1"}
    match name:
        case "composite":
            clip_metadata = [
                {key: record.content[key] for key in ("outline", "content", "chunk_index")}
                for record in records
            ]
            metadata = {"simplified_clip_ids": ["1", "2"], "clip_ids": [first, second]}
        case "per-clip files":
            clip_metadata = [
                {"clip_id": row_id, "metadata_file": f"{DIRECTORY}/processing/clip_{row_id}.json"}
                for row_id in (first, second)
            ]
            metadata = {"collection_id": third, "clip_ids": [first, second]}
            world.disk = replace(
                world.disk,
                row_records={
                    (Kind.CLIP, first): records[0].content,
                    (Kind.CLIP, second): records[1].content,
                    (Kind.COLLECTION, third): collection.content,
                },
            )
        case "without a source":
            clip_metadata, metadata = [None, {}], {"clip_ids": [first, second]}
    for record, row_id, held in zip(records, (first, second), clip_metadata, strict=True):
        world.clips[row_id] = autoclip_clip_row(record, row_id, clip_metadata=held)
    world.collections[third] = autoclip_collection_row(
        collection, third, [], collection_metadata=metadata
    )
    return world


GENERATIONS = ["current", "composite", "per-clip files", "without a source"]


@pytest.mark.parametrize("name", GENERATIONS)
def test_rows_of_every_generation_are_adopted_and_keep_their_ids(name: str) -> None:
    world = generation(name)
    before = set(world.clips) | set(world.collections)

    assert adopted(world) == before
    assert set(world.clips) | set(world.collections) == before
    (row,) = world.collections.values()
    assert world.content_of(row.id) == world.links[row.id] == sorted(world.clips)


@pytest.mark.parametrize("name", GENERATIONS[:3])
def test_a_title_never_is_a_rows_identity(name: str) -> None:
    """Two people swapped the titles of two clips: the rows stay what they were."""
    world = generation(name)
    first, second = sorted(world.clips)
    world.edit_clip(first, title="片段2", updated_at="2026-01-05 00:00:00")
    world.edit_clip(second, title="片段1", updated_at="2026-01-05 00:00:00")

    adopted(world)

    assert [world.clips[row].title for row in (first, second)] == ["片段2", "片段1"]
    assert [world.clips[row].start_time for row in (first, second)] == [60, 120]


def test_a_row_that_only_looks_like_a_record_is_not_taken_twice() -> None:
    """The record has its row already: the second one was made by hand."""
    record = clip_record(1)
    world = World(manifest([record]))
    world.clips["a"] = autoclip_clip_row(record, "a")
    world.clips["b"] = autoclip_clip_row(record, "b", clip_metadata=None)

    assert adopted(world) == {"a"}
    assert set(world.clips) == {"a", "b"}


def test_of_two_rows_that_look_alike_one_is_adopted() -> None:
    record = clip_record(1)
    world = World(manifest([record]))
    for name in ("a", "b"):
        world.clips[name] = autoclip_clip_row(record, name, clip_metadata=None)

    assert adopted(world) == {"a"}
    assert set(world.clips) == {"a", "b"}


def test_of_two_collections_that_look_alike_one_is_adopted() -> None:
    world = World(manifest([clip_record(1)], [collection_record(1, [1])]))
    world.clips["a"] = autoclip_clip_row(clip_record(1), "a")
    for name in ("c", "d"):
        world.collections[name] = autoclip_collection_row(
            collection_record(1, [1]), name, [], collection_metadata={"clip_ids": ["a"]}
        )

    assert adopted(world) == {"a", "c"}
    assert set(world.collections) == {"c", "d"}
    assert world.collections["d"].collection_metadata == {"clip_ids": ["a"]}


def test_a_collection_that_looks_like_one_that_has_its_row_was_made_by_hand() -> None:
    world = World(manifest([clip_record(1)], [collection_record(1, [1])]))
    world.clips["a"] = autoclip_clip_row(clip_record(1), "a")
    world.collections["c"] = autoclip_collection_row(collection_record(1, [1]), "c", ["a"])
    world.collections["d"] = autoclip_collection_row(
        collection_record(1, [1]), "d", [], collection_metadata={"clip_ids": ["a"]}
    )

    assert adopted(world) == {"a", "c"}
    assert set(world.collections) == {"c", "d"}
