"""What the tasks tell people: the second opinion's findings and the report; `mailing` mails.

Imported inside running tasks only, like `work`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

from clipsync.messages import message
from clipsync.model.finding import Finding
from clipsync.operations import runs
from clipsync.operations.auditing import load_report
from clipsync.operations.retention import prune_history
from clipsync.operations.validating import (
    QUALITY,
    open_errors,
    record_validation,
    validate_projects,
)
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.quality import QualityReport
from clipsync.reporting.table import text_report
from clipsync.reporting.text import plural
from clipsync_airflow.assets import REPORT, tell
from clipsync_airflow.places import docs_dir
from clipsync_airflow.problems import leaves_its_problem, problems_of_run
from clipsync_airflow.work import counts_of_shards, look_at_all, run_of, settings_of

log = logging.getLogger(__name__)

OPEN_ERRORS = "open_errors"
"""Key of the XCom that says that `validate` fails for open errors, and how many there are."""

_ROWS_IN_LOG = 200
_NAMED_ERRORS = 5


def validate(context: Any) -> dict[str, Any]:
    """The second opinion, recorded in the ledger; fails where an error remains, whoever found it.

    Data Docs are built for a run over all or many projects: there is one set of them.
    """
    ti = context["ti"]
    scope = scope_of(context)
    with leaves_its_problem(ti), open_workspace(settings_of(context)) as workspace:
        docs = None if "project_id" in context["params"] else docs_dir(workspace.settings)
        quality = validate_projects(workspace, scope, docs_dir=docs)
        ti.xcom_push(key=QUALITY, value=_without_ids(quality))
        _log_quality(quality)
        record_validation(workspace, ti.run_id, scope, quality)
        errors = open_errors(workspace, scope)
        if errors:
            ti.xcom_push(key=OPEN_ERRORS, value=len(errors))
            raise AirflowFailException(_errors_line(errors))
    return {"checks": len(quality.checks), "projects": quality.projects}


def report(context: Any) -> dict[str, Any]:
    """The consistency report, to the log; its totals. Closes the run in the ledger, which then
    forgets what is too old."""
    with leaves_its_problem(context["ti"]):
        problems = problems_of_run(context["ti"])
        dry_run = context["params"]["dry_run"]
        audited = context["ti"].xcom_pull(task_ids="audit")
        if audited is None and (not dry_run or problems):
            log.warning("there is no report: no audit was made. See the tasks before this one")
            tell(context, REPORT, {"available": False})
            return {"available": False}
        with open_workspace(settings_of(context)) as workspace:
            if dry_run:
                found = look_at_all(workspace, context, None)
            else:
                found = load_report(workspace, context["ti"].run_id)
                _close_run(workspace, context, success=not problems)
                _forget(workspace)
    for line in text_report(found, max_rows=_ROWS_IN_LOG).splitlines():
        log.info("%s", line)
    reported = {
        "available": True,
        "dry_run": dry_run,
        "consistent": found.consistent,
        "totals": found.totals.as_dict(),
    }
    tell(context, REPORT, reported)
    return reported


def check_again(workspace: Workspace, context: Any, scope: Sequence[str]) -> list[Finding]:
    """The second opinion on some projects, after they were changed late in the run."""
    quality = validate_projects(workspace, scope)
    _log_quality(quality)
    record_validation(workspace, context["ti"].run_id, scope, quality)
    return open_errors(workspace, scope)


def _errors_line(errors: Sequence[Finding]) -> str:
    shown = "; ".join(
        f"{one.project_id or 'all projects'}: {message(one)}" for one in errors[:_NAMED_ERRORS]
    )
    more = f"; and {len(errors) - _NAMED_ERRORS} more" if len(errors) > _NAMED_ERRORS else ""
    return f"{plural(len(errors), 'finding')} of severity error: {shown}{more}"


def _log_quality(quality: QualityReport) -> None:
    log.info(
        "%s over %s", plural(len(quality.checks), "check"), plural(quality.projects, "project")
    )
    for check in quality.failed:
        log.warning(
            "%s %s: %s %s",
            check.severity.value,
            check.name,
            check.description,
            check.problem
            or f"{plural(check.failing_count, 'row')}: {', '.join(check.failing_ids)}",
        )
    if quality.docs_index is not None:
        log.info("Data Docs: %s", quality.docs_index)


def _without_ids(quality: QualityReport) -> list[dict[str, Any]]:
    """What the mail says of the checks; which rows failed is in the ledger."""
    return [
        {name: value for name, value in check.as_dict().items() if name != "failing_ids"}
        for check in quality.checks
    ]


def scope_of(context: Any) -> list[str] | None:
    """The run's projects; None: all."""
    params = context["params"]
    return [params["project_id"]] if "project_id" in params else params["project_ids"] or None


def _close_run(workspace: Workspace, context: Any, *, success: bool) -> None:
    """The whole run's counts in the ledger, where each shard left only its own."""
    counts: Counter[str] = Counter()
    changes: Counter[str] = Counter()
    for shard in counts_of_shards(context["ti"]):
        changes.update(shard["changes"])
        counts.update({name: n for name, n in shard.items() if type(n) is int})
    runs.finish(
        workspace, run_of(context), success=success, counts={**counts, "changes": dict(changes)}
    )


def _forget(workspace: Workspace) -> None:
    deleted = {kind: count for kind, count in prune_history(workspace).items() if count}
    if deleted:
        words = ", ".join(f"{kind} {count}" for kind, count in deleted.items())
        log.info("older than %s days, forgotten: %s", workspace.settings.retention_days, words)
