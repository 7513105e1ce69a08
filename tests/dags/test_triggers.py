"""The trigger that looks again and again until AutoClip has finished."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest

from clipsync.settings import Settings
from clipsync_airflow import triggers
from clipsync_airflow.triggers import ProjectSettledTrigger
from tests.dags.conftest import Site
from tests.support.autoclip_files import CLIPS_FILE, clip, project_id, write_file
from tests.support.autoclip_rows import insert, project_row

PROJECT = project_id(1)
Watch = Callable[..., dict[str, str]]


@pytest.fixture
def watch(site: Site, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Runs the trigger; between two looks, in place of a pause, the next of `meanwhile` happens.

    After the last of them the deadline is past.
    """
    url = site.url

    async def settings() -> Settings:
        return Settings(data_dir=site.root, database_url=url, lock_timeout_seconds=0.1)

    def run(*meanwhile: Callable[[], object]) -> dict[str, str]:
        left = list(meanwhile)

        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return real_now(tz) + (timedelta() if left else timedelta(hours=2))

        real_now = datetime.now

        async def instead_of_sleep(seconds: float) -> None:
            assert seconds == 15
            left.pop(0)()

        monkeypatch.setattr(triggers, "trigger_settings", settings)
        monkeypatch.setattr(triggers.asyncio, "sleep", instead_of_sleep)
        monkeypatch.setattr(triggers, "datetime", Clock)
        deadline = (real_now(UTC) + timedelta(hours=1)).isoformat()
        return asyncio.run(_events(ProjectSettledTrigger(PROJECT, deadline, 15)))

    return run


async def _events(trigger: ProjectSettledTrigger) -> dict[str, str]:
    (event,) = [event async for event in trigger.run()]
    payload: dict[str, str] = event.payload
    return payload


@pytest.fixture(autouse=True)
def known(site: Site) -> None:
    """AutoClip is at work on the project and has written nothing yet."""
    with site.engine() as engine:
        insert(engine, projects=[project_row(PROJECT, status="PROCESSING")])


def nothing() -> None:
    """No news between two looks."""


def test_it_waits_until_the_files_are_complete_and_fires_once(site: Site, watch: Watch) -> None:
    event = watch(nothing, nothing, lambda: site.write(1, [clip(1)]), nothing)

    assert event == {
        "outcome": "settled",
        "message": f"project {PROJECT}: its files are complete",
    }


def test_past_its_deadline_it_says_what_it_saw_last(watch: Watch) -> None:
    assert watch(nothing, nothing) == {
        "outcome": "timeout",
        "message": f"project {PROJECT}: it has no files yet (status PROCESSING)",
    }


def test_a_project_that_autoclip_gives_up_ends_the_waiting(site: Site, watch: Watch) -> None:
    def give_up() -> None:
        with site.engine() as engine, engine.begin() as conn:
            conn.exec_driver_sql("UPDATE projects SET status = 'FAILED'")

    event = watch(nothing, give_up, nothing)

    assert event["outcome"] == "failed"
    assert "AutoClip failed to process it" in event["message"]


def test_a_half_written_file_is_waited_for(site: Site, watch: Watch) -> None:
    path = site.root / "projects" / PROJECT / CLIPS_FILE["current"]
    event = watch(
        lambda: write_file(path, b"[{"),
        lambda: site.write(1, [clip(1)]),
        nothing,
    )

    assert event["outcome"] == "settled"
    assert event["message"].endswith("its files are complete")


def test_a_file_that_stays_broken_is_left_to_the_sync_to_tell(site: Site, watch: Watch) -> None:
    event = watch(lambda: site.write(1, b"[{"), nothing, nothing)

    assert event["outcome"] == "settled"
    assert "a file can't be read and is no longer written" in event["message"]


def test_a_database_that_is_away_for_a_while_is_waited_for(site: Site, watch: Watch) -> None:
    with site.engine() as engine, engine.connect() as conn:

        def come_back() -> None:
            conn.exec_driver_sql("ROLLBACK")
            site.write(1, [clip(1)])

        conn.exec_driver_sql("BEGIN EXCLUSIVE")
        event = watch(nothing, come_back, nothing)

    assert event["outcome"] == "settled"


def test_a_database_that_stays_away_is_what_it_saw_last(site: Site, watch: Watch) -> None:
    with site.engine() as engine, engine.connect() as conn:
        conn.exec_driver_sql("BEGIN EXCLUSIVE")
        event = watch(nothing)
        conn.exec_driver_sql("ROLLBACK")

    assert event["outcome"] == "timeout"
    assert "autoclip.db" in event["message"]
    assert "\n" not in event["message"]


def test_a_data_directory_that_vanishes_ends_the_waiting(site: Site, watch: Watch) -> None:
    event = watch(lambda: site.root.rename(site.root.with_name("moved")), nothing)

    assert event["outcome"] == "error"
    assert str(site.root) in event["message"]


def test_its_arguments_make_the_same_trigger_again() -> None:
    """They are stored in Airflow's database, and a restarted triggerer begins with them."""
    path, arguments = ProjectSettledTrigger(PROJECT, "2026-03-01T12:00:00+00:00", 15).serialize()
    module, _, name = path.rpartition(".")
    again = getattr(import_module(module), name)(**arguments)

    assert type(again) is ProjectSettledTrigger
    assert again.serialize() == (path, arguments)
