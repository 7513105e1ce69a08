"""What the table of all projects and the overview cost, beside a bare SELECT of the same rows.

    .venv/bin/python tests/benchmarks/history.py [PROJECTS] [DATABASE_URL]

By default 100,000 projects in a SQLite file that is removed afterwards. A given database must be
empty. Prints, of each query, the median of several runs in milliseconds, that of the bare SELECT
(the driver's own cursor, ordered and limited alike), and their ratio.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from clipsync.autoclip.database import open_engine, write_transaction
from clipsync.demo.autoclip_schema import create_autoclip_schema
from clipsync.ledger import ProjectState, migrate, store
from clipsync.ledger.records import AuditPoint
from clipsync.model.finding import Finding, Severity
from clipsync.operations.history import ProjectQuery, find_projects, iterate_projects, overview
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.settings import Settings
from tests.support.autoclip_files import project_id

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RUNS = 9
COLUMNS = (
    "project_id, name, status, disk_clips, disk_collections, database_clips, "
    "database_collections, last_synced_at, last_audited_at, errors, warnings, infos"
)
PAGE = f"SELECT {COLUMNS} FROM clipsync_projects WHERE"
CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "first page, by status",
        {},
        [
            f"{PAGE} attention >= 0 ORDER BY attention DESC, errors DESC, project_id DESC LIMIT 50",
            "SELECT count(*) FROM clipsync_projects WHERE attention >= 0",
        ],
    ),
    (
        "last page, by status",
        {"page": -1},
        [
            f"{PAGE} attention >= 0 ORDER BY attention DESC, errors DESC, project_id DESC "
            "LIMIT 50 OFFSET :offset",
            "SELECT count(*) FROM clipsync_projects WHERE attention >= 0",
        ],
    ),
    (
        "first page, by name",
        {"sort": "name", "descending": False},
        [
            f"{PAGE} attention >= 0 ORDER BY name, project_id LIMIT 50",
            "SELECT count(*) FROM clipsync_projects WHERE attention >= 0",
        ],
    ),
    (
        "first page, by clips on disk",
        {"sort": "disk_clips"},
        [
            f"{PAGE} attention >= 0 ORDER BY disk_clips DESC, project_id DESC LIMIT 50",
            "SELECT count(*) FROM clipsync_projects WHERE attention >= 0",
        ],
    ),
    (
        "part of a name",
        {"search": "99"},
        [
            f"{PAGE} attention >= 0 AND name LIKE '%99%' "
            "ORDER BY attention DESC, errors DESC, project_id DESC LIMIT 50",
            "SELECT count(*) FROM clipsync_projects WHERE attention >= 0 AND name LIKE '%99%'",
        ],
    ),
    (
        "problems only",
        {"problem_only": True},
        [
            f"{PAGE} attention >= 0 AND (attention >= 3 OR errors > 0) "
            "ORDER BY attention DESC, errors DESC, project_id DESC LIMIT 50",
            "SELECT count(*) FROM clipsync_projects WHERE attention >= 0 "
            "AND (attention >= 3 OR errors > 0)",
        ],
    ),
]


def main(projects: int = 100_000, url: str | None = None) -> None:
    with tempfile.TemporaryDirectory() as directory:
        url = url or f"sqlite:///{directory}/autoclip.db"
        data = Path(directory) / "data"
        (data / "projects").mkdir(parents=True)
        engine = open_engine(url, lock_timeout=30) if "sqlite" not in url else sa.create_engine(url)
        create_autoclip_schema(engine)
        engine.dispose()
        with open_workspace(Settings(data_dir=data, database_url=url)) as workspace:
            fill(workspace, projects)
            measure(workspace, projects)


def fill(workspace: Workspace, projects: int) -> None:
    migrate.upgrade(workspace.engine)
    states = [state(number) for number in range(projects)]
    with write_transaction(workspace.engine) as conn:
        timed("first audit of all, recorded", lambda: store.record_audit(conn, states, "1", NOW))
    with write_transaction(workspace.engine) as conn:
        timed("an audit without news", lambda: store.record_audit(conn, states, "2", NOW))
    findings = {
        one.project_id: [Finding("missing_video", severity, one.project_id, recorded="没有视频")]
        for number, one in enumerate(states)
        if number % 20 == 0
        for severity in [Severity.ERROR if number % 1000 == 0 else Severity.WARNING]
    }
    with write_transaction(workspace.engine) as conn:
        store.record_findings(conn, "2", NOW, findings)
        for day in range(90):
            point = AuditPoint(
                f"nightly-{day}", NOW - timedelta(days=day), projects, projects, 0, 0, 0,
                100.0, 0, 0, 0, "some", False,
            )  # fmt: skip
            store.close_audit(conn, point, NOW)


def state(number: int) -> ProjectState:
    status = "out_of_sync" if number % 100 == 0 else "consistent"
    return ProjectState(
        project_id(number + 1), f"项目 {number} 轮回、命运、开悟究竟是怎么一回事？", status,
        number % 40, number % 5, {}, "completed", True, "a" * 64, "b" * 64, "c" * 32,
        number % 40, number % 5, number % 40, number % 5,
    )  # fmt: skip


def measure(workspace: Workspace, projects: int) -> None:
    last = -(-projects // 50)
    for label, values, bare in CASES:
        chosen = {**values, "page": last} if values.get("page") else values
        query = ProjectQuery(**chosen)
        statements = [text.replace(":offset", str((last - 1) * 50)) for text in bare]
        compare(label, lambda q=query: find_projects(workspace, q), workspace, statements)  # type: ignore[misc]
    compare(
        "all of them, streamed",
        lambda: sum(1 for _ in iterate_projects(workspace, ProjectQuery())),
        workspace,
        [f"{PAGE} attention >= 0 ORDER BY attention DESC, errors DESC, project_id DESC"],
    )
    compare(
        "overview",
        lambda: overview(workspace),
        workspace,
        [
            "SELECT status, count(*), sum(clips), sum(collections) FROM clipsync_projects "
            "GROUP BY status",
            "SELECT severity, count(*) FROM clipsync_findings WHERE resolved_at IS NULL "
            "GROUP BY severity",
        ],
    )


def compare(
    label: str, ours: Callable[[], object], workspace: Workspace, statements: list[str]
) -> None:
    def bare() -> None:
        raw = workspace.engine.raw_connection()
        cursor = raw.cursor()
        for statement in statements:
            cursor.execute(statement)
            cursor.fetchall()
        raw.rollback()
        raw.close()

    mine, base = median(ours), median(bare)
    print(f"{label:32} {mine:9.2f} ms   bare {base:9.2f} ms   × {mine / base:.2f}")


def median(work: Callable[[], object]) -> float:
    work()
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds) * 1000


def timed(label: str, work: Callable[[], object]) -> None:
    began = time.perf_counter()
    work()
    print(f"{label:32} {time.perf_counter() - began:9.2f} s")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]), *sys.argv[2:3])
