"""A Dag of somebody else's, which runs on fresh data and leaves what it was told."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Asset, get_current_context, task

with DAG("after_sync", schedule=[Asset.ref(name="clipsync_database")], catchup=False):

    @task
    def read() -> list[dict[str, Any]]:
        events = get_current_context()["triggering_asset_events"]
        return [
            {"run_id": event.source_run_id, "task_id": event.source_task_id, **event.extra}
            for of_asset in events.values()
            for event in of_asset
        ]

    read()
