"""An Airflow home of our own: private secrets, free ports, nobody else's settings."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tools.live.home import AirflowHome, Ports, environment, free_ports, prepare_home

PORTS = Ports(api=8001, worker_logs=8002, trigger_logs=8003, host="0.0.0.0")


def made(home: AirflowHome, inherited: dict[str, str], **extra: str) -> dict[str, str]:
    return environment(
        home,
        repository=Path("/repo"),
        ports=PORTS,
        inherited=inherited,
        extra=extra,
    )


def test_the_home_and_its_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    home = prepare_home(tmp_path / "airflow")

    assert home.path.stat().st_mode & 0o777 == 0o700
    assert [oct(path.stat().st_mode & 0o777) for path in sorted(home.path.iterdir())] == [
        "0o600",
        "0o600",
    ]
    assert len(home.admin_password) >= 16


def test_a_second_start_keeps_the_password_and_another_home_has_another(tmp_path: Path) -> None:
    first = prepare_home(tmp_path / "one").admin_password

    assert prepare_home(tmp_path / "one").admin_password == first
    assert prepare_home(tmp_path / "two").admin_password != first


def test_three_ports_are_free_and_different() -> None:
    ports = free_ports("127.0.0.1")

    assert len({ports.api, ports.worker_logs, ports.trigger_logs}) == 3
    for port in (ports.api, ports.worker_logs, ports.trigger_logs):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))


def test_a_port_that_is_taken_is_refused_and_another_found_where_none_was_asked_for() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(OSError, match="in use"):
            free_ports("127.0.0.1", port)
        assert port not in (free_ports("127.0.0.1").api, free_ports("127.0.0.1").worker_logs)


def test_another_airflows_settings_do_not_bend_ours_and_its_connections_stay(
    tmp_path: Path,
) -> None:
    home = prepare_home(tmp_path)
    env = made(
        home,
        {
            "AIRFLOW_HOME": "/other",
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CELERY__BROKER_URL": "redis://other",
            "AIRFLOW_CONN_SMTP_DEFAULT": "smtp://mail",
            "LANG": "C",
        },
    )

    assert env["AIRFLOW_HOME"] == str(home.path)
    assert env["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "AIRFLOW__CELERY__BROKER_URL" not in env
    assert (env["AIRFLOW_CONN_SMTP_DEFAULT"], env["LANG"]) == ("smtp://mail", "C")


def test_what_is_given_goes_before_everything(tmp_path: Path) -> None:
    env = made(prepare_home(tmp_path), {"AIRFLOW_CONN_X": "old"}, AIRFLOW_CONN_X="new")

    assert env["AIRFLOW_CONN_X"] == "new"


def test_an_airflow_open_to_all_is_reached_by_its_own_tasks_on_this_machine(
    tmp_path: Path,
) -> None:
    env = made(prepare_home(tmp_path), {})

    assert env["AIRFLOW__API__HOST"] == "0.0.0.0"
    assert env["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8001"
    assert env["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8001/execution/"


def test_every_start_of_a_home_signs_with_the_same_keys_and_no_two_homes_do(
    tmp_path: Path,
) -> None:
    """A login stays good over a restart, and what was encrypted can be read."""
    names = (
        "AIRFLOW__CORE__FERNET_KEY",
        "AIRFLOW__API__SECRET_KEY",
        "AIRFLOW__API_AUTH__JWT_SECRET",
    )
    keys = [
        [made(prepare_home(tmp_path / place), {})[name] for name in names]
        for place in ("one", "one", "two")
    ]

    assert keys[0] == keys[1]
    assert not set(keys[0]) & set(keys[2])
    assert len(set(keys[0])) == 3


def test_the_password_file_is_the_simple_auth_managers(tmp_path: Path) -> None:
    home = prepare_home(tmp_path)

    assert json.loads(home.passwords.read_text(encoding="utf-8")) == {"admin": home.admin_password}
    assert made(home, {})["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"] == str(
        home.passwords
    )
