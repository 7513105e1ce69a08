"""`clipsync validate`: the second opinion at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from clipsync.cli.app import app
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.workspace import open_workspace
from clipsync.settings import Settings
from tests.quality.mutants import PROJECT, make_database, write_files


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A synced AutoClip in `tmp_path`, named by the environment."""
    write_files(tmp_path / "data")
    make_database(tmp_path / "autoclip.db")
    url = f"sqlite:///{tmp_path / 'autoclip.db'}"
    monkeypatch.setenv("CLIPSYNC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CLIPSYNC_DATABASE_URL", url)
    with open_workspace(Settings()) as workspace:
        sync_projects(workspace, None, run=RunContext("first", "sync"))
    return tmp_path


def execute(house: Path, statement: str) -> None:
    engine = sa.create_engine(f"sqlite:///{house / 'autoclip.db'}")
    with engine.begin() as conn:
        conn.execute(sa.text(statement))
    engine.dispose()


def count(house: Path, table: str) -> int:
    engine = sa.create_engine(f"sqlite:///{house / 'autoclip.db'}")
    with engine.connect() as conn:
        found = conn.scalar(sa.text(f"SELECT count(*) FROM {table}"))
    engine.dispose()
    return int(found or 0)


def test_where_all_is_well_it_says_so_ends_with_0_and_writes_nothing(house: Path) -> None:
    done = CliRunner().invoke(app, ["validate", "--all"])
    assert done.exit_code == 0
    assert "over 2 projects, 0 failed." in done.stdout
    assert count(house, "clipsync_quality") == 0


def test_an_error_ends_with_2_and_json_is_one_document_of_one_project(house: Path) -> None:
    execute(house, "UPDATE clips SET duration = 7 WHERE start_time = 0")
    done = CliRunner().invoke(app, ["validate", PROJECT, "--json"])
    assert done.exit_code == 2
    told = json.loads(done.stdout)
    assert (told["success"], told["projects"]) == (False, 1)
    (failed,) = [check for check in told["checks"] if not check["success"]]
    assert (failed["name"], failed["failing_count"]) == ("clip_duration", 1)


def test_recorded_results_are_a_run_with_findings(house: Path) -> None:
    execute(house, "UPDATE clips SET duration = 7 WHERE start_time = 0")
    assert CliRunner().invoke(app, ["validate", "--all", "--record"]).exit_code == 2
    assert count(house, "clipsync_quality") > 50
    assert count(house, "clipsync_findings WHERE source = 'quality'") == 2
    assert count(house, "clipsync_runs WHERE command = 'validate'") == 1


def test_a_rule_of_ones_own_is_told_and_a_broken_one_is_one_line(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = house / "rules"
    rules.mkdir()
    monkeypatch.setenv("CLIPSYNC_EXPECTATIONS_DIR", str(rules))
    kwargs = {"column": "score", "max_value": 0.5}
    rule = {"type": "expect_column_values_to_be_between", "kwargs": kwargs, "meta": {"name": "low"}}
    (rules / "clips.json").write_text(json.dumps({"expectations": [rule]}))
    done = CliRunner().invoke(app, ["validate", "--all"])
    assert done.exit_code == 0
    assert "warning  own_low" in done.stdout

    (rules / "clips.json").write_text("{")
    done = CliRunner().invoke(app, ["validate", "--all"])
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"clipsync: {rules / 'clips.json'}: is no JSON")
