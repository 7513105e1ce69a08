"""Every code has its texts in both languages, every text its code, and advice fits its finding."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from clipsync.messages import (
    LANGUAGES,
    LanguageCode,
    Told,
    advice,
    change_as_dict,
    finding_as_dict,
    heading,
    message,
    render,
    tell,
    tell_finding,
    word,
)
from clipsync.messages.catalogue import _failure, _texts, _variant
from clipsync.messages.filling import places
from clipsync.model.base import TombstoneReason
from clipsync.model.finding import SEVERITIES, Finding, FindingCode, Severity, code_of
from clipsync.model.manifest import DiskCode, DiskReason, DiskState, Kind
from clipsync.model.plan import Change, Op, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.operations.comparing import Mark
from clipsync.operations.results import AuditStatus
from clipsync.quality.checks import INDEX_COLUMNS, RULES, Rule
from clipsync.quality.report import FINDING_PREFIX, ProjectFailures, QualityCheck, QualityReport
from tests.messages.samples import CLIP, FINDINGS, PROJECT, findings, reasons
from tests.support.autoclip_files import project_id
from tests.support.prose import english

ENGLISH, CHINESE = _texts("en"), _texts("zh")
QUALITY = {code for code in FindingCode if code.startswith(FINDING_PREFIX)}


def sentences(texts: Any, path: str = "") -> dict[str, str]:
    """Every text of a language by where it stands."""
    if isinstance(texts, str):
        return {path: texts}
    inside = enumerate(texts) if isinstance(texts, list) else texts.items()
    return {
        at: text for key, part in inside for at, text in sentences(part, f"{path}/{key}").items()
    }


# -- both directions ------------------------------------------------------------------------------


def test_every_code_has_its_texts_and_every_text_its_code() -> None:
    for texts in (ENGLISH, CHINESE):
        assert set(texts["findings"]) == set(FindingCode)
        assert set(texts["reasons"]) == set(ReasonCode)
        assert set(texts["disk"]) == set(DiskCode)
        for entry in texts["findings"].values():
            assert {"heading", "message", "advice"} <= set(entry)


def test_both_languages_say_the_same_things_with_the_same_places() -> None:
    said, gesagt = sentences(ENGLISH), sentences(CHINESE)
    assert said.keys() == gesagt.keys()
    for at, text in said.items():
        assert places(text) == places(gesagt[at]), at
        assert gesagt[at].strip(), at


def test_a_reason_of_a_decision_and_one_of_the_disk_are_told_apart_by_their_code() -> None:
    assert {*ReasonCode} & {*DiskCode} == {"as_written"}


def test_every_finding_that_is_given_out_has_a_declared_code() -> None:
    assert {FINDING_PREFIX + rule.name for rule in RULES} == QUALITY
    assert set(FINDINGS) == set(FindingCode) - QUALITY
    varying = {FindingCode.DIRECTORY_MISSING}
    assert set(SEVERITIES) == set(FindingCode) - QUALITY - varying


def test_every_sentence_of_a_code_is_said_by_some_evidence() -> None:
    said = {(one.code, _variant(one)) for one in findings()}
    held = {
        (code, key.partition(".")[2])
        for code, entry in ENGLISH["findings"].items()
        for key in entry
        if key.startswith("message") and code not in QUALITY
    }
    assert said == held
    advised = {
        (code, key.partition(".")[2])
        for code, entry in ENGLISH["findings"].items()
        for key in entry
        if key.startswith("advice.")
    }
    assert advised <= said


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("kind", set(Kind)),
        ("Kind", set(Kind)),
        ("kinds", set(Kind)),
        ("severity", set(Severity)),
        ("op", set(Op)),
        ("tombstone", set(TombstoneReason)),
        ("mark", set(Mark)),
        ("mark_reason", set(Mark)),
        ("status", {*AuditStatus, "gone", ""}),
        ("disk_state", {*DiskState, "studio"}),
        ("found", {"list", "object", "number", "text", "null", "true", "false", "nothing"}),
    ],
)
def test_every_word_of_ours_is_in_the_catalogue(group: str, names: set[str]) -> None:
    assert set(ENGLISH["words"][group]) == names


# -- what is said ---------------------------------------------------------------------------------


@pytest.mark.parametrize("finding", findings(), ids=lambda one: f"{one.code}.{_variant(one)}")
def test_a_finding_says_in_chinese_what_it_says_in_english(finding: Finding) -> None:
    said, chinese = message(finding), message(finding, "zh")
    assert tell_finding(finding, "zh").language == "zh"
    assert said[:1].isupper() or said[:1].isdigit() or said.startswith(("a.json", "tags"))
    assert english(chinese) == []
    assert "{" not in said + chinese
    # Every number and every name of the English sentence is in the Chinese one.
    facts = set(re.findall(r"\d+%?|“[^”]*”|\w+\.json|`[^`]*`", said))
    assert [fact for fact in facts if fact not in chinese] == []


@pytest.mark.parametrize("reason", reasons(), ids=lambda one: str(one.code))
def test_a_reason_says_in_chinese_what_it_says_in_english(reason: Reason | DiskReason) -> None:
    said, chinese = render(reason), render(reason, "zh")
    assert said
    assert "{" not in said.replace("{…}", "")
    assert "?" not in said
    assert english(chinese) == []
    # As a value and as the JSON that ledgers and evidence hold.
    kind = type(reason)
    assert kind.from_json(reason.as_dict()) == reason
    assert render(reason.as_dict()) == said


@pytest.mark.parametrize("code", list(FindingCode))
def test_advice_is_short_whole_sentences_with_the_same_commands(code: FindingCode) -> None:
    for key, text in ENGLISH["findings"][code].items():
        if not key.startswith("advice"):
            continue
        chinese = CHINESE["findings"][code][key]
        assert 10 < len(text) < 270
        assert text.endswith(".")
        assert english(chinese) == []
        commands = sorted(re.findall(r"`[^`]*`", text))
        assert sorted(re.findall(r"`[^`]*`", chinese)) == commands


@pytest.mark.parametrize("language", LANGUAGES)
def test_advice_never_asks_to_do_again_what_clipsync_does(language: LanguageCode) -> None:
    nothing = {"en": "Nothing to do", "zh": "无需处理"}[language]
    for code in ("tombstone_resurrected", "orphan_link", "tombstoned", "project_deleted"):
        (finding,) = [one for one in findings() if one.code == code]
        assert advice(finding, language).startswith(nothing)


WAYS_OUT = {
    "directory_missing": "Mount the disk",
    "files_missing": "Bring the files back",
    "unreadable": "Repair the file",
    "marker_contradicts": "the project again in AutoClip",
    "entry_unreadable": "Make it readable",
    "directory_without_row": "`clipsync sync`",
    "maybe_deleted": "`clipsync restore`",
    "projects_gone": "`--allow-restore`",
    "project_deleted": "`clipsync restore ID`",
    "stopped_by_guard": "--allow-deletes",
}


@pytest.mark.parametrize("code", sorted(WAYS_OUT))
def test_every_guard_names_its_way_out(code: str) -> None:
    said = [message(one) for one in findings() if one.code == code]
    assert said
    assert [text for text in said if WAYS_OUT[code] not in text] == []


def test_many_that_went_at_once_are_confirmed_or_restored() -> None:
    (many,) = [one for one in findings() if one.code == "maybe_deleted" and "gone" in one.evidence]
    assert message(many) == (
        "5 of 7 clips that ClipSync knew are gone from the database at once. They are held back "
        "until a person decides: `clipsync restore` brings them back, `clipsync sync ID "
        "--allow-deletes` confirms that they were deleted."
    )
    assert "--allow-deletes" in advice(many)


# -- the second opinion ---------------------------------------------------------------------------


def second_opinions(rule: Rule) -> list[Finding]:
    """One rule broken in every way that is told apart: the project, one row, several, many."""
    arguments = rule.arguments
    columns = [
        column
        for key in ("column", "column_A", "column_B")
        if (column := arguments.get(key)) and column not in INDEX_COLUMNS[rule.asset]
    ] + [column for column in arguments.get("column_list", ()) if column != "project_id"]
    values = tuple((column, "7") for column in columns)
    ids = tuple(f"row-{number}" for number in range(7))
    check = QualityCheck(
        rule.name,
        rule.severity,
        False,
        rule.asset.value,
        rule.expectation,
        rule.description,
        projects=(
            ProjectFailures(PROJECT, 1, (PROJECT,), values),
            ProjectFailures(project_id(2), 1, ids[:1], values),
            ProjectFailures(project_id(3), 1, ids[:1]),
            ProjectFailures(project_id(4), 2, ids[:2], values),
            ProjectFailures(project_id(5), 7, ids, values),
            ProjectFailures(project_id(6), 1, (project_id(6),)),
        ),
        problem="KeyError: 'x'",
    )
    return list(QualityReport(checks=(check,)).findings())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_second_opinion_is_said_in_both_languages(rule: Rule) -> None:
    broken = second_opinions(rule)
    assert {_failure(one) for one in broken} >= {"unknown", "here", "one", "many", "many_more"}
    for finding in broken:
        said, chinese = message(finding), message(finding, "zh")
        assert said.startswith(rule.description) or "could not be evaluated" in said
        assert english(chinese) == []
        # A column's name is a word, never the column's.
        assert "_" not in chinese.replace(str(finding.evidence["check"]), "")
        for row in finding.evidence.get("rows", ())[:5]:
            assert row in chinese or row == finding.project_id


def test_a_rule_of_the_house_says_its_own_sentence() -> None:
    evidence = {
        "check": "no_long_clip",
        "rule": "No clip is longer than ten minutes.",
        "rows": ["r7"],
        "count": 1,
        "values": {"duration": "700"},
    }
    code = code_of("quality_no_long_clip")
    finding = Finding(code, Severity.WARNING, PROJECT, "clips", evidence)
    assert message(finding) == ("No clip is longer than ten minutes. Not so in r7 (duration 700).")
    assert heading(code) == "No long clip"
    assert advice(finding) == ENGLISH["unknown_finding"]["advice"]


# -- other releases -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "evidence"),
    [
        ("negative_duration", {"start": 90, "end": 60}),
        ("stopped_by_guard", {"deletes": 3, "rows": 4}),
        ("edited_stale", {"kind": "clip"}),
        ("missing_video", {}),
        ("quality_clip_counts", {"check": "clip_counts"}),
        ("marker_unreadable", {}),
    ],
)
def test_a_finding_with_too_little_evidence_says_what_it_was_recorded_with(
    code: str, evidence: dict[str, Any]
) -> None:
    finding = Finding(
        code_of(code), Severity.WARNING, PROJECT, "", evidence, recorded="As 0.1.0 said it."
    )
    assert tell_finding(finding, "zh") == Told("As 0.1.0 said it.", "en")
    assert advice(finding, "zh")
    assert tell_finding(replace(finding, recorded=""), "zh").text == f"本版本没有 {code} 的说明。"


def test_evidence_of_release_0_1_0_that_suffices_is_said_in_the_readers_language() -> None:
    evidence = {"file": "a.json", "reason": "half-written JSON: unexpected end at byte 7"}
    finding = Finding(
        FindingCode.UNREADABLE, Severity.ERROR, PROJECT, "", evidence, recorded="a.json: …"
    )
    assert message(finding, "zh").startswith(
        "a.json：half-written JSON: unexpected end at byte 7。"
    )


def test_a_reason_that_is_none_of_ours_stays_as_it_is() -> None:
    assert tell("somebody's words", "zh") == Told("somebody's words", "en")
    assert tell({"code": "brand_new", "values": {}}, "zh") == Told("brand_new", "en")
    assert tell(Reason(ReasonCode.AS_WRITTEN, {"text": "so"}), "zh") == Told("so", "en")


def test_a_reason_that_lacks_a_value_is_told_without_it() -> None:
    assert render(Reason(ReasonCode.DUPLICATE)) == "a duplicate of row ?"
    assert render(Reason(ReasonCode.PROJECT_LIMIT, {"deletes": 3})).startswith(
        "Stopped: the plan would delete 3 of the project's ? with nothing"
    )


def test_reasons_that_stand_together_are_said_together() -> None:
    both = DiskReason.of(
        [
            DiskReason(DiskCode.NO_TIME, {"name": "start_time", "value": "'oops'"}),
            DiskReason(DiskCode.FIELD_MISSING, {"name": "end_time"}),
        ]
    )
    assert render(both) == "no usable start_time: 'oops'; end_time is missing"
    assert render(both, "zh") == "start_time 无法使用：'oops'；缺少 end_time"


def test_an_unknown_word_is_shown_as_it_is() -> None:
    assert (word("status", "brand_new"), word("status", "gone", "zh")) == ("brand new", "已消失")


def test_names_of_peoples_data_are_never_read_as_places() -> None:
    evidence = {**CLIP, "label": "{source_id}\n<b>{0}"}
    finding = Finding(FindingCode.TOMBSTONED, Severity.INFO, PROJECT, "", evidence)
    assert message(finding) == (
        "Clip 3 “{source_id} <b>{0}” was deleted by a user and will not be brought back."
    )


# -- documents ------------------------------------------------------------------------------------


def test_a_finding_as_json_holds_its_sentence_beside_code_and_evidence() -> None:
    finding = Finding(FindingCode.TOMBSTONED, Severity.INFO, PROJECT, "clip:3", CLIP)
    assert finding_as_dict(finding) == {
        "code": "tombstoned",
        "severity": "info",
        "project_id": PROJECT,
        "subject": "clip:3",
        "message": "Clip 3 “片段” was deleted by a user and will not be brought back.",
        "evidence": CLIP,
    }


def test_a_change_as_json_holds_its_sentences_beside_codes_and_values() -> None:
    why = {"": Reason(ReasonCode.DUPLICATE, {"row": "r7"})}
    change = Change(Op.DELETE, Table.CLIPS, PROJECT, "r8", "3", {"title": "片段"}, {}, why)
    assert change_as_dict(change) == {
        "op": "delete",
        "table": "clips",
        "project_id": PROJECT,
        "row_id": "r8",
        "source_id": "3",
        "before": {"title": "片段"},
        "after": {},
        "why": {"": "a duplicate of row r7"},
        "reasons": {"": {"code": "duplicate", "values": {"row": "r7"}}},
    }
