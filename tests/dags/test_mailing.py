"""The run's one mail, through a real mail server: told once, to whom it concerns, nothing lost."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from airflow.sdk.exceptions import AirflowFailException

from clipsync.reporting.send import SmtpSettings
from clipsync_airflow import deciding, mailing, telling, work
from tests.dags.conftest import Context, Site
from tests.support.autoclip_files import clip, project_id
from tests.support.autoclip_rows import insert, project_row
from tools.live.mailbox import Mailbox, html_text, open_mailbox, plain_text

SHARD = {"shard": 0, "of": 1, "label": "1 of 1"}
NAME = "轮回、命运、开悟究竟是怎么一回事？"
SILENCE = "no mail: nothing is new, worse or resolved, and no task failed"


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server that the connection `smtp_default` leads to."""
    with open_mailbox() as opened:
        server = SmtpSettings(opened.host, opened.port, starttls=False, retries=0)
        monkeypatch.setattr(mailing, "mail_server", lambda conn_id: server)
        yield opened


def backfilled(site: Site, **params: Any) -> Context:
    """The context of a task behind sync and audit of a run."""
    context = site.context(**params)
    try:
        work.sync_shard(context, SHARD)
    except AirflowFailException as error:
        context["ti"].failed("sync_shard", str(error), map_index=0)
    context["ti"].xcoms["audit", "return_value"] = work.audit(context)
    return context


def warned(site: Site) -> Context:
    """A run that found something new: a clip that ends before it starts."""
    site.insert_clips(1, 1, name=NAME)
    site.write(1, [clip(1), clip(2, end_time="00:00:30,000", generated_title="倒放 <b>片段</b>")])
    return backfilled(site)


RECIPIENTS = {"ALERT_RECIPIENTS": "a@example.org, b@example.org"}


def to_mail(site: Site, context: Context, **params: Any) -> Context:
    return site.context(settings=RECIPIENTS, **params) | {"ti": context["ti"]}


def test_what_is_new_is_mailed_once(site: Site, mailbox: Mailbox) -> None:
    context = to_mail(site, warned(site))

    said = mailing.alert(context)
    context["ti"].run_id = "manual__2"
    again = mailing.alert(to_mail(site, backfilled_again(site, context)))

    (mail,) = mailbox.mails
    assert said == f"Mail sent to a@example.org, b@example.org by 127.0.0.1:{mailbox.port}."
    assert mail["Subject"] == f"[ClipSync] 1 warning in 1 project · {NAME}"
    assert "negative_duration: Clip 2 “倒放 <b>片段</b>” ends before it starts" in plain_text(mail)
    assert "倒放 &lt;b&gt;片段&lt;/b&gt;" in html_text(mail)
    assert again == "no mail: nothing is new, worse or resolved, and no task failed"


def backfilled_again(site: Site, context: Context) -> Context:
    again = site.context()
    again["ti"] = context["ti"]
    work.sync_shard(again, SHARD)
    work.audit(again)
    return again


def test_a_project_that_was_never_audited_is_named_as_well(site: Site, mailbox: Mailbox) -> None:
    project = site.insert_clips(1, 1, name=NAME)
    site.write(1, [clip(1), clip(2, end_time="00:00:30,000")])
    context = site.context(project_id=project)
    work.sync_project(context)

    mailing.alert(to_mail(site, context, project_id=project))

    assert mailbox.mails[0]["Subject"] == f"[ClipSync] 1 warning in 1 project · {NAME}"


def test_a_mail_links_to_the_run(site: Site, mailbox: Mailbox) -> None:
    site.write(1, [clip(1, end_time="00:00:00,000", start_time="00:01:00,000")])
    context = backfilled(site)
    run = site.context(settings=RECIPIENTS | {"PAGE_URL": "https://airflow.example.org/"})

    mailing.alert(run | {"ti": context["ti"]})

    link = "https://airflow.example.org/dags/autoclip_backfill_audit/runs/manual__1"
    assert link in plain_text(mailbox.mails[0])
    assert link in html_text(mailbox.mails[0])


def test_a_dry_run_mails_nothing(site: Site, mailbox: Mailbox) -> None:
    assert mailing.alert(to_mail(site, warned(site), dry_run=True)) == "dry run: no mail"
    assert mailbox.mails == []


def test_without_a_mail_server_the_log_shows_the_whole_mail(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        said = mailing.alert(to_mail(site, warned(site)))

    assert said.startswith("No SMTP connection is set up")
    assert "The mail would have gone to a@example.org, b@example.org." in said
    messages = [record.message for record in caplog.records]
    assert f"Subject: [ClipSync] 1 warning in 1 project · {NAME}" in messages
    assert [line for line in messages if "negative_duration" in line]


def test_a_mail_server_that_refuses_fails_the_task(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alarm that nobody hears must at least be seen."""
    with open_mailbox() as closed:
        server = SmtpSettings(closed.host, closed.port, starttls=False, retries=0)
    monkeypatch.setattr(mailing, "mail_server", lambda conn_id: server)
    context = to_mail(site, warned(site))

    with pytest.raises(AirflowFailException, match=f"Mail not sent by 127.0.0.1:{server.port}"):
        mailing.alert(context)


def test_a_database_that_is_away_is_what_the_mail_is_about(site: Site, mailbox: Mailbox) -> None:
    context = to_mail(site, site.context())
    context["ti"].failed("discover", "autoclip.db: the database is away")
    site.root.with_name("autoclip.db").unlink()

    mailing.alert(context)

    (mail,) = mailbox.mails
    assert "autoclip.db: the database is away" in plain_text(mail)


def test_a_failed_task_is_mailed_though_no_finding_is_new(site: Site, mailbox: Mailbox) -> None:
    site.write(1, [clip(1)])
    context = to_mail(site, backfilled(site))
    context["ti"].failed("sync_shard", "out of memory", map_index=3)

    mailing.alert(context)

    assert "sync_shard[3]" in plain_text(mailbox.mails[0])
    assert "out of memory" in plain_text(mailbox.mails[0])


# -- silence, reminders, and what is resolved --------------------------------------------------


class Nights:
    """One run after another over the same site; `settings` as in the environment."""

    def __init__(self, site: Site, **settings: str) -> None:
        self.site, self.settings, self.number = site, RECIPIENTS | settings, 0

    def pass_(self, *, second_opinion: bool = False, **params: Any) -> str:
        """A night: sync, audit, report, mail; gives what became of the mail.

        The second opinion takes its time, so only where it matters.
        """
        self.number += 1
        context = self.site.context(settings=self.settings, **params)
        ti = context["ti"]
        ti.run_id = f"night-{self.number}"
        self.context = context
        tasks: list[tuple[str, Callable[[], Any]]] = [
            ("sync_shard", lambda: work.sync_shard(context, SHARD)),
            ("audit", lambda: work.audit(context)),
            ("validate", lambda: telling.validate(context)),
            ("report", lambda: telling.report(context)),
        ]
        for task_id, task in tasks:
            if task_id == "validate" and not second_opinion:
                continue
            ti.task_id = task_id
            try:
                ti.xcoms[task_id, "return_value"] = task()
            except AirflowFailException as error:
                ti.failed(task_id, str(error))
        ti.task_id = "alert"
        try:
            return mailing.alert(context)
        except AirflowFailException as error:
            ti.failed("alert", str(error))
            return f"failed: {error}"

    def days_go_by(self, days: int) -> None:
        """As if all mails had been sent that much earlier."""
        back = timedelta(days=days)
        with self.site.engine() as engine, engine.begin() as conn:
            for table, column in (
                ("clipsync_findings", "told_at"),
                ("clipsync_mails", "sent_at"),
                ("clipsync_mails", "created_at"),
                ("clipsync_runs", "started_at"),
            ):
                rows = conn.execute(sa.text(f"SELECT rowid, {column} FROM {table}")).all()
                for rowid, value in rows:
                    if value is not None:
                        conn.execute(
                            sa.text(f"UPDATE {table} SET {column} = :v WHERE rowid = :r"),
                            {"v": str(datetime.fromisoformat(value) - back), "r": rowid},
                        )


def subjects(mailbox: Mailbox) -> list[str]:
    return [str(mail["Subject"]) for mail in mailbox.mails]


def test_all_is_well_and_nobody_is_told(site: Site, mailbox: Mailbox) -> None:
    site.write(1, [clip(1)])
    nights = Nights(site)
    assert [nights.pass_() for _ in range(3)] == [SILENCE] * 3
    assert mailbox.mails == []


def test_an_error_that_stays_is_told_once_though_validate_fails_every_night(
    site: Site, mailbox: Mailbox
) -> None:
    site.write(1, b'[{"id"')
    nights = Nights(site)
    first = nights.pass_(second_opinion=True)
    assert {crumb["task_id"] for crumb in nights.context["ti"].ended} >= {"validate"}
    assert first.startswith("Mail sent")
    assert [nights.pass_(second_opinion=True) for _ in range(2)] == [SILENCE] * 2
    assert len(mailbox.mails) == 1
    # The findings tell it; that `validate` failed because of them is no second piece of news.
    assert "validate" not in plain_text(mailbox.mails[0])
    assert "half-written JSON" in plain_text(mailbox.mails[0])


def test_a_rule_of_peoples_own_that_fails_is_told_by_mail_data_docs_and_verdict(
    site: Site, mailbox: Mailbox, tmp_path: Path
) -> None:
    """The page shows the same findings, of the ledger."""
    site.write(1, [clip(1, final_score=0.9), clip(2, final_score=0.2)])
    rules = tmp_path / "rules"
    rules.mkdir()
    rule = {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "score", "min_value": 0.5},
        "meta": {"name": "good_clips", "severity": "error"},
        "notes": "No clip with a <bad> score.",
    }
    (rules / "clips.json").write_text(json.dumps({"expectations": [rule]}), "utf-8")
    docs = tmp_path / "docs"
    nights = Nights(site, EXPECTATIONS_DIR=str(rules), DATA_DOCS_DIR=str(docs))
    nights.pass_(second_opinion=True)
    (mail,) = mailbox.mails
    assert mail["Subject"].startswith("[ClipSync] 1 error in 1 project")
    assert "No clip with a <bad> score. Not so in " in plain_text(mail)
    assert "This is a rule of your own" in plain_text(mail)
    assert "No clip with a &lt;bad&gt; score." in html_text(mail)
    assert any("0.2" in page.read_text("utf-8") for page in docs.rglob("validations/**/*.html"))
    with pytest.raises(AirflowFailException, match=r"validate: 1 finding of severity error"):
        deciding.verdict(nights.context)


def test_an_error_that_stays_is_brought_to_mind_after_days(site: Site, mailbox: Mailbox) -> None:
    project = site.write(1, b'[{"id"')
    nights = Nights(site, REMINDER_DAYS="3")
    nights.pass_()
    nights.days_go_by(2)
    assert nights.pass_() == SILENCE
    nights.days_go_by(2)
    assert nights.pass_().startswith("Mail sent")
    assert nights.pass_() == SILENCE
    _, reminder = mailbox.mails
    assert "1 error still open in 1 project" in str(reminder["Subject"])
    assert "STILL OPEN (1 error)" in plain_text(reminder)
    assert project in plain_text(reminder)


def test_without_reminders_an_error_is_told_once(site: Site, mailbox: Mailbox) -> None:
    site.write(1, b'[{"id"')
    nights = Nights(site, REMINDER_DAYS="0")
    nights.pass_()
    nights.days_go_by(400)
    assert nights.pass_() == SILENCE
    assert len(mailbox.mails) == 1


def test_a_warning_is_not_brought_to_mind(site: Site, mailbox: Mailbox) -> None:
    warned(site)
    nights = Nights(site)
    nights.pass_()
    nights.days_go_by(30)
    assert nights.pass_() == SILENCE


def test_when_the_last_error_is_resolved_people_hear_of_it(site: Site, mailbox: Mailbox) -> None:
    site.write(1, b'[{"id"')
    site.write(2, b"[{")
    nights = Nights(site)
    nights.pass_()
    site.write(1, [clip(1)])
    nights.pass_()
    site.write(2, [clip(1)])
    nights.pass_()
    assert nights.pass_() == SILENCE
    _, one, all_clear = subjects(mailbox)
    assert "resolved in 1 project" in one
    assert "no error is left" not in one
    assert "resolved in 1 project, no error is left" in all_clear


def test_a_task_that_fails_alike_every_night_is_told_until_it_succeeds_and_fails_again(
    site: Site, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.write(1, [clip(1)])
    with site.engine() as engine:  # else its lost row is a finding that a sync resolves
        insert(engine, projects=[project_row(project_id(1))])
    nights = Nights(site)

    def crash(context: Context, shard: object) -> dict[str, Any]:
        raise AirflowFailException("out of memory")

    whole = work.sync_shard
    monkeypatch.setattr(work, "sync_shard", crash)
    assert nights.pass_().startswith("Mail sent")
    assert nights.pass_() == SILENCE
    nights.days_go_by(8)
    assert nights.pass_().startswith("Mail sent")
    monkeypatch.setattr(work, "sync_shard", whole)
    assert nights.pass_() == SILENCE
    monkeypatch.setattr(work, "sync_shard", crash)
    assert nights.pass_().startswith("Mail sent")
    assert [mail for mail in mailbox.mails if "out of memory" not in plain_text(mail)] == []


# -- to whom -----------------------------------------------------------------------------------


def test_some_hear_of_errors_only(site: Site, mailbox: Mailbox) -> None:
    warned(site)
    nights = Nights(site, ALERT_RECIPIENTS_ERROR="boss@example.org,a@example.org")
    nights.pass_()
    site.write(2, b"[{")
    nights.pass_()
    assert [str(mail["To"]) for mail in mailbox.mails] == [
        "a@example.org, b@example.org",
        "a@example.org, b@example.org, boss@example.org",
    ]


def test_where_only_errors_have_recipients_a_warning_waits_for_one(
    site: Site, mailbox: Mailbox
) -> None:
    warned(site)
    nights = Nights(site, ALERT_RECIPIENTS="", ALERT_RECIPIENTS_ERROR="boss@example.org")
    assert nights.pass_() == "Mail not sent: no recipients. Set CLIPSYNC_ALERT_RECIPIENTS."
    site.write(2, b"[{")
    nights.pass_()
    (mail,) = mailbox.mails
    assert str(mail["To"]) == "boss@example.org"
    assert "negative_duration" in plain_text(mail)


# -- held back, undelivered: nothing is lost ---------------------------------------------------


def test_a_second_mail_too_soon_is_held_back_and_told_in_the_next(
    site: Site, mailbox: Mailbox
) -> None:
    site.write(1, b"[{")
    nights = Nights(site, ALERT_MIN_MINUTES="60")
    nights.pass_()
    two, three = site.write(2, b"[{"), site.write(3, b"[{")
    assert nights.pass_().startswith("mail held back: the last one was sent 0 minutes ago")
    site.write(3, [clip(1)])  # is in order again before anybody heard that it was not
    nights.days_go_by(1)
    assert nights.pass_().startswith("Mail sent")
    assert nights.pass_() == SILENCE
    _, mail = mailbox.mails
    assert two in plain_text(mail)
    assert three not in plain_text(mail)


def test_a_failure_whose_mail_was_held_back_is_told_with_its_run(
    site: Site, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned(site)
    nights = Nights(site, ALERT_MIN_MINUTES="60")
    nights.pass_()
    with monkeypatch.context() as patch:

        def crash(context: Context, shard: object) -> dict[str, Any]:
            raise AirflowFailException("out of memory")

        patch.setattr(work, "sync_shard", crash)
        assert nights.pass_().startswith("mail held back")
    nights.days_go_by(1)
    assert nights.pass_().startswith("Mail sent")
    assert "sync_shard (run night-2): out of memory" in plain_text(mailbox.mails[1])
    assert nights.pass_() == SILENCE


def test_a_mail_that_did_not_arrive_is_told_by_the_next_and_no_run_fails_for_it(
    site: Site, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = site.write(1, [clip(1), clip(2, start_time="00:01:00,000", end_time="00:00:30,000")])
    working = mailing.mail_server("smtp_default")
    with open_mailbox() as closed:
        broken = SmtpSettings(closed.host, closed.port, starttls=False, retries=0)
    monkeypatch.setattr(mailing, "mail_server", lambda conn_id: broken)
    nights = Nights(site)
    said = nights.pass_()
    assert said.startswith("failed: Mail not sent by")
    assert said.endswith("The next run's mail tells it again.")
    from clipsync_airflow import deciding

    verdict = deciding.verdict(nights.context)
    assert verdict.startswith("all is done, but alert failed: Mail not sent by")

    monkeypatch.setattr(mailing, "mail_server", lambda conn_id: working)
    assert nights.pass_().startswith("Mail sent")
    (mail,) = mailbox.mails
    text = plain_text(mail)
    assert "MAILS THAT DID NOT ARRIVE" in text
    assert "The mail of run night-1" in text
    assert f"127.0.0.1:{broken.port}" in text
    assert "negative_duration" in text
    assert project in text
    assert "Mails that did not arrive" in html_text(mail)
    assert nights.pass_() == SILENCE


def test_a_run_of_one_project_tells_what_an_earlier_mail_could_not(
    site: Site, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick, well = site.write(1, b"[{"), site.write(2, [clip(1)])
    working = mailing.mail_server("smtp_default")
    with open_mailbox() as closed:
        broken = SmtpSettings(closed.host, closed.port, starttls=False, retries=0)
    monkeypatch.setattr(mailing, "mail_server", lambda conn_id: broken)
    Nights(site).pass_()
    monkeypatch.setattr(mailing, "mail_server", lambda conn_id: working)
    context = site.context(settings=RECIPIENTS, project_id=well)
    work.sync_project(context)
    mailing.alert(context)
    assert sick in plain_text(mailbox.mails[0])


def test_a_run_of_one_project_tells_nothing_of_others_that_a_run_is_still_at(
    site: Site, mailbox: Mailbox
) -> None:
    site.write(1, b"[{")
    well = site.write(2, [clip(1)])
    backfilled(site)  # whose own mail is yet to come
    context = site.context(settings=RECIPIENTS, project_id=well)
    work.sync_project(context)
    assert mailing.alert(context) == SILENCE


# -- what is in it -----------------------------------------------------------------------------


def test_a_mail_links_to_the_project_on_the_page(site: Site, mailbox: Mailbox) -> None:
    warned(site)
    Nights(site, PAGE_URL="https://airflow.example.org/base/").pass_()
    (mail,) = mailbox.mails
    project = next(line for line in plain_text(mail).splitlines() if "?project=" in line).strip()
    assert project.startswith("https://airflow.example.org/base/plugin/clipsync?project=")
    assert f'href="{project}"' in html_text_raw(mail)
    assert "https://airflow.example.org/base/plugin/clipsync" in plain_text(mail).split()


def html_text_raw(mail: Any) -> str:
    body = mail.get_body(("html",))
    return str(body.get_content())


HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "abc\u202egpj.exe",
    "line one\r\nBcc: victim@example.org\r\n\r\nbody",
    "字" * 10_000,
]


@pytest.mark.parametrize("title", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_a_hostile_title_arrives_harmless(site: Site, mailbox: Mailbox, title: str) -> None:
    site.insert_clips(1, 1, name=title)
    site.write(1, [clip(1), clip(2, end_time="00:00:30,000", generated_title=title)])
    Nights(site).pass_()
    (mail,) = mailbox.mails
    html = html_text_raw(mail)
    assert "<script" not in html
    assert "<img" not in html
    assert mail["Bcc"] is None
    assert "\n" not in str(mail["Subject"])
    for part in (str(mail["Subject"]), plain_text(mail), html):
        assert "\u202e" not in part
        assert len(part) < 30_000
    assert "negative_duration" in plain_text(mail)
