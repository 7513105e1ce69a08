"""The task that waits until AutoClip has finished a project, without holding a worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from clipsync_airflow.connections import task_settings
from clipsync_airflow.problems import leaves_its_problem
from clipsync_airflow.triggers import ProjectSettledTrigger

# The trigger keeps the time itself and says what it saw; this only catches a triggerer that died.
_MARGIN = timedelta(minutes=15)


class WaitForProcessing(BaseOperator):
    """Returns once nothing more is coming: the project is done, its Studio has finished or asks a
    person, or somebody cancelled it. Fails where AutoClip failed, whatever worked at the project
    is gone, or it is not done in time.

    It looks first, in the worker: a project that is done does not defer. `project_id`: a template.
    `wait_minutes`: a template; empty or "None" means the setting.
    """

    template_fields: Sequence[str] = ("project_id", "wait_minutes")
    ui_color = "#c9d8f0"

    def __init__(self, *, project_id: str, wait_minutes: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project_id = project_id
        self.wait_minutes = wait_minutes

    def execute(self, context: Any) -> str:
        from clipsync.operations.waiting import Step, look

        with leaves_its_problem(context["ti"]):
            settings = task_settings()
            now = look(settings, self.project_id, None)
            self.log.info("%s", now.message)
            if now.step.goes_on:
                return now.message
            if now.step is not Step.WAITING:
                raise AirflowFailException(now.message)
            minutes = self._minutes(settings.wait_timeout_minutes)
        deadline = datetime.now(UTC) + timedelta(minutes=minutes)
        self.log.info(
            "waiting until %s at most, looking every %s s", deadline, settings.wait_poke_seconds
        )
        return self.defer(
            trigger=ProjectSettledTrigger(
                project_id=self.project_id,
                deadline=deadline.isoformat(),
                poke_seconds=settings.wait_poke_seconds,
            ),
            method_name="resume",
            kwargs={"minutes": minutes},
            timeout=timedelta(minutes=minutes) + _MARGIN,
        )

    def resume(self, context: Any, event: dict[str, str], minutes: int) -> str:
        from clipsync.operations.waiting import Step

        with leaves_its_problem(context["ti"]):
            outcome, message = event["outcome"], event["message"]
            if outcome in {step.value for step in Step if step.goes_on}:
                self.log.info("%s", message)
                return message
            if outcome == "timeout":
                raise AirflowFailException(
                    f"project {self.project_id}: waited {minutes} minutes, and AutoClip has not "
                    f"finished: {message}. Look at the project in AutoClip; once it has finished, "
                    "clear this task, or start a run with a larger wait_timeout_minutes."
                )
            # A person must act first: trying again by itself would change nothing.
            raise AirflowFailException(message)

    def _minutes(self, default: int) -> int:
        return default if self.wait_minutes in ("", "None", None) else int(self.wait_minutes)
