"""What the tasks do: the operations, with a run's parameters, and small results for XCom.

Imported inside running tasks only: it pulls in SQLAlchemy and the planner.
"""

from __future__ import annotations

import logging
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from clipsync.errors import TransientError
from clipsync.messages import message, render
from clipsync.model.finding import Finding, Severity
from clipsync.operations.auditing import audit_projects
from clipsync.operations.planning import plan_projects
from clipsync.operations.results import AuditReport, SyncResult, SyncSummary
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.reconcile import PlanOptions
from clipsync.settings import Settings
from clipsync_airflow.assets import DATABASE, tell
from clipsync_airflow.connections import task_settings
from clipsync_airflow.problems import leaves_its_problem, problems_of_run

log = logging.getLogger(__name__)

COUNTS = "counts"
"""Key of the XCom with a shard's counts, which is there even if the shard then fails."""

_MOST_FINDINGS = 50
_MOST_FAILURES = 20
_MOST_STOPPED = 200
_PROGRESS_EVERY = 1000


class SomeProjectsFailedError(TransientError):
    """Projects of this share failed for the world's reasons; the next try does only those."""


def sync_project(context: Any) -> dict[str, Any]:
    """Syncs the one project of the run; what was done, with at most 50 findings."""
    project_id = context["params"]["project_id"]
    results: list[SyncResult] = []
    with leaves_its_problem(context["ti"]), open_workspace(settings_of(context)) as workspace:
        sync_projects(
            workspace,
            [project_id],
            run=run_of(context),
            options=options_of(context),
            on_result=results.append,
        )
        (result,) = results
        _log_result(result)
        if result.transient:
            raise SomeProjectsFailedError(f"project {project_id}: {result.error}")
        if not result.success:
            raise AirflowFailException(f"project {project_id}: {_why(result)}")
        tell(
            context,
            DATABASE,
            {
                "database": workspace.database,
                "project_id": project_id,
                "clips": result.clips_synced,
                "collections": result.collections_synced,
                "changes": dict(result.changes),
            },
        )
    return result.as_dict() | {
        "findings": [_brief(one) for one in result.findings[:_MOST_FINDINGS]]
    }


def discover(context: Any) -> list[dict[str, Any]]:
    """How the projects are shared out: `shard` counts from 0, `of` is how many there are.

    An audit syncs nothing, so it has no shards. A shard lists and picks its projects itself
    (`share`), so that no list of a hundred thousand ids travels through Airflow's database.
    """
    with leaves_its_problem(context["ti"]), open_workspace(settings_of(context)) as workspace:
        count = len(workspace.select(context["params"]["project_ids"] or None))
        size, most = workspace.settings.batch_size, workspace.settings.max_shards
        log.info("%s projects in %s and %s", count, workspace.data.root, workspace.database)
    if context["params"]["audit_only"]:
        log.info("audit only: nothing is synced")
        return []
    shards = max(1, min(most, -(-count // size)))
    log.info("%s shards, in batches of at most %s projects", shards, size)
    return [{"shard": i, "of": shards, "label": f"{i + 1} of {shards}"} for i in range(shards)]


def sync_shard(context: Any, shard: Mapping[str, Any]) -> dict[str, Any]:
    """Syncs a share of the projects, or plans it in a dry run; counts, and the first failures."""
    with leaves_its_problem(context["ti"]), open_workspace(settings_of(context)) as workspace:
        selected = workspace.select(context["params"]["project_ids"] or None)
        mine = share(selected, shard["shard"], shard["of"])
        log.info("%s of %s projects are this shard's", len(mine), len(selected))
        if context["params"]["dry_run"]:
            return _dry_run(workspace, mine, options_of(context))
        summary = sync_projects(
            workspace,
            mine,
            run=run_of(context),
            options=options_of(context),
            on_result=_log_of_many(len(mine)),
            sharded=shard["of"] > 1,
        )
        counts = _counts(summary)
        # A shard that fails returns nothing, and its stopped plans still wait for a decision.
        context["ti"].xcom_push(key=COUNTS, value=counts)
        raise_for_failures(summary)
    return counts


def counts_of_shards(ti: Any) -> list[dict[str, Any]]:
    """What each shard of this run that came to its end did, whether it failed or not."""
    # Without `map_indexes`: None would mean the one of a task that is not mapped.
    return [one for one in ti.xcom_pull(task_ids=["sync_shard"], key=COUNTS) or () if one]


def audit(context: Any) -> dict[str, Any]:
    """Looks at every project again and records it in the ledger; the report's totals."""
    if any(problem.task == "discover" for problem in problems_of_run(context["ti"])):
        raise AirflowSkipException("discover failed: there is nothing to look at")
    if context["params"]["dry_run"]:
        raise AirflowSkipException("dry run: nothing is recorded, and nothing has changed")
    with leaves_its_problem(context["ti"]), open_workspace(settings_of(context)) as workspace:
        report = look_at_all(workspace, context, run_of(context))
    return {"consistent": report.consistent, "totals": report.totals.as_dict()}


def publish(context: Any) -> dict[str, Any]:
    """Says that the database is fresh, and what is in it; skipped where nothing was synced."""
    if context["params"]["audit_only"]:
        raise AirflowSkipException("audit only: the database is as it was")
    ti = context["ti"]
    changes: Counter[str] = Counter()
    for shard in counts_of_shards(ti):
        changes.update(shard["changes"])
    audited = ti.xcom_pull(task_ids="audit")
    with leaves_its_problem(ti), open_workspace(settings_of(context)) as workspace:
        extra = {"database": workspace.database, **audited["totals"], "changes": dict(changes)}
    tell(context, DATABASE, extra)
    return extra


def look_at_all(workspace: Workspace, context: Any, run: RunContext | None) -> AuditReport:
    """The audit of a run's projects; recorded in the ledger where `run` is given."""
    return audit_projects(
        workspace,
        context["params"]["project_ids"] or None,
        options=options_of(context),
        run=run,
        full=context["params"]["full"] or run is None,
    )


def share(project_ids: Iterable[str], shard: int, of: int) -> list[str]:
    """The ids of one shard: the same in every process, and as many in each, nearly."""
    return [id_ for id_ in project_ids if zlib.crc32(id_.encode()) % of == shard]


def raise_for_failures(summary: SyncSummary) -> None:
    """Raises where projects failed, for the world's reasons if any did.

    What a guard stopped is no failure of the shard: it waits for a person's decision.
    """
    waiting = {one["project_id"] for one in summary.stopped_projects}
    failed = [one for one in summary.failed_projects if one["project_id"] not in waiting]
    if not failed:
        return
    shown = "; ".join(f"{one['project_id']}: {one['error']}" for one in failed[:_MOST_FAILURES])
    message = f"{len(failed)} of {summary.total_projects} projects failed: {shown}"
    if summary.transient_failures:
        raise SomeProjectsFailedError(message)
    raise AirflowFailException(message)


def settings_of(context: Any) -> Settings:
    """The settings, with what the run's form says instead."""
    return task_settings(batch_size=context["params"].get("batch_size"))


def options_of(context: Any, *, approved: bool = False) -> PlanOptions:
    """The form's decisions; `approved`: a person has allowed since what a guard stopped."""
    params = context["params"]
    return PlanOptions(
        allow_deletes=approved or params["allow_deletes"],
        allow_restore=approved or params["allow_restore"],
        restore_all=params["restore_deleted"],
        # A run over all projects brings none back that a person deleted as a whole.
        restore_project=params["restore_deleted"] and bool(params.get("project_id")),
    )


def run_of(context: Any) -> RunContext:
    """The ledger's name for this Dag run."""
    ti, dag_run = context["ti"], context["dag_run"]
    # "manual", "scheduled": the enum's own text would be "DagRunType.MANUAL".
    kind = getattr(dag_run.run_type, "value", dag_run.run_type)
    return RunContext(
        run_id=ti.run_id,
        command=ti.dag_id,
        trigger="airflow",
        started_by=getattr(dag_run, "triggering_user_name", None) or str(kind),
        full=bool(context["params"].get("full")),  # only the backfill has it
    )


def _dry_run(
    workspace: Workspace, project_ids: Sequence[str], options: PlanOptions
) -> dict[str, Any]:
    planned: Counter[str] = Counter()
    with_changes = 0
    for plan in plan_projects(workspace, project_ids, options):
        planned.update(plan.counts())
        with_changes += bool(plan.data_changes)
        if plan.data_changes or plan.stopped:
            log.info("%s %s: would %s", plan.project_id, plan.name, _words(plan.counts()))
        if plan.stopped:
            log.warning("%s %s: %s", plan.project_id, plan.name, render(plan.stopped))
    return {
        "dry_run": True,
        "total_projects": len(project_ids),
        "with_changes": with_changes,
        "changes": dict(planned),
    }


def _counts(summary: SyncSummary) -> dict[str, Any]:
    counts = summary.as_dict()
    # Which projects, the ledger knows; an XCom is for numbers, and for the few that wait.
    del counts["synced_projects"], counts["failed_projects"]
    counts["stopped_projects"] = counts["stopped_projects"][:_MOST_STOPPED]
    return counts


def _log_of_many(total: int) -> Callable[[SyncResult], None]:
    """Says what is worth saying of each project, and how far it is."""
    done = 0

    def tell(result: SyncResult) -> None:
        nonlocal done
        done += 1
        if not result.success or any(result.changes.values()):
            _log_result(result)
        if done % _PROGRESS_EVERY == 0 or done == total:
            log.info("%s of %s projects done", done, total)

    return tell


def _log_result(result: SyncResult) -> None:
    if not result.success:
        log.error("%s %s: %s", result.project_id, result.name, _why(result))
    elif result.skipped:
        log.info("%s %s: skipped, %s", result.project_id, result.name, render(result.skipped))
    else:
        log.info(
            "%s %s: %s; %s clips and %s collections agree",
            result.project_id,
            result.name,
            _words(result.changes) or "nothing to change",
            result.clips_synced,
            result.collections_synced,
        )
    for finding in result.findings:
        if finding.severity is not Severity.INFO:
            log.warning("  %s %s: %s", finding.severity.value, finding.code, message(finding))


def _why(result: SyncResult) -> str:
    if result.error:
        return result.error
    stopped = "" if result.stopped is None else render(result.stopped)
    return (
        f"stopped: {stopped} To go on all the same, start a run with allow_deletes, or with "
        "allow_restore where project rows are gone."
    )


def _words(changes: Mapping[str, int]) -> str:
    return ", ".join(f"{op} {count}" for op, count in changes.items() if count)


def _brief(finding: Finding) -> dict[str, str]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "subject": finding.subject,
        "message": message(finding),
    }
