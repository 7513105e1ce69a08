"""A mail as a plain value, and as the message that goes over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError, MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, localtime, make_msgid, parseaddr

from clipsync.reporting.text import clean


class InvalidAddressError(ValueError):
    """A sender or recipient is no mail address; the message names it."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail: `text` and `html` say the same; `to` are addresses, `sender` one address.

    Addresses may carry a name: `ClipSync <clipsync@example.org>`.
    """

    subject: str
    text: str
    html: str
    to: tuple[str, ...]
    sender: str

    def to_message(
        self, date: datetime | None = None, message_id: str | None = None
    ) -> EmailMessage:
        """The mail as `multipart/alternative` in UTF-8, plain text first.

        `date` (aware) and `message_id` (`<…@…>`) make the message reproducible; by default now
        and a new one. Raises InvalidAddressError for an address that is none.
        """
        message = EmailMessage(policy=_WIRE)
        # A header ends at a line break: whatever is in a title, the subject is one line.
        message["Subject"] = clean(self.subject)
        sender = _address(self.sender)
        message["From"] = sender
        message["To"] = tuple(_address(address) for address in self.to)
        message["Date"] = format_datetime(date or localtime())
        message["Message-ID"] = message_id or make_msgid(domain=sender.domain)
        # Out-of-office replies to a machine help nobody.
        message["Auto-Submitted"] = "auto-generated"
        # Base64 survives servers that can't take eight bits, and long lines.
        message.set_content(_encodable(self.text), charset="utf-8", cte="base64")
        message.add_alternative(
            _encodable(self.html), subtype="html", charset="utf-8", cte="base64"
        )
        return message


class _Wire(EmailPolicy):
    """The SMTP policy, but for a subject that is not ASCII.

    The standard one encodes word by word and loses the space between two such words where it
    breaks the line: "project · 轮回" arrives as "project  ·轮回".
    """

    def fold(self, name: str, value: str) -> str:
        if name.lower() != "subject" or value.isascii():
            folded: str = super().fold(name, value)
            return folded
        encoded = Header(value, "utf-8", header_name=name).encode(linesep=str(self.linesep))
        return f"{name}: {encoded}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() != "subject":
            return super().fold_binary(name, value)
        return self.fold(name, value).encode("ascii")


_WIRE = _Wire(linesep=SMTP.linesep)


def _address(text: str) -> Address:
    shown = clean(text)
    name, plain = parseaddr(shown)
    try:
        if shown != text.strip():
            raise ValueError("control characters")
        address = Address(display_name=name, addr_spec=plain)
    except (HeaderParseError, MessageError, ValueError, IndexError) as error:
        raise InvalidAddressError(f"{shown!r} is not a mail address") from error
    if not address.username or not address.domain:
        raise InvalidAddressError(f"{shown!r} is not a mail address")
    return address


def _encodable(text: str) -> str:
    """Half a surrogate pair can't be sent in any encoding."""
    return text.encode("utf-8", "replace").decode("utf-8")
