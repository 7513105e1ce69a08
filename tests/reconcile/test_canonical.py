"""Rule 10, canonical comparison, and rule 13, values that do not fit."""

from __future__ import annotations

import math
import struct
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsync.model.snapshot import BrokenJson
from clipsync.reconcile.canonical import (
    NAME_LIMIT,
    PATH_LIMIT,
    fit,
    same_json,
    same_number,
    same_text,
    untouched,
)
from tests.support.properties import steady

texts = st.text(alphabet=st.characters(codec="utf-8"))
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
json_values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner)
)


# -- text ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("", None),
        (None, None),
        ("é", "e\u0301"),
        ("한국", unicodedata.normalize("NFD", "한국")),
        ("が", "か\u3099"),
    ],
)
def test_text_that_is_only_spelled_otherwise_is_the_same(left: object, right: object) -> None:
    assert same_text(left, right)
    assert same_text(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [("a", "A"), ("a", "a "), (" ", None), ("ｅ", "e"), ("①", "1"), ("0", None), ("é", "e")],
)
def test_text_that_reads_otherwise_is_another(left: object, right: object) -> None:
    assert not same_text(left, right)
    assert not same_text(right, left)


@steady
@given(texts)
def test_composed_and_decomposed_text_is_the_same(text: str) -> None:
    assert same_text(text, unicodedata.normalize("NFD", text))
    assert not same_text(text, text + "x")


# -- numbers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, 1.0, True),
        (0.1 + 0.2, 0.3, True),
        (0, 0.0, True),
        (0.0, 1e-10, True),
        (0.0, 1e-8, False),
        (1.0, 1.0 + 1e-7, True),
        (1.0, 1.0 + 1e-5, False),
        (0.90, 0.91, False),
        (None, None, True),
        (0, None, False),
        (None, 0.0, False),
        (True, 1, False),
        (1, True, False),
        ("1", 1, False),
        (math.inf, math.inf, True),
    ],
)
def test_numbers_are_equal_within_what_a_float_column_keeps(
    left: object, right: object, same: bool
) -> None:
    assert same_number(left, right) is same


@steady
@given(st.floats(0, 1, width=64))
def test_a_score_survives_a_column_of_single_precision(score: float) -> None:
    (stored,) = struct.unpack("f", struct.pack("f", score))

    assert same_number(stored, score)


# -- JSON ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": [0.1 + 0.2]}, {"a": [0.3]}, True),
        ({"a": ("1", "2")}, {"a": ["1", "2"]}, True),
        ({"a": "é"}, {"a": "e\u0301"}, True),
        (["1", "2"], ["2", "1"], False),
        (["1"], ["1", "1"], False),
        ({"a": None}, {}, False),
        ({"a": 1}, {"b": 1}, False),
        ({}, {"a": 1}, False),
        (None, "", False),
        (None, {}, False),
        (None, [], False),
        (None, None, True),
        ("1", 1, False),
        ([], {}, False),
        ("ab", ["a", "b"], False),
        ({"a": True}, {"a": 1}, False),
        ([False], [0], False),
        ([0], [False], False),
        ([True], [True], True),
        ({"b": 1, "a": True}, {"a": True, "b": 1}, True),
        ({"b": 1, "a": True}, {"a": False, "b": 1}, False),
        ({"b": 1, "a": None}, {"a": None, "b": 1}, True),
        ({"b": 1, "a": None}, {"a": 0, "b": 1}, False),
    ],
)
def test_json_is_compared_by_meaning(left: Any, right: Any, same: bool) -> None:
    assert same_json(left, right) is same
    assert same_json(right, left) is same


def test_json_that_does_not_parse_equals_nothing_not_even_itself() -> None:
    broken = BrokenJson("{")

    assert not same_json(broken, broken)
    assert not same_json(broken, {})
    assert not same_json({}, broken)
    assert not same_json({"b": 1, "a": broken}, {"a": broken, "b": 1})


@steady
@given(json_values)
def test_the_order_of_keys_never_matters(value: Any) -> None:
    assert same_json(value, turned(value))
    assert same_json(turned(value), value)


@steady
@given(json_values)
def test_a_value_differs_from_one_with_more_in_it(value: Any) -> None:
    assert not same_json(value, [value])
    assert not same_json([value], [value, value])
    assert not same_json({"a": value}, {"a": value, "b": value})


def turned(value: Any) -> Any:
    """The same JSON value with the keys of every object in the other order."""
    if isinstance(value, dict):
        return {key: turned(inner) for key, inner in reversed(value.items())}
    return [turned(inner) for inner in value] if isinstance(value, list) else value


# -- times -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("created_at", "updated_at", "expected"),
    [
        ("2026-01-01 00:00:00.000000", "2026-01-01 00:00:00.000000", True),
        ("2026-01-01 00:00:00.000010", "2026-01-01 00:00:00.000999", True),
        ("2026-01-01 00:00:00.000999", "2026-01-01 00:00:00.000010", True),
        ("2026-01-01 00:00:00.000000", "2026-01-01 00:00:00.999999", True),
        ("2026-01-01 00:00:00.000000", "2026-01-01 00:00:01.000000", False),
        ("2026-01-02 00:00:00.000000", "2026-01-01 00:00:00.000000", False),
        ("2026-01-01T00:00:00+00:00", "2026-01-01T08:00:00+08:00", True),
        ("2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+08:00", False),
        # Nothing can be told from these: somebody may have edited the row.
        ("2026-01-01T00:00:00+00:00", "2026-01-01 00:00:00", False),
        ("", "", False),
        ("never", "2026-01-01", False),
        (None, None, False),
    ],
)
def test_a_row_is_untouched_while_its_two_times_are_of_one_moment(
    created_at: str, updated_at: str, expected: bool
) -> None:
    assert untouched(created_at, updated_at) is expected


# -- values that do not fit (rule 13) --------------------------------------------------------------

CLUSTERS = [
    "a",
    "字",
    "。",
    "😀",
    "𠮷",  # a Chinese character beyond the first plane
    "e\u0301",
    "か\u3099",
    unicodedata.normalize("NFD", "한"),
    unicodedata.normalize("NFD", "국"),
    "कि",  # a spacing vowel sign
    "नु",  # a non-spacing one of combining class 0
    "❤\ufe0f",
    "1\ufe0f\u20e3",
    "👍🏽",
    "👩\u200d👩\u200d👧\u200d👦",
    "🇨🇳",
    "🇰🇷",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
]


def test_the_limits_are_those_of_the_columns() -> None:
    assert (NAME_LIMIT, PATH_LIMIT) == (255, 500)


def test_text_of_exactly_the_limit_stays_and_one_more_is_cut() -> None:
    assert fit("字" * 255) == "字" * 255
    assert fit("字" * 256) == "字" * 255
    assert fit("😀" * 256) == "😀" * 255


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_visible_character_is_never_torn(cluster: str) -> None:
    """At every place the limit can fall within it."""
    for inside in range(len(cluster)):
        before = "字" * (255 - inside)
        assert fit(before + cluster) == before
    before = "字" * (255 - len(cluster))
    assert fit(before + cluster + "字") == before + cluster


@steady
@given(st.lists(st.sampled_from(CLUSTERS), max_size=12), st.integers(8, 40))
def test_as_many_whole_characters_stay_as_fit(clusters: list[str], limit: int) -> None:
    expected = ""
    for cluster in clusters:
        if len(expected) + len(cluster) > limit:
            break
        expected += cluster

    assert fit("".join(clusters), limit) == expected


def test_a_text_without_any_boundary_is_cut_at_the_limit() -> None:
    assert fit("e" + "\u0301" * 300) == "e" + "\u0301" * 254


@steady
@given(texts, st.integers(1, 20))
def test_what_was_cut_fits_and_is_a_beginning(text: str, limit: int) -> None:
    cut = fit(text, limit)

    assert len(cut) <= limit
    assert text.startswith(cut)
    assert bool(cut) == bool(text)
    assert fit(cut, limit) == cut
