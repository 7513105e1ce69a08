"""Events of the watcher become runs, each once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
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


class FakeEvents(list[Any]):
    """An asset's events, oldest first."""

    def after(self, when: str) -> FakeEvents:
        moment = datetime.fromisoformat(when)
        return FakeEvents(event for event in self if event.timestamp >= moment)


class FakeKept(dict[str, Any]):
    def set(self, key: str, value: Any) -> None:
        self[key] = json.loads(json.dumps(value))


@dataclass
class Asset:
    """All that Airflow knows of the asset, and the task that is run on it."""

    events: FakeEvents = field(default_factory=FakeEvents)
    kept: FakeKept = field(default_factory=FakeKept)
    now: datetime = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def happens(self, *payloads: Any, minutes: float = 0) -> None:
        """Events, so many minutes after the last."""
        self.now += timedelta(minutes=minutes)
        for payload in payloads:
            extra = {"from_trigger": True, "payload": payload}
            self.events.append(SimpleNamespace(timestamp=self.now, extra=extra))

    def start(self, *payloads: Any, ti: FakeTaskInstance | None = None) -> dict[str, int]:
        """Some more events, then the task."""
        self.happens(*payloads)
        return starting.start_runs(
            {
                "inlets": ["asset"],
                "inlet_events": {"asset": self.events},
                "asset_state_store": {"asset": self.kept},
                "ti": ti or FakeTaskInstance(),
            }
        )


@pytest.fixture
def asset() -> Asset:
    return Asset()


@pytest.fixture
def start(asset: Asset) -> Callable[..., dict[str, int]]:
    return asset.start


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
    assert start(told(ONE)) == {"events": 3, "started": 0, "there_before": 1}
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
    assert start() == {"events": 2, "started": 1, "there_before": 1}


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


def test_an_event_that_airflow_left_out_of_the_run_before_is_seen_to_now(
    supervisor: FakeSupervisor, asset: Asset
) -> None:
    """Whatever Airflow counts as this run's: everything since the last time is read."""
    asset.start(told(ONE))
    asset.happens(told(TWO), minutes=20)
    asset.happens(told(THREE), minutes=20)

    assert asset.start() == {"events": 3, "started": 2, "there_before": 1}


def test_an_event_that_was_stored_a_little_late_is_seen_to(
    supervisor: FakeSupervisor, asset: Asset
) -> None:
    asset.start(told(ONE))
    asset.happens(told(TWO), minutes=-0.9)

    assert asset.start() == {"events": 2, "started": 1, "there_before": 1}


def test_of_the_events_that_were_seen_to_only_the_last_minutes_are_read_again(
    supervisor: FakeSupervisor, asset: Asset
) -> None:
    for number in range(1, 50):
        asset.start(told(project_id(number)))
        asset.now += timedelta(minutes=2)

    assert asset.start(told(ONE, "00000000cafebabe"))["events"] == 2


def test_an_event_without_anything_in_it_starts_nothing(
    supervisor: FakeSupervisor, asset: Asset
) -> None:
    asset.events.append(SimpleNamespace(timestamp=asset.now, extra=None))

    assert asset.start() == {"events": 1, "started": 0, "there_before": 0}


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
