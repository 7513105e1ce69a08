"""How property tests run here: the same examples every time, on a machine of any speed.

Two profiles: `full` (`make test`), and `fast` (`make test-fast`, or pytest's
`--hypothesis-profile=fast`), which tries a fifth of the examples.
"""

from hypothesis import settings

FAST, FULL = "fast", "full"
_SHARE = {FAST: 0.2, FULL: 1.0}
_USUAL = 100
"""Examples of a property test that says no number of its own."""

for _name, _share in _SHARE.items():
    settings.register_profile(
        _name, deadline=None, derandomize=True, max_examples=round(_USUAL * _share)
    )


def examples(number: int) -> int:
    """How many of `number` examples the profile in use tries; at least one.

    Example: `examples(150)` is 150 in `make test` and 30 in `make test-fast`.
    """
    return max(1, round(number * _SHARE.get(settings.get_current_profile_name(), 1.0)))


steady = settings(deadline=None, derandomize=True)
"""Decorator for a Hypothesis test, above `@given`."""
