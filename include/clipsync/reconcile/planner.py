"""One project's plan: reads like the sentence that describes it.

remember ──▶ who stands for what, and what people changed
decide   ──▶ what becomes of every record and row, clips first: collections are what they hold
emit     ──▶ merged fields, changes, findings, and what the ledger has to remember
"""

from __future__ import annotations

from collections.abc import Sequence

from clipsync.model.base import Base, BaseRow, Tombstone
from clipsync.model.manifest import DiskState, Kind, Manifest, MarkerState
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
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.options import PlanOptions
from clipsync.reconcile.project import display_name, plan_project_row
from clipsync.reconcile.references import References
from clipsync.reconcile.scene import Scene


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
    skipped = _why_not(scene, findings)
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
    references = References(scene, clips, known_collections)
    collections = decide(cases.collections(scene, known_collections, references, gone_collections))

    clip_changes = clip_rows.emit(clips, scene, findings)
    collection_changes = collection_rows.emit(collections, references, scene, findings)
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
        changes=_in_order(
            plan_project_row(scene), clip_changes.changes, collection_changes.changes
        ),
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
    deleted = skipped.code is ReasonCode.PROJECT_DELETED or (
        base.project_deleted and scene.snapshot.project is None
    )
    return ProjectPlan(
        project_id=manifest.project_id,
        name=display_name(manifest, scene.snapshot),
        state=manifest.state,
        findings=findings.all,
        ledger=LedgerDelta(
            before=base,
            rows=base.rows,
            tombstones=base.tombstones,
            seen_collection_row_ids=base.seen_collection_row_ids,
            project_deleted=deleted,
            project_deleted_changed=deleted != base.project_deleted,
        ),
        disk_clips=len(manifest.clips),
        disk_collections=len(manifest.collections),
        quarantined=len(manifest.quarantined),
        rows=guards.row_count(scene.snapshot),
        skipped=skipped,
    )


def _why_not(scene: Scene, findings: Findings) -> Reason | None:
    """Why nothing may be planned; None where everything is in order."""
    manifest, snapshot = scene.manifest, scene.snapshot
    rows = guards.row_count(snapshot)
    status = snapshot.project.status if snapshot.project is not None else "none"
    if manifest.state is DiskState.ABSENT:
        if not snapshot.empty:
            findings.directory_missing(rows=rows, status=status)
        return Reason(ReasonCode.ABSENT)
    deleted = _project_gone(scene, findings)
    if deleted is not None:
        return deleted
    match manifest.state:
        case DiskState.UNREADABLE:
            findings.unreadable(manifest)
            return Reason(
                ReasonCode.UNREADABLE,
                {
                    "problems": [
                        {"file": problem.file, "reason": problem.reason.as_dict()}
                        for problem in manifest.problems
                    ]
                },
            )
        case DiskState.PROCESSING:
            if scene.base.rows or (rows and status == "COMPLETED"):
                findings.files_missing(rows=rows)
                return Reason(ReasonCode.FILES_GONE, {"rows": rows})
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
        return Reason(
            ReasonCode.CONTRADICTING,
            {"kind": kind.value, "marker": counted, "records": records},
        )
    return None


def _project_gone(scene: Scene, findings: Findings) -> Reason | None:
    """Rule 7: a project whose row we knew and that is gone was deleted, unless many went."""
    options = scene.options
    if scene.snapshot.project is not None or not scene.base.known or options.restore_project:
        return None
    if options.projects_lost is not None and not scene.base.project_deleted:
        if options.allow_restore:
            return None
        gone_now, known = options.projects_lost
        findings.projects_gone(gone_now, known)
        return Reason(ReasonCode.PROJECTS_GONE, {"gone": gone_now, "known": known})
    findings.project_deleted(display_name(scene.manifest, scene.snapshot))
    return Reason(ReasonCode.PROJECT_DELETED)


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


def _ledger(
    scene: Scene,
    base_rows: Sequence[BaseRow],
    stones: tuple[Tombstone, ...],
    unclear: Sequence[BaseRow],
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
    )


def _row_key(row: BaseRow) -> tuple[str, str]:
    return row.kind.value, row.row_id
