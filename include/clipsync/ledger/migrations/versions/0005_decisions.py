"""Decisions as values: what a row stands for, what a tombstone held, what the ledger knew before.

Contents of collections become ids of clip rows alone. Runs of earlier releases can still be undone:
what their journal tells of the ledger before them is written down here, once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_AUTO_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)

_PROJECTS = sa.table(
    "clipsync_projects",
    sa.column("project_id", sa.String),
    sa.column("last_synced_at", _MOMENT),
)
_ROWS = sa.table(
    "clipsync_rows",
    sa.column("project_id", sa.String),
    sa.column("kind", sa.String),
    sa.column("row_id", sa.String),
    sa.column("source_id", sa.Text),
    sa.column("file_values", sa.JSON),
    sa.column("kept_values", sa.JSON),
    sa.column("start_ms", sa.BigInteger),
    sa.column("end_ms", sa.BigInteger),
)
_JOURNAL = sa.table(
    "clipsync_journal",
    sa.column("id", sa.BigInteger),
    sa.column("run_id", sa.String),
    sa.column("project_id", sa.String),
    sa.column("op", sa.String),
    sa.column("table_name", sa.String),
    sa.column("row_id", sa.String),
    sa.column("source_id", sa.Text),
    sa.column("before", sa.JSON),
    sa.column("after", sa.JSON),
    sa.column("why", sa.JSON),
    sa.column("applied_at", _MOMENT),
)
_LEDGER_JOURNAL = sa.table(
    "clipsync_ledger_journal",
    sa.column("run_id", sa.String),
    sa.column("project_id", sa.String),
    sa.column("before", sa.JSON),
    sa.column("after", sa.JSON),
    sa.column("applied_at", _MOMENT),
)
_TOMBSTONES = sa.table(
    "clipsync_tombstones",
    sa.column("project_id", sa.String),
    sa.column("kind", sa.String),
    sa.column("source_id", sa.Text),
    sa.column("row_id", sa.String),
    sa.column("label", sa.Text),
    sa.column("reason", sa.String),
    sa.column("start_ms", sa.BigInteger),
    sa.column("end_ms", sa.BigInteger),
    sa.column("lifted_at", _MOMENT),
    sa.column("file_values", sa.JSON),
    sa.column("kept_values", sa.JSON),
)
_KINDS = {"clips": "clip", "collections": "collection"}
_FROM_FILE = "from disk"
"""What a journal of release 0.1.0 says of a value that was the file's."""
_RESTORED = "restored on purpose"


def upgrade() -> None:
    for name, default in (("stands", sa.true()), ("by_looks", sa.false())):
        op.add_column(
            "clipsync_rows", sa.Column(name, sa.Boolean, nullable=False, server_default=default)
        )
    for name in ("file_values", "kept_values"):
        op.add_column("clipsync_tombstones", sa.Column(name, sa.JSON))
    op.add_column("clipsync_projects", sa.Column("deleted_at", _MOMENT))
    op.add_column("clipsync_projects", sa.Column("row_values", sa.JSON))
    op.create_table(
        "clipsync_ledger_journal",
        sa.Column("id", _AUTO_ID, primary_key=True),
        sa.Column("run_id", sa.String(255), nullable=False),
        sa.Column("project_id", sa.String(255), nullable=False),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("after", sa.JSON, nullable=False),
        sa.Column("applied_at", _MOMENT, nullable=False),
    )
    for name in ("run_id", "project_id", "applied_at"):
        op.create_index(f"ix_clipsync_ledger_journal_{name}", "clipsync_ledger_journal", [name])
    conn = op.get_bind()
    _tombstones_hold_content(conn)
    for project_id in list(conn.scalars(sa.select(_ROWS.c.project_id).distinct())):
        _contents_in_row_ids(conn, project_id)
    for project_id in list(conn.scalars(sa.select(_JOURNAL.c.project_id).distinct())):
        _remember_former(conn, project_id)
        _forget_if_undone(conn, project_id)


def downgrade() -> None:
    op.drop_table("clipsync_ledger_journal")
    op.drop_column("clipsync_projects", "row_values")
    op.drop_column("clipsync_projects", "deleted_at")
    for name in ("kept_values", "file_values"):
        op.drop_column("clipsync_tombstones", name)
    for name in ("by_looks", "stands"):
        op.drop_column("clipsync_rows", name)


def _tombstones_hold_content(conn: sa.Connection) -> None:
    """A deleted collection is what it held; where the journal still tells that, it is kept."""
    query = sa.select(_TOMBSTONES.c.project_id, _TOMBSTONES.c.row_id).where(
        _TOMBSTONES.c.kind == "collection", _TOMBSTONES.c.row_id.is_not(None)
    )
    for project_id, row_id in list(conn.execute(query)):
        values = _last_written(conn, project_id, row_id)
        if values is not None:
            conn.execute(
                sa.update(_TOMBSTONES)
                .where(
                    _TOMBSTONES.c.project_id == project_id,
                    _TOMBSTONES.c.kind == "collection",
                    _TOMBSTONES.c.row_id == row_id,
                )
                .values(file_values=values, kept_values=values)
            )


def _last_written(conn: sa.Connection, project_id: str, row_id: str) -> dict[str, Any] | None:
    """{"content": clip row ids} as the newest change of the collection left it; None: not known."""
    query = sa.select(_JOURNAL.c.after).where(
        _JOURNAL.c.project_id == project_id,
        _JOURNAL.c.table_name == "collections",
        _JOURNAL.c.row_id == row_id,
        _JOURNAL.c.op.in_(("insert", "update")),
    )
    for after in conn.scalars(query.order_by(_JOURNAL.c.id.desc())):
        metadata = after.get("collection_metadata")
        if isinstance(metadata, Mapping) and "$json" in metadata:
            metadata = _parsed(metadata["$json"])
        if isinstance(metadata, Mapping) and isinstance(metadata.get("clip_ids"), list):
            return {"content": [str(item) for item in metadata["clip_ids"]]}
    return None


def _contents_in_row_ids(conn: sa.Connection, project_id: str) -> None:
    """`content` held clip numbers, `content_rows` the rows they meant: only the rows stay."""
    found = conn.execute(sa.select(_ROWS).where(_ROWS.c.project_id == project_id)).all()
    rows_of = {row.source_id: row.row_id for row in found if row.kind == "clip"}
    for row in found:
        if row.kind != "collection" or "content" not in row.file_values:
            continue
        conn.execute(
            sa.update(_ROWS)
            .where(
                _ROWS.c.project_id == project_id,
                _ROWS.c.kind == row.kind,
                _ROWS.c.row_id == row.row_id,
            )
            .values(file_values=_in_row_ids(row.file_values, rows_of))
        )


def _in_row_ids(values: Mapping[str, Any], rows_of: Mapping[str, str]) -> dict[str, Any]:
    known = {name: value for name, value in values.items() if name != "content_rows"}
    content = values.get("content_rows")
    if content is None:
        content = [rows_of[number] for number in values["content"] if number in rows_of]
    return {**known, "content": list(content)}


def _remember_former(conn: sa.Connection, project_id: str) -> None:
    """What the ledger knew before each run, from the newest back, as far as the journal tells."""
    current = {
        (row.kind, row.row_id): {
            "kind": row.kind,
            "source_id": row.source_id,
            "row_id": row.row_id,
            "file_values": row.file_values,
            "kept_values": row.kept_values,
            "start_ms": row.start_ms,
            "end_ms": row.end_ms,
        }
        for row in conn.execute(sa.select(_ROWS).where(_ROWS.c.project_id == project_id))
    }
    query = sa.select(_JOURNAL).where(_JOURNAL.c.project_id == project_id)
    entries = conn.execute(query.order_by(_JOURNAL.c.id.desc())).all()
    for run_id, of_run in _by_run(entries):
        before, after = _around(of_run, current)
        for key in after:
            current.pop(key, None)
        current |= {(row["kind"], row["row_id"]): row for row in before}
        conn.execute(
            sa.insert(_LEDGER_JOURNAL),
            {
                "run_id": run_id,
                "project_id": project_id,
                "before": {
                    "rows": before,
                    "tombstones": _buried(conn, project_id, of_run, lifted=False),
                    **_synced(of_run, after=False),
                },
                "after": {
                    "rows": [list(key) for key in after],
                    "tombstones": _buried(conn, project_id, of_run, lifted=True),
                    **_synced(of_run, after=True),
                },
                "applied_at": of_run[0].applied_at,
            },
        )


def _by_run(entries: Iterable[Any]) -> Iterator[tuple[str, list[Any]]]:
    runs: dict[str, list[Any]] = {}
    for entry in entries:
        runs.setdefault(entry.run_id, []).append(entry)
    yield from runs.items()


def _around(
    entries: Iterable[Any], current: Mapping[tuple[str, str], Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """(base rows before the run, keys of those it may have written) from one run's changes.

    Rows that the run made or adopted were not known. Of clips that it changed, their own stored
    record tells; of collections it has to be said.
    """
    before: dict[tuple[str, str], dict[str, Any]] = {}
    keys: dict[tuple[str, str], None] = {}
    for entry in entries:
        kind = _KINDS.get(entry.table_name)
        if kind is None or entry.op == "delete":
            continue
        key = (kind, entry.row_id)
        keys[key] = None
        known = before.get(key) or current.get(key)
        if entry.op in ("insert", "adopt") or known is None or kind == "clip":
            before.pop(key, None)
        else:
            before[key] = _former(known, entry.before, entry.why)
    return list(before.values()), list(keys)


def _former(
    known: Mapping[str, Any], values: Mapping[str, Any], why: Mapping[str, Any]
) -> dict[str, Any]:
    """A value taken from the file replaced one that was the file's as well: the base of then."""
    file, kept = dict(known["file_values"]), dict(known["kept_values"])
    for name in ("name", "description"):
        if name in values:
            kept[name] = values[name] or ""
            if _from_file(why.get(name)):
                file[name] = kept[name]
    metadata = values.get("collection_metadata")
    if isinstance(metadata, Mapping) and "$json" in metadata:
        metadata = _parsed(metadata["$json"])
    if isinstance(metadata, Mapping) and isinstance(metadata.get("clip_ids"), list):
        kept["content"] = list(dict.fromkeys(map(str, metadata["clip_ids"])))
        if _from_file(why.get("collection_metadata")):
            file["content"] = kept["content"]
    return {**known, "file_values": file, "kept_values": kept}


def _from_file(why: Any) -> bool:
    return why == _FROM_FILE or (isinstance(why, Mapping) and why.get("code") == "from_disk")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _buried(
    conn: sa.Connection, project_id: str, entries: Iterable[Any], *, lifted: bool
) -> list[dict[str, Any]]:
    """The tombstones that the run lifted: held back before it, lifted after it."""
    restored = {
        (_KINDS[entry.table_name], entry.source_id)
        for entry in entries
        if entry.op == "insert" and entry.table_name in _KINDS and _restored(entry.why)
    }
    if not restored:
        return []
    query = sa.select(_TOMBSTONES).where(
        _TOMBSTONES.c.project_id == project_id, _TOMBSTONES.c.lifted_at.is_not(None)
    )
    return [
        {
            "kind": stone.kind,
            "source_id": stone.source_id,
            "row_id": stone.row_id,
            "label": stone.label,
            "reason": stone.reason,
            "start_ms": stone.start_ms,
            "end_ms": stone.end_ms,
            "lifted": lifted,
        }
        for stone in conn.execute(query)
        if (stone.kind, stone.source_id) in restored
    ]


def _synced(entries: Iterable[Any], *, after: bool) -> dict[str, bool]:
    """A run that made the project's row was the first to sync it; an undo took it away again."""
    ops = {one.op for one in entries if one.table_name == "projects"}
    if "insert" in ops:
        return {"known": after}
    return {"known": not after} if "delete" in ops else {}


def _forget_if_undone(conn: sa.Connection, project_id: str) -> None:
    """A project whose first sync was undone is as new as before it.

    Release 0.1.0 went on calling it known, and as its row is gone it would now pass for one that a
    person deleted. Of project rows, nothing but an undo ever deleted one.
    """
    query = sa.select(_JOURNAL.c.op).where(
        _JOURNAL.c.project_id == project_id,
        _JOURNAL.c.table_name == "projects",
        _JOURNAL.c.op.in_(("insert", "delete")),
    )
    if conn.scalar(query.order_by(_JOURNAL.c.id.desc()).limit(1)) == "delete":
        conn.execute(
            sa.update(_PROJECTS)
            .where(_PROJECTS.c.project_id == project_id)
            .values(last_synced_at=None)
        )


def _restored(why: Mapping[str, Any]) -> bool:
    reason = why.get("")
    return reason == _RESTORED or (
        isinstance(reason, Mapping) and reason.get("code") == "restored_on_purpose"
    )
