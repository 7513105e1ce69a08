"""What the caller decides about a plan, and the facts only the caller can know."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from clipsync.model.manifest import Kind


class Prefer(StrEnum):
    """Who wins where a person's value and the file's differ."""

    MERGE = "merge"
    """Three-way merge: the person's edit is kept, everything else follows the file."""
    DISK = "disk"
    """The file wins, edits included. Only ever on a person's explicit word."""
    DATABASE = "database"
    """Nothing a person can edit is changed in rows that are there."""


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """Decisions: `prefer`, `allow_deletes`, `allow_restore`, `restore…`, `delete_limit`.

    `restore`: (kind, source id) of tombstones to lift; `restore_all`: lift every one.
    `restore_project`: bring the project back that a person deleted.
    `allow_restore`: bring projects back whose rows were lost with many others.
    `delete_limit`: share of the project's rows that may be deleted without a successor (0..1).

    Facts: `projects_lost`: (gone, known) where so many project rows are gone at once that it is a
    loss and no decision. `retry_under_way`: the database says that AutoClip is at this project now.
    `studio_overdue`: AutoClip's Studio finished it so long ago that its row should show it.
    `projects_root`: the directory that holds the project directories as AutoClip's own machine
    sees it, where something tells; None: take it from the project's rows, else as seen from here.
    """

    prefer: Prefer = Prefer.MERGE
    allow_deletes: bool = False
    restore: frozenset[tuple[Kind, str]] = field(default_factory=frozenset)
    restore_all: bool = False
    restore_project: bool = False
    allow_restore: bool = False
    projects_lost: tuple[int, int] | None = None
    delete_limit: float = 0.5
    retry_under_way: bool = False
    studio_overdue: bool = False
    projects_root: str | None = None
