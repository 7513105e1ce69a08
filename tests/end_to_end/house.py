"""A running Airflow for tests, and short words for what they do with it."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from rich.console import Console

from clipsync.demo.scenario import DemoSummary
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.settings import Settings
from tests.support.airflow_home import REPOSITORY
from tools.live.console import Progress
from tools.live.follow import FinishedRun, follow_run, read_task_log, task_log
from tools.live.home import ADMIN, free_ports, prepare_home
from tools.live.mailbox import Mailbox, open_mailbox, plain_text
from tools.live.standalone import RunningAirflow, standalone

PROJECT = "autoclip_project_sync"
BACKFILL = "autoclip_backfill_audit"
AFTER_SYNC = "after_sync"
"""Somebody else's Dag, in `tests/end_to_end/dags`, that waits for fresh data."""
RECIPIENT = "operations@example.org"
VIEWER = "viewer"
_LOCAL_BUNDLE = "airflow.dag_processing.bundles.local.LocalDagBundle"
PATIENCE = 600.0
"""Seconds; a busy machine is no failure."""


class Api:
    """Airflow's REST API for one logged-in user; answers as they are, errors included."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=120.0)
        login = self._client.post("/auth/token", json={"username": user, "password": password})
        login.raise_for_status()
        self._client.headers["Authorization"] = f"Bearer {login.json()['access_token']}"

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self._client.request(method, f"/api/v2{path}", json=body)

    def trigger(self, dag_id: str, run_id: str, conf: Mapping[str, Any]) -> httpx.Response:
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf)}
        return self.call("POST", f"/dags/{dag_id}/dagRuns", body)


@dataclass(frozen=True)
class House:
    """`written`: the AutoClip it works on. `admin`, `viewer`: its users."""

    airflow: RunningAirflow
    written: DemoSummary
    mailbox: Mailbox
    admin: Api
    viewer: Api

    def start(self, dag_id: str, run_id: str, **conf: Any) -> None:
        answer = self.admin.trigger(dag_id, run_id, conf)
        assert answer.status_code == 200, answer.text

    def finish(self, dag_id: str, run_id: str) -> FinishedRun:
        """Follows a run that was started to its end."""
        progress = Progress(Console(file=io.StringIO()))
        return follow_run(self.airflow, dag_id, run_id, progress=progress, seconds=PATIENCE)

    def task_state(self, dag_id: str, run_id: str, task_id: str) -> str | None:
        tasks = self.airflow.api.task_instances(dag_id, run_id)
        return next((task.state for task in tasks if task.task_id == task_id), None)

    def until_state(self, dag_id: str, run_id: str, task_id: str, *states: str) -> str:
        """Waits for one of these states; gives it."""

        def reached() -> str | None:
            state = self.task_state(dag_id, run_id, task_id)
            return state if state in states else None

        return until(reached, f"{task_id} of {run_id} to be {' or '.join(states)}")

    def log(self, run: FinishedRun, label: str) -> str:
        """All that a task said in its last try."""
        (task,) = [task for task in run.tasks if task.label == label]
        return "\n".join(read_task_log(task_log(self.airflow.home.task_logs, run, task)))

    def result(self, run: FinishedRun, task_id: str, map_index: int = -1) -> Any:
        return self.airflow.api.xcom(run.dag_id, run.run_id, task_id, map_index)

    def mails(self, run_id: str) -> list[EmailMessage]:
        """The mails of one run."""
        line = f"Run: {run_id}"
        return [mail for mail in self.mailbox.mails if line in plain_text(mail).splitlines()]

    @contextmanager
    def workspace(self) -> Iterator[Workspace]:
        """What the command line would open, for reading the ledger."""
        url = SecretStr(self.written.database_url)
        with open_workspace(Settings(data_dir=self.written.data_dir, database_url=url)) as opened:
            yield opened

    # -- AutoClip's database -------------------------------------------------------------------

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        with self._engine() as engine, engine.connect() as conn:
            names = sa.inspect(conn).get_table_names()
            return {
                name: sorted(
                    (tuple(row) for row in conn.execute(sa.text(f'SELECT * FROM "{name}"'))),
                    key=repr,
                )
                for name in names
            }

    def rows(self, table: str, project_id: str) -> list[dict[str, Any]]:
        """A project's rows in `clips` or `collections`, by id; in `projects` its own."""
        column = "id" if table == "projects" else "project_id"
        query = sa.text(f"SELECT * FROM {table} WHERE {column} = :id ORDER BY id")
        with self._engine() as engine, engine.connect() as conn:
            return [dict(row) for row in conn.execute(query, {"id": project_id}).mappings()]

    @contextmanager
    def _engine(self) -> Iterator[sa.Engine]:
        engine = sa.create_engine(self.written.database_url)
        try:
            yield engine
        finally:
            engine.dispose()

    @contextmanager
    def autoclip(self) -> Iterator[sa.Engine]:
        """AutoClip's database, for writing into it what AutoClip or a person would."""
        with self._engine() as engine:
            yield engine

    # -- Airflow's connections -----------------------------------------------------------------

    def connect_database(self) -> None:
        """`autoclip_db` leads to AutoClip's database."""
        self._connection(
            "autoclip_db", {"conn_type": "sqlite", "host": str(self.written.database.absolute())}
        )

    def disconnect_database(self) -> int:
        """`autoclip_db` leads to a PostgreSQL server that is not there; gives its port."""
        port = free_ports("127.0.0.1").api
        self._connection(
            "autoclip_db",
            {
                "conn_type": "postgres",
                "host": "127.0.0.1",
                "port": port,
                "schema": "autoclip",
                "login": "sync",
                "password": "geheim",
            },
        )
        return port

    def connect_mail(self) -> None:
        self._connection(
            "smtp_default",
            {
                "conn_type": "smtp",
                "host": self.mailbox.host,
                "port": self.mailbox.port,
                "extra": '{"disable_ssl": true, "disable_tls": true, "retry_limit": 1}',
            },
        )

    def disconnect_mail(self) -> None:
        answer = self.admin.call("DELETE", "/connections/smtp_default")
        assert answer.status_code == 204, answer.text

    def _connection(self, conn_id: str, fields: Mapping[str, Any]) -> None:
        body = {"connection_id": conn_id, **fields}
        # What is not said again would stay as it was.
        self.admin.call("DELETE", f"/connections/{conn_id}")
        answer = self.admin.call("POST", "/connections", body)
        assert answer.status_code == 201, answer.text


@contextmanager
def open_house(place: Path, written: DemoSummary) -> Iterator[House]:
    """A real Airflow on `written`, for as long as the context lasts; `place`: its directory."""
    home = prepare_home(place / "airflow")
    passwords = f'{{"{ADMIN}": "{home.admin_password}", "{VIEWER}": "looks-only"}}'
    home.passwords.write_text(passwords, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, open_mailbox(place / "mails") as mailbox:
        for name in list(os.environ):
            # A developer's own settings and connections must not bend the tests.
            if name.startswith(("CLIPSYNC_", "AIRFLOW_CONN_")):
                patch.delenv(name)
        settings = {
            "CLIPSYNC_DATA_DIR": str(written.data_dir.absolute()),
            "CLIPSYNC_ALERT_RECIPIENTS": RECIPIENT,
            "CLIPSYNC_WAIT_POKE_SECONDS": "2",
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(
                [
                    {"name": name, "classpath": _LOCAL_BUNDLE, "kwargs": {"path": str(path)}}
                    for name, path in (
                        ("clipsync", REPOSITORY / "dags"),
                        ("others", Path(__file__).with_name("dags")),
                    )
                ]
            ),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin,{VIEWER}:viewer",
        }
        with standalone(
            home, repository=REPOSITORY, extra=settings, ports=free_ports("127.0.0.1")
        ) as airflow:
            house = House(
                airflow,
                written,
                mailbox,
                Api(airflow.url, ADMIN, home.admin_password),
                Api(airflow.url, VIEWER, "looks-only"),
            )
            house.connect_database()
            house.connect_mail()
            until(lambda: AFTER_SYNC if AFTER_SYNC in airflow.api.dag_ids() else None, AFTER_SYNC)
            for dag_id in (PROJECT, BACKFILL, AFTER_SYNC):
                airflow.api.unpause(dag_id)
            yield house


def until(look: Callable[[], str | None], what: str) -> str:
    """Looks again and again until there is something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.5)
    raise AssertionError(f"waited {PATIENCE:.0f} s in vain for {what}")
