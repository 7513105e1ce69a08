"""Plan: what a sync would do, and nothing done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from clipsync.autoclip.database.locks import read_transaction
from clipsync.model.plan import ProjectPlan
from clipsync.model.reason import Reason
from clipsync.operations.batches import in_batches, look, plan_sides, read_manifests
from clipsync.operations.digests import Digests, plan_of
from clipsync.operations.losses import with_losses
from clipsync.operations.workspace import Workspace
from clipsync.reconcile import PlanOptions
from clipsync.reconcile.guards import run_stop


def plan_projects(
    workspace: Workspace,
    project_ids: Sequence[str] | None,
    options: PlanOptions | None = None,
    *,
    full: bool = False,
) -> Iterator[ProjectPlan]:
    """The plan of each project (None: of all), as the next sync would make it; writes nothing.

    Not `full`: where digests tell that a project is as it was left, its empty plan comes from the
    ledger.
    """
    selected = workspace.select(project_ids)
    chosen = with_losses(workspace, options or PlanOptions())
    digests = Digests.of_run(workspace, selected, chosen, compared=False if full else None)
    for ids in in_batches(selected, workspace.settings.batch_size):
        plans = {id_: plan_of(state) for id_, state in digests.unchanged(ids, synced=True).items()}
        manifests = read_manifests(workspace, [id_ for id_ in ids if id_ not in plans])
        if manifests:
            with read_transaction(workspace.engine) as conn:
                wanted = [manifest.project_id for manifest in manifests]
                sides = look(conn, wanted, workspace, digests.survey)
            planned = plan_sides(sides, manifests, chosen, workspace, datetime.now(UTC))
            plans |= {one.plan.project_id: one.plan for one in planned}
        for id_ in ids:
            yield plans[id_]


@dataclass(slots=True)
class RunShare:
    """What share of all rows the plans of a run would delete: rule 8's limit per run."""

    projects: int = 0
    rows: int = 0
    unsucceeded: int = 0

    def take(self, plan: ProjectPlan) -> None:
        self.projects += 1
        self.rows += plan.rows
        if plan.stopped is None:
            self.unsucceeded += plan.unsucceeded_deletes

    def stop(self, workspace: Workspace, options: PlanOptions) -> Reason | None:
        """Why a sync of these projects would stop all plans that delete, or None.

        Of a single project's rows, the project's own limit is the one that counts.
        """
        if options.allow_deletes or self.projects < 2:
            return None
        return run_stop(self.unsucceeded, self.rows, workspace.settings.delete_limit_run)
