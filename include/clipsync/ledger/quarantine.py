"""Records that can't be used, since when, and until when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clipsync.ledger import tables
from clipsync.ledger.bulk import stream
from clipsync.ledger.migrate import is_current
from clipsync.ledger.records import QuarantineEntry
from clipsync.messages import render
from clipsync.model.manifest import DiskReason, Kind, QuarantinedRecord
from clipsync.sql import among, clean_text, execute_many


def sync_quarantine(
    conn: sa.Connection,
    quarantined_by_project: Mapping[str, Sequence[QuarantinedRecord]],
    now: datetime,
) -> None:
    """Bring the quarantine of these projects to what their manifests say.

    A record still there keeps its `first_seen`; one that is not any more is released. So give
    only manifests whose files could be read: an absent project has no record to release.

    A record is the same by kind, file and source id, or by its position where it has no id.
    """
    table = tables.quarantine
    query = sa.select(table).where(
        among(table.c.project_id, list(quarantined_by_project), conn.dialect),
        table.c.released_at.is_(None),
    )
    stored = _numbered(
        (row.project_id, _record(row), row.id) for row in conn.execute(query.order_by(table.c.id))
    )
    found = _numbered(
        (project_id, record, None)
        for project_id, records in quarantined_by_project.items()
        for record in records
    )
    new, kept = [], []
    for key, (record, _) in found.items():
        values = {
            "position": record.position,
            "reason": render(record.reason),
            "why": record.reason.as_dict(),
            "raw": record.raw,
            "last_seen": now,
        }
        old = stored.pop(key, None)
        if old is None:
            new.append(
                {
                    **values,
                    "project_id": key[0],
                    "kind": record.kind.value,
                    "file": record.file,
                    "source_id": record.source_id,
                    "first_seen": now,
                }
            )
        else:
            kept.append({**values, "of_id": old[1]})
    of_id = table.c.id == sa.bindparam("of_id")
    if stored:
        released = [{"of_id": id_, "released_at": now} for _, id_ in stored.values()]
        execute_many(conn, sa.update(table).where(of_id), released)
    if kept:
        execute_many(conn, sa.update(table).where(of_id), kept)
    if new:
        execute_many(conn, sa.insert(table), new)


def read_quarantine(
    conn: sa.Connection,
    project_ids: Sequence[str] | None = None,
    *,
    released: bool = False,
) -> Iterator[QuarantineEntry]:
    """Quarantined records of these projects (None: of all), by project, file and position.
    `released`: those of the past too."""
    if not is_current(conn):
        return
    table = tables.quarantine.c
    query = sa.select(tables.quarantine)
    if project_ids is not None:
        query = query.where(among(table.project_id, project_ids, conn.dialect))
    if not released:
        query = query.where(table.released_at.is_(None))
    query = query.order_by(table.project_id, table.file, table.position, table.id)
    for row in stream(conn, query):
        yield QuarantineEntry(
            row.project_id, _record(row), row.first_seen, row.last_seen, row.released_at
        )


def count_quarantined(conn: sa.Connection) -> int:
    """Records that can't be used now, of all projects."""
    if not is_current(conn):
        return 0
    table = tables.quarantine
    query = sa.select(sa.func.count()).select_from(table).where(table.c.released_at.is_(None))
    return conn.scalar(query) or 0


_Key = tuple[str, Kind, str, str, int]


def _numbered(
    records: Any,
) -> dict[_Key, tuple[QuarantinedRecord, int | None]]:
    """By identity; records of one file that share a source id are numbered."""
    counted: Counter[Any] = Counter()
    numbered: dict[_Key, tuple[QuarantinedRecord, int | None]] = {}
    for project_id, record, id_ in records:
        known_by = (
            f"@{record.position}" if record.source_id is None else clean_text(record.source_id)
        )
        identity = (project_id, record.kind, clean_text(record.file), known_by)
        numbered[(*identity, counted[identity])] = (record, id_)
        counted[identity] += 1
    return numbered


def _record(row: Any) -> QuarantinedRecord:
    # Release 0.1.0 knew the sentence alone.
    reason = DiskReason.from_json(row.why or row.reason)
    return QuarantinedRecord(Kind(row.kind), row.file, row.position, row.source_id, reason, row.raw)
