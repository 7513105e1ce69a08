"""The fields that people edit as text: clip title and description, collection name and description.

Three sides each (rule 2). Where the row is new to the ledger, or made anew, what was known of the
row before it counts as well, so that a re-import or a loss takes no edit away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clipsync.model.base import BaseRow, Tombstone
from clipsync.model.decision import Decision, MergedField
from clipsync.model.reason import ReasonCode
from clipsync.reconcile.canonical import same_text
from clipsync.reconcile.merge import merge_field
from clipsync.reconcile.options import Prefer
from clipsync.reconcile.remember import file_texts


@dataclass(frozen=True, slots=True)
class _Sides:
    database: str | None
    base: str | None
    base_known: bool
    carried: bool = False


def merged_texts(decision: Decision, prefer: Prefer) -> list[MergedField]:
    """The merged text fields of an inserted or updated row."""
    assert decision.record is not None
    fields = []
    for name, file in file_texts(decision.record).items():
        stored = None if decision.known is None else getattr(decision.known.row, name)
        sides = _sides(decision, name, file, prefer)
        if sides is None:
            fields.append(MergedField(name, file, stored, file, ReasonCode.FROM_DISK))
            continue
        merged = merge_field(
            file=file,
            database=sides.database,
            base=sides.base,
            base_known=sides.base_known,
            prefer=prefer,
        )
        reason = merged.reason
        if sides.carried and merged.edited and not same_text(merged.value, stored):
            reason = ReasonCode.CARRIED_OVER
        fields.append(MergedField(name, file, stored, merged.value, reason))
    return fields


def kept_before(decision: Decision) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """(what the row held, what the file said then) of the row before this one, if there was one."""
    former: BaseRow | Tombstone | None = decision.past
    if former is None and decision.known is None:
        former = decision.tombstone
    if former is None or not former.kept_values:
        return None
    return former.kept_values, former.file_values


def _sides(decision: Decision, name: str, file: str, prefer: Prefer) -> _Sides | None:
    """The database's side and the base; None for a new row of which nothing was known before."""
    before = kept_before(decision)
    known = decision.known
    if known is None:
        if before is None or name not in before[0]:
            # Example: a deletion noted by an older ClipSync kept the content only: the file's text.
            return None
        kept, was = before
        return _Sides(kept.get(name), was.get(name), name in was, carried=True)
    database = getattr(known.row, name)
    edited = name in known.edits or name in known.unknown
    if before is not None and prefer is not Prefer.DATABASE:
        kept, was = before
        if (not edited or same_text(database, file)) and not same_text(
            kept.get(name), was.get(name)
        ):
            # Nobody edited what AutoClip's re-import made: an edit of the row before it counts.
            return _Sides(kept.get(name), was.get(name), True, carried=True)
        if name in known.unknown and name in was:
            return _Sides(database, was[name], True)
    if not edited:
        # Equal to the base, or to the record stored in the row: no edit either way.
        return _Sides(database, database, True)
    return _Sides(database, known.base.get(name), name in known.base)
