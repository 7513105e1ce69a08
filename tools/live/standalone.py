"""Starts `airflow standalone`, waits until all of it works, and ends all of it."""

from __future__ import annotations

import os
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clipsync.errors import ClipSyncError
from tools.live import leash
from tools.live.home import ADMIN, AirflowHome, Ports, environment
from tools.live.rest import AirflowApi, RestError

READY_SECONDS = 420.0
DAG_IDS = ("autoclip_project_sync", "autoclip_backfill_audit")
_LOOK_SECONDS = 1.0


class AirflowStartError(ClipSyncError):
    """Airflow did not come up. `log` is the file to look into, `tail` its last lines."""

    def __init__(self, reason: str, log: Path) -> None:
        self.reason = reason
        self.log = log
        self.tail = tail(log)
        super().__init__(
            f"Airflow did not start: {reason}. Its last lines are below, all of them in {log}. "
            "Mend what they say, or remove that directory with `make clean`, and try again."
        )


@dataclass(frozen=True, slots=True)
class RunningAirflow:
    """An Airflow that answers, with both Dags loaded. `session`: the id of its process session."""

    home: AirflowHome
    url: str
    session: int
    api: AirflowApi
    _leash: subprocess.Popen[bytes]

    @property
    def alive(self) -> bool:
        return self._leash.poll() is None


@contextmanager
def standalone(
    home: AirflowHome,
    *,
    repository: Path,
    extra: Mapping[str, str],
    ports: Ports,
    on_wait: Callable[[str], None] = lambda what: None,
    dag_ids: Sequence[str] = DAG_IDS,
) -> Iterator[RunningAirflow]:
    """Airflow for as long as the context lasts; afterwards none of its processes is left.

    `extra`: environment beside what every home gets. `on_wait` is told now and then what is still
    missing. Raises AirflowStartError.
    """
    env = environment(
        home,
        repository=repository,
        ports=ports,
        inherited=os.environ,
        extra=extra,
    )
    url = env["AIRFLOW__API__BASE_URL"]
    held = leash.hold(["airflow", "standalone"], cwd=home.path, env=env, log=home.log)
    try:
        api = AirflowApi(url, ADMIN, home.admin_password)
        airflow = RunningAirflow(home=home, url=url, session=held.pid, api=api, _leash=held)
        _wait_until_ready(airflow, dag_ids, on_wait)
        yield airflow
    finally:
        leash.let_go(held)


def tail(path: Path, lines: int = 25) -> str:
    """The last lines of a text file; empty where there is none."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return "".join(deque(file, maxlen=lines)).rstrip()
    except FileNotFoundError:
        return ""


def still_missing(api: AirflowApi, dag_ids: Sequence[str]) -> str:
    """What is not there yet, in a few words; empty when all is."""
    try:
        if unhealthy := api.unhealthy():
            return ", ".join(unhealthy)
        if errors := api.import_errors():
            return "Dag files without errors: " + " | ".join(errors)
        if absent := set(dag_ids) - api.dag_ids():
            return "Dag " + ", ".join(sorted(absent))
    except RestError:
        return "its API"
    return ""


def _wait_until_ready(
    airflow: RunningAirflow, dag_ids: Sequence[str], on_wait: Callable[[str], None]
) -> None:
    deadline = time.monotonic() + READY_SECONDS
    missing = "its API"
    while time.monotonic() < deadline:
        if not airflow.alive:
            raise AirflowStartError("it ended by itself", airflow.home.log)
        missing = still_missing(airflow.api, dag_ids)
        if not missing:
            return
        on_wait(missing)
        time.sleep(_LOOK_SECONDS)
    raise AirflowStartError(
        f"after {READY_SECONDS:.0f} s it still lacked {missing}", airflow.home.log
    )
