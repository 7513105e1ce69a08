"""What the rooms that speak SQL (`autoclip.database`, `ledger`) share.

Lists of ids in one statement, JSON columns, timestamps, and values as the journal keeps them.
Imports SQLAlchemy, but knows no table.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, UserDefinedType

from clipsync.model.snapshot import BrokenJson

BEGIN_OPTION = "clipsync_begin"
"""Execution option of a connection: how a transaction on SQLite begins (`BEGIN` by default)."""
BEGIN_IMMEDIATE = "BEGIN IMMEDIATE"


def among(
    column: sa.ColumnElement[Any], ids: Sequence[str] | Sequence[int], dialect: Dialect
) -> sa.ColumnElement[bool]:
    """`column` is one of `ids`, however many: one parameter, so that neither the statement nor
    its number of variables grows with the batch."""
    listed: sa.ColumnElement[Any]
    if dialect.name == "sqlite":
        array = sa.literal(json.dumps(list(ids)), sa.Text())
        listed = sa.func.json_each(array).table_valued("value").c.value
    else:
        from sqlalchemy.dialects import postgresql  # here: SQLite need not load its drivers

        # Not `= ANY(array)`: in a prepared statement PostgreSQL searches that one by one.
        listed = sa.func.unnest(sa.literal(list(ids), postgresql.ARRAY(sa.Text())))
    return column.in_(sa.select(listed))


def execute_many(
    conn: sa.Connection, statement: sa.Insert | sa.Update | sa.Delete, rows: Sequence[Any]
) -> int:
    """Execute the statement once per row (a mapping; all with the same keys), as one
    `executemany`; gives the number of rows it matched.

    Does what `conn.execute(statement, rows)` does, at a third of its cost per row. The statement
    may hold no values of its own: all come from the rows.
    """
    dialect = conn.dialect
    compiled = statement.compile(dialect=dialect, column_keys=list(rows[0]))
    escaped = compiled.escaped_bind_names
    binds = []
    for name in compiled.positiontup or rows[0]:
        kind = compiled.binds[name].type
        binds.append((name, kind.dialect_impl(dialect).bind_processor(dialect)))
    parameters: list[Any]
    if compiled.positiontup:
        parameters = [
            tuple([row[name] if bind is None else bind(row[name]) for name, bind in binds])
            for row in rows
        ]
    else:
        parameters = [
            {
                escaped.get(name, name): row[name] if bind is None else bind(row[name])
                for name, bind in binds
            }
            for row in rows
        ]
    return conn.exec_driver_sql(compiled.string, parameters).rowcount


def advisory_key(name: str) -> int:
    """PostgreSQL's key of the lock on `name`: a signed 64-bit hash."""
    return int.from_bytes(hashlib.sha256(f"clipsync:{name}".encode()).digest()[:8], signed=True)


def dump_json(value: Any) -> str:
    """JSON text as AutoClip's own SQLAlchemy writes it; a `BrokenJson` gives its text back."""
    if isinstance(value, BrokenJson):
        return value.text
    return json.dumps(value)


def load_json(stored: Any) -> Any:
    """The value of a stored JSON text, or `BrokenJson` where it does not parse.

    `NaN` and `Infinity`, which Python writes though JSON knows neither, become None.
    """
    if isinstance(stored, int | float) or stored is None:
        return stored  # SQLite turns a JSON column's text 7 into the number 7
    if isinstance(stored, memoryview):
        stored = bytes(stored)
    text = stored if isinstance(stored, str) else stored.decode(errors="replace")
    try:
        value = orjson.loads(text)
        # It turns integers of more than 64 bits into floats.
        if not _has_huge_float(value):
            return value
    except ValueError:
        pass  # Python's own parser takes more: NaN, and escaped lone surrogates
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return BrokenJson(text)


def encode_stored(value: Any) -> Any:
    """A column's value as JSON that tells exactly what was stored (`decode_stored` reads it).

    Plain JSON values stay as they are. What JSON can't hold becomes an object with one key:
    `$json` (the text of a JSON column verbatim), `$bytes` (hex), `$float` (inf, nan).
    """
    if type(value) in _PLAIN:
        return value
    for kinds, encoded in _ENCODERS:
        if isinstance(value, kinds):
            return encoded(value)
    return value


def _encoded_mapping(value: Mapping[str, Any]) -> dict[str, Any]:
    # An object that looks like one of our tags, `{"$bytes": 1}`, is wrapped, so that it is none.
    tagged = len(value) == 1 and next(iter(value)) in _TAGS
    return {"$value": dict(value)} if tagged else dict(value)


_ENCODERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (float, lambda value: value if math.isfinite(value) else {"$float": repr(value)}),
    (BrokenJson, lambda value: {"$json": value.text}),
    ((bytes, bytearray, memoryview), lambda value: {"$bytes": bytes(value).hex()}),
    (Mapping, _encoded_mapping),
    (datetime, datetime.isoformat),
)
"""The first that fits says how a value is written that JSON does not hold as it is."""


def decode_stored(value: Any) -> Any:
    """The inverse of `encode_stored`."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((tag, inner),) = value.items()
    match tag:
        case "$json":
            return BrokenJson(inner)
        case "$bytes":
            return bytes.fromhex(inner)
        case "$float":
            return float(inner)
        case "$value":
            return inner
    return value


def exact_json(text: Any) -> Any:
    """The value of a JSON column's text, or the text itself as `BrokenJson` where writing the
    value would give another text: so that a row can be restored to the byte."""
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    if not isinstance(text, str):
        return text
    value = load_json(text)
    if value is not None and not isinstance(value, BrokenJson) and json.dumps(value) == text:
        return value
    return BrokenJson(text)


def clean_text(text: str) -> str:
    """Without what databases can't store as text: NUL characters and lone surrogates."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def stored_timestamp(moment: datetime, dialect: Dialect) -> str:
    """`moment` (aware) as a snapshot shows it once stored: naive UTC text on SQLite, as AutoClip's
    SQLAlchemy writes it; ISO 8601 in UTC with offset elsewhere."""
    return _stored_text(moment, dialect.name == "sqlite")


class Word(UserDefinedType[str]):
    """Text that may be a native enum in PostgreSQL and varchar elsewhere.

    A parameter of it is sent without a cast, so that it fits either; reading gives the stored
    text, known member or not.
    """

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "VARCHAR(64)"


class Number(UserDefinedType[float]):
    """An integer or a float, read and written as it is: SQLite keeps whatever was put in."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "FLOAT"


class Timestamp(UserDefinedType[str]):
    """A time as text. SQLite: the stored text. PostgreSQL: ISO 8601, in UTC where the column has
    a time zone, naive where it has none.

    Takes an aware `datetime`, or such a text, which is stored verbatim.
    """

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "TIMESTAMP"

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        def process(value: Any) -> Any:
            return stored_timestamp(value, dialect) if isinstance(value, datetime) else value

        return process

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], str | None] | None:
        return None if dialect.name == "sqlite" else _iso_text


class LedgerJson(UserDefinedType[Any]):
    """JSON in tables of our own: written fast and compact, and as `sa.JSON` reads it."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "JSON"

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:
        return _compact_json

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return load_json if dialect.name == "sqlite" else None  # psycopg has decoded it


class UtcDateTime(TypeDecorator[datetime]):
    """An aware `datetime` in UTC, on databases with and without time zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        sqlite = dialect.name == "sqlite"

        def process(value: datetime | None) -> Any:
            return None if value is None else _stored_text(value, sqlite)

        return process

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CleanText(TypeDecorator[str]):
    """Text for people, from data that may hold anything (see `clean_text`)."""

    impl = sa.Text()
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean_text(value)


_PLAIN = frozenset({str, int, bool, type(None), list})
_TAGS = frozenset({"$json", "$bytes", "$float", "$value"})


@lru_cache(maxsize=256)  # one moment is written to many rows
def _stored_text(moment: datetime, sqlite: bool) -> str:
    utc = moment.astimezone(UTC)
    if sqlite:
        return utc.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    return utc.isoformat()


def _compact_json(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # orjson's, for integers of more than 64 bits and lone surrogates
        return json.dumps(value)


def _has_huge_float(value: Any) -> bool:
    kind = type(value)
    if kind is float:
        return bool(abs(value) >= 2**63)
    if kind is dict:
        value = value.values()
    elif kind is not list:
        return False
    for inner in value:
        inner_kind = type(inner)
        if (inner_kind is float or inner_kind is dict or inner_kind is list) and _has_huge_float(
            inner
        ):
            return True
    return False


def _no_number(_: str) -> None:
    return None


def _iso_text(value: Any) -> str | None:
    if not isinstance(value, datetime):
        return None if value is None else str(value)
    return value.isoformat() if value.tzinfo is None else value.astimezone(UTC).isoformat()
