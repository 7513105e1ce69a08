"""Batches: some hundred projects at a time, and what is known of AutoClip's own work on them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from clipsync.autoclip.database.locks import read_transaction
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import TaskRow
from clipsync.operations.batches import in_batches, plan_batch, read_manifests
from clipsync.operations.facts import is_busy
from clipsync.reconcile import PlanOptions
from tests.support.autoclip_app import finish_task, start_task
from tests.support.autoclip_files import clip, project_id, write_project
from tests.support.site import PROJECT, Site, open_site
from tests.support.statements import counted

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FRESH = timedelta(minutes=120)


@pytest.mark.parametrize(
    "count, size, expected",
    [
        (0, 2, []),
        (1, 2, [["1"]]),
        (2, 2, [["1", "2"]]),
        (5, 2, [["1", "2"], ["3", "4"], ["5"]]),
        (3, 1, [["1"], ["2"], ["3"]]),
        (3, 100, [["1", "2", "3"]]),
    ],
)
def test_batches_hold_every_project_once_and_in_order(
    count: int, size: int, expected: list[list[str]]
) -> None:
    ids = [str(number) for number in range(1, count + 1)]
    assert [list(batch) for batch in in_batches(ids, size)] == expected


def task(status: str, updated_at: str) -> TaskRow:
    return TaskRow("VIDEO_PROCESSING", status, updated_at)


class TestBusy:
    """Rule 9: a retry under way is told by the newest task, while that is fresh."""

    @pytest.mark.parametrize(
        "status, busy",
        [
            ("RUNNING", True),
            ("running", True),
            ("PENDING", True),
            ("COMPLETED", False),
            ("FAILED", False),
            ("CANCELLED", False),
            ("", False),
        ],
    )
    def test_only_a_running_or_queued_task_is_at_work(self, status: str, busy: bool) -> None:
        fresh = (NOW - timedelta(minutes=1)).isoformat()
        assert is_busy(task(status, fresh), now=NOW, fresh=FRESH) is busy

    @pytest.mark.parametrize(
        "updated_at, busy",
        [
            ("2026-03-01 10:00:01", True),
            ("2026-03-01 10:00:00", False),
            ("2026-03-01 10:00:00.000001", True),
            ("2026-03-01T11:59:00+00:00", True),
            ("2026-03-01T18:30:00+08:00", True),
            ("2026-03-01T17:59:00+08:00", False),
            ("2026-03-01 12:09:00", True),  # a clock that is a little ahead of ours
            ("2026-03-01 12:30:00", False),  # one that is wrong, or a local time
            ("1999-01-01 00:00:00", False),
            ("", False),
            ("yesterday", False),
        ],
    )
    def test_it_is_believed_for_so_long_after_its_last_update(
        self, updated_at: str, busy: bool
    ) -> None:
        assert is_busy(task("RUNNING", updated_at), now=NOW, fresh=FRESH) is busy

    def test_no_task_is_no_work(self) -> None:
        assert is_busy(None, now=NOW, fresh=FRESH) is False

    def test_of_a_finished_run_the_outer_row_runs_for_ever_and_is_not_asked(
        self, site: Site
    ) -> None:
        site.sync()
        begun = datetime.now(UTC)
        with site.workspace.engine.begin() as conn:
            run = start_task(conn, PROJECT, rng=Random(1), now=begun)
        assert skipped(site) == Reason(ReasonCode.RETRY_UNDER_WAY)
        with site.workspace.engine.begin() as conn:
            finish_task(conn, run, now=begun + timedelta(seconds=1))
        assert skipped(site) is None

    def test_how_long_is_a_setting(self, autoclip_url: str, tmp_path) -> None:
        with open_site(tmp_path / "data", autoclip_url, task_fresh_minutes=5) as site:
            site.sync()
            with site.workspace.engine.begin() as conn:
                start_task(
                    conn, PROJECT, rng=Random(1), now=datetime.now(UTC) - timedelta(minutes=6)
                )
            assert skipped(site) is None


def skipped(site: Site) -> str | None:
    manifests = read_manifests(site.workspace, [PROJECT])
    with read_transaction(site.workspace.engine) as conn:
        (planned,) = plan_batch(conn, manifests, PlanOptions(), site.workspace, datetime.now(UTC))
    return planned.plan.skipped


def test_the_limit_for_a_project_is_the_settings(autoclip_url: str, tmp_path) -> None:
    """Rule 8."""
    with open_site(tmp_path / "data", autoclip_url, delete_limit_project=0.2) as site:
        site.sync()
        site.write([clip(1), clip(2), clip(3)], [])
        (stopped,) = site.sync()
        values = {"deletes": 2, "rows": 5, "limit": 0.2}
        assert stopped.stopped == Reason(ReasonCode.PROJECT_LIMIT, values)


def test_each_project_may_have_options_of_its_own(site: Site) -> None:
    other = project_id(2)
    write_project(site.root, other, clips=[clip(1)], collections=[])
    site.sync(None)
    site.write([], [])
    write_project(site.root, other, clips=[], collections=[])
    manifests = read_manifests(site.workspace, [PROJECT, other])
    options = {PROJECT: PlanOptions(allow_deletes=True), other: PlanOptions()}
    with counted(site.workspace.engine) as statements:
        with read_transaction(site.workspace.engine) as conn:
            planned = plan_batch(conn, manifests, options, site.workspace, NOW)
    assert [one.manifest for one in planned] == manifests
    assert [one.plan.stopped is None for one in planned] == [True, False]
    assert statements.writes == []
