"""`validate_database`: the second opinion over the database after a sync.

Importing this is cheap; calling it imports pandas and Great Expectations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from clipsync.quality.report import QualityReport

if TYPE_CHECKING:
    import sqlalchemy as sa

    from clipsync.autoclip.disk import DataDirectory
    from clipsync.quality.expectations import Suites

CHUNK_SIZE = 500
"""Projects looked at together, some 9,000 rows: keeps the process below 300 MB, of which Great
Expectations itself takes 240. Larger chunks are a little faster (2,000: 380 MB)."""

TASK_FRESHNESS = timedelta(minutes=120)


def validate_database(
    engine: sa.Engine,
    data: DataDirectory,
    project_ids: Sequence[str] | None,
    *,
    docs_dir: Path | None,
    chunk_size: int = CHUNK_SIZE,
    task_freshness: timedelta = TASK_FRESHNESS,
    now: datetime | None = None,
) -> QualityReport:
    """Hold the database against the disk's totals and against itself.

    `project_ids`: None for every project that disk or database knows. `docs_dir`: where to build
    Data Docs; what an earlier validation built there is replaced as a whole. `chunk_size`:
    projects held in memory at a time. `task_freshness`, `now` (aware): a project whose newest
    processing task was running so lately is being retried, and not judged by its counts.

    Reads only. Raises the database's errors, and SettingsError where `docs_dir` can't be used
    or holds something that is not ours to replace.
    """
    from clipsync.quality.docs import open_site
    from clipsync.quality.expectations import Suites, open_context

    moment = now or datetime.now(UTC)
    with open_site(docs_dir) as site:
        context = open_context(site.build_dir if site is not None else None)
        suites = Suites(context)
        projects = _run(suites, engine, data, project_ids, chunk_size, moment, task_freshness)
        report = QualityReport(checks=suites.checks(), projects=projects)
        if site is None:
            return report
        index = site.publish(context, suites.merged_results(), report, moment)
        return replace(report, docs_index=index)


def _run(
    suites: Suites,
    engine: sa.Engine,
    data: DataDirectory,
    project_ids: Sequence[str] | None,
    chunk_size: int,
    now: datetime,
    freshness: timedelta,
) -> int:
    """Look at all projects, chunk by chunk; returns how many there are."""
    from clipsync.autoclip.database import read_transaction
    from clipsync.quality.disk import read_totals
    from clipsync.quality.frames import build_frames
    from clipsync.quality.harmless import Shown
    from clipsync.quality.rows import Chunk, known_project_ids, read_chunk, read_ownerless_links

    if project_ids is None:
        with read_transaction(engine) as conn:
            wanted = sorted({*data.project_ids(), *known_project_ids(conn)})
            ownerless = Chunk(links=read_ownerless_links(conn))
        shown = Shown()
        suites.add(build_frames((), {}, ownerless, shown), shown)
    else:
        wanted = sorted(set(project_ids))
    for ids in _chunks(wanted, chunk_size):
        totals = {project_id: read_totals(data, project_id) for project_id in ids}
        with read_transaction(engine) as conn:
            chunk = read_chunk(conn, ids, now, freshness)
        shown = Shown()
        suites.add(build_frames(ids, totals, chunk, shown), shown)
    return len(wanted)


def _chunks(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    step = max(size, 1)
    for start in range(0, len(ids), step):
        yield ids[start : start + step]
