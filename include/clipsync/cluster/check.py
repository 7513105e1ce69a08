"""`make cluster-check`: the compose file's services at work, one of them killed, and the counting.

Some projects finish one after the other, as AutoClip finishes them, and are synced by themselves;
then some hundred are synced by a backfill, whose worker is killed in the middle of a batch, while
further projects finish. At the end nothing may be missing and nothing may be there twice.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from pydantic import SecretStr

from clipsync.autoclip.database.tables import clips
from clipsync.cluster.autoclip import Finished, finish_project, write_projects
from clipsync.cluster.cluster import Cluster, open_cluster
from clipsync.cluster.measures import Latencies, Measures, measures_table
from clipsync.cluster.proof import Proof, prove
from clipsync.cluster.tasks import tasks_per_worker, tries_of
from clipsync.cluster.victim import worker_in_mid_batch
from clipsync.demo.live import leash
from clipsync.demo.live.console import Progress
from clipsync.demo.live.stage import alone_in
from clipsync.errors import ClipSyncError
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.settings import Settings

PLACE = ".cluster"
BACKFILL_PROJECTS = 300
EVENTS_BEFORE, EVENTS_DURING = 6, 4
EVERY_SECONDS = 2.0
"""How long after one project the next one finishes."""
RUN_SECONDS = 600.0
_LOOK_SECONDS = 0.25
_PROJECT_DAG, _BACKFILL_DAG = "autoclip_project_sync", "autoclip_backfill_audit"
WELL, UNWELL = 0, 1


class TooSlowError(ClipSyncError):
    """Something that should happen did not happen in time."""


@dataclass(slots=True)
class Event:
    """A project that AutoClip finished; `synced`: when its rows were seen, seconds as in `at`."""

    project: Finished
    synced: float | None = None


@dataclass(slots=True)
class _Check:
    """The state of one performance."""

    cluster: Cluster
    data_dir: Path
    engine: sa.Engine
    progress: Progress
    events: list[Event] = field(default_factory=list)
    runs: list[tuple[str, str]] = field(default_factory=list)


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
    check = _Check(cluster, data_dir, engine, progress)
    with progress.step(f"Writing {BACKFILL_PROJECTS} projects and what AutoClip knows of them"):
        write_projects(data_dir, engine, BACKFILL_PROJECTS)
    with progress.step("Initialising Airflow (migrations, administrator, pool)"):
        cluster.initialise()
    with progress.step(f"Starting {len(cluster.airflow)} processes"):
        for name in cluster.airflow:
            cluster.start(name)
        cluster.wait_until_ready((_PROJECT_DAG, _BACKFILL_DAG), progress.waiting)
        _check_health(check)
    for dag_id in (_PROJECT_DAG, _BACKFILL_DAG):
        cluster.api.unpause(dag_id)
    with progress.step(f"{EVENTS_BEFORE} projects finish, one every {EVERY_SECONDS:g} s"):
        _let_projects_finish(check, EVENTS_BEFORE)
        before = _latencies(check.events)
    with progress.step(f"A backfill of {BACKFILL_PROJECTS} projects, and a worker dies"):
        victim = _backfill_with_a_death(check)
    with progress.step(f"Meanwhile {EVENTS_DURING} more projects finish"):
        _let_projects_finish(check, EVENTS_DURING)
        during = _latencies(check.events[EVENTS_BEFORE:])
    with progress.step("Waiting for all runs to end, and counting"):
        failed = _wait_for_runs(check)
        with _workspace(check) as workspace:
            proof = prove(workspace)
        measures = _measures(check, victim, before, during, failed, proof)
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
    for position in range(count):
        if position:
            _until_synced(check, seconds=EVERY_SECONDS, all_of_them=False)
        check.events.append(_finish_a_project(check))
    _until_synced(check, seconds=RUN_SECONDS, all_of_them=True)


def _finish_a_project(check: _Check) -> Event:
    """AutoClip finishes one, and calls for a run."""
    project = finish_project(check.data_dir, check.engine, BACKFILL_PROJECTS + len(check.events))
    check.progress.detail(f"{project.project_id} {project.name}: {project.clips} clips")
    run_id = f"{project.project_id}__{project.at:.0f}"
    # Twice, as a nervous caller does: the run's id makes one run of it.
    for _ in range(2):
        check.cluster.api.trigger(_PROJECT_DAG, run_id, {"project_id": project.project_id})
    check.runs.append((_PROJECT_DAG, run_id))
    return Event(project)


def _until_synced(check: _Check, *, seconds: float, all_of_them: bool) -> None:
    """Notes when the clips of waiting projects appear; `seconds` at most."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        waiting = [event for event in check.events if event.synced is None]
        if waiting:
            found = _clip_counts(check.engine, [event.project.project_id for event in waiting])
            for event in waiting:
                if found.get(event.project.project_id, 0) >= event.project.clips:
                    event.synced = time.time()
        elif all_of_them:
            return
        check.cluster.expect_all()
        if all_of_them:
            check.progress.waiting(f"{len(waiting)} projects to appear in the database")
        time.sleep(_LOOK_SECONDS)
    if all_of_them:
        raise TooSlowError(
            f"projects that finished were not in the database after {seconds:.0f} s. Look into the "
            f"logs in {check.cluster.directory}."
        )


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
        # Small batches, so that there are shards enough for two workers.
        cluster.api.trigger(_BACKFILL_DAG, run_id, {"batch_size": 25})
        check.runs.append((_BACKFILL_DAG, run_id))
        victim = _wait_for(lambda: find(sessions), "a worker in the middle of a batch", check)
        cluster.kill(victim)
    check.progress.detail(f"{victim} killed while its batch was written but not committed")
    cluster.start(victim)
    check.progress.detail(f"{victim} started again, as the restart policy does")
    return victim


def _wait_for(look: Callable[[], str | None], what: str, check: _Check) -> str:
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        check.cluster.expect_all()
        check.progress.waiting(what)
        time.sleep(_LOOK_SECONDS)
    raise TooSlowError(f"no sign of {what} for {RUN_SECONDS:.0f} s")


def _wait_for_runs(check: _Check) -> list[str]:
    """The runs that did not succeed, one line each."""
    deadline = time.monotonic() + RUN_SECONDS
    api = check.cluster.api
    while time.monotonic() < deadline:
        states = {run: api.run_state(*run) for run in check.runs}
        open_ones = [run for run, state in states.items() if state not in ("success", "failed")]
        if not open_ones:
            return [f"{dag} {run}: {state}" for (dag, run), state in states.items()
                    if state != "success"]  # fmt: skip
        check.cluster.expect_all()
        check.progress.waiting(f"{len(open_ones)} runs to end")
        time.sleep(_LOOK_SECONDS * 4)
    raise TooSlowError(f"after {RUN_SECONDS:.0f} s these runs had not ended: {open_ones}")


def _measures(
    check: _Check,
    victim: str,
    before: Latencies,
    during: Latencies,
    failed: Sequence[str],
    proof: Proof,
) -> Measures:
    metadata = sa.create_engine(check.cluster.metadata)
    with metadata.connect() as conn:
        tasks = tasks_per_worker(conn)
        again = tries_of(conn, _BACKFILL_DAG, "sync_shard", worker=victim)
    metadata.dispose()
    return Measures(
        events=len(check.events),
        runs=len(check.runs),
        failed_runs=tuple(failed),
        before=before,
        during=during,
        tasks_per_worker=tasks,
        killed=victim,
        tried_again=again,
        projects=proof.completed,
        clips=proof.clips,
        mails=len(check.cluster.mailbox.mails),
        lost=proof.lost,
        doubled=proof.doubled,
    )


def _latencies(events: Sequence[Event]) -> Latencies:
    return Latencies.of(
        [event.synced - event.project.at for event in events if event.synced is not None]
    )


@contextmanager
def _workspace(check: _Check) -> Iterator[Workspace]:
    settings = Settings(data_dir=check.data_dir, database_url=SecretStr(check.cluster.guest_url))
    with open_workspace(settings) as workspace:
        yield workspace
