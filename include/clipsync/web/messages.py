"""What findings say and advise, in Chinese, made from their code and evidence.

English sentences are made where a finding is made (`reconcile.findings`, `quality.report`) and
kept in the ledger; Chinese ones are made when somebody reads them. `translations/zh_findings.json`
holds their templates: by code, and by `code.variant` where a sentence comes in several.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from clipsync.model.finding import Finding
from clipsync.quality.report import FINDING_PREFIX
from clipsync.reconcile.findings import quoted
from clipsync.web import words
from clipsync.web.language import Language
from clipsync.web.reasons import reason_in_chinese

_CHINESE = Language("zh")
_MOST_CLIPS = 10
_MOST_ROWS = 5


def message_in_chinese(finding: Finding) -> str | None:
    """The finding's message in Chinese.

    None where there is none: for a code that is newer than this list, for evidence that an earlier
    release recorded with less in it, and for a sentence that is nobody's template.
    """
    try:
        if finding.code.startswith(FINDING_PREFIX):
            return _quality(finding)
        values = _values(finding)
        template: str = _texts()["messages"][finding.code + _variant(finding)]
        return template.format_map(values)
    except KeyError:
        return None


def advice_in_chinese(code: str) -> str:
    """What to do next about a finding of this code; a general sentence for an unknown one."""
    texts = _texts()
    general = texts["own_rule" if code.startswith("quality_own_") else "fallback"]
    return str(texts["advice"].get(code, general))


def rule_in(language: Language, name: str, description: str) -> str:
    """A rule of the second opinion in one sentence; one of people's own in their words."""
    if language != _CHINESE:
        return description
    return str(_texts()["rules"].get(name, description))


def _variant(finding: Finding) -> str:
    """Which of a code's sentences fits the evidence: the end of its key, "" for the usual one."""
    evidence = finding.evidence
    match finding.code:
        case "marker_contradicts":
            return ".no_records" if evidence["records"] == 0 else ""
        case "missing_video":
            counted = ".counted" if evidence["marker_clips"] is not None else ""
            return counted + (".not_there" if evidence["source_ids"] else "")
        case "maybe_deleted":
            return ".renamed" if "name" in evidence else ""
    return ""


def _values(finding: Finding) -> dict[str, str]:
    """The evidence as it stands in a sentence, by the names of the templates' places."""
    evidence = finding.evidence
    values = {name: _SHOWN.get(name, str)(value) for name, value in evidence.items()}
    if "position" in evidence:
        values["number"] = str(evidence["position"] + 1)
    if "clip_ids" in evidence:
        values["clip_ids_count"] = str(len(evidence["clip_ids"]))
    if "field" in evidence:
        values["file_value"] = quoted(_listed(evidence["file"]))
    if finding.code == "stopped_by_guard":
        sentence = reason_in_chinese(finding.message)
        if sentence is not None:
            values["sentence"] = sentence
    return values


def _reason(text: str) -> str:
    return reason_in_chinese(text) or text


def _field(name: str) -> str:
    return _CHINESE.say(words.field(name))


def _listed(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


_SHOWN: Mapping[str, Callable[[Any], str]] = {
    "kind": _CHINESE.say,
    "label": quoted,
    "name": quoted,
    "why": _reason,
    "reason": _reason,
    "field": _field,
    "fields": lambda names: "、".join(map(_field, names)),
    "source_ids": lambda ids: str(len(ids)),
    "clip_ids": lambda ids: ", ".join(ids[:_MOST_CLIPS]),
}


def _quality(finding: Finding) -> str:
    """The rule that does not hold, and where; of the second opinion."""
    texts, evidence = _texts(), finding.evidence
    failures: Mapping[str, str] = texts["failures"]
    if "problem" in evidence:
        return failures["unknown"].format_map(evidence)
    columns: Mapping[str, str] = texts["columns"]
    rows, count = evidence["rows"], evidence["count"]
    values = "，".join(
        f"{columns.get(name, name)} {value}" for name, value in evidence["values"].items()
    )
    with_values = ".values" if values else ""
    if rows == [finding.project_id]:
        which = f"here{with_values}"
    elif count == 1:
        which = f"one{with_values}"
    else:
        which = "many.more" if count > _MOST_ROWS else "many"
    said = failures[which].format(
        row=rows[0], values=values, count=f"{count:,}", rows=", ".join(rows[:_MOST_ROWS])
    )
    name = finding.code.removeprefix(FINDING_PREFIX)
    # A rule of people's own is told in their own words.
    rule = texts["rules"].get(name) or (evidence["rule"] if name.startswith("own_") else None)
    if rule is None:
        raise KeyError(name)
    return f"{rule}{said}"


@cache
def _texts() -> dict[str, Any]:
    path = files("clipsync.web").joinpath("translations/zh_findings.json")
    return dict(json.loads(path.read_text("utf-8")))
