"""A Dag of somebody else's, which runs on fresh data and leaves what it was told."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Asset, get_current_context, task

# Not `Asset.ref(name=…)`: such a Dag runs, but is not given the events.
FRESH = Asset("clipsync_database", uri="x-autoclip://autoclip_db")

with DAG("after_sync", schedule=[FRESH], catchup=False):

    @task
    def read() -> list[dict[str, Any]]:
        events = get_current_context()["triggering_asset_events"][FRESH]
        return [
            {"run_id": event.source_run_id, "task_id": event.source_task_id, **event.extra}
            for event in events
        ]

    read()
