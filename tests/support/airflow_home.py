"""An Airflow home for tests that import Airflow without starting one: never `~/airflow`."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DAGS = REPOSITORY / "dags"
PLUGINS = REPOSITORY / "plugins"


def settle() -> None:
    """To be called before the first `import airflow` of a process: it reads these once."""
    home = os.environ.get("AIRFLOW_HOME", "")
    if Path(home).name.startswith("clipsync-airflow-"):
        return
    home = tempfile.mkdtemp(prefix="clipsync-airflow-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ.update(environment(Path(home)))


def environment(home: Path) -> dict[str, str]:
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PLUGINS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
    }
