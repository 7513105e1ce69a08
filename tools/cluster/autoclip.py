"""AutoClip's part in a cluster check: the projects that are there, and those that it finishes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from clipsync.demo.autoclip_pipeline import (
    AUTOCLIP_DATA_DIR,
    Layout,
    Run,
    write_project,
    write_projects_json,
    write_upload,
)
from clipsync.demo.autoclip_rows import Rows, bulk_insert, project_row
from clipsync.demo.content import generate_content
from clipsync.demo.scale import project_id_of, write_scaled

_ID_SIZE = 36


@dataclass(frozen=True, slots=True)
class Finished:
    """A project that AutoClip finished, with as many clips; `at`: seconds since the epoch."""

    project_id: str
    name: str
    clips: int
    at: float


def write_projects(data_dir: Path, engine: sa.Engine, count: int) -> None:
    """Projects in every state that real installations show, into files and an empty PostgreSQL."""
    (data_dir / "projects").mkdir(parents=True)
    legacy = []
    for batch in write_scaled(data_dir, range(count)):
        with engine.begin() as conn:
            bulk_insert(conn, _that_fit(batch.rows))
        legacy += batch.legacy
    write_projects_json(data_dir, legacy)


def finish_project(data_dir: Path, engine: sa.Engine, index: int) -> Finished:
    """One more project, as AutoClip finishes it: its row, its files, and the marker last."""
    project_id = project_id_of(index)
    content = generate_content(project_id)
    row = project_row(
        project_id,
        content.name,
        now=datetime.now(UTC),
        status="PROCESSING",
        video_path=f"{AUTOCLIP_DATA_DIR}/projects/{project_id}/raw/input.mp4",
    )
    with engine.begin() as conn:
        bulk_insert(conn, Rows(projects=[row]))
    directory = data_dir / "projects" / project_id
    write_upload(directory)
    write_project(directory, Layout.CURRENT, Run.of(content))
    return Finished(project_id, content.name, len(content.clips), time.time())


def _that_fit(rows: Rows) -> Rows:
    """What PostgreSQL would have let in: no id of more than 36 characters, as AutoClip's oldest
    rows have, and no link to a row that is not there."""
    clips = [row for row in rows.clips if len(row["id"]) <= _ID_SIZE]
    collections = [row for row in rows.collections if len(row["id"]) <= _ID_SIZE]
    clip_ids = {row["id"] for row in clips}
    collection_ids = {row["id"] for row in collections}
    return Rows(
        projects=rows.projects,
        clips=clips,
        collections=collections,
        links=[
            row
            for row in rows.links
            if row["clip_id"] in clip_ids and row["collection_id"] in collection_ids
        ],
        tasks=rows.tasks,
    )
