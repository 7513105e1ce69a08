"""The second opinion as an operation, as Dag and command line have it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database import read_transaction
from clipsync.errors import InvalidProjectIdError, UnknownProjectError
from clipsync.ledger import store
from clipsync.operations.history import quality_past
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.validating import (
    open_errors,
    validate_and_record,
    validate_projects,
)
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.settings import Settings
from tests.quality.mutants import PROJECT, make_database, write_files


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    write_files(tmp_path / "data")
    make_database(tmp_path / "autoclip.db")
    url = f"sqlite:///{tmp_path / 'autoclip.db'}"
    settings = Settings(data_dir=tmp_path / "data", database_url=url)  # type: ignore[arg-type]
    with open_workspace(settings) as opened:
        sync_projects(opened, None, run=RunContext("first", "sync"))
        yield opened


def damage(workspace: Workspace) -> None:
    with workspace.engine.begin() as conn:
        conn.execute(sa.text("UPDATE clips SET score = 0.01 WHERE start_time = 0"))


def test_a_validation_says_what_is_wrong_and_writes_nothing(workspace: Workspace) -> None:
    damage(workspace)
    report = validate_projects(workspace, [PROJECT])
    assert [check.name for check in report.failed] == ["clip_score_by_file"]
    assert open_errors(workspace, None) == []
    assert quality_past(workspace).last_at is None


def test_one_that_is_recorded_leaves_findings_history_and_a_run(workspace: Workspace) -> None:
    damage(workspace)
    report = validate_and_record(workspace, None, RunContext("second", "validate"))
    assert not report.success
    assert [finding.code for finding in open_errors(workspace, None)] == [
        "quality_clip_score_by_file"
    ] * 2
    past = quality_past(workspace)
    assert [rule.name for rule in past.failing] == ["clip_score_by_file"]
    assert past.stale_hours is None
    with read_transaction(workspace.engine) as conn:
        run = store.read_run(conn, "second")
    assert run is not None
    assert (run.outcome, run.counts) == (
        "failed",
        {"projects": 2, "checks": len(report.checks), "failed": 1},
    )

    with workspace.engine.begin() as conn:
        conn.execute(sa.text("UPDATE clips SET score = 0.9 WHERE start_time = 0"))
    sync_projects(workspace, None, run=RunContext("third", "sync"))
    assert validate_and_record(workspace, None, RunContext("fourth", "validate")).success
    assert open_errors(workspace, None) == []
    assert quality_past(workspace).failing == []


def test_a_project_that_nobody_knows_is_refused(workspace: Workspace) -> None:
    with pytest.raises(InvalidProjectIdError):
        validate_projects(workspace, ["x"])
    with pytest.raises(UnknownProjectError):
        validate_projects(workspace, ["455d6e8c-29a4-4027-884a-ddec16f9bbe1"])
