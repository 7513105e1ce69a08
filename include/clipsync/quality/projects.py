"""The projects' frame: statuses, records without a row, deletions that nobody can have meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from clipsync.ledger.records import TombstoneRecord
from clipsync.model.manifest import Kind
from clipsync.quality.identity import Role
from clipsync.quality.rows import ProjectRow, TaskRun, moment_of
from clipsync.quality.scene import Scene
from clipsync.quality.values import parsed

NO_ROW = "(no row)"
_MANY = 5
_STUCK = ("PENDING", "PROCESSING")
_LAST_STEPS = ("VIDEO", "STEP6", "视频", "6")


def project_columns(
    rows: Sequence[ProjectRow], scene: Scene, run: TaskRun | None
) -> list[dict[str, Any]]:
    """One row per row of the project; one that says `(no row)` where it should have one."""
    common = {
        "project_id": scene.project_id,
        "clips_on_disk": _count(scene.disk.clips) if scene.judged else None,
        "clips_in_database": len(scene.clips.rows),
        "collections_on_disk": _count(scene.disk.collections) if scene.judged else None,
        "collections_in_database": len(scene.collections.rows),
        "clips_missing": _named(scene.clips.missing),
        "collections_missing": _named(scene.collections.missing),
        "buried_by_us": _buried_by_us(scene),
        "buried_but_there": _buried_but_there(scene),
        "buried_at_once": _buried_at_once(scene),
    }
    found = [{**row._asdict(), **common, **_statuses(row, scene, run)} for row in rows]
    # A project that the ledger knew was deleted by a person, but then with all of its rows.
    deleted = scene.base.known and not scene.clips.rows and not scene.collections.rows
    if not rows and scene.judged and not deleted and not _is_studios_alone(scene):
        found.append({**common, "status": NO_ROW, "status_by_file": "COMPLETED"})
    return found


def _statuses(row: ProjectRow, scene: Scene, run: TaskRun | None) -> dict[str, Any]:
    """What the status should be: as it is, where somebody else owns it or a run is under way.

    One that AutoClip does not know, a fork's, is named by `project_statuses` alone.
    """
    status = row.status.upper()
    expected, failed = status, None
    if scene.judged and not scene.disk.studio and not _is_studios(row):
        if status == "FAILED":
            failed = None if _is_later_run(row, scene, run) else "no later run of AutoClip's"
        elif status in _STUCK:
            expected = "COMPLETED"
    return {"status": status, "status_by_file": expected, "failed_for": failed}


def _is_studios(row: ProjectRow) -> bool:
    config = parsed(row.processing_config)
    return bool(config.get("smart_import") or config.get("awaiting_confirmation"))


def _is_studios_alone(scene: Scene) -> bool:
    return scene.disk.studio and not scene.disk.clips and not scene.disk.collections


def _is_later_run(row: ProjectRow, scene: Scene, run: TaskRun | None) -> bool:
    """Whether the files are those of a run before the one that failed: then FAILED is right.

    The row was complete before it began, the ledger knew it before, or it failed before the step
    that writes them. AutoClip's command line keeps no tasks, but the reason.
    """
    if run is None:
        return parsed(row.project_metadata).get("last_error") is not None
    if run.over != "FAILED":
        return False
    began, completed = moment_of(run.started_at), moment_of(row.completed_at)
    if began is not None and completed is not None and completed < began:
        return True
    if run.step and not any(word in run.step.upper() for word in _LAST_STEPS):
        return True
    return scene.base.known


# -- deletions -------------------------------------------------------------------------------


def _buried_by_us(scene: Scene) -> str | None:
    """Rows that ClipSync deleted itself and then took for deleted by a person."""
    return _named(
        one.tombstone.row_id for one in _deletions(scene) if scene.writings.deleted_by_us(one)
    )


def _buried_but_there(scene: Scene) -> str | None:
    """Rows that stand for a record though the ledger says that a person deleted them."""
    standing = (Role.RECORD, Role.SECOND)
    there = {one.row.id for one in scene.clips.rows if one.role in standing}
    there |= {one.row.id for one in scene.collections.rows if one.role in standing}
    return _named(
        one.tombstone.row_id for one in _deletions(scene) if one.tombstone.row_id in there
    )


def _buried_at_once(scene: Scene) -> str | None:
    """Kinds of which most records are taken for deleted at one moment, and AutoClip names none.

    More than half of five or more, or every one of two or more: nobody deletes so; rows were lost.
    """
    wrong = []
    for kind in Kind:
        records = scene.disk.sources(kind) or frozenset()
        moments = Counter(
            one.noticed_at
            for one in _deletions(scene)
            if one.tombstone.kind is kind
            and one.tombstone.source_id in records
            and one.tombstone.row_id not in scene.disk.deleted
        )
        at_once = max(moments.values(), default=0)
        if at_once > len(records) / 2 and (len(records) >= _MANY or 1 < len(records) == at_once):
            wrong.append(f"{at_once} of {len(records)} {kind.value}s")
    return _named(wrong)


def _deletions(scene: Scene) -> Sequence[TombstoneRecord]:
    return scene.writings.deletions if scene.base.tombstones else ()


def _count(records: Any) -> int | None:
    return None if records is None else len(records)


def _named(items: Any) -> str | None:
    return ", ".join(sorted(map(str, items))) or None
