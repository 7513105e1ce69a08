"""What the house around the page supplies: who is asking, what they may do, and Dag runs.

Under Airflow this is `clipsync_airflow.page`; tests make their own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request

from clipsync.operations.workspace import Workspace

PROJECT_DAG = "autoclip_project_sync"
BACKFILL_DAG = "autoclip_backfill_audit"
DAGS = (PROJECT_DAG, BACKFILL_DAG)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is asking. `may_sync`: may start a run for one project; `may_run_all`: for all."""

    name: str
    may_sync: bool = False
    may_run_all: bool = False

    def may_start(self, dag_id: str) -> bool:
        return self.may_sync if dag_id == PROJECT_DAG else self.may_run_all


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the nightly Dag runs next; `next_run` None where nothing tells."""

    next_run: datetime | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """A Dag run to be started. The same `run_id` twice is one run."""

    dag_id: str
    run_id: str
    conf: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Started:
    """A Dag run that is there. `created` False: an earlier, equal request had started it."""

    dag_id: str
    run_id: str
    state: str
    created: bool


class StartRefusedError(Exception):
    """The house would not start a run. `status`: the HTTP status that says so."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True)
class Host:
    """`may_read` and `may_start` (by Dag id) are FastAPI dependencies that raise HTTPException 401
    or 403; `visitor` is one that gives the Visitor.

    `start` raises StartRefusedError. `schedule` gives None where the house can't tell.
    `prefix`: path below which the house serves the application, for links back into the house.
    """

    prefix: str
    open_workspace: Callable[[], AbstractContextManager[Workspace]]
    may_read: Callable[..., Any]
    may_start: Mapping[str, Callable[..., Any]]
    visitor: Callable[..., Any]
    schedule: Callable[[Request], Awaitable[Schedule | None]]
    start: Callable[[Request, Order], Awaitable[Started]]
    docs_dir: Callable[[], Path]
    login_path: str = "/api/v2/auth/login"
