"""English and Chinese: which one a reader wants, and the words in it.

The English text is the key. `translations/zh.json` holds the Chinese; a text that is missing there
(a message out of somebody's data, for example) stays English.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from starlette.requests import Request

from clipsync.messages import LanguageCode as Code

COOKIE = "clipsync_lang"
NAMES: dict[Code, str] = {"en": "English", "zh": "中文"}


@dataclass(frozen=True, slots=True)
class Language:
    """One of the two. `code` is the language, `tag` what HTML's `lang` wants."""

    code: Code

    @property
    def tag(self) -> str:
        return {"en": "en", "zh": "zh-CN"}[self.code]

    @property
    def other(self) -> Code:
        return "en" if self.code == "zh" else "zh"

    def say(self, english: str, /, **values: Any) -> str:
        """The text in this language, `{name}` replaced by `values`."""
        text = _chinese().get(english, english) if self.code == "zh" else english
        return text.format(**values) if values else text

    def count(self, one: str, many: str, number: int, /) -> str:
        """`1 clip`, `2 clips`: the texts hold `{n}`; Chinese has one form, that of `many`."""
        english = one if number == 1 and self.code == "en" else many
        return self.say(english, n=f"{number:,}")

    def knows(self, english: str) -> bool:
        """Whether the reader gets this text in their language."""
        return self.code == "en" or english in _chinese()

    def moment(self, moment: datetime | None) -> str:
        """A time as text; the page's script turns it into the reader's own time zone."""
        return "–" if moment is None else moment.strftime("%Y-%m-%d %H:%M UTC")


def language_of(request: Request) -> Language:
    """The reader's choice (`?lang=`, then the cookie of the switch), else the browser's."""
    for choice in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if choice in ("en", "zh"):
            return Language("zh" if choice == "zh" else "en")
    return Language(preferred(request.headers.get("accept-language", "")))


def preferred(accept_language: str) -> Code:
    """The first of our two languages by the weights of an Accept-Language header; else English."""
    weighted: list[tuple[float, int, Code]] = []
    for position, part in enumerate(accept_language[:1000].split(",")):
        tag, _, parameters = part.strip().partition(";")
        name = tag.strip().lower().partition("-")[0]
        if name in ("en", "zh"):
            weighted.append((-_weight(parameters), position, "zh" if name == "zh" else "en"))
    wanted = [one for one in sorted(weighted) if one[0] < 0]
    return wanted[0][2] if wanted else "en"


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


@cache
def _chinese() -> dict[str, str]:
    text = files("clipsync.web").joinpath("translations/zh.json").read_text("utf-8")
    return dict(json.loads(text))
