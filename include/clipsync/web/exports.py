"""Exports: CSV, JSON, and the report as one HTML file that needs nothing else.

All that is in the filter, not only the page that is shown. An export is written to a temporary
file first: what it is read from holds a transaction open, and a slow reader must not keep AutoClip
from writing.
"""

from __future__ import annotations

import csv
import io
import operator
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import IO, Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from clipsync.operations.history import ProjectLine, iterate_projects, overview
from clipsync.operations.reading import open_findings
from clipsync.operations.workspace import Workspace
from clipsync.reporting.text import clean
from clipsync.web.chart import chart_of, whole_audits
from clipsync.web.host import Host
from clipsync.web.language import language_of
from clipsync.web.rendering import render, static_text
from clipsync.web.security import DOCUMENT_POLICY
from clipsync.web.wanted import Wanted, wanted_projects

COLUMNS = (
    "project_id",
    "name",
    "status",
    "disk_clips",
    "database_clips",
    "disk_collections",
    "database_collections",
    "errors",
    "warnings",
    "infos",
    "last_synced_at",
    "last_audited_at",
)
MOST_LINES_IN_HTML = 5000
MOST_FINDINGS_IN_HTML = 500
_IN_MEMORY = 1 << 20
_CHUNK = 1 << 16
_BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the machine's old code page."""

Filter = Annotated[Wanted, Depends(wanted_projects)]

_STARTS_A_FORMULA = frozenset("=+-@\t\r\n|＝＋－＠")


def routes(host: Host) -> APIRouter:
    router = APIRouter(tags=["exports"], prefix="/export")

    @router.get("/projects.csv", summary="The projects as CSV", response_class=Response)
    def as_csv(wanted: Filter) -> Response:
        with host.open_workspace() as workspace:
            lines = iterate_projects(workspace, wanted.query())
            return _download("csv", "text/csv; charset=utf-8", lambda file: write_csv(lines, file))

    @router.get("/projects.json", summary="The projects as JSON", response_class=Response)
    def as_json(wanted: Filter) -> Response:
        with host.open_workspace() as workspace:
            return _download(
                "json", "application/json", lambda file: _write_json(workspace, wanted, file)
            )

    @router.get("/report.html", summary="The report as one HTML file", response_class=Response)
    def as_html(request: Request, wanted: Filter) -> Response:
        with host.open_workspace() as workspace:
            page = _report(request, workspace, wanted)
        return _download("html", "text/html; charset=utf-8", lambda file: file.write(page))

    return router


def write_csv(lines: Iterable[ProjectLine], file: IO[str]) -> None:
    """UTF-8 with a byte order mark, one project a line, and no cell that a spreadsheet runs."""
    file.write(_BOM)
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    # All but the name is ours: ids, words of our own, numbers, times.
    fixed = operator.attrgetter(*COLUMNS[2:])
    for line in lines:
        values = (
            value.isoformat() if isinstance(value, datetime) else value for value in fixed(line)
        )
        writer.writerow([cell(line.project_id), cell(line.name), *values])


def cell(value: Any) -> str | int | float:
    """A cell that is text to every spreadsheet: an apostrophe goes before a formula's first sign.

    Numbers stay numbers.
    """
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = clean(value)
    # What a spreadsheet looks at is the first character that is not a space or a quote.
    first = text.lstrip(" '\"")[:1]
    return f"'{text}" if first in _STARTS_A_FORMULA and first else text


def _write_json(workspace: Workspace, wanted: Wanted, file: IO[str]) -> None:
    """One JSON document, written as it is read."""
    head = overview(workspace).as_dict() | {"made_at": _now().isoformat()}
    file.write(orjson.dumps(head).decode()[:-1] + ', "projects": [')
    for index, line in enumerate(iterate_projects(workspace, wanted.query())):
        file.write((",\n" if index else "\n") + orjson.dumps(line).decode())
    file.write("\n]}\n")


def _report(request: Request, workspace: Workspace, wanted: Wanted) -> str:
    lines = iterate_projects(workspace, wanted.query())
    shown = list(islice(lines, MOST_LINES_IN_HTML))
    more = next(lines, None) is not None
    points = whole_audits(workspace)
    return render(
        "report.html.j2",
        request,
        language_of(request),
        known=overview(workspace),
        chart=chart_of(points),
        points=points,
        findings=open_findings(workspace, MOST_FINDINGS_IN_HTML),
        most_findings=MOST_FINDINGS_IN_HTML,
        lines=shown,
        more=more,
        style=static_text("clipsync.css"),
        policy=DOCUMENT_POLICY.replace("; frame-ancestors 'self'", ""),
        now=_now(),
        database=workspace.database,
    )


def _download(suffix: str, media_type: str, write: Callable[[IO[str]], Any]) -> Response:
    spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 closed by the answer
    try:
        text = io.TextIOWrapper(spool, encoding="utf-8", errors="replace", newline="")
        write(text)
        text.flush()
        text.detach()
        spool.seek(0)
    except BaseException:
        spool.close()
        raise
    name = f"clipsync-{_now():%Y-%m-%d}.{suffix}"
    return StreamingResponse(
        _chunks(spool),
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": DOCUMENT_POLICY,
        },
        background=BackgroundTask(spool.close),
    )


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _now() -> datetime:
    return datetime.now(UTC)
