"""Templates: everything is escaped, an unknown name is an error, texts come in two languages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.requests import Request

from clipsync.messages import AnyReason, Told, advice, heading, tell, tell_finding, word
from clipsync.model.finding import Finding
from clipsync.reporting.text import clean
from clipsync.web import words
from clipsync.web.language import NAMES, Language

_LONGEST_TEXT = 2000


def render(name: str, request: Request, language: Language, **values: Any) -> str:
    """A page. `root` in templates: the path below which this application is mounted."""
    root = str(request.scope.get("root_path", "")).rstrip("/")
    return (
        _environment()
        .get_template(name)
        .render(
            root=root,
            house=house_path(request),
            path=request.url.path,
            query=dict(request.query_params),
            language=language,
            languages=NAMES,
            _=language.say,
            n_=language.count,
            # What is said in English only, whatever the reader's language.
            foreign=_lang(language, english=True),
            message=partial(_message, language),
            advice=partial(advice, language=language.code),
            heading=partial(heading, language=language.code),
            reason=partial(_reason, language),
            word=partial(word, language=language.code),
            **values,
        )
    )


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and the attribute that tells its language where it is not the page's."""

    text: str
    lang: Markup


def house_path(request: Request) -> str:
    """The path below which the house itself (Airflow) is served: empty, or `/airflow`."""
    root = str(request.scope.get("root_path", "")).rstrip("/")
    prefix = str(getattr(request.app.state, "prefix", ""))
    return root.removesuffix(prefix)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("clipsync.web", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        shown=shown, number=number, stamp=stamp, value=value_text, ticks=ticks
    )
    environment.globals.update(
        link=link,
        asset=asset,
        shown=shown,
        table_words=words.TABLE,
        count_words=words.COUNTS,
        command_words=words.command,
        script_words=words.for_script,
    )
    return environment


def _message(language: Language, finding: Finding) -> Said:
    """What a finding says, in the reader's language where that can be said."""
    return _said(language, tell_finding(finding, language.code))


def _reason(language: Language, reason: AnyReason | None, mark: str = "") -> Said:
    """Why something is so; without a reason of its own, what its mark says."""
    if reason is None:
        return _said(language, Told(word("mark_reason", mark, language.code), language.code))
    return _said(language, tell(reason, language.code))


def _said(language: Language, told: Told) -> Said:
    return Said(told.text, _lang(language, english=told.language == "en"))


def _lang(language: Language, *, english: bool) -> Markup:
    return Markup(' lang="en"') if english and language.code != "en" else Markup("")


@cache
def static_text(name: str) -> str:
    """One of our own static files."""
    return files("clipsync.web").joinpath("static", name).read_text("utf-8")


@cache
def asset(name: str) -> str:
    """A static file's address: another as soon as the file is another, so that it may be kept."""
    return f"/static/{name}?v={hashlib.sha256(static_text(name).encode()).hexdigest()[:10]}"


def shown(text: object, length: int = _LONGEST_TEXT) -> str:
    """Text out of somebody's data: on one line, without invisible characters, cut at `length`."""
    whole = str(text)
    cut = clean(whole[: length + 1])
    return cut if len(whole) <= length else cut[:length].rstrip() + "…"


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:,}"


def stamp(moment: datetime | None) -> Markup:
    """A `<time>` that the page's script puts into the reader's time zone."""
    if moment is None:
        return Markup("–")
    text = moment.strftime("%Y-%m-%d %H:%M")
    return Markup('<time datetime="{}">{} UTC</time>').format(moment.isoformat(), text)


def value_text(value: Any, length: int = _LONGEST_TEXT) -> str:
    """A value of either side as people read it."""
    if value is None:
        return "–"
    if isinstance(value, list | tuple) and all(isinstance(one, str | int) for one in value):
        return shown(", ".join(str(one) for one in value), length) or "–"
    if isinstance(value, Mapping | list | tuple):
        return shown(json_text(value), length)
    if isinstance(value, bool):
        return "true" if value else "false"
    text = shown(value, length)
    return text if text else "“”"


def ticks(text: str) -> Markup:
    """A sentence, with what is to be typed (`between ticks`) set as code; all of it is escaped."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else part
        for index, part in enumerate(parts)
    )


def json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=False, default=str)


def link(path: str, query: Mapping[str, Any], **changes: Any) -> str:
    """`path` with the query, some of it changed (None takes a key away)."""
    merged = {name: value for name, value in {**query, **changes}.items() if value is not None}
    return f"{path}?{urlencode(merged)}" if merged else path
