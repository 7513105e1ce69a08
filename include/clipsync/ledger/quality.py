"""History of quality: what the second opinion found, run by run and rule by rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from clipsync.ledger import tables
from clipsync.ledger.bulk import upsert
from clipsync.ledger.migrate import is_current
from clipsync.model.finding import Severity

ALL = "all"
"""Scope of a validation of all projects; `some` otherwise."""


@dataclass(frozen=True, slots=True)
class Validation:
    """One validation of a run, or one share of it.

    `scope`: `all` where the run looks at all projects, else `some`. `part`: counts from 0 where
    several tasks share a run's projects out.
    """

    run_id: str
    seen_at: datetime
    scope: str = ALL
    part: int = 0


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one validation (or one share of it) found of one rule.

    `projects`: how many were looked at. `evaluated`, `failing`: rows. `problem`: why the rule could
    not be evaluated, else None; then it counts as failed.
    """

    name: str
    asset: str
    severity: Severity
    description: str
    projects: int
    evaluated: int
    failing: int
    problem: str | None = None

    @property
    def success(self) -> bool:
        return self.failing == 0 and self.problem is None


@dataclass(frozen=True, slots=True)
class QualityPoint:
    """One rule in one validation of all projects, its shares added up."""

    run_id: str
    seen_at: datetime
    evaluated: int
    failing: int
    problem: str | None

    @property
    def success(self) -> bool:
        return self.failing == 0 and self.problem is None


@dataclass(frozen=True, slots=True)
class RuleHistory:
    """One rule over the last validations, oldest first. `failing_since`: None while it holds."""

    name: str
    asset: str
    severity: Severity
    description: str
    points: tuple[QualityPoint, ...]

    @property
    def failing_since(self) -> datetime | None:
        """The first of the unbroken row of failures that the newest point ends."""
        since = None
        for point in reversed(self.points):
            if point.success:
                break
            since = point.seen_at
        return since


def record_quality(
    conn: sa.Connection, validation: Validation, results: Iterable[RuleResult]
) -> None:
    """Record a validation's results; the same part of a run again replaces what it said before."""
    upsert(
        conn,
        tables.quality,
        [
            {
                "run_id": validation.run_id,
                "name": one.name,
                "part": validation.part,
                "asset": one.asset,
                "severity": one.severity.value,
                "description": one.description,
                "scope": validation.scope,
                "seen_at": validation.seen_at,
                "projects": one.projects,
                "evaluated": one.evaluated,
                "failing": one.failing,
                "problem": one.problem,
            }
            for one in results
        ],
    )


def last_validation(conn: sa.Connection) -> datetime | None:
    """When all projects were last validated; None: never, as far as the ledger knows."""
    if not is_current(conn):
        return None
    table = tables.quality.c
    found = conn.scalar(sa.select(sa.func.max(table.seen_at)).where(table.scope == ALL))
    # SQLite's MAX loses the column's type on some drivers' way.
    return found if found is None or isinstance(found, datetime) else datetime.fromisoformat(found)


def quality_history(conn: sa.Connection, nights: int) -> list[RuleHistory]:
    """Each rule of the newest validation over the last ones of all projects, by name."""
    if not is_current(conn):
        return []
    table = tables.quality.c
    runs = (
        sa.select(table.run_id)
        .where(table.scope == ALL)
        .group_by(table.run_id)
        .order_by(sa.func.max(table.seen_at).desc(), table.run_id.desc())
        .limit(nights)
    )
    run_ids = list(conn.scalars(runs))
    query = sa.select(tables.quality).where(table.run_id.in_(run_ids)).order_by(table.seen_at)
    found: dict[str, list[sa.Row[tuple[object, ...]]]] = {}
    for row in conn.execute(query):
        found.setdefault(row.name, []).append(row)
    return [
        _history(rows)
        for _, rows in sorted(found.items())
        if any(row.run_id == run_ids[0] for row in rows)
    ]


def _history(rows: Sequence[sa.Row[tuple[object, ...]]]) -> RuleHistory:
    by_run: dict[str, list[sa.Row[tuple[object, ...]]]] = {}
    for row in rows:
        by_run.setdefault(row.run_id, []).append(row)
    points = tuple(
        QualityPoint(
            run_id,
            max(row.seen_at for row in parts),
            sum(row.evaluated for row in parts),
            sum(row.failing for row in parts),
            next((row.problem for row in parts if row.problem), None),
        )
        for run_id, parts in by_run.items()
    )
    last = rows[-1]
    return RuleHistory(
        last.name,
        last.asset,
        Severity(last.severity),
        last.description,
        tuple(sorted(points, key=lambda point: (point.seen_at, point.run_id))),
    )
