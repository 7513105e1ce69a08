"""Batches: read both sides of some hundred projects, and plan each of them.

One query per table and batch, so that the cost of a run does not grow with the number of
statements; memory holds one batch at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from clipsync.autoclip.database.snapshot import read_snapshots
from clipsync.autoclip.database.survey import UNFINISHED, Survey
from clipsync.ledger import store
from clipsync.model.base import Base
from clipsync.model.manifest import Manifest
from clipsync.model.plan import ProjectPlan
from clipsync.model.snapshot import Snapshot, TaskRow
from clipsync.operations.workspace import Workspace
from clipsync.reconcile import PlanOptions, plan_project


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
    """Database and ledger of some projects, and where AutoClip keeps all of them."""

    snapshots: Mapping[str, Snapshot]
    bases: Mapping[str, Base]
    projects_root: str | None


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
        row_id: project_id
        for project_id, base in bases.items()
        for row_id in (*(row.row_id for row in base.rows), *base.seen_collection_row_ids)
    }
    return read_snapshots(conn, project_ids, former, survey), bases


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
    return Sides(*read_sides(conn, project_ids, survey), workspace.projects_root(conn))


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
                snapshot.newest_task, now=now, fresh=workspace.settings.task_freshness
            ),
            projects_root=sides.projects_root,
        )
        plan = plan_project(manifest, snapshot, sides.bases[manifest.project_id], facts)
        planned.append(Planned(manifest, plan, snapshot))
    return planned


def is_busy(task: TaskRow | None, *, now: datetime, fresh: timedelta) -> bool:
    """Rule 9: AutoClip is at the project right now. File times say nothing, its task does.

    A task that runs for ever (AutoClip's outer rows do, and those of a crash) is only believed
    for `fresh` after its last update.
    """
    if task is None or task.status.upper() not in UNFINISHED:
        return False
    try:
        updated = datetime.fromisoformat(task.updated_at)
    except ValueError:
        return False
    if updated.tzinfo is None:
        updated = updated.replace(tzinfo=UTC)
    return now - updated < fresh
