"""What was told is kept, small, in Airflow's asset state store."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from clipsync.autoclip.disk.markers import Finish
from clipsync_airflow.memory import SHARDS, Memory
from tests.dags.stores import FakeStore
from tests.support.autoclip_files import project_id

ONE, TWO = project_id(1), project_id(2)
LARGEST = 2**64 - 1


def reread(store: FakeStore) -> Memory:
    memory = Memory(store)
    assert asyncio.run(memory.read())
    return memory


def begun(*marks: tuple[str, int]) -> FakeStore:
    store = FakeStore()
    asyncio.run(Memory(store).begin(marks))
    return store


def test_nothing_is_known_before_the_first_beginning() -> None:
    memory = Memory(FakeStore())

    assert asyncio.run(memory.read()) is False
    assert not memory.knows(ONE, 1)


def test_a_watch_may_begin_with_nothing() -> None:
    assert len(reread(begun())) == 0


def test_what_was_there_at_the_beginning_is_known_in_the_next_life() -> None:
    memory = reread(begun((ONE, 0), (TWO, LARGEST)))

    assert [memory.knows(ONE, 0), memory.knows(TWO, LARGEST)] == [True, True]
    assert [memory.knows(ONE, LARGEST), memory.knows(TWO, 1)] == [False, False]


def test_what_was_told_is_known_in_the_next_life_and_takes_its_forerunners_place() -> None:
    store = begun((ONE, 1))
    memory = reread(store)

    asyncio.run(memory.add([Finish(ONE, 2, replaces=1), Finish(TWO, 3)]))

    for life in (memory, reread(store)):
        assert [life.knows(ONE, 1), life.knows(ONE, 2), life.knows(TWO, 3)] == [False, True, True]
        assert len(life) == 2


def test_telling_of_one_project_rewrites_one_small_value() -> None:
    ids = [project_id(number) for number in range(20_000)]
    store = begun(*((id_, number) for number, id_ in enumerate(ids)))
    memory = reread(store)
    sizes = store.sizes()
    store.written.clear()

    asyncio.run(memory.add([Finish(ids[0], LARGEST, replaces=0)]))

    assert len(sizes) == SHARDS + 1
    assert sum(sizes.values()) < 12 * len(ids)
    assert max(sizes.values()) < 2 * 11 * len(ids) / SHARDS
    assert len(store.written) == 1


def test_half_a_beginning_is_none() -> None:
    store = FakeStore(fails_after=1)
    with pytest.raises(ConnectionError):
        asyncio.run(Memory(store).begin([(ONE, 1), (TWO, 2)]))

    assert store.values
    assert asyncio.run(Memory(store).read()) is False


@pytest.mark.parametrize("value", ["not base64!", "AAA=", 7, None, {"a": 1}])
def test_a_value_that_somebody_spoiled_is_forgotten(value: Any) -> None:
    store = begun((ONE, 1))
    (key,) = set(store.values) - {"watch"}
    store.values[key] = json.dumps(value)

    assert not reread(store).knows(ONE, 1)


@pytest.mark.parametrize("index", [None, 7, [], {"format": 2, "shards": []}])
def test_an_index_of_another_form_is_as_none(index: Any) -> None:
    store = begun((ONE, 1))
    store.values["watch"] = json.dumps(index)

    assert asyncio.run(Memory(store).read()) is False
