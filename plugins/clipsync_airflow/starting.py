"""Starts the runs that the watcher's events ask for.

Imported inside running tasks only.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow.sdk.exceptions import AirflowRuntimeError

from clipsync.autoclip.disk import is_project_id
from clipsync.errors import TransientError
from clipsync_airflow.problems import leaves_its_problem, one_line

log = logging.getLogger(__name__)

PROJECT_DAG = "autoclip_project_sync"
BACKFILL_DAG = "autoclip_backfill_audit"
_MOST_KEY = 40


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
    """One run for each event that led to this one: how many were started, and were there before."""
    payloads = [
        event.extra.get("payload")
        for events in (context.get("triggering_asset_events") or {}).values()
        for event in events
    ]
    with leaves_its_problem(context["ti"]):
        counts = {"events": len(payloads), "started": 0, "there_before": 0}
        failures = []
        for run in wanted_runs(payloads):
            try:
                started = _start(run)
            except AirflowRuntimeError as error:
                failures.append(f"{run.dag_id} {run.run_id}: {one_line(error)}")
                continue
            counts["started" if started else "there_before"] += 1
            log.info("%s %s: %s", run.dag_id, run.run_id, "started" if started else "there before")
        if failures:
            raise RunsNotStartedError(f"{len(failures)} runs not started: {'; '.join(failures)}")
    if not payloads:
        log.info("no event led to this run: to sync one project, start %s", PROJECT_DAG)
    return counts


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
