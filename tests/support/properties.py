"""How property tests run here: the same examples every time, on a machine of any speed."""

from hypothesis import settings

steady = settings(deadline=None, derandomize=True)
"""Decorator for a Hypothesis test, above `@given`; as many examples as the profile says."""
