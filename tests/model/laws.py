"""What must hold after a sync: laws over the rows before and after, and no second planner.

The model cuts the video into pieces that never overlap, so that a row or a record is of one piece
and of no other, whatever its number is. `Book` keeps what people did to each piece; a law compares
it with the rows. Where the rules leave room, a law asks less.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.model.world import Database, Record, Row, content

PIECE = 100
"""Seconds from one piece to the next; a record takes some eighty of them."""


@dataclass
class Listing:
    """A collection of the file: the pieces it lists, and what a person made of it.

    `order`: a person's list of pieces, None where it is the file's. `agreed`: the file's list at
    the last sync, from which the file's additions and removals are told. `video`: columns that
    "generate video" wrote.
    """

    number: int
    title: str
    pieces: list[int]
    name: str | None = None
    order: list[int] | None = None
    agreed: list[int] | None = None
    video: dict[str, str] = field(default_factory=dict)


@dataclass
class Book:
    """What is known of one project, apart from ClipSync.

    `records`: by piece, as the files have them. `titles`: what a person called a piece; `seen`:
    those of them that a sync has seen, and that outlive a loss of rows. `buried`: pieces that a
    person deleted. `by_hand`: rows a person made, whole.
    """

    records: dict[int, Record] = field(default_factory=dict)
    listings: list[Listing] = field(default_factory=list)
    titles: dict[int, str] = field(default_factory=dict)
    seen: dict[int, str] = field(default_factory=dict)
    buried: set[int] = field(default_factory=set)
    by_hand: dict[str, Row] = field(default_factory=dict)

    def agree(self) -> None:
        """A sync has been here."""
        self.seen = dict(self.titles)
        for listing in self.listings:
            listing.agreed = list(listing.pieces)

    def expected_order(self, listing: Listing) -> list[int] | None:
        """A person's order, less what the file dropped since; None where the file's list counts."""
        if listing.order is None:
            return None
        dropped = set(listing.agreed or []) - set(listing.pieces)
        return [piece for piece in listing.order if piece not in dropped]


def piece_of(row: Row) -> int:
    return int(row["start_time"]) // PIECE


def is_by_hand(row: Row) -> bool:
    metadata = row.get("clip_metadata") or row.get("collection_metadata") or {}
    return "id" not in metadata and "original_id" not in metadata


def ours(rows: Mapping[str, Row]) -> dict[str, Row]:
    """The rows that stand for a record."""
    return {row_id: row for row_id, row in rows.items() if not is_by_hand(row)}


def check(book: Book, before: Database, after: Database) -> None:
    """All laws of one project after a sync that was applied."""
    nothing_is_there_twice(book, after)
    every_record_has_its_row(book, after)
    deletions_hold(book, after)
    edits_are_on_their_piece(book, after)
    rows_keep_their_ids(before, after)
    rows_by_hand_are_untouched(book, after)
    pages_are_right(after)
    lists_are_as_people_left_them(book, after)
    unchanged_rows_were_not_written(before, after)


def nothing_is_there_twice(book: Book, after: Database) -> None:
    """Rules 1 and 5: one row for each piece of video."""
    count = Counter(piece_of(row) for row in ours(after.clips).values())
    assert max(count.values(), default=1) == 1, f"there twice: {count}"
    assert len(ours(after.collections)) == len(book.listings), "collections of the file"


def every_record_has_its_row(book: Book, after: Database) -> None:
    """Rules 6 and 7: what the file has is there; what it dropped only where a person needs it."""
    there = {piece_of(row): row for row in ours(after.clips).values()}
    missing = set(book.records) - book.buried - set(there)
    assert not missing, f"pieces {missing} are missing"
    listed = {item for row in after.collections.values() for item in content(row)}
    for piece in set(there) - set(book.records):
        row = there[piece]
        assert piece in book.titles or row["id"] in listed, f"piece {piece} should have gone"
    for piece in set(book.titles) - set(book.records) - book.buried:
        assert piece in there, f"the edited piece {piece} is gone"


def deletions_hold(book: Book, after: Database) -> None:
    """Rule 7: until they are restored on purpose."""
    there = {piece_of(row) for row in ours(after.clips).values()}
    assert not book.buried & there, f"pieces {book.buried & there} were deleted and are back"


def edits_are_on_their_piece(book: Book, after: Database) -> None:
    """Rule 2: the person's title, else the file's."""
    for row in ours(after.clips).values():
        piece = piece_of(row)
        if piece in book.titles:
            assert row["title"] == book.titles[piece], f"the title of piece {piece} is lost"
        elif piece in book.records:
            assert row["title"] == book.records[piece]["generated_title"]
    for listing in book.listings:
        row = _row_of(listing, after)
        assert row["name"] == (listing.name or listing.title)
        for column, value in listing.video.items():
            assert row[column] == value, f"a person's {column} is lost"


def rows_keep_their_ids(before: Database, after: Database) -> None:
    """Rule 1: a piece that had one row, and still has one, has the same."""
    old: dict[int, list[str]] = {}
    for row_id, row in ours(before.clips).items():
        old.setdefault(piece_of(row), []).append(row_id)
    for row_id, row in ours(after.clips).items():
        former = old.get(piece_of(row), [row_id])
        assert row_id in former, f"piece {piece_of(row)} has another row"


def rows_by_hand_are_untouched(book: Book, after: Database) -> None:
    """Rule 6: to the last column; a list may follow a clip to another row of the same piece."""
    pieces = {row_id: piece_of(row) for row_id, row in after.clips.items()}
    for row_id, old in book.by_hand.items():
        rows = after.clips if "start_time" in old else after.collections
        assert row_id in rows, f"a row made by hand is gone: {row_id}"
        new = rows[row_id]
        loose = ("collection_metadata", "clips_count", "updated_at", "pieces")
        for column, value in old.items():
            assert column in loose or new[column] == value, f"{column} of a row made by hand"
        if "pieces" in old:
            shown = [pieces[item] for item in content(new) if item in pieces]
            assert shown == [piece for piece in old["pieces"] if piece in shown]
            assert set(old["pieces"]) - set(shown) <= book.buried, "a person's choice is lost"


def pages_are_right(after: Database) -> None:
    """Rule 3 and the audit: total, links and list of every collection of the file agree."""
    for row_id, row in ours(after.collections).items():
        listed = content(row)
        assert len(set(listed)) == len(listed), "a clip is listed twice"
        assert set(listed) <= set(after.clips), "a clip is listed that is not there"
        assert row["clips_count"] == len(listed), "a total is wrong"
        assert after.links.get(row_id, []) == list(enumerate(listed)), "links are wrong"


def lists_are_as_people_left_them(book: Book, after: Database) -> None:
    """Rule 3: a person's order; in it what the file added, without what it dropped."""
    pieces = {row_id: piece_of(row) for row_id, row in after.clips.items()}
    there = {piece_of(row) for row in ours(after.clips).values()}
    for listing in book.listings:
        found = [pieces[item] for item in content(_row_of(listing, after))]
        order = book.expected_order(listing)
        if order is None:
            assert found == [piece for piece in listing.pieces if piece in there]
            continue
        added = set(listing.pieces) - set(listing.agreed or []) - set(order)
        persons = [piece for piece in order if piece in there]
        assert [piece for piece in found if piece not in added] == persons, "an order is lost"
        assert set(found) == set(persons) | (added & there)


def unchanged_rows_were_not_written(before: Database, after: Database) -> None:
    """Rule 10."""
    for rows, former in (
        (after.clips, before.clips),
        (after.collections, before.collections),
    ):
        for row_id, row in rows.items():
            old = former.get(row_id)
            if old is not None and {**old, "updated_at": None} == {**row, "updated_at": None}:
                assert old["updated_at"] == row["updated_at"], "a row was written for nothing"


def settle_orders(book: Book, after: Database) -> None:
    """After the laws: an order that took the file's additions in is a person's from now on."""
    pieces: dict[str, int] = {row_id: piece_of(row) for row_id, row in after.clips.items()}
    for listing in book.listings:
        if listing.order is not None:
            found = [pieces[item] for item in content(_row_of(listing, after))]
            listing.order = _with_places(found, book.expected_order(listing) or [])


def _with_places(found: list[int], order: list[int]) -> list[int]:
    """What is there now, and between it the pieces that are deleted, each where it was."""
    merged = list(found)
    for index, piece in enumerate(order):
        if piece not in merged:
            before = [one for one in order[:index] if one in merged]
            merged.insert(merged.index(before[-1]) + 1 if before else 0, piece)
    return merged


def _row_of(listing: Listing, after: Database) -> dict[str, Any]:
    (row,) = [
        row
        for row in ours(after.collections).values()
        if row["collection_metadata"]["original_id"] == str(listing.number)
    ]
    return row
