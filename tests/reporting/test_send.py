"""Sending through a real SMTP server; and that no failure ever gets out."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from clipsync.reporting.mail import Mail
from clipsync.reporting.send import Delivery, SmtpSettings, send_mail, undelivered

MAIL = Mail(
    subject="[ClipSync] 1 个错误 · 轮回、命运、开悟究竟是怎么一回事？",
    text="轮回、命运\n第二行 🎬\n",
    html="<p>轮回、命运 🎬</p>\n",
    to=("a@example.org", "b@example.org"),
    sender="clipsync@example.org",
)


class Mailbox:
    """What the server received; `answers` are given in turn instead of accepting."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answers: list[str] = []
        self.refused: set[str] = set()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.envelopes.append(envelope)
        return "250 OK"

    @property
    def messages(self) -> list[EmailMessage]:
        read = (message_from_bytes(e.content or b"", policy=default) for e in self.envelopes)
        return [message for message in read if isinstance(message, EmailMessage)]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def serve(mailbox: Mailbox) -> Iterator[Callable[..., SmtpSettings]]:
    controllers: list[Controller] = []

    def start(**options: Any) -> SmtpSettings:
        controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        controllers.append(controller)
        return SmtpSettings("127.0.0.1", controller.port, starttls=False, timeout=5, retries=2)

    yield start
    for controller in controllers:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Naps(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def test_a_mail_arrives_with_both_parts_in_chinese(
    serve: Callable[..., SmtpSettings], mailbox: Mailbox
) -> None:
    settings = serve()
    delivery = send_mail(MAIL, settings)
    assert delivery == Delivery(
        True, f"Mail sent to a@example.org, b@example.org by 127.0.0.1:{settings.port}.", 1
    )
    (message,) = mailbox.messages
    assert message["Subject"] == MAIL.subject
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    # The wire ends lines with CR LF; the text is the same.
    assert plain.get_content().replace("\r\n", "\n") == MAIL.text
    assert html.get_content().replace("\r\n", "\n") == MAIL.html
    assert mailbox.envelopes[0].mail_from == "clipsync@example.org"
    assert mailbox.envelopes[0].rcpt_tos == ["a@example.org", "b@example.org"]


def test_the_connections_sender_is_used_where_it_names_one(
    serve: Callable[..., SmtpSettings], mailbox: Mailbox
) -> None:
    assert send_mail(MAIL, replace(serve(), from_email="Airflow <air@example.org>")).sent
    assert mailbox.envelopes[0].mail_from == "air@example.org"
    assert mailbox.messages[0]["From"] == "Airflow <air@example.org>"


def test_a_transient_refusal_is_tried_again(
    serve: Callable[..., SmtpSettings], mailbox: Mailbox
) -> None:
    mailbox.answers = ["451 Busy", "452 Still busy"]
    naps = Naps()
    delivery = send_mail(MAIL, serve(), sleep=naps)
    assert (delivery.sent, delivery.attempts, len(mailbox.envelopes)) == (True, 3, 1)
    assert naps == [1, 2]


def test_tries_are_bounded(serve: Callable[..., SmtpSettings], mailbox: Mailbox) -> None:
    mailbox.answers = ["451 Busy"] * 9
    settings = serve()
    assert send_mail(MAIL, settings, sleep=Naps()) == Delivery(
        False,
        f"Mail not sent by 127.0.0.1:{settings.port} after 3 attempts: the server said 451 Busy. "
        "Check Airflow's SMTP connection (host, port, TLS) and the network.",
        3,
    )


def test_a_final_refusal_is_not_tried_again(
    serve: Callable[..., SmtpSettings], mailbox: Mailbox
) -> None:
    mailbox.answers = ["554 Spam"]
    delivery = send_mail(MAIL, serve(), sleep=Naps())
    assert (delivery.sent, delivery.attempts) == (False, 1)


def test_one_refused_recipient_does_not_keep_the_mail_from_the_others(
    serve: Callable[..., SmtpSettings], mailbox: Mailbox
) -> None:
    mailbox.refused = {"b@example.org"}
    delivery = send_mail(MAIL, serve())
    assert delivery.sent
    assert delivery.message.endswith(" The server refused b@example.org.")
    mailbox.refused = {"a@example.org", "b@example.org"}
    delivery = send_mail(MAIL, serve(), sleep=Naps())
    assert not delivery.sent
    assert "the server refused a@example.org (550 No such user here)" in delivery.message


def test_no_server_is_a_failed_delivery_and_no_exception() -> None:
    settings = SmtpSettings("127.0.0.1", free_port(), starttls=False, timeout=2, retries=1)
    naps = Naps()
    delivery = send_mail(MAIL, settings, sleep=naps)
    assert (delivery.sent, delivery.attempts, naps) == (False, 2, [1])
    assert "Connection refused" in delivery.message
    assert "\n" not in delivery.message


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (replace(MAIL, to=()), "CLIPSYNC_ALERT_RECIPIENTS"),
        (replace(MAIL, to=("nobody",)), "'nobody' is not a mail address"),
        (replace(MAIL, sender="x\r\ny"), "is not a mail address"),
    ],
)
def test_a_mail_that_can_not_be_made_is_a_failed_delivery(mail: Mail, words: str) -> None:
    delivery = send_mail(mail, SmtpSettings("127.0.0.1", 1))
    assert not delivery.sent
    assert words in delivery.message


def authenticator(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"u", b"geheim")
    return AuthResult(success=known, handled=False)


def test_starttls_and_login(
    serve: Callable[..., SmtpSettings], mailbox: Mailbox, certificate: ssl.SSLContext
) -> None:
    settings = replace(
        serve(tls_context=certificate, authenticator=authenticator, auth_required=True),
        starttls=True,
        verify=False,
        user="u",
        password="geheim",
    )
    assert send_mail(MAIL, settings).sent

    wrong = send_mail(MAIL, replace(settings, password="falsch-geheim"))
    assert (wrong.sent, wrong.attempts) == (False, 1)
    assert "refused the login" in wrong.message
    assert "geheim" not in wrong.message
    assert "geheim" not in repr(settings)

    untrusted = send_mail(MAIL, replace(settings, verify=True))
    assert (untrusted.sent, untrusted.attempts) == (False, 1)
    assert "certificate is not trusted" in untrusted.message


def test_tls_from_the_first_byte(
    serve: Callable[..., SmtpSettings], mailbox: Mailbox, certificate: ssl.SSLContext
) -> None:
    settings = replace(serve(ssl_context=certificate), ssl=True, verify=False)
    assert send_mail(MAIL, settings).sent
    no_tls = send_mail(MAIL, replace(serve(), ssl=True))
    assert (no_tls.sent, no_tls.attempts) == (False, 1)
    assert "disable_ssl" in no_tls.message


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path: Path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return context


def test_an_airflow_connections_extras_mean_what_they_mean_there() -> None:
    assert SmtpSettings.from_connection("mail.example.org", 25, None, None, {}) == SmtpSettings(
        "mail.example.org", 25, starttls=False, ssl=True
    )
    extra = {
        "from_email": "airflow@example.org",
        "disable_ssl": "true",
        "disable_tls": False,
        "timeout": "10",
        "retry_limit": 1,
        "ssl_context": "none",
    }
    assert SmtpSettings.from_connection("h", None, "u", "p", extra) == SmtpSettings(
        "h",
        0,
        "u",
        "p",
        starttls=True,
        ssl=False,
        timeout=10,
        retries=1,
        from_email="airflow@example.org",
        verify=False,
    )
    assert SmtpSettings.from_connection("", 25, None, None, {}) is None


def test_an_unsupported_login_is_said_so() -> None:
    settings = SmtpSettings.from_connection("h", 1, None, None, {"auth_type": "oauth2"})
    assert "'oauth2'" in send_mail(MAIL, settings).message


def test_without_a_connection_it_says_where_the_mail_would_have_gone() -> None:
    delivery = send_mail(MAIL, None)
    assert delivery == Delivery(False, undelivered(MAIL))
    assert delivery.message == (
        "No SMTP connection is set up, so no mail was sent. The mail would have gone to "
        "a@example.org, b@example.org.\n"
        "Set Airflow's connection `smtp_default` and CLIPSYNC_ALERT_RECIPIENTS to get it.\n"
        "\n"
        "From: clipsync@example.org\n"
        "To: a@example.org, b@example.org\n"
        f"Subject: {MAIL.subject}\n"
        "\n"
        "轮回、命运\n第二行 🎬\n"
    )
