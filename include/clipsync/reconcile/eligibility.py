"""May anything be planned for a project now, and if not, why not? (Rules 8 and 9.)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from clipsync.model.manifest import DiskState, Kind, Manifest
from clipsync.model.reason import Reason, ReasonCode
from clipsync.reconcile import guards, statuses
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.last_run import (
    failure_of,
    files_are_of_an_earlier_run,
    studio_owns_status,
)
from clipsync.reconcile.project import display_name
from clipsync.reconcile.scene import Scene


def is_studio(scene: Scene) -> bool:
    """A project of AutoClip's Studio, in which ClipSync has nothing to do.

    Its own file says so; or it has not begun, and only its row tells what is to become of it.
    """
    row = scene.snapshot.project
    config: Mapping[str, Any] = {}
    if row is not None and isinstance(row.processing_config, dict):
        config = row.processing_config
    return scene.manifest.state is DiskState.STUDIO or (
        scene.manifest.state is DiskState.PROCESSING and bool(config.get("smart_import"))
    )


def why_not(scene: Scene, findings: Findings) -> Reason | None:
    """Why nothing may be planned, in one clause; None where everything is in order."""
    reason = _why_not(scene, findings)
    _tell_of_lost_row(scene, findings)
    _tell_of_unknown_statuses(scene, findings)
    return reason


def _why_not(scene: Scene, findings: Findings) -> Reason | None:
    if scene.manifest.state is DiskState.ABSENT:
        return _absent(scene, findings)
    deleted = project_gone(scene, findings)
    if deleted is not None:
        return deleted
    match scene.manifest.state:
        case DiskState.UNREADABLE:
            return _unreadable(scene, findings)
        case DiskState.PROCESSING:
            return _without_final_files(scene, findings)
    if scene.options.retry_under_way:
        findings.retry_under_way()
        return Reason(ReasonCode.RETRY_UNDER_WAY)
    reason = _inconclusive(scene.manifest, findings)
    if reason is None:
        _tell_of_failed_run(scene, findings)
    return reason


def project_gone(scene: Scene, findings: Findings) -> Reason | None:
    """Rule 7: a project whose row we knew and that is gone was deleted, unless many went."""
    options = scene.options
    if scene.snapshot.project is not None or not scene.base.known or options.restore_project:
        return None
    if options.projects_lost is not None and not scene.base.project_deleted:
        if options.allow_restore:
            return None
        gone, known = options.projects_lost
        findings.projects_gone(gone, known)
        return Reason(ReasonCode.PROJECTS_GONE, {"gone": gone, "known": known})
    findings.project_deleted(display_name(scene.manifest, scene.snapshot))
    return Reason(ReasonCode.PROJECT_DELETED)


def _absent(scene: Scene, findings: Findings) -> Reason:
    if not scene.snapshot.empty:
        findings.directory_missing(rows=guards.row_count(scene.snapshot), status=_status(scene))
    return Reason(ReasonCode.ABSENT)


def _unreadable(scene: Scene, findings: Findings) -> Reason:
    problems = scene.manifest.problems
    entry = f"projects/{scene.project_id}"
    if any(problem.file == entry for problem in problems):
        # The entry itself, a link that leads back to itself, say: nobody can look into it.
        findings.entry_unreadable(problems[0])
    else:
        findings.unreadable(scene.manifest)
    shown = [{"file": one.file, "reason": one.reason.as_dict()} for one in problems]
    return Reason(ReasonCode.UNREADABLE, {"problems": shown})


def _without_final_files(scene: Scene, findings: Findings) -> Reason:
    rows = guards.row_count(scene.snapshot)
    if scene.base.rows or (rows and _status(scene) == "COMPLETED"):
        findings.files_missing(rows=rows)
        return Reason(ReasonCode.FILES_GONE, {"rows": rows})
    if _status(scene).upper() == "FAILED" and not scene.options.retry_under_way:
        findings.last_run_failed(failure_of(scene.snapshot), files=False)
        return Reason(ReasonCode.FAILED_IN_AUTOCLIP)
    findings.processing()
    return Reason(ReasonCode.NO_FINAL_FILES)


def _inconclusive(manifest: Manifest, findings: Findings) -> Reason | None:
    """The marker and the records contradict each other: they are not of one run."""
    if not manifest.clips_known and manifest.marker_counts and manifest.marker_counts.clips:
        findings.records_missing(manifest.marker_counts.clips)
        return Reason(ReasonCode.NO_RECORDS, {"marker": manifest.marker_counts.clips})
    contradiction = _contradiction(manifest)
    if contradiction is None:
        return None
    kind, counted, records = contradiction
    findings.marker_contradicts(marker=counted, records=records, kind=kind)
    return Reason(
        ReasonCode.CONTRADICTING,
        {"kind": kind.value, "marker": counted, "records": records},
    )


def _contradiction(manifest: Manifest) -> tuple[Kind, int, int] | None:
    """A marker that counts more videos than there are records is not of the same run."""
    if manifest.marker_counts is None:
        return None
    for kind, counted, records in (
        (Kind.CLIP, manifest.marker_counts.clips, len(manifest.clips)),
        (Kind.COLLECTION, manifest.marker_counts.collections, len(manifest.collections)),
    ):
        known = manifest.clips_known if kind is Kind.CLIP else manifest.collections_known
        unusable = sum(record.kind is kind for record in manifest.quarantined)
        if known and counted is not None and counted > records + unusable:
            return kind, counted, records + unusable
    return None


def _tell_of_lost_row(scene: Scene, findings: Findings) -> None:
    """AutoClip 1.5.6 deletes a directory without a row at its next start; a sync prevents it.

    Not where the ledger knew the project: its row was deleted by a person, with what is left on
    disk. An entry of projects.json is no directory.
    """
    manifest = scene.manifest
    if manifest.has_directory and scene.snapshot.project is None and not scene.base.known:
        findings.directory_without_row(rescued=manifest.state is DiskState.COMPLETED)


def _tell_of_unknown_statuses(scene: Scene, findings: Findings) -> None:
    snapshot = scene.snapshot
    project = [snapshot.project.status] if snapshot.project is not None else []
    for kind, known, words in (
        ("project", statuses.PROJECT, project),
        ("clip", statuses.CLIP, [row.status for row in snapshot.clips]),
        ("collection", statuses.COLLECTION, [row.status for row in snapshot.collections]),
    ):
        counted = Counter(word for word in words if statuses.is_unknown(word, known))
        for word, rows in sorted(counted.items()):
            findings.unknown_status(kind, word, rows)


def _tell_of_failed_run(scene: Scene, findings: Findings) -> None:
    """The files are complete, and the failed run did not write them: AutoClip's word stays."""
    if _status(scene).upper() != "FAILED" or studio_owns_status(scene):
        return
    if files_are_of_an_earlier_run(scene):
        findings.last_run_failed(failure_of(scene.snapshot), files=True)


def _status(scene: Scene) -> str:
    return scene.snapshot.project.status if scene.snapshot.project is not None else "none"
