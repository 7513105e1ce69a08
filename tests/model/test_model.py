"""Thousands of steps in any order, and nothing a person did is lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Machine
from tests.model.world import Place
from tests.support.profiles import examples as tried

STEPS = 20
DEEP = int(os.environ.get("CLIPSYNC_MODEL_EXAMPLES", "0"))
"""Examples to run on each database instead of the usual few, and other ones each time."""


def play(url: str, root: Path, examples: int) -> int:
    """The number of steps taken."""
    place = Place(url, root)
    machine = type("Machine", (Machine,), {"place": place, "steps": 0})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=DEEP or tried(examples),
            stateful_step_count=STEPS,
            derandomize=not DEEP,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    place.close()
    return machine.steps


def test_nothing_a_person_did_is_lost_on_sqlite(
    sqlite_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("model steps on SQLite", play(sqlite_url, tmp_path / "data", examples=40))


@pytest.mark.postgres
def test_nothing_a_person_did_is_lost_on_postgresql(
    postgres_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    steps = play(postgres_url, tmp_path / "data", examples=10)
    record_property("model steps on PostgreSQL", steps)
