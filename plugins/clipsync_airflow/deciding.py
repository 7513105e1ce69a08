"""A person's decision on plans that a guard stopped, and what follows from it.

Imported inside running tasks only, like `work`; the words the form needs stand in `forms`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from clipsync.operations.auditing import audit_projects
from clipsync.operations.planning import plan_projects
from clipsync.operations.syncing import sync_projects
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.reporting.text import plural
from clipsync_airflow import telling
from clipsync_airflow.forms import APPROVE
from clipsync_airflow.problems import fail_if_any_failed, leaves_its_problem
from clipsync_airflow.work import counts_of_shards, options_of, run_of, settings_of

log = logging.getLogger(__name__)

_SHOWN_PROJECTS = 20
_SHOWN_NAME = 60


def gather_stopped(context: Any) -> dict[str, Any]:
    """The projects that a guard stopped in this run, and what the form shows of their plans.

    Skipped, with everything behind it, where there are none.
    """
    shards = counts_of_shards(context["ti"])
    stopped = [one for shard in shards for one in shard["stopped_projects"]]
    if not stopped:
        raise AirflowSkipException("no plan was stopped by a guard")
    ids = [one["project_id"] for one in stopped]
    with leaves_its_problem(context["ti"]), open_workspace(settings_of(context)) as workspace:
        body = _body(workspace, stopped)
    return {"projects": ids, "subject": f"{plural(len(ids), 'plan')} stopped", "body": body}


def apply_decision(context: Any) -> dict[str, Any]:
    """Syncs the stopped projects with their deletes, if a person approved; checks them again."""
    ti = context["ti"]
    decided = ti.xcom_pull(task_ids="decide") or {}
    stopped = ti.xcom_pull(task_ids="gather_stopped")
    if APPROVE not in (decided.get("chosen_options") or ()):
        raise AirflowSkipException(
            f"{plural(len(stopped['projects']), 'stopped plan')} skipped: nothing was deleted"
        )
    by = (decided.get("responded_by_user") or {}).get("name") or "somebody"
    log.info("%s approved %s", by, plural(len(stopped["projects"]), "stopped plan"))
    with leaves_its_problem(ti), open_workspace(settings_of(context)) as workspace:
        summary = sync_projects(
            workspace,
            stopped["projects"],
            run=run_of(context),
            options=options_of(context, allow_deletes=True),
        )
        if not summary.success:
            raise AirflowFailException(
                "; ".join(f"{one['project_id']}: {one['error']}" for one in summary.failed_projects)
            )
        audit_projects(workspace, stopped["projects"], run=run_of(context))
        telling.check_again(workspace, context, stopped["projects"])
        errors = telling.open_errors(workspace, telling.scope_of(context))
    return {"approved_by": by, "changes": summary.changes, "open_errors": len(errors)}


def verdict(context: Any) -> str:
    """Fails the run where any task failed, unless an approved plan settled what `validate` saw."""
    approved = context["ti"].xcom_pull(task_ids="sync_approved")
    settled = {"validate"} if approved and approved["open_errors"] == 0 else set()
    return fail_if_any_failed(context["ti"], settled=settled)


def _body(workspace: Workspace, stopped: Sequence[dict[str, str]]) -> str:
    """What the plans would do, as Markdown; names are data and must not be read as such."""
    lines = [
        "A guard stopped these plans because they would delete rows with nothing in their place. "
        "**Approve** if the files on disk are right; otherwise **Skip**, and nothing is deleted. "
        "All other projects were synced. `clipsync plan ID` shows a plan in full.",
        "",
        "| project | name | would | why it was stopped |",
        "|---|---|---|---|",
    ]
    shown = stopped[:_SHOWN_PROJECTS]
    plans = {
        plan.project_id: plan
        for plan in plan_projects(workspace, [one["project_id"] for one in shown])
    }
    for one in shown:
        counts = plans[one["project_id"]].counts()
        would = ", ".join(f"{op} {count}" for op, count in counts.items() if count)
        lines.append(
            f"| `{one['project_id']}` | {_literal(one['name'])} | {would} | "
            f"{_literal(one['reason'], 400)} |"
        )
    if len(stopped) > len(shown):
        lines.append(f"\nand {len(stopped) - len(shown)} more.")
    return "\n".join(lines)


def _literal(text: str, limit: int = _SHOWN_NAME) -> str:
    """Text that Markdown and HTML take as it is, on one line."""
    line = " ".join(text.split())
    line = line if len(line) <= limit else line[: limit - 1] + "…"
    return "".join(f"&#{ord(char)};" if char in "\\`*_{}[]()<>#+-!|&~" else char for char in line)
