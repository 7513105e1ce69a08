"""The database is away for a while."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Trouble
from tests.end_to_end.house import PROJECT, House
from tools.live.follow import FinishedRun, read_task_log, task_log

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]


@pytest.fixture(scope="module")
def run(house: House, trouble: Trouble) -> FinishedRun:
    return house.finish(PROJECT, trouble.run_id)


def test_a_database_that_is_away_is_tried_again_and_the_run_recovers(
    trouble: Trouble, run: FinishedRun
) -> None:
    assert trouble.state == "up_for_retry"
    assert {task.label: task.try_number for task in run.tasks} == {
        "wait_for_processing": 2,
        "sync_to_database": 1,
        "validate": 1,
        "alert": 1,
        "verdict": 1,
    }
    assert run.state == "success"


def test_the_log_says_in_one_clear_line_which_database_and_no_password(
    house: House, trouble: Trouble, run: FinishedRun
) -> None:
    (task,) = [task for task in run.tasks if task.label == "wait_for_processing"]
    log = task_log(house.airflow.home.task_logs, run, task).with_name("attempt=1.log")
    errors = [line for line in read_task_log(log) if line.startswith("error: ")]
    raw = log.read_text(encoding="utf-8")

    assert f"postgresql://sync@127.0.0.1:{trouble.port}/autoclip" in errors[0]
    assert "the database is away or busy" in raw
    assert "geheim" not in raw
