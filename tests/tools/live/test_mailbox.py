"""The mail server that delivers nowhere."""

from __future__ import annotations

from pathlib import Path

from clipsync.reporting.mail import Mail
from clipsync.reporting.send import SmtpSettings, send_mail
from tests.support.airflow_home import settle
from tools.live.mailbox import html_text, open_mailbox, plain_text

MAIL = Mail(
    subject="[ClipSync] 轮回、命运 🎬",
    text="第一行\n第二行\n",
    html="<p>轮回 &amp; 命运</p>",
    to=("a@example.org",),
    sender="clipsync@example.org",
)


def test_it_keeps_what_it_receives_also_as_files(tmp_path: Path) -> None:
    with open_mailbox(tmp_path / "mails") as mailbox:
        server = SmtpSettings(mailbox.host, mailbox.port, starttls=False, retries=0)
        assert [send_mail(MAIL, server).sent for _ in range(2)] == [True, True]

    assert [mail["Subject"] for mail in mailbox.mails] == [MAIL.subject] * 2
    assert plain_text(mailbox.mails[0]).splitlines() == ["第一行", "第二行"]
    assert html_text(mailbox.mails[0]).strip() == MAIL.html
    assert sorted(path.name for path in (tmp_path / "mails").iterdir()) == ["0001.eml", "0002.eml"]


def test_airflows_connection_leads_to_it() -> None:
    settle()
    from airflow.sdk import Connection

    with open_mailbox() as mailbox:
        connection = Connection.from_json(mailbox.airflow_connection, conn_id="smtp_default")
        settings = SmtpSettings.from_connection(
            connection.host, connection.port, None, None, connection.extra_dejson
        )

        assert settings is not None
        assert send_mail(MAIL, settings).sent
    assert len(mailbox.mails) == 1
