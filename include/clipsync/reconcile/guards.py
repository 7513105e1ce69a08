"""Guards (rule 8): limits on deleting what has no successor."""

from __future__ import annotations

from collections.abc import Mapping

from clipsync.model.manifest import Kind
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import Snapshot
from clipsync.reconcile.scene import Scene

MANY = 5
"""From so many rows of one kind on, the project's limit holds for that kind by itself."""


def row_count(snapshot: Snapshot) -> int:
    """Clips and collections the database has of the project."""
    return len(snapshot.clips) + len(snapshot.collections)


def project_stop(scene: Scene, unsucceeded: Mapping[Kind, int]) -> Reason | None:
    """Why a project's plan must not be applied, or None.

    `unsucceeded`: rows the plan deletes with nothing in their place, by kind. Example: 10 clips and
    5 collections of which all collections go is a third of all rows, and all of one kind: stopped.
    """
    snapshot, options = scene.snapshot, scene.options
    if options.allow_deletes:
        return None
    deletes, rows = sum(unsucceeded.values()), row_count(snapshot)
    limit = options.delete_limit
    if exceeds(deletes, rows, options.delete_limit):
        return Reason(ReasonCode.PROJECT_LIMIT, {"deletes": deletes, "rows": rows, "limit": limit})
    of_kind = {Kind.CLIP: len(snapshot.clips), Kind.COLLECTION: len(snapshot.collections)}
    for kind, count in of_kind.items():
        gone = unsucceeded.get(kind, 0)
        if count >= MANY and exceeds(gone, count, options.delete_limit):
            return Reason(
                ReasonCode.KIND_LIMIT,
                {"kind": kind.value, "deletes": gone, "rows": count, "limit": limit},
            )
    return None


def run_stop(unsucceeded: int, rows: int, limit: float) -> Reason | None:
    """Why no deleting plan of a run may be applied, or None."""
    if not exceeds(unsucceeded, rows, limit):
        return None
    return Reason(ReasonCode.RUN_LIMIT, {"deletes": unsucceeded, "rows": rows, "limit": limit})


def exceeds(unsucceeded: int, rows: int, limit: float) -> bool:
    # Divided, not multiplied: 29 of 100 rows are 0.29 to the last bit, and 100 * 0.29 is less.
    return unsucceeded > 0 and unsucceeded / rows > limit
