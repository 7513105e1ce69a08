"""A database in WAL mode in a directory that can't be written: read all the same, or one line."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clipsync.autoclip.database.sqlite_files import connect_sqlite
from clipsync.errors import DatabaseConfigError

_NOBODY = 65534


@pytest.fixture
def database() -> Iterator[Path]:
    """A WAL database in a directory that `as_a_guest` may read, and not write."""
    place = Path(tempfile.mkdtemp(prefix="clipsync-wal-"))
    place.chmod(0o755)
    path = place / "autoclip.db"
    with sqlite3.connect(path) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("CREATE TABLE projects (id TEXT)")
        conn.execute("INSERT INTO projects VALUES ('one')")
    conn.close()
    path.chmod(0o644)
    yield path
    place.chmod(0o755)
    shutil.rmtree(place)


def as_a_guest(path: Path, question: Callable[[sqlite3.Connection], object]) -> str:
    """What a process without the right to write there gets to see, or is told."""
    path.parent.chmod(0o555)
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setresuid(_NOBODY, _NOBODY, _NOBODY)
            said = str(question(connect_sqlite(path, 1)))
        except Exception as error:  # noqa: BLE001 -- told to the parent, whatever it is
            said = f"{type(error).__name__}: {error}"
        os.write(sending, said.encode())
        os._exit(0)
    os.close(sending)
    os.waitpid(child, 0)
    path.parent.chmod(0o755)
    with os.fdopen(receiving) as heard:
        return heard.read()


def count(conn: sqlite3.Connection) -> object:
    return conn.execute("SELECT count(*) FROM projects").fetchone()[0]


def insert(conn: sqlite3.Connection) -> object:
    return conn.execute("INSERT INTO projects VALUES ('two')").rowcount


def test_it_is_read_where_nobody_has_it_open(database: Path) -> None:
    assert as_a_guest(database, count) == "1"
    assert sorted(path.name for path in database.parent.iterdir()) == ["autoclip.db"]


def test_it_is_read_with_what_is_in_the_log_where_autoclip_has_it_open(database: Path) -> None:
    autoclip = sqlite3.connect(database)
    autoclip.execute("INSERT INTO projects VALUES ('in the log')")
    autoclip.commit()

    assert as_a_guest(database, count) == "2"
    autoclip.close()


def test_it_is_not_written(database: Path) -> None:
    assert "readonly" in as_a_guest(database, insert)


def test_a_log_that_nobody_can_read_is_told_in_one_line(database: Path) -> None:
    autoclip = sqlite3.connect(database)
    autoclip.execute("INSERT INTO projects VALUES ('in the log')")
    autoclip.commit()
    log = database.with_name("autoclip.db-wal")
    left_over = log.read_bytes()
    autoclip.close()
    log.write_bytes(left_over)

    said = as_a_guest(database, count)

    assert said.startswith(f"{DatabaseConfigError.__name__}: {database}: is in WAL mode")
    assert "stop AutoClip" in said
