"""Loading JSON that another program may be writing, or may have died writing.

A file that can't be used is an `UnusableFileError` with a reason of our own, never a parser's
message: half-written files are everyday here (AutoClip writes with a plain `open(path, "w")`).
"""

from __future__ import annotations

import errno
import json
import os
import stat
from dataclasses import dataclass
from typing import Any

import orjson

from clipsync.model.manifest import DiskCode, DiskProblem, DiskReason

_BOM = b"\xef\xbb\xbf"
_MIB = 1024 * 1024
_BLANK = b" \t\r\n"

MAX_NESTING = 500
"""A file nested deeper is not used. Parsers stop somewhere too, each interpreter elsewhere: Python
3.11 below 1,000 levels, 3.13 far above. A record is quarantined long before (`text.MAX_DEPTH`)."""


class UnusableFileError(Exception):
    """A file or folder that can't be used; `problem` says which and why. Stays in this package."""

    def __init__(self, file: str, reason: DiskReason) -> None:
        super().__init__(f"{file}: {reason.code}")
        self.problem = DiskProblem(file, reason)


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """A parsed file.

    `strict` is False where only the lenient parser took it: it may then hold NaN, infinities,
    lone surrogates or integers of any size, so whoever uses a part of it has to look.
    """

    value: Any
    strict: bool


def load_json(path: str, file: str, max_bytes: int) -> JsonDocument:
    """The JSON document at `path`; `file` is its name in messages, relative to the data directory.

    Raises UnusableFileError when it is missing, not permitted, no regular file, larger than
    `max_bytes`, empty, not UTF-8, half-written or no JSON.
    """
    try:
        data = _read(path, max_bytes)
        return _parse(data)
    except OSError as error:
        raise UnusableFileError(file, os_reason(error)) from error
    except _UnusableError as error:
        raise UnusableFileError(file, error.reason) from error


def os_reason(error: OSError) -> DiskReason:
    """An operating system's error, by our own code where people meet it."""
    if isinstance(error, PermissionError):
        return DiskReason(DiskCode.NOT_PERMITTED)
    if isinstance(error, FileNotFoundError):
        return DiskReason(DiskCode.VANISHED)
    if isinstance(error, NotADirectoryError):
        return DiskReason(DiskCode.NO_DIRECTORY)
    if error.errno == errno.ELOOP:
        return DiskReason(DiskCode.LINK_TO_ITSELF)
    return DiskReason(DiskCode.CANT_BE_READ, {"detail": error.strerror or type(error).__name__})


def kind_of(value: Any) -> str:
    """What a JSON value is: `list`, `object`, `number`, `text`, `null`, `true` or `false`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "object"


def canonical_bytes(value: Any) -> bytes:
    """The same bytes for the same JSON value, whatever the order of its keys. Never fails."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return _dump(value, ascii_only=True, sort_keys=True).encode()


def json_text(value: Any) -> str:
    """JSON text for people and for storing: valid UTF-8, without NUL characters. Never fails."""
    text = _dump(value, ascii_only=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        # Lone surrogates stay escapes, which every database stores.
        return _dump(value, ascii_only=True)
    return text


class _UnusableError(Exception):
    """The reason alone, where the file's name is not known."""

    def __init__(self, code: DiskCode, **values: Any) -> None:
        super().__init__(code)
        self.reason = DiskReason(code, values)


def _read(path: str, max_bytes: int) -> bytes:
    # Non-blocking, so that a named pipe in the place of a file can't hold us up for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise _UnusableError(DiskCode.IS_DIRECTORY)
        if not stat.S_ISREG(status.st_mode):
            raise _UnusableError(DiskCode.IS_DEVICE)
        if status.st_size > max_bytes:
            raise _too_large(status.st_size, max_bytes)
        data = _read_up_to(descriptor, max_bytes + 1, status.st_size + 1)
    finally:
        os.close(descriptor)
    if len(data) > max_bytes:
        raise _too_large(len(data), max_bytes)
    return data


def _read_up_to(descriptor: int, limit: int, expected: int) -> bytes:
    """All bytes of a file that may be growing, `limit` at most."""
    parts: list[bytes] = []
    total = 0
    while total < limit:
        part = os.read(descriptor, min(limit - total, max(expected - total, 64 * 1024)))
        if not part:
            break
        parts.append(part)
        total += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large(size: int, limit: int) -> _UnusableError:
    # Rounded up: 64.01 MiB must not read as "64.0 MiB, limit 64 MiB".
    shown_size, shown_limit = str(-(-size * 10 // _MIB) / 10), f"{round(limit / _MIB, 3):g}"
    return _UnusableError(DiskCode.TOO_LARGE, size=shown_size, limit=shown_limit)


def _parse(data: bytes) -> JsonDocument:
    skipped = len(_BOM) if data.startswith(_BOM) else 0
    data = data[skipped:]
    if not data.strip(_BLANK):
        raise _UnusableError(DiskCode.EMPTY)
    try:
        document = JsonDocument(orjson.loads(data), strict=True)
    except orjson.JSONDecodeError as error:
        document = _second_look(data, skipped, str(error))
    # So many levels take so many brackets: few files have enough of them to be looked at.
    if data.count(b"[") + data.count(b"{") > MAX_NESTING and _nested_too_deeply(document.value):
        raise _UnusableError(DiskCode.PARSER_TOO_DEEP)
    return document


def _nested_too_deeply(value: Any) -> bool:
    """Whether lists and objects stand in each other more than `MAX_NESTING` levels deep."""
    level = [value] if isinstance(value, (list, dict)) else []
    for _ in range(MAX_NESTING):
        if not level:
            return False
        level = [
            part
            for item in level
            for part in (item.values() if isinstance(item, dict) else item)
            if isinstance(part, (list, dict))
        ]
    return bool(level)


def _second_look(data: bytes, skipped: int, verdict: str) -> JsonDocument:
    """Take what only Python's own parser takes, or tell what is wrong."""
    if not data.strip(b"\0" + _BLANK):
        raise _UnusableError(DiskCode.NUL_BYTES)
    half_written = _UnusableError(DiskCode.HALF_WRITTEN, at=skipped + len(data))
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise half_written from error
        raise _UnusableError(DiskCode.NOT_UTF8, at=skipped + error.start) from error
    if verdict.startswith("unexpected end of data"):
        raise half_written
    try:
        return JsonDocument(json.loads(text), strict=False)
    except json.JSONDecodeError as error:
        if error.msg.startswith("Unterminated string") or error.pos >= len(text.rstrip()):
            raise half_written from error
        at = skipped + len(text[: error.pos].encode())
        raise _UnusableError(DiskCode.NOT_JSON, at=at) from error
    except RecursionError as error:
        raise _UnusableError(DiskCode.PARSER_TOO_DEEP) from error
    except ValueError as error:
        raise _UnusableError(DiskCode.ENDLESS_NUMBER) from error


def _dump(value: Any, *, ascii_only: bool, sort_keys: bool = False) -> str:
    if _nested_too_deeply(value):
        return '"(nested too deeply to show)"'
    return json.dumps(value, ensure_ascii=ascii_only, sort_keys=sort_keys)
