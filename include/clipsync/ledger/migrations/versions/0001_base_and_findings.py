"""Projects, the base of their rows, runs and findings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clipsync_projects",
        sa.Column("project_id", sa.String(255), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("disk_state", sa.String(32)),
        sa.Column("status", sa.String(32)),
        sa.Column("clips", sa.Integer),
        sa.Column("collections", sa.Integer),
        sa.Column("changes", sa.JSON),
        sa.Column("content_hash", sa.String(64)),
        sa.Column("fingerprint", sa.String(64)),
        sa.Column("activity", sa.String(64)),
        sa.Column("consistent", sa.Boolean),
        sa.Column("last_run_id", sa.String(255)),
        sa.Column("last_synced_at", sa.DateTime(timezone=True)),
        sa.Column("last_audit_run_id", sa.String(255)),
        sa.Column("last_audited_at", sa.DateTime(timezone=True)),
    )
    op.create_index(
        "ix_clipsync_projects_last_audit_run_id", "clipsync_projects", ["last_audit_run_id"]
    )
    op.create_table(
        "clipsync_rows",
        sa.Column("project_id", sa.String(255), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("row_id", sa.String(255), primary_key=True),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("file_values", sa.JSON, nullable=False),
        sa.Column("start_ms", sa.BigInteger),
        sa.Column("end_ms", sa.BigInteger),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "clipsync_runs",
        sa.Column("run_id", sa.String(255), primary_key=True),
        sa.Column("command", sa.String(64), nullable=False),
        sa.Column("trigger", sa.String(64), nullable=False),
        sa.Column("started_by", sa.Text, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String(64)),
        sa.Column("counts", sa.JSON),
    )
    op.create_index("ix_clipsync_runs_started_at", "clipsync_runs", ["started_at"])
    op.create_table(
        "clipsync_findings",
        sa.Column("project_id", sa.String(255), primary_key=True),
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("subject", sa.String(255), primary_key=True),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_run", sa.String(255), nullable=False),
        sa.Column("worse_run", sa.String(255)),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_run", sa.String(255), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True)),
        sa.Column("resolved_run", sa.String(255)),
    )
    op.create_index("ix_clipsync_findings_last_run", "clipsync_findings", ["last_run"])


def downgrade() -> None:
    for table in ("findings", "runs", "rows", "projects"):
        op.drop_table(f"clipsync_{table}")
