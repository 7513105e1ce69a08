"""Decisions: what the planner knows of each row, and what becomes of each record and row.

A decision is never guessed back from its consequences: everything that shows, applies or undoes a
plan reads the decisions themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from clipsync.model.base import BaseRow, Tombstone
from clipsync.model.manifest import ClipRecord, CollectionRecord, Kind
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import ClipRow, CollectionRow

Row = ClipRow | CollectionRow
Record = ClipRecord | CollectionRecord
Span = tuple[int, int]
"""Start and end in milliseconds."""


class Origin(StrEnum):
    """Where the knowledge comes from which record a row stands for."""

    LEDGER = "ledger"
    ROW = "row"
    """The row itself names its record: AutoClip made it, and we see it for the first time."""
    LOOKS = "looks"
    """It looks like a record and names none."""
    NOBODY = "nobody"
    """Nothing: a person made it by hand."""


@dataclass(frozen=True, slots=True)
class Known:
    """A row with what is known of it.

    `source_id`: the record's number when the row was made or last synced; None: made by hand.
    `span`: a clip's time range, None where it is not known. `content`: what a collection lists, as
    ids of clip rows before the plan. `base`: what the file said when the row was last in step with
    it, by field; a field that is not there is unknown (`content` in row ids). `edits`: fields that
    a person changed; `unknown`: fields of which nothing tells whether somebody did.
    `stands`, `by_looks`: as in BaseRow.
    """

    kind: Kind
    row: Row
    origin: Origin
    source_id: str | None
    span: Span | None = None
    content: tuple[str, ...] = ()
    base: Mapping[str, Any] = field(default_factory=dict)
    edits: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    stands: bool = True
    by_looks: bool = False

    @property
    def in_ledger(self) -> bool:
        return self.origin is Origin.LEDGER


class Fate(StrEnum):
    """What becomes of a record or a row."""

    INSERT = "insert"
    """A row is made for the record."""
    UPDATE = "update"
    """The row stands for the record and follows it, field by field."""
    KEEP = "keep"
    """The row stays though no record stands behind it; only its references follow."""
    DELETE = "delete"
    HOLD_BACK = "hold_back"
    """The record gets no row: a person deleted it, or may have."""
    LEAVE = "leave"
    """Nothing is done, nothing is concluded."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One record, one row, or both, and what becomes of them.

    `known`: the row as it is. `past`: what the ledger knew of the row that stood for the record
    before, and is gone. `tombstone`: what holds the record back, or did until now. `instead`: the
    row that takes the place of one that goes. `row_id`: the row's id after the plan, None where
    there is none.
    """

    fate: Fate
    reason: Reason
    kind: Kind
    record: Record | None = None
    known: Known | None = None
    past: BaseRow | None = None
    tombstone: Tombstone | None = None
    instead: str | None = None
    row_id: str | None = None

    @property
    def source_id(self) -> str | None:
        """The record's number, else the one the row had."""
        if self.record is not None:
            return self.record.source_id
        return None if self.known is None else self.known.source_id


@dataclass(frozen=True, slots=True)
class MergedField:
    """One field on both sides, and what it is after the plan; None: the side has no such value.

    `disk` as it fits the column; None where the file says nothing of it. Contents of collections
    are ids of clip rows.
    """

    name: str
    disk: Any
    database: Any
    after: Any
    reason: ReasonCode

    @property
    def changes(self) -> bool:
        """The plan writes the field."""
        return self.reason in _WRITTEN


_WRITTEN = frozenset(
    {
        ReasonCode.FROM_DISK,
        ReasonCode.PREFERRED_DISK,
        ReasonCode.CARRIED_OVER,
        ReasonCode.FOLLOWS_CONTENT,
        ReasonCode.FOLLOWS_CLIPS,
    }
)


@dataclass(frozen=True, slots=True)
class Item:
    """A decision with the fields it led to; a row that goes or is left has none."""

    decision: Decision
    label: str
    fields: tuple[MergedField, ...] = ()
