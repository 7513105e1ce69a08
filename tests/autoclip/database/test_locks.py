"""Two syncs never interleave, and nobody's edit is lost."""

from __future__ import annotations

import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database import (
    lock_projects,
    open_engine,
    read_transaction,
    write_transaction,
)
from clipsync.autoclip.database.tables import projects
from clipsync.errors import ConcurrentChangeError, DatabaseConfigError, ProjectLockedError
from tests.support.autoclip_rows import PROJECT, insert, project_row

OTHER = "64c48a05-b854-4c75-a81b-af2f6332b839"
ROUNDS = 8


def append_letters(url: str, letter: str) -> None:
    """Read a project's name, wait, and write it with a letter more, several times over."""
    engine = open_engine(url, lock_timeout=60)
    for _ in range(ROUNDS):
        with lock_projects(engine, [PROJECT, OTHER], 60), write_transaction(engine) as conn:
            name = conn.scalar(sa.select(projects.c.name).where(projects.c.id == PROJECT))
            time.sleep(0.005)
            conn.execute(
                sa.update(projects).where(projects.c.id == PROJECT).values(name=f"{name}{letter}")
            )
    engine.dispose()


def name_of(engine: sa.Engine) -> str:
    with read_transaction(engine) as conn:
        return conn.scalar(sa.select(projects.c.name).where(projects.c.id == PROJECT)) or ""


def test_syncs_in_threads_never_interleave(autoclip_engine: sa.Engine, autoclip_url: str) -> None:
    insert(autoclip_engine, projects=[project_row(name="")])
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(append_letters, autoclip_url, letter) for letter in "abc"]:
            done.result()
    assert sorted(name_of(autoclip_engine)) == sorted("abc" * ROUNDS)


def test_syncs_in_processes_never_interleave(autoclip_engine: sa.Engine, autoclip_url: str) -> None:
    insert(autoclip_engine, projects=[project_row(name="")])
    autoclip_engine.dispose()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.starmap(append_letters, [(autoclip_url, "a"), (autoclip_url, "b")])
    assert sorted(name_of(autoclip_engine)) == sorted("ab" * ROUNDS)


@pytest.mark.postgres
def test_a_lock_that_another_sync_holds_names_the_project(postgres_url: str) -> None:
    engine = open_engine(postgres_url, lock_timeout=5)
    with lock_projects(engine, [OTHER], 1):
        started = time.monotonic()
        with pytest.raises(ProjectLockedError, match=f"project {OTHER} is being synced"):
            with lock_projects(engine, [PROJECT, OTHER], 0.2):
                pytest.fail("held by two")
        assert time.monotonic() - started < 2
        with lock_projects(engine, [PROJECT], 0.2):  # nothing of the failed attempt is held
            pass
    with lock_projects(engine, [PROJECT, OTHER], 0.2):
        pass
    engine.dispose()


@pytest.mark.postgres
def test_shards_of_one_run_delete_one_after_the_other(postgres_url: str) -> None:
    engine = open_engine(postgres_url, lock_timeout=5)
    with lock_projects(engine, [PROJECT], 1, run_id="night"):
        with pytest.raises(ProjectLockedError, match="shard of run night has been deleting"):
            with lock_projects(engine, [OTHER], 0.2, run_id="night"):
                pytest.fail("held by two")
        with lock_projects(engine, [OTHER], 0.2, run_id="another night"):
            pass
        with lock_projects(engine, [OTHER], 0.2):  # nothing of the failed attempt is held
            pass
    with lock_projects(engine, [OTHER], 0.2, run_id="night"):
        pass
    engine.dispose()


@pytest.mark.postgres
def test_locks_end_with_the_block_also_when_it_fails(postgres_url: str) -> None:
    engine = open_engine(postgres_url, lock_timeout=5)
    with pytest.raises(ZeroDivisionError), lock_projects(engine, [PROJECT], 1):
        raise ZeroDivisionError
    with lock_projects(engine, [PROJECT], 0.2):
        pass
    engine.dispose()


@pytest.mark.postgres
def test_batches_in_opposite_order_do_not_deadlock(postgres_url: str) -> None:
    engine = open_engine(postgres_url, lock_timeout=30)
    ids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(200)]
    held = threading.Lock()

    def hold(project_ids: list[str]) -> int:
        count = 0
        for _ in range(10):
            with lock_projects(engine, project_ids, 30):
                assert held.acquire(blocking=False)  # never two at once
                held.release()
                count += 1
        return count

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(hold, [ids, ids[::-1]])) == [10, 10]
    engine.dispose()


@pytest.mark.postgres
def test_more_locks_than_the_server_can_hold_is_said_plainly(lonely_postgres_url: str) -> None:
    engine = open_engine(lonely_postgres_url, lock_timeout=30)
    with pytest.raises(DatabaseConfigError, match="smaller CLIPSYNC_BATCH_SIZE"):
        with lock_projects(engine, [f"project-{number}" for number in range(200_000)], 30):
            pytest.fail("held")
    engine.dispose()


@pytest.mark.postgres
def test_an_edit_by_autoclip_meanwhile_is_not_lost(postgres_url: str) -> None:
    engine = open_engine(postgres_url, lock_timeout=5)
    autoclip = sa.create_engine(engine.url)
    insert(engine, projects=[project_row(name="旧")])
    with pytest.raises(ConcurrentChangeError, match="Try again"), write_transaction(engine) as conn:
        assert conn.scalar(sa.select(projects.c.name)) == "旧"
        with autoclip.begin() as theirs:
            theirs.execute(sa.update(projects).values(name="用户改的"))
        conn.execute(sa.update(projects).values(name="我们的"))
    assert name_of(engine) == "用户改的"
    autoclip.dispose()
    engine.dispose()


def test_an_edit_by_autoclip_waits_for_our_transaction(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, lock_timeout=5)
    autoclip = sa.create_engine(sqlite_url, connect_args={"timeout": 30})
    insert(engine, projects=[project_row(name="旧")])

    def edit() -> None:
        with autoclip.begin() as theirs:
            theirs.execute(sa.update(projects).values(name="用户改的"))

    with ThreadPoolExecutor(1) as pool:
        with write_transaction(engine) as conn:
            assert conn.scalar(sa.select(projects.c.name)) == "旧"
            edited = pool.submit(edit)
            time.sleep(0.1)
            conn.execute(sa.update(projects).values(name="我们的"))
        edited.result()
    assert name_of(engine) == "用户改的"
    autoclip.dispose()
    engine.dispose()


def test_a_read_transaction_sees_one_state(autoclip_engine: sa.Engine) -> None:
    if autoclip_engine.dialect.name == "sqlite":
        with autoclip_engine.connect() as raw:
            # as AutoClip's file may be; in the other mode the writer would wait for us
            raw.connection.driver_connection.execute("PRAGMA journal_mode = WAL")  # type: ignore[union-attr]
    insert(autoclip_engine, projects=[project_row(name="旧")])
    with read_transaction(autoclip_engine) as conn:
        assert conn.scalar(sa.select(projects.c.name)) == "旧"
        with write_transaction(autoclip_engine) as writer:
            writer.execute(sa.update(projects).values(name="新"))
        assert conn.scalar(sa.select(projects.c.name)) == "旧"
    assert name_of(autoclip_engine) == "新"


@pytest.mark.postgres
def test_a_read_transaction_can_not_write(postgres_url: str) -> None:
    engine = open_engine(postgres_url, lock_timeout=5)
    with pytest.raises(DatabaseConfigError, match="read-only transaction"):
        with read_transaction(engine) as conn:
            conn.execute(sa.insert(projects), project_row())
    # and the connection it used can write again
    with write_transaction(engine) as conn:
        conn.execute(sa.insert(projects), project_row())
    engine.dispose()


def test_a_block_that_fails_writes_nothing(autoclip_engine: sa.Engine) -> None:
    with pytest.raises(ZeroDivisionError), write_transaction(autoclip_engine) as conn:
        conn.execute(sa.insert(projects), project_row())
        raise ZeroDivisionError
    assert name_of(autoclip_engine) == ""


def test_a_savepoint_undoes_one_project_only(autoclip_engine: sa.Engine) -> None:
    with write_transaction(autoclip_engine) as conn:
        conn.execute(sa.insert(projects), project_row())
        with pytest.raises(ZeroDivisionError), conn.begin_nested():
            conn.execute(sa.insert(projects), project_row(OTHER))
            raise ZeroDivisionError
    with read_transaction(autoclip_engine) as conn:
        assert conn.scalars(sa.select(projects.c.id)).all() == [PROJECT]


def test_nothing_is_left_beside_the_database(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url, lock_timeout=1)
    insert(engine, projects=[project_row()])
    engine.dispose()
    assert [path.name for path in tmp_path.iterdir()] == ["autoclip.db"]
