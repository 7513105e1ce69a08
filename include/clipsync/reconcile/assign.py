"""Assign: which record each known row, tombstone or lost row stands for (rule 1).

    claims (what the ledger knows)          records (what the file says)
      row 1   0-60 s    ────── 0.9 ──────▶    2    0-55 s
      row 2  60-120 s   ────── 1.0 ──────▶    1   60-120 s
      stone 3 120-180 s ── 1.0, held back ─▶  3  120-180 s

Best pairs first, so a retry that renumbers its clips takes edits and deletions along. Rows seen
for the first time are no claims: each joins the record it is most like, whoever has that already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from clipsync.model.base import BaseRow, Tombstone
from clipsync.model.decision import Known, Record, Span
from clipsync.reconcile import likeness

Thing = Span | frozenset[str] | None
"""A clip's time range, or the clip rows of a collection; None: not known."""


STANDS, KEPT, BURIED, PAST = 0, 1, 2, 3
"""Who goes first among equals: rows that stood for a record, rows that stayed for another reason,
tombstones, rows that are gone."""

_Rank = tuple[float, int, bool, int, str]
"""Smaller goes first: less alike, order, another number, position of the record, row id."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Something the ledger knows that may stand for a record: exactly one of the last three.

    `order`: STANDS, KEPT, BURIED or PAST. `by_number`: under the same
    number it may take a record of which nothing else is alike, if nobody else claims it.
    """

    number: str | None
    thing: Thing
    order: int
    by_number: bool
    known: Known | None = None
    stone: Tombstone | None = None
    past: BaseRow | None = None

    @property
    def row_id(self) -> str:
        """The row's id, "" where a tombstone was never one of ours."""
        if self.known is not None:
            return self.known.row.id
        former = self.stone or self.past
        return (former.row_id if former is not None else None) or ""


def alike(left: Thing, right: Thing) -> float:
    """The likeness of two things of one kind, 0 where one is not known."""
    if isinstance(left, frozenset) and isinstance(right, frozenset):
        return likeness.of_contents(left, right)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return likeness.of_spans(left, right)
    return 0.0


def assign(
    claims: Sequence[Claim], records: Sequence[Record], things: Sequence[Thing]
) -> dict[int, Claim]:
    """Record position to the claim that has it, one to one; `things`: of the records.

    Best likeness first; equal ones by `order`, then by number, then by the records' order.
    """
    taken: dict[int, Claim] = {}
    used: set[int] = set()

    def take(pairs: Iterable[tuple[_Rank, Claim]]) -> None:
        for rank, claim in sorted(pairs, key=lambda pair: pair[0]):
            if rank[3] not in taken and id(claim) not in used:
                taken[rank[3]] = claim
                used.add(id(claim))

    positions = {record.source_id: at for at, record in enumerate(records)}
    own = [(claim, positions.get(claim.number or "")) for claim in claims]
    # The usual case, which needs no comparing of all with all: same number, same thing.
    take(
        ((-1.0, claim.order, False, at, claim.row_id), claim)
        for claim, at in own
        if at is not None and claim.order == STANDS and alike(claim.thing, things[at]) == 1.0
    )
    free = [(claim, at) for claim, at in own if id(claim) not in used]
    take(
        ((-share, claim.order, at != home, at, claim.row_id), claim)
        for claim, home in free
        for at in range(len(records))
        if at not in taken
        and likeness.same_thing(share := alike(claim.thing, things[at]), same_number=at == home)
    )
    # Nothing is alike: the number decides, where nobody else claims the record.
    take(
        ((0.0, claim.order, False, at, claim.row_id), claim)
        for claim, at in free
        if at is not None and (claim.by_number or things[at] is None)
    )
    return taken


def join(
    rows: Iterable[Known],
    records: Sequence[Record],
    things: Sequence[Thing],
    thing_of: Callable[[Known], Thing],
) -> dict[int, list[Known]]:
    """Record position to the rows seen for the first time that are most like it.

    A row of the record's number whose own thing is not known joins by its number.
    """
    joined: dict[int, list[Known]] = {}
    positions = {record.source_id: at for at, record in enumerate(records)}
    for row in rows:
        thing = thing_of(row)
        own = positions.get(row.source_id or "")
        if own is not None and (thing is None or alike(thing, things[own]) == 1.0):
            joined.setdefault(own, []).append(row)
            continue
        found = [
            (-share, at != own, at)
            for at in range(len(records))
            if likeness.same_thing(share := alike(thing, things[at]), same_number=at == own)
        ]
        if found:
            joined.setdefault(min(found)[2], []).append(row)
        elif own is not None and isinstance(thing, frozenset):
            joined.setdefault(own, []).append(row)
    return joined
