"""Opening AutoClip's database."""

from __future__ import annotations

import sqlite3
from importlib.util import find_spec
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import URL

from clipsync.autoclip.database.sqlite_files import connect_sqlite
from clipsync.autoclip.database.tables import OPTIONAL, REQUIRED
from clipsync.errors import DatabaseConfigError, SchemaMissingError
from clipsync.sql import BEGIN_OPTION, dump_json, load_json
from clipsync.sql_errors import database_name, translate_errors

__all__ = ["check_schema", "database_name", "open_engine", "translate_errors"]

CONNECT_TIMEOUT_SECONDS = 10
STATEMENT_TIMEOUT_SECONDS = 600
"""No single statement of ClipSync takes this long, unless the server is in trouble."""
POOL_SIZE, POOL_OVERFLOW = 2, 3
"""A sync holds two connections: one for its locks, one for its transaction. A process that serves
several people at once may have five; AutoClip needs the others."""


def open_engine(url: str, *, lock_timeout: float) -> sa.Engine:
    """An engine for AutoClip's database; connects only when first used.

    `url`: `sqlite:///PATH` or any spelling of a PostgreSQL URL. `lock_timeout`: seconds to wait
    for a busy database or a locked row. Raises DatabaseConfigError for any other URL, and for a
    SQLite file that does not exist (it is never created).
    """
    parsed = _parsed(url)
    if parsed.drivername in _SQLITE_DRIVERS:
        return _open_sqlite(parsed, lock_timeout)
    if parsed.drivername in _POSTGRESQL_DRIVERS:
        return _open_postgresql(parsed, lock_timeout)
    raise DatabaseConfigError(
        f"ClipSync can't use a database of kind {parsed.drivername!r}. {_EXPECTED}"
    )


def check_schema(engine: sa.Engine) -> None:
    """Raises SchemaMissingError naming AutoClip's tables, and columns, that are not there.

    A column that ClipSync can do without may be missing. Connects, so it also raises whatever is
    wrong with the connection.
    """
    with translate_errors(engine):
        inspector = sa.inspect(engine)
        existing = set(inspector.get_table_names())
        missing = [table.name for table in REQUIRED if table.name not in existing]
        for table in REQUIRED:
            if table.name in existing:
                columns = {column["name"] for column in inspector.get_columns(table.name)}
                columns |= OPTIONAL[table.name]
                missing += [f"{table.name}.{c.name}" for c in table.c if c.name not in columns]
    if missing:
        raise SchemaMissingError(database_name(engine.url), tuple(missing))


_EXPECTED = (
    "Expected a URL such as sqlite:////path/to/autoclip.db or "
    "postgresql://user:password@host/autoclip."
)
_SQLITE_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite"})
_POSTGRESQL_DRIVERS = frozenset(
    {"postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2", "postgres+psycopg"}
)


def _parsed(url: str) -> URL:
    try:
        return sa.make_url(url.strip())
    except (exc.ArgumentError, ValueError):
        # SQLAlchemy's own message repeats the URL, password and all.
        raise DatabaseConfigError(f"The database URL can't be understood. {_EXPECTED}") from None


def _open_sqlite(url: URL, lock_timeout: float) -> sa.Engine:
    if not url.database or url.database == ":memory:" or url.query.get("uri"):
        raise DatabaseConfigError(f"The SQLite URL names no file. {_EXPECTED}")
    path = Path(url.database).absolute()
    if not path.exists():
        raise DatabaseConfigError(
            f"no such database file: {path}. Check the path, or start AutoClip once so that it "
            "creates its database."
        )
    if not path.is_file():
        raise DatabaseConfigError(f"{path} is not a file, so it can't be AutoClip's database.")

    def connect() -> sqlite3.Connection:
        return connect_sqlite(path, lock_timeout)

    engine = sa.create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        creator=connect,
        json_serializer=dump_json,
        json_deserializer=load_json,
    )
    event.listen(engine, "begin", _begin)
    return engine


def _begin(conn: sa.Connection) -> None:
    conn.exec_driver_sql(conn.get_execution_options().get(BEGIN_OPTION, "BEGIN"))


def _open_postgresql(url: URL, lock_timeout: float) -> sa.Engine:
    if find_spec("psycopg") is None:
        raise DatabaseConfigError(
            "PostgreSQL needs the driver psycopg, which is not installed: "
            "pip install 'clipsync[postgres]'."
        )
    query = dict(url.query)
    given = query.pop("options", "")
    options = [
        given if isinstance(given, str) else " ".join(given),
        f"-c lock_timeout={max(1, int(lock_timeout * 1000))}",
        f"-c statement_timeout={STATEMENT_TIMEOUT_SECONDS * 1000}",
        "-c timezone=UTC",  # naive text bound to a column with time zone means UTC
        # A worker whose machine is gone would else hold its projects' locks for two hours.
        "-c tcp_keepalives_idle=60",
        "-c tcp_keepalives_interval=10",
        "-c tcp_keepalives_count=6",
    ]
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg", query=query),
        connect_args={
            "options": " ".join(filter(None, options)),
            "application_name": "clipsync",
            **({} if "connect_timeout" in query else {"connect_timeout": CONNECT_TIMEOUT_SECONDS}),
        },
        pool_pre_ping=True,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        json_serializer=dump_json,
        json_deserializer=load_json,
    )
