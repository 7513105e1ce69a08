"""The routes that mirror AutoClip's."""

from __future__ import annotations

import shutil

import pytest
from starlette.testclient import TestClient

from clipsync.web.host import BACKFILL_DAG, PROJECT_DAG, Order
from clipsync.web.rest import SyncAll, SyncOne
from tests.support.autoclip_files import project_id
from tests.support.web_host import House
from tests.web.conftest import NAME, PROJECT, audit, data_dir, sync

ONE = f"/projects/{PROJECT}/sync-data"
ALL = "/projects/sync-all-data"
KEY = {"Idempotency-Key": "k1"}


def test_sync_one_starts_a_run_and_says_where_it_is(house: House, page: TestClient) -> None:
    answer = page.post(ONE, json={"wait_timeout_minutes": 5}, headers=KEY)
    run_id = f"{PROJECT}__sync__k1"
    assert (answer.status_code, answer.json()) == (
        202,
        {
            "success": True,
            "message": "started",
            "dag_id": PROJECT_DAG,
            "run_id": run_id,
            "state": "queued",
            "created": True,
            "run_url": f"/dags/{PROJECT_DAG}/runs/{run_id}",
            "status_url": f"/api/v2/dags/{PROJECT_DAG}/dagRuns/{run_id}",
        },
    )
    conf = {"project_id": PROJECT, "wait_timeout_minutes": 5}
    assert house.orders == [Order(PROJECT_DAG, run_id, conf)]


def test_the_same_key_twice_is_one_run(house: House, page: TestClient) -> None:
    first, second = (page.post(ONE, json={}, headers=KEY).json() for _ in range(2))
    assert (first["created"], second["created"]) == (True, False)
    assert first["run_id"] == second["run_id"]
    assert len(house.orders) == 1


def test_without_a_key_equal_wishes_of_one_minute_are_one_run_and_others_are_not(
    house: House, page: TestClient
) -> None:
    bodies = [{}, {"allow_deletes": True}, {"restore_deleted": True}]
    runs = [page.post(ONE, json=body).json()["run_id"] for body in bodies]
    assert len(set(runs)) == 3


@pytest.mark.parametrize(
    ("body", "about"),
    [
        ({}, "all__sync"),
        ({"audit_only": True, "full": True}, "all__audit"),
        ({"dry_run": True}, "all__dry_run"),
        ({"project_ids": [PROJECT]}, f"{PROJECT}__sync"),
        ({"project_ids": [PROJECT, project_id(2)]}, f"{PROJECT}-and-1-more__sync"),
    ],
)
def test_sync_all_takes_the_nightly_dags_choices(
    house: House, page: TestClient, body: dict[str, object], about: str
) -> None:
    answer = page.post(ALL, json=body, headers={"Idempotency-Key": "a b/c;"})
    assert answer.status_code == 202
    assert house.orders == [Order(BACKFILL_DAG, f"{about}__a-b-c-", body)]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (ONE, {"unknown": 1}),
        (ONE, {"wait_timeout_minutes": 0}),
        (ONE, {"allow_deletes": "perhaps"}),
        (ONE, []),
        (ALL, {"project_ids": ["../../etc"]}),
        (ALL, {"project_ids": [f"{PROJECT}\n"]}),
        (ALL, {"batch_size": 5001}),
        ("/projects/nonsense/sync-data", {}),
        (f"/projects/{PROJECT.upper()}x/sync-data", {}),
    ],
)
def test_bad_input_is_a_problem_that_names_the_field(
    house: House, page: TestClient, path: str, body: object
) -> None:
    answer = page.post(path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["where"]
    assert house.orders == []


def test_what_airflow_refuses_is_passed_on(house: House, page: TestClient) -> None:
    house.refuse = (400, "Dag has import errors")
    answer = page.post(ONE, json={})
    assert (answer.status_code, answer.json()["detail"]) == (400, "Dag has import errors")


def test_the_report_says_nothing_before_the_first_audit(page: TestClient) -> None:
    report = page.get("/report").json()
    assert (report["consistent"], report["projects"], report["total"]) == (None, [], 0)


def test_the_report_has_totals_and_a_page_of_projects(house: House, page: TestClient) -> None:
    audit(house)
    report = page.get("/report").json()
    assert report["consistent"] is False
    assert report["totals"] == {
        "projects": 1,
        "completed": 1,
        "with_problems": 1,
        "studio": 0,
        "clips": 0,
        "collections": 0,
        "consistency_percent": 0.0,
    }
    (line,) = report["projects"]
    assert (line["project_id"], line["name"], line["status"]) == (PROJECT, NAME, "out_of_sync")
    assert page.get("/report?page=2").json()["projects"] == []
    assert page.get("/report?per_page=100000").status_code == 422


def test_a_project_has_both_sides_and_its_history(house: House, page: TestClient) -> None:
    sync(house)
    found = page.get(f"/projects/{PROJECT}").json()
    assert (found["name"], found["consistent"], found["changes"]["insert"]) == (NAME, True, 0)
    assert [item["mark"] for item in found["comparison"]["clips"]] == ["same"] * 3
    assert len(found["history"]["journal"]) > 0


@pytest.mark.parametrize("unknown", ["nonsense", project_id(9), "..%2F..%2Fetc%2Fpasswd"])
def test_an_unknown_project_is_404(page: TestClient, unknown: str) -> None:
    assert page.get(f"/projects/{unknown}").status_code == 404


def test_a_data_directory_that_is_gone_is_said_in_words(house: House, page: TestClient) -> None:
    shutil.rmtree(data_dir(house))
    answer = page.get("/report")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "does not exist" in answer.json()["detail"]


def test_openapi_describes_what_programs_may_use(page: TestClient) -> None:
    described = page.get("/openapi.json").json()
    assert {
        (method, path) for path, methods in described["paths"].items() for method in methods
    } == {
        ("post", "/projects/sync-all-data"),
        ("post", "/projects/{project_id}/sync-data"),
        ("get", "/report"),
        ("get", "/projects/{project_id}"),
        ("get", "/export/projects.csv"),
        ("get", "/export/projects.json"),
        ("get", "/export/report.html"),
        ("get", "/openapi.json"),
    }
    bodies = {
        path: described["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        for path in ("/projects/sync-all-data", "/projects/{project_id}/sync-data")
    }
    assert {path: sorted(body["schema"]["properties"]) for path, body in bodies.items()} == {
        "/projects/sync-all-data": sorted(SyncAll.model_fields),
        "/projects/{project_id}/sync-data": sorted(SyncOne.model_fields),
    }
