"""The document on the second opinion names every rule and column as the code has them."""

from __future__ import annotations

from pathlib import Path

from clipsync.quality.checks import COLUMNS, RULES

TEXT = (Path(__file__).parents[2] / "docs" / "second-opinion.md").read_text("utf-8")


def test_it_tells_every_rule_with_its_severity() -> None:
    for rule in RULES:
        assert f"| `{rule.name}` | {rule.severity.value} | {rule.description} |\n" in TEXT


def test_it_tells_every_column() -> None:
    for columns in COLUMNS.values():
        for name, column in columns.items():
            number = "A number. " if column.is_number else ""
            assert f"| `{name}` | {number}{column.meaning} |\n" in TEXT
