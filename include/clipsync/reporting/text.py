"""Names and messages made fit to be shown: harmless, on one line, and cut at a cell width.

Titles come from a language model and from people. They hold emoji, full-width punctuation and,
on a bad day, terminal escapes, line breaks or right-to-left overrides that would turn the rest
of a table, a subject or a log line upside down.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len, split_graphemes

ELLIPSIS = "…"

# Zero-width joiner and non-joiner hold emoji and Persian words together; everything else of the
# category "format" (bidi overrides and isolates, marks, soft hyphens, BOM) is invisible or harmful.
_KEPT_FORMAT_CHARACTERS = frozenset("\u200c\u200d")
# Flags of England, Scotland and Wales are spelled with "tag" characters after a black flag.
_TAG_CHARACTERS = range(0xE0020, 0xE0080)
_FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))
_SPACES = re.compile(r"\s+")


def clean(text: object) -> str:
    """`text` on one line, without control, bidi and other invisible characters.

    Line breaks and controls become a space, runs of white space one; half a surrogate pair, which
    no encoding can carry, becomes U+FFFD.
    """
    source = str(text)
    if source.isprintable():
        # Nearly every title: nothing below would be replaced or left out, but white space.
        return _SPACES.sub(" ", source).strip()
    kept = []
    for character in source:
        category = unicodedata.category(character)
        if category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif category == "Cs":
            kept.append("\N{REPLACEMENT CHARACTER}")
        elif category != "Cf" or _is_kept_format(character):
            kept.append(character)
    return _SPACES.sub(" ", "".join(kept)).strip()


def cut(text: object, width: int) -> str:
    """`clean(text)` in at most `width` cells of a terminal, with an ellipsis where it was cut.

    A Chinese character takes two cells. Characters that belong together (an emoji with its skin
    tone, a letter with its accent) stay together.
    """
    if width <= 0:
        return ""
    source = str(text).strip()
    # Nobody measures ten thousand characters to show forty; marks piled on one letter are cut too.
    limit = width * 16 + 64
    whole = clean(source[:limit])
    if len(source) <= limit and cell_len(whole) <= width:
        return whole
    kept, used = [], 0
    for grapheme, cells in _graphemes(whole):
        if used + cells > width - 1:
            break
        kept.append(grapheme)
        used += cells
    return "".join(kept).rstrip() + ELLIPSIS


def plural(count: int, noun: str, plural_noun: str | None = None) -> str:
    """`1 clip`, `2 clips`, `1,200 clips`."""
    return f"{count:,} {noun if count == 1 else plural_noun or noun + 's'}"


def _is_kept_format(character: str) -> bool:
    return character in _KEPT_FORMAT_CHARACTERS or ord(character) in _TAG_CHARACTERS


def _graphemes(text: str) -> Iterator[tuple[str, int]]:
    """Characters as people see them, with their width in cells; a flag's two halves are one."""
    half_flag: tuple[str, int] | None = None
    for start, end, cells in split_graphemes(text)[0]:
        grapheme = text[start:end]
        if half_flag is not None:
            if grapheme[0] in _FLAG_LETTERS:
                yield half_flag[0] + grapheme, half_flag[1] + cells
                half_flag = None
                continue
            yield half_flag
            half_flag = None
        if grapheme in _FLAG_LETTERS:
            half_flag = (grapheme, cells)
        else:
            yield grapheme, cells
    if half_flag is not None:
        yield half_flag
