"""What people are told: one sentence a finding, in one place, safe to show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from clipsync.messages import message as said
from clipsync.model.base import Tombstone, TombstoneReason
from clipsync.model.finding import Finding, FindingCode, Severity
from clipsync.model.manifest import (
    DiskCode,
    DiskProblem,
    DiskReason,
    Kind,
    QuarantinedRecord,
    StudioState,
)
from clipsync.model.reason import Reason, ReasonCode
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.last_run import Failure
from tests.reconcile.worlds import PROJECT, clip_record, manifest

STONE = Tombstone(Kind.COLLECTION, "2", "row", "旧", TombstoneReason.DELETED)
BURIED: dict[str, object] = {"kind": "collection", "source_id": "2", "label": "旧"}
HALF = DiskReason(DiskCode.HALF_WRITTEN, {"at": 7})
LOCKED = DiskReason(DiskCode.NOT_PERMITTED)
NO_TIME = DiskReason(DiskCode.FIELD_MISSING, {"name": "end_time"})
LIMIT = Reason(ReasonCode.PROJECT_LIMIT, {"deletes": 3, "rows": 4, "limit": 0.5})
ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def told(tell: Callable[[Findings], None]) -> Finding:
    findings = Findings(PROJECT)
    tell(findings)
    (finding,) = findings.all
    assert finding.project_id == PROJECT
    return finding


CASES: list[tuple[Callable[[Findings], None], str, Severity, str, dict[str, object], str]] = [
    (
        lambda f: f.directory_missing(rows=3, status="PENDING"),
        "directory_missing",
        WARNING,
        "",
        {"rows": 3, "status": "PENDING"},
        "The project is in the database (status PENDING, 3 rows), but its directory is "
        "not on the disk. Nothing was changed. Mount the disk or bring the directory "
        "back; if the project is not wanted any more, delete it in AutoClip.",
    ),
    (
        lambda f: f.directory_missing(rows=0, status="COMPLETED"),
        "directory_missing",
        WARNING,
        "",
        {"rows": 0, "status": "COMPLETED"},
        "The project is in the database (status COMPLETED, 0 rows), but its directory is "
        "not on the disk. Nothing was changed. Mount the disk or bring the directory "
        "back; if the project is not wanted any more, delete it in AutoClip.",
    ),
    (
        lambda f: f.directory_missing(rows=0, status="PENDING"),
        "directory_missing",
        INFO,
        "",
        {"rows": 0, "status": "PENDING"},
        "The project is in the database (status PENDING, 0 rows), but its directory is "
        "not on the disk. Nothing was changed. Mount the disk or bring the directory "
        "back; if the project is not wanted any more, delete it in AutoClip.",
    ),
    (
        lambda f: f.files_missing(rows=3),
        "files_missing",
        WARNING,
        "",
        {"rows": 3},
        "The database holds 3 rows of the project, but its final files are not on the "
        "disk. Nothing was changed. Bring the files back, or run the project again in "
        "AutoClip.",
    ),
    (
        lambda f: f.processing(),
        "processing",
        INFO,
        "",
        {},
        "No final files yet: AutoClip is still processing the project, or its run ended "
        "without them.",
    ),
    (
        lambda f: f.retry_under_way(),
        "retry_under_way",
        INFO,
        "",
        {},
        "AutoClip is working on the project right now; it is synced when that is done.",
    ),
    (
        lambda f: f.unreadable(manifest(problems=(DiskProblem("a/b.json", HALF),))),
        "unreadable",
        ERROR,
        "a/b.json",
        {"file": "a/b.json", "reason": HALF.as_dict()},
        "a/b.json: half-written JSON: unexpected end at byte 7. Nothing was changed. "
        "Repair the file, or run the project again in AutoClip.",
    ),
    (
        lambda f: f.side_file_unreadable(manifest(problems=(DiskProblem("a.json", LOCKED),))),
        "side_file_unreadable",
        WARNING,
        "a.json",
        {"file": "a.json", "reason": LOCKED.as_dict()},
        "a.json: not permitted to read it. The records were synced without it.",
    ),
    (
        lambda f: f.marker_missing(),
        "marker_missing",
        WARNING,
        "",
        {},
        "The final files are there, but the completion marker is missing or can't be "
        "read: records are synced, nothing is deleted.",
    ),
    (
        lambda f: f.marker_contradicts(marker=5, records=3, kind=Kind.COLLECTION),
        "marker_contradicts",
        ERROR,
        "collection",
        {"kind": "collection", "marker": 5, "records": 3},
        "The completion marker counts 5 collections, but the file holds 3: one of them "
        "is not of the last run. Nothing was changed. Run the project again in AutoClip, "
        "or bring the right file back.",
    ),
    (
        lambda f: f.records_missing(5),
        "marker_contradicts",
        ERROR,
        "clip",
        {"kind": "clip", "marker": 5, "records": 0},
        "The completion marker counts 5 clips, but no file holds any record of them. "
        "Nothing was changed. Bring the files back, or run the project again in AutoClip.",
    ),
    (
        lambda f: f.collections_file_missing(),
        "collections_file_missing",
        WARNING,
        "",
        {},
        "No file says anything of the project's collections; only its clips are synced.",
    ),
    (
        lambda f: f.quarantined([QuarantinedRecord(Kind.CLIP, "c.json", 2, "3", NO_TIME, "{}")]),
        "quarantined",
        WARNING,
        "c.json#2",
        {
            "file": "c.json",
            "position": 2,
            "kind": "clip",
            "source_id": "3",
            "reason": NO_TIME.as_dict(),
        },
        "c.json, record 3: end_time is missing. The other records are synced.",
    ),
    (
        lambda f: f.missing_videos(cut=1, clips=[clip_record(1), clip_record(2)]),
        "missing_video",
        WARNING,
        "",
        {"marker_clips": 1, "source_ids": ["1", "2"]},
        "Videos are missing: the completion marker counts only 1 video that was cut, and "
        "2 videos are not on the disk.",
    ),
    (
        lambda f: f.missing_videos(cut=1, clips=[]),
        "missing_video",
        WARNING,
        "",
        {"marker_clips": 1, "source_ids": []},
        "Videos are missing: the completion marker counts only 1 video that was cut.",
    ),
    (
        lambda f: f.missing_videos(cut=None, clips=[clip_record(1)]),
        "missing_video",
        WARNING,
        "",
        {"marker_clips": None, "source_ids": ["1"]},
        "Videos are missing: 1 video is not on the disk.",
    ),
    (
        lambda f: f.negative_duration(clip_record(1, start=90, end=60)),
        "negative_duration",
        WARNING,
        "1",
        {"kind": "clip", "source_id": "1", "label": "片段1", "start": 90, "end": 60},
        "Clip 1 “片段1” ends before it starts (90 s to 60 s); it is kept as the file has it.",
    ),
    (
        lambda f: f.cut_to_fit(Kind.CLIP, "1", "长" * 300),
        "cut_to_fit",
        INFO,
        "clip:1",
        {"kind": "clip", "source_id": "1", "label": "长" * 255, "length": 300},
        "The name of clip 1 has 300 characters; the column holds 255, so it is cut: "
        "“长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长…”.",
    ),
    (
        lambda f: f.path_too_long(Kind.COLLECTION, "1"),
        "path_too_long",
        WARNING,
        "collection:1",
        {"kind": "collection", "source_id": "1"},
        "The video path of collection 1 does not fit the column; it is left empty.",
    ),
    (
        lambda f: f.unknown_clip_in_collection("1", "合集", [str(n) for n in range(12)]),
        "unknown_clip_in_collection",
        WARNING,
        "1",
        {
            "source_id": "1",
            "kind": "collection",
            "label": "合集",
            "clip_ids": [str(n) for n in range(12)],
        },
        "Collection 1 “合集” lists clips that the project does not have: 0, 1, 2, 3, 4, 5, "
        "6, 7, 8, 9.",
    ),
    (
        lambda f: f.broken_json(Kind.CLIP, "row", "tags"),
        "broken_json",
        WARNING,
        "row",
        {"kind": "clip", "row_id": "row", "column": "tags"},
        "tags of clip row row is not valid JSON.",
    ),
    (
        lambda f: f.orphan_links("row", ["a", "b"]),
        "orphan_link",
        INFO,
        "row",
        {"collection_id": "row", "clip_ids": ["a", "b"]},
        "2 links lead to collection row, which does not exist: a sync removes them.",
    ),
    (
        lambda f: f.merged(Kind.CLIP, "row", "title", ReasonCode.EDIT_CONFLICT, "新的"),
        "edit_conflict",
        WARNING,
        "row.title",
        {"kind": "clip", "row_id": "row", "field": "title", "file": "新的"},
        "The title of clip row row was edited by a user and changed in the file as well; "
        "the user's stays. The file says “新的”.",
    ),
    (
        lambda f: f.merged(Kind.COLLECTION, "row", "content", ReasonCode.UNKNOWN_EDIT, ["1"]),
        "kept_unknown_edit",
        INFO,
        "row.content",
        {"kind": "collection", "row_id": "row", "field": "content", "file": ["1"]},
        "The content of collection row row differs from the file, and nothing tells who "
        "changed it; it stays. The file says “1”.",
    ),
    (
        lambda f: f.edited_duplicate(Kind.CLIP, "1", "row", "我的"),
        "edited_duplicate",
        WARNING,
        "row",
        {"source_id": "1", "kind": "clip", "label": "我的"},
        "Clip 1 has a second row, “我的”, that a user edited as well: both stay. Delete "
        "the one you do not want in AutoClip.",
    ),
    (
        lambda f: f.edited_stale(Kind.COLLECTION, "1", "row", "我的"),
        "edited_stale",
        WARNING,
        "row",
        {"source_id": "1", "kind": "collection", "label": "我的"},
        "Collection 1 “我的” is no longer in the file, but a user edited it: the row stays. "
        "Delete it in AutoClip if you do not want it.",
    ),
    (
        lambda f: f.kept_in_collection((Kind.CLIP, "1", "row", "片段"), ["我的", "合集"]),
        "kept_in_collection",
        WARNING,
        "row",
        {"kind": "clip", "source_id": "1", "label": "片段", "collections": ["我的", "合集"]},
        "The piece of video of clip 1 “片段” is no longer in the file, but the row stays, "
        "because a collection that a user made lists it: 我的, 合集.",
    ),
    (
        lambda f: f.unknown_status("clip", "INVALIDATED", 2),
        "unknown_status",
        INFO,
        "clip:INVALIDATED",
        {"kind": "clip", "status": "INVALIDATED", "rows": 2},
        "2 clips have the status “INVALIDATED”, which AutoClip does not know; they are left alone.",
    ),
    (
        lambda f: f.restore_found_nothing(Kind.CLIP, "3", "片段"),
        "restore_found_nothing",
        WARNING,
        "clip:3",
        {"kind": "clip", "source_id": "3", "label": "片段"},
        "Clip 3 “片段” was to be restored, but the file does not have it any more as it was "
        "deleted.",
    ),
    (
        lambda f: f.project_deleted("演示"),
        "project_deleted",
        INFO,
        "",
        {"label": "演示"},
        "A person deleted project “演示” in AutoClip; it is not brought back. "
        "`clipsync restore ID` brings it back.",
    ),
    (
        lambda f: f.projects_gone(3, 5),
        "projects_gone",
        ERROR,
        "",
        {"gone": 3, "known": 5},
        "3 of 5 project rows that ClipSync knew are gone at once, which looks like a loss. "
        "Nothing was changed. `--allow-restore` brings them back, as does approving in "
        "Airflow's Required actions.",
    ),
    (
        lambda f: f.many_deleted(Kind.CLIP, gone=4, known=6),
        "maybe_deleted",
        WARNING,
        "clip",
        {"kind": "clip", "gone": 4, "known": 6},
        "4 of 6 clips that ClipSync knew are gone from the database at once. They are held "
        "back until a person decides: `clipsync restore` brings them back, `clipsync sync ID "
        "--allow-deletes` confirms that they were deleted.",
    ),
    (
        lambda f: f.collection_total("row", "我的", total=None, clips=3),
        "collection_total",
        INFO,
        "row",
        {"kind": "collection", "row_id": "row", "label": "我的", "total": 0, "clips": 3},
        "AutoClip's page says that collection “我的”, which a user made, has 0 clips, and shows 3.",
    ),
    (
        lambda f: f.directory_without_row(rescued=True),
        "directory_without_row",
        ERROR,
        "",
        {"rescued": True},
        "The project's directory has no row in AutoClip's database: AutoClip 1.5.6 and "
        "newer deletes such a directory, with everything in it, when it starts. `clipsync sync` "
        "brings the row back.",
    ),
    (
        lambda f: f.directory_without_row(rescued=False),
        "directory_without_row",
        WARNING,
        "",
        {"rescued": False},
        "The project's directory has no row in AutoClip's database: AutoClip 1.5.6 and "
        "newer deletes such a directory, with everything in it, when it starts. "
        "`clipsync sync` can't bring its row back, as no final file can be read: move the "
        "directory out of projects/ if you need it.",
    ),
    (
        lambda f: f.last_run_failed(Failure("没有显存", "oom", "EXPORT"), files=True),
        "last_run_failed",
        WARNING,
        "",
        {"reason": "没有显存", "error_code": "oom", "stage": "EXPORT", "files": True},
        "AutoClip's last run of this project failed: “没有显存”. It stays FAILED; the files "
        "are those of a run before it.",
    ),
    (
        lambda f: f.not_a_project(["backup", "455D6E8C-29A4-4027-884A-DDEC16F9BBE1"]),
        "not_a_project",
        INFO,
        "",
        {
            "count": 2,
            "names": ["backup", "455D6E8C-29A4-4027-884A-DDEC16F9BBE1"],
            "uppercase": ["455D6E8C-29A4-4027-884A-DDEC16F9BBE1"],
        },
        "Besides the projects, projects/ holds 2 entries: “backup”, "
        "“455D6E8C-29A4-4027-884A-DDEC16F9BBE1”. Named by a UUID in upper case: "
        "“455D6E8C-29A4-4027-884A-DDEC16F9BBE1”; AutoClip's ids are lower case, so "
        "neither AutoClip nor ClipSync looks there for a project's files.",
    ),
    (
        lambda f: f.entry_unreadable(DiskProblem("projects/a", LOCKED)),
        "entry_unreadable",
        ERROR,
        "projects/a",
        {"file": "projects/a", "reason": LOCKED.as_dict()},
        "projects/a: not permitted to read it. Nothing of this project was changed; the "
        "others were synced. Make it readable for ClipSync.",
    ),
    (
        lambda f: f.studio(StudioState("rendering", done=1, failed=1, total=3, error="坏了")),
        "studio",
        INFO,
        "",
        {
            "phase": "rendering",
            "done": 1,
            "failed": 1,
            "total": 3,
            "error": "坏了",
            "error_code": None,
        },
        "AutoClip's Studio owns this project: rendering, 1 of 3 outputs done. It says: "
        "“坏了”. Nothing of it is synced.",
    ),
    (
        lambda f: f.studio_video_missing(["output/studio/1.mp4"]),
        "studio_video_missing",
        WARNING,
        "",
        {"videos": ["output/studio/1.mp4"]},
        "Videos that AutoClip's Studio has finished are not on the disk: output/studio/1.mp4.",
    ),
    (
        lambda f: f.studio_unreadable(DiskProblem("studio.json", HALF)),
        "studio_unreadable",
        WARNING,
        "studio.json",
        {"file": "studio.json", "reason": HALF.as_dict()},
        "studio.json: half-written JSON: unexpected end at byte 7. What AutoClip's "
        "Studio made of this project can't be told; nothing was changed.",
    ),
    (
        lambda f: f.studio_cancelled("PROCESSING"),
        "studio_cancelled",
        INFO,
        "",
        {"status": "PROCESSING"},
        "The project's Studio run was cancelled, but AutoClip still shows it as PROCESSING.",
    ),
    (
        lambda f: f.studio_status_differs(status="COMPLETED", phase="partial", expected="FAILED"),
        "studio_status_differs",
        INFO,
        "",
        {"status": "COMPLETED", "phase": "partial", "expected": "FAILED"},
        "AutoClip shows the project as COMPLETED, but its Studio's file says finished "
        "in part (FAILED).",
    ),
    (
        lambda f: f.restored(Kind.CLIP, ["1", "2"], {"2": "new"}),
        "restored",
        WARNING,
        "clip",
        {"kind": "clip", "source_ids": ["1", "2"], "new_ids": {"2": "new"}},
        "All clip rows were gone at once, which is a loss and no decision: a sync "
        "restores 2 records, of which 1 gets a new id because the old ones are taken.",
    ),
    (
        lambda f: f.carried_over(Kind.CLIP, "row", ["title", "description"]),
        "edit_carried_over",
        INFO,
        "row",
        {"kind": "clip", "row_id": "row", "fields": ["title", "description"]},
        "AutoClip re-imported clip row row; what the user had edited was carried over to "
        "it: title, description.",
    ),
    (
        lambda f: f.tombstoned(STONE),
        "tombstoned",
        INFO,
        "collection:2",
        BURIED,
        "Collection 2 “旧” was deleted by a user and will not be brought back.",
    ),
    (
        lambda f: f.tombstoned(replace(STONE, reason=TombstoneReason.MAYBE_DELETED)),
        "maybe_deleted",
        WARNING,
        "collection:2",
        {**BURIED, "deleted_row_id": "row"},
        "Collection 2 “旧” may have been deleted by a user before ClipSync knew it. It is "
        "held back until a person decides: `clipsync restore` brings it back.",
    ),
    (
        lambda f: f.held_back_renamed(STONE, "新"),
        "maybe_deleted",
        WARNING,
        "collection:2",
        {**BURIED, "name": "新"},
        "Collection 2 was deleted by a user as “旧”; the file now has “新” under its id. "
        "It is held back until a person decides: `clipsync restore` brings it back.",
    ),
    (
        lambda f: f.resurrected(Kind.CLIP, "2", "row", "旧"),
        "tombstone_resurrected",
        INFO,
        "row",
        {**BURIED, "kind": "clip"},
        "Clip 2 “旧” was deleted by a user and came back through AutoClip's own sync: "
        "ClipSync removes it again.",
    ),
    (
        lambda f: f.stopped(LIMIT),
        "stopped_by_guard",
        ERROR,
        "",
        {"reason": LIMIT.as_dict(), "deletes": 3, "rows": 4, "limit": 0.5},
        "Stopped: the plan would delete 3 of the project's 4 rows with nothing in their "
        "place (limit 50%). Nothing was changed. If the files are right, allow it with "
        "--allow-deletes.",
    ),
]


@pytest.mark.parametrize(
    ("tell", "code", "severity", "subject", "evidence", "message"),
    CASES,
    ids=[f"{case[1]}-{number}" for number, case in enumerate(CASES)],
)
def test_what_each_finding_says(
    tell: Callable[[Findings], None],
    code: str,
    severity: Severity,
    subject: str,
    evidence: dict[str, object],
    message: str,
) -> None:
    finding = told(tell)
    assert finding == Finding(FindingCode(code), severity, PROJECT, subject, evidence)
    assert said(finding) == message


def test_every_way_to_tell_something_has_its_case() -> None:
    codes = {code for _, code, *_ in CASES}
    public = {name for name in vars(Findings) if not name.startswith("_")} - {"all"}
    other_names = {
        "merged": {"edit_conflict", "kept_unknown_edit"},
        "tombstoned": {"tombstoned", "maybe_deleted"},
        "held_back_renamed": {"maybe_deleted"},
        "many_deleted": {"maybe_deleted"},
        "records_missing": {"marker_contradicts"},
        "missing_videos": {"missing_video"},
        "orphan_links": {"orphan_link"},
        "carried_over": {"edit_carried_over"},
        "resurrected": {"tombstone_resurrected"},
        "stopped": {"stopped_by_guard"},
    }

    assert set().union(*(other_names.get(name, {name}) for name in public)) == codes


@pytest.mark.parametrize(
    "verdict", sorted(set(ReasonCode) - {ReasonCode.EDIT_CONFLICT, ReasonCode.UNKNOWN_EDIT})
)
def test_a_merge_that_had_nothing_to_decide_says_nothing(verdict: ReasonCode) -> None:
    findings = Findings(PROJECT)

    findings.merged(Kind.CLIP, "row", "title", verdict, "新的")

    assert findings.all == ()


def test_findings_stay_in_order_and_the_first_of_one_identity_stays() -> None:
    findings = Findings(PROJECT)
    findings.path_too_long(Kind.CLIP, "2")
    findings.held_back_renamed(STONE, "新")
    findings.path_too_long(Kind.CLIP, "1")
    findings.tombstoned(replace(STONE, reason=TombstoneReason.MAYBE_DELETED))
    findings.path_too_long(Kind.CLIP, "2")

    assert [(finding.code, finding.subject) for finding in findings.all] == [
        ("path_too_long", "clip:2"),
        ("maybe_deleted", "collection:2"),
        ("path_too_long", "clip:1"),
    ]
    assert findings.all[1].evidence == {**BURIED, "name": "新"}


def test_a_subject_fits_its_column() -> None:
    findings = Findings(PROJECT)

    findings.unreadable(manifest(problems=(DiskProblem("目" * 300, LOCKED),)))

    (finding,) = findings.all
    assert finding.subject == "目" * 255
    assert finding.evidence == {"file": "目" * 300, "reason": LOCKED.as_dict()}
