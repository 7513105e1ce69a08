"""One project's plan: reads like the sentence that describes it."""

from __future__ import annotations

from collections.abc import Sequence

from clipsync.model.base import Base, BaseRow, Tombstone, TombstoneReason
from clipsync.model.manifest import Manifest, MarkerState
from clipsync.model.plan import Change, LedgerDelta, Op, ProjectPlan, Table
from clipsync.model.snapshot import Snapshot
from clipsync.reconcile import deletions, guards
from clipsync.reconcile.clips import ClipsPlan, plan_clips
from clipsync.reconcile.collections import CollectionsPlan, listed_clips, plan_collections
from clipsync.reconcile.eligibility import is_studio, why_not
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.options import PlanOptions
from clipsync.reconcile.project import display_name, plan_project_row
from clipsync.reconcile.scene import Scene
from clipsync.reconcile.studio import plan_studio_project


def plan_project(
    manifest: Manifest, snapshot: Snapshot, base: Base, options: PlanOptions | None = None
) -> ProjectPlan:
    """What must change so that the database agrees with the disk, and why.

    A pure function: the same three inputs and options give the same plan. Nothing is planned for
    a project that is still processing, absent, unreadable, contradicting itself, or being retried
    (rules 8 and 9); the plan then says so in `skipped`, and in a finding.
    """
    scene = Scene(manifest, snapshot, base, options or PlanOptions())
    findings = Findings(manifest.project_id)
    findings.quarantined(manifest.quarantined)
    if is_studio(scene):
        return plan_studio_project(scene, findings)
    skipped = why_not(scene, findings)
    if skipped is not None:
        return ProjectPlan(
            project_id=manifest.project_id,
            name=display_name(manifest, snapshot),
            state=manifest.state,
            findings=findings.all,
            ledger=_unchanged(base),
            disk_clips=len(manifest.clips),
            disk_collections=len(manifest.collections),
            quarantined=len(manifest.quarantined),
            skipped=skipped,
        )

    _report_disk(scene, findings)
    listed, used_by_people = listed_clips(scene)
    clips = plan_clips(scene, used_by_people, listed, findings)
    collections = plan_collections(scene, clips, findings)
    changes = _in_order(plan_project_row(scene), clips.changes, collections.changes)
    unsucceeded = clips.unsucceeded + collections.unsucceeded
    stopped = guards.project_stop(scene, unsucceeded)
    if stopped is not None:
        findings.stopped(stopped, {"deletes": unsucceeded, "rows": guards.row_count(snapshot)})
    ledger = _ledger(scene, clips, collections, findings)
    return ProjectPlan(
        project_id=manifest.project_id,
        name=display_name(manifest, snapshot),
        state=manifest.state,
        changes=changes,
        findings=findings.all,
        ledger=ledger,
        clips=clips.agree,
        collections=collections.agree,
        clips_now=clips.agree_now,
        collections_now=collections.agree_now,
        disk_clips=len(manifest.clips),
        disk_collections=len(manifest.collections),
        quarantined=len(manifest.quarantined),
        unsucceeded_deletes=unsucceeded,
        rows=guards.row_count(snapshot),
        stopped=stopped,
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


def _unchanged(base: Base) -> LedgerDelta:
    return LedgerDelta(
        rows=base.rows,
        tombstones=base.tombstones,
        seen_collection_row_ids=base.seen_collection_row_ids,
    )


def _ledger(
    scene: Scene, clips: ClipsPlan, collections: CollectionsPlan, findings: Findings
) -> LedgerDelta:
    buried = [*clips.buried, *collections.buried]
    unburied = [*clips.unburied, *collections.unburied]
    tombstones = tuple(
        stone
        for stone in deletions.lift((*scene.base.tombstones, *buried), scene)
        if stone not in unburied
    )
    for stone in tombstones:
        pending = stone.reason is TombstoneReason.MAYBE_DELETED and not stone.lifted
        if pending or stone in buried:
            findings.tombstoned(stone)
    rows = tuple(sorted((*clips.base_rows, *collections.base_rows), key=_row_key))
    seen = (
        scene.base.seen_collection_row_ids
        | {row.id for row in scene.snapshot.collections}
        | {row.row_id for row in collections.base_rows}
        | set(scene.manifest.deleted_collection_row_ids)
    )
    return LedgerDelta(
        rows=rows,
        rows_changed=rows != tuple(sorted(scene.base.rows, key=_row_key)),
        tombstones=tombstones,
        tombstones_changed=_stones(tombstones) != _stones(scene.base.tombstones),
        seen_collection_row_ids=frozenset(seen),
        seen_changed=seen != scene.base.seen_collection_row_ids,
    )


def _row_key(row: BaseRow) -> tuple[str, str]:
    return row.kind.value, row.row_id


def _stones(tombstones: Sequence[Tombstone]) -> list[str]:
    return sorted(map(repr, tombstones))
