"""One finding of every code and every one of its sentences, and one reason of every code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clipsync.model.finding import SEVERITIES, Finding, FindingCode, Severity
from clipsync.model.manifest import DiskCode, DiskReason
from clipsync.model.reason import Reason, ReasonCode
from tests.support.autoclip_files import project_id

PROJECT = project_id(1)
EMPTY = {"code": "empty"}
CLIP = {"kind": "clip", "source_id": "3", "label": "片段"}
FILE = {"file": "a.json", "reason": EMPTY}
FAILED = {"reason": "没有显存", "error_code": "gpu_out_of_memory", "stage": "step 6"}
STUDIO = {"done": 1, "failed": 0, "total": 3, "error": None, "error_code": None}
GONE = {"kind": "clip", "gone": 5, "known": 7}

FINDINGS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "directory_missing": ({"rows": 3, "status": "PENDING"},),
    "files_missing": ({"rows": 3},),
    "processing": ({},),
    "retry_under_way": ({},),
    "last_run_failed": (
        {**FAILED, "files": True},
        {**FAILED, "files": False},
        {**FAILED, "reason": None, "files": True},
        {**FAILED, "reason": None, "files": False},
    ),
    "unreadable": (FILE,),
    "side_file_unreadable": (FILE,),
    "marker_missing": ({},),
    "marker_contradicts": (
        {"kind": "clip", "marker": 5, "records": 3},
        {"kind": "clip", "marker": 5, "records": 0},
    ),
    "collections_file_missing": ({},),
    "quarantined": ({**FILE, "position": 2, "kind": "clip", "source_id": None},),
    "missing_video": (
        {"marker_clips": None, "source_ids": []},
        {"marker_clips": 4, "source_ids": []},
        {"marker_clips": None, "source_ids": ["1", "2"]},
        {"marker_clips": 4, "source_ids": ["1", "2"]},
    ),
    "negative_duration": ({**CLIP, "start": 90, "end": 60},),
    "cut_to_fit": ({**CLIP, "length": 300},),
    "path_too_long": ({"kind": "clip", "source_id": "3"},),
    "unknown_clip_in_collection": ({**CLIP, "kind": "collection", "clip_ids": ["8", "9"]},),
    "data_directory_problem": (FILE,),
    "directory_without_row": ({"rescued": True}, {"rescued": False}),
    "not_a_project": (
        {"count": 2, "names": ["备份", "old_2025"], "uppercase": []},
        {"count": 1, "names": [PROJECT.upper()], "uppercase": [PROJECT.upper()]},
    ),
    "entry_unreadable": (FILE,),
    "studio": (
        {**STUDIO, "phase": "rendering"},
        {**STUDIO, "phase": "failed", "failed": 2, "error": "没有显存"},
    ),
    "studio_video_missing": ({"videos": ["output/studio/7.mp4"]},),
    "studio_unreadable": (FILE,),
    "studio_cancelled": ({"status": "PROCESSING"},),
    "studio_status_differs": ({"status": "PROCESSING", "phase": "failed", "expected": "FAILED"},),
    "broken_json": ({"kind": "clip", "row_id": "r7", "column": "tags"},),
    "orphan_link": ({"collection_id": "c7", "clip_ids": ["a", "b"]},),
    "unknown_status": (
        {"kind": "clip", "status": "INVALIDATED", "rows": 4},
        {"kind": "project", "status": "CANCELLED", "rows": 1},
    ),
    "collection_total": (
        {"kind": "collection", "row_id": "r7", "label": "合集", "total": 5, "clips": 4},
    ),
    "links_of_nobody": ({"count": 4},),
    "rows_without_project": ({"clips": 4, "collections": 2},),
    "edit_conflict": ({"kind": "clip", "row_id": "r7", "field": "title", "file": "新的"},),
    "kept_unknown_edit": (
        {"kind": "collection", "row_id": "r7", "field": "content", "file": ["1"]},
    ),
    "edit_carried_over": ({"kind": "clip", "row_id": "r7", "fields": ["title", "description"]},),
    "edited_duplicate": (CLIP,),
    "edited_stale": (CLIP,),
    "kept_in_collection": ({**CLIP, "collections": ["合集"]},),
    "restored": (
        {"kind": "clip", "source_ids": ["1", "2"], "new_ids": {}},
        {"kind": "clip", "source_ids": ["1", "2"], "new_ids": {"1": "r7"}},
    ),
    "restore_found_nothing": (CLIP,),
    "maybe_deleted": ({**CLIP, "deleted_row_id": "r7"}, {**CLIP, "name": "新的"}, GONE),
    "tombstoned": (CLIP,),
    "tombstone_resurrected": (CLIP,),
    "project_deleted": ({"label": "项目"},),
    "projects_gone": ({"gone": 5, "known": 7},),
    "stopped_by_guard": (
        {
            "reason": {
                "code": "project_limit",
                "values": {"deletes": 3, "rows": 4, "limit": 0.5},
            },
            "deletes": 3,
            "rows": 4,
        },
    ),
    "sync_failed": ({"error": "锁"},),
    "audit_failed": ({"error": "锁"},),
}
"""Evidence by code: one for each sentence that the code has."""

VALUES: Mapping[str, Any] = {
    "at": 7,
    "collection": "c7",
    "columns": ["title"],
    "count": 480,
    "deletes": 3,
    "detail": "EIO",
    "found": "list",
    "gone": 5,
    "key": "clips",
    "kind": "clip",
    "known": 7,
    "label": "片段",
    "levels": 100,
    "limit": 0.5,
    "marker": 5,
    "name": "end_time",
    "names": ["title", "name"],
    "phase": "rendering",
    "position": 4,
    "problems": [{"file": "a.json", "reason": EMPTY}],
    "project": PROJECT,
    "reasons": [EMPTY, {"code": "no_time", "values": {"name": "end_time", "value": "'7'"}}],
    "records": 2,
    "row": "r7",
    "rows": 4,
    "size": "1.1",
    "status": "FAILED",
    "text": "如写",
    "value": "'oops'",
}
"""A value for every place that a reason's sentence can have."""


def findings() -> list[Finding]:
    return [
        Finding(code, SEVERITIES.get(code, Severity.WARNING), PROJECT, "", evidence)
        for code in FindingCode
        for evidence in FINDINGS.get(code, ())
    ]


def reasons() -> list[Reason | DiskReason]:
    return [
        *(Reason(code, VALUES) for code in ReasonCode),
        *(DiskReason(code, VALUES) for code in DiskCode),
    ]
