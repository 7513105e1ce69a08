"""The journal: every applied change with before and after, so that a run can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clipsync.ledger import tables
from clipsync.ledger.bulk import stream
from clipsync.ledger.inserted import shortened
from clipsync.ledger.migrate import is_current
from clipsync.ledger.records import JournalEntry
from clipsync.model.plan import Change, Op, ProjectPlan, Table
from clipsync.sql import among, decode_stored, encode_stored, execute_many, stored_timestamp


def write_journal(
    conn: sa.Connection,
    plans: Iterable[ProjectPlan],
    *,
    run_id: str,
    now: datetime,
    before: Mapping[tuple[Table, str], Mapping[str, Any]],
) -> None:
    """One entry per change of these plans, in order (see JournalEntry for what each holds)."""
    stamp = stored_timestamp(now, conn.dialect)
    entries = [
        {
            "run_id": run_id,
            "project_id": plan.project_id,
            "seq": seq,
            "op": change.op.value,
            "table_name": change.table.value,
            "row_id": change.row_id,
            "source_id": change.source_id,
            "before": _encoded(_before(change, before.get((change.table, change.row_id)))),
            "after": _encoded(_after(change, stamp)),
            "why": dict(change.why),
            "applied_at": now,
        }
        for plan in plans
        for seq, change in enumerate(plan.changes)
    ]
    if entries:
        execute_many(conn, sa.insert(tables.journal), entries)


def read_journal(
    conn: sa.Connection,
    *,
    run_id: str | None = None,
    project_ids: Sequence[str] | None = None,
    newest_first: bool = False,
    limit: int | None = None,
) -> Iterator[JournalEntry]:
    """Entries of a run, of projects, or all, in the order they were applied (or the reverse)."""
    if not is_current(conn):
        return
    table = tables.journal.c
    query = sa.select(tables.journal).order_by(table.id.desc() if newest_first else table.id)
    if run_id is not None:
        query = query.where(table.run_id == run_id)
    if project_ids is not None:
        query = query.where(among(table.project_id, project_ids, conn.dialect))
    for row in stream(conn, query.limit(limit)):
        yield JournalEntry(
            id=row.id,
            run_id=row.run_id,
            seq=row.seq,
            applied_at=row.applied_at,
            change=Change(
                Op(row.op),
                Table(row.table_name),
                row.project_id,
                row.row_id,
                row.source_id,
                {name: decode_stored(value) for name, value in row.before.items()},
                {name: decode_stored(value) for name, value in row.after.items()},
                row.why,
            ),
        )


def _before(change: Change, row: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if row is None or change.op in (Op.INSERT, Op.ADOPT):
        return change.before
    if change.op is Op.UPDATE:
        return {name: row[name] for name in (*change.after, "updated_at") if name in row}
    return row


def _after(change: Change, stamp: str) -> Mapping[str, Any]:
    if change.op is Op.INSERT:
        stamped = {"created_at": stamp, "updated_at": stamp, "id": change.row_id, **change.after}
        return shortened(change.table, stamped)
    if change.op is Op.UPDATE:
        return {"updated_at": stamp, **change.after}
    return change.after


def _encoded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: encode_stored(value) for name, value in values.items()}
