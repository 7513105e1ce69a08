"""The pages people look at: overview, project, run."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse

from clipsync.errors import UnknownRunError
from clipsync.ledger import JournalEntry
from clipsync.operations.comparing import ComparedItem, Comparison, Mark, compare_project
from clipsync.operations.history import find_projects, overview, project_history
from clipsync.operations.reading import changes_of_run, find_run, newest_runs
from clipsync.operations.states import status_now
from clipsync.web import actions
from clipsync.web.chart import chart_of, whole_audits
from clipsync.web.host import BACKFILL_DAG, DAGS, Host, Schedule, Visitor
from clipsync.web.language import language_of
from clipsync.web.rendering import render
from clipsync.web.wanted import STATUSES, Wanted, wanted_projects

_RUNS_SHOWN = 5
_CHANGES_SHOWN = 500
_ITEMS_SHOWN = 500


def routes(host: Host) -> APIRouter:
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    asking, nightly = Depends(host.visitor), Depends(host.schedule)

    @router.get("/")
    def overview_page(
        request: Request,
        wanted: Annotated[Wanted, Depends(wanted_projects)],
        dag: Annotated[str | None, Query(max_length=250)] = None,
        visitor: Visitor = asking,
        schedule: Schedule | None = nightly,
    ) -> str:
        with host.open_workspace() as workspace:
            known = overview(workspace)
            points = whole_audits(workspace)
            found = find_projects(workspace, wanted.query())
            recent = newest_runs(workspace, _RUNS_SHOWN)
        return render(
            "overview.html.j2",
            request,
            language_of(request),
            known=known,
            points=points,
            chart=chart_of(points),
            found=found,
            wanted=wanted,
            statuses=STATUSES,
            recent=recent,
            schedule=schedule,
            nightly=BACKFILL_DAG,
            foreign_dag=dag if dag is not None and dag not in DAGS else None,
            visitor=visitor,
            project_id=None,
            actions=actions.overall_actions(visitor, actions.page_key()),
        )

    @router.get("/view/projects/{project_id}")
    def project_page(request: Request, project_id: str, visitor: Visitor = asking) -> str:
        with host.open_workspace() as workspace:
            compared = compare_project(workspace, project_id)
            past = project_history(workspace, project_id)
        groups = _groups(compared)
        total = sum(len(items) for _, items, _ in groups)
        differing = sum(different for _, _, different in groups)
        buried = [stone for stone in past.tombstones if stone.lifted_at is None]
        return render(
            "project.html.j2",
            request,
            language_of(request),
            plan=compared.plan,
            compared=compared,
            status=status_now(compared.plan),
            groups=groups,
            differing=differing,
            only_differences=bool(differing) and differing < total,
            most_items=_ITEMS_SHOWN,
            buried=buried,
            past=past,
            open_findings=[one for one in past.findings if one.resolved_at is None],
            resolved_findings=[one for one in past.findings if one.resolved_at is not None],
            subjects=_subject,
            visitor=visitor,
            project_id=compared.plan.project_id,
            actions=actions.project_actions(
                visitor, compared.plan.project_id, actions.page_key(), buried=len(buried)
            ),
        )

    @router.get("/view/run")
    def run_page(
        request: Request,
        id: Annotated[str, Query(max_length=250)],
        visitor: Visitor = asking,
    ) -> str:
        with host.open_workspace() as workspace:
            try:
                run = find_run(workspace, id)
            except UnknownRunError:
                # Every Dag run has this page, that of a dry run or of somebody else's Dag too.
                run = None
            entries = list(islice(changes_of_run(workspace, id), _CHANGES_SHOWN + 1))
        return render(
            "run.html.j2",
            request,
            language_of(request),
            run=run,
            run_id=id,
            entries=entries[:_CHANGES_SHOWN],
            more=len(entries) > _CHANGES_SHOWN,
            most=_CHANGES_SHOWN,
            subjects=_subject,
            visitor=visitor,
            project_id=None,
            actions=(),
        )

    return router


def _groups(compared: Comparison) -> list[tuple[str, tuple[ComparedItem, ...], int]]:
    """The tables of a project's page: (heading, items, how many of them differ)."""
    return [
        (heading, items, sum(item.mark is not Mark.SAME for item in items))
        for heading, items in (
            ("Project", (compared.project,)),
            ("Clips", compared.clips),
            ("Collections", compared.collections),
        )
    ]


def _subject(entry: JournalEntry) -> str:
    """What a journal entry is about, by the name people know."""
    change = entry.change
    values: dict[str, Any] = {**change.before, **change.after}
    return str(values.get("title") or values.get("name") or change.source_id or change.row_id)
