"""The command as a process: streams, signals, a reader that goes away, two at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from clipsync.demo.scenario import write_demo
from tests.support.autoclip_files import clip, collection, write_project
from tests.support.site import PROJECT, Site, open_site

PATIENCE = 300.0
"""Seconds; machines may be slow."""


class Shell:
    """Starts real processes in a site's environment."""

    def __init__(self, site: Site, database_url: str) -> None:
        self.site = site
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "CLIPSYNC_DATA_DIR": str(site.root),
            "CLIPSYNC_DATABASE_URL": database_url,
        }

    def start(
        self, *args: str, environment: Mapping[str, str] | None = None, **streams: Any
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "clipsync", *args],
            env={**self.environment, **(environment or {})},
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
        )

    def run(self, *args: str, **more: Any) -> tuple[int, bytes, bytes]:
        process = self.start(*args, **more)
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out or b"", err or b""


@pytest.fixture
def shell(sqlite_url: str, tmp_path: Path) -> Any:
    with open_site(tmp_path / "data", sqlite_url) as site:
        yield Shell(site, sqlite_url)


def test_exit_statuses_and_streams_are_those_of_the_design(shell: Shell) -> None:
    status, out, err = shell.run("plan", "--all", "--json")
    assert (status, orjson.loads(out)["summary"]["insert"], err) == (2, 6, b"")
    status, out, err = shell.run("sync", "--all", "--json")
    assert (status, orjson.loads(out)["clips_synced"], err) == (0, 3, b"")
    status, out, err = shell.run("plan", "nonsense", "--json")
    assert (status, out, err.count(b"\n")) == (1, b"", 1)


def test_the_installed_command_is_the_same(shell: Shell) -> None:
    installed = Path(sys.executable).with_name("clipsync")
    ran = subprocess.run(
        [installed, "plan", "--all", "--json"],
        env=shell.environment,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (ran.returncode, ran.stdout) == shell.run("plan", "--all", "--json")[:2]


@pytest.mark.parametrize("json", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize("command", ["plan", "audit", "sync"])
def test_a_reader_that_goes_away_is_no_error(
    shell: Shell, command: str, json: tuple[str, ...]
) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        status, _, err = shell.run(command, "--all", *json, stdout=write)
    finally:
        os.close(write)
    assert (status, err) == (128 + signal.SIGPIPE, b"")
    assert len(shell.site.rows("clips")) == (3 if command == "sync" else 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux' /dev/full")
@pytest.mark.parametrize("json", [(), ("--json",)], ids=["text", "json"])
def test_output_that_cannot_be_written_is_told(shell: Shell, json: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        status, _, err = shell.run("sync", "--all", *json, stdout=full)
    assert (status, err.decode()) == (
        1,
        "clipsync: the output can't be written: No space left on device. What the command did to "
        "the database is done all the same; `clipsync history` shows it.\n",
    )
    assert len(shell.site.rows("clips")) == 3


@pytest.mark.parametrize(
    "environment, expected",
    [
        ({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, "第1段：标题".encode()),
        ({"PYTHONIOENCODING": "ascii"}, b"?1???"),
        ({"PYTHONIOENCODING": "gbk"}, "第1段：标题".encode("gbk")),
    ],
    ids=["C locale", "ascii", "gbk"],
)
def test_any_locale_can_print_chinese_names(
    shell: Shell, environment: dict[str, str], expected: bytes
) -> None:
    status, out, err = shell.run("plan", "--all", environment=environment)
    assert (status, err) == (2, b"")
    assert expected in out
    _, document, _ = shell.run("plan", "--all", "--json", environment=environment)
    assert "第1段：标题" in document.decode("utf-8")


def test_closed_streams_are_no_crash(shell: Shell) -> None:
    for redirection, status in ((">&-", 2), ("2>&-", 2), ("<&-", 2)):
        ran = subprocess.run(
            ["/bin/sh", "-c", f'exec "$0" -m clipsync plan --all {redirection}', sys.executable],
            env=shell.environment,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
        assert (ran.returncode, ran.stderr) == (status, b"")


def test_an_interrupted_sync_leaves_whole_projects_and_the_next_one_goes_on(
    tmp_path: Path,
) -> None:
    demo = write_demo(tmp_path / "demo", 600)
    with open_site(demo.data_dir, demo.database_url) as site:
        shell = Shell(site, demo.database_url)
        process = shell.start("sync", "--all", environment={"CLIPSYNC_BATCH_SIZE": "5"})
        # Once it has committed something, and long before it is done.
        while process.poll() is None and not _runs_begun(site):
            pass
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out) == (130, b"")
        assert err.decode() == (
            "clipsync: interrupted. Nothing is left half-done: every project was changed as a "
            "whole or not at all, and the same command again goes on from here.\n"
        )
        status, out, _ = shell.run("audit", "--all", "--json")
        statuses = {one["project_id"]: one["status"] for one in orjson.loads(out)["projects"]}
        # Of a project that was retried twice, more than half of the clips go (rule 8).
        status, out, err = shell.run("sync", "--all", "--allow-deletes", "--json")
        document = orjson.loads(out)
        assert (status, err) == (0, b"")
        assert "out_of_sync" in statuses.values()
        assert document["clips_synced"] == demo.clips + 3
        assert shell.run("plan", "--all", "--json")[0] == 0


def _runs_begun(site: Site) -> bool:
    from sqlalchemy.exc import OperationalError

    try:
        return bool(site.rows("clipsync_projects"))
    except OperationalError:  # no ledger yet
        return False


def test_two_syncs_at_once_do_the_work_once(shell: Shell) -> None:
    for number in range(2, 60):
        write_project(
            shell.site.root,
            f"00000000-0000-4000-9000-{number:012}",
            clips=[clip(1), clip(2)],
            collections=[collection(1, [1])],
        )
    both = [
        shell.start("sync", "--all", "--json", environment={"CLIPSYNC_BATCH_SIZE": "3"})
        for _ in range(2)
    ]
    ended = [(*process.communicate(timeout=PATIENCE), process.returncode) for process in both]
    assert [(status, err) for _, err, status in ended] == [(0, b""), (0, b"")]
    documents = [orjson.loads(out) for out, _, _ in ended]
    assert sum(document["changes"]["insert"] for document in documents) == 6 + 58 * 4
    assert {document["clips_synced"] for document in documents} == {3 + 58 * 2}
    assert len(shell.site.rows("clips")) == 3 + 58 * 2
    assert shell.run("plan", PROJECT)[0] == 0
