"""Every code that ClipSync gives out tells a person what to do next."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import clipsync
from clipsync.quality.checks import RULES
from clipsync.quality.report import FINDING_PREFIX
from clipsync.reporting.advice import ADVICE, FALLBACK, advice_for

PACKAGE = Path(clipsync.__file__).parent


def codes_given_out() -> set[str]:
    """First arguments of `Finding(…)` and of the planner's `self._add(…)`, anywhere in the code."""
    codes = {FINDING_PREFIX + rule.name for rule in RULES}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            if name == "Finding" or (name == "self._add" and path.name == "findings.py"):
                first = [*node.args, *(k.value for k in node.keywords if k.arg == "code")][:1]
                codes |= {
                    value.value
                    for value in first
                    if isinstance(value, ast.Constant) and isinstance(value.value, str)
                }
    return codes


def test_every_code_has_its_advice() -> None:
    assert codes_given_out() - set(ADVICE) == set()


def test_the_planners_and_the_quality_codes_are_found_at_all() -> None:
    assert {"edit_conflict", "orphan_link", "quality_clips_missing"} <= codes_given_out()


@pytest.mark.parametrize("code", sorted(ADVICE))
def test_advice_is_short_plain_sentences(code: str) -> None:
    assert 10 < len(ADVICE[code]) < 260
    assert ADVICE[code].endswith(".")


def test_an_unknown_code_gets_general_advice() -> None:
    assert advice_for("brand_new") == FALLBACK
