"""Sync: plan, then apply; one transaction and one lock a batch, or a project where that fails.

A bad project is not a bad run (rule 11): the others go on. Deletes without a successor wait until
the end of a run, when it is known what share of all rows they are (rule 8).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum

import sqlalchemy as sa

from clipsync.autoclip.database.locks import lock_projects, write_transaction
from clipsync.autoclip.database.snapshot import rows_before
from clipsync.autoclip.database.write import write_changes
from clipsync.errors import (
    ClipSyncError,
    ConcurrentChangeError,
    DatabaseUnavailableError,
    ProjectLockedError,
    TransientError,
    UnexpectedError,
)
from clipsync.ledger import migrate, store
from clipsync.messages import render
from clipsync.model.finding import SEVERITIES, Finding, FindingCode
from clipsync.model.plan import Change, ProjectPlan
from clipsync.model.reason import Reason, ReasonCode
from clipsync.operations import runs
from clipsync.operations.batches import (
    Planned,
    in_batches,
    look,
    plan_batch,
    plan_sides,
    read_manifests,
)
from clipsync.operations.digests import Digests, plan_of
from clipsync.operations.losses import with_losses
from clipsync.operations.results import SyncResult, SyncSummary
from clipsync.operations.runs import RunContext
from clipsync.operations.sentinel import check_root
from clipsync.operations.shards import stop_of_shards
from clipsync.operations.states import left_findings, left_state
from clipsync.operations.unowned import remove_links_of_nobody
from clipsync.operations.workspace import Workspace
from clipsync.reconcile import PlanOptions
from clipsync.reconcile.guards import run_stop
from clipsync.reconcile.project import TIME_OF_APPLY
from clipsync.sql import stored_timestamp

log = logging.getLogger(__name__)

OnResult = Callable[[SyncResult], None]

FAILURES = frozenset(
    {
        ReasonCode.UNREADABLE,
        ReasonCode.NO_RECORDS,
        ReasonCode.CONTRADICTING,
    }
)
"""Reasons for planning nothing that are trouble of the project, and not its everyday life."""

_ATTEMPTS = 3
"""How often a project is planned anew when somebody changes its rows at that very moment."""


def sync_projects(
    workspace: Workspace,
    project_ids: Sequence[str] | None,
    *,
    run: RunContext,
    options: PlanOptions | None = None,
    on_result: OnResult | None = None,
    sharded: bool = False,
) -> SyncSummary:
    """Make the database agree with the disk for these projects (None: for all).

    `sharded`: others sync the rest of the same run's projects, under the same run id; what all of
    them delete counts for the run's limit (rule 8).

    Of more than a batch, those that digests tell to be as they were left are taken from the ledger,
    unless the run is `full`.
    `on_result` is told of each project as it is done. Raises a terminal error before anything is
    written where the input is bad or the data directory can't be trusted; a project's own trouble
    is in its result. `transient` failures are worth another try.
    """
    chosen = options or PlanOptions()
    selected = workspace.select(project_ids)
    migrate.upgrade_existing(workspace.engine)
    check_root(workspace)
    chosen = with_losses(workspace, chosen)
    runs.begin(workspace, run)
    summary = SyncSummary(run.run_id)
    digests = Digests.of_run(workspace, selected, chosen, compared=False if run.full else None)
    # Of a single project's rows, the project's own limit is the one that counts.
    limit = _Limit.NONE if chosen.allow_deletes or len(selected) < 2 else _Limit.OWN_ROWS
    if sharded and not chosen.allow_deletes:
        limit = _Limit.ALL_SHARDS
    sync = _Sync(workspace, run, chosen, digests, limit)

    def done(result: SyncResult) -> None:
        summary.add(result)
        if on_result is not None:
            on_result(result)

    for ids in in_batches(selected, workspace.settings.batch_size):
        for result in sync.batch(ids):
            done(result)
    for result in sync.postponed():
        done(result)
    if project_ids is None:
        with write_transaction(workspace.engine) as conn:
            remove_links_of_nobody(conn, run.run_id, datetime.now(UTC))
    runs.finish(workspace, run, success=summary.success, counts=summary_counts(summary))
    return summary


class _Limit(Enum):
    """Of which rows a run may delete no more than a share (rule 8)."""

    NONE = "none"
    OWN_ROWS = "own_rows"
    ALL_SHARDS = "all_shards"


class _Sync:
    """One run over many projects: what waits for its end, and what share of all rows that is."""

    def __init__(
        self,
        workspace: Workspace,
        run: RunContext,
        options: PlanOptions,
        digests: Digests,
        limit: _Limit,
    ) -> None:
        self._workspace = workspace
        self._run = run
        self._options = options
        self._digests = digests
        self._limit = limit
        self._collecting = limit is not _Limit.NONE
        # By project: how many rows it would delete without a successor.
        self._waiting: dict[str, int] = {}
        self._rows = 0
        self._stop: Reason | None = None

    def batch(self, ids: Sequence[str]) -> list[SyncResult]:
        """Results in the order of the ids; none of projects that wait for the run's end."""
        known = {
            id_: plan_of(state) for id_, state in self._digests.unchanged(ids, synced=True).items()
        }
        self._rows += sum(plan.rows for plan in known.values())
        rest = [id_ for id_ in ids if id_ not in known]
        found = {result.project_id: result for result in self._plan_and_apply(rest)}
        found |= {id_: result_of(plan) for id_, plan in known.items()}
        return [found[id_] for id_ in ids if id_ in found]

    def _plan_and_apply(self, ids: Sequence[str]) -> list[SyncResult]:
        if not ids:
            return []
        try:
            return self._apply(ids)
        except ClipSyncError as error:
            if self._concerns_all(error):
                raise
        except Exception:
            log.debug("a batch failed; its projects are tried one by one", exc_info=True)
        # Somewhere in the batch is trouble: one by one, so that the others go on (rule 11).
        return [result for project_id in ids for result in self._one(project_id)]

    def postponed(self) -> list[SyncResult]:
        """The projects that delete something, once it is known how much that is in all."""
        settings = self._workspace.settings
        if self._limit is _Limit.OWN_ROWS:
            deletes = sum(self._waiting.values())
            self._stop = run_stop(deletes, self._rows, settings.delete_limit_run)
        self._collecting = False
        results = []
        for ids in in_batches(list(self._waiting), settings.batch_size):
            if self._stop is not None:
                results += self._stopped(ids, self._stop)
            else:
                results += self._plan_and_apply(ids)
        return results

    def _one(self, project_id: str) -> list[SyncResult]:
        """One project by itself; nothing where it waits for the run's end."""
        attempt = 1
        while True:
            try:
                return self._apply([project_id])
            except ClipSyncError as error:
                if self._concerns_all(error):
                    raise
                if attempt == _ATTEMPTS or not isinstance(error, ConcurrentChangeError):
                    return [_failed(project_id, error)]
                attempt += 1
            except Exception as error:
                log.debug("project %s", project_id, exc_info=True)
                return [_failed(project_id, UnexpectedError(project_id, error))]

    def _concerns_all(self, error: ClipSyncError) -> bool:
        """Trouble that the next project would only run into again, waiting as long."""
        locked = isinstance(error, ProjectLockedError)
        return isinstance(error, DatabaseUnavailableError) or (
            locked and self._workspace.engine.dialect.name == "sqlite"
        )

    def _apply(self, ids: Sequence[str]) -> list[SyncResult]:
        """Plan and apply these projects in one transaction; results of those not postponed."""
        workspace, now = self._workspace, datetime.now(UTC)
        manifests = read_manifests(workspace, ids)
        timeout = workspace.settings.lock_timeout_seconds
        with_others = self._limit is _Limit.ALL_SHARDS and not self._collecting
        lock_of_run = self._run.run_id if with_others else None
        waiting: dict[str, int] = {}
        with (
            lock_projects(workspace.engine, ids, timeout, run_id=lock_of_run),
            write_transaction(workspace.engine) as conn,
        ):
            sides = look(conn, ids, workspace, self._digests.survey)
            planned = plan_sides(sides, manifests, self._options, workspace, now)
            rows = sum(one.plan.rows for one in planned)
            if self._collecting:
                waiting = _waiting(planned)
                planned = [one for one in planned if one.plan.project_id not in waiting]
            elif with_others:
                planned = self._within_limit(conn, planned)
            _check_files(workspace, planned)
            apply_plans(conn, planned, run_id=self._run.run_id, now=now, digests=self._digests)
        # Only what is committed counts.
        self._rows += rows
        if not self._collecting:
            for project_id in ids:
                self._waiting.pop(project_id, None)
        self._waiting |= waiting
        return [result_of(one.plan) for one in planned]

    def _within_limit(self, conn: sa.Connection, planned: Sequence[Planned]) -> list[Planned]:
        """These projects, those that delete stopped where all shards of the run together, this
        one's other projects included, would delete too much."""
        here = _waiting(planned)
        ids = {one.plan.project_id for one in planned}
        to_come = sum(number for id_, number in self._waiting.items() if id_ not in ids)
        self._stop = stop_of_shards(
            conn,
            self._run.run_id,
            sum(here.values()) + to_come,
            self._workspace.settings.delete_limit_run,
        )
        if self._stop is None:
            return list(planned)
        return [
            replace(one, plan=_stop(one.plan, self._stop)) if one.plan.project_id in here else one
            for one in planned
        ]

    def _stopped(self, ids: Sequence[str], stop: Reason) -> list[SyncResult]:
        workspace, now = self._workspace, datetime.now(UTC)
        manifests = read_manifests(workspace, ids)
        with write_transaction(workspace.engine) as conn:
            planned = [
                replace(one, plan=_stop(one.plan, stop))
                for one in plan_batch(conn, manifests, self._options, workspace, now)
            ]
            apply_plans(conn, planned, run_id=self._run.run_id, now=now)
        return [result_of(one.plan) for one in planned]


def apply_plans(
    conn: sa.Connection,
    planned: Sequence[Planned],
    *,
    run_id: str,
    now: datetime,
    digests: Digests | None = None,
) -> None:
    """Write these plans, the ledger and the findings, all in the caller's transaction.

    Plans that are stopped write their findings only; those that are skipped, also what the ledger
    has to know. `digests`: keeps the digests of what is in order now.
    """
    plans = [
        _at(one.plan, stored_timestamp(now, conn.dialect))
        for one in planned
        if one.plan.stopped is None and (one.plan.skipped is None or not one.plan.ledger.empty)
    ]
    changes = [change for plan in plans for change in plan.changes]
    before = rows_before(conn, changes)
    write_changes(conn, changes, now)
    store.write_ledger(conn, plans, run_id=run_id, now=now, journal_before=before)
    store.sync_quarantine(
        conn, {one.plan.project_id: one.manifest.quarantined for one in planned}, now
    )
    kept = {} if digests is None else digests.to_record(conn, planned)
    states = [left_state(one, kept.get(one.plan.project_id)) for one in planned]
    store.record_states(conn, states, run_id, now)
    store.record_findings(
        conn, run_id, now, {one.plan.project_id: left_findings(one.plan) for one in planned}
    )


def result_of(plan: ProjectPlan) -> SyncResult:
    """What a sync did, once its plan is applied."""
    failed = plan.skipped is not None and plan.skipped.code in FAILURES
    return SyncResult(
        project_id=plan.project_id,
        name=plan.name,
        clips_synced=0 if plan.stopped else plan.clips,
        collections_synced=0 if plan.stopped else plan.collections,
        changes=plan.counts(),
        quarantined=plan.quarantined,
        findings=left_findings(plan),
        skipped=plan.skipped,
        stopped=plan.stopped,
        error=render(plan.skipped) if plan.skipped is not None and failed else None,
    )


def summary_counts(summary: SyncSummary) -> dict[str, object]:
    """What the ledger keeps of a run's summary: counts; which projects, its other tables know."""
    counts = summary.as_dict()
    for name in ("synced_projects", "failed_projects", "stopped_projects", "run_id"):
        del counts[name]
    return counts


def _check_files(workspace: Workspace, planned: Sequence[Planned]) -> None:
    """What is about to be written must come from files that are still the same: a person may have
    deleted a collection, or a pipeline written a file, since they were read. Where the database has
    no row of a project nobody can have edited or deleted one: a file that changes just then is
    noticed by the next run.

    Raises ConcurrentChangeError, so that the project is read and planned once more.
    """
    for one in planned:
        project_id = one.plan.project_id
        if not one.plan.changes or one.snapshot.empty:
            continue
        if workspace.data.fingerprint(project_id) != one.manifest.fingerprint:
            raise ConcurrentChangeError(
                f"Files of project {project_id} changed while its plan was made, so nothing of it "
                "was written. Try again."
            )


def _waiting(planned: Sequence[Planned]) -> dict[str, int]:
    """Projects that delete what has no successor, and how many rows; not those a guard stops."""
    return {
        one.plan.project_id: one.plan.unsucceeded_deletes
        for one in planned
        if one.plan.unsucceeded_deletes > 0 and one.plan.stopped is None
    }


def _stop(plan: ProjectPlan, reason: Reason) -> ProjectPlan:
    if plan.stopped is not None:
        return plan
    code = FindingCode.STOPPED_BY_GUARD
    finding = Finding(
        code,
        SEVERITIES[code],
        plan.project_id,
        evidence={
            "reason": reason.as_dict(),
            "deletes": plan.unsucceeded_deletes,
            "rows": plan.rows,
        },
    )
    return replace(plan, stopped=reason, findings=(*plan.findings, finding))


def _at(plan: ProjectPlan, moment: str) -> ProjectPlan:
    """The plan with the moment of its apply where the planner, without a clock, left it open."""
    if not any(TIME_OF_APPLY in change.after.values() for change in plan.changes):
        return plan
    return replace(plan, changes=tuple(_change_at(change, moment) for change in plan.changes))


def _change_at(change: Change, moment: str) -> Change:
    after = {
        name: moment if value == TIME_OF_APPLY else value for name, value in change.after.items()
    }
    return replace(change, after=after)


def _failed(project_id: str, error: ClipSyncError) -> SyncResult:
    return SyncResult(
        project_id,
        project_id,
        error=str(error),
        transient=isinstance(error, TransientError),
        findings=(
            Finding(
                FindingCode.SYNC_FAILED,
                SEVERITIES[FindingCode.SYNC_FAILED],
                project_id,
                evidence={"error": str(error)},
            ),
        ),
    )
