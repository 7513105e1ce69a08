"""The trigger that waits in Airflow's triggerer until AutoClip has finished a project."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from clipsync_airflow.connections import trigger_settings
from clipsync_airflow.problems import one_line


class ProjectSettledTrigger(BaseTrigger):
    """Looks at one project every `poke_seconds` until it no longer changes, or `deadline` is past.

    Fires once, with {"outcome": …, "message": one line}: the outcome is the last look's `Step`,
    or "timeout", or "error".
    `deadline`: ISO 8601 with offset, so that a restarted triggerer does not start counting again.
    The arguments are stored in Airflow's database and hold no secret; the settings are looked up
    where the trigger runs.
    """

    def __init__(self, project_id: str, deadline: str, poke_seconds: float) -> None:
        super().__init__()
        self.project_id = project_id
        self.deadline = deadline
        self.poke_seconds = poke_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            "clipsync_airflow.triggers.ProjectSettledTrigger",
            {
                "project_id": self.project_id,
                "deadline": self.deadline,
                "poke_seconds": self.poke_seconds,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        yield TriggerEvent(await self._watch())

    async def _watch(self) -> dict[str, str]:
        from clipsync.errors import TerminalError, TransientError
        from clipsync.operations.waiting import Step, look

        deadline = datetime.fromisoformat(self.deadline)
        before = None
        last_words = "it has not been looked at yet"
        while True:
            try:
                settings = await trigger_settings()
                # Files and database are looked at in a thread: the event loop is everybody's.
                before = await asyncio.to_thread(look, settings, self.project_id, before)
                last_words = before.message
                if before.step is not Step.WAITING:
                    return {"outcome": before.step.value, "message": before.message}
            except TerminalError as error:
                return {"outcome": "error", "message": one_line(error)}
            except (TransientError, OSError) as error:
                # The world may recover before the deadline; the sync would not do better.
                last_words = one_line(error)
                self.log.warning("project %s: %s", self.project_id, last_words)
            if datetime.now(UTC) >= deadline:
                return {"outcome": "timeout", "message": last_words}
            await asyncio.sleep(self.poke_seconds)
