"""The ClipSync page in Airflow's menu, on the Dags' and on the runs' pages.

Every Airflow component imports this file; only the API server needs what is behind it. So it
imports next to nothing, and the page is put together at its first request.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

from clipsync_airflow.door import Door
from clipsync_airflow.places import PREFIX

_HOUSE = urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/")
"""Path below which Airflow itself is served: empty, or for example `/airflow`."""

_ICON = f"{_HOUSE}{PREFIX}/static/icon.svg"


_APPS: list[Any] = [{"app": Door(), "url_prefix": PREFIX, "name": "ClipSync"}]

_VIEWS: list[Any] = [
    {
        "name": "ClipSync",
        "href": f"{_HOUSE}{PREFIX}/",
        "destination": "nav",
        "url_route": "clipsync",
        "nav_top_level": True,
        "icon": _ICON,
    },
    # Airflow shows a Dag's views on every Dag; on those of others the page says so.
    {
        "name": "ClipSync",
        "href": f"{_HOUSE}{PREFIX}/?dag={{DAG_ID}}",
        "destination": "dag",
        "url_route": "clipsync_dag",
        "icon": _ICON,
    },
    {
        "name": "ClipSync",
        "href": f"{_HOUSE}{PREFIX}/view/run?dag={{DAG_ID}}&id={{RUN_ID}}",
        "destination": "dag_run",
        "url_route": "clipsync_run",
        "icon": _ICON,
    },
]


class ClipSyncPlugin(AirflowPlugin):
    """Registers the page's application, and where Airflow's UI shows it."""

    name = "clipsync"
    fastapi_apps = _APPS
    external_views = _VIEWS
