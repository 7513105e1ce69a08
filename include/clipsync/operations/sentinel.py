"""The sentinel (rule 8): is what we see really the disk that we knew?

A mount that is not there shows as an empty directory, and would look as if every project had been
removed. Nothing is ever deleted for a missing directory, but a run that finds none of the
projects it knows says so at once, in one line, instead of in ten thousand.
"""

from __future__ import annotations

from clipsync.autoclip.database.locks import read_transaction
from clipsync.errors import DataDirectoryError
from clipsync.ledger import store
from clipsync.operations.workspace import Workspace


def check_root(workspace: Workspace) -> None:
    """Raises DataDirectoryError where the ledger knows projects and the disk has none of them."""
    with read_transaction(workspace.engine) as conn:
        known = store.known_project_ids(conn)
    if known and not any(map(workspace.data.holds, known)):
        raise DataDirectoryError(
            workspace.data.root,
            f"holds none of the {len(known)} projects that were synced before",
            "Nothing was changed. Check that AutoClip's disk is mounted there.",
        )
