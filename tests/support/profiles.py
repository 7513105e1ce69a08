"""How many examples the property tests try: all of them, or a fifth.

Two profiles: `full` (`make test`), and `fast` (`make test-fast`, or pytest's
`--hypothesis-profile=fast`). pytest chooses between this module's import and that of the tests.
"""

from hypothesis import settings

FAST, FULL = "fast", "full"
_SHARE = {FAST: 0.2, FULL: 1.0}
_USUAL = 100
"""Examples of a property test that names no number of its own."""

for _name, _share in _SHARE.items():
    settings.register_profile(_name, max_examples=round(_USUAL * _share))


def examples(number: int) -> int:
    """How many of `number` examples the profile in use tries; at least one.

    Example: `examples(150)` is 150 in `make test` and 30 in `make test-fast`.
    """
    return max(1, round(number * _SHARE.get(settings.get_current_profile_name(), 1.0)))
