"""Starts a Dag run and tells what becomes of it, task by task."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clipsync.errors import ClipSyncError
from tools.live.console import Progress
from tools.live.rest import RestError, TaskInstance
from tools.live.standalone import RunningAirflow, tail

RUN_SECONDS = 900.0
_LOOK_SECONDS = 1.0


class RunTooSlowError(ClipSyncError):
    """A Dag run did not end in time, or Airflow ended before it."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A Dag run that ended. `tasks`: its task instances, in the order in which they finished."""

    dag_id: str
    run_id: str
    state: str
    tasks: tuple[TaskInstance, ...]

    @property
    def success(self) -> bool:
        return self.state == "success"

    def states(self) -> dict[str, str | None]:
        """State by task label: `sync_shard[2]` for a mapped one."""
        return {task.label: task.state for task in self.tasks}


def run_dag(
    airflow: RunningAirflow,
    dag_id: str,
    run_id: str,
    conf: Mapping[str, Any],
    *,
    progress: Progress,
) -> FinishedRun:
    """Triggers one run and follows it to its end. Raises RunTooSlowError, RestError."""
    airflow.api.unpause(dag_id)
    airflow.api.trigger(dag_id, run_id, conf)
    return follow_run(airflow, dag_id, run_id, progress=progress)


def follow_run(
    airflow: RunningAirflow,
    dag_id: str,
    run_id: str,
    *,
    progress: Progress,
    seconds: float = RUN_SECONDS,
) -> FinishedRun:
    """Follows a run that was started, to its end. Raises RunTooSlowError, RestError."""
    shown: dict[str, TaskInstance] = {}
    deadline = time.monotonic() + seconds
    while True:
        state, tasks = _look(airflow, dag_id, run_id)
        for task in tasks:
            if task.finished and task.label not in shown:
                shown[task.label] = task
                progress.detail(_line(task))
        if state in ("success", "failed"):
            return FinishedRun(dag_id, run_id, state, tuple(shown.values()))
        if not airflow.alive:
            raise RunTooSlowError(
                f"Airflow ended while {dag_id} was running; its last lines:\n"
                + tail(airflow.home.log)
            )
        if time.monotonic() > deadline:
            raise RunTooSlowError(
                f"{dag_id} did not end within {seconds:.0f} s ({_at_work(tasks)}). "
                f"Look into {airflow.home.log}."
            )
        progress.waiting(_at_work(tasks))
        time.sleep(_LOOK_SECONDS)


def explain_failure(airflow: RunningAirflow, run: FinishedRun, lines: int = 12) -> str:
    """What the failed tasks of a run said last, and where their logs are."""
    parts = []
    for task in run.tasks:
        if task.state != "failed":
            continue
        log = task_log(airflow.home.task_logs, run, task)
        said = "\n".join(f"    {line}" for line in read_task_log(log)[-lines:])
        parts.append(f"{run.dag_id}: {task.label} failed ({log}):\n{said}")
    return "\n".join(parts)


def task_log(logs: Path, run: FinishedRun, task: TaskInstance) -> Path:
    """Where Airflow keeps the log of a task's last try."""
    folder = logs / f"dag_id={run.dag_id}" / f"run_id={run.run_id}" / f"task_id={task.task_id}"
    if task.map_index >= 0:
        folder /= f"map_index={task.map_index}"
    return folder / f"attempt={task.try_number}.log"


def read_task_log(path: Path) -> Sequence[str]:
    """A task's log as plain lines; Airflow writes one JSON object a line."""
    lines = []
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return [f"(no log: {error.strerror})"]
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            lines.append(line)
            continue
        lines.append(f"{record.get('level', '')}: {record.get('event', line)}")
        lines.extend(
            f"  {cause.get('exc_type')}: {cause.get('exc_value')}"
            for cause in record.get("error_detail") or []
        )
    return lines


def _look(airflow: RunningAirflow, dag_id: str, run_id: str) -> tuple[str, Sequence[TaskInstance]]:
    """The run's state first: tasks that finish in between are then still listed."""
    try:
        state = airflow.api.run_state(dag_id, run_id)
        return state, airflow.api.task_instances(dag_id, run_id)
    except RestError:
        if airflow.alive:
            return "running", ()
        raise


def _line(task: TaskInstance) -> str:
    took = "" if task.seconds is None else f"{task.seconds:.1f} s"
    again = f", try {task.try_number}" if task.try_number > 1 else ""
    return f"{task.label:24} {task.state or '':16} {took}{again}".rstrip()


def _at_work(tasks: Sequence[TaskInstance]) -> str:
    working = [task for task in tasks if task.state and not task.finished]
    if not working:
        return "the scheduler"
    return ", ".join(f"{task.label} ({task.state})" for task in working[:4])
