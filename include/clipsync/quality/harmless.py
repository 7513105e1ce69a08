"""Values made fit for Data Docs, whose pages show what is in a frame without escaping all of it.

A title or an id may hold markup, template marks or control characters. Look-alikes take their
place, one for one, so that lengths and equality stay what they were.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

_LOOK_ALIKES = str.maketrans(
    {
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
        "&": "\N{FULLWIDTH AMPERSAND}",
        '"': "\N{FULLWIDTH QUOTATION MARK}",
        "'": "\N{FULLWIDTH APOSTROPHE}",
        "`": "\N{FULLWIDTH GRAVE ACCENT}",
        "$": "\N{FULLWIDTH DOLLAR SIGN}",
        "{": "\N{FULLWIDTH LEFT CURLY BRACKET}",
        "}": "\N{FULLWIDTH RIGHT CURLY BRACKET}",
        "\\": "\N{FULLWIDTH REVERSE SOLIDUS}",
    }
)
_LONGEST_TEXT = 300
_LONGEST_ID = 120
_DIGEST = 10


def harmless_text(text: str) -> str:
    """A title or name: what is too long for its column, or blank, is so afterwards as well."""
    return _neutral(text[:_LONGEST_TEXT])


def harmless_id(text: str) -> str:
    """An id, or a list of them: equal afterwards only where it was equal before."""
    shown = _neutral(text)
    if shown == text and len(text) <= _LONGEST_ID:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{shown[:_LONGEST_ID]}~{digest}"


class Shown:
    """Ids as frames show them, and back again."""

    def __init__(self) -> None:
        self._real: dict[str, str] = {}

    def show(self, text: str) -> str:
        shown = harmless_id(text)
        if shown != text:
            self._real[shown] = text
        return shown

    def real(self, shown: Iterable[str]) -> tuple[str, ...]:
        return tuple(self._real.get(text, text) for text in shown)


def _neutral(text: str) -> str:
    text = text.translate(_LOOK_ALIKES)
    if text.isprintable():  # no control, format or private character in it
        return text
    return "".join(map(_printable, text))


def _printable(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co"):
        return "\N{REPLACEMENT CHARACTER}"
    return character
