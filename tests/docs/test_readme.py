"""The README names what there is."""

from __future__ import annotations

import re
import subprocess
import sys

from clipsync.cli.app import COMMANDS
from tests.support.airflow_home import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_its_table_of_commands_is_the_command_line() -> None:
    named = re.findall(r"^\| `clipsync ([a-z]+)` \|", README, re.MULTILINE)
    assert named == [command.__name__ for command, _ in COMMANDS]


def test_its_table_of_dags_is_the_dags() -> None:
    named = re.findall(r"^\| `(autoclip_[a-z_]+)` \|", README, re.MULTILINE)
    assert sorted(named) == sorted(path.stem for path in (REPOSITORY / "dags").glob("*.py"))


def test_every_make_target_it_names_is_there() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z][a-z-]+)(?= |`|$)", README, re.MULTILINE))
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    assert {"demo", "test", "serve", "run", "setup", "help", "test-deep"} <= named <= targets


def test_every_room_it_draws_is_there_and_none_is_left_out() -> None:
    drawn = README[README.index("    include/clipsync/\n") :]
    drawn = drawn[: drawn.index("\n\n")]
    names = set(re.findall(r"(?:^      |  )([a-z]+)/", drawn, re.MULTILINE))
    rooms = {path.parent.name for path in (REPOSITORY / "include/clipsync").glob("*/__init__.py")}
    assert rooms <= names


def test_its_commands_for_a_look_are_accepted() -> None:
    for command in re.findall(r"^    \.venv/bin/clipsync (\w+) --all", README, re.MULTILINE):
        shown = subprocess.run(
            [sys.executable, "-m", "clipsync", command, "--help"], capture_output=True, check=True
        )
        assert b"--all" in shown.stdout
