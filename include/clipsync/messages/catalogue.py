"""Which sentence says a finding, a reason, a state: by code, and by what the evidence holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from clipsync.messages.filling import Filling, Texts, places
from clipsync.model.finding import Finding
from clipsync.model.manifest import DiskCode, DiskReason
from clipsync.model.reason import Reason, ReasonCode

LanguageCode = Literal["en", "zh"]
LANGUAGES: tuple[LanguageCode, ...] = ("en", "zh")

AnyReason = Reason | DiskReason | Mapping[str, Any] | str
"""A reason, as a value or as its JSON; a text is a sentence of release 0.1.0, and stays itself."""

_QUALITY = "quality_"
_OWN_RULE = "quality_own_"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told, and in which language: English too where an earlier release wrote it."""

    text: str
    language: LanguageCode


# -- findings ---------------------------------------------------------------------------------


def message(finding: Finding, language: LanguageCode = "en") -> str:
    """What a finding says, in one or a few sentences."""
    return tell_finding(finding, language).text


def tell_finding(finding: Finding, language: LanguageCode = "en") -> Told:
    """What a finding says.

    One that an earlier release recorded with too little evidence says what it was recorded with.
    """
    try:
        return Told(_said(finding, language), language)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        # The evidence is another release's, whatever its form: what that release wrote stands.
        if finding.recorded:
            return Told(finding.recorded, "en")
    text = _texts(language)["unknown_finding"]["message"]
    return Told(_filling(language).fill(text, {"code": finding.code}), language)


def advice(finding: Finding, language: LanguageCode = "en") -> str:
    """What a person should do next about a finding; a general sentence for an unknown one."""
    texts = _texts(language)
    general = "own_rule" if finding.code.startswith(_OWN_RULE) else "unknown_finding"
    entry: Mapping[str, str] = texts["findings"].get(finding.code) or texts[general]
    try:
        special = f"advice.{_variant(finding)}"
    except (KeyError, TypeError):  # another release's evidence
        special = "advice"
    return entry[special if special in entry else "advice"]


def heading(code: str, language: LanguageCode = "en") -> str:
    """A finding's code as a heading."""
    entry = _texts(language)["findings"].get(code)
    if entry is not None:
        return str(entry["heading"])
    return code.removeprefix(_OWN_RULE).removeprefix(_QUALITY).replace("_", " ").capitalize()


def rule_sentence(name: str, otherwise: str = "", language: LanguageCode = "en") -> str:
    """A rule of the second opinion in one sentence; `otherwise`: of one that people added."""
    entry = _texts(language)["findings"].get(_QUALITY + name)
    return otherwise if entry is None else str(entry["message"])


def _said(finding: Finding, language: LanguageCode) -> str:
    texts, filling = _texts(language), _filling(language)
    if finding.code.startswith(_QUALITY):
        # A house's own rule is in its evidence; ours are in the catalogue.
        known = texts["findings"].get(finding.code)
        rule = {} if known is None else {"rule": known["message"]}
        check: str = texts["checks"][_failure(finding)]
        return filling.fill(check, {**_values(finding), **rule})
    entry: Mapping[str, str] = texts["findings"][finding.code]
    variant = _variant(finding)
    return filling.fill(entry[f"message.{variant}" if variant else "message"], _values(finding))


def _values(finding: Finding) -> dict[str, Any]:
    """The evidence, and what people count otherwise: positions from one."""
    values = dict(finding.evidence)
    if "position" in values:
        values["number"] = values["position"] + 1
    if values.get("rows") and isinstance(values["rows"], list):
        values["row"] = values["rows"][0]
    return values


def _variant(finding: Finding) -> str:
    """Which of a code's sentences fits the evidence: "" for the usual one."""
    choose = _VARIANTS.get(finding.code)
    return "" if choose is None else choose(finding.evidence)


def _missing_video(evidence: Mapping[str, Any]) -> str:
    counted = evidence["marker_clips"] is not None
    if not evidence["source_ids"]:
        return "counted" if counted else ""
    return "counted_not_there" if counted else "not_there"


def _maybe_deleted(evidence: Mapping[str, Any]) -> str:
    if "gone" in evidence:
        return "many"
    return "renamed" if "name" in evidence else ""


def _last_run_failed(evidence: Mapping[str, Any]) -> str:
    silent = "" if evidence["reason"] else "silent"
    nothing = "" if evidence["files"] else "nothing"
    return "_".join(filter(None, (silent, nothing)))


_VARIANTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "marker_contradicts": lambda evidence: "no_records" if evidence["records"] == 0 else "",
    "missing_video": _missing_video,
    "maybe_deleted": _maybe_deleted,
    "restored": lambda evidence: "new_ids" if evidence.get("new_ids") else "",
    "last_run_failed": _last_run_failed,
    "directory_without_row": lambda evidence: "" if evidence["rescued"] else "nothing",
    "not_a_project": lambda evidence: "uppercase" if evidence["uppercase"] else "",
    "unknown_status": lambda evidence: "project" if evidence["kind"] == "project" else "",
    "studio": lambda evidence: "failed" if evidence.get("error") else "",
}
"""Codes whose sentence depends on what the evidence holds."""

_MOST_ROWS = 5


def _failure(finding: Finding) -> str:
    """Which sentence of a check that failed fits its evidence."""
    evidence = finding.evidence
    if "problem" in evidence:
        return "unknown"
    with_values = "_values" if evidence["values"] else ""
    if list(evidence["rows"]) == [finding.project_id]:
        return f"here{with_values}"
    if evidence["count"] == 1:
        return f"one{with_values}"
    return "many_more" if evidence["count"] > _MOST_ROWS else "many"


# -- reasons ----------------------------------------------------------------------------------


def render(reason: AnyReason, language: LanguageCode = "en") -> str:
    """Why something is so: a reason of a decision, or why a file or record can't be used."""
    return tell(reason, language).text


def tell(reason: AnyReason, language: LanguageCode = "en") -> Told:
    """Why something is so; in English where an earlier release wrote it."""
    known = _known(reason)
    if known.code in (ReasonCode.AS_WRITTEN, DiskCode.AS_WRITTEN):
        return Told(str(known.values.get("text", "")), "en")
    section = "disk" if isinstance(known, DiskReason) else "reasons"
    sentence: str = _texts(language)[section][known.code]
    # A reason that lacks a value, another release's, is still worth saying.
    unknown = dict.fromkeys(places(sentence), "?")
    try:
        return Told(_filling(language).fill(sentence, known.values), language)
    except (KeyError, TypeError, ValueError):
        bare = _without_ways(sentence)
        return Told(_filling(language).fill(bare, {**unknown, **known.values}), language)


def _known(reason: AnyReason) -> Reason | DiskReason:
    if isinstance(reason, Reason | DiskReason):
        return reason
    if isinstance(reason, str):
        return Reason(ReasonCode.AS_WRITTEN, {"text": reason})
    # Both kinds have the same form as JSON, and no code that is not `as_written` in common.
    of_decision = Reason.from_json(reason)
    of_disk = DiskReason.from_json(reason)
    return of_disk if of_decision.code is ReasonCode.AS_WRITTEN else of_decision


def _without_ways(sentence: str) -> str:
    for name in places(sentence):
        head, _, tail = sentence.partition(f"{{{name}:")
        if tail:
            sentence = f"{head}{{{name}}}{tail.partition('}')[2]}"
    return sentence


# -- words ------------------------------------------------------------------------------------


def word(group: str, name: str, language: LanguageCode = "en") -> str:
    """One of our words: `status`, `mark`, `field`, `severity`, …; an unknown one as it is."""
    return str(words(group, language).get(name, name.replace("_", " ")))


def words(group: str, language: LanguageCode = "en") -> Mapping[str, str]:
    """All words of a group, by name."""
    found: Mapping[str, str] = _texts(language)["words"][group]
    return found


@cache
def _filling(language: LanguageCode) -> Filling:
    return Filling(_texts(language), lambda reason: render(reason, language))


@cache
def _texts(language: LanguageCode) -> Texts:
    """One language's texts: read when the first of them is asked for."""
    text = files("clipsync.messages").joinpath(f"{language}.json").read_text("utf-8")
    return dict(json.loads(text))
