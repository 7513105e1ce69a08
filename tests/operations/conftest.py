"""A workspace with one small project on disk, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from clipsync.operations.results import SyncResult
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.reconcile import PlanOptions
from clipsync.settings import Settings
from tests.support.autoclip_files import clip, collection, project_id, write_project

PROJECT = project_id(1)
OURS = ("projects", "clips", "collections", "clip_collection")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class Site:
    """A workspace, and short words for what tests do with it."""

    workspace: Workspace
    root: Path

    def write(self, clips: list[Any], collections: list[Any], project: str = PROJECT) -> Path:
        return write_project(self.root, project, clips=clips, collections=collections)

    def sync(self, project: str | None = PROJECT, **options: Any) -> list[SyncResult]:
        results: list[SyncResult] = []
        sync_projects(
            self.workspace,
            None if project is None else [project],
            run=RunContext.for_command("sync"),
            options=PlanOptions(**options),
            on_result=results.append,
        )
        return results

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row with all its columns, in a stable order."""
        with self.workspace.engine.connect() as conn:
            found = conn.execute(sa.text(f"SELECT * FROM {table}")).mappings()
            return sorted((dict(row) for row in found), key=repr)

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        return {table: self.rows(table) for table in OURS}

    def execute(self, statement: str, **values: Any) -> int:
        with self.workspace.engine.begin() as conn:
            return conn.execute(sa.text(statement), values).rowcount

    def titles(self) -> list[str]:
        return sorted(row["title"] for row in self.rows("clips"))


@pytest.fixture
def site(autoclip_url: str, tmp_path: Path) -> Iterator[Site]:
    root = tmp_path / "data"
    write_project(
        root,
        PROJECT,
        clips=[clip(1), clip(2), clip(3)],
        collections=[collection(1, [3, 1]), collection(2, [2])],
    )
    settings = Settings(data_dir=root, database_url=autoclip_url, batch_size=2)
    with open_workspace(settings) as workspace:
        yield Site(workspace, root)
