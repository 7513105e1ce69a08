"""Rule 9: still processing is no error, and a project's status is written with care."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.histories.home import Home, clip, coll, five
from tests.support import autoclip_app as autoclip
from tests.support.autoclip_app import TASKS
from tests.support.autoclip_files import project_id

ALL = {1: "T1", 2: "T2", 3: "T3", 4: "T4", 5: "T5"}


def status(home: Home) -> str:
    (row,) = home.rows("projects")
    return str(row["status"])


def test_a_retry_under_way_changes_nothing(home: Home) -> None:
    """Rule 9: told by AutoClip's newest run."""
    home.write()
    home.sync()
    state = home.state()
    home.write([clip(1, title="New"), *five()[1:]])
    home.start_task()
    said = home.sync()
    assert said.json["skipped"] is not None
    assert "retry_under_way" in said.codes
    assert home.state()["clips"] == state["clips"]


@pytest.mark.parametrize("hours", [1, 72])
def test_a_task_dated_in_the_future_is_no_retry(home: Home, hours: int) -> None:
    """Rule 9: a clock that is ahead, or local time written as UTC."""
    home.write()
    home.insert_project(status="PENDING")
    home.start_task(hours=hours)
    assert home.sync().json["skipped"] is None
    assert home.titles() == ALL


def test_a_task_that_died_days_ago_is_no_retry(home: Home) -> None:
    """Rule 9: updated within the freshness limit, or it says nothing."""
    home.write()
    home.insert_project(status="PENDING")
    home.start_task(hours=-72)
    assert home.sync().json["skipped"] is None


def test_a_run_that_ended_is_no_retry(home: Home) -> None:
    """Rule 9: the outer row says RUNNING for ever; the run is its two rows."""
    home.write()
    home.insert_project(status="PENDING")
    task = home.start_task(hours=-0.1)
    with home.autoclip() as conn:
        conn.execute(sa.update(TASKS).values(celery_task_id="one"))
        autoclip.finish_task(conn, task, now=datetime.now(UTC))
    assert home.sync().json["skipped"] is None
    assert status(home) == "COMPLETED"


@pytest.mark.parametrize("outer", ["RUNNING", "PENDING"])
@pytest.mark.parametrize("milliseconds", [-3, 3])
def test_the_outer_row_says_nothing_in_either_order(
    home: Home, outer: str, milliseconds: int
) -> None:
    """Rule 9: rows of one run are milliseconds apart in either order."""
    home.write()
    home.insert_project(status="PENDING")
    task = home.start_task(hours=-0.1)
    with home.autoclip() as conn:
        autoclip.finish_task(conn, task, now=datetime.now(UTC))
        conn.execute(sa.update(TASKS).values(celery_task_id="one"))
        inner = conn.execute(
            sa.select(TASKS.c.created_at).where(TASKS.c.id == task.inner_id)
        ).scalar_one()
        when = inner + timedelta(milliseconds=milliseconds)
        conn.execute(
            sa.update(TASKS)
            .where(TASKS.c.id == task.outer_id)
            .values(status=outer, created_at=when, updated_at=when)
        )
    assert home.sync().json["skipped"] is None


@pytest.mark.parametrize("before", ["PENDING", "PROCESSING"])
def test_a_status_with_complete_files_is_repaired(home: Home, before: str) -> None:
    """Rule 9."""
    home.write()
    home.insert_project(status=before)
    home.sync()
    assert status(home) == "COMPLETED"


def test_failed_in_its_last_step_is_repaired(home: Home) -> None:
    """Rule 9: AutoClip 1.1 failed with everything on disk; nobody knew the files before."""
    home.write()
    home.insert_project(status="FAILED")
    home.sync()
    assert status(home) == "COMPLETED"
    assert home.titles() == ALL


def fail_a_retry(home: Home) -> None:
    """AutoClip runs the project again, and fails without a word on the disk."""
    task = home.start_task()
    with home.autoclip() as conn:
        now = datetime.now(UTC)
        autoclip.finish_task(conn, task, now=now, status="FAILED", error="no model key")
        autoclip.set_project_status(conn, project_id(1), "FAILED", now=now)


def test_a_failed_retry_stays_failed(home: Home) -> None:
    """Rule 9: the ledger knew the files before that run began; they are an earlier run's."""
    home.write()
    home.sync()
    fail_a_retry(home)
    said = home.sync()
    assert status(home) == "FAILED"
    assert "last_run_failed" in said.codes
    assert "no model key" in said.text


def test_rows_of_a_failed_retry_are_synced_all_the_same(home: Home) -> None:
    """Rule 9: the status is left, the clips of the earlier run are the truth."""
    home.write()
    home.sync()
    fail_a_retry(home)
    home.lose("clips")
    home.sync()
    assert home.titles() == ALL


def test_no_files_yet_is_no_error(home: Home) -> None:
    """Rule 9: processing, or died there."""
    home.insert_project(status="PROCESSING")
    (home.dir() / "metadata").mkdir(parents=True)
    assert home.sync_all().json["success"]
    assert home.audit().json["consistent"]
    assert status(home) == "PROCESSING"


def test_nothing_worth_cutting_is_complete(home: Home) -> None:
    """Contract: no marker, both step files empty: completed with 0 clips."""
    home.insert_project(status="PROCESSING")
    (home.dir() / "metadata").mkdir(parents=True)
    for name in ("step4_titles.json", "step5_collections.json"):
        (home.dir() / "metadata" / name).write_text("[]")
    home.sync_all()
    assert status(home) == "COMPLETED"


def test_lower_case_enum_names_are_repaired(home: Home) -> None:
    """Rule 10: AutoClip can't read them; they mean the same."""
    home.write(five(), [coll(1, [1])])
    home.sync()
    with home.autoclip() as conn:
        conn.execute(sa.text("UPDATE clips SET status = 'completed'"))
        conn.execute(sa.text("UPDATE collections SET status = 'completed'"))
    home.run("sync", project_id(1), "--json")
    with home.engine.connect() as conn:
        found = conn.execute(
            sa.text("SELECT status FROM clips UNION SELECT status FROM collections")
        )
        assert {row[0] for row in found} == {"COMPLETED"}


def test_an_edit_during_a_retry_is_an_edit(home: Home) -> None:
    """Rules 2, 9."""
    home.write()
    home.sync()
    task = home.start_task()
    home.edit_clip(home.clip(1), title="Mine")
    home.delete_clip(5)
    home.sync()
    home.write([clip(number, title=f"New{number}") for number in range(1, 6)])
    with home.autoclip() as conn:
        autoclip.finish_task(conn, task, now=datetime.now(UTC))
    home.sync()
    assert home.titles() == {1: "Mine", 2: "New2", 3: "New3", 4: "New4"}
