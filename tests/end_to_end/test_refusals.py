"""What Airflow refuses before anything runs, and what fails at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.conftest import WARNED, FirstNight
from tests.end_to_end.house import BACKFILL, PROJECT, House

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]


@pytest.mark.parametrize(
    ("dag_id", "conf"),
    [
        (PROJECT, {}),
        (PROJECT, {"project_id": ""}),
        (PROJECT, {"project_id": "../../etc/passwd"}),
        (PROJECT, {"project_id": WARNED.upper()}),
        (PROJECT, {"project_id": WARNED, "wait_timeout_minutes": 0}),
        (PROJECT, {"project_id": WARNED, "allow_deletes": "yes"}),
        (BACKFILL, {"project_ids": ["' OR 1=1 --"]}),
        (BACKFILL, {"batch_size": "4"}),
    ],
)
def test_invalid_parameters_are_answered_with_400(
    house: House, dag_id: str, conf: dict[str, Any]
) -> None:
    answer = house.admin.trigger(dag_id, "refused", conf)

    assert answer.status_code == 400, answer.text
    assert house.admin.call("GET", f"/dags/{dag_id}/dagRuns/refused").status_code == 404


@pytest.mark.parametrize(("dag_id", "conf"), [(PROJECT, {"project_id": WARNED}), (BACKFILL, {})])
def test_a_viewer_can_look_but_not_start_a_run(
    house: House, dag_id: str, conf: dict[str, Any]
) -> None:
    assert house.viewer.call("GET", f"/dags/{dag_id}/dagRuns").status_code == 200
    assert house.viewer.trigger(dag_id, "viewers", conf).status_code == 403
    assert house.admin.call("GET", f"/dags/{dag_id}/dagRuns/viewers").status_code == 404


def test_the_same_run_id_twice_is_one_run(house: House, first_night: FirstNight) -> None:
    assert house.admin.trigger(PROJECT, "warned", {"project_id": WARNED}).status_code == 409


def test_an_unknown_project_fails_without_another_try_and_says_so(
    house: House, first_night: FirstNight
) -> None:
    run = first_night.unknown
    tries = {task.label: task.try_number for task in run.tasks}

    assert run.state == "failed"
    assert run.states() == {
        "wait_for_processing": "failed",
        "sync_to_database": "upstream_failed",
        "validate": "upstream_failed",
        "alert": "success",
        "verdict": "failed",
    }
    assert tries["wait_for_processing"] == 1
    line = (
        "project 00000000-0000-4000-8000-000000000000: found neither under "
        f"{house.written.data_dir} nor in the database. "
    )
    assert f"1 task failed: wait_for_processing: {line}" in house.log(run, "verdict")
    (mail,) = house.mails("unknown")
    assert line in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
