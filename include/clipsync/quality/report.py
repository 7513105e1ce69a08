"""What the second opinion found: plain values, without pandas or Great Expectations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clipsync.model.finding import Finding, FindingCode, Severity, code_of

MOST_IDS = 50
"""Row ids kept per check, and per check and project; the counts tell how many there are."""

FINDING_PREFIX = "quality_"


@dataclass(frozen=True, slots=True)
class ProjectFailures:
    """One project's failing rows of one check: how many, and the first ids.

    `values`: what the rule looked at in the first of them, by column.
    """

    project_id: str
    count: int
    row_ids: tuple[str, ...]
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class QualityCheck:
    """One expectation and what became of it.

    `name`: a stable word (`clip_counts`). `asset`: which rows were looked at (`clips`).
    `expectation`: Great Expectations' name of the rule. `evaluated`: rows it applied to.
    `failing_ids`: at most MOST_IDS, ordered by project and id; those of links read
    `<collection id>/<clip id>`. `projects`: the failures by project; "" for rows of no project.
    `problem`: why the check could not be evaluated, else None; such a check counts as failed.
    """

    name: str
    severity: Severity
    success: bool
    asset: str
    expectation: str
    description: str
    failing_ids: tuple[str, ...] = ()
    failing_count: int = 0
    evaluated: int = 0
    projects: tuple[ProjectFailures, ...] = ()
    problem: str | None = None

    @property
    def finding_code(self) -> FindingCode:
        return code_of(FINDING_PREFIX + self.name)

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "severity": self.severity.value,
            "success": self.success,
            "asset": self.asset,
            "expectation": self.expectation,
            "description": self.description,
            "failing_ids": list(self.failing_ids),
            "failing_count": self.failing_count,
            "evaluated": self.evaluated,
            "problem": self.problem,
        }


@dataclass(frozen=True, slots=True)
class QualityReport:
    """All checks of one validation. `projects`: how many projects were looked at; `docs_index`:
    the Data Docs' first page, where they were built."""

    checks: tuple[QualityCheck, ...] = ()
    projects: int = 0
    docs_index: Path | None = None

    @property
    def success(self) -> bool:
        """No check of severity error failed."""
        return not any(
            check.severity is Severity.ERROR and not check.success for check in self.checks
        )

    @property
    def failed(self) -> tuple[QualityCheck, ...]:
        return tuple(check for check in self.checks if not check.success)

    def findings(self) -> tuple[Finding, ...]:
        """One finding per failed check and project, with the row ids as evidence."""
        return tuple(sorted(_findings(self.failed), key=lambda finding: finding.key))

    def as_dict(self) -> dict[str, Any]:
        return {
            "success": self.success,
            "projects": self.projects,
            "checks": [check.as_dict() for check in self.checks],
            "docs_index": None if self.docs_index is None else str(self.docs_index),
        }


def _findings(failed: Iterable[QualityCheck]) -> Iterable[Finding]:
    for check in failed:
        if check.problem is not None:
            yield Finding(
                code=check.finding_code,
                severity=check.severity,
                project_id="",
                subject=check.asset,
                evidence={"check": check.name, "problem": check.problem},
            )
        for failures in check.projects:
            yield Finding(
                code=check.finding_code,
                severity=check.severity,
                project_id=failures.project_id,
                subject=check.asset,
                evidence={
                    "check": check.name,
                    "rule": check.description,
                    "rows": list(failures.row_ids),
                    "count": failures.count,
                    "values": dict(failures.values),
                },
            )
