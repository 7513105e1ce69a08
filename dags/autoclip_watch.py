"""
# Sync every project as soon as AutoClip finishes it

Starts one run of `autoclip_project_sync` for every project that AutoClip finishes, within seconds
and without a change to AutoClip.

    asset autoclip_finished_projects → start_runs → autoclip_project_sync, one run a project

A watcher in Airflow's triggerer looks at AutoClip's data directory every
`CLIPSYNC_WATCH_POKE_SECONDS` (5): one scan for all projects. A project is finished when its
completion marker is there and can be read, when it turns out to hold nothing worth cutting, when
`projects.json` says so, or, of a kind without a marker, when the Studio's own file says that it has
finished (not when it merely was written: AutoClip does that whenever somebody looks) and when
AutoClip's example is there; a retry finishes it again. Projects that were there before this Dag was
first switched on are the backfill's.

- **start_runs** starts a run for each event since the last time, however many led to this run. A
  run's id is the project's id and the key of its finish, so that an event that comes twice starts
  nothing twice.

When more than 200 projects are found finished at once (a restored copy, or the end of a long
pause), one run of `autoclip_backfill_audit` over all projects takes their place.

Switch this Dag off to stop watching; what is finished meanwhile is synced when it is switched on
again. `CLIPSYNC_WATCH=off` takes the watcher away for good.

## Parameters

None. A run that is started by hand looks for events that were not seen to; there are none unless
something went wrong. To sync one project, start `autoclip_project_sync`.

Example configuration:

    {}

## After a failure

Read the last line of `start_runs`' log, then clear the task: the runs that were started are there
already, and only the others are started.

- *… not found*, *import errors*: the Dag that was to be started does not load.
- Nothing happens when AutoClip finishes a project: is this Dag switched on, and is
  `autoclip_project_sync`? The triggerer's log says *watching …*, or why it can't. A triggerer that
  was killed is replaced once its heartbeat is stale (half a minute by default).
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, get_current_context, task

from clipsync.settings import Settings
from clipsync_airflow.policy import DEFAULT_ARGS, TAGS
from clipsync_airflow.watching import finished_projects

FINISHED = finished_projects()

with DAG(
    dag_id="autoclip_watch",
    description="Syncs every project as soon as AutoClip finishes it",
    doc_md=__doc__,
    schedule=[FINISHED] if Settings().watch else None,
    catchup=False,
    # Several at a time are harmless. A Dag at its limit may be forgotten with its events (#56050).
    max_active_runs=16,
    dagrun_timeout=timedelta(hours=1),
    default_args=DEFAULT_ARGS,
    tags=[*TAGS, "project", "watch"],
) as dag:

    @task(
        inlets=[FINISHED],
        execution_timeout=timedelta(minutes=15),
        doc_md="Starts one run of `autoclip_project_sync` for each project that AutoClip has "
        "finished. Returns how many were started, and how many were there before.",
    )
    def start_runs() -> dict[str, int]:
        from clipsync_airflow import starting

        return starting.start_runs(get_current_context())

    start_runs()
