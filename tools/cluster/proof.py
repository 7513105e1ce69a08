"""Was anything lost, anything done twice? Asked of disk, database and ledger, not of Airflow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from clipsync.autoclip.database.locks import read_transaction
from clipsync.autoclip.database.tables import clips
from clipsync.ledger import tables as ledger
from clipsync.ledger.migrate import is_current
from clipsync.messages import render
from clipsync.model.manifest import DiskState
from clipsync.model.plan import Op, Table
from clipsync.operations.planning import plan_projects
from clipsync.operations.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Proof:
    """`completed`: projects whose disk says so. `lost`, `doubled`: one line each, none when well.

    `clips`: rows that stand for a clip record on disk.
    """

    completed: int
    clips: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]


def prove(workspace: Workspace) -> Proof:
    """Looks at every project. Writes nothing."""
    on_disk = dict(_clips_on_disk(workspace))
    with read_transaction(workspace.engine) as conn:
        # Before the first sync there is no ledger yet, and so nothing that it knows.
        known = is_current(conn)
        in_database = Counter(_clips_in_database(conn) if known else ())
        twice = list(_inserted_twice(conn)) if known else []
    wanted = {(project_id, clip) for project_id, found in on_disk.items() for clip in found}
    lost = [
        *(f"{project_id}: clip {clip} has no row" for project_id, clip in sorted(wanted)
          if not in_database[project_id, clip]),
        *_not_in_sync(workspace),
    ]  # fmt: skip
    doubled = [
        *(f"{project_id}: clip {clip} has {count} rows"
          for (project_id, clip), count in sorted(in_database.items()) if count > 1),
        *twice,
    ]  # fmt: skip
    return Proof(
        completed=len(on_disk),
        clips=sum(in_database[key] for key in wanted),
        lost=tuple(lost),
        doubled=tuple(doubled),
    )


def _clips_on_disk(workspace: Workspace) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Source ids of the clip records of each completed project."""
    for project_id in workspace.data.project_ids():
        manifest = workspace.data.read(project_id)
        if manifest.state is DiskState.COMPLETED:
            yield project_id, tuple(clip.source_id for clip in manifest.clips)


def _clips_in_database(conn: sa.Connection) -> list[tuple[str, str]]:
    """(project, source id) of each row the ledger knows and the database still has."""
    rows = ledger.rows.c
    query = (
        sa.select(rows.project_id, rows.source_id)
        .join_from(ledger.rows, clips, clips.c.id == rows.row_id)
        .where(rows.kind == "clip")
    )
    return [(project_id, source_id) for project_id, source_id in conn.execute(query)]


def _inserted_twice(conn: sa.Connection) -> Iterator[str]:
    """What the journal says was inserted more than once for one record of the disk."""
    journal = ledger.journal.c
    query = (
        sa.select(journal.project_id, journal.table_name, journal.source_id, sa.func.count())
        .where(journal.op == Op.INSERT.value, journal.table_name != Table.LINKS.value)
        .group_by(journal.project_id, journal.table_name, journal.source_id)
        .having(sa.func.count() > 1)
    )
    for project_id, table, source_id, count in conn.execute(query):
        yield f"{project_id}: {table} {source_id} was inserted {count} times"


def _not_in_sync(workspace: Workspace) -> Iterator[str]:
    for plan in plan_projects(workspace, None):
        if plan.data_changes:
            yield f"{plan.project_id}: a second sync would still {plan.counts()}"
        elif plan.stopped:
            yield f"{plan.project_id}: {render(plan.stopped)}"
