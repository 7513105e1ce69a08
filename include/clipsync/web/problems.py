"""Errors as `application/problem+json` (RFC 9457), or as a page where a person was looking."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from clipsync.errors import (
    ClipSyncError,
    InvalidProjectIdError,
    TransientError,
    UnknownProjectError,
    UnknownRunError,
)
from clipsync.web.host import StartRefusedError
from clipsync.web.language import language_of
from clipsync.web.rendering import render
from clipsync.web.security import DOCUMENT_POLICY

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 10


class Problem(JSONResponse):
    media_type = "application/problem+json"


def install(app: FastAPI) -> None:
    """Every error of `app` becomes a problem; what nobody foresaw keeps its details in the log."""

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        return answer(request, error.status_code, error.detail, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def bad_request(request: Request, error: RequestValidationError) -> Response:
        wrong = [
            {"where": ".".join(str(part) for part in one["loc"]), "what": one["msg"]}
            for one in error.errors()
        ]
        detail = "; ".join(f"{one['where']}: {one['what']}" for one in wrong)
        return answer(request, 422, detail, errors=wrong)

    @app.exception_handler(StartRefusedError)
    async def refused(request: Request, error: StartRefusedError) -> Response:
        return answer(request, error.status, error.detail)

    @app.exception_handler(ClipSyncError)
    async def known(request: Request, error: ClipSyncError) -> Response:
        if isinstance(error, InvalidProjectIdError | UnknownProjectError | UnknownRunError):
            return answer(request, 404, str(error))
        if isinstance(error, TransientError):
            return answer(
                request, 503, str(error), headers={"Retry-After": str(RETRY_AFTER_SECONDS)}
            )
        log.error("the page can't be shown: %s", error)
        return answer(request, 500, str(error))

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        # Starlette raises it again after this answer, so that the server logs all of it.
        return answer(
            request, 500, "Something unforeseen went wrong. The API server's log has the details."
        )


def answer(
    request: Request,
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """The problem in the form the caller can read."""
    sent = dict(headers or {})
    if "text/html" in request.headers.get("accept", ""):
        language = language_of(request)
        page = render(
            "problem.html.j2",
            request,
            language,
            status=status,
            title=language.say(_title(status)),
            detail=detail,
            login=request.app.state.login_path,
            here=str(request.url),
        )
        # It must be readable without a login, and so without our style sheet.
        sent["Content-Security-Policy"] = DOCUMENT_POLICY
        return Response(page, status, sent, media_type="text/html")
    body = {"type": "about:blank", "title": _title(status), "status": status, "detail": detail}
    return Problem({**body, "instance": request.url.path, **more}, status, sent)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
