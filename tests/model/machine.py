"""The pipeline, AutoClip, people and ClipSync take turns in any order; then the laws are asked.

What happens is of two kinds. Small things (an edit, a deletion, a retry) pile up until a sync.
Misfortunes and second thoughts (a loss, a re-import, an undo) begin with a sync and end with one,
so that what they must lead to is certain.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from typer.testing import CliRunner

from clipsync.cli.app import app as command_line
from clipsync.operations.planning import plan_projects
from clipsync.operations.restoring import restore_project
from clipsync.operations.results import SyncResult
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.undoing import undo_run
from clipsync.reconcile import PlanOptions
from tests.model import laws
from tests.model.laws import PIECE, Book, Listing, is_by_hand, ours, piece_of
from tests.model.world import Database, Place, Record, Row, content
from tests.support import autoclip_app as app
from tests.support.autoclip_files import CLIPS_FILE, project_id, write_project

number = st.integers(0, 11)
projects = st.integers(0, 2)


class Machine(RuleBasedStateMachine):
    """`place` is set by the test. The steps of all examples are counted in `steps`."""

    place: Place
    steps: int = 0

    def __init__(self) -> None:
        super().__init__()
        self.place.empty()
        self.rng = Random(1)
        self.books: dict[str, Book] = {}
        self.texts = 0
        self.runs = 0
        self.written = 0
        self.settled: tuple[Database, int] | None = None

    @invariant()
    def count(self) -> None:
        type(self).steps += 1

    @initialize(clips=st.integers(2, 8), adopted=st.booleans())
    def first_runs(self, clips: int, adopted: bool) -> None:
        for index in range(3):
            book = Book({piece: self.record(piece + 1, piece) for piece in range(clips)})
            book.listings = [Listing(1, "集1", [0, 1]), Listing(2, "集2", [clips - 1])]
            if clips > 4:
                book.listings[0].pieces.append(2)
            self.books[project_id(index + 1)] = book
            self.write(project_id(index + 1))
        if adopted:
            self.insert(project_id(1), sorted(self.books[project_id(1)].records), new=True)
        self.sync()

    # -- small things: people --------------------------------------------------------------------

    @rule(which=projects, a=number)
    def edit_a_title(self, which: int, a: int) -> None:
        row = self.a_clip(which, a)
        if row is not None:
            text = self.text("人改")
            with self.place.autoclip() as conn:
                app.edit_clip_title(conn, row["id"], text, now=self.place.tick())
            self.book(which).titles[piece_of(row)] = text

    @rule(which=projects, a=number)
    def rename_a_collection(self, which: int, a: int) -> None:
        listing, row = self.a_listing(which, a)
        if row is not None:
            listing.name = self.text("人集")
            with self.place.autoclip() as conn:
                app.rename_collection(conn, row["id"], listing.name, now=self.place.tick())

    @rule(which=projects, a=number, b=number, how=st.integers(0, 2))
    def rearrange(self, which: int, a: int, b: int, how: int) -> None:
        """Rotate, take one out, put one in."""
        listing, row = self.a_listing(which, a)
        rows = {piece_of(one): one["id"] for one in ours(self.rows(which).clips).values()}
        if row is None or listing.pieces != listing.agreed:
            return  # people see what the last sync left
        there = {row_id: piece for piece, row_id in rows.items()}
        listed = [there[item] for item in content(row) if item in there]
        away = [piece for piece in (listing.order or listing.pieces) if piece not in rows]
        if how == 0:
            listed = listed[b % len(listed) :] + listed[: b % len(listed)] if listed else []
        elif how == 1 and listed:
            listed.pop(b % len(listed))
        elif b in rows and b not in listed:
            listed.insert(b % (len(listed) + 1), b)
        if away:
            return  # where a deleted piece belongs in a new order, nobody can say
        listing.order = listed
        with self.place.autoclip() as conn:
            ids = [rows[piece] for piece in listed]
            app.reorder_collection(conn, row["id"], ids, now=self.place.tick())

    @rule(which=projects, a=number)
    def generate_a_video(self, which: int, a: int) -> None:
        listing, row = self.a_listing(which, a)
        if row is not None:
            name = self.text("video")
            listing.video = {"export_path": f"/v/{name}.mp4", "thumbnail_path": f"/v/{name}.jpg"}
            with self.place.autoclip() as conn:
                table = app.COLLECTIONS
                values = {**listing.video, "updated_at": self.place.tick()}
                conn.execute(sa.update(table).where(table.c.id == row["id"]).values(values))

    @rule(which=projects, a=number)
    def make_a_clip(self, which: int, a: int) -> None:
        """By hand: of a piece that is there, that is buried, or that is nobody's."""
        book, record = self.book(which), self.book(which).records.get(a)
        title = record["generated_title"] if record else self.text("手工")
        with self.place.autoclip() as conn:
            row_id = app.create_manual_clip(
                conn,
                self.id(which),
                title,
                a * PIECE,
                a * PIECE + 80,
                rng=self.rng,
                now=self.place.tick(),
            )
        book.by_hand[row_id] = self.place.read().clips[row_id]

    @rule(which=projects, a=number, b=number)
    def make_a_collection(self, which: int, a: int, b: int) -> None:
        """By hand, of clips of the file: perhaps just those that a collection of the file has."""
        clips = sorted(ours(self.rows(which).clips).values(), key=piece_of)
        chosen = (clips[a % len(clips) :] + clips[: a % len(clips)])[: 1 + b % 3] if clips else []
        with self.place.autoclip() as conn:
            row_id = app.create_manual_collection(
                conn,
                self.id(which),
                f"集{1 + b % 3}",
                [row["id"] for row in chosen],
                rng=self.rng,
                now=self.place.tick(),
            )
        pieces = [piece_of(row) for row in chosen]
        row = self.place.read().collections[row_id]
        self.book(which).by_hand[row_id] = {**row, "pieces": pieces}

    @rule(which=projects, a=number)
    def delete_a_clip(self, which: int, a: int) -> None:
        """Never the last one, and never more than half at once: those are other stories."""
        book, row = self.book(which), self.a_clip(which, a)
        left = len(ours(self.rows(which).clips))
        fresh = [piece for piece in book.records if piece not in book.buried]
        if row is None or piece_of(row) not in book.records or left < 2:
            return
        if len(fresh) - left + 1 > len(fresh) // 2:
            return
        with self.place.autoclip() as conn:
            app.delete_clip(conn, row["id"])
        self.forget(book, piece_of(row))

    # -- small things: the pipeline --------------------------------------------------------------

    @rule(which=projects, how=st.integers(0, 5), a=number, b=number)
    def retry(self, which: int, how: int, a: int, b: int) -> None:
        self.change_files(self.id(which), how, a, b)

    @rule(which=projects, how=st.integers(0, 3), a=number, b=number)
    def retry_collections(self, which: int, how: int, a: int, b: int) -> None:
        book = self.book(which)
        listing = book.listings[a % len(book.listings)]
        if how == 0 and listing.name is None:
            listing.title = self.text("改集")
        elif how == 1:
            listing.pieces = listing.pieces[1:] + listing.pieces[:1]
        elif how == 2 and b in book.records and b not in listing.pieces:
            if all(b not in one.pieces for one in book.listings):
                listing.pieces = [*listing.pieces, b]
        elif how == 3 and len(listing.pieces) > 2:
            listing.pieces = listing.pieces[:-1]
        self.write(self.id(which))

    @rule(which=projects, a=number)
    def autoclip_inserts_again(self, which: int, a: int) -> None:
        """Its own sync, beside rows whose titles it does not find."""
        book = self.book(which)
        there = sorted(set(book.records) - book.buried)
        self.insert(self.id(which), there[a % len(there) :][:2] if there else [])
        self.sync()

    # -- misfortunes and second thoughts -----------------------------------------------------------

    @rule()
    def sync_everything(self) -> None:
        self.sync()

    @rule(which=projects, brought=number, collections=st.booleans())
    def reimport(self, which: int, brought: int, collections: bool) -> None:
        """All rows of the file go; the first some come again under new ids: perhaps none."""
        self.settle()
        book = self.book(which)
        if len(ours(self.rows(which).clips)) < 2:
            return
        self.lose(which, collections)
        self.insert(self.id(which), sorted(book.records)[: brought % 9])
        self.sync(ids_may_change=True)

    @rule(which=projects)
    def restore_a_clip(self, which: int) -> None:
        self.settle()
        book = self.book(which)
        wanted = sorted(book.buried & set(book.records))
        if wanted:
            piece = wanted[0]
            book.buried.discard(piece)
            before = self.place.read()
            self.watch(
                lambda run: restore_project(
                    self.place.workspace(),
                    self.id(which),
                    run=run,
                    clips=[book.records[piece]["id"]],
                )
            )
            self.check(self.id(which), before, self.place.read())
            self.sync()

    @rule(which=projects)
    def delete_most_and_think_again(self, which: int) -> None:
        """More than half of five or more: held back, and all back when a person says so."""
        self.settle()
        book = self.book(which)
        rows = sorted(ours(self.rows(which).clips).values(), key=piece_of)
        rows = [row for row in rows if piece_of(row) in book.records]
        if len(rows) < 5 or book.buried:
            return
        with self.place.autoclip() as conn:
            for row in rows[: len(rows) // 2 + 1]:
                app.delete_clip(conn, row["id"])
        before = self.rows(which)
        self.run(lambda run: sync_projects(self.place.workspace(), [self.id(which)], run=run))
        assert set(self.rows(which).clips) == set(before.clips), "not a question, but an answer"
        self.watch(
            lambda run: restore_project(
                self.place.workspace(), self.id(which), run=run, everything=True
            )
        )
        self.sync()

    @rule(which=projects, how=st.integers(0, 5), a=number, b=number, again=st.booleans())
    def undo(self, which: int, how: int, a: int, b: int, again: bool) -> None:
        """Rule 15: the rows and the plan before; undone once more, those after."""
        self.settle()
        self.change_files(self.id(which), how, a, b)
        before, planned, book = self.place.read(), self.plan(which), deepcopy(self.book(which))
        run = self.sync()
        after, later = self.place.read(), deepcopy(self.book(which))
        if not planned:
            return
        undo = self.undo_run(run)
        assert self.place.read() == before, "undo did not put back what was there"
        assert self.plan(which) == planned, "the next plan is not the one that was undone"
        self.books[self.id(which)] = book
        if again:
            self.undo_run(undo)
            assert self.place.read() == after, "undo of undo is not the state before it"
            assert self.plan(which) == []
            self.books[self.id(which)] = later

    @rule(which=projects, a=number)
    def a_table_is_restored_from_a_dump(self, which: int, a: int) -> None:
        """Rule 2: old values are nobody's edit, but for what a person had edited by then."""
        self.settle()
        dump, titles = self.rows(which).clips, dict(self.book(which).titles)
        self.edit_a_title(which, a)
        self.change_files(self.id(which), 0, a + 1, a)
        self.sync()
        with self.place.autoclip() as conn:
            conn.execute(sa.delete(app.CLIPS).where(app.CLIPS.c.project_id == self.id(which)))
            conn.execute(sa.insert(app.CLIPS), list(dump.values()))
        self.book(which).titles = titles
        self.sync()

    @rule(which=projects, empty=st.booleans())
    def a_file_is_torn(self, which: int, empty: bool) -> None:
        """Rule 8: nothing is changed until it is whole again."""
        self.settle()
        path = self.place.directory(self.id(which)) / CLIPS_FILE["current"]
        path.write_bytes(b"" if empty else path.read_bytes()[:-3])
        before = self.place.read()
        self.run(lambda run: sync_projects(self.place.workspace(), [self.id(which)], run=run))
        assert self.place.read() == before
        self.write(self.id(which))
        self.sync()

    @rule(which=projects, restored=st.booleans())
    def delete_a_project(self, which: int, restored: bool) -> None:
        """Rule 7: it stays deleted although its files are there, until it is restored."""
        self.settle()
        if self.book(which).by_hand:
            return  # made by hand, it has no file to come back from
        project, others = self.id(which), self.place.read()
        with self.place.autoclip() as conn:
            app.delete_project(conn, project, self.place.root / "nowhere")
        book = self.books.pop(project)
        self.sync()
        now = self.place.read()
        assert now.of(project) == Database(), "a deleted project is back"
        for other in self.books:
            assert now.of(other) == others.of(other)
        if restored or len(self.books) < 2:
            env = {
                "CLIPSYNC_DATA_DIR": str(self.place.root),
                "CLIPSYNC_DATABASE_URL": self.place.url,
            }
            said = CliRunner().invoke(command_line, ["restore", project, "--json"], env=env)
            assert said.exit_code == 0, said.output
            self.books[project] = book
            self.sync()

    # -- helpers -----------------------------------------------------------------------------------

    def settle(self) -> None:
        """A sync, unless nothing happened since the last."""
        if self.settled != (self.place.read(), self.written):
            self.sync()

    def sync(self, *, ids_may_change: bool = False) -> str:
        """All projects, and every law of each; gives the run's id."""
        before = self.place.read()
        results: list[SyncResult] = []

        def run_it(run: RunContext) -> None:
            options = PlanOptions(allow_deletes=True)
            sync_projects(
                self.place.workspace(), None, run=run, options=options, on_result=results.append
            )

        run_id = self.watch(run_it)
        after = self.place.read()
        for result in results:
            if result.project_id in self.books:
                assert result.success, (result.error, result.stopped)
                self.check(result.project_id, before, after, ids_may_change=ids_may_change)
        for plan in plan_projects(self.place.workspace(), None):
            assert plan.empty, [change.as_dict() for change in plan.changes]
        self.settled = after, self.written
        return run_id

    def check(
        self, project: str, before: Database, after: Database, *, ids_may_change: bool = False
    ) -> None:
        book, now = self.books[project], after.of(project)
        laws.check(book, now if ids_may_change else before.of(project), now)
        laws.settle_orders(book, now)
        book.agree()

    def watch(self, run_it: Callable[[RunContext], Any]) -> str:
        with self.place.watched():
            return self.run(run_it)

    def run(self, run_it: Callable[[RunContext], Any]) -> str:
        self.runs += 1
        run = RunContext(f"model-{self.runs}", "sync")
        run_it(run)
        return run.run_id

    def undo_run(self, run_id: str) -> str:
        left: list[Any] = []

        def run_it(run: RunContext) -> None:
            results = undo_run(self.place.workspace(), run_id, None, run=run)
            left.extend(row.as_dict() for result in results for row in result.left)

        undo = self.watch(run_it)
        assert not left, left
        return undo

    def plan(self, which: int) -> list[Any]:
        (plan,) = plan_projects(
            self.place.workspace(), [self.id(which)], PlanOptions(allow_deletes=True)
        )
        return sorted((change.as_dict() for change in plan.changes), key=repr)

    def change_files(self, project: str, how: int, a: int, b: int) -> None:
        """A run of the pipeline with other results."""
        book = self.books[project]
        chosen = sorted(book.records)[a % len(book.records)] if book.records else None
        if how == 5 or chosen is None:  # a new piece
            if a not in book.records and (a in book.titles) == (a in book.buried):
                free = next(n for n in range(1, 99) if str(n) not in self.numbers(book))
                book.records[a] = self.record(free, a)
        elif how == 0:
            book.records[chosen]["generated_title"] = self.text("改名")
        elif how == 1:  # cut a little otherwise
            book.records[chosen].update(_times(chosen, b % 10))
        elif how in (2, 3):  # renumbered: rotated, or from the other end
            pieces = sorted(book.records)
            ids = [book.records[piece]["id"] for piece in pieces]
            turn = b % len(ids)
            ids = ids[turn:] + ids[:turn] if how == 2 else ids[::-1]
            for piece, new in zip(pieces, ids, strict=True):
                book.records[piece]["id"] = new
        elif how == 4 and len(book.records) > 2 and chosen not in book.buried:
            self.drop(book, chosen)
        self.write(project)

    def drop(self, book: Book, piece: int) -> None:
        """The pipeline finds it no more; a collection of nothing else keeps its clip."""
        if all(listing.pieces != [piece] for listing in book.listings):
            del book.records[piece]
            for listing in book.listings:
                listing.pieces = [one for one in listing.pieces if one != piece]

    def write(self, project: str) -> None:
        self.written += 1
        book = self.books[project]
        numbers = {piece: record["id"] for piece, record in book.records.items()}
        write_project(
            self.place.root,
            project,
            clips=[book.records[piece] for piece in sorted(book.records)],
            collections=[
                {
                    "id": str(listing.number),
                    "collection_title": listing.title,
                    "collection_summary": f"简介{listing.number}",
                    "clip_ids": [numbers[piece] for piece in listing.pieces],
                }
                for listing in book.listings
            ],
        )

    def insert(self, project: str, pieces: list[int], *, new: bool = False) -> None:
        """Rows as AutoClip's own sync makes them."""
        book, now = self.books[project], self.place.tick()
        records: list[Record] = [book.records[piece] for piece in pieces]
        shown = str(self.place.directory(project))
        with self.place.autoclip() as conn:
            if new:
                app.insert_project(conn, project, "P", now=now, status="COMPLETED")
            rows = app.current_rows(project, records, (), rng=self.rng, now=now, shown=shown)
            app.bulk_insert(conn, rows)

    def lose(self, which: int, collections: bool) -> None:
        """All rows of the file at once; not those that people made."""
        database, book = self.rows(which), self.book(which)
        with self.place.autoclip() as conn:
            gone = list(ours(database.clips))
            conn.execute(sa.delete(app.CLIPS).where(app.CLIPS.c.id.in_(gone)))
            if collections:
                ids = list(ours(database.collections))
                conn.execute(sa.delete(app.COLLECTIONS).where(app.COLLECTIONS.c.id.in_(ids)))
        book.titles = dict(book.seen)

    def forget(self, book: Book, piece: int) -> None:
        """A person deleted the clip: what no sync saw of it is gone with it."""
        book.buried.add(piece)
        book.titles.pop(piece, None)
        if piece in book.seen:
            book.titles[piece] = book.seen[piece]

    def a_clip(self, which: int, a: int) -> Row | None:
        rows = sorted(ours(self.rows(which).clips).values(), key=piece_of)
        return rows[a % len(rows)] if rows else None

    def a_listing(self, which: int, a: int) -> tuple[Listing, Row | None]:
        book = self.book(which)
        listing = book.listings[a % len(book.listings)]
        rows = [
            row
            for row in self.rows(which).collections.values()
            if not is_by_hand(row)
            and row["collection_metadata"]["original_id"] == str(listing.number)
        ]
        return listing, rows[0] if rows else None

    def id(self, which: int) -> str:
        known = sorted(self.books)
        return known[which % len(known)]

    def book(self, which: int) -> Book:
        return self.books[self.id(which)]

    def rows(self, which: int) -> Database:
        return self.place.read().of(self.id(which))

    def numbers(self, book: Book) -> set[str]:
        return {str(record["id"]) for record in book.records.values()}

    def text(self, what: str) -> str:
        self.texts += 1
        return f"{what}{self.texts}"

    def record(self, source: int, piece: int) -> Record:
        return {
            "id": str(source),
            **_times(piece, 0),
            "outline": f"大纲{piece}",
            "content": [f"要点{piece}"],
            "chunk_index": 0,
            "final_score": 0.5 + piece / 100,
            "recommend_reason": f"理由{piece}",
            "generated_title": f"片{piece}" if piece % 5 else "同名",
        }

    def teardown(self) -> None:
        failing = sys.exc_info()[0] is not None
        if self.books and not failing:
            self.sync()
            self.place.check_schema()


def _times(piece: int, shift: int) -> Record:
    return {
        "start_time": _time(piece * PIECE + shift),
        "end_time": _time(piece * PIECE + shift + 80),
    }


def _time(total: int) -> str:
    return f"{total // 3600:02d}:{total // 60 % 60:02d}:{total % 60:02d},000"
