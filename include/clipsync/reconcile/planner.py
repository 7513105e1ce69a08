"""One project's plan: reads like the sentence that describes it.

remember ──▶ who stands for what, and what people changed
decide   ──▶ what becomes of every record and row, clips first: collections are what they hold
emit     ──▶ merged fields, changes, findings, and what the ledger has to remember
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from clipsync.model.base import Base, BaseRow, Tombstone
from clipsync.model.manifest import Kind, Manifest, MarkerState
from clipsync.model.plan import Change, LedgerDelta, Op, ProjectPlan, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import Snapshot
from clipsync.reconcile import (
    cases,
    clip_rows,
    collection_rows,
    gone,
    guards,
    remember,
    tombstones,
)
from clipsync.reconcile.decide import decide
from clipsync.reconcile.eligibility import is_studio, project_gone, why_not
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.options import PlanOptions
from clipsync.reconcile.project import differ, display_name, plan_project_row, row_values
from clipsync.reconcile.references import References
from clipsync.reconcile.scene import Scene
from clipsync.reconcile.studio import plan_studio_project


def plan_project(
    manifest: Manifest, snapshot: Snapshot, base: Base, options: PlanOptions | None = None
) -> ProjectPlan:
    """What must change so that the database agrees with the disk, and why.

    A pure function: the same three inputs and options give the same plan. Nothing is planned for
    a project that is still processing, absent, unreadable, contradicting itself, being retried, or
    deleted by a person (rules 7 to 9); the plan then says so in `skipped`, and in a finding.
    """
    scene = Scene(manifest, snapshot, base, options or PlanOptions())
    findings = Findings(manifest.project_id)
    findings.quarantined(manifest.quarantined)
    if is_studio(scene) and project_gone(scene, findings) is None:
        return plan_studio_project(scene, findings)
    skipped = why_not(scene, findings)
    if skipped is not None:
        return _nothing(scene, findings, skipped)
    _report_disk(scene, findings)

    known_clips = remember.clips(scene, findings)
    known_collections = remember.collections(scene, known_clips, findings)
    gone_clips = gone.examine(Kind.CLIP, scene, {one.row.id for one in known_clips})
    gone_collections = gone.examine(
        Kind.COLLECTION, scene, {one.row.id for one in known_collections}
    )

    clips = decide(cases.clips(scene, known_clips, known_collections, gone_clips))
    references = References(
        scene, clips, known_collections, gone.waiting(Kind.CLIP, scene, gone_clips)
    )
    collections = decide(cases.collections(scene, known_collections, references, gone_collections))

    clip_changes = clip_rows.emit(clips, scene, findings)
    collection_changes = collection_rows.emit(collections, references, scene, findings)
    project_changes = plan_project_row(scene)
    unsucceeded = {
        Kind.CLIP: clip_changes.unsucceeded,
        Kind.COLLECTION: collection_changes.unsucceeded,
    }
    stopped = guards.project_stop(scene, unsucceeded)
    if stopped is not None:
        findings.stopped(stopped)
    return ProjectPlan(
        project_id=manifest.project_id,
        name=display_name(manifest, snapshot),
        state=manifest.state,
        changes=_in_order(project_changes, clip_changes.changes, collection_changes.changes),
        ledger=_ledger(
            scene,
            (*clip_changes.base_rows, *collection_changes.base_rows),
            tombstones.after_plan(
                scene,
                (*clips, *collections),
                (gone_clips, gone_collections),
                references,
                findings,
            ),
            (*gone_clips.unclear, *gone_collections.unclear),
            row_values(scene, project_changes),
        ),
        findings=findings.all,
        clips=clip_changes.agree,
        collections=collection_changes.agree,
        clips_now=clip_changes.agree_now,
        collections_now=collection_changes.agree_now,
        disk_clips=len(manifest.clips),
        disk_collections=len(manifest.collections),
        quarantined=len(manifest.quarantined),
        unsucceeded_deletes=sum(unsucceeded.values()),
        rows=guards.row_count(snapshot),
        stopped=stopped,
        items=(*clip_changes.items, *collection_changes.items),
    )


def _nothing(scene: Scene, findings: Findings, skipped: Reason) -> ProjectPlan:
    """The plan of a project for which nothing may be planned."""
    manifest, base = scene.manifest, scene.base
    asks = skipped.code is ReasonCode.PROJECTS_GONE
    deleted = skipped.code is ReasonCode.PROJECT_DELETED or (
        base.project_deleted and scene.snapshot.project is None
    )
    return ProjectPlan(
        project_id=manifest.project_id,
        name=display_name(manifest, scene.snapshot),
        state=manifest.state,
        findings=findings.all,
        ledger=replace(
            LedgerDelta.unchanged(base),
            project_deleted=deleted,
            project_deleted_changed=deleted != base.project_deleted,
        ),
        disk_clips=len(manifest.clips),
        disk_collections=len(manifest.collections),
        quarantined=len(manifest.quarantined),
        rows=guards.row_count(scene.snapshot),
        # A loss is a question to a person, as a guard's is.
        skipped=None if asks else skipped,
        stopped=skipped if asks else None,
    )


def _report_disk(scene: Scene, findings: Findings) -> None:
    manifest = scene.manifest
    findings.side_file_unreadable(manifest)
    if manifest.marker in (MarkerState.MISSING, MarkerState.UNREADABLE):
        findings.marker_missing()
    if not manifest.collections_known:
        findings.collections_file_missing()
    cut = manifest.marker_counts.clips if manifest.marker_counts is not None else None
    seen = [clip for clip in manifest.clips if clip.video_exists]
    missing = [clip for clip in manifest.clips if not clip.video_exists] if seen else []
    fewer = cut is not None and cut < len(manifest.clips)
    if fewer or missing:
        findings.missing_videos(cut=cut if fewer else None, clips=missing)


def _in_order(*groups: Sequence[Change]) -> tuple[Change, ...]:
    """Parents before children, links last: the order in which a database can take them."""
    tables = list(Table)
    ops = list(Op)
    return tuple(
        sorted(
            (change for group in groups for change in group),
            key=lambda change: (
                change.op is Op.ADOPT,
                tables.index(change.table),
                ops.index(change.op),
            ),
        )
    )


def _ledger(
    scene: Scene,
    base_rows: Sequence[BaseRow],
    stones: tuple[Tombstone, ...],
    unclear: Sequence[BaseRow],
    values: Mapping[str, Any],
) -> LedgerDelta:
    """What the ledger has to remember once the plan is applied."""
    base = scene.base
    rows = tuple(sorted((*base_rows, *unclear), key=_row_key))
    seen = (
        base.seen_collection_row_ids
        | {row.id for row in scene.snapshot.collections}
        | {row.row_id for row in rows if row.kind is Kind.COLLECTION}
        | set(scene.manifest.deleted_collection_row_ids)
    )
    return LedgerDelta(
        before=base,
        rows=rows,
        rows_changed=rows != tuple(sorted(base.rows, key=_row_key)),
        tombstones=stones,
        tombstones_changed=sorted(map(repr, stones)) != sorted(map(repr, base.tombstones)),
        seen_collection_row_ids=frozenset(seen),
        seen_changed=seen != base.seen_collection_row_ids,
        project_deleted=False,
        project_deleted_changed=base.project_deleted,
        project_values=values,
        project_values_changed=differ(values, base.project_values),
    )


def _row_key(row: BaseRow) -> tuple[str, str]:
    return row.kind.value, row.row_id
