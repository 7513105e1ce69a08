"""What only the caller of the planner can know: facts that need a clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from clipsync.model.manifest import StudioState
from clipsync.model.snapshot import ProjectRow, TaskRow
from clipsync.reconcile.last_run import moment_of

_BUSY = ("RUNNING", "PENDING")
"""A queued task is a retry under way as well: its project shows as pending already."""
_CLOCKS_DISAGREE = timedelta(minutes=10)
_MIRRORED_WITHIN = timedelta(hours=1)
"""AutoClip shows what its Studio finished at the next look at its page, or when it starts."""


def is_busy(
    task: TaskRow | None, row: ProjectRow | None = None, *, now: datetime, fresh: timedelta
) -> bool:
    """Rule 9: AutoClip is at the project right now. File times say nothing, its newest run does.

    A run that never ends (AutoClip's outer rows do not, nor does a crash) is only believed for
    `fresh` after its last update; one that is dated in the future (a clock that was wrong, a local
    time) not at all; and none where the project itself ended after it was last heard of.
    """
    if task is None or task.status.upper() not in _BUSY:
        return False
    updated = moment_of(task.updated_at)
    if updated is None or not -_CLOCKS_DISAGREE <= now - updated < fresh:
        return False
    ended = _ended(row)
    return ended is None or ended <= updated


def studio_overdue(studio: StudioState | None, *, now: datetime) -> bool:
    """Whether AutoClip's row should by now show what its Studio's file says."""
    finished = moment_of(studio.finished_at) if studio is not None else None
    return finished is not None and now - finished > _MIRRORED_WITHIN


def _ended(row: ProjectRow | None) -> datetime | None:
    """When the project ended, by its own row; None where it is not at an end."""
    if row is None:
        return None
    match row.status.upper():
        case "COMPLETED":
            return moment_of(row.completed_at)
        case "FAILED":
            return moment_of(row.updated_at)
    return None
