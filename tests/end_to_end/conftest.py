"""One real Airflow on one demo AutoClip, with a mail server beside it, for all tests of the folder.

The runs are shared as well: a fixture starts those that do not disturb each other, at once, and the
tests look at what became of them. The order of the tests does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from clipsync.demo.scenario import COMPLETED, WAITING, write_demo
from clipsync.operations.auditing import load_report
from clipsync.operations.results import AuditReport
from tests.end_to_end.house import BACKFILL, PROJECT, House, open_house
from tools.live.follow import FinishedRun

WARNED = COMPLETED[3].project_id
"""The demo's project with a clip that ends before it starts."""


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Airflow before its first run."""
    place = tmp_path_factory.mktemp("house")
    with open_house(place, write_demo(place / "autoclip")) as house:
        yield house


@dataclass(frozen=True)
class FirstNight:
    """What became of the first runs on the demo's data. `report`: as the backfill recorded it."""

    alone: FinishedRun
    backfill: FinishedRun
    beside: FinishedRun
    unknown: FinishedRun
    report: AuditReport
    waiting_state: str | None
    """Of the task that waits for AutoClip, when all the others had ended."""


@pytest.fixture(scope="session")
def first_night(opened: House) -> FirstNight:
    """One project, then all of them while another run is at one of them; three more runs wait."""
    house = opened
    house.start(PROJECT, "warned", project_id=WARNED)
    house.start(PROJECT, "waits", project_id=WAITING[3].project_id)
    house.start(PROJECT, "gives-up", project_id=WAITING[4].project_id, wait_timeout_minutes=1)
    house.start(PROJECT, "unknown", project_id="00000000-0000-4000-8000-000000000000")
    alone = house.finish(PROJECT, "warned")
    house.start(BACKFILL, "first", batch_size=5)
    house.start(PROJECT, "beside", project_id=COMPLETED[0].project_id)
    backfill = house.finish(BACKFILL, "first")
    with house.workspace() as workspace:
        report = load_report(workspace, "first")
    return FirstNight(
        alone=alone,
        backfill=backfill,
        beside=house.finish(PROJECT, "beside"),
        unknown=house.finish(PROJECT, "unknown"),
        report=report,
        waiting_state=house.task_state(PROJECT, "waits", "wait_for_processing"),
    )


@pytest.fixture(scope="session")
def house(opened: House, first_night: FirstNight) -> House:
    """Airflow after its first night: disk and database of the demo agree."""
    return opened


@pytest.fixture(scope="session")
def gave_up(house: House) -> FinishedRun:
    """The run that waited a minute in vain."""
    return house.finish(PROJECT, "gives-up")


@dataclass(frozen=True)
class Trouble:
    """A run that met no database. `state`: of its first task before the database came back."""

    run_id: str
    port: int
    state: str


@pytest.fixture(scope="session")
def trouble(house: House, gave_up: FinishedRun) -> Trouble:
    """Its next try is half a minute later, which need not be waited for here."""
    port = house.disconnect_database()
    try:
        house.start(PROJECT, "trouble", project_id=COMPLETED[5].project_id)
        state = house.until_state(
            PROJECT, "trouble", "wait_for_processing", "up_for_retry", "failed", "success"
        )
    finally:
        house.connect_database()
    return Trouble("trouble", port, state)
