"""REST, mirroring AutoClip's own routes: sync one project, sync all, and what there is to know."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import JSONResponse

from clipsync.ledger.overview import MOST_PER_PAGE
from clipsync.operations.comparing import compare_project
from clipsync.operations.history import find_projects, overview, project_history
from clipsync.operations.results import why_nothing
from clipsync.web import actions
from clipsync.web.host import BACKFILL_DAG, PROJECT_DAG, Host, Order, Started
from clipsync.web.rendering import house_path
from clipsync.web.security import same_origin_json
from clipsync.web.wanted import Wanted, wanted_projects

ProjectId = Annotated[
    str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", max_length=36)
]


class SyncOne(BaseModel):
    """What may be said about the sync of one project; all of it may be left out."""

    model_config = ConfigDict(extra="forbid")

    wait_timeout_minutes: int | None = Field(
        None, ge=1, le=1440, description="How long to wait for AutoClip to finish the project."
    )
    allow_deletes: bool = Field(False, description="Go on where a guard would stop the sync.")
    allow_restore: bool = Field(False, description="Bring back projects that were lost with many.")
    restore_deleted: bool = Field(False, description="Bring back what people deleted.")


class SyncAll(BaseModel):
    """What may be said about a run over many projects; all of it may be left out."""

    model_config = ConfigDict(extra="forbid")

    project_ids: list[ProjectId] | None = Field(
        None, max_length=1000, description="Only these projects. Left out: all."
    )
    audit_only: bool = Field(False, description="Look, record and report; change nothing.")
    dry_run: bool = Field(False, description="Write nothing at all; log what a sync would do.")
    full: bool = Field(False, description="Read every file and row.")
    batch_size: int | None = Field(None, ge=1, le=5000, description="Projects per batch.")
    allow_deletes: bool = Field(False, description="Go on where a guard would stop a sync.")
    allow_restore: bool = Field(False, description="Bring back projects that were lost with many.")
    restore_deleted: bool = Field(False, description="Bring back what people deleted.")


IdempotencyKey = Annotated[
    str | None,
    Header(
        max_length=200,
        description="The same key twice is one run. Left out: equal requests within one minute "
        "are one run.",
    ),
]


def routes(host: Host) -> APIRouter:
    router = APIRouter(tags=["REST"])

    @router.post(
        "/projects/sync-all-data",
        status_code=202,
        summary="Sync all projects, or some",
        dependencies=[Depends(host.may_start[BACKFILL_DAG]), Depends(same_origin_json)],
        openapi_extra=_described(SyncAll),
    )
    async def sync_all(
        request: Request,
        body: Annotated[SyncAll, Depends(_sent(SyncAll))],
        idempotency_key: IdempotencyKey = None,
    ) -> JSONResponse:
        conf = body.model_dump(exclude_defaults=True)
        name = "dry_run" if body.dry_run else "audit" if body.audit_only else "sync"
        return await _start(request, _order(BACKFILL_DAG, name, conf, idempotency_key))

    @router.post(
        "/projects/{project_id}/sync-data",
        status_code=202,
        summary="Sync one project",
        dependencies=[Depends(host.may_start[PROJECT_DAG]), Depends(same_origin_json)],
        openapi_extra=_described(SyncOne),
    )
    async def sync_one(
        request: Request,
        project_id: ProjectId,
        body: Annotated[SyncOne, Depends(_sent(SyncOne))],
        idempotency_key: IdempotencyKey = None,
    ) -> JSONResponse:
        conf = {"project_id": project_id, **body.model_dump(exclude_defaults=True)}
        name = "restore" if body.restore_deleted else "sync"
        return await _start(request, _order(PROJECT_DAG, name, conf, idempotency_key))

    async def _start(request: Request, wanted: Order) -> JSONResponse:
        started = await host.start(request, wanted)
        return JSONResponse(_started(request, started), 202)

    @router.get("/report", summary="The consistency report, as the last audits left it")
    def report(
        wanted: Annotated[Wanted, Depends(wanted_projects)],
        per_page: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = 100,
    ) -> dict[str, Any]:
        with host.open_workspace() as workspace:
            known = overview(workspace)
            found = find_projects(workspace, wanted.query(per_page=per_page))
        return {
            # Nothing is consistent that nobody has looked at.
            "consistent": None
            if known.last_audit_at is None
            else not known.totals.with_problems and not known.errors,
            **known.as_dict(),
            "projects": [line.as_dict() for line in found.items],
            "total": found.total,
            "page": found.page,
            "pages": found.pages,
        }

    @router.get("/projects/{project_id}", summary="One project, side by side, with its history")
    def project(project_id: str) -> dict[str, Any]:
        with host.open_workspace() as workspace:
            compared = compare_project(workspace, project_id)
            past = project_history(workspace, project_id)
        plan = compared.plan
        return {
            "project_id": plan.project_id,
            "name": plan.name,
            "disk_state": plan.state.value,
            "consistent": plan.consistent,
            **why_nothing(plan.skipped, plan.stopped),
            "changes": plan.counts(),
            "comparison": compared.as_dict(),
            "history": past.as_dict(),
        }

    return router


_Model = TypeVar("_Model", bound=BaseModel)


def _sent(model: type[_Model]) -> Callable[[Request], Awaitable[_Model]]:
    """FastAPI dependency: what the caller sent, read after the route's other dependencies.

    The body of a route's own parameter is read and parsed before any dependency is asked, so that
    somebody who is not logged in would be told what is wrong with their JSON.
    """

    async def read(request: Request) -> _Model:
        try:
            return model.model_validate_json(await request.body())
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_context=False, include_input=False)
            raise RequestValidationError(
                [{**one, "loc": ("body", *one["loc"])} for one in wrong]
            ) from error

    return read


def _described(model: type[BaseModel]) -> dict[str, Any]:
    """The body for OpenAPI, which sees parameters only."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


def _order(dag_id: str, name: str, conf: dict[str, Any], key: str | None) -> Order:
    if key is None:
        # Another wish within the same minute is another run.
        wish = "".join(f"-{word}" for word in sorted(conf) if word not in _IN_NAME)
        return actions.order(dag_id, name, conf, actions.minute_key(datetime.now(UTC)) + wish)
    return actions.order(dag_id, name, conf, key)


_IN_NAME = frozenset({"project_id", "project_ids", "audit_only", "dry_run", "restore_deleted"})


def _started(request: Request, run: Started) -> dict[str, Any]:
    house = house_path(request)
    return {
        "success": True,
        "message": "started" if run.created else "already started by an equal request",
        "dag_id": run.dag_id,
        "run_id": run.run_id,
        "state": run.state,
        "created": run.created,
        "run_url": f"{house}/dags/{run.dag_id}/runs/{run.run_id}",
        "status_url": f"{house}/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}",
    }
