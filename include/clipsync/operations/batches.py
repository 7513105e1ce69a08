"""Batches: read both sides of some hundred projects, and plan each of them.

One query per table and batch, so that the cost of a run does not grow with the number of
statements; memory holds one batch at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from clipsync.autoclip.database import tables
from clipsync.autoclip.database.columns import absent_columns
from clipsync.autoclip.database.snapshot import read_snapshots
from clipsync.ledger import store
from clipsync.model.base import Base
from clipsync.model.manifest import Manifest
from clipsync.model.plan import ProjectPlan
from clipsync.model.snapshot import Snapshot
from clipsync.operations.facts import is_busy, studio_overdue
from clipsync.operations.workspace import Workspace
from clipsync.reconcile import PlanOptions, plan_project
from clipsync.reconcile.identity import content_ids
from clipsync.sql import among


@dataclass(frozen=True, slots=True)
class Planned:
    """A project's plan beside the manifest it was made from, and the number of its rows that the
    database held then, manual ones included."""

    manifest: Manifest
    plan: ProjectPlan
    database_clips: int = 0
    database_collections: int = 0


def in_batches(project_ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(project_ids), size):
        yield project_ids[start : start + size]


def read_manifests(workspace: Workspace, project_ids: Sequence[str]) -> list[Manifest]:
    return [workspace.data.read(project_id) for project_id in project_ids]


def read_sides(
    conn: sa.Connection, project_ids: Sequence[str]
) -> tuple[dict[str, Snapshot], dict[str, Base]]:
    """Database and ledger of each project. Links between rows that are gone are found by what the
    ledger remembers: AutoClip leaves them behind, and a restored row meets them again."""
    bases = store.read_bases(conn, project_ids)
    former = {
        row_id: project_id
        for project_id, base in bases.items()
        for row_id in (*(row.row_id for row in base.rows), *base.seen_collection_row_ids)
    }
    snapshots = _with_foreign_clips(conn, read_snapshots(conn, project_ids, former))
    return _with_taken_ids(conn, snapshots, bases), bases


def _with_taken_ids(
    conn: sa.Connection, snapshots: dict[str, Snapshot], bases: Mapping[str, Base]
) -> dict[str, Snapshot]:
    """Each snapshot with the ids of its lost rows that other rows have now (rule 7)."""
    lost = {project_id: _lost_ids(one, bases[project_id]) for project_id, one in snapshots.items()}
    asked = sorted({item for items in lost.values() for item in items})
    if not asked:
        return snapshots
    taken: set[str] = set()
    for column in (tables.clips.c.id, tables.collections.c.id):
        taken |= set(conn.scalars(sa.select(column).where(among(column, asked, conn.dialect))))
    return {
        project_id: replace(one, taken_ids=frozenset(lost[project_id] & taken))
        if lost[project_id] & taken
        else one
        for project_id, one in snapshots.items()
    }


def _lost_ids(snapshot: Snapshot, base: Base) -> set[str]:
    known = {row.row_id for row in base.rows}
    known |= {stone.row_id for stone in base.tombstones if stone.row_id is not None}
    there = {row.id for row in snapshot.clips} | {row.id for row in snapshot.collections}
    return known - there


def _with_foreign_clips(conn: sa.Connection, snapshots: dict[str, Snapshot]) -> dict[str, Snapshot]:
    """Each snapshot with the clips of other projects that its collections list (rule 14)."""
    unknown = {project_id: _not_its_own(one) for project_id, one in snapshots.items()}
    asked = sorted({item for items in unknown.values() for item in items})
    if not asked:
        return snapshots
    clip = tables.clips.c
    there = set(conn.scalars(sa.select(clip.id).where(among(clip.id, asked, conn.dialect))))
    return {
        project_id: replace(one, foreign_clips=frozenset(unknown[project_id] & there))
        if unknown[project_id] & there
        else one
        for project_id, one in snapshots.items()
    }


def _not_its_own(snapshot: Snapshot) -> set[str]:
    """Ids that the project's collections list or link to, and that are none of its clips."""
    listed = {link.clip_id for link in snapshot.links}
    for row in snapshot.collections:
        listed.update(content_ids(row) or ())
    return listed - {row.id for row in snapshot.clips}


def plan_batch(
    conn: sa.Connection,
    manifests: Sequence[Manifest],
    options: Mapping[str, PlanOptions] | PlanOptions,
    workspace: Workspace,
    now: datetime,
) -> list[Planned]:
    """Plan these projects against the state `conn` sees; writes nothing."""
    snapshots, bases = read_sides(conn, [manifest.project_id for manifest in manifests])
    root, absent = workspace.projects_root(conn), absent_columns(conn)
    planned = []
    for manifest in manifests:
        snapshot = snapshots[manifest.project_id]
        chosen = options if isinstance(options, PlanOptions) else options[manifest.project_id]
        facts = replace(
            chosen,
            delete_limit=workspace.settings.delete_limit_project,
            retry_under_way=is_busy(
                snapshot.newest_task,
                snapshot.project,
                now=now,
                fresh=workspace.settings.task_freshness,
            ),
            studio_overdue=studio_overdue(manifest.studio, now=now),
            projects_root=root,
        )
        plan = plan_project(manifest, snapshot, bases[manifest.project_id], facts)
        plan = plan.without_columns(absent)
        planned.append(Planned(manifest, plan, len(snapshot.clips), len(snapshot.collections)))
    return planned
