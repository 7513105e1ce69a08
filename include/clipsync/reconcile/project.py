"""The project's own row: made when missing, repaired when stuck (rule 9)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from clipsync.model.manifest import Manifest
from clipsync.model.plan import Change, Op, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import Snapshot
from clipsync.reconcile import paths
from clipsync.reconcile.canonical import fit
from clipsync.reconcile.scene import Scene

TIME_OF_APPLY = "<time of apply>"
"""Stands in a change for the moment it is applied: the planner has no clock."""


def display_name(manifest: Manifest, snapshot: Snapshot) -> str:
    """What people call the project: its row's name, else the best the disk offers."""
    if snapshot.project is not None and snapshot.project.name.strip():
        return snapshot.project.name
    return fit(manifest.project.name or _placeholder(manifest.project_id))


def plan_project_row(scene: Scene) -> list[Change]:
    """At most one change. The name is a person's once the row is there; only its status is ours."""
    row = scene.snapshot.project
    if row is None:
        made = {"": Reason(ReasonCode.NO_PROJECT_ROW)}
        return [_change(Op.INSERT, scene, {}, _new_row(scene), made)]
    if row.status.upper() == "COMPLETED":
        return []
    before: dict[str, Any] = {"status": row.status}
    after: dict[str, Any] = {"status": "COMPLETED"}
    why = {"status": Reason(ReasonCode.STUCK, {"status": row.status})}
    if row.completed_at is None:
        before["completed_at"], after["completed_at"] = None, TIME_OF_APPLY
        why["completed_at"] = why["status"]
    return [_change(Op.UPDATE, scene, before, after, why)]


def _new_row(scene: Scene) -> dict[str, Any]:
    record = scene.manifest.project
    name = display_name(scene.manifest, scene.snapshot)
    created_at = _timestamp(record.created_at)
    row: dict[str, Any] = {
        "id": scene.project_id,
        "name": name,
        "description": record.description or "",
        "status": "COMPLETED",
        "project_type": record.project_type or "DEFAULT",
        "processing_config": dict(record.processing_config or {}),
        "project_metadata": dict(record.metadata or {"project_name": name}),
        "completed_at": TIME_OF_APPLY,
    }
    if record.video_path:
        row["video_path"] = paths.absolute(record.video_path, scene)
    if created_at is not None:
        row["created_at"] = created_at
    return row


def _placeholder(project_id: str) -> str:
    """AutoClip's own name for a project without one."""
    return f"项目_{project_id[:8]}"


def _timestamp(text: str | None) -> str | None:
    """ISO 8601 as written by AutoClip (naive: UTC) to the form its database keeps."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(sep=" ", timespec="microseconds")


def _change(
    op: Op, scene: Scene, before: dict[str, Any], after: dict[str, Any], why: dict[str, Reason]
) -> Change:
    return Change(op, Table.PROJECTS, scene.project_id, scene.project_id, None, before, after, why)
