"""Runs: every run that writes has a name in the ledger."""

from __future__ import annotations

import re

import pytest

from clipsync.operations import runs
from clipsync.operations.reading import find_run, newest_runs
from clipsync.operations.runs import RunContext
from tests.support.site import Site


def test_a_run_by_hand_is_named_after_command_moment_and_chance() -> None:
    one, other = RunContext.for_command("sync"), RunContext.for_command("sync")
    assert re.fullmatch(r"sync-\d{8}T\d{6}Z-[0-9a-f]{6}", one.run_id)
    assert one.run_id != other.run_id
    assert (one.command, one.trigger) == ("sync", "command line")
    assert one.started_by


@pytest.mark.parametrize("error", [KeyError("uid"), OSError("no such user")])
def test_a_user_without_a_name_is_no_obstacle(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def nameless() -> str:
        raise error

    monkeypatch.setattr("getpass.getuser", nameless)
    assert RunContext.for_command("sync").started_by == "unknown"


def test_a_run_is_in_the_ledger_from_its_beginning_to_its_end(site: Site) -> None:
    run = RunContext("manual__2026", "backfill", trigger="airflow", started_by="小李")
    runs.begin(site.workspace, run)
    begun = find_run(site.workspace, "manual__2026")
    assert (begun.command, begun.trigger, begun.started_by) == ("backfill", "airflow", "小李")
    assert (begun.outcome, begun.counts) == (None, None)

    runs.finish(site.workspace, run, success=False, counts={"clips_synced": 3})
    ended = find_run(site.workspace, "manual__2026")
    assert (ended.outcome, ended.counts) == ("failed", {"clips_synced": 3})
    assert ended.started_at == begun.started_at


def test_beginning_twice_changes_nothing(site: Site) -> None:
    """A task that is tried again is the same run."""
    run = RunContext("manual__2026", "sync")
    runs.begin(site.workspace, run)
    runs.finish(site.workspace, run, success=True, counts={})
    before = newest_runs(site.workspace, 10)
    assert len(before) == 1
    runs.begin(site.workspace, run)
    assert [one.started_at for one in newest_runs(site.workspace, 10)] == [before[0].started_at]


def test_a_run_leaves_autoclips_tables_alone(site: Site) -> None:
    before = site.everything()
    run = RunContext.for_command("sync")
    runs.begin(site.workspace, run)
    runs.finish(site.workspace, run, success=True, counts={})
    assert site.everything() == before
