"""Starting Airflow: what is said where it does not come up, and that nothing of it is left."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tools.live import leash
from tools.live import standalone as module
from tools.live.home import free_ports, prepare_home
from tools.live.standalone import AirflowStartError, standalone, tail


def start(tmp_path: Path, script: str) -> AirflowStartError:
    """Starts a program called `airflow` that never answers; what is raised."""
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "airflow"
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\n{script}\n")
    program.chmod(0o755)
    path = os.pathsep.join((str(programs), str(Path(sys.executable).parent), os.environ["PATH"]))
    with pytest.raises(AirflowStartError) as caught:
        with standalone(
            prepare_home(tmp_path / "home"),
            repository=tmp_path,
            extra={"PATH": path},
            ports=free_ports("127.0.0.1"),
        ):
            raise AssertionError("it never answered")
    return caught.value


def test_an_airflow_that_ends_by_itself_is_told_of_with_its_last_lines(tmp_path: Path) -> None:
    error = start(tmp_path, "echo 'ModuleNotFoundError: 没有这个模块'\nexit 3")

    assert str(error) == (
        "Airflow did not start: it ended by itself. Its last lines are below, all of them in "
        f"{tmp_path}/home/standalone.log. Mend what they say, or remove that directory with "
        "`make clean`, and try again."
    )
    assert error.tail == "ModuleNotFoundError: 没有这个模块"


def test_an_airflow_that_never_answers_is_given_up_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READY_SECONDS", 1.5)

    error = start(tmp_path, "exec sleep 600")

    assert "after 2 s it still lacked its API" in str(error)
    pid = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{pid}").exists()
    assert leash.members(pid) == []


def test_the_tail_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes("".join(f"第{n}行\n" for n in range(100)).encode() + b"\xff half")

    assert tail(log, 3) == "第98行\n第99行\n\ufffd half"
    assert tail(tmp_path / "none") == ""
