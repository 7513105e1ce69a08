"""The rows AutoClip leaves in its tables: three generations of clips and collections, and tasks.

Written from AutoClip's behaviour, for the demo and for tests, and independent of ClipSync's own
reading and planning. Time and randomness come from the caller (`now`: aware UTC; `rng`), so that
the same call gives the same rows. `shown` is the project's directory as AutoClip's machine sees it;
it stands in the paths of the rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, insert

from clipsync.demo.autoclip_pipeline import RowFiles, clip_video_name, new_id, to_json
from clipsync.demo.autoclip_schema import autoclip_metadata
from clipsync.demo.content import Record

_METADATA = autoclip_metadata(with_thumbnail=False)
PROJECTS, CLIPS, COLLECTIONS, LINKS, TASKS = (
    _METADATA.tables[name]
    for name in ("projects", "clips", "collections", "clip_collection", "tasks")
)

Row = dict[str, Any]
"""Column name to value, ready to insert."""


@dataclass(slots=True)
class Rows:
    """Rows of AutoClip's tables, in memory."""

    projects: list[Row] = field(default_factory=list)
    clips: list[Row] = field(default_factory=list)
    collections: list[Row] = field(default_factory=list)
    links: list[Row] = field(default_factory=list)
    tasks: list[Row] = field(default_factory=list)

    def extend(self, other: Rows) -> None:
        self.projects += other.projects
        self.clips += other.clips
        self.collections += other.collections
        self.links += other.links
        self.tasks += other.tasks

    def __len__(self) -> int:
        return sum(map(len, (self.projects, self.clips, self.collections, self.links, self.tasks)))


@dataclass(frozen=True, slots=True)
class TaskRun:
    """The two `tasks` rows of one processing run."""

    outer_id: str
    inner_id: str


def bulk_insert(conn: Connection, rows: Rows) -> None:
    """Insert rows of all tables, one statement for every set of columns."""
    for table, batch in (
        (PROJECTS, rows.projects),
        (CLIPS, rows.clips),
        (COLLECTIONS, rows.collections),
        (LINKS, rows.links),
        (TASKS, rows.tasks),
    ):
        by_columns: dict[tuple[str, ...], list[Row]] = {}
        for row in batch:
            by_columns.setdefault(tuple(sorted(row)), []).append(row)
        for alike in by_columns.values():
            conn.execute(insert(table), alike)


def project_row(
    project_id: str, name: str, *, now: datetime, status: str = "PENDING", **columns: Any
) -> Row:
    return {
        "id": project_id,
        "name": name,
        "description": "",
        "status": status,
        "project_type": "DEFAULT",
        "processing_config": {},
        "project_metadata": {},
        **stamps(now),
        **columns,
    }


def current_rows(
    project_id: str,
    clips: Iterable[Record],
    collections: Iterable[Record],
    *,
    rng: Random,
    now: datetime,
    shown: str,
) -> Rows:
    """Rows as AutoClip's present sync makes them: the whole record in `clip_metadata`, links.

    `shown`: the project's directory as it stands in the rows' paths.
    """
    rows = Rows()
    row_ids: dict[str, str] = {}
    for clip in clips:
        row_ids[str(clip["id"])] = row_id = new_id(rng)
        rows.clips.append(
            current_clip(project_id, row_id, clip, f"{shown}/{_real_path(clip)}", now)
        )
    for collection in collections:
        content = row_ids_of(collection, row_ids)
        row_id = new_id(rng)
        path = f"{shown}/output/collections/{own_collection_file(collection)}"
        rows.collections.append(
            current_collection(project_id, row_id, collection, content, path, now)
        )
        rows.links += [
            {"clip_id": clip_id, "collection_id": row_id, "order_index": index}
            for index, clip_id in enumerate(content)
        ]
    return rows


def composite_rows(
    project_id: str,
    clips: Iterable[Record],
    collections: Iterable[Record],
    *,
    now: datetime,
    shown: str,
) -> Rows:
    """Rows of the composite generation: ids from project and source id, no links."""
    rows = Rows()
    for clip in clips:
        start, end = _float_seconds(clip["start_time"]), _float_seconds(clip["end_time"])
        reason = clip.get("recommend_reason", "")
        rows.clips.append(
            {
                "id": f"{project_id}_{clip['id']}",
                "project_id": project_id,
                "title": clip["generated_title"],
                "description": reason,
                "status": "COMPLETED",
                "start_time": int(start),
                "end_time": int(end),
                "duration": int(end - start),
                "score": clip.get("final_score", 0),
                "recommendation_reason": reason,
                "video_path": f"{shown}/output/clips/{clip['id']}_{clip['generated_title']}.mp4",
                "clip_metadata": {
                    "outline": clip.get("outline", ""),
                    "content": clip.get("content", []),
                    "chunk_index": clip.get("chunk_index", 0),
                },
                **stamps(now),
            }
        )
    for collection in collections:
        simplified = list(collection.get("clip_ids", []))
        rows.collections.append(
            {
                "id": f"{project_id}_collection_{collection['id']}",
                "project_id": project_id,
                "name": collection["collection_title"],
                "description": collection.get("collection_summary", ""),
                "status": "COMPLETED",
                "theme": "投资理财",
                "tags": ["投资", "理财", "策略"],
                "clips_count": 0,
                "collection_metadata": {
                    "clip_ids": [f"{project_id}_{clip_id}" for clip_id in simplified],
                    "simplified_clip_ids": simplified,
                    "generated_by": "pipeline",
                },
                **stamps(now),
            }
        )
    return rows


def per_clip_file_rows(
    project_id: str,
    clips: Iterable[Record],
    collections: Iterable[Record],
    files: RowFiles,
    *,
    now: datetime,
    shown: str,
) -> Rows:
    """Rows of the per-clip-file generation: the record is in `processing/`, not in the row."""
    rows = Rows()
    made = naive(now).isoformat()
    for clip in clips:
        row_id = files.clips[str(clip["id"])]
        row = current_clip(project_id, row_id, clip, f"{shown}/{_real_path(clip)}", now)
        row["clip_metadata"] = {
            "metadata_file": f"{shown}/processing/clip_{row_id}.json",
            "clip_id": row_id,
            "created_at": made,
        }
        rows.clips.append(row)
    for collection in collections:
        row_id = files.collections[str(collection["id"])]
        path = f"{shown}/output/collections/{own_collection_file(collection)}"
        row = current_collection(project_id, row_id, collection, [], path, now)
        row["collection_metadata"] = {
            "metadata_file": f"{shown}/processing/collection_{row_id}.json",
            "collection_id": row_id,
            "clip_ids": row_ids_of(collection, files.clips),
            "created_at": made,
        }
        rows.collections.append(row)
    return rows


def task_rows(
    project_id: str, run: TaskRun, *, now: datetime, inner_status: str = "RUNNING"
) -> list[Row]:
    """Both rows of a run; the inner one is a moment newer."""
    later = now + timedelta(milliseconds=1)
    ended = inner_status in ("COMPLETED", "FAILED")
    common = {"project_id": project_id, "task_type": "VIDEO_PROCESSING", "priority": 0}
    return [
        {
            **common,
            "id": run.outer_id,
            "name": f"处理项目 {project_id[:8]}",
            "status": "RUNNING",
            "progress": 0.0,
            "total_steps": 1,
            "started_at": naive(now),
            **stamps(now),
        },
        {
            **common,
            "id": run.inner_id,
            "name": "视频处理流水线",
            "status": inner_status,
            "progress": 100.0 if inner_status == "COMPLETED" else 0.0,
            "total_steps": 6,
            "started_at": naive(later),
            **({"completed_at": naive(later)} if ended else {}),
            **stamps(later),
        },
    ]


def note_deleted_collection(project_dir: Path, collection_id: str, *, now: datetime) -> None:
    """Append a row id to the project's `deleted_collections.json`."""
    if not project_dir.is_dir():
        return
    known = deleted_collection_ids(project_dir)
    if collection_id not in known:
        note = {
            "deleted_collection_ids": [*known, collection_id],
            "last_updated": naive(now).isoformat(),
        }
        (project_dir / "deleted_collections.json").write_bytes(to_json(note))


def deleted_collection_ids(project_dir: Path) -> list[str]:
    note = first_json(project_dir, ("deleted_collections.json",)) or {}
    return list(note.get("deleted_collection_ids", []))


def current_clip(
    project_id: str, row_id: str, record: Record, video_path: str, now: datetime
) -> Row:
    start, end = _own_seconds(record.get("start_time")), _own_seconds(record.get("end_time"))
    return {
        "id": row_id,
        "project_id": project_id,
        "title": own_title(record),
        "description": record.get("recommend_reason", ""),
        "status": "COMPLETED",
        "start_time": start,
        "end_time": end,
        "duration": end - start,
        "score": record.get("final_score", 0.0),
        "video_path": video_path,
        "tags": [],
        "clip_metadata": record,
        **stamps(now),
    }


def current_collection(
    project_id: str,
    row_id: str,
    record: Record,
    content: Sequence[str],
    path: str,
    now: datetime,
) -> Row:
    return {
        "id": row_id,
        "project_id": project_id,
        "name": record.get("collection_title", ""),
        "description": record.get("collection_summary", ""),
        "status": "COMPLETED",
        "clips_count": 0,
        "video_path": path,
        "export_path": path,
        "collection_metadata": collection_metadata(record, content),
        **stamps(now),
    }


def collection_metadata(record: Record, content: Sequence[str]) -> Record:
    return {
        "clip_ids": list(content),
        "original_clip_ids": list(record.get("clip_ids", [])),
        "collection_type": "ai_recommended",
        "original_id": record.get("id", ""),
    }


def row_ids_of(record: Record, row_ids: Mapping[str, str]) -> list[str]:
    return [row_ids[str(source)] for source in record.get("clip_ids", []) if str(source) in row_ids]


def own_title(record: Record) -> Any:
    return record.get("generated_title", record.get("title", record.get("outline", "")))


def own_collection_file(record: Record) -> str:
    return f"{record.get('id', '')}_{record.get('collection_title', '')}.mp4"


def _real_path(record: Record) -> str:
    """Where the pipeline put the video: AutoClip's sync prefers the file that is there."""
    return f"output/clips/{clip_video_name(record)}"


def _own_seconds(text: Any) -> int:
    """Whole seconds, rounded down; 0 where the text is no time, as AutoClip has it."""
    try:
        hours, minutes, rest = str(text).replace(",", ".").split(":")[:3]
        return int(hours) * 3600 + int(minutes) * 60 + int(rest.split(".")[0])
    except ValueError:
        return 0


def _float_seconds(text: str) -> float:
    hours, minutes, seconds = text.replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def first_json(project_dir: Path, names: Iterable[str]) -> Any:
    """The first of the files that is there and parses; AutoClip passes over broken ones."""
    for name in names:
        path = project_dir / name
        if path.exists():
            try:
                return json.loads(path.read_bytes())
            except ValueError:
                continue
    return None


def stamps(now: datetime) -> Row:
    return {"created_at": now, "updated_at": now}


def naive(now: datetime) -> datetime:
    """For columns without a time zone, which hold UTC."""
    return now.replace(tzinfo=None)
