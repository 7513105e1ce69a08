"""The page's application in a small house of its own, where Airflow would be.

    page = web_app(settings)                    # an admin
    page = web_app(settings, visitor=VIEWER)    # may look, may start nothing
    page = web_app(settings, visitor=None)      # nobody is logged in

Mounted below `/clipsync`, as Airflow does it. Orders for Dag runs are kept in `house.orders`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request

from clipsync.operations.workspace import open_workspace
from clipsync.settings import Settings
from clipsync.web.app import create_app
from clipsync.web.host import DAGS, Host, Order, Schedule, Started, StartRefusedError, Visitor

ADMIN = Visitor("admin", may_sync=True, may_run_all=True)
VIEWER = Visitor("viewer")
PREFIX = "/clipsync"


@dataclass
class House:
    """What the tests may set and see. `refuse`: the next order is refused so."""

    settings: Settings
    visitor: Visitor | None = ADMIN
    schedule: Schedule | None = None
    docs_dir: Path = Path("/nowhere")
    orders: list[Order] = field(default_factory=list)
    refuse: tuple[int, str] | None = None

    def app(self) -> FastAPI:
        """The house with the page in it."""
        outer = FastAPI()
        outer.mount(PREFIX, create_app(self._host()))
        return outer

    def page(self) -> FastAPI:
        """The page alone."""
        return create_app(self._host())

    def _host(self) -> Host:
        def may_read() -> None:
            if self.visitor is None:
                raise HTTPException(401, "Not authenticated")

        def may_start(dag_id: str) -> Any:
            def check() -> None:
                may_read()
                assert self.visitor is not None
                if not self.visitor.may_start(dag_id):
                    raise HTTPException(403, "Forbidden")

            return check

        def visitor() -> Visitor | None:
            return self.visitor

        async def schedule(request: Request) -> Schedule | None:
            return self.schedule

        async def start(request: Request, order: Order) -> Started:
            if self.refuse is not None:
                raise StartRefusedError(*self.refuse)
            created = order.run_id not in [one.run_id for one in self.orders]
            if created:
                self.orders.append(order)
            return Started(order.dag_id, order.run_id, "queued", created)

        return Host(
            prefix=PREFIX,
            open_workspace=lambda: open_workspace(self.settings),
            may_read=may_read,
            may_start={dag_id: may_start(dag_id) for dag_id in DAGS},
            visitor=visitor,
            schedule=schedule,
            start=start,
            docs_dir=lambda: self.docs_dir,
        )
