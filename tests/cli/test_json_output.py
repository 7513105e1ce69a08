"""JSON on stdout: one document, whole or not at all, in UTF-8, whatever the data hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clipsync.cli.json_output import Spool, dump, print_json
from clipsync.model.snapshot import BrokenJson


@pytest.mark.parametrize(
    "value, expected",
    [
        ({"名": ["a", 1, 1.5, None, True]}, {"名": ["a", 1, 1.5, None, True]}),
        ((1, 2), [1, 2]),
        ({"b", "a"}, ["a", "b"]),
        (frozenset({2, 1}), [1, 2]),
        (Path("/x"), "/x"),
        (float("nan"), None),
        ([float("inf"), 2**70], [None, 2**70]),
        (2**70, 2**70),
        ({1: "x"}, {"1": "x"}),
        ("\ud800", "\ud800"),
        ({"deep": {"\udcff": 1}}, {"deep": {"\udcff": 1}}),
        ("\x1b\u2028", "\x1b\u2028"),
    ],
)
def test_any_value_has_a_form_in_json(value: Any, expected: Any) -> None:
    assert json.loads(dump(value)) == expected


def test_a_broken_text_is_written_as_the_ledger_keeps_it() -> None:
    assert json.loads(dump({"m": BrokenJson("{half")})) == {"m": {"$json": "{half"}}


def test_a_moment_keeps_its_zone() -> None:
    moment = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert datetime.fromisoformat(json.loads(dump(moment))) == moment


def test_what_is_nested_without_end_is_noted_and_the_rest_is_written() -> None:
    deep: Any = "bottom"
    for _ in range(5_000):
        deep = [deep]
    text = dump({"deep": deep, "other": 1}).decode()
    assert "(nested too deeply to be shown)" in text
    assert json.loads(text)["other"] == 1


def printed(capsys: pytest.CaptureFixture[str], document: dict[str, Any]) -> str:
    print_json(document)
    return capsys.readouterr().out


def test_every_key_and_every_element_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Spool() as spool:
        spool.add({"n": 1})
        spool.add({"n": "二"})
        out = printed(capsys, {"spooled": spool, "list": [1, 2], "none": [], "one": {"a": 1}})
    assert out == (
        '{\n"spooled": [\n{"n":1},\n{"n":"二"}\n],\n"list": [\n1,\n2\n],\n"none": [],\n'
        '"one": {"a":1}\n}\n'
    )


def test_an_empty_spool_is_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    with Spool() as spool:
        assert json.loads(printed(capsys, {"spooled": spool})) == {"spooled": []}


def test_a_spool_larger_than_its_memory_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    with Spool() as spool:
        for number in range(600):
            spool.add({"number": number, "text": "长" * 3_000})
        document = json.loads(printed(capsys, {"spooled": spool}))
    assert [one["number"] for one in document["spooled"]] == list(range(600))
    assert {len(one["text"]) for one in document["spooled"]} == {3_000}
