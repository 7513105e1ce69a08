"""Digests: which projects are as they were when they were last found in order.

For each project that a sync or an audit left in order the ledger keeps a digest of its files
(names, sizes, times) and one of its rows (every column that a plan looks at). Where both are the
same now, the plan is empty, as it was then, and neither files nor rows are read again:

    same files, same rows, nothing open, AutoClip not at it   ──▶ known from the ledger
    anything else                                             ──▶ planned

A plan follows from more than its own files and rows in a few cases; no digest is kept in those, so
they are planned by every run: a project that was skipped or stopped, with something to tell or in
quarantine, with a file of AutoClip's Studio (its lateness is told by the clock), or whose
collections list clips that are not its own (which may go without a trace in its rows).

What digests can't see is a file of the same size and times with another content; a full audit can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

import sqlalchemy as sa

from clipsync import __version__
from clipsync.autoclip.database.locks import read_transaction
from clipsync.autoclip.database.survey import (
    PROJECT_ID_LENGTH,
    RowIds,
    Survey,
    read_digests,
    take_survey,
)
from clipsync.ledger import ProjectState, store
from clipsync.model.manifest import DiskState
from clipsync.model.plan import Op, ProjectPlan, Table
from clipsync.operations.batches import Planned, former_rows, not_its_own
from clipsync.operations.states import left_findings
from clipsync.operations.workspace import Workspace
from clipsync.reconcile import PlanOptions
from clipsync.reconcile.last_run import moment_of


@dataclass(frozen=True, slots=True)
class Digests:
    """A run's view of them. `survey`: None where the run is too small to look at all rows."""

    workspace: Workspace
    survey: Survey | None = None
    recorded: bool = True
    """Whether the run's plans are those that the next run would make."""
    compared: bool = False

    @classmethod
    def of_run(
        cls,
        workspace: Workspace,
        selected: Sequence[str],
        options: PlanOptions,
        *,
        compared: bool | None = None,
    ) -> Digests:
        """`selected`: the run's projects. `compared`: whether those that are as they were are left
        out; by default where there are more than a batch of them.

        All rows are looked at only where that is worth it: on SQLite it also tells where each row
        is, without which each batch would search all tables.
        """
        # Plans by other rules, such as `--prefer disk`, or of an installation that has lost
        # projects, say nothing about the next one, nor the last one about them.
        usual = options == PlanOptions()
        large = len(selected) > workspace.settings.batch_size
        compared = usual and (large if compared is None else compared)
        sqlite = workspace.engine.dialect.name == "sqlite"
        survey = take_survey(workspace.engine) if compared or (large and sqlite) else None
        return cls(workspace, survey, recorded=usual, compared=compared)

    def unchanged(self, project_ids: Sequence[str], *, synced: bool) -> dict[str, ProjectState]:
        """Those of these projects that need no plan, as they were left. `synced`: only those that
        a sync knows; for an audit it is enough that one looked at them."""
        if self.survey is None or not self.compared:
            return {}
        with read_transaction(self.workspace.engine) as conn:
            states = store.read_settled(conn, project_ids, synced=synced)
            lost = self._with_lost_links(conn, self.survey.lost_ends, list(states))
        now = datetime.now(UTC)
        return {
            project_id: state
            for project_id, state in states.items()
            if project_id not in lost
            and state.activity == _stored(self.survey.digest(project_id))
            and not self._busy(self.survey, project_id, now)
            and state.fingerprint == self.workspace.data.fingerprint(project_id)
        }

    def to_record(self, conn: sa.Connection, planned: Sequence[Planned]) -> dict[str, str]:
        """The digests to keep of the rows of these projects, as `conn` sees them now: of those that
        are in order and have nothing left to tell."""
        settled = [one for one in planned if self.recorded and _settled(one)]
        if not settled:
            return {}
        found = read_digests(
            conn, {one.plan.project_id: row_ids(one) for one in settled}, self.survey
        )
        return {project_id: _stored(digest) for project_id, digest in found.items()}

    def _busy(self, survey: Survey, project_id: str, now: datetime) -> bool:
        """Whether AutoClip may be at it: a task that isn't over was heard of within the freshness
        limit. Planning looks closer; a time that can't be read, or is yet to come, is for it."""
        updated_at = survey.unfinished.get(project_id)
        if updated_at is None:
            return False
        moment = moment_of(updated_at)
        return moment is None or now - moment < self.workspace.settings.task_freshness

    def _with_lost_links(
        self, conn: sa.Connection, lost_ends: frozenset[str], project_ids: Sequence[str]
    ) -> set[str]:
        """Those of these projects that rows were of that only links name still."""
        if not lost_ends:
            return set()
        composite = {end[:PROJECT_ID_LENGTH] for end in lost_ends}
        bases = store.read_bases(conn, project_ids)
        return {
            project_id
            for project_id, base in bases.items()
            if project_id in composite or not lost_ends.isdisjoint(former_rows(base))
        }


def plan_of(state: ProjectState) -> ProjectPlan:
    """The empty plan of a project that is as it was left."""
    return ProjectPlan(
        project_id=state.project_id,
        name=state.name,
        state=DiskState(state.disk_state or DiskState.COMPLETED),
        clips=state.clips,
        collections=state.collections,
        clips_now=state.clips,
        collections_now=state.collections,
        disk_clips=state.disk_clips or 0,
        disk_collections=state.disk_collections or 0,
        rows=(state.database_clips or 0) + (state.database_collections or 0),
    )


def row_ids(one: Planned) -> RowIds:
    """The rows of a project before and after its plan; those that are gone do no harm."""
    inserted: dict[Table, list[str]] = {table: [] for table in Table}
    linked = [link.clip_id for link in one.snapshot.links]
    for change in one.plan.changes:
        if change.op is Op.INSERT:
            inserted[change.table].append(change.row_id)
        elif change.op is Op.RELINK:
            linked += change.after.get("clip_ids", ())
    return RowIds(
        clips=[*(clip.id for clip in one.snapshot.clips), *inserted[Table.CLIPS]],
        collections=[*(row.id for row in one.snapshot.collections), *inserted[Table.COLLECTIONS]],
        linked=linked,
    )


def _settled(one: Planned) -> bool:
    """Whether the next plan, where files and rows stay as they are then, is empty again."""
    plan = one.plan
    planned = plan.stopped is None and plan.skipped is None
    quiet = not left_findings(plan) and not plan.quarantined and one.manifest.studio is None
    return planned and quiet and not _lists_others(one)


def _lists_others(one: Planned) -> bool:
    """Whether a collection lists, before or after the plan, a clip that is not the project's."""
    listed = not_its_own(one.snapshot)
    own = set()
    for change in one.plan.changes:
        if change.table is Table.CLIPS and change.op is Op.INSERT:
            own.add(change.row_id)
        elif change.op is Op.RELINK:
            listed.update(change.after.get("clip_ids", ()))
        elif change.table is Table.COLLECTIONS:
            metadata = change.after.get("collection_metadata")
            found = metadata.get("clip_ids") if isinstance(metadata, Mapping) else None
            listed.update(found if isinstance(found, list) else ())
    return not listed <= own | {clip.id for clip in one.snapshot.clips}


def _stored(digest: str) -> str:
    """Another release may read the same rows otherwise: its digests are others."""
    return blake2b(f"{__version__}|{digest}".encode(), digest_size=16).hexdigest()
