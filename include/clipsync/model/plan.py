"""Plan: what must change so that the database agrees with the disk, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from clipsync.model.base import Base, BaseRow, Tombstone
from clipsync.model.decision import Item
from clipsync.model.finding import Finding, Severity
from clipsync.model.manifest import DiskState, Kind
from clipsync.model.reason import Reason


class Op(StrEnum):
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    RELINK = "relink"
    """A collection's rows in clip_collection; `before`/`after` are {"clip_ids": [...]} in order."""
    ADOPT = "adopt"
    """The ledger takes a row (or a new base for it) to its knowledge; AutoClip's row stays."""


class Table(StrEnum):
    PROJECTS = "projects"
    CLIPS = "clips"
    COLLECTIONS = "collections"
    LINKS = "clip_collection"


@dataclass(frozen=True, slots=True)
class Change:
    """One change to one row.

    `before`, `after`: column name to value (JSON values; timestamps as stored). insert: all columns
    we set, `before` empty. update: changed columns only. delete: `before` has the modelled columns.
    `row_id` of a relink is the collection's id. `why`: per column, or under "" for the whole row.
    """

    op: Op
    table: Table
    project_id: str
    row_id: str
    source_id: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    why: Mapping[str, Reason]

    def as_dict(self) -> dict[str, Any]:
        """JSON, reasons as codes; `messages` adds the sentences."""
        return {
            "op": self.op.value,
            "table": self.table.value,
            "project_id": self.project_id,
            "row_id": self.row_id,
            "source_id": self.source_id,
            "before": dict(self.before),
            "after": dict(self.after),
            "reasons": {name: reason.as_dict() for name, reason in self.why.items()},
        }


@dataclass(frozen=True, slots=True)
class LedgerDelta:
    """What an apply writes to the ledger beside the changes, in the same transaction.

    `before`: the base that the plan was made from. `rows` is the complete list of base rows after
    the apply; `rows_changed` says whether it differs from the one read.
    """

    before: Base | None = None
    rows: tuple[BaseRow, ...] = ()
    rows_changed: bool = False
    tombstones: tuple[Tombstone, ...] = ()
    tombstones_changed: bool = False
    seen_collection_row_ids: frozenset[str] = field(default_factory=frozenset)
    seen_changed: bool = False
    project_deleted: bool = False
    project_deleted_changed: bool = False
    project_values: Mapping[str, Any] = field(default_factory=dict)
    project_values_changed: bool = False

    @classmethod
    def unchanged(cls, base: Base) -> LedgerDelta:
        """The ledger stays as it is."""
        return cls(
            before=base,
            rows=base.rows,
            tombstones=base.tombstones,
            seen_collection_row_ids=base.seen_collection_row_ids,
            project_deleted=base.project_deleted,
            project_values=base.project_values,
        )

    @property
    def empty(self) -> bool:
        return not (
            self.rows_changed
            or self.tombstones_changed
            or self.seen_changed
            or self.project_deleted_changed
            or self.project_values_changed
        )


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """What must change for one project.

    `name`: the project's name as people will see it. `clips`, `collections`: rows on which disk
    and database agree once the plan is applied; `clips_now`, `collections_now`: those on which
    they agree already. `disk_clips`, `disk_collections`: valid records on disk.
    `items`: what was decided about every record and row, with the merged fields.
    `unsucceeded_deletes`: rows, of the `rows` in the database, that go with nothing in their
    place. `stopped`: why a guard does not let the plan be applied (its changes then show what it
    would have done). `skipped`: why nothing was planned at all (still processing, absent,
    unreadable), else None.
    """

    project_id: str
    name: str
    state: DiskState
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    ledger: LedgerDelta = field(default_factory=LedgerDelta)
    clips: int = 0
    collections: int = 0
    clips_now: int = 0
    collections_now: int = 0
    disk_clips: int = 0
    disk_collections: int = 0
    quarantined: int = 0
    unsucceeded_deletes: int = 0
    rows: int = 0
    stopped: Reason | None = None
    skipped: Reason | None = None
    items: tuple[Item, ...] = ()

    @property
    def empty(self) -> bool:
        """True when an apply would write nothing at all."""
        return not self.changes and self.ledger.empty

    @property
    def data_changes(self) -> tuple[Change, ...]:
        """The changes that touch AutoClip's tables."""
        return tuple(change for change in self.changes if change.op is not Op.ADOPT)

    def without_columns(self, absent: Mapping[str, frozenset[str]]) -> ProjectPlan:
        """The plan for a database that lacks these columns, by table: an older AutoClip's."""
        if not any(absent.values()):
            return self
        changes = []
        for change in self.changes:
            missing = absent.get(change.table.value, frozenset())
            after = {name: value for name, value in change.after.items() if name not in missing}
            before = {name: value for name, value in change.before.items() if name not in missing}
            if after or change.op is not Op.UPDATE:
                changes.append(replace(change, before=before, after=after))
        return replace(self, changes=tuple(changes))

    @property
    def consistent(self) -> bool:
        """Disk and database agree: nothing to write to AutoClip's tables, no error to report."""
        return not self.data_changes and not any(
            finding.severity is Severity.ERROR for finding in self.findings
        )

    def counts(self) -> dict[str, int]:
        """Changes by op, every op present, zero included."""
        counted = Counter(change.op.value for change in self.changes)
        return {op.value: counted[op.value] for op in Op}


KIND_TABLE: Mapping[Kind, Table] = {Kind.CLIP: Table.CLIPS, Kind.COLLECTION: Table.COLLECTIONS}
