"""Times: three spellings, any precision, rounded down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsync.autoclip.disk.times import MAX_SECONDS, parse_time_ms
from tests.support.properties import steady


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("00:04:03,500", 243_500),
        ("00:04:03.500", 243_500),
        ("00:04:03", 243_000),
        ("00:00:01,5", 1_500),
        ("00:00:01.05", 1_050),
        ("00:00:01,9999999", 1_999),
        ("123:00:00,001", 442_800_001),
        (" 00:00:01,000\n", 1_000),
        ("0:04:03", 243_000),
    ],
)
def test_the_spellings_of_a_time(text: str, milliseconds: int) -> None:
    assert parse_time_ms(text) == milliseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00:7x",
        "04:03",
        "00:60:00",
        "00:00:60",
        "00:00:01,",
        "-00:00:01",
        "00:00:01,5x",
        "1:2:3:4",
        "00：00：01",
        "٠٠:٠٠:٠١",
        "9999999999:00:00",
        "9" * 10_000 + ":00:00",
    ],
)
def test_anything_else_is_no_time(text: str) -> None:
    assert parse_time_ms(text) is None


@steady
@given(
    milliseconds=st.integers(0, MAX_SECONDS * 1000),
    separator=st.sampled_from(",."),
    more_digits=st.text("0123456789", max_size=6),
)
def test_every_time_comes_back_rounded_down(
    milliseconds: int, separator: str, more_digits: str
) -> None:
    seconds, rest = divmod(milliseconds, 1000)
    text = (
        f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        f"{separator}{rest:03d}{more_digits}"
    )
    assert parse_time_ms(text) == milliseconds


@steady
@given(st.text())
def test_no_text_raises(text: str) -> None:
    result = parse_time_ms(text)
    assert result is None or 0 <= result < (MAX_SECONDS + 1) * 1000
