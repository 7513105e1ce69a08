"""The page in a small house of its own, on a small AutoClip; and a real API server for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from clipsync.operations.auditing import audit_projects
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.workspace import open_workspace
from clipsync.settings import Settings
from tests.support.airflow_server import ApiServer, running_api_server
from tests.support.autoclip_files import clip, collection, project_id, write_project
from tests.support.web_host import House

PROJECT = project_id(1)
NAME = "轮回、命运、开悟"

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`&amp; \u202eltr\u2066 {{7*7}} "
    "</title></textarea>"
)
"""Markup, quotes, marks that turn the direction of text, and a template's own signs."""
ENDLESS = "很长" * 5000
FORMULA = '=HYPERLINK("http://evil.example","click")'


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> House:
    root = tmp_path / "data"
    write_project(
        root,
        PROJECT,
        project_file={"project_name": NAME},
        clips=[clip(1), clip(2), clip(3)],
        collections=[collection(1, [3, 1])],
    )
    return House(
        Settings(data_dir=root, database_url=sqlite_url),  # type: ignore[arg-type]
        docs_dir=tmp_path / "docs",
    )


@pytest.fixture
def page(house: House) -> TestClient:
    return TestClient(house.app(), base_url="http://testserver/clipsync", follow_redirects=False)


def audit(house: House) -> None:
    with open_workspace(house.settings) as workspace:
        audit_projects(workspace, None, run=RunContext.for_command("audit"))


def sync(house: House) -> str:
    """Syncs all; gives the run's id."""
    run = RunContext.for_command("sync")
    with open_workspace(house.settings) as workspace:
        sync_projects(workspace, None, run=run)
    return run.run_id


def data_dir(house: House) -> Path:
    assert house.settings.data_dir is not None
    return house.settings.data_dir


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A real Airflow API server on the demo's projects, audited, partly synced."""
    from clipsync.demo.scenario import write_demo

    place = tmp_path_factory.mktemp("airflow") / "autoclip"
    written = write_demo(place)
    root = place / "data"
    write_project(
        root,
        PROJECT,
        project_file={"project_name": HOSTILE},
        clips=[clip(1, generated_title=HOSTILE), clip(2, generated_title=ENDLESS), clip(3)],
        collections=[collection(1, [3, 1], collection_title=HOSTILE)],
    )
    with open_workspace(
        Settings(data_dir=root, database_url=written.database_url)  # type: ignore[arg-type]
    ) as workspace:
        first = workspace.project_ids()[:6]
        sync_projects(workspace, [PROJECT, *first], run=RunContext.for_command("sync"))
        audit_projects(workspace, None, run=RunContext.for_command("audit"))
    write_project(
        root,
        PROJECT,
        project_file={"project_name": HOSTILE},
        clips=[clip(1, generated_title="第1段（修订版）"), clip(2), clip(3), clip(4)],
        collections=[collection(1, [3, 1, 4], collection_title=HOSTILE)],
    )
    with running_api_server(place, written.database_url) as server:
        yield server
