"""The chart's geometry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clipsync.operations.history import AuditPoint
from clipsync.web.chart import BARS_HEIGHT, HEIGHT, WIDTH, chart_of

START = datetime(2026, 3, 1, tzinfo=UTC)


def point(day: int, consistency: float, errors: int = 0, warnings: int = 0) -> AuditPoint:
    return AuditPoint(
        run_id=f"run{day}",
        audited_at=START + timedelta(days=day),
        projects=10,
        completed=10,
        with_problems=0,
        clips=1,
        collections=1,
        consistency=consistency,
        errors=errors,
        warnings=warnings,
        infos=0,
        scope="all",
        full=True,
    )


def test_no_audit_has_no_chart() -> None:
    assert chart_of([]) is None


def test_one_audit_is_a_point_in_the_middle() -> None:
    chart = chart_of([point(1, 100.0)])
    assert chart is not None
    assert chart.line == "M500.0 0.0"
    assert chart.bars == ()


def test_a_better_audit_lies_higher_and_all_lie_within_the_box() -> None:
    points = [point(1, 0.0, 4), point(2, 50.0, 1, 3), point(3, 100.0)]
    chart = chart_of(points)
    assert chart is not None
    assert [mark.y for mark in chart.marks] == [HEIGHT, HEIGHT / 2, 0.0]
    assert [mark.x for mark in chart.marks] == [166.7, 500.0, 833.3]
    assert chart.most == 4
    assert [(bar.kind, bar.y, bar.height) for bar in chart.bars] == [
        ("error", 0.0, BARS_HEIGHT),
        ("error", 75.0, 25.0),
        ("warning", 0.0, 75.0),
    ]
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH for bar in chart.bars)


@pytest.mark.parametrize(
    ("lowest", "floor"), [(0.0, 0), (46.1, 0), (65.0, 50), (85.0, 80), (97.0, 95), (99.4, 99)]
)
def test_a_small_fall_near_the_top_can_be_seen(lowest: float, floor: int) -> None:
    chart = chart_of([point(1, 100.0), point(2, lowest)])
    assert chart is not None
    assert chart.floor == floor
    assert 0 <= max(mark.y for mark in chart.marks) <= HEIGHT
