"""Who gets what, asked of a real Airflow: everyone who may be there by every route there is."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.airflow_server import ApiServer
from tests.web.conftest import PROJECT
from tests.web.test_security import GETS, POSTS

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("api_server")]

BASE = "/clipsync"
READERS = ("viewer", "user", "admin")
# No Data Docs were built for this server; a redirect leads to their first page.
FOUND = {"/data-docs/index.html": 404, "/data-docs": 307}


@pytest.mark.parametrize("path", GETS)
def test_reading(api_server: ApiServer, path: str) -> None:
    expected = {None: 401} | dict.fromkeys(READERS, FOUND.get(path, 200))
    got = {}
    for user in expected:
        with api_server.client(user) as client:
            got[user] = client.get(BASE + path).status_code
    assert got == expected


@pytest.mark.parametrize("bearer", [False, True])
@pytest.mark.parametrize("path", POSTS)
def test_starting(api_server: ApiServer, path: str, bearer: bool) -> None:
    expected = {None: 401, "viewer": 403, "user": 202, "admin": 202}
    got = {}
    for user in expected:
        with api_server.client(user, bearer=bearer) as client:
            key = {"Idempotency-Key": f"{user}-{bearer}"}
            answer = client.post(BASE + path.format(project_id=PROJECT), json={}, headers=key)
            got[user] = answer.status_code
            assert answer.headers["content-type"].startswith(
                "application/json" if answer.is_success else "application/problem+json"
            )
    assert got == expected


@pytest.mark.parametrize("path", POSTS)
def test_who_is_asking_comes_before_what_they_sent(api_server: ApiServer, path: str) -> None:
    got = {}
    for user in (None, *READERS):
        with api_server.client(user) as client:
            answer = client.post(
                BASE + path.format(project_id=PROJECT),
                content=b'{"allow_deletes": tr',
                headers={"Content-Type": "application/json", "Idempotency-Key": "broken"},
            )
            got[user] = (answer.status_code, answer.headers["content-type"])
    problem = "application/problem+json"
    assert got == {
        None: (401, problem),
        "viewer": (403, problem),
        "user": (422, problem),
        "admin": (422, problem),
    }
    with api_server.client("admin") as client:
        listed = client.get("/api/v2/dags/~/dagRuns?limit=100").json()["dag_runs"]
    assert not [run for run in listed if run["dag_run_id"].endswith("__broken")]


def test_a_forged_token_opens_nothing(api_server: ApiServer) -> None:
    with api_server.client(None) as client:
        client.cookies.set("_token", api_server.token("admin")[:-4] + "AAAA")
        answers = [client.get(BASE + path) for path in ("/", "/report", "/openapi.json")]
    assert {answer.status_code for answer in answers} <= {401, 403}


def test_a_run_is_the_callers_own_and_asking_twice_starts_it_once(api_server: ApiServer) -> None:
    with api_server.client("user") as client:
        asked = [
            client.post(
                f"{BASE}/projects/{PROJECT}/sync-data",
                json={"wait_timeout_minutes": 7},
                headers={"Idempotency-Key": "twice"},
            ).json()
            for _ in range(2)
        ]
        run = client.get(asked[0]["status_url"]).json()
    assert [one["created"] for one in asked] == [True, False]
    assert asked[0]["run_id"] == asked[1]["run_id"] == f"{PROJECT}__sync__twice"
    assert run["triggering_user_name"] == "user"
    assert run["run_type"] == "manual"
    assert run["conf"] == {"project_id": PROJECT, "wait_timeout_minutes": 7}


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (415, {"Content-Type": "text/plain"}),
        (403, {"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}),
        (403, {"Content-Type": "application/json", "Origin": "http://evil.example"}),
    ],
)
def test_another_sites_post_starts_nothing_for_an_admin(
    api_server: ApiServer, status: int, headers: dict[str, str]
) -> None:
    headers = headers | {"Idempotency-Key": "foreign"}
    with api_server.client("admin") as client:
        answer = client.post(f"{BASE}/projects/sync-all-data", content=b"{}", headers=headers)
        runs = client.get("/api/v2/dags/autoclip_backfill_audit/dagRuns?limit=100").json()
    assert answer.status_code == status
    assert "all__sync__foreign" not in [run["dag_run_id"] for run in runs["dag_runs"]]


def test_airflow_shows_the_page_in_its_menu_on_dags_and_on_runs(api_server: ApiServer) -> None:
    def views(client: httpx.Client) -> list[dict[str, Any]]:
        plugins = client.get("/api/v2/plugins").json()["plugins"]
        (ours,) = [plugin for plugin in plugins if plugin["name"] == "clipsync"]
        return list(ours["external_views"])

    with api_server.client("viewer") as client:
        shown = views(client)
        assert {view["destination"]: (view["url_route"], view["href"]) for view in shown} == {
            "nav": ("clipsync", "/clipsync/"),
            "dag": ("clipsync_dag", "/clipsync/?dag={DAG_ID}"),
            "dag_run": ("clipsync_run", "/clipsync/view/run?dag={DAG_ID}&id={RUN_ID}"),
        }
        assert client.get(shown[0]["icon"]).headers["content-type"] == "image/svg+xml"


def test_the_overview_knows_the_nightly_dag(api_server: ApiServer) -> None:
    with api_server.client("viewer") as client:
        assert "The nightly Dag is paused." in client.get(f"{BASE}/").text


def test_buttons_are_for_those_who_may_press_them(api_server: ApiServer) -> None:
    shown = {}
    for user in READERS:
        with api_server.client(user) as client:
            pages = (f"{BASE}/", f"{BASE}/view/projects/{PROJECT}")
            shown[user] = [client.get(page).text.count("data-action=") for page in pages]
    assert shown == {"viewer": [0, 0], "user": [3, 3], "admin": [3, 3]}
