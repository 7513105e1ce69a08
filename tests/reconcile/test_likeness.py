"""Rule 1: how much two pieces of video, and two contents, are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsync.model.decision import Span
from clipsync.reconcile import likeness
from tests.support.properties import steady

spans = st.tuples(st.integers(0, 50), st.integers(0, 50))
contents = st.frozensets(st.sampled_from("abcdef"))


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ((0, 60_000), (30_000, 90_000), 1 / 3),
        ((0, 10_000), (5_000, 15_000), 1 / 3),
        ((0, 10_000), (0, 10_000), 1.0),
        ((0, 100_000), (0, 50_000), 0.5),
        ((0, 100_000), (25_000, 75_000), 0.5),
        ((0, 10_000), (10_000, 20_000), 0.0),
        ((0, 10_000), (20_000, 30_000), 0.0),
        # One that ends before it starts is read backwards.
        ((10_000, 0), (0, 10_000), 1.0),
        ((10_000, 0), (5_000, 15_000), 1 / 3),
        ((10_000, 0), (20_000, 30_000), 0.0),
        # Rows hold whole seconds, files milliseconds.
        ((60_000, 110_000), (60_999, 110_999), 1.0),
        # An empty range is itself only.
        ((5_000, 5_000), (5_000, 5_000), 1.0),
        ((5_000, 5_000), (5_999, 5_200), 1.0),
        ((5_000, 5_000), (6_000, 6_000), 0.0),
        ((5_000, 5_000), (0, 10_000), 0.0),
        (None, (0, 1), 0.0),
        (None, None, 0.0),
    ],
)
def test_pieces_of_video_are_alike_by_the_time_they_share(
    left: Span | None, right: Span | None, expected: float
) -> None:
    assert likeness.of_spans(left, right) == pytest.approx(expected)
    assert likeness.of_spans(right, left) == pytest.approx(expected)


@steady
@given(spans, spans)
def test_the_share_is_that_of_the_milliseconds(left: Span, right: Span) -> None:
    """In seconds, where rows and files are no different."""
    mine, other = (set(range(min(span), max(span))) for span in (left, right))
    union = max(*left, *right) - min(*left, *right)

    found = likeness.of_spans((left[0] * 1000, left[1] * 1000), (right[0] * 1000, right[1] * 1000))

    assert found == pytest.approx(1.0 if left == right else len(mine & other) / union)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("abc", "bcd", 0.5),
        ("abc", "cba", 1.0),
        ("ab", "cd", 0.0),
        ("a", "abcd", 0.25),
        ("", "a", 0.0),
        ("", "", 0.0),
    ],
)
def test_contents_are_alike_by_the_clips_they_share(left: str, right: str, expected: float) -> None:
    assert likeness.of_contents(list(left), list(right)) == expected


@steady
@given(contents, contents)
def test_a_likeness_is_a_share_and_the_same_from_both_sides(
    left: frozenset[str], right: frozenset[str]
) -> None:
    found = likeness.of_contents(left, right)

    assert 0 <= found <= 1
    assert found == likeness.of_contents(right, left)
    assert (found == 1) == (left == right != frozenset())


@pytest.mark.parametrize(
    ("share", "same_number", "expected"),
    [
        (0.0, True, False),
        (0.01, True, True),
        (0.49, False, False),
        (0.5, False, True),
        (0.0, False, False),
        (1.0, False, True),
    ],
)
def test_any_overlap_is_enough_under_the_same_number_and_half_under_another(
    share: float, same_number: bool, expected: bool
) -> None:
    assert likeness.same_thing(share, same_number=same_number) is expected
