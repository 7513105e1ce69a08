"""The command line as a function: arguments in; exit status, stdout and stderr out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from clipsync.cli.app import app
from tests.support.site import Site, open_site


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout; anything else there, or on stderr, fails."""
        assert self.err == ""
        return orjson.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line on stderr of a command that failed; anything else anywhere fails."""
        assert (self.status, self.out) == (1, "")
        assert self.err.startswith("clipsync: ") and self.err.endswith("\n")
        line = self.err.removeprefix("clipsync: ").removesuffix("\n")
        assert line and line.isprintable()
        return line


Clipsync = Callable[..., Outcome]


@pytest.fixture
def clipsync(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Clipsync:
    """Runs the command line in this process, in a directory of its own, without settings."""
    for name in ("DATA_DIR", "DATABASE_URL", "DEBUG", "AUTOCLIP_DATA_DIR"):
        monkeypatch.delenv(f"CLIPSYNC_{name}", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def run(*args: object) -> Outcome:
        capsys.readouterr()
        status = app(list(map(str, args)), prog_name="clipsync", standalone_mode=False)
        captured = capsys.readouterr()
        assert isinstance(status, int)
        return Outcome(status, captured.out, captured.err)

    return run


@pytest.fixture
def site(
    sqlite_url: str, tmp_path: Path, clipsync: Clipsync, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    """One project on disk, none in the database, and the environment that names both."""
    root = tmp_path / "data"
    monkeypatch.setenv("CLIPSYNC_DATA_DIR", str(root))
    monkeypatch.setenv("CLIPSYNC_DATABASE_URL", sqlite_url)
    with open_site(root, sqlite_url) as opened:
        yield opened
