"""A Dag that is scheduled on the asset runs after a sync, and is told what is in the database."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.conftest import WARNED, FirstNight
from tests.end_to_end.house import AFTER_SYNC, BACKFILL, PROJECT, House, until

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]


def runs(house: House) -> list[dict[str, Any]]:
    answer = house.admin.call("GET", f"/dags/{AFTER_SYNC}/dagRuns?limit=100")
    return list(answer.json()["dag_runs"])


def told(house: House, run_id: str) -> dict[str, Any] | None:
    """What a run of the other Dag was told of this run's event; None before there is one."""
    for run in runs(house):
        if run["state"] == "success":
            for event in house.airflow.api.xcom(AFTER_SYNC, run["dag_run_id"], "read"):
                if event["run_id"] == run_id:
                    return dict(event)
    return None


def waited_for(house: House, run_id: str) -> dict[str, Any]:
    until(lambda: "yes" if told(house, run_id) else None, f"{AFTER_SYNC} to run after {run_id}")
    event = told(house, run_id)
    assert event is not None
    return event


def test_it_runs_after_a_backfill_with_the_counts_of_all(
    house: House, first_night: FirstNight
) -> None:
    event = waited_for(house, first_night.backfill.run_id)

    assert event["task_id"] == "publish"
    assert event["database"] == str(house.written.database.absolute())
    assert event["changes"]["insert"] > 0
    assert {name: event[name] for name in ("projects", "completed", "clips", "collections")} == {
        "projects": 13,
        "completed": 6,
        "clips": 45,
        "collections": 13,
    }
    assert {run["run_type"] for run in runs(house)} == {"asset_triggered"}


def test_it_runs_after_a_sync_of_one_project_with_its_counts(
    house: House, first_night: FirstNight
) -> None:
    event = waited_for(house, first_night.alone.run_id)

    assert (event["task_id"], event["project_id"]) == ("sync_to_database", WARNED)
    assert (event["clips"], event["collections"]) == (8, 3)


def test_lineage_in_airflow_leads_from_disk_to_database_to_report(
    house: House, first_night: FirstNight
) -> None:
    assets = {
        asset["name"]: asset
        for asset in house.admin.call("GET", "/assets?limit=100").json()["assets"]
    }

    def tasks(name: str, kind: str) -> set[tuple[str, str]]:
        return {(one["dag_id"], one["task_id"]) for one in assets[name][kind]}

    assert tasks("clipsync_disk", "consuming_tasks") == {
        (BACKFILL, "publish"),
        (BACKFILL, "sync_shard"),
        (PROJECT, "sync_to_database"),
    }
    assert tasks("clipsync_database", "producing_tasks") == {
        (BACKFILL, "publish"),
        (PROJECT, "sync_to_database"),
    }
    assert tasks("clipsync_database", "consuming_tasks") == {(BACKFILL, "report")}
    assert tasks("clipsync_report", "producing_tasks") == {(BACKFILL, "report")}
    assert assets["clipsync_database"]["uri"] == "x-autoclip://autoclip_db"
    answer = house.admin.call(
        "GET", f"/assets/events?asset_id={assets['clipsync_report']['id']}&limit=100"
    ).json()
    (report,) = [
        event
        for event in answer["asset_events"]
        if event["source_run_id"] == first_night.backfill.run_id
    ]
    assert report["extra"]["consistent"] is True
