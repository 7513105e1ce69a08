"""`python -m tools.live`: what it says, and with which status it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.airflow_home import REPOSITORY


def said(place: Path, *command: str, **given: str) -> tuple[int, str]:
    """(status, everything that was printed), run in `place` without a terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.live", *command],
        cwd=place,
        env={"PATH": "/usr/bin:/bin", "PYTHONUTF8": "1", "PYTHONPATH": str(REPOSITORY)} | given,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "" or command == ("nonsense",)
    return done.returncode, done.stdout


@pytest.mark.parametrize("port", ["0", "65536", "80a", "-1", "８０８０x"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    assert said(tmp_path, "serve", PORT=port) == (
        1,
        f"PORT={port}: expected a number from 1 to 65535.\n",
    )
    assert list(tmp_path.iterdir()) == []


def test_run_says_in_one_line_what_it_needs(tmp_path: Path) -> None:
    status, text = said(tmp_path, "run")

    assert status == 1
    assert text.count("\n") == 1
    assert text.startswith("Say which AutoClip: make run DATA_DIR=/srv/autoclip/data")


def test_run_takes_the_settings_of_the_command_line_as_well(tmp_path: Path) -> None:
    status, text = said(
        tmp_path,
        "run",
        CLIPSYNC_DATA_DIR=str(tmp_path / "不存在"),
        CLIPSYNC_DATABASE_URL="postgresql://sync:geheim@127.0.0.1:1/autoclip",
    )

    assert status == 1
    assert str(tmp_path / "不存在") in text
    assert "geheim" not in text


def test_an_unknown_command_is_refused(tmp_path: Path) -> None:
    status, _ = said(tmp_path, "nonsense")

    assert status == 2
