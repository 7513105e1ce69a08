"""Counting the statements an engine runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event


class Statements(list[str]):
    """The SQL texts in order; an `executemany` counts as one."""

    @property
    def writes(self) -> list[str]:
        """Those that may change something."""
        verbs = ("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP")
        return [text for text in self if text.lstrip().upper().startswith(verbs)]


@contextmanager
def counted(engine: sa.Engine) -> Iterator[Statements]:
    """The statements run on the engine inside the block, transaction control left out."""
    seen = Statements()

    def record(conn: Any, cursor: Any, text: str, *_: Any) -> None:
        if not text.startswith("BEGIN"):
            seen.append(text)

    event.listen(engine, "before_cursor_execute", record)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", record)
