"""A workspace with one small project on disk, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.site import Site, open_site


@pytest.fixture
def site(autoclip_url: str, tmp_path: Path) -> Iterator[Site]:
    with open_site(tmp_path / "data", autoclip_url) as opened:
        yield opened
