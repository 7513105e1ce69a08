"""The base of each project, written with what was applied and read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database import (
    read_transaction,
    rows_before,
    write_changes,
    write_transaction,
)
from clipsync.ledger import tables
from clipsync.ledger.inserted import shortened
from clipsync.ledger.records import JournalEntry, ProjectState
from clipsync.ledger.store import (
    known_project_ids,
    read_bases,
    read_journal,
    record_audit,
    write_ledger,
)
from clipsync.model.base import Base, BaseRow, Tombstone, TombstoneReason
from clipsync.model.manifest import DiskState, Kind
from clipsync.model.plan import Change, LedgerDelta, Op, ProjectPlan, Table
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import BrokenJson
from clipsync.sql import stored_timestamp
from tests.support.autoclip_rows import (
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
from tests.support.statements import Statements, counted

OTHER = "64c48a05-b854-4c75-a81b-af2f6332b839"
NOW = datetime(2024, 6, 1, 12, 30, 15, 250000, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def clip(number: int, **values: Any) -> BaseRow:
    edited = {"title": f"标题{number} 🎬", "description": None}
    start = number * 1000
    row = BaseRow(Kind.CLIP, str(number), clip_id(number), edited, edited, start, start + 500)
    return replace(row, **values)


def collection(number: int, sources: list[str], rows: list[str]) -> BaseRow:
    file = {"name": "合集", "description": "“简介”", "content": sources}
    return BaseRow(
        Kind.COLLECTION, str(number), collection_id(number), file, {**file, "content": rows}
    )


def stone(number: int, **values: Any) -> Tombstone:
    reason = TombstoneReason.DELETED
    return replace(
        Tombstone(Kind.CLIP, str(number), clip_id(number), f"标题{number}", reason, 1, 2), **values
    )


def plan(
    project_id: str = PROJECT, *, changes: tuple[Change, ...] = (), **delta: Any
) -> ProjectPlan:
    """A plan that claims all of its ledger has changed."""
    return ProjectPlan(
        project_id,
        "项目",
        DiskState.COMPLETED,
        changes=changes,
        ledger=LedgerDelta(rows_changed=True, tombstones_changed=True, seen_changed=True, **delta),
    )


def write(engine: sa.Engine, *plans: ProjectPlan, now: datetime = NOW) -> Statements:
    """Writes the plans, each made from what the ledger knows of its project now."""
    bases = read(engine, *(one.project_id for one in plans))
    plans = tuple(
        replace(one, ledger=replace(one.ledger, before=bases[one.project_id])) for one in plans
    )
    with counted(engine) as statements, write_transaction(engine) as conn:
        write_ledger(conn, plans, run_id="run-1", now=now, journal_before={})
    return statements


def read(engine: sa.Engine, *project_ids: str) -> dict[str, Base]:
    with read_transaction(engine) as conn:
        return read_bases(conn, project_ids)


def column(engine: sa.Engine, name: sa.Column[Any]) -> list[Any]:
    with read_transaction(engine) as conn:
        return list(conn.scalars(sa.select(name).order_by(*name.table.primary_key)))


def test_before_there_is_a_ledger_every_base_is_empty(autoclip_engine: sa.Engine) -> None:
    assert read(autoclip_engine, PROJECT, OTHER) == {PROJECT: Base(PROJECT), OTHER: Base(OTHER)}
    with read_transaction(autoclip_engine) as conn:
        assert known_project_ids(conn) == []
        assert list(read_journal(conn)) == []


def test_a_base_is_read_as_it_was_written(ledger: sa.Engine) -> None:
    rows = (clip(1), clip(2), collection(1, ["2", "1"], [clip_id(2), clip_id(1)]))
    stones = (stone(3), stone(3, start_ms=9), stone(4, row_id=None, lifted=True))
    seen = frozenset({collection_id(1), collection_id(7)})
    write(
        ledger,
        plan(rows=rows, tombstones=stones, seen_collection_row_ids=seen),
        plan(OTHER),
    )
    found = read(ledger, PROJECT, OTHER, "unknown")
    assert found == {
        PROJECT: Base(
            PROJECT,
            known=True,
            rows=tuple(sorted(rows, key=lambda row: (row.kind, row.row_id))),
            tombstones=stones,
            seen_collection_row_ids=seen,
        ),
        OTHER: Base(OTHER, known=True),
        "unknown": Base("unknown"),
    }
    with read_transaction(ledger) as conn:
        assert known_project_ids(conn) == [PROJECT, OTHER]


def test_writing_the_same_again_writes_nothing(ledger: sa.Engine) -> None:
    same = plan(
        rows=(clip(1), collection(1, ["1"], [clip_id(1)])),
        tombstones=(stone(3), stone(4, label="标\0题", lifted=True)),
        seen_collection_row_ids=frozenset({collection_id(1)}),
    )
    write(ledger, same)
    assert write(ledger, same, now=LATER).writes == []
    unchanged = replace(same, ledger=LedgerDelta(seen_collection_row_ids={collection_id(1)}))
    assert write(ledger, unchanged, now=LATER).writes == []


def test_only_rows_that_differ_are_written(ledger: sa.Engine) -> None:
    write(ledger, plan(rows=(clip(1), clip(2), clip(3))))
    edited = clip(2, kept_values={"title": "用户改的", "description": ""})
    write(ledger, plan(rows=(clip(1), edited, clip(4))), now=LATER)
    assert sorted(read(ledger, PROJECT)[PROJECT].rows, key=lambda row: row.source_id) == [
        clip(1),
        edited,
        clip(4),
    ]
    with read_transaction(ledger) as conn:
        query = sa.select(tables.rows.c.source_id, tables.rows.c.applied_at)
        applied = dict(conn.execute(query).all())
    assert applied == {"1": NOW, "2": LATER, "4": LATER}


def test_a_tombstone_that_stays_keeps_the_time_it_was_noticed(ledger: sa.Engine) -> None:
    write(ledger, plan(tombstones=(stone(1), stone(2))))
    write(ledger, plan(tombstones=(stone(2, lifted=True), stone(3))), now=LATER)
    assert read(ledger, PROJECT)[PROJECT].tombstones == (stone(2, lifted=True), stone(3))
    assert column(ledger, tables.tombstones.c.noticed_at) == [NOW, LATER]
    assert column(ledger, tables.tombstones.c.lifted_at) == [LATER, None]
    write(ledger, plan(tombstones=(stone(2), stone(3))), now=LATER)
    assert column(ledger, tables.tombstones.c.lifted_at) == [None, None]


def test_a_row_restored_and_deleted_again_is_lifted_where_it_holds_back(ledger: sa.Engine) -> None:
    first, again = stone(1, lifted=True), stone(1)
    write(ledger, plan(tombstones=(first,)))
    write(ledger, plan(tombstones=(first, again)), now=LATER)
    write(ledger, plan(tombstones=(first, first)), now=LATER)
    assert read(ledger, PROJECT)[PROJECT].tombstones == (first, first)
    assert column(ledger, tables.tombstones.c.lifted_at) == [NOW, LATER]


def test_other_projects_stay_as_they_are(ledger: sa.Engine) -> None:
    theirs = plan(OTHER, rows=(clip(1),), tombstones=(stone(2),))
    write(ledger, plan(rows=(clip(1),), tombstones=(stone(2),)), theirs)
    before = read(ledger, OTHER)
    write(ledger, plan())
    assert read(ledger, OTHER) == before
    assert read(ledger, PROJECT)[PROJECT] == Base(PROJECT, known=True)


def test_a_plan_that_is_stopped_is_not_recorded(ledger: sa.Engine) -> None:
    stopped = Reason(ReasonCode.PROJECT_LIMIT)
    assert write(ledger, replace(plan(rows=(clip(1),)), stopped=stopped)) == []
    assert read(ledger, PROJECT)[PROJECT] == Base(PROJECT)


def test_a_project_that_is_skipped_is_recorded_only_where_something_was_learnt(
    ledger: sa.Engine,
) -> None:
    waiting = replace(plan(), skipped=Reason(ReasonCode.NO_FINAL_FILES), ledger=LedgerDelta())
    assert write(ledger, waiting) == []
    assert read(ledger, PROJECT)[PROJECT] == Base(PROJECT)

    deleted = replace(plan(), skipped=Reason(ReasonCode.PROJECT_DELETED))
    learnt = LedgerDelta(project_deleted=True, project_deleted_changed=True)
    write(ledger, replace(deleted, ledger=learnt))
    assert read(ledger, PROJECT)[PROJECT] == Base(PROJECT, known=True, project_deleted=True)


def test_a_project_that_was_only_audited_is_not_known(ledger: sa.Engine) -> None:
    with write_transaction(ledger) as conn:
        record_audit(conn, [ProjectState(PROJECT, "项目", "out_of_sync")], "run-0", NOW)
    assert read(ledger, PROJECT)[PROJECT] == Base(PROJECT)
    write(ledger, plan(rows=(clip(1),)))
    assert read(ledger, PROJECT)[PROJECT].known


@pytest.mark.parametrize("projects", [2, 60])
def test_the_number_of_statements_does_not_grow_with_the_projects(
    ledger: sa.Engine, projects: int
) -> None:
    ids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(projects)]
    change = Change(
        Op.ADOPT,
        Table.CLIPS,
        PROJECT,
        "row",
        "1",
        {},
        {},
        {"": Reason(ReasonCode.MADE_BY_AUTOCLIP)},
    )
    plans = [
        plan(id_, rows=(clip(1), clip(2)), tombstones=(stone(1),), changes=(change,)) for id_ in ids
    ]
    # 1 reads what is there; rows, tombstones, journals of both kinds and projects are written.
    assert len(write(ledger, *plans)) == 6
    with counted(ledger) as statements:
        assert all(base.known for base in read(ledger, *ids).values())
    assert len(statements) == 3

    again = [
        plan(id_, rows=(clip(1, row_id="other"),), tombstones=(stone(1, lifted=True), stone(2)))
        for id_ in ids
    ]
    # 2 read; rows and tombstones go, change and come; the ledger's journal and projects.
    assert len(write(ledger, *again, now=LATER)) == 8
    assert len(write(ledger, *map(plan, ids), now=LATER)) == 6


# The journal


def journal(engine: sa.Engine, **which: Any) -> list[JournalEntry]:
    with read_transaction(engine) as conn:
        return list(read_journal(conn, **which))


def test_the_journal_tells_every_change_exactly(ledger: sa.Engine) -> None:
    insert(
        ledger,
        projects=[project_row()],
        clips=[clip_row(1), clip_row(2)],
        collections=[collection_row(1)],
        links=[{**link, "order_index": 4} for link in links(1, [1])],
    )
    with ledger.begin() as conn:
        conn.exec_driver_sql(
            "UPDATE clips SET clip_metadata = '{\"id\":\"2\"}', thumbnail_path = '/图.jpg'"
        )
    new = {name: clip_row(3)[name] for name in clip_row(3) if not name.endswith("_at")}
    changes = (
        Change(
            Op.INSERT,
            Table.CLIPS,
            PROJECT,
            clip_id(3),
            "3",
            {},
            new,
            {"": Reason(ReasonCode.NEW_ON_DISK)},
        ),
        Change(
            Op.UPDATE,
            Table.CLIPS,
            PROJECT,
            clip_id(1),
            "1",
            {"title": clip_row(1)["title"], "clip_metadata": {"id": "2"}},
            {"title": "新标题", "clip_metadata": {"$json": "只是一个键"}},
            {"title": Reason(ReasonCode.STUCK, {"status": "零\0件"})},
        ),
        Change(
            Op.RELINK,
            Table.LINKS,
            PROJECT,
            collection_id(1),
            "1",
            {"clip_ids": [clip_id(1)]},
            {"clip_ids": [clip_id(3)]},
            {"": Reason(ReasonCode.FOLLOWS_CONTENT)},
        ),
        Change(
            Op.DELETE,
            Table.CLIPS,
            PROJECT,
            clip_id(2),
            "2",
            {"title": "x"},
            {},
            {"": Reason(ReasonCode.DUPLICATE, {"row": clip_id(3)})},
        ),
        Change(
            Op.ADOPT,
            Table.CLIPS,
            PROJECT,
            clip_id(1),
            "1",
            {},
            {},
            {"": Reason(ReasonCode.MADE_BY_AUTOCLIP)},
        ),
    )
    with write_transaction(ledger) as conn:
        before = rows_before(conn, changes)
        write_changes(conn, changes, NOW)
        write_ledger(conn, [plan(changes=changes)], run_id="run-1", now=NOW, journal_before=before)
    stamp = stored_timestamp(NOW, ledger.dialect)
    old = stored_timestamp(datetime.fromisoformat(UPDATED).replace(tzinfo=UTC), ledger.dialect)
    entries = journal(ledger)
    assert [(entry.run_id, entry.seq, entry.applied_at) for entry in entries] == [
        ("run-1", seq, NOW) for seq in range(5)
    ]
    inserted = {"id": clip_id(3), "created_at": stamp, "updated_at": stamp, **new}
    assert [entry.change for entry in entries] == [
        replace(changes[0], after=shortened(Table.CLIPS, inserted)),
        replace(
            changes[1],
            before={
                "title": clip_row(1)["title"],
                "clip_metadata": BrokenJson('{"id":"2"}'),  # the very text
                "updated_at": old,
            },
            after={"updated_at": stamp, **changes[1].after},
        ),
        replace(changes[2], before={"clip_ids": [clip_id(1)], "order_index": [4]}),
        replace(changes[3], before=before[Table.CLIPS, clip_id(2)]),
        changes[4],
    ]
    assert entries[3].change.before["thumbnail_path"] == "/图.jpg"
    assert entries[1].as_dict()["before"]["clip_metadata"] == {"$json": '{"id":"2"}'}


def test_a_journal_of_release_0_1_0_is_read_by_code_where_code_decides_by_it(
    ledger: sa.Engine,
) -> None:
    why = {"": "restored on purpose", "title": "from disk", "name": "a duplicate of row r7"}
    with write_transaction(ledger) as conn:
        conn.execute(
            sa.insert(tables.journal).values(
                run_id="run-1",
                project_id=PROJECT,
                seq=0,
                op="update",
                table_name="clips",
                row_id="row",
                before={},
                after={},
                why=why,
                applied_at=NOW,
            )
        )
    (entry,) = journal(ledger)
    assert entry.change.why == {
        "": Reason(ReasonCode.RESTORED_ON_PURPOSE),
        "title": Reason(ReasonCode.FROM_DISK),
        "name": Reason(ReasonCode.AS_WRITTEN, {"text": "a duplicate of row r7"}),
    }
    assert entry.as_dict()["why"] == why


def test_the_journal_is_read_by_run_and_project(ledger: sa.Engine) -> None:
    def change(project_id: str) -> Change:
        return Change(Op.ADOPT, Table.CLIPS, project_id, "row", None, {}, {}, {})

    for run_id in ("run-1", "run-2"):
        with write_transaction(ledger) as conn:
            plans = [plan(id_, changes=(change(id_),)) for id_ in (PROJECT, OTHER)]
            write_ledger(conn, plans, run_id=run_id, now=NOW, journal_before={})

    def told(**which: Any) -> list[tuple[str, str]]:
        return [(entry.run_id, entry.change.project_id) for entry in journal(ledger, **which)]

    assert told(run_id="run-2") == [("run-2", PROJECT), ("run-2", OTHER)]
    assert told(project_ids=[OTHER]) == [("run-1", OTHER), ("run-2", OTHER)]
    assert told(newest_first=True, limit=3) == [
        ("run-2", OTHER),
        ("run-2", PROJECT),
        ("run-1", OTHER),
    ]
    assert told(run_id="run-3") == []


def test_the_ledger_is_in_the_transaction_of_the_changes(ledger: sa.Engine) -> None:
    with pytest.raises(ZeroDivisionError), write_transaction(ledger) as conn:
        write_ledger(conn, [plan(rows=(clip(1),))], run_id="run-1", now=NOW, journal_before={})
        raise ZeroDivisionError
    assert read(ledger, PROJECT)[PROJECT] == Base(PROJECT)
