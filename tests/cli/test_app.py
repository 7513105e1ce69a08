"""All commands: their help, their examples, and what starting them costs."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from clipsync import __version__
from clipsync.cli.app import COMMANDS, app
from tests.cli.conftest import Clipsync

GROUP: Any = typer.main.get_command(app)
NAMES = ("plan", "sync", "audit", "validate", "restore", "undo", "quarantine", "history", "demo")
HEAVY = ("pandas", "great_expectations", "airflow")


def command(name: str) -> Any:
    return GROUP.commands[name]


def options(name: str) -> list[Any]:
    return [param for param in command(name).params if param.param_type_name == "option"]


def test_the_commands_are_those_of_the_design() -> None:
    assert tuple(GROUP.commands) == NAMES
    assert tuple(function.__name__ for function, _ in COMMANDS) == NAMES


def test_help_names_every_command_and_the_environment(clipsync: Clipsync) -> None:
    outcome = clipsync("--help")
    assert (outcome.status, outcome.err) == (0, "")
    for word in (*NAMES, "CLIPSYNC_DATA_DIR", "CLIPSYNC_DATABASE_URL", "Exit status"):
        assert word in outcome.out
    assert clipsync("-h").out == outcome.out


def test_no_command_at_all_shows_the_help_and_is_a_mistake(clipsync: Clipsync) -> None:
    outcome = clipsync()
    assert outcome.status == 1
    assert "Usage: clipsync [OPTIONS] COMMAND" in outcome.out


def test_the_version_is_the_packages(clipsync: Clipsync) -> None:
    outcome = clipsync("--version")
    assert (outcome.status, outcome.out) == (0, f"clipsync {__version__}\n")


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_every_option_has_help(clipsync: Clipsync, name: str) -> None:
    assert command(name).help.strip()
    assert "Exit status: 0 " in command(name).help
    assert [param.name for param in command(name).params if not param.help.strip()] == []
    outcome = clipsync(name, "--help")
    assert (outcome.status, outcome.err) == (0, "")
    for option in options(name):
        assert option.opts[0] in outcome.out
    assert "--json" in outcome.out
    assert "Examples" in outcome.out


@pytest.mark.parametrize("args", [(), *((name,) for name in NAMES)], ids=lambda args: args or "-")
def test_help_fits_eighty_columns_line_by_line(
    clipsync: Clipsync, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = clipsync(*args, "--help").out.splitlines()
    assert max(map(len, lines)) <= 80
    # The tables of exit statuses and examples are lines, not paragraphs: none of them is broken.
    epilog = [*(GROUP if not args else command(args[0])).epilog.splitlines()]
    shown = [line.strip() for line in lines]
    for line in epilog:
        if line.startswith("  "):
            assert line.strip() in shown


def test_the_table_of_exit_statuses_is_that_of_the_commands(clipsync: Clipsync) -> None:
    for name in ("plan", "audit", "sync", "restore", "undo"):
        (row,) = [line for line in GROUP.epilog.splitlines() if line.split()[:2] == [name, "0"]]
        statuses = {word for word in row.split() if word in "012"}
        told = command(name).help.partition("Exit status:")[2]
        assert statuses == {digit for digit in "012" if f"{digit} " in told}


def examples() -> list[tuple[str, str]]:
    of_commands = [(what, line) for _, lines in COMMANDS for what, line in lines]
    start = [
        tuple(part.strip() for part in line.split("    ", 1))[::-1]
        for line in GROUP.epilog.partition("Examples")[2].splitlines()
        if line.strip().startswith("clipsync ")
    ]
    return [*start, *of_commands]  # type: ignore[list-item]


@pytest.mark.parametrize("what, line", examples(), ids=[line for _, line in examples()])
def test_every_example_runs_on_demo_data(
    clipsync: Clipsync, monkeypatch: pytest.MonkeyPatch, what: str, line: str
) -> None:
    program, name, *args = shlex.split(line.replace("\\\n", ""))  # as a shell joins lines
    assert program == "clipsync"
    assert what
    demo = clipsync("demo", "demo", "--json").json
    monkeypatch.setenv("CLIPSYNC_DATA_DIR", demo["data_dir"])
    monkeypatch.setenv("CLIPSYNC_DATABASE_URL", demo["database_url"])
    if "tonight.json" in args and name == "sync":
        clipsync("plan", "--all", "--out", "tonight.json")
    # What stands for the reader's own: a run of theirs, a directory that is not /tmp.
    if any(arg.startswith("sync-2025") for arg in args):
        run_id = clipsync("sync", "--all", "--json").json["run_id"]
        args = [run_id if arg.startswith("sync-2025") else arg for arg in args]
    args = [str(Path.cwd() / arg[5:]) if arg.startswith("/tmp/") else arg for arg in args]
    if name == "demo" and "1000" in args:
        args[args.index("1000")] = "14"  # as good, and quicker
    outcome = clipsync(name, *args)
    if name == "restore" and args[1:]:
        assert outcome.complaint.endswith("nothing was deleted there.")
        return
    assert (outcome.status, outcome.err) == (2 if name in ("plan", "audit", "validate") else 0, "")
    assert outcome.out


@pytest.mark.parametrize(
    "code",
    [
        "import clipsync.cli",
        "run('--help')",
        "run('sync', '--help')",
        "run('nonsense')",
        "run('demo', 'demo', '--empty')",
        "run('plan', '--all')",
        "run('audit', '--all')",
        "run('sync', '--all')",
        "run('sync', '--all', '--json')",
    ],
)
def test_nothing_heavy_is_loaded(clipsync: Clipsync, sqlite_url: str, code: str) -> None:
    Path("data/projects").mkdir(parents=True)
    program = f"""
import sys
sys.argv[0] = "clipsync"
def run(*args):
    from clipsync.cli import main
    sys.argv[1:] = args
    try:
        main()
    except SystemExit:
        pass
{code}
print(sorted(name for name in {HEAVY!r} if name in sys.modules))
print(sorted(name for name in ("sqlalchemy", "alembic", "rich") if name in sys.modules))
"""
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"CLIPSYNC_DATA_DIR": "data", "CLIPSYNC_DATABASE_URL": sqlite_url, "PATH": ""},
    )
    heavy, rather_heavy = ran.stdout.splitlines()[-2:]
    assert heavy == "[]"
    if code == "import clipsync.cli":
        assert rather_heavy == "[]"
    if code == "run('sync', '--all', '--json')":
        assert "rich" not in rather_heavy
    if "--help" in code:
        assert "sqlalchemy" not in rather_heavy
