"""The door between Airflow's API server and the ClipSync page: opened at the first request."""

from __future__ import annotations

import threading
from typing import Any

from clipsync_airflow.places import AIRFLOW


class Door:
    """An ASGI application that makes the real one when it is first needed.

    Airflow imports its plugins in every component, and FastAPI, Airflow's security module and the
    planner are too dear for those that serve no page.
    """

    def __init__(self) -> None:
        self._app: Any = None
        self._lock = threading.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # FastAPI is about to put itself here; what is there now is Airflow's application.
        scope[AIRFLOW] = scope.get("app")
        await self._opened()(scope, receive, send)

    def _opened(self) -> Any:
        with self._lock:
            if self._app is None:
                from clipsync.web.app import create_app
                from clipsync_airflow.page import airflow_host

                self._app = create_app(airflow_host())
        return self._app
