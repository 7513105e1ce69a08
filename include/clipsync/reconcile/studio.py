"""A project of AutoClip's Studio: nothing is planned, but a lost row of its own is rebuilt.

Its outputs are its own file and the videos beside it; the records of steps 3 and 4 are candidates,
and the clip rows made of them AutoClip's own. A status written here would be written over at the
next look at AutoClip's page.
"""

from __future__ import annotations

from dataclasses import replace

from clipsync.model.manifest import DiskState, StudioState
from clipsync.model.plan import LedgerDelta, ProjectPlan
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.guards import row_count
from clipsync.reconcile.project import differ, display_name, plan_studio_row, row_values
from clipsync.reconcile.scene import Scene

_NOT_BEGUN = StudioState("not_begun")


def plan_studio_project(scene: Scene, findings: Findings) -> ProjectPlan:
    """The plan of a Studio project: at most the insert of its row, which saves its videos.

    AutoClip 1.5.6 deletes a directory without a row when it starts. A project that a person
    deleted does not come here (`eligibility.project_gone`).
    """
    manifest, base = scene.manifest, scene.base
    state = manifest.studio or _NOT_BEGUN
    changes = []
    if scene.snapshot.project is None:
        findings.directory_without_row(rescued=True)
        changes.append(plan_studio_row(scene, state))
    _tell(scene, state, findings)
    values = row_values(scene, changes)
    return ProjectPlan(
        project_id=manifest.project_id,
        name=display_name(manifest, scene.snapshot),
        state=DiskState.STUDIO,
        changes=tuple(changes),
        findings=findings.all,
        ledger=replace(
            LedgerDelta.unchanged(base),
            project_deleted=False,
            project_values=values,
            project_values_changed=differ(values, base.project_values),
        ),
        rows=row_count(scene.snapshot),
    )


def _tell(scene: Scene, state: StudioState, findings: Findings) -> None:
    """Where it stands, and what a person can do something about."""
    findings.studio(state)
    if state.problem is not None:
        findings.studio_unreadable(state.problem)
    if state.missing_videos:
        findings.studio_video_missing(state.missing_videos)
    row = scene.snapshot.project
    if row is None:
        return
    status, expected = row.status.upper(), state.row_status
    if state.cancelled and status == "PROCESSING":
        findings.studio_cancelled(status)
    if expected is not None and status != expected and scene.options.studio_overdue:
        findings.studio_status_differs(status=status, phase=state.phase, expected=expected)
