"""An Airflow home of our own: its secrets, its ports, and the environment that makes it one."""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class AirflowHome:
    """Where one Airflow keeps its database, logs and secrets; never `~/airflow`."""

    path: Path

    @property
    def log(self) -> Path:
        """What all components of the running Airflow print."""
        return self.path / "standalone.log"

    @property
    def task_logs(self) -> Path:
        return self.path / "logs"

    @property
    def data_docs(self) -> Path:
        return self.path / "data_docs"

    @property
    def passwords(self) -> Path:
        """The simple auth manager's file: {user: password}."""
        return self.path / "passwords.json"

    @property
    def admin_password(self) -> str:
        return str(json.loads(self.passwords.read_text(encoding="utf-8"))[ADMIN])


@dataclass(frozen=True, slots=True)
class Ports:
    """The three ports a single-host Airflow listens on, all on the address `host`."""

    api: int
    worker_logs: int
    trigger_logs: int
    host: str = "127.0.0.1"


def prepare_home(path: Path) -> AirflowHome:
    """Makes the directory and its secrets where they are missing; both are for the owner only."""
    home = AirflowHome(path.resolve())
    home.path.mkdir(parents=True, exist_ok=True)
    home.path.chmod(0o700)
    if not home.passwords.exists():
        _write_private(home.passwords, {ADMIN: secrets.token_urlsafe(12)})
    if not _keys_file(home).exists():
        _write_private(
            _keys_file(home),
            {
                "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(
                    secrets.token_bytes(32)
                ).decode(),
                "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(32),
                "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(48),
            },
        )
    return home


def free_ports(host: str, api_port: int | None = None) -> Ports:
    """Ports nobody listens on now; `api_port`, where given, must be one of them (OSError)."""
    api, worker_logs, trigger_logs = free_port_numbers(host, api_port or 0, 0, 0)
    return Ports(api, worker_logs, trigger_logs, host)


def free_port_numbers(host: str, *wanted: int) -> list[int]:
    """As many ports nobody listens on now; one that is not 0 must be free itself (OSError)."""
    sockets = []
    try:
        for number in wanted:
            bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            sockets.append(bound)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((host, number))
        return [bound.getsockname()[1] for bound in sockets]
    finally:
        for bound in sockets:
            bound.close()


def environment(
    home: AirflowHome,
    *,
    repository: Path,
    ports: Ports,
    inherited: Mapping[str, str],
    extra: Mapping[str, str],
) -> dict[str, str]:
    """What Airflow's processes get: `inherited` without other Airflows' settings, ours, `extra`.

    `repository` holds `dags/` and `plugins/`.
    """
    env = {
        name: value
        for name, value in inherited.items()
        # A shell set up for another Airflow must not bend this one; its connections may stay.
        if not name.startswith("AIRFLOW") or name.startswith("AIRFLOW_CONN_")
    }
    host = ports.host
    reachable = "127.0.0.1" if host in ("0.0.0.0", "") else host  # noqa: S104 compared, not bound
    env.update(
        {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', os.defpath)}",
            "PYTHONPATH": os.pathsep.join(
                part for part in (str(repository / "include"), env.get("PYTHONPATH", "")) if part
            ),
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
            "NO_COLOR": "1",
            "AIRFLOW_HOME": str(home.path),
            "AIRFLOW__CORE__DAGS_FOLDER": str(repository / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(repository / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home.passwords),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": (
                f"http://{reachable}:{ports.api}/execution/"
            ),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home.path / 'airflow.db'}",
            "AIRFLOW__API__HOST": host,
            "AIRFLOW__API__PORT": str(ports.api),
            "AIRFLOW__API__BASE_URL": f"http://{reachable}:{ports.api}",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home.task_logs),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(ports.worker_logs),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports.trigger_logs),
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            # A busy small machine answers late; that is no reason to give a task up.
            "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "600",
            "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "120",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "120",
        }
    )
    env.update(json.loads(_keys_file(home).read_text(encoding="utf-8")))
    env.update(extra)
    return env


def _keys_file(home: AirflowHome) -> Path:
    return home.path / "keys.json"


def _write_private(path: Path, content: Mapping[str, str]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file)
