"""Rules that people add: read before anything runs, checked with ours, told like the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from clipsync.errors import SettingsError
from clipsync.messages import message
from clipsync.model.finding import Severity
from clipsync.quality import ValidateOptions, validate_database
from clipsync.quality.checks import Asset
from clipsync.quality.own_rules import read_own_rules
from tests.quality.damage import NOW, clip1, clip2, healthy
from tests.support.autoclip_files import project_id

SHORT = {
    "type": "expect_column_values_to_be_between",
    "kwargs": {"column": "duration", "max_value": 49},
    "meta": {"name": "not_too_long", "severity": "error"},
    "notes": "No clip is longer than that.",
}
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "expectations"


def write(directory: Path, name: str, *expectations: Any) -> Path:
    directory.mkdir(exist_ok=True)
    content = {"name": "ours", "expectations": list(expectations)}
    (directory / name).write_text(json.dumps(content), "utf-8")
    return directory


def test_no_directory_is_no_rules_and_an_empty_one_neither(tmp_path: Path) -> None:
    assert read_own_rules(None) == ()
    assert read_own_rules(tmp_path) == ()


def test_a_rule_has_its_name_severity_and_sentence(tmp_path: Path) -> None:
    (rule,) = read_own_rules(write(tmp_path, "clips.json", SHORT))
    assert (rule.name, rule.asset, rule.severity, rule.description) == (
        "own_not_too_long",
        Asset.CLIPS,
        Severity.ERROR,
        "No clip is longer than that.",
    )


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    bare = {key: SHORT[key] for key in ("type", "kwargs")}
    (rule,) = read_own_rules(write(tmp_path, "clips.json", bare))
    assert (rule.name, rule.severity, rule.description) == (
        "own_duration_values_to_be_between",
        Severity.WARNING,
        "duration: column values to be between.",
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": 7}, 'an object with a "type"'),
        ({"kwargs": []}, "must be objects"),
        ({"kwargs": {"column": "length"}}, "clips have no column 'length'. They have project_id"),
        ({"kwargs": {"max_value": 7}}, "names no column"),
        ({"kwargs": {"column": "duration", "most": 7}}, "Great Expectations refuses it"),
        ({"type": "expect_column_values_to_be_nice"}, "Great Expectations refuses it"),
        ({"type": "expect_column_mean_to_be_between"}, "looks at a whole table"),
        ({"meta": {"name": "Not good"}}, "lower-case letters"),
        ({"meta": {"severity": "awful"}}, "error, warning or info"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_broken_rule_is_one_clear_error(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    directory = write(tmp_path, "clips.json", {**SHORT, **change})
    with pytest.raises(SettingsError) as error:
        read_own_rules(directory)
    assert reason in str(error.value)
    assert str(error.value).startswith(f"{directory / 'clips.json'}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("clips.json", b"{", "is no JSON"),
        ("clips.json", b"[]", 'a list under "expectations"'),
        ("clip.json", b"{}", "A suite is called one of projects.json, clips.json"),
    ],
)
def test_a_broken_file_is_one_clear_error(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingsError, match=reason):
        read_own_rules(tmp_path)


def test_two_rules_of_one_name_and_a_directory_that_is_not_there_are_errors(
    tmp_path: Path,
) -> None:
    with pytest.raises(SettingsError, match="two rules are called 'not_too_long'"):
        read_own_rules(write(tmp_path, "clips.json", SHORT, SHORT))
    with pytest.raises(SettingsError, match="No such file"):
        read_own_rules(tmp_path / "nowhere")


def test_the_examples_of_the_docs_are_rules() -> None:
    assert [(rule.name, rule.severity) for rule in read_own_rules(EXAMPLES)] == [
        ("own_at_most_ten_minutes", Severity.ERROR),
        ("own_title_on_one_line", Severity.WARNING),
        ("own_score_never_zero", Severity.WARNING),
    ]


def test_a_rule_of_ones_own_fails_with_its_rows_in_findings_and_pages(
    autoclip_engine: sa.Engine, tmp_path: Path
) -> None:
    project = project_id(1)
    healthy(autoclip_engine, tmp_path / "data", project)
    rules = write(tmp_path / "rules", "clips.json", SHORT)
    options = ValidateOptions(docs_dir=tmp_path / "docs", own_rules=rules, now=NOW)
    report = validate_database(autoclip_engine, tmp_path / "data", None, options)
    assert not report.success
    (check,) = report.failed
    assert sorted(check.failing_ids) == sorted((clip1(project), clip2(project)))
    (finding,) = report.findings()
    assert (finding.code, finding.severity, finding.evidence["count"]) == (
        "quality_own_not_too_long",
        Severity.ERROR,
        2,
    )
    assert message(finding).startswith("No clip is longer than that. Not so in 2 rows: ")
    pages = [page.read_text("utf-8") for page in (tmp_path / "docs").rglob("*.html")]
    assert any(clip1(project) in page and "49" in page for page in pages)
