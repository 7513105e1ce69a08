"""Reasons as codes with values: why a record can't be used, beside its sentence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clipsync_quarantine", sa.Column("why", sa.JSON))


def downgrade() -> None:
    op.drop_column("clipsync_quarantine", "why")
