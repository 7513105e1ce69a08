"""Where AutoClip's own machine keeps the projects, as its rows tell (rule 12)."""

from __future__ import annotations

import sqlalchemy as sa

from clipsync.autoclip.database.tables import clips, collections, projects

_SAMPLE = 50


def learn_projects_root(conn: sa.Connection) -> str | None:
    """The directory that holds the project directories in stored paths; None where no row tells.

    A sample of rows per table is enough: AutoClip writes one prefix for all.
    """
    for table, owner in (
        (clips, clips.c.project_id),
        (collections, collections.c.project_id),
        (projects, projects.c.id),
    ):
        found = conn.execute(
            sa.select(owner, table.c.video_path)
            .where(table.c.video_path.like("%/projects/%"))
            .order_by(table.c.created_at.desc())
            .limit(_SAMPLE)
        )
        for project_id, path in found:
            root, inside, _ = str(path).rpartition(f"/{project_id}/")
            if inside:
                return root
    return None
