"""Where files of ours lie in Airflow's house."""

from __future__ import annotations

import os
from pathlib import Path

from clipsync.settings import Settings


def docs_dir(settings: Settings) -> Path:
    """The Data Docs: the setting, else `data_docs/` in Airflow's home."""
    home = os.environ.get("AIRFLOW_HOME") or Path.home() / "airflow"
    return settings.data_docs_dir or Path(home) / "data_docs"
