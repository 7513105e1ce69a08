"""deploy/helm-values.yaml says the same as docker-compose.yaml. The chart's schema is not at hand
here; its keys were taken from the chart's documentation."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pytest
import yaml

from tests.support.airflow_home import REPOSITORY
from tools.cluster.compose import Service

SCALED = {"AIRFLOW__CORE__PARALLELISM", "CLIPSYNC_BACKFILL_SLOTS"}
"""What grows with the number of workers, of which KEDA may start more."""


@pytest.fixture(scope="module")
def values() -> Any:
    return yaml.safe_load((REPOSITORY / "deploy/helm-values.yaml").read_text())


def test_the_settings_are_the_compose_files(values: Any, services: dict[str, Service]) -> None:
    ours = {
        f"AIRFLOW__{section.upper()}__{name.upper()}": str(value)
        for section, options in values["config"].items()
        for name, value in options.items()
    } | {each["name"]: each["value"] for each in values["env"]}
    theirs = services["airflow-worker"].environment

    assert {name: theirs[name] for name in ours.keys() - SCALED} == {
        name: value for name, value in ours.items() if name not in SCALED
    }


def test_the_slots_add_up(values: Any) -> None:
    keda = values["workers"]["celery"]["keda"]
    slots = keda["maxReplicaCount"] * values["config"]["celery"]["worker_concurrency"]
    environment = {each["name"]: each["value"] for each in values["env"]}

    assert values["config"]["core"]["parallelism"] == slots
    assert 0 < int(environment["CLIPSYNC_BACKFILL_SLOTS"]) < slots
    assert keda["minReplicaCount"] == values["workers"]["celery"]["replicas"] == 2


def test_versions_are_those_that_are_tested(values: Any) -> None:
    assert values["airflowVersion"] == version("apache-airflow")
    assert values["defaultAirflowTag"] == version("clipsync")


def test_no_secret_and_no_default_password_is_in_the_file(values: Any) -> None:
    assert values["createUserJob"] == {"enabled": False}
    assert values["postgresql"] == values["redis"] == {"enabled": False}
    assert values["data"] == {
        "metadataSecretName": "clipsync-metadata",
        "brokerUrlSecretName": "clipsync-broker",
    }
    assert "webserver" not in values


def test_autoclips_data_are_read_only_and_nothing_runs_as_root(values: Any) -> None:
    mounts = {mount["name"]: mount for mount in values["volumeMounts"]}
    claims = {volume["name"]: volume["persistentVolumeClaim"] for volume in values["volumes"]}

    assert mounts["autoclip-data"]["readOnly"] is claims["autoclip-data"]["readOnly"] is True
    assert values["securityContexts"]["pod"]["runAsNonRoot"] is True
    assert values["securityContexts"]["containers"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
