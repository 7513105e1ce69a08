"""Base: what the ledger remembers of one project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from clipsync.model.manifest import Kind


@dataclass(frozen=True, slots=True)
class BaseRow:
    """One row we applied or adopted.

    `file_values`: the file's values when we last looked, per editable field: the base of the
    three-way merge. Clips: `title`, `description`. Collections: `name`, `description`,
    `export_path`, `thumbnail_path` (below the project directory), and `content`, the ordered ids
    of the clip *rows* that the file meant, those that people deleted included.
    `kept_values`: the database's values of the same fields after that sync; they differ from
    `file_values` where a person edited.
    `start_ms`, `end_ms`: clips only.
    `stands`: it stands for a record of the file; False: it stayed for another reason (an edited
    row that the file no longer has, or a second edited row of one record).
    `by_looks`: only its looks told what it was made from, so it is never deleted.
    """

    kind: Kind
    source_id: str
    row_id: str
    file_values: Mapping[str, Any]
    kept_values: Mapping[str, Any]
    start_ms: int | None = None
    end_ms: int | None = None
    stands: bool = True
    by_looks: bool = False


class TombstoneReason(StrEnum):
    DELETED = "deleted"
    """A person deleted the row we knew."""
    MAYBE_DELETED = "maybe_deleted"
    """deleted_collections.json names a row we never knew: held back for a person to decide."""
    MANY_DELETED = "many_deleted"
    """More than half of the known rows went at once: held back for a person to decide."""
    LOST = "lost"
    """Lost, and not back yet: its record could not be used, or an undo took the row away again. It
    holds nothing back; what the row held comes back with the record. Always `lifted`."""

    @property
    def pending(self) -> bool:
        """A person has to say whether it was a deletion."""
        return self in (TombstoneReason.MAYBE_DELETED, TombstoneReason.MANY_DELETED)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A source id whose row a user deleted: not inserted again until restored on purpose.

    It holds the thing, not its number: a clip's time range, a collection's content in
    `file_values`. `file_values`, `kept_values`: what the ledger knew of the row, so that a restore
    brings a person's values back. `lifted`: restored on purpose; kept so that the same evidence
    does not bury it again.
    """

    kind: Kind
    source_id: str
    row_id: str | None
    label: str
    reason: TombstoneReason
    start_ms: int | None = None
    end_ms: int | None = None
    lifted: bool = False
    file_values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    kept_values: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Base:
    """What the ledger remembers of one project; empty for a project it never saw.

    `project_deleted`: a person deleted the whole project in AutoClip (its row was gone).
    `project_values`: what the project's row held when we last saw it, by column.
    """

    project_id: str
    known: bool = False
    project_deleted: bool = False
    project_values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    rows: tuple[BaseRow, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    seen_collection_row_ids: frozenset[str] = field(default_factory=frozenset)
    """Database ids of every collection ever seen here, manual ones included."""
