"""How a value stands in a sentence: a title in quotes, a count with its noun, a list with commas.

A place in a sentence names its value and the way to show it: `{label:quoted}`, `{rows:rows}`. A
place without a way shows the value as it is, on one line and of bounded length. Nothing is escaped
here: a page, a mail and a terminal each do that in their own way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

from clipsync.model.text import fit

_QUOTE_LIMIT = 60
_TEXT_LIMIT = 1000
_MOST_LISTED = 10
_FEW = 5

Texts = Mapping[str, Any]
"""One language's texts, as its JSON file holds them."""

Nested = Callable[[Any], str]
"""Says a reason that is a value of another sentence."""


def quoted(text: object) -> str:
    """A title as it stands in a sentence: one line, of bounded length, in quotes."""
    shown = " ".join(str(text).split())
    if len(shown) > _QUOTE_LIMIT:
        shown = fit(shown, _QUOTE_LIMIT - 1) + "…"
    return f"“{shown}”"


@dataclass(frozen=True, slots=True)
class Filling:
    """Fills one language's sentences. `nested`: says a reason inside a finding, or in another."""

    texts: Texts
    nested: Nested

    def fill(self, sentence: str, values: Mapping[str, Any]) -> str:
        """The sentence with its places filled. Raises KeyError where a value is missing."""
        parts = []
        for text, name, way, _ in Formatter().parse(sentence):
            parts.append(text)
            if name is not None:
                parts.append(self._shown(values[name], way or ""))
        return "".join(parts)

    def _shown(self, value: Any, way: str) -> str:
        if way in self.texts["counted"]:
            return self._counted(value, way)
        if way in self.texts["words"]:
            return self._word(way, value)
        if way == "":
            return _plain(value)
        return _WAYS[way](self, value)

    def _counted(self, value: Any, noun: str) -> str:
        """`1 row`, `1,200 rows`; of a list or an object: how many it holds."""
        number = value if isinstance(value, int) else len(value)
        one, many = self.texts["counted"][noun]
        return str(one if number == 1 else many).format(n=f"{number:,}")

    def _word(self, group: str, value: Any) -> str:
        return str(self.texts["words"][group].get(str(value), _plain(value)))

    def _listed(self, values: Sequence[Any], most: int = _MOST_LISTED) -> str:
        return str(self.texts["signs"]["between_items"]).join(map(_plain, values[:most]))

    def _parts(self, names: Sequence[str]) -> str:
        return self._listed([self._word("part", name) for name in names])

    def _values(self, values: Mapping[str, Any]) -> str:
        return str(self.texts["signs"]["between_values"]).join(
            f"{self._word('column', name)} {_plain(value)}" for name, value in values.items()
        )

    def _reasons(self, reasons: Sequence[Any]) -> str:
        return str(self.texts["signs"]["between_reasons"]).join(map(self.nested, reasons))

    def _problems(self, problems: Sequence[Mapping[str, Any]]) -> str:
        """`file: reason; file: reason`."""
        signs = self.texts["signs"]
        return str(signs["between_reasons"]).join(
            f"{_plain(one['file'])}{signs['after_file']}{self.nested(one['reason'])}"
            for one in problems
        )


_WAYS: Mapping[str, Callable[[Filling, Any], str]] = {
    "quoted": lambda filling, value: quoted(
        filling._listed(value) if isinstance(value, list | tuple) else value
    ),
    "n": lambda _, value: f"{value:,}",
    "percent": lambda _, value: f"{value:.0%}",
    "list": lambda filling, value: filling._listed(value),
    "titles": lambda filling, value: filling._listed([quoted(one) for one in value]),
    "few": lambda filling, value: filling._listed(value, _FEW),
    "parts": lambda filling, value: filling._parts(value),
    "values": lambda filling, value: filling._values(value),
    "reason": lambda filling, value: filling.nested(value),
    "reasons": lambda filling, value: filling._reasons(value),
    "problems": lambda filling, value: filling._problems(value),
}


def places(sentence: str) -> frozenset[str]:
    """The names of a sentence's places."""
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


def _plain(value: Any) -> str:
    return fit(" ".join(str(value).split()), _TEXT_LIMIT)
