"""The few calls of Airflow's REST API that a run needs, on the standard library."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clipsync.errors import ClipSyncError

FINISHED = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})


class RestError(ClipSyncError):
    """Airflow answered with an error, or not at all."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class TaskInstance:
    """`map_index` is -1 where the task is not mapped; `seconds` None until it ran."""

    task_id: str
    map_index: int
    state: str | None
    try_number: int
    seconds: float | None

    @property
    def label(self) -> str:
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"

    @property
    def finished(self) -> bool:
        return self.state in FINISHED


class AirflowApi:
    """One logged-in user of a running Airflow."""

    def __init__(self, base_url: str, user: str, password: str) -> None:
        self.base_url = base_url
        self._user = user
        self._password = password
        self._token: str | None = None

    def unhealthy(self) -> list[str]:
        """Components that are not (yet) at work; RestError while the API itself does not answer."""
        health = self._send("GET", "/api/v2/monitor/health", authorised=False)
        return [
            name
            for name in ("metadatabase", "scheduler", "dag_processor", "triggerer")
            if (health.get(name) or {}).get("status") != "healthy"
        ]

    def dag_ids(self) -> set[str]:
        return {dag["dag_id"] for dag in self._send("GET", "/api/v2/dags?limit=100")["dags"]}

    def import_errors(self) -> list[str]:
        """One text per Dag file that does not load."""
        listed = self._send("GET", "/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace']}" for error in listed]

    def unpause(self, dag_id: str) -> None:
        self._send("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})

    def trigger(
        self, dag_id: str, run_id: str, conf: Mapping[str, Any], note: str | None = None
    ) -> None:
        """Starts a run. `run_id` makes it safe to repeat: the same one twice is one run."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf), "note": note}
        try:
            self._send("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)
        except RestError as error:
            # A first call that timed out here may have arrived there.
            if error.status != 409:
                raise

    def run_state(self, dag_id: str, run_id: str) -> str:
        return str(self._send("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def task_instances(self, dag_id: str, run_id: str) -> list[TaskInstance]:
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=100"
        return [
            TaskInstance(
                task_id=item["task_id"],
                map_index=item["map_index"],
                state=item["state"],
                try_number=item["try_number"],
                seconds=item["duration"],
            )
            for item in self._send("GET", path)["task_instances"]
        ]

    def xcom(self, dag_id: str, run_id: str, task_id: str, map_index: int = -1) -> Any:
        """A task's return value; RestError with status 404 where it left none."""
        path = (
            f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
            f"/xcomEntries/return_value?map_index={map_index}&deserialize=true"
        )
        return self._send("GET", path)["value"]

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        authorised: bool = True,
        tries: int = 3,
    ) -> Any:
        """A busy machine answers late, so GETs and idempotent calls are tried again."""
        for attempt in range(tries):
            try:
                return self._send_once(method, path, body, authorised=authorised)
            except RestError as error:
                if error.status == 401 and authorised:
                    self._token = None
                elif error.status is not None and error.status < 500:
                    raise
                if attempt == tries - 1:
                    raise
                time.sleep(1.0)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _send_once(
        self, method: str, path: str, body: Mapping[str, Any] | None, *, authorised: bool
    ) -> Any:
        headers = {"Content-Type": "application/json"}
        if authorised:
            if self._token is None:
                login = {"username": self._user, "password": self._password}
                self._token = self._send_once("POST", "/auth/token", login, authorised=False)[
                    "access_token"
                ]
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(  # noqa: S310 always our own http://127.0.0.1
            self.base_url + path,
            method=method,
            headers=headers,
            data=None if body is None else json.dumps(body).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
                return json.load(response)
        except urllib.error.HTTPError as error:
            detail = error.read().decode(errors="replace")[:500]
            raise RestError(f"{method} {path}: HTTP {error.code}: {detail}", error.code) from error
        except (OSError, ValueError) as error:
            raise RestError(f"{method} {path}: {error}") from error
