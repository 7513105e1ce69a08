"""A service of the compose file as a process of this machine.

Commands and settings are the compose file's, word for word, but for what one machine without
containers can't give: host names become addresses here, the containers' paths become paths here,
and every process gets a home and listening ports of its own. That is all of it, and all of it is
in this module.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.compose import Service

API, SCHEDULER_HEALTH, WORKER_LOGS, TRIGGER_LOGS = (
    "AIRFLOW__API__PORT",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT",
    "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT",
    "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT",
)
LISTENING = (API, SCHEDULER_HEALTH, WORKER_LOGS, TRIGGER_LOGS)
"""The settings that name a port to listen on."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where the services are on this machine.

    `directory`: for logs, homes and Data Docs. `addresses`: `host:port` here by `host:port` in the
    compose file. `ports`: what to listen on, by setting; a worker's are its own.
    """

    repository: Path
    directory: Path
    data_dir: Path
    addresses: Mapping[str, str]
    ports: Mapping[str, int]

    @property
    def paths(self) -> dict[str, Path]:
        """Paths here by path in a container; a process's home comes on top."""
        return {
            "/opt/airflow/dags": self.repository / "dags",
            "/opt/airflow/plugins": self.repository / "plugins",
            "/opt/airflow/deploy": self.repository / "deploy",
            "/opt/airflow/logs": self.directory / "logs",
            "/opt/airflow/data_docs": self.directory / "data_docs",
            "/autoclip/data": self.data_dir,
        }

    def home(self, name: str) -> Path:
        """A process's own files: what a container keeps in itself."""
        return self.directory / "homes" / name


@dataclass(frozen=True, slots=True)
class NativeProcess:
    """What to start: `name` is the service's, with a number where there are several of it."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    healthcheck: tuple[str, ...]


def processes_of(
    service: Service, site: Site, worker_log_ports: Iterator[int]
) -> list[NativeProcess]:
    """A service's processes, one a replica; each serves its tasks' logs on a port of its own."""
    names = (
        [service.name]
        if service.replicas == 1
        else [f"{service.name}-{number + 1}" for number in range(service.replicas)]
    )
    return [_process(service, name, site, next(worker_log_ports)) for name in names]


def machine_environment() -> dict[str, str]:
    """What every process needs of this machine; nothing of somebody's Airflow or ClipSync."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "NO_COLOR": "1",
    }


def host_name() -> str:
    """Airflow's `hostname_callable`: a process is called what its container would be."""
    return os.environ["HOSTNAME"]


def _process(service: Service, name: str, site: Site, log_port: int) -> NativeProcess:
    ports = {**site.ports, WORKER_LOGS: log_port}
    environment = {
        key: str(ports[key]) if key in ports else _here(value, site, name)
        for key, value in service.environment.items()
    }
    return NativeProcess(
        name=name,
        command=_command(service, name, site),
        environment={
            **machine_environment(),
            **environment,
            "HOSTNAME": name,
            # `host_name` below is not installed: Airflow's processes find it here.
            "PYTHONPATH": str(site.repository),
            "AIRFLOW__CORE__HOSTNAME_CALLABLE": f"{__name__}.{host_name.__name__}",
            # A container's network is its own; here everything stays on this machine.
            "AIRFLOW__API__HOST": "127.0.0.1",
        },
        healthcheck=tuple(_here(word, site, name) for word in service.healthcheck),
    )


def _command(service: Service, name: str, site: Site) -> tuple[str, ...]:
    words = tuple(_here(word, site, name) for word in service.command)
    if words[:3] == ("airflow", "celery", "worker"):
        # Celery calls a worker after its machine, and here two are on one.
        return (*words, "--celery-hostname", f"celery@{name}")
    return words


def _here(text: str, site: Site, name: str) -> str:
    """Addresses and paths of the compose file as they are on this machine."""
    for there, here in site.addresses.items():
        text = re.sub(rf"(?<![\w.-]){re.escape(there)}(?!\d)", here, text)
    paths = {**site.paths, "/opt/airflow": site.home(name)}
    for there in sorted(paths, key=len, reverse=True):
        if text == there or text.startswith(f"{there}/"):
            return str(paths[there]) + text[len(there) :]
    return text
