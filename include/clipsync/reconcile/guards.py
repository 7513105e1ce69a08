"""Guards (rule 8): limits on deleting what has no successor."""

from __future__ import annotations

from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import Snapshot
from clipsync.reconcile.scene import Scene


def row_count(snapshot: Snapshot) -> int:
    """Clips and collections the database has of the project."""
    return len(snapshot.clips) + len(snapshot.collections)


def project_stop(scene: Scene, unsucceeded: int) -> Reason | None:
    """Why a project's plan is stopped, or None.

    `unsucceeded`: rows the plan deletes with nothing in their place.
    """
    rows = row_count(scene.snapshot)
    if scene.options.allow_deletes or not exceeds(unsucceeded, rows, scene.options.delete_limit):
        return None
    values = {"deletes": unsucceeded, "rows": rows, "limit": scene.options.delete_limit}
    return Reason(ReasonCode.PROJECT_LIMIT, values)


def run_stop(unsucceeded: int, rows: int, limit: float) -> Reason | None:
    """Why every deleting plan of a run is stopped, or None."""
    if not exceeds(unsucceeded, rows, limit):
        return None
    values = {"deletes": unsucceeded, "rows": rows, "limit": limit}
    return Reason(ReasonCode.RUN_LIMIT, values)


def exceeds(unsucceeded: int, rows: int, limit: float) -> bool:
    # Divided, not multiplied: 29 of 100 rows are 0.29 to the last bit, and 100 * 0.29 is less.
    return unsucceeded > 0 and unsucceeded / rows > limit
