"""What people did, told by facts: the base, the row's own record, and what the journal wrote.

A value that differs from the file's is a person's, unless one of these says otherwise:

    row "Old", the file says "New", base "Old"        nobody changed it: the file's should be there
    row "Odd", the file says "New", base "New"        a person's, as far as the ledger tells
    … and the journal: ClipSync wrote "Odd" itself    not a person's: ClipSync must answer for it

The journal is asked only where a value differs, and believed only where it can't be that ClipSync
wrote back what a person had given: values carried over from another row, or from an earlier life.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

from clipsync.ledger.inserted import DIGESTS, changed_columns
from clipsync.ledger.records import JournalEntry, TombstoneRecord
from clipsync.model.base import BaseRow, TombstoneReason
from clipsync.model.plan import Op, Table
from clipsync.quality.rows import CollectionRow
from clipsync.quality.values import ids_in, in_order, is_text_of, parsed, same_text


class Ledger(Protocol):
    """The ledger's facts of one project, read when they are asked for."""

    def journal(self, project_id: str) -> Sequence[JournalEntry]:
        """What ClipSync wrote, oldest first."""

    def tombstones(self, project_id: str) -> Sequence[TombstoneRecord]:
        """What it takes for deleted by people, and since when."""


class Writings:
    """What ClipSync wrote to the rows of one project."""

    def __init__(self, project_id: str, ledger: Ledger) -> None:
        self._project_id = project_id
        self._ledger = ledger

    @cached_property
    def entries(self) -> Sequence[JournalEntry]:
        return self._ledger.journal(self._project_id)

    @cached_property
    def deletions(self) -> Sequence[TombstoneRecord]:
        """Deletions by people that hold something back now."""
        return [
            one
            for one in self._ledger.tombstones(self._project_id)
            if one.lifted_at is None and one.tombstone.reason is TombstoneReason.DELETED
        ]

    def wrote_text(self, table: Table, row_id: str, name: str, value: str | None) -> bool:
        """Whether a text is ClipSync's own doing and no person's that it put back."""
        written = self._last(table, row_id, name)
        if written is None or not _is_as_written(written, name, value):
            return False
        return not self._gave_back(written) and not any(
            same_text(before[name], value)
            for before in self._befores(table, row_id)
            if name in before
        )

    def content_change(
        self, row_id: str, metadata: Mapping[str, Any]
    ) -> tuple[list[str], bool] | None:
        """(what a collection listed before, was it made then) where ClipSync wrote its list.

        None where it did not, or wrote it to give a person's back.
        """
        written = self._last(Table.COLLECTIONS, row_id, "collection_metadata")
        if written is None or self._gave_back(written):
            return None
        if not _is_as_written(written, "collection_metadata", metadata):
            return None
        return _listed(written.change.before), written.change.op is Op.INSERT

    def deleted_by_us(self, stone: TombstoneRecord) -> bool:
        """Whether ClipSync itself deleted the row in the very run that buried it."""
        row_id, run_id = stone.tombstone.row_id, stone.run_id
        return row_id is not None and any(
            entry.run_id == run_id and entry.change.row_id == row_id
            for entry in self.entries
            if entry.change.op is Op.DELETE
        )

    def _last(self, table: Table, row_id: str, name: str) -> JournalEntry | None:
        return next(
            (
                entry
                for entry in reversed(self.entries)
                if entry.change.table is table
                and entry.change.row_id == row_id
                and entry.change.op in (Op.INSERT, Op.UPDATE)
                and (name in entry.change.after or DIGESTS in entry.change.after)
            ),
            None,
        )

    def _befores(self, table: Table, row_id: str) -> list[Mapping[str, Any]]:
        return [
            entry.change.before
            for entry in self.entries
            if entry.change.table is table and entry.change.row_id == row_id
        ]

    def _gave_back(self, written: JournalEntry) -> bool:
        """It may have put a person's value back: the thing had a row before, or was adopted."""
        change = written.change
        for entry in self.entries:
            other = entry.change
            if other.table is not change.table or entry.id == written.id:
                continue
            same_row, earlier = other.row_id == change.row_id, entry.id < written.id
            if (
                change.op is Op.INSERT
                and earlier
                and (same_row or other.source_id == change.source_id)
            ):
                return True
            if change.op is Op.UPDATE and same_row and other.op is Op.ADOPT:
                return True
            if earlier and same_row and other.op is Op.DELETE:
                return True
        return False


def text_by_file(
    stored: str | None, written: str, before: str | None, is_ours: Callable[[], bool]
) -> str | None:
    """What a text of a row should be: what it is, where that is the file's or a person's.

    `written`: the file's. `before`: what nobody had changed yet (`untouched_text`); None: unknown.
    `is_ours`: whether the journal tells that ClipSync wrote it.
    """
    if is_text_of(stored, written):
        return stored
    if before is not None and is_text_of(stored, before):
        return written
    return written if is_ours() else stored


def untouched_text(base: BaseRow | None, name: str, own_record: str | None) -> str | None:
    """A text before anybody could change it: the ledger's, else the row's own record's."""
    if base is None:
        return own_record
    value = base.file_values.get(name)
    return None if value is None else str(value)


def taken_out(
    listed: Sequence[str],
    by_file: Sequence[str],
    base: BaseRow | None,
    writings: Writings,
    row: CollectionRow,
) -> list[str]:
    """Clips of the file that a collection lacks though nobody took them out of it."""
    lacking = [one for one in by_file if one not in listed]
    if not lacking:
        return []
    change = writings.content_change(row.id, parsed(row.collection_metadata))
    if change is not None:
        before, made_then = change
        ours = lacking if made_then else in_order(lacking, before)
        if ours:
            return ours
    known = base_content(base)
    return [] if known is None else [one for one in lacking if one not in known]


def out_of_order(
    listed: Sequence[str],
    by_file: Sequence[str],
    base: BaseRow | None,
    writings: Writings,
    row: CollectionRow,
) -> bool:
    """Whether a collection's order is neither the file's nor a person's."""
    shown, wanted = in_order(listed, by_file), in_order(by_file, listed)
    if shown == wanted:
        return False
    change = writings.content_change(row.id, parsed(row.collection_metadata))
    if change is not None:
        before, made_then = change
        if made_then or in_order(before, shown) == in_order(wanted, before):
            return True
    known = base_content(base)
    if known is None:
        return False
    # Nobody has moved them since the file listed them so: then today's order of the file rules.
    kept = ids_in(None if base is None else base.kept_values.get("content"))
    return in_order(known, shown) == in_order(kept, shown) == shown


def base_content(base: BaseRow | None) -> list[str] | None:
    """Row ids of the clips that the file listed when the ledger last looked."""
    if base is None:
        return None
    content = base.file_values.get("content")
    return [str(one) for one in content] if isinstance(content, list | tuple) else None


def is_edited(
    row_texts: Mapping[str, str | None], base: BaseRow | None, own: Mapping[str, str]
) -> bool:
    """Whether a person may have changed one of a row's texts: it is not what nobody changed.

    What nothing tells of counts as changed: such a row is nobody's to delete.
    """
    before = own if base is None else base.file_values
    return any(
        name not in before or not is_text_of(text, str(before[name] or ""))
        for name, text in row_texts.items()
    )


def _is_as_written(written: JournalEntry, name: str, value: Any) -> bool:
    """Whether a column still holds what ClipSync wrote; of an inserted row it kept digests only."""
    change = written.change
    if name not in change.after:
        return name not in changed_columns(change.table, change.after, {name: value})
    if name == "collection_metadata":
        return _listed(change.after) == _listed({name: value})
    return same_text(change.after[name], value)


def _listed(values: Mapping[str, Any]) -> list[str]:
    metadata = values.get("collection_metadata")
    return ids_in(metadata.get("clip_ids")) if isinstance(metadata, Mapping) else []
