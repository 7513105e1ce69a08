"""A share of the mutants of every run; `make mutants` plays all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.quality.mutants import BUGS, Bug, Mutant, World, mutants

EVERY = 3
"""One of so many damages is played here."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield World(tmp_path_factory.mktemp("mutants"))


def test_the_healthy_world_with_peoples_work_in_it_fails_no_expectation(world: World) -> None:
    assert world.look(world.database)[0] == {}


@pytest.mark.parametrize("mutant", mutants()[::EVERY], ids=lambda mutant: mutant.name)
def test_every_damage_that_a_page_shows_is_caught(world: World, mutant: Mutant) -> None:
    caught = world.play(mutant)
    assert caught.by_second or caught.person


@pytest.mark.parametrize(
    "mutant", [one for one in mutants() if one.person], ids=lambda mutant: mutant.name
)
def test_what_a_person_could_have_done_is_no_error(world: World, mutant: Mutant) -> None:
    odd = {"clip_titles", "clip_title_lengths", "collection_names", "link_orphans"}
    assert set(world.play(mutant).second) <= odd


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_every_fault_in_the_planner_is_caught(world: World, bug: Bug) -> None:
    assert world.build(bug).second
