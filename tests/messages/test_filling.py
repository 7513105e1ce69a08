"""How a value stands in a sentence: on one line, bounded, and never read as a sentence itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsync.messages import quoted
from clipsync.messages.filling import Filling
from tests.support.properties import steady

TEXTS = {
    "counted": {"rows": ["{n} row", "{n} rows"]},
    "words": {"part": {"title": "heading"}, "column": {"start_time": "start"}},
    "signs": {
        "between_items": ", ",
        "between_reasons": "; ",
        "between_values": ", ",
        "after_file": ": ",
    },
}
FILLING = Filling(TEXTS, lambda reason: f"because {reason}")


@pytest.mark.parametrize(
    ("sentence", "value", "filled"),
    [
        ("{x}", "a\n b", "a b"),
        ("{x}", "{y} and %s", "{y} and %s"),
        ("{x:quoted}", "a\n b", "“a b”"),
        ("{x:quoted}", ["1", "2"], "“1, 2”"),
        ("{x:n}", 1200, "1,200"),
        ("{x:percent}", 0.5, "50%"),
        ("{x:rows}", 1, "1 row"),
        ("{x:rows}", 1200, "1,200 rows"),
        ("{x:rows}", ["a", "b"], "2 rows"),
        ("{x:list}", [str(n) for n in range(12)], "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
        ("{x:few}", list("abcdefg"), "a, b, c, d, e"),
        ("{x:part}", "title", "heading"),
        ("{x:part}", "unheard_of", "unheard_of"),
        ("{x:parts}", ["title", "name"], "heading, name"),
        ("{x:values}", {"start_time": "-2", "end": "7"}, "start -2, end 7"),
        ("{x:reason}", "so", "because so"),
        ("{x:reasons}", ["so", "thus"], "because so; because thus"),
        ("{x:problems}", [{"file": "a", "reason": "so"}], "a: because so"),
    ],
)
def test_a_place_names_the_way_to_show_its_value(sentence: str, value: object, filled: str) -> None:
    assert FILLING.fill(sentence, {"x": value, "y": "never"}) == filled


def test_a_value_that_is_missing_is_told() -> None:
    with pytest.raises(KeyError):
        FILLING.fill("{x} {y}", {"x": 1})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("甲", "“甲”"),
        ("甲\n乙\t 丙 ", "“甲 乙 丙”"),
        ("", "“”"),
        (7, "“7”"),
        ("长" * 60, f"“{'长' * 60}”"),
        ("长" * 61, f"“{'长' * 59}…”"),
        ("长" * 58 + "👍🏽长长", f"“{'长' * 58}…”"),
    ],
)
def test_a_title_stands_in_a_sentence_on_one_line_and_not_too_long(
    text: object, shown: str
) -> None:
    assert quoted(text) == shown


@steady
@given(st.text())
def test_what_is_quoted_never_breaks_a_line(text: str) -> None:
    shown = quoted(text)

    assert shown.splitlines() == [shown]
    assert 2 <= len(shown) <= 62
