"""What the tasks do with a run's parameters, on real files and a real database."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from hypothesis import given
from hypothesis import strategies as st

from clipsync.errors import InvalidProjectIdError, TransientError, UnknownProjectError
from clipsync.operations.runs import RunContext
from clipsync.reconcile import PlanOptions
from clipsync_airflow import work
from tests.dags.conftest import Site
from tests.support.autoclip_files import clip, collection, project_id
from tests.support.properties import steady

HALF_WRITTEN = b'[{"id": "1", "generated_title"'


# -- one project -------------------------------------------------------------------------------


def test_a_project_is_synced_once_and_a_second_run_changes_nothing(site: Site) -> None:
    project = site.write(1, [clip(1), clip(2)], [collection(1, [2, 1])])

    first = work.sync_project(site.context(project_id=project))
    second = work.sync_project(site.context(project_id=project))

    assert first == {
        "success": True,
        "project_id": project,
        "name": f"项目_{project[:8]}",
        "clips_synced": 2,
        "collections_synced": 1,
        "changes": {"insert": 4, "update": 0, "delete": 0, "relink": 1, "adopt": 0},
        "quarantined": 0,
        "findings": [],
        "skipped": None,
        "stopped": None,
        "reason": None,
        "error": None,
    }
    assert second == first | {"changes": dict.fromkeys(first["changes"], 0)}
    assert site.titles(project) == ["第1段：标题", "第2段：标题"]


def test_an_xcom_holds_fifty_findings_at_most(site: Site) -> None:
    backwards = [clip(n, end_time="00:00:00,000") for n in range(2, 62)]
    project = site.write(1, backwards)

    findings = work.sync_project(site.context(project_id=project))["findings"]

    assert len(findings) == 50
    assert {one["code"] for one in findings} == {"negative_duration"}
    assert set(findings[0]) == {"code", "severity", "subject", "message"}


def test_a_file_that_can_not_be_read_fails_the_task_for_good_and_names_the_file(
    site: Site,
) -> None:
    project = site.write(1, HALF_WRITTEN)
    context = site.context(project_id=project)

    with pytest.raises(AirflowFailException, match=f"project {project}: .*clips_metadata.json"):
        work.sync_project(context)

    assert context["ti"].xcoms["task", "problem"].startswith(f"project {project}: ")


def test_a_plan_that_a_guard_stops_fails_and_names_the_way_on(site: Site) -> None:
    project = site.insert_clips(1, 5)
    site.write(1, [clip(1)])

    with pytest.raises(AirflowFailException, match="start a run with allow_deletes"):
        work.sync_project(site.context(project_id=project))
    assert len(site.titles(project)) == 5

    work.sync_project(site.context(project_id=project, allow_deletes=True))
    assert len(site.titles(project)) == 1


def test_what_a_person_deleted_comes_back_only_if_the_form_says_so(site: Site) -> None:
    project = site.write(1, [clip(1), clip(2)])
    work.sync_project(site.context(project_id=project))
    with site.engine() as engine, engine.begin() as conn:
        conn.execute(sa.text("DELETE FROM clips WHERE title LIKE '第2%'"))

    work.sync_project(site.context(project_id=project))
    deleted = site.titles(project)
    work.sync_project(site.context(project_id=project, restore_deleted=True))

    assert deleted == ["第1段：标题"]
    assert site.titles(project) == ["第1段：标题", "第2段：标题"]


def test_a_database_that_somebody_holds_is_worth_another_try(site: Site) -> None:
    project = site.write(1, [clip(1)])
    context = site.context(project_id=project, settings={"LOCK_TIMEOUT_SECONDS": "0.2"})
    with site.engine() as engine, engine.connect() as conn:
        conn.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(TransientError, match=r"autoclip\.db"):
            work.sync_project(context)
        conn.exec_driver_sql("ROLLBACK")

    assert "autoclip.db" in context["ti"].xcoms["task", "problem"]
    assert site.titles(project) == []


# -- many projects -----------------------------------------------------------------------------


def test_projects_are_shared_out_by_batches_up_to_the_most_shards(site: Site) -> None:
    for number in range(1, 8):
        site.write(number, [clip(1)])

    few = work.discover(site.context(batch_size=3))
    many = work.discover(site.context(batch_size=1, settings={"MAX_SHARDS": "2"}))
    one = work.discover(site.context(project_ids=[project_id(3)]))

    assert few == [
        {"shard": 0, "of": 3, "label": "1 of 3"},
        {"shard": 1, "of": 3, "label": "2 of 3"},
        {"shard": 2, "of": 3, "label": "3 of 3"},
    ]
    assert many == [
        {"shard": 0, "of": 2, "label": "1 of 2"},
        {"shard": 1, "of": 2, "label": "2 of 2"},
    ]
    assert one == [{"shard": 0, "of": 1, "label": "1 of 1"}]


def test_no_project_at_all_is_one_empty_shard(site: Site) -> None:
    shards = work.discover(site.context())

    assert shards == [{"shard": 0, "of": 1, "label": "1 of 1"}]
    assert work.sync_shard(site.context(), shards[0])["total_projects"] == 0


def test_an_audit_has_no_shards(site: Site) -> None:
    site.write(1, [clip(1)])

    assert work.discover(site.context(audit_only=True)) == []


@pytest.mark.parametrize(
    ("asked", "error"),
    [(project_id(9), UnknownProjectError), ("../etc", InvalidProjectIdError)],
)
def test_a_project_nobody_knows_fails_before_anything_is_done(
    site: Site, asked: str, error: type[Exception]
) -> None:
    site.write(1, [clip(1)])
    context = site.context(project_ids=[project_id(1), asked])

    with pytest.raises(error):
        work.discover(context)

    assert asked in context["ti"].xcoms["task", "problem"]


@steady
@given(ids=st.lists(st.uuids().map(str), unique=True, max_size=50), of=st.integers(1, 8))
def test_every_project_is_in_exactly_one_shard(ids: list[str], of: int) -> None:
    shards = [work.share(ids, shard, of) for shard in range(of)]

    assert sorted(id_ for shard in shards for id_ in shard) == sorted(ids)


def test_a_project_stays_in_its_shard_whatever_else_there_is() -> None:
    """Each shard lists the projects itself, and AutoClip adds some meanwhile."""
    ids = [project_id(number) for number in range(100)]
    before = [work.share(ids[:50], shard, 4) for shard in range(4)]
    after = [work.share(ids, shard, 4) for shard in range(4)]

    assert [[id_ for id_ in shard if id_ in ids[:50]] for shard in after] == before


SHARD = {"shard": 0, "of": 1, "label": "1 of 1"}


def test_a_shard_returns_counts_and_no_lists_of_ids(site: Site) -> None:
    site.write(1, [clip(1)], [collection(1, [1])])
    site.write(2, [clip(1), clip(2)])
    context = site.shard(0)

    counts = work.sync_shard(context, SHARD)

    assert counts == {
        "success": True,
        "run_id": "manual__1",
        "total_projects": 2,
        "total_synced": 2,
        "total_failed": 0,
        "stopped_projects": [],
        "clips_synced": 3,
        "collections_synced": 1,
        "quarantined": 0,
        "changes": {"insert": 6, "update": 0, "delete": 0, "relink": 1, "adopt": 0},
        "findings": {"error": 0, "warning": 0, "info": 0},
    }
    assert work.counts_of_shards(context["ti"]) == [counts]


def test_a_bad_project_fails_the_shard_at_its_end_and_the_others_are_synced(site: Site) -> None:
    bad = site.write(1, HALF_WRITTEN)
    good = site.write(2, [clip(1)])
    context = site.context()

    with pytest.raises(AirflowFailException, match=rf"^1 of 2 projects failed: {bad}: unreadable"):
        work.sync_shard(context, SHARD)

    assert site.titles(good) == ["第1段：标题"]


def test_a_stopped_plan_is_no_failure_and_is_known_even_if_another_project_fails(
    site: Site,
) -> None:
    stopped = site.insert_clips(1, 5, name="要删很多")
    site.write(1, [clip(1)])
    alone, beside = site.shard(0, project_ids=[stopped]), site.shard(1)

    assert work.sync_shard(alone, SHARD)["total_failed"] == 1
    site.write(2, HALF_WRITTEN)
    with pytest.raises(AirflowFailException, match=r"^1 of 2 projects failed"):
        work.sync_shard(beside, SHARD)

    for context in (alone, beside):
        (counts,) = work.counts_of_shards(context["ti"])
        (one,) = counts["stopped_projects"]
        assert (one["project_id"], one["name"]) == (stopped, "要删很多")
        assert "would delete 4 of the project's 5 rows" in one["reason"]


def test_a_dry_run_writes_nothing_and_says_what_a_sync_would_do(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.write(1, [clip(1), clip(2)])
    site.insert_clips(2, 5)
    site.write(2, [clip(1)])
    before = site.everything()

    with caplog.at_level(logging.INFO):
        planned = work.sync_shard(site.context(dry_run=True), SHARD)

    assert site.everything() == before
    assert (planned["dry_run"], planned["total_projects"], planned["with_changes"]) == (True, 2, 2)
    assert (planned["changes"]["insert"], planned["changes"]["delete"]) == (3, 4)
    assert f"{project_id(1)} 项目_{project_id(1)[:8]}: would insert 3" in caplog.text
    assert "Stopped: the plan would delete 4" in caplog.text


# -- the audit ---------------------------------------------------------------------------------


def test_an_audit_records_each_project_and_returns_totals(site: Site) -> None:
    synced = site.write(1, [clip(1), clip(2)])
    work.sync_project(site.context(project_id=synced))
    site.write(2, [clip(1)])

    assert work.audit(site.context()) == {
        "consistent": False,
        "totals": {
            "projects": 2,
            "completed": 2,
            "with_problems": 1,
            "studio": 0,
            "clips": 2,
            "collections": 0,
            "consistency_percent": 50.0,
        },
    }


def test_an_audit_writes_to_no_table_of_autoclips(site: Site) -> None:
    site.write(1, [clip(1)])
    site.insert_clips(1, 3)
    before = site.everything()

    work.audit(site.context(audit_only=True, full=True))
    after = site.everything()

    assert {name: after[name] for name in before} == before
    assert [name for name in after if name not in before and not name.startswith("clipsync_")] == []


def test_an_audit_is_skipped_after_a_dry_run_or_when_nothing_was_discovered(site: Site) -> None:
    failed = site.context()
    failed["ti"].failed("discover", "the disk is not mounted")

    with pytest.raises(AirflowSkipException, match="discover failed"):
        work.audit(failed)
    with pytest.raises(AirflowSkipException, match="dry run"):
        work.audit(site.context(dry_run=True))


# -- a run's parameters ------------------------------------------------------------------------


def test_a_forms_decisions_reach_the_planner(site: Site) -> None:
    assert work.options_of(site.context()) == PlanOptions()
    assert work.options_of(site.context(allow_deletes=True)) == PlanOptions(allow_deletes=True)
    assert work.options_of(site.context(allow_restore=True)) == PlanOptions(allow_restore=True)
    assert work.options_of(site.context(restore_deleted=True)) == PlanOptions(restore_all=True)
    assert work.options_of(
        site.context(project_id=project_id(1), restore_deleted=True)
    ) == PlanOptions(restore_all=True, restore_project=True)
    # What a person allowed since, in Airflow's Required actions.
    assert work.options_of(site.context(), approved=True) == PlanOptions(
        allow_deletes=True, allow_restore=True
    )


@pytest.mark.parametrize(("user", "by"), [("王芳", "王芳"), (None, "scheduled")])
def test_the_ledger_knows_who_started_a_run(site: Site, user: str | None, by: str) -> None:
    from airflow.utils.types import DagRunType

    context: dict[str, Any] = site.context() | {
        "dag_run": SimpleNamespace(run_type=DagRunType.SCHEDULED, triggering_user_name=user)
    }

    assert work.run_of(context) == RunContext(
        run_id="manual__1", command="autoclip_backfill_audit", trigger="airflow", started_by=by
    )
