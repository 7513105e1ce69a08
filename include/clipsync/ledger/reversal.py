"""What the ledger takes back when a run is undone."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from clipsync.ledger import tables
from clipsync.model.base import BaseRow
from clipsync.model.plan import KIND_TABLE, Change, Op
from clipsync.model.reason import ReasonCode
from clipsync.sql import among

_KINDS = {table: kind.value for kind, table in KIND_TABLE.items()}


def put_back(conn: sa.Connection, project_id: str, rows: Sequence[BaseRow]) -> None:
    """Make these the bases of their rows, which the ledger knows."""
    column = tables.rows.c
    for row in rows:
        conn.execute(
            sa.update(tables.rows)
            .where(
                column.project_id == project_id,
                column.kind == row.kind.value,
                column.row_id == row.row_id,
            )
            .values(file_values=dict(row.file_values), kept_values=dict(row.kept_values))
        )


def forget(conn: sa.Connection, undone: Sequence[Change]) -> None:
    """Take back what the ledger learnt from these changes of one project.

    Their rows are not known any more: the next sync looks at them as at any row of AutoClip's.
    What had been restored on purpose is buried again.
    """
    for table, kind in _KINDS.items():
        mine = [change for change in undone if change.table is table]
        if not mine:
            continue
        column = tables.rows.c
        conn.execute(
            sa.delete(tables.rows).where(
                column.project_id == mine[0].project_id,
                column.kind == kind,
                among(column.row_id, [change.row_id for change in mine], conn.dialect),
            )
        )
        restored = [
            change.source_id
            for change in mine
            if change.op is Op.INSERT
            and change.source_id is not None
            and "" in change.why
            and change.why[""].code is ReasonCode.RESTORED_ON_PURPOSE
        ]
        stone = tables.tombstones.c
        if restored:
            conn.execute(
                sa.update(tables.tombstones)
                .where(
                    stone.project_id == mine[0].project_id,
                    stone.kind == kind,
                    among(stone.source_id, restored, conn.dialect),
                )
                .values(lifted_at=None)
            )
