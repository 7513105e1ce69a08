"""
# Sync one AutoClip project

Makes the database agree with what AutoClip's pipeline wrote to disk for **one** project, proves the
result, and tells someone when it can't. Start it when AutoClip has finished (or is about to finish)
a project: by hand with the form, by REST, or from AutoClip itself.

    wait_for_processing → sync_to_database → validate → alert → verdict

- **wait_for_processing** looks whether AutoClip is done. If not, it waits without holding a worker,
  looking every `CLIPSYNC_WAIT_POKE_SECONDS`. It goes on when the files are complete, when AutoClip
  counts the project as completed, and, with nothing to sync, when AutoClip's Studio has finished,
  waits for a person to confirm its plan, or was cancelled. It fails at once when nobody knows the
  project and when AutoClip itself failed, with AutoClip's reason; and when nothing has changed for
  `CLIPSYNC_WAIT_STALLED_MINUTES` although nothing is at work: a process that died says "running"
  for ever.
- **sync_to_database** plans what must change and applies it in one transaction. A project of
  AutoClip's Studio is left alone, but for a lost row of its own. What people edited
  or deleted in AutoClip stays as they left it. Other Dags that are scheduled on the asset
  `clipsync_database` run then, and find the project and the counts in the event's `extra`.
- **validate** is the second opinion, by Great Expectations. It fails when a finding of severity
  *error* remains, from the sync or its own.
- **alert** runs in any case. It mails what is new, worse or resolved to `CLIPSYNC_ALERT_RECIPIENTS`
  through the connection `smtp_default`; without one its log says where the mail would have gone.
  If the mail can't be delivered, this task is red, but not the run; the next mail tells it.
- **verdict** runs in any case, and fails when anything before it failed: the run's colour tells the
  truth. The last line of its log says why.

## Parameters

- `project_id` (required): a lower-case UUID, the name of the project's directory in `projects/`.
- `wait_timeout_minutes`: how long to wait for AutoClip, 1 to 1440. Empty:
  `CLIPSYNC_WAIT_TIMEOUT_MINUTES`.
- `allow_deletes`: go on where a guard stopped the sync because it would delete too much.
- `allow_restore`: bring back projects whose rows are gone from the database with many others.
- `restore_deleted`: bring back clips and collections that people deleted.

Example configuration:

    {"project_id": "455d6e8c-29a4-4027-884a-ddec16f9bbe1", "wait_timeout_minutes": 60}

By REST, with the project in the run's id so that the run list shows it, and so that a call that is
repeated by accident is answered with 409 instead of a second run:

    POST /api/v2/dags/autoclip_project_sync/dagRuns
    {"dag_run_id": "455d6e8c-29a4-4027-884a-ddec16f9bbe1__2025-08-01T10:00",
     "logical_date": null, "conf": {"project_id": "455d6e8c-29a4-4027-884a-ddec16f9bbe1"}}

## After a failure

Read the last line of `verdict`'s log. Trouble with the database is tried again three times by
itself; bad input or bad data is not, because a person must act first. Every task may be cleared and
run again at any time: a sync of what is in sync changes nothing.

- *not found …*: check the id, `CLIPSYNC_DATA_DIR` and the connection `autoclip_db`.
- *AutoClip has not finished*: look at the project in AutoClip, then clear `wait_for_processing`.
- *nothing has changed in its files*: start AutoClip again, which settles what was interrupted.
- *stopped: would delete …*: look at `clipsync plan ID`; if it is right, start a run with
  `allow_deletes`.
- findings of severity *error*: the mail and `validate`'s log name the row and what to do.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, TriggerRule, get_current_context, task

from clipsync_airflow.assets import DATABASE, DISK
from clipsync_airflow.params import PROJECT_ID, allow_deletes, allow_restore, restore_deleted
from clipsync_airflow.policy import DEFAULT_ARGS, TAGS, URGENT
from clipsync_airflow.waiting import WaitForProcessing

with DAG(
    dag_id="autoclip_project_sync",
    description="Makes AutoClip's database agree with the disk for one project",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=16,
    # The longest wait a form accepts, and ample time for the rest.
    dagrun_timeout=timedelta(hours=30),
    # Somebody waits for this project: where slots are few, its tasks go before the backfill's.
    default_args={**DEFAULT_ARGS, "priority_weight": URGENT, "weight_rule": "absolute"},
    tags=[*TAGS, "project"],
    params={
        "project_id": Param(
            **PROJECT_ID,
            title="Project id",
            description="Lower-case UUID: the name of the project's directory below `projects/`.",
        ),
        "wait_timeout_minutes": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            maximum=1440,
            title="Wait at most (minutes)",
            description="How long to wait for AutoClip to finish. Empty: "
            "`CLIPSYNC_WAIT_TIMEOUT_MINUTES`.",
        ),
        "allow_deletes": allow_deletes(),
        "allow_restore": allow_restore(),
        "restore_deleted": restore_deleted(),
    },
) as dag:
    wait_for_processing = WaitForProcessing(
        task_id="wait_for_processing",
        project_id="{{ params.project_id }}",
        wait_minutes="{{ params.wait_timeout_minutes or '' }}",
        execution_timeout=timedelta(minutes=15),
        doc_md="Waits, without holding a worker, until AutoClip has finished the project. A "
        "project that is done already does not wait. Times out with a line that says what it saw.",
    )

    @task(
        inlets=[DISK],
        outlets=[DATABASE],
        doc_md="Plans what must change and applies it in one transaction, under the project's "
        "lock. Returns what it did; a second run changes nothing.",
    )
    def sync_to_database() -> dict[str, Any]:
        from clipsync_airflow import work

        return work.sync_project(get_current_context())

    @task(
        max_active_tis_per_dag=4,
        doc_md="Great Expectations' opinion of the project's rows, which shares no code with the "
        "sync. Fails when a finding of severity *error* remains, from either.",
    )
    def validate() -> dict[str, Any]:
        from clipsync_airflow import telling

        return telling.validate(get_current_context())

    @task(
        trigger_rule=TriggerRule.ALL_DONE,
        execution_timeout=timedelta(minutes=15),
        doc_md="Runs in any case. One mail, only when findings are new, worse or resolved or a "
        "task failed; without an SMTP connection the log shows the mail. Fails when the mail can't "
        "be delivered, without failing the run; the next mail tells it again.",
    )
    def alert() -> str:
        from clipsync_airflow import mailing

        return mailing.alert(get_current_context())

    @task(
        trigger_rule=TriggerRule.ALL_DONE,
        execution_timeout=timedelta(minutes=5),
        doc_md="Runs in any case, last, and alone decides the run's state: it fails, in one line, "
        "when anything before it failed.",
    )
    def verdict() -> str:
        from clipsync_airflow.problems import fail_if_any_failed

        return fail_if_any_failed(get_current_context()["ti"])

    wait_for_processing >> sync_to_database() >> validate() >> alert() >> verdict()
