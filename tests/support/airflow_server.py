"""A real Airflow API server with three users, on AutoClip data of a test's own.

Only the API server and its database: enough for logins, permissions, pages and for creating Dag
runs, which then stay queued. `api_server` is a session fixture; tests that use it carry the markers
`airflow` and `xdist_group("api_server")`, so that it is started once.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.support.airflow_home import REPOSITORY
from tools.live import leash
from tools.live.home import AirflowHome, environment, free_ports, prepare_home

USERS: Mapping[str, str] = {"viewer": "viewer", "user": "user", "admin": "admin"}
"""User name to role. Their passwords are their names, doubled."""
DAGS = {"autoclip_backfill_audit", "autoclip_project_sync"}
READY_SECONDS = 300.0


@dataclass
class ApiServer:
    """`place` holds `data/` and `autoclip.db`, the AutoClip that the page shows."""

    url: str
    place: Path
    data_docs: Path
    _tokens: dict[str, str] = field(default_factory=dict)

    def token(self, user: str) -> str:
        if user not in self._tokens:
            login = {"username": user, "password": user * 2}
            answer = httpx.post(f"{self.url}/auth/token", json=login, timeout=60)
            answer.raise_for_status()
            self._tokens[user] = answer.json()["access_token"]
        return self._tokens[user]

    def client(self, user: str | None, *, bearer: bool = False) -> httpx.Client:
        """A browser's session (or a program's, with `bearer`); None: nobody is logged in."""
        client = httpx.Client(base_url=self.url, timeout=60)
        if user is not None and bearer:
            client.headers["Authorization"] = f"Bearer {self.token(user)}"
        elif user is not None:
            client.cookies.set("_token", self.token(user))
        return client


@contextmanager
def running_api_server(place: Path, database_url: str) -> Iterator[ApiServer]:
    """Started, with both Dags in its database; ended with the context."""
    home = prepare_home(Path(tempfile.mkdtemp(prefix="clipsync-airflow-")))
    home.passwords.write_text(json.dumps({user: user * 2 for user in USERS}), encoding="utf-8")
    ports = free_ports("127.0.0.1")
    env = environment(
        home,
        repository=REPOSITORY,
        ports=ports,
        inherited={name: value for name, value in os.environ.items() if "CLIPSYNC" not in name},
        extra={
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(
                f"{user}:{role}" for user, role in USERS.items()
            ),
            "AIRFLOW__API__WORKERS": "1",
            "CLIPSYNC_DATA_DIR": str(place / "data"),
            "AIRFLOW_CONN_AUTOCLIP_DB": database_url,
            "CLIPSYNC_DATA_DOCS_DIR": str(home.data_docs),
        },
    )
    try:
        for command in (["db", "migrate"], ["dags", "reserialize"]):
            _once(home, env, command)
        with home.log.open("ab") as log:
            held = subprocess.Popen(
                leash.on_a_leash(["airflow", "api-server"]),
                cwd=home.path,
                env=env,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            server = ApiServer(env["AIRFLOW__API__BASE_URL"], place, home.data_docs)
            _wait(server, held, home)
            yield server
        finally:
            assert held.stdin is not None
            held.stdin.close()
            held.wait(120)
    finally:
        shutil.rmtree(home.path, ignore_errors=True)


def _once(home: AirflowHome, env: Mapping[str, str], command: list[str]) -> None:
    done = subprocess.run(
        ["airflow", *command],
        cwd=home.path,
        env=dict(env),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"airflow {' '.join(command)}: {done.stdout}{done.stderr}"


def _wait(server: ApiServer, held: subprocess.Popen[bytes], home: AirflowHome) -> None:
    deadline = time.monotonic() + READY_SECONDS
    seen: Any = None
    while time.monotonic() < deadline:
        assert held.poll() is None, home.log.read_text(encoding="utf-8")[-5000:]
        try:
            with server.client("admin", bearer=True) as client:
                seen = {dag["dag_id"] for dag in client.get("/api/v2/dags").json()["dags"]}
            if seen >= DAGS:
                return
        except (httpx.HTTPError, KeyError, ValueError) as error:
            seen = error
        time.sleep(0.5)
    raise AssertionError(f"Airflow's API server did not come up: {seen!r}")
