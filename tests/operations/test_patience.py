"""A write that meets another one is done again, from the start."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database.locks import write_transaction
from clipsync.errors import ConcurrentChangeError
from clipsync.operations.patience import write_patiently
from tests.support.site import Site


def test_a_write_that_meets_another_sees_what_that_one_wrote(site: Site) -> None:
    """On PostgreSQL its first attempt is refused; on SQLite the other one has to wait."""
    site.sync()
    engine = site.workspace.engine
    began, seen = threading.Event(), []

    def other() -> None:
        began.wait()
        with write_transaction(engine) as conn:
            conn.execute(sa.text("UPDATE clipsync_projects SET clips = clips + 1"))

    thread = threading.Thread(target=other)
    thread.start()

    def write(conn: sa.Connection) -> int:
        found = conn.scalar(sa.text("SELECT clips FROM clipsync_projects"))
        assert isinstance(found, int)
        seen.append(found)
        began.set()
        if engine.dialect.name == "postgresql":
            thread.join()  # it changes the row between our look and our write
        conn.execute(sa.text("UPDATE clipsync_projects SET clips = :n"), {"n": found + 10})
        return found

    found = write_patiently(engine, write)
    thread.join()
    assert seen == ([3, 4] if engine.dialect.name == "postgresql" else [3])
    assert found == seen[-1]
    assert [row["clips"] for row in site.rows("clipsync_projects")] == [14]


def test_it_is_not_tried_for_ever(site: Site) -> None:
    attempts = []

    def write(conn: sa.Connection) -> None:
        attempts.append(conn)
        raise ConcurrentChangeError("somebody else again")

    with pytest.raises(ConcurrentChangeError):
        write_patiently(site.workspace.engine, write)
    assert len(attempts) == 5
