"""`make demo`, `make serve` and `make run` with a real Airflow, without a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clipsync.demo.scenario import write_demo
from tests.end_to_end.house import Api
from tests.support.airflow_home import REPOSITORY
from tools.live.home import AirflowHome

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

PATIENCE = 600.0


def started(place: Path, command: str, **given: str) -> subprocess.Popen[str]:
    """The program behind `make`, in a repository of its own at `place`."""
    for name in ("dags", "plugins", "include", "tools"):
        (place / name).symlink_to(REPOSITORY / name)
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "CLIPSYNC_"))
    }
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "tools.live", command],
        cwd=place,
        env=environ | given,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def of_airflow(home: Path) -> list[int]:
    """Every process that was given this Airflow home."""
    mark = f"AIRFLOW_HOME={home}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
    return found


def until(look: Callable[[], Any], process: subprocess.Popen[str]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        assert process.poll() is None or process.returncode < 0, process.stdout
        time.sleep(0.2)
    raise AssertionError(f"waited {PATIENCE:.0f} s in vain")


@pytest.mark.parametrize(
    ("command", "number", "status"),
    [
        ("demo", signal.SIGINT, 130),
        ("serve", signal.SIGTERM, 0),
        ("serve", signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_whatever_ends_it_ends_every_process_it_started(
    tmp_path: Path, command: str, number: signal.Signals, status: int
) -> None:
    home = tmp_path / ".demo" / "airflow"
    with started(tmp_path, command) as process:
        until(lambda: len(of_airflow(home)) >= 4, process)
        process.send_signal(number)
        said, _ = process.communicate(timeout=PATIENCE)
        until(lambda: not of_airflow(home), process)

    assert process.returncode == status
    if number is not signal.SIGKILL:
        assert said.endswith("Interrupted; everything that was started has ended.\n")


def test_ones_own_data_is_left_alone_until_the_dags_are_switched_on(tmp_path: Path) -> None:
    own = write_demo(tmp_path / "own")
    home = AirflowHome(tmp_path / ".airflow")
    given = {"DATA_DIR": str(own.data_dir), "DATABASE_URL": own.database_url}
    before = own.database.read_bytes()
    with started(tmp_path, "run", **given) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if "AIRFLOW_CONN_SMTP_DEFAULT" in line:  # the last line before it waits
                break
        text = "".join(said)
        address = next(line.split()[1] for line in said if line.strip().startswith("address"))
        api = Api(address, "admin", home.admin_password)
        dags = api.call("GET", "/dags").json()["dags"]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)

    assert {dag["dag_id"]: dag["is_paused"] for dag in dags} == {
        "autoclip_project_sync": True,
        "autoclip_backfill_audit": True,
        "autoclip_watch": True,
    }
    assert f"password     {home.admin_password}" in text
    assert process.returncode == 0
    assert of_airflow(home.path) == []
    assert own.database.read_bytes() == before
