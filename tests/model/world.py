"""The real things the model plays with: a data directory and a database, on one machine.

`Place` is made once per test and emptied for each example, since opening a database and making
its tables costs more than a hundred steps. It also watches ClipSync: what it writes, and where.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from clipsync.autoclip.database import open_engine
from clipsync.autoclip.disk import DataDirectory
from clipsync.demo.autoclip_pipeline import Layout, Run, perform, run_writes
from clipsync.ledger import migrate
from clipsync.operations.workspace import Workspace
from clipsync.settings import Settings
from tests.support.autoclip_app import CLIPS, COLLECTIONS, LINKS, PROJECTS, TASKS

Row = dict[str, Any]
Record = dict[str, Any]

OURS = ("projects", "clips", "collections", "clip_collection")
_WRITES = re.compile(
    r"\s*(INSERT\s+INTO|UPDATE|DELETE\s+FROM|CREATE|ALTER|DROP|TRUNCATE|REPLACE)\b\s*\"?(\w+)",
    re.IGNORECASE,
)


@dataclass
class Database:
    """What the database holds, by row id; links by collection in order of `order_index`."""

    projects: dict[str, Row] = field(default_factory=dict)
    clips: dict[str, Row] = field(default_factory=dict)
    collections: dict[str, Row] = field(default_factory=dict)
    links: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    others: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def of(self, project_id: str) -> Database:
        """One project's part."""

        def mine(rows: dict[str, Row]) -> dict[str, Row]:
            return {key: row for key, row in rows.items() if row["project_id"] == project_id}

        collections = mine(self.collections)
        return Database(
            {key: row for key, row in self.projects.items() if key == project_id},
            mine(self.clips),
            collections,
            {key: links for key, links in self.links.items() if key in collections},
        )


def content(row: Row) -> list[str]:
    """A collection's content as AutoClip's pages show it."""
    return list((row["collection_metadata"] or {}).get("clip_ids", []))


class Place:
    """One data root, one database, and the clock of the people who use them."""

    def __init__(self, url: str, root: Path) -> None:
        self.url, self.root, self.away = url, root, root.with_name("away")
        self.engine = open_engine(url, lock_timeout=10)
        self.sqlite = self.engine.dialect.name == "sqlite"
        if self.sqlite:
            event.listen(self.engine, "connect", _fast)
        migrate.upgrade(self.engine)
        with self.engine.begin() as conn:
            conn.execute(sa.text("CREATE TABLE somebody_else (id INTEGER, text VARCHAR(10))"))
        metadata = sa.MetaData()
        metadata.reflect(self.engine)
        self._tables = [
            table for table in metadata.sorted_tables if not table.name.endswith("alembic_version")
        ]
        with self.engine.begin() as conn:
            for table in self._tables:
                conn.execute(
                    sa.text(f"CREATE TABLE backup_{table.name} AS SELECT * FROM {table.name}")
                )
        self.schema = self._schema()
        self.settings = Settings(data_dir=root, database_url=url, batch_size=1)
        self.writes: list[tuple[str, str]] | None = None
        event.listen(self.engine, "before_cursor_execute", self._watch)
        self.now = datetime.now(UTC)

    def close(self) -> None:
        self.engine.dispose()

    def empty(self) -> None:
        """As on the first day: no project, an empty database, no ledger rows."""
        for directory in (self.root, self.away):
            shutil.rmtree(directory, ignore_errors=True)
            (directory / "projects").mkdir(parents=True)
        with self.engine.begin() as conn:
            for table in reversed(self._tables):
                conn.execute(sa.delete(table))
            conn.execute(sa.text("INSERT INTO somebody_else VALUES (1, '别动')"))
        self.now = datetime.now(UTC)

    def tick(self) -> datetime:
        """Time passes between what people do; far enough for AutoClip's time stamps to differ."""
        self.now += timedelta(seconds=10)
        return self.now

    # -- the database -----------------------------------------------------------------------

    @contextmanager
    def autoclip(self) -> Iterator[sa.Connection]:
        """A transaction of AutoClip's."""
        with self.engine.begin() as conn:
            yield conn

    def read(self) -> Database:
        database = Database()
        with self.engine.connect() as conn:
            for table, rows in (
                (PROJECTS, database.projects),
                (CLIPS, database.clips),
                (COLLECTIONS, database.collections),
            ):
                for row in conn.execute(sa.select(table)).mappings():
                    rows[row["id"]] = dict(row)
            for clip_id, collection_id, index in conn.execute(sa.select(LINKS)):
                database.links.setdefault(collection_id, []).append((index, clip_id))
            for table in (TASKS, sa.table("somebody_else", sa.column("id"), sa.column("text"))):
                database.others[table.name] = sorted(
                    map(tuple, conn.execute(sa.select(table))), key=repr
                )
        for links in database.links.values():
            links.sort()
        return database

    def save_backup(self) -> None:
        self._copy("{0}", "backup_{0}")

    def load_backup(self) -> None:
        self._copy("backup_{0}", "{0}")

    def _copy(self, source: str, target: str) -> None:
        with self.engine.begin() as conn:
            for table in reversed(self._tables):
                conn.execute(sa.text(f"DELETE FROM {target.format(table.name)}"))
            for table in self._tables:
                conn.execute(
                    sa.text(
                        f"INSERT INTO {target.format(table.name)} "
                        f"SELECT * FROM {source.format(table.name)}"
                    )
                )

    def _schema(self) -> list[str]:
        """Everything but ClipSync's own tables, as the database describes it."""
        if self.sqlite:
            query = "SELECT sql FROM sqlite_master WHERE tbl_name NOT LIKE 'clipsync_%'"
        else:
            query = (
                "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable "
                "FROM information_schema.columns WHERE table_schema = 'public' "
                "AND table_name NOT LIKE 'clipsync_%'"
            )
        with self.engine.connect() as conn:
            return sorted(str(row[0]) for row in conn.execute(sa.text(query)))

    def check_schema(self) -> None:
        assert self._schema() == self.schema

    # -- the disk ---------------------------------------------------------------------------

    def directory(self, project_id: str) -> Path:
        return self.root / "projects" / project_id

    def run_pipeline(
        self,
        project_id: str,
        layout: Layout,
        run: Run,
        *,
        step_files: bool,
        crash_at: int | None = None,
        torn: int = 0,
    ) -> dict[str, bytes]:
        """A run, to its end or to a crash; gives the files as they are left, by path."""
        writes = list(run_writes(project_id, layout, run, step_files=step_files))
        if crash_at is not None:
            crash_at %= len(writes)
            torn %= len(writes[crash_at].data)
        perform(self.directory(project_id), writes, crash_at=crash_at, torn_bytes=torn)
        left = {}
        for index, write in enumerate(writes):
            left[write.path] = write.data[:torn] if index == crash_at else write.data
            if index == crash_at:
                break
        return left

    def unmount(self, project_id: str | None) -> None:
        """One project's directory is gone, or all are (the mount point is an empty directory)."""
        if project_id is not None:
            self.directory(project_id).rename(self.away / "projects" / project_id)
            return
        for directory in (self.root / "projects").iterdir():
            directory.rename(self.away / "projects" / directory.name)

    def remount(self) -> None:
        for directory in (self.away / "projects").iterdir():
            directory.rename(self.root / "projects" / directory.name)

    def tree(self) -> dict[str, tuple[int, int, bytes | None]]:
        """Every file and folder: mode, time and bytes."""
        found = {}
        for path in (self.root, *self.root.rglob("*")):
            stat = path.lstat()
            data = path.read_bytes() if path.is_file() else None
            found[str(path)] = (stat.st_mode, stat.st_mtime_ns, data)
        return found

    # -- ClipSync ---------------------------------------------------------------------------

    def workspace(self) -> Workspace:
        """As a command opens it, without making an engine again."""
        return Workspace(DataDirectory(self.root), self.engine, self.settings)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """A guest's manners: only the four tables and its own are written, nothing on the disk."""
        disk, others = self.tree(), self.read().others
        self.writes = []
        try:
            yield
        finally:
            writes, self.writes = self.writes, None
        touched = {table for _, table in writes}
        foreign = {name for name in touched if name not in OURS and name[:9] != "clipsync_"}
        assert not foreign, f"ClipSync wrote to {foreign}"
        assert {verb.split()[0].upper() for verb, _ in writes} <= {"INSERT", "UPDATE", "DELETE"}
        assert self.read().others == others
        assert self.tree() == disk, "ClipSync changed the data directory"

    def _watch(self, _conn: Any, _cursor: Any, text: str, *_: Any) -> None:
        found = _WRITES.match(text)
        if found and self.writes is not None:
            self.writes.append((found[1], found[2]))


def parse(data: bytes | None) -> Any:
    """The JSON value of a file, None where there is none. Raises ValueError for torn ones."""
    return None if data is None else json.loads(data)


def _fast(connection: Any, _record: Any) -> None:
    """Nothing here needs to survive a crash of the machine."""
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = MEMORY")


Files = Mapping[str, bytes]
