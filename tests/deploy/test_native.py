"""The native processes are the compose file's services, and differ only where they must."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy.test_compose_file import AIRFLOW
from tests.support.airflow_home import REPOSITORY
from tools.cluster import native
from tools.cluster.compose import Service
from tools.cluster.native import NativeProcess, Site, machine_environment

OWN = {"HOSTNAME", "PYTHONPATH", "AIRFLOW__CORE__HOSTNAME_CALLABLE", "AIRFLOW__API__HOST"}
"""What a container's own name and network stand for."""


@pytest.mark.parametrize("name", sorted(AIRFLOW))
def test_a_process_has_its_services_settings_but_for_addresses_paths_and_ports(
    services: dict[str, Service],
    processes: Callable[[str], list[NativeProcess]],
    site: Site,
    name: str,
) -> None:
    home = str(site.home(processes(name)[0].name))
    back = {
        "127.0.0.1:11": "postgres:5432",
        "127.0.0.1:12": "valkey:6379",
        "127.0.0.1:13": "mailpit:1025",
        str(REPOSITORY): "/opt/airflow",
        home: "/opt/airflow",
        str(site.directory / "logs"): "/opt/airflow/logs",
        str(site.directory / "data_docs"): "/opt/airflow/data_docs",
        str(site.data_dir): "/autoclip/data",
    }
    environment = dict(processes(name)[0].environment)
    for key in (OWN | set(machine_environment())) - set(services[name].environment):
        del environment[key]
    assert environment.pop("AIRFLOW__CORE__EXECUTION_API_SERVER_URL") == (
        "http://127.0.0.1:14/execution/"
    )
    assert environment.pop("AIRFLOW__API__BASE_URL") == "http://127.0.0.1:14"
    assert {key: environment.pop(key) for key in native.LISTENING} == {
        native.API: "14",
        native.SCHEDULER_HEALTH: "15",
        native.TRIGGER_LOGS: "16",
        native.WORKER_LOGS: "100",
    }

    expected = {
        key: value for key, value in services[name].environment.items() if key in environment
    }
    for here in sorted(back, key=len, reverse=True):
        environment = {key: value.replace(here, back[here]) for key, value in environment.items()}
    assert environment == expected
    assert set(services[name].environment) - set(expected) == {
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL",
        "AIRFLOW__API__BASE_URL",
        *native.LISTENING,
    }


def test_every_process_finds_its_name_wherever_it_runs(
    processes: Callable[[str], list[NativeProcess]], tmp_path: Path
) -> None:
    """Airflow imports `hostname_callable`, and nothing of `tools/` is installed."""
    (process,) = processes("airflow-scheduler")
    module, _, function = process.environment["AIRFLOW__CORE__HOSTNAME_CALLABLE"].rpartition(".")
    said = subprocess.run(
        [sys.executable, "-c", f"import {module} as found; print(found.{function}())"],
        cwd=tmp_path,
        env=dict(process.environment),
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "airflow-scheduler\n"


def test_commands_are_the_services_own(
    services: dict[str, Service], processes: Callable[[str], list[NativeProcess]]
) -> None:
    """But the script is in the repository, and two workers of one machine need two names."""
    assert {process.name: process.command for name in AIRFLOW for process in processes(name)} == {
        "airflow-init": ("bash", str(REPOSITORY / "deploy/initialise.sh")),
        "airflow-apiserver": services["airflow-apiserver"].command,
        "airflow-scheduler": services["airflow-scheduler"].command,
        "airflow-dag-processor": services["airflow-dag-processor"].command,
        "airflow-triggerer": services["airflow-triggerer"].command,
        **{
            f"airflow-worker-{number}": (
                *services["airflow-worker"].command,
                "--celery-hostname",
                f"celery@airflow-worker-{number}",
            )
            for number in (1, 2)
        },
    }


def test_every_path_of_the_containers_is_known_here(
    services: dict[str, Service], processes: Callable[[str], list[NativeProcess]]
) -> None:
    for name in AIRFLOW:
        for process in processes(name):
            words = (*process.command, *process.healthcheck, *process.environment.values())
            assert [word for word in words if "/opt/airflow" in word or "/autoclip/" in word] == []


def test_every_host_of_the_compose_file_is_known_here(
    services: dict[str, Service], processes: Callable[[str], list[NativeProcess]]
) -> None:
    hosts = [f"{separator}{name}:" for name in services for separator in ("@", "/")]
    for name in AIRFLOW:
        for process in processes(name):
            words = (*process.healthcheck, *process.environment.values())
            assert [word for word in words if any(host in word for host in hosts)] == []


def test_two_workers_share_nothing_that_they_would_fight_for(
    processes: Callable[[str], list[NativeProcess]],
) -> None:
    first, second = processes("airflow-worker")
    different = {
        key for key in first.environment if first.environment[key] != second.environment[key]
    }

    assert different == {"HOSTNAME", "AIRFLOW_HOME", native.WORKER_LOGS}
    assert first.healthcheck == second.healthcheck  # it names the worker by $HOSTNAME


def test_a_process_gets_nothing_from_somebodys_shell(
    monkeypatch: pytest.MonkeyPatch, processes: Callable[[str], list[NativeProcess]]
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "LocalExecutor")
    monkeypatch.setenv("CLIPSYNC_BATCH_SIZE", "1")
    monkeypatch.setenv("AIRFLOW_CONN_AUTOCLIP_DB", "sqlite:////wrong.db")

    environment = processes("airflow-worker")[0].environment

    assert environment["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
    assert "CLIPSYNC_BATCH_SIZE" not in environment
    assert environment["AIRFLOW_CONN_AUTOCLIP_DB"] == (
        "postgresql://clipsync:p$ss@db.example.org:5432/autoclip"
    )


def test_airflow_calls_a_process_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTNAME", "airflow-worker-2")

    assert native.host_name() == "airflow-worker-2"
