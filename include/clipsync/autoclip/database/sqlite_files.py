"""Opening a SQLite file of somebody else's, which may be in WAL mode and not ours to write.

In WAL mode (AutoClip 1.3 and newer) even a reader writes: the index `-shm` beside the file. Where
the directory can't be written, what is left is to read without it, which is safe as long as nobody
writes at the same time.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from clipsync.errors import DatabaseConfigError

_CANT_WRITE = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")


def connect_sqlite(path: Path, timeout: float) -> sqlite3.Connection:
    """A connection to a file that exists: for writing, or for reading only where that can't be.

    Read-only: first as SQLite itself can (the `-shm` of somebody who has the database open serves
    a reader as well), then as a file that nobody changes, if there is no `-wal` beside it that
    holds something. Raises DatabaseConfigError where neither is possible.
    """
    try:
        return _opened(f"{path.as_uri()}?mode=rw", timeout)  # rw: never create it
    except sqlite3.OperationalError as error:
        if not _cant_write(error):
            raise
    try:
        return _opened(f"{path.as_uri()}?mode=ro", timeout)
    except sqlite3.OperationalError as error:
        if not _cant_write(error) or not path.is_file():
            raise
        reason = error
    log = path.with_name(f"{path.name}-wal")
    if _is_empty(log):
        # Whoever writes to a database in WAL mode keeps a log beside it until the last one goes.
        return _opened(f"{path.as_uri()}?mode=ro&immutable=1", timeout)
    raise DatabaseConfigError(
        f"{path}: is in WAL mode, and its directory can't be written, so what is still in "
        f"{log.name} can't be read. Let this user write to {path.parent}, or stop AutoClip, which "
        "empties that file, and try again."
    ) from reason


def _opened(uri: str, timeout: float) -> sqlite3.Connection:
    # isolation_level None: the driver begins no transaction by itself; the engine does.
    # The same on Python 3.11 to 3.13, where the driver's newer `autocommit` stays legacy.
    connection = sqlite3.connect(
        uri, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False
    )
    try:
        # SQLite opens a file when it is first asked something.
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if not _cant_write(error):
            # Busy, say: the statement that needs the database says so, and waits as it may.
            return sqlite3.connect(
                uri, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False
            )
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def _cant_write(error: sqlite3.Error) -> bool:
    return (getattr(error, "sqlite_errorname", None) or "").startswith(_CANT_WRITE)


def _is_empty(log: Path) -> bool:
    """Whether there is nothing in it; a log that can't be looked at may hold something."""
    try:
        return log.stat().st_size == 0
    except FileNotFoundError:
        return True
    except OSError:
        return False
