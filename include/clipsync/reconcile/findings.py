"""What the planner tells people: one constructor a code, so that wording lives in one place.

A finding's evidence holds all that its sentence names, so that the same can be said in another
language from code and evidence alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from clipsync.model.base import Tombstone, TombstoneReason
from clipsync.model.finding import Finding, Severity
from clipsync.model.manifest import (
    ClipRecord,
    DiskProblem,
    Kind,
    Manifest,
    QuarantinedRecord,
    StudioState,
)
from clipsync.reconcile.canonical import NAME_LIMIT, fit
from clipsync.reconcile.last_run import Failure
from clipsync.reconcile.merge import Verdict

_QUOTE_LIMIT = 60
_MOST_FILES = 5
_MOST_NAMES = 20
_UPPERCASE_ID = re.compile(r"(?=.*[A-F])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

STUDIO_PHASES: Mapping[str, str] = {
    "not_begun": "not begun",
    "screening": "looking at the video",
    "analysis": "analysing",
    "production": "choosing clips",
    "rendering": "rendering",
    "running": "running",
    "awaiting_confirmation": "waits for a person to confirm the plan",
    "completed": "finished",
    "partial": "finished in part",
    "failed": "failed",
    "cancelled": "cancelled",
    "unreadable": "its file can't be read",
    "unknown": "in an unknown phase",
}
"""A Studio project's phase (`StudioState.phase`) in words."""

MENDED_BY_SYNC = frozenset({"directory_without_row"})
"""Codes of what is true before a sync and no longer after it: a sync does not report them."""


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
            "directory_missing",
            severity,
            f"The project is in the database (status {status}, {rows} rows) but its directory is "
            "not on the disk. Nothing was changed.",
            evidence={"rows": rows, "status": status},
        )

    def files_missing(self, *, rows: int) -> None:
        self._add(
            "files_missing",
            Severity.WARNING,
            f"The database holds {rows} rows of a project whose final files are not on the disk. "
            "Nothing was changed.",
            evidence={"rows": rows},
        )

    def not_a_project(self, names: Sequence[str]) -> None:
        """Of no project: entries of AutoClip's `projects/` that are none, told once for all."""
        shown = [fit(name) for name in names[:_MOST_NAMES]]
        uppercase = [name for name in shown if _UPPERCASE_ID.fullmatch(name)]
        also = (
            f" Named by a UUID in upper case: {', '.join(map(quoted, uppercase))}; AutoClip's ids "
            "are lower case, so neither AutoClip nor ClipSync looks there for a project's files."
            if uppercase
            else ""
        )
        more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
        self._add(
            "not_a_project",
            Severity.INFO,
            f"{_entries(len(names))}: {', '.join(map(quoted, shown))}{more}.{also}",
            evidence={"count": len(names), "names": shown, "uppercase": uppercase},
        )

    def entry_unreadable(self, file: str, reason: str) -> None:
        self._add(
            "entry_unreadable",
            Severity.ERROR,
            f"{file} can't be looked at: {reason}. Nothing of this project was changed.",
            subject=file,
            evidence={"file": file, "reason": reason},
        )

    def directory_without_row(self, *, rescued: bool) -> None:
        """`rescued`: a sync brings the row back; else there is nothing that could be synced."""
        nothing = "" if rescued else " A sync can't bring its row back: no final file can be read."
        self._add(
            "directory_without_row",
            Severity.ERROR if rescued else Severity.WARNING,
            "The project's directory has no row in AutoClip's database: AutoClip 1.5.6 and newer "
            f"deletes such a directory, with everything in it, when it starts.{nothing}",
            evidence={"rescued": rescued},
        )

    def last_run_failed(self, failure: Failure, *, files: bool) -> None:
        """`files`: complete files of an earlier run are there."""
        left = "the files are those of a run before it" if files else "it left nothing to be synced"
        because = f": {failure.reason.rstrip('.。')}" if failure.reason else " without saying why"
        self._add(
            "last_run_failed",
            Severity.WARNING,
            f"AutoClip's last run of this project failed{because}. It stays FAILED; {left}.",
            evidence={
                "reason": failure.reason,
                "error_code": failure.code,
                "stage": failure.stage,
                "files": files,
            },
        )

    def unknown_status(self, kind: str, status: str, rows: int) -> None:
        """`kind`: project, clip or collection; `rows`: how many have this word."""
        which = "The project's row has" if kind == "project" else f"{rows} {kind} rows have"
        self._add(
            "unknown_status",
            Severity.INFO,
            f"{which} the status {quoted(status)}, which AutoClip does not know; it is left alone.",
            subject=f"{kind}:{status}",
            evidence={"kind": kind, "status": status, "rows": rows},
        )

    # -- AutoClip's Studio ------------------------------------------------------------------

    def studio(self, state: StudioState) -> None:
        """Where a Studio project stands, as its own file says."""
        self._add(
            "studio",
            Severity.INFO,
            f"AutoClip's Studio owns this project ({studio_words(state.phase)}, {state.done} of "
            f"{state.total} outputs{_because(state.error)}): there is nothing to sync.",
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
        self._add(
            "studio_video_missing",
            Severity.WARNING,
            f"{len(files)} finished videos of AutoClip's Studio are not on the disk: "
            f"{', '.join(files[:_MOST_FILES])}.",
            evidence={"files": list(files)},
        )

    def studio_unreadable(self, problem: DiskProblem) -> None:
        self._add(
            "studio_unreadable",
            Severity.WARNING,
            f"{problem.file}: {problem.reason}. What AutoClip's Studio made of this project can't "
            "be told, and its status is left alone.",
            subject=problem.file,
            evidence={"file": problem.file, "reason": problem.reason},
        )

    def studio_cancelled(self, status: str) -> None:
        self._add(
            "studio_cancelled",
            Severity.INFO,
            f"The project was cancelled in AutoClip's Studio, and AutoClip still shows it as "
            f"{status}.",
            evidence={"status": status},
        )

    def studio_status_differs(self, *, status: str, phase: str, expected: str) -> None:
        self._add(
            "studio_status_differs",
            Severity.INFO,
            f"AutoClip shows the project as {status}, but its Studio's file says "
            f"{studio_words(phase)} ({expected}).",
            evidence={"status": status, "phase": phase, "expected": expected},
        )

    def processing(self) -> None:
        self._add(
            "processing",
            Severity.INFO,
            "No final files yet: AutoClip is still processing the project, or died there.",
        )

    def retry_under_way(self) -> None:
        self._add(
            "retry_under_way",
            Severity.INFO,
            "AutoClip is working on the project right now; it is synced when that is done.",
        )

    def unreadable(self, manifest: Manifest) -> None:
        for problem in manifest.problems:
            self._add(
                "unreadable",
                Severity.ERROR,
                f"{problem.file}: {problem.reason}. Nothing was changed.",
                subject=problem.file,
                evidence={"file": problem.file, "reason": problem.reason},
            )

    def side_file_unreadable(self, manifest: Manifest) -> None:
        for problem in manifest.problems:
            self._add(
                "side_file_unreadable",
                Severity.WARNING,
                f"{problem.file}: {problem.reason}. The records were synced without it.",
                subject=problem.file,
                evidence={"file": problem.file, "reason": problem.reason},
            )

    def marker_missing(self) -> None:
        self._add(
            "marker_missing",
            Severity.WARNING,
            "The final files are there but the completion marker is missing or unreadable: "
            "records were synced, nothing was deleted.",
        )

    def marker_contradicts(self, *, marker: int, records: int, kind: Kind) -> None:
        self._add(
            "marker_contradicts",
            Severity.ERROR,
            f"The completion marker counts {marker} {kind.value}s but the file holds {records}: "
            "one of them is not of the last run. Nothing was changed.",
            subject=kind.value,
            evidence={"kind": kind.value, "marker": marker, "records": records},
        )

    def records_missing(self, marker: int) -> None:
        self._add(
            "marker_contradicts",
            Severity.ERROR,
            f"The completion marker counts {marker} clips but no file holds any record of them. "
            "Nothing was changed.",
            subject=Kind.CLIP.value,
            evidence={"kind": Kind.CLIP.value, "marker": marker, "records": 0},
        )

    def collections_file_missing(self) -> None:
        self._add(
            "collections_file_missing",
            Severity.WARNING,
            "No file says anything of the project's collections; only its clips were synced.",
        )

    def quarantined(self, records: Sequence[QuarantinedRecord]) -> None:
        for record in records:
            self._add(
                "quarantined",
                Severity.WARNING,
                f"{record.file}, record {record.position + 1}: {record.reason}. "
                "The other records were synced.",
                subject=f"{record.file}#{record.position}",
                evidence={
                    "file": record.file,
                    "position": record.position,
                    "kind": record.kind.value,
                    "source_id": record.source_id,
                    "reason": record.reason,
                },
            )

    def missing_videos(self, *, cut: int | None, clips: Sequence[ClipRecord]) -> None:
        """`cut`: videos the marker counts; `clips`: those whose video is not there."""
        text = f"{len(clips)} videos are not on the disk" if clips else "not every video was cut"
        if cut is not None:
            text = f"the marker counts {cut} cut videos; {text}"
        self._add(
            "missing_video",
            Severity.WARNING,
            f"Videos are missing: {text}.",
            evidence={"marker_clips": cut, "source_ids": [clip.source_id for clip in clips]},
        )

    def negative_duration(self, clip: ClipRecord) -> None:
        self._add(
            "negative_duration",
            Severity.WARNING,
            f"Clip {clip.source_id} {quoted(clip.title)} ends before it starts "
            f"({clip.start_seconds} s to {clip.end_seconds} s); kept as the file has it.",
            subject=clip.source_id,
            evidence={
                **_about(Kind.CLIP, clip.source_id, clip.title),
                "start": clip.start_seconds,
                "end": clip.end_seconds,
            },
        )

    def cut_to_fit(self, kind: Kind, source_id: str, text: str) -> None:
        self._add(
            "cut_to_fit",
            Severity.INFO,
            f"The name of {kind.value} {source_id} has {len(text)} characters; the column holds "
            f"{NAME_LIMIT}, so it was cut: {quoted(text)}.",
            subject=f"{kind.value}:{source_id}",
            evidence={**_about(kind, source_id, text), "length": len(text)},
        )

    def path_too_long(self, kind: Kind, source_id: str) -> None:
        self._add(
            "path_too_long",
            Severity.WARNING,
            f"The video path of {kind.value} {source_id} does not fit the column; left empty.",
            subject=f"{kind.value}:{source_id}",
            evidence={"kind": kind.value, "source_id": source_id},
        )

    def unknown_clip_in_collection(self, source_id: str, name: str, missing: list[str]) -> None:
        self._add(
            "unknown_clip_in_collection",
            Severity.WARNING,
            f"Collection {source_id} {quoted(name)} lists clips that the project does not have: "
            f"{', '.join(missing[:10])}.",
            subject=source_id,
            evidence={**_about(Kind.COLLECTION, source_id, name), "clip_ids": missing},
        )

    # -- the database -----------------------------------------------------------------------

    def broken_json(self, kind: Kind, row_id: str, column: str) -> None:
        self._add(
            "broken_json",
            Severity.WARNING,
            f"{column} of {kind.value} row {row_id} is not valid JSON.",
            subject=row_id,
            evidence={"kind": kind.value, "row_id": row_id, "column": column},
        )

    def orphan_links(self, collection_id: str, clip_ids: Sequence[str]) -> None:
        self._add(
            "orphan_link",
            Severity.INFO,
            f"Removed {len(clip_ids)} links of collection {collection_id} that led nowhere.",
            subject=collection_id,
            evidence={"collection_id": collection_id, "clip_ids": list(clip_ids)},
        )

    def merged(self, kind: Kind, row_id: str, field: str, verdict: Verdict, file: object) -> None:
        """Reports a merge that had to decide for the person without knowing (rule 2)."""
        if verdict is Verdict.CONFLICT:
            self._add(
                "edit_conflict",
                Severity.WARNING,
                f"The {field} of {kind.value} row {row_id} was edited by a user and changed in "
                f"the file as well; the user's stays. The file says {quoted(file)}.",
                subject=f"{row_id}.{field}",
                evidence={"kind": kind.value, "row_id": row_id, "field": field, "file": file},
            )
        elif verdict is Verdict.UNKNOWN_EDIT:
            self._add(
                "kept_unknown_edit",
                Severity.INFO,
                f"The {field} of {kind.value} row {row_id} differs from the file and nothing "
                f"tells who changed it; it stays. The file says {quoted(file)}.",
                subject=f"{row_id}.{field}",
                evidence={"kind": kind.value, "row_id": row_id, "field": field, "file": file},
            )

    def edited_duplicate(self, kind: Kind, source_id: str, row_id: str, label: str) -> None:
        self._add(
            "edited_duplicate",
            Severity.WARNING,
            f"{kind.value.capitalize()} {source_id} has a second row, {quoted(label)}, that a "
            "user edited as well: both stay. Delete the one you do not want in AutoClip.",
            subject=row_id,
            evidence=_about(kind, source_id, label),
        )

    def edited_stale(self, kind: Kind, source_id: str, row_id: str, label: str, why: str) -> None:
        self._add(
            "edited_stale",
            Severity.WARNING,
            f"{kind.value.capitalize()} {source_id} {quoted(label)} is no longer in the file, "
            f"but {why}: the row stays. Delete it in AutoClip if you do not want it.",
            subject=row_id,
            evidence={**_about(kind, source_id, label), "why": why},
        )

    def restored(self, kind: Kind, source_ids: Sequence[str]) -> None:
        self._add(
            "restored",
            Severity.WARNING,
            f"All {kind.value} rows were gone at once, which is a loss and no decision: "
            f"{len(source_ids)} were restored.",
            subject=kind.value,
            evidence={"kind": kind.value, "source_ids": list(source_ids)},
        )

    def carried_over(self, kind: Kind, row_id: str, fields: Sequence[str]) -> None:
        self._add(
            "edit_carried_over",
            Severity.INFO,
            f"AutoClip re-imported {kind.value} row {row_id}; the user's {', '.join(fields)} "
            "was carried over to it.",
            subject=row_id,
            evidence={"kind": kind.value, "row_id": row_id, "fields": list(fields)},
        )

    def tombstoned(self, stone: Tombstone) -> None:
        if stone.reason is TombstoneReason.MAYBE_DELETED:
            self._add(
                "maybe_deleted",
                Severity.WARNING,
                f"{stone.kind.value.capitalize()} {stone.source_id} {quoted(stone.label)} may have "
                "been deleted by a user before our time: it is held back until a person decides.",
                subject=f"{stone.kind.value}:{stone.source_id}",
                evidence={
                    **_about(stone.kind, stone.source_id, stone.label),
                    "deleted_row_id": stone.row_id,
                },
            )
        else:
            self._add(
                "tombstoned",
                Severity.INFO,
                f"{stone.kind.value.capitalize()} {stone.source_id} {quoted(stone.label)} was "
                "deleted by a user and will not be brought back.",
                subject=f"{stone.kind.value}:{stone.source_id}",
                evidence=_about(stone.kind, stone.source_id, stone.label),
            )

    def held_back_renamed(self, stone: Tombstone, name: str) -> None:
        self._add(
            "maybe_deleted",
            Severity.WARNING,
            f"Collection {stone.source_id} was deleted by a user as {quoted(stone.label)}; the "
            f"file now has {quoted(name)} under its id: held back until a person decides.",
            subject=f"{stone.kind.value}:{stone.source_id}",
            evidence={
                **_about(stone.kind, stone.source_id, stone.label),
                "name": fit(name),
            },
        )

    def resurrected(self, kind: Kind, source_id: str, row_id: str, label: str) -> None:
        self._add(
            "tombstone_resurrected",
            Severity.INFO,
            f"{kind.value.capitalize()} {source_id} {quoted(label)} was deleted by a user and "
            "came back through AutoClip's own sync: it was removed again.",
            subject=row_id,
            evidence=_about(kind, source_id, label),
        )

    def stopped(self, sentence: str, evidence: Mapping[str, Any]) -> None:
        self._add("stopped_by_guard", Severity.ERROR, sentence, evidence=evidence)

    def _add(
        self,
        code: str,
        severity: Severity,
        message: str,
        *,
        subject: str = "",
        evidence: Mapping[str, Any] | None = None,
    ) -> None:
        # `subject` is a column of 255 characters and part of the finding's identity.
        finding = Finding(
            code, severity, self._project_id, message, fit(subject), dict(evidence or {})
        )
        self._all.setdefault(finding.key, finding)


def studio_words(phase: str) -> str:
    """A Studio project's phase in plain words; a word of a newer AutoClip as it is."""
    return STUDIO_PHASES.get(phase, quoted(phase))


def _entries(count: int) -> str:
    if count == 1:
        return "1 entry of projects/ is no project"
    return f"{count} entries of projects/ are no projects"


def _because(error: str | None) -> str:
    return "" if error is None else f", {quoted(error)}"


def _about(kind: Kind, source_id: str, label: str) -> dict[str, Any]:
    """What tells people which clip or collection is meant."""
    return {"kind": kind.value, "source_id": source_id, "label": fit(label)}


def quoted(text: object) -> str:
    """A title as it stands in a sentence: one line, of bounded length, in quotes."""
    shown = " ".join(str(text).split())
    if len(shown) > _QUOTE_LIMIT:
        shown = fit(shown, _QUOTE_LIMIT - 1) + "…"
    return f"“{shown}”"
