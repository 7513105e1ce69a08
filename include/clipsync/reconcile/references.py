"""References: which clip row an id means after the plan (rules 3 and 4).

id in a list            after the plan
row that stays          itself
duplicate that goes     the row that stays for the same record
replaced, or lost       the row that stands for the same piece of video now
held back, or waiting   itself, not shown: its place is kept for a restore
another project's       itself
anything else           goes out of the list
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from clipsync.model.base import BaseRow
from clipsync.model.decision import Decision, Fate, Known, Origin
from clipsync.model.manifest import Kind
from clipsync.model.reason import ReasonCode
from clipsync.reconcile.options import Prefer
from clipsync.reconcile.rows import label
from clipsync.reconcile.scene import Scene

_THERE = (Fate.INSERT, Fate.UPDATE, Fate.KEEP, Fate.LEAVE)


class References:
    """What ids of clip rows, and numbers of clips in the file, come to mean."""

    def __init__(
        self,
        scene: Scene,
        decisions: Sequence[Decision],
        collections: Sequence[Known],
        waiting: Sequence[BaseRow],
    ) -> None:
        """`waiting`: rows that were lost while their record can't be used: their places stay."""
        foreign = scene.snapshot.foreign_clips
        self._after: dict[str, str | None] = {item: item for item in foreign}
        self._after |= {row.row_id: row.row_id for row in waiting}
        self._numbers: dict[str, str] = {}
        self._number_of: dict[str, str] = {}
        self._live = set(foreign)
        for one in decisions:
            self._take(one)
        listed = {item for known in collections for item in known.content}
        for one in sorted(_quarantined(decisions), key=lambda one: _first_choice(one, listed)):
            self._number(one.source_id, one.row_id)
        for row in waiting:
            self._number(row.source_id, row.row_id)

    def _take(self, one: Decision) -> None:
        if one.known is not None:
            self._after[one.known.row.id] = one.row_id or one.instead
        if one.past is not None:
            self._after[one.past.row_id] = one.row_id
        stone = one.tombstone
        if stone is not None and stone.row_id is not None:
            # Held back, or brought back by AutoClip and removed again: the place is kept.
            place = one.row_id or stone.row_id
            self._after[stone.row_id] = place
            if one.known is not None:
                self._after[one.known.row.id] = place
        if one.row_id is not None and one.fate in _THERE:
            self._live.add(one.row_id)
        if one.record is not None:
            held_back = None if stone is None else stone.row_id
            self._number(one.record.source_id, one.row_id or held_back)

    def _number(self, number: str | None, row_id: str | None) -> None:
        if number is not None and row_id is not None and number not in self._numbers:
            self._numbers[number] = row_id
            self._number_of.setdefault(row_id, number)

    def follow(self, listed: Iterable[str]) -> tuple[str, ...]:
        """The list after the plan, clips that are held back included.

        Example: [a, b, c], where a gives way to c: c has its own place, so [b, c].
        """
        items = list(listed)
        there = set(items)
        followed: list[str] = []
        for item in items:
            after = self._after.get(item)
            if after is not None and (after == item or after not in there):
                followed.append(after)
        return tuple(dict.fromkeys(followed))

    def renamed(self, ids: Iterable[str]) -> list[str]:
        """The same ids, those of rows that another one stands for now by its id."""
        return [self._after.get(item) or item for item in ids]

    def of_numbers(self, numbers: Iterable[str]) -> tuple[str, ...]:
        """The rows that the file's list means, clips that are held back included."""
        rows = (self._numbers.get(number) for number in numbers)
        return tuple(dict.fromkeys(row for row in rows if row is not None))

    def shown(self, listed: Iterable[str]) -> list[str]:
        """The list as AutoClip shows it: clips that have a row."""
        return [item for item in listed if item in self._live]

    def numbers_of(self, rows: Iterable[str]) -> list[str]:
        """`original_clip_ids`: the numbers of those that stand for a record."""
        return [self._number_of[row] for row in rows if row in self._number_of]

    def moved(self, listed: Iterable[str]) -> bool:
        """True when an id of the list means another row now, or a row that goes."""
        return any(item in self._after and self._after[item] != item for item in listed)

    def list_edited(self, known: Known) -> bool:
        """Whether a person changed the list, compared with what the file said when it was made."""
        if "content" not in known.base:
            return "content" in known.unknown and bool(known.content)
        return self.follow(known.content) != self.follow(known.base["content"])


def listed_by_people(scene: Scene, collections: Sequence[Known]) -> dict[str, list[str]]:
    """Clip row id to the names of the collections into which a person put it.

    That is every collection made by hand, and every other that lists the clip against what the
    file said. Example: the file said [1,2], the row lists [1,2,7] → 7 was put there.
    """
    preferred = scene.options.prefer is Prefer.DISK
    replaced = {one.source_id for one in scene.manifest.collections} if preferred else set()
    listed: dict[str, list[str]] = {}
    for known in collections:
        for item in _put_there(known, replaced):
            listed.setdefault(item, []).append(label(known.row))
    return listed


def _put_there(known: Known, replaced: set[str]) -> Iterator[str]:
    if known.origin is Origin.NOBODY:
        yield from known.content
    elif known.source_id not in replaced and "content" in known.base:
        yield from (item for item in known.content if item not in known.base["content"])


def _quarantined(decisions: Iterable[Decision]) -> Iterator[Decision]:
    return (
        one
        for one in decisions
        if one.kind is Kind.CLIP and one.reason.code is ReasonCode.RECORD_QUARANTINED
    )


def _first_choice(one: Decision, listed: set[str]) -> tuple[bool, bool, float, str]:
    """Of several rows of a record that can't be used: the ledger's, the listed, the newest."""
    assert one.known is not None
    row = one.known.row
    return not one.known.in_ledger, row.id not in listed, _newest(row.created_at), row.id


def _newest(created_at: str) -> float:
    digits = "".join(char for char in created_at if char.isdigit())[:20]
    return -float(digits or 0)
