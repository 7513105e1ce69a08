"""Audit: plan every project, and report whether disk and database agree."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from clipsync.autoclip.database.locks import read_transaction
from clipsync.errors import ClipSyncError, UnexpectedError
from clipsync.ledger import AuditPoint, ProjectState, migrate, store
from clipsync.ledger.audits import Scope
from clipsync.model.finding import SEVERITIES, Finding, FindingCode
from clipsync.model.plan import ProjectPlan
from clipsync.operations import runs
from clipsync.operations.batches import Planned, in_batches, look, plan_sides, read_manifests
from clipsync.operations.digests import Digests
from clipsync.operations.losses import with_losses
from clipsync.operations.patience import write_patiently
from clipsync.operations.results import AuditEntry, AuditReport, AuditStatus
from clipsync.operations.runs import RunContext
from clipsync.operations.sentinel import check_root
from clipsync.operations.states import found_state, status_now
from clipsync.operations.unowned import unowned_findings
from clipsync.operations.workspace import Workspace
from clipsync.reconcile import PlanOptions
from clipsync.reconcile.findings import Findings, problem_evidence
from clipsync.sql import clean_text

log = logging.getLogger(__name__)

OnEntry = Callable[[AuditEntry], None]


def audit_projects(
    workspace: Workspace,
    project_ids: Sequence[str] | None,
    *,
    options: PlanOptions | None = None,
    run: RunContext | None = None,
    full: bool = True,
    on_entry: OnEntry | None = None,
) -> AuditReport:
    """Project by project (None: all), whether disk and database agree.

    AutoClip's tables are not written. With `run`, what was found is recorded in the ledger under
    its id. Not `full`: a project that was left in order, and whose digests are as they were then,
    is taken from the ledger without reading it.
    """
    began = datetime.now(UTC)
    selected = workspace.select(project_ids)
    if run is not None:
        migrate.upgrade_existing(workspace.engine)
    check_root(workspace)
    if run is not None:
        runs.begin(workspace, run)
    chosen = with_losses(workspace, options or PlanOptions())
    entries: list[AuditEntry] = []
    digests = Digests.of_run(workspace, selected, chosen, compared=not full)
    for ids in in_batches(selected, workspace.settings.batch_size):
        for entry in _audit_some(workspace, ids, chosen, run, digests):
            entries.append(entry)
            if on_entry is not None:
                on_entry(entry)
    found = data_findings(workspace)
    if project_ids is None:
        with read_transaction(workspace.engine) as conn:
            found += unowned_findings(conn)
    report = AuditReport(tuple(entries), found)
    if run is not None:
        now = datetime.now(UTC)
        scope: Scope = "all" if project_ids is None else "some"
        point = _point(report, run.run_id, now, scope=scope, full=full)

        def close(conn: sa.Connection) -> None:
            store.record_findings(conn, point.run_id, now, {"": report.findings})
            store.close_audit(conn, point, began)

        write_patiently(workspace.engine, close)
    return report


def load_report(workspace: Workspace, run_id: str) -> AuditReport:
    """The report of an audit that was recorded under `run_id`; empty where there is none."""
    with read_transaction(workspace.engine) as conn:
        states = list(store.read_audit(conn, run_id))
        by_project: dict[str, list[Finding]] = {}
        for record in store.findings_of_run(conn, run_id):
            by_project.setdefault(record.finding.project_id, []).append(record.finding)
    return AuditReport(
        tuple(
            _entry_of_state(state, tuple(by_project.get(state.project_id, ()))) for state in states
        ),
        tuple(by_project.get("", ())),
    )


def entry_of(plan: ProjectPlan) -> AuditEntry:
    """What a plan says of a project as it is now."""
    return AuditEntry(
        project_id=plan.project_id,
        name=plan.name,
        clips=plan.clips_now,
        collections=plan.collections_now,
        status=status_now(plan),
        findings=plan.findings,
        changes=plan.counts(),
    )


def data_findings(workspace: Workspace) -> tuple[Finding, ...]:
    """What is wrong with the data directory as a whole, and what in it is no project."""
    others = Findings("")
    if names := workspace.data.other_entries():
        others.not_a_project([clean_text(name) for name in names])
    return others.all + tuple(
        Finding(
            FindingCode.DATA_DIRECTORY_PROBLEM,
            SEVERITIES[FindingCode.DATA_DIRECTORY_PROBLEM],
            "",
            subject=problem.file,
            evidence=problem_evidence(problem),
        )
        for problem in workspace.data.problems
    )


def _audit_some(
    workspace: Workspace,
    ids: Sequence[str],
    options: PlanOptions,
    run: RunContext | None,
    digests: Digests,
) -> list[AuditEntry]:
    """A batch; where it meets a fault, one by one, so that the others are looked at (rule 11)."""
    try:
        return _audit_batch(workspace, ids, options, run, digests)
    except ClipSyncError:
        raise
    except Exception as error:
        if len(ids) == 1:
            log.debug("project %s", ids[0], exc_info=True)
            return [_not_looked_at(ids[0], UnexpectedError(ids[0], error))]
        log.debug("a batch failed; its projects are looked at one by one", exc_info=True)
    return [entry for id_ in ids for entry in _audit_some(workspace, [id_], options, run, digests)]


def _not_looked_at(project_id: str, error: UnexpectedError) -> AuditEntry:
    code = FindingCode.AUDIT_FAILED
    finding = Finding(code, SEVERITIES[code], project_id, evidence={"error": str(error)})
    return AuditEntry(project_id, project_id, 0, 0, AuditStatus.FAILED, (finding,))


def _audit_batch(
    workspace: Workspace,
    ids: Sequence[str],
    options: PlanOptions,
    run: RunContext | None,
    digests: Digests,
) -> list[AuditEntry]:
    now = datetime.now(UTC)
    known = digests.unchanged(ids, synced=False)
    manifests = read_manifests(workspace, [id_ for id_ in ids if id_ not in known])
    planned: list[Planned] = []
    rows: dict[str, str] = {}
    if manifests:
        with read_transaction(workspace.engine) as conn:
            wanted = [manifest.project_id for manifest in manifests]
            sides = look(conn, wanted, workspace, digests.survey)
            planned = plan_sides(sides, manifests, options, workspace, now)
            if run is not None:
                rows = digests.to_record(conn, [one for one in planned if one.plan.empty])
    fresh = {one.plan.project_id: entry_of(one.plan) for one in planned}
    if run is not None:
        states = [found_state(one, rows.get(one.plan.project_id)) for one in planned]
        run_id = run.run_id

        def record(conn: sa.Connection) -> None:
            store.record_audit(conn, (*states, *known.values()), run_id, now)
            store.record_findings(
                conn, run_id, now, {one.plan.project_id: one.plan.findings for one in planned}
            )

        write_patiently(workspace.engine, record)
    known_entries = {id_: _entry_of_state(state) for id_, state in known.items()}
    return [known_entries.get(id_) or fresh[id_] for id_ in ids]


def _point(
    report: AuditReport, run_id: str, now: datetime, *, scope: Scope, full: bool
) -> AuditPoint:
    """The audit's sum; the ledger counts the findings."""
    totals = report.totals
    return AuditPoint(
        run_id=run_id,
        audited_at=now,
        projects=totals.projects,
        completed=totals.completed,
        with_problems=totals.with_problems,
        clips=totals.clips,
        collections=totals.collections,
        consistency=totals.consistency_percent,
        errors=0,
        warnings=0,
        infos=0,
        scope=scope,
        full=full,
    )


def _entry_of_state(state: ProjectState, findings: tuple[Finding, ...] = ()) -> AuditEntry:
    return AuditEntry(
        project_id=state.project_id,
        name=state.name,
        clips=state.clips,
        collections=state.collections,
        status=AuditStatus(state.status),
        findings=findings,
        changes=state.changes,
    )
