"""The history as an inline SVG: consistency as a line, open findings as bars below it.

Coordinates only: colours and line widths are the style sheet's, so that the chart follows the
theme; labels are HTML beside it, so that they keep their size whatever the chart's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clipsync.operations.history import AuditPoint, audit_points
from clipsync.operations.workspace import Workspace

WIDTH = 1000.0
HEIGHT = 200.0
BARS_HEIGHT = 100.0
_WIDEST_BAR = 24.0
_MOST_POINTS = 90
_LOOKED_AT = 500
"""Audits of some projects lie between those of all, and are no point of the chart."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle, `height` 0 included: the place to point at."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One audit: where its point lies, and the strip over which a mouse finds it."""

    x: float
    y: float
    left: float
    width: float
    point: AuditPoint


@dataclass(frozen=True, slots=True)
class Chart:
    """`floor`: the lowest consistency shown, in percent. `most`: the highest bar, in findings.

    `line` and `area` are SVG path data in a box of WIDTH by HEIGHT; bars in one of WIDTH by
    BARS_HEIGHT.
    """

    line: str
    area: str
    marks: tuple[Mark, ...]
    bars: tuple[Bar, ...]
    floor: int
    most: int


def whole_audits(workspace: Workspace) -> list[AuditPoint]:
    """The newest audits of all projects, oldest first: what the chart shows."""
    whole = [one for one in audit_points(workspace, _LOOKED_AT) if one.scope == "all"]
    return whole[-_MOST_POINTS:]


def chart_of(points: Sequence[AuditPoint]) -> Chart | None:
    """The chart of these audits, oldest first; None where there is none to show."""
    if not points:
        return None
    floor = _floor(min(point.consistency for point in points))
    most = max(1, *(point.errors + point.warnings for point in points))
    step = WIDTH / len(points)
    marks = tuple(
        Mark(
            x=_round(step * (index + 0.5)),
            y=_round(HEIGHT * (100.0 - point.consistency) / (100.0 - floor)),
            left=_round(step * index),
            width=_round(step),
            point=point,
        )
        for index, point in enumerate(points)
    )
    line = "M" + "L".join(f"{mark.x} {mark.y}" for mark in marks)
    area = f"{line}L{marks[-1].x} {HEIGHT}L{marks[0].x} {HEIGHT}Z"
    return Chart(line, area, marks, tuple(_bars(marks, most, step)), floor, most)


def _bars(marks: Sequence[Mark], most: int, step: float) -> list[Bar]:
    width = min(_WIDEST_BAR, step * 0.6)
    bars = []
    for mark in marks:
        bottom = BARS_HEIGHT
        for kind, count in (("error", mark.point.errors), ("warning", mark.point.warnings)):
            height = BARS_HEIGHT * count / most
            bottom -= height
            if count:
                left = _round(mark.x - width / 2)
                bars.append(Bar(left, _round(bottom), _round(width), _round(height), kind))
    return bars


def _floor(lowest: float) -> int:
    """A round number below the lowest point, so that a fall from 99.9 to 99.1 can be seen."""
    return next((floor for floor in (99, 95, 90, 80, 50) if lowest >= floor + (100 - floor) / 5), 0)


def _round(value: float) -> float:
    return round(value, 1)
