"""Reasons in Chinese: why a change is made, a row stays, a record or a file can't be used.

Plans and the journal hold reasons as finished English text. They are recognised here by the
templates they were made from; the Chinese of each template is in `translations/zh.json`.
"""

from __future__ import annotations

import re
from functools import cache
from string import Formatter

from clipsync.model.plan import RESTORED_ON_PURPOSE
from clipsync.operations.comparing import WHY_KEPT
from clipsync.operations.undoing import UNDONE
from clipsync.reconcile import reasons
from clipsync.reconcile.merge import Verdict
from clipsync.web.language import Language

OF_CHANGES: tuple[str, ...] = (
    *reasons.ALL,
    *(verdict.value for verdict in Verdict if verdict is not Verdict.SAME),
    *WHY_KEPT,
    RESTORED_ON_PURPOSE,
    UNDONE,
)

OF_FILES: tuple[str, ...] = (
    # A file, or a folder.
    "not permitted to read it",
    "vanished while it was being read, or is a link to nowhere",
    "expected a directory, found a file",
    "a link that leads back to itself",
    "can't be read: {detail}",
    "expected a file, found a directory",
    "expected a file, found a pipe, socket or device",
    "too large: {size} MiB, limit {limit} MiB",
    "empty file",
    "nothing but NUL bytes, as a crash leaves them",
    "half-written JSON: unexpected end at byte {at}",
    "not UTF-8 at byte {at}",
    "not JSON: can't go on at byte {at}",
    "not usable: nested too deeply",
    "not usable: holds a number of thousands of digits",
    # What is in it.
    "nested more than {levels} levels deep",
    "holds a number that is not finite, which no database stores",
    "holds a whole number of more than 64 bits",
    "holds a NUL character, which PostgreSQL can't store",
    "holds half a character (a lone surrogate), which no database stores",
    'expected a list of records, found an object without "{key}"',
    'expected a list of records under "{key}", found {found}',
    "expected a list of records, found {found}",
    'expected a list under "deleted_collection_ids", found {found}',
    "expected a list of projects, found {found}",
    "expected an object, found {found}",
    "entry {position} is not an object but {found}",
    "entry {position} has no usable project id: {value}",
    "entry {position} repeats project {project}; the first one is used",
    "{count} more entries can't be used",
    "project {project}: {reason}",
    "{key}: expected a list of records, found {found}",
    # A record.
    "record is not an object but {found}",
    "the same id {value} appears twice; the first one is used",
    "id is neither text nor a whole number: {value}",
    "id is empty",
    "id is longer than {limit} characters: {value}",
    "clip_ids is not a list: {value}",
    "clip_ids holds something that is no clip id: {value}",
    "no usable {name}: {value}",
    "final_score is not a number: {value}",
    "no title: {names} are all empty or missing",
    "{name} is missing",
)
"""The reasons that `clipsync.autoclip.disk` gives."""

_CHINESE = Language("zh")
_BETWEEN = "; "
"""Stands between the reasons of a record, or the problems of a project."""


def reason_in_chinese(reason: str) -> str | None:
    """The reason in Chinese; None where it is none of ours, or of an earlier release."""
    if _CHINESE.knows(reason):
        return _CHINESE.say(reason)
    if (told := _filled(OF_CHANGES, reason)) is not None:
        return told
    # Before what is shown of a value takes the next reason for a part of itself.
    several = [_filled(OF_FILES, one) for one in reason.split(_BETWEEN)]
    if None not in several:
        return "；".join(one for one in several if one is not None)
    return _filled(OF_FILES, reason)


def _filled(templates: tuple[str, ...], reason: str) -> str | None:
    """The Chinese of the first template that the reason was made from."""
    for template in templates:
        if (found := _pattern(template).fullmatch(reason)) is not None:
            values = {name: _value(name, value) for name, value in found.groupdict().items()}
            return _CHINESE.say(template, **values)
    return None


def _value(name: str, value: str) -> str:
    """What stands in a template's place: words of ours in Chinese, everything else as it is."""
    match name:
        case "kind" | "found":
            return _CHINESE.say(value)
        case "reason":
            return reason_in_chinese(value) or value
        case "problems":
            return "；".join(map(_problem, value.split(_BETWEEN)))
    return value


def _problem(problem: str) -> str:
    """`file: reason`."""
    file, separator, reason = problem.partition(": ")
    return f"{file}：{reason_in_chinese(reason) or reason}" if separator else problem


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts: list[str] = []
    for text, name, _, _ in Formatter().parse(template):
        parts.append(re.escape(text))
        if name is not None:
            parts.append(f"(?P<{name}>.+?)")
    return re.compile("".join(parts), re.DOTALL)
