"""Tombstones, quarantine, journal, and what the database held of a row after its last sync."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_AUTO_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PROJECTS_AT_ONCE = 500


def upgrade() -> None:
    op.add_column("clipsync_projects", sa.Column("seen_collection_row_ids", sa.JSON))
    op.add_column(
        "clipsync_rows",
        sa.Column("kept_values", sa.JSON, nullable=False, server_default="{}"),
    )
    op.create_table(
        "clipsync_tombstones",
        sa.Column("id", _AUTO_ID, primary_key=True),
        sa.Column("project_id", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("row_id", sa.String(255)),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("start_ms", sa.BigInteger),
        sa.Column("end_ms", sa.BigInteger),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True)),
        sa.Column("run_id", sa.String(255)),
    )
    op.create_index("ix_clipsync_tombstones_project_id", "clipsync_tombstones", ["project_id"])
    op.create_table(
        "clipsync_quarantine",
        sa.Column("id", _AUTO_ID, primary_key=True),
        sa.Column("project_id", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("source_id", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("raw", sa.Text, nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_clipsync_quarantine_project_id", "clipsync_quarantine", ["project_id"])
    op.create_table(
        "clipsync_journal",
        sa.Column("id", _AUTO_ID, primary_key=True),
        sa.Column("run_id", sa.String(255), nullable=False),
        sa.Column("project_id", sa.String(255), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("op", sa.String(16), nullable=False),
        sa.Column("table_name", sa.String(32), nullable=False),
        sa.Column("row_id", sa.String(255), nullable=False),
        sa.Column("source_id", sa.Text),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("after", sa.JSON, nullable=False),
        sa.Column("why", sa.JSON, nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_clipsync_journal_run_id", "clipsync_journal", ["run_id"])
    op.create_index("ix_clipsync_journal_project_id", "clipsync_journal", ["project_id"])
    _keep_what_the_file_said()


def downgrade() -> None:
    for table in ("journal", "quarantine", "tombstones"):
        op.drop_table(f"clipsync_{table}")
    with op.batch_alter_table("clipsync_rows") as rows:
        rows.drop_column("kept_values")
    with op.batch_alter_table("clipsync_projects") as projects:
        projects.drop_column("seen_collection_row_ids")


_rows = sa.table(
    "clipsync_rows",
    sa.column("project_id", sa.String()),
    sa.column("kind", sa.String()),
    sa.column("row_id", sa.String()),
    sa.column("source_id", sa.String()),
    sa.column("file_values", sa.JSON()),
    sa.column("kept_values", sa.JSON()),
)
_projects = sa.table(
    "clipsync_projects",
    sa.column("project_id", sa.String()),
    sa.column("seen_collection_row_ids", sa.JSON()),
)


def _keep_what_the_file_said() -> None:
    """Version 0001 knew no edits, so each row held what the file said: of a collection's content,
    the rows that stood for the clips the file named."""
    conn = op.get_bind()
    conn.execute(sa.update(_rows).values(kept_values=_rows.c.file_values))
    for project_ids in _batches(conn):
        query = sa.select(_rows).where(_rows.c.project_id.in_(project_ids))
        rows = conn.execute(query.order_by(_rows.c.project_id)).all()
        kept, seen = [], []
        for project_id, group in groupby(rows, key=lambda row: row.project_id):
            clip_rows, collections = {}, []
            for row in group:
                if row.kind == "clip":
                    clip_rows[row.source_id] = row.row_id
                else:
                    collections.append(row)
            kept += [_kept_collection(row, clip_rows) for row in collections]
            seen.append({"project": project_id, "ids": sorted(row.row_id for row in collections)})
        if kept:
            conn.execute(
                sa.update(_rows)
                .where(
                    _rows.c.project_id == sa.bindparam("project"),
                    _rows.c.kind == "collection",
                    _rows.c.row_id == sa.bindparam("row"),
                )
                .values(kept_values=sa.bindparam("kept", type_=sa.JSON())),
                kept,
            )
        conn.execute(
            sa.update(_projects)
            .where(_projects.c.project_id == sa.bindparam("project"))
            .values(seen_collection_row_ids=sa.bindparam("ids", type_=sa.JSON())),
            seen,
        )


def _batches(conn: sa.Connection) -> Iterator[list[str]]:
    after = ""
    while True:
        query = (
            sa.select(_rows.c.project_id)
            .where(_rows.c.project_id > after)
            .distinct()
            .order_by(_rows.c.project_id)
            .limit(_PROJECTS_AT_ONCE)
        )
        project_ids = list(conn.scalars(query))
        if not project_ids:
            return
        yield project_ids
        after = project_ids[-1]


def _kept_collection(row: Any, clip_rows: dict[str, str]) -> dict[str, Any]:
    content = row.file_values.get("content") or []
    return {
        "project": row.project_id,
        "row": row.row_id,
        "kept": {
            **row.file_values,
            "content": [clip_rows[source] for source in content if source in clip_rows],
        },
    }
