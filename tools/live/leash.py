"""Runs one command in a session of its own and ends the whole session with it.

    python tools/live/leash.py COMMAND [ARGUMENT…]

Airflow's tasks move to process groups of their own, so ending "the process group" would leave some
behind; a session has no way out but setsid, which Airflow never calls. The leash is held by stdin:
when it closes, because the holder let go or died in whatever way, the command is interrupted as by
Ctrl-C; what is left of the session then gets SIGTERM, and SIGKILL in the end. The leash ends last.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

INTERRUPT_SECONDS = 15.0
TERMINATE_SECONDS = 10.0
_LOOK_SECONDS = 0.2


def main(command: Sequence[str]) -> int:
    """Exit status: the command's own if it ended by itself, 0 when it was told to end."""
    if os.getsid(0) != os.getpid():
        os.setsid()
    # Ctrl-C reaches a terminal's foreground group only, but a `kill` may hit us. A handler,
    # not SIG_IGN: that one the command would inherit.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    while child.poll() is None and not _let_go():
        pass
    ended_by_itself = child.poll()
    if ended_by_itself is None:
        child.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(INTERRUPT_SECONDS)
    end_session(os.getpid(), grace=TERMINATE_SECONDS)
    child.wait()
    return 0 if ended_by_itself is None else abs(ended_by_itself)


def hold(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    """Starts a command on a leash of ours; its process id is that of the session.

    `log` gets what the command prints, after what is there. Whatever becomes of us, the command
    ends with us.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            on_a_leash(command),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def on_a_leash(command: Sequence[str]) -> list[str]:
    """The command line that runs `command` on a leash, from whatever directory.

    This file imports nothing but Python's own, so it is run by its path; `-P` keeps its neighbours
    from standing in for modules of the same name.
    """
    return [sys.executable, "-P", str(Path(__file__).resolve()), *command]


def slip(held: subprocess.Popen[bytes]) -> None:
    """Opens a leash: what it holds begins to end, while we go on."""
    if held.stdin is not None:
        held.stdin.close()


def let_go(held: subprocess.Popen[bytes]) -> None:
    """Opens a leash and stays until its session is empty."""
    slip(held)
    deadline = time.monotonic() + INTERRUPT_SECONDS + TERMINATE_SECONDS + 15.0
    while held.poll() is None and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS / 2)
    end_session(held.pid, grace=0.0)
    if held.poll() is None:
        held.kill()
        held.wait()


def kill(held: subprocess.Popen[bytes]) -> None:
    """Ends a whole session at once, without a word, as a power cut does."""
    held.kill()
    held.wait()
    end_session(held.pid, grace=0.0)


def members(session: int) -> list[int]:
    """Ids of a session's processes, its leader left out; zombies count as gone."""
    found = []
    for pid in _all_pids():
        try:
            if pid != session and os.getsid(pid) == session and not _is_zombie(pid):
                found.append(pid)
        except (ProcessLookupError, PermissionError):
            continue
    return sorted(found)


def end_session(session: int, *, grace: float) -> None:
    """Ends every process of a session but its leader; returns when none is left."""
    deadline = time.monotonic() + grace
    asked: set[int] = set()
    while left := members(session):
        patience_is_over = time.monotonic() >= deadline
        for pid in left:
            # Each is asked once: a second SIGTERM makes some components give up half-way.
            if patience_is_over or pid not in asked:
                _send(pid, signal.SIGKILL if patience_is_over else signal.SIGTERM)
        asked.update(left)
        time.sleep(_LOOK_SECONDS)


def _let_go() -> bool:
    """True once stdin is closed; waits for that at most a moment."""
    readable, _, _ = select.select([0], [], [], _LOOK_SECONDS)
    return bool(readable) and os.read(0, 1) == b""


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _all_pids() -> list[int]:
    proc = Path("/proc")
    if (proc / "self").exists():
        return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()]
    listed = subprocess.run(["ps", "-Ao", "pid="], capture_output=True, text=True, check=True)
    return [int(word) for word in listed.stdout.split()]


def _is_zombie(pid: int) -> bool:
    try:
        # The state follows the command's name, which may itself hold spaces and parentheses.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        # No /proc (macOS): ask ps; or the process has just gone.
        state = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return state.stdout.strip()[:1] in ("", "Z")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
