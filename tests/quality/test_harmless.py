"""Nothing in a frame can harm a reader of Data Docs, and equality and lengths survive that."""

from __future__ import annotations

import pytest

from clipsync.quality.harmless import Shown, harmless_id, harmless_text

HOSTILE = "<img src=x onerror=\"alert('1')\"> ${boom} {{ 7*7 }} `a` \\ \u202eevil\x1b[31m \ud800"


def test_a_title_keeps_its_length_and_looks_but_no_markup() -> None:
    assert harmless_text(HOSTILE) == (
        "‹img src=x onerror＝＂alert(＇1＇)＂›".replace("＝", "=")
        + " ＄｛boom｝ ｛｛ 7*7 ｝｝ ｀a｀ ＼ \ufffdevil\ufffd[31m \ufffd"
    )
    assert len(harmless_text(HOSTILE)) == len(HOSTILE)


@pytest.mark.parametrize(
    ("title", "blank", "too_long"),
    [("", True, False), ("\n\t\u3000", True, False), ("字" * 255, False, False),
     ("字" * 256, False, True), ("<" * 10_000, False, True)],
)  # fmt: skip
def test_what_is_blank_or_too_long_stays_so(title: str, blank: bool, too_long: bool) -> None:
    shown = harmless_text(title)
    assert (not shown.strip(), len(shown) > 255) == (blank, too_long)
    assert len(shown) <= 300


def test_different_ids_stay_different_and_can_be_told_again() -> None:
    ids = ["455d6e8c-29a4-4027-884a-ddec16f9bbe1", "<", "‹", "a" * 500 + "b", "a" * 500 + "c", ""]
    shown = Shown()
    texts = [shown.show(row_id) for row_id in ids]
    assert texts[0] == ids[0]
    assert len(set(texts)) == len(ids)
    assert shown.real(texts) == tuple(ids)
    assert max(map(len, texts)) < 140
    assert harmless_id("<") == harmless_id("<")
