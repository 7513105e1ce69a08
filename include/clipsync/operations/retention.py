"""Retention: the ledger forgets history that is older than CLIPSYNC_RETENTION_DAYS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from clipsync.autoclip.database.locks import read_transaction, write_transaction
from clipsync.ledger import pruning
from clipsync.ledger.migrate import is_current
from clipsync.operations.workspace import Workspace

_ROWS_AT_ONCE = 5000


def prune_history(workspace: Workspace, now: datetime | None = None) -> dict[str, int]:
    """Delete history that is too old `now` (aware; by default this moment): by kind, how much.

    Kinds: `journal`, `states`, `findings` (resolved ones), `quarantine` (released), `audits` (all
    but the last), `quality`, `mails`, `runs`. In batches of a transaction each, so that AutoClip is
    never kept waiting; interrupted, it goes on the next time. Nothing where there is no ledger.
    """
    before = (now or datetime.now(UTC)) - timedelta(days=workspace.settings.retention_days)
    with read_transaction(workspace.engine) as conn:
        if not is_current(conn):
            return {}
    deleted = {}
    for kind in pruning.KINDS:
        count = 0
        while True:
            with write_transaction(workspace.engine) as conn:
                batch = pruning.prune_batch(conn, kind, before, _ROWS_AT_ONCE)
            count += batch
            if batch < _ROWS_AT_ONCE:
                break
        deleted[kind] = count
    return deleted
