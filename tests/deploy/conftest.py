"""The compose file, resolved once by Compose's own client."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clipsync.env_file import make_env_file
from tests.support.airflow_home import REPOSITORY
from tools.cluster import native
from tools.cluster.compose import COMPOSE_FILE, Service, read_services, resolved
from tools.cluster.native import NativeProcess, Site

GIVEN = {
    "AUTOCLIP_DATA_DIR": "/srv/autoclip/data",
    "AUTOCLIP_DATABASE_URL": "postgresql://clipsync:p$ss@db.example.org:5432/autoclip",
}


@pytest.fixture(scope="session")
def env_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("compose") / ".env"
    assert make_env_file(REPOSITORY / ".env.example", path, GIVEN)
    return path


@pytest.fixture(scope="session")
def compose(env_file: Path) -> Any:
    return resolved(REPOSITORY / COMPOSE_FILE, env_file)


@pytest.fixture(scope="session")
def services(env_file: Path) -> dict[str, Service]:
    return read_services(REPOSITORY / COMPOSE_FILE, env_file)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(
        repository=REPOSITORY,
        directory=tmp_path,
        data_dir=tmp_path / "autoclip",
        addresses={
            "postgres:5432": "127.0.0.1:11",
            "valkey:6379": "127.0.0.1:12",
            "mailpit:1025": "127.0.0.1:13",
            "airflow-apiserver:8080": "127.0.0.1:14",
            "localhost:8080": "127.0.0.1:14",
            "localhost:8974": "127.0.0.1:15",
        },
        ports={native.API: 14, native.SCHEDULER_HEALTH: 15, native.TRIGGER_LOGS: 16},
    )


@pytest.fixture
def processes(services: dict[str, Service], site: Site) -> Callable[[str], list[NativeProcess]]:
    """The native processes of a service; their tasks' logs are served from port 100 on."""

    def of(name: str) -> list[NativeProcess]:
        return native.processes_of(services[name], site, iter(range(100, 200)))

    return of
