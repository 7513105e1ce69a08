"""Disk, database, people and ClipSync take turns; after every sync both opinions are the same.

The steps are those of the stateful model (`tests/model`); here the second opinion is asked after
each of its syncs. `CLIPSYNC_MODEL_EXAMPLES` plays more, and other ones each time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from clipsync.model.finding import Severity
from clipsync.operations.results import SyncResult
from clipsync.quality.validate import ValidateOptions, read_frames
from tests.model import test_model
from tests.model.machine import Machine, Project
from tests.model.world import Database
from tests.quality.plain import failures

EXAMPLES = 12
ABOUT_THE_FILES = {"clip_order", "clip_score", "clip_titles", "collection_names"}
"""Rules that say what is strange in the files or in people's edits, which no sync changes."""


class Agreement(Machine):
    """As the model, with one question more after each sync."""

    asked = 0

    def check(
        self, project: Project, result: SyncResult, allow: bool, before: Database, after: Database
    ) -> None:
        super().check(project, result, allow, before, after)
        if result.stopped is not None or result.skipped is not None:
            return  # nothing was done, and the planner says so as an error or a reason
        Agreement.asked += 1
        options = ValidateOptions(now=datetime.now(UTC))
        parts = read_frames(self.place.engine, self.place.root, [project.id], options)
        wrong = {
            name: rows
            for _, frames in parts
            for name, rows in failures(frames, Severity.WARNING).items()
            if name not in ABOUT_THE_FILES
        }
        errors = [one.code for one in result.findings if one.severity is Severity.ERROR]
        assert not wrong or errors, wrong


def test_after_every_sync_the_second_opinion_is_the_planners(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Agreement.asked = 0
    monkeypatch.setattr(test_model, "Machine", Agreement)
    steps = test_model.play(sqlite_url, tmp_path / "data", EXAMPLES)
    assert steps >= EXAMPLES * test_model.STEPS
    assert Agreement.asked > EXAMPLES
