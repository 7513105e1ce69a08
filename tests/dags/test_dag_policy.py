"""Every Dag is held to the same policy."""

from __future__ import annotations

import ast
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.dags.conftest import BACKFILL_PARAMS, PROJECT_PARAMS
from tests.support.airflow_home import DAGS

DAG_IDS = ["autoclip_backfill_audit", "autoclip_project_sync", "autoclip_watch"]
PROJECT = "455d6e8c-29a4-4027-884a-ddec16f9bbe1"


def test_all_dags_load_without_errors(dag_bag: Any) -> None:
    assert dag_bag.import_errors == {}
    assert sorted(dag_bag.dags) == DAG_IDS


def test_every_dag_file_is_named_after_its_dag() -> None:
    assert sorted(path.stem for path in DAGS.glob("*.py")) == DAG_IDS


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_a_dag_has_an_owner_tags_limits_and_does_not_catch_up(dag_bag: Any, dag_id: str) -> None:
    dag = dag_bag.dags[dag_id]

    assert {"autoclip", "clipsync"} <= set(dag.tags)
    assert dag.description
    assert dag.catchup is False
    assert dag.dagrun_timeout is not None
    assert {task.owner for task in dag.tasks} == {"clipsync"}


def test_the_backfill_runs_alone_and_the_project_dag_for_many_projects(dag_bag: Any) -> None:
    assert dag_bag.dags["autoclip_backfill_audit"].max_active_runs == 1
    assert dag_bag.dags["autoclip_project_sync"].max_active_runs > 1


def test_the_watch_is_scheduled_on_what_its_watcher_tells(dag_bag: Any) -> None:
    (asset,) = dag_bag.dags["autoclip_watch"].timetable.asset_condition.objects
    (watcher,) = asset.watchers

    assert asset.name == "autoclip_finished_projects"
    assert dag_bag.dags["autoclip_watch"].get_task("start_runs").inlets == [asset]
    assert type(watcher.trigger).__name__ == "FinishedProjectsTrigger"


def test_the_watch_can_be_taken_away_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.dag_processing.dagbag import DagBag

    monkeypatch.setenv("CLIPSYNC_WATCH", "off")
    bag = DagBag(str(DAGS / "autoclip_watch.py"))

    assert bag.dags["autoclip_watch"].timetable.can_be_scheduled is False


def test_only_the_backfill_has_a_time_of_day(dag_bag: Any) -> None:
    from airflow.sdk import CronTriggerTimetable

    nightly = CronTriggerTimetable("30 2 * * *", timezone="UTC", run_immediately=timedelta(0))

    assert dag_bag.dags["autoclip_backfill_audit"].timetable == nightly
    assert dag_bag.dags["autoclip_project_sync"].timetable.can_be_scheduled is False


def test_a_backfill_takes_its_slots_from_the_pool_it_is_given(
    dag_bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a word it is the pool that every Airflow has, so that the demo needs none."""
    from airflow.dag_processing.dagbag import DagBag

    monkeypatch.setenv("CLIPSYNC_BACKFILL_POOL", "clipsync_backfill")
    given = DagBag(str(DAGS / "autoclip_backfill_audit.py")).dags["autoclip_backfill_audit"]

    assert {task.pool for task in dag_bag.dags["autoclip_backfill_audit"].tasks} == {"default_pool"}
    assert {task.pool for task in given.tasks} == {"clipsync_backfill"}


def test_single_projects_never_wait_for_the_backfills_slots(dag_bag: Any) -> None:
    project = dag_bag.dags["autoclip_project_sync"].tasks
    backfill = dag_bag.dags["autoclip_backfill_audit"]

    assert {task.pool for task in project} == {"default_pool"}
    # "downstream", Airflow's rule: the sum of what follows. Nothing can weigh more than all.
    most = sum(task.priority_weight for task in backfill.tasks)
    assert {str(task.weight_rule) for task in project} == {"absolute"}
    assert min(task.priority_weight for task in project) > most


def test_one_backfill_never_has_all_workers_at_its_shards(dag_bag: Any) -> None:
    shards = dag_bag.dags["autoclip_backfill_audit"].get_task("sync_shard")

    assert shards.max_active_tis_per_dag == 4


@pytest.mark.parametrize("switched_on", ["02:30:01", "02:44", "04:50", "12:00"])
def test_a_backfill_that_is_switched_on_waits_for_the_next_night(
    dag_bag: Any, monkeypatch: pytest.MonkeyPatch, switched_on: str
) -> None:
    """As the scheduler sees it, after the way through Airflow's database."""
    from airflow.serialization.decoders import decode_timetable
    from airflow.serialization.encoders import encode_timetable
    from airflow.timetables import trigger
    from airflow.timetables.base import TimeRestriction

    now = datetime.fromisoformat(f"2026-03-01T{switched_on}+00:00")
    stored = json.loads(json.dumps(encode_timetable(dag_bag.dags[DAG_IDS[0]].timetable)))
    timetable: Any = decode_timetable(stored)
    monkeypatch.setattr(trigger, "utcnow", lambda: now)
    first = timetable.next_dagrun_info(
        last_automated_data_interval=None, restriction=TimeRestriction(None, None, catchup=False)
    )

    assert first.run_after == datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_a_dags_documentation_is_a_manual(dag_bag: Any, dag_id: str) -> None:
    """Purpose, tasks, parameters, an example that is valid, what to do after a failure."""
    dag = dag_bag.dags[dag_id]
    manual = dag.doc_md

    assert manual.startswith("\n# ")
    assert "## Parameters" in manual
    assert "## After a failure" in manual
    assert [task for task in dag.task_ids if f"**{task}**" not in manual] == []
    assert [name for name in dag.params if f"`{name}`" not in manual] == []
    example = manual.split("Example configuration", 1)[1].split("\n\n    ", 1)[1].split("\n\n")[0]
    conf = json.loads(example)
    assert set(conf) <= set(dag.params)
    for name, value in conf.items():
        dag.params.get_param(name).resolve(value=value)


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_every_task_is_documented(dag_bag: Any, dag_id: str) -> None:
    assert [task.task_id for task in dag_bag.dags[dag_id].tasks if not task.doc_md] == []


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_every_parameter_has_a_type_a_title_and_a_description(dag_bag: Any, dag_id: str) -> None:
    params = dag_bag.dags[dag_id].params
    incomplete = {
        name: sorted({"type", "title"} - set(params.get_param(name).schema))
        for name in params
        if not {"type", "title"} <= set(params.get_param(name).schema)
        or not params.get_param(name).description
    }

    assert incomplete == {}


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_every_task_that_works_has_a_time_limit_retries_and_the_policy(
    dag_bag: Any, dag_id: str
) -> None:
    from clipsync_airflow.policy import RETRIES, RETRY_POLICY

    for task in dag_bag.dags[dag_id].tasks:
        if task.task_id == "decide":  # waits for a person, with a time limit of its own
            assert task.response_timeout
            continue
        assert isinstance(task.execution_timeout, timedelta), task.task_id
        assert task.retries == RETRIES, task.task_id
        assert task.retry_policy == RETRY_POLICY, task.task_id


@pytest.mark.parametrize("dag_id", [id_ for id_ in DAG_IDS if id_ != "autoclip_watch"])
def test_the_verdict_is_the_only_leaf_and_runs_in_any_case(dag_bag: Any, dag_id: str) -> None:
    """Leaves decide a run's state: one that succeeds would hide a failure before it."""
    dag = dag_bag.dags[dag_id]
    leaves = [task.task_id for task in dag.tasks if not task.downstream_task_ids]
    in_any_case = {task.task_id for task in dag.tasks if task.trigger_rule == "all_done"}

    assert leaves == ["verdict"]
    assert {"alert", "verdict"} <= in_any_case
    if "report" in dag.task_ids:
        assert "report" in in_any_case


def test_the_order_of_the_project_dags_tasks_is_the_manuals(dag_bag: Any) -> None:
    dag = dag_bag.dags["autoclip_project_sync"]
    order = ["wait_for_processing", "sync_to_database", "validate", "alert", "verdict"]

    assert [sorted(dag.get_task(task).downstream_task_ids) for task in order] == [
        *([task] for task in order[1:]),
        [],
    ]


@pytest.mark.parametrize(
    ("dag_id", "played"),
    [
        ("autoclip_project_sync", {"project_id": None, **PROJECT_PARAMS}),
        ("autoclip_backfill_audit", BACKFILL_PARAMS),
    ],
)
def test_tests_play_runs_with_the_parameters_that_the_form_has(
    dag_bag: Any, dag_id: str, played: dict[str, Any]
) -> None:
    assert set(dag_bag.dags[dag_id].params) == set(played)


@pytest.mark.parametrize(
    ("dag_id", "name", "value"),
    [
        ("autoclip_project_sync", "project_id", None),
        ("autoclip_project_sync", "project_id", ""),
        ("autoclip_project_sync", "project_id", PROJECT.upper()),
        ("autoclip_project_sync", "project_id", f"../{PROJECT}"),
        ("autoclip_project_sync", "project_id", f"{PROJECT}\n"),
        ("autoclip_project_sync", "wait_timeout_minutes", 0),
        ("autoclip_project_sync", "wait_timeout_minutes", 1441),
        ("autoclip_project_sync", "allow_deletes", "yes"),
        ("autoclip_backfill_audit", "project_ids", "all"),
        ("autoclip_backfill_audit", "project_ids", ["' OR 1=1 --"]),
        ("autoclip_backfill_audit", "batch_size", 0),
        ("autoclip_backfill_audit", "batch_size", 2.5),
        ("autoclip_backfill_audit", "dry_run", None),
    ],
)
def test_bad_parameters_are_refused_before_anything_runs(
    dag_bag: Any, dag_id: str, name: str, value: Any
) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    with pytest.raises(ParamValidationError):
        dag_bag.dags[dag_id].params.get_param(name).resolve(value=value)


@pytest.mark.parametrize(
    ("dag_id", "name", "value"),
    [
        ("autoclip_project_sync", "project_id", PROJECT),
        ("autoclip_project_sync", "wait_timeout_minutes", None),
        ("autoclip_backfill_audit", "project_ids", None),
        ("autoclip_backfill_audit", "project_ids", [PROJECT]),
        ("autoclip_backfill_audit", "batch_size", 5000),
    ],
)
def test_good_parameters_are_taken(dag_bag: Any, dag_id: str, name: str, value: Any) -> None:
    assert dag_bag.dags[dag_id].params.get_param(name).resolve(value=value) == value


def test_dag_files_are_thin() -> None:
    """Wiring and documentation: a task imports one module and calls one function of it."""
    functions = [
        node
        for path in DAGS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]

    assert functions
    assert [
        node.name
        for node in functions
        if [type(statement) for statement in node.body] != [ast.ImportFrom, ast.Return]
    ] == []
