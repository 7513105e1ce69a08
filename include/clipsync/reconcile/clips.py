"""Clips: identity, duplicates, retries, merge (rules 1, 2, 4, 5, 6, 7, 13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from clipsync.model.base import BaseRow, Tombstone
from clipsync.model.manifest import ClipRecord, Kind
from clipsync.model.plan import Change, Op, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import BrokenJson, ClipRow
from clipsync.reconcile import deletions, identity, paths
from clipsync.reconcile.canonical import fit, same_json, same_number, same_text, untouched
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.merge import Merged, Verdict, merge_field
from clipsync.reconcile.options import Prefer
from clipsync.reconcile.scene import Scene

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


@dataclass(slots=True)
class ClipsPlan:
    """`row_of`: source id to row id, for every record or quarantined record that has a row.

    `successor_of`: deleted row id to the row that takes its place, or None. `left_alone`: row id to
    source id, of all rows that stand for a quarantined record. `unsucceeded`: deletes that count
    against the guard's limit.
    """

    changes: list[Change] = field(default_factory=list)
    base_rows: list[BaseRow] = field(default_factory=list)
    buried: list[Tombstone] = field(default_factory=list)
    unburied: list[Tombstone] = field(default_factory=list)
    row_of: dict[str, str] = field(default_factory=dict)
    successor_of: dict[str, str | None] = field(default_factory=dict)
    left_alone: dict[str, str] = field(default_factory=dict)
    held_back: set[str] = field(default_factory=set)
    unsucceeded: int = 0
    agree: int = 0
    agree_now: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    """A clip's row with what is known of it."""

    row: ClipRow
    source_id: str
    file_values: Mapping[str, str]
    in_ledger: bool
    span: identity.Range | None

    def edited(self, record: ClipRecord | None) -> bool:
        """Whether it says what only a person can have said, and no record does.

        Where nothing tells what the file said before, a difference counts as an edit.
        """
        unknown = not untouched(self.row.created_at, self.row.updated_at)
        file = {} if record is None else _file_values(record)
        for name, value in (("title", self.row.title), ("description", self.row.description)):
            if name in file and same_text(value, file[name]):
                continue
            if name in self.file_values:
                if not same_text(value, self.file_values[name]):
                    return True
            elif unknown:
                return True
        return False


def plan_clips(
    scene: Scene, used_by_people: frozenset[str], listed: frozenset[str], findings: Findings
) -> ClipsPlan:
    """Plan every clip of the project.

    `used_by_people`: row ids a person put into a collection. `listed`: row ids that any
    collection points to.
    """
    plan = ClipsPlan()
    rows = _identify(scene, findings)
    sources: dict[str, str | None] = {row.id: None for row in scene.snapshot.clips}
    sources.update((row.row.id, row.source_id) for row in rows)
    gone = deletions.examine(Kind.CLIP, scene, sources)
    plan.buried = gone.buried
    tombstones = deletions.active((*scene.base.tombstones, *gone.buried), scene)

    groups: dict[str, list[_Row]] = {}
    for row in rows:
        groups.setdefault(row.source_id, []).append(row)
    superseded: list[tuple[_Row, ClipRecord | None]] = []
    duplicates: list[tuple[_Row, ClipRecord]] = []

    for record in scene.manifest.clips:
        span = (record.start_ms, record.end_ms)
        candidates = groups.pop(record.source_id, [])
        same = [row for row in candidates if identity.overlap(row.span, span)]
        superseded += [(row, record) for row in candidates if row not in same]
        stone = next((stone for stone in tombstones if deletions.covers(stone, record)), None)
        if stone is not None and not any(row.in_ledger for row in same):
            if not any(row.edited(record) for row in same):
                for row in same:
                    _remove_again(row, plan, findings, scene)
                plan.held_back.add(record.source_id)
                continue
            # Somebody worked on the row that AutoClip brought back: it is wanted after all.
            plan.unburied.append(stone)
        if len(same) > 1:
            same.sort(key=lambda row, record=record: _rank(row, record, listed))  # type: ignore[misc]
        if same:
            _update(same[0], record, gone, plan, findings, scene)
            duplicates += [(row, record) for row in same[1:]]
        else:
            _insert(record, deletions.former(gone.lost, record), plan, findings, scene)

    for row, record in duplicates:
        _retire_duplicate(row, record, plan, findings, scene)
    quarantined = scene.quarantined_sources(Kind.CLIP)
    contents = (identity.content_ids(row) for row in scene.snapshot.collections)
    named = {item for content in contents for item in content or ()} if quarantined else set()
    for source_id, stale in groups.items():
        if source_id in quarantined:
            # The row in people's lists before one that another attempt left, the newest of those.
            stale.sort(key=lambda row: row.row.created_at, reverse=True)
            stale.sort(key=lambda row: row.row.id not in named)
            _leave_alone(stale, plan, scene)
        else:
            superseded += [(row, None) for row in stale]
    for row, other in superseded:
        _retire(row, other, used_by_people, plan, findings, scene)
    if gone.lost:
        findings.restored(Kind.CLIP, sorted(set(gone.lost) & set(plan.row_of)))
    return plan


def _identify(scene: Scene, findings: Findings) -> list[_Row]:
    identified: list[_Row] = []
    unknown: list[ClipRow] = []
    for row in scene.snapshot.clips:
        for column, value in (("clip_metadata", row.clip_metadata), ("tags", row.tags)):
            if isinstance(value, BrokenJson):
                findings.broken_json(Kind.CLIP, row.id, column)
        source_id = identity.clip_source_id(row, scene)
        if source_id is None:
            unknown.append(row)
        else:
            identified.append(_known(row, source_id, scene))
    taken = {row.source_id for row in identified}
    by_place = {
        (record.start_seconds, record.end_seconds): record
        for record in reversed(scene.manifest.clips)
        if record.source_id not in taken
    }
    for row in unknown:
        candidate = by_place.get((row.start_time or 0, row.end_time or 0))
        if candidate is not None and identity.is_clip_of_record(row, candidate):
            identified.append(_known(row, candidate.source_id, scene))
            del by_place[candidate.start_seconds, candidate.end_seconds]
    return identified


def _known(row: ClipRow, source_id: str, scene: Scene) -> _Row:
    return _Row(
        row=row,
        source_id=source_id,
        file_values=identity.clip_file_values(row, scene),
        in_ledger=(Kind.CLIP, row.id) in scene.base_rows,
        span=identity.clip_range(row, scene),
    )


def _rank(row: _Row, record: ClipRecord, listed: frozenset[str]) -> tuple[Any, ...]:
    """Rule 5, who survives: smaller is better."""
    return (
        not row.edited(record),
        not _holds_record(row.row.clip_metadata, record),
        row.row.id not in listed,
        row.row.created_at,
        row.row.id,
    )


def _file_values(record: ClipRecord) -> dict[str, str]:
    return {"title": fit(record.title), "description": record.description}


def _base_row(
    row_id: str, record: ClipRecord, title: str | None, description: str | None
) -> BaseRow:
    return BaseRow(
        kind=Kind.CLIP,
        source_id=record.source_id,
        row_id=row_id,
        file_values=_file_values(record),
        kept_values={"title": title, "description": description},
        start_ms=record.start_ms,
        end_ms=record.end_ms,
    )


def _update(
    row: _Row,
    record: ClipRecord,
    gone: deletions.Gone,
    plan: ClipsPlan,
    findings: Findings,
    scene: Scene,
) -> None:
    """The row stays and keeps its id; its fields are merged (rule 2) or follow the file."""
    _report_record(record, findings)
    stored, after = row.row, dict[str, Any]()
    why: dict[str, Reason] = {}
    replaced = None
    if not row.in_ledger and scene.options.prefer is not Prefer.DATABASE:
        replaced = deletions.former(gone.replaced, record)
    merged: dict[str, Merged] = {}
    for name, file in _file_values(record).items():
        database, base = getattr(stored, name), row.file_values.get(name)
        edit = None
        if same_text(database, row.file_values.get(name, file)):
            # Nobody edited what AutoClip's re-import made: an edit of the row before it counts.
            edit = deletions.kept_edit(replaced, name)
        carried = edit is not None
        if edit is not None:
            database, base = edit
        merged[name] = merge_field(
            file=file,
            database=database,
            base=base,
            base_known=carried or name in row.file_values,
            prefer=scene.options.prefer,
        )
        findings.merged(Kind.CLIP, stored.id, name, merged[name].verdict, file)
        if not same_text(merged[name].value, getattr(stored, name)):
            after[name] = merged[name].value
            why[name] = merged[name].verdict.reason
            if carried and merged[name].edited:
                why[name] = Reason(ReasonCode.CARRIED_OVER)
    carried_fields = [name for name in after if why[name].code is ReasonCode.CARRIED_OVER]
    if carried_fields:
        findings.carried_over(Kind.CLIP, stored.id, carried_fields)
    for name, value in _own_fields(record, stored, findings, scene).items():
        after[name], why[name] = value, Verdict.FILE_CHANGED.reason

    plan.row_of[record.source_id] = stored.id
    plan.base_rows.append(
        _base_row(stored.id, record, merged["title"].value, merged["description"].value)
    )
    plan.agree += 1
    if after:
        before = {name: _plain(getattr(stored, name)) for name in after}
        plan.changes.append(
            _change(Op.UPDATE, scene, stored.id, record.source_id, before, after, why)
        )
    else:
        plan.agree_now += 1
    if not row.in_ledger:
        plan.changes.append(
            _change(
                Op.ADOPT,
                scene,
                stored.id,
                record.source_id,
                {},
                {},
                {"": Reason(ReasonCode.MADE_BY_AUTOCLIP)},
            )
        )


def _own_fields(
    record: ClipRecord, stored: ClipRow, findings: Findings, scene: Scene
) -> dict[str, Any]:
    """The fields that are ours and differ from what they should be."""
    metadata = _metadata(stored.clip_metadata, record)
    wanted: dict[str, Any] = {}
    if stored.status.upper() != "COMPLETED":
        wanted["status"] = "COMPLETED"
    for name, value in (
        ("start_time", record.start_seconds),
        ("end_time", record.end_seconds),
        ("duration", record.end_seconds - record.start_seconds),
        ("score", _score(record)),
    ):
        if not same_number(getattr(stored, name), value):
            wanted[name] = value
    if not same_json(stored.clip_metadata, metadata):
        wanted["clip_metadata"] = metadata
    if not paths.agrees(
        stored.video_path,
        record.video_path,
        exists=record.video_exists,
        source_id=record.source_id,
        scene=scene,
    ):
        path = paths.absolute(record.video_path, scene)
        if path is None:
            findings.path_too_long(Kind.CLIP, record.source_id)
        elif path != stored.video_path:
            wanted["video_path"] = path
    return wanted


def _insert(
    record: ClipRecord,
    lost: BaseRow | None,
    plan: ClipsPlan,
    findings: Findings,
    scene: Scene,
) -> None:
    """A new row, exactly as AutoClip would have made it; a lost one with its id and edits."""
    _report_record(record, findings)
    values: dict[str, str | None] = dict(_file_values(record))
    row_id, why = deletions.restored_row_id(Kind.CLIP, record, plan.buried, scene)
    if lost is not None:
        row_id, why = lost.row_id, Reason(ReasonCode.LOST, {"kind": Kind.CLIP.value})
        for name, file in _file_values(record).items():
            values[name] = merge_field(
                file=file,
                database=lost.kept_values.get(name),
                base=lost.file_values.get(name),
                base_known=True,
                prefer=scene.options.prefer,
            ).value
    row_id = row_id or scene.new_row_id(
        Kind.CLIP, record.source_id, f"{record.start_ms}-{record.end_ms}"
    )
    path = paths.absolute(record.video_path, scene)
    if path is None:
        findings.path_too_long(Kind.CLIP, record.source_id)
    after: dict[str, Any] = {
        "id": row_id,
        "project_id": scene.project_id,
        "title": values["title"],
        "description": values["description"],
        "status": "COMPLETED",
        "start_time": record.start_seconds,
        "end_time": record.end_seconds,
        "duration": record.end_seconds - record.start_seconds,
        "score": _score(record),
        "video_path": path,
        "tags": [],
        "clip_metadata": dict(record.content),
    }
    plan.changes.append(_change(Op.INSERT, scene, row_id, record.source_id, {}, after, {"": why}))
    plan.base_rows.append(_base_row(row_id, record, values["title"], values["description"]))
    plan.row_of[record.source_id] = row_id
    plan.agree += 1


def _retire_duplicate(
    row: _Row, record: ClipRecord, plan: ClipsPlan, findings: Findings, scene: Scene
) -> None:
    """Rule 5: a further row for one record goes, unless a person edited it as well."""
    if row.edited(record):
        findings.edited_duplicate(Kind.CLIP, row.source_id, row.row.id, row.row.title)
        _keep(row, plan, scene)
        return
    survivor = plan.row_of[record.source_id]
    plan.successor_of[row.row.id] = survivor
    plan.changes.append(_delete(row, scene, Reason(ReasonCode.DUPLICATE, {"row": survivor})))


def _retire(
    row: _Row,
    record: ClipRecord | None,
    used_by_people: frozenset[str],
    plan: ClipsPlan,
    findings: Findings,
    scene: Scene,
) -> None:
    """Rules 4 and 6: a row whose clip the file no longer has.

    `record`: the other clip that has its id now, or None. What a person worked on stays.
    """
    successor = _successor(row, record, plan, scene)
    if row.edited(None):
        why = ReasonCode.EDITED
    elif successor is None and row.row.id in used_by_people:
        why = ReasonCode.KEPT_IN_COLLECTION
    else:
        why = None
    if why is not None:
        findings.edited_stale(Kind.CLIP, row.source_id, row.row.id, row.row.title, Reason(why))
    may_go = scene.deletes_trusted and scene.manifest.clips_known
    unclear = None in scene.quarantined_sources(Kind.CLIP)
    if why is not None or not may_go or (unclear and successor is None):
        _keep(row, plan, scene)
        return
    plan.successor_of[row.row.id] = successor
    plan.unsucceeded += successor is None
    plan.changes.append(_delete(row, scene, Reason(ReasonCode.NOT_IN_FILE)))


def _successor(row: _Row, record: ClipRecord | None, plan: ClipsPlan, scene: Scene) -> str | None:
    """The row that takes its place: the clip that covers its time best, else that of its id."""
    best, shared = record, 0
    if row.span is not None:
        for candidate in scene.manifest.clips:
            common = identity.overlap_ms(row.span, (candidate.start_ms, candidate.end_ms))
            if common > shared and candidate.source_id in plan.row_of:
                best, shared = candidate, common
    return None if best is None else plan.row_of.get(best.source_id)


def _remove_again(row: _Row, plan: ClipsPlan, findings: Findings, scene: Scene) -> None:
    findings.resurrected(Kind.CLIP, row.source_id, row.row.id, row.row.title)
    plan.successor_of[row.row.id] = None
    plan.changes.append(_delete(row, scene, Reason(ReasonCode.CAME_BACK)))


def _leave_alone(rows: Iterable[_Row], plan: ClipsPlan, scene: Scene) -> None:
    """Rows that stand for a quarantined record: nothing is known against them."""
    for row in rows:
        plan.row_of.setdefault(row.source_id, row.row.id)
        plan.left_alone[row.row.id] = row.source_id
        _keep(row, plan, scene)


def _keep(row: _Row, plan: ClipsPlan, scene: Scene) -> None:
    """The row stays as it is; what the ledger knows of the file's side of it stays as well."""
    known = scene.base_rows.get((Kind.CLIP, row.row.id))
    if known is not None:
        kept = {"title": row.row.title, "description": row.row.description}
        plan.base_rows.append(replace(known, kept_values=kept))


def _report_record(record: ClipRecord, findings: Findings) -> None:
    if record.end_ms < record.start_ms:
        findings.negative_duration(record)
    if fit(record.title) != record.title:
        findings.cut_to_fit(Kind.CLIP, record.source_id, record.title)


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


def _holds_record(stored: Any, record: ClipRecord) -> bool:
    return isinstance(stored, Mapping) and same_json(dict(stored), _metadata(stored, record))


def _plain(value: Any) -> Any:
    return value.text if isinstance(value, BrokenJson) else value


def _delete(row: _Row, scene: Scene, why: Reason) -> Change:
    before = {name: _plain(getattr(row.row, name)) for name in ClipRow.__dataclass_fields__}
    return _change(Op.DELETE, scene, row.row.id, row.source_id, before, {}, {"": why})


def _change(
    op: Op,
    scene: Scene,
    row_id: str,
    source_id: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    why: Mapping[str, Reason],
) -> Change:
    return Change(op, Table.CLIPS, scene.project_id, row_id, source_id, before, after, why)
