"""Which projects a reader wants to see: the query string of the table, the report, the exports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Literal

from fastapi import Query

from clipsync.ledger.overview import SORTS
from clipsync.operations.history import ProjectQuery
from clipsync.operations.results import AuditStatus
from clipsync.reporting.text import clean

GONE = "gone"
"""Projects that neither side knows any more: shown only when asked for."""
STATUSES = (*(status.value for status in AuditStatus), GONE)

Sort = Enum("Sort", {name: name for name in SORTS}, type=str)  # type: ignore[misc]
Status = Enum("Status", {name: name for name in STATUSES}, type=str)  # type: ignore[misc]

_FIRST = Sort("status")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`status` None: any. `problems`: only those with a problem."""

    search: str = ""
    status: str | None = None
    problems: bool = False
    sort: str = "status"
    descending: bool = True
    page: int = 1

    def query(self, *, per_page: int = 50) -> ProjectQuery:
        return ProjectQuery(
            search=self.search,
            status=self.status,
            problem_only=self.problems,
            sort=self.sort,
            descending=self.descending,
            page=self.page,
            per_page=per_page,
        )

    @property
    def filtered(self) -> bool:
        return bool(self.search or self.status or self.problems)


def wanted_projects(
    q: Annotated[
        str, Query(max_length=200, description="Part of the name, or how the id starts.")
    ] = "",
    status: Annotated[Status | Literal[""], Query()] = "",
    problems: Annotated[bool, Query(description="Only projects with a problem.")] = False,
    sort: Annotated[Sort, Query()] = _FIRST,
    order: Annotated[Literal["asc", "desc"], Query()] = "desc",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Wanted:
    """FastAPI dependency."""
    return Wanted(
        search=clean(q),
        status=status.value if status else None,
        problems=problems,
        sort=sort.value,
        descending=order == "desc",
        page=page,
    )
