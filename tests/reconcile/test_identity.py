"""Rule 1: which record a row came from, for all generations of AutoClip's rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from clipsync.model.base import Base, BaseRow
from clipsync.model.manifest import Kind
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
)

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
    assert identity.looks_like_clip(clip_row(**values), clip_record(1)) is expected


def test_titles_are_compared_as_the_column_holds_them() -> None:
    long, composed = clip_record(1, title="长" * 300), clip_record(1, title="é")

    assert identity.looks_like_clip(clip_row(title="长" * 255), long)
    assert identity.looks_like_clip(clip_row(title="e\u0301"), composed)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"collection_type": "manual"}, True),
        ({"collection_type": "favourites"}, True),
        ({"collection_type": "ai_recommended"}, False),
        ({"collection_type": ""}, False),
        ({"manual": True}, True),
        ({"is_manual": True}, True),
        ({"manual": "no"}, False),
        ({"source": "user"}, True),
        ({"created_by": "hand"}, True),
        ({"origin": "manual"}, True),
        ({"type": "clip"}, False),
        ({}, False),
        (None, False),
        (BrokenJson("{"), False),
    ],
)
def test_a_row_may_say_itself_that_a_person_made_it(metadata: Any, expected: bool) -> None:
    assert identity.says_manual(metadata) is expected


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


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"original_clip_ids": ["1", 2]}, ("1", "2")),
        ({"original_clip_ids": ["2", "1", "2"]}, ("2", "1")),
        ({"original_clip_ids": []}, ()),
        ({"simplified_clip_ids": ["2"]}, ("2",)),
        ({"original_clip_ids": ["1"], "simplified_clip_ids": ["2"]}, ("1",)),
        ({"original_clip_ids": "12"}, None),
        ({"clip_ids": ["1"]}, None),
        (None, None),
    ],
)
def test_a_collections_row_holds_the_numbers_of_then(
    metadata: Any, expected: tuple[str, ...] | None
) -> None:
    assert identity.collection_numbers(collection_row("a", metadata), scene()) == expected


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"original_clip_ids": []}, True),
        ({"simplified_clip_ids": []}, False),
        ({"original_clip_ids": None}, False),
        (None, False),
    ],
)
def test_who_made_a_list_is_told_by_what_stands_beside_it(metadata: Any, expected: bool) -> None:
    """AutoClip's own sync writes `original_clip_ids`, and knows clips by their stored id alone."""
    assert identity.listed_by_sync(collection_row("a", metadata)) is expected


def test_a_per_collection_file_says_all_three() -> None:
    record = {
        "id": "1",
        "collection_title": "长" * 300,
        "collection_summary": "好",
        "clip_ids": [1, "2"],
    }
    row = collection_row("a", {"metadata_file": COLLECTION_FILE})

    def told(held: dict[str, Any]) -> tuple[dict[str, str], tuple[str, ...] | None]:
        found = scene((), {(Kind.COLLECTION, UUID_ROW): held})
        return (
            identity.collection_file_values(row, found),
            identity.collection_numbers(row, found),
        )

    assert told(record) == ({"name": "长" * 255, "description": "好"}, ("1", "2"))
    assert told({"id": "1"}) == ({"name": "", "description": ""}, None)
    assert told({}) == ({}, None)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (
            {"id": "1", "generated_title": "甲", "recommend_reason": "好"},
            {"title": "甲", "description": "好"},
        ),
        ({"id": 1, "title": "长" * 300}, {"title": "长" * 255, "description": ""}),
        ({"id": "1"}, {}),
        ({"generated_title": "甲"}, {}),
        (None, {}),
    ],
)
def test_a_rows_own_stored_record_says_what_is_no_edit(
    metadata: Any, expected: dict[str, str]
) -> None:
    """Rule 2, whatever the ledger knows."""
    assert identity.own_clip_values(clip_row(metadata=metadata)) == expected


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


def test_a_clips_span_is_the_ledgers_else_the_rows_in_milliseconds() -> None:
    exact = scene((clip_base("a", "1", start_ms=60_500, end_ms=110_250),))

    assert identity.clip_span(clip_row("a"), exact) == (60_500, 110_250)
    for half in ({"start_ms": 60_500}, {"end_ms": 110_250}):
        vague = scene((clip_base("a", "1", **half),))
        assert identity.clip_span(clip_row("a"), vague) == (60_000, 110_000)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 110, (0, 110_000)),
        (60, None, (60_000, 0)),
        (0, 0, None),
        (None, None, None),
        (None, 0, None),
    ],
)
def test_a_row_from_0_to_0_does_not_say_its_time(
    start: int | None, end: int | None, expected: tuple[int, int] | None
) -> None:
    assert identity.clip_span(clip_row("a", start_time=start, end_time=end), scene()) == expected
