"""One AutoClip to play histories with: its files, its database, its people, and the command line.

    home.write(five(), [coll(1, [1, 2])])      # the pipeline's files of a project
    home.sync()                                # `clipsync sync ID`, and what must hold after any
    home.edit_clip(home.clip(3), title="Mine") # a person, in AutoClip's pages
    assert home.titles() == {1: "T1", 2: "T2", 3: "Mine", 4: "T4", 5: "T5"}

A *piece* of the video is a stretch of it: piece 3 begins at 300 seconds and ends at 360. A record
has a number of its own, `clip(1, piece=3)`, since a retry may number the same piece otherwise.

Everything runs in this process on a SQLite file; a command takes some 30 milliseconds.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from typer.testing import CliRunner

from clipsync.cli.app import app as command_line
from tests.support import autoclip_app as autoclip
from tests.support.autoclip_app import CLIPS, COLLECTIONS, LINKS, PROJECTS, TASKS
from tests.support.autoclip_files import CLIPS_FILE, LayoutName, project_id, write_project

Row = dict[str, Any]
Record = dict[str, Any]

PIECE = 100
"""Seconds from the beginning of one piece to the beginning of the next; each takes sixty."""
TABLES = {"projects": PROJECTS, "clips": CLIPS, "collections": COLLECTIONS}


def clip(number: int, piece: int | None = None, title: str | None = None, **more: Any) -> Record:
    """The record of a clip; without `piece` it has its number's, without `title` its piece's."""
    piece = number if piece is None else piece
    title = f"T{piece}" if title is None else title
    return {
        "id": str(number),
        "start_time": moment(piece * PIECE),
        "end_time": moment(piece * PIECE + 60),
        "outline": f"outline {piece}",
        "content": [f"point {piece}"],
        "chunk_index": 0,
        "final_score": 0.9,
        "recommend_reason": f"why {piece}",
        "generated_title": title,
        **more,
    }


def coll(number: int, clip_ids: Iterable[int], name: str | None = None, **more: Any) -> Record:
    """The record of a collection of these clips, by number."""
    name = f"C{number}" if name is None else name
    return {
        "id": str(number),
        "collection_title": name,
        "collection_summary": f"about {name}",
        "clip_ids": [str(one) for one in clip_ids],
        **more,
    }


def moment(seconds: float) -> str:
    whole = int(seconds)
    rest = round((seconds - whole) * 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02},{rest:03}"


def clips(count: int) -> list[Record]:
    return [clip(number) for number in range(1, count + 1)]


def five() -> list[Record]:
    return clips(5)


def colls(count: int) -> list[Record]:
    """Collections of one clip each."""
    return [coll(number, [number]) for number in range(1, count + 1)]


def reversed_numbers(records: Sequence[Record]) -> list[Record]:
    """The same pieces of video, numbered from the other end."""
    ids = [record["id"] for record in records]
    return [{**one, "id": new} for one, new in zip(records, reversed(ids), strict=True)]


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def codes(self) -> set[str]:
        """The codes of all findings in it."""
        said = self.json
        found = said["findings"] if isinstance(said.get("findings"), list) else []
        for project in said.get("projects", ()):
            found = [*found, *project.get("findings", ())]
        return {finding["code"] for finding in found}

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass
class Home:
    """`now`: the time of AutoClip's people and program; it moves on with each thing they do."""

    directory: Path
    rng: Random = field(default_factory=lambda: Random(7))
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    last_run: str = ""

    def __post_init__(self) -> None:
        self.data = self.directory / "data"
        (self.data / "projects").mkdir(parents=True)
        self.url = f"sqlite:///{self.directory}/autoclip.db"
        self.engine = sa.create_engine(self.url)

    # -- ClipSync ---------------------------------------------------------------------------

    def run(self, *args: str) -> Said:
        """A command; its run's id is kept in `last_run`."""
        env = {"CLIPSYNC_DATA_DIR": str(self.data), "CLIPSYNC_DATABASE_URL": self.url}
        done = CliRunner().invoke(command_line, list(args), env=env)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        said = Said(done.exit_code, done.stdout, done.stderr)
        if "--json" in args and said.out.startswith("{"):
            self.last_run = said.json.get("run_id", self.last_run)
        return said

    def sync(self, *args: str, project: int = 1, status: int = 0) -> Said:
        """`clipsync sync` of one project; then the next plan is empty and the pages are right."""
        said = self.run("sync", project_id(project), *args, "--json")
        assert said.status == status, said.text
        if status == 0:
            assert self.plan(project).json["changes"] == []
            self.check_pages()
        return said

    def sync_all(self, *args: str, status: int = 0) -> Said:
        said = self.run("sync", "--all", *args, "--json")
        assert said.status == status, said.text
        if status == 0:
            assert self.plan(None).json["changes"] == []
            self.check_pages()
        return said

    def plan(self, project: int | None = 1) -> Said:
        said = self.run("plan", *_which(project), "--json")
        assert said.status in (0, 2), said.text
        return said

    def audit(self, project: int | None = None) -> Said:
        said = self.run("audit", *_which(project), "--json")
        assert said.status in (0, 2), said.text
        return said

    def restore(self, *args: str, project: int = 1, status: int = 0) -> Said:
        """`clipsync restore`: `"--clip", "3"`, `"--all"`, or nothing for a deleted project."""
        said = self.run("restore", project_id(project), *args, "--json")
        assert said.status == status, said.text
        if status == 0:
            assert self.plan(project).json["changes"] == []
            self.check_pages()
        return said

    def undo(self, run: str | None = None, *, status: int = 0) -> Said:
        """Undoes a run, the last one where none is named."""
        said = self.run("undo", run or self.last_run, "--json")
        assert said.status == status, said.text
        return said

    # -- what the database holds ------------------------------------------------------------

    def rows(self, table: str, project: int | None = 1) -> list[Row]:
        """In the order of their making."""
        source = TABLES[table]
        query = sa.select(source).order_by(source.c.created_at, source.c.id)
        if project is not None:
            column = source.c.id if table == "projects" else source.c.project_id
            query = query.where(column == project_id(project))
        with self.engine.connect() as conn:
            return [dict(row) for row in conn.execute(query).mappings()]

    def row(self, table: str, row_id: str) -> Row | None:
        return next((row for row in self.rows(table, None) if row["id"] == row_id), None)

    def links(self, collection_id: str) -> list[str]:
        query = (
            sa.select(LINKS.c.clip_id)
            .where(LINKS.c.collection_id == collection_id)
            .order_by(LINKS.c.order_index)
        )
        with self.engine.connect() as conn:
            return list(conn.scalars(query))

    def state(self) -> dict[str, list[Any]]:
        """Every row of the four tables, to the last column: for "exactly as it was"."""
        with self.engine.connect() as conn:
            return {
                table.name: sorted((tuple(row) for row in conn.execute(sa.select(table))), key=repr)
                for table in (PROJECTS, CLIPS, COLLECTIONS, LINKS)
            }

    def changes(self, project: int | None = 1) -> list[Any]:
        """The next plan, without the ids of rows that are yet to be made."""
        return sorted(self.plan(project).json["changes"], key=repr)

    def clip(self, piece: int, project: int = 1) -> str:
        """The id of the one clip row that shows this piece of video."""
        (row,) = self.clips_of(piece, project)
        return str(row["id"])

    def clips_of(self, piece: int, project: int = 1) -> list[Row]:
        return [row for row in self.rows("clips", project) if _piece(row) == piece]

    def coll(self, name: str, project: int = 1) -> str:
        (row,) = [row for row in self.rows("collections", project) if row["name"] == name]
        return str(row["id"])

    def content(self, collection_id: str) -> list[Any]:
        """A collection's content as its page shows it: pieces; ids of clips that are not there."""
        row = self.row("collections", collection_id)
        assert row is not None, f"collection {collection_id} is gone"
        pieces = {clip["id"]: _piece(clip) for clip in self.rows("clips", None)}
        return [pieces.get(item, item) for item in content(row)]

    def titles(self, project: int = 1) -> dict[int, str]:
        """Title of each piece of video; fails where one is there twice."""
        pairs = self.all_titles(project)
        twice = [
            piece for piece, count in Counter(piece for piece, _ in pairs).items() if count > 1
        ]
        assert not twice, f"there twice: {pairs}"
        return dict(pairs)

    def all_titles(self, project: int = 1) -> list[tuple[int, str]]:
        return sorted((_piece(row), row["title"]) for row in self.rows("clips", project))

    def lists(self, project: int = 1) -> list[tuple[str, list[Any]]]:
        """Name and content of every collection, by name."""
        return sorted(
            (row["name"], self.content(row["id"])) for row in self.rows("collections", project)
        )

    def check_pages(self) -> None:
        """Of every collection that stands for a record: total, links and list say the same.

        Not of those that people made: theirs are never changed.
        """
        there = {row["id"] for row in self.rows("clips", None)}
        projects = {row["id"] for row in self.rows("projects", None)}
        for row in self.rows("collections", None):
            if row["project_id"] in projects and not is_by_hand(row):
                listed = content(row)
                assert len(set(listed)) == len(listed), f"a clip is listed twice: {row}"
                assert set(listed) <= there, f"{row['name']} lists clips that are not there"
                assert row["clips_count"] == len(listed), f"the total of {row['name']} is wrong"
                assert self.links(row["id"]) == listed, f"the links of {row['name']} are wrong"

    # -- the disk ---------------------------------------------------------------------------

    def write(
        self,
        records: list[Record] | bytes | None = None,
        collections: list[Record] | bytes | None = None,
        *,
        project: int = 1,
        **more: Any,
    ) -> Path:
        """The pipeline's files, as a run that ended leaves them; five clips unless told."""
        return write_project(
            self.data,
            project_id(project),
            clips=five() if records is None else records,
            collections=[] if collections is None else collections,
            **more,
        )

    def dir(self, project: int = 1) -> Path:
        return self.data / "projects" / project_id(project)

    def clips_file(self, layout: LayoutName = "current", project: int = 1) -> Path:
        return self.dir(project) / CLIPS_FILE[layout]

    # -- AutoClip's own program -------------------------------------------------------------

    @contextmanager
    def autoclip(self) -> Iterator[sa.Connection]:
        self.now += timedelta(seconds=1)
        with self.engine.begin() as conn:
            yield conn

    def insert_project(self, project: int = 1, *, status: str = "COMPLETED", **more: Any) -> None:
        with self.autoclip() as conn:
            autoclip.insert_project(
                conn, project_id(project), f"P{project}", now=self.now, status=status, **more
            )

    def insert(
        self, records: Sequence[Record], collections: Sequence[Record] = (), *, project: int = 1
    ) -> None:
        """Rows as AutoClip's own sync makes them; collections know the clips that are there."""
        with self.autoclip() as conn:
            shown = str(self.dir(project))
            rows = autoclip.current_rows(
                project_id(project), records, (), rng=self.rng, now=self.now, shown=shown
            )
            autoclip.bulk_insert(conn, rows)
        for record in collections:
            self.insert_collection(record, project=project)

    def insert_collection(self, record: Record, *, project: int = 1, **more: Any) -> str:
        """One row as AutoClip's own sync makes it: its total stays 0."""
        sources = {
            str((row["clip_metadata"] or {}).get("id")): row["id"]
            for row in self.rows("clips", project)
        }
        listed = [sources[one] for one in record["clip_ids"] if one in sources]
        row_id = autoclip.new_id(self.rng)
        path = f"{self.dir(project)}/output/collections/{record['collection_title']}.mp4"
        with self.autoclip() as conn:
            conn.execute(
                sa.insert(COLLECTIONS),
                [
                    {
                        "id": row_id,
                        "project_id": project_id(project),
                        "name": record["collection_title"],
                        "description": record["collection_summary"],
                        "status": "COMPLETED",
                        "clips_count": 0,
                        "video_path": path,
                        "export_path": path,
                        "collection_metadata": {
                            "clip_ids": listed,
                            "original_clip_ids": record["clip_ids"],
                            "collection_type": "ai_recommended",
                            "original_id": record["id"],
                        },
                        "created_at": self.now,
                        "updated_at": self.now,
                        **more,
                    }
                ],
            )
            for index, clip_id in enumerate(listed):
                link = {"clip_id": clip_id, "collection_id": row_id, "order_index": index}
                conn.execute(sa.insert(LINKS), [link])
        return row_id

    def lose(self, *tables: str, project: int = 1) -> None:
        """All rows of the project in these tables go at once."""
        with self.autoclip() as conn:
            for table in tables:
                source = TABLES[table]
                conn.execute(sa.delete(source).where(source.c.project_id == project_id(project)))

    def reimport(
        self, records: Sequence[Record], collections: Sequence[Record] = (), *, project: int = 1
    ) -> None:
        """AutoClip's re-import: all rows go, some or all come back under new ids."""
        self.lose("clips", "collections", project=project)
        self.insert(records, collections, project=project)

    def start_task(self, project: int = 1, *, hours: float = 0) -> autoclip.TaskRun:
        """A run of the pipeline begins, `hours` from now."""
        with self.autoclip() as conn:
            when = datetime.now(UTC) + timedelta(hours=hours)
            return autoclip.start_task(conn, project_id(project), rng=self.rng, now=when)

    def set(self, table: str, row_id: str, *, quietly: bool = False, **values: Any) -> None:
        """Columns of a row; `quietly`: by SQL, without a new `updated_at`."""
        source = TABLES.get(table, TASKS)
        with self.autoclip() as conn:
            if not quietly:
                values["updated_at"] = self.now
            conn.execute(sa.update(source).where(source.c.id == row_id).values(**values))

    def put_back(self, table: str, rows: Sequence[Row]) -> None:
        """A table is restored from a dump: these rows are all it has."""
        with self.autoclip() as conn:
            conn.execute(sa.delete(TABLES[table]))
            if rows:
                conn.execute(sa.insert(TABLES[table]), list(rows))

    # -- people -----------------------------------------------------------------------------

    def edit_clip(self, row_id: str, **values: str) -> None:
        self.set("clips", row_id, **values)

    def edit_coll(self, row_id: str, **values: Any) -> None:
        self.set("collections", row_id, **values)

    def arrange(self, collection_id: str, clip_ids: Sequence[str]) -> None:
        """A collection's content, sent whole by AutoClip's page."""
        with self.autoclip() as conn:
            autoclip.reorder_collection(conn, collection_id, clip_ids, now=self.now)

    def arrange_pieces(self, name: str, *pieces: int) -> None:
        self.arrange(self.coll(name), [self.clip(piece) for piece in pieces])

    def delete_clip(self, *pieces: int, project: int = 1) -> None:
        for row_id in [self.clip(piece, project) for piece in pieces]:
            with self.autoclip() as conn:
                autoclip.delete_clip(conn, row_id)

    def delete_coll(self, *names: str, project: int = 1, note: bool = True) -> None:
        """With AutoClip's note of its id in `deleted_collections.json`, as a rule."""
        for row_id in [self.coll(name, project) for name in names]:
            directory = self.dir(project) if note else self.directory / "nowhere"
            with self.autoclip() as conn:
                autoclip.delete_collection(conn, row_id, directory, now=self.now)

    def make_clip(self, piece: int, title: str = "by hand", **more: Any) -> str:
        with self.autoclip() as conn:
            return autoclip.create_manual_clip(
                conn,
                project_id(1),
                title,
                piece * PIECE,
                piece * PIECE + 60,
                rng=self.rng,
                now=self.now,
                **more,
            )

    def make_coll(self, name: str, clip_ids: Sequence[str], *, project: int = 1) -> str:
        with self.autoclip() as conn:
            return autoclip.create_manual_collection(
                conn, project_id(project), name, clip_ids, rng=self.rng, now=self.now
            )

    def delete_project(self, project: int = 1, *, files_too: bool = False) -> None:
        """In AutoClip: rows first, then files, which up to 1.5.5 may stay."""
        directory = self.dir(project) if files_too else self.directory / "nowhere"
        with self.autoclip() as conn:
            autoclip.delete_project(conn, project_id(project), directory)

    def move_away(self, project: int = 1) -> None:
        shutil.move(self.dir(project), self.directory / f"away-{project}")

    def move_back(self, project: int = 1) -> None:
        shutil.move(self.directory / f"away-{project}", self.dir(project))


def content(row: Row) -> list[str]:
    return list((row["collection_metadata"] or {}).get("clip_ids", []))


def is_by_hand(row: Row) -> bool:
    """Whether the row says nothing of a record that it was made from."""
    metadata = row.get("clip_metadata") or row.get("collection_metadata") or {}
    return not ({"id", "original_id", "simplified_clip_ids", "metadata_file"} & set(metadata))


def _which(project: int | None) -> tuple[str, ...]:
    return ("--all",) if project is None else (project_id(project),)


def _piece(row: Row) -> int:
    return int(row["start_time"]) // PIECE
