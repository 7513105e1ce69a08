"""Files behind the same login as the page: its style, script and icon, and the Data Docs."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from clipsync.web.host import Host
from clipsync.web.rendering import static_text
from clipsync.web.security import DOCUMENT_POLICY

_STATIC = frozenset({"clipsync.css", "clipsync.js", "theme.js", "icon.svg"})
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_DOCUMENTS = frozenset({".html", ".css", ".png", ".jpg", ".svg", ".gif", ".ico", ".woff2"})


def routes(host: Host) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/static/{name}")
    def static(name: str) -> Response:
        if name not in _STATIC:
            raise HTTPException(404, "There is no such file.")
        return Response(
            static_text(name),
            media_type=_TYPES[Path(name).suffix],
            # Asked for again only when a new release brings another address (see `asset`).
            headers={"Cache-Control": "private, max-age=3600"},
        )

    @router.get("/data-docs")
    def entrance(request: Request) -> Response:
        root = str(request.scope.get("root_path", "")).rstrip("/")
        return RedirectResponse(f"{root}/data-docs/index.html", 307)

    @router.get("/data-docs/{path:path}")
    def data_docs(path: str) -> Response:
        found = inside(host.docs_dir(), path)
        if found is None:
            raise HTTPException(
                404,
                "There is no such page in the Data Docs. They are built by the task validate of "
                "the nightly Dag: start a run of it, and look again.",
            )
        kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
        return FileResponse(
            found, media_type=kind, headers={"Content-Security-Policy": DOCUMENT_POLICY}
        )

    return router


def inside(root: Path, path: str) -> Path | None:
    """The document at `path` below `root`; None where there is none, or it is not below it.

    `path` comes from outside: it may hold `..`, be absolute, hold a zero byte, or lead through a
    link to anywhere.
    """
    if "\0" in path or Path(path).suffix.lower() not in _DOCUMENTS:
        return None
    try:
        real_root = root.resolve(strict=True)
        found = (real_root / path).resolve(strict=True)
    except (OSError, RuntimeError):  # not there, too long, links in a circle
        return None
    return found if found.is_relative_to(real_root) and found.is_file() else None
