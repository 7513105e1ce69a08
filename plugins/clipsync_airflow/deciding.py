"""A person's decision on plans that a guard stopped, and what follows from it.

Imported inside running tasks only, like `work`; the words the form needs stand in `forms`.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from clipsync.model.plan import Op, ProjectPlan
from clipsync.operations.auditing import audit_projects
from clipsync.operations.planning import plan_projects
from clipsync.operations.syncing import sync_projects
from clipsync.operations.workspace import open_workspace
from clipsync.reporting.text import plural
from clipsync_airflow import telling
from clipsync_airflow.forms import APPROVE
from clipsync_airflow.problems import fail_if_any_failed, leaves_its_problem
from clipsync_airflow.work import (
    counts_of_shards,
    options_of,
    raise_for_failures,
    run_of,
    settings_of,
)

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
        counts, deletes = {}, {}
        for plan in plan_projects(workspace, ids, options_of(context, approved=True)):
            counts[plan.project_id] = plan.counts()
            deletes[plan.project_id] = _deletes(plan)
    return {
        "projects": ids,
        "deletes": deletes,
        "subject": f"{plural(len(ids), 'plan')} stopped",
        "body": _body(stopped, counts),
    }


def apply_decision(context: Any) -> dict[str, Any]:
    """Syncs the stopped projects with their deletes, if a person approved; checks them again.

    A project whose plan by now deletes other rows than the form showed is left alone.
    """
    ti = context["ti"]
    decided = ti.xcom_pull(task_ids="decide") or {}
    stopped = ti.xcom_pull(task_ids="gather_stopped")
    if APPROVE not in (decided.get("chosen_options") or ()):
        raise AirflowSkipException(
            f"{plural(len(stopped['projects']), 'stopped plan')} skipped: nothing was deleted"
        )
    by = (decided.get("responded_by_user") or {}).get("name") or "somebody"
    log.info("%s approved %s", by, plural(len(stopped["projects"]), "stopped plan"))
    options = options_of(context, approved=True)
    with leaves_its_problem(ti), open_workspace(settings_of(context)) as workspace:
        changed = {
            plan.project_id
            for plan in plan_projects(workspace, stopped["projects"], options)
            if plan.unsucceeded_deletes
            and _deletes(plan) != stopped["deletes"].get(plan.project_id)
        }
        agreed = [id_ for id_ in stopped["projects"] if id_ not in changed]
        changes: dict[str, int] = {}
        if agreed:
            summary = sync_projects(workspace, agreed, run=run_of(context), options=options)
            raise_for_failures(summary)
            changes = summary.changes
            audit_projects(workspace, agreed, run=run_of(context))
            telling.check_again(workspace, context, agreed)
        if changed:
            raise AirflowFailException(
                f"not applied, since the plan would now delete other rows than the form showed: "
                f"{', '.join(sorted(changed))}. Start a new run to see the plan as it is."
            )
        errors = telling.open_errors(workspace, telling.scope_of(context))
    return {"approved_by": by, "changes": changes, "open_errors": len(errors)}


def verdict(context: Any) -> str:
    """Fails the run where any task failed, unless an approved plan settled what `validate` saw."""
    approved = context["ti"].xcom_pull(task_ids="sync_approved")
    settled = {"validate"} if approved and approved["open_errors"] == 0 else set()
    return fail_if_any_failed(context["ti"], settled=settled)


def _deletes(plan: ProjectPlan) -> str:
    """Which rows a plan deletes, to tell whether it is still the plan that a person saw."""
    rows = sorted(change.row_id for change in plan.changes if change.op is Op.DELETE)
    return hashlib.sha256("\n".join(rows).encode(errors="backslashreplace")).hexdigest()


def _body(stopped: Sequence[Mapping[str, str]], counts: Mapping[str, Mapping[str, int]]) -> str:
    """What the plans would do, as Markdown; names are data and must not be read as such."""
    lines = [
        "A guard stopped these plans: they would delete rows with nothing in their place, or bring "
        "back projects whose rows are gone with many others. **Approve** if the files on disk are "
        "right; otherwise **Skip**, and nothing is changed. "
        "All other projects were synced. `clipsync plan ID` shows a plan in full.",
        "",
        "| project | name | would | why it was stopped |",
        "|---|---|---|---|",
    ]
    shown = stopped[:_SHOWN_PROJECTS]
    for one in shown:
        would = ", ".join(f"{op} {n}" for op, n in counts[one["project_id"]].items() if n)
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
