"""Writing changes to AutoClip's tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database import (
    full_rows,
    open_engine,
    read_snapshots,
    read_transaction,
    rows_before,
    write_changes,
    write_transaction,
)
from clipsync.demo.autoclip_schema import autoclip_metadata
from clipsync.errors import ConcurrentChangeError
from clipsync.model.plan import Change, Op, Table
from clipsync.model.snapshot import BrokenJson, LinkRow, Snapshot
from clipsync.sql import stored_timestamp
from tests.support.autoclip_rows import (
    CREATED,
    PROJECT,
    UPDATED,
    clip_id,
    clip_row,
    collection_id,
    collection_row,
    insert,
    links,
    project_row,
)
from tests.support.statements import counted

NOW = datetime(2024, 6, 1, 12, 30, 15, 250000, tzinfo=UTC)
ODD = {"标题": "Ünïcode 🎬 “引号” 한국어", "null": None, "n": [1, 2.5, True, 2**70]}


def change(
    op: Op,
    table: Table,
    row_id: str,
    after: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
) -> Change:
    return Change(op, table, PROJECT, row_id, None, before or {}, after or {}, {"": "test"})


def inserts(table: Table, *rows: dict[str, Any]) -> list[Change]:
    """Inserts of rows, without their timestamps."""
    return [
        change(
            Op.INSERT,
            table,
            row["id"],
            {name: row[name] for name in row if name not in ("created_at", "updated_at")},
        )
        for row in rows
    ]


def relink(number: int, before: list[int], after: list[int], **values: Any) -> Change:
    return change(
        Op.RELINK,
        Table.LINKS,
        collection_id(number),
        {"clip_ids": [clip_id(clip) for clip in after], **values},
        {"clip_ids": [clip_id(clip) for clip in before]},
    )


def write(engine: sa.Engine, *changes: Change) -> None:
    with write_transaction(engine) as conn:
        write_changes(conn, changes, NOW)


def read(engine: sa.Engine) -> Snapshot:
    with read_transaction(engine) as conn:
        return read_snapshots(conn, [PROJECT])[PROJECT]


def stamp(engine: sa.Engine) -> str:
    return stored_timestamp(NOW, engine.dialect)


def test_what_is_inserted_is_what_is_read(autoclip_engine: sa.Engine) -> None:
    project = project_row(project_metadata=ODD, description="", completed_at=UPDATED)
    clips = [
        clip_row(1, clip_metadata=ODD, tags=["🎬"]),
        clip_row(2, description=None, score=None, clip_metadata=None),
    ]
    collection = collection_row(1, [2, 1])
    write(
        autoclip_engine,
        relink(1, [], [2, 1]),  # in whatever order they are given
        *inserts(Table.COLLECTIONS, collection),
        *inserts(Table.CLIPS, *clips),
        *inserts(Table.PROJECTS, project),
    )
    now = stamp(autoclip_engine)
    times = {"created_at": now, "updated_at": now}
    snapshot = read(autoclip_engine)
    completed_at = (
        UPDATED if autoclip_engine.dialect.name == "sqlite" else UPDATED.replace(" ", "T")
    )
    assert snapshot.project is not None
    assert asdict(snapshot.project) == {**project, **times, "completed_at": completed_at}
    assert [asdict(clip) for clip in snapshot.clips] == sorted(
        ({**clip, **times} for clip in clips), key=lambda clip: clip["id"]
    )
    assert [asdict(row) for row in snapshot.collections] == [{**collection, **times}]
    assert snapshot.links == (
        LinkRow(clip_id(2), collection_id(1), 0),
        LinkRow(clip_id(1), collection_id(1), 1),
    )


def test_rows_are_stored_as_autoclips_own_sqlalchemy_stores_them(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, lock_timeout=1)
    row = clip_row(1, clip_metadata=ODD, description=None)
    write(engine, *inserts(Table.CLIPS, row))
    theirs = {**row, "id": "theirs", "created_at": NOW, "updated_at": NOW}
    autoclip = sa.create_engine(sqlite_url)
    with autoclip.begin() as conn:
        conn.execute(sa.insert(autoclip_metadata().tables["clips"]), theirs)
        ours, other = conn.exec_driver_sql("SELECT * FROM clips ORDER BY id").mappings()
        kinds = conn.exec_driver_sql(
            f"SELECT {', '.join(f'typeof({name})' for name in ours)} FROM clips"
        ).all()
    assert {**ours, "id": "theirs"} == dict(other)
    assert kinds[0] == kinds[1]
    autoclip.dispose()
    engine.dispose()


def test_an_insert_keeps_the_timestamps_it_names(autoclip_engine: sa.Engine) -> None:
    row = project_row()
    write(autoclip_engine, change(Op.INSERT, Table.PROJECTS, PROJECT, row))
    with read_transaction(autoclip_engine) as conn:
        project = read_snapshots(conn, [PROJECT])[PROJECT].project
    assert project is not None
    shown = [datetime.fromisoformat(text) for text in (project.created_at, project.updated_at)]
    assert [moment.replace(tzinfo=None).isoformat(" ") for moment in shown] == [CREATED, UPDATED]


def test_an_update_touches_no_column_it_does_not_name(autoclip_engine: sa.Engine) -> None:
    insert(autoclip_engine, projects=[project_row()], clips=[clip_row(1), clip_row(2)])
    with autoclip_engine.begin() as conn:
        conn.exec_driver_sql("UPDATE clips SET thumbnail_path = '/缩略图.jpg'")
    before = _rows(autoclip_engine)
    write(autoclip_engine, change(Op.UPDATE, Table.CLIPS, clip_id(1), {"title": "新标题"}))
    assert _rows(autoclip_engine) == {
        clip_id(1): {
            **before[clip_id(1)],
            "title": "新标题",
            "updated_at": stamp(autoclip_engine),
        },
        clip_id(2): before[clip_id(2)],
    }


def test_an_update_may_set_null_and_odd_json(autoclip_engine: sa.Engine) -> None:
    insert(autoclip_engine, projects=[project_row()], clips=[clip_row(1)])
    after = {"description": None, "tags": None, "clip_metadata": ODD, "score": None}
    write(autoclip_engine, change(Op.UPDATE, Table.CLIPS, clip_id(1), after))
    clip = asdict(read(autoclip_engine).clips[0])
    assert {name: clip[name] for name in after} == after
    with autoclip_engine.connect() as conn:
        assert conn.exec_driver_sql("SELECT tags IS NULL FROM clips").scalar()


def test_a_status_is_written_to_an_enum_or_to_text(autoclip_engine: sa.Engine) -> None:
    insert(autoclip_engine, projects=[project_row(status="PENDING")])
    write(
        autoclip_engine,
        change(
            Op.UPDATE,
            Table.PROJECTS,
            PROJECT,
            {"status": "COMPLETED", "project_type": "CONTENT_REVIEW", "completed_at": NOW},
        ),
    )
    project = read(autoclip_engine).project
    assert project is not None
    assert (project.status, project.project_type) == ("COMPLETED", "CONTENT_REVIEW")
    assert project.completed_at is not None
    assert datetime.fromisoformat(project.completed_at) == NOW.replace(tzinfo=None)


def test_relinking_keeps_what_stays_and_leaves_other_collections(
    autoclip_engine: sa.Engine,
) -> None:
    insert(
        autoclip_engine,
        projects=[project_row()],
        clips=[clip_row(n) for n in (1, 2, 3, 4)],
        collections=[collection_row(1), collection_row(2)],
        links=[*links(1, [1, 2, 3]), *links(2, [1, 2])],
    )
    write(autoclip_engine, relink(1, [1, 2, 3], [3, 4, 1]))
    found = {
        (link.collection_id, link.order_index): link.clip_id for link in _links(autoclip_engine)
    }
    assert found == {
        (collection_id(1), 0): clip_id(3),
        (collection_id(1), 1): clip_id(4),
        (collection_id(1), 2): clip_id(1),
        (collection_id(2), 0): clip_id(1),
        (collection_id(2), 1): clip_id(2),
    }
    with counted(autoclip_engine) as statements:
        write(autoclip_engine, relink(1, [3, 4, 1], [4, 1, 2], order_index=[7, 5, 9]))
    # updated, not replaced: one link went and one came
    assert [text.split()[0] for text in statements.writes] == ["DELETE", "UPDATE", "INSERT"]
    assert {
        (link.clip_id, link.order_index)
        for link in _links(autoclip_engine)
        if link.collection_id == collection_id(1)
    } == {(clip_id(4), 7), (clip_id(1), 5), (clip_id(2), 9)}


def test_deleting_a_row_takes_the_links_to_it_along(autoclip_engine: sa.Engine) -> None:
    insert(
        autoclip_engine,
        projects=[project_row()],
        clips=[clip_row(1), clip_row(2)],
        collections=[collection_row(1), collection_row(2)],
        links=[*links(1, [1, 2]), *links(2, [1, 2])],
    )
    write(
        autoclip_engine,
        change(Op.DELETE, Table.COLLECTIONS, collection_id(1)),
        change(Op.DELETE, Table.CLIPS, clip_id(1)),
    )
    snapshot = read(autoclip_engine)
    assert [clip.id for clip in snapshot.clips] == [clip_id(2)]
    assert [row.id for row in snapshot.collections] == [collection_id(2)]
    assert snapshot.links == (LinkRow(clip_id(2), collection_id(2), 1),)


def test_adopting_writes_nothing(autoclip_engine: sa.Engine) -> None:
    with counted(autoclip_engine) as statements:
        write(autoclip_engine, change(Op.ADOPT, Table.CLIPS, clip_id(1)))
        write(autoclip_engine)
    assert statements == []


@pytest.mark.parametrize(
    "lost",
    [
        change(Op.UPDATE, Table.CLIPS, clip_id(9), {"title": "x"}),
        change(Op.DELETE, Table.CLIPS, clip_id(9)),
        change(Op.DELETE, Table.COLLECTIONS, collection_id(9)),
        relink(1, [1, 9], [1]),
        relink(1, [1, 9], [9, 1]),
    ],
)
def test_a_row_that_is_gone_meanwhile_stops_everything(
    autoclip_engine: sa.Engine, lost: Change
) -> None:
    insert(
        autoclip_engine,
        projects=[project_row()],
        clips=[clip_row(1)],
        collections=[collection_row(1)],
        links=links(1, [1]),
    )
    before = read(autoclip_engine)
    fine = change(Op.UPDATE, Table.CLIPS, clip_id(1), {"title": "x"})
    with pytest.raises(ConcurrentChangeError, match=r"1 row\(s\) to change were gone"):
        write(autoclip_engine, fine, lost)
    assert read(autoclip_engine) == before


def test_a_row_that_is_gone_is_named(autoclip_engine: sa.Engine) -> None:
    insert(autoclip_engine, projects=[project_row()], clips=[clip_row(1)])
    with pytest.raises(ConcurrentChangeError, match=clip_id(9)):
        write(
            autoclip_engine,
            *(change(Op.UPDATE, Table.CLIPS, clip_id(n), {"title": "x"}) for n in (1, 9)),
        )


@pytest.mark.parametrize("rows", [3, 300])
def test_the_number_of_statements_does_not_grow_with_the_rows(
    autoclip_engine: sa.Engine, rows: int
) -> None:
    numbers = range(rows)
    insert(autoclip_engine, projects=[project_row()], collections=[collection_row(1)])
    write(autoclip_engine, *inserts(Table.CLIPS, *(clip_row(n) for n in numbers)))
    with counted(autoclip_engine) as statements:
        write(
            autoclip_engine,
            *inserts(Table.CLIPS, *(clip_row(rows + n) for n in numbers)),
            *(change(Op.UPDATE, Table.CLIPS, clip_id(n), {"title": f"{n}"}) for n in numbers),
            *(change(Op.UPDATE, Table.CLIPS, clip_id(n), {"score": 0.5}) for n in numbers),
            relink(1, [], list(numbers)),
        )
    assert len(statements) == 4
    with counted(autoclip_engine) as statements:
        write(autoclip_engine, *(change(Op.DELETE, Table.CLIPS, clip_id(n)) for n in numbers))
    assert len(statements) == 2
    assert len(read(autoclip_engine).clips) == rows


def test_what_was_deleted_comes_back_exactly(autoclip_engine: sa.Engine) -> None:
    """Rows, ids, timestamps, columns no snapshot has, JSON text, the order of links."""
    insert(
        autoclip_engine,
        projects=[project_row(completed_at=UPDATED)],
        clips=[clip_row(1), clip_row(2)],
        collections=[collection_row(1)],
        links=[{**link, "order_index": 5 + link["order_index"]} for link in links(1, [2, 1])],
    )
    with autoclip_engine.begin() as conn:
        conn.exec_driver_sql(
            'UPDATE clips SET clip_metadata = \'{"id":"1",  "n": 1.0}\', tags = \'null\', '
            "thumbnail_path = '/缩略图.jpg', processing_step = 6, processing_result = '[ ]'"
        )
        conn.exec_driver_sql("UPDATE collections SET theme = '主题', total_duration = 100")
    deletes = [
        change(Op.DELETE, Table.CLIPS, clip_id(1)),
        change(Op.DELETE, Table.CLIPS, clip_id(2)),
        relink(1, [2, 1], []),
        change(Op.DELETE, Table.COLLECTIONS, collection_id(1)),
        change(Op.DELETE, Table.PROJECTS, PROJECT),
    ]
    raw = _everything(autoclip_engine)
    with write_transaction(autoclip_engine) as conn:
        before = rows_before(conn, deletes)
        write_changes(conn, deletes, NOW)
    assert read(autoclip_engine).empty
    write(
        autoclip_engine,
        *(
            change(
                Op.RELINK if deleted.op is Op.RELINK else Op.INSERT,
                deleted.table,
                deleted.row_id,
                before[deleted.table, deleted.row_id],
            )
            for deleted in deletes
        ),
    )
    assert _everything(autoclip_engine) == raw


def test_what_sqlite_should_not_hold_comes_back_too(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, lock_timeout=1)
    insert(engine, projects=[project_row()], clips=[clip_row(1)])
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "UPDATE clips SET start_time = 'x', end_time = 2.5, score = 'high', status = 'odd', "
            "clip_metadata = '{broken', tags = 7, updated_at = 'yesterday', title = x'ff'"
        )
    raw = _everything(engine)
    delete = change(Op.DELETE, Table.CLIPS, clip_id(1))
    with write_transaction(engine) as conn:
        before = rows_before(conn, [delete])
        write_changes(conn, [delete], NOW)
    assert before[Table.CLIPS, clip_id(1)]["clip_metadata"] == BrokenJson("{broken")
    write(engine, change(Op.INSERT, Table.CLIPS, clip_id(1), before[Table.CLIPS, clip_id(1)]))
    assert _everything(engine) == raw
    engine.dispose()


def test_json_that_does_not_parse_stays_as_it_is_through_an_update(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, lock_timeout=1)
    insert(engine, projects=[project_row()], clips=[clip_row(1), clip_row(2)])
    with engine.begin() as conn:
        conn.exec_driver_sql("UPDATE clips SET clip_metadata = '{broken', tags = ''")
    write(
        engine,
        change(Op.UPDATE, Table.CLIPS, clip_id(1), {"title": "新标题"}),
        change(Op.UPDATE, Table.CLIPS, clip_id(2), {"tags": BrokenJson("[verbatim")}),
    )
    with engine.connect() as conn:
        found = conn.exec_driver_sql("SELECT title, clip_metadata, tags FROM clips").all()
    assert set(map(tuple, found)) == {
        ("新标题", "{broken", ""),
        (clip_row(2)["title"], "{broken", "[verbatim"),
    }
    engine.dispose()


def _rows(engine: sa.Engine) -> dict[str, dict[str, Any]]:
    with read_transaction(engine) as conn:
        return full_rows(conn, Table.CLIPS, [clip_id(1), clip_id(2)])


def _links(engine: sa.Engine) -> tuple[LinkRow, ...]:
    return read(engine).links


def _everything(engine: sa.Engine) -> dict[str, list[Any]]:
    """All rows of AutoClip's tables as text (and type), whatever their columns."""
    with engine.connect() as conn:
        found = {}
        for table in Table:
            names = [column["name"] for column in sa.inspect(conn).get_columns(table.value)]
            show = "quote({})" if engine.dialect.name == "sqlite" else "CAST({} AS TEXT)"
            shown = ", ".join(show.format(name) for name in names)
            query = f"SELECT {shown} FROM {table.value} ORDER BY 1"
            found[table.value] = sorted(map(tuple, conn.exec_driver_sql(query)), key=repr)
        return found
