"""The rules without Great Expectations, for thousands of steps: a test holds the two together."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from clipsync.model.finding import Severity
from clipsync.quality.checks import INDEX_COLUMNS, RULES, Rule
from clipsync.quality.frames import Frames

Failed = dict[str, list[tuple[str, ...]]]
"""Name of a rule to the failing rows, each by project and ids."""


def failures(frames: Frames, least: Severity = Severity.INFO) -> Failed:
    """Every rule that fails, with its rows in the frame's order."""
    found: Failed = {}
    for rule in RULES:
        if rule.severity.rank < least.rank:
            continue
        frame = frames[rule.asset]
        rows = _failing(rule, frame)
        if rows:
            columns = list(INDEX_COLUMNS[rule.asset])
            found[rule.name] = [tuple(frame.iloc[row][columns]) for row in rows]
    return found


def _failing(rule: Rule, frame: pd.DataFrame) -> list[int]:
    arguments = dict(rule.arguments)
    if "column_A" in arguments:
        pairs = zip(frame[arguments["column_A"]], frame[arguments["column_B"]], strict=True)
        test = _PAIRS[rule.expectation]
        both = arguments["ignore_row_if"] == "both_values_are_missing"
        return [
            number
            for number, pair in enumerate(pairs)
            if not (all if both else any)(pd.isna(one) for one in pair) and not test(*pair)
        ]
    column = frame[arguments["column"]]
    if rule.expectation == "ExpectColumnValuesToBeNull":
        return [n for n, value in enumerate(column) if not pd.isna(value)]
    if rule.expectation == "ExpectColumnValuesToNotBeNull":
        return [n for n, value in enumerate(column) if pd.isna(value)]
    if rule.expectation == "ExpectColumnValuesToBeUnique":
        return [n for n, twice in enumerate(column.duplicated(keep=False)) if twice]
    holds = _VALUES[rule.expectation]
    return [
        n for n, value in enumerate(column) if not pd.isna(value) and not holds(value, arguments)
    ]


def _parses(value: str, _: Mapping[str, Any]) -> bool:
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True


_PAIRS: Mapping[str, Callable[[Any, Any], bool]] = {
    "ExpectColumnPairValuesToBeEqual": lambda left, right: bool(left == right),
    "ExpectColumnPairValuesAToBeGreaterThanB": lambda left, right: bool(left >= right),
}
_VALUES: Mapping[str, Callable[[Any, Mapping[str, Any]], bool]] = {
    "ExpectColumnValuesToBeJsonParseable": _parses,
    "ExpectColumnValuesToMatchRegex": lambda v, a: re.search(a["regex"], v) is not None,
    "ExpectColumnValueLengthsToBeBetween": lambda v, a: len(v) <= a["max_value"],
    "ExpectColumnValuesToBeInSet": lambda v, a: v in a["value_set"],
    "ExpectColumnValuesToBeBetween": lambda v, a: a["min_value"] <= v <= a["max_value"],
}
