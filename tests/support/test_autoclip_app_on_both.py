"""A project's whole life, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, Engine, Table, create_engine, func, select
from sqlalchemy.exc import DataError

from clipsync.demo.autoclip_pipeline import Layout, Run, write_project
from clipsync.demo.content import generate_content
from tests.support import autoclip_app as app
from tests.support.autoclip_app import CLIPS, COLLECTIONS, PROJECTS, TASKS, Generation

PROJECT = "455d6e8c-29a4-4027-884a-ddec16f9bbe1"
CONTENT = generate_content(PROJECT, clips=5, collections=2)
NOW = datetime(2025, 9, 1, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def count(conn: Connection, table: Table) -> int:
    return conn.scalar(select(func.count()).select_from(table)) or 0


def test_a_project_is_uploaded_run_edited_retried_and_deleted(
    autoclip_engine: Engine, tmp_path: Path
) -> None:
    rng, project_dir = Random(1), tmp_path / PROJECT
    with autoclip_engine.begin() as conn:
        app.insert_project(conn, PROJECT, "项目", now=NOW)
        run = app.start_task(conn, PROJECT, rng=rng, now=NOW)
        write_project(project_dir, Layout.CURRENT, Run.of(CONTENT))
        assert app.own_sync(conn, project_dir, rng=rng, now=NOW) == app.OwnSyncResult(5, 2)
        app.finish_task(conn, run, now=LATER)
        stored = conn.execute(select(CLIPS.c.created_at).limit(1)).scalar_one()
        assert stored.replace(tzinfo=UTC) == NOW
        assert conn.scalar(select(PROJECTS.c.status)) == "COMPLETED"
        assert (count(conn, CLIPS), count(conn, COLLECTIONS), count(conn, TASKS)) == (5, 2, 2)

        clip = conn.execute(select(CLIPS.c.id).order_by(CLIPS.c.id).limit(1)).scalar_one()
        collection = conn.execute(select(COLLECTIONS.c.id).limit(1)).scalar_one()
        app.edit_clip_title(conn, clip, "我的标题", now=LATER)
        manual = app.create_manual_clip(conn, PROJECT, "手动", 1, 4, rng=rng, now=LATER)
        app.add_clip_to_collection(conn, collection, manual, now=LATER)
        assert app.collection_clip_ids(conn, collection)[-1] == manual
        app.create_manual_collection(conn, PROJECT, "收藏", [manual], rng=rng, now=LATER)
        app.delete_collection(conn, collection, project_dir, now=LATER)
        assert (count(conn, CLIPS), count(conn, COLLECTIONS)) == (6, 2)

        app.retry_project(conn, PROJECT, now=LATER)
        again = generate_content(PROJECT, clips=3, collections=1, attempt=1)
        write_project(project_dir, Layout.CURRENT, Run.of(again))
        for generation in (Generation.PER_CLIP_FILES, Generation.CURRENT):
            app.reimport(conn, project_dir, generation=generation, rng=rng, now=LATER)
            assert (count(conn, CLIPS), count(conn, COLLECTIONS)) == (3, 1)

        app.delete_project(conn, PROJECT, project_dir)
        assert [count(conn, table) for table in (PROJECTS, CLIPS, COLLECTIONS, TASKS)] == [0] * 4


@pytest.mark.postgres
def test_composite_ids_do_not_fit_into_postgresql(postgres_url: str, tmp_path: Path) -> None:
    engine = create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:", 1))
    project_dir = tmp_path / PROJECT
    write_project(project_dir, Layout.CURRENT, Run.of(CONTENT))
    with engine.begin() as conn:
        app.insert_project(conn, PROJECT, "项目", now=NOW)
    with engine.connect() as conn, pytest.raises(DataError, match="character varying"):
        app.reimport(conn, project_dir, generation=Generation.COMPOSITE, rng=Random(1), now=NOW)
    engine.dispose()
