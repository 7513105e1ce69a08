"""A database with AutoClip's schema and a ledger."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from clipsync.ledger import migrate


@pytest.fixture
def ledger(autoclip_engine: sa.Engine) -> sa.Engine:
    migrate.upgrade(autoclip_engine)
    return autoclip_engine
