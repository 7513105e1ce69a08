"""What the ledger knows of one project, and how it changes: base rows, tombstones, sightings.

Every change is written down as what was known before (`clipsync_ledger_journal`), so that an undo
puts back what the ledger knew as exactly as what the rows held.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clipsync.ledger import tables
from clipsync.ledger.bulk import upsert
from clipsync.ledger.migrate import is_current
from clipsync.model.base import Base, BaseRow, Tombstone, TombstoneReason
from clipsync.model.manifest import Kind
from clipsync.sql import clean_text, execute_many

RowKey = tuple[str, str]
"""Kind and row id."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How what is known of a project changes.

    `rows_before`: base rows as they were, of those that change or go; `rows_after`: as they will
    be, of those that change or come. `stones_…`: tombstones on one side only. `seen_before`: all
    collections ever seen until now, None where that does not change. `known`, `deleted`: whether
    the project was ever synced, and whether a person deleted it, before and after.
    """

    project_id: str
    rows_before: tuple[BaseRow, ...] = ()
    rows_after: tuple[BaseRow, ...] = ()
    stones_before: tuple[Tombstone, ...] = ()
    stones_after: tuple[Tombstone, ...] = ()
    seen_before: frozenset[str] | None = None
    seen_after: frozenset[str] | None = None
    known: tuple[bool, bool] = (True, True)
    deleted: tuple[bool, bool] = (False, False)

    @property
    def empty(self) -> bool:
        """The ledger knows the same before and after."""
        same = self.known[0] == self.known[1] and self.deleted[0] == self.deleted[1]
        rows = self.rows_before or self.rows_after
        stones = self.stones_before or self.stones_after
        return same and not rows and not stones and self.seen_before is None


def difference(before: Base, after: Base) -> Difference:
    """What has to be written so that the ledger knows `after` instead of `before`."""
    old = {_key(row): row for row in before.rows}
    new = {_key(row): row for row in after.rows}
    changed = [key for key in {**old, **new} if not _same_row(old.get(key), new.get(key))]
    stones_before, stones_after = _on_one_side(before.tombstones, after.tombstones)
    seen_differs = before.seen_collection_row_ids != after.seen_collection_row_ids
    return Difference(
        before.project_id,
        rows_before=tuple(old[key] for key in changed if key in old),
        rows_after=tuple(new[key] for key in changed if key in new),
        stones_before=stones_before,
        stones_after=stones_after,
        seen_before=before.seen_collection_row_ids if seen_differs else None,
        seen_after=after.seen_collection_row_ids if seen_differs else None,
        known=(before.known, after.known),
        deleted=(before.project_deleted, after.project_deleted),
    )


def write(
    conn: sa.Connection, differences: Iterable[Difference], *, run_id: str, now: datetime
) -> None:
    """Write base rows and tombstones, and down in the journal what was known before.

    Call it in the transaction that writes AutoClip's rows. `seen_…` and `deleted_…` are columns of
    the project's own record, which the caller writes.
    """
    changed = [one for one in differences if not one.empty]
    _write_rows(conn, changed, now)
    _write_tombstones(conn, changed, run_id, now)
    entries = [
        {
            "run_id": run_id,
            "project_id": one.project_id,
            "before": _side(one, "before"),
            "after": _side(one, "after"),
            "applied_at": now,
        }
        for one in changed
    ]
    if entries:
        execute_many(conn, sa.insert(tables.ledger_journal), entries)


@dataclass(frozen=True, slots=True)
class Former:
    """What the ledger knew of a project before a run, and which of it the run wrote."""

    rows: tuple[BaseRow, ...] = ()
    written: tuple[RowKey, ...] = ()
    stones: tuple[Tombstone, ...] = ()
    stones_written: tuple[Tombstone, ...] = ()
    seen: frozenset[str] | None = None
    known: bool | None = None
    deleted: bool | None = None

    def put_back(self, base: Base, keep: frozenset[RowKey]) -> Base:
        """`base` as it was before the run, except for the rows `keep`, which changed since."""
        former = {_key(row): row for row in self.rows}
        touched = {*former, *self.written} - keep
        rows = [row for row in base.rows if _key(row) not in touched]
        rows += [row for key, row in former.items() if key in touched]
        written = {_stone_key(stone) for stone in self.stones_written}
        stones = [stone for stone in base.tombstones if _stone_key(stone) not in written]
        there = {_stone_key(stone) for stone in stones}
        stones += [stone for stone in self.stones if _stone_key(stone) not in there]
        return replace(
            base,
            rows=tuple(sorted(rows, key=_key)),
            tombstones=tuple(stones),
            seen_collection_row_ids=base.seen_collection_row_ids
            if self.seen is None
            else self.seen,
            known=base.known if self.known is None else self.known,
            project_deleted=base.project_deleted if self.deleted is None else self.deleted,
        )


def read_former(conn: sa.Connection, run_id: str, project_id: str) -> list[Former]:
    """What was known of the project before the run, newest part first; empty: nothing changed."""
    if not is_current(conn):
        return []
    table = tables.ledger_journal
    query = sa.select(table.c.before, table.c.after).where(
        table.c.run_id == run_id, table.c.project_id == project_id
    )
    return [
        Former(
            rows=tuple(_row(value) for value in before.get("rows", ())),
            written=tuple((kind, row_id) for kind, row_id in after.get("rows", ())),
            stones=tuple(_stone(value) for value in before.get("tombstones", ())),
            stones_written=tuple(_stone(value) for value in after.get("tombstones", ())),
            seen=None if before.get("seen") is None else frozenset(before["seen"]),
            known=before.get("known"),
            deleted=before.get("deleted"),
        )
        for before, after in conn.execute(query.order_by(table.c.id.desc()))
    ]


def touched_projects(conn: sa.Connection, run_id: str) -> list[str]:
    """Projects of which the run changed what the ledger knows, in the order it did."""
    if not is_current(conn):
        return []
    table = tables.ledger_journal.c
    query = sa.select(table.project_id).where(table.run_id == run_id).order_by(table.id)
    return list(dict.fromkeys(conn.scalars(query)))


def _side(one: Difference, side: str) -> dict[str, Any]:
    """One side as JSON; of the rows after, the keys are enough: they are in the ledger."""
    rows: tuple[BaseRow, ...] = getattr(one, f"rows_{side}")
    shown: dict[str, Any] = {
        "rows": [_row_json(row) for row in rows]
        if side == "before"
        else [list(_key(row)) for row in rows]
    }
    stones: tuple[Tombstone, ...] = getattr(one, f"stones_{side}")
    if stones:
        shown["tombstones"] = [_stone_json(stone) for stone in stones]
    seen: frozenset[str] | None = getattr(one, f"seen_{side}")
    if seen is not None:
        shown["seen"] = sorted(seen)
    for name, sides in (("known", one.known), ("deleted", one.deleted)):
        if sides[0] != sides[1]:
            shown[name] = sides[side == "after"]
    return shown


def _row_json(row: BaseRow) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in ("source_id", "row_id", "start_ms", "end_ms")},
        "kind": row.kind.value,
        "file_values": dict(row.file_values),
        "kept_values": dict(row.kept_values),
        "stands": row.stands,
        "by_looks": row.by_looks,
    }


def _row(value: Mapping[str, Any]) -> BaseRow:
    return BaseRow(**{**value, "kind": Kind(value["kind"])})


def _stone_json(stone: Tombstone) -> dict[str, Any]:
    values = asdict(stone)
    return {**values, "kind": stone.kind.value, "reason": stone.reason.value}


def _stone(value: Mapping[str, Any]) -> Tombstone:
    return Tombstone(
        **{
            **value,
            "kind": Kind(value["kind"]),
            "reason": TombstoneReason(value["reason"]),
        }
    )


def _on_one_side(
    before: Sequence[Tombstone], after: Sequence[Tombstone]
) -> tuple[tuple[Tombstone, ...], tuple[Tombstone, ...]]:
    rest = list(after)
    gone = []
    for stone in before:
        same = next((one for one in rest if _as_stored(one) == _as_stored(stone)), None)
        if same is None:
            gone.append(stone)
        else:
            rest.remove(same)
    return tuple(gone), tuple(rest)


def _as_stored(stone: Tombstone) -> Tombstone:
    return replace(stone, label=clean_text(stone.label))


def _write_rows(conn: sa.Connection, changed: Sequence[Difference], now: datetime) -> None:
    gone = [
        {"of_project": one.project_id, "of_kind": row.kind.value, "of_row": row.row_id}
        for one in changed
        for row in one.rows_before
        if _key(row) not in {_key(new) for new in one.rows_after}
    ]
    if gone:
        table = tables.rows.c
        execute_many(
            conn,
            sa.delete(tables.rows).where(
                table.project_id == sa.bindparam("of_project"),
                table.kind == sa.bindparam("of_kind"),
                table.row_id == sa.bindparam("of_row"),
            ),
            gone,
        )
    rows = [
        {"project_id": one.project_id, **_row_json(row), "applied_at": now}
        for one in changed
        for row in one.rows_after
    ]
    upsert(conn, tables.rows, rows)


def _write_tombstones(
    conn: sa.Connection, changed: Sequence[Difference], run_id: str, now: datetime
) -> None:
    """A tombstone that is only lifted, or confirmed, keeps its row and the time it was noticed."""
    table = tables.tombstones
    for one in changed:
        stored = _stored_stones(conn, one.project_id) if one.stones_before else {}
        kept: dict[tuple[str, ...], list[int]] = {}
        for stone in one.stones_before:
            state = (*_stone_key(stone), stone.reason.value, str(stone.lifted))
            for id_ in stored.get(state, [])[:1]:
                kept.setdefault(_stone_key(stone), []).append(id_)
                stored[state].remove(id_)
        for stone in one.stones_after:
            values = _stone_values(stone, now)
            if ids := kept.get(_stone_key(stone)):
                conn.execute(sa.update(table).where(table.c.id == ids.pop(0)).values(values))
            else:
                conn.execute(
                    sa.insert(table).values(
                        project_id=one.project_id, noticed_at=now, run_id=run_id, **values
                    )
                )
        gone = [id_ for ids in kept.values() for id_ in ids]
        if gone:
            conn.execute(sa.delete(table).where(table.c.id.in_(gone)))


def _stored_stones(conn: sa.Connection, project_id: str) -> dict[tuple[str, ...], list[int]]:
    """Ids by kind, number, row id, reason, and whether it was lifted."""
    table = tables.tombstones.c
    query = sa.select(
        table.id,
        table.kind,
        table.source_id,
        table.row_id,
        table.reason,
        table.lifted_at.is_not(None),
    ).where(table.project_id == project_id)
    found: dict[tuple[str, ...], list[int]] = {}
    for id_, kind, source_id, row_id, reason, lifted in conn.execute(query.order_by(table.id)):
        state = (kind, source_id, row_id or "", reason, str(bool(lifted)))
        found.setdefault(state, []).append(id_)
    return found


def _stone_values(stone: Tombstone, now: datetime) -> dict[str, Any]:
    return {
        "kind": stone.kind.value,
        "source_id": stone.source_id,
        "row_id": stone.row_id,
        "label": stone.label,
        "reason": stone.reason.value,
        "start_ms": stone.start_ms,
        "end_ms": stone.end_ms,
        "lifted_at": now if stone.lifted else None,
        "file_values": dict(stone.file_values),
        "kept_values": dict(stone.kept_values),
    }


def _key(row: BaseRow) -> RowKey:
    return row.kind.value, row.row_id


def _stone_key(stone: Tombstone) -> tuple[str, ...]:
    return stone.kind.value, stone.source_id, stone.row_id or ""


def _same_row(old: BaseRow | None, new: BaseRow | None) -> bool:
    """As stored: a tuple and a list are the same."""
    return old == new or (
        old is not None and new is not None and _comparable(old) == _comparable(new)
    )


def _comparable(row: BaseRow) -> str:
    return json.dumps(_row_json(row), sort_keys=True, ensure_ascii=False)
