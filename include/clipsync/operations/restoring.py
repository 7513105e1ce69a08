"""Restore: lift tombstones on purpose (rule 7), and sync what they held back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from clipsync.autoclip.database.locks import read_transaction
from clipsync.errors import NothingToRestoreError
from clipsync.ledger import store
from clipsync.model.base import Tombstone
from clipsync.model.decision import Fate
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
    reason = planned.plan.skipped or planned.plan.stopped
    return reason is not None and reason.code in (
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
    lifted = _tombstones_of(workspace, project_id, wanted, everything=everything)
    options = PlanOptions(restore=lifted, restore_all=everything, restore_project=True)
    results: list[SyncResult] = []
    sync_projects(workspace, [project_id], run=run, options=options, on_result=results.append)
    return results[0]


def _tombstones_of(
    workspace: Workspace,
    project_id: str,
    wanted: Collection[tuple[Kind, str]],
    *,
    everything: bool,
) -> frozenset[tuple[Kind, str]]:
    """The tombstones of what is asked for, by the numbers the ledger has for them.

    A clip may be asked for by the number it has in the file now, or had when it was deleted.
    Raises NothingToRestoreError where nothing holds one of them back.
    """
    gone = is_deleted(workspace, project_id)
    manifest = workspace.data.read(project_id)
    with read_transaction(workspace.engine) as conn:
        # A deletion that no sync has seen yet is buried and lifted by one and the same plan.
        (planned,) = plan_batch(
            conn, [manifest], PlanOptions(restore_project=True), workspace, datetime.now(UTC)
        )
    held = {
        (one.decision.kind, str(one.decision.source_id)): (stone.kind, stone.source_id)
        for one in planned.plan.items
        if one.decision.fate is Fate.HOLD_BACK and (stone := one.decision.tombstone) is not None
    }
    for stone in planned.plan.ledger.tombstones:
        if not stone.lifted and (stone.kind, stone.source_id) not in held.values():
            held.setdefault((stone.kind, stone.source_id), (stone.kind, stone.source_id))
    missing = sorted(f"{kind.value} {source}" for kind, source in set(wanted) - set(held))
    if missing or (everything and not held and not gone):
        there = ", ".join(sorted(f"{kind.value} {source}" for kind, source in held))
        raise NothingToRestoreError(
            f"project {project_id}: nothing holds back {', '.join(missing) or 'anything'}; "
            + (f"what could be restored: {there}." if there else "nothing was deleted there.")
        )
    return frozenset(held[one] for one in wanted)
