"""Sends a mail through an SMTP server, and says in one line what became of it.

Airflow's own mail operator sends HTML without a text alternative, so only its connection's
settings are used here. A mail that can't be sent never fails a sync: nothing in this module raises
for the world's troubles.
"""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from clipsync.reporting.mail import InvalidAddressError, Mail
from clipsync.reporting.text import clean, cut

_DEFAULT_TIMEOUT_SECONDS = 30.0
_DEFAULT_RETRIES = 3
_MOST_RETRIES = 10
_LONGEST_WAIT_SECONDS = 20.0
_REASON_WIDTH = 300


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """How to reach the mail server.

    `ssl`: TLS from the first byte; `starttls`: TLS after the greeting (ignored with `ssl`).
    `verify`: check the server's certificate. `timeout`: seconds for each step. `retries`: further
    attempts after a transient failure. `from_email`: the sender where set, else the mail's own.
    """

    host: str
    port: int = 0
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    starttls: bool = True
    ssl: bool = False
    timeout: float = _DEFAULT_TIMEOUT_SECONDS
    retries: int = _DEFAULT_RETRIES
    from_email: str | None = None
    verify: bool = True
    auth_type: str = "basic"

    @classmethod
    def from_connection(
        cls,
        host: str | None,
        port: int | None,
        login: str | None,
        password: str | None,
        extra: Mapping[str, Any],
    ) -> SmtpSettings | None:
        """The fields of an Airflow connection of type `smtp`; None where it names no host.

        Its extras mean what they mean to Airflow's provider: TLS from the first byte unless
        `disable_ssl`, else STARTTLS unless `disable_tls`; `from_email`, `timeout` (seconds),
        `retry_limit`, `ssl_context` (`none` skips the certificate's check), `auth_type`.
        """
        if not host:
            return None
        use_ssl = not _flag(extra.get("disable_ssl"))
        return cls(
            host=host,
            port=port or 0,
            user=login or None,
            password=password or None,
            starttls=not use_ssl and not _flag(extra.get("disable_tls")),
            ssl=use_ssl,
            timeout=_number(extra.get("timeout"), _DEFAULT_TIMEOUT_SECONDS) or 1.0,
            retries=min(int(_number(extra.get("retry_limit"), _DEFAULT_RETRIES)), _MOST_RETRIES),
            from_email=str(extra["from_email"]) if extra.get("from_email") else None,
            verify=extra.get("ssl_context") != "none",
            auth_type=str(extra.get("auth_type") or "basic"),
        )

    @property
    def address(self) -> str:
        """`host` or `host:port`."""
        return f"{self.host}:{self.port}" if self.port else self.host


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a mail: `sent`, and one line for logs and people."""

    sent: bool
    message: str
    attempts: int = 0


def send_mail(
    mail: Mail,
    connection: SmtpSettings | None,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Delivery:
    """Sends the mail, trying again a few times where the trouble may pass.

    Never raises for a mail that can't be sent. `connection` None: nothing is sent, and the message
    is that of `undelivered`.
    """
    if not mail.to:
        return Delivery(False, "Mail not sent: no recipients. Set CLIPSYNC_ALERT_RECIPIENTS.")
    if connection is None:
        return Delivery(False, undelivered(mail))
    if connection.auth_type != "basic":
        return Delivery(
            False,
            f"Mail not sent: the SMTP connection asks for auth_type {connection.auth_type!r}; only "
            "'basic' (user and password) is supported.",
        )
    attempts = 0

    def attempt() -> dict[str, tuple[int, bytes]]:
        nonlocal attempts
        attempts += 1
        return _send_once(message, connection)

    try:
        message = _with_sender(mail, connection).to_message()
        refused = Retrying(
            stop=stop_after_attempt(connection.retries + 1),
            wait=wait_exponential(multiplier=1, max=_LONGEST_WAIT_SECONDS),
            retry=retry_if_exception(_is_transient),
            sleep=sleep,
            reraise=True,
        )(attempt)
    except (OSError, smtplib.SMTPException, InvalidAddressError, UnicodeError) as error:
        tries = f" after {attempts} attempts" if attempts > 1 else ""
        reason = _reason(error)
        return Delivery(False, f"Mail not sent by {connection.address}{tries}: {reason}", attempts)
    return Delivery(True, _sent_line(mail, connection, refused), attempts)


def undelivered(mail: Mail) -> str:
    """With no SMTP connection: what would have gone where, with the whole text."""
    to = ", ".join(clean(address) for address in mail.to) or "nobody (no recipients are set)"
    return (
        "No SMTP connection is set up, so no mail was sent. The mail would have gone to "
        f"{to}.\n"
        "Set Airflow's connection `smtp_default` and CLIPSYNC_ALERT_RECIPIENTS to get it.\n"
        "\n"
        f"From: {clean(mail.sender)}\n"
        f"To: {to}\n"
        f"Subject: {clean(mail.subject)}\n"
        "\n"
        f"{mail.text}"
    )


def _with_sender(mail: Mail, connection: SmtpSettings) -> Mail:
    if not connection.from_email:
        return mail
    return Mail(mail.subject, mail.text, mail.html, mail.to, connection.from_email)


def _send_once(message: EmailMessage, connection: SmtpSettings) -> dict[str, tuple[int, bytes]]:
    """Returns the recipients that were refused while others were accepted."""
    context = _tls(connection) if connection.ssl or connection.starttls else None
    if connection.ssl:
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            connection.host, connection.port, timeout=connection.timeout, context=context
        )
    else:
        client = smtplib.SMTP(connection.host, connection.port, timeout=connection.timeout)
    with client:
        if connection.starttls and not connection.ssl:
            client.starttls(context=context)
        if connection.user and connection.password:
            client.login(connection.user, connection.password)
        return client.send_message(message)


def _tls(connection: SmtpSettings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not connection.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _is_transient(error: BaseException) -> bool:
    """Whether the same mail may go through a moment later.

    Four-hundreds are the server's "try again"; five-hundreds, a wrong password or an untrusted
    certificate stay wrong.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        # -1 is smtplib's code for "hung up while greeting".
        return 400 <= error.smtp_code < 500 or error.smtp_code == -1
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return True
    if isinstance(error, smtplib.SMTPException | ssl.SSLError):
        return False
    return isinstance(error, OSError)


def _reason(error: Exception) -> str:
    """One line on what went wrong and what to check; never a password."""
    advice = "Check Airflow's SMTP connection (host, port, TLS) and the network."
    said = str(error) or type(error).__name__
    if isinstance(error, smtplib.SMTPAuthenticationError):
        # The server's words may repeat what was sent.
        said = f"the server refused the login (code {error.smtp_code})"
        advice = "Check user and password of Airflow's SMTP connection."
    elif isinstance(error, smtplib.SMTPRecipientsRefused):
        refused = (f"{to} ({code} {_words(text)})" for to, (code, text) in error.recipients.items())
        said = "the server refused " + ", ".join(refused)
        advice = "Check CLIPSYNC_ALERT_RECIPIENTS."
    elif isinstance(error, smtplib.SMTPSenderRefused):
        said = f"the server refused the sender ({error.smtp_code} {_words(error.smtp_error)})"
        advice = "Check CLIPSYNC_ALERT_FROM or the connection's `from_email`."
    elif isinstance(error, smtplib.SMTPResponseException):
        said = f"the server said {error.smtp_code} {_words(error.smtp_error)}"
    elif isinstance(error, ssl.SSLCertVerificationError):
        said = f"the server's certificate is not trusted ({error.verify_message})"
    elif isinstance(error, ssl.SSLError):
        said = f"no TLS with this server ({error.reason or error})"
        advice = "Check the connection's `disable_ssl` and `disable_tls`."
    elif isinstance(error, InvalidAddressError):
        advice = "Check CLIPSYNC_ALERT_RECIPIENTS and CLIPSYNC_ALERT_FROM."
    elif isinstance(error, TimeoutError):
        said = "the server did not answer in time"
    return f"{cut(said, _REASON_WIDTH)}. {advice}"


def _words(text: bytes | str) -> str:
    return clean(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)


def _sent_line(
    mail: Mail, connection: SmtpSettings, refused: Mapping[str, tuple[int, bytes]]
) -> str:
    to = ", ".join(clean(address) for address in mail.to)
    line = f"Mail sent to {to} by {connection.address}."
    if refused:
        line += f" The server refused {', '.join(sorted(map(clean, refused)))}."
    return line


def _flag(value: Any) -> bool:
    """A connection's extra may hold a real boolean or, from a form or a URL, its name."""
    if isinstance(value, str):
        return value.strip().lower() in ("1", "true", "yes", "on")
    return bool(value)


def _number(value: Any, default: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return default
    return max(number, 0.0)
