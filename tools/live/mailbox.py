"""A mail server that delivers nowhere: it keeps what it receives, for the demo and the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast


@dataclass(slots=True)
class Mailbox:
    """Mails in order of arrival. `directory`: where each is also kept as an `.eml` file."""

    host: str
    port: int
    directory: Path | None = None
    mails: list[EmailMessage] = field(default_factory=list)

    @property
    def airflow_connection(self) -> str:
        """The Airflow connection (JSON) that leads here."""
        return (
            f'{{"conn_type": "smtp", "host": "{self.host}", "port": {self.port}, "extra": '
            '{"disable_ssl": true, "disable_tls": true, "timeout": 30, "retry_limit": 1}}'
        )


def plain_text(mail: EmailMessage) -> str:
    """The text alternative of a mail."""
    body = mail.get_body(preferencelist=("plain",))
    return "" if body is None else str(body.get_content())


def html_text(mail: EmailMessage) -> str:
    """The HTML alternative of a mail."""
    body = mail.get_body(preferencelist=("html",))
    return "" if body is None else str(body.get_content())


@contextmanager
def open_mailbox(directory: Path | None = None, *, host: str = "127.0.0.1") -> Iterator[Mailbox]:
    """A mailbox on a free port, for as long as the context lasts."""
    from aiosmtpd.controller import Controller

    class OnFreePort(Controller):
        def _trigger_server(self) -> None:
            # The base class knocks at the port it was given, which is 0 here.
            self.port = cast(Any, self.server).sockets[0].getsockname()[1]
            super()._trigger_server()  # type: ignore[no-untyped-call]

    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True)
    mailbox = Mailbox(host=host, port=0, directory=directory)
    controller = OnFreePort(_Keeper(mailbox), hostname=host, port=0, ready_timeout=30.0)
    controller.start()
    mailbox.port = controller.port
    try:
        yield mailbox
    finally:
        controller.stop()


class _Keeper:
    """aiosmtpd's handler."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        content: bytes = envelope.original_content
        mail = message_from_bytes(content, policy=default)
        self._mailbox.mails.append(mail)
        if self._mailbox.directory is not None:
            name = f"{len(list(self._mailbox.directory.glob('*.eml'))) + 1:04}.eml"
            (self._mailbox.directory / name).write_bytes(content)
        return "250 kept"
