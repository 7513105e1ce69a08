"""Findings: what a person should know, as codes with values.

A finding is never a sentence. `messages/` says it, in the reader's language, from its code and its
evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast


class Severity(StrEnum):
    """`error` fails a Dag run and makes an audit inconsistent; the others do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 info, 1 warning, 2 error: for "worse than"."""
        return ("info", "warning", "error").index(self.value)


class FindingCode(StrEnum):
    """Every finding there is. What its evidence holds is named behind it."""

    # -- the disk
    DIRECTORY_MISSING = "directory_missing"
    """rows, status."""
    FILES_MISSING = "files_missing"
    """rows."""
    PROCESSING = "processing"
    RETRY_UNDER_WAY = "retry_under_way"
    LAST_RUN_FAILED = "last_run_failed"
    """reason: AutoClip's own words, None where it left none; error_code, stage; files: those of an
    earlier run are there."""
    UNREADABLE = "unreadable"
    """file, reason: a disk reason as JSON."""
    SIDE_FILE_UNREADABLE = "side_file_unreadable"
    """file, reason: a disk reason as JSON."""
    MARKER_MISSING = "marker_missing"
    MARKER_CONTRADICTS = "marker_contradicts"
    """kind, marker, records: what the completion marker counts, and what the file holds."""
    COLLECTIONS_FILE_MISSING = "collections_file_missing"
    QUARANTINED = "quarantined"
    """file, position, kind, source_id, reason: a disk reason as JSON."""
    MISSING_VIDEO = "missing_video"
    """marker_clips: videos the marker counts, or None; source_ids: clips without a video."""
    NEGATIVE_DURATION = "negative_duration"
    """kind, source_id, label, start, end: in seconds."""
    CUT_TO_FIT = "cut_to_fit"
    """kind, source_id, label, length."""
    PATH_TOO_LONG = "path_too_long"
    """kind, source_id."""
    UNKNOWN_CLIP_IN_COLLECTION = "unknown_clip_in_collection"
    """kind, source_id, label, clip_ids."""
    DATA_DIRECTORY_PROBLEM = "data_directory_problem"
    """file, reason: a disk reason as JSON."""
    DIRECTORY_WITHOUT_ROW = "directory_without_row"
    """rescued: a sync brings the row back. AutoClip deletes the directory at its next start."""
    NOT_A_PROJECT = "not_a_project"
    """count, names: entries of `projects/` that are no projects, and the first of them; uppercase:
    those of them that are named by a UUID in upper case."""
    ENTRY_UNREADABLE = "entry_unreadable"
    """file, reason: a disk reason as JSON."""

    # -- AutoClip's Studio
    STUDIO = "studio"
    """phase, done, failed, total; error, error_code: AutoClip's words, or None."""
    STUDIO_VIDEO_MISSING = "studio_video_missing"
    """videos: files of finished outputs that are gone."""
    STUDIO_UNREADABLE = "studio_unreadable"
    """file, reason: a disk reason as JSON."""
    STUDIO_CANCELLED = "studio_cancelled"
    """status: what the project's row still says."""
    STUDIO_STATUS_DIFFERS = "studio_status_differs"
    """status, phase, expected: what the project's row says, what Studio's file says, and the status
    that AutoClip makes of that."""

    # -- the database
    BROKEN_JSON = "broken_json"
    """kind, row_id, column."""
    ORPHAN_LINK = "orphan_link"
    """collection_id, clip_ids."""
    UNKNOWN_STATUS = "unknown_status"
    """kind: project, clip or collection; status; rows: how many have it."""
    COLLECTION_TOTAL = "collection_total"
    """kind, row_id, label, total: what AutoClip's page says; clips: how many it then shows."""
    LINKS_OF_NOBODY = "links_of_nobody"
    """count."""
    ROWS_WITHOUT_PROJECT = "rows_without_project"
    """clips, collections: how many rows are of no project."""

    # -- what people did
    EDIT_CONFLICT = "edit_conflict"
    """kind, row_id, field, file: the file's value."""
    KEPT_UNKNOWN_EDIT = "kept_unknown_edit"
    """kind, row_id, field, file: the file's value."""
    EDIT_CARRIED_OVER = "edit_carried_over"
    """kind, row_id, fields."""
    EDITED_DUPLICATE = "edited_duplicate"
    """kind, source_id, label."""
    EDITED_STALE = "edited_stale"
    """kind, source_id, label."""
    KEPT_IN_COLLECTION = "kept_in_collection"
    """kind, source_id, label, collections: names of the collections that list the clip."""
    RESTORED = "restored"
    """kind, source_ids, new_ids: source id to new row id, where the old id was taken."""
    RESTORE_FOUND_NOTHING = "restore_found_nothing"
    """kind, source_id, label."""
    MAYBE_DELETED = "maybe_deleted"
    """kind, source_id, label, and deleted_row_id (before our time) or name (it is called so in the
    file now); or kind, gone and known (more than half of many went at once)."""
    TOMBSTONED = "tombstoned"
    """kind, source_id, label."""
    TOMBSTONE_RESURRECTED = "tombstone_resurrected"
    """kind, source_id, label."""
    PROJECT_DELETED = "project_deleted"
    """label: the project's name, where the ledger knows it."""
    PROJECTS_GONE = "projects_gone"
    """gone, known: project rows."""

    # -- what ClipSync would not, or could not, do
    STOPPED_BY_GUARD = "stopped_by_guard"
    """reason: a reason as JSON; deletes, rows."""
    SYNC_FAILED = "sync_failed"
    """error."""
    AUDIT_FAILED = "audit_failed"
    """error."""

    # -- the second opinion: check, and rule, rows, count and values, or problem
    QUALITY_PROJECT_IDS_UNIQUE = "quality_project_ids_unique"
    QUALITY_PROJECT_COMPLETED = "quality_project_completed"
    QUALITY_PROJECT_FAILED = "quality_project_failed"
    QUALITY_PROJECT_STATUSES = "quality_project_statuses"
    QUALITY_PROJECT_TYPES = "quality_project_types"
    QUALITY_CLIPS_MISSING = "quality_clips_missing"
    QUALITY_COLLECTIONS_MISSING = "quality_collections_missing"
    QUALITY_DELETIONS_OURS = "quality_deletions_ours"
    QUALITY_DELETIONS_THERE = "quality_deletions_there"
    QUALITY_DELETIONS_AT_ONCE = "quality_deletions_at_once"
    QUALITY_PROJECT_NAMES = "quality_project_names"
    QUALITY_PROJECT_NAME_LENGTHS = "quality_project_name_lengths"
    QUALITY_PROJECT_CREATED = "quality_project_created"
    QUALITY_PROJECT_UPDATED = "quality_project_updated"
    QUALITY_PROJECT_CONFIG_JSON = "quality_project_config_json"
    QUALITY_PROJECT_METADATA_JSON = "quality_project_metadata_json"
    QUALITY_CLIP_IDS_UNIQUE = "quality_clip_ids_unique"
    QUALITY_CLIP_SOURCES_UNIQUE = "quality_clip_sources_unique"
    QUALITY_CLIP_LEFT_OVER = "quality_clip_left_over"
    QUALITY_CLIP_DELETED = "quality_clip_deleted"
    QUALITY_CLIP_TITLE_BY_FILE = "quality_clip_title_by_file"
    QUALITY_CLIP_DESCRIPTION_BY_FILE = "quality_clip_description_by_file"
    QUALITY_CLIP_START = "quality_clip_start"
    QUALITY_CLIP_END = "quality_clip_end"
    QUALITY_CLIP_DURATION = "quality_clip_duration"
    QUALITY_CLIP_SCORE_BY_FILE = "quality_clip_score_by_file"
    QUALITY_CLIP_COMPLETED = "quality_clip_completed"
    QUALITY_CLIP_STATUSES = "quality_clip_statuses"
    QUALITY_CLIP_RECORD = "quality_clip_record"
    QUALITY_CLIP_VIDEOS = "quality_clip_videos"
    QUALITY_CLIP_TITLES = "quality_clip_titles"
    QUALITY_CLIP_TITLE_LENGTHS = "quality_clip_title_lengths"
    QUALITY_CLIP_TIMES = "quality_clip_times"
    QUALITY_CLIP_ORDER = "quality_clip_order"
    QUALITY_CLIP_SCORE = "quality_clip_score"
    QUALITY_CLIP_CREATED = "quality_clip_created"
    QUALITY_CLIP_UPDATED = "quality_clip_updated"
    QUALITY_CLIP_TAGS_JSON = "quality_clip_tags_json"
    QUALITY_CLIP_METADATA_JSON = "quality_clip_metadata_json"
    QUALITY_COLLECTION_IDS_UNIQUE = "quality_collection_ids_unique"
    QUALITY_COLLECTION_SOURCES_UNIQUE = "quality_collection_sources_unique"
    QUALITY_COLLECTION_LEFT_OVER = "quality_collection_left_over"
    QUALITY_COLLECTION_DELETED = "quality_collection_deleted"
    QUALITY_COLLECTION_NAME_BY_FILE = "quality_collection_name_by_file"
    QUALITY_COLLECTION_DESCRIPTION_BY_FILE = "quality_collection_description_by_file"
    QUALITY_COLLECTION_COMPLETED = "quality_collection_completed"
    QUALITY_COLLECTION_STATUSES = "quality_collection_statuses"
    QUALITY_COLLECTION_LEFT_OUT = "quality_collection_left_out"
    QUALITY_COLLECTION_NOT_IN_FILE = "quality_collection_not_in_file"
    QUALITY_COLLECTION_ORDER = "quality_collection_order"
    QUALITY_COLLECTION_LISTED = "quality_collection_listed"
    QUALITY_COLLECTION_RECORD = "quality_collection_record"
    QUALITY_COLLECTION_VIDEOS = "quality_collection_videos"
    QUALITY_COLLECTION_EXPORTS = "quality_collection_exports"
    QUALITY_COLLECTION_NAMES = "quality_collection_names"
    QUALITY_COLLECTION_NAME_LENGTHS = "quality_collection_name_lengths"
    QUALITY_COLLECTION_CLIP_TOTALS = "quality_collection_clip_totals"
    QUALITY_COLLECTION_LINKS = "quality_collection_links"
    QUALITY_COLLECTION_CREATED = "quality_collection_created"
    QUALITY_COLLECTION_UPDATED = "quality_collection_updated"
    QUALITY_COLLECTION_TAGS_JSON = "quality_collection_tags_json"
    QUALITY_COLLECTION_METADATA_JSON = "quality_collection_metadata_json"
    QUALITY_LINK_ORPHANS = "quality_link_orphans"
    QUALITY_LINK_ORDER = "quality_link_order"


def code_of(text: str) -> FindingCode:
    """The code of this name; a text that is none of ours as it is.

    Another release's ledger may hold one, and a house's own quality rules have codes of their own
    (`quality_no_clip_over_ten_minutes`): both are told by what is recorded with them.
    """
    return cast("FindingCode", _CODES.get(text, text))


_CODES = {code.value: code for code in FindingCode}

SEVERITIES: Mapping[FindingCode, Severity] = {
    FindingCode.FILES_MISSING: Severity.WARNING,
    FindingCode.PROCESSING: Severity.INFO,
    FindingCode.RETRY_UNDER_WAY: Severity.INFO,
    FindingCode.LAST_RUN_FAILED: Severity.WARNING,
    FindingCode.UNREADABLE: Severity.ERROR,
    FindingCode.SIDE_FILE_UNREADABLE: Severity.WARNING,
    FindingCode.MARKER_MISSING: Severity.WARNING,
    FindingCode.MARKER_CONTRADICTS: Severity.ERROR,
    FindingCode.COLLECTIONS_FILE_MISSING: Severity.WARNING,
    FindingCode.QUARANTINED: Severity.WARNING,
    FindingCode.MISSING_VIDEO: Severity.WARNING,
    FindingCode.NEGATIVE_DURATION: Severity.WARNING,
    FindingCode.CUT_TO_FIT: Severity.INFO,
    FindingCode.PATH_TOO_LONG: Severity.WARNING,
    FindingCode.UNKNOWN_CLIP_IN_COLLECTION: Severity.WARNING,
    FindingCode.DATA_DIRECTORY_PROBLEM: Severity.ERROR,
    FindingCode.NOT_A_PROJECT: Severity.INFO,
    FindingCode.ENTRY_UNREADABLE: Severity.ERROR,
    FindingCode.STUDIO: Severity.INFO,
    FindingCode.STUDIO_VIDEO_MISSING: Severity.WARNING,
    FindingCode.STUDIO_UNREADABLE: Severity.WARNING,
    FindingCode.STUDIO_CANCELLED: Severity.INFO,
    FindingCode.STUDIO_STATUS_DIFFERS: Severity.INFO,
    FindingCode.BROKEN_JSON: Severity.WARNING,
    FindingCode.ORPHAN_LINK: Severity.INFO,
    FindingCode.UNKNOWN_STATUS: Severity.INFO,
    FindingCode.COLLECTION_TOTAL: Severity.INFO,
    FindingCode.LINKS_OF_NOBODY: Severity.INFO,
    FindingCode.ROWS_WITHOUT_PROJECT: Severity.WARNING,
    FindingCode.EDIT_CONFLICT: Severity.WARNING,
    FindingCode.KEPT_UNKNOWN_EDIT: Severity.INFO,
    FindingCode.EDIT_CARRIED_OVER: Severity.INFO,
    FindingCode.EDITED_DUPLICATE: Severity.WARNING,
    FindingCode.EDITED_STALE: Severity.WARNING,
    FindingCode.KEPT_IN_COLLECTION: Severity.WARNING,
    FindingCode.RESTORED: Severity.WARNING,
    FindingCode.RESTORE_FOUND_NOTHING: Severity.WARNING,
    FindingCode.MAYBE_DELETED: Severity.WARNING,
    FindingCode.TOMBSTONED: Severity.INFO,
    FindingCode.TOMBSTONE_RESURRECTED: Severity.INFO,
    FindingCode.PROJECT_DELETED: Severity.INFO,
    FindingCode.PROJECTS_GONE: Severity.ERROR,
    FindingCode.STOPPED_BY_GUARD: Severity.ERROR,
    FindingCode.SYNC_FAILED: Severity.ERROR,
    FindingCode.AUDIT_FAILED: Severity.ERROR,
}
"""The severity of every finding that always has the same; the others are as severe as the case."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should know of one project.

    `subject` tells two findings of one code apart (a row id, a file, a source id, or ""):
    (project_id, code, subject) is a finding's identity over time. `evidence` holds the JSON values
    that the finding's sentence names. `recorded` is the sentence that the ledger holds: said where
    the evidence, an earlier release's, does not suffice.
    """

    code: FindingCode
    severity: Severity
    project_id: str
    subject: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    recorded: str = field(default="", compare=False, repr=False)

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.project_id, self.code, self.subject)
