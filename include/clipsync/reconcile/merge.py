"""Three-way merge (rules 2 and 3): file, database, and the base both came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from clipsync.model.reason import Reason, ReasonCode
from clipsync.reconcile.canonical import same_text
from clipsync.reconcile.options import Prefer


class Verdict(StrEnum):
    """Why a merged value is what it is: those reasons that a merge can have."""

    SAME = ReasonCode.SAME.value
    FILE_CHANGED = ReasonCode.FROM_DISK.value
    EDITED = ReasonCode.EDITED.value
    CONFLICT = ReasonCode.EDIT_CONFLICT.value
    UNKNOWN_EDIT = ReasonCode.UNKNOWN_EDIT.value
    PREFERRED_DISK = ReasonCode.PREFERRED_DISK.value
    PREFERRED_DATABASE = ReasonCode.PREFERRED_DATABASE.value

    @property
    def reason(self) -> Reason:
        return Reason(ReasonCode(self.value))


@dataclass(frozen=True, slots=True)
class Merged:
    """The value to hold from now on. The file's value becomes the base in every case."""

    value: str | None
    verdict: Verdict

    @property
    def edited(self) -> bool:
        """True when a person's value, not the file's, is held."""
        return self.verdict not in (
            Verdict.SAME,
            Verdict.FILE_CHANGED,
            Verdict.PREFERRED_DISK,
        )


def merge_field(
    *, file: str, database: str | None, base: str | None, base_known: bool, prefer: Prefer
) -> Merged:
    """Rule 2. An emptied field is an edit too: None and "" are values like any other."""
    if same_text(file, database):
        return Merged(database, Verdict.SAME)
    if prefer is Prefer.DISK:
        return Merged(file, Verdict.PREFERRED_DISK)
    if prefer is Prefer.DATABASE:
        return Merged(database, Verdict.PREFERRED_DATABASE)
    if not base_known:
        return Merged(database, Verdict.UNKNOWN_EDIT)
    if same_text(database, base):
        return Merged(file, Verdict.FILE_CHANGED)
    if same_text(file, base):
        return Merged(database, Verdict.EDITED)
    return Merged(database, Verdict.CONFLICT)


@dataclass(frozen=True, slots=True)
class MergedList:
    items: tuple[str, ...]
    verdict: Verdict


def merge_list(
    *,
    file: Sequence[str],
    database: Sequence[str],
    base: Sequence[str] | None,
    prefer: Prefer,
) -> MergedList:
    """Rule 3: the person's order wins, what the file added comes in, what it dropped goes out.

    All three hold ids without repeats; `base` None: nothing tells what the file said before.
    """
    file, database = tuple(file), tuple(database)
    if file == database:
        return MergedList(database, Verdict.SAME)
    if prefer is Prefer.DISK:
        return MergedList(file, Verdict.PREFERRED_DISK)
    if prefer is Prefer.DATABASE:
        return MergedList(database, Verdict.PREFERRED_DATABASE)
    if base is None:
        return MergedList(database, Verdict.UNKNOWN_EDIT)
    if database == tuple(base):
        return MergedList(file, Verdict.FILE_CHANGED)

    dropped = set(base) - set(file)
    items = [item for item in database if item not in dropped]
    for position, item in enumerate(file):
        if item in base or item in items:
            continue
        # Behind its nearest predecessor in the file that is still in the list, else in front.
        before = next((other for other in reversed(file[:position]) if other in items), None)
        items.insert(0 if before is None else items.index(before) + 1, item)
    merged = tuple(items)
    if merged == file:
        return MergedList(merged, Verdict.FILE_CHANGED)
    return MergedList(merged, Verdict.EDITED)
