"""Clips: the fields of their rows (rules 2, 10, 12, 13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clipsync.model.base import BaseRow
from clipsync.model.decision import Decision, Fate, Item, MergedField
from clipsync.model.manifest import ClipRecord, Kind
from clipsync.model.plan import Op
from clipsync.model.reason import ReasonCode
from clipsync.model.snapshot import ClipRow
from clipsync.reconcile import rows
from clipsync.reconcile.canonical import fit, same_json, same_number
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.remember import file_texts
from clipsync.reconcile.rows import Emitted
from clipsync.reconcile.scene import Scene
from clipsync.reconcile.texts import merged_texts

RECORD_KEYS = frozenset(
    {
        "id",
        "start_time",
        "end_time",
        "outline",
        "content",
        "chunk_index",
        "final_score",
        "recommend_reason",
        "generated_title",
        "title",
    }
)
"""Keys of a clip record that AutoClip's pipeline owns; others in a row's metadata are kept."""


def emit(decisions: Sequence[Decision], scene: Scene, findings: Findings) -> Emitted:
    """The changes, base rows and items of every decision about clips."""
    emitted = Emitted()
    for decision in decisions:
        fields: tuple[MergedField, ...] = ()
        match decision.fate:
            case Fate.INSERT:
                fields = _insert(emitted, decision, scene, findings)
            case Fate.UPDATE:
                fields = _update(emitted, decision, scene, findings)
            case Fate.DELETE:
                rows.deleted(emitted, decision, scene, findings)
            case Fate.KEEP:
                _keep(emitted, decision, scene, findings)
            case Fate.LEAVE if decision.known is not None:
                rows.report_stays(decision, findings)
        emitted.items.append(Item(decision, rows.label_of(decision), fields))
    rows.report_restored(decisions, Kind.CLIP, findings)
    return emitted


def holds_record(stored: Any, record: ClipRecord) -> bool:
    """True when the row's stored record is the file's."""
    return isinstance(stored, Mapping) and same_json(dict(stored), _metadata(stored, record))


def _insert(
    emitted: Emitted, decision: Decision, scene: Scene, findings: Findings
) -> tuple[MergedField, ...]:
    """A new row, exactly as AutoClip would have made it; a lost one with its id and edits."""
    fields = _fields(decision, scene, findings)
    values: dict[str, Any] = {"id": decision.row_id, "project_id": scene.project_id}
    values |= {one.name: one.after for one in fields}
    values["tags"] = []
    emitted.changes.append(rows.whole_row(Op.INSERT, decision, scene, values))
    emitted.base_rows.append(_base_row(decision, fields))
    emitted.agree += 1
    return fields


def _update(
    emitted: Emitted, decision: Decision, scene: Scene, findings: Findings
) -> tuple[MergedField, ...]:
    """The row stays and keeps its id; its fields are merged (rule 2) or follow the file."""
    known = decision.known
    assert known is not None
    fields = _fields(decision, scene, findings)
    for one in fields:
        findings.merged(Kind.CLIP, known.row.id, one.name, one.reason, one.disk)
    carried = [one.name for one in fields if one.reason is ReasonCode.CARRIED_OVER]
    if carried:
        findings.carried_over(Kind.CLIP, known.row.id, carried)
    emitted.base_rows.append(_base_row(decision, fields))
    emitted.agree += 1
    emitted.agree_now += not rows.updated(emitted, decision, fields, scene)
    if not known.in_ledger:
        emitted.changes.append(rows.adopted(decision, scene))
    return fields


def _keep(emitted: Emitted, decision: Decision, scene: Scene, findings: Findings) -> None:
    """The row stays as it is; what the ledger knows of the file's side of it stays as well."""
    known = decision.known
    assert known is not None
    assert isinstance(known.row, ClipRow)
    rows.report_stays(decision, findings)
    ledger = scene.base_rows.get((Kind.CLIP, known.row.id))
    kept = {"title": known.row.title, "description": known.row.description}
    emitted.base_rows.append(rows.kept_base(known, ledger, kept))
    if ledger is None:
        emitted.changes.append(rows.adopted(decision, scene))


def _fields(decision: Decision, scene: Scene, findings: Findings) -> tuple[MergedField, ...]:
    record = decision.record
    assert isinstance(record, ClipRecord)
    row = None if decision.known is None else decision.known.row
    assert row is None or isinstance(row, ClipRow)
    if record.end_ms < record.start_ms:
        findings.negative_duration(record)
    if fit(record.title) != record.title:
        findings.cut_to_fit(Kind.CLIP, record.source_id, record.title)
    fields = merged_texts(decision, scene.options.prefer)
    status = None if row is None else row.status
    fields.append(rows.own("status", "COMPLETED", status, status == "COMPLETED"))
    for name, value in (
        ("start_time", record.start_seconds),
        ("end_time", record.end_seconds),
        ("duration", record.end_seconds - record.start_seconds),
        ("score", _score(record)),
    ):
        stored = None if row is None else getattr(row, name)
        fields.append(rows.own(name, value, stored, row is not None and same_number(stored, value)))
    stored_path = None if row is None else row.video_path
    path, too_long = rows.own_path(
        "video_path", stored_path, record.video_path, record.video_exists, decision, scene
    )
    if too_long:
        findings.path_too_long(Kind.CLIP, record.source_id)
    fields.append(path)
    stored_record = None if row is None else row.clip_metadata
    wanted = _metadata(stored_record, record)
    same = row is not None and same_json(stored_record, wanted)
    fields.append(rows.own("clip_metadata", wanted, stored_record, same))
    return tuple(fields)


def _base_row(decision: Decision, fields: Sequence[MergedField]) -> BaseRow:
    record = decision.record
    assert isinstance(record, ClipRecord)
    held = {one.name: one.after for one in fields if one.name in ("title", "description")}
    return BaseRow(
        kind=Kind.CLIP,
        source_id=record.source_id,
        row_id=str(decision.row_id),
        file_values=file_texts(record),
        kept_values=held,
        start_ms=record.start_ms,
        end_ms=record.end_ms,
        by_looks=decision.known is not None and decision.known.by_looks,
    )


def _score(record: ClipRecord) -> float | None:
    # AutoClip's own default for a record without the key; an explicit null stays NULL.
    if record.score is None and "final_score" not in record.content:
        return 0.0
    return record.score


def _metadata(stored: Any, record: ClipRecord) -> dict[str, Any]:
    """The whole record, plus what others keep in the row beside it."""
    foreign = (
        {key: value for key, value in stored.items() if key not in RECORD_KEYS}
        if isinstance(stored, Mapping)
        else {}
    )
    return {**foreign, **record.content}
