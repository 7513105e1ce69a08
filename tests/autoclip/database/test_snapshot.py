"""Reading AutoClip's database: everything as stored, in few queries, whatever a row holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database import (
    full_rows,
    list_project_ids,
    open_engine,
    read_names,
    read_snapshots,
    read_transaction,
)
from clipsync.autoclip.database.snapshot import count_rows
from clipsync.demo.autoclip_schema import create_autoclip_schema
from clipsync.model.plan import Table
from clipsync.model.snapshot import (
    BrokenJson,
    ClipRow,
    CollectionRow,
    LinkRow,
    ProjectRow,
    Snapshot,
)
from tests.support.autoclip_rows import (
    CREATED,
    PROJECT,
    UPDATED,
    clip_id,
    clip_row,
    collection_id,
    collection_row,
    insert,
    insert_tasks,
    links,
    project_row,
    task_row,
)
from tests.support.statements import counted

OTHER = "64c48a05-b854-4c75-a81b-af2f6332b839"
NOWHERE = "7905a534-2186-43a2-88ee-be4ab28058bd"


def read(engine: sa.Engine, *project_ids: str) -> dict[str, Snapshot]:
    with read_transaction(engine) as conn:
        return read_snapshots(conn, project_ids)


def stored(engine: sa.Engine, text: str) -> str:
    """A timestamp of the builders as this database's snapshots show it."""
    if engine.dialect.name == "sqlite":
        return text
    return datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat()


def test_a_snapshot_holds_every_column_as_stored(autoclip_engine: sa.Engine) -> None:
    odd = {"标题": "Ünïcode 🎬 “引号” 한국어", "null": None, "n": [1, 2.5, True], "大": 2**70}
    project = project_row(description="简介\n两行", project_metadata=odd, completed_at=UPDATED)
    first = clip_row(1, clip_metadata=odd, tags=["标签", "🎬"], score=0.85)
    second = clip_row(2, description=None, recommendation_reason=None, tags=None, score=None)
    collection = collection_row(1, [2, 1], clips_count=None, video_path="/合集.mp4")
    insert(
        autoclip_engine,
        projects=[project],
        clips=[first, second],
        collections=[collection],
        links=links(1, [2, 1]),
    )
    times = {
        "created_at": stored(autoclip_engine, CREATED),
        "updated_at": stored(autoclip_engine, UPDATED),
    }
    completed_at = (
        UPDATED if autoclip_engine.dialect.name == "sqlite" else UPDATED.replace(" ", "T")
    )
    assert read(autoclip_engine, PROJECT) == {
        PROJECT: Snapshot(
            PROJECT,
            project=ProjectRow(**{**project, **times, "completed_at": completed_at}),
            clips=tuple(
                ClipRow(**{**row, **times})
                for row in sorted((first, second), key=lambda row: row["id"])
            ),
            collections=(CollectionRow(**{**collection, **times}),),
            links=(
                LinkRow(clip_id(2), collection_id(1), 0),
                LinkRow(clip_id(1), collection_id(1), 1),
            ),
            newest_task=None,
        )
    }


def test_rows_come_in_the_order_they_were_created(autoclip_engine: sa.Engine) -> None:
    times = ["2024-03-01 10:00:00", "2024-03-01 09:00:00.5", "2024-03-01 09:00:00"]
    insert(
        autoclip_engine,
        projects=[project_row()],
        clips=[clip_row(n, created_at=times[n - 1]) for n in (1, 2, 3)],
    )
    snapshot = read(autoclip_engine, PROJECT)[PROJECT]
    assert [clip.id for clip in snapshot.clips] == [clip_id(3), clip_id(2), clip_id(1)]


def test_a_project_nobody_knows_has_an_empty_snapshot(autoclip_engine: sa.Engine) -> None:
    insert(autoclip_engine, projects=[project_row()])
    assert read(autoclip_engine, NOWHERE) == {NOWHERE: Snapshot(NOWHERE)}
    assert read(autoclip_engine) == {}


def test_older_databases_without_a_thumbnail_are_read(tmp_path) -> None:
    path = tmp_path / "old.db"
    path.touch()
    engine = open_engine(f"sqlite:///{path}", lock_timeout=1)
    create_autoclip_schema(engine, with_thumbnail=False)
    insert(engine, projects=[project_row()])
    assert read(engine, PROJECT)[PROJECT].project is not None
    engine.dispose()


@pytest.mark.parametrize("projects", [2, 40])
def test_the_number_of_queries_does_not_grow_with_the_batch(
    autoclip_engine: sa.Engine, projects: int
) -> None:
    ids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(projects)]
    for project_id in ids:
        insert(
            autoclip_engine,
            projects=[project_row(project_id)],
            clips=[clip_row(n, project_id=project_id) for n in range(4)],
            collections=[collection_row(1, [0, 1], project_id=project_id)],
            links=links(1, [0, 1], project_id=project_id),
        )
    read(autoclip_engine, ids[0])
    with counted(autoclip_engine) as statements:
        snapshots = read(autoclip_engine, *ids)
    assert len(statements) == 5  # one per table
    assert {
        (len(s.clips), len(s.collections), len(s.links), s.project is not None)
        for s in snapshots.values()
    } == {(4, 1, 2, True)}


# Links


def test_a_link_belongs_to_its_collections_project(autoclip_engine: sa.Engine) -> None:
    across = {"clip_id": clip_id(1, OTHER), "collection_id": collection_id(1), "order_index": 3}
    insert(
        autoclip_engine,
        projects=[project_row(), project_row(OTHER)],
        clips=[clip_row(1), clip_row(1, project_id=OTHER)],
        collections=[collection_row(1)],
        links=[across],
    )
    both = read(autoclip_engine, PROJECT, OTHER)
    assert both[PROJECT].links == (LinkRow(**across),)
    assert both[OTHER].links == ()
    # the same, whatever else is in the batch
    assert read(autoclip_engine, OTHER)[OTHER].links == ()
    assert read(autoclip_engine, PROJECT)[PROJECT].links == (LinkRow(**across),)


def test_orphan_links_belong_to_the_side_that_is_there(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, lock_timeout=1)
    no_clip = {"clip_id": "gone", "collection_id": collection_id(1), "order_index": 0}
    no_collection = {"clip_id": clip_id(1), "collection_id": "gone", "order_index": 1}
    neither = {
        "clip_id": f"{PROJECT}_1",
        "collection_id": f"{PROJECT}_collection_1",
        "order_index": 2,
    }
    nobodys = {"clip_id": "gone", "collection_id": "gone", "order_index": 3}
    insert(
        engine,
        projects=[project_row()],
        clips=[clip_row(1)],
        collections=[collection_row(1)],
        links=[no_clip, no_collection, neither, nobodys],
    )
    snapshots = read(engine, PROJECT, OTHER)
    assert set(snapshots[PROJECT].links) == {
        LinkRow(**link) for link in (no_clip, no_collection, neither)
    }
    assert snapshots[OTHER].links == ()
    engine.dispose()


# Tasks


def test_the_newest_processing_task_is_the_one_that_tells(autoclip_engine: sa.Engine) -> None:
    later, latest = "2024-03-03 00:00:00", "2024-03-04 00:00:00"
    insert(autoclip_engine, projects=[project_row(), project_row(OTHER)])
    insert_tasks(
        autoclip_engine,
        [
            task_row(1, status="RUNNING"),
            task_row(2, status="COMPLETED", created_at=later, updated_at=later),
            task_row(3, task_type="EXPORT", created_at=latest, updated_at=latest),
            task_row(1, project_id=OTHER, status="PENDING", updated_at=later),
            task_row(2, project_id=OTHER, status="FAILED", updated_at=latest),
        ],
    )
    snapshots = read(autoclip_engine, PROJECT, OTHER)
    told = {project: s.newest_task for project, s in snapshots.items()}
    assert {project: one and (one.status, one.updated_at) for project, one in told.items()} == {
        PROJECT: ("COMPLETED", stored(autoclip_engine, later)),
        OTHER: ("FAILED", stored(autoclip_engine, latest)),
    }


def test_without_a_table_of_tasks_there_is_no_newest_task(autoclip_engine: sa.Engine) -> None:
    insert(autoclip_engine, projects=[project_row()])
    with autoclip_engine.begin() as conn:
        conn.exec_driver_sql("DROP TABLE tasks")
    assert read(autoclip_engine, PROJECT)[PROJECT].newest_task is None


# What should not be there


def put(engine: sa.Engine, statement: str, *values: object) -> None:
    with engine.begin() as conn:
        conn.exec_driver_sql(statement, values)


@pytest.fixture
def odd(sqlite_url: str):
    """A SQLite database with two clips, for storing what a column should not hold."""
    engine = open_engine(sqlite_url, lock_timeout=1)
    insert(
        engine,
        projects=[project_row()],
        clips=[clip_row(1), clip_row(2)],
        collections=[collection_row(1)],
    )
    yield engine
    engine.dispose()


def first_clip(engine: sa.Engine) -> ClipRow:
    clips = {clip.id: clip for clip in read(engine, PROJECT)[PROJECT].clips}
    assert clips[clip_id(2)] == ClipRow(**clip_row(2))  # its neighbour is read as ever
    return clips[clip_id(1)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"id": "1"', BrokenJson('{"id": "1"')),
        ("", BrokenJson("")),
        ("[" * 100_000, BrokenJson("[" * 100_000)),
        ("null", None),
        ("7", 7),
        ('{"final_score": NaN, "id": "1"}', {"final_score": None, "id": "1"}),
        ('"\\ud83d"', "\ud83d"),
        ("123456789012345678901234567890", 1.2345678901234568e29),  # SQLite's doing
        ('{"n": 123456789012345678901234567890}', {"n": 123456789012345678901234567890}),
    ],
)
def test_json_that_does_not_parse_breaks_nothing(odd: sa.Engine, text: str, value: object) -> None:
    put(odd, "UPDATE clips SET clip_metadata = ? WHERE id = ?", text, clip_id(1))
    assert first_clip(odd) == replace(ClipRow(**clip_row(1)), clip_metadata=value)


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("start_time", 243.5, 243.5),
        ("start_time", "four minutes", None),
        ("duration", "", None),
        ("duration", b"\xff", None),
        ("score", "high", None),
        ("score", b"0.5", 0.5),
        ("title", b"\xe6\xa0\x87", "标"),
        ("title", b"\xff", "�"),
        ("description", 12, "12"),
        ("status", "pending", "pending"),
        ("status", 3, "3"),
        ("updated_at", 1709251200, "1709251200"),
        ("updated_at", "yesterday", "yesterday"),
    ],
)
def test_values_of_another_type_break_nothing(
    odd: sa.Engine, column: str, value: object, shown: object
) -> None:
    put(odd, f"UPDATE clips SET {column} = ? WHERE id = ?", value, clip_id(1))
    assert first_clip(odd) == replace(ClipRow(**clip_row(1)), **{column: shown})


def test_text_that_is_no_utf8_breaks_nothing(odd: sa.Engine) -> None:
    put(
        odd,
        "UPDATE clips SET title = CAST(? AS TEXT) WHERE id = ?",
        b"caf\xe9 \xe6\xa0\x87",
        clip_id(1),
    )
    assert first_clip(odd) == replace(ClipRow(**clip_row(1)), title="caf� 标")
    with odd.connect() as conn:  # and the connection is as before
        assert conn.exec_driver_sql("SELECT 'x'").scalar() == "x"


def test_a_status_no_release_knows_is_read_as_it_is(odd: sa.Engine) -> None:
    put(odd, "UPDATE projects SET status = 'CANCELLED'")
    put(odd, "UPDATE collections SET status = 'archived'")
    snapshot = read(odd, PROJECT)[PROJECT]
    assert snapshot.project is not None
    assert snapshot.project.status == "CANCELLED"
    assert snapshot.collections[0].status == "archived"


# All of them


def test_projects_are_listed_in_order(autoclip_engine: sa.Engine) -> None:
    insert(autoclip_engine, projects=[project_row(OTHER), project_row(PROJECT)])
    with read_transaction(autoclip_engine) as conn:
        assert list_project_ids(conn) == [PROJECT, OTHER]
        assert count_rows(conn) == {Table.PROJECTS: 2, Table.CLIPS: 0, Table.COLLECTIONS: 0}


# Full rows, for exact undo


def test_full_rows_hold_columns_no_snapshot_has(autoclip_engine: sa.Engine) -> None:
    insert(autoclip_engine, projects=[project_row()], clips=[clip_row(1), clip_row(2)])
    put(autoclip_engine, "UPDATE clips SET thumbnail_path = '/缩略图.jpg', processing_step = 6")
    with read_transaction(autoclip_engine) as conn:
        rows = full_rows(conn, Table.CLIPS, [clip_id(1), "gone"])
    assert rows == {
        clip_id(1): {
            **clip_row(1),
            "created_at": stored(autoclip_engine, CREATED),
            "updated_at": stored(autoclip_engine, UPDATED),
            "thumbnail_path": "/缩略图.jpg",
            "processing_step": 6,
            "processing_result": None,
        }
    }


def test_full_rows_keep_json_text_that_would_come_out_otherwise(
    autoclip_engine: sa.Engine,
) -> None:
    insert(autoclip_engine, projects=[project_row()], clips=[clip_row(1)])
    text = '{"标题":"x",  "id": 1.0, "id": 1}'
    put(autoclip_engine, f"UPDATE clips SET clip_metadata = '{text}', tags = 'null'")
    with read_transaction(autoclip_engine) as conn:
        row = full_rows(conn, Table.CLIPS, [clip_id(1)])[clip_id(1)]
    assert (row["clip_metadata"], row["tags"]) == (BrokenJson(text), BrokenJson("null"))


def test_full_links_are_those_of_a_collection_in_order(autoclip_engine: sa.Engine) -> None:
    insert(
        autoclip_engine,
        projects=[project_row()],
        clips=[clip_row(1), clip_row(2)],
        collections=[collection_row(1), collection_row(2)],
        links=[
            {"clip_id": clip_id(1), "collection_id": collection_id(1), "order_index": 5},
            {"clip_id": clip_id(2), "collection_id": collection_id(1), "order_index": 2},
        ],
    )
    with read_transaction(autoclip_engine) as conn:
        found = full_rows(conn, Table.LINKS, [collection_id(1), collection_id(2)])
    assert found == {
        collection_id(1): {"clip_ids": [clip_id(2), clip_id(1)], "order_index": [2, 5]}
    }


def test_the_names_of_projects_are_autoclips(autoclip_engine: sa.Engine) -> None:
    insert(
        autoclip_engine,
        projects=[
            project_row("named", name="轮回 🎬"),
            project_row("empty", name=""),
            project_row("other", name="not asked for"),
        ],
    )
    with read_transaction(autoclip_engine) as conn:
        assert read_names(conn, ["named", "empty", "absent"]) == {"named": "轮回 🎬"}
        assert read_names(conn, []) == {}
