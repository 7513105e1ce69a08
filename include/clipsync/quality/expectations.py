"""The rules as Great Expectations' suites and checkpoints, run over frames.

One suite, validation definition and checkpoint an asset, because each has a frame of its own. What
Great Expectations finds stays in its own store, a result a batch; counted are only the numbers
that finding and mail tell. Imports Great Expectations (5 s, 230 MB): import inside functions only.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

# Read when Great Expectations is imported: it must not phone home.
os.environ["GX_ANALYTICS_ENABLED"] = "False"

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.expectation import (
    ColumnMapExpectation,
    ColumnPairMapExpectation,
    MulticolumnMapExpectation,
)
from great_expectations.expectations.registry import get_expectation_impl

from clipsync.errors import SettingsError
from clipsync.model.finding import Severity
from clipsync.quality.checks import INDEX_COLUMNS, Asset, Rule
from clipsync.quality.frames import Frames
from clipsync.quality.report import MOST_IDS, ProjectFailures, QualityCheck

SITE = "clipsync"
RUN_NAME = "validation"

_GX_SEVERITY = {Severity.ERROR: "critical", Severity.WARNING: "warning", Severity.INFO: "info"}
_LONGEST_VALUE = 80


def open_context(site: Mapping[str, Any] | None, gx_dir: Path | None = None) -> Any:
    """A data context: in memory, which writes nothing but the site, or in files in `gx_dir`.

    `site`: the configuration of Data Docs; None: none are built. Raises SettingsError where
    `gx_dir` can't be used.
    """
    if gx_dir is not None:
        return _file_context(gx_dir)
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
        data_docs_sites={} if site is None else {SITE: dict(site)},
    )
    return gx.get_context(project_config=config, mode="ephemeral")


def expectation_of(rule: Rule) -> Any:
    """Great Expectations' own object of a rule. Raises its errors for a rule of people's."""
    made = getattr(gxe, rule.expectation, None) or get_expectation_impl(rule.expectation)
    return made(
        **rule.arguments,
        severity=_GX_SEVERITY[rule.severity],
        notes=rule.description,
        meta={"check": rule.name, "severity": rule.severity.value},
    )


def looks_at_rows(expectation: Any) -> bool:
    """Whether it tells row by row what fails: then the failing rows can be named."""
    row_by_row = ColumnMapExpectation, ColumnPairMapExpectation, MulticolumnMapExpectation
    return isinstance(expectation, row_by_row)


class Suites:
    """One suite an asset; `add` runs all of them over the frames of some projects.

    Frames are not kept: memory grows with the number of failing rows only.
    """

    def __init__(self, context: Any, rules: Sequence[Rule], now: datetime) -> None:
        self._context = context
        self._runs = [_AssetRun.prepare(context, asset, rules) for asset in Asset]
        self._now = now
        self._batches = 0

    def add(self, frames: Frames) -> None:
        """Look at the rows of some projects. An empty frame has nothing to fail."""
        self._batches += 1
        run_id = RunIdentifier(run_name=f"{RUN_NAME}-{self._batches}", run_time=self._now)
        with _quiet():
            for run in self._runs:
                frame = frames[run.asset]
                if len(frame):
                    run.add(frame, run_id)

    def checks(self) -> tuple[QualityCheck, ...]:
        """What became of each rule."""
        return tuple(tally.check() for run in self._runs for tally in run.tallies.values())

    def build_docs(self) -> None:
        with _quiet():
            self._context.build_data_docs()


@dataclass(slots=True)
class _AssetRun:
    asset: Asset
    checkpoint: Any
    tallies: dict[str, _Tally]

    @classmethod
    def prepare(cls, context: Any, asset: Asset, rules: Sequence[Rule]) -> _AssetRun:
        mine = [rule for rule in rules if rule.asset is asset]
        name = asset.value
        source = context.data_sources.add_or_update_pandas(f"clipsync_{name}")
        suite = context.suites.add_or_update(
            gx.ExpectationSuite(name=name, expectations=[expectation_of(rule) for rule in mine])
        )
        batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("rows")
        definition = context.validation_definitions.add_or_update(
            gx.ValidationDefinition(name=name, data=batch, suite=suite)
        )
        checkpoint = context.checkpoints.add_or_update(
            gx.Checkpoint(
                name=name,
                validation_definitions=[definition],
                result_format={
                    "result_format": "COMPLETE",
                    "unexpected_index_column_names": list(INDEX_COLUMNS[asset]),
                    "return_unexpected_index_query": False,
                },
            )
        )
        return cls(asset, checkpoint, {rule.name: _Tally(rule) for rule in mine})

    def add(self, frame: Any, run_id: Any) -> None:
        columns = INDEX_COLUMNS[self.asset]
        result = self.checkpoint.run(batch_parameters={"dataframe": frame}, run_id=run_id)
        for validation in result.run_results.values():
            for one in validation.results:
                self.tallies[one.expectation_config.meta["check"]].add(one, columns)


@dataclass(slots=True)
class _Failures:
    values: tuple[tuple[str, str], ...]
    count: int = 0
    row_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Tally:
    """One rule's numbers. `failures`: by project, how many rows and the first ids."""

    rule: Rule
    evaluated: int = 0
    failing: int = 0
    problem: str | None = None
    failures: dict[str, _Failures] = field(default_factory=dict)

    def add(self, result: Any, columns: Sequence[str]) -> None:
        problem = _problem(result)
        if problem is not None:
            self.problem = problem
            return
        sums = result.result
        self.evaluated += sums["element_count"] - (sums.get("missing_count") or 0)
        self.failing += sums["unexpected_count"]
        for row in sums.get("unexpected_index_list") or ():
            project_id, *rest = (str(row[column]) for column in columns)
            failures = self.failures.setdefault(project_id, _Failures(_values(row, columns)))
            failures.count += 1
            if len(failures.row_ids) < MOST_IDS:
                failures.row_ids.append("/".join(rest) or project_id)

    def check(self) -> QualityCheck:
        projects = tuple(
            ProjectFailures(project_id, failed.count, tuple(failed.row_ids), failed.values)
            for project_id, failed in sorted(self.failures.items())
        )
        ids = [row_id for project in projects for row_id in project.row_ids]
        return QualityCheck(
            name=self.rule.name,
            severity=self.rule.severity,
            success=self.failing == 0 and self.problem is None,
            asset=self.rule.asset.value,
            expectation=self.rule.expectation,
            description=self.rule.description,
            failing_ids=tuple(ids[:MOST_IDS]),
            failing_count=self.failing,
            evaluated=self.evaluated,
            projects=projects,
            problem=self.problem,
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


def _file_context(gx_dir: Path) -> Any:
    try:
        gx_dir.mkdir(parents=True, exist_ok=True)
        with _quiet():
            context = gx.get_context(mode="file", project_root_dir=str(gx_dir))
    except OSError as error:
        raise SettingsError(
            f"{gx_dir}: Great Expectations' files can't be written there: {error.strerror}. Give "
            "--gx-dir a directory that ClipSync may write."
        ) from error
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context


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
