"""Opening AutoClip's database: what works, and one clear line for what does not."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database import (
    check_schema,
    database_name,
    open_engine,
    read_transaction,
    translate_errors,
    write_transaction,
)
from clipsync.autoclip.database.engine import POOL_SIZE
from clipsync.autoclip.database.locks import lock_projects
from clipsync.autoclip.database.tables import clips, projects
from clipsync.errors import (
    ClipSyncError,
    ConcurrentChangeError,
    DatabaseConfigError,
    DatabaseRefusedError,
    DatabaseUnavailableError,
    ProjectLockedError,
    SchemaMissingError,
)
from tests.support.autoclip_rows import insert, project_row
from tests.support.databases import PostgresServer
from tests.support.site import open_site

SECRET = "s3cr3t&geheim"


@pytest.fixture
def login(postgres_server: PostgresServer, postgres_url: str) -> sa.URL:
    """The URL of a user that must give a password."""
    user = postgres_server.create_login(SECRET)
    return sa.make_url(postgres_url).set(username=user, password=SECRET)


def text_of(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.mark.parametrize(
    "driver", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"]
)
def test_every_spelling_of_a_postgresql_url_is_psycopg_3(driver: str) -> None:
    engine = open_engine(f"{driver}://user:{SECRET}@db.example/autoclip", lock_timeout=1)
    assert engine.url.drivername == "postgresql+psycopg"
    assert database_name(engine.url) == "postgresql://user@db.example/autoclip"


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://user:{SECRET}@host/autoclip",
        f"postgresql+asyncpg://user:{SECRET}@host/autoclip",
        f"postgresql://user:{SECRET}@host:port/autoclip",
        f"user:{SECRET}@host/autoclip",
        "",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_a_url_that_can_not_be_used_is_said_in_one_line_without_the_password(url: str) -> None:
    with pytest.raises(DatabaseConfigError) as caught:
        open_engine(url, lock_timeout=1)
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "sqlite:////path/to/autoclip.db" in str(caught.value)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:////data/autoclip.db", "/data/autoclip.db"),
        ("postgresql://u:p@h:5433/d?sslmode=require", "postgresql://u@h:5433/d"),
        ("postgresql://u:p@/d?host=/run/pg", "postgresql://u@/run/pg/d"),
        ("nonsense", "the database"),
    ],
)
def test_a_database_is_named_without_its_password(url: str, name: str) -> None:
    assert database_name(url) == name


def test_a_missing_sqlite_file_is_never_created(tmp_path: Path) -> None:
    path = tmp_path / "autoclip.db"
    with pytest.raises(DatabaseConfigError, match=f"no such database file: {path}"):
        open_engine(f"sqlite:///{path}", lock_timeout=1)
    assert list(tmp_path.iterdir()) == []


def test_a_sqlite_file_that_goes_away_is_not_created_anew(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url, lock_timeout=1)
    path = tmp_path / "autoclip.db"
    path.unlink()
    with pytest.raises(DatabaseConfigError, match="unable to open database file"):
        check_schema(engine)
    assert not path.exists()


def test_a_directory_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseConfigError, match="is not a file"):
        open_engine(f"sqlite:///{tmp_path}", lock_timeout=1)


def test_a_path_may_hold_any_character(sqlite_url: str, tmp_path: Path) -> None:
    odd = tmp_path / "数据 100%#.db"
    (tmp_path / "autoclip.db").rename(odd)
    engine = open_engine(f"sqlite:///{tmp_path}/数据 100%#.db", lock_timeout=1)
    check_schema(engine)
    engine.dispose()


def test_a_file_that_is_no_database_is_terminal(tmp_path: Path) -> None:
    path = tmp_path / "autoclip.db"
    path.write_text("这不是数据库" * 100)
    engine = open_engine(f"sqlite:///{path}", lock_timeout=1)
    with pytest.raises(DatabaseConfigError, match="file is not a database"):
        check_schema(engine)


def test_missing_tables_are_named(autoclip_engine: sa.Engine) -> None:
    with autoclip_engine.begin() as conn:
        for name in ("clip_collection", "tasks", "clips"):
            conn.exec_driver_sql(f"DROP TABLE {name}")
    with pytest.raises(SchemaMissingError) as caught:
        check_schema(autoclip_engine)
    assert caught.value.missing == ("clips", "clip_collection")  # tasks may be missing


def test_missing_columns_are_named(autoclip_engine: sa.Engine) -> None:
    with autoclip_engine.begin() as conn:
        conn.exec_driver_sql("ALTER TABLE clips DROP COLUMN clip_metadata")
        conn.exec_driver_sql("ALTER TABLE projects DROP COLUMN thumbnail")  # not ours to know
    with pytest.raises(SchemaMissingError) as caught:
        check_schema(autoclip_engine)
    assert caught.value.missing == ("clips.clip_metadata",)


def test_the_whole_schema_is_fine(autoclip_engine: sa.Engine) -> None:
    check_schema(autoclip_engine)


def test_sqlite_keeps_the_pragmas_autoclip_chose(sqlite_url: str) -> None:
    path = sqlite_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
    engine = open_engine(sqlite_url, lock_timeout=2.5)
    with read_transaction(engine) as conn:
        assert conn.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert conn.exec_driver_sql("PRAGMA foreign_keys").scalar() == 0
        assert conn.exec_driver_sql("PRAGMA busy_timeout").scalar() == 2500
    engine.dispose()


def test_sqlite_transactions_are_ours_also_around_ddl(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, lock_timeout=1)
    with pytest.raises(RuntimeError), write_transaction(engine) as conn:
        conn.exec_driver_sql("CREATE TABLE clipsync_try (x)")
        conn.execute(sa.insert(projects), project_row())
        raise RuntimeError
    with read_transaction(engine) as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(projects)) == 0
    assert not sa.inspect(engine).has_table("clipsync_try")
    engine.dispose()


@pytest.mark.postgres
def test_postgresql_connections_say_who_they_are_and_speak_utc(postgres_url: str) -> None:
    engine = open_engine(f"{postgres_url}&options=-c%20geqo%3Doff", lock_timeout=1.5)
    with engine.connect() as conn:
        shown = {
            name: conn.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("application_name", "lock_timeout", "timezone", "geqo")
        }
    assert shown == {
        "application_name": "clipsync",
        "lock_timeout": "1500ms",
        "timezone": "UTC",
        "geqo": "off",
    }
    engine.dispose()


# What goes wrong while working: transient or terminal, in one line, without the password.


@pytest.mark.postgres
def test_a_process_takes_no_more_connections_than_its_work_needs(postgres_url: str) -> None:
    engine = open_engine(postgres_url, lock_timeout=10)
    opened = []
    sa.event.listen(engine, "connect", lambda *_: opened.append(1))

    with lock_projects(engine, ["a", "b"], 10), write_transaction(engine) as conn:
        conn.execute(sa.select(1))
    with lock_projects(engine, ["a"], 10), write_transaction(engine) as conn:
        conn.execute(sa.select(1))
    engine.dispose()

    assert len(opened) == POOL_SIZE


@pytest.mark.postgres
def test_a_worker_that_vanishes_does_not_keep_its_locks_for_hours(postgres_url: str) -> None:
    """The server asks a silent client after a minute, and gives it up after two."""
    engine = open_engine(postgres_url, lock_timeout=10)
    with engine.connect() as conn:
        # What they would be; over a Unix socket, as here, they are shown as 0.
        query = "SELECT name, reset_val FROM pg_settings WHERE name LIKE 'tcp_keepalives%%'"
        settings = {row.name: row.reset_val for row in conn.exec_driver_sql(query)}
    engine.dispose()

    assert settings == {
        "tcp_keepalives_idle": "60",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "6",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_that_may_not_be_read_is_terminal(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "autoclip.db").chmod(0)
    with pytest.raises(DatabaseConfigError, match="unable to open database file"):
        check_schema(open_engine(sqlite_url, lock_timeout=1))


def test_a_database_that_may_not_be_written_is_terminal(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, lock_timeout=1)
    with pytest.raises(DatabaseConfigError, match="readonly database"):
        with read_transaction(engine) as conn:
            conn.exec_driver_sql("PRAGMA query_only = on")
            conn.execute(sa.insert(projects), project_row())
    engine.dispose()


def test_a_busy_sqlite_file_is_transient(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, lock_timeout=0.1)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None) as autoclip:
        autoclip.execute("BEGIN IMMEDIATE")
        with pytest.raises(ProjectLockedError, match="is locked by another program"):
            with write_transaction(engine):
                pass
        autoclip.execute("ROLLBACK")
    engine.dispose()


@pytest.mark.postgres
def test_a_row_that_stays_locked_is_transient(postgres_url: str) -> None:
    engine = open_engine(postgres_url, lock_timeout=0.2)
    insert(engine, projects=[project_row()])
    with engine.connect() as autoclip, autoclip.begin():
        autoclip.execute(sa.select(projects).with_for_update())
        with pytest.raises(ProjectLockedError), write_transaction(engine) as conn:
            conn.execute(sa.update(projects).values(name="我们的"))
    engine.dispose()


def test_a_refused_connection_is_transient() -> None:
    engine = open_engine(f"postgresql://user:{SECRET}@127.0.0.1:1/autoclip", lock_timeout=1)
    error = _error_of(engine)
    assert isinstance(error, DatabaseUnavailableError)
    assert "Connection refused" in str(error)


@pytest.mark.postgres
def test_a_wrong_password_is_terminal(login: sa.URL) -> None:
    check_schema(open_engine(text_of(login), lock_timeout=1))
    error = _error_of(open_engine(text_of(login.set(password="wrong-one")), lock_timeout=1))
    assert isinstance(error, DatabaseConfigError)
    assert "password authentication failed" in str(error)
    assert "wrong-one" not in str(error)


@pytest.mark.postgres
def test_an_unknown_database_or_user_is_terminal(postgres_url: str) -> None:
    url = sa.make_url(postgres_url)
    for other in (url.set(database="nowhere"), url.set(username="nobody")):
        error = _error_of(open_engine(text_of(other), lock_timeout=1))
        assert isinstance(error, DatabaseConfigError)
        assert "does not exist" in str(error)


@pytest.mark.postgres
def test_a_user_without_rights_is_terminal(login: sa.URL) -> None:
    engine = open_engine(text_of(login), lock_timeout=1)
    with pytest.raises(DatabaseConfigError, match="permission denied for table clips"):
        with read_transaction(engine) as conn:
            conn.execute(sa.select(clips))
    engine.dispose()


@pytest.mark.postgres
def test_a_server_that_drops_the_connection_is_transient(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    engine = open_engine(postgres_url, lock_timeout=1)
    with pytest.raises(DatabaseUnavailableError):
        with read_transaction(engine) as conn:
            pid = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            postgres_server.execute(f"SELECT pg_terminate_backend({pid})")
            conn.execute(sa.select(projects))
    check_schema(engine)  # the next attempt gets a new connection
    engine.dispose()


def test_a_row_that_someone_else_inserted_is_transient(autoclip_engine: sa.Engine) -> None:
    insert(autoclip_engine, projects=[project_row()])
    with pytest.raises(ConcurrentChangeError, match="Try again"):
        with write_transaction(autoclip_engine) as conn:
            conn.execute(sa.insert(projects), project_row())


def test_a_value_the_database_refuses_is_terminal(autoclip_engine: sa.Engine) -> None:
    bad = project_row(name=None)
    with pytest.raises(DatabaseRefusedError, match="refused a value"):
        with write_transaction(autoclip_engine) as conn:
            conn.execute(sa.insert(projects), bad)


def test_text_that_is_no_unicode_is_terminal(autoclip_engine: sa.Engine) -> None:
    with pytest.raises(DatabaseRefusedError, match="can't be stored"):
        with write_transaction(autoclip_engine) as conn:
            conn.execute(sa.insert(projects), project_row(name="\ud83d"))


def test_our_own_errors_pass_unchanged(autoclip_engine: sa.Engine) -> None:
    mine = ClipSyncError("mine")
    with pytest.raises(ClipSyncError) as caught, translate_errors(autoclip_engine):
        raise mine
    assert caught.value is mine


def test_the_file_keeps_its_mode(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "autoclip.db"
    path.chmod(0o640)
    check_schema(open_engine(sqlite_url, lock_timeout=1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def _error_of(engine: sa.Engine) -> ClipSyncError:
    with pytest.raises(ClipSyncError) as caught:
        check_schema(engine)
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("collections", "export_path"),
        ("collections", "thumbnail_path"),
        ("clips", "recommendation_reason"),
        ("projects", "completed_at"),
    ],
)
def test_a_column_that_clipsync_can_do_without_may_be_missing(
    tmp_path: Path, sqlite_url: str, table: str, column: str
) -> None:
    with open_site(tmp_path / "data", sqlite_url) as site:
        site.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    with open_site(tmp_path / "data", sqlite_url) as site:
        (result,) = site.sync()
        assert (result.success, result.clips_synced, result.collections_synced) == (True, 3, 2)
        (again,) = site.sync()
        assert sum(again.changes.values()) == 0
