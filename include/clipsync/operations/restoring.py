"""Restore: lift tombstones on purpose (rule 7), and sync what they held back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from clipsync.autoclip.database.locks import read_transaction
from clipsync.errors import NothingToRestoreError
from clipsync.ledger import store
from clipsync.model.base import Tombstone
from clipsync.model.manifest import Kind
from clipsync.model.reason import ReasonCode
from clipsync.operations.batches import plan_batch
from clipsync.operations.losses import with_losses
from clipsync.operations.results import SyncResult
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.workspace import Workspace
from clipsync.reconcile import PlanOptions


def held_back(workspace: Workspace, project_id: str) -> tuple[Tombstone, ...]:
    """What could be restored: everything of the project that a tombstone holds back."""
    workspace.select([project_id])
    with read_transaction(workspace.engine) as conn:
        base = store.read_bases(conn, [project_id])[project_id]
    return tuple(stone for stone in base.tombstones if not stone.lifted)


def is_deleted(workspace: Workspace, project_id: str) -> bool:
    """Whether a person deleted the project in AutoClip, and so no sync brings it back."""
    (project_id,) = workspace.select([project_id])
    options = with_losses(workspace, PlanOptions())
    manifest = workspace.data.read(project_id)
    with read_transaction(workspace.engine) as conn:
        (planned,) = plan_batch(conn, [manifest], options, workspace, datetime.now(UTC))
    return planned.plan.skipped is not None and planned.plan.skipped.code in (
        ReasonCode.PROJECT_DELETED,
        ReasonCode.PROJECTS_GONE,
    )


def restore_project(
    workspace: Workspace,
    project_id: str,
    *,
    run: RunContext,
    clips: Collection[str] = (),
    collections: Collection[str] = (),
    everything: bool = False,
) -> SyncResult:
    """Lift the tombstones of these source ids (or of everything) and sync the project.

    A project that a person deleted comes back first. A row comes back with its old id, its texts,
    its order and its places in collections. Raises NothingToRestoreError where nothing holds back
    one of them, before anything is written.
    """
    wanted = {(Kind.CLIP, source) for source in clips}
    wanted |= {(Kind.COLLECTION, source) for source in collections}
    options = PlanOptions(restore=frozenset(wanted), restore_all=everything, restore_project=True)
    _check(workspace, project_id, wanted, options)
    results: list[SyncResult] = []
    sync_projects(workspace, [project_id], run=run, options=options, on_result=results.append)
    return results[0]


def _check(
    workspace: Workspace,
    project_id: str,
    wanted: Collection[tuple[Kind, str]],
    options: PlanOptions,
) -> None:
    gone = is_deleted(workspace, project_id)
    manifest = workspace.data.read(project_id)
    with read_transaction(workspace.engine) as conn:
        # A deletion that no sync has seen yet is buried and lifted by one and the same plan.
        (planned,) = plan_batch(
            conn,
            [manifest],
            replace(options, restore=frozenset(), restore_all=False),
            workspace,
            datetime.now(UTC),
        )
    held = {
        (stone.kind, stone.source_id)
        for stone in planned.plan.ledger.tombstones
        if not stone.lifted
    }
    missing = sorted(f"{kind.value} {source}" for kind, source in set(wanted) - held)
    if missing or (options.restore_all and not held and not gone):
        there = ", ".join(sorted(f"{kind.value} {source}" for kind, source in held))
        raise NothingToRestoreError(
            f"project {project_id}: nothing holds back {', '.join(missing) or 'anything'}; "
            + (f"what could be restored: {there}." if there else "nothing was deleted there.")
        )
