"""
# Backfill and audit every AutoClip project

Every night: makes the database agree with the disk for **all** projects, then looks at all of them
again, proves the result, writes the consistency report, and tells someone what is new.

    discover → sync_shard × n → audit → validate → report → alert ──────┬→ verdict
                            │         └→ publish ───────────────────────┤
                            └→ gather_stopped → decide → sync_approved ─┘

- **discover** counts the projects and decides on shards: at most `CLIPSYNC_MAX_SHARDS` (8), so that
  the number of tasks does not grow with the number of projects.
- **sync_shard** takes its share of the projects and syncs it in batches. A project that fails does
  not stop the others.
- **audit** plans once more for every project; one whose plan is not empty is out of sync. It runs
  even if a shard failed.
  A project of AutoClip's Studio is told with how far it is, and is out of the percentage; what has
  lost its row in AutoClip's database is named, before AutoClip deletes its directory.
- **publish** says that the database is fresh: other Dags that are scheduled on the asset
  `clipsync_database` (`schedule=[Asset("clipsync_database", uri="x-autoclip://autoclip_db")]`) run
  then, and find the counts in the event's `extra`. It is skipped when nothing was synced.
- **validate** is the second opinion, by Great Expectations. It fails when a finding of severity
  *error* remains, from the audit or its own.
- **report** runs in any case: the consistency report as a table in its log, and its totals, which
  the asset `clipsync_report` has in its `extra` as well. History that is older than
  `CLIPSYNC_RETENTION_DAYS` (90) is forgotten then.
- **alert** runs in any case. It sends one mail with what is new, worse or resolved to
  `CLIPSYNC_ALERT_RECIPIENTS` (and, if it is about errors, to `CLIPSYNC_ALERT_RECIPIENTS_ERROR`)
  through the connection `smtp_default`; none when all is well, and none when nothing changed, but
  for a reminder every `CLIPSYNC_REMINDER_DAYS` (7) while errors stay open. Of two mails within
  `CLIPSYNC_ALERT_MIN_MINUTES` the second is held back. What a mail could not tell, the next one
  does. If it can't be delivered, this task is red, but not the run. Where Airflow's own metrics are
  switched on (`[metrics]`), it sends gauges `clipsync.…`: projects, clips, collections,
  consistency, open findings by severity, quarantined records, seconds since the last audit.
- **gather_stopped** collects the plans that a guard stopped because they would delete too much, and
  **decide** asks a person about them (*Required actions* in the menu), while everything else goes
  on. Approve: **sync_approved** applies them and checks them again; one that by then would delete
  other rows than were shown is left alone. Skip, or no answer within `CLIPSYNC_DECISION_HOURS`
  (8): nothing is deleted.
- **verdict** runs in any case, and fails when anything before it failed: the run's colour tells the
  truth. The last line of its log says why.

## Parameters

- `project_ids`: only these projects, one id a line. Empty: all.
- `audit_only`: look, record and report; change nothing in AutoClip's tables.
- `dry_run`: write nothing at all, not even what ClipSync itself remembers, and send no mail: log
  what a sync would do.
- `full`: read every file and every row, also where nothing seems to have changed.
- `batch_size`: projects per batch, 1 to 5000. Empty: `CLIPSYNC_BATCH_SIZE`.
- `allow_deletes`: go on where a guard stopped a sync because it would delete too much.
- `allow_restore`: bring back projects whose rows are gone from the database with many others.
- `restore_deleted`: bring back clips and collections that people deleted, in all these projects.

Example configuration: look at two projects thoroughly, and change nothing.

    {"project_ids": ["455d6e8c-29a4-4027-884a-ddec16f9bbe1",
                     "64c48a05-b854-4c75-a81b-af2f6332b839"],
     "audit_only": true, "full": true}

## After a failure

Read the last line of `verdict`'s log: it names every task that failed and why. Trouble with the
database is tried again three times by itself; bad input or bad data is not, because a person must
act first. Clearing a failed `sync_shard` and what follows it is always safe: a sync of what is in
sync changes nothing.

- *data directory … missing*: the disk is not mounted, or `CLIPSYNC_DATA_DIR` is wrong. Nothing was
  changed or deleted.
- *projects failed …*: `sync_shard`'s log has a line for each; `clipsync plan ID` shows one in full.
- *stopped: would delete …*: look at the plan; if it is right, approve it in *Required actions*, or
  start a run with `allow_deletes`.
- findings of severity *error*: the mail and `report`'s log name project, row and what to do.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG, CronTriggerTimetable, Param, TriggerRule, get_current_context, task

from clipsync.settings import Settings
from clipsync_airflow.assets import DATABASE, DISK, REPORT
from clipsync_airflow.forms import APPROVE, SKIP
from clipsync_airflow.params import PROJECT_ID, allow_deletes, allow_restore, restore_deleted
from clipsync_airflow.policy import DEFAULT_ARGS, TAGS

with DAG(
    dag_id="autoclip_backfill_audit",
    description="Makes AutoClip's database agree with the disk for all projects, every night",
    doc_md=__doc__,
    # A Dag that is switched on waits for the night. Not `False`: to Airflow that means "at once, if
    # a run was due within the last tenth of the interval", so it would start until five o'clock.
    schedule=CronTriggerTimetable("30 2 * * *", timezone="UTC", run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=1,
    # The longest wait for a decision, and ample time for the rest; less than a day.
    dagrun_timeout=timedelta(hours=23),
    default_args={**DEFAULT_ARGS, "pool": Settings().backfill_pool},
    tags=[*TAGS, "backfill", "audit"],
    params={
        "project_ids": Param(
            None,
            type=["null", "array"],
            items=PROJECT_ID,
            maxItems=1000,
            title="Project ids",
            description="Only these projects: one lower-case UUID a line. Empty: all.",
        ),
        "audit_only": Param(
            False,
            type="boolean",
            title="Audit only",
            description="Look, record and report; change nothing in AutoClip's tables.",
        ),
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Write nothing at all and send no mail: log what a sync would do.",
        ),
        "full": Param(
            False,
            type="boolean",
            title="Full",
            description="Read every file and row, also where nothing seems to have changed.",
        ),
        "batch_size": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            maximum=5000,
            title="Batch size",
            description="Projects per batch. Empty: `CLIPSYNC_BATCH_SIZE`.",
        ),
        "allow_deletes": allow_deletes(),
        "allow_restore": allow_restore(),
        "restore_deleted": restore_deleted(),
    },
) as dag:

    @task(
        execution_timeout=timedelta(minutes=15),
        doc_md="Counts the projects on disk and decides on shards: small descriptions, never "
        "lists of ids.",
    )
    def discover() -> list[dict[str, Any]]:
        from clipsync_airflow import work

        return work.discover(get_current_context())

    @task(
        execution_timeout=timedelta(hours=6),
        max_active_tis_per_dag=4,
        map_index_template="{{ task.op_kwargs['shard']['label'] }}",
        inlets=[DISK],
        doc_md="Syncs this shard's share of the projects, in batches, one transaction a project. "
        "Fails at its end when any of them failed; the others are synced all the same.",
    )
    def sync_shard(shard: dict[str, Any]) -> dict[str, Any]:
        from clipsync_airflow import work

        return work.sync_shard(get_current_context(), shard)

    @task(
        trigger_rule=TriggerRule.ALL_DONE,
        execution_timeout=timedelta(hours=4),
        doc_md="Looks at every project again and records its state in the ledger. Runs even if a "
        "shard failed; is skipped when there was nothing to look at.",
    )
    def audit() -> dict[str, Any]:
        from clipsync_airflow import work

        return work.audit(get_current_context())

    @task(
        execution_timeout=timedelta(minutes=15),
        inlets=[DISK],
        outlets=[DATABASE],
        doc_md="Says that the database is fresh, for Dags that are scheduled on it. Skipped when "
        "nothing was synced.",
    )
    def publish() -> dict[str, Any]:
        from clipsync_airflow import work

        return work.publish(get_current_context())

    @task(
        execution_timeout=timedelta(hours=4),
        doc_md="Great Expectations' opinion of all rows, which shares no code with the sync. "
        "Fails when a finding of severity *error* remains, from either.",
    )
    def validate() -> dict[str, Any]:
        from clipsync_airflow import telling

        return telling.validate(get_current_context())

    @task(
        trigger_rule=TriggerRule.ALL_DONE,
        execution_timeout=timedelta(minutes=30),
        inlets=[DATABASE],
        outlets=[REPORT],
        doc_md="Runs in any case. The consistency report as a table in the log; returns its "
        "totals.",
    )
    def report() -> dict[str, Any]:
        from clipsync_airflow import telling

        return telling.report(get_current_context())

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
        execution_timeout=timedelta(minutes=15),
        doc_md="Collects the plans that a guard stopped, and what they would do. Is skipped, with "
        "the two behind it, when there are none.",
    )
    def gather_stopped() -> dict[str, Any]:
        from clipsync_airflow import deciding

        return deciding.gather_stopped(get_current_context())

    decide = HITLOperator(
        task_id="decide",
        subject="ClipSync: {{ ti.xcom_pull(task_ids='gather_stopped')['subject'] }}",
        body="{{ ti.xcom_pull(task_ids='gather_stopped')['body'] }}",
        options=[APPROVE, SKIP],
        defaults=SKIP,
        response_timeout=timedelta(hours=Settings().decision_hours),
        execution_timeout=None,
        doc_md="Waits for a person: approve the stopped plans, or skip them. Without an answer in "
        "time they are skipped.",
    )

    @task(
        execution_timeout=timedelta(hours=2),
        doc_md="Applies the stopped plans if a person approved them, and checks the result; is "
        "skipped otherwise.",
    )
    def sync_approved() -> dict[str, Any]:
        from clipsync_airflow import deciding

        return deciding.apply_decision(get_current_context())

    @task(
        trigger_rule=TriggerRule.ALL_DONE,
        execution_timeout=timedelta(minutes=5),
        doc_md="Runs in any case, last, and alone decides the run's state: it fails, in one line, "
        "when anything before it failed.",
    )
    def verdict() -> str:
        from clipsync_airflow import deciding

        return deciding.verdict(get_current_context())

    synced = sync_shard.expand(shard=discover())
    stopped, approved, told = gather_stopped(), sync_approved(), alert()
    audited, published = audit(), publish()
    synced >> audited >> validate() >> report() >> told
    audited >> published
    synced >> stopped >> decide >> approved
    [told, published, approved] >> verdict()
