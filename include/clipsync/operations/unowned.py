"""Nobody's rows (rule 14): links whose clip and collection are both gone, rows of no project."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from clipsync.autoclip.database import tables
from clipsync.autoclip.database.write import write_changes
from clipsync.ledger.journal import write_journal
from clipsync.model.finding import SEVERITIES, Finding, FindingCode
from clipsync.model.manifest import DiskState
from clipsync.model.plan import Change, Op, ProjectPlan, Table
from clipsync.model.reason import Reason, ReasonCode

INSTALLATION = ""
"""Stands for the installation as a whole where a project's id is asked for."""


def unowned_findings(conn: sa.Connection) -> tuple[Finding, ...]:
    """What the database holds that belongs to no project; nothing is changed."""
    found = []
    links = conn.scalar(
        sa.select(sa.func.count()).select_from(tables.clip_collection).where(_of_nobody())
    )
    if links:
        found.append(_finding(FindingCode.LINKS_OF_NOBODY, {"count": links}))
    counts = {
        name: conn.scalar(
            sa.select(sa.func.count())
            .select_from(table)
            .where(~sa.exists().where(tables.projects.c.id == table.c.project_id))
        )
        for name, table in (("clips", tables.clips), ("collections", tables.collections))
    }
    if any(counts.values()):
        found.append(_finding(FindingCode.ROWS_WITHOUT_PROJECT, counts))
    return tuple(found)


def remove_links_of_nobody(conn: sa.Connection, run_id: str, now: datetime) -> int:
    """Remove links whose clip and collection are both gone, journaled; gives how many."""
    link = tables.clip_collection.c
    gone = list(
        conn.execute(
            sa.select(link.collection_id, link.clip_id, link.order_index)
            .where(_of_nobody())
            .order_by(link.collection_id, link.order_index, link.clip_id)
        )
    )
    by_collection: dict[str, list[tuple[str, int]]] = {}
    for collection_id, clip_id, order_index in gone:
        by_collection.setdefault(collection_id, []).append((clip_id, order_index))
    changes = tuple(
        Change(
            Op.RELINK,
            Table.LINKS,
            INSTALLATION,
            collection_id,
            None,
            {
                "clip_ids": [clip_id for clip_id, _ in links],
                "order_index": [index for _, index in links],
            },
            {"clip_ids": []},
            {"": Reason(ReasonCode.LINKS_OF_NOBODY)},
        )
        for collection_id, links in by_collection.items()
    )
    write_changes(conn, changes, now)
    plan = ProjectPlan(INSTALLATION, "", DiskState.COMPLETED, changes=changes)
    write_journal(conn, [plan], run_id=run_id, now=now, before={})
    return len(gone)


def _of_nobody() -> sa.ColumnElement[bool]:
    link = tables.clip_collection.c
    return sa.and_(
        ~sa.exists().where(tables.clips.c.id == link.clip_id),
        ~sa.exists().where(tables.collections.c.id == link.collection_id),
    )


def _finding(code: FindingCode, evidence: dict[str, int | None]) -> Finding:
    return Finding(code, SEVERITIES[code], INSTALLATION, "", dict(evidence))
