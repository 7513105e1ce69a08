"""The count at the end of a cluster check finds what a lost or repeated batch leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database.tables import clips
from clipsync.ledger import tables as ledger
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.settings import Settings
from tests.support.autoclip_files import clip, collection, project_id, write_project
from tools.cluster.proof import Proof, prove

ONE, TWO, BUSY = project_id(1), project_id(2), project_id(3)


@pytest.fixture
def synced(sqlite_url: str, tmp_path: Path) -> Iterator[Workspace]:
    root = tmp_path / "data"
    write_project(root, ONE, clips=[clip(1), clip(2)], collections=[collection(1, [2, 1])])
    write_project(root, TWO, clips=[clip(1)], collections=[])
    write_project(root, BUSY, clips=None, collections=None, marker=False)
    with open_workspace(Settings(data_dir=root, database_url=sqlite_url)) as workspace:
        sync_projects(workspace, None, run=RunContext.for_command("sync"))
        yield workspace


def _row_of(workspace: Workspace, project: str, source_id: str) -> str:
    rows = ledger.rows.c
    query = sa.select(rows.row_id).where(
        rows.project_id == project, rows.kind == "clip", rows.source_id == source_id
    )
    with workspace.engine.connect() as conn:
        return str(conn.scalar(query))


def test_after_a_sync_nothing_is_lost_and_nothing_doubled(synced: Workspace) -> None:
    assert prove(synced) == Proof(completed=2, clips=3, lost=(), doubled=())


def test_a_clip_without_a_row_is_lost(synced: Workspace) -> None:
    gone = _row_of(synced, ONE, "2")
    with synced.engine.begin() as conn:
        conn.execute(sa.delete(clips).where(clips.c.id == gone))

    proof = prove(synced)

    assert proof.clips == 2
    assert f"{ONE}: clip 2 has no row" in proof.lost
    assert proof.doubled == ()


def test_a_project_that_was_never_synced_is_lost(synced: Workspace) -> None:
    new = project_id(4)
    write_project(synced.data.root, new, clips=[clip(1)], collections=[])

    proof = prove(synced)

    assert (proof.completed, proof.clips) == (3, 3)
    assert proof.lost[0] == f"{new}: clip 1 has no row"
    assert proof.lost[1].startswith(f"{new}: a second sync would still ")


def test_two_rows_for_one_clip_are_doubled(synced: Workspace) -> None:
    row = _row_of(synced, TWO, "1")
    with synced.engine.begin() as conn:
        for table, key in ((clips, "id"), (ledger.rows, "row_id")):
            found = conn.execute(sa.select(table).where(table.c[key] == row)).mappings().one()
            conn.execute(sa.insert(table).values({**found, key: project_id(99)}))

    assert f"{TWO}: clip 1 has 2 rows" in prove(synced).doubled


def test_a_clip_that_was_inserted_twice_is_doubled_even_if_one_row_is_left(
    synced: Workspace,
) -> None:
    journal = ledger.journal
    with synced.engine.begin() as conn:
        entry = conn.execute(
            sa.select(journal).where(journal.c.project_id == TWO, journal.c.table_name == "clips")
        ).mappings().one()  # fmt: skip
        again = {**entry, "row_id": project_id(99), "applied_at": datetime.now(UTC)}
        del again["id"]
        conn.execute(sa.insert(journal).values(again))

    assert prove(synced).doubled == (f"{TWO}: clips 1 was inserted 2 times",)
