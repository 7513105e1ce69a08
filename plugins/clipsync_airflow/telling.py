"""What the tasks tell people: the second opinion's findings, the report, the mail.

Imported inside running tasks only, like `work`.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from airflow.sdk.exceptions import AirflowFailException

from clipsync.autoclip.database import read_transaction, write_transaction
from clipsync.errors import ClipSyncError
from clipsync.ledger import FindingsDelta, store
from clipsync.model.finding import Finding, Severity
from clipsync.operations import runs
from clipsync.operations.auditing import load_report
from clipsync.operations.results import AuditTotals
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.quality import QualityCheck, QualityReport, validate_database
from clipsync.reporting.alert import FailedTask, RunFacts, build_alert
from clipsync.reporting.mail import Mail
from clipsync.reporting.send import send_mail
from clipsync.reporting.table import text_report
from clipsync.reporting.text import plural
from clipsync.settings import Settings
from clipsync_airflow.connections import mail_server
from clipsync_airflow.problems import leaves_its_problem, problems_of_run
from clipsync_airflow.work import counts_of_shards, look_at_all, run_of, settings_of

log = logging.getLogger(__name__)

QUALITY = "quality"
"""Great Expectations as source of findings in the ledger, and the key of its XCom."""

_ROWS_IN_LOG = 200
_NAMED_ERRORS = 5


def validate(context: Any) -> dict[str, Any]:
    """The second opinion, recorded in the ledger; fails where an error remains, whoever found it.

    Data Docs are built for a run over all or many projects: there is one set of them.
    """
    ti = context["ti"]
    scope = scope_of(context)
    with leaves_its_problem(ti), open_workspace(settings_of(context)) as workspace:
        docs = None if "project_id" in context["params"] else _docs_dir(workspace.settings)
        quality = validate_database(
            workspace.engine,
            workspace.data,
            scope,
            docs_dir=docs,
            task_freshness=workspace.settings.task_freshness,
        )
        ti.xcom_push(key=QUALITY, value=_without_ids(quality))
        _log_quality(quality)
        errors = _record(workspace, ti.run_id, scope, quality)
        if errors:
            raise AirflowFailException(_errors_line(errors))
    return {"checks": len(quality.checks), "projects": quality.projects}


def report(context: Any) -> dict[str, Any]:
    """The consistency report, to the log; its totals. Closes the run in the ledger."""
    with leaves_its_problem(context["ti"]):
        problems = problems_of_run(context["ti"])
        dry_run = context["params"]["dry_run"]
        audited = context["ti"].xcom_pull(task_ids="audit")
        if audited is None and (not dry_run or problems):
            log.warning("there is no report: no audit was made. See the tasks before this one")
            return {"available": False}
        with open_workspace(settings_of(context)) as workspace:
            if dry_run:
                found = look_at_all(workspace, context, None)
            else:
                found = load_report(workspace, context["ti"].run_id)
                _close_run(workspace, context, success=not problems)
    for line in text_report(found, max_rows=_ROWS_IN_LOG).splitlines():
        log.info("%s", line)
    return {
        "available": True,
        "dry_run": dry_run,
        "consistent": found.consistent,
        "totals": found.totals.as_dict(),
    }


def alert(context: Any) -> str:
    """The run's one mail, if there is anything to tell; what became of it, in one line."""
    with leaves_its_problem(context["ti"]):
        if context["params"].get("dry_run"):
            return _said("dry run: no mail")
        settings = settings_of(context)
        mail = _build(context, settings)
        if mail is None:
            return _said("no mail: nothing is new, worse or resolved, and no task failed")
        server = mail_server(settings.smtp_connection)
        delivery = send_mail(mail, server)
        for line in delivery.message.splitlines():
            log.info("%s", line)
        if server is not None and mail.to and not delivery.sent:
            # An alarm that nobody hears must at least be seen.
            raise AirflowFailException(delivery.message)
    return delivery.message.partition("\n")[0]


def _record(
    workspace: Workspace, run_id: str, scope: Sequence[str] | None, quality: QualityReport
) -> list[Finding]:
    """Findings to the ledger; every error that is open afterwards, the planner's included."""
    found: dict[str, list[Finding]] = {"": []}
    for finding in quality.findings():
        found.setdefault(finding.project_id, []).append(finding)
    with write_transaction(workspace.engine) as conn:
        for record in store.open_findings(conn, scope):
            if record.source == QUALITY:
                # Not reported any more: an empty list resolves it.
                found.setdefault(record.finding.project_id, [])
        if scope is not None and not found[""]:
            # A look at some projects says nothing about what belongs to none.
            del found[""]
        store.record_findings(conn, run_id, datetime.now(UTC), found, source=QUALITY)
    return open_errors(workspace, scope)


def open_errors(workspace: Workspace, scope: Sequence[str] | None) -> list[Finding]:
    """Findings of severity error that are open on these projects (None: on any, or on none)."""
    with read_transaction(workspace.engine) as conn:
        return [
            record.finding
            for record in store.open_findings(conn, scope)
            if record.finding.severity is Severity.ERROR
        ]


def check_again(workspace: Workspace, context: Any, scope: Sequence[str]) -> list[Finding]:
    """The second opinion on some projects, after they were changed late in the run."""
    quality = validate_database(
        workspace.engine,
        workspace.data,
        scope,
        docs_dir=None,
        task_freshness=workspace.settings.task_freshness,
    )
    _log_quality(quality)
    return _record(workspace, context["ti"].run_id, scope, quality)


def _errors_line(errors: Sequence[Finding]) -> str:
    shown = "; ".join(
        f"{one.project_id or 'all projects'}: {one.message}" for one in errors[:_NAMED_ERRORS]
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


def _quality(checks: Sequence[Mapping[str, Any]] | None) -> QualityReport | None:
    """The inverse of `_without_ids`."""
    if checks is None:
        return None
    return QualityReport(
        tuple(
            QualityCheck(**{**check, "severity": Severity(check["severity"])}) for check in checks
        )
    )


def _docs_dir(settings: Settings) -> Path:
    home = os.environ.get("AIRFLOW_HOME") or Path.home() / "airflow"
    return settings.data_docs_dir or Path(home) / "data_docs"


def _build(context: Any, settings: Settings) -> Mail | None:
    """The mail, or None. A database that is away is itself what the mail is about."""
    ti = context["ti"]
    failed = [FailedTask(one.task, one.line) for one in problems_of_run(ti)]
    delta, database = FindingsDelta(), None
    names: dict[str, str] = {}
    try:
        with open_workspace(settings) as workspace:
            database = workspace.database
            delta, names = _news(workspace, ti.run_id, scope_of(context))
    except ClipSyncError as error:
        if not failed:
            raise
        log.warning("what is new could not be read: %s", error)
    return build_alert(
        RunFacts(
            dag_id=ti.dag_id,
            run_id=ti.run_id,
            logical_time=_started(context),
            database=database,
            run_url=_run_url(settings, ti.dag_id, ti.run_id),
        ),
        delta,
        to=settings.alert_recipients,
        sender=settings.alert_from,
        totals=_totals(ti.xcom_pull(task_ids="report")),
        failed_tasks=failed,
        quality=_quality(ti.xcom_pull(task_ids="validate", key=QUALITY)),
        names=names,
    )


def scope_of(context: Any) -> list[str] | None:
    """The run's projects; None: all."""
    params = context["params"]
    return [params["project_id"]] if "project_id" in params else params["project_ids"] or None


def _news(
    workspace: Workspace, run_id: str, scope: Sequence[str] | None
) -> tuple[FindingsDelta, dict[str, str]]:
    """What the run changed about the findings, and the names of the projects concerned."""
    with read_transaction(workspace.engine) as conn:
        changed = store.changes_of_run(conn, run_id)
        told = {finding.key for finding in (*changed.new, *changed.worse)}
        unchanged = tuple(
            record.finding
            for record in store.open_findings(conn, scope)
            if record.finding.severity is not Severity.INFO and record.finding.key not in told
        )
        concerned = {one.project_id for one in (*changed.new, *changed.worse, *changed.resolved)}
        states = store.read_states(conn, sorted(concerned - {""}))
    delta = FindingsDelta(changed.new, changed.worse, changed.resolved, unchanged)
    return delta, {project_id: state.name for project_id, state in states.items()}


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


def _totals(reported: Mapping[str, Any] | None) -> AuditTotals | None:
    if not reported or "totals" not in reported:
        return None
    totals = dict(reported["totals"])
    totals.pop("consistency_percent")
    return AuditTotals(**totals)


def _started(context: Any) -> str | None:
    moment = context["dag_run"].start_date
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else None


def _run_url(settings: Settings, dag_id: str, run_id: str) -> str | None:
    if not settings.page_url:
        return None
    base = settings.page_url.rstrip("/")
    return f"{base}/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}"


def _said(line: str) -> str:
    log.info("%s", line)
    return line
