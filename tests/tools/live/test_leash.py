"""Whatever is started on the leash ends with its holder, in whatever way that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.live import leash

PATIENCE = 60.0

# The leash with less patience than in earnest.
HURRIED = """
import sys
from tools.live import leash
leash.INTERRUPT_SECONDS, leash.TERMINATE_SECONDS = 0.5, 0.5
sys.exit(leash.main(sys.argv[1:]))
"""

# A command with a child in a process group of its own; both survive every polite request.
STUBBORN = """
import os, pathlib, signal, subprocess, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
if len(sys.argv) == 2:
    child = subprocess.Popen([sys.executable, __file__, sys.argv[1], "child"], process_group=0)
else:
    path = pathlib.Path(sys.argv[1])
    path.with_suffix(".new").write_text(f"{os.getppid()} {os.getpid()}")
    path.with_suffix(".new").rename(path)
time.sleep(600)
"""


def until(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE:.0f} s in vain")


def pids_in(path: Path) -> list[int]:
    until(path.exists)
    return [int(pid) for pid in path.read_text().split()]


def gone(pid: int) -> bool:
    """Not there, or a zombie that nobody has collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def held(*command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", HURRIED, *command],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def stubborn(tmp_path: Path) -> tuple[str, ...]:
    script = tmp_path / "stubborn.py"
    script.write_text(STUBBORN)
    return sys.executable, str(script), str(tmp_path / "pids")


def test_a_command_that_ends_by_itself_gives_its_status() -> None:
    with held("sh", "-c", "exit 7") as leashed:
        assert leashed.wait(PATIENCE) == 7


def test_letting_go_ends_children_in_other_process_groups_that_ignore_every_signal(
    tmp_path: Path,
) -> None:
    with held(*stubborn(tmp_path)) as leashed:
        pids = pids_in(tmp_path / "pids")
        assert [pid for pid in pids if pid not in leash.members(leashed.pid)] == []

        assert leashed.stdin is not None
        leashed.stdin.close()

        assert leashed.wait(PATIENCE) == 0
        assert [pid for pid in pids if not gone(pid)] == []
        assert leash.members(leashed.pid) == []


def test_a_holder_that_is_killed_lets_go_as_well(tmp_path: Path) -> None:
    holder = (
        "import subprocess, sys\n"
        "held = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, start_new_session=True)\n"
        "held.wait()\n"
    )
    command = [sys.executable, "-c", HURRIED, *stubborn(tmp_path)]
    with subprocess.Popen([sys.executable, "-c", holder, *command]) as process:
        pids = pids_in(tmp_path / "pids")
        process.kill()

    until(lambda: all(gone(pid) for pid in pids))


def test_a_signal_to_the_leash_itself_leaves_nobody_behind(tmp_path: Path) -> None:
    """A careless `kill` must not free what it holds."""
    with held(*stubborn(tmp_path)) as leashed:
        pids = pids_in(tmp_path / "pids")
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(leashed.pid, number)
        assert [pid for pid in pids if gone(pid)] == []

        assert leashed.stdin is not None
        leashed.stdin.close()
        leashed.wait(PATIENCE)
        assert [pid for pid in pids if not gone(pid)] == []


def test_the_command_is_asked_first_as_by_ctrl_c(tmp_path: Path) -> None:
    said = tmp_path / "said"
    polite = (
        "import pathlib, sys, time\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "try:\n"
        "    path.with_name('ready').touch()\n"
        "    time.sleep(600)\n"
        "except KeyboardInterrupt:\n"
        "    path.write_text('goodbye')\n"
    )
    with held(sys.executable, "-c", polite, str(said)) as leashed:
        until((tmp_path / "ready").exists)
        assert leashed.stdin is not None
        leashed.stdin.close()
        leashed.wait(PATIENCE)

    assert said.read_text() == "goodbye"
