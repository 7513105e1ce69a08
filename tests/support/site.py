"""A site: a workspace with one small project on disk, and short words for what tests do there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from clipsync.operations.results import SyncResult
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.reconcile import PlanOptions
from clipsync.settings import Settings
from tests.support.autoclip_files import clip, collection, project_id, tree_state, write_project

PROJECT = project_id(1)
OURS = ("projects", "clips", "collections", "clip_collection")


@dataclass
class Site:
    """A workspace, its data directory, and short words for what tests do with it."""

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

    def state(self) -> tuple[Any, ...]:
        """All tables with all their rows, ours included, and all files, to the byte: two equal
        states mean that nothing at all was written."""
        tables = sorted(sa.inspect(self.workspace.engine).get_table_names())
        return {table: self.rows(table) for table in tables}, tree_state(self.root)

    def execute(self, statement: str, **values: Any) -> int:
        with self.workspace.engine.begin() as conn:
            return conn.execute(sa.text(statement), values).rowcount

    def titles(self) -> list[str]:
        return sorted(row["title"] for row in self.rows("clips"))

    def clip_row(self, title: str) -> str:
        """The id of the one clip row of this title."""
        (row,) = [row for row in self.rows("clips") if row["title"] == title]
        found: str = row["id"]
        return found


@contextmanager
def open_site(root: Path, database_url: str, **settings: Any) -> Iterator[Site]:
    """A site with three clips and two collections on disk, and nothing in the database.

    Batches are of two projects, so that few projects make several of them.
    """
    write_project(
        root,
        PROJECT,
        clips=[clip(1), clip(2), clip(3)],
        collections=[collection(1, [3, 1]), collection(2, [2])],
    )
    chosen = {"data_dir": root, "database_url": database_url, "batch_size": 2, **settings}
    with open_workspace(Settings(**chosen)) as workspace:
        yield Site(workspace, root)
