"""Events of the watcher become runs, each once."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from clipsync_airflow import starting
from clipsync_airflow.problems import PROBLEM_KEY
from tests.dags.conftest import FakeTaskInstance
from tests.support.autoclip_files import project_id

ONE, TWO, THREE = (project_id(number) for number in (1, 2, 3))
KEY = "00000000deadbeef"


class FakeSupervisor:
    """Airflow's answers to a task that asks for runs. `broken`: run ids it can't start now."""

    def __init__(self) -> None:
        self.runs: dict[tuple[str, str], dict[str, Any]] = {}
        self.broken: set[str] = set()

    def send(self, message: Any) -> Any:
        from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
        from airflow.sdk.execution_time.comms import ErrorResponse, OKResponse, TriggerDagRun

        assert isinstance(message, TriggerDagRun)
        if message.run_id in self.broken:
            raise AirflowRuntimeError(
                ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail={"message": "away"})
            )
        if (message.dag_id, message.run_id) in self.runs:
            return ErrorResponse(error=ErrorType.DAGRUN_ALREADY_EXISTS)
        self.runs[message.dag_id, message.run_id] = message.conf or {}
        return OKResponse(ok=True)


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> FakeSupervisor:
    from airflow.sdk.execution_time import task_runner

    supervisor = FakeSupervisor()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", supervisor, raising=False)
    return supervisor


@pytest.fixture
def start() -> Callable[..., dict[str, int]]:
    """The task, on events with these payloads."""

    def run(*payloads: Any, ti: FakeTaskInstance | None = None) -> dict[str, int]:
        events = [SimpleNamespace(extra={"payload": payload}) for payload in payloads]
        context = {"triggering_asset_events": {"asset": events}, "ti": ti or FakeTaskInstance()}
        return starting.start_runs(context)

    return run


def told(id_: str, key: str = KEY) -> dict[str, str]:
    return {"project_id": id_, "key": key}


def test_every_event_gets_a_run_of_its_own_that_names_its_project(
    supervisor: FakeSupervisor, start: Callable[..., dict[str, int]]
) -> None:
    counts = start(told(ONE), told(TWO), told(THREE))

    assert counts == {"events": 3, "started": 3, "there_before": 0}
    assert supervisor.runs == {
        ("autoclip_project_sync", f"{id_}__{KEY}"): {"project_id": id_} for id_ in (ONE, TWO, THREE)
    }


def test_an_event_that_comes_twice_starts_one_run(
    supervisor: FakeSupervisor, start: Callable[..., dict[str, int]]
) -> None:
    assert start(told(ONE), told(ONE)) == {"events": 2, "started": 1, "there_before": 0}
    assert start(told(ONE)) == {"events": 1, "started": 0, "there_before": 1}
    assert len(supervisor.runs) == 1


def test_the_next_finish_of_a_project_is_another_run(
    supervisor: FakeSupervisor, start: Callable[..., dict[str, int]]
) -> None:
    start(told(ONE), told(ONE, "00000000cafebabe"))

    assert len(supervisor.runs) == 2


def test_many_projects_at_once_are_one_backfill_over_all(
    supervisor: FakeSupervisor, start: Callable[..., dict[str, int]]
) -> None:
    start({"many": 5000, "key": KEY})

    assert supervisor.runs == {("autoclip_backfill_audit", f"watch__{KEY}"): {}}


def test_a_run_that_cannot_be_started_fails_the_task_after_all_the_others(
    supervisor: FakeSupervisor, start: Callable[..., dict[str, int]]
) -> None:
    supervisor.broken.add(f"{ONE}__{KEY}")
    ti = FakeTaskInstance()

    with pytest.raises(starting.RunsNotStartedError, match=f"1 runs not started.*{ONE}"):
        start(told(ONE), told(TWO), ti=ti)

    assert list(supervisor.runs) == [("autoclip_project_sync", f"{TWO}__{KEY}")]
    assert ONE in ti.xcoms["task", PROBLEM_KEY]
    supervisor.broken.clear()
    assert start(told(ONE), told(TWO)) == {"events": 2, "started": 1, "there_before": 1}


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "text",
        [],
        {},
        {"project_id": ONE},
        {"key": KEY},
        {"project_id": f"../{ONE}", "key": KEY},
        {"project_id": f"{ONE}\n", "key": KEY},
        {"project_id": ONE.replace("0", "A"), "key": KEY},
        {"project_id": ONE, "key": 7},
        {"project_id": ONE, "key": ""},
        {"project_id": ONE, "key": "a/b"},
        {"project_id": ONE, "key": "ⅷ"},
        {"project_id": ONE, "key": "a" * 41},
        {"many": "all", "key": KEY},
    ],
)
def test_an_event_of_another_form_starts_nothing_and_does_not_stop_the_others(
    supervisor: FakeSupervisor, start: Callable[..., dict[str, int]], payload: Any
) -> None:
    assert start(payload, told(TWO)) == {"events": 2, "started": 1, "there_before": 0}
    assert list(supervisor.runs) == [("autoclip_project_sync", f"{TWO}__{KEY}")]


def test_a_run_that_no_event_led_to_does_nothing(
    supervisor: FakeSupervisor, start: Callable[..., dict[str, int]]
) -> None:
    assert start() == {"events": 0, "started": 0, "there_before": 0}
    assert supervisor.runs == {}


def test_run_ids_and_their_configurations_are_what_airflow_takes(dag_bag: Any) -> None:
    import re

    from airflow.configuration import conf

    pattern = conf.get("scheduler", "allowed_run_id_pattern")
    for run in starting.wanted_runs([told(ONE), {"many": 300, "key": KEY}]):
        assert re.fullmatch(pattern, run.run_id)
        assert len(run.run_id) <= 250
        for name, value in run.conf.items():
            dag_bag.dags[run.dag_id].params.get_param(name).resolve(value=value)
