"""One project's plan: reads like the sentence that describes it.

remember ──▶ who stands for what, and what people changed
decide   ──▶ what becomes of every record and row, clips first: collections are what they hold
emit     ──▶ merged fields, changes, findings, and what the ledger has to remember
"""

from __future__ import annotations

from collections.abc import Sequence

from clipsync.model.base import Base, BaseRow, Tombstone, TombstoneReason
from clipsync.model.decision import Decision, Fate
from clipsync.model.manifest import DiskState, Kind, Manifest, MarkerState
from clipsync.model.plan import Change, LedgerDelta, Op, ProjectPlan, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import Snapshot
from clipsync.reconcile import cases, clip_rows, collection_rows, gone, guards, remember
from clipsync.reconcile.decide import decide
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.gone import Gone
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
            (*clips, *collections),
            (*clip_changes.base_rows, *collection_changes.base_rows),
            (gone_clips, gone_collections),
            findings,
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
    decisions: Sequence[Decision],
    base_rows: Sequence[BaseRow],
    gone_rows: Sequence[Gone],
    findings: Findings,
) -> LedgerDelta:
    """What the ledger has to remember once the plan is applied."""
    base = scene.base
    unclear = [row for one in gone_rows for row in one.unclear]
    rows = tuple(sorted((*base_rows, *unclear), key=_row_key))
    tombstones = _tombstones(scene, decisions, gone_rows, findings)
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
        tombstones=tombstones,
        tombstones_changed=_stones(tombstones) != _stones(base.tombstones),
        seen_collection_row_ids=frozenset(seen),
        seen_changed=seen != base.seen_collection_row_ids,
        project_deleted=False,
        project_deleted_changed=base.project_deleted,
    )


def _tombstones(
    scene: Scene, decisions: Sequence[Decision], gone_rows: Sequence[Gone], findings: Findings
) -> tuple[Tombstone, ...]:
    """All tombstones after the plan: new ones, and none that a decision made void."""
    buried = [stone for one in gone_rows for stone in one.buried]
    void = _void(decisions)
    kept = [
        stone for stone in gone.lift((*scene.base.tombstones, *buried), scene) if stone not in void
    ]
    before = {_stone_key(stone) for stone in scene.base.tombstones if not stone.lifted}
    for stone in kept:
        if stone.lifted or stone.reason is TombstoneReason.MANY_DELETED:
            continue
        if stone.reason.pending or _stone_key(stone) not in before:
            findings.tombstoned(stone)
    _report_many(scene, kept, findings)
    _report_not_restored(scene, decisions, kept, findings)
    return (*kept, *_lost_for_now(scene, decisions, gone_rows))


def _report_many(scene: Scene, stones: Sequence[Tombstone], findings: Findings) -> None:
    """One question for all rows of a kind that went at once."""
    many = [one for one in stones if one.reason is TombstoneReason.MANY_DELETED and not one.lifted]
    for kind in Kind:
        asked = {stone.row_id for stone in many if stone.kind is kind}
        if asked:
            known = asked | {row.row_id for row in scene.base.rows if row.kind is kind}
            findings.many_deleted(kind, gone=len(asked), known=len(known))


def _void(decisions: Sequence[Decision]) -> list[Tombstone]:
    """Tombstones of rows that people worked on since, and of lost rows that are back."""
    return [
        one.tombstone
        for one in decisions
        if one.tombstone is not None
        and (
            one.fate is Fate.UPDATE
            or (one.fate is Fate.INSERT and one.tombstone.reason is TombstoneReason.LOST)
        )
    ]


def _report_not_restored(
    scene: Scene, decisions: Sequence[Decision], stones: Sequence[Tombstone], findings: Findings
) -> None:
    """A restore that brought nothing back says so. Example: number 3 is another clip now."""
    lifted_before = {_stone_key(stone) for stone in scene.base.tombstones if stone.lifted}
    used = {_stone_key(one.tombstone) for one in decisions if one.tombstone is not None}
    for stone in stones:
        key = _stone_key(stone)
        if stone.lifted and key not in lifted_before and key not in used:
            findings.restore_found_nothing(stone.kind, stone.source_id, stone.label)


def _lost_for_now(
    scene: Scene, decisions: Sequence[Decision], gone_rows: Sequence[Gone]
) -> list[Tombstone]:
    """Lost rows whose record can't be used now: what they held waits for the record."""
    used = {one.past.row_id for one in decisions if one.past is not None}
    stones = []
    for past in (row for one in gone_rows for row in one.past):
        if past.row_id not in used and past.source_id in scene.quarantined_sources(past.kind):
            stone = gone.bury(past, TombstoneReason.LOST)
            stones.append(gone.lifted(stone))
    return stones


def _stone_key(stone: Tombstone) -> tuple[str, str, str | None]:
    return stone.kind.value, stone.source_id, stone.row_id


def _row_key(row: BaseRow) -> tuple[str, str]:
    return row.kind.value, row.row_id


def _stones(tombstones: Sequence[Tombstone]) -> list[str]:
    return sorted(map(repr, tombstones))
