"""Records: one by one; a bad one is quarantined with its reason and the others go on."""

import math
from typing import Any

import pytest

from clipsync.autoclip.disk.records import MAX_RAW, read_clips, read_collections
from clipsync.autoclip.disk.sources import RecordList
from clipsync.autoclip.disk.videos import VideoFolder
from clipsync.messages import render
from clipsync.model.manifest import (
    ClipRecord,
    CollectionRecord,
    DiskCode,
    DiskReason,
    Kind,
    QuarantinedRecord,
)
from tests.support.autoclip_files import MISSING, clip, collection

CLIP_VIDEOS = VideoFolder("output/clips", {})
COLLECTION_VIDEOS = VideoFolder("output/collections", {})


def clips_of(*records: Any, strict: bool = True) -> tuple[Any, Any]:
    return read_clips(RecordList("clips.json", list(records), strict), CLIP_VIDEOS)


def collections_of(*records: Any) -> tuple[Any, Any]:
    return read_collections(RecordList("collections.json", list(records), True), COLLECTION_VIDEOS)


def reason_of_clip(record: Any, *, strict: bool = True) -> str:
    clips, quarantined = clips_of(record, strict=strict)
    assert clips == ()
    return render(quarantined[0].reason)


def reason_of_collection(record: Any) -> str:
    collections, quarantined = collections_of(record)
    assert collections == ()
    return render(quarantined[0].reason)


def test_a_clip_record_becomes_a_clip() -> None:
    record = clip(2, end_time="00:01:30.999", new_key={"kept": True})
    assert clips_of(record) == (
        (
            ClipRecord(
                source_id="2",
                position=0,
                title="第2段：标题",
                description="推荐理由2",
                start_ms=60_000,
                end_ms=90_999,
                score=0.9,
                video_path="output/clips/2_第2段标题.mp4",
                video_exists=False,
                content=record,
            ),
        ),
        (),
    )


def test_a_collection_record_becomes_a_collection() -> None:
    record = collection(1, [7, 2], extra=None)
    assert collections_of(record) == (
        (
            CollectionRecord(
                source_id="1",
                position=0,
                name="合集1",
                description="合集简介1",
                clip_ids=("7", "2"),
                collection_type="ai_recommended",
                video_path="output/collections/1_合集1.mp4",
                video_exists=False,
                content=record,
            ),
        ),
        (),
    )


def test_a_bad_record_does_not_stop_the_others() -> None:
    bad = clip(2, start_time="00:7x")
    clips, quarantined = clips_of(clip(1), bad, clip(3))
    assert [(item.source_id, item.position) for item in clips] == [("1", 0), ("3", 2)]
    assert quarantined == (
        QuarantinedRecord(
            kind=Kind.CLIP,
            file="clips.json",
            position=1,
            source_id="2",
            reason=DiskReason(DiskCode.NO_TIME, {"name": "start_time", "value": "'00:7x'"}),
            raw=quarantined[0].raw,
        ),
    )
    assert '"第2段：标题"' in quarantined[0].raw


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (clip(1, start_time=MISSING), "start_time is missing"),
        (clip(1, end_time=12.5), "no usable end_time: 12.5"),
        (clip(1, end_time=["a"]), "no usable end_time: […]"),
        (clip(1, end_time="00:99:00"), "no usable end_time: '00:99:00'"),
        (clip(1, end_time="x" * 99), "no usable end_time: '" + "x" * 57 + "...'"),
        (
            clip(1, generated_title="", title=None, outline="  "),
            "no title: generated_title, title, outline are all empty or missing",
        ),
        (
            clip(1, generated_title=MISSING, outline={"title": 5}),
            "no title: generated_title, title, outline are all empty or missing",
        ),
        (clip(1, id=MISSING), "id is missing"),
        (clip(1, id=" "), "id is empty"),
        (clip(1, id=1.5), "id is neither text nor a whole number: 1.5"),
        (clip(1, id=True), "id is neither text nor a whole number: true"),
        (clip(1, id="7" * 300), "id is longer than 255 characters: '" + "7" * 57 + "...'"),
        (clip(1, final_score="high"), "final_score is not a number: 'high'"),
        (clip(1, final_score=True), "final_score is not a number: true"),
        (clip(1, id=None, start_time=""), "id is missing; no usable start_time: ''"),
        (["a"], "record is not an object but a list"),
        ("text", "record is not an object but text"),
        (3, "record is not an object but a number"),
        (None, "record is not an object but null"),
        (clip(1, x="a\0b"), "holds a NUL character, which PostgreSQL can't store"),
        (clip(1, **{"k\0": 1}), "holds a NUL character, which PostgreSQL can't store"),
        (
            clip(1, generated_title="a\ud800"),
            "holds half a character (a lone surrogate), which no database stores",
        ),
    ],
)
def test_why_a_clip_record_can_not_be_used(record: Any, reason: str) -> None:
    assert reason_of_clip(record) == reason


def test_numbers_no_database_stores_are_quarantined() -> None:
    assert reason_of_clip(clip(1, x=[math.nan]), strict=False) == (
        "holds a number that is not finite, which no database stores"
    )
    assert reason_of_clip(clip(1, x=2**70), strict=False) == (
        "holds a whole number of more than 64 bits"
    )


def test_a_record_nested_too_deeply_is_quarantined() -> None:
    def nested(levels: int) -> Any:
        value: Any = "x"
        for _ in range(levels):
            value = [value]
        return value

    reason = "nested more than 100 levels deep"
    assert reason_of_clip(clip(1, x=nested(200))) == reason
    assert reason_of_clip(clip(1, x=nested(900))) == reason
    assert len(clips_of(clip(1, x=nested(90), y=[[] for _ in range(200)]))[0]) == 1


@pytest.mark.parametrize("text", ["\\u0000", "[" * 500, "a" * 100_000, "🎬" * 50])
def test_text_that_only_looks_bad_is_good(text: str) -> None:
    clips, quarantined = clips_of(clip(1, generated_title=text))
    assert (clips[0].title, quarantined) == (text, ())


@pytest.mark.parametrize("number", ["3", 3, " 3 "])
def test_an_id_is_text_or_a_whole_number(number: Any) -> None:
    assert clips_of(clip(1, id=number))[0][0].source_id == "3"


def test_a_repeated_id_is_quarantined_and_the_first_one_used() -> None:
    clips, quarantined = clips_of(clip(3), clip(4, id=3), clip(5, id="3 "))
    assert [item.title for item in clips] == ["第3段：标题"]
    reason = "the same id '3' appears twice; the first one is used"
    assert [(item.position, item.source_id, render(item.reason)) for item in quarantined] == [
        (1, "3", reason),
        (2, "3", reason),
    ]


def test_a_bad_record_does_not_take_the_id_from_a_good_one() -> None:
    clips, quarantined = clips_of(clip(3, end_time="?"), clip(3))
    assert [item.position for item in clips] == [1]
    assert [item.position for item in quarantined] == [0]


@pytest.mark.parametrize(
    ("overrides", "title"),
    [
        ({"generated_title": " 一 ", "title": "二"}, " 一 "),
        ({"generated_title": "　", "title": "二"}, "二"),
        ({"generated_title": None, "outline": "三"}, "三"),
        ({"generated_title": 7, "outline": {"title": "四", "subtopics": []}}, "四"),
    ],
)
def test_the_title_falls_back_and_is_not_touched(overrides: Any, title: str) -> None:
    assert clips_of(clip(1, **overrides))[0][0].title == title


@pytest.mark.parametrize(
    ("score", "expected"), [(MISSING, None), (None, None), (1, 1.0), (-3.5, -3.5), (7, 7.0)]
)
def test_a_score_is_a_number_of_any_size_or_unknown(score: Any, expected: float | None) -> None:
    assert clips_of(clip(1, final_score=score))[0][0].score == expected


@pytest.mark.parametrize("reason", [MISSING, None, 5, ["a"]])
def test_a_description_that_is_no_text_is_empty(reason: Any) -> None:
    assert clips_of(clip(1, recommend_reason=reason))[0][0].description == ""


def test_a_clip_that_ends_before_it_starts_is_kept() -> None:
    record = clips_of(clip(1, start_time="00:00:10", end_time="00:00:05"))[0][0]
    assert (record.start_ms, record.end_ms) == (10_000, 5_000)


def test_the_raw_text_is_cut() -> None:
    _, quarantined = clips_of(clip(1, id=None, x="长" * MAX_RAW))
    assert len(quarantined[0].raw) == MAX_RAW


def test_an_id_that_can_not_be_stored_is_not_told() -> None:
    _, quarantined = clips_of(clip(1, id="a\0"), clip(1, id="b\ud800"), [])
    assert [item.source_id for item in quarantined] == [None, None, None]
    assert all("\0" not in item.raw for item in quarantined)
    for item in quarantined:
        item.raw.encode()


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (collection(1, [], clip_ids="1,2"), "clip_ids is not a list: '1,2'"),
        (collection(1, [], clip_ids={}), "clip_ids is not a list: {…}"),
        (
            collection(1, [], clip_ids=["1", {"id": 2}]),
            "clip_ids holds something that is no clip id: {…}",
        ),
        (
            collection(1, [], clip_ids=["1", " "]),
            "clip_ids holds something that is no clip id: ' '",
        ),
        (
            collection(1, [1], collection_title=" "),
            "no title: collection_title, title, name are all empty or missing",
        ),
        (collection(1, [1], id=[]), "id is neither text nor a whole number: […]"),
    ],
)
def test_why_a_collection_record_can_not_be_used(record: Any, reason: str) -> None:
    assert reason_of_collection(record) == reason


@pytest.mark.parametrize(
    ("clip_ids", "expected"),
    [
        (MISSING, ()),
        (None, ()),
        ([], ()),
        (["2", 7, "2", 2, " 9 "], ("2", "7", "9")),
    ],
)
def test_clip_ids_keep_their_order_without_repeats(clip_ids: Any, expected: Any) -> None:
    assert collections_of(collection(1, [], clip_ids=clip_ids))[0][0].clip_ids == expected


@pytest.mark.parametrize(
    ("overrides", "name", "kind"),
    [
        ({"collection_title": MISSING, "title": "甲"}, "甲", "ai_recommended"),
        ({"collection_title": "", "name": "乙"}, "乙", "ai_recommended"),
        ({"collection_type": "manual"}, "合集1", "manual"),
        ({"collection_type": 5, "collection_summary": None}, "合集1", "ai_recommended"),
    ],
)
def test_name_and_type_of_a_collection(overrides: Any, name: str, kind: str) -> None:
    record = collections_of(collection(1, [1], **overrides))[0][0]
    assert (record.name, record.collection_type) == (name, kind)
