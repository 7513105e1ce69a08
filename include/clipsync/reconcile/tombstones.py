"""Tombstones after a plan: what people deleted, as the file and the rows call it now (rule 7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from clipsync.model.base import Tombstone, TombstoneReason
from clipsync.model.decision import Decision, Fate
from clipsync.model.manifest import Kind
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.gone import Gone, bury, lift, lifted
from clipsync.reconcile.references import References
from clipsync.reconcile.scene import Scene

Key = tuple[str, str]
"""Kind, and the row's id, or the number where the row was never known."""


def after_plan(
    scene: Scene,
    decisions: Sequence[Decision],
    gone: Sequence[Gone],
    references: References,
    findings: Findings,
) -> tuple[Tombstone, ...]:
    """All tombstones once the plan is applied, and what a person should know of them."""
    buried = [stone for one in gone for stone in one.buried]
    void = _void(decisions)
    numbers = _numbers(decisions)
    kept = [
        _as_of_now(stone, numbers, references)
        for stone in lift((*scene.base.tombstones, *buried), scene)
        if stone not in void and stone.reason is not TombstoneReason.LOST
    ]
    active = {_key(stone) for stone in kept if not stone.lifted}
    # Restored once and deleted again: one tombstone a row is enough.
    kept = [stone for stone in kept if not stone.lifted or _key(stone) not in active]
    before = {_key(stone) for stone in scene.base.tombstones if not stone.lifted}
    for stone in kept:
        if stone.lifted or stone.reason is TombstoneReason.MANY_DELETED:
            continue
        if stone.reason.pending or _key(stone) not in before:
            findings.tombstoned(stone)
    _report_many(scene, kept, findings)
    _report_not_restored(scene, decisions, kept, findings)
    return (*kept, *_lost_for_now(scene, decisions, gone))


def _void(decisions: Iterable[Decision]) -> list[Tombstone]:
    """Tombstones of rows that people worked on since."""
    return [
        one.tombstone for one in decisions if one.tombstone is not None and one.fate is Fate.UPDATE
    ]


def _numbers(decisions: Iterable[Decision]) -> dict[Key, str]:
    """The number under which the file has what a tombstone holds back."""
    return {
        _key(one.tombstone): one.record.source_id
        for one in decisions
        if one.tombstone is not None and one.record is not None and one.fate is Fate.HOLD_BACK
    }


def _as_of_now(stone: Tombstone, numbers: dict[Key, str], references: References) -> Tombstone:
    """The tombstone under today's number, its content in ids of today's rows.

    Example: clip 4 was deleted, a retry numbers the same piece of video 1: `restore --clip 1`.
    """
    number = numbers.get(_key(stone), stone.source_id)
    if number != stone.source_id:
        stone = replace(stone, source_id=number)
    if stone.kind is not Kind.COLLECTION or "content" not in stone.file_values:
        return stone
    sides = []
    for values in (stone.file_values, stone.kept_values):
        content = [str(item) for item in values.get("content") or ()]
        sides.append({**values, "content": references.renamed(content)})
    if sides == [dict(stone.file_values), dict(stone.kept_values)]:
        return stone
    return replace(stone, file_values=sides[0], kept_values=sides[1])


def _report_many(scene: Scene, stones: Sequence[Tombstone], findings: Findings) -> None:
    """One question for all rows of a kind that went at once."""
    many = [one for one in stones if one.reason is TombstoneReason.MANY_DELETED and not one.lifted]
    for kind in Kind:
        asked = {stone.row_id for stone in many if stone.kind is kind}
        if asked:
            known = asked | {row.row_id for row in scene.base.rows if row.kind is kind}
            findings.many_deleted(kind, gone=len(asked), known=len(known))


def _report_not_restored(
    scene: Scene, decisions: Sequence[Decision], stones: Sequence[Tombstone], findings: Findings
) -> None:
    """A restore that brought nothing back says so. Example: number 3 is another clip now."""
    before = {_key(stone) for stone in scene.base.tombstones if stone.lifted}
    used = {_key(one.tombstone) for one in decisions if one.tombstone is not None}
    for stone in stones:
        if stone.lifted and _key(stone) not in before and _key(stone) not in used:
            findings.restore_found_nothing(stone.kind, stone.source_id, stone.label)


def _lost_for_now(
    scene: Scene, decisions: Sequence[Decision], gone: Sequence[Gone]
) -> list[Tombstone]:
    """Lost rows whose record can't be used now: what they held waits for the record."""
    used = {one.past.row_id for one in decisions if one.past is not None}
    return [
        lifted(bury(past, TombstoneReason.LOST))
        for one in gone
        for past in one.past
        if past.row_id not in used and past.source_id in scene.quarantined_sources(past.kind)
    ]


def _key(stone: Tombstone) -> Key:
    return stone.kind.value, stone.row_id or stone.source_id
