"""AutoClip's last run of a project: did it fail, why, and are the files its own? (Rule 9.)

File times are never asked: copies and restored backups have any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from clipsync.model.base import BaseRow
from clipsync.model.manifest import ClipRecord, Kind
from clipsync.model.snapshot import ProjectRow, Snapshot, TaskRow
from clipsync.reconcile.canonical import fit, same_text
from clipsync.reconcile.scene import Scene

_BEFORE_THE_LAST = ("INGEST", "SUBTITLE", "ANALYZE", "HIGHLIGHT")
"""AutoClip's stages in which no final file is written yet. EXPORT cuts the videos and writes them,
DONE brings them into the database."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why AutoClip's last run failed, in AutoClip's words; None where it does not say."""

    reason: str | None = None
    code: str | None = None
    stage: str | None = None


def failure_of(snapshot: Snapshot) -> Failure:
    """The reason AutoClip's own page shows: of the newest run, else of the project itself (the
    command line makes no tasks); for a one-click project, of its generation."""
    run, row = snapshot.newest_task, snapshot.project
    config, metadata = _object(row and row.processing_config), _object(row and row.project_metadata)
    if config.get("smart_import") and _text(config.get("studio_generation_error")):
        return Failure(
            _text(config.get("studio_generation_error")),
            _text(config.get("studio_generation_error_code")),
        )
    if run is not None and run.error is not None:
        return Failure(run.error, run.error_code, run.stage)
    reason = _text(metadata.get("last_error"))
    if reason is not None:
        return Failure(reason, _text(metadata.get("last_error_code")))
    return Failure(stage=run.stage if run is not None and _failed(run) else None)


def studio_owns_status(scene: Scene) -> bool:
    """AutoClip's Studio writes this project's status, and writes it again over anyone else's."""
    row = scene.snapshot.project
    config = _object(row and row.processing_config)
    return scene.manifest.studio is not None or bool(
        config.get("smart_import") or config.get("awaiting_confirmation")
    )


def files_are_of_an_earlier_run(scene: Scene) -> bool:
    """Whether the complete files beside a FAILED project were there before the run that failed.

    The ledger knew them: they are as at the last sync, and a sync leaves no project FAILED whose
    files its failed run wrote. Or the project was completed once, before that run began (a run of
    the command line leaves no task: then any earlier completion counts). Or the run gave up in a
    stage in which nothing final is written: `失败于 SUBTITLE`.
    """
    row, run = scene.snapshot.project, scene.snapshot.newest_task
    failed = run if run is not None and _failed(run) else None
    if _ledger_knew_files(scene):
        return True
    if row is not None and _completed_before(row, failed, any_run=run is not None):
        return True
    stage = (failed.stage or "").upper() if failed is not None else ""
    return any(stage.endswith(name) for name in _BEFORE_THE_LAST)


def moment_of(stored: str | None) -> datetime | None:
    """A stored time, aware; naive ones are UTC. None where it can't be read."""
    try:
        moment = datetime.fromisoformat(stored or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _completed_before(row: ProjectRow, failed: TaskRow | None, *, any_run: bool) -> bool:
    completed = moment_of(row.completed_at)
    if completed is None:
        return False
    began = moment_of(failed.began_at) if failed is not None else None
    return completed < began if began is not None else not any_run


def _ledger_knew_files(scene: Scene) -> bool:
    """Every clip of the files is as the ledger has it: the same times, title and description."""
    has_rows = any(row.kind is Kind.CLIP for row in scene.base.rows)
    if not scene.base.known or has_rows is not bool(scene.manifest.clips):
        return False
    known: dict[str, list[BaseRow]] = {}
    for row in scene.base.rows:
        if row.kind is Kind.CLIP:
            known.setdefault(row.source_id, []).append(row)
    buried = {stone.source_id for stone in scene.base.tombstones if stone.kind is Kind.CLIP}
    return all(
        clip.source_id in buried or any(_same(clip, row) for row in known.get(clip.source_id, ()))
        for clip in scene.manifest.clips
    )


def _same(clip: ClipRecord, row: BaseRow) -> bool:
    return (
        (clip.start_ms, clip.end_ms) == (row.start_ms, row.end_ms)
        and same_text(fit(clip.title), fit(str(row.file_values.get("title") or "")))
        and same_text(clip.description, row.file_values.get("description"))
    )


def _failed(run: TaskRow) -> bool:
    return run.status.upper() == "FAILED"


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
