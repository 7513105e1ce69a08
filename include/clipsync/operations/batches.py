"""Batches: read both sides of some hundred projects, and plan each of them.

One query per table and batch, so that the cost of a run does not grow with the number of
statements; memory holds one batch at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

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
    return read_snapshots(conn, project_ids, former), bases


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
