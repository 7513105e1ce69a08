"""Mails: what people were told of which finding, what is on its way, what waits for the next one.

A finding is claimed by the mail that is to tell of it, and told once that mail has gone. What a
mail held back, or could not deliver, stays claimed by it, so that the next mail of any run takes it
over: nothing is lost, and two runs that end at the same moment do not tell the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from clipsync.ledger import tables
from clipsync.ledger.bulk import stream
from clipsync.ledger.findings import finding_of
from clipsync.ledger.migrate import is_current
from clipsync.ledger.records import MailRecord
from clipsync.model.finding import Finding, Severity
from clipsync.sql import among, execute_many


class MailState(StrEnum):
    PENDING = "pending"
    """On its way, or its task died: after `LONGEST_DELIVERY` the latter."""
    SENT = "sent"
    FAILED = "failed"
    """Could not be delivered."""
    HELD = "held"
    """Held back, because one had just been sent."""
    UNSENT = "unsent"
    """There is no mail server, or no recipient: the log shows it."""


LONGEST_DELIVERY = timedelta(minutes=20)
"""Longer than the task that sends may run."""

_RESOLVED = "resolved"
_ALARMING = (Severity.ERROR.value, Severity.WARNING.value)


@dataclass(frozen=True, slots=True)
class Untold:
    """Findings of which people do not know yet: that they are there, worse, or resolved."""

    new: tuple[Finding, ...] = ()
    worse: tuple[Finding, ...] = ()
    resolved: tuple[Finding, ...] = ()

    @property
    def all(self) -> tuple[Finding, ...]:
        return self.new + self.worse + self.resolved


@dataclass(frozen=True, slots=True)
class NewMail:
    """A mail that a run is about to send, or held back. `failed_tasks`: as JSON, None: none."""

    run_id: str
    command: str
    state: MailState
    kind: str
    counts: Mapping[str, int]
    failed_tasks: Mapping[str, Any] | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a mail. `message`: one line; of one that failed, why. `carried`: numbers of
    the earlier mails that it told of as well."""

    state: MailState
    subject: str
    recipients: Sequence[str]
    message: str
    carried: Sequence[int] = ()


def untold(conn: sa.Connection, scope: Sequence[str] | None, now: datetime) -> Untold:
    """What people do not know of these projects (None: of all, and of none), and whatever an
    earlier mail was to tell and did not. Findings of severity `info` are not for mails."""
    table = tables.findings.c
    # People know worse of it; should it get worse again, that is news.
    conn.execute(
        sa.update(tables.findings)
        .where(
            table.told == Severity.ERROR.value,
            table.severity == Severity.WARNING.value,
            table.resolved_at.is_(None),
        )
        .values(told=Severity.WARNING.value)
    )
    free = _not_on_its_way(now)
    if scope is not None:
        mine = among(table.project_id, scope, conn.dialect)
        free.append(sa.or_(mine, table.mail_id.is_not(None)))
    opened = sa.select(tables.findings).where(
        table.resolved_at.is_(None),
        table.severity.in_(_ALARMING),
        sa.or_(
            table.told.is_(None),
            sa.and_(table.told == Severity.WARNING.value, table.severity == Severity.ERROR.value),
        ),
        *free,
    )
    new: list[Finding] = []
    worse: list[Finding] = []
    for row in stream(conn, opened):
        (new if row.told is None else worse).append(finding_of(row._mapping))
    ended = sa.select(tables.findings).where(
        table.told.is_not(None), table.resolved_at.is_not(None), *free
    )
    resolved = [finding_of(row._mapping) for row in stream(conn, ended)]
    return Untold(tuple(new), tuple(worse), tuple(resolved))


def errors_to_remind_of(
    conn: sa.Connection, told_before: datetime, now: datetime
) -> tuple[Finding, ...]:
    """Every open error that people know of, if they were told of one of them that long ago."""
    table = tables.findings.c
    known = [
        table.resolved_at.is_(None),
        table.severity == Severity.ERROR.value,
        table.told == Severity.ERROR.value,
        *_not_on_its_way(now),
    ]
    due = sa.select(sa.func.count()).select_from(tables.findings)
    if not conn.scalar(due.where(*known, table.told_at <= told_before)):
        return ()
    return tuple(
        finding_of(row._mapping) for row in stream(conn, sa.select(tables.findings).where(*known))
    )


def open_mail(
    conn: sa.Connection, mail: NewMail, findings: Iterable[Finding], resolved: Iterable[Finding]
) -> int:
    """A mail that claims these findings; gives its number."""
    inserted = conn.execute(
        sa.insert(tables.mails).values(
            run_id=mail.run_id,
            command=mail.command,
            state=mail.state.value,
            kind=mail.kind,
            created_at=mail.created_at,
            counts=dict(mail.counts),
            failed_tasks=mail.failed_tasks,
        )
    )
    mail_id = int(inserted.inserted_primary_key[0])  # type: ignore[index]
    claims = [
        {
            "of_project": finding.project_id,
            "of_code": finding.code,
            "of_subject": finding.subject,
            "mail_id": mail_id,
            "telling": telling,
        }
        for group, word in ((findings, None), (resolved, _RESOLVED))
        for finding in group
        for telling in [word or finding.severity.value]
    ]
    if claims:
        table = tables.findings.c
        execute_many(
            conn,
            sa.update(tables.findings).where(
                table.project_id == sa.bindparam("of_project"),
                table.code == sa.bindparam("of_code"),
                table.subject == sa.bindparam("of_subject"),
            ),
            claims,
        )
    return mail_id


def settle_mail(conn: sa.Connection, mail_id: int, delivery: Delivery, now: datetime) -> None:
    """Records what became of a mail. Once sent, people know what it claimed, and what the earlier
    ones that it carried were to tell."""
    mails, table = tables.mails.c, tables.findings.c
    sent = delivery.state is MailState.SENT
    conn.execute(
        sa.update(tables.mails)
        .where(mails.id == mail_id)
        .values(
            state=delivery.state.value,
            subject=delivery.subject,
            recipients=list(delivery.recipients),
            message=delivery.message,
            sent_at=now if sent else None,
        )
    )
    if delivery.state is MailState.UNSENT:
        # Where nobody gets mails, each run's log shows what concerns it, and no more.
        conn.execute(
            sa.update(tables.findings)
            .where(table.mail_id == mail_id)
            .values(telling=None, mail_id=None)
        )
    if not sent:
        return
    if delivery.carried:
        conn.execute(
            sa.update(tables.mails)
            .where(mails.id.in_(list(delivery.carried)))
            .values(told_by=mail_id)
        )
    conn.execute(
        sa.update(tables.findings)
        .where(table.mail_id == mail_id)
        .values(
            told=sa.case((table.telling == _RESOLVED, None), else_=table.telling),
            told_at=now,
            telling=None,
            mail_id=None,
        )
    )


def waiting_mails(conn: sa.Connection, now: datetime) -> list[MailRecord]:
    """Mails that were held back, failed or never came to an end, and that no other has told of
    since; oldest first."""
    table = tables.mails.c
    dead = sa.and_(
        table.state == MailState.PENDING.value, table.created_at <= now - LONGEST_DELIVERY
    )
    query = sa.select(tables.mails).where(
        table.told_by.is_(None),
        sa.or_(table.state.in_([MailState.FAILED.value, MailState.HELD.value]), dead),
    )
    return [_record(row) for row in conn.execute(query.order_by(table.id))]


def last_sent(conn: sa.Connection) -> datetime | None:
    """When the newest mail went out."""
    query = sa.select(sa.func.max(tables.mails.c.sent_at))
    newest: datetime | None = conn.scalar(query.where(tables.mails.c.state == MailState.SENT.value))
    return newest


def failures_told(
    conn: sa.Connection, command: str, failed_tasks: Mapping[str, Any], since: datetime
) -> bool:
    """True where a mail sent after `since` told of the very same failures of this command, and it
    has not succeeded since."""
    mails, runs = tables.mails.c, tables.runs.c
    query = (
        sa.select(tables.mails)
        .where(
            mails.command == command,
            mails.state == MailState.SENT.value,
            mails.sent_at > since,
            mails.failed_tasks.is_not(None),
        )
        .order_by(mails.id.desc())
        .limit(1)
    )
    row = conn.execute(query).one_or_none()
    if row is None or row.failed_tasks != failed_tasks:
        return False
    succeeded = sa.select(sa.func.count()).where(
        runs.command == command, runs.outcome == "success", runs.started_at > row.created_at
    )
    return not conn.scalar(succeeded)


def list_mails(conn: sa.Connection, *, limit: int = 20) -> list[MailRecord]:
    """The newest mails, newest first."""
    if not is_current(conn):
        return []
    query = sa.select(tables.mails).order_by(tables.mails.c.id.desc()).limit(limit)
    return [_record(row) for row in conn.execute(query)]


def _not_on_its_way(now: datetime) -> list[sa.ColumnElement[bool]]:
    mails = tables.mails.c
    under_way = sa.select(mails.id).where(
        mails.state == MailState.PENDING.value, mails.created_at > now - LONGEST_DELIVERY
    )
    mail_id = tables.findings.c.mail_id
    return [sa.or_(mail_id.is_(None), mail_id.not_in(under_way))]


def _record(row: Any) -> MailRecord:
    return MailRecord(
        id=row.id,
        run_id=row.run_id,
        command=row.command,
        state=row.state,
        kind=row.kind,
        created_at=row.created_at,
        sent_at=row.sent_at,
        subject=row.subject,
        recipients=tuple(row.recipients or ()),
        counts=row.counts or {},
        failed_tasks=row.failed_tasks,
        message=row.message,
        told_by=row.told_by,
    )
