"""The project's own row: made when missing, repaired when stuck (rule 9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from clipsync.model.manifest import Manifest, StudioState
from clipsync.model.plan import Change, Op, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import BrokenJson, ProjectRow, Snapshot
from clipsync.reconcile import paths, statuses
from clipsync.reconcile.canonical import fit
from clipsync.reconcile.last_run import files_are_of_an_earlier_run, studio_owns_status
from clipsync.reconcile.scene import Scene

TIME_OF_APPLY = "<time of apply>"
"""Stands in a change for the moment it is applied: the planner has no clock."""


def display_name(manifest: Manifest, snapshot: Snapshot) -> str:
    """What people call the project: its row's name, else the best the disk offers."""
    if snapshot.project is not None and snapshot.project.name.strip():
        return snapshot.project.name
    title = manifest.studio.title if manifest.studio is not None else None
    return fit(manifest.project.name or title or _placeholder(manifest.project_id))


_KEPT = (
    "name",
    "description",
    "project_type",
    "video_path",
    "processing_config",
    "project_metadata",
    "completed_at",
    "created_at",
)
"""Columns of a project's row that the ledger keeps, so that a restore brings them back."""


def row_values(scene: Scene, changes: Iterable[Change]) -> dict[str, Any]:
    """What the project's row holds after these changes, as far as JSON can; what it held last
    where it is gone and stays so."""
    row = scene.snapshot.project
    values = dict(scene.base.project_values)
    if row is not None:
        stored = {name: getattr(row, name) for name in _KEPT}
        values = {name: one for name, one in stored.items() if not isinstance(one, BrokenJson)}
    for change in changes:
        written = {name: change.after[name] for name in _KEPT if name in change.after}
        values |= {name: one for name, one in written.items() if one != TIME_OF_APPLY}
    return values


def differ(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Whether more than times differs: those of a row that we made are not known beforehand."""
    names = [name for name in _KEPT if not name.endswith("_at")]
    return any(left.get(name) != right.get(name) for name in names)


def plan_project_row(scene: Scene) -> list[Change]:
    """At most one change. The name is a person's once the row is there; only its status is ours."""
    row = scene.snapshot.project
    if row is None:
        made = {"": Reason(ReasonCode.NO_PROJECT_ROW)}
        values = _new_row(scene) | _former(scene)
        return [_change(Op.INSERT, scene, {}, values, made)]
    if not _is_stuck(row.status, scene):
        return _respelled(row, scene)
    before: dict[str, Any] = {"status": row.status}
    after: dict[str, Any] = {"status": "COMPLETED"}
    why = {"status": Reason(ReasonCode.STUCK, {"status": row.status})}
    if row.completed_at is None:
        before["completed_at"], after["completed_at"] = None, TIME_OF_APPLY
        why["completed_at"] = why["status"]
    return [_change(Op.UPDATE, scene, before, after, why)]


def _respelled(row: ProjectRow, scene: Scene) -> list[Change]:
    """Names in lower case, as older releases wrote them, in AutoClip's spelling (rule 10)."""
    if studio_owns_status(scene):
        return []
    after = {
        name: value.upper()
        for name, value, known in (
            ("status", row.status, statuses.PROJECT),
            ("project_type", row.project_type, statuses.TYPES),
        )
        if value != value.upper() and value.upper() in known
    }
    if not after:
        return []
    before = {name: getattr(row, name) for name in after}
    why = dict.fromkeys(after, Reason(ReasonCode.ENUM_NAME))
    return [_change(Op.UPDATE, scene, before, after, why)]


def plan_studio_row(scene: Scene, state: StudioState) -> Change:
    """The lost row of a Studio project, so that AutoClip takes its directory for the Studio's.

    Without `smart_import` it would be taken for a classic project; the status is what AutoClip's
    own mirror makes of the file. All else follows at AutoClip's next look at the file.
    """
    name = display_name(scene.manifest, scene.snapshot)
    status = _studio_status(state)
    row = _new_row(scene) | {
        "status": status,
        "project_type": "DEFAULT",
        "processing_config": _studio_config(state),
        "project_metadata": dict(scene.manifest.project.metadata or {"project_name": name}),
    }
    if status != "COMPLETED":
        del row["completed_at"]
    row |= _former(scene)
    return _change(Op.INSERT, scene, {}, row, {"": Reason(ReasonCode.RESCUED)})


def _is_stuck(status: str, scene: Scene) -> bool:
    """Whether complete files beside this status mean that AutoClip did not get to write it.

    PENDING and PROCESSING are stuck: a run died, or its last step did. FAILED is where the failed
    run itself wrote the files (AutoClip 1.1 failed in its last step); files of an earlier run say
    nothing against it. A status of the Studio's, or of a fork (`INVALIDATED`), is never ours.
    """
    match status.upper():
        case "PENDING" | "PROCESSING":
            return not studio_owns_status(scene)
        case "FAILED":
            return not studio_owns_status(scene) and not files_are_of_an_earlier_run(scene)
    return False


def _former(scene: Scene) -> dict[str, Any]:
    """What the row held before it went, the person's name for the project among it."""
    return {name: value for name, value in scene.base.project_values.items() if value is not None}


def _new_row(scene: Scene) -> dict[str, Any]:
    record = scene.manifest.project
    name = display_name(scene.manifest, scene.snapshot)
    created_at = _timestamp(record.created_at)
    config = record.processing_config or _PROVENANCE.get(scene.manifest.kind, {})
    row: dict[str, Any] = {
        "id": scene.project_id,
        "name": name,
        "description": record.description or "",
        "status": "COMPLETED",
        "project_type": record.project_type or "DEFAULT",
        "processing_config": dict(config),
        "project_metadata": dict(record.metadata or {"project_name": name}),
        "completed_at": TIME_OF_APPLY,
    }
    if record.video_path:
        row["video_path"] = paths.absolute(record.video_path, scene)
    if created_at is not None:
        row["created_at"] = created_at
    return row


_PROVENANCE: Mapping[str, Mapping[str, Any]] = {
    "cli": {"source": "cli"},
    "example": {"example": True},
}
"""What AutoClip itself writes into the row of a project of this kind, and knows it by."""


def _studio_status(state: StudioState) -> str:
    if state.waits_for_a_person:
        return "PENDING"
    if not state.one_click and state.phase == "completed":
        return "COMPLETED"
    # Whatever was under way has lost the process that worked at it.
    return state.row_status or "FAILED"


def _studio_config(state: StudioState) -> dict[str, Any]:
    config: dict[str, Any] = {
        "smart_import": {
            "goal": "auto",
            "language": "source",
            "aspect": None,
            "duration": None,
            "instruction": "",
            "platforms": list(state.platforms),
            "auto_start": state.one_click,
            "portrait_style": state.portrait_style or "auto",
            "branding": dict(state.branding or {}),
        },
        "studio_completed_variant_count": state.done,
        "studio_draft_count": state.drafts,
    }
    if state.one_click and state.finished:
        config["studio_generation_status"] = state.phase
        if state.error is not None:
            config["studio_generation_error"] = state.error
    if state.waits_for_a_person:
        config["awaiting_confirmation"] = True
    return config


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
