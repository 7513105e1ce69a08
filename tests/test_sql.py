"""What the rooms that speak SQL share."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from clipsync.model.snapshot import BrokenJson
from clipsync.sql import (
    clean_text,
    decode_stored,
    dump_json,
    encode_stored,
    exact_json,
    execute_many,
    load_json,
    stored_timestamp,
)

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)
TAGGED = st.dictionaries(st.sampled_from(["$json", "$bytes", "$float", "$value"]), JSON_VALUES)


@given(JSON_VALUES | TAGGED | st.binary() | st.text().map(BrokenJson) | st.floats(allow_nan=False))
def test_a_stored_value_survives_the_journal(value: object) -> None:
    assert decode_stored(json.loads(json.dumps(encode_stored(value)))) == value


@given(JSON_VALUES)
def test_json_is_read_as_it_was_written(value: object) -> None:
    text = dump_json(value)
    assert text == json.dumps(value)
    assert load_json(text) == value
    assert load_json(text.encode()) == value


@given(JSON_VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_exact_json_writes_the_very_text_again(
    value: object, ensure_ascii: bool, indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)
    assert dump_json(exact_json(text)) == text


@given(st.text())
def test_no_text_breaks_reading_json(text: str) -> None:
    value = load_json(text)
    assert value == BrokenJson(text) or not isinstance(value, BrokenJson)


def test_large_integers_stay_integers_wherever_they_are() -> None:
    value = {"a": [{"b": 2**64}], "c": -(2**80), "d": 1.5}
    found = load_json(json.dumps(value))
    assert found == value
    assert type(found["a"][0]["b"]) is type(found["c"]) is int


def test_what_json_does_not_know_becomes_null() -> None:
    assert load_json('{"id": "1", "a": NaN, "b": [Infinity, -Infinity]}') == {
        "id": "1",
        "a": None,
        "b": [None, None],
    }


def test_a_number_that_json_can_not_hold_survives_the_journal() -> None:
    assert math.isnan(decode_stored(json.loads(json.dumps(encode_stored(math.nan)))))


def test_a_moment_is_stored_in_utc() -> None:
    moment = datetime(2024, 6, 1, 8, 30, tzinfo=timezone(timedelta(hours=8)))
    assert stored_timestamp(moment, sqlite.dialect()) == "2024-06-01 00:30:00.000000"
    assert stored_timestamp(moment, postgresql.dialect()) == "2024-06-01T00:30:00+00:00"


def test_text_is_cleaned_of_what_no_database_stores() -> None:
    assert clean_text("零\0 \ud83d 标题 🎬") == "零� ? 标题 🎬"


def test_many_rows_are_written_as_sqlalchemy_writes_them(autoclip_engine: sa.Engine) -> None:
    table = sa.Table(
        "clipsync_try",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("100%", sa.String(20)),
        sa.Column("values", sa.JSON(none_as_null=True)),
    )
    now = datetime(2024, 6, 1, 8, 30, 15, 250, tzinfo=UTC)
    if autoclip_engine.dialect.name == "sqlite":
        now = now.replace(tzinfo=None)
    row = {"at": now, "100%": "标题%s 🎬", "values": {"键": [1, None]}}
    with autoclip_engine.begin() as conn:
        table.create(conn)
        conn.execute(sa.insert(table), [{"id": 1, **row}])
        assert execute_many(conn, sa.insert(table), [{"id": 2, **row}, {"id": 3, **row}]) == 2
        same = sa.update(table).where(table.c.id == sa.bindparam("of_id"))
        updates = [{"of_id": 2, "values": None}, {"of_id": 9, "values": None}]
        assert execute_many(conn, same, updates) == 1
        first, second, third = conn.execute(sa.select(table).order_by(table.c.id)).all()
    assert tuple(third)[1:] == tuple(first)[1:] == tuple(row.values())
    assert tuple(second)[1:] == (now, row["100%"], None)


@pytest.mark.parametrize("value", [None, 7, 1.5])
def test_numbers_in_json_columns_are_themselves(value: object) -> None:
    assert load_json(value) == value
