"""Headers on every answer, and the rule that a post comes from our own pages or from a program."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
"""Our pages: nothing inline, nothing from elsewhere, framed by Airflow only."""

DOCUMENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
"""Files that carry their own style: Data Docs and the exported report. No script at all."""


class SecurityHeaders:
    """Sets the headers below where an answer does not bring its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # What people see depends on who they are, and changes with every run.
    "Cache-Control": "no-store",
}


def same_origin_json(request: Request) -> None:
    """FastAPI dependency of everything that changes something.

    A browser sends Airflow's cookie by itself, so a post must be one that another site's form can
    not make: JSON, from our own origin. A caller with a bearer token sent it on purpose, from
    wherever. Raises 415 or 403.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(415, "Send JSON, with the header Content-Type: application/json.")
    if not request.headers.get("authorization") and not _same_origin(request):
        raise HTTPException(403, "This request comes from another site, so nothing was started.")


def _same_origin(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    # A browser too old for that header says where a post comes from; a program says nothing.
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
