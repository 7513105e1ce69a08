"""Snapshot: what the database holds of one project.

Timestamps are ISO-like strings exactly as stored (naive UTC on SQLite, UTC with offset on
PostgreSQL): comparable within one database, and restorable to the byte. JSON columns hold decoded
values, or `BrokenJson` where the stored text does not parse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class BrokenJson:
    """The text of a JSON column that does not parse."""

    text: str


@dataclass(frozen=True, slots=True)
class ProjectRow:
    id: str
    name: str
    description: str | None
    status: str
    project_type: str
    video_path: str | None
    processing_config: Any
    project_metadata: Any
    completed_at: str | None
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class ClipRow:
    id: str
    project_id: str
    title: str
    description: str | None
    status: str
    start_time: int | None
    end_time: int | None
    duration: int | None
    score: float | None
    recommendation_reason: str | None
    video_path: str | None
    tags: Any
    clip_metadata: Any
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class CollectionRow:
    id: str
    project_id: str
    name: str
    description: str | None
    status: str
    tags: Any
    clips_count: int | None
    video_path: str | None
    thumbnail_path: str | None
    export_path: str | None
    collection_metadata: Any
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One row of `clip_collection`."""

    clip_id: str
    collection_id: str
    order_index: int


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A project's newest run, from its rows in `tasks` (read only).

    `status`, `updated_at`: of the row that speaks for the run. `began_at`: when the run was made.
    `error`, `error_code`: why it failed. `stage`: AutoClip's word for how far it came
    (`SUBTITLE`, `失败于 EXPORT`).
    """

    task_type: str
    status: str
    updated_at: str
    began_at: str = ""
    error: str | None = None
    error_code: str | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the database holds of one project; rows ordered by (created_at, id)."""

    project_id: str
    project: ProjectRow | None = None
    clips: tuple[ClipRow, ...] = ()
    collections: tuple[CollectionRow, ...] = ()
    links: tuple[LinkRow, ...] = ()
    newest_task: TaskRow | None = None
    foreign_clips: frozenset[str] = frozenset()
    """Clip row ids of other projects that a collection of this one lists or links to."""
    taken_ids: frozenset[str] = frozenset()
    """Ids of rows that the ledger knew here, and that are rows of other projects now."""

    @property
    def empty(self) -> bool:
        return self.project is None and not self.clips and not self.collections
