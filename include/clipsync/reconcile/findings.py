"""What the planner tells people: one constructor a code, each with the evidence it needs.

A finding's evidence holds all that its sentence names; `messages` makes the sentence of it, in the
reader's language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from clipsync.model.base import Tombstone, TombstoneReason
from clipsync.model.finding import SEVERITIES, Finding, FindingCode, Severity
from clipsync.model.manifest import (
    ClipRecord,
    DiskProblem,
    Kind,
    Manifest,
    QuarantinedRecord,
    StudioState,
)
from clipsync.model.reason import Reason, ReasonCode
from clipsync.reconcile.canonical import fit
from clipsync.reconcile.last_run import Failure

_MOST_NAMES = 20
_UPPERCASE_ID = re.compile(r"(?=.*[A-F])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

MENDED_BY_SYNC = frozenset({FindingCode.DIRECTORY_WITHOUT_ROW})
"""What is true before a sync and no longer after it: a sync does not report it."""


class Findings:
    """Collects one project's findings, in the order they were made."""

    def __init__(self, project_id: str) -> None:
        self._project_id = project_id
        self._all: dict[tuple[str, str, str], Finding] = {}

    @property
    def all(self) -> tuple[Finding, ...]:
        return tuple(self._all.values())

    # -- the disk ---------------------------------------------------------------------------

    def directory_missing(self, *, rows: int, status: str) -> None:
        severity = Severity.WARNING if rows or status == "COMPLETED" else Severity.INFO
        self._add(
            FindingCode.DIRECTORY_MISSING,
            evidence={"rows": rows, "status": status},
            severity=severity,
        )

    def files_missing(self, *, rows: int) -> None:
        self._add(FindingCode.FILES_MISSING, evidence={"rows": rows})

    def processing(self) -> None:
        self._add(FindingCode.PROCESSING)

    def retry_under_way(self) -> None:
        self._add(FindingCode.RETRY_UNDER_WAY)

    def unreadable(self, manifest: Manifest) -> None:
        for problem in manifest.problems:
            self._add(
                FindingCode.UNREADABLE, subject=problem.file, evidence=problem_evidence(problem)
            )

    def side_file_unreadable(self, manifest: Manifest) -> None:
        for problem in manifest.problems:
            self._add(
                FindingCode.SIDE_FILE_UNREADABLE,
                subject=problem.file,
                evidence=problem_evidence(problem),
            )

    def marker_missing(self) -> None:
        self._add(FindingCode.MARKER_MISSING)

    def marker_contradicts(self, *, marker: int, records: int, kind: Kind) -> None:
        self._add(
            FindingCode.MARKER_CONTRADICTS,
            subject=kind.value,
            evidence={"kind": kind.value, "marker": marker, "records": records},
        )

    def records_missing(self, marker: int) -> None:
        self.marker_contradicts(marker=marker, records=0, kind=Kind.CLIP)

    def collections_file_missing(self) -> None:
        self._add(FindingCode.COLLECTIONS_FILE_MISSING)

    def quarantined(self, records: Sequence[QuarantinedRecord]) -> None:
        for record in records:
            self._add(
                FindingCode.QUARANTINED,
                subject=f"{record.file}#{record.position}",
                evidence={
                    "file": record.file,
                    "position": record.position,
                    "kind": record.kind.value,
                    "source_id": record.source_id,
                    "reason": record.reason.as_dict(),
                },
            )

    def missing_videos(self, *, cut: int | None, clips: Sequence[ClipRecord]) -> None:
        """`cut`: videos the marker counts; `clips`: those whose video is not there."""
        self._add(
            FindingCode.MISSING_VIDEO,
            evidence={"marker_clips": cut, "source_ids": [clip.source_id for clip in clips]},
        )

    def negative_duration(self, clip: ClipRecord) -> None:
        self._add(
            FindingCode.NEGATIVE_DURATION,
            subject=clip.source_id,
            evidence={
                **_about(Kind.CLIP, clip.source_id, clip.title),
                "start": clip.start_seconds,
                "end": clip.end_seconds,
            },
        )

    def cut_to_fit(self, kind: Kind, source_id: str, text: str) -> None:
        self._add(
            FindingCode.CUT_TO_FIT,
            subject=f"{kind.value}:{source_id}",
            evidence={**_about(kind, source_id, text), "length": len(text)},
        )

    def path_too_long(self, kind: Kind, source_id: str) -> None:
        self._add(
            FindingCode.PATH_TOO_LONG,
            subject=f"{kind.value}:{source_id}",
            evidence={"kind": kind.value, "source_id": source_id},
        )

    def unknown_clip_in_collection(self, source_id: str, name: str, missing: list[str]) -> None:
        self._add(
            FindingCode.UNKNOWN_CLIP_IN_COLLECTION,
            subject=source_id,
            evidence={**_about(Kind.COLLECTION, source_id, name), "clip_ids": missing},
        )

    def not_a_project(self, names: Sequence[str]) -> None:
        """Of no project: entries of AutoClip's `projects/` that are none, told once for all."""
        shown = [fit(name) for name in names[:_MOST_NAMES]]
        uppercase = [name for name in shown if _UPPERCASE_ID.fullmatch(name)]
        self._add(
            FindingCode.NOT_A_PROJECT,
            evidence={"count": len(names), "names": shown, "uppercase": uppercase},
        )

    def entry_unreadable(self, problem: DiskProblem) -> None:
        self._add(
            FindingCode.ENTRY_UNREADABLE, subject=problem.file, evidence=problem_evidence(problem)
        )

    def directory_without_row(self, *, rescued: bool) -> None:
        """`rescued`: a sync brings the row back; else there is nothing that could be synced."""
        self._add(
            FindingCode.DIRECTORY_WITHOUT_ROW,
            evidence={"rescued": rescued},
            severity=Severity.ERROR if rescued else Severity.WARNING,
        )

    def last_run_failed(self, failure: Failure, *, files: bool) -> None:
        """`files`: complete files of an earlier run are there."""
        self._add(
            FindingCode.LAST_RUN_FAILED,
            evidence={
                "reason": failure.reason,
                "error_code": failure.code,
                "stage": failure.stage,
                "files": files,
            },
        )

    def unknown_status(self, kind: str, status: str, rows: int) -> None:
        """`kind`: project, clip or collection; `rows`: how many have this word."""
        self._add(
            FindingCode.UNKNOWN_STATUS,
            subject=f"{kind}:{status}",
            evidence={"kind": kind, "status": status, "rows": rows},
        )

    # -- AutoClip's Studio ------------------------------------------------------------------

    def studio(self, state: StudioState) -> None:
        """Where a Studio project stands, as its own file says."""
        self._add(
            FindingCode.STUDIO,
            evidence={
                "phase": state.phase,
                "done": state.done,
                "failed": state.failed,
                "total": state.total,
                "error": state.error,
                "error_code": state.error_code,
            },
        )

    def studio_video_missing(self, files: Sequence[str]) -> None:
        self._add(FindingCode.STUDIO_VIDEO_MISSING, evidence={"videos": list(files)})

    def studio_unreadable(self, problem: DiskProblem) -> None:
        self._add(
            FindingCode.STUDIO_UNREADABLE, subject=problem.file, evidence=problem_evidence(problem)
        )

    def studio_cancelled(self, status: str) -> None:
        self._add(FindingCode.STUDIO_CANCELLED, evidence={"status": status})

    def studio_status_differs(self, *, status: str, phase: str, expected: str) -> None:
        self._add(
            FindingCode.STUDIO_STATUS_DIFFERS,
            evidence={"status": status, "phase": phase, "expected": expected},
        )

    # -- the database -----------------------------------------------------------------------

    def broken_json(self, kind: Kind, row_id: str, column: str) -> None:
        self._add(
            FindingCode.BROKEN_JSON,
            subject=row_id,
            evidence={"kind": kind.value, "row_id": row_id, "column": column},
        )

    def collection_total(self, row_id: str, label: str, *, total: int | None, clips: int) -> None:
        """A person's collection of which AutoClip's page says another total than it shows."""
        self._add(
            FindingCode.COLLECTION_TOTAL,
            subject=row_id,
            evidence={
                "kind": Kind.COLLECTION.value,
                "row_id": row_id,
                "label": fit(label),
                "total": total or 0,
                "clips": clips,
            },
        )

    def orphan_links(self, collection_id: str, clip_ids: Sequence[str]) -> None:
        self._add(
            FindingCode.ORPHAN_LINK,
            subject=collection_id,
            evidence={"collection_id": collection_id, "clip_ids": list(clip_ids)},
        )

    def merged(self, kind: Kind, row_id: str, field: str, reason: ReasonCode, file: object) -> None:
        """Reports a merge that had to decide for the person without knowing (rule 2)."""
        codes = {
            ReasonCode.EDIT_CONFLICT: FindingCode.EDIT_CONFLICT,
            ReasonCode.UNKNOWN_EDIT: FindingCode.KEPT_UNKNOWN_EDIT,
        }
        if reason in codes:
            self._add(
                codes[reason],
                subject=f"{row_id}.{field}",
                evidence={"kind": kind.value, "row_id": row_id, "field": field, "file": file},
            )

    def edited_duplicate(self, kind: Kind, source_id: str, row_id: str, label: str) -> None:
        self._add(
            FindingCode.EDITED_DUPLICATE, subject=row_id, evidence=_about(kind, source_id, label)
        )

    def edited_stale(self, kind: Kind, source_id: str, row_id: str, label: str) -> None:
        self._add(FindingCode.EDITED_STALE, subject=row_id, evidence=_about(kind, source_id, label))

    def kept_in_collection(
        self, about: tuple[Kind, str, str, str], collections: Sequence[str]
    ) -> None:
        """`about`: kind, source id, row id, label. `collections`: names."""
        kind, source_id, row_id, label = about
        self._add(
            FindingCode.KEPT_IN_COLLECTION,
            subject=row_id,
            evidence={**_about(kind, source_id, label), "collections": list(collections)},
        )

    def restored(self, kind: Kind, source_ids: Sequence[str], moved: Mapping[str, str]) -> None:
        """`moved`: source id to new row id, of those whose old id was taken."""
        self._add(
            FindingCode.RESTORED,
            subject=kind.value,
            evidence={
                "kind": kind.value,
                "source_ids": list(source_ids),
                "new_ids": dict(moved),
            },
        )

    def restore_found_nothing(self, kind: Kind, source_id: str, label: str) -> None:
        self._add(
            FindingCode.RESTORE_FOUND_NOTHING,
            subject=f"{kind.value}:{source_id}",
            evidence=_about(kind, source_id, label),
        )

    def project_deleted(self, name: str) -> None:
        self._add(FindingCode.PROJECT_DELETED, evidence={"label": fit(name)})

    def projects_gone(self, gone: int, known: int) -> None:
        self._add(FindingCode.PROJECTS_GONE, evidence={"gone": gone, "known": known})

    def carried_over(self, kind: Kind, row_id: str, fields: Sequence[str]) -> None:
        self._add(
            FindingCode.EDIT_CARRIED_OVER,
            subject=row_id,
            evidence={"kind": kind.value, "row_id": row_id, "fields": list(fields)},
        )

    def tombstoned(self, stone: Tombstone) -> None:
        about = _about(stone.kind, stone.source_id, stone.label)
        code, evidence = FindingCode.TOMBSTONED, about
        if stone.reason is TombstoneReason.MAYBE_DELETED:
            code, evidence = FindingCode.MAYBE_DELETED, {**about, "deleted_row_id": stone.row_id}
        self._add(code, subject=f"{stone.kind.value}:{stone.source_id}", evidence=evidence)

    def many_deleted(self, kind: Kind, *, gone: int, known: int) -> None:
        """So many of the known rows of one kind went at once that it is a question."""
        self._add(
            FindingCode.MAYBE_DELETED,
            subject=kind.value,
            evidence={"kind": kind.value, "gone": gone, "known": known},
        )

    def held_back_renamed(self, stone: Tombstone, name: str) -> None:
        self._add(
            FindingCode.MAYBE_DELETED,
            subject=f"{stone.kind.value}:{stone.source_id}",
            evidence={**_about(stone.kind, stone.source_id, stone.label), "name": fit(name)},
        )

    def resurrected(self, kind: Kind, source_id: str, row_id: str, label: str) -> None:
        self._add(
            FindingCode.TOMBSTONE_RESURRECTED,
            subject=row_id,
            evidence=_about(kind, source_id, label),
        )

    def stopped(self, reason: Reason) -> None:
        self._add(
            FindingCode.STOPPED_BY_GUARD,
            evidence={**reason.values, "reason": reason.as_dict()},
        )

    def _add(
        self,
        code: FindingCode,
        *,
        subject: str = "",
        evidence: Mapping[str, Any] | None = None,
        severity: Severity | None = None,
    ) -> None:
        # `subject` is a column of 255 characters and part of the finding's identity.
        finding = Finding(
            code,
            severity or SEVERITIES[code],
            self._project_id,
            fit(subject),
            dict(evidence or {}),
        )
        self._all.setdefault(finding.key, finding)


def problem_evidence(problem: DiskProblem) -> dict[str, Any]:
    """The evidence of a finding that is about a file that can't be used."""
    return {"file": problem.file, "reason": problem.reason.as_dict()}


def _about(kind: Kind, source_id: str, label: str) -> dict[str, Any]:
    """What tells people which clip or collection is meant."""
    return {"kind": kind.value, "source_id": source_id, "label": fit(label)}
