"""Writing where others write at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

from clipsync.autoclip.database.locks import write_transaction
from clipsync.errors import ConcurrentChangeError

_ATTEMPTS = 5

Result = TypeVar("Result")


def write_patiently(engine: sa.Engine, write: Callable[[sa.Connection], Result]) -> Result:
    """What `write` gives, done in a transaction of its own; from the start where another run
    changed the same rows at that very moment.

    For what reads what it needs itself. Raises ConcurrentChangeError after five attempts.
    """
    attempt = 1
    while True:
        try:
            with write_transaction(engine) as conn:
                return write(conn)
        except ConcurrentChangeError:
            if attempt == _ATTEMPTS:
                raise
            attempt += 1
