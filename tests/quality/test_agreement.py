"""Disk, database, people and ClipSync take turns; after every sync both opinions are the same.

The steps are those of the stateful model (`tests/model`); here the second opinion is asked after
each of its syncs. `CLIPSYNC_MODEL_EXAMPLES` plays more, and other ones each time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clipsync.model.finding import Severity
from clipsync.operations.planning import plan_projects
from clipsync.quality.validate import ValidateOptions, read_frames
from tests.model import test_model
from tests.model.machine import Machine
from tests.quality.plain import failures

EXAMPLES = 12
ABOUT_THE_FILES = {"clip_order", "clip_score", "clip_titles", "collection_names"}
"""Rules that say what is strange in the files or in people's edits, which no sync changes."""


class Agreement(Machine):
    """As the model, with one question more after each sync."""

    asked = 0

    def check(self, project: Any, *others: Any, **named: Any) -> None:
        """After the model's own laws; `project`: the model's project, or its id."""
        super().check(project, *others, **named)
        project_id = getattr(project, "id", project)
        (plan,) = plan_projects(self.place.workspace(), [project_id])
        if plan.stopped is not None or plan.skipped is not None:
            return  # nothing was done, and the planner says so as an error or a reason
        Agreement.asked += 1
        options = ValidateOptions(now=datetime.now(UTC))
        parts = read_frames(self.place.engine, self.place.root, [project_id], options)
        wrong = {
            name: rows
            for _, frames in parts
            for name, rows in failures(frames, Severity.WARNING).items()
            if name not in ABOUT_THE_FILES
        }
        assert not wrong or not plan.consistent, wrong


def test_after_every_sync_the_second_opinion_is_the_planners(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Agreement.asked = 0
    monkeypatch.setattr(test_model, "Machine", Agreement)
    steps = test_model.play(sqlite_url, tmp_path / "data", EXAMPLES)
    assert steps >= test_model.tried(EXAMPLES) * test_model.STEPS
    assert Agreement.asked > test_model.tried(EXAMPLES)
