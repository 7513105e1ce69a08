"""The data of a cluster check: PostgreSQL takes them, and ClipSync brings them in line."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database import open_engine
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.workspace import open_workspace
from clipsync.settings import Settings
from tools.cluster.autoclip import finish_project, write_projects
from tools.cluster.proof import prove

PROJECTS = 40


@pytest.mark.postgres
def test_a_sync_of_all_its_projects_leaves_nothing_lost_and_nothing_doubled(
    postgres_url: str, tmp_path: Path
) -> None:
    data_dir = tmp_path / "data"
    engine = open_engine(postgres_url, lock_timeout=10)
    write_projects(data_dir, engine, PROJECTS)
    finished = finish_project(data_dir, engine, PROJECTS)
    with engine.connect() as conn:
        rows = conn.scalar(sa.text("SELECT count(*) FROM clips"))
    engine.dispose()

    with open_workspace(Settings(data_dir=data_dir, database_url=postgres_url)) as workspace:
        before = prove(workspace)
        summary = sync_projects(workspace, None, run=RunContext.for_command("sync"))
        proof = prove(workspace)

    assert rows
    assert any(line.startswith(f"{finished.project_id}: clip ") for line in before.lost)
    assert summary.success
    assert summary.total_projects == PROJECTS + 1
    assert (proof.lost, proof.doubled) == ((), ())
    assert proof.clips >= finished.clips
