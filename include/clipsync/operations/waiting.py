"""Has AutoClip finished a project? One cheap look, to be repeated until something can be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from clipsync.autoclip.database import read_progress, read_transaction
from clipsync.errors import UnknownProjectError
from clipsync.model.manifest import DiskState
from clipsync.model.snapshot import TaskRow
from clipsync.operations.batches import is_busy
from clipsync.operations.workspace import open_workspace
from clipsync.settings import Settings


class Step(StrEnum):
    SETTLED = "settled"
    """Nothing more is coming: a sync makes sense, and says what is wrong where something is."""
    WAITING = "waiting"
    FAILED = "failed"
    """AutoClip gave the project up, and left nothing to sync."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look saw. `message`: one line that names the project.

    `fingerprint`: of files that can't be read, to tell one still being written from a broken one;
    else None.
    """

    project_id: str
    step: Step
    message: str
    fingerprint: str | None = None


def look(
    settings: Settings, project_id: str, before: Look | None, now: datetime | None = None
) -> Look:
    """Looks at a project's files, its status, and its newest task.

    `before`: the look before this one, if any. Raises InvalidProjectIdError, and
    UnknownProjectError where neither disk nor database knows it; `open_workspace`'s errors.
    """
    with open_workspace(settings) as workspace:
        manifest = workspace.data.read(project_id)
        with read_transaction(workspace.engine) as conn:
            status, task = read_progress(conn, [project_id])[project_id]
    if manifest.state is DiskState.ABSENT and status is None:
        raise UnknownProjectError(project_id, workspace.data.root)
    busy = is_busy(task, now=now or datetime.now(UTC), fresh=settings.task_freshness)
    same_as_before = before is not None and before.fingerprint == manifest.fingerprint
    step, saw = judge(manifest.state, status, task if busy else None, unchanged=same_as_before)
    unreadable = manifest.state is DiskState.UNREADABLE
    return Look(
        project_id,
        step,
        f"project {project_id}: {saw}",
        manifest.fingerprint if unreadable else None,
    )


def judge(
    disk: DiskState, status: str | None, running: TaskRow | None, *, unchanged: bool
) -> tuple[Step, str]:
    """The step, and what it was concluded from, in words.

    `running`: the newest task, if it is at work. `unchanged`: the files are as at the last look.
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
    if status == "FAILED":
        return (
            Step.FAILED,
            "AutoClip failed to process it and left nothing to sync. Retry it in AutoClip, then "
            "start this run again",
        )
    if disk is DiskState.ABSENT and status == "COMPLETED":
        return Step.SETTLED, "it has no files, and AutoClip counts it as completed"
    if disk is DiskState.ABSENT:
        return Step.WAITING, f"it has no files yet (status {status})"
    return Step.WAITING, f"its final files are not there yet (status {status or 'unknown'})"
