"""The task that waits for AutoClip: what it does at once, and when it gives its worker back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, TaskDeferred

from clipsync.errors import UnknownProjectError
from clipsync_airflow.triggers import ProjectSettledTrigger
from clipsync_airflow.waiting import WaitForProcessing
from tests.dags.conftest import Site
from tests.support.autoclip_app import start_task
from tests.support.autoclip_files import clip, project_id
from tests.support.autoclip_rows import insert, project_row

PROJECT = project_id(1)


def waiting(wait_minutes: str = "") -> WaitForProcessing:
    return WaitForProcessing(
        task_id="wait_for_processing", project_id=PROJECT, wait_minutes=wait_minutes
    )


def known(site: Site, status: str = "PROCESSING") -> None:
    with site.engine() as engine:
        insert(engine, projects=[project_row(PROJECT, status=status)])


def deferred(site: Site, wait_minutes: str = "", **settings: str) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        waiting(wait_minutes).execute(site.context(project_id=PROJECT, settings=settings))
    return caught.value


def test_a_project_that_is_complete_does_not_wait(site: Site) -> None:
    site.write(1, [clip(1)])

    assert waiting().execute(site.context(project_id=PROJECT)) == (
        f"project {PROJECT}: its files are complete"
    )


def test_a_project_still_processing_gives_its_worker_back(site: Site) -> None:
    known(site)
    before = datetime.now(UTC)

    given = deferred(site, WAIT_POKE_SECONDS="7")

    assert isinstance(given.trigger, ProjectSettledTrigger)
    assert (given.trigger.project_id, given.trigger.poke_seconds) == (PROJECT, 7)
    waits = datetime.fromisoformat(given.trigger.deadline) - before
    assert timedelta(minutes=240) <= waits < timedelta(minutes=241)
    assert (given.method_name, given.kwargs) == ("resume", {"minutes": 240})
    # The trigger keeps the time, and this one catches a trigger that died.
    assert given.timeout == timedelta(minutes=255)


def test_a_retry_under_way_waits_although_the_old_files_are_complete(site: Site) -> None:
    site.write(1, [clip(1)])
    known(site)
    with site.engine() as engine, engine.begin() as conn:
        start_task(conn, PROJECT, rng=Random(1), now=datetime.now(UTC))

    assert deferred(site).method_name == "resume"


@pytest.mark.parametrize(("said", "minutes"), [("", 240), ("None", 240), ("1", 1), ("1440", 1440)])
def test_the_forms_minutes_go_before_the_setting(site: Site, said: str, minutes: int) -> None:
    known(site)

    assert deferred(site, said).kwargs == {"minutes": minutes}


def test_no_secret_reaches_airflows_database(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trigger's arguments are stored there, for everybody to read who may read it."""
    known(site)

    assert site.url not in repr(deferred(site).trigger.serialize())


def test_a_project_nobody_knows_fails_at_once(site: Site) -> None:
    context = site.context(project_id=PROJECT)

    with pytest.raises(UnknownProjectError):
        waiting().execute(context)

    assert context["ti"].xcoms["task", "problem"].startswith(f"project {PROJECT}: found neither")


def test_a_project_that_autoclip_gave_up_fails_at_once(site: Site) -> None:
    known(site, "FAILED")
    context = site.context(project_id=PROJECT)

    with pytest.raises(AirflowFailException, match="AutoClip failed to process it"):
        waiting().execute(context)

    assert "Retry it in AutoClip" in context["ti"].xcoms["task", "problem"]


# -- what the trigger says ---------------------------------------------------------------------


def resumed(site: Site, outcome: str, message: str = "what was seen") -> tuple[Any, Any]:
    """(what the task gives, or raises; the problem that it leaves)"""
    context = site.context(project_id=PROJECT)
    event = {"outcome": outcome, "message": message}
    try:
        given: Any = waiting().resume(context, event, minutes=5)
    except AirflowFailException as error:
        given = error
    return given, context["ti"].xcoms.get(("task", "problem"))


def test_a_project_that_is_complete_by_now_goes_on(site: Site) -> None:
    assert resumed(site, "settled") == ("what was seen", None)


def test_waiting_in_vain_says_how_long_what_was_seen_and_what_to_do(site: Site) -> None:
    error, problem = resumed(site, "timeout")

    assert problem == str(error)
    assert problem == (
        f"project {PROJECT}: waited 5 minutes, and AutoClip has not finished: what was seen. "
        "Look at the project in AutoClip; once it has finished, clear this task, or start a run "
        "with a larger wait_timeout_minutes."
    )


@pytest.mark.parametrize("outcome", ["failed", "error"])
def test_what_a_person_must_mend_fails_for_good(site: Site, outcome: str) -> None:
    error, problem = resumed(site, outcome)

    assert (type(error), problem) == (AirflowFailException, "what was seen")
