"""The figures of a cluster check, and when it is well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tools.cluster.measures import Latencies, Measures, measures_table

MEASURES = Measures(
    events=10,
    runs={"autoclip_project_sync": 10, "autoclip_backfill_audit": 1},
    failed_runs=(),
    before=Latencies(6, 5.0, 8.0),
    during=Latencies(4, 9.25, 20.0),
    tasks_per_worker={"airflow-worker-1": 40, "airflow-worker-2": 30},
    killed="airflow-worker-1",
    tried_again=2,
    projects=260,
    clips=3300,
    mails=1,
    lost=(),
    doubled=(),
)


def test_quantiles_are_values_that_were_measured() -> None:
    assert Latencies.of([3.0]) == Latencies(1, 3.0, 3.0)
    assert Latencies.of([4.0, 1.0, 2.0, 3.0]) == Latencies(4, 2.0, 4.0)
    assert Latencies.of([float(n) for n in range(1, 101)]) == Latencies(100, 50.0, 95.0)


def test_it_is_well_when_nothing_is_lost_or_double_and_the_killed_workers_tasks_ended() -> None:
    assert MEASURES.well


@pytest.mark.parametrize(
    "wrong",
    [
        {"lost": ("a clip",)},
        {"doubled": ("a clip",)},
        {"failed_runs": ("a run",)},
        {"tried_again": 0},
        {"tasks_per_worker": {"airflow-worker-1": 70}},
        {"during": Latencies(3, 1.0, 1.0)},
    ],
)
def test_it_is_not_well_when_anything_is_missing(wrong: dict[str, object]) -> None:
    assert not replace(MEASURES, **wrong).well


def test_the_table_shows_every_figure() -> None:
    table = measures_table(MEASURES, width=None)
    names, values = (list(column.cells) for column in table.columns)

    assert dict(zip(names, values, strict=True)) == {
        "Projects that AutoClip finished (events)": "10",
        "Runs of autoclip_backfill_audit": "1",
        "Runs of autoclip_project_sync": "10",
        "Runs that failed": "0",
        "Marker to rows, p50 / p95": "5.0 s / 8.0 s",
        "  while a backfill runs": "9.2 s / 20.0 s",
        "Tasks on airflow-worker-1": "40",
        "Tasks on airflow-worker-2": "30",
        "Worker killed in the middle of a batch": "airflow-worker-1",
        "  its tasks, finished by another try": "2",
        "Projects synced": "260",
        "Clips on disk that have a row": "3300",
        "Mails": "1",
        "Lost": "0",
        "Doubled": "0",
        "Verdict": "well",
    }
