"""AutoClip's tables, as far as ClipSync may know them: the contract's columns and no others.

A column that is not listed here is never named in a statement (`thumbnail` is missing in older
databases); reading for the journal finds the real columns itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from clipsync.sql import Number, Timestamp, Word

metadata = sa.MetaData()
"""For reading and writing only: ClipSync never creates these tables."""

_JSON = sa.JSON(none_as_null=True)

projects = sa.Table(
    "projects",
    metadata,
    sa.Column("id", sa.String(255), primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("status", Word, nullable=False),
    sa.Column("project_type", Word, nullable=False),
    sa.Column("video_path", sa.String(500)),
    sa.Column("processing_config", _JSON),
    sa.Column("project_metadata", _JSON),
    sa.Column("completed_at", Timestamp),
    sa.Column("created_at", Timestamp, nullable=False),
    sa.Column("updated_at", Timestamp, nullable=False),
)

clips = sa.Table(
    "clips",
    metadata,
    sa.Column("id", sa.String(255), primary_key=True),
    sa.Column("project_id", sa.String(255), nullable=False),
    sa.Column("title", sa.String(255), nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("status", Word, nullable=False),
    sa.Column("start_time", Number),
    sa.Column("end_time", Number),
    sa.Column("duration", Number, nullable=False),
    sa.Column("score", Number),
    sa.Column("recommendation_reason", sa.Text),
    sa.Column("video_path", sa.String(500)),
    sa.Column("tags", _JSON),
    sa.Column("clip_metadata", _JSON),
    sa.Column("created_at", Timestamp, nullable=False),
    sa.Column("updated_at", Timestamp, nullable=False),
)

collections = sa.Table(
    "collections",
    metadata,
    sa.Column("id", sa.String(255), primary_key=True),
    sa.Column("project_id", sa.String(255), nullable=False),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("status", Word),
    sa.Column("tags", _JSON),
    sa.Column("clips_count", Number),
    sa.Column("video_path", sa.String(500)),
    sa.Column("thumbnail_path", sa.String(500)),
    sa.Column("export_path", sa.String(500)),
    sa.Column("collection_metadata", _JSON),
    sa.Column("created_at", Timestamp, nullable=False),
    sa.Column("updated_at", Timestamp, nullable=False),
)

clip_collection = sa.Table(
    "clip_collection",
    metadata,
    sa.Column("clip_id", sa.String(255), primary_key=True),
    sa.Column("collection_id", sa.String(255), primary_key=True),
    sa.Column("order_index", Number, nullable=False),
)

tasks = sa.Table(
    "tasks",
    metadata,
    sa.Column("id", sa.String(255)),
    sa.Column("project_id", sa.String(255)),
    sa.Column("celery_task_id", sa.String(255)),
    sa.Column("task_type", Word),
    sa.Column("status", Word),
    sa.Column("progress", Number),
    sa.Column("created_at", Timestamp),
    sa.Column("updated_at", Timestamp),
    sa.Column("started_at", Timestamp),
    sa.Column("error_message", sa.Text),
    sa.Column("current_step", sa.String(100)),
    sa.Column("result_data", _JSON),
)

OPTIONAL: Mapping[str, frozenset[str]] = {
    "projects": frozenset({"completed_at"}),
    "clips": frozenset({"recommendation_reason"}),
    "collections": frozenset({"thumbnail_path", "export_path"}),
    "clip_collection": frozenset(),
}
"""Columns that an older AutoClip lacks and that ClipSync can do without: read as if they were
empty, never written."""

REQUIRED = (projects, clips, collections, clip_collection)
"""Without these there is no AutoClip; `tasks` may be missing (nothing is known of retries then)."""
