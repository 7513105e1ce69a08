"""Rows of AutoClip's database, as its own sync would have written them.

    project_row(), clip_row(1), clip_row(2, title="改过"), collection_row(1), links(1, [1, 2])

Each gives a dict of all columns we model; keyword arguments replace any of them. Ids follow from
the number (`clip_id(1)`), so that rows can be named without passing them about; a second project
is another `project_id=`. `insert(engine, rows)` puts them into the database in one transaction:

    insert(engine, projects=[project_row()], clips=[clip_row(1)], collections=[], links=[])
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from clipsync.autoclip.database import tables

PROJECT = "455d6e8c-29a4-4027-884a-ddec16f9bbe1"
CREATED = "2024-03-01 08:00:00.123456"
UPDATED = "2024-03-02 09:30:00.654321"


def clip_id(number: int, project_id: str = PROJECT) -> str:
    return str(uuid5(NAMESPACE_URL, f"{project_id}/clip/{number}"))


def collection_id(number: int, project_id: str = PROJECT) -> str:
    return str(uuid5(NAMESPACE_URL, f"{project_id}/collection/{number}"))


def project_row(project_id: str = PROJECT, **columns: Any) -> dict[str, Any]:
    return {
        "id": project_id,
        "name": "轮回、命运、开悟究竟是怎么一回事？",
        "description": None,
        "status": "COMPLETED",
        "project_type": "KNOWLEDGE",
        "video_path": f"/autoclip/data/projects/{project_id}/raw/input.mp4",
        "processing_config": {"chunk_size": 5000},
        "project_metadata": None,
        "completed_at": None,
        "created_at": CREATED,
        "updated_at": UPDATED,
        **columns,
    }


def clip_row(number: int, *, project_id: str = PROJECT, **columns: Any) -> dict[str, Any]:
    start, end = number * 100, number * 100 + 50
    title = f"第{number}个切片 🎬"
    record = {
        "id": str(number),
        "start_time": _time(start),
        "end_time": _time(end),
        "outline": f"大纲{number}",
        "content": [f"要点{number}"],
        "chunk_index": 0,
        "final_score": 0.9,
        "recommend_reason": f"理由{number}",
        "generated_title": title,
    }
    return {
        "id": clip_id(number, project_id),
        "project_id": project_id,
        "title": title,
        "description": f"理由{number}",
        "status": "COMPLETED",
        "start_time": start,
        "end_time": end,
        "duration": end - start,
        "score": 0.9,
        "recommendation_reason": f"理由{number}",
        "video_path": f"/autoclip/data/projects/{project_id}/output/clips/{number}_{title}.mp4",
        "tags": [],
        "clip_metadata": record,
        "created_at": CREATED,
        "updated_at": UPDATED,
        **columns,
    }


def clip_row_of(record: Mapping[str, Any], *, project_id: str = PROJECT) -> dict[str, Any]:
    """The row that AutoClip's own sync makes of a record of `autoclip_files.clip`."""
    number = int(record["id"])
    start, end = 60 * (number - 1), 60 * number
    return clip_row(
        number,
        project_id=project_id,
        title=record["generated_title"],
        description=record["recommend_reason"],
        recommendation_reason=record["recommend_reason"],
        start_time=start,
        end_time=end,
        duration=end - start,
        clip_metadata=dict(record),
    )


def collection_row(
    number: int, clips: Sequence[int] = (), *, project_id: str = PROJECT, **columns: Any
) -> dict[str, Any]:
    """`clips`: numbers of the clips it holds, in order."""
    return {
        "id": collection_id(number, project_id),
        "project_id": project_id,
        "name": f"合集{number}",
        "description": f"合集{number}的简介",
        "status": "CREATED",
        "tags": [],
        "clips_count": len(clips),
        "video_path": None,
        "thumbnail_path": None,
        "export_path": None,
        "collection_metadata": {
            "clip_ids": [clip_id(clip, project_id) for clip in clips],
            "original_clip_ids": [str(clip) for clip in clips],
            "collection_type": "ai_recommended",
            "original_id": str(number),
        },
        "created_at": CREATED,
        "updated_at": UPDATED,
        **columns,
    }


def links(
    collection: int, clips: Sequence[int], *, project_id: str = PROJECT
) -> list[dict[str, Any]]:
    """The rows of `clip_collection` of one collection, in order."""
    return [
        {
            "clip_id": clip_id(clip, project_id),
            "collection_id": collection_id(collection, project_id),
            "order_index": index,
        }
        for index, clip in enumerate(clips)
    ]


def insert(
    engine: sa.Engine,
    *,
    projects: Iterable[dict[str, Any]] = (),
    clips: Iterable[dict[str, Any]] = (),
    collections: Iterable[dict[str, Any]] = (),
    links: Iterable[dict[str, Any]] = (),
) -> None:
    """Put rows into the database in one transaction."""
    with engine.begin() as conn:
        for table, rows in (
            (tables.projects, projects),
            (tables.clips, clips),
            (tables.collections, collections),
            (tables.clip_collection, links),
        ):
            for row in rows:
                conn.execute(sa.insert(table), row)


def task_row(number: int, *, project_id: str = PROJECT, **columns: Any) -> dict[str, Any]:
    """A row of `tasks`, with the NOT NULL columns that ClipSync does not model."""
    return {
        "id": str(uuid5(NAMESPACE_URL, f"{project_id}/task/{number}")),
        "name": f"处理任务{number}",
        "project_id": project_id,
        "task_type": "VIDEO_PROCESSING",
        "status": "RUNNING",
        "progress": 0.0,
        "created_at": CREATED,
        "updated_at": UPDATED,
        **columns,
    }


def insert_tasks(engine: sa.Engine, rows: Iterable[dict[str, Any]]) -> None:
    with engine.begin() as conn:
        for row in rows:
            known = [column for column in tables.tasks.c if column.name in row]
            further = [sa.column(name) for name in row if name not in tables.tasks.c]
            target = sa.table("tasks", *(sa.column(c.name, c.type) for c in known), *further)
            conn.execute(sa.insert(target), row)


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},000"
