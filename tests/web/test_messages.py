"""Every finding, its advice and every reason are said in Chinese, from code and evidence alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest

import clipsync
from clipsync.model.finding import Finding, Severity
from clipsync.model.plan import RESTORED_ON_PURPOSE
from clipsync.operations import comparing, undoing
from clipsync.quality.checks import INDEX_COLUMNS, RULES, Rule
from clipsync.quality.report import FINDING_PREFIX, ProjectFailures, QualityCheck, QualityReport
from clipsync.reconcile import reasons
from clipsync.reconcile.merge import Verdict
from clipsync.reporting.advice import ADVICE
from clipsync.web.language import Language
from clipsync.web.messages import _texts, advice_in_chinese, message_in_chinese
from clipsync.web.reasons import OF_CHANGES, OF_FILES, reason_in_chinese
from tests.reconcile.test_findings import CASES, told
from tests.reporting.test_advice import codes_given_out
from tests.support.autoclip_files import project_id

PROJECT = project_id(1)
PACKAGE = Path(clipsync.__file__).parent


def english(text: str, *, allowed: str = "") -> list[str]:
    """Two English words in a row that are neither to be typed nor in `allowed`."""
    prose = re.sub(r"`[^`]*`|--\w+ \w+", "", text)
    return [two for two in re.findall(r"[A-Za-z']+ [A-Za-z']+", prose) if two not in allowed]


def planners() -> list[Finding]:
    """Every finding the planner has a constructor for, in each of its sentences."""
    findings = [told(tell) for tell, *_ in CASES]
    stop = reasons.PROJECT_STOP.format(deletes=3, rows=4, limit="50%")
    return [
        replace(one, message=stop) if one.code == "stopped_by_guard" else one for one in findings
    ]


def others() -> list[Finding]:
    """Those that operations make."""
    return [
        Finding(
            "sync_failed", Severity.ERROR, PROJECT, "The sync failed: 锁", evidence={"error": "锁"}
        ),
        Finding(
            "data_directory_problem",
            Severity.ERROR,
            "",
            "projects.json: empty file.",
            evidence={"file": "projects.json", "reason": "empty file"},
        ),
    ]


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


def every_finding() -> list[Finding]:
    return [*planners(), *others(), *(one for rule in RULES for one in second_opinions(rule))]


def test_every_code_that_is_given_out_is_looked_at_here() -> None:
    assert {finding.code for finding in every_finding()} == codes_given_out()


@pytest.mark.parametrize("finding", [*planners(), *others()], ids=lambda finding: finding.code)
def test_a_finding_says_in_chinese_what_it_says_in_english(finding: Finding) -> None:
    said = message_in_chinese(finding)
    assert said is not None
    assert said != finding.message
    # Free text stays as it is: in these cases the reason of a file that is nobody's template.
    assert english(said, allowed="no time") == []
    # Every number and every name of the English sentence is in the Chinese one.
    facts = set(re.findall(r"\d+%?|“[^”]*”|\w+\.json", finding.message.replace("['1']", "1")))
    assert [fact for fact in facts if fact not in said] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_second_opinion_is_said_in_chinese(rule: Rule) -> None:
    findings = second_opinions(rule)
    assert len(findings) == 7
    for finding in findings:
        said = message_in_chinese(finding)
        assert said is not None
        assert english(said) == []
        # A column's name is a word, never the column's.
        assert "_" not in said.replace(str(finding.evidence["check"]), "")
        for row in finding.evidence.get("rows", ())[:5]:
            assert row in said or row == finding.project_id


@pytest.mark.parametrize("code", sorted({*ADVICE, *codes_given_out()}))
def test_every_code_has_its_advice_in_chinese(code: str) -> None:
    said = advice_in_chinese(code)
    assert said != _texts()["fallback"]
    assert english(said) == []
    # The commands to be typed are the same.
    assert sorted(re.findall(r"`[^`]*`", said)) == sorted(re.findall(r"`[^`]*`", ADVICE[code]))


def test_there_is_no_chinese_for_what_nobody_says() -> None:
    texts = _texts()
    codes = {key.partition(".")[0] for key in texts["messages"]}
    assert codes == {code for code in codes_given_out() if not code.startswith(FINDING_PREFIX)}
    assert set(texts["rules"]) == {rule.name for rule in RULES}
    assert set(texts["advice"]) == set(ADVICE)


def test_an_older_finding_with_less_evidence_and_an_unknown_code_stay_english() -> None:
    for code, evidence in (("negative_duration", {"start": 9, "end": 6}), ("brand_new", {})):
        assert message_in_chinese(Finding(code, Severity.INFO, PROJECT, "…", "", evidence)) is None
    assert advice_in_chinese("brand_new") == _texts()["fallback"]


# -- reasons ---------------------------------------------------------------------------------------


def filled(template: str) -> str:
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    return template.format(**{name: FILLING.get(name, f"{name}7") for name in names})


FILLING = {"kind": "clip", "found": "a list", "reason": "empty file", "problems": "a: empty file"}


@pytest.mark.parametrize("template", [*OF_CHANGES, *OF_FILES])
def test_every_reason_is_known_when_it_is_met_and_said_in_chinese(template: str) -> None:
    said = reason_in_chinese(filled(template))
    assert said is not None
    assert said == Language("zh").say(
        template,
        **{
            name: {
                "kind": "切片",
                "found": "列表",
                "reason": "文件为空",
                "problems": "a：文件为空",
            }.get(name, f"{name}7")
            for _, name, _, _ in Formatter().parse(template)
            if name
        },
    )
    assert english(said) == []
    assert said != filled(template)


def test_reasons_that_stand_together_are_said_together_or_not_at_all() -> None:
    both = "no usable start_time: 'oops'; end_time is missing"
    assert reason_in_chinese(both) == "start_time 无法使用：'oops'；缺少 end_time"
    assert reason_in_chinese("no usable start_time: 'a; b'") == "start_time 无法使用：'a; b'"
    assert reason_in_chinese("end_time is missing; somebody's words") is None
    assert reason_in_chinese("somebody's own words") is None


GIVE_BACK = ("eligibility.py", "guards.py", "deletions.py")
"""Modules with functions that return a reason."""


def reasons_in(path: Path) -> Iterator[ast.expr]:
    """Where a change gets its reason: `{"": …}`, `why = …`, `why[…] = …`, arguments named so."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Dict():
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "":
                        yield value
            case ast.Assign():
                for target in node.targets:
                    named = re.findall(r"\w+", ast.unparse(target))
                    if {"why", "skipped", "stopped", "text"} & {named[0], named[-1]}:
                        yield node.value
            case ast.Call() if ast.unparse(node.func) in ("_delete", "_relink", "dict.fromkeys"):
                yield from node.args
            case ast.Call() if ast.unparse(node.func) == "findings.edited_stale":
                yield from node.args
            case ast.Return(value=ast.expr() as value) if path.name in GIVE_BACK:
                yield value


def parts(given: ast.expr) -> Iterator[ast.expr]:
    match given:
        case ast.IfExp(body=left, orelse=right) | ast.BinOp(left=left, right=right):
            yield from parts(left)
            yield from parts(right)
        case ast.Tuple(elts=elements) | ast.Dict(values=elements):
            for element in elements:
                yield from parts(element)
        case _:
            yield given


def test_the_planner_gives_no_reason_that_is_not_in_the_list() -> None:
    given = {
        path.name: [part for one in reasons_in(path) for part in parts(one)]
        for path in sorted((PACKAGE / "reconcile").glob("*.py"))
        # Whose sentences are findings' messages.
        if path.name != "findings.py"
    }
    names = {ast.unparse(part).partition(".format")[0] for all_ in given.values() for part in all_}
    assert {name for name in names if name.startswith("reasons.")} >= {
        f"reasons.{name}" for name in vars(reasons) if name.isupper() and name != "ALL"
    }
    for name, all_ in given.items():
        for part in all_:
            assert not isinstance(part, ast.JoinedStr), (name, part.lineno)
            if isinstance(part, ast.Constant):
                assert " " not in str(part.value), (name, part.lineno)


def test_the_list_of_reasons_holds_all_that_are_named() -> None:
    named = {value for name, value in vars(reasons).items() if name.isupper() and name != "ALL"}
    assert set(reasons.ALL) == named
    assert {
        *named,
        *(str(verdict) for verdict in Verdict if verdict is not Verdict.SAME),
        RESTORED_ON_PURPOSE,
        undoing.UNDONE,
        comparing.CUT,
        comparing.OF_STUDIO,
        *comparing._LINGERS.values(),
        *comparing._HELD_BACK.values(),
    } == set(OF_CHANGES)


FILE_READERS = ("json_files", "text", "records", "sources", "side_files", "legacy", "project_file")


def reasons_of_files(module: str) -> Iterator[str]:
    """What a reader raises, or gives back, as the reason why a file or record can't be used."""
    tree = ast.parse((PACKAGE / "autoclip" / "disk" / f"{module}.py").read_text("utf-8"))
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            given: list[ast.expr] = []
            match node:
                case ast.Raise(exc=ast.Call(args=[*arguments])):
                    given = list(arguments)
                case ast.Assign(targets=[ast.Name("reason" | "half_written")], value=value):
                    given = [value]
                case ast.AnnAssign(target=ast.Name("reason"), value=ast.expr() as value):
                    given = [value]
                case ast.Return(value=ast.expr() as value) if function.name in (
                    "os_reason",
                    "_search_text",
                    "_too_large",
                ):
                    given = [value]
                case ast.Call(func=ast.Attribute(ast.Name("wrong"), "append"), args=[argument]):
                    given = [argument]
            for expression in given:
                text = _sample(expression)
                if text is not None and " " in text:
                    yield text


def _sample(expression: ast.expr) -> str | None:
    """The text with 7 wherever something is filled in."""
    match expression:
        case ast.Constant(str() as text):
            return text
        case ast.JoinedStr(parts):
            return "".join(
                str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts
            )
    return None


def test_every_reason_why_a_file_can_not_be_used_is_known() -> None:
    found = {text for module in FILE_READERS for text in reasons_of_files(module)}
    assert len(found) > 30
    assert {text for text in found if reason_in_chinese(text) is None} == set()
