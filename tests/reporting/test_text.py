"""Names are harmless, on one line, and cut at a cell width without splitting a character."""

from __future__ import annotations

import sys
from unicodedata import category

import pytest
from rich.cells import cell_len

from clipsync.reporting.text import clean, cut, plural


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  轮回、命运\n开悟\t ", "轮回、命运 开悟"),
        ("a\r\nBcc: x@y", "a Bcc: x@y"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("abc\u202egpj.exe\u202c", "abcgpj.exe"),
        ("\u2066x\u2069\u200e\u200f\ufeff\u00ad", "x"),
        ("line\u2028sep\u2029end", "line sep end"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("👨\u200d👩\u200d👧 می\u200cخواهم", "👨\u200d👩\u200d👧 می\u200cخواهم"),
        (None, "None"),
    ],
)
def test_what_could_harm_a_line_is_taken_out(text: object, shown: str) -> None:
    assert clean(text) == shown


def test_no_character_that_is_taken_out_counts_as_printable() -> None:
    """`clean` looks at single characters only where a text has one that is not printable."""
    harmful = {"Cc", "Zl", "Zp", "Cs", "Cf"}
    everything = map(chr, range(sys.maxunicode + 1))
    assert [one for one in everything if one.isprintable() and category(one) in harmful] == []


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("北京", 4, "北京"),
        ("北京城", 4, "北…"),
        ("北京城", 5, "北京…"),
        ("ab cd", 4, "ab…"),
        ("👨\u200d👩\u200d👧x", 2, "…"),
        ("👨\u200d👩\u200d👧xy", 3, "👨\u200d👩\u200d👧…"),
        ("🇨🇳🇰🇷🇯🇵", 4, "🇨🇳…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("👍🏽👍🏽", 3, "👍🏽…"),
        ("abc", 0, ""),
        ("", 5, ""),
    ],
)
def test_a_cut_never_splits_a_character(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


@pytest.mark.parametrize(
    "text", ["字" * 10_000, "a" + "\u0301" * 10_000, "🇨🇳" * 5_000, "\n" * 9_999]
)
@pytest.mark.parametrize("width", [1, 2, 3, 10, 41])
def test_ten_thousand_characters_fit(text: str, width: int) -> None:
    shown = cut(text, width)
    assert cell_len(shown) <= width
    assert len(shown) < 1_000


def test_plural() -> None:
    assert [plural(count, "clip") for count in (0, 1, 2, 1200)] == [
        "0 clips",
        "1 clip",
        "2 clips",
        "1,200 clips",
    ]
