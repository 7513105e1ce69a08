"""Three-way merge (rules 2 and 3): file, database, and the base both came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clipsync.model.reason import ReasonCode
from clipsync.reconcile.canonical import same_text
from clipsync.reconcile.options import Prefer

_FROM_FILE = (ReasonCode.SAME, ReasonCode.FROM_DISK, ReasonCode.PREFERRED_DISK)


_PREFERRED = {
    Prefer.DISK: ReasonCode.PREFERRED_DISK,
    Prefer.DATABASE: ReasonCode.PREFERRED_DATABASE,
}


@dataclass(frozen=True, slots=True)
class Merged:
    """The value to hold from now on. The file's value becomes the base in every case."""

    value: str | None
    reason: ReasonCode

    @property
    def edited(self) -> bool:
        """True when a person's value, not the file's, is held."""
        return self.reason not in _FROM_FILE


def merge_field(
    *, file: str, database: str | None, base: str | None, base_known: bool, prefer: Prefer
) -> Merged:
    """Rule 2. An emptied field is an edit too: None and "" are values like any other.

    file B, database A, base A → B     file A, database B, base A → B, an edit
    file C, database B, base A → B, a conflict    file B, database A, no base → A, unknown
    """
    if same_text(file, database):
        return Merged(database, ReasonCode.SAME)
    if prefer in _PREFERRED:
        return Merged(file if prefer is Prefer.DISK else database, _PREFERRED[prefer])
    if not base_known:
        return Merged(database, ReasonCode.UNKNOWN_EDIT)
    if same_text(database, base):
        return Merged(file, ReasonCode.FROM_DISK)
    if same_text(file, base):
        return Merged(database, ReasonCode.EDITED)
    return Merged(database, ReasonCode.EDIT_CONFLICT)


@dataclass(frozen=True, slots=True)
class MergedList:
    items: tuple[str, ...]
    reason: ReasonCode


def merge_list(
    *,
    file: Sequence[str],
    database: Sequence[str],
    base: Sequence[str] | None,
    prefer: Prefer,
) -> MergedList:
    """Rule 3: the person's order wins, what the file added comes in, what it dropped goes out.

    All three hold ids without repeats; `base` None: nothing tells what the file said before.
    Example: file [1,2,4], database [3,2,1], base [1,2,3] → [2,4,1]: 3 was dropped, 4 came in.
    """
    file, database = tuple(file), tuple(database)
    if file == database:
        return MergedList(database, ReasonCode.SAME)
    if prefer is Prefer.DISK:
        return MergedList(file, ReasonCode.PREFERRED_DISK)
    if prefer is Prefer.DATABASE:
        return MergedList(database, ReasonCode.PREFERRED_DATABASE)
    if base is None:
        return MergedList(database, ReasonCode.UNKNOWN_EDIT)
    if database == tuple(base):
        return MergedList(file, ReasonCode.FROM_DISK)

    dropped = set(base) - set(file)
    items = [item for item in database if item not in dropped]
    for position, item in enumerate(file):
        if item in base or item in items:
            continue
        # Behind its nearest predecessor in the file that is still in the list, else in front.
        before = next((other for other in reversed(file[:position]) if other in items), None)
        items.insert(0 if before is None else items.index(before) + 1, item)
    merged = tuple(items)
    return MergedList(merged, ReasonCode.FROM_DISK if merged == file else ReasonCode.EDITED)
