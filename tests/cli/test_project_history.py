"""`clipsync history --project`: a project over time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clipsync.cli.app import app
from clipsync.operations.auditing import audit_projects
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.settings import Settings
from tests.support.autoclip_files import clip, collection, project_id, write_project

PROJECT = project_id(1)
HOSTILE = "\x1b[31m<b>\u202e标题\r\n" + "长" * 10_000


@pytest.fixture
def workspace(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    root = tmp_path / "data"
    write(root, [clip(1), clip(2, generated_title=7, outline=7), clip(3, generated_title=HOSTILE)])
    monkeypatch.setenv("CLIPSYNC_DATA_DIR", str(root))
    monkeypatch.setenv("CLIPSYNC_DATABASE_URL", sqlite_url)
    with open_workspace(Settings()) as opened:
        yield opened


def write(root: Path, clips: list[Any]) -> None:
    write_project(root, PROJECT, clips=clips, collections=[collection(1, [1])])


def sync(workspace: Workspace) -> str:
    run = RunContext.for_command("sync")
    sync_projects(workspace, None, run=run)
    return run.run_id


def clipsync(*args: str) -> Any:
    return app(list(args), prog_name="clipsync", standalone_mode=False)


def test_it_tells_how_a_project_came_to_be_as_it_is(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    audit_projects(workspace, None, run=RunContext.for_command("audit"))
    run_id = sync(workspace)
    write(workspace.data.root, [clip(1), clip(2), clip(3)])
    with open_workspace(workspace.settings) as fresh:
        sync(fresh)
    assert clipsync("history", "--project", PROJECT) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0].startswith(PROJECT)
    assert lines[1] == "States, newest first"
    assert [line.split()[2] for line in lines[2:5]] == ["consistent:", "consistent:", "out"]
    assert "disk 2 clips 1 collections, database 2 clips 1 collections" in lines[3]
    for heading in ("Resolved findings", "Records that could not be used", "Changes, newest run"):
        assert heading in out
    assert run_id in out
    assert not any(character in out for character in "\x1b\u202e\r")
    assert max(map(len, lines)) < 500


def test_json_is_one_document_with_all_of_it(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = sync(workspace)
    assert clipsync("history", "--project", PROJECT, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert sorted(told) == [
        "findings", "journal", "project_id", "quarantine", "runs", "states", "tombstones",
    ]  # fmt: skip
    assert [state["status"] for state in told["states"]] == ["consistent"]
    assert [run["run_id"] for run in told["runs"]] == [run_id]


def test_a_project_that_was_never_looked_at_is_no_error(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert clipsync("history", "--project", PROJECT) == 0
    assert "has not looked at this project yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--project", project_id(9)], "project_id(9)"),
        (["--project", "../etc"], "not a project id"),
        (["some-run", "--project", PROJECT], "not both"),
    ],
)
def test_bad_input_is_one_line(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], args: list[str], words: str
) -> None:
    assert clipsync("history", *args) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert words.replace("project_id(9)", project_id(9)) in captured.err
