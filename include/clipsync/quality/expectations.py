"""The rules as Great Expectations' suites, run over frames, and the results added up over chunks.

Imports Great Expectations (5 s, 230 MB): import this module inside functions only.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Read when Great Expectations is imported: it must not phone home.
os.environ["GX_ANALYTICS_ENABLED"] = "False"

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)

from clipsync.model.finding import Severity
from clipsync.quality.checks import (
    INDEX_COLUMNS,
    Asset,
    Rule,
    asset_name,
    rules_of,
    severity_of,
)
from clipsync.quality.frames import Frames
from clipsync.quality.harmless import Shown
from clipsync.quality.report import MOST_IDS, ProjectFailures, QualityCheck

SITE = "clipsync"

_GX_SEVERITY = {Severity.ERROR: "critical", Severity.WARNING: "warning", Severity.INFO: "info"}
_LONGEST_VALUE = 80
_MOST_SHOWN = 200
"""Failing rows per expectation that Data Docs get to see."""


def open_context(docs_dir: Path | None) -> Any:
    """A data context in memory, which writes nothing but Data Docs, and those to `docs_dir`."""
    sites = {}
    if docs_dir is not None:
        sites[SITE] = {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(docs_dir),
            },
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        }
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
        data_docs_sites=sites,
    )
    return gx.get_context(project_config=config, mode="ephemeral")


class Suites:
    """One suite per asset over all chunks; `add` runs them over a chunk's frames.

    Sums are kept, frames are not: memory grows with the number of failing rows only.
    """

    def __init__(self, context: Any) -> None:
        self._source = context.data_sources.add_pandas("clipsync")
        self._runs = [
            _AssetRun.prepare(context, self._source, asset, left_alone)
            for asset in Asset
            for left_alone in (False, True)
        ]

    def add(self, frames: Frames, shown: Shown) -> None:
        """Look at one chunk. An empty frame has nothing to fail."""
        with _quiet():
            for run in self._runs:
                frame = frames[run.asset, run.left_alone]
                if len(frame):
                    run.add(frame, shown)

    def checks(self) -> tuple[QualityCheck, ...]:
        """What became of each rule. Of rows that are left alone only where there were any."""
        return tuple(
            tally.check(run)
            for run in self._runs
            if run.merged is not None or not run.left_alone
            for tally in run.tallies.values()
        )

    def merged_results(self) -> list[Any]:
        """Great Expectations' own results, one per asset, as if there had been one chunk."""
        return [run.merged for run in self._runs if run.merged is not None]


@dataclass(slots=True)
class _AssetRun:
    asset: Asset
    left_alone: bool
    definition: Any
    suite: Any
    tallies: dict[str, _Tally]
    merged: Any = None

    @classmethod
    def prepare(cls, context: Any, source: Any, asset: Asset, left_alone: bool) -> _AssetRun:
        name = asset_name(asset, left_alone=left_alone)
        rules = rules_of(asset, left_alone=left_alone)
        suite = context.suites.add(
            gx.ExpectationSuite(
                name=name, expectations=[_expectation(rule, left_alone) for rule in rules]
            )
        )
        definition = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
        return cls(
            asset, left_alone, definition, suite, {rule.name: _Tally(rule) for rule in rules}
        )

    @property
    def name(self) -> str:
        return asset_name(self.asset, left_alone=self.left_alone)

    def add(self, frame: pd.DataFrame, shown: Shown) -> None:
        columns = INDEX_COLUMNS[self.asset]
        batch = self.definition.get_batch(batch_parameters={"dataframe": frame})
        result = batch.validate(
            self.suite,
            result_format={
                "result_format": "COMPLETE",
                "unexpected_index_column_names": list(columns),
                "return_unexpected_index_query": False,
            },
        )
        for one in result.results:
            self.tallies[one.expectation_config.meta["check"]].add(one, columns, shown)
        self.merged = result if self.merged is None else _merge(self.merged, result)
        for one in self.merged.results:
            _shorten(one.result)


@dataclass(slots=True)
class _Failures:
    values: tuple[tuple[str, str], ...]
    count: int = 0
    row_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Tally:
    """One rule's sums. `failures`: by project, how many rows and the first ids."""

    rule: Rule
    evaluated: int = 0
    failing: int = 0
    problem: str | None = None
    failures: dict[str, _Failures] = field(default_factory=dict)

    def add(self, result: Any, columns: Sequence[str], shown: Shown) -> None:
        problem = _problem(result)
        if problem is not None:
            self.problem = problem
            return
        sums = result.result
        self.evaluated += sums["element_count"] - (sums.get("missing_count") or 0)
        self.failing += sums["unexpected_count"]
        for row in sums.get("unexpected_index_list") or ():
            project_id, *rest = shown.real(str(row[column]) for column in columns)
            failures = self.failures.setdefault(project_id, _Failures(_values(row, columns)))
            failures.count += 1
            if len(failures.row_ids) < MOST_IDS:
                failures.row_ids.append("/".join(rest) or project_id)

    def check(self, run: _AssetRun) -> QualityCheck:
        projects = tuple(
            ProjectFailures(project_id, failed.count, tuple(failed.row_ids), failed.values)
            for project_id, failed in sorted(self.failures.items())
        )
        ids = [row_id for project in projects for row_id in project.row_ids]
        return QualityCheck(
            name=self.rule.name,
            severity=severity_of(self.rule, left_alone=run.left_alone),
            success=self.failing == 0 and self.problem is None,
            asset=run.name,
            expectation=self.rule.expectation,
            description=self.rule.description,
            failing_ids=tuple(ids[:MOST_IDS]),
            failing_count=self.failing,
            evaluated=self.evaluated,
            projects=projects,
            problem=self.problem,
        )


def _expectation(rule: Rule, left_alone: bool) -> Any:
    severity = severity_of(rule, left_alone=left_alone)
    return getattr(gxe, rule.expectation)(
        **rule.arguments,
        severity=_GX_SEVERITY[severity],
        notes=rule.description,
        meta={"check": rule.name, "severity": severity.value},
    )


def _values(row: Mapping[str, Any], index_columns: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """What the rule looked at in a failing row, beside the ids: `12`, not `12.0`."""
    return tuple(
        (column, _shown_value(value))
        for column, value in sorted(row.items())
        if column not in index_columns
    )


def _shown_value(value: Any) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(float(value))
    return str(value)[:_LONGEST_VALUE]


def _problem(result: Any) -> str | None:
    """Why an expectation could not be evaluated, in one line; None where it was."""
    info = result.exception_info or {}
    entries = [info] if "raised_exception" in info else list(info.values())
    raised = [entry for entry in entries if entry.get("raised_exception")]
    if raised:
        return " ".join(str(raised[0].get("exception_message") or "unknown error").split())
    return None if "element_count" in result.result else "no result"


def _merge(left: Any, right: Any) -> Any:
    """Two results of one suite as the result of one run over both chunks."""
    others = {one.expectation_config.meta["check"]: one for one in right.results}
    for one in left.results:
        other = others[one.expectation_config.meta["check"]]
        one.success = bool(one.success and other.success)
        if _problem(other) is not None:
            one.exception_info = other.exception_info
        one.result = _added(one.result, other.result)
    passed = sum(bool(one.success) for one in left.results)
    left.success = passed == len(left.results)
    left.statistics |= {
        "successful_expectations": passed,
        "unsuccessful_expectations": len(left.results) - passed,
        "success_percent": passed / len(left.results) * 100,
    }
    return left


_SUMS = ("element_count", "missing_count", "unexpected_count")
_LISTS = (
    "unexpected_list",
    "unexpected_index_list",
    "partial_unexpected_list",
    "partial_unexpected_index_list",
    "partial_unexpected_counts",
)


def _added(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    if not left or not right:
        return dict(left or right)
    total = {**left, **right}
    for key in _SUMS:
        if key in total:
            total[key] = (left.get(key) or 0) + (right.get(key) or 0)
    for key in _LISTS:
        if key in total:
            total[key] = [*(left.get(key) or ()), *(right.get(key) or ())]
    rows, failing = total["element_count"], total["unexpected_count"]
    looked_at = rows - (total.get("missing_count") or 0)
    for key, share, whole in (
        ("unexpected_percent", failing, looked_at),
        ("unexpected_percent_nonmissing", failing, looked_at),
        ("unexpected_percent_total", failing, rows),
        ("missing_percent", total.get("missing_count") or 0, rows),
    ):
        if key in total:
            total[key] = share / whole * 100 if whole else 0.0
    return total


def _shorten(result: dict[str, Any]) -> None:
    for key in _LISTS:
        if len(result.get(key) or ()) > _MOST_SHOWN:
            result[key] = result[key][:_MOST_SHOWN]


@contextmanager
def _quiet() -> Iterator[None]:
    """Great Expectations tells of every step; only its troubles are of interest."""
    logger = logging.getLogger("great_expectations")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
