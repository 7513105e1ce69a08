"""Sync: what reaches the database, and what does not."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database.locks import lock_projects, write_transaction
from clipsync.errors import DataDirectoryError, InvalidProjectIdError, UnknownProjectError
from clipsync.ledger import tables
from clipsync.model.reason import Reason, ReasonCode
from clipsync.operations.auditing import audit_projects
from clipsync.operations.planning import plan_projects
from clipsync.operations.results import AuditStatus
from clipsync.operations.workspace import Workspace
from tests.support.autoclip_app import own_sync, start_task
from tests.support.autoclip_files import (
    clip,
    collection,
    project_id,
    tree_state,
    write_file,
    write_project,
)
from tests.support.autoclip_rows import clip_row, insert
from tests.support.site import OURS, PROJECT, Site


def test_a_completed_project_is_in_the_database_afterwards(site: Site) -> None:
    (result,) = site.sync()

    assert (result.success, result.clips_synced, result.collections_synced) == (True, 3, 2)
    assert dict(result.changes) == {"insert": 6, "update": 0, "delete": 0, "relink": 2, "adopt": 0}
    (project,) = site.rows("projects")
    assert (project["id"], project["status"]) == (PROJECT, "COMPLETED")
    assert project["completed_at"] is not None
    assert [row["clips_count"] for row in site.rows("collections")] == [2, 1] or [
        row["clips_count"] for row in site.rows("collections")
    ] == [1, 2]
    assert len(site.rows("clip_collection")) == 3


def test_rule_10_a_second_sync_writes_nothing(site: Site) -> None:
    site.sync()
    before = site.everything()

    (again,) = site.sync()

    assert set(again.changes.values()) == {0}
    assert site.everything() == before
    assert [plan.empty for plan in plan_projects(site.workspace, None)] == [True]
    assert audit_projects(site.workspace, None).consistent


def test_a_project_that_autoclip_filled_itself_is_adopted_not_filled_twice(site: Site) -> None:
    directory = site.root / "projects" / PROJECT
    with site.workspace.engine.begin() as conn:
        own_sync(conn, directory, rng=Random(1), now=datetime.now(UTC))
    before = {row["id"] for row in site.rows("clips")} | {
        row["id"] for row in site.rows("collections")
    }

    (result,) = site.sync()

    after = {row["id"] for row in site.rows("clips")} | {
        row["id"] for row in site.rows("collections")
    }
    assert after == before
    assert result.changes["insert"] == 0
    assert result.changes["adopt"] == 5


def test_guests_write_only_the_four_tables_and_their_own(site: Site) -> None:
    site.execute("CREATE TABLE somebody_else (id integer)")
    site.execute("INSERT INTO somebody_else VALUES (7)")
    inspector = sa.inspect(site.workspace.engine)
    schema = {
        name: [(c["name"], str(c["type"])) for c in inspector.get_columns(name)]
        for name in (*OURS, "tasks", "somebody_else")
    }
    tables = set(inspector.get_table_names())
    disk = tree_state(site.root)

    site.sync()

    inspector = sa.inspect(site.workspace.engine)
    new = set(inspector.get_table_names()) - tables
    assert new and all(name.startswith("clipsync_") for name in new)
    assert schema == {
        name: [(c["name"], str(c["type"])) for c in inspector.get_columns(name)] for name in schema
    }
    assert site.rows("somebody_else") == [{"id": 7}]
    assert site.rows("tasks") == []
    assert tree_state(site.root) == disk


def test_rule_9_a_retry_under_way_is_left_alone(site: Site) -> None:
    site.sync()
    site.execute("UPDATE projects SET status = 'PENDING'")
    site.write([clip(1, generated_title="重来")], [])
    with site.workspace.engine.begin() as conn:
        start_task(conn, PROJECT, rng=Random(1), now=datetime.now(UTC))
    before = site.everything()

    (result,) = site.sync()

    assert result.skipped == Reason(ReasonCode.RETRY_UNDER_WAY)
    assert site.everything() == before


def test_rule_9_a_task_that_runs_for_ever_does_not_stop_a_repair(site: Site) -> None:
    site.sync()
    site.execute("UPDATE projects SET status = 'PROCESSING'")
    with site.workspace.engine.begin() as conn:
        start_task(conn, PROJECT, rng=Random(1), now=datetime.now(UTC) - timedelta(days=2))

    site.sync()

    assert [row["status"] for row in site.rows("projects")] == ["COMPLETED"]


@pytest.mark.parametrize(
    "damage",
    [
        sa.update(tables.rows).values(kind="zzz"),
        sa.update(tables.rows).values(file_values=[1]),
        sa.insert(tables.tombstones).values(
            kind="clip", source_id="9", label="", reason="zzz", noticed_at=datetime.now(UTC)
        ),
    ],
    ids=["kind", "values", "reason"],
)
def test_rule_11_a_damaged_value_of_the_ledger_ends_one_project(
    site: Site, damage: sa.Insert | sa.Update
) -> None:
    """An unexpected fault is told of its project; the others are synced and looked at."""
    other = project_id(5)
    write_project(site.root, other, clips=[clip(1)], collections=[])
    site.sync(None)
    mine = damage.values(project_id=PROJECT)
    if isinstance(damage, sa.Update):
        mine = damage.where(tables.rows.c.project_id == PROJECT)
    with site.workspace.engine.begin() as conn:
        conn.execute(mine)
    write_project(site.root, other, clips=[clip(1, generated_title="新")], collections=[])

    results = {result.project_id: result for result in site.sync(None)}

    bad = results[PROJECT]
    assert (bad.success, results[other].success) == (False, True)
    assert (bad.error or "").startswith(f"project {PROJECT}: unexpected ")
    assert [row["title"] for row in site.rows("clips") if row["project_id"] == other] == ["新"]
    entries = {one.project_id: one for one in audit_projects(site.workspace, None).entries}
    assert (entries[PROJECT].status, entries[other].status) == (
        AuditStatus.FAILED,
        AuditStatus.CONSISTENT,
    )


def test_rule_11_a_bad_project_is_not_a_bad_run(site: Site) -> None:
    bad, good = project_id(2), project_id(3)
    directory = write_project(site.root, bad, clips=[clip(1)], collections=[])
    write_file(directory / "metadata/clips_metadata.json", b'[{"id": "1", ')
    write_project(site.root, good, clips=[clip(1)], collections=[])

    results = {result.project_id: result for result in site.sync(None)}

    assert results[good].success and results[PROJECT].success
    assert not results[bad].success
    assert f"projects/{bad}/metadata/clips_metadata.json: half-written JSON" in str(
        results[bad].error
    )


def test_a_project_the_database_refuses_does_not_take_its_batch_along(
    site: Site,
) -> None:
    other = project_id(2)
    write_project(site.root, other, clips=[clip(1)], collections=[])
    site.sync()
    # Somebody's row sits under the very id that the other project's clip would get.
    (plan,) = plan_projects(site.workspace, [other])
    wanted = next(change.row_id for change in plan.changes if change.table == "clips")
    by_hand = clip_row(9, id=wanted, project_id=PROJECT, clip_metadata=None)
    insert(site.workspace.engine, clips=[by_hand])

    results = {result.project_id: result for result in site.sync(None)}

    assert not results[other].success and results[other].transient
    assert results[PROJECT].success


def test_rule_8_a_lost_mount_is_told_in_one_line_and_changes_nothing(site: Site) -> None:
    site.sync()
    before = site.everything()
    shutil.rmtree(site.root / "projects" / PROJECT)
    write_project(site.root, project_id(9), clips=[clip(1)], collections=[])

    with pytest.raises(DataDirectoryError, match="holds none of the 1 projects"):
        site.sync(None)

    assert site.everything() == before


def test_rule_8_a_missing_directory_is_reported_never_deleted(site: Site) -> None:
    write_project(site.root, project_id(2), clips=[clip(1)], collections=[])
    site.sync(None)
    before = site.everything()
    shutil.rmtree(site.root / "projects" / PROJECT)

    results = {result.project_id: result for result in site.sync(None)}

    assert [finding.code for finding in results[PROJECT].findings] == ["directory_missing"]
    assert site.everything() == before
    statuses = {
        entry.project_id: entry.status for entry in audit_projects(site.workspace, None).entries
    }
    assert statuses == {PROJECT: AuditStatus.MISSING, project_id(2): AuditStatus.CONSISTENT}


def test_rule_8_more_deletes_than_half_a_project_stop_it_until_allowed(site: Site) -> None:
    site.sync()
    before = site.everything()
    site.write([], [])

    (stopped,) = site.sync()
    assert not stopped.success
    values = {"deletes": 5, "rows": 5, "limit": 0.5}
    assert stopped.stopped == Reason(ReasonCode.PROJECT_LIMIT, values)
    assert site.everything() == before

    (allowed,) = site.sync(allow_deletes=True)
    assert allowed.success
    assert (site.rows("clips"), site.rows("collections"), site.rows("clip_collection")) == (
        [],
        [],
        [],
    )


def test_rule_8_more_deletes_than_a_tenth_of_a_run_stop_every_deleting_project(site: Site) -> None:
    other = project_id(2)
    write_project(site.root, other, clips=[clip(1), clip(2)], collections=[])
    site.sync(None)
    site.write([clip(1), clip(2)], [collection(1, [1]), collection(2, [2])])

    results = {result.project_id: result for result in site.sync(None)}
    assert results[other].success
    values = {"deletes": 1, "rows": 7, "limit": 0.1}
    assert results[PROJECT].stopped == Reason(ReasonCode.RUN_LIMIT, values)
    assert len(site.rows("clips")) == 5

    assert all(result.success for result in site.sync(None, allow_deletes=True))
    assert len(site.rows("clips")) == 4


def test_deletes_within_the_runs_limit_are_made_at_its_end(site: Site) -> None:
    write_project(
        site.root, project_id(2), clips=[clip(number) for number in range(1, 20)], collections=[]
    )
    site.sync(None)
    site.write([clip(1), clip(2)], [collection(1, [1]), collection(2, [2])])

    assert all(result.success for result in site.sync(None))

    assert len(site.rows("clips")) == 21


def test_a_project_another_sync_holds_fails_alone_and_transient(
    site: Site, autoclip_url: str
) -> None:
    if not autoclip_url.startswith("postgresql"):
        pytest.skip("SQLite has one lock for all")
    other = project_id(2)
    write_project(site.root, other, clips=[clip(1)], collections=[])
    impatient = Workspace(
        site.workspace.data,
        site.workspace.engine,
        site.workspace.settings.model_copy(update={"lock_timeout_seconds": 0.2}),
    )
    with lock_projects(site.workspace.engine, [PROJECT], 5):
        results = {
            result.project_id: result for result in replace(site, workspace=impatient).sync(None)
        }
    assert results[other].success
    assert (results[PROJECT].success, results[PROJECT].transient) == (False, True)


def test_an_edit_at_the_same_moment_is_not_lost(site: Site, autoclip_url: str) -> None:
    """AutoClip edits a title between our reading and our writing."""
    if not autoclip_url.startswith("postgresql"):
        pytest.skip("on SQLite nobody else can write meanwhile")
    site.sync()
    site.write([clip(number, generated_title=f"新{number}") for number in (1, 2, 3)], [])
    site.write(
        [clip(number, generated_title=f"新{number}") for number in (1, 2, 3)],
        [collection(1, [3, 1]), collection(2, [2])],
    )
    edited = next(row["id"] for row in site.rows("clips") if row["title"].startswith("第2"))
    once = iter([True])

    def edit_meanwhile(conn, cursor, statement, parameters, context, executemany) -> None:
        if statement.startswith("UPDATE clips") and next(once, False):
            with sa.create_engine(site.workspace.engine.url).begin() as other:
                other.execute(
                    sa.text("UPDATE clips SET title = '我的' WHERE id = :id"), {"id": edited}
                )

    sa.event.listen(site.workspace.engine, "before_cursor_execute", edit_meanwhile)
    (result,) = site.sync()

    assert result.success
    assert site.titles() == ["我的", "新1", "新3"]


@pytest.mark.parametrize("hostile", ["../../etc", "x", PROJECT.upper() + "x", "", "'; DROP"])
def test_a_malformed_id_is_bad_input_and_changes_nothing(site: Site, hostile: str) -> None:
    with pytest.raises(InvalidProjectIdError):
        site.sync(hostile)
    assert site.rows("projects") == []


def test_an_unknown_id_is_bad_input(site: Site) -> None:
    with pytest.raises(UnknownProjectError):
        site.sync(project_id(77))


def test_nothing_is_written_while_only_planning(site: Site) -> None:
    with write_transaction(site.workspace.engine):
        pass
    before = sa.inspect(site.workspace.engine).get_table_names()
    assert [plan.counts()["insert"] for plan in plan_projects(site.workspace, None)] == [6]
    assert audit_projects(site.workspace, None).consistent is False
    assert sa.inspect(site.workspace.engine).get_table_names() == before
    assert site.rows("projects") == []
