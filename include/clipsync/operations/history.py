"""What the ledger tells over time: how things stand, how they came to be so, project by project.

Nothing is written; where there is no ledger yet, everything is empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from clipsync.autoclip.database.locks import read_transaction
from clipsync.autoclip.disk import is_project_id
from clipsync.errors import InvalidProjectIdError
from clipsync.ledger import (
    AuditPoint,
    FindingRecord,
    JournalEntry,
    ProjectLine,
    QuarantineEntry,
    RunRecord,
    StateChange,
    TombstoneRecord,
    store,
)
from clipsync.ledger.overview import ProjectPage, ProjectQuery
from clipsync.operations.results import AuditStatus, AuditTotals
from clipsync.operations.workspace import Workspace

__all__ = [
    "AuditPoint",
    "Overview",
    "ProjectHistory",
    "ProjectLine",
    "ProjectPage",
    "ProjectQuery",
    "StateChange",
    "audit_points",
    "find_projects",
    "iterate_projects",
    "measure",
    "overview",
    "project_history",
]

_MOST_JOURNAL = 200
_MOST_RUNS = 50


@dataclass(frozen=True, slots=True)
class Overview:
    """How things stand.

    `totals`: of all projects, each as it was last looked at. `errors`, `warnings`, `infos`: open
    findings, those of no project included. `last_audit_run`, `last_audit_at`: the newest audit,
    of all or some projects. `stale_hours`: hours since the last audit of all projects, where that
    is longer ago than CLIPSYNC_AUDIT_STALE_HOURS; None otherwise, and where there never was one.
    """

    totals: AuditTotals
    errors: int
    warnings: int
    infos: int
    last_audit_run: str | None
    last_audit_at: datetime | None
    stale_hours: float | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "totals": self.totals.as_dict(),
            "errors": self.errors,
            "warnings": self.warnings,
            "infos": self.infos,
            "last_audit_run": self.last_audit_run,
            "last_audit_at": self.last_audit_at.isoformat() if self.last_audit_at else None,
            "stale_hours": self.stale_hours,
        }


@dataclass(frozen=True, slots=True)
class ProjectHistory:
    """All that the ledger knows of a project, newest first; findings: the open ones first.

    `journal`: at most 200 changes. `quarantine`: released records too. `runs`: those that changed
    its rows or found it in another state than before, at most 50.
    """

    project_id: str
    states: list[StateChange]
    findings: list[FindingRecord]
    tombstones: list[TombstoneRecord]
    quarantine: list[QuarantineEntry]
    journal: list[JournalEntry]
    runs: list[RunRecord]

    def as_dict(self) -> dict[str, Any]:
        return {
            "project_id": self.project_id,
            "states": [state.as_dict() for state in self.states],
            "findings": [finding.as_dict() for finding in self.findings],
            "tombstones": [tombstone.as_dict() for tombstone in self.tombstones],
            "quarantine": [entry.as_dict() for entry in self.quarantine],
            "journal": [entry.as_dict() for entry in self.journal],
            "runs": [run.as_dict() for run in self.runs],
        }


def overview(workspace: Workspace, now: datetime | None = None) -> Overview:
    """How things stand `now` (aware; by default this moment)."""
    with read_transaction(workspace.engine) as conn:
        counted = store.count_projects(conn)
        findings = store.count_open(conn)
        newest, whole = store.last_audit(conn), store.last_audit(conn, "all")
    # Projects that a person deleted are of no total; nothing of them is in the database.
    there = [
        (AuditStatus(status), number, clips, collections)
        for status, number, clips, collections in counted
        if status != AuditStatus.DELETED
    ]
    totals = AuditTotals(
        projects=sum(number for _, number, _, _ in there),
        completed=sum(number for status, number, _, _ in there if status.is_completed),
        with_problems=sum(number for status, number, _, _ in there if status.is_problem),
        studio=sum(number for status, number, _, _ in there if status is AuditStatus.STUDIO),
        clips=sum(clips for _, _, clips, _ in there),
        collections=sum(collections for _, _, _, collections in there),
    )
    return Overview(
        totals=totals,
        **findings,
        last_audit_run=newest.run_id if newest else None,
        last_audit_at=newest.audited_at if newest else None,
        stale_hours=_stale_hours(workspace, whole, now or datetime.now(UTC)),
    )


def measure(workspace: Workspace, now: datetime | None = None) -> dict[str, float]:
    """How things stand, as numbers for a chart: `projects`, `projects_with_problems`, `clips`,
    `collections`, `consistency_percent`, `findings.error`, `findings.warning`, `findings.info`
    (open ones), `quarantined` (records), and `seconds_since_audit` (of all projects) once there
    was one."""
    now = now or datetime.now(UTC)
    shown = overview(workspace, now)
    with read_transaction(workspace.engine) as conn:
        quarantined = store.count_quarantined(conn)
        whole = store.last_audit(conn, "all")
    measured: dict[str, float] = {
        "projects": shown.totals.projects,
        "projects_with_problems": shown.totals.with_problems,
        "clips": shown.totals.clips,
        "collections": shown.totals.collections,
        "consistency_percent": shown.totals.consistency_percent,
        "findings.error": shown.errors,
        "findings.warning": shown.warnings,
        "findings.info": shown.infos,
        "quarantined": quarantined,
    }
    if whole is not None:
        measured["seconds_since_audit"] = max(0.0, (now - whole.audited_at).total_seconds())
    return measured


def audit_points(workspace: Workspace, limit: int = 90) -> list[AuditPoint]:
    """The newest audits, at most `limit`, oldest first."""
    with read_transaction(workspace.engine) as conn:
        return store.audit_points(conn, limit)


def find_projects(workspace: Workspace, query: ProjectQuery) -> ProjectPage:
    """One page of the projects that match, paged, filtered and sorted in the database."""
    with read_transaction(workspace.engine) as conn:
        return store.find_projects(conn, query)


def iterate_projects(workspace: Workspace, query: ProjectQuery) -> Iterator[ProjectLine]:
    """All projects that match, whatever the page; streamed.

    Holds a read transaction open, which on SQLite keeps AutoClip from writing: take what it gives
    at once.
    """
    with read_transaction(workspace.engine) as conn:
        yield from store.iterate_projects(conn, query)


def project_history(workspace: Workspace, project_id: str) -> ProjectHistory:
    """All that the ledger knows of a project; nothing of one that it does not know.

    Raises InvalidProjectIdError.
    """
    if not is_project_id(project_id):
        raise InvalidProjectIdError(project_id)
    with read_transaction(workspace.engine) as conn:
        return ProjectHistory(
            project_id=project_id,
            states=store.state_changes(conn, project_id),
            findings=store.findings_of_project(conn, project_id),
            tombstones=store.read_tombstones(conn, project_id),
            quarantine=list(store.read_quarantine(conn, [project_id], released=True)),
            journal=list(
                store.read_journal(
                    conn, project_ids=[project_id], newest_first=True, limit=_MOST_JOURNAL
                )
            ),
            runs=store.runs_of_project(conn, project_id, limit=_MOST_RUNS),
        )


def _stale_hours(workspace: Workspace, whole: AuditPoint | None, now: datetime) -> float | None:
    if whole is None:
        return None
    age = now - whole.audited_at
    limit = timedelta(hours=workspace.settings.audit_stale_hours)
    return age / timedelta(hours=1) if age > limit else None
