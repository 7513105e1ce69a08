"""Collections: the fields of their rows, their content, and their links (rules 2, 3, 4, 12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from clipsync.model.base import BaseRow
from clipsync.model.decision import Decision, Fate, Item, Known, MergedField
from clipsync.model.manifest import CollectionRecord, Kind
from clipsync.model.plan import Change, Op, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import CollectionRow
from clipsync.reconcile import identity, paths, rows
from clipsync.reconcile.canonical import fit, same_json, same_text
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.gone import NOTES
from clipsync.reconcile.merge import MergedList, merge_list
from clipsync.reconcile.options import Prefer
from clipsync.reconcile.references import References
from clipsync.reconcile.remember import file_texts
from clipsync.reconcile.rows import Emitted
from clipsync.reconcile.scene import Scene
from clipsync.reconcile.texts import kept_before, merged_texts

PATH_FIELDS = ("export_path", "thumbnail_path")
"""AutoClip writes them when a person generates a video: they merge like any edit."""
_NEW_PATH = (ReasonCode.FROM_DISK, ReasonCode.PREFERRED_DISK, ReasonCode.CARRIED_OVER)
_SOFT_DELETED = "DELETED"
"""A status that is a person's."""


class _Emitter:
    """The changes of all collections of one project, one decision after the other."""

    def __init__(self, scene: Scene, references: References, findings: Findings) -> None:
        self.scene, self.references, self.findings = scene, references, findings
        self.emitted = Emitted()
        self._links: dict[str, list[tuple[int, str]]] = {}
        for link in scene.snapshot.links:
            self._links.setdefault(link.collection_id, []).append((link.order_index, link.clip_id))

    # -- rows that stand for a record --------------------------------------------------------

    def insert(self, decision: Decision) -> tuple[MergedField, ...]:
        """A new row; a lost or restored one with its id, a person's values and its content."""
        merged, fields = self._fields(decision)
        values: dict[str, Any] = {"id": decision.row_id, "project_id": self.scene.project_id}
        values |= {one.name: one.after for one in fields if one.name != "content"}
        self.emitted.changes.append(rows.whole_row(Op.INSERT, decision, self.scene, values))
        self._relink(str(decision.row_id), self.references.shown(merged.items))
        self.emitted.base_rows.append(self._base_row(decision, merged, fields))
        self.emitted.agree += 1
        return fields

    def update(self, decision: Decision) -> tuple[MergedField, ...]:
        """The row stays and keeps its id; its fields and its content are merged."""
        known = decision.known
        assert known is not None
        merged, fields = self._fields(decision)
        for one in fields:
            if one.name not in PATH_FIELDS:
                disk = list(decision.record.clip_ids) if one.name == "content" else one.disk  # type: ignore[union-attr]
                self.findings.merged(Kind.COLLECTION, known.row.id, one.name, one.reason, disk)
        carried = [one.name for one in fields if one.reason is ReasonCode.CARRIED_OVER]
        if carried:
            self.findings.carried_over(Kind.COLLECTION, known.row.id, carried)
        columns = [one for one in fields if one.name != "content"]
        wrote = rows.updated(self.emitted, decision, columns, self.scene)
        wrote |= self._relink(known.row.id, self.references.shown(merged.items))
        self.emitted.base_rows.append(self._base_row(decision, merged, fields))
        self.emitted.agree += 1
        self.emitted.agree_now += not wrote
        if not known.in_ledger:
            self.emitted.changes.append(rows.adopted(decision, self.scene))
        return fields

    def _fields(self, decision: Decision) -> tuple[MergedList, tuple[MergedField, ...]]:
        record, row = decision.record, _row(decision)
        assert isinstance(record, CollectionRecord)
        self._report(record)
        fields = merged_texts(decision, self.scene.options.prefer)
        file = self.references.of_numbers(record.clip_ids)
        merged = self._content(decision, file)
        shown = self.references.shown(merged.items)
        listed = None if row is None else identity.content_ids(row)
        fields.append(MergedField("content", list(file), listed, shown, merged.reason))
        status = None if row is None else row.status
        kept_status = status == _SOFT_DELETED
        fields.append(
            rows.own(
                "status",
                status if kept_status else "COMPLETED",
                status,
                status in ("COMPLETED", _SOFT_DELETED),
            )
        )
        fields += self._following(decision, merged, shown)
        stored_path = None if row is None else row.video_path
        path, too_long = rows.own_path(
            "video_path", stored_path, record.video_path, record.video_exists, decision, self.scene
        )
        if too_long:
            self.findings.path_too_long(Kind.COLLECTION, record.source_id)
        fields.append(path)
        fields += [self._path(decision, column) for column in PATH_FIELDS]
        return merged, tuple(fields)

    def _content(self, decision: Decision, file: tuple[str, ...]) -> MergedList:
        """Rule 3, in ids of rows after the plan; clips that are held back keep their places."""
        references, known = self.references, decision.known
        before = kept_before(decision)
        prefer = self.scene.options.prefer
        carried = before is not None and "content" in before[0]
        if known is None or (
            carried and prefer is not Prefer.DATABASE and not references.list_edited(known)
        ):
            if before is None or not carried:
                same = known is not None and references.follow(known.content) == file
                return MergedList(file, ReasonCode.SAME if same else ReasonCode.FROM_DISK)
            kept, was = before
            database: Sequence[str] = references.follow(kept["content"])
            base: Sequence[str] | None = references.follow(was.get("content") or ())
        else:
            assert isinstance(known.row, CollectionRow)
            if identity.content_ids(known.row) is None:
                return MergedList(file, ReasonCode.FROM_DISK)
            database = references.follow(known.content)
            base = known.base.get("content")
            base = None if base is None else references.follow(base)
            if base is None and references.shown(database) == references.shown(file):
                return MergedList(file, ReasonCode.SAME)
        merged = merge_list(file=file, database=database, base=base, prefer=prefer)
        if not carried or known is None or merged.reason is not ReasonCode.EDITED:
            return merged
        return MergedList(merged.items, ReasonCode.CARRIED_OVER)

    def _following(
        self, decision: Decision, merged: MergedList, shown: Sequence[str]
    ) -> list[MergedField]:
        """Columns that follow from the merged content."""
        record, row = decision.record, _row(decision)
        assert isinstance(record, CollectionRecord)
        reason = merged.reason
        if reason not in (ReasonCode.FROM_DISK, ReasonCode.PREFERRED_DISK, ReasonCode.CARRIED_OVER):
            reason = ReasonCode.FOLLOWS_CONTENT
        stored = None if row is None else row.collection_metadata
        wanted = {
            **(dict(stored) if isinstance(stored, Mapping) else {}),
            "clip_ids": list(shown),
            "original_clip_ids": self.references.numbers_of(shown),
            "collection_type": record.collection_type,
            "original_id": record.source_id,
        }
        same = row is not None and _same_metadata(stored, wanted)
        count = None if row is None else row.clips_count
        return [
            MergedField(
                "clips_count",
                None,
                count,
                len(shown),
                ReasonCode.SAME if count == len(shown) else reason,
            ),
            MergedField(
                "collection_metadata",
                None,
                stored,
                stored if same else wanted,
                ReasonCode.SAME if same else reason,
            ),
        ]

    def _path(self, decision: Decision, column: str) -> MergedField:
        """`export_path`, `thumbnail_path` (rule 2): compared below the project directory.

        Row empty, file has one → the file's. Row as the file said last → the file's. Else it is a
        video or a picture that a person made, and stays.
        """
        record, row = decision.record, _row(decision)
        assert isinstance(record, CollectionRecord)
        below = _file_path(record, column)
        stored = None if row is None else getattr(row, column)
        path = None if below is None else paths.absolute(below, self.scene)
        if row is None and (kept := self._path_before(decision, column)) is not None:
            path, reason = kept, ReasonCode.CARRIED_OVER
        else:
            reason = self._path_reason(decision, column, below, path)
        after = path if reason in _NEW_PATH else stored
        return MergedField(column, below, stored, after, reason)

    def _path_before(self, decision: Decision, column: str) -> str | None:
        """The path that a person made for the row that stood here before; None: there is none."""
        before = kept_before(decision)
        if before is None or not before[0].get(column):
            return None
        kept, was = before[0][column], before[1].get(column)
        if kept == was:
            return None
        # A path outside of the project is kept as it was.
        return kept if paths.is_absolute(kept) else paths.absolute(kept, self.scene)

    def _path_reason(
        self, decision: Decision, column: str, below: str | None, path: str | None
    ) -> ReasonCode:
        """Whose path it is to be: the file's (`path`), or the row's own."""
        known, prefer = decision.known, self.scene.options.prefer
        stored = None if known is None else getattr(known.row, column)
        if path is None or path == stored:
            return ReasonCode.SAME
        if known is None or not stored:
            return ReasonCode.FROM_DISK
        tail = paths.tail(stored, self.scene.project_id)
        if tail is not None and same_text(tail, below):
            return ReasonCode.SAME
        if prefer is Prefer.DISK:
            return ReasonCode.PREFERRED_DISK
        mine = column in known.edits or prefer is Prefer.DATABASE
        return ReasonCode.EDITED if mine else ReasonCode.FROM_DISK

    def _base_row(
        self, decision: Decision, merged: MergedList, fields: Sequence[MergedField]
    ) -> BaseRow:
        record = decision.record
        assert isinstance(record, CollectionRecord)
        after = {one.name: one.after for one in fields}
        tails = {column: self._tail(after[column]) for column in PATH_FIELDS}
        return BaseRow(
            kind=Kind.COLLECTION,
            source_id=record.source_id,
            row_id=str(decision.row_id),
            file_values={
                **file_texts(record),
                **{column: _file_path(record, column) for column in PATH_FIELDS},
                "content": list(self.references.of_numbers(record.clip_ids)),
                **self._notes(str(decision.row_id)),
            },
            kept_values={
                "name": after["name"],
                "description": after["description"],
                **tails,
                "content": list(merged.items),
            },
            by_looks=decision.known is not None and decision.known.by_looks,
        )

    def _notes(self, row_id: str) -> dict[str, int]:
        """How often AutoClip noted a deletion of this row: it is there, so they are used up."""
        notes = self.scene.manifest.deleted_collection_row_ids.count(row_id)
        return {NOTES: notes} if notes else {}

    def _tail(self, path: str | None) -> str | None:
        """The part below the project directory; a path outside of it as it is."""
        return paths.tail(path, self.scene.project_id) or path

    def _report(self, record: CollectionRecord) -> None:
        if fit(record.name) != record.name:
            self.findings.cut_to_fit(Kind.COLLECTION, record.source_id, record.name)
        quarantined = self.scene.quarantined_sources(Kind.CLIP)
        unknown = [
            number
            for number in record.clip_ids
            if number not in self.scene.clip_numbers and number not in quarantined
        ]
        if unknown:
            self.findings.unknown_clip_in_collection(record.source_id, record.name, unknown)

    # -- rows that stay for another reason ---------------------------------------------------

    def keep(self, decision: Decision) -> None:
        """The row stays; its list follows its clips, and its totals and links follow its list."""
        known = decision.known
        assert known is not None
        assert isinstance(known.row, CollectionRow)
        rows.report_stays(decision, self.findings)
        content = self._follow_list(decision, known, totals=True)
        ledger = self.scene.base_rows.get((Kind.COLLECTION, known.row.id))
        kept: dict[str, Any] = {"name": known.row.name, "description": known.row.description}
        if content is not None:
            kept["content"] = list(content)
        base = rows.kept_base(known, ledger, kept)
        values = {**base.file_values, **self._notes(known.row.id)}
        if "content" in known.base:
            values["content"] = list(self.references.follow(known.base["content"]))
        self.emitted.base_rows.append(replace(base, file_values=values))
        if ledger is None:
            self.emitted.changes.append(rows.adopted(decision, self.scene))

    def leave(self, decision: Decision) -> None:
        """A row of people's: nothing of it changes but references to clips that move or go."""
        known = decision.known
        if known is None:
            return
        rows.report_stays(decision, self.findings)
        self._follow_list(decision, known, totals=False)
        self._report_total(known)

    def _report_total(self, known: Known) -> None:
        """AutoClip leaves the total of a person's collection when its list changes, and so do we:
        the row is the person's. Its page then says 3 clips, and shows 2."""
        row = known.row
        assert isinstance(row, CollectionRow)
        if identity.content_ids(row) is None:
            return
        clips = len(self.references.shown(self.references.follow(known.content)))
        written = [one for one in self.emitted.changes if one.row_id == row.id]
        totals = [one.after["clips_count"] for one in written if "clips_count" in one.after]
        total = totals[0] if totals else row.clips_count
        if (total or 0) != clips:
            self.findings.collection_total(row.id, row.name, total=total, clips=clips)

    def _follow_list(
        self, decision: Decision, known: Known, *, totals: bool
    ) -> tuple[str, ...] | None:
        """Rule 4. `totals`: the row is AutoClip's, so its totals and links follow its list always.

        Example: a person's collection lists [a, x], and a gives way to b: [b, x]; where nothing
        moves, a list of people's stays as it is, ids of no row included.
        """
        row = known.row
        assert isinstance(row, CollectionRow)
        listed = identity.content_ids(row)
        content = self.references.follow(known.content)
        shown = self.references.shown(content)
        writes: dict[str, Any] = {}
        moved = listed is not None and (totals or self.references.moved(listed))
        if moved:
            metadata = self._list_in(row, shown, totals)
            if not _same_metadata(row.collection_metadata, metadata):
                writes["collection_metadata"] = metadata
        follows = totals and listed is not None
        counted = listed is not None and row.clips_count == len(listed) and moved
        if (follows or counted) and row.clips_count != len(shown):
            writes["clips_count"] = len(shown)
        if writes:
            self.emitted.changes.append(
                Change(
                    Op.UPDATE,
                    Table.COLLECTIONS,
                    self.scene.project_id,
                    row.id,
                    decision.source_id,
                    {name: rows.plain(getattr(row, name)) for name in writes},
                    writes,
                    dict.fromkeys(writes, Reason(ReasonCode.FOLLOWS_CLIPS)),
                )
            )
        if follows:
            self._relink(row.id, shown)
            return content
        linked = self._linked(row.id)
        wanted = self.references.shown(self.references.follow(linked))
        if wanted != linked:
            self._relink(row.id, wanted, ReasonCode.LINKS_OF_NOBODY)
        return None if listed is None else content

    def _list_in(self, row: CollectionRow, shown: list[str], totals: bool) -> dict[str, Any]:
        metadata = {**row.collection_metadata, "clip_ids": shown}
        if totals and "original_clip_ids" in metadata:
            metadata["original_clip_ids"] = self.references.numbers_of(shown)
        return metadata

    # -- links -------------------------------------------------------------------------------

    def orphans(self) -> None:
        """Links of collections that do not exist (any more)."""
        gone = {
            change.row_id
            for change in self.emitted.changes
            if change.op is Op.DELETE and change.table is Table.COLLECTIONS
        }
        there = {row.id for row in self.scene.snapshot.collections} - gone
        there |= {row.row_id for row in self.emitted.base_rows}  # inserted, old ids included
        for collection_id in list(self._links):
            if collection_id in there:
                continue
            if collection_id not in gone:
                self.findings.orphan_links(collection_id, self._linked(collection_id))
            self._relink(collection_id, [], ReasonCode.LINKS_OF_NOBODY)

    def _linked(self, collection_id: str) -> list[str]:
        return [clip_id for _, clip_id in sorted(self._links.get(collection_id, ()))]

    def _relink(
        self,
        collection_id: str,
        clip_ids: Sequence[str],
        code: ReasonCode = ReasonCode.FOLLOWS_CONTENT,
    ) -> bool:
        """Make the links these, gap-free order included; True where they were not."""
        found = sorted(self._links.get(collection_id, ()))
        if found == list(enumerate(clip_ids)):
            return False
        self.emitted.changes.append(
            Change(
                Op.RELINK,
                Table.LINKS,
                self.scene.project_id,
                collection_id,
                None,
                {"clip_ids": [clip_id for _, clip_id in found]},
                {"clip_ids": list(clip_ids)},
                {"": Reason(code)},
            )
        )
        return True


def emit(
    decisions: Sequence[Decision], references: References, scene: Scene, findings: Findings
) -> Emitted:
    """The changes, base rows and items of every decision about collections."""
    emitter = _Emitter(scene, references, findings)
    for decision in decisions:
        fields: tuple[MergedField, ...] = ()
        match decision.fate:
            case Fate.INSERT:
                fields = emitter.insert(decision)
            case Fate.UPDATE:
                fields = emitter.update(decision)
            case Fate.DELETE:
                rows.deleted(emitter.emitted, decision, scene, findings)
            case Fate.KEEP:
                emitter.keep(decision)
            case Fate.LEAVE:
                emitter.leave(decision)
            case Fate.HOLD_BACK:
                _report_renamed(decision, findings)
        emitter.emitted.items.append(Item(decision, rows.label_of(decision), fields))
    emitter.orphans()
    rows.report_restored(decisions, Kind.COLLECTION, findings)
    return emitter.emitted


def _report_renamed(decision: Decision, findings: Findings) -> None:
    """A deleted collection that the file has under another name now: a person should know."""
    stone, record = decision.tombstone, decision.record
    renamed = decision.reason.code is ReasonCode.DELETED_AND_RENAMED
    if renamed and stone is not None and isinstance(record, CollectionRecord):
        findings.held_back_renamed(stone, record.name)


def _row(decision: Decision) -> CollectionRow | None:
    row = None if decision.known is None else decision.known.row
    assert row is None or isinstance(row, CollectionRow)
    return row


def _file_path(record: CollectionRecord, column: str) -> str | None:
    """What the disk has for the column, below the project directory; None: no such file."""
    if column == "thumbnail_path":
        return record.thumbnail_path
    return record.video_path if record.video_exists else None


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
