"""Waiting: has AutoClip finished a project? (Rule 9.)"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from clipsync.errors import InvalidProjectIdError, UnknownProjectError
from clipsync.model.manifest import DiskState
from clipsync.model.snapshot import TaskRow
from clipsync.operations.waiting import Look, Step, judge, look
from tests.support.autoclip_app import (
    finish_task,
    insert_project,
    retry_project,
    set_project_status,
    start_task,
)
from tests.support.autoclip_files import clip, project_id, write_file, write_project
from tests.support.site import PROJECT, Site

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RUNNING = TaskRow("VIDEO_PROCESSING", "RUNNING", "2026-03-01 11:59:00")
ANY_STATUS = (None, "PENDING", "PROCESSING", "COMPLETED", "FAILED")


def see(site: Site, project: str = PROJECT, before: Look | None = None) -> Look:
    return look(site.workspace.settings, project, before, NOW)


@pytest.mark.parametrize("disk", sorted(set(DiskState) - {DiskState.STUDIO}))
@pytest.mark.parametrize("status", ANY_STATUS)
@pytest.mark.parametrize("unchanged", [False, True])
def test_as_long_as_autoclip_is_at_work_there_is_nothing_to_do_but_wait(
    disk: DiskState, status: str | None, unchanged: bool
) -> None:
    assert judge(disk, status, RUNNING, unchanged=unchanged) == (
        Step.WAITING,
        "AutoClip is at work on it (last heard of at 2026-03-01 11:59:00)",
    )


@pytest.mark.parametrize(
    "disk, steps",
    [
        (DiskState.COMPLETED, [Step.SETTLED] * 5),
        (
            DiskState.PROCESSING,
            [Step.WAITING, Step.WAITING, Step.WAITING, Step.SETTLED, Step.FAILED],
        ),
        (
            DiskState.ABSENT,
            [Step.WAITING, Step.WAITING, Step.WAITING, Step.SETTLED, Step.FAILED],
        ),
        (DiskState.UNREADABLE, [Step.WAITING] * 5),
    ],
)
def test_complete_files_decide_and_without_them_autoclips_status(
    disk: DiskState, steps: list[Step]
) -> None:
    assert [judge(disk, status, None, unchanged=False)[0] for status in ANY_STATUS] == steps


@pytest.mark.parametrize("status", ANY_STATUS)
def test_an_unreadable_file_is_waited_for_until_it_stays_as_it_is(status: str | None) -> None:
    assert judge(DiskState.UNREADABLE, status, None, unchanged=True)[0] is Step.SETTLED


def test_a_complete_project_is_settled_though_the_database_does_not_know_it(site: Site) -> None:
    before = site.state()
    assert see(site) == Look(
        PROJECT, Step.SETTLED, f"project {PROJECT}: its files are complete", None
    )
    assert site.state() == before


def test_an_upload_is_waited_for_and_given_up_when_autoclip_gave_it_up(site: Site) -> None:
    upload = project_id(2)
    write_project(site.root, upload, raw_video="input.mp4", marker=False)
    with site.workspace.engine.begin() as conn:
        insert_project(conn, upload, "上传", now=NOW, status="PROCESSING")
    assert see(site, upload).step is Step.WAITING
    assert see(site, upload).message == (
        f"project {upload}: its final files are not there yet (status PROCESSING)"
    )
    with site.workspace.engine.begin() as conn:
        set_project_status(conn, upload, "FAILED", now=NOW)
    assert see(site, upload).step is Step.FAILED
    assert "Retry it in AutoClip, then start this run again" in see(site, upload).message


def test_a_project_without_files_is_known_by_its_row(site: Site) -> None:
    queued = project_id(2)
    with site.workspace.engine.begin() as conn:
        insert_project(conn, queued, "排队", now=NOW)
    assert see(site, queued).message == (f"project {queued}: it has no files yet (status PENDING)")


def test_a_retry_is_waited_for_while_its_task_is_fresh(site: Site) -> None:
    site.sync()
    with site.workspace.engine.begin() as conn:
        retry_project(conn, PROJECT, now=NOW - timedelta(minutes=119))
        run = start_task(conn, PROJECT, rng=Random(1), now=NOW - timedelta(minutes=119))
    assert see(site).step is Step.WAITING
    assert look(site.workspace.settings, PROJECT, None, NOW + timedelta(minutes=2)).step is (
        Step.SETTLED
    )
    with site.workspace.engine.begin() as conn:
        finish_task(conn, run, now=NOW)
    assert see(site).step is Step.SETTLED


def test_a_half_written_file_is_settled_once_nobody_writes_it_any_more(site: Site) -> None:
    path = site.root / "projects" / PROJECT / "metadata/clips_metadata.json"
    write_file(path, b'[{"id": "1", ')
    first = see(site)
    assert (first.step, first.fingerprint is None) == (Step.WAITING, False)

    write_file(path, b'[{"id": "1", "start_time": ')
    second = see(site, before=first)
    assert second.step is Step.WAITING
    assert second.fingerprint != first.fingerprint

    third = see(site, before=second)
    assert (third.step, third.fingerprint) == (Step.SETTLED, second.fingerprint)
    assert third.message.endswith("no longer written: the sync says which")

    write_project(site.root, PROJECT, clips=[clip(1)], collections=[])
    assert see(site, before=third) == Look(
        PROJECT, Step.SETTLED, f"project {PROJECT}: its files are complete", None
    )


def test_what_nobody_knows_is_bad_input(site: Site) -> None:
    with pytest.raises(UnknownProjectError):
        see(site, project_id(77))
    with pytest.raises(InvalidProjectIdError):
        see(site, "../../etc")
