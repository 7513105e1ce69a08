"""The simulators do to the database what AutoClip's program and its users do, faults included."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, Table, create_engine, func, select, text

from clipsync.demo.autoclip_pipeline import (
    Layout,
    Run,
    Stage,
    write_nothing_worth_cutting,
    write_project,
    write_project_file,
)
from clipsync.demo.autoclip_schema import create_autoclip_schema
from clipsync.demo.content import Record, generate_content
from tests.support import autoclip_app as app
from tests.support.autoclip_app import CLIPS, COLLECTIONS, LINKS, PROJECTS, TASKS, Generation

PROJECT = "455d6e8c-29a4-4027-884a-ddec16f9bbe1"
CONTENT = generate_content(PROJECT, clips=4, collections=2)
NOW = datetime(2025, 9, 1, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NAIVE_NOW, NAIVE_LATER = NOW.replace(tzinfo=None), LATER.replace(tzinfo=None)


@pytest.fixture
def conn() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    create_autoclip_schema(engine)
    with engine.begin() as connection:
        yield connection


@pytest.fixture
def rng() -> Random:
    return Random(7)


@pytest.fixture
def project_dir(tmp_path: Path) -> Path:
    """A finished project in the layout AutoClip's own sync reads best."""
    directory = tmp_path / "projects" / PROJECT
    write_project(directory, Layout.STEPS, Run.of(CONTENT))
    return directory


def rows(conn: Connection, table: Table) -> list[Mapping[str, Any]]:
    order = text("rowid") if table is not LINKS else text("collection_id, order_index")
    return [dict(row) for row in conn.execute(select(table).order_by(order)).mappings()]


def one(conn: Connection, table: Table, row_id: str) -> Mapping[str, Any]:
    return dict(conn.execute(select(table).where(table.c.id == row_id)).mappings().one())


def first_id(conn: Connection, table: Table) -> str:
    return str(rows(conn, table)[0]["id"])


def synced(conn: Connection, project_dir: Path, rng: Random) -> None:
    app.own_sync(conn, project_dir, rng=rng, now=NOW)


def seconds(time: str) -> int:
    hours, minutes, rest = time.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest[:2])


# -- AutoClip's own sync -----------------------------------------------------------------------


def test_own_sync_makes_current_rows(conn: Connection, project_dir: Path, rng: Random) -> None:
    result = app.own_sync(conn, project_dir, rng=rng, now=NOW, seen_as="/autoclip/p")
    assert result == app.OwnSyncResult(4, 2)
    record, row = CONTENT.clips[0], rows(conn, CLIPS)[0]
    (video,) = (project_dir / "output/clips").glob(f"{record['id']}_*.mp4")
    start, end = seconds(record["start_time"]), seconds(record["end_time"])
    assert row == {
        "id": row["id"],
        "project_id": PROJECT,
        "title": record["generated_title"],
        "description": record["recommend_reason"],
        "status": "COMPLETED",
        "start_time": start,
        "end_time": end,
        "duration": end - start,
        "score": record["final_score"],
        "recommendation_reason": None,
        "video_path": f"/autoclip/p/output/clips/{video.name}",
        "thumbnail_path": None,
        "processing_step": None,
        "processing_result": None,
        "tags": [],
        "clip_metadata": record,
        "created_at": NAIVE_NOW,
        "updated_at": NAIVE_NOW,
    }
    by_source = {clip["clip_metadata"]["id"]: clip["id"] for clip in rows(conn, CLIPS)}
    for kept, collection in zip(CONTENT.collections, rows(conn, COLLECTIONS), strict=True):
        content = [by_source[source] for source in kept["clip_ids"]]
        assert (collection["name"], collection["description"]) == (
            kept["collection_title"],
            kept["collection_summary"],
        )
        assert collection["collection_metadata"] == {
            "clip_ids": content,
            "original_clip_ids": kept["clip_ids"],
            "collection_type": "ai_recommended",
            "original_id": kept["id"],
        }
        assert collection["clips_count"] == 0
        assert collection["video_path"] == collection["export_path"]
        links = [link for link in rows(conn, LINKS) if link["collection_id"] == collection["id"]]
        assert [link["clip_id"] for link in links] == content
        assert [link["order_index"] for link in links] == list(range(len(content)))


def test_own_sync_names_an_unknown_project_from_its_file_or_its_id(
    conn: Connection, project_dir: Path, rng: Random
) -> None:
    synced(conn, project_dir, rng)
    unnamed = rows(conn, PROJECTS)[0]
    assert (unnamed["name"], unnamed["status"]) == ("项目_455d6e8c", "PENDING")
    conn.execute(PROJECTS.delete())
    write_project_file(project_dir, "轮回？")
    synced(conn, project_dir, rng)
    named = rows(conn, PROJECTS)[0]
    assert (named["name"], named["project_type"]) == ("轮回？", "KNOWLEDGE")
    assert named["project_metadata"]["project_name"] == "轮回？"


def test_own_sync_twice_changes_paths_only(
    conn: Connection, project_dir: Path, rng: Random
) -> None:
    synced(conn, project_dir, rng)
    before = rows(conn, CLIPS)
    links = rows(conn, LINKS)
    assert app.own_sync(conn, project_dir, rng=rng, now=LATER) == app.OwnSyncResult(0, 2)
    path = {"video_path": None, "updated_at": None}
    assert [{**row, **path} for row in rows(conn, CLIPS)] == [{**row, **path} for row in before]
    assert rows(conn, LINKS) == links


def test_own_sync_inserts_a_second_row_for_every_edited_title(
    conn: Connection, project_dir: Path, rng: Random
) -> None:
    synced(conn, project_dir, rng)
    edited = first_id(conn, CLIPS)
    app.edit_clip_title(conn, edited, "我的标题", now=LATER)
    assert app.own_sync(conn, project_dir, rng=rng, now=LATER).clips_inserted == 1
    sources = [row["clip_metadata"]["id"] for row in rows(conn, CLIPS)]
    assert sources == [clip["id"] for clip in CONTENT.clips] + [CONTENT.clips[0]["id"]]
    assert one(conn, CLIPS, edited)["title"] == "我的标题"


@pytest.mark.parametrize("rewrites", [False, True])
def test_own_sync_means_to_rewrite_a_collections_content_but_its_orm_does_not_notice(
    conn: Connection, project_dir: Path, rng: Random, rewrites: bool
) -> None:
    synced(conn, project_dir, rng)
    collection = first_id(conn, COLLECTIONS)
    original = app.collection_clip_ids(conn, collection)
    app.reorder_collection(conn, collection, original[::-1], now=LATER)
    app.own_sync(conn, project_dir, rng=rng, now=LATER, rewrites_content=rewrites)
    assert app.collection_clip_ids(conn, collection) == (original if rewrites else original[::-1])


def test_own_sync_compares_deleted_row_ids_with_source_ids_so_collections_come_back(
    conn: Connection, project_dir: Path, rng: Random
) -> None:
    synced(conn, project_dir, rng)
    collection = first_id(conn, COLLECTIONS)
    app.delete_collection(conn, collection, project_dir, now=LATER)
    synced(conn, project_dir, rng)
    names = sorted(row["name"] for row in rows(conn, COLLECTIONS))
    assert names == sorted(each["collection_title"] for each in CONTENT.collections)
    assert collection not in {row["id"] for row in rows(conn, COLLECTIONS)}


def test_own_sync_does_not_look_into_the_output_layout(
    conn: Connection, tmp_path: Path, rng: Random
) -> None:
    project_dir = tmp_path / PROJECT
    write_project(project_dir, Layout.OUTPUT, Run.of(CONTENT))
    assert app.own_sync(conn, project_dir, rng=rng, now=NOW) == app.OwnSyncResult()
    assert (rows(conn, CLIPS), rows(conn, COLLECTIONS)) == ([], [])
    assert rows(conn, PROJECTS)[0]["status"] == "COMPLETED"


def test_own_sync_takes_scored_candidates_for_clips_in_the_root_layout(
    conn: Connection, tmp_path: Path, rng: Random
) -> None:
    project_dir = tmp_path / PROJECT
    scored = [{**clip, "outline": f"大纲 {clip['id']}"} for clip in CONTENT.scored]
    write_project(project_dir, Layout.ROOT, Run((), (), scored))
    assert app.own_sync(conn, project_dir, rng=rng, now=NOW).clips_inserted == len(scored)
    assert rows(conn, CLIPS)[0]["title"] == scored[0]["outline"]


def test_own_sync_breaks_down_at_a_title_that_is_an_object(
    conn: Connection, tmp_path: Path, rng: Random
) -> None:
    project_dir = tmp_path / PROJECT
    scored = [{**CONTENT.scored[0], "outline": {"title": "大纲", "subtopics": []}}]
    write_project(project_dir, Layout.ROOT, Run(CONTENT.clips, CONTENT.collections, scored))
    assert app.own_sync(conn, project_dir, rng=rng, now=NOW) == app.OwnSyncResult()
    assert rows(conn, CLIPS) == []
    assert len(rows(conn, PROJECTS)) == 1


def test_own_sync_passes_over_a_torn_file(conn: Connection, project_dir: Path, rng: Random) -> None:
    torn = project_dir / "step6_video/clips_metadata.json"
    torn.write_bytes(torn.read_bytes()[:40])
    assert app.own_sync(conn, project_dir, rng=rng, now=NOW).clips_inserted == 4


@pytest.mark.parametrize(("layout", "status"), [("current", "COMPLETED"), ("steps", "PENDING")])
def test_own_sync_sees_the_marker_only_under_output(
    conn: Connection, tmp_path: Path, rng: Random, layout: str, status: str
) -> None:
    project_dir = tmp_path / PROJECT
    write_project(project_dir, Layout(layout), Run.of(CONTENT))
    synced(conn, project_dir, rng)
    assert rows(conn, PROJECTS)[0]["status"] == status


def test_the_same_randomness_gives_the_same_rows(project_dir: Path) -> None:
    found = []
    for _ in range(2):
        engine = create_engine("sqlite://")
        create_autoclip_schema(engine)
        with engine.begin() as connection:
            app.own_sync(connection, project_dir, rng=Random(3), now=NOW)
            found.append([rows(connection, table) for table in (CLIPS, COLLECTIONS, LINKS)])
    assert found[0] == found[1]


# -- generations and re-imports ----------------------------------------------------------------


def test_composite_rows_have_ids_from_project_and_source_and_no_links(
    conn: Connection, project_dir: Path, rng: Random
) -> None:
    inserted = app.insert_rows(
        conn,
        project_dir,
        CONTENT.clips,
        CONTENT.collections,
        generation=Generation.COMPOSITE,
        rng=rng,
        now=NOW,
    )
    record, row = CONTENT.clips[0], rows(conn, CLIPS)[0]
    assert row["id"] == f"{PROJECT}_{record['id']}"
    assert row["clip_metadata"] == {
        key: record[key] for key in ("outline", "content", "chunk_index")
    }
    assert row["recommendation_reason"] == row["description"] == record["recommend_reason"]
    assert row["tags"] is None
    kept, collection = CONTENT.collections[0], rows(conn, COLLECTIONS)[0]
    assert collection["id"] == f"{PROJECT}_collection_{kept['id']}"
    assert (collection["theme"], collection["video_path"]) == ("投资理财", None)
    assert collection["collection_metadata"] == {
        "clip_ids": [f"{PROJECT}_{source}" for source in kept["clip_ids"]],
        "simplified_clip_ids": kept["clip_ids"],
        "generated_by": "pipeline",
    }
    assert rows(conn, LINKS) == []
    assert len(inserted) == 6


def test_per_clip_file_rows_point_to_the_file_that_holds_their_record(
    conn: Connection, project_dir: Path, rng: Random
) -> None:
    app.insert_rows(
        conn,
        project_dir,
        CONTENT.clips,
        CONTENT.collections,
        generation=Generation.PER_CLIP_FILES,
        rng=rng,
        now=NOW,
    )
    for table, column, key, records in (
        (CLIPS, "clip_metadata", "clip_id", CONTENT.clips),
        (COLLECTIONS, "collection_metadata", "collection_id", CONTENT.collections),
    ):
        for record, row in zip(records, rows(conn, table), strict=True):
            assert row[column][key] == row["id"]
            assert json.loads(Path(row[column]["metadata_file"]).read_bytes()) == record


@pytest.mark.parametrize("generation", Generation)
def test_reimport_replaces_all_rows(
    conn: Connection, project_dir: Path, rng: Random, generation: Generation
) -> None:
    synced(conn, project_dir, rng)
    app.create_manual_clip(conn, PROJECT, "手动", 1, 9, rng=rng, now=NOW)
    old = {row["id"] for table in (CLIPS, COLLECTIONS) for row in rows(conn, table)}
    old_links = rows(conn, LINKS)
    app.reimport(conn, project_dir, generation=generation, rng=rng, now=LATER)
    new = {row["id"] for table in (CLIPS, COLLECTIONS) for row in rows(conn, table)}
    assert len(new) == 6
    assert not old & new
    # SQLite does not enforce foreign keys: the old links stay behind.
    assert all(link in rows(conn, LINKS) for link in old_links)


def test_reimport_of_a_directory_without_final_files_leaves_nothing(
    conn: Connection, project_dir: Path, tmp_path: Path, rng: Random
) -> None:
    synced(conn, project_dir, rng)
    empty = tmp_path / "elsewhere" / PROJECT
    write_nothing_worth_cutting(empty)
    app.reimport(conn, empty, rng=rng, now=LATER)
    assert (rows(conn, CLIPS), rows(conn, COLLECTIONS)) == ([], [])


def test_resync_gives_clips_new_ids_under_collections_that_name_the_old(
    conn: Connection, project_dir: Path, rng: Random
) -> None:
    synced(conn, project_dir, rng)
    collections = rows(conn, COLLECTIONS)
    assert app.resync_clips(conn, project_dir, rng=rng, now=LATER) == app.OwnSyncResult(4, 0)
    known = {row["id"] for row in rows(conn, CLIPS)}
    assert rows(conn, COLLECTIONS) == collections
    assert not known & set(collections[0]["collection_metadata"]["clip_ids"])
    assert rows(conn, LINKS) == []


# -- users -------------------------------------------------------------------------------------


def test_edits_change_their_field_and_the_time(
    conn: Connection, project_dir: Path, rng: Random
) -> None:
    synced(conn, project_dir, rng)
    clip, collection = first_id(conn, CLIPS), first_id(conn, COLLECTIONS)
    before = one(conn, CLIPS, clip), one(conn, COLLECTIONS, collection)
    app.edit_clip_title(conn, clip, "标题", now=LATER)
    app.edit_clip_description(conn, clip, "描述", now=LATER)
    app.rename_collection(conn, collection, "名字", now=LATER)
    app.edit_collection_description(conn, collection, "介绍", now=LATER)
    assert one(conn, CLIPS, clip) == {
        **before[0],
        "title": "标题",
        "description": "描述",
        "updated_at": NAIVE_LATER,
    }
    assert one(conn, COLLECTIONS, collection) == {
        **before[1],
        "name": "名字",
        "description": "介绍",
        "updated_at": NAIVE_LATER,
    }
    app.empty_clip_description(conn, clip, now=LATER)
    app.empty_collection_description(conn, collection, now=LATER)
    assert one(conn, CLIPS, clip)["description"] == ""
    assert one(conn, COLLECTIONS, collection)["description"] == ""


def test_changing_a_collections_content_rewrites_clip_ids_and_leaves_links(
    conn: Connection, project_dir: Path, rng: Random
) -> None:
    synced(conn, project_dir, rng)
    collection, links = first_id(conn, COLLECTIONS), rows(conn, LINKS)
    metadata = one(conn, COLLECTIONS, collection)["collection_metadata"]
    content = list(metadata["clip_ids"])
    other = next(row["id"] for row in rows(conn, CLIPS) if row["id"] not in content)
    app.reorder_collection(conn, collection, content[::-1], now=LATER)
    app.add_clip_to_collection(conn, collection, other, now=LATER, position=0)
    app.add_clip_to_collection(conn, collection, other, now=LATER)
    app.remove_clip_from_collection(conn, collection, content[0], now=LATER)
    changed = one(conn, COLLECTIONS, collection)
    assert changed["collection_metadata"] == {
        **metadata,
        "clip_ids": [other, *content[:0:-1]],
    }
    assert changed["updated_at"] == NAIVE_LATER
    assert rows(conn, LINKS) == links


def test_rows_made_by_hand_have_no_source_id(
    conn: Connection, project_dir: Path, rng: Random
) -> None:
    synced(conn, project_dir, rng)
    clip = app.create_manual_clip(conn, PROJECT, "手动片段", 10, 25, rng=rng, now=LATER)
    collection = app.create_manual_collection(conn, PROJECT, "收藏", [clip], rng=rng, now=LATER)
    row = one(conn, CLIPS, clip)
    assert (row["start_time"], row["end_time"], row["duration"]) == (10, 25, 15)
    assert row["clip_metadata"] == {}
    assert one(conn, COLLECTIONS, collection)["collection_metadata"] == {
        "clip_ids": [clip],
        "collection_type": "manual",
    }


def test_a_deleted_clip_is_still_named_by_its_collections(
    conn: Connection, project_dir: Path, rng: Random
) -> None:
    synced(conn, project_dir, rng)
    collection = first_id(conn, COLLECTIONS)
    content = app.collection_clip_ids(conn, collection)
    app.delete_clip(conn, content[0])
    assert content[0] not in {row["id"] for row in rows(conn, CLIPS)}
    assert content[0] not in {link["clip_id"] for link in rows(conn, LINKS)}
    assert app.collection_clip_ids(conn, collection) == content


def test_deleted_collections_are_noted_by_row_id_one_after_the_other(
    conn: Connection, project_dir: Path, rng: Random
) -> None:
    synced(conn, project_dir, rng)
    ids = [row["id"] for row in rows(conn, COLLECTIONS)]
    for collection in ids:
        app.delete_collection(conn, collection, project_dir, now=LATER)
    assert (rows(conn, COLLECTIONS), rows(conn, LINKS)) == ([], [])
    assert len(rows(conn, CLIPS)) == 4
    assert json.loads((project_dir / "deleted_collections.json").read_bytes()) == {
        "deleted_collection_ids": ids,
        "last_updated": NAIVE_LATER.isoformat(),
    }


def test_a_deleted_project_leaves_neither_rows_nor_files(
    conn: Connection, project_dir: Path, rng: Random
) -> None:
    synced(conn, project_dir, rng)
    app.start_task(conn, PROJECT, rng=rng, now=NOW)
    other = "7905a534-2186-43a2-88ee-be4ab28058bd"
    app.insert_project(conn, other, "另一个", now=NOW)
    kept = app.create_manual_clip(conn, other, "别动", 0, 5, rng=rng, now=NOW)
    app.delete_project(conn, PROJECT, project_dir)
    assert [row["id"] for row in rows(conn, PROJECTS)] == [other]
    assert [row["id"] for row in rows(conn, CLIPS)] == [kept]
    for table in (COLLECTIONS, LINKS, TASKS):
        assert conn.scalar(select(func.count()).select_from(table)) == 0
    assert not project_dir.exists()


def test_a_retry_sets_the_status_back_and_its_run_makes_two_task_rows(
    conn: Connection, project_dir: Path, rng: Random
) -> None:
    app.insert_project(conn, PROJECT, "项目", now=NOW, status="COMPLETED")
    app.retry_project(conn, PROJECT, now=LATER)
    assert rows(conn, PROJECTS)[0]["status"] == "PENDING"
    run = app.start_task(conn, PROJECT, rng=rng, now=LATER)
    app.set_project_status(conn, PROJECT, "PROCESSING", now=LATER)
    outer, inner = one(conn, TASKS, run.outer_id), one(conn, TASKS, run.inner_id)
    assert (outer["status"], inner["status"]) == ("RUNNING", "RUNNING")
    assert inner["created_at"] > outer["created_at"]
    end = LATER + timedelta(hours=1)
    app.finish_task(conn, run, now=end)
    app.set_project_status(conn, PROJECT, "COMPLETED", now=end)
    assert one(conn, TASKS, run.outer_id) == outer
    finished = one(conn, TASKS, run.inner_id)
    assert (finished["status"], finished["progress"]) == ("COMPLETED", 100.0)
    assert finished["updated_at"] == end.replace(tzinfo=None)
    assert rows(conn, PROJECTS)[0]["completed_at"] == end.replace(tzinfo=None)


def test_a_failed_run_says_why(conn: Connection, rng: Random) -> None:
    app.insert_project(conn, PROJECT, "项目", now=NOW)
    run = app.start_task(conn, PROJECT, rng=rng, now=NOW)
    app.finish_task(conn, run, now=LATER, status="FAILED", error="磁盘已满")
    failed = one(conn, TASKS, run.inner_id)
    assert (failed["status"], failed["error_message"]) == ("FAILED", "磁盘已满")


def test_a_run_under_way_has_no_final_file_to_import(
    conn: Connection, tmp_path: Path, rng: Random
) -> None:
    project_dir = tmp_path / PROJECT
    write_project(project_dir, Layout.CURRENT, Run.of(CONTENT), upto=Stage.TIMELINE)
    assert app.own_sync(conn, project_dir, rng=rng, now=NOW) == app.OwnSyncResult()
    assert rows(conn, PROJECTS)[0]["status"] == "PENDING"


def test_json_columns_hold_records_with_keys_unknown_to_us(
    conn: Connection, tmp_path: Path, rng: Random
) -> None:
    project_dir = tmp_path / PROJECT
    record: Record = {**CONTENT.clips[0], "speaker": {"name": "嘉宾", "seat": 2}}
    write_project(project_dir, Layout.STEPS, Run([record], []))
    synced(conn, project_dir, rng)
    assert rows(conn, CLIPS)[0]["clip_metadata"] == record
