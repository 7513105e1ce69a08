"""The web application, put together."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI

from clipsync.web import exports, files, pages, problems, rest
from clipsync.web.host import Host
from clipsync.web.security import SecurityHeaders


def create_app(host: Host) -> FastAPI:
    """The page and the REST routes. Every route asks `host.may_read` first, OpenAPI included."""
    app = FastAPI(
        title="ClipSync",
        description="Keeps AutoClip's database true to what its pipeline wrote on disk.",
        dependencies=[Depends(host.may_read)],
        # FastAPI's own routes for these would be open to everyone.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.prefix = host.prefix
    app.state.login_path = host.login_path
    for room in (pages, rest, exports, files):
        app.include_router(room.routes(host))

    @app.get("/openapi.json", tags=["about"], summary="This description")
    def openapi() -> dict[str, Any]:
        return app.openapi()

    problems.install(app)
    app.add_middleware(SecurityHeaders)
    return app
