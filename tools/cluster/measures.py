"""What a cluster check measured, and the table that shows it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.box import ASCII_DOUBLE_HEAD, ROUNDED
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Latencies:
    """Seconds from the marker to the rows: how many were measured, and two quantiles."""

    count: int
    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Latencies:
        """Quantiles by nearest rank: values that were really measured. `seconds`: one at least."""
        ordered = sorted(seconds)
        return cls(len(ordered), _nearest_rank(ordered, 0.5), _nearest_rank(ordered, 0.95))


@dataclass(frozen=True, slots=True)
class Measures:
    """One cluster check. `runs`: by Dag. `before`, `during`: without and with a backfill going on.

    `tried_again`: tasks that the killed worker left behind and another try finished. `lost`,
    `doubled`, `failed_runs`: one line each.
    """

    events: int
    runs: Mapping[str, int]
    failed_runs: tuple[str, ...]
    before: Latencies
    during: Latencies
    tasks_per_worker: Mapping[str, int]
    killed: str
    tried_again: int
    projects: int
    clips: int
    mails: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]

    @property
    def well(self) -> bool:
        """Nothing lost, nothing double, all runs ended well; and the check did what it is for."""
        return (
            not (self.lost or self.doubled or self.failed_runs)
            and self.tried_again > 0
            and len(self.tasks_per_worker) > 1
            and self.before.count + self.during.count == self.events
        )


def measures_table(measures: Measures, *, width: int | None) -> Table:
    """`width`: cells of the terminal; None where there is none, for plain ASCII."""
    table = Table(box=ASCII_DOUBLE_HEAD if width is None else ROUNDED, width=None)
    table.add_column("Cluster check")
    table.add_column("", justify="right")
    for name, value in _lines(measures):
        table.add_row(name, value)
    return table


def _lines(measures: Measures) -> list[tuple[str, str]]:
    return [
        ("Projects that AutoClip finished (events)", str(measures.events)),
        *((f"Runs of {dag_id}", str(count)) for dag_id, count in sorted(measures.runs.items())),
        ("Runs that failed", str(len(measures.failed_runs))),
        ("Marker to rows, p50 / p95", _seconds(measures.before)),
        ("  while a backfill runs", _seconds(measures.during)),
        *(
            (f"Tasks on {worker}", str(count))
            for worker, count in sorted(measures.tasks_per_worker.items())
        ),
        ("Worker killed in the middle of a batch", measures.killed),
        ("  its tasks, finished by another try", str(measures.tried_again)),
        ("Projects synced", str(measures.projects)),
        ("Clips on disk that have a row", str(measures.clips)),
        ("Mails", str(measures.mails)),
        ("Lost", str(len(measures.lost))),
        ("Doubled", str(len(measures.doubled))),
        ("Verdict", "well" if measures.well else "NOT WELL"),
    ]


def _seconds(latencies: Latencies) -> str:
    return f"{latencies.p50:.1f} s / {latencies.p95:.1f} s"


def _nearest_rank(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
