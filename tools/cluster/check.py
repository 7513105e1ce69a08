"""`make cluster-check`: the compose file's services at work, one of them killed, and the counting.

Some projects finish one after the other, as AutoClip finishes them; the watcher sees their markers
and starts their runs. Then a backfill syncs some hundred projects, and one of its workers is killed
in the middle of a batch, while further projects finish. At the end nothing may be missing and
nothing may be there twice.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from pydantic import SecretStr

from clipsync.autoclip.database.tables import clips
from clipsync.errors import ClipSyncError
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.settings import Settings
from tools.cluster.airflow_database import (
    DagRun,
    finished_by_another_try,
    is_watching,
    read_runs,
    tasks_per_worker,
)
from tools.cluster.autoclip import Finished, finish_project, write_projects
from tools.cluster.cluster import Cluster, open_cluster
from tools.cluster.measures import Latencies, Measures, measures_table
from tools.cluster.proof import Proof, prove
from tools.cluster.victim import worker_in_mid_batch
from tools.live import leash
from tools.live.console import Progress
from tools.live.stage import alone_in

PLACE = ".cluster"
BACKFILL_PROJECTS = 300
EVENTS_BEFORE, EVENTS_DURING = 6, 4
EVERY_SECONDS = 2.0
"""How long after one project the next one finishes."""
PATIENCE_SECONDS = 600.0
WELL, UNWELL = 0, 1

_PROJECT_DAG, _BACKFILL_DAG, _WATCH_DAG = (
    "autoclip_project_sync",
    "autoclip_backfill_audit",
    "autoclip_watch",
)
_DAGS = (_PROJECT_DAG, _BACKFILL_DAG, _WATCH_DAG)
_LOOK_SECONDS = 0.25

_T = TypeVar("_T")


class TooSlowError(ClipSyncError):
    """Something that should happen did not happen in time."""


@dataclass(slots=True)
class Event:
    """A project that AutoClip finished; `synced`: when its rows were seen, seconds as in `at`."""

    project: Finished
    synced: float | None = None


@dataclass(slots=True)
class _Check:
    """The state of one performance. `engine`, `airflow`: AutoClip's and Airflow's database."""

    cluster: Cluster
    data_dir: Path
    engine: sa.Engine
    airflow: sa.Engine
    progress: Progress
    events: list[Event] = field(default_factory=list)


def cluster_check(repository: Path, progress: Progress) -> int:
    """The whole performance, and nothing left running. 0 when all is well, else 1."""
    place = repository / PLACE
    began = time.monotonic()
    progress.steps = 7
    with alone_in(place):
        directory, data_dir = place / "run", place / "data"
        for left_over in (directory, data_dir):
            if left_over.exists():
                shutil.rmtree(left_over)
        with open_cluster(repository, directory, data_dir) as cluster:
            measures = _perform(cluster, data_dir, progress)
            sessions = {name: held.pid for name, held in cluster.held.items()}
            progress.say("Ending everything")
    left = [name for name, session in sessions.items() if leash.members(session)]
    if left:
        raise ClipSyncError(f"Processes of {', '.join(left)} are still there. Please end them.")
    progress.say()
    progress.say(measures_table(measures, width=progress.table_width))
    for line in (*measures.lost, *measures.doubled, *measures.failed_runs):
        progress.say(f"  {line}", style="red")
    progress.say(f"It took {time.monotonic() - began:.0f} s. Logs: {directory}")
    return WELL if measures.well else UNWELL


def _perform(cluster: Cluster, data_dir: Path, progress: Progress) -> Measures:
    engine = sa.create_engine(cluster.autoclip, hide_parameters=True)
    check = _Check(cluster, data_dir, engine, sa.create_engine(cluster.metadata), progress)
    with progress.step(f"Writing {BACKFILL_PROJECTS} projects and what AutoClip knows of them"):
        write_projects(data_dir, engine, BACKFILL_PROJECTS)
    with progress.step("Initialising Airflow (migrations, administrator, pool)"):
        cluster.initialise()
    with progress.step(f"Starting {len(cluster.airflow)} processes"):
        for name in cluster.airflow:
            cluster.start(name)
        cluster.wait_until_ready(_DAGS, progress.waiting)
        _check_health(check)
    with progress.step(f"{EVENTS_BEFORE} projects finish, one every {EVERY_SECONDS:g} s"):
        for dag_id in _DAGS:
            cluster.api.unpause(dag_id)
        _wait_for(lambda: _ask(check, is_watching) or None, "the watcher to begin", check)
        _let_projects_finish(check, EVENTS_BEFORE)
        before = _latencies(check.events)
    with progress.step(f"A backfill of {BACKFILL_PROJECTS} projects, and a worker dies"):
        victim = _backfill_with_a_death(check)
    with progress.step(f"Meanwhile {EVENTS_DURING} more projects finish"):
        _let_projects_finish(check, EVENTS_DURING)
        during = _latencies(check.events[EVENTS_BEFORE:])
    with progress.step("Waiting for all runs to end, and counting"):
        runs = _wait_for(lambda: _all_ended(check), "all runs to end", check)
        with _workspace(check) as workspace:
            proof = prove(workspace)
        measures = _measures(check, victim, before, during, runs, proof)
    check.airflow.dispose()
    engine.dispose()
    return measures


def _check_health(check: _Check) -> None:
    """The compose file's own health checks, each once."""
    for name in check.cluster.airflow:
        problem = check.cluster.check_health(name)
        if problem:
            raise ClipSyncError(f"The health check of {name} fails: {problem}")
        check.progress.detail(f"{name} is healthy")


def _let_projects_finish(check: _Check, count: int) -> None:
    """AutoClip finishes projects; returns when every one of them is in the database."""
    for _ in range(count):
        index = BACKFILL_PROJECTS + len(check.events)
        project = finish_project(check.data_dir, check.engine, index)
        check.events.append(Event(project))
        check.progress.detail(f"{project.project_id} {project.name}: {project.clips} clips")
        next_one = time.monotonic() + EVERY_SECONDS
        while time.monotonic() < next_one:
            _note_what_is_synced(check)
            time.sleep(_LOOK_SECONDS)
    _wait_for(lambda: _note_what_is_synced(check) or None, "the projects' rows to appear", check)


def _note_what_is_synced(check: _Check) -> bool:
    """Looks which clips are in the database by now; True when those of all projects are."""
    waiting = [event for event in check.events if event.synced is None]
    found = _clip_counts(check.engine, [event.project.project_id for event in waiting])
    for event in waiting:
        if found.get(event.project.project_id, 0) >= event.project.clips:
            event.synced = time.time()
    return all(event.synced is not None for event in waiting)


def _clip_counts(engine: sa.Engine, project_ids: Sequence[str]) -> dict[str, int]:
    query = (
        sa.select(clips.c.project_id, sa.func.count().label("clips"))
        .where(clips.c.project_id.in_(project_ids))
        .group_by(clips.c.project_id)
    )
    with engine.connect() as conn:
        return {row.project_id: row.clips for row in conn.execute(query)}


def _backfill_with_a_death(check: _Check) -> str:
    """Starts the backfill and kills the worker that is in the middle of a batch; its name."""
    cluster = check.cluster
    run_id = f"cluster-check__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    sessions = {name: cluster.held[name].pid for name in cluster.workers}
    with worker_in_mid_batch(check.engine) as find:
        # Twice, as a nervous caller does: the run's id makes one run of it. Small batches, so that
        # there are shards enough for two workers.
        for _ in range(2):
            cluster.api.trigger(_BACKFILL_DAG, run_id, {"batch_size": 25})
        victim = _wait_for(lambda: find(sessions), "a worker in the middle of a batch", check)
        cluster.kill(victim)
    check.progress.detail(f"{victim} killed while its batch was written but not committed")
    cluster.start(victim)
    check.progress.detail(f"{victim} started again, as the restart policy does")
    return victim


def _all_ended(check: _Check) -> list[DagRun] | None:
    """All runs, once every one of them has ended."""
    runs = _ask(check, read_runs)
    return runs if all(run.ended for run in runs) else None


def _measures(
    check: _Check,
    victim: str,
    before: Latencies,
    during: Latencies,
    runs: Sequence[DagRun],
    proof: Proof,
) -> Measures:
    return Measures(
        events=len(check.events),
        runs=Counter(run.dag_id for run in runs),
        failed_runs=tuple(
            f"{run.dag_id} {run.run_id}: {run.state}" for run in runs if run.state != "success"
        ),
        before=before,
        during=during,
        tasks_per_worker=_ask(check, tasks_per_worker),
        killed=victim,
        tried_again=_ask(check, lambda conn: finished_by_another_try(conn, victim)),
        projects=proof.completed,
        clips=proof.clips,
        mails=len(check.cluster.mailbox.mails),
        lost=proof.lost,
        doubled=(*proof.doubled, *_run_twice(check, runs)),
    )


def _run_twice(check: _Check, runs: Sequence[DagRun]) -> Iterator[str]:
    """The watcher's runs are named after their project; each project finished once."""
    found = Counter(run.run_id.partition("__")[0] for run in runs if run.dag_id == _PROJECT_DAG)
    for event in check.events:
        count = found[event.project.project_id]
        if count != 1:
            yield f"{event.project.project_id}: {count} runs for one finish"


def _latencies(events: Sequence[Event]) -> Latencies:
    return Latencies.of(
        [event.synced - event.project.at for event in events if event.synced is not None]
    )


def _ask(check: _Check, question: Callable[[sa.Connection], _T]) -> _T:
    with check.airflow.connect() as conn:
        return question(conn)


def _wait_for(look: Callable[[], _T | None], what: str, check: _Check) -> _T:
    """What `look` gives, once it is not None. Raises TooSlowError, ClusterError."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := look()) is None:
        check.cluster.expect_all()
        if time.monotonic() > deadline:
            raise TooSlowError(
                f"waited {PATIENCE_SECONDS:.0f} s for {what}. Look into the logs in "
                f"{check.cluster.directory}."
            )
        check.progress.waiting(what)
        time.sleep(_LOOK_SECONDS)
    return found


@contextmanager
def _workspace(check: _Check) -> Iterator[Workspace]:
    settings = Settings(data_dir=check.data_dir, database_url=SecretStr(check.cluster.guest_url))
    with open_workspace(settings) as workspace:
        yield workspace
