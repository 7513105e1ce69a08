"""What earlier releases left behind is read, kept and gone on with by this one.

`releases/` holds a small AutoClip and its database per release, made by `make_release.py` with that
release's code; `make upgrade-check` runs just these tests.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from clipsync.autoclip.database.locks import read_transaction
from clipsync.autoclip.database.tables import clips, collections
from clipsync.ledger import migrate, store
from clipsync.operations.auditing import audit_projects
from clipsync.operations.planning import plan_projects
from clipsync.operations.restoring import held_back, restore_project
from clipsync.operations.results import AuditStatus
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.undoing import undo_run
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.settings import Settings
from tests.deploy.make_release import BAD, BUSY, EDITED, LEGACY, RELEASES, STARTED_BY, UNDONE
from tests.support.databases import PostgresServer

EDITED_TITLE = "我改过的标题"
CLIPS_OF_UNDONE = 3


@pytest.fixture(params=sorted(path.name for path in RELEASES.iterdir()))
def release(request: pytest.FixtureRequest) -> Path:
    return RELEASES / str(request.param)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def left_behind(
    release: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Workspace]:
    """The release's AutoClip as it was left, opened by today's code and not yet touched."""
    root = tmp_path / "data"
    _restore_disk(release / "disk.json", root)
    script = (release / f"{request.param}.sql").read_text(encoding="utf-8")
    if request.param == "sqlite":
        url = _restore_sqlite(script, tmp_path / "autoclip.db")
    else:
        url = _restore_postgresql(script, request.getfixturevalue("postgres_server"))
    with open_workspace(Settings(data_dir=root, database_url=url)) as workspace:
        yield workspace


def test_the_ledger_is_brought_to_this_releases_version(left_behind: Workspace) -> None:
    migrate.upgrade(left_behind.engine)

    with left_behind.engine.connect() as conn:
        assert migrate.version_of(conn) == migrate.HEAD


def test_nothing_is_to_be_changed_but_what_was_undone(left_behind: Workspace) -> None:
    """The base of the merge is understood: no edit is lost, no deletion comes back."""
    migrate.upgrade(left_behind.engine)

    changes = {plan.project_id: plan.counts() for plan in plan_projects(left_behind, None)}

    assert {project for project, counts in changes.items() if any(counts.values())} == {UNDONE}
    assert changes[UNDONE]["insert"] >= CLIPS_OF_UNDONE


def test_a_sync_goes_on_where_the_release_left_off(left_behind: Workspace) -> None:
    summary = sync_projects(left_behind, None, run=RunContext.for_command("sync"))

    assert (summary.success, summary.total_projects) == (True, 5)
    assert _count(left_behind, clips, UNDONE) == CLIPS_OF_UNDONE
    assert [plan.project_id for plan in plan_projects(left_behind, None) if plan.data_changes] == []
    assert audit_projects(left_behind, None, full=True).consistent
    assert EDITED_TITLE in _titles(left_behind, EDITED)
    assert _count(left_behind, collections, EDITED) == 1


def test_an_audit_that_records_what_it_finds_goes_on_as_well(left_behind: Workspace) -> None:
    report = audit_projects(left_behind, None, run=RunContext.for_command("audit"))

    statuses = {entry.project_id: entry.status for entry in report.entries}
    assert statuses[EDITED] is AuditStatus.CONSISTENT
    assert statuses[UNDONE] is AuditStatus.OUT_OF_SYNC


def test_what_was_deleted_can_still_be_restored(left_behind: Workspace) -> None:
    migrate.upgrade(left_behind.engine)
    (stone,) = held_back(left_behind, EDITED)

    result = restore_project(
        left_behind, EDITED, run=RunContext.for_command("restore"), collections=[stone.source_id]
    )

    assert (stone.source_id, result.success) == ("2", True)
    assert _count(left_behind, collections, EDITED) == 2


def test_an_old_run_can_still_be_undone(left_behind: Workspace) -> None:
    migrate.upgrade(left_behind.engine)

    (result,) = undo_run(left_behind, "first", [LEGACY], run=RunContext.for_command("undo"))

    assert result.left == ()
    assert _count(left_behind, clips, LEGACY) == 0


def test_an_undo_of_the_release_can_be_undone(left_behind: Workspace) -> None:
    """What it took away is there again, and the next plan finds nothing to do."""
    migrate.upgrade(left_behind.engine)

    (result,) = undo_run(left_behind, "fourth", [UNDONE], run=RunContext.for_command("undo"))

    assert result.left == ()
    assert _count(left_behind, clips, UNDONE) == CLIPS_OF_UNDONE
    assert [plan.project_id for plan in plan_projects(left_behind, None) if plan.data_changes] == []


def test_what_an_undo_of_an_old_run_did_can_be_undone(left_behind: Workspace) -> None:
    """An edit and a deletion that the run before knew of hold through both."""
    migrate.upgrade(left_behind.engine)
    before = _rows(left_behind)

    undo_run(left_behind, "first", [LEGACY], run=RunContext("undo-1", "undo"))
    if left_behind.engine.dialect.name == "sqlite":
        # PostgreSQL took the deleted collection's links itself: the second run changed nothing.
        undo_run(left_behind, "second", None, run=RunContext("undo-2", "undo"))
        undo_run(left_behind, "undo-2", None, run=RunContext("undo-3", "undo"))
    undo_run(left_behind, "undo-1", None, run=RunContext("undo-4", "undo"))

    assert _rows(left_behind) == before
    changes = {plan.project_id for plan in plan_projects(left_behind, None) if plan.data_changes}
    assert changes == {UNDONE}


def test_history_quarantine_and_states_are_still_told(left_behind: Workspace) -> None:
    migrate.upgrade(left_behind.engine)

    with read_transaction(left_behind.engine) as conn:
        runs = [(run.run_id, run.command, run.started_by) for run in store.list_runs(conn)]
        journal = Counter(entry.run_id for entry in store.read_journal(conn))
        quarantine = [
            (entry.project_id, entry.record.source_id) for entry in store.read_quarantine(conn)
        ]
        states = {
            state.project_id: state.status
            for state in store.read_states(conn, [BUSY, EDITED]).values()
        }

    assert sorted(runs) == [
        ("first", "sync", STARTED_BY),
        ("fourth", "undo", STARTED_BY),
        ("second", "sync", STARTED_BY),
        ("third", "audit", STARTED_BY),
    ]
    assert {"first", "fourth"} <= set(journal)
    assert quarantine == [(BAD, "2")]
    assert states == {BUSY: "processing", EDITED: "consistent"}


def _titles(workspace: Workspace, project_id: str) -> list[str]:
    with workspace.engine.connect() as conn:
        query = sa.select(clips.c.title).where(clips.c.project_id == project_id)
        return list(conn.scalars(query))


def _count(workspace: Workspace, table: sa.Table, project_id: str) -> int:
    with workspace.engine.connect() as conn:
        query = sa.select(sa.func.count()).where(table.c.project_id == project_id)
        return conn.scalar(query) or 0


def _rows(workspace: Workspace) -> list[list[dict[str, Any]]]:
    with workspace.engine.connect() as conn:
        return [
            [dict(row) for row in conn.execute(sa.select(table).order_by(table.c.id)).mappings()]
            for table in (clips, collections)
        ]


def _restore_disk(content: Path, root: Path) -> None:
    kept: dict[str, Any] = json.loads(content.read_text(encoding="utf-8"))
    for folder in kept["folders"]:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name, text in kept["files"].items():
        (root / name).write_text(text, encoding="utf-8")


def _restore_sqlite(script: str, database: Path) -> str:
    conn = sqlite3.connect(database)
    conn.executescript(script)
    conn.close()
    return f"sqlite:///{database}"


def _restore_postgresql(script: str, server: PostgresServer) -> str:
    url = server.create_database(template="template1")
    with psycopg.connect(url) as conn:
        conn.execute(script.encode())
    return url
