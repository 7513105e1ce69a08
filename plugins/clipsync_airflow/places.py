"""Where things of ours are in Airflow's house."""

from __future__ import annotations

import os
from pathlib import Path

from clipsync.settings import Settings

PREFIX = "/clipsync"
"""Path below which Airflow mounts the page."""

AIRFLOW = "clipsync.airflow"
"""Where the door leaves Airflow's own application, in the scope of a request."""


def docs_dir(settings: Settings) -> Path:
    """The Data Docs: the setting, else `data_docs/` in Airflow's home."""
    home = os.environ.get("AIRFLOW_HOME") or Path.home() / "airflow"
    return settings.data_docs_dir or Path(home) / "data_docs"
