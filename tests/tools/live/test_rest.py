"""Airflow's REST API, as the demo calls it: patient with a busy server, plain about refusals."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tools.live import rest
from tools.live.rest import AirflowApi, RestError, TaskInstance

Answer = tuple[int, Any]


class Server:
    """Answers each call with the next of `answers` to it, the last one for ever."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {"POST /auth/token": [(201, {"access_token": "t"})]}
        self.calls: list[str] = []
        self.bodies: list[Any] = []
        self.url = ""

    def answer(self, call: str) -> Answer:
        left = self.answers[call]
        return left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    played = Server()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            call = f"{self.command} {self.path}"
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            played.calls.append(call)
            played.bodies.append(json.loads(body or b"null"))
            status, content = played.answer(call)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(
                content if isinstance(content, bytes) else json.dumps(content).encode()
            )

        do_GET = do_POST = do_PATCH = _serve

        def log_message(self, *_: Any) -> None:
            """Nothing to stderr."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    played.url = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    monkeypatch.setattr(rest.time, "sleep", lambda seconds: None)
    yield played
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def api(server: Server) -> AirflowApi:
    return AirflowApi(server.url, "admin", "secret")


RUNS = "/api/v2/dags/d/dagRuns"


def test_it_logs_in_once(server: Server, api: AirflowApi) -> None:
    server.answers[f"GET {RUNS}/r"] = [(200, {"state": "running"})]

    assert [api.run_state("d", "r"), api.run_state("d", "r")] == ["running", "running"]
    assert server.calls == ["POST /auth/token", f"GET {RUNS}/r", f"GET {RUNS}/r"]
    assert server.bodies[0] == {"username": "admin", "password": "secret"}


def test_a_login_that_has_expired_is_renewed(server: Server, api: AirflowApi) -> None:
    server.answers[f"GET {RUNS}/r"] = [(401, {}), (200, {"state": "success"})]

    assert api.run_state("d", "r") == "success"
    assert server.calls.count("POST /auth/token") == 2


def test_a_server_in_trouble_is_asked_again_and_a_refusal_is_not(
    server: Server, api: AirflowApi
) -> None:
    server.answers[f"GET {RUNS}/r"] = [(503, {}), (200, b"<html>"), (200, {"state": "success"})]
    server.answers[f"GET {RUNS}/none"] = [(404, {"detail": "没有"})]

    assert api.run_state("d", "r") == "success"
    with pytest.raises(RestError, match=r"HTTP 404: .*detail") as caught:
        api.run_state("d", "none")
    assert caught.value.status == 404
    assert server.calls.count(f"GET {RUNS}/none") == 1


def test_a_run_that_is_there_already_is_as_good_as_started(server: Server, api: AirflowApi) -> None:
    """A first call may have timed out here and arrived there."""
    server.answers[f"POST {RUNS}"] = [(500, {}), (409, {})]

    api.trigger("d", "r", {"n": 1})

    assert server.bodies[-1] == {
        "dag_run_id": "r",
        "logical_date": None,
        "conf": {"n": 1},
        "note": None,
    }


def test_invalid_parameters_are_told_at_once(server: Server, api: AirflowApi) -> None:
    server.answers[f"POST {RUNS}"] = [(400, {"detail": "Invalid input for param n"})]

    with pytest.raises(RestError, match="Invalid input for param n"):
        api.trigger("d", "r", {"n": "x"})


def test_nobody_there_is_a_rest_error_without_a_status(server: Server) -> None:
    with pytest.raises(RestError) as caught:
        AirflowApi("http://127.0.0.1:1", "admin", "secret").unhealthy()
    assert caught.value.status is None


def test_components_that_are_not_at_work_are_named(server: Server, api: AirflowApi) -> None:
    server.answers["GET /api/v2/monitor/health"] = [
        (
            200,
            {
                "metadatabase": {"status": "healthy"},
                "scheduler": {"status": "unhealthy"},
                "dag_processor": {"status": "healthy"},
                "triggerer": {"status": None},
            },
        ),
        (200, {"metadatabase": {"status": "healthy"}, "triggerer": None}),
    ]

    assert api.unhealthy() == ["scheduler", "triggerer"]
    assert api.unhealthy() == ["scheduler", "dag_processor", "triggerer"]


def test_task_instances_are_labelled_and_know_whether_they_ended(
    server: Server, api: AirflowApi
) -> None:
    def item(task_id: str, map_index: int, state: str | None) -> dict[str, Any]:
        return {
            "task_id": task_id,
            "map_index": map_index,
            "state": state,
            "try_number": 1,
            "duration": None,
        }

    server.answers[f"GET {RUNS}/r/taskInstances?limit=100"] = [
        (200, {"task_instances": [item("sync_shard", 3, "up_for_retry"), item("a", -1, "skipped")]})
    ]

    shard, other = api.task_instances("d", "r")

    assert shard == TaskInstance("sync_shard", 3, "up_for_retry", 1, None)
    assert [(one.label, one.finished) for one in (shard, other)] == [
        ("sync_shard[3]", False),
        ("a", True),
    ]
