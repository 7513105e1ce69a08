"""What an operation reports: plain values, with the JSON keys of the command line and REST."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from clipsync.messages import finding_as_dict, render
from clipsync.model.finding import Finding, Severity
from clipsync.model.plan import Op
from clipsync.model.reason import Reason


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a sync did to one project.

    `clips_synced`, `collections_synced`: rows on which disk and database agree afterwards.
    `changes`: applied changes by op (what *would* have been applied, where `stopped`).
    `skipped`: why nothing was planned (still processing, absent, unreadable). `error`: one line,
    set where the project failed. `transient`: the failure is the world's, so retrying may help.
    """

    project_id: str
    name: str
    clips_synced: int = 0
    collections_synced: int = 0
    changes: Mapping[str, int] = field(default_factory=dict)
    quarantined: int = 0
    findings: tuple[Finding, ...] = ()
    skipped: Reason | None = None
    stopped: Reason | None = None
    error: str | None = None
    transient: bool = False

    @property
    def success(self) -> bool:
        return self.error is None and self.stopped is None

    def as_dict(self) -> dict[str, Any]:
        return {
            "success": self.success,
            "project_id": self.project_id,
            "name": self.name,
            "clips_synced": self.clips_synced,
            "collections_synced": self.collections_synced,
            "changes": dict(self.changes),
            "quarantined": self.quarantined,
            "findings": [finding_as_dict(finding) for finding in self.findings],
            **why_nothing(self.skipped, self.stopped),
            "error": self.error,
        }


def why_nothing(skipped: Reason | None, stopped: Reason | None) -> dict[str, Any]:
    """JSON of why nothing was planned, or applied: sentences, and `reason` as code and values."""
    reason = skipped or stopped
    return {
        "skipped": None if skipped is None else render(skipped),
        "stopped": None if stopped is None else render(stopped),
        "reason": None if reason is None else reason.as_dict(),
    }


@dataclass(slots=True)
class SyncSummary:
    """The sum of many projects' results: constant in size but for ids, failures and findings."""

    run_id: str
    total_projects: int = 0
    synced_projects: list[str] = field(default_factory=list)
    failed_projects: list[dict[str, str]] = field(default_factory=list)
    stopped_projects: list[dict[str, str]] = field(default_factory=list)
    """Those of the failed ones that a guard stopped, and that a person may allow."""
    transient_failures: int = 0
    clips_synced: int = 0
    collections_synced: int = 0
    quarantined: int = 0
    changes: dict[str, int] = field(default_factory=lambda: {op.value: 0 for op in Op})
    findings_by_severity: dict[str, int] = field(
        default_factory=lambda: {severity.value: 0 for severity in Severity}
    )

    @property
    def success(self) -> bool:
        return not self.failed_projects

    def add(self, result: SyncResult) -> None:
        self.total_projects += 1
        if result.success:
            self.synced_projects.append(result.project_id)
            for op, count in result.changes.items():
                self.changes[op] = self.changes.get(op, 0) + count
        else:
            stopped = "" if result.stopped is None else render(result.stopped)
            self.failed_projects.append(
                {"project_id": result.project_id, "error": result.error or stopped}
            )
            if result.error is None and result.stopped is not None:
                self.stopped_projects.append(
                    {"project_id": result.project_id, "name": result.name, "reason": stopped}
                )
            self.transient_failures += result.transient
        self.clips_synced += result.clips_synced
        self.collections_synced += result.collections_synced
        self.quarantined += result.quarantined
        for finding in result.findings:
            self.findings_by_severity[finding.severity.value] += 1

    def as_dict(self) -> dict[str, Any]:
        return {
            "success": self.success,
            "run_id": self.run_id,
            "total_projects": self.total_projects,
            "total_synced": len(self.synced_projects),
            "total_failed": len(self.failed_projects),
            "synced_projects": list(self.synced_projects),
            "failed_projects": list(self.failed_projects),
            "stopped_projects": list(self.stopped_projects),
            "clips_synced": self.clips_synced,
            "collections_synced": self.collections_synced,
            "quarantined": self.quarantined,
            "changes": dict(self.changes),
            "findings": dict(self.findings_by_severity),
        }


class AuditStatus(StrEnum):
    """One word for a project in the report."""

    CONSISTENT = "consistent"
    OUT_OF_SYNC = "out_of_sync"
    """The plan is not empty: a sync would change something."""
    PROBLEM = "problem"
    """Nothing to change, but a finding of severity error."""
    PROCESSING = "processing"
    """Still processing: nothing to compare yet. Not a problem."""
    GIVEN_UP = "given_up"
    """AutoClip failed and left no final files: nothing to compare. A person's to retry there."""
    STUDIO = "studio"
    """A project of AutoClip's Studio: neither consistent nor not, and out of the percentage."""
    MISSING = "missing"
    """In the database, not on disk: reported, never deleted. Not counted as a problem."""
    DELETED = "deleted"
    """A person deleted it in AutoClip, and its files are still there: not counted at all."""
    LOST = "lost"
    """Its row is gone, with more than half of all project rows: a person decides."""
    FAILED = "failed"
    """Could not be looked at."""

    @property
    def is_problem(self) -> bool:
        return self in _PROBLEMS

    @property
    def is_completed(self) -> bool:
        """AutoClip is done with it, and it is there to be compared."""
        return self in (AuditStatus.CONSISTENT, AuditStatus.OUT_OF_SYNC, AuditStatus.PROBLEM)


_PROBLEMS = frozenset(
    {AuditStatus.OUT_OF_SYNC, AuditStatus.PROBLEM, AuditStatus.LOST, AuditStatus.FAILED}
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One project of the report. `clips`, `collections`: rows on which disk and database agree."""

    project_id: str
    name: str
    clips: int
    collections: int
    status: AuditStatus
    findings: tuple[Finding, ...] = ()
    changes: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "project_id": self.project_id,
            "name": self.name,
            "clips": self.clips,
            "collections": self.collections,
            "status": self.status.value,
            "findings": [finding_as_dict(finding) for finding in self.findings],
            "changes": dict(self.changes),
            "studio": None if self.studio is None else dict(self.studio),
        }

    @property
    def studio(self) -> Mapping[str, Any] | None:
        """Where a Studio project stands: `phase`, outputs (`done`, `failed`, `total`), `error`,
        `error_code`. None for every other project."""
        return next((one.evidence for one in self.findings if one.code == "studio"), None)


@dataclass(frozen=True, slots=True)
class AuditTotals:
    """`projects`: all but those that a person deleted. `completed`: projects whose disk says
    completed. `studio`: projects of AutoClip's Studio. `consistency_percent`: share of the other
    projects without a problem, one decimal, rounded down so that 100.0 means all."""

    projects: int = 0
    completed: int = 0
    with_problems: int = 0
    clips: int = 0
    collections: int = 0
    studio: int = 0

    @property
    def consistency_percent(self) -> float:
        judged = self.projects - self.studio
        if judged == 0:
            return 100.0
        return (judged - self.with_problems) * 1000 // judged / 10

    def as_dict(self) -> dict[str, Any]:
        return {
            "projects": self.projects,
            "completed": self.completed,
            "with_problems": self.with_problems,
            "studio": self.studio,
            "clips": self.clips,
            "collections": self.collections,
            "consistency_percent": self.consistency_percent,
        }


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Project by project, whether disk and database agree. `findings`: those of no one project."""

    entries: tuple[AuditEntry, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def totals(self) -> AuditTotals:
        return totals_of(self.entries)

    @property
    def consistent(self) -> bool:
        return self.totals.with_problems == 0 and not any(
            finding.severity is Severity.ERROR for finding in self.findings
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "consistent": self.consistent,
            "totals": self.totals.as_dict(),
            "projects": [entry.as_dict() for entry in self.entries],
            "findings": [finding_as_dict(finding) for finding in self.findings],
        }


def totals_of(entries: Iterable[AuditEntry]) -> AuditTotals:
    projects = completed = with_problems = clips = collections = studio = 0
    for entry in entries:
        if entry.status is AuditStatus.DELETED:
            continue
        projects += 1
        completed += entry.status.is_completed
        with_problems += entry.status.is_problem
        studio += entry.status is AuditStatus.STUDIO
        clips += entry.clips
        collections += entry.collections
    return AuditTotals(projects, completed, with_problems, clips, collections, studio)
