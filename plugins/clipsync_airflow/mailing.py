"""The run's one mail: whether there is one, its sending, and what becomes of it.

A mail that can't be delivered fails this task, so that an alarm that nobody hears is at least seen;
the verdict does not count it, because the sync is none the worse for it. What it was to tell comes
with the next run's mail, which also says that this one did not arrive.

Imported inside running tasks only, like `work`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from airflow.sdk.exceptions import AirflowFailException

from clipsync.errors import ClipSyncError
from clipsync.ledger import mails
from clipsync.ledger.mails import MailState
from clipsync.model.finding import Severity
from clipsync.operations.mailing import NOTHING_NEW, FailedTask, News, claim_news, settle
from clipsync.operations.results import AuditTotals
from clipsync.operations.validating import QUALITY
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.quality import QualityCheck, QualityReport
from clipsync.reporting.alert import RunFacts, build_alert
from clipsync.reporting.mail import Mail
from clipsync.reporting.send import Delivery, SmtpSettings, send_mail
from clipsync.settings import Settings
from clipsync_airflow.connections import mail_server
from clipsync_airflow.metrics import publish_gauges
from clipsync_airflow.problems import leaves_its_problem, problems_of_run
from clipsync_airflow.telling import OPEN_ERRORS, scope_of
from clipsync_airflow.work import settings_of

log = logging.getLogger(__name__)

PAGE = "/plugin/clipsync"
"""Where the ClipSync page is, below Airflow's address."""


def alert(context: Any) -> str:
    """The run's one mail, if there is anything to tell; what became of it, in one line.

    It runs in any case, so Airflow's metrics are told here as well how things stand.
    """
    ti = context["ti"]
    with leaves_its_problem(ti):
        if context["params"].get("dry_run"):
            return _said("dry run: no mail")
        settings = settings_of(context)
        publish_gauges(settings)
        failed = _failed_tasks(ti)
        try:
            with open_workspace(settings) as workspace:
                news = claim_news(
                    workspace,
                    run_id=ti.run_id,
                    command=ti.dag_id,
                    scope=scope_of(context),
                    failed_tasks=failed,
                )
                if news.silence is not None:
                    return _said(news.silence)
                mail = _build(context, settings, news, workspace.database)
                return _deliver(workspace, settings, news, mail)
        except ClipSyncError as error:
            if not failed:
                raise
            # A database that is away is itself what the mail is about.
            log.warning("what is new could not be read: %s", error)
        news = News(failed_tasks=tuple(failed))
        return _deliver(None, settings, news, _build(context, settings, news, None))


def _failed_tasks(ti: Any) -> list[FailedTask]:
    """All but a `validate` that failed for open errors: those are told one by one, and only
    while they are news."""
    judged = ti.xcom_pull(task_ids="validate", key=OPEN_ERRORS)
    return [
        FailedTask(one.task, one.line)
        for one in problems_of_run(ti)
        if not (judged and one.task == "validate")
    ]


def _build(context: Any, settings: Settings, news: News, database: str | None) -> Mail | None:
    ti = context["ti"]
    page_url = settings.page_url.rstrip("/") if settings.page_url else None
    recipients = [*settings.alert_recipients]
    if news.about_errors:
        recipients += settings.alert_recipients_error
    return build_alert(
        RunFacts(
            dag_id=ti.dag_id,
            run_id=ti.run_id,
            logical_time=_started(context),
            database=database,
            run_url=page_url and f"{page_url}{_run_path(ti.dag_id, ti.run_id)}",
            page_url=page_url and f"{page_url}{PAGE}",
        ),
        news,
        to=tuple(dict.fromkeys(recipients)),
        sender=settings.alert_from,
        totals=_totals(ti.xcom_pull(task_ids="report")),
        quality=_quality(ti.xcom_pull(task_ids="validate", key=QUALITY)),
    )


def _deliver(workspace: Workspace | None, settings: Settings, news: News, mail: Mail | None) -> str:
    if mail is None:
        return _said(NOTHING_NEW)
    server = mail_server(settings.smtp_connection)
    delivery = send_mail(mail, server)
    for line in delivery.message.splitlines():
        log.info("%s", line)
    state = _state(mail, server, delivery)
    summary = delivery.message.partition("\n")[0]
    if workspace is not None:
        try:
            settle(workspace, news, mails.Delivery(state, mail.subject, mail.to, summary))
        except ClipSyncError as error:
            log.warning("what became of the mail could not be recorded: %s", error)
    if state is MailState.FAILED:
        raise AirflowFailException(f"{delivery.message} The next run's mail tells it again.")
    return summary


def _state(mail: Mail, server: SmtpSettings | None, delivery: Delivery) -> MailState:
    if delivery.sent:
        return MailState.SENT
    return MailState.FAILED if server is not None and mail.to else MailState.UNSENT


def _quality(checks: Sequence[Mapping[str, Any]] | None) -> QualityReport | None:
    """The inverse of `_without_ids`."""
    if checks is None:
        return None
    return QualityReport(
        tuple(
            QualityCheck(**{**check, "severity": Severity(check["severity"])}) for check in checks
        )
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


def _run_path(dag_id: str, run_id: str) -> str:
    return f"/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}"


def _said(line: str) -> str:
    log.info("%s", line)
    return line
