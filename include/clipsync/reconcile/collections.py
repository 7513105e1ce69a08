"""Collections: identity, merge of fields and of content, links (rules 1, 2, 3, 5, 6, 7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from clipsync.model.base import BaseRow, Tombstone, TombstoneReason
from clipsync.model.manifest import CollectionRecord, Kind
from clipsync.model.plan import Change, Op, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import BrokenJson, CollectionRow
from clipsync.reconcile import deletions, identity, paths
from clipsync.reconcile.canonical import fit, same_json, same_text, untouched
from clipsync.reconcile.clips import ClipsPlan
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.merge import MergedList, Verdict, merge_field, merge_list
from clipsync.reconcile.options import Prefer
from clipsync.reconcile.scene import Scene

_NOT_OURS = ("COMPLETED", "DELETED")
"""Statuses that are left alone: right already, or a person's soft delete."""


@dataclass(slots=True)
class CollectionsPlan:
    """As `clips.ClipsPlan`; `removed`: rows that go."""

    changes: list[Change] = field(default_factory=list)
    base_rows: list[BaseRow] = field(default_factory=list)
    buried: list[Tombstone] = field(default_factory=list)
    unburied: list[Tombstone] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    unsucceeded: int = 0
    agree: int = 0
    agree_now: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    row: CollectionRow
    source_id: str
    file_values: Mapping[str, Any]
    in_ledger: bool


@dataclass(frozen=True, slots=True)
class _Content:
    """The three sides of a collection's content, as clip row ids (rule 3).

    `file_sources`: the file's source ids that have a row, in order. `given`: whether the row has
    a list at all. `edited`: whether a person changed the list.
    """

    file: tuple[str, ...]
    file_sources: tuple[str, ...]
    database: tuple[str, ...]
    base: tuple[str, ...] | None
    given: bool
    edited: bool


class _ClipIds:
    """Which clip row an id in a collection's list means, before and after the clips' plan."""

    def __init__(self, scene: Scene, clips: ClipsPlan) -> None:
        self._row_of = clips.row_of
        self._successor_of = clips.successor_of
        self._there = {row.id for row in scene.snapshot.clips} - set(clips.successor_of)
        self._there |= set(clips.row_of.values())
        known = [row for row in scene.base.rows if row.kind is Kind.CLIP]
        self._formerly = {row.row_id: row.source_id for row in known}
        self.source_of = clips.left_alone | {row: source for source, row in clips.row_of.items()}
        found = {row.id: identity.clip_source_id(row, scene) for row in scene.snapshot.clips}
        self._source_before = {**self._formerly, **found}
        self.with_row: set[str | None] = set(found.values())
        """Source ids of clips that have a row now, before the plan."""
        self.recognised = {identity.record_id(row) for row in scene.snapshot.clips}
        """Those whose row AutoClip's own sync recognises."""
        self.oldest: dict[str | None, str] = {}
        """When the first row of a source id was made, as the database writes it."""
        for row in reversed(scene.snapshot.clips):
            self.oldest[found[row.id]] = row.created_at
        self.lost = {one for one in self._formerly.values() if one not in self.with_row}
        """Those that had a row when we last looked, and have none now."""
        rows = {row.row_id: row for row in clips.base_rows}
        self._replaced_by = {
            row.row_id: new
            for row in known
            if row.row_id not in found
            and (new := clips.row_of.get(row.source_id)) is not None
            and (new not in rows or deletions.same_clip(row, rows[new]))
        }

    def resolve(self, listed: Sequence[str]) -> tuple[str, ...]:
        """Row ids that will be there: duplicates give way to their survivor, dead ids go.

        Source ids stand in the lists of an early sync of AutoClip; row ids that a re-import
        replaced are followed through what the ledger knew of them.
        """
        resolved = []
        there = set(listed)
        for item in listed:
            row_id: str | None = item
            if row_id in self._successor_of:
                row_id = self._successor_of[row_id]
                if row_id in there:
                    continue  # it has its own place in the list
            elif row_id not in self._there:
                row_id = self._row_of.get(item) or self._replaced_by.get(item)
            if row_id is not None and row_id in self._there:
                resolved.append(row_id)
        return tuple(dict.fromkeys(resolved))

    def of_sources(self, sources: Sequence[str]) -> tuple[str, ...]:
        rows = (self._row_of.get(source) for source in sources)
        return tuple(dict.fromkeys(row for row in rows if row is not None))

    def sources_listed(self, listed: Sequence[str]) -> list[str]:
        """What a list names, as source ids (a row made by hand: its own id), before the plan.

        Two attempts of the pipeline cut different clips under one id, so whether a list was
        edited can only be seen among the rows it was made of. Ids of no row at all are left out;
        where two rows of one source stand side by side and stay, only a person can mean both.
        """
        sources: list[str] = []
        staying: set[str] = set()
        for item in dict.fromkeys(listed):
            stays = item in self._there
            source = self._source_before.get(item, item if item in self._row_of else None)
            source = source or (item if stays else None)
            if source is None:
                continue
            if source not in sources or (stays and source in staying):
                sources.append(source)
            if stays:
                staying.add(source)
        return sources

    def base_sources(
        self, listed: Sequence[str], base: Sequence[str], among: Collection[str | None] | None
    ) -> list[str]:
        """The file's content of then, as far as anyone could have edited it.

        `among`: the clips that AutoClip can have put into the list, where it made the list and the
        base is what its row tells: it left out those that had no row. None: all of the base.
        """
        named = self.sources_listed(listed)
        sources = [
            source
            for source in dict.fromkeys(base)
            if among is None or source in among or source in named
        ]
        untold = sum(self._source_listed(item) is None for item in listed)
        if sum(source not in named for source in sources) <= untold:
            # Ids that nobody knows, of rows that AutoClip replaced, stand for what is not named.
            sources = [source for source in sources if source in named]
        return sources

    def _source_listed(self, item: str) -> str | None:
        return self._source_before.get(item, item if item in self._row_of else None) or (
            item if item in self._there else None
        )

    def succeeds(self, listed: Sequence[str]) -> bool:
        """True when the list names a row that goes, or one that AutoClip replaced by another."""
        return any(
            item in self._successor_of or (item not in self._there and item in self._replaced_by)
            for item in listed
        )


def listed_clips(scene: Scene) -> tuple[frozenset[str], frozenset[str]]:
    """(all clip row ids that any collection lists, those that a person put there).

    A person put it there if the collection was made by hand, or lists it against its base (and
    keeps it: not where the disk is preferred and has a list of its own).
    """
    listed: set[str] = set()
    by_people: set[str] = set()
    former = {row.row_id: row.source_id for row in scene.base.rows if row.kind is Kind.CLIP}
    sources = {row.id: identity.clip_source_id(row, scene) for row in scene.snapshot.clips}
    taken_back: set[str] = set()
    if scene.options.prefer is Prefer.DISK:
        taken_back = {record.source_id for record in scene.manifest.collections}
    for row in scene.snapshot.collections:
        items = identity.content_ids(row) or []
        listed.update(items)
        file_values = identity.collection_file_values(row, scene)
        base, base_rows = file_values.get("content"), file_values.get("content_rows")
        source_id = identity.collection_source_id(row, scene)
        if source_id is None:
            by_people.update(items)
        elif source_id in taken_back:
            continue
        elif base_rows is not None:
            by_people.update(set(items).difference(base_rows))
        elif base is not None:
            by_people.update(
                item for item in items if (former.get(item) or sources.get(item)) not in base
            )
    listed.update(link.clip_id for link in scene.snapshot.links)
    return frozenset(listed), frozenset(by_people)


def plan_collections(scene: Scene, clips: ClipsPlan, findings: Findings) -> CollectionsPlan:
    """Plan every collection of the project, made by hand ones included (their clips may move)."""
    plan = CollectionsPlan()
    ids = _ClipIds(scene, clips)
    rows, by_hand = _identify(scene, clips, findings)
    sources: dict[str, str | None] = {row.id: None for row in by_hand}
    sources.update((row.row.id, row.source_id) for row in rows)
    gone = deletions.examine(Kind.COLLECTION, scene, sources)
    plan.buried = gone.buried
    if not scene.manifest.collections_known:
        # No file says anything: nothing follows from that (rule 8).
        _keep(rows, plan, ids, scene)
        _repoint(by_hand, plan, ids, scene)
        _orphans(plan, findings, scene)
        return plan

    groups: dict[str, list[_Row]] = {}
    for row in rows:
        groups.setdefault(row.source_id, []).append(row)
    plan.buried += _maybe_deleted(scene, groups, gone, plan.buried)
    tombstones = deletions.active((*scene.base.tombstones, *plan.buried), scene)

    for record in scene.manifest.collections:
        same = groups.pop(record.source_id, [])
        stone = next((stone for stone in tombstones if deletions.covers(stone, record)), None)
        if stone is not None and not any(row.in_ledger for row in same):
            if not any(_edited(row, record, ids, scene) for row in same):
                _hold_back(stone, record, same, plan, findings, scene)
                continue
            plan.unburied.append(stone)
        if len(same) > 1:
            same.sort(key=lambda row, record=record: _rank(row, record, ids, scene))  # type: ignore[misc]
        if same:
            _update(same[0], record, gone, plan, ids, findings, scene)
            for row in same[1:]:
                _retire_duplicate(row, same[0], record, plan, ids, findings, scene)
        else:
            _insert(record, deletions.former(gone.lost, record), plan, ids, findings, scene)

    quarantined = scene.quarantined_sources(Kind.COLLECTION)
    of_kind = [stone for stone in tombstones if stone.kind is Kind.COLLECTION]
    for source_id, stale in groups.items():
        if source_id in quarantined:
            _keep(stale, plan, ids, scene)
        else:
            buried = any(stone.source_id == source_id for stone in of_kind)
            for row in stale:
                _retire(row, buried, plan, ids, findings, scene)
    _repoint(by_hand, plan, ids, scene)
    _orphans(plan, findings, scene)
    if gone.lost:
        there = {row.source_id for row in plan.base_rows}
        findings.restored(Kind.COLLECTION, sorted(set(gone.lost) & there))
    return plan


def _identify(
    scene: Scene, clips: ClipsPlan, findings: Findings
) -> tuple[list[_Row], list[CollectionRow]]:
    identified: list[_Row] = []
    unknown: list[CollectionRow] = []
    for row in scene.snapshot.collections:
        for column in ("collection_metadata", "tags"):
            if isinstance(getattr(row, column), BrokenJson):
                findings.broken_json(Kind.COLLECTION, row.id, column)
        source_id = identity.collection_source_id(row, scene)
        if source_id is None:
            unknown.append(row)
        else:
            identified.append(_known(row, source_id, scene))
    taken = {row.source_id for row in identified}
    by_hand = []
    for row in unknown:
        record = next(
            (
                record
                for record in scene.manifest.collections
                if record.source_id not in taken
                and identity.is_collection_of_record(row, record, clips.row_of)
            ),
            None,
        )
        if record is None:
            by_hand.append(row)
        else:
            taken.add(record.source_id)
            identified.append(_known(row, record.source_id, scene))
    return identified, by_hand


def _known(row: CollectionRow, source_id: str, scene: Scene) -> _Row:
    return _Row(
        row=row,
        source_id=source_id,
        file_values=identity.collection_file_values(row, scene),
        in_ledger=(Kind.COLLECTION, row.id) in scene.base_rows,
    )


def _file_values(record: CollectionRecord) -> dict[str, str]:
    return {"name": fit(record.name), "description": record.description}


def _content(row: _Row, record: CollectionRecord | None, ids: _ClipIds, scene: Scene) -> _Content:
    wanted = record.clip_ids if record is not None else ()
    listed = identity.content_ids(row.row)
    database = ids.resolve(listed or ())
    base_rows = row.file_values.get("content_rows")
    base_sources = row.file_values.get("content")
    file = ids.of_sources(wanted)
    base: tuple[str, ...] | None = None
    edited = listed is not None and database != file
    if base_rows is not None:
        base = ids.resolve(base_rows)
        edited = listed is not None and listed != list(base_rows)
    elif base_sources is not None:
        sources = ids.base_sources(listed or (), base_sources, _listable(row, ids))
        base = ids.of_sources(sources)
        edited = listed is not None and ids.sources_listed(listed) != sources
    return _Content(
        file=file,
        file_sources=tuple(source for source in wanted if ids.of_sources([source])),
        database=database,
        base=base,
        given=listed is not None,
        edited=edited,
    )


def _listable(row: _Row, ids: _ClipIds) -> Collection[str | None] | None:
    """Of which clips AutoClip made the list, as far as the row alone tells; None: of all."""
    if row.in_ledger:
        return None
    metadata = row.row.collection_metadata
    own_sync = isinstance(metadata, Mapping) and "original_clip_ids" in metadata
    listable = ids.recognised if own_sync else ids.with_row
    # A row that nobody has touched may have been made after those clips had gone.
    if not untouched(row.row.created_at, row.row.updated_at):
        listable = listable | ids.lost
    # Nobody can have left out a clip that came after the list was written last.
    return {one for one in listable if ids.oldest.get(one, "") <= row.row.updated_at}


def _edited(row: _Row, record: CollectionRecord | None, ids: _ClipIds, scene: Scene) -> bool:
    """Whether it says what only a person can have said, and no record does.

    Where nothing tells what the file said before, a difference counts as an edit.
    """
    unknown = not untouched(row.row.created_at, row.row.updated_at)
    file = {} if record is None else _file_values(record)
    for name, value in (("name", row.row.name), ("description", row.row.description)):
        if name in file and same_text(value, file[name]):
            continue
        if name in row.file_values:
            if not same_text(value, row.file_values[name]):
                return True
        elif unknown:
            return True
    content = _content(row, record, ids, scene)
    return content.edited and (record is None or content.database != content.file)


def _rank(row: _Row, record: CollectionRecord, ids: _ClipIds, scene: Scene) -> tuple[Any, ...]:
    same = all(
        same_text(getattr(row.row, name), value) for name, value in _file_values(record).items()
    )
    return (not _edited(row, record, ids, scene), not same, row.row.created_at, row.row.id)


def _update(
    row: _Row,
    record: CollectionRecord,
    gone: deletions.Gone,
    plan: CollectionsPlan,
    ids: _ClipIds,
    findings: Findings,
    scene: Scene,
) -> None:
    _report_record(record, findings, scene)
    stored = row.row
    after: dict[str, Any] = {}
    why: dict[str, Reason] = {}
    kept: dict[str, Any] = {}
    replaced = None
    if not row.in_ledger and scene.options.prefer is not Prefer.DATABASE:
        replaced = deletions.former(gone.replaced, record)
    carried: list[str] = []
    for name, file in _file_values(record).items():
        database, base, known = (
            getattr(stored, name),
            row.file_values.get(name),
            name in row.file_values,
        )
        edit = None
        if same_text(database, row.file_values.get(name, file)):
            # Nobody edited what AutoClip's re-import made: an edit of the row before it counts.
            edit = deletions.kept_edit(replaced, name)
        if edit is not None:
            database, base, known = *edit, True
        merged = merge_field(
            file=file, database=database, base=base, base_known=known, prefer=scene.options.prefer
        )
        findings.merged(Kind.COLLECTION, stored.id, name, merged.verdict, file)
        kept[name] = merged.value
        if not same_text(merged.value, getattr(stored, name)):
            after[name], why[name] = merged.value, merged.verdict.reason
            if edit is not None and merged.edited:
                why[name] = Reason(ReasonCode.CARRIED_OVER)
                carried.append(name)
    content = _content(row, record, ids, scene)
    merged_list = _merge_content(content, replaced, ids, scene)
    findings.merged(
        Kind.COLLECTION, stored.id, "content", merged_list.verdict, list(record.clip_ids)
    )
    if carried:
        findings.carried_over(Kind.COLLECTION, stored.id, carried)
    for name, value in _own_fields(record, stored, merged_list.items, ids, findings, scene).items():
        after[name] = value
        if name not in _FOLLOWING:
            why[name] = Verdict.FILE_CHANGED.reason
        elif merged_list.verdict is Verdict.SAME:
            why[name] = Reason(ReasonCode.FOLLOWS_CONTENT)
        else:
            why[name] = merged_list.verdict.reason
    kept["content"] = list(merged_list.items)

    before = {name: _plain(getattr(stored, name)) for name in after}
    if after:
        plan.changes.append(_change(Op.UPDATE, scene, row, before, after, why))
    relink = _relink(stored.id, merged_list.items, scene, Reason(ReasonCode.FOLLOWS_CONTENT))
    if relink is not None:
        plan.changes.append(relink)
    if not row.in_ledger:
        made = {"": Reason(ReasonCode.MADE_BY_AUTOCLIP)}
        plan.changes.append(_change(Op.ADOPT, scene, row, {}, {}, made))
    plan.base_rows.append(_base_row(stored.id, record, content, kept))
    plan.agree += 1
    plan.agree_now += not after and relink is None


_FOLLOWING = ("collection_metadata", "clips_count")
"""Columns that follow from the merged content."""


def _merge_content(
    content: _Content, replaced: BaseRow | None, ids: _ClipIds, scene: Scene
) -> MergedList:
    database, base = content.database, content.base
    if replaced is not None and not content.edited:
        # AutoClip's re-import wrote the file's order: the person's, as the ledger knew it, counts.
        database, base = _former_content(replaced, ids)
    elif not content.given or not content.edited:
        same = content.database == content.file
        return MergedList(content.file, Verdict.SAME if same else Verdict.FILE_CHANGED)
    return merge_list(file=content.file, database=database, base=base, prefer=scene.options.prefer)


def _former_content(former: BaseRow, ids: _ClipIds) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(the content that a row had when we last saw it, its base), as ids of today's clip rows."""
    kept = former.kept_values.get("content") or ()
    base_rows = former.file_values.get("content_rows")
    if base_rows is not None:
        return ids.resolve(kept), ids.resolve(base_rows)
    sources = ids.base_sources(kept, former.file_values.get("content") or (), None)
    return ids.resolve(kept), ids.of_sources(sources)


def _own_fields(
    record: CollectionRecord,
    stored: CollectionRow,
    clip_ids: Sequence[str],
    ids: _ClipIds,
    findings: Findings,
    scene: Scene,
) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    if stored.status.upper() not in _NOT_OURS:
        wanted["status"] = "COMPLETED"
    if stored.clips_count != len(clip_ids):
        wanted["clips_count"] = len(clip_ids)
    metadata = _metadata(stored.collection_metadata, record, clip_ids, ids)
    if not _same_metadata(stored.collection_metadata, metadata):
        wanted["collection_metadata"] = metadata
    for column in ("video_path", "export_path"):
        if not paths.agrees(
            getattr(stored, column),
            record.video_path,
            exists=record.video_exists,
            source_id=record.source_id,
            scene=scene,
        ) and (column == "video_path" or getattr(stored, column) is None or record.video_exists):
            path = paths.absolute(record.video_path, scene)
            if path is None:
                findings.path_too_long(Kind.COLLECTION, record.source_id)
            elif path != getattr(stored, column):
                wanted[column] = path
    return wanted


def _insert(
    record: CollectionRecord,
    lost: BaseRow | None,
    plan: CollectionsPlan,
    ids: _ClipIds,
    findings: Findings,
    scene: Scene,
) -> None:
    _report_record(record, findings, scene)
    values: dict[str, Any] = dict(_file_values(record))
    clip_ids = file_rows = ids.of_sources(record.clip_ids)
    row_id, why = deletions.restored_row_id(Kind.COLLECTION, record, plan.buried, scene)
    if lost is not None:
        row_id, why = lost.row_id, Reason(ReasonCode.LOST, {"kind": Kind.COLLECTION.value})
        for name, file in _file_values(record).items():
            values[name] = merge_field(
                file=file,
                database=lost.kept_values.get(name),
                base=lost.file_values.get(name),
                base_known=True,
                prefer=scene.options.prefer,
            ).value
        database, base = _former_content(lost, ids)
        clip_ids = merge_list(
            file=clip_ids,
            database=database,
            base=base,
            prefer=scene.options.prefer,
        ).items
    row_id = row_id or scene.new_row_id(Kind.COLLECTION, record.source_id)
    path = paths.absolute(record.video_path, scene)
    if path is None:
        findings.path_too_long(Kind.COLLECTION, record.source_id)
    after: dict[str, Any] = {
        "id": row_id,
        "project_id": scene.project_id,
        "name": values["name"],
        "description": values["description"],
        "status": "COMPLETED",
        "clips_count": len(clip_ids),
        "video_path": path,
        "export_path": path,
        "collection_metadata": _metadata(None, record, clip_ids, ids),
    }
    plan.changes.append(
        Change(
            Op.INSERT,
            Table.COLLECTIONS,
            scene.project_id,
            row_id,
            record.source_id,
            {},
            after,
            {"": why},
        )
    )
    relink = _relink(row_id, clip_ids, scene, Reason(ReasonCode.FOLLOWS_CONTENT))
    if relink is not None:
        plan.changes.append(relink)
    sources = tuple(source for source in record.clip_ids if ids.of_sources([source]))
    plan.base_rows.append(
        BaseRow(
            Kind.COLLECTION,
            record.source_id,
            row_id,
            {**_file_values(record), "content": list(sources), "content_rows": list(file_rows)},
            {
                "name": values["name"],
                "description": values["description"],
                "content": list(clip_ids),
            },
        )
    )
    plan.agree += 1


def _base_row(
    row_id: str, record: CollectionRecord, content: _Content, kept: Mapping[str, Any]
) -> BaseRow:
    return BaseRow(
        Kind.COLLECTION,
        record.source_id,
        row_id,
        {
            **_file_values(record),
            "content": list(content.file_sources),
            "content_rows": list(content.file),
        },
        dict(kept),
    )


def _retire_duplicate(
    row: _Row,
    survivor: _Row,
    record: CollectionRecord,
    plan: CollectionsPlan,
    ids: _ClipIds,
    findings: Findings,
    scene: Scene,
) -> None:
    """Rule 5: a further row for one record goes, unless a person edited it as well."""
    if _edited(row, record, ids, scene):
        findings.edited_duplicate(Kind.COLLECTION, row.source_id, row.row.id, row.row.name)
        _keep([row], plan, ids, scene, adopt=True)
    else:
        _delete(row, plan, scene, Reason(ReasonCode.DUPLICATE, {"row": survivor.row.id}))


def _retire(
    row: _Row,
    buried: bool,
    plan: CollectionsPlan,
    ids: _ClipIds,
    findings: Findings,
    scene: Scene,
) -> None:
    """Rule 6: the file no longer has it. `buried`: it had been deleted by a person."""
    edited = _edited(row, None, ids, scene)
    if edited:
        why = Reason(ReasonCode.EDITED)
        findings.edited_stale(Kind.COLLECTION, row.source_id, row.row.id, row.row.name, why)
    unclear = None in scene.quarantined_sources(Kind.COLLECTION)
    if edited or unclear or not scene.deletes_trusted:
        _keep([row], plan, ids, scene, adopt=edited or not buried)
    else:
        plan.unsucceeded += 1
        _delete(row, plan, scene, Reason(ReasonCode.NOT_IN_FILE))


def _hold_back(
    stone: Tombstone,
    record: CollectionRecord,
    rows: Sequence[_Row],
    plan: CollectionsPlan,
    findings: Findings,
    scene: Scene,
) -> None:
    """Rule 7: a person deleted it; what AutoClip's own sync brought back goes again."""
    for row in rows:
        findings.resurrected(Kind.COLLECTION, row.source_id, row.row.id, row.row.name)
        _delete(row, plan, scene, Reason(ReasonCode.CAME_BACK))
    if stone.reason is TombstoneReason.DELETED and deletions.renamed_since(stone, record):
        findings.held_back_renamed(stone, record.name)


def _maybe_deleted(
    scene: Scene,
    groups: Mapping[str, Sequence[_Row]],
    gone: deletions.Gone,
    buried: Sequence[Tombstone],
) -> list[Tombstone]:
    stones = (*scene.base.tombstones, *buried)
    accounted = (
        set(groups)
        | set(gone.lost)
        | {stone.source_id for stone in stones if stone.kind is Kind.COLLECTION}
    )
    missing = [record for record in scene.manifest.collections if record.source_id not in accounted]
    return deletions.maybe_deleted(scene, missing, stones)


def _keep(
    rows: Sequence[_Row],
    plan: CollectionsPlan,
    ids: _ClipIds,
    scene: Scene,
    *,
    adopt: bool = False,
) -> None:
    """The rows stay; only references to clips that go are moved to what takes their place.

    `adopt`: the ledger comes to know the rows. Once clips have come or gone, a list alone could no
    longer tell whether a person had left one out.
    """
    for row in rows:
        known = scene.base_rows.get((Kind.COLLECTION, row.row.id))
        if known is None and adopt and "content" in row.file_values:
            listed = identity.content_ids(row.row) or ()
            sources = ids.base_sources(listed, row.file_values["content"], _listable(row, ids))
            file_values = {**row.file_values, "content": sources}
            known = BaseRow(Kind.COLLECTION, row.source_id, row.row.id, file_values, {})
        if known is not None:
            kept: dict[str, Any] = {"name": row.row.name, "description": row.row.description}
            content = identity.content_ids(row.row)
            file_values = dict(known.file_values)
            if content is not None:
                moved = ids.resolve(content) if ids.succeeds(content) else content
                kept["content"] = list(moved)
                if content == file_values.get("content_rows"):
                    # Nobody edited it, and following its clips is no edit either.
                    file_values["content_rows"] = kept["content"]
            kept = {**known.kept_values, **kept}
            plan.base_rows.append(replace(known, file_values=file_values, kept_values=kept))
    _repoint([row.row for row in rows], plan, ids, scene)


def _repoint(
    rows: Sequence[CollectionRow], plan: CollectionsPlan, ids: _ClipIds, scene: Scene
) -> None:
    """Collections of people (rule 5): those that pointed to a row that goes follow its survivor."""
    for row in rows:
        listed = identity.content_ids(row)
        if listed is not None and ids.succeeds(listed):
            moved = list(ids.resolve(listed))
            before: dict[str, Any] = {"collection_metadata": row.collection_metadata}
            after: dict[str, Any] = {
                "collection_metadata": {**row.collection_metadata, "clip_ids": moved}
            }
            if row.clips_count == len(listed) != len(moved):
                before["clips_count"], after["clips_count"] = row.clips_count, len(moved)
            why = dict.fromkeys(after, Reason(ReasonCode.FOLLOWS_CLIPS))
            plan.changes.append(
                Change(
                    Op.UPDATE, Table.COLLECTIONS, scene.project_id, row.id, None, before, after, why
                )
            )
        linked = _links(row.id, scene)
        wanted = ids.resolve(linked)
        if wanted != linked:
            relink = _relink(row.id, wanted, scene, Reason(ReasonCode.LINKS_OF_NOBODY))
            if relink is not None:
                plan.changes.append(relink)


def _orphans(plan: CollectionsPlan, findings: Findings, scene: Scene) -> None:
    """Links of collections that do not exist (any more)."""
    there = {row.id for row in scene.snapshot.collections} - plan.removed
    there |= {row.row_id for row in plan.base_rows}  # inserted, or restored under their old ids
    orphans: dict[str, list[str]] = {}
    for link in scene.snapshot.links:
        if link.collection_id not in there:
            orphans.setdefault(link.collection_id, []).append(link.clip_id)
    for collection_id, clip_ids in orphans.items():
        if collection_id not in plan.removed:
            findings.orphan_links(collection_id, clip_ids)
        relink = _relink(collection_id, (), scene, Reason(ReasonCode.LINKS_OF_NOBODY))
        if relink is not None:
            plan.changes.append(relink)


def _links(collection_id: str, scene: Scene) -> tuple[str, ...]:
    links = [link for link in scene.snapshot.links if link.collection_id == collection_id]
    return tuple(link.clip_id for link in sorted(links, key=lambda link: link.order_index))


def _relink(
    collection_id: str, clip_ids: Sequence[str], scene: Scene, why: Reason
) -> Change | None:
    """The links as they should be; None where they are so already, gap-free order included."""
    links = [link for link in scene.snapshot.links if link.collection_id == collection_id]
    found = sorted((link.order_index, link.clip_id) for link in links)
    if found == list(enumerate(clip_ids)):
        return None
    return Change(
        Op.RELINK,
        Table.LINKS,
        scene.project_id,
        collection_id,
        None,
        {"clip_ids": [clip_id for _, clip_id in found]},
        {"clip_ids": list(clip_ids)},
        {"": why},
    )


def _report_record(record: CollectionRecord, findings: Findings, scene: Scene) -> None:
    if fit(record.name) != record.name:
        findings.cut_to_fit(Kind.COLLECTION, record.source_id, record.name)
    recorded = {clip.source_id for clip in scene.manifest.clips} | scene.quarantined_sources(
        Kind.CLIP
    )
    unknown = [source for source in record.clip_ids if source not in recorded]
    if unknown:
        findings.unknown_clip_in_collection(record.source_id, record.name, unknown)


def _metadata(
    stored: Any, record: CollectionRecord, clip_ids: Sequence[str], ids: _ClipIds
) -> dict[str, Any]:
    """What AutoClip keeps in the row, plus what others keep there beside it."""
    foreign = dict(stored) if isinstance(stored, Mapping) else {}
    return {
        **foreign,
        "clip_ids": list(clip_ids),
        "original_clip_ids": [ids.source_of[item] for item in clip_ids if item in ids.source_of],
        "collection_type": record.collection_type,
        "original_id": record.source_id,
    }


def _same_metadata(stored: Any, wanted: Mapping[str, Any]) -> bool:
    """Equal, whether ids are kept as numbers or as text."""
    if not isinstance(stored, Mapping):
        return False
    spelled = dict(stored)
    for key in ("clip_ids", "original_clip_ids"):
        if isinstance(spelled.get(key), list):
            spelled[key] = [str(item) for item in spelled[key]]
    if isinstance(spelled.get("original_id"), int):
        spelled["original_id"] = str(spelled["original_id"])
    return same_json(spelled, dict(wanted))


def _plain(value: Any) -> Any:
    return value.text if isinstance(value, BrokenJson) else value


def _delete(row: _Row, plan: CollectionsPlan, scene: Scene, why: Reason) -> None:
    before = {name: _plain(getattr(row.row, name)) for name in CollectionRow.__dataclass_fields__}
    plan.removed.add(row.row.id)
    plan.changes.append(_change(Op.DELETE, scene, row, before, {}, {"": why}))


def _change(
    op: Op,
    scene: Scene,
    row: _Row,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    why: Mapping[str, Reason],
) -> Change:
    return Change(
        op, Table.COLLECTIONS, scene.project_id, row.row.id, row.source_id, before, after, why
    )
