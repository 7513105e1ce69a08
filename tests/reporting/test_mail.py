"""A mail as it goes over the wire: both parts, Chinese intact, one line per header."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default

import pytest

from clipsync.reporting.mail import InvalidAddressError, Mail

LONG_SUBJECT = "[ClipSync] 1 error in 1 project · " + "轮回、命运、开悟究竟是怎么一回事？🎬" * 6
MAIL = Mail(
    subject="[ClipSync] 1 error, 2 warnings in 2 projects · 北京…",
    text="轮回、命运\n第二行 🎬\n",
    html="<p>轮回、命运 🎬</p>\n",
    to=("a@example.org", "王小明 <wang@example.org>"),
    sender="ClipSync 同步 <clipsync@example.org>",
)


def sent(mail: Mail) -> EmailMessage:
    """The message after a journey over the wire."""
    raw = mail.to_message().as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) < 999
    received = message_from_bytes(raw, policy=default)
    assert isinstance(received, EmailMessage)
    return received


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")  # lines end so on the wire


def test_both_parts_and_the_subject_arrive_exactly() -> None:
    message = sent(MAIL)
    assert message.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]
    assert message["Subject"] == MAIL.subject
    assert part(message, "plain") == MAIL.text
    assert part(message, "html") == MAIL.html
    assert message["From"].addresses[0].display_name == "ClipSync 同步"
    assert [address.addr_spec for address in message["To"].addresses] == [
        "a@example.org",
        "wang@example.org",
    ]


@pytest.mark.parametrize(
    "subject",
    [
        "[ClipSync] sync_to_database failed; 1 error in 1 project · 轮回、命运、开悟究竟是怎么",
        "[ClipSync] 13 warnings in 12 projects · VLOG】VLOG163 Nabi in Paris, 轮回、命运、开悟究竟",
        "项目 · " * 15 + "完",
    ],
)
def test_no_space_is_lost_or_moved_where_a_subjects_line_is_broken(subject: str) -> None:
    raw = Mail(subject, "t", "h", MAIL.to, MAIL.sender).to_message().as_bytes()

    assert message_from_bytes(raw, policy=default)["Subject"] == subject
    assert max(map(len, raw.splitlines())) <= 78


def test_a_long_chinese_subject_is_decoded_alike_by_old_and_new_readers() -> None:
    mail = Mail(LONG_SUBJECT, "t", "h", MAIL.to, MAIL.sender)
    raw = mail.to_message().as_bytes()
    assert message_from_bytes(raw, policy=default)["Subject"] == LONG_SUBJECT
    old = message_from_bytes(raw)["Subject"]
    assert str(make_header(decode_header(old))).replace("\n", "") == LONG_SUBJECT


def test_a_title_can_not_add_a_header() -> None:
    mail = Mail("x\r\nBcc: victim@example.org\n\nbody", "t", "h", ("a@example.org",), MAIL.sender)
    message = sent(mail)
    assert message["Subject"] == "x Bcc: victim@example.org body"
    assert message["Bcc"] is None


def test_half_a_character_does_not_stop_a_mail() -> None:
    message = sent(Mail("\ud800", "\ud800", "\ud800", MAIL.to, MAIL.sender))
    assert message["Subject"] == "\ufffd"
    assert part(message, "plain") == "?\n"


def test_date_and_id_can_be_given() -> None:
    date = datetime(2025, 6, 1, 12, tzinfo=UTC)
    first = MAIL.to_message(date, "<run-1@example.org>")
    assert first["Date"] == "Sun, 01 Jun 2025 12:00:00 +0000"
    assert first["Message-ID"] == "<run-1@example.org>"
    assert MAIL.to_message()["Message-ID"].endswith("@example.org>")


@pytest.mark.parametrize("address", ["", "nobody", "a@", "@b", "a b@c", "a@b\r\nBcc: c@d", "<>"])
def test_what_is_no_address_is_refused_by_name(address: str) -> None:
    with pytest.raises(InvalidAddressError, match="is not a mail address"):
        Mail("s", "t", "h", (address,), MAIL.sender).to_message()
