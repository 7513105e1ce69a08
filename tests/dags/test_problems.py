"""A failed task's one line reaches the mail and the verdict."""

from __future__ import annotations

import pytest
from airflow.sdk.exceptions import AirflowFailException

from clipsync_airflow.problems import (
    Problem,
    fail_if_any_failed,
    leaves_its_problem,
    one_line,
    problems_of_run,
)
from tests.dags.conftest import FakeTaskInstance


def test_an_exceptions_line_is_kept_for_later_tasks_and_raised_on() -> None:
    ti = FakeTaskInstance(task_id="validate")

    with pytest.raises(ValueError, match="two lines"), leaves_its_problem(ti):
        raise ValueError("two lines\nof text")

    assert ti.xcoms == {("validate", "problem"): "two lines"}


def test_a_task_that_succeeds_leaves_nothing() -> None:
    ti = FakeTaskInstance()
    with leaves_its_problem(ti):
        pass

    assert ti.xcoms == {}


def test_a_line_is_never_empty_nor_long() -> None:
    assert one_line(KeyError()) == "KeyError"
    assert one_line(ValueError("\n\n  数据库不见了  \nmore")) == "数据库不见了"
    assert len(one_line(ValueError("长" * 10_000))) == 500


def test_all_failed_tasks_of_the_run_are_named_with_their_map_index() -> None:
    ti = FakeTaskInstance()
    ti.ended.append({"task_id": "discover", "map_index": -1, "state": "success"})
    ti.failed("sync_shard", "2 of 40 projects failed", map_index=3)
    ti.failed("validate")

    assert problems_of_run(ti) == [
        Problem("sync_shard[3]", "2 of 40 projects failed"),
        Problem("validate", "ended without a message; see its log"),
    ]


def test_the_verdict_succeeds_only_if_nothing_failed() -> None:
    ti = FakeTaskInstance()
    fail_if_any_failed(ti)
    ti.failed("validate", "1 finding of severity error")
    with pytest.raises(AirflowFailException, match=r"^1 task failed: validate: 1 finding of sev"):
        fail_if_any_failed(ti)
