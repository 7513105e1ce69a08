"""Airflow as the house around the ClipSync page: logins, permissions, Dag runs.

A Dag run is started by calling Airflow's own public API from within, with the very cookie or bearer
token the caller came with. So it is Airflow that decides whether the caller may, checks the
parameters, writes its audit log and knows who started the run; no token is stored or made, and
nothing of Airflow's internals is used that a release may change.

Imported by the API server only, at the page's first request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from airflow.models.dag import DagModel
from fastapi import Request
from pydantic import AwareDatetime, TypeAdapter

from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.web.host import (
    BACKFILL_DAG,
    DAGS,
    PROJECT_DAG,
    Host,
    Order,
    Schedule,
    Started,
    StartRefusedError,
    Visitor,
)
from clipsync.web.rendering import house_path
from clipsync_airflow.connections import task_settings
from clipsync_airflow.places import AIRFLOW, PREFIX, docs_dir

_TIMEOUT_SECONDS = 60.0
"""A busy SQLite answers late; the run is created all the same, so nobody should give up early."""


def airflow_host() -> Host:
    return Host(
        prefix=PREFIX,
        open_workspace=_workspace,
        # Who may look at the nightly Dag may look at what it found.
        may_read=requires_access_dag("GET", param_dag_id=BACKFILL_DAG),
        may_start={
            dag_id: requires_access_dag("POST", DagAccessEntity.RUN, param_dag_id=dag_id)
            for dag_id in DAGS
        },
        visitor=visitor,
        schedule=schedule,
        start=start,
        docs_dir=lambda: docs_dir(task_settings()),
    )


def visitor(user: GetUserDep) -> Visitor:
    """Who is asking, and which buttons they get. The API asks again when one is pressed."""
    may_start: Callable[[str], bool] = lambda dag_id: bool(  # noqa: E731
        get_auth_manager().is_authorized_dag(
            method="POST",
            access_entity=DagAccessEntity.RUN,
            details=DagDetails(id=dag_id, team_name=DagModel.get_team_name(dag_id)),
            user=user,
        )
    )
    return Visitor(user.get_name(), may_start(PROJECT_DAG), may_start(BACKFILL_DAG))


async def schedule(request: Request) -> Schedule | None:
    """The nightly Dag's next run; None where Airflow does not know the Dag (yet)."""
    answer = await _call(request, "GET", f"/api/v2/dags/{BACKFILL_DAG}")
    if answer.status_code != httpx.codes.OK:
        return None
    dag = answer.json()
    return Schedule(
        next_run=_MOMENT.validate_python(dag.get("next_dagrun_run_after")),
        paused=bool(dag["is_paused"]),
    )


async def start(request: Request, order: Order) -> Started:
    """Starts a run with the caller's own rights. A run of that id that is there already is it."""
    runs = f"/api/v2/dags/{order.dag_id}/dagRuns"
    body = {"dag_run_id": order.run_id, "logical_date": None, "conf": dict(order.conf)}
    answer = await _call(request, "POST", runs, body)
    created = answer.status_code == httpx.codes.OK
    if answer.status_code == httpx.codes.CONFLICT:
        answer = await _call(request, "GET", f"{runs}/{order.run_id}")
    if answer.status_code != httpx.codes.OK:
        raise StartRefusedError(answer.status_code, _detail(answer))
    run = answer.json()
    return Started(order.dag_id, run["dag_run_id"], run["state"], created)


_MOMENT: TypeAdapter[Any] = TypeAdapter(AwareDatetime | None)


@contextmanager
def _workspace() -> Iterator[Workspace]:
    with open_workspace(task_settings()) as workspace:
        yield workspace


async def _call(
    request: Request, method: str, path: str, body: dict[str, Any] | None = None
) -> httpx.Response:
    """Airflow's public API, from within, as the caller."""
    sent = request.headers
    headers = {name: sent[name] for name in ("authorization", "cookie") if name in sent}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=request.scope[AIRFLOW]),
        base_url=f"{request.url.scheme}://{request.url.netloc}",
        timeout=_TIMEOUT_SECONDS,
    ) as client:
        return await client.request(method, house_path(request) + path, headers=headers, json=body)


def _detail(answer: httpx.Response) -> str:
    """What Airflow said, in one line."""
    try:
        detail = answer.json().get("detail")
    except ValueError:
        detail = None
    if isinstance(detail, str):
        return detail
    return f"Airflow refused to start the run (HTTP {answer.status_code})."
