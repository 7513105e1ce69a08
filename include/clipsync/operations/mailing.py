"""What a mail has to tell: what people do not know yet, whichever run found it.

`claim_news` decides whether there is a mail and takes what it tells; `settle` records what became
of it. In between the mail is built and sent, which is not for here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clipsync.autoclip.database.snapshot import read_names
from clipsync.ledger import FindingsDelta, MailRecord, mails, migrate, store
from clipsync.ledger.mails import MailState
from clipsync.model.finding import Finding, Severity
from clipsync.operations.patience import write_patiently
from clipsync.operations.workspace import Workspace

NOTHING_NEW = "no mail: nothing is new, worse or resolved, and no task failed"


@dataclass(frozen=True, slots=True)
class FailedTask:
    """A task of the run that failed, and why in one line."""

    name: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What a mail tells.

    `silence`: why there is none, in one line; then the rest is empty. `reminder`: errors that have
    been open for long, all of which people know. `all_clear`: the last error is resolved.
    `failed_tasks`: of this run, and of those whose mail was held back or failed. `undelivered`:
    a line for each earlier mail that could not be delivered. `names`: project id to name.
    """

    silence: str | None = None
    delta: FindingsDelta = field(default_factory=FindingsDelta)
    reminder: tuple[Finding, ...] = ()
    all_clear: bool = False
    failed_tasks: tuple[FailedTask, ...] = ()
    undelivered: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    mail_id: int | None = None
    carried: tuple[int, ...] = ()

    @property
    def about_errors(self) -> bool:
        """True where those who only want to hear of errors get it as well."""
        told = (*self.delta.new, *self.delta.worse, *self.delta.resolved, *self.reminder)
        return bool(self.failed_tasks) or any(one.severity is Severity.ERROR for one in told)


def claim_news(
    workspace: Workspace,
    *,
    run_id: str,
    command: str,
    scope: Sequence[str] | None,
    failed_tasks: Sequence[FailedTask] = (),
    now: datetime | None = None,
) -> News:
    """What the mail of this run has to tell, taken so that no other run tells the same.

    `scope`: the run's projects, None for all; whatever earlier mails were to tell and did not comes
    in besides. A mail is held back within CLIPSYNC_ALERT_MIN_MINUTES of the last one; the next one
    tells it. The same tasks failing for the same reasons as before are no news, until a run
    succeeds or CLIPSYNC_REMINDER_DAYS are over. `settle` must follow where there is a `mail_id`.
    """
    migrate.upgrade(workspace.engine)

    def claim(conn: sa.Connection) -> News:
        moment = now or datetime.now(UTC)
        return _Claim(conn, workspace, run_id, command, scope, moment).news(failed_tasks)

    # Where another run takes some of it at this very moment, look at what is left.
    return write_patiently(workspace.engine, claim)


def settle(
    workspace: Workspace,
    news: News,
    delivery: mails.Delivery,
    now: datetime | None = None,
) -> None:
    """Record what became of the mail; which earlier ones it told of as well, the news knows."""
    if news.mail_id is None:
        return
    mail_id = news.mail_id

    def record(conn: sa.Connection) -> None:
        told = replace(delivery, carried=news.carried)
        mails.settle_mail(conn, mail_id, told, now or datetime.now(UTC))

    write_patiently(workspace.engine, record)


@dataclass(frozen=True, slots=True)
class _Claim:
    conn: sa.Connection
    workspace: Workspace
    run_id: str
    command: str
    scope: Sequence[str] | None
    now: datetime

    def news(self, failed_tasks: Sequence[FailedTask]) -> News:
        conn, settings = self.conn, self.workspace.settings
        untold = mails.untold(conn, self.scope, self.now)
        reminder = self._reminder()
        waiting = mails.waiting_mails(conn, self.now)
        earlier = _earlier_failures(waiting)
        failures = self._failures(failed_tasks)
        repeated = failures is not None and mails.failures_told(
            conn, self.command, failures, self.now - timedelta(days=settings.reminder_days or 36500)
        )
        fresh = () if repeated else tuple(failed_tasks)
        if not (untold.all or reminder or earlier or fresh):
            return News(silence=NOTHING_NEW)
        since = self._minutes_since_last()
        held = since is not None and since < settings.alert_min_minutes
        news = self._of(untold, reminder, (*tuple(failed_tasks), *earlier), waiting)
        mail_id = mails.open_mail(
            conn,
            mails.NewMail(
                run_id=self.run_id,
                command=self.command,
                state=MailState.HELD if held else MailState.PENDING,
                kind=_kind(news),
                counts=_counts(news),
                failed_tasks=failures,
                created_at=self.now,
            ),
            (*untold.new, *untold.worse, *reminder),
            untold.resolved,
        )
        if held:
            return News(
                silence=f"mail held back: the last one was sent {since:.0f} minutes ago, and "
                f"CLIPSYNC_ALERT_MIN_MINUTES is {settings.alert_min_minutes}. The next one tells it"
            )
        return replace(news, mail_id=mail_id, carried=tuple(mail.id for mail in waiting))

    def _of(
        self,
        untold: mails.Untold,
        reminder: tuple[Finding, ...],
        failed_tasks: tuple[FailedTask, ...],
        waiting: Sequence[MailRecord],
    ) -> News:
        told = {finding.key for finding in (*untold.new, *untold.worse, *reminder)}
        unchanged = tuple(
            record.finding
            for record in store.open_findings(self.conn, self.scope, least=Severity.WARNING)
            if record.finding.key not in told
        )
        ids = sorted({finding.project_id for finding in (*untold.all, *reminder)} - {""})
        errors_resolved = any(one.severity is Severity.ERROR for one in untold.resolved)
        return News(
            delta=FindingsDelta(untold.new, untold.worse, untold.resolved, unchanged),
            reminder=reminder,
            all_clear=errors_resolved and not store.count_open(self.conn)["errors"],
            failed_tasks=failed_tasks,
            undelivered=_undelivered(waiting),
            # As AutoClip's pages have it; the ledger keeps the name of one whose row is gone.
            names=store.project_names(self.conn, ids) | read_names(self.conn, ids),
        )

    def _reminder(self) -> tuple[Finding, ...]:
        """Only in a run over all projects: one of a single project has no need to go on about
        others."""
        days = self.workspace.settings.reminder_days
        if not days or self.scope is not None:
            return ()
        return mails.errors_to_remind_of(self.conn, self.now - timedelta(days=days), self.now)

    def _failures(self, failed_tasks: Sequence[FailedTask]) -> dict[str, Any] | None:
        if not failed_tasks:
            return None
        return {
            "scope": list(self.scope) if self.scope is not None else None,
            "tasks": [[task.name, task.reason] for task in failed_tasks],
        }

    def _minutes_since_last(self) -> float | None:
        last = mails.last_sent(self.conn)
        return None if last is None else (self.now - last) / timedelta(minutes=1)


def _earlier_failures(waiting: Sequence[MailRecord]) -> tuple[FailedTask, ...]:
    """Of failures that are alike, night after night, the newest."""
    found = {
        (name, reason): FailedTask(f"{name} (run {mail.run_id})", reason)
        for mail in waiting
        for name, reason in (mail.failed_tasks or {}).get("tasks", ())
    }
    return tuple(found.values())


def _undelivered(waiting: Sequence[MailRecord]) -> tuple[str, ...]:
    return tuple(
        f"The mail of run {mail.run_id} ({mail.created_at:%Y-%m-%d %H:%M} UTC): {mail.message}"
        for mail in waiting
        if mail.state == MailState.FAILED
    )


def _kind(news: News) -> str:
    if news.delta.new or news.delta.worse or news.failed_tasks:
        return "news"
    return "resolved" if news.delta.resolved else "reminder"


def _counts(news: News) -> dict[str, int]:
    return {
        "new": len(news.delta.new),
        "worse": len(news.delta.worse),
        "resolved": len(news.delta.resolved),
        "reminded": len(news.reminder),
    }
