"""A fresh home for each history: copies of an empty database that knows both sets of tables."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from clipsync.autoclip.database import open_engine
from clipsync.ledger import migrate
from tests.histories.home import Home


@pytest.fixture(scope="session")
def ready_database(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("histories") / "autoclip.db"
    shutil.copyfile(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}", lock_timeout=10)
    migrate.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def home(ready_database: Path, tmp_path: Path) -> Iterator[Home]:
    shutil.copyfile(ready_database, tmp_path / "autoclip.db")
    home = Home(tmp_path)
    yield home
    home.engine.dispose()
