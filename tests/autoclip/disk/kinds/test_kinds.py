"""Kinds of project: recognised by the disk first, each with its own completion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clipsync.autoclip.disk import DataDirectory
from clipsync.autoclip.disk.kinds import all_kinds
from clipsync.autoclip.disk.markers import Finish, FinishScan
from clipsync.model.manifest import DiskState, Manifest, MarkerState
from tests.support.autoclip_files import clip, project_id, write_project

PROJECT = project_id(1)
STUDIO: dict[str, Any] = {
    "schema_version": 2,
    "generation": {"status": "completed", "auto_start": True, "finished_at": "2026-10-09T02:20:00"},
    "analysis": {"status": "completed"},
    "drafts": [{"id": "d"}],
    "output_variants": [
        {"id": "a", "status": "completed", "render_job_id": "ab12"},
        {"id": "b", "status": "on_demand"},
    ],
}


def put(root: Path, path: str, value: Any) -> Path:
    target = root / "projects" / PROJECT / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return target


def read(root: Path) -> Manifest:
    return DataDirectory(root).read(PROJECT)


def test_kinds_are_asked_in_a_fixed_order_and_the_last_takes_everything() -> None:
    assert [kind.name for kind in all_kinds()] == [
        "studio",
        "studio_confirmation",
        "legacy",
        "example",
        "cli",
        "classic",
    ]


def test_the_studio_owns_a_project_without_final_files_and_candidates_are_no_records(
    tmp_path: Path,
) -> None:
    put(tmp_path, "metadata/studio.json", STUDIO)
    put(tmp_path, "metadata/step3_all_scored.json", [clip(1)])
    put(tmp_path, "metadata/step4_titles.json", [clip(1)])

    manifest = read(tmp_path)

    assert (manifest.kind, manifest.state, manifest.clips) == ("studio", DiskState.STUDIO, ())
    assert manifest.studio is not None
    assert (manifest.studio.phase, manifest.studio.done, manifest.studio.total) == (
        "completed",
        1,
        1,
    )
    assert manifest.studio.missing_videos == ("output/studio/ab12.mp4",)
    put(tmp_path, "output/studio/ab12.mp4", b"video")
    assert read(tmp_path).studio.missing_videos == ()  # type: ignore[union-attr]


def test_classic_files_beside_a_studios_are_classic_and_the_status_is_the_studios(
    tmp_path: Path,
) -> None:
    write_project(tmp_path, PROJECT, clips=[clip(1)], collections=[])
    put(tmp_path, "metadata/studio.json", STUDIO)

    manifest = read(tmp_path)

    assert (manifest.kind, manifest.state, len(manifest.clips)) == (
        "classic",
        DiskState.COMPLETED,
        1,
    )
    assert manifest.studio is not None


@pytest.mark.parametrize("empty", [None, {}])
def test_drafts_alone_make_no_studio_project(tmp_path: Path, empty: Any) -> None:
    write_project(tmp_path, PROJECT, clips=[clip(1)], collections=[])
    put(tmp_path, "metadata/studio.json", {"drafts": [{"id": "d"}], "analysis": empty})

    assert read(tmp_path).studio is None


@pytest.mark.parametrize(
    ("generation", "analysis", "phase", "kind"),
    [
        ({"status": "rendering"}, {"status": "running"}, "rendering", "studio"),
        (
            {"status": "awaiting_confirmation", "auto_start": False},
            {"status": "awaiting_confirmation"},
            "awaiting_confirmation",
            "studio_confirmation",
        ),
        (None, {"status": "running", "phase": "screening"}, "screening", "studio_confirmation"),
        (None, {"status": "completed"}, "completed", "studio_confirmation"),
        (
            {"status": "cancelled", "auto_start": False},
            {"status": "running", "phase": "rendering"},
            "cancelled",
            "studio_confirmation",
        ),
        ("nonsense", None, "unknown", "studio_confirmation"),
        ({"status": 7}, None, "unknown", "studio"),
    ],
)
def test_a_studio_projects_phase(
    tmp_path: Path, generation: Any, analysis: Any, phase: str, kind: str
) -> None:
    put(tmp_path, "metadata/studio.json", {"generation": generation, "analysis": analysis})

    manifest = read(tmp_path)

    assert manifest.studio is not None
    assert (manifest.studio.phase, manifest.kind) == (phase, kind)


def test_hostile_variants_are_passed_over(tmp_path: Path) -> None:
    hostile = [
        7,
        None,
        {"status": ["completed"]},
        {"status": "completed", "render_job_id": "../../../etc/passwd"},
        {"status": "completed", "render_job_id": 7},
    ]
    put(tmp_path, "metadata/studio.json", {**STUDIO, "output_variants": hostile})

    studio = read(tmp_path).studio

    assert studio is not None
    assert (studio.done, studio.total, studio.missing_videos) == (2, 3, ())


def test_an_example_has_neither_marker_nor_collections_and_lacks_nothing(tmp_path: Path) -> None:
    put(tmp_path, "metadata/clips_metadata.json", [clip(1)])
    put(tmp_path, "project.json", {"project_name": "示例", "example": True})

    manifest = read(tmp_path)

    assert (manifest.kind, manifest.state, manifest.marker) == (
        "example",
        DiskState.COMPLETED,
        MarkerState.NOT_USED,
    )
    assert (manifest.collections_known, manifest.collections) == (True, ())


def test_what_the_command_line_made_says_so(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, clips=[clip(1)], collections=[])
    put(tmp_path, "project.json", {"project_name": "课", "source": {"via": "cli"}})

    assert read(tmp_path).kind == "cli"


def test_an_entry_of_projects_json_is_legacy_and_has_no_directory(tmp_path: Path) -> None:
    write_project(tmp_path, PROJECT, layout="legacy", name="旧项目", clips=[clip(1)])

    manifest = read(tmp_path)

    assert (manifest.kind, manifest.has_directory) == ("legacy", False)


# -- what the watcher sees -------------------------------------------------------------------


def scan(root: Path) -> FinishScan:
    (root / "projects").mkdir(exist_ok=True)
    return FinishScan(root, lambda *_: False)


def ids(finishes: list[Finish]) -> list[str]:
    return [finish.project_id for finish in finishes]


def test_a_studio_project_is_told_when_its_file_says_so_and_not_when_it_is_only_opened(
    tmp_path: Path,
) -> None:
    rendering = {**STUDIO, "generation": {"status": "rendering", "auto_start": True}}
    path = put(tmp_path, "metadata/studio.json", rendering)
    watch = scan(tmp_path)
    assert watch.look() == []

    put(tmp_path, "metadata/studio.json", STUDIO)
    (first,) = watch.look()
    path.write_text(json.dumps(STUDIO, indent=1))  # written again, as whenever somebody looks
    assert watch.look() == []

    again = {**STUDIO, "output_variants": [{"id": "c", "status": "completed"}]}
    put(tmp_path, "metadata/studio.json", again)
    (second,) = watch.look()
    assert (second.project_id, second.replaces) == (PROJECT, first.mark)


def test_a_studio_project_that_was_finished_before_is_known(tmp_path: Path) -> None:
    path = put(tmp_path, "metadata/studio.json", STUDIO)
    watch = scan(tmp_path)
    ((_, mark),) = watch.learn()
    path.write_text(json.dumps(STUDIO, indent=1))
    assert watch.look() == []

    restarted = FinishScan(tmp_path, lambda _, told: told == mark)
    assert restarted.look() == []


def test_an_example_is_finished_at_once(tmp_path: Path) -> None:
    put(tmp_path, "metadata/clips_metadata.json", [clip(1)])
    put(tmp_path, "project.json", {"project_name": "示例", "example": True})

    assert ids(scan(tmp_path).look()) == [PROJECT]


def test_final_files_without_a_marker_are_no_finish_of_a_classic_project(tmp_path: Path) -> None:
    put(tmp_path, "metadata/clips_metadata.json", [clip(1)])
    put(tmp_path, "project.json", {"project_name": "课"})

    assert scan(tmp_path).look() == []


# -- entries that are no projects --------------------------------------------------------------


def test_what_is_no_project_is_listed_once_and_what_cannot_be_looked_at_is_a_bad_project(
    tmp_path: Path,
) -> None:
    write_project(tmp_path, PROJECT, clips=[clip(1)], collections=[])
    projects = tmp_path / "projects"
    (projects / "backup").mkdir()
    (projects / ".DS_Store").write_bytes(b"")
    (projects / "AAAAAAAA-2222-4333-8444-555555555555").mkdir()
    loop = projects / project_id(2)
    loop.symlink_to(loop)

    data = DataDirectory(tmp_path)

    assert data.project_ids() == [PROJECT, project_id(2)]
    assert data.other_entries() == ("AAAAAAAA-2222-4333-8444-555555555555", "backup")
    bad = data.read(project_id(2))
    assert bad.state is DiskState.UNREADABLE
    assert [problem.file for problem in bad.problems] == [f"projects/{project_id(2)}"]
