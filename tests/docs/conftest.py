"""The home that histories are played in, for those that the page tells."""

from tests.histories.conftest import home, ready_database

__all__ = ["home", "ready_database"]
