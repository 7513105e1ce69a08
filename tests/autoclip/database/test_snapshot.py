"""Reading AutoClip's database."""

from __future__ import annotations

import sqlalchemy as sa

from clipsync.autoclip.database import read_snapshots, read_transaction
from tests.support.autoclip_rows import (
    PROJECT,
    clip_row,
    collection_row,
    insert,
    links,
    project_row,
)


def test_x(autoclip_engine: sa.Engine) -> None:
    insert(
        autoclip_engine,
        projects=[project_row()],
        clips=[clip_row(1), clip_row(2)],
        collections=[collection_row(1, [2, 1])],
        links=links(1, [2, 1]),
    )
    with read_transaction(autoclip_engine) as conn:
        print(read_snapshots(conn, [PROJECT]))
