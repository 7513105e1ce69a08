"""Whether AutoClip is at a project right now, as its `tasks` table tells (rule 9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from clipsync.model.snapshot import TaskRow


def retry_under_way(task: TaskRow | None, now: datetime, freshness: timedelta) -> bool:
    """A project's newest task runs, and was updated within `freshness` before `now`.

    AutoClip leaves one of each run's two rows RUNNING for ever, so an old one says nothing; nor
    does one from the future, but for a little disagreement between two machines' clocks.
    """
    if task is None or task.status.upper() != "RUNNING":
        return False
    try:
        updated = datetime.fromisoformat(task.updated_at)
    except ValueError:
        return False
    if updated.tzinfo is None:
        updated = updated.replace(tzinfo=UTC)
    return -_CLOCKS_DISAGREE <= now - updated <= freshness


_CLOCKS_DISAGREE = timedelta(minutes=10)
