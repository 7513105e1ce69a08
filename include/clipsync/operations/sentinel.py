"""The sentinel (rule 8): is what we see really the disk that we knew?

A mount that is not there shows as an empty directory, and would look as if every project had been
removed. Nothing is ever deleted for a missing directory, but a run that finds none of the
projects that the database still has says so at once, in one line, instead of in ten thousand.
Projects that people deleted in AutoClip are not asked for.
"""

from __future__ import annotations

from clipsync.autoclip.database.locks import read_transaction
from clipsync.autoclip.database.snapshot import list_project_ids
from clipsync.errors import DataDirectoryError
from clipsync.ledger import store
from clipsync.operations.workspace import Workspace


def check_root(workspace: Workspace) -> None:
    """Raises DataDirectoryError where the database still has projects that were synced before, and
    the disk has none of them."""
    with read_transaction(workspace.engine) as conn:
        known = set(store.known_project_ids(conn)) & set(list_project_ids(conn))
    if known and not any(map(workspace.data.holds, known)):
        raise DataDirectoryError(
            workspace.data.root,
            f"holds none of the {len(known)} projects that were synced before and that the "
            "database still has",
            "Nothing was changed. Check that AutoClip's disk is mounted there; if these projects "
            "were given up on purpose, delete them in AutoClip.",
        )
