"""`validate_database`: the second opinion over the database after a sync.

Importing this is cheap; calling it imports pandas and Great Expectations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from clipsync.quality.report import QualityReport

if TYPE_CHECKING:
    import sqlalchemy as sa

    from clipsync.ledger.records import JournalEntry, TombstoneRecord
    from clipsync.quality.disk import Disk
    from clipsync.quality.frames import Frames

CHUNK_SIZE = 2000
"""Projects in one batch of Great Expectations', some 34,000 rows."""

TASK_FRESHNESS = timedelta(minutes=120)


@dataclass(frozen=True, slots=True)
class ValidateOptions:
    """How to validate.

    `docs_dir`: where to build Data Docs; what an earlier validation built there is replaced.
    `own_rules`: a directory of people's suites. `gx_dir`: where to write Great Expectations' own
    project, for people who know its tools. `chunk_size`: projects in one batch. `task_freshness`,
    `now` (aware): a project of which AutoClip's run was under way so lately is not judged.
    `max_json_bytes`: no larger file is read.
    """

    docs_dir: Path | None = None
    own_rules: Path | None = None
    gx_dir: Path | None = None
    chunk_size: int = CHUNK_SIZE
    task_freshness: timedelta = TASK_FRESHNESS
    now: datetime | None = None
    max_json_bytes: int = 64 * 1024 * 1024

    @property
    def moment(self) -> datetime:
        return self.now or datetime.now(UTC)


def validate_database(
    engine: sa.Engine,
    root: Path,
    project_ids: Sequence[str] | None,
    options: ValidateOptions | None = None,
) -> QualityReport:
    """Hold the database against the files below `root` (AutoClip's data directory).

    `project_ids`: None for every project that disk or database knows. Reads only. Raises the
    database's errors, and SettingsError where a directory can't be used or a rule is broken.
    """
    from clipsync.quality.checks import RULES
    from clipsync.quality.docs import open_site
    from clipsync.quality.expectations import Suites, open_context
    from clipsync.quality.own_rules import read_own_rules

    chosen = options or ValidateOptions()
    rules = (*RULES, *read_own_rules(chosen.own_rules))
    with open_site(chosen.docs_dir) as site:
        context = open_context(None if site is None else site.config, chosen.gx_dir)
        suites = Suites(context, rules, chosen.moment)
        projects = 0
        for count, frames in read_frames(engine, root, project_ids, chosen):
            suites.add(frames)
            projects += count
        report = QualityReport(checks=suites.checks(), projects=projects)
        if site is not None or chosen.gx_dir is not None:
            suites.build_docs()
        return report if site is None else replace(report, docs_index=site.publish())


def read_frames(
    engine: sa.Engine, root: Path, project_ids: Sequence[str] | None, options: ValidateOptions
) -> Iterator[tuple[int, Frames]]:
    """(how many projects, their frames), batch by batch; links of nobody come with the first."""
    from clipsync.autoclip.database import read_transaction
    from clipsync.ledger.bases import read_bases
    from clipsync.quality.disk import Disk
    from clipsync.quality.frames import build_frames
    from clipsync.quality.rows import read_chunk, read_ownerless_links

    disk = Disk(root, options.max_json_bytes)
    ids = _wanted(engine, disk, project_ids)
    size = max(options.chunk_size, 1)
    for start in range(0, max(len(ids), 1), size):
        part = ids[start : start + size]
        read = {project_id: disk.read(project_id) for project_id in part}
        with read_transaction(engine) as conn:
            chunk = read_chunk(conn, part, options.moment, options.task_freshness)
            if project_ids is None and start == 0:
                chunk = replace(chunk, links=[*chunk.links, *read_ownerless_links(conn)])
            bases = read_bases(conn, part)
            frames = build_frames(part, read, chunk, bases, _Ledger(conn))
        yield len(part), frames


@dataclass(frozen=True, slots=True)
class _Ledger:
    """The ledger's facts, asked for only where something must be explained."""

    conn: sa.Connection

    def journal(self, project_id: str) -> Sequence[JournalEntry]:
        from clipsync.ledger.journal import read_journal

        return list(read_journal(self.conn, project_ids=[project_id]))

    def tombstones(self, project_id: str) -> Sequence[TombstoneRecord]:
        from clipsync.ledger.bases import read_tombstones

        return read_tombstones(self.conn, project_id)


def _wanted(engine: sa.Engine, disk: Disk, project_ids: Sequence[str] | None) -> list[str]:
    from clipsync.autoclip.database import read_transaction
    from clipsync.quality.rows import known_project_ids

    if project_ids is not None:
        return sorted(set(project_ids))
    with read_transaction(engine) as conn:
        known = known_project_ids(conn)
    return sorted({*disk.project_ids(), *known} - {""})
