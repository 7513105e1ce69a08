"""Runs, from AutoClip's tasks: grouped before the newest is asked anything (rule 9)."""

from __future__ import annotations

from typing import Any

import pytest

from clipsync.autoclip.database.task_runs import newest_run
from clipsync.model.snapshot import TaskRow


def row(status: str, at: str, run: str | None = "r", **columns: Any) -> dict[str, Any]:
    return {
        "id": f"{status} {at}",
        "celery_task_id": run,
        "task_type": "VIDEO_PROCESSING",
        "status": status,
        "created_at": at,
        "updated_at": at,
        "error_message": None,
        "current_step": None,
        "result_data": None,
        **columns,
    }


@pytest.mark.parametrize("outer", ["PENDING", "RUNNING"])
@pytest.mark.parametrize("ended", ["COMPLETED", "FAILED", "CANCELLED"])
@pytest.mark.parametrize("outer_at", ["2026-01-01 00:00:00", "2026-01-01 00:00:02"])
def test_a_run_that_ended_has_ended_whatever_its_outer_row_says(
    outer: str, ended: str, outer_at: str
) -> None:
    run = newest_run([row(outer, outer_at), row(ended, "2026-01-01 00:00:01")])

    assert run.status == ended
    assert run.began_at == min(outer_at, "2026-01-01 00:00:01")


def test_a_newer_run_speaks_before_one_that_ended_later() -> None:
    rows = [
        row("FAILED", "2026-01-01 00:00:00", "old", updated_at="2026-01-03 00:00:00"),
        row("RUNNING", "2026-01-02 00:00:00", "new"),
    ]

    assert newest_run(rows).status == "RUNNING"


def test_rows_without_a_run_of_their_own_are_one_each() -> None:
    rows = [row("FAILED", "2026-01-01", None), row("RUNNING", "2026-01-02", None)]

    assert newest_run(rows).status == "RUNNING"


def test_a_failure_is_told_as_autoclip_tells_it() -> None:
    failed = row(
        "FAILED",
        "2026-01-01 00:00:00",
        error_message="没有字幕",
        current_step="失败于 SUBTITLE",
        result_data={"stage": "SUBTITLE", "error_code": "no_subtitles"},
    )

    assert newest_run([failed]) == TaskRow(
        task_type="VIDEO_PROCESSING",
        status="FAILED",
        updated_at="2026-01-01 00:00:00",
        began_at="2026-01-01 00:00:00",
        error="没有字幕",
        error_code="no_subtitles",
        stage="SUBTITLE",
    )
