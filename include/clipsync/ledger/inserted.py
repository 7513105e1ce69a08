"""What the journal keeps of an inserted row: not the row again, but enough to know it by.

    after = {"title": "…", "start_time": 60, "$digests": "kT9…"}

`$digests`: five bytes for each column of the row's kind, in the order of its snapshot class, zeros
where the insert did not set it. So an undo can still tell which columns somebody changed since, and
takes the row itself, which it deletes, from the table. What names a row to people is kept as it is.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import orjson

from clipsync.model.plan import Table
from clipsync.model.snapshot import ClipRow, CollectionRow, ProjectRow
from clipsync.sql import encode_stored

DIGESTS = "$digests"
SHOWN = ("title", "name", "start_time", "end_time")
"""What pages and commands call the row by."""


def shortened(table: Table, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of an insert as the journal keeps them. As they are where they hold a column that
    no snapshot has: they bring back a row that was deleted."""
    names = _COLUMNS.get(table, ())
    if not names or not values.keys() <= set(names):
        return values
    digests = b"".join(_digest(name, values[name]) if name in values else _UNSET for name in names)
    shown = {name: values[name] for name in SHOWN if name in values}
    return {**shown, DIGESTS: b64encode(digests).decode()}


def changed_columns(table: Table, kept: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    """The columns in which `row` is not as the change left it, sorted; `updated_at` is not looked
    at. `kept`: what the journal has of the change, whole or `shortened`."""
    if DIGESTS not in kept:
        return sorted(
            name
            for name, value in kept.items()
            if name != "updated_at" and _canonical(name, row.get(name)) != _canonical(name, value)
        )
    digests = b64decode(kept[DIGESTS])
    found = []
    for position, name in enumerate(_COLUMNS[table]):
        digest = digests[position * _SIZE : (position + 1) * _SIZE]
        if digest not in (_UNSET, _digest(name, row.get(name))):
            found.append(name)
    return sorted(found)


_SIZE = 5
_UNSET = bytes(_SIZE)
_REPEATED = frozenset({"project_id", "status", "project_type", "created_at", "completed_at"})
"""Columns of text in which many rows hold the same."""
_COLUMNS: Mapping[Table, tuple[str, ...]] = {
    table: tuple(one.name for one in fields(kind))
    for table, kind in (
        (Table.PROJECTS, ProjectRow),
        (Table.CLIPS, ClipRow),
        (Table.COLLECTIONS, CollectionRow),
    )
}


def _digest(name: str, value: Any) -> bytes:
    if name == "updated_at":
        return _UNSET
    if value is None or (name in _REPEATED and type(value) is str):
        return _remembered(name, value)
    return _fresh(name, value)


@lru_cache(maxsize=1024)
def _remembered(name: str, value: Any) -> bytes:
    return _fresh(name, value)


def _fresh(name: str, value: Any) -> bytes:
    data = _canonical(name, value)
    return blake2b(data, digest_size=_SIZE, person=name.encode()[:16]).digest()


def _canonical(name: str, value: Any) -> bytes:
    """The same bytes for values that are the same, however the database gives them back: 1 and 1.0,
    a time in another spelling, an object's keys in another order."""
    if type(value) is str and not name.endswith("_at"):
        encoded = value  # most columns, and the quickest way
    else:
        encoded = encode_stored(_plain(name, value))
    try:
        return orjson.dumps(encoded, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # integers of more than 64 bits, lone surrogates
        return json.dumps(encoded, sort_keys=True).encode()


def _plain(name: str, value: Any) -> Any:
    if name.endswith("_at"):
        return _moment(value)
    if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    return value


def _moment(stored: Any) -> Any:
    """A timestamp whatever its spelling: databases give back another than was written."""
    try:
        moment = datetime.fromisoformat(stored)
    except (TypeError, ValueError):
        return stored
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat()
