"""Frames of some projects, one row per row of the database: what the expectations look at.

A column `…_by_file` holds what the column beside it should hold: the file's value, or what is
there, where that may stay (a person's, or nothing is known against it). A column that names faults
(`left_out`, `wrong_keys`) is empty where there are none. `COLUMNS` tells them all, for people who
write rules of their own. Imports pandas: import it inside functions only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from clipsync.model.base import Base
from clipsync.quality.checks import COLUMNS, Asset
from clipsync.quality.disk import NOTHING, DiskProject
from clipsync.quality.people import Ledger, Writings
from clipsync.quality.projects import project_columns
from clipsync.quality.rows import Chunk
from clipsync.quality.scene import Rows, Scene, numbered

Frames = Mapping[Asset, pd.DataFrame]


def build_frames(
    project_ids: Sequence[str],
    disks: Mapping[str, DiskProject],
    chunk: Chunk,
    bases: Mapping[str, Base],
    ledger: Ledger,
) -> Frames:
    """The frames of these projects. `disks`, `bases`: by project id."""
    rows: dict[Asset, list[dict[str, Any]]] = {asset: [] for asset in Asset}
    projects = defaultdict(list)
    for project in chunk.projects:
        projects[project.id].append(project)
    by_project = _by_project(chunk)
    for project_id in project_ids:
        mine = by_project[project_id]
        quiet = project_id not in chunk.busy
        writings = Writings(project_id, ledger)
        base = bases.get(project_id) or Base(project_id)
        scene = Scene(mine, disks.get(project_id, NOTHING), base, writings, quiet)
        rows[Asset.CLIPS] += [scene.clip(known) for known in scene.clips.rows]
        rows[Asset.COLLECTIONS] += [scene.collection(known) for known in scene.collections.rows]
        rows[Asset.LINKS] += scene.links()
        rows[Asset.PROJECTS] += project_columns(
            projects[project_id], scene, chunk.runs.get(project_id)
        )
    rows[Asset.LINKS] += numbered(by_project[""].links)
    return {asset: _frame(asset, rows[asset]) for asset in Asset}


def _by_project(chunk: Chunk) -> Mapping[str, Rows]:
    found: dict[str, Rows] = defaultdict(lambda: Rows(listed=chunk.listed))
    for clip in chunk.clips:
        found[clip.project_id].clips.append(clip)
    for collection in chunk.collections:
        found[collection.project_id].collections.append(collection)
    for link in chunk.links:
        found[link.collection_project_id or link.clip_project_id or ""].links.append(link)
    return found


def _frame(asset: Asset, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Columns of fixed types whatever is in them: objects with None, numbers with NaN."""
    columns = {}
    for name, column in COLUMNS[asset].items():
        values = [row.get(name) for row in rows]
        if column.is_number:
            columns[name] = pd.Series(
                [float("nan") if value is None else value for value in values], dtype="float64"
            )
        else:
            columns[name] = pd.Series(values, dtype="object")
    return pd.DataFrame(columns)
