"""The fast tests try a fifth of the examples, the full ones all: in tests of every kind."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.support.profiles import FAST, FULL, examples
from tests.support.properties import steady

SHARE = {FAST: 0.2, FULL: 1.0}


def test_the_profile_says_how_many_examples_are_tried() -> None:
    share = SHARE[settings.get_current_profile_name()]
    assert (steady.max_examples, examples(150), examples(1)) == (100 * share, 150 * share, 1)


@pytest.mark.parametrize("number", [1, 2, 20, 150])
def test_at_least_one_example_is_tried(number: int) -> None:
    assert 1 <= examples(number) <= number
