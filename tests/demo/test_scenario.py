"""The historical case of thirteen projects, and what surrounds it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, inspect, select

from clipsync.autoclip.disk import DataDirectory
from clipsync.demo.autoclip_schema import autoclip_metadata
from clipsync.demo.scenario import WAITING, DemoSummary, write_demo, write_empty_database
from clipsync.errors import TerminalError
from clipsync.model.manifest import DiskState
from tests.support.autoclip_app import CLIPS, COLLECTIONS, LINKS, PROJECTS, TASKS

COUNTS = {
    "455d6e8c-29a4-4027-884a-ddec16f9bbe1": (7, 1),
    "64c48a05-b854-4c75-a81b-af2f6332b839": (8, 5),
    "7905a534-2186-43a2-88ee-be4ab28058bd": (5, 0),
    "ded7e6b8-b799-41f1-b3f3-8c9b5d834ed3": (8, 3),
    "295e25e4-25dd-4d4d-a595-2dd7117e0695": (8, 3),
    "889d12af-dc3a-4dd7-8df3-7aff834ffe37": (9, 1),
}
NAMES = {
    "455d6e8c-29a4-4027-884a-ddec16f9bbe1": "轮回、命运、开悟究竟是怎么一回事？",
    "64c48a05-b854-4c75-a81b-af2f6332b839": "欧阳娜娜VLOG】VLOG163 Nabi in Paris",
    "7905a534-2186-43a2-88ee-be4ab28058bd": "【aespa】aespa《Rich Man》Trailer",
    "ded7e6b8-b799-41f1-b3f3-8c9b5d834ed3": None,
    "295e25e4-25dd-4d4d-a595-2dd7117e0695": None,
    "889d12af-dc3a-4dd7-8df3-7aff834ffe37": None,
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    return write_demo(tmp_path_factory.mktemp("demo") / "demo")


def tree(directory: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() if path.is_file() else None
        for path in directory.rglob("*")
    }


def test_the_summary_counts_thirteen_projects_45_clips_and_13_collections(
    demo: DemoSummary,
) -> None:
    assert (demo.projects, demo.completed, demo.clips, demo.collections) == (13, 6, 45, 13)


def test_the_six_completed_projects_have_exactly_the_historical_counts(demo: DemoSummary) -> None:
    disk = DataDirectory(demo.data_dir)
    manifests = {project_id: disk.read(project_id) for project_id in disk.project_ids()}
    completed = {
        project_id: (len(manifest.clips), len(manifest.collections))
        for project_id, manifest in manifests.items()
        if manifest.state is DiskState.COMPLETED
    }
    assert completed == COUNTS
    assert {manifests[project_id].layout for project_id in COUNTS} == {
        "current",
        "output",
        "steps",
        "root",
        "legacy",
    }
    assert {project_id: manifests[project_id].project.name for project_id in COUNTS} == NAMES


def test_no_file_of_the_demo_is_a_problem(demo: DemoSummary) -> None:
    disk = DataDirectory(demo.data_dir)
    assert disk.problems == ()
    for project_id in disk.project_ids():
        manifest = disk.read(project_id)
        assert (manifest.problems, manifest.quarantined) == ((), ())


def test_the_other_seven_have_nothing_to_sync_yet(demo: DemoSummary) -> None:
    disk = DataDirectory(demo.data_dir)
    states = {waiting.project_id: disk.read(waiting.project_id).state for waiting in WAITING}
    assert len(states) == 7
    assert set(states) | set(COUNTS) == set(disk.project_ids()) | {WAITING[0].project_id}
    assert [state for state in states.values() if state is DiskState.ABSENT] == [DiskState.ABSENT]
    assert set(states.values()) == {DiskState.ABSENT, DiskState.PROCESSING}


def test_the_database_has_no_clip_and_the_six_are_absent_or_empty(demo: DemoSummary) -> None:
    with create_engine(demo.database_url).connect() as conn:
        statuses = {
            row.id: row.status for row in conn.execute(select(PROJECTS.c.id, PROJECTS.c.status))
        }
        rows = [
            conn.scalar(select(func.count()).select_from(table))
            for table in (CLIPS, COLLECTIONS, LINKS)
        ]
        tasks = conn.scalar(select(func.count()).select_from(TASKS))
    assert rows == [0, 0, 0]
    assert {project_id: statuses.get(project_id) for project_id in COUNTS} == {
        "455d6e8c-29a4-4027-884a-ddec16f9bbe1": "PROCESSING",
        "64c48a05-b854-4c75-a81b-af2f6332b839": "PENDING",
        "7905a534-2186-43a2-88ee-be4ab28058bd": None,
        "ded7e6b8-b799-41f1-b3f3-8c9b5d834ed3": "PENDING",
        "295e25e4-25dd-4d4d-a595-2dd7117e0695": None,
        "889d12af-dc3a-4dd7-8df3-7aff834ffe37": None,
    }
    waiting = sorted(statuses[each.project_id] for each in WAITING if each.status)
    assert waiting == ["FAILED", "PENDING", "PENDING", "PENDING", "PROCESSING", "PROCESSING"]
    assert tasks == 8


def test_one_clip_ends_before_it_starts_and_one_video_was_not_cut(demo: DemoSummary) -> None:
    disk = DataDirectory(demo.data_dir)
    manifests = {project_id: disk.read(project_id) for project_id in COUNTS}
    reversed_clips = [
        project_id
        for project_id, manifest in manifests.items()
        for clip in manifest.clips
        if clip.end_ms < clip.start_ms
    ]
    assert reversed_clips == ["ded7e6b8-b799-41f1-b3f3-8c9b5d834ed3"]
    # The oldest form keeps its videos elsewhere, so it has none to miss.
    missing = [
        project_id
        for project_id, manifest in manifests.items()
        if manifest.layout != "legacy"
        for clip in manifest.clips
        if not clip.video_exists
    ]
    assert missing == ["295e25e4-25dd-4d4d-a595-2dd7117e0695"]
    counts = manifests[missing[0]].marker_counts
    assert counts is not None
    assert (counts.clips, counts.collections) == (7, 3)


def test_two_writes_are_identical_to_the_byte(tmp_path: Path) -> None:
    first = write_demo(tmp_path / "one", 40)
    second = write_demo(tmp_path / "two", 40)
    assert tree(first.directory) == tree(second.directory)


def test_writing_again_starts_from_fresh_data(tmp_path: Path) -> None:
    directory = tmp_path / "demo"
    fresh = tree(write_demo(directory).directory)
    (directory / "data" / "projects" / "stale").mkdir()
    (directory / "autoclip.db-wal").write_bytes(b"stale")
    (directory / "data" / "projects.json").write_text("[]")
    assert tree(write_demo(directory).directory) == fresh


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_demo(tmp_path / "demo", 20, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(13, 20), (20, 20)]


@pytest.mark.parametrize("projects", [-1, 0, 12, 100_001])
def test_a_number_out_of_range_is_refused_in_one_line(tmp_path: Path, projects: int) -> None:
    with pytest.raises(TerminalError) as caught:
        write_demo(tmp_path / "demo", projects)
    assert str(caught.value) == (
        f"{projects} projects: a demo has 13 to 100,000 of them. Choose a number in between."
    )
    assert not (tmp_path / "demo").exists()


def test_a_directory_with_other_things_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for write in (write_demo, write_empty_database):
        with pytest.raises(TerminalError, match="has other things in it"):
            write(tmp_path)
    assert tree(tmp_path) == {"mine.txt": b"mine"}


def test_the_empty_database_is_autoclips_schema_and_nothing_else(tmp_path: Path) -> None:
    directory = tmp_path / "demo"
    write_demo(directory)
    database = write_empty_database(directory)
    assert sorted(path.name for path in directory.iterdir()) == [".clipsync-demo", "autoclip.db"]
    engine = create_engine(f"sqlite:///{database}")
    tables = autoclip_metadata().tables
    assert set(inspect(engine).get_table_names()) == set(tables)
    with engine.connect() as conn:
        for table in tables.values():
            assert conn.scalar(select(func.count()).select_from(table)) == 0


def test_no_path_of_the_writing_machine_stands_in_the_files(demo: DemoSummary) -> None:
    own = str(demo.directory).encode()
    assert not [name for name, data in tree(demo.directory).items() if data and own in data]
    marker = demo.data_dir / "projects" / next(iter(COUNTS)) / "output/step6_video_output.json"
    paths = json.loads(marker.read_text(encoding="utf-8"))["clip_paths"]
    assert all(path.startswith(f"{demo.autoclip_data_dir}/projects/") for path in paths)
