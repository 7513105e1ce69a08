"""Why tasks failed, in one line each, carried from the task that failed to the ones that tell.

A failed task leaves no return value, and its log is a page long. So each leaves its one line as an
XCom; the alert mails it, and the verdict fails the run with it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

log = logging.getLogger(__name__)

PROBLEM_KEY = "problem"
ALERT = "alert"
"""The task that mails."""

_ALL_WELL = "everything before this task succeeded"
_LONGEST_LINE = 500
_MOST_LINES = 20


@contextmanager
def leaves_its_problem(ti: Any) -> Iterator[None]:
    """Around a task's work: an exception's one line is kept for later tasks, then raised on."""
    try:
        yield
    except Exception as error:
        line = one_line(error)
        log.error("%s", line)
        ti.xcom_push(key=PROBLEM_KEY, value=line)
        raise


def one_line(error: BaseException) -> str:
    """An exception as one line of at most 500 characters.

    A database driver's message goes on about statements and parameters after its first line.
    """
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    line = first or type(error).__name__
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"


@dataclass(frozen=True, slots=True)
class Problem:
    """A failed task of this run: `task` with its map index, if it has one, and its one line."""

    task: str
    line: str


def problems_of_run(ti: Any) -> list[Problem]:
    """Every task of this run that has failed, in the order of their ids."""
    found = []
    for crumb in ti.get_task_breadcrumbs(dag_id=ti.dag_id, run_id=ti.run_id):
        if crumb["state"] != "failed":
            continue
        task_id, map_index = crumb["task_id"], crumb["map_index"]
        label = task_id if map_index < 0 else f"{task_id}[{map_index}]"
        told = ti.xcom_pull(task_ids=task_id, key=PROBLEM_KEY, map_indexes=map_index)
        # Killed, timed out or out of memory: then nobody could leave a line.
        found.append(Problem(label, told or "ended without a message; see its log"))
    return found


def fail_if_any_failed(ti: Any, *, settled: Collection[str] = ()) -> str:
    """The verdict: fails the run, in one line, where any task before it failed.

    All but the mail: one that could not be delivered makes no sync a failure, and its task is red.
    `settled`: tasks whose failure was put right later in the run.
    """
    found = problems_of_run(ti)
    problems = [problem for problem in found if problem.task not in {ALERT, *settled}]
    if not problems:
        unheard = [problem.line for problem in found if problem.task == ALERT]
        return f"all is done, but {ALERT} failed: {unheard[0]}" if unheard else _ALL_WELL
    shown = " | ".join(f"{one.task}: {one.line}" for one in problems[:_MOST_LINES])
    more = f" | and {len(problems) - _MOST_LINES} more" if len(problems) > _MOST_LINES else ""
    count = "1 task" if len(problems) == 1 else f"{len(problems)} tasks"
    raise AirflowFailException(f"{count} failed: {shown}{more}")
