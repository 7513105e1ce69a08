"""Starts the runs that the watcher's events ask for.

Imported inside running tasks only.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from airflow.sdk.exceptions import AirflowRuntimeError

from clipsync.autoclip.disk import is_project_id
from clipsync.errors import TransientError
from clipsync_airflow.problems import leaves_its_problem, one_line

log = logging.getLogger(__name__)

PROJECT_DAG = "autoclip_project_sync"
BACKFILL_DAG = "autoclip_backfill_audit"
_MOST_KEY = 40
_THROUGH = "started-through"
_OVERLAP = timedelta(minutes=1)
"""Clocks differ, and an event may be stored a little later than its time says. To ask again for a
run that is there costs a call and starts nothing."""


class RunsNotStartedError(TransientError):
    """Airflow did not take some runs; the next try starts only those."""


@dataclass(frozen=True, slots=True)
class WantedRun:
    """The same event always asks for the same run id, so that a repeated one starts nothing."""

    dag_id: str
    run_id: str
    conf: Mapping[str, Any]
    note: str


def start_runs(context: Any) -> dict[str, int]:
    """One run for each new event: how many were looked at, started, and there before.

    All events since the last time are read, not only those that Airflow counts as this run's: it
    leaves out any that came while the run was waiting to be made (apache/airflow#56050), and makes
    no other run for them.
    """
    (asset,) = context["inlets"]
    kept = context["asset_state_store"][asset]
    through = kept.get(_THROUGH)
    events = context["inlet_events"][asset]
    if through is not None:
        events = events.after((datetime.fromisoformat(through) - _OVERLAP).isoformat())
    with leaves_its_problem(context["ti"]):
        counts = _start_all(wanted_runs((event.extra or {}).get("payload") for event in events))
    if len(events):
        kept.set(_THROUGH, max(event.timestamp for event in events).isoformat())
    return {"events": len(events), **counts}


def wanted_runs(payloads: Iterable[Any]) -> list[WantedRun]:
    """The runs that events ask for, each once.

    Anybody who may create an asset event may put anything into it, so what is not the watcher's
    form is left out, with a warning.
    """
    runs: dict[str, WantedRun] = {}
    for payload in payloads:
        run = _wanted(payload if isinstance(payload, dict) else {})
        if run is None:
            log.warning("an event that is not the watcher's asks for nothing: %.200r", payload)
        else:
            runs.setdefault(run.run_id, run)
    return list(runs.values())


def _start_all(runs: Iterable[WantedRun]) -> dict[str, int]:
    """Raises RunsNotStartedError at the end, where some could not be started."""
    counts = {"started": 0, "there_before": 0}
    failures = []
    for run in runs:
        try:
            started = _start(run)
        except AirflowRuntimeError as error:
            failures.append(f"{run.dag_id} {run.run_id}: {one_line(error)}")
            continue
        counts["started" if started else "there_before"] += 1
        log.info("%s %s: %s", run.dag_id, run.run_id, "started" if started else "there before")
    if failures:
        raise RunsNotStartedError(f"{len(failures)} runs not started: {'; '.join(failures)}")
    return counts


def _wanted(payload: Mapping[str, Any]) -> WantedRun | None:
    project_id, many, key = (payload.get(name) for name in ("project_id", "many", "key"))
    if not isinstance(key, str) or not key.isalnum() or not key.isascii() or len(key) > _MOST_KEY:
        return None
    if isinstance(project_id, str) and is_project_id(project_id):
        return WantedRun(
            PROJECT_DAG,
            f"{project_id}__{key}",
            {"project_id": project_id},
            "Started because AutoClip finished the project.",
        )
    if isinstance(many, int):
        return WantedRun(
            BACKFILL_DAG,
            f"watch__{key}",
            {},
            f"Started because {many} projects were found finished at once.",
        )
    return None


def _start(run: WantedRun) -> bool:
    """Whether it was started; False where there is one of that id. Raises AirflowRuntimeError.

    What TriggerDagRunOperator does at its end, without a mapped task for each run.
    """
    from airflow.sdk.exceptions import ErrorType
    from airflow.sdk.execution_time.comms import ErrorResponse, TriggerDagRun
    from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS

    answer = SUPERVISOR_COMMS.send(
        TriggerDagRun(dag_id=run.dag_id, run_id=run.run_id, conf=dict(run.conf), note=run.note)
    )
    if not isinstance(answer, ErrorResponse):
        return True
    if answer.error is ErrorType.DAGRUN_ALREADY_EXISTS:
        return False
    raise AirflowRuntimeError(answer)
