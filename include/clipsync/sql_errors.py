"""What databases complain of, in ClipSync's own errors."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import URL

from clipsync.errors import (
    ClipSyncError,
    ConcurrentChangeError,
    DatabaseConfigError,
    DatabaseRefusedError,
    DatabaseUnavailableError,
    ProjectLockedError,
)


@contextmanager
def translate_errors(database: sa.Engine | str) -> Iterator[None]:
    """Turn what SQLAlchemy and the drivers raise inside the block into ClipSync's errors.

    `database`: the engine, or the database's name for messages. The message is one line and
    holds no password.
    """
    try:
        yield
    except ClipSyncError:
        raise
    except (
        exc.SQLAlchemyError,
        sqlite3.Error,
        UnicodeEncodeError,
        OverflowError,
    ) as error:
        raise _translated(error, database) from error


def database_name(url: str | URL) -> str:
    """What messages call the database: the file, or user, host and name; never the password."""
    if isinstance(url, str):
        try:
            url = sa.make_url(url)
        except (exc.ArgumentError, ValueError):
            return "the database"
    if url.get_backend_name() == "sqlite":
        return url.database or "in-memory database"
    return URL.create(
        "postgresql",
        username=url.username,
        host=url.host or _first(url.query.get("host")) or "localhost",
        port=url.port,
        database=url.database,
    ).render_as_string(hide_password=True)


def _first(value: str | tuple[str, ...] | None) -> str | None:
    return value[0] if isinstance(value, tuple) else value


def _translated(error: Exception, database: sa.Engine | str) -> ClipSyncError:
    engine = None if isinstance(database, str) else database
    name = database if isinstance(database, str) else database_name(database.url)
    original = getattr(error, "orig", None) or error
    text = _one_line(original, engine)
    if isinstance(error, exc.TimeoutError):
        return DatabaseUnavailableError(f"{name}: no connection became free. {_LATER}")
    if isinstance(original, sqlite3.Error):
        return _from_sqlite(original, name, text)
    if isinstance(error, exc.DBAPIError) and not isinstance(original, UnicodeEncodeError):
        return _from_postgresql(error, name, text)
    return DatabaseRefusedError(f"{name}: a value can't be stored: {text}.")


_LATER = "Try again later."
_CHANGED = (
    "Someone changed the same rows at the same moment, so nothing of this was written. Try again."
)
_Made = Callable[[str, str], ClipSyncError]


def _locked(name: str, _: str) -> ClipSyncError:
    return ProjectLockedError(f"{name} is locked by another program for too long. {_LATER}")


def _changed(name: str, text: str) -> ClipSyncError:
    return ConcurrentChangeError(f"{name}: {text}. {_CHANGED}")


def _refused(name: str, text: str) -> ClipSyncError:
    return DatabaseRefusedError(f"{name} refused a value or a statement: {text}.")


def _unavailable(name: str, text: str) -> ClipSyncError:
    return DatabaseUnavailableError(f"{name} can't be reached or used now: {text}. {_LATER}")


def _misconfigured(advice: str) -> _Made:
    return lambda name, text: DatabaseConfigError(f"{name}: {text}. {advice}")


# By the start of the result code's name; the first that fits.
_SQLITE_CODES: tuple[tuple[str, _Made], ...] = (
    ("SQLITE_BUSY", _locked),
    ("SQLITE_LOCKED", _locked),
    ("SQLITE_NOTADB", _misconfigured("Point --database-url at AutoClip's SQLite file.")),
    ("SQLITE_CORRUPT", _misconfigured("The file is damaged: restore it from a backup.")),
    ("SQLITE_CANTOPEN", _misconfigured("Check the path, and who may read and write there.")),
    ("SQLITE_PERM", _misconfigured("Check who may read and write the file.")),
    ("SQLITE_AUTH", _misconfigured("Check who may read and write the file.")),
    (
        "SQLITE_READONLY",
        _misconfigured("ClipSync must be allowed to write the file and its directory."),
    ),
    ("SQLITE_CONSTRAINT_UNIQUE", _changed),
    ("SQLITE_CONSTRAINT_PRIMARYKEY", _changed),
    ("SQLITE_CONSTRAINT_FOREIGNKEY", _changed),
    ("SQLITE_FULL", _unavailable),
    ("SQLITE_IOERR", _unavailable),
    ("SQLITE_NOMEM", _unavailable),
    ("SQLITE_PROTOCOL", _unavailable),
    ("SQLITE_INTERRUPT", _unavailable),
)

# By the start of the SQLSTATE; the first that fits.
_SQLSTATES: tuple[tuple[str, _Made], ...] = (
    ("55P03", _locked),
    ("40", _changed),
    ("23505", _changed),
    ("23503", _changed),
    ("28", _misconfigured("Check user and password in the database URL.")),
    ("3D", _misconfigured("Check the database's name in the database URL.")),
    ("42501", _misconfigured("The database user needs more rights.")),
    ("42P01", _misconfigured("Point the database URL at AutoClip's database.")),
    ("25006", _misconfigured("ClipSync needs a server it may write to, not a standby.")),
    ("08", _unavailable),
    ("53", _unavailable),
    ("57", _unavailable),
    ("58", _unavailable),
)

# A connection that was refused carries no SQLSTATE, only the server's words.
_CONNECT_WORDS: tuple[tuple[str, _Made], ...] = (
    (
        r"password authentication failed|no password supplied|no pg_hba\.conf entry"
        r"|role .* does not exist|authentication failed|not permitted to log in",
        _misconfigured("Check user and password in the database URL."),
    ),
    (
        r"database .* does not exist",
        _misconfigured("Check the database's name in the database URL."),
    ),
    (
        r"invalid (connection option|integer value|port|sslmode)",
        _misconfigured("Check the database URL."),
    ),
)


def _from_sqlite(original: sqlite3.Error, name: str, text: str) -> ClipSyncError:
    code = getattr(original, "sqlite_errorname", None) or ""
    for start, made in _SQLITE_CODES:
        if code.startswith(start):
            return made(name, text)
    return _refused(name, text)


def _from_postgresql(error: exc.DBAPIError, name: str, text: str) -> ClipSyncError:
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        for start, made in _SQLSTATES:
            if state.startswith(start):
                return made(name, text)
        return _refused(name, text)
    for words, made in _CONNECT_WORDS:
        if re.search(words, text):
            return made(name, text)
    if isinstance(error, exc.OperationalError | exc.InterfaceError):
        return _unavailable(name, text)
    return _unavailable(name, text) if error.connection_invalidated else _refused(name, text)


def _one_line(error: BaseException, engine: sa.Engine | None) -> str:
    diagnostic: Any = getattr(error, "diag", None)
    text = getattr(diagnostic, "message_primary", None) or str(error) or type(error).__name__
    text = " ".join(text.split()).rstrip(".?!")
    password = engine.url.password if engine is not None else None
    return text.replace(password, "***") if password else text
