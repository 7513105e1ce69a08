"""Every route asks who is there; posts come from our own pages; headers are on every answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from clipsync.web.host import BACKFILL_DAG, PROJECT_DAG, Visitor
from clipsync.web.security import same_origin_json
from tests.support.web_host import ADMIN, VIEWER, House
from tests.web.conftest import PROJECT

POSTS = {
    "/projects/sync-all-data": BACKFILL_DAG,
    "/projects/{project_id}/sync-data": PROJECT_DAG,
}
GETS = (
    "/",
    f"/view/projects/{PROJECT}",
    "/view/run?id=x",
    "/report",
    f"/projects/{PROJECT}",
    "/export/projects.csv",
    "/export/projects.json",
    "/export/report.html",
    "/static/clipsync.css",
    "/data-docs",
    "/data-docs/index.html",
    "/openapi.json",
)
JSON = {"Content-Type": "application/json"}


def _asked(dependant: Dependant) -> Iterator[object]:
    for one in dependant.dependencies:
        yield one.call
        yield from _asked(one)


def test_every_route_asks_for_a_login_and_every_post_for_more(house: House) -> None:
    host = house._host()
    from clipsync.web.app import create_app

    posts = {}
    app = create_app(host)
    assert app.routes
    for route in app.routes:
        # A mounted application or a bare route would be open to everyone.
        assert isinstance(route, APIRoute), route
        asked = list(_asked(route.dependant))
        assert host.may_read in asked, route.path
        assert route.methods in ({"GET"}, {"POST"}), route.path
        if route.methods == {"POST"}:
            assert same_origin_json in asked, route.path
            posts[route.path] = [
                dag for dag, dependency in host.may_start.items() if dependency in asked
            ]
    assert posts == {path: [dag] for path, dag in POSTS.items()}


def test_the_list_of_routes_here_is_complete(house: House) -> None:
    tested = {path.partition("?")[0].replace(PROJECT, "{project_id}") for path in GETS}
    tested = {path.replace("clipsync.css", "{name}") for path in tested}
    tested = {path.replace("index.html", "{path:path}") for path in tested}
    assert {route.path for route in house.page().routes} == tested | set(POSTS)  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", GETS)
def test_nobody_sees_anything_without_a_login(house: House, page: TestClient, path: str) -> None:
    house.visitor = None
    answer = page.get(path)
    assert answer.status_code == 401
    assert answer.json() == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "Not authenticated",
        "instance": f"/clipsync{path.partition('?')[0]}",
    }


def test_a_person_without_a_login_is_shown_the_way_to_it(house: House, page: TestClient) -> None:
    house.visitor = None
    answer = page.get("/?q=a", headers={"Accept": "text/html"})
    assert answer.status_code == 401
    wanted = "/api/v2/auth/login?next=http%3A//testserver/clipsync/%3Fq%3Da"
    assert f'href="{wanted}"' in answer.text


@pytest.mark.parametrize("path", POSTS)
def test_a_viewer_starts_nothing(house: House, page: TestClient, path: str) -> None:
    house.visitor = VIEWER
    answer = page.post(path.format(project_id=PROJECT), json={})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert house.orders == []


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (415, {"Content-Type": "application/x-www-form-urlencoded"}),
        (415, {"Content-Type": "text/plain"}),
        (415, {"Content-Type": "multipart/form-data; boundary=x"}),
        (415, {"Content-Type": ""}),
        (415, {"Content-Type": "text/plain", "Authorization": "Bearer x"}),
        (403, JSON | {"Sec-Fetch-Site": "cross-site"}),
        (403, JSON | {"Sec-Fetch-Site": "same-site"}),
        (403, JSON | {"Sec-Fetch-Site": "none"}),
        (403, JSON | {"Origin": "http://evil.example"}),
        (403, JSON | {"Origin": "null"}),
        (202, JSON | {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}),
        (202, JSON | {"Origin": "http://testserver"}),
        (202, JSON),
        (202, JSON | {"Authorization": "Bearer x", "Origin": "http://elsewhere.example"}),
    ],
)
def test_a_post_comes_from_our_own_pages_or_from_a_program(
    house: House, page: TestClient, path: str, status: int, headers: dict[str, str]
) -> None:
    answer = page.post(path.format(project_id=PROJECT), content=b"{}", headers=headers)
    assert answer.status_code == status
    assert len(house.orders) == (status == 202)


BROKEN = (b'{"allow_deletes": tr', b"", b"\xff\xfe{", b"[" * 5000, b"[]", b'{"unknown": 1}')


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("body", BROKEN)
@pytest.mark.parametrize(("visitor", "status"), [(None, 401), (VIEWER, 403), (ADMIN, 422)])
def test_who_is_asking_comes_before_what_they_sent(
    house: House, page: TestClient, path: str, body: bytes, visitor: Visitor | None, status: int
) -> None:
    house.visitor = visitor
    answer = page.post(path.format(project_id=PROJECT), content=body, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    assert ("errors" in answer.json()) == (status == 422)
    assert house.orders == []


@pytest.mark.parametrize("path", POSTS)
def test_no_get_starts_anything(house: House, page: TestClient, path: str) -> None:
    assert page.get(path.format(project_id=PROJECT)).status_code in (404, 405)
    assert house.orders == []


@pytest.mark.parametrize("path", (*GETS, "/nothing/here"))
def test_every_answer_has_the_headers(page: TestClient, path: str) -> None:
    headers = page.get(path).headers
    policy = dict(
        part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'self'"
    assert policy.get("script-src", "'self'") == "'self'"
    if path.startswith(("/export", "/data-docs")) and page.get(path).is_success:
        assert "script-src" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_an_error_nobody_foresaw_tells_no_details(house: House) -> None:
    def burst() -> None:
        raise RuntimeError("password=hunter2")

    app = house.page()
    app.add_api_route("/burst", burst)
    answer = TestClient(app, raise_server_exceptions=False).get("/burst")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "hunter2" not in answer.text
