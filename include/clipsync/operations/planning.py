"""Plan: what a sync would do, and nothing done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from clipsync.autoclip.database.locks import read_transaction
from clipsync.model.plan import ProjectPlan
from clipsync.operations.batches import in_batches, plan_batch, read_manifests
from clipsync.operations.workspace import Workspace
from clipsync.reconcile import PlanOptions


def plan_projects(
    workspace: Workspace,
    project_ids: Sequence[str] | None,
    options: PlanOptions | None = None,
) -> Iterator[ProjectPlan]:
    """The plan of each project (None: of all), as the next sync would make it; writes nothing."""
    for ids in in_batches(workspace.select(project_ids), workspace.settings.batch_size):
        manifests = read_manifests(workspace, ids)
        with read_transaction(workspace.engine) as conn:
            planned = plan_batch(
                conn, manifests, options or PlanOptions(), workspace, datetime.now(UTC)
            )
        for one in planned:
            yield one.plan
