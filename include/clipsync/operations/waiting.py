"""Has AutoClip finished a project? One cheap look, to be repeated until something can be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from clipsync.autoclip.database import read_progress, read_transaction
from clipsync.errors import UnknownProjectError
from clipsync.messages import quoted, word
from clipsync.model.manifest import DiskState, Manifest, StudioState
from clipsync.model.snapshot import ProjectRow, Snapshot, TaskRow
from clipsync.operations.facts import is_busy
from clipsync.operations.workspace import open_workspace
from clipsync.reconcile.last_run import failure_of
from clipsync.settings import Settings


class Step(StrEnum):
    SETTLED = "settled"
    """Nothing more is coming: a sync makes sense, and says what is wrong where something is."""
    NOTHING_TO_SYNC = "nothing_to_sync"
    """AutoClip's Studio has finished: its outputs are its own."""
    ASKS_A_PERSON = "asks_a_person"
    """AutoClip's Studio waits for a person to confirm its plan, perhaps for days."""
    CANCELLED = "cancelled"
    WAITING = "waiting"
    FAILED = "failed"
    """AutoClip gave the project up, and left nothing to sync."""
    STALLED = "stalled"
    """Nothing has changed for long: the process that worked at it is gone."""

    @property
    def goes_on(self) -> bool:
        """No reason to wait, and none for a person to act in AutoClip first."""
        return self in (
            Step.SETTLED,
            Step.NOTHING_TO_SYNC,
            Step.ASKS_A_PERSON,
            Step.CANCELLED,
        )


@dataclass(frozen=True, slots=True)
class Look:
    """What one look saw. `message`: one line that names the project.

    `fingerprint`: of files that can't be read, to tell one still being written from a broken one;
    else None. `activity`, `since`: of a project that is waited for, what its files look like, and
    since when they do; None otherwise.
    """

    project_id: str
    step: Step
    message: str
    fingerprint: str | None = None
    activity: str | None = None
    since: datetime | None = None


def look(
    settings: Settings, project_id: str, before: Look | None, now: datetime | None = None
) -> Look:
    """Looks at a project's files, its row, and its newest run.

    `before`: the look before this one, if any. Raises InvalidProjectIdError, and
    UnknownProjectError where neither disk nor database knows it; `open_workspace`'s errors.
    """
    moment = now or datetime.now(UTC)
    with open_workspace(settings) as workspace:
        manifest = workspace.data.read(project_id)
        activity = workspace.data.activity(project_id)
        with read_transaction(workspace.engine) as conn:
            row, task = read_progress(conn, [project_id])[project_id]
    if manifest.state is DiskState.ABSENT and row is None:
        raise UnknownProjectError(project_id, workspace.data.root)
    busy = is_busy(task, row, now=moment, fresh=settings.task_freshness)
    same = before is not None and before.fingerprint == manifest.fingerprint
    step, saw = _judge(manifest, row, task, busy=busy, unchanged=same)
    since = None
    if step is Step.WAITING:
        unmoved = before is not None and before.activity == activity
        since = (before.since if before is not None and unmoved else None) or moment
        patience = timedelta(minutes=settings.wait_stalled_minutes)
        if moment - since >= patience and (not busy or _of_studio(manifest, row)):
            step, saw = Step.STALLED, _stalled(saw, settings.wait_stalled_minutes)
    return Look(
        project_id,
        step,
        f"project {project_id}: {saw}",
        manifest.fingerprint if manifest.state is DiskState.UNREADABLE else None,
        activity if step is Step.WAITING else None,
        since,
    )


def judge(
    disk: DiskState,
    status: str | None,
    running: TaskRow | None,
    *,
    unchanged: bool,
    reason: str | None = None,
) -> tuple[Step, str]:
    """The step of a project that is not the Studio's, and what it was concluded from, in words.

    `running`: the newest run, if it is at work. `unchanged`: the files are as at the last look.
    `reason`: why AutoClip's last run failed, in AutoClip's words.
    """
    if running is not None:
        return (
            Step.WAITING,
            f"AutoClip is at work on it (last heard of at {running.updated_at})",
        )
    if disk is DiskState.COMPLETED:
        return Step.SETTLED, "its files are complete"
    if disk is DiskState.UNREADABLE:
        # AutoClip writes its files in place, so a reader may meet half of one.
        if unchanged:
            return (
                Step.SETTLED,
                "a file can't be read and is no longer written: the sync says which",
            )
        return Step.WAITING, "a file can't be read; it may be half-written"
    return _without_final_files(disk, status, reason)


def judge_studio(state: StudioState) -> tuple[Step, str]:
    """The step of a Studio project. Its runs are none of AutoClip's tasks: those end before
    anything is rendered."""
    outputs = f"{state.done} of {state.total} outputs"
    because = f": {quoted(state.error)}" if state.error else ""
    words = word("phase", state.phase)
    if state.cancelled:
        return Step.CANCELLED, f"it was cancelled in AutoClip's Studio ({outputs}): nothing to sync"
    if state.waits_for_a_person:
        return Step.ASKS_A_PERSON, f"AutoClip's Studio {words}: nothing to sync"
    if state.problem is not None:
        return Step.SETTLED, f"{state.problem.file}: {state.problem.reason}: nothing to sync"
    if not state.finished:
        return Step.WAITING, f"AutoClip's Studio is at work on it ({words}, {outputs})"
    if state.phase == "failed" and not state.done:
        return Step.FAILED, (
            f"AutoClip's Studio failed{because}. Nothing to sync; retry it in AutoClip"
        )
    return Step.NOTHING_TO_SYNC, f"AutoClip's Studio {words}, {outputs}{because}: nothing to sync"


def _judge(
    manifest: Manifest,
    row: ProjectRow | None,
    task: TaskRow | None,
    *,
    busy: bool,
    unchanged: bool,
) -> tuple[Step, str]:
    status = row.status.upper() if row is not None else None
    if manifest.state is DiskState.STUDIO and manifest.studio is not None:
        return judge_studio(manifest.studio)
    if _of_studio(manifest, row):
        return _not_begun(status, row)
    reason = failure_of(Snapshot(manifest.project_id, project=row, newest_task=task)).reason
    running = task if busy else None
    return judge(manifest.state, status, running, unchanged=unchanged, reason=reason)


def _without_final_files(
    disk: DiskState, status: str | None, reason: str | None
) -> tuple[Step, str]:
    """No files to go by: AutoClip's own word, which ends the wait whatever the files lack."""
    if status == "FAILED":
        because = f": {quoted(reason)}, and left" if reason else " and left"
        return (
            Step.FAILED,
            f"AutoClip failed to process it{because} nothing to sync. Retry it in AutoClip, then "
            "start this run again",
        )
    if status == "COMPLETED":
        missing = "no files" if disk is DiskState.ABSENT else "no final files"
        return Step.SETTLED, f"it has {missing}, and AutoClip counts it as completed"
    if disk is DiskState.ABSENT:
        return Step.WAITING, f"it has no files yet (status {status})"
    return Step.WAITING, f"its final files are not there yet (status {status or 'unknown'})"


def _of_studio(manifest: Manifest, row: ProjectRow | None) -> bool:
    """A project of AutoClip's Studio, also before its own file is there."""
    if manifest.state is DiskState.STUDIO:
        return True
    undecided = manifest.state in (DiskState.PROCESSING, DiskState.ABSENT)
    return undecided and bool(_config(row).get("smart_import"))


def _not_begun(status: str | None, row: ProjectRow | None) -> tuple[Step, str]:
    if status in ("COMPLETED", "FAILED"):
        step = Step.FAILED if status == "FAILED" else Step.NOTHING_TO_SYNC
        return step, f"AutoClip's Studio left no file of it (status {status}): nothing to sync"
    if _config(row).get("awaiting_confirmation"):
        return Step.ASKS_A_PERSON, "AutoClip's Studio waits for a person: nothing to sync"
    return Step.WAITING, f"AutoClip's Studio has not begun with it (status {status})"


def _config(row: ProjectRow | None) -> Mapping[str, Any]:
    config = row.processing_config if row is not None else None
    return config if isinstance(config, dict) else {}


def _stalled(saw: str, minutes: int) -> str:
    return (
        f"nothing has changed in its files for {minutes} minutes ({saw}): the process that worked "
        "at it may be gone. Start AutoClip again, which settles what was interrupted"
    )
