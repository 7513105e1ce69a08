"""What the shards of one run delete together: rule 8's share of all rows, whatever the shards.

Each shard knows its own rows only. What the others did is in the journal, under the id of the run
that they share:

    deletes of this run, in any shard + those about to be made
    ──────────────────────────────────────────────────────────  beyond the limit: stopped
       clips and collections that were there before the run
"""

from __future__ import annotations

import sqlalchemy as sa

from clipsync.autoclip.database.snapshot import count_rows
from clipsync.ledger import store
from clipsync.model.plan import Op, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.reconcile.guards import run_stop

_KINDS = (Table.CLIPS, Table.COLLECTIONS)


def stop_of_shards(conn: sa.Connection, run_id: str, mine: int, limit: float) -> Reason | None:
    """Why a shard must not delete `mine` rows that have no successor, or None.

    Ask in the transaction that deletes them, under the run's lock. Example: of 100 rows another
    shard has deleted 6; 4 more may go, 5 are too many.
    """
    done = store.count_journaled(conn, run_id, _KINDS)
    inserted = sum(number for (op, _), number in done.items() if op is Op.INSERT)
    deleted = {code: number for (op, code), number in done.items() if op is Op.DELETE}
    now = count_rows(conn)
    before = sum(now[table] for table in _KINDS) + sum(deleted.values()) - inserted
    return run_stop(deleted.get(ReasonCode.NOT_IN_FILE.value, 0) + mine, max(before, 1), limit)
