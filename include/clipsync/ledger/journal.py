"""The journal: every applied change with before and after, so that a run can be undone."""

from __future__ import annotations

from collections import Counter
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
from clipsync.model.reason import Reason, ReasonCode
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
            "why": {name: reason.as_dict() for name, reason in change.why.items()},
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
                {name: reason_of(stored) for name, stored in row.why.items()},
            ),
        )


def count_journaled(
    conn: sa.Connection, run_id: str, of_tables: Sequence[Table]
) -> dict[tuple[Op, str], int]:
    """How many rows of these tables a run inserted and deleted so far, by op and, of deletes, by
    the code of the reason (inserts: "")."""
    if not is_current(conn):
        return {}
    table = tables.journal.c
    theirs = sa.and_(table.run_id == run_id, table.table_name.in_([one.value for one in of_tables]))
    inserts = sa.select(sa.func.count()).where(theirs, table.op == Op.INSERT.value)
    deletes = sa.select(table.why).where(theirs, table.op == Op.DELETE.value)
    found = Counter(reason_of(row.why.get("")).code.value for row in stream(conn, deletes))
    counted = {(Op.DELETE, code): number for code, number in found.items()}
    return {(Op.INSERT, ""): conn.scalar(inserts) or 0, **counted}


def reason_of(stored: Any) -> Reason:
    """The reason that a journal holds, as JSON or as one of release 0.1.0's sentences."""
    if isinstance(stored, str) and stored in _WRITTEN:
        return _WRITTEN[stored]
    return Reason.from_json(stored)


_WRITTEN: Mapping[str, Reason] = {
    "the database did not have it": Reason(ReasonCode.NO_PROJECT_ROW),
    "new on disk": Reason(ReasonCode.NEW_ON_DISK),
    "lost from the database with all other clips: restored": Reason(
        ReasonCode.LOST, {"kind": "clip"}
    ),
    "lost from the database with all others: restored": Reason(
        ReasonCode.LOST, {"kind": "collection"}
    ),
    "restored on purpose": Reason(ReasonCode.RESTORED_ON_PURPOSE),
    "made by AutoClip itself": Reason(ReasonCode.MADE_BY_AUTOCLIP),
    "the user's, carried over to the row that AutoClip re-imported": Reason(
        ReasonCode.CARRIED_OVER
    ),
    "follows from the collection's content": Reason(ReasonCode.FOLLOWS_CONTENT),
    "follows the row that takes a clip's place": Reason(ReasonCode.FOLLOWS_CLIPS),
    "no longer in the file": Reason(ReasonCode.NOT_IN_FILE),
    "deleted by a user; AutoClip's own sync brought it back": Reason(ReasonCode.CAME_BACK),
    "links to clips that go, or are gone": Reason(ReasonCode.LINKS_OF_NOBODY),
    "the collection is gone": Reason(ReasonCode.LINKS_OF_NOBODY),
    "undone": Reason(ReasonCode.UNDONE),
    "from disk": Reason(ReasonCode.FROM_DISK),
    "kept: edited by a user": Reason(ReasonCode.EDITED),
    "kept: edited by a user, though the file changed as well": Reason(ReasonCode.EDIT_CONFLICT),
    "kept: differs from the file, and nothing tells who changed it": Reason(
        ReasonCode.UNKNOWN_EDIT
    ),
    "from disk, as asked (--prefer disk)": Reason(ReasonCode.PREFERRED_DISK),
    "kept, as asked (--prefer database)": Reason(ReasonCode.PREFERRED_DATABASE),
}
"""The sentences without values that release 0.1.0 wrote into journals. Undo decides by their
codes; sentences with values, of which none decides anything, stay as they were written."""


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
