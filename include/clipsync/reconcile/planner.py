"""One project's plan: reads like the sentence that describes it."""

from __future__ import annotations

from collections.abc import Sequence

from clipsync.model.base import Base, BaseRow, Tombstone, TombstoneReason
from clipsync.model.manifest import DiskState, Kind, Manifest, MarkerState
from clipsync.model.plan import Change, LedgerDelta, Op, ProjectPlan, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import Snapshot
from clipsync.reconcile import deletions, guards
from clipsync.reconcile.clips import ClipsPlan, plan_clips
from clipsync.reconcile.collections import CollectionsPlan, listed_clips, plan_collections
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.options import PlanOptions
from clipsync.reconcile.project import display_name, plan_project_row
from clipsync.reconcile.scene import Scene


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
    skipped = _why_not(scene, findings)
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


def _why_not(scene: Scene, findings: Findings) -> Reason | None:
    """Why nothing may be planned; None where everything is in order."""
    manifest, snapshot = scene.manifest, scene.snapshot
    rows = guards.row_count(snapshot)
    status = snapshot.project.status if snapshot.project is not None else "none"
    match manifest.state:
        case DiskState.ABSENT:
            if not snapshot.empty:
                findings.directory_missing(rows=rows, status=status)
            return Reason(ReasonCode.ABSENT)
        case DiskState.UNREADABLE:
            findings.unreadable(manifest)
            problems = [
                {"file": problem.file, "reason": problem.reason.as_dict()}
                for problem in manifest.problems
            ]
            return Reason(ReasonCode.UNREADABLE, {"problems": problems})
        case DiskState.PROCESSING:
            if scene.base.rows or (rows and status == "COMPLETED"):
                findings.files_missing(rows=rows)
            else:
                findings.processing()
            return Reason(ReasonCode.NO_FINAL_FILES)
    if scene.options.retry_under_way:
        findings.retry_under_way()
        return Reason(ReasonCode.RETRY_UNDER_WAY)
    if not manifest.clips_known and manifest.marker_counts and manifest.marker_counts.clips:
        findings.records_missing(manifest.marker_counts.clips)
        return Reason(ReasonCode.NO_RECORDS, {"marker": manifest.marker_counts.clips})
    contradiction = _contradiction(manifest)
    if contradiction is not None:
        kind, counted, records = contradiction
        findings.marker_contradicts(marker=counted, records=records, kind=kind)
        values = {"kind": kind.value, "marker": counted, "records": records}
        return Reason(ReasonCode.CONTRADICTING, values)
    return None


def _contradiction(manifest: Manifest) -> tuple[Kind, int, int] | None:
    """A marker that counts more videos than there are records is not of the same run."""
    if manifest.marker_counts is None:
        return None
    for kind, counted, records in (
        (Kind.CLIP, manifest.marker_counts.clips, len(manifest.clips)),
        (Kind.COLLECTION, manifest.marker_counts.collections, len(manifest.collections)),
    ):
        known = manifest.clips_known if kind is Kind.CLIP else manifest.collections_known
        unusable = sum(record.kind is kind for record in manifest.quarantined)
        if known and counted is not None and counted > records + unusable:
            return kind, counted, records + unusable
    return None


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
