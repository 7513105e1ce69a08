"""Projects whose rows are gone (rule 7): deleted by people, or lost with many others?"""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from clipsync.autoclip.database import tables as autoclip
from clipsync.autoclip.database.locks import read_transaction
from clipsync.ledger import tables
from clipsync.ledger.migrate import is_current
from clipsync.model.manifest import DiskState
from clipsync.operations.workspace import Workspace
from clipsync.reconcile import PlanOptions

FEW = 3
"""Of fewer known projects, those that are gone were deleted."""


def with_losses(workspace: Workspace, options: PlanOptions) -> PlanOptions:
    """The options with the fact that only the whole installation tells: were projects lost?

    Asked once a run, before anything is written, since a run that brings projects back changes it.
    """
    return replace(options, projects_lost=_lost(workspace))


def _lost(workspace: Workspace) -> tuple[int, int] | None:
    """(gone, known) where more than half of the known projects are gone at once; else None.

    Only projects that are still on the disk count: a person who deletes a project in AutoClip
    takes its directory along as well. Example: 2 of 3 rows gone, both directories there → (2, 3).
    """
    with read_transaction(workspace.engine) as conn:
        if not is_current(conn):
            return None
        known, gone = _known_and_gone(conn)
    if not gone:
        return None
    left = [one for one in gone if workspace.data.read(one).state is not DiskState.ABSENT]
    known = known - len(gone) + len(left)
    return (len(left), known) if known >= FEW and len(left) > known / 2 else None


def _known_and_gone(conn: sa.Connection) -> tuple[int, list[str]]:
    """(number of projects that were synced and not deleted, ids of those without a row)."""
    table = tables.projects.c
    ours = sa.and_(table.last_synced_at.is_not(None), table.deleted_at.is_(None))
    known = conn.scalar(sa.select(sa.func.count()).select_from(tables.projects).where(ours))
    there = sa.exists().where(autoclip.projects.c.id == table.project_id)
    gone = conn.scalars(sa.select(table.project_id).where(ours, ~there))
    return known or 0, list(gone)
