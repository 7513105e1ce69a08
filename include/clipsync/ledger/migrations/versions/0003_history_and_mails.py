"""History: audits, changes of a project's state, open findings by project; and mails."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_AUTO_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_COUNTS = ("disk_clips", "disk_collections", "database_clips", "database_collections")
_OPEN = ("errors", "warnings", "infos")
_INDICES = {
    "clipsync_projects": {
        "attention": ["attention", "errors", "project_id"],
        "status": ["status", "clips", "collections"],
        "name": ["name", "project_id"],
        "last_synced_at": ["last_synced_at", "project_id"],
    },
    "clipsync_findings": {
        "resolved_at": ["resolved_at", "severity"],
        "told": ["told"],
        "mail_id": ["mail_id"],
    },
    "clipsync_quarantine": {"released_at": ["released_at"]},
    "clipsync_journal": {"applied_at": ["applied_at"]},
}
_ATTENTION = {"failed": 5, "problem": 4, "out_of_sync": 3, "missing": 2, "processing": 1}


def upgrade() -> None:
    for name in _COUNTS:
        op.add_column("clipsync_projects", sa.Column(name, sa.Integer))
    for name in ("attention", *_OPEN):
        op.add_column(
            "clipsync_projects", sa.Column(name, sa.Integer, nullable=False, server_default="0")
        )
    op.add_column("clipsync_findings", sa.Column("told", sa.String(16)))
    op.add_column("clipsync_findings", sa.Column("told_at", _MOMENT))
    op.add_column("clipsync_findings", sa.Column("telling", sa.String(16)))
    op.add_column("clipsync_findings", sa.Column("mail_id", sa.BigInteger))
    op.create_table(
        "clipsync_project_states",
        sa.Column("id", _AUTO_ID, primary_key=True),
        sa.Column("project_id", sa.String(255), nullable=False),
        sa.Column("run_id", sa.String(255), nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("clips", sa.Integer, nullable=False),
        sa.Column("collections", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Integer) for name in _COUNTS),
    )
    for name in ("project_id", "seen_at"):
        op.create_index(f"ix_clipsync_project_states_{name}", "clipsync_project_states", [name])
    op.create_table(
        "clipsync_audits",
        sa.Column("run_id", sa.String(255), primary_key=True),
        sa.Column("audited_at", _MOMENT, nullable=False),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("projects", "completed", "with_problems", "clips", "collections")
        ),
        sa.Column("consistency", sa.Float, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in _OPEN),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("full", sa.Boolean, nullable=False),
    )
    op.create_index("ix_clipsync_audits_audited_at", "clipsync_audits", ["audited_at"])
    op.create_table(
        "clipsync_mails",
        sa.Column("id", _AUTO_ID, primary_key=True),
        sa.Column("run_id", sa.String(255), nullable=False),
        sa.Column("command", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("sent_at", _MOMENT),
        sa.Column("subject", sa.Text),
        sa.Column("recipients", sa.JSON),
        sa.Column("counts", sa.JSON),
        sa.Column("failed_tasks", sa.JSON),
        sa.Column("message", sa.Text),
        sa.Column("told_by", sa.BigInteger),
    )
    op.create_index("ix_clipsync_mails_state", "clipsync_mails", ["state", "created_at"])
    op.create_index("ix_clipsync_mails_created_at", "clipsync_mails", ["created_at"])
    _carry_over()
    # Last, so that they are built once.
    for table, indices in _INDICES.items():
        for name, columns in indices.items():
            op.create_index(f"ix_{table}_{name}", table, columns)


def downgrade() -> None:
    for table in ("mails", "audits", "project_states"):
        op.drop_table(f"clipsync_{table}")
    for table, indices in _INDICES.items():
        for name in indices:
            op.drop_index(f"ix_{table}_{name}", table)
    with op.batch_alter_table("clipsync_findings") as findings:
        for name in ("mail_id", "telling", "told_at", "told"):
            findings.drop_column(name)
    with op.batch_alter_table("clipsync_projects") as projects:
        for name in reversed((*_COUNTS, "attention", *_OPEN)):
            projects.drop_column(name)


_projects = sa.table(
    "clipsync_projects",
    sa.column("project_id", sa.String()),
    sa.column("status", sa.String()),
    *(sa.column(name, sa.Integer()) for name in ("attention", *_OPEN)),
)
_findings = sa.table(
    "clipsync_findings",
    sa.column("project_id", sa.String()),
    sa.column("severity", sa.String()),
    sa.column("last_seen", _MOMENT),
    sa.column("resolved_at", _MOMENT),
    sa.column("told", sa.String()),
    sa.column("told_at", _MOMENT),
)


def _carry_over() -> None:
    """Count what is open by project; and whatever is open was mailed by the older release."""
    conn = op.get_bind()
    still_open = _findings.c.resolved_at.is_(None)
    counted = {
        name: sa.select(sa.func.count())
        .where(
            _findings.c.project_id == _projects.c.project_id,
            _findings.c.severity == name.removesuffix("s"),
            still_open,
        )
        .scalar_subquery()
        for name in _OPEN
    }
    attention = sa.case(_ATTENTION, value=_projects.c.status, else_=0)
    conn.execute(sa.update(_projects).values(attention=attention, **counted))
    conn.execute(
        sa.update(_findings)
        .where(still_open, _findings.c.severity != "info")
        .values(told=_findings.c.severity, told_at=_findings.c.last_seen)
    )
