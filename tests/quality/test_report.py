"""The report's values; and that having one costs neither pandas nor Great Expectations."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from clipsync.model.finding import Finding, Severity
from clipsync.quality import ProjectFailures, QualityCheck, QualityReport
from clipsync.quality.checks import RULES

RULE = "A clip does not start before its video."


def check(name: str, severity: Severity, *projects: ProjectFailures) -> QualityCheck:
    return QualityCheck(
        name=name,
        severity=severity,
        success=not projects,
        asset="clips",
        expectation="ExpectColumnValuesToBeBetween",
        description=RULE,
        failing_ids=tuple(row for failed in projects for row in failed.row_ids),
        failing_count=sum(failed.count for failed in projects),
        evaluated=100,
        projects=projects,
    )


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, clipsync.quality, clipsync.quality.checks; "
        "print([n for n in ('pandas', 'numpy', 'great_expectations', 'sqlalchemy', 'airflow') "
        "if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_only_errors_make_a_report_fail() -> None:
    failed = ProjectFailures("p", 1, ("r",))
    assert QualityReport((check("a", Severity.ERROR),)).success
    assert QualityReport((check("a", Severity.WARNING, failed),)).success
    assert not QualityReport((check("a", Severity.ERROR, failed),)).success


def test_one_finding_per_check_and_project_with_its_rows() -> None:
    many = ProjectFailures("q", 7, tuple("abcdefg"), values=(("start_time", "-1"),))
    one = ProjectFailures("p", 1, ("x",), values=(("start_time", "-2"),))
    report = QualityReport((check("clip_start", Severity.ERROR, many, one),))
    assert report.findings() == (
        Finding(
            "quality_clip_start",
            Severity.ERROR,
            "p",
            "clips",
            {
                "check": "clip_start",
                "rule": RULE,
                "rows": ["x"],
                "count": 1,
                "values": {"start_time": "-2"},
            },
        ),
        Finding(
            "quality_clip_start",
            Severity.ERROR,
            "q",
            "clips",
            {
                "check": "clip_start",
                "rule": RULE,
                "rows": list("abcdefg"),
                "count": 7,
                "values": {"start_time": "-1"},
            },
        ),
    )


def test_as_dict_is_plain_json() -> None:
    report = QualityReport(
        (check("clip_start", Severity.ERROR, ProjectFailures("p", 1, ("x",))),),
        projects=3,
        docs_index=Path("/docs/index.html"),
    )
    assert report.as_dict() == {
        "success": False,
        "projects": 3,
        "checks": [
            {
                "name": "clip_start",
                "severity": "error",
                "success": False,
                "asset": "clips",
                "expectation": "ExpectColumnValuesToBeBetween",
                "description": "A clip does not start before its video.",
                "failing_ids": ["x"],
                "failing_count": 1,
                "evaluated": 100,
                "problem": None,
            }
        ],
        "docs_index": "/docs/index.html",
    }


def test_rules_have_a_name_each() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
