"""A project that AutoClip is still at work on."""

from __future__ import annotations

import pytest

from clipsync.demo.autoclip_pipeline import Run, write_project
from clipsync.demo.content import generate_content
from clipsync.demo.scenario import WAITING
from tests.end_to_end.conftest import FirstNight
from tests.end_to_end.house import PROJECT, House
from tools.live.follow import FinishedRun

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]


def test_a_project_still_processing_waits_without_a_worker_and_is_synced_once_complete(
    house: House, first_night: FirstNight
) -> None:
    project = WAITING[3]
    assert first_night.waiting_state == "deferred"
    assert house.rows("clips", project.project_id) == []

    content = generate_content(project.project_id)
    write_project(
        house.written.data_dir / "projects" / project.project_id, project.layout, Run.of(content)
    )
    run = house.finish(PROJECT, "waits")

    assert run.state == "success"
    assert sorted(row["title"] for row in house.rows("clips", project.project_id)) == sorted(
        clip["generated_title"] for clip in content.clips
    )
    assert house.rows("projects", project.project_id)[0]["status"] == "COMPLETED"
    assert house.result(run, "wait_for_processing") == (
        f"project {project.project_id}: its files are complete"
    )


def test_a_project_that_does_not_finish_in_time_fails_with_one_clear_line(
    house: House, gave_up: FinishedRun
) -> None:
    project_id = WAITING[4].project_id
    waited = next(task for task in gave_up.tasks if task.label == "wait_for_processing")

    assert gave_up.state == "failed"
    assert (waited.state, waited.try_number) == ("failed", 1)
    assert (
        f"1 task failed: wait_for_processing: project {project_id}: waited 1 minutes, and AutoClip "
        f"has not finished: project {project_id}: its final files are not there yet "
        "(status PROCESSING). Look at the project in AutoClip; once it has finished, clear this "
        "task, or start a run with a larger wait_timeout_minutes."
    ) in house.log(gave_up, "verdict")
    assert house.rows("clips", project_id) == []
