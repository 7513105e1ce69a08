"""What people are told: one sentence a finding, in one place, safe to show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsync.model.base import Tombstone, TombstoneReason
from clipsync.model.finding import Finding, Severity
from clipsync.model.manifest import DiskProblem, Kind, QuarantinedRecord, StudioState
from clipsync.reconcile.findings import Findings, quoted
from clipsync.reconcile.last_run import Failure
from clipsync.reconcile.merge import Verdict
from tests.reconcile.worlds import PROJECT, clip_record, manifest
from tests.support.properties import steady

STONE = Tombstone(Kind.COLLECTION, "2", "row", "旧", TombstoneReason.DELETED)
BURIED = {"kind": "collection", "source_id": "2", "label": "旧"}
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
        "The project is in the database (status PENDING, 3 rows) but its directory is not on the "
        "disk. Nothing was changed.",
    ),
    (
        lambda f: f.directory_missing(rows=0, status="COMPLETED"),
        "directory_missing",
        WARNING,
        "",
        {"rows": 0, "status": "COMPLETED"},
        "The project is in the database (status COMPLETED, 0 rows) but its directory is not on "
        "the disk. Nothing was changed.",
    ),
    (
        lambda f: f.directory_missing(rows=0, status="PENDING"),
        "directory_missing",
        INFO,
        "",
        {"rows": 0, "status": "PENDING"},
        "The project is in the database (status PENDING, 0 rows) but its directory is not on the "
        "disk. Nothing was changed.",
    ),
    (
        lambda f: f.not_a_project(["backup"]),
        "not_a_project",
        INFO,
        "",
        {"count": 1, "names": ["backup"], "uppercase": []},
        "1 entry of projects/ is no project: “backup”.",
    ),
    (
        lambda f: f.not_a_project(["AAAAAAAA-2222-4333-8444-555555555555", "old"]),
        "not_a_project",
        INFO,
        "",
        {
            "count": 2,
            "names": ["AAAAAAAA-2222-4333-8444-555555555555", "old"],
            "uppercase": ["AAAAAAAA-2222-4333-8444-555555555555"],
        },
        "2 entries of projects/ are no projects: “AAAAAAAA-2222-4333-8444-555555555555”, “old”. "
        "Named by a UUID in upper case: “AAAAAAAA-2222-4333-8444-555555555555”; AutoClip's ids "
        "are lower case, so neither AutoClip nor ClipSync looks there for a project's files.",
    ),
    (
        lambda f: f.entry_unreadable("projects/x", "a link that leads back to itself"),
        "entry_unreadable",
        ERROR,
        "projects/x",
        {"file": "projects/x", "reason": "a link that leads back to itself"},
        "projects/x can't be looked at: a link that leads back to itself. Nothing of this project "
        "was changed.",
    ),
    (
        lambda f: f.directory_without_row(rescued=True),
        "directory_without_row",
        ERROR,
        "",
        {"rescued": True},
        "The project's directory has no row in AutoClip's database: AutoClip 1.5.6 and newer "
        "deletes such a directory, with everything in it, when it starts.",
    ),
    (
        lambda f: f.directory_without_row(rescued=False),
        "directory_without_row",
        WARNING,
        "",
        {"rescued": False},
        "The project's directory has no row in AutoClip's database: AutoClip 1.5.6 and newer "
        "deletes such a directory, with everything in it, when it starts. A sync can't bring its "
        "row back: no final file can be read.",
    ),
    (
        lambda f: f.last_run_failed(Failure("没有模型密钥。", "llm", "失败于 ANALYZE"), files=True),
        "last_run_failed",
        WARNING,
        "",
        {
            "reason": "没有模型密钥。",
            "error_code": "llm",
            "stage": "失败于 ANALYZE",
            "files": True,
        },
        "AutoClip's last run of this project failed: 没有模型密钥. It stays FAILED; the files are "
        "those of a run before it.",
    ),
    (
        lambda f: f.last_run_failed(Failure(), files=False),
        "last_run_failed",
        WARNING,
        "",
        {"reason": None, "error_code": None, "stage": None, "files": False},
        "AutoClip's last run of this project failed without saying why. It stays FAILED; it left "
        "nothing to be synced.",
    ),
    (
        lambda f: f.unknown_status("project", "INVALIDATED", 1),
        "unknown_status",
        INFO,
        "project:INVALIDATED",
        {"kind": "project", "status": "INVALIDATED", "rows": 1},
        "The project's row has the status “INVALIDATED”, which AutoClip does not know; it is left "
        "alone.",
    ),
    (
        lambda f: f.unknown_status("clip", "INVALIDATED", 2),
        "unknown_status",
        INFO,
        "clip:INVALIDATED",
        {"kind": "clip", "status": "INVALIDATED", "rows": 2},
        "2 clip rows have the status “INVALIDATED”, which AutoClip does not know; it is left "
        "alone.",
    ),
    (
        lambda f: f.studio(StudioState("rendering", done=1, total=3, error="坏了")),
        "studio",
        INFO,
        "",
        {
            "phase": "rendering",
            "done": 1,
            "failed": 0,
            "total": 3,
            "error": "坏了",
            "error_code": None,
        },
        "AutoClip's Studio owns this project (rendering, 1 of 3 outputs, “坏了”): there is nothing "
        "to sync.",
    ),
    (
        lambda f: f.studio_video_missing(["output/studio/a.mp4"]),
        "studio_video_missing",
        WARNING,
        "",
        {"files": ["output/studio/a.mp4"]},
        "1 finished videos of AutoClip's Studio are not on the disk: output/studio/a.mp4.",
    ),
    (
        lambda f: f.studio_unreadable(DiskProblem("projects/x/metadata/studio.json", "empty file")),
        "studio_unreadable",
        WARNING,
        "projects/x/metadata/studio.json",
        {"file": "projects/x/metadata/studio.json", "reason": "empty file"},
        "projects/x/metadata/studio.json: empty file. What AutoClip's Studio made of this project "
        "can't be told, and its status is left alone.",
    ),
    (
        lambda f: f.studio_cancelled("PROCESSING"),
        "studio_cancelled",
        INFO,
        "",
        {"status": "PROCESSING"},
        "The project was cancelled in AutoClip's Studio, and AutoClip still shows it as "
        "PROCESSING.",
    ),
    (
        lambda f: f.studio_status_differs(status="COMPLETED", phase="failed", expected="FAILED"),
        "studio_status_differs",
        INFO,
        "",
        {"status": "COMPLETED", "phase": "failed", "expected": "FAILED"},
        "AutoClip shows the project as COMPLETED, but its Studio's file says failed (FAILED).",
    ),
    (
        lambda f: f.files_missing(rows=3),
        "files_missing",
        WARNING,
        "",
        {"rows": 3},
        "The database holds 3 rows of a project whose final files are not on the disk. Nothing "
        "was changed.",
    ),
    (
        lambda f: f.processing(),
        "processing",
        INFO,
        "",
        {},
        "No final files yet: AutoClip is still processing the project, or died there.",
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
        lambda f: f.unreadable(manifest(problems=(DiskProblem("a/b.json", "half-written"),))),
        "unreadable",
        ERROR,
        "a/b.json",
        {"file": "a/b.json", "reason": "half-written"},
        "a/b.json: half-written. Nothing was changed.",
    ),
    (
        lambda f: f.side_file_unreadable(manifest(problems=(DiskProblem("a.json", "locked"),))),
        "side_file_unreadable",
        WARNING,
        "a.json",
        {"file": "a.json", "reason": "locked"},
        "a.json: locked. The records were synced without it.",
    ),
    (
        lambda f: f.marker_missing(),
        "marker_missing",
        WARNING,
        "",
        {},
        "The final files are there but the completion marker is missing or unreadable: records "
        "were synced, nothing was deleted.",
    ),
    (
        lambda f: f.marker_contradicts(marker=5, records=3, kind=Kind.COLLECTION),
        "marker_contradicts",
        ERROR,
        "collection",
        {"kind": "collection", "marker": 5, "records": 3},
        "The completion marker counts 5 collections but the file holds 3: one of them is not of "
        "the last run. Nothing was changed.",
    ),
    (
        lambda f: f.records_missing(5),
        "marker_contradicts",
        ERROR,
        "clip",
        {"kind": "clip", "marker": 5, "records": 0},
        "The completion marker counts 5 clips but no file holds any record of them. Nothing was "
        "changed.",
    ),
    (
        lambda f: f.collections_file_missing(),
        "collections_file_missing",
        WARNING,
        "",
        {},
        "No file says anything of the project's collections; only its clips were synced.",
    ),
    (
        lambda f: f.quarantined([QuarantinedRecord(Kind.CLIP, "c.json", 2, "3", "no time", "{}")]),
        "quarantined",
        WARNING,
        "c.json#2",
        {
            "file": "c.json",
            "position": 2,
            "kind": "clip",
            "source_id": "3",
            "reason": "no time",
        },
        "c.json, record 3: no time. The other records were synced.",
    ),
    (
        lambda f: f.missing_videos(cut=1, clips=[clip_record(1), clip_record(2)]),
        "missing_video",
        WARNING,
        "",
        {"marker_clips": 1, "source_ids": ["1", "2"]},
        "Videos are missing: the marker counts 1 cut videos; 2 videos are not on the disk.",
    ),
    (
        lambda f: f.missing_videos(cut=1, clips=[]),
        "missing_video",
        WARNING,
        "",
        {"marker_clips": 1, "source_ids": []},
        "Videos are missing: the marker counts 1 cut videos; not every video was cut.",
    ),
    (
        lambda f: f.missing_videos(cut=None, clips=[clip_record(1)]),
        "missing_video",
        WARNING,
        "",
        {"marker_clips": None, "source_ids": ["1"]},
        "Videos are missing: 1 videos are not on the disk.",
    ),
    (
        lambda f: f.negative_duration(clip_record(1, start=90, end=60)),
        "negative_duration",
        WARNING,
        "1",
        {"kind": "clip", "source_id": "1", "label": "片段1", "start": 90, "end": 60},
        "Clip 1 “片段1” ends before it starts (90 s to 60 s); kept as the file has it.",
    ),
    (
        lambda f: f.cut_to_fit(Kind.CLIP, "1", "长" * 300),
        "cut_to_fit",
        INFO,
        "clip:1",
        {"kind": "clip", "source_id": "1", "label": "长" * 255, "length": 300},
        f"The name of clip 1 has 300 characters; the column holds 255, so it was cut: "
        f"“{'长' * 59}…”.",
    ),
    (
        lambda f: f.path_too_long(Kind.COLLECTION, "1"),
        "path_too_long",
        WARNING,
        "collection:1",
        {"kind": "collection", "source_id": "1"},
        "The video path of collection 1 does not fit the column; left empty.",
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
        "Collection 1 “合集” lists clips that the project does not have: "
        "0, 1, 2, 3, 4, 5, 6, 7, 8, 9.",
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
        "Removed 2 links of collection row that led nowhere.",
    ),
    (
        lambda f: f.merged(Kind.CLIP, "row", "title", Verdict.CONFLICT, "新的"),
        "edit_conflict",
        WARNING,
        "row.title",
        {"kind": "clip", "row_id": "row", "field": "title", "file": "新的"},
        "The title of clip row row was edited by a user and changed in the file as well; the "
        "user's stays. The file says “新的”.",
    ),
    (
        lambda f: f.merged(Kind.COLLECTION, "row", "content", Verdict.UNKNOWN_EDIT, ["1"]),
        "kept_unknown_edit",
        INFO,
        "row.content",
        {"kind": "collection", "row_id": "row", "field": "content", "file": ["1"]},
        "The content of collection row row differs from the file and nothing tells who changed "
        "it; it stays. The file says “['1']”.",
    ),
    (
        lambda f: f.edited_duplicate(Kind.CLIP, "1", "row", "我的"),
        "edited_duplicate",
        WARNING,
        "row",
        {"source_id": "1", "kind": "clip", "label": "我的"},
        "Clip 1 has a second row, “我的”, that a user edited as well: both stay. Delete the one "
        "you do not want in AutoClip.",
    ),
    (
        lambda f: f.edited_stale(Kind.COLLECTION, "1", "row", "我的", "a user edited it"),
        "edited_stale",
        WARNING,
        "row",
        {"source_id": "1", "kind": "collection", "label": "我的", "why": "a user edited it"},
        "Collection 1 “我的” is no longer in the file, but a user edited it: the row stays. "
        "Delete it in AutoClip if you do not want it.",
    ),
    (
        lambda f: f.restored(Kind.CLIP, ["1", "2"]),
        "restored",
        WARNING,
        "clip",
        {"kind": "clip", "source_ids": ["1", "2"]},
        "All clip rows were gone at once, which is a loss and no decision: 2 were restored.",
    ),
    (
        lambda f: f.carried_over(Kind.CLIP, "row", ["title", "description"]),
        "edit_carried_over",
        INFO,
        "row",
        {"kind": "clip", "row_id": "row", "fields": ["title", "description"]},
        "AutoClip re-imported clip row row; the user's title, description was carried over to it.",
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
        "Collection 2 “旧” may have been deleted by a user before our time: it is held back until "
        "a person decides.",
    ),
    (
        lambda f: f.held_back_renamed(STONE, "新"),
        "maybe_deleted",
        WARNING,
        "collection:2",
        {**BURIED, "name": "新"},
        "Collection 2 was deleted by a user as “旧”; the file now has “新” under its id: held "
        "back until a person decides.",
    ),
    (
        lambda f: f.resurrected(Kind.CLIP, "2", "row", "旧"),
        "tombstone_resurrected",
        INFO,
        "row",
        {**BURIED, "kind": "clip"},
        "Clip 2 “旧” was deleted by a user and came back through AutoClip's own sync: it was "
        "removed again.",
    ),
    (
        lambda f: f.stopped("Stopped: …", {"deletes": 3}),
        "stopped_by_guard",
        ERROR,
        "",
        {"deletes": 3},
        "Stopped: …",
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
    assert told(tell) == Finding(code, severity, PROJECT, message, subject, evidence)


def test_every_way_to_tell_something_has_its_case() -> None:
    codes = {code for _, code, *_ in CASES}
    public = {name for name in vars(Findings) if not name.startswith("_")} - {"all"}
    other_names = {
        "merged": {"edit_conflict", "kept_unknown_edit"},
        "tombstoned": {"tombstoned", "maybe_deleted"},
        "held_back_renamed": {"maybe_deleted"},
        "records_missing": {"marker_contradicts"},
        "missing_videos": {"missing_video"},
        "orphan_links": {"orphan_link"},
        "carried_over": {"edit_carried_over"},
        "resurrected": {"tombstone_resurrected"},
        "stopped": {"stopped_by_guard"},
    }

    assert set().union(*(other_names.get(name, {name}) for name in public)) == codes


@pytest.mark.parametrize("verdict", sorted(set(Verdict) - {Verdict.CONFLICT, Verdict.UNKNOWN_EDIT}))
def test_a_merge_that_had_nothing_to_decide_says_nothing(verdict: Verdict) -> None:
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
    assert "as “旧”" in findings.all[1].message


def test_a_subject_fits_its_column() -> None:
    findings = Findings(PROJECT)

    findings.unreadable(manifest(problems=(DiskProblem("目" * 300, "locked"),)))

    (finding,) = findings.all
    assert finding.subject == "目" * 255
    assert finding.evidence == {"file": "目" * 300, "reason": "locked"}


# -- a title in a sentence -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("甲", "“甲”"),
        ("甲\n乙\t 丙 ", "“甲 乙 丙”"),
        ("", "“”"),
        (7, "“7”"),
        ("长" * 60, f"“{'长' * 60}”"),
        ("长" * 61, f"“{'长' * 59}…”"),
        ("长" * 58 + "👍🏽长长", f"“{'长' * 58}…”"),
    ],
)
def test_a_title_stands_in_a_sentence_on_one_line_and_not_too_long(
    text: object, shown: str
) -> None:
    assert quoted(text) == shown


@steady
@given(st.text())
def test_what_is_quoted_never_breaks_a_line(text: str) -> None:
    shown = quoted(text)

    assert shown.splitlines() == [shown]
    assert 2 <= len(shown) <= 62
