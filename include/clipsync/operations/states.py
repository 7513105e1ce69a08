"""A project's state, from its plan: as an audit finds it, and as a sync leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from clipsync.ledger import ProjectState
from clipsync.model.finding import Finding, Severity
from clipsync.model.manifest import DiskState
from clipsync.model.plan import Op, ProjectPlan, Table
from clipsync.model.reason import ReasonCode
from clipsync.operations.batches import Planned
from clipsync.operations.results import AuditStatus
from clipsync.reconcile.findings import MENDED_BY_SYNC

_OF_REASON: Mapping[ReasonCode | None, AuditStatus] = {
    ReasonCode.PROJECT_DELETED: AuditStatus.DELETED,
    ReasonCode.PROJECTS_GONE: AuditStatus.LOST,
    ReasonCode.FAILED_IN_AUTOCLIP: AuditStatus.GIVEN_UP,
    ReasonCode.FILES_GONE: AuditStatus.PROBLEM,
}
"""States that follow from why nothing was planned, whatever else there is to say."""


def status_now(plan: ProjectPlan) -> AuditStatus:
    """The report's word for a project whose plan this is, as long as it is not applied."""
    reason = plan.skipped or plan.stopped
    code = None if reason is None else reason.code
    if code in _OF_REASON:
        return _OF_REASON[code]
    if plan.state is DiskState.STUDIO:
        # A lost row of its own is all that a sync can mend there.
        return AuditStatus.OUT_OF_SYNC if plan.data_changes else AuditStatus.STUDIO
    if any(finding.severity is Severity.ERROR for finding in left_findings(plan)):
        return AuditStatus.PROBLEM if plan.stopped is None else AuditStatus.OUT_OF_SYNC
    if code is ReasonCode.ABSENT and any(
        finding.severity is Severity.WARNING for finding in plan.findings
    ):
        return AuditStatus.MISSING
    if plan.skipped is not None:
        return AuditStatus.PROCESSING
    return AuditStatus.CONSISTENT if plan.consistent else AuditStatus.OUT_OF_SYNC


def left_findings(plan: ProjectPlan) -> tuple[Finding, ...]:
    """What is still true once the plan is applied; all of it where it is not."""
    if plan.skipped is not None or plan.stopped is not None:
        return plan.findings
    return tuple(one for one in plan.findings if one.code not in MENDED_BY_SYNC)


def found_state(one: Planned, activity: str | None) -> ProjectState:
    """The project as an audit found it."""
    plan, status = one.plan, status_now(one.plan)
    return ProjectState(
        project_id=plan.project_id,
        name=plan.name,
        status=status.value,
        clips=plan.clips_now,
        collections=plan.collections_now,
        changes=plan.counts(),
        disk_state=plan.state.value,
        consistent=not status.is_problem,
        content_hash=one.manifest.content_hash,
        fingerprint=one.manifest.fingerprint,
        activity=activity,
        disk_clips=plan.disk_clips,
        disk_collections=plan.disk_collections,
        database_clips=one.database_clips,
        database_collections=one.database_collections,
    )


def left_state(one: Planned, digest: str | None = None) -> ProjectState:
    """The project as a sync leaves it: its plan applied, unless it was stopped or skipped.

    `digest`: of its rows now, where it is in order, so that the next run need not plan it.
    """
    state = found_state(one, None)
    if one.plan.stopped is None and one.plan.skipped is None:
        applied = replace(
            one.plan,
            changes=(),
            findings=left_findings(one.plan),
            clips_now=one.plan.clips,
            collections_now=one.plan.collections,
        )
        state = replace(
            found_state(replace(one, plan=applied), digest),
            database_clips=one.database_clips + _growth(one.plan, Table.CLIPS),
            database_collections=one.database_collections + _growth(one.plan, Table.COLLECTIONS),
        )
    return state if digest is not None else replace(state, content_hash=None, fingerprint=None)


def _growth(plan: ProjectPlan, table: Table) -> int:
    ops = [change.op for change in plan.changes if change.table is table]
    return ops.count(Op.INSERT) - ops.count(Op.DELETE)
