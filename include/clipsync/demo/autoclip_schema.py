"""AutoClip's own tables, as its SQLAlchemy models create them.

For demo and test databases only. ClipSync proper never creates these tables: where they are
missing, it says so and stops.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Engine,
    Enum,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

PROJECT_STATUSES = ("PENDING", "PROCESSING", "COMPLETED", "FAILED")
PROJECT_TYPES = (
    "DEFAULT",
    "KNOWLEDGE",
    "BUSINESS",
    "OPINION",
    "EXPERIENCE",
    "SPEECH",
    "CONTENT_REVIEW",
    "ENTERTAINMENT",
)
CLIP_STATUSES = ("PENDING", "PROCESSING", "COMPLETED", "FAILED")
COLLECTION_STATUSES = ("CREATED", "PROCESSING", "COMPLETED", "ERROR", "DELETED")
TASK_STATUSES = ("PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED")
TASK_TYPES = (
    "VIDEO_PROCESSING",
    "CLIP_GENERATION",
    "COLLECTION_CREATION",
    "EXPORT",
    "CLEANUP",
)


def create_autoclip_schema(engine: Engine, *, with_thumbnail: bool = True) -> None:
    """Create projects, clips, collections, clip_collection and tasks where they are missing.

    `with_thumbnail`: False leaves `projects.thumbnail` out, as in AutoClip's older databases.
    On PostgreSQL the enum columns become native enum types (`projectstatus`, `clipstatus`, ...).
    """
    autoclip_metadata(with_thumbnail=with_thumbnail).create_all(engine)


def autoclip_metadata(*, with_thumbnail: bool = True) -> MetaData:
    """AutoClip's tables in full: every column its models declare, in their order."""
    metadata = MetaData()
    Table(
        "projects",
        metadata,
        Column("name", String(255), nullable=False),
        Column("description", Text),
        _enum("status", "projectstatus", PROJECT_STATUSES),
        _enum("project_type", "projecttype", PROJECT_TYPES),
        Column("video_path", String(500)),
        *([Column("thumbnail", Text)] if with_thumbnail else []),
        Column("subtitle_path", String(500)),
        Column("video_duration", Integer),
        Column("processing_config", JSON),
        Column("project_metadata", JSON),
        Column("completed_at", DateTime),
        *_base_columns(),
    )
    Table(
        "clips",
        metadata,
        Column("title", String(255), nullable=False),
        Column("description", Text),
        _enum("status", "clipstatus", CLIP_STATUSES),
        Column("start_time", Integer, nullable=False),
        Column("end_time", Integer, nullable=False),
        Column("duration", Integer, nullable=False),
        Column("score", Float),
        Column("recommendation_reason", Text),
        Column("video_path", String(500)),
        Column("thumbnail_path", String(500)),
        Column("processing_step", Integer),
        Column("processing_result", JSON),
        Column("tags", JSON),
        Column("clip_metadata", JSON),
        _project_id(ondelete="CASCADE"),
        *_base_columns(),
    )
    Table(
        "collections",
        metadata,
        Column("name", String(255), nullable=False),
        Column("description", Text),
        _enum("status", "collectionstatus", COLLECTION_STATUSES),
        Column("theme", String(255)),
        Column("tags", JSON),
        Column("total_duration", Integer),
        Column("clips_count", Integer),
        Column("video_path", String(500)),
        Column("thumbnail_path", String(500)),
        Column("processing_result", JSON),
        Column("export_path", String(500)),
        Column("collection_metadata", JSON),
        _project_id(ondelete="CASCADE"),
        *_base_columns(),
    )
    Table(
        "clip_collection",
        metadata,
        Column("clip_id", String(36), ForeignKey("clips.id", ondelete="CASCADE"), primary_key=True),
        Column(
            "collection_id",
            String(36),
            ForeignKey("collections.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        Column("order_index", Integer, nullable=False),
    )
    Table(
        "tasks",
        metadata,
        Column("name", String(255), nullable=False),
        Column("description", Text),
        _enum("status", "taskstatus", TASK_STATUSES),
        _enum("task_type", "tasktype", TASK_TYPES),
        Column("progress", Float),
        Column("current_step", String(100)),
        Column("total_steps", Integer),
        Column("priority", Integer),
        Column("started_at", DateTime),
        Column("completed_at", DateTime),
        Column("error_message", Text),
        Column("celery_task_id", String(255)),
        Column("task_config", JSON),
        Column("result_data", JSON),
        Column("task_metadata", JSON),
        _project_id(),
        *_base_columns(),
    )
    return metadata


def _base_columns() -> tuple[Column[object], ...]:
    return (
        Column("id", String(36), primary_key=True, index=True),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
    )


def _project_id(*, ondelete: str | None = None) -> Column[str]:
    return Column(
        "project_id", String(36), ForeignKey("projects.id", ondelete=ondelete), nullable=False
    )


def _enum(column: str, type_name: str, members: tuple[str, ...]) -> Column[str]:
    return Column(column, Enum(*members, name=type_name), nullable=False)
