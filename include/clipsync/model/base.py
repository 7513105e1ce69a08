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
    three-way merge. Clips: `title`, `description`. Collections: `name`, `description`, and
    `content`, the ordered clip source ids of the file that had a row then, and `content_rows`,
    the *row* ids these meant: after a retry the same source id may stand for another row.
    `kept_values`: the database's values of the same fields after that sync (differs from
    `file_values` where a person edited); for collections `content` are *row* ids.
    `start_ms`, `end_ms`: clips only.
    """

    kind: Kind
    source_id: str
    row_id: str
    file_values: Mapping[str, Any]
    kept_values: Mapping[str, Any]
    start_ms: int | None = None
    end_ms: int | None = None


class TombstoneReason(StrEnum):
    DELETED = "deleted"
    """A person deleted the row we knew."""
    MAYBE_DELETED = "maybe_deleted"
    """deleted_collections.json names a row we never knew: held back for a person to decide."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A source id whose row a user deleted: not inserted again until restored on purpose.

    `lifted`: restored on purpose; kept so that the same evidence does not bury it again.
    """

    kind: Kind
    source_id: str
    row_id: str | None
    label: str
    reason: TombstoneReason
    start_ms: int | None = None
    end_ms: int | None = None
    lifted: bool = False


@dataclass(frozen=True, slots=True)
class Base:
    """What the ledger remembers of one project; empty for a project it never saw."""

    project_id: str
    known: bool = False
    rows: tuple[BaseRow, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    seen_collection_row_ids: frozenset[str] = field(default_factory=frozenset)
    """Database ids of every collection ever seen here, manual ones included."""
