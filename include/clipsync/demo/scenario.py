"""The demo: a data directory and a database as AutoClip leaves them when the two drift apart.

Thirteen projects are always the same historical case: six completed ones whose clips never
reached the database, and seven with nothing to sync yet. More projects than thirteen are drawn
from `clipsync.demo.scale`. Everything but file times follows from the arguments.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from clipsync.demo.autoclip_pipeline import (
    AUTOCLIP_DATA_DIR,
    Layout,
    Run,
    Stage,
    legacy_entry,
    new_id,
    write_project,
    write_project_file,
    write_projects_json,
    write_upload,
)
from clipsync.demo.autoclip_rows import Rows, TaskRun, bulk_insert, project_row, task_rows
from clipsync.demo.autoclip_schema import create_autoclip_schema
from clipsync.demo.content import Record, generate_content, with_reversed_times
from clipsync.demo.directory import (
    DATA_NAME,
    DATABASE_NAME,
    PRESENT_DAY_NAME,
    claim_directory,
    sqlite_url,
)
from clipsync.demo.present_day import write_present_day
from clipsync.demo.scale import NAMESPACE, Truth, write_scaled
from clipsync.errors import TerminalError

HISTORICAL_PROJECTS = 13
MAX_PROJECTS = 100_000


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What was written, and what is true of it.

    `projects`: all of them, on disk or in the database. `completed`, `clips`, `collections`: what
    the disk says, and the database will say after a sync. `autoclip_data_dir`: the data directory
    as the rows and markers AutoClip wrote name it; nothing is there on this machine.
    """

    directory: Path
    data_dir: Path
    database: Path
    database_url: str
    projects: int
    completed: int
    clips: int
    collections: int
    autoclip_data_dir: str = AUTOCLIP_DATA_DIR


def write_demo(
    directory: Path,
    projects: int = HISTORICAL_PROJECTS,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> DemoSummary:
    """Write `<directory>/data` and `<directory>/autoclip.db`, replacing an earlier demo's; and
    beside them, in `<directory>/today`, an installation of AutoClip 1.5.6 with its kinds of
    project (`present_day.py`), which counts in nothing that is said here.

    `projects`: 13 to 100,000. `on_progress` is told (projects written, of how many).
    Raises a TerminalError for another number, or a directory that holds anything else.
    """
    if not HISTORICAL_PROJECTS <= projects <= MAX_PROJECTS:
        raise TerminalError(
            f"{projects} projects: a demo has {HISTORICAL_PROJECTS} to {MAX_PROJECTS:,} of them. "
            "Choose a number in between."
        )
    claim_directory(directory)
    data_dir, database = directory / DATA_NAME, directory / DATABASE_NAME
    (data_dir / "projects").mkdir(parents=True)
    engine = _create_database(database)
    told = on_progress or _tell_nobody
    try:
        with engine.begin() as conn:
            bulk_insert(conn, _historical_rows())
        truth = Truth(len(COMPLETED), *map(sum, zip(*_counts(), strict=True)))
        legacy = list(_write_historical(data_dir))
        told(HISTORICAL_PROJECTS, projects)
        for batch in write_scaled(data_dir, range(HISTORICAL_PROJECTS, projects)):
            with engine.begin() as conn:
                bulk_insert(conn, batch.rows)
            truth = truth.plus(batch.truth)
            legacy += batch.legacy
            told(batch.done, projects)
        write_projects_json(data_dir, legacy)
    finally:
        engine.dispose()
    _write_present_day(directory / PRESENT_DAY_NAME)
    return DemoSummary(
        directory=directory,
        data_dir=data_dir,
        database=database,
        database_url=sqlite_url(database),
        projects=projects,
        completed=truth.completed,
        clips=truth.clips,
        collections=truth.collections,
    )


def present_day_of(directory: Path) -> tuple[Path, Path]:
    """(data directory, database) of the present-day installation in a demo's directory."""
    place = directory / PRESENT_DAY_NAME
    return place / DATA_NAME, place / DATABASE_NAME


def write_empty_database(directory: Path) -> Path:
    """Write `<directory>/autoclip.db` alone: AutoClip's schema without a row. Returns its path.

    The rules for the directory are those of `write_demo`; see `directory.sqlite_url` for the URL.
    """
    claim_directory(directory)
    database = directory / DATABASE_NAME
    _create_database(database).dispose()
    return database


@dataclass(frozen=True, slots=True)
class CompletedProject:
    """One of the six completed projects whose clips never reached the database.

    `layout`: None is an entry of `projects.json`. `name`: None where the disk names it nowhere.
    `named_in`: where the name stands: `project.json`, `projects.json` or `raw`, the video's name.
    `row`: (status, name) of the project's row before the run; None: not even that.
    `reversed_clip`: position of a clip that ends before it starts. `failed_cut`: position of one
    whose video could not be cut. Both are 0-based and worth a warning, no more.
    """

    project_id: str
    clips: int
    collections: int
    topic: str
    layout: Layout | None
    name: str | None = None
    named_in: str | None = None
    row: tuple[str, str] | None = None
    reversed_clip: int | None = None
    failed_cut: int | None = None


COMPLETED = (
    CompletedProject(
        "455d6e8c-29a4-4027-884a-ddec16f9bbe1", 7, 1, "philosophy", Layout.CURRENT,
        name="轮回、命运、开悟究竟是怎么一回事？", named_in="project.json",
        row=("PROCESSING", "轮回、命运、开悟究竟是怎么一回事？"),
    ),
    CompletedProject(
        "64c48a05-b854-4c75-a81b-af2f6332b839", 8, 5, "vlog", None,
        name="欧阳娜娜VLOG】VLOG163 Nabi in Paris", named_in="projects.json",
        row=("PENDING", "欧阳娜娜VLOG】VLOG163 Nabi in Paris"),
    ),
    CompletedProject(
        "7905a534-2186-43a2-88ee-be4ab28058bd", 5, 0, "stage", Layout.STEPS,
        name="【aespa】aespa《Rich Man》Trailer", named_in="raw",
    ),
    CompletedProject(
        "ded7e6b8-b799-41f1-b3f3-8c9b5d834ed3", 8, 3, "standup", Layout.OUTPUT,
        row=("PENDING", "项目_ded7e6b8"), reversed_clip=4,
    ),
    CompletedProject(
        "295e25e4-25dd-4d4d-a595-2dd7117e0695", 8, 3, "money", Layout.CURRENT, failed_cut=5
    ),
    CompletedProject("889d12af-dc3a-4dd7-8df3-7aff834ffe37", 9, 1, "film", Layout.ROOT),
)  # fmt: skip
"""The six, with the counts of the historical case: 45 clips and 13 collections in all."""


@dataclass(frozen=True, slots=True)
class WaitingProject:
    """One of the seven with nothing to sync yet. `upto`: None where there is no directory."""

    number: int
    layout: Layout
    upto: Stage | None
    status: str | None

    @property
    def project_id(self) -> str:
        return str(uuid.uuid5(NAMESPACE, f"waiting-{self.number}"))


WAITING = (
    WaitingProject(1, Layout.CURRENT, None, "PENDING"),
    WaitingProject(2, Layout.CURRENT, Stage.UPLOADED, "PENDING"),
    WaitingProject(3, Layout.CURRENT, Stage.UPLOADED, None),
    WaitingProject(4, Layout.CURRENT, Stage.TIMELINE, "PROCESSING"),
    WaitingProject(5, Layout.STEPS, Stage.TIMELINE, "PROCESSING"),
    WaitingProject(6, Layout.OUTPUT, Stage.TIMELINE, "PENDING"),
    WaitingProject(7, Layout.ROOT, Stage.SCORED, "FAILED"),
)
"""Uploads and runs under way, and one run that died with nothing but step 3's candidates."""


def _write_historical(data_dir: Path) -> Iterator[Record]:
    """Write the thirteen; yields the entries that belong into `projects.json`."""
    for project in COMPLETED:
        clips, collections, run = _run_of(project)
        project_dir = data_dir / "projects" / project.project_id
        if project.layout is None:
            yield legacy_entry(
                project.project_id,
                project.name or "",
                clips,
                collections,
                category="experience",
            )
            continue
        in_raw = project.named_in == "raw"
        write_upload(project_dir, f"{project.name}.mp4" if in_raw else "input.mp4")
        if project.named_in == "project.json" and project.name:
            write_project_file(project_dir, project.name, category="knowledge")
        write_project(project_dir, project.layout, run)
    for waiting in WAITING:
        if waiting.upto is not None:
            project_dir = data_dir / "projects" / waiting.project_id
            write_upload(project_dir)
            content = generate_content(waiting.project_id)
            write_project(project_dir, waiting.layout, Run.of(content), upto=waiting.upto)


def _run_of(project: CompletedProject) -> tuple[tuple[Record, ...], tuple[Record, ...], Run]:
    content = generate_content(
        project.project_id,
        clips=project.clips,
        collections=project.collections,
        topic=project.topic,
    )
    if project.reversed_clip is not None:
        source_id = content.clips[project.reversed_clip]["id"]
        content = replace(
            content,
            clips=with_reversed_times(content.clips, source_id),
            scored=with_reversed_times(content.scored, source_id),
        )
    run = Run.of(content)
    if project.failed_cut is not None:
        run = replace(run, failed_cuts=frozenset({content.clips[project.failed_cut]["id"]}))
    return content.clips, content.collections, run


def _counts() -> Iterator[tuple[int, int]]:
    return ((project.clips, project.collections) for project in COMPLETED)


def _historical_rows() -> Rows:
    """What the database holds before the run: some project rows, their tasks, and no clip."""
    rows = Rows()
    rng = Random("clipsync-demo/historical")  # noqa: S311 -- not for secrets
    for position, (project_id, row) in enumerate(_listed()):
        if row is None:
            continue
        status, name, ended = row
        made = _FIRST_UPLOAD + timedelta(hours=5 * position)
        rows.projects.append(
            project_row(
                project_id,
                name,
                now=made,
                status=status,
                video_path=f"{AUTOCLIP_DATA_DIR}/projects/{project_id}/raw/input.mp4",
            )
        )
        if ended is not None:
            run = TaskRun(new_id(rng), new_id(rng))
            rows.tasks += task_rows(
                project_id, run, now=made + timedelta(minutes=1), inner_status=ended
            )
    return rows


def _listed() -> Iterator[tuple[str, tuple[str, str, str | None] | None]]:
    """(project id, (status, name, how its run ended in `tasks`)), the row None where none is."""
    for project in COMPLETED:
        ended = "COMPLETED" if project.row and project.row[0] == "PROCESSING" else None
        yield project.project_id, (*project.row, ended) if project.row else None
    for waiting in WAITING:
        name = generate_content(waiting.project_id).name
        ended = {"PROCESSING": "RUNNING", "FAILED": "FAILED"}.get(waiting.status or "")
        yield waiting.project_id, (waiting.status, name, ended) if waiting.status else None


def _write_present_day(place: Path) -> None:
    """An AutoClip of today beside the historical one: other kinds of project, WAL mode."""
    (place / DATA_NAME / "projects").mkdir(parents=True)
    written = write_present_day(place / DATA_NAME)
    write_projects_json(place / DATA_NAME, written.legacy)
    engine = _create_database(place / DATABASE_NAME)
    try:
        with engine.begin() as conn:
            bulk_insert(conn, written.rows)
        with engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA journal_mode = WAL")
    finally:
        engine.dispose()


def _create_database(database: Path) -> Engine:
    engine = create_engine(sqlite_url(database))
    event.listen(engine, "connect", _write_fast)
    create_autoclip_schema(engine)
    return engine


def _write_fast(connection: DBAPIConnection, _record: object) -> None:
    """A demo can be written again: no need to wait for the disk at every commit."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = OFF")
    cursor.close()


def _tell_nobody(_done: int, _total: int) -> None:
    pass


_FIRST_UPLOAD = datetime(2025, 8, 25, 1, 30, tzinfo=UTC)
