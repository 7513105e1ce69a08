"""The second opinion as an operation: what the Dags' tasks and `clipsync validate` do.

Importing this is cheap; validating imports pandas and Great Expectations.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from clipsync.autoclip.database import read_transaction
from clipsync.ledger import store
from clipsync.ledger.quality import ALL, RuleResult, Validation
from clipsync.model.finding import Finding, Severity
from clipsync.operations.patience import write_patiently
from clipsync.operations.runs import RunContext, begin, finish
from clipsync.operations.workspace import Workspace
from clipsync.quality import QualityReport, ValidateOptions, validate_database

QUALITY = "quality"
"""The second opinion as source of findings in the ledger."""

SOME = "some"


def validate_projects(
    workspace: Workspace,
    project_ids: Sequence[str] | None,
    *,
    docs_dir: Path | None = None,
    gx_dir: Path | None = None,
    now: datetime | None = None,
) -> QualityReport:
    """The second opinion on these projects (None: on every one); nothing is written but pages.

    `docs_dir`: where to build Data Docs. `gx_dir`: where to write Great Expectations' own project.
    With the rules of people where CLIPSYNC_EXPECTATIONS_DIR names some. Raises what
    `Workspace.select` raises, and SettingsError where a directory or a rule can't be used.
    """
    chosen = None if project_ids is None else workspace.select(project_ids)
    settings = workspace.settings
    options = ValidateOptions(
        docs_dir=docs_dir,
        own_rules=settings.expectations_dir,
        gx_dir=gx_dir,
        task_freshness=settings.task_freshness,
        now=now,
        max_json_bytes=settings.max_json_bytes,
    )
    return validate_database(workspace.engine, workspace.data.root, chosen, options)


def record_validation(
    workspace: Workspace,
    run_id: str,
    scope: Sequence[str] | None,
    report: QualityReport,
    *,
    part: int | None = None,
) -> None:
    """Findings and history to the ledger, which must be there.

    `scope`: the projects that were looked at; None: all. What was reported of one of them before,
    and is not now, is resolved. `part`: which share of a validation of all projects this is, where
    several tasks do it together; counts from 0.
    """
    found: dict[str, list[Finding]] = {"": []}
    for finding in report.findings():
        found.setdefault(finding.project_id, []).append(finding)
    now = datetime.now(UTC)
    of_all = scope is None or part is not None
    validation = Validation(run_id, now, ALL if of_all else SOME, part or 0)

    def write(conn: sa.Connection) -> None:
        reported = dict(found)
        for record in store.open_findings(conn, scope):
            if record.source == QUALITY:
                # Not reported any more: an empty list resolves it.
                reported.setdefault(record.finding.project_id, [])
        if scope is not None and not reported[""]:
            # A look at some projects says nothing about what belongs to none.
            del reported[""]
        store.record_findings(conn, run_id, now, reported, source=QUALITY)
        store.record_quality(conn, validation, _results(report))
        store.recount_audit(conn, run_id)

    write_patiently(workspace.engine, write)


def open_errors(workspace: Workspace, scope: Sequence[str] | None) -> list[Finding]:
    """Findings of severity error that are open on these projects (None: on any, or on none)."""
    with read_transaction(workspace.engine) as conn:
        return [record.finding for record in store.open_findings(conn, scope, least=Severity.ERROR)]


def validate_and_record(
    workspace: Workspace,
    project_ids: Sequence[str] | None,
    run: RunContext,
    *,
    docs_dir: Path | None = None,
    gx_dir: Path | None = None,
) -> QualityReport:
    """A validation as a run of its own, in the ledger with its findings and results."""
    begin(workspace, run)
    report = validate_projects(workspace, project_ids, docs_dir=docs_dir, gx_dir=gx_dir)
    scope = None if project_ids is None else workspace.select(project_ids)
    record_validation(workspace, run.run_id, scope, report)
    counts = {"projects": report.projects, "checks": len(report.checks)}
    counts["failed"] = len(report.failed)
    finish(workspace, run, success=report.success, counts=counts)
    return report


def _results(report: QualityReport) -> list[RuleResult]:
    return [
        RuleResult(
            check.name,
            check.asset,
            check.severity,
            check.description,
            report.projects,
            check.evaluated,
            check.failing_count,
            check.problem,
        )
        for check in report.checks
    ]
