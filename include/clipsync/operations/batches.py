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
from clipsync.autoclip.database.survey import Survey
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
    """A project's plan beside what it was made from."""

    manifest: Manifest
    plan: ProjectPlan
    snapshot: Snapshot

    @property
    def database_clips(self) -> int:
        """Rows that the database held, manual ones included."""
        return len(self.snapshot.clips)

    @property
    def database_collections(self) -> int:
        return len(self.snapshot.collections)


@dataclass(frozen=True, slots=True)
class Sides:
    """Database and ledger of some projects, where AutoClip keeps all of them, and by table the
    columns that its database lacks."""

    snapshots: Mapping[str, Snapshot]
    bases: Mapping[str, Base]
    projects_root: str | None
    absent: Mapping[str, frozenset[str]]


def in_batches(project_ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(project_ids), size):
        yield project_ids[start : start + size]


def read_manifests(workspace: Workspace, project_ids: Sequence[str]) -> list[Manifest]:
    return [workspace.data.read(project_id) for project_id in project_ids]


def read_sides(
    conn: sa.Connection, project_ids: Sequence[str], survey: Survey | None = None
) -> tuple[dict[str, Snapshot], dict[str, Base]]:
    """Database and ledger of each project. Links between rows that are gone are found by what the
    ledger remembers: AutoClip leaves them behind, and a restored row meets them again."""
    bases = store.read_bases(conn, project_ids)
    former = {
        row_id: project_id for project_id, base in bases.items() for row_id in former_rows(base)
    }
    snapshots = _with_foreign_clips(conn, read_snapshots(conn, project_ids, former, survey))
    return _with_taken_ids(conn, snapshots, bases), bases


def former_rows(base: Base) -> Iterator[str]:
    """Ids of rows that the project had once, or has still, as far as the ledger knows."""
    yield from (row.row_id for row in base.rows)
    yield from base.seen_collection_row_ids


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
    unknown = {project_id: not_its_own(one) for project_id, one in snapshots.items()}
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


def not_its_own(snapshot: Snapshot) -> set[str]:
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
    ids = [manifest.project_id for manifest in manifests]
    return plan_sides(look(conn, ids, workspace), manifests, options, workspace, now)


def look(
    conn: sa.Connection,
    project_ids: Sequence[str],
    workspace: Workspace,
    survey: Survey | None = None,
) -> Sides:
    """What `conn` sees of these projects. `survey`: spares a search for their rows where it still
    holds."""
    snapshots, bases = read_sides(conn, project_ids, survey)
    return Sides(snapshots, bases, workspace.projects_root(conn), absent_columns(conn))


def plan_sides(
    sides: Sides,
    manifests: Sequence[Manifest],
    options: Mapping[str, PlanOptions] | PlanOptions,
    workspace: Workspace,
    now: datetime,
) -> list[Planned]:
    """Plan these projects against what was seen of them."""
    planned = []
    for manifest in manifests:
        snapshot = sides.snapshots[manifest.project_id]
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
            projects_root=sides.projects_root,
        )
        plan = plan_project(manifest, snapshot, sides.bases[manifest.project_id], facts)
        planned.append(Planned(manifest, plan.without_columns(sides.absent), snapshot))
    return planned
