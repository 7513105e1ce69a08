"""More projects than thirteen: every state, in about the numbers real installations show."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, func, select

from clipsync.autoclip.disk import DataDirectory
from clipsync.demo.scale import DETAILED_PROJECTS, project_id_of, write_scaled
from clipsync.demo.scenario import DemoSummary, write_demo
from clipsync.model.manifest import DiskState, Manifest
from tests.support.autoclip_app import CLIPS, COLLECTIONS, LINKS, PROJECTS

PROJECT_COUNT = 600


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    return write_demo(tmp_path_factory.mktemp("scale") / "demo", PROJECT_COUNT)


@pytest.fixture(scope="module")
def manifests(demo: DemoSummary) -> dict[str, Manifest]:
    disk = DataDirectory(demo.data_dir)
    return {project_id: disk.read(project_id) for project_id in disk.project_ids()}


@pytest.fixture(scope="module")
def conn(demo: DemoSummary) -> Connection:
    return create_engine(demo.database_url).connect()


def test_the_summary_is_what_the_disk_says(
    demo: DemoSummary, manifests: dict[str, Manifest]
) -> None:
    completed = [each for each in manifests.values() if each.state is DiskState.COMPLETED]
    assert demo.projects == PROJECT_COUNT
    assert (demo.completed, demo.clips, demo.collections) == (
        len(completed),
        sum(len(each.clips) for each in completed),
        sum(len(each.collections) for each in completed),
    )


def test_every_project_is_on_disk_or_in_the_database(
    conn: Connection, manifests: dict[str, Manifest]
) -> None:
    assert len(set(manifests) | set(conn.scalars(select(PROJECTS.c.id)))) == PROJECT_COUNT


def test_all_layouts_and_states_occur_and_no_file_is_broken(
    manifests: dict[str, Manifest],
) -> None:
    completed = [each for each in manifests.values() if each.state is DiskState.COMPLETED]
    layouts = Counter(each.layout for each in completed)
    assert set(layouts) == {"current", "output", "steps", "root", "legacy"}
    assert min(layouts.values()) >= 5
    assert {each.state for each in manifests.values()} == {
        DiskState.COMPLETED,
        DiskState.PROCESSING,
    }
    assert sum(not each.clips for each in completed) >= 5
    assert not [each for each in manifests.values() if each.problems or each.quarantined]


def test_a_completed_project_has_about_seventeen_rows(demo: DemoSummary) -> None:
    assert 15 < (demo.completed + demo.clips + demo.collections) / demo.completed < 18


def test_all_three_generations_of_rows_occur(conn: Connection) -> None:
    kinds: Counter[str] = Counter()
    for row_id, metadata in conn.execute(select(CLIPS.c.id, CLIPS.c.clip_metadata)):
        if len(row_id) > 36:
            kinds["composite"] += 1
        elif not metadata:
            kinds["manual"] += 1
        elif "metadata_file" in metadata:
            kinds["per-clip files"] += 1
        elif "id" in metadata:
            kinds["current"] += 1
        else:
            kinds["unknown"] += 1
    assert set(kinds) == {"composite", "manual", "per-clip files", "current"}


def test_per_clip_files_are_there_for_their_rows(demo: DemoSummary, conn: Connection) -> None:
    for kind, table, column in (
        ("clip", CLIPS, CLIPS.c.clip_metadata),
        ("collection", COLLECTIONS, COLLECTIONS.c.collection_metadata),
    ):
        found = 0
        for project_id, row_id, metadata in conn.execute(
            select(table.c.project_id, table.c.id, column)
        ):
            if "metadata_file" in (metadata or {}):
                found += 1
                name = f"processing/{kind}_{row_id}.json"
                assert metadata["metadata_file"].endswith(name)
                assert (demo.data_dir / "projects" / project_id / name).is_file()
        assert found


def test_the_damage_of_real_databases_occurs(
    conn: Connection, manifests: dict[str, Manifest]
) -> None:
    projects = set(conn.scalars(select(PROJECTS.c.id)))
    clips = Counter(conn.scalars(select(CLIPS.c.project_id)))
    empty = [
        project_id
        for project_id in projects
        if project_id in manifests and manifests[project_id].clips and not clips[project_id]
    ]
    assert empty  # completed on disk, 0 clips in the database
    assert projects - set(manifests)  # the directory is gone
    assert 13 in {  # the same project synced after each of three runs
        count
        for project_id, count in clips.items()
        if project_id in manifests and len(manifests[project_id].clips) == 5
    }
    orphans = select(func.count()).where(LINKS.c.clip_id.not_in(select(CLIPS.c.id)))
    assert conn.scalar(orphans)
    assert set(conn.scalars(select(COLLECTIONS.c.clips_count))) == {0}


def test_users_have_edited_reordered_and_deleted(demo: DemoSummary, conn: Connection) -> None:
    titles = list(conn.scalars(select(CLIPS.c.title)))
    names = list(conn.scalars(select(COLLECTIONS.c.name)))
    assert any(title.endswith("（精修）") for title in titles)
    assert any(name.endswith(" · 我的版本") for name in names)
    assert "手动补充的片段" in titles
    assert "我的收藏" in names
    assert "" in set(conn.scalars(select(CLIPS.c.description)))
    known = set(conn.scalars(select(COLLECTIONS.c.id)))
    notes = [
        json.loads(path.read_text(encoding="utf-8"))["deleted_collection_ids"]
        for path in demo.data_dir.glob("projects/*/deleted_collections.json")
    ]
    assert notes
    assert not known & {row_id for ids in notes for row_id in ids}


def test_far_projects_have_no_videos_and_no_step_files(tmp_path: Path) -> None:
    first = DETAILED_PROJECTS
    for _ in write_scaled(tmp_path, range(first, first + 30)):
        pass
    names = {path.name for path in tmp_path.rglob("*.json")}
    assert "clips_metadata.json" in names
    finished = [
        path.parents[1] for path in tmp_path.glob("projects/*/metadata/clips_metadata.json")
    ]
    assert finished
    for project in finished:
        assert not list(project.rglob("*.mp4"))
        assert not (project / "metadata" / "step4_titles.json").exists()


def test_a_project_follows_from_its_index_alone(tmp_path: Path) -> None:
    (alone,) = write_scaled(tmp_path / "alone", range(57, 58))
    among = list(write_scaled(tmp_path / "among", range(50, 60), batch_size=4))
    assert [batch.done for batch in among] == [54, 58, 60]
    wanted = project_id_of(57)
    rows = [row for batch in among for row in batch.rows.projects if row["id"] == wanted]
    assert rows == alone.rows.projects
    clips = [row for batch in among for row in batch.rows.clips if row["project_id"] == wanted]
    assert clips == alone.rows.clips
    one, other = (tmp_path / name / "projects" / wanted for name in ("alone", "among"))
    assert {path.relative_to(one) for path in one.rglob("*")} == {
        path.relative_to(other) for path in other.rglob("*")
    }
