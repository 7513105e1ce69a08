"""Generated records have the shape of real ones and follow from the project id."""

from __future__ import annotations

import re

import pytest

from clipsync.demo.content import TOPICS, generate_content, timestamp, with_reversed_times

PROJECT = "455d6e8c-29a4-4027-884a-ddec16f9bbe1"
MANY = [generate_content(f"project {number}") for number in range(200)]


def test_the_same_id_gives_the_same_content() -> None:
    assert generate_content(PROJECT) == generate_content(PROJECT)
    assert generate_content(PROJECT) != generate_content(PROJECT[::-1])


def test_another_attempt_cuts_the_same_video_anew() -> None:
    first, second = generate_content(PROJECT), generate_content(PROJECT, attempt=1)
    assert (first.name, first.category) == (second.name, second.category)
    assert first.clips != second.clips


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize(("clips", "collections"), [(0, 0), (1, 1), (5, 0), (9, 1), (40, 9)])
def test_the_counts_asked_for_are_given(topic: str, clips: int, collections: int) -> None:
    content = generate_content(PROJECT, clips=clips, collections=collections, topic=topic)
    assert (len(content.clips), len(content.collections)) == (clips, collections)


def test_a_clip_record_has_the_keys_of_the_contract() -> None:
    keys = {
        "id",
        "start_time",
        "end_time",
        "outline",
        "content",
        "chunk_index",
        "final_score",
        "recommend_reason",
    }
    for content in MANY:
        assert all(set(clip) == keys for clip in content.scored)
        assert all(set(clip) == keys | {"generated_title"} for clip in content.clips)


def test_survivors_are_scored_candidates_in_time_order_with_gaps_in_their_ids() -> None:
    for content in MANY:
        scored = {clip["id"]: clip for clip in content.scored}
        for clip in content.clips:
            assert {**scored[clip["id"]], "generated_title": clip["generated_title"]} == clip
            assert clip["start_time"] < clip["end_time"]
        ids = [int(clip["id"]) for clip in content.clips]
        assert ids == sorted(set(ids))
    assert any(len(content.scored) > len(content.clips) for content in MANY)


def test_titles_are_unique_within_a_project_and_fit_a_file_name() -> None:
    for content in MANY:
        titles = [clip["generated_title"] for clip in content.clips]
        assert len(set(titles)) == len(titles)
        assert max(len(title.encode()) for title in titles) < 240


def test_collections_name_clips_of_their_project_once() -> None:
    for content in MANY:
        known = {clip["id"] for clip in content.clips}
        names = [collection["collection_title"] for collection in content.collections]
        assert len(set(names)) == len(names)
        for collection in content.collections:
            assert set(collection) == {
                "id",
                "collection_title",
                "collection_summary",
                "clip_ids",
            }
            assert collection["clip_ids"]
            assert set(collection["clip_ids"]) <= known
            assert len(set(collection["clip_ids"])) == len(collection["clip_ids"])


def test_texts_hold_what_real_texts_hold() -> None:
    titles = "".join(clip["generated_title"] for content in MANY for clip in content.clips)
    for pattern in ("[一-鿿]", "[가-힣]", "[😀-🙏🀀-🧿]", "[“”]", "/", "&", "<", "[，：？]"):
        assert re.search(pattern, titles), pattern
    outlines = [clip["outline"] for content in MANY for clip in content.clips]
    assert {type(outline) for outline in outlines} == {str, dict}


def test_sizes_average_thirteen_clips_and_three_collections() -> None:
    assert 12 < sum(len(content.clips) for content in MANY) / len(MANY) < 14
    assert 2.6 < sum(len(content.collections) for content in MANY) / len(MANY) < 3.4


def test_reversed_times_touch_one_clip() -> None:
    clips = generate_content(PROJECT, clips=3, collections=0).clips
    reversed_clips = with_reversed_times(clips, clips[1]["id"])
    assert (reversed_clips[0], reversed_clips[2]) == (clips[0], clips[2])
    assert reversed_clips[1]["start_time"] == clips[1]["end_time"]
    assert reversed_clips[1]["end_time"] == clips[1]["start_time"]


def test_timestamps_are_written_as_in_subtitles() -> None:
    assert timestamp(0) == "00:00:00,000"
    assert timestamp(3_723_045) == "01:02:03,045"
