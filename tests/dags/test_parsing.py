"""Parsing the Dags is cheap: the Dag processor does it again and again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.airflow_home import DAGS, environment

# Airflow is imported first and timed: its import on the same machine at the same moment is the
# measure, so that a slow machine does not matter.
PARSE = """
import json, sys, time
began = time.process_time()
from airflow.dag_processing.dagbag import DagBag
import airflow.providers.standard.operators.hitl
imported = time.process_time()
before = set(sys.modules)
import sqlalchemy
def refuse(*args, **kwargs):
    raise AssertionError("an engine was created while parsing")
sqlalchemy.create_engine = refuse
bag = DagBag(sys.argv[1])
parsed = time.process_time()
print(json.dumps({
    "dags": sorted(bag.dags),
    "errors": bag.import_errors,
    "airflow_seconds": imported - began,
    "parse_seconds": parsed - imported,
    "new_modules": sorted(set(sys.modules) - before),
}))
"""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home: Path = tmp_path_factory.mktemp("airflow")
    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(DAGS)],
        env=os.environ | environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert result["errors"] == {}
    assert len(result["dags"]) == 3
    return result


def test_parsing_imports_nothing_heavy(parsed: dict[str, Any]) -> None:
    heavy = (
        "pandas",
        "numpy",
        "great_expectations",
        "alembic",
        "psycopg",
        "clipsync.autoclip",
        "clipsync.ledger",
        "clipsync.model",
        "clipsync.operations",
        "clipsync.quality",
        "clipsync.reconcile",
        "clipsync.reporting",
        "clipsync.demo",
        "clipsync_airflow.work",
        "clipsync_airflow.telling",
        "clipsync_airflow.mailing",
        "clipsync_airflow.deciding",
        "clipsync_airflow.memory",
        "clipsync_airflow.starting",
    )
    loaded = [
        module
        for module in parsed["new_modules"]
        if any(module == name or module.startswith(f"{name}.") for name in heavy)
    ]

    assert loaded == []


def test_parsing_costs_a_fraction_of_importing_airflow(parsed: dict[str, Any]) -> None:
    assert parsed["parse_seconds"] < 0.4 * parsed["airflow_seconds"]
