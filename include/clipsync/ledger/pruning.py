"""What the ledger forgets: history that is older than anyone asks for.

Never what the next sync needs: bases, tombstones, open findings, records still in quarantine.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from clipsync.ledger import tables

KINDS = (
    "journal",
    "ledger_journal",
    "states",
    "findings",
    "quarantine",
    "audits",
    "quality",
    "mails",
    "runs",
)
"""In the order in which to delete: a run goes after its journal."""


def prune_batch(conn: sa.Connection, kind: str, before: datetime, most: int) -> int:
    """Delete at most so many rows of this kind (one of `KINDS`) that are older than `before`.

    Gives how many were deleted; fewer than `most`: there are no more.
    """
    table, conditions = _rules(conn, before)[kind]
    keys = list(table.primary_key)
    chosen = sa.select(*keys).where(*conditions).limit(most)
    key = keys[0] if len(keys) == 1 else sa.tuple_(*keys)
    condition = key.in_(chosen)
    return conn.execute(sa.delete(table).where(condition)).rowcount


def _rules(
    conn: sa.Connection, before: datetime
) -> dict[str, tuple[sa.Table, list[sa.ColumnElement[bool]]]]:
    findings, audits, mails = tables.findings.c, tables.audits.c, tables.mails.c
    runs, states = tables.runs.c, tables.project_states
    newer = states.alias()
    newest = sa.select(audits.run_id).order_by(audits.audited_at.desc(), audits.run_id.desc())
    newest_of_all = newest.where(audits.scope == "all")
    kept_audits = [
        run_id
        for query in (newest, newest_of_all)
        if (run_id := conn.scalar(query.limit(1))) is not None
    ]
    last_mail = sa.select(sa.func.max(mails.id)).where(mails.state == "sent").scalar_subquery()
    return {
        "journal": (tables.journal, [tables.journal.c.applied_at < before]),
        "ledger_journal": (
            tables.ledger_journal,
            [tables.ledger_journal.c.applied_at < before],
        ),
        # The state a project is in stays, however long ago it came to it.
        "states": (
            states,
            [
                states.c.seen_at < before,
                sa.exists().where(
                    newer.c.project_id == states.c.project_id, newer.c.id > states.c.id
                ),
            ],
        ),
        # What was told as open must be told as resolved first.
        "findings": (tables.findings, [findings.resolved_at < before, findings.told.is_(None)]),
        "quarantine": (tables.quarantine, [tables.quarantine.c.released_at < before]),
        "audits": (tables.audits, [audits.audited_at < before, audits.run_id.not_in(kept_audits)]),
        "quality": (tables.quality, [tables.quality.c.seen_at < before]),
        # Findings that no mail has told of yet do not depend on the mail that failed to.
        "mails": (
            tables.mails,
            [mails.created_at < before, mails.id != sa.func.coalesce(last_mail, -1)],
        ),
        "runs": (
            tables.runs,
            [
                runs.started_at < before,
                runs.run_id.not_in(kept_audits),
                sa.not_(sa.exists().where(tables.journal.c.run_id == runs.run_id)),
            ],
        ),
    }
