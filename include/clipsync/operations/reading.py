"""What the ledger remembers, for people to read: findings, quarantined records, runs,
applied changes.

Nothing is written; where there is no ledger yet, everything is empty. The iterators hold a read
transaction open, which on SQLite keeps AutoClip from writing: take what they give at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from clipsync.autoclip.database.locks import read_transaction
from clipsync.errors import UnknownRunError
from clipsync.ledger import FindingRecord, JournalEntry, QuarantineEntry, RunRecord, store
from clipsync.operations.workspace import Workspace


def quarantined_records(
    workspace: Workspace, project_ids: Sequence[str] | None, *, released: bool = False
) -> Iterator[QuarantineEntry]:
    """Records that can't be used, as of each project's last sync, by project, file and position.

    `project_ids` None: of all projects. `released`: those that have become valid or gone since,
    too. Raises InvalidProjectIdError and UnknownProjectError.
    """
    selected = None if project_ids is None else workspace.select(project_ids)
    with read_transaction(workspace.engine) as conn:
        yield from store.read_quarantine(conn, selected, released=released)


def open_findings(workspace: Workspace, most: int) -> list[FindingRecord]:
    """At most so many findings that are open, of any project or none; the most severe first."""
    with read_transaction(workspace.engine) as conn:
        return list(islice(store.open_findings(conn), most))


def newest_runs(workspace: Workspace, limit: int) -> list[RunRecord]:
    """At most `limit` runs, newest first."""
    with read_transaction(workspace.engine) as conn:
        return store.list_runs(conn, limit=limit)


def find_run(workspace: Workspace, run_id: str) -> RunRecord:
    """One run. Raises UnknownRunError."""
    with read_transaction(workspace.engine) as conn:
        run = store.read_run(conn, run_id)
    if run is None:
        raise UnknownRunError(run_id)
    return run


def changes_of_run(workspace: Workspace, run_id: str) -> Iterator[JournalEntry]:
    """What a run changed, in the order it was applied."""
    with read_transaction(workspace.engine) as conn:
        yield from store.read_journal(conn, run_id=run_id)
