"""One pass over all rows: it tells every change of any of them, and where they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database import (
    Survey,
    open_engine,
    read_digests,
    read_snapshots,
    read_transaction,
    tables,
    take_survey,
)
from clipsync.autoclip.database import survey as survey_module
from clipsync.autoclip.database.survey import RowIds
from tests.support.autoclip_rows import (
    PROJECT,
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

OTHER = "64c48a05-b854-4c75-a81b-af2f6332b839"
NOWHERE = "7905a534-2186-43a2-88ee-be4ab28058bd"
ROWS = RowIds(
    clips=[clip_id(1), clip_id(2)],
    collections=[collection_id(1)],
    linked=[clip_id(1), clip_id(1, OTHER)],
)


@pytest.fixture
def engine(autoclip_engine: sa.Engine) -> sa.Engine:
    """Two projects; a clip of the one stands in the other's collection, too."""
    insert(
        autoclip_engine,
        projects=[project_row(), project_row(OTHER)],
        clips=[clip_row(1), clip_row(2), clip_row(1, project_id=OTHER)],
        collections=[collection_row(1, [1, 2]), collection_row(1, [1], project_id=OTHER)],
        links=[
            *links(1, [1, 2]),
            *links(1, [1], project_id=OTHER),
            {
                "clip_id": clip_id(1, OTHER),
                "collection_id": collection_id(1),
                "order_index": 2,
            },
        ],
    )
    insert_tasks(autoclip_engine, [task_row(1, status="COMPLETED"), task_row(2, project_id=OTHER)])
    return autoclip_engine


@pytest.fixture
def stranger(engine: sa.Engine) -> Iterator[sa.Engine]:
    """Another program's engine on the same database."""
    other = open_engine(engine.url.render_as_string(hide_password=False), lock_timeout=1)
    yield other
    other.dispose()


def change(engine: sa.Engine, statement: str, *values: object) -> None:
    with engine.begin() as conn:
        assert conn.exec_driver_sql(statement, values).rowcount != 0


# Every column that a plan looks at or a sync writes. By SQL alone: `updated_at` stays.
CHANGES = [
    "UPDATE clips SET title = '另一个标题' WHERE id = :clip",
    "UPDATE clips SET description = NULL WHERE id = :clip",
    "UPDATE clips SET status = 'FAILED' WHERE id = :clip",
    "UPDATE clips SET start_time = start_time + 1 WHERE id = :clip",
    "UPDATE clips SET end_time = end_time + 1 WHERE id = :clip",
    "UPDATE clips SET duration = duration + 1 WHERE id = :clip",
    "UPDATE clips SET score = 0.91 WHERE id = :clip",
    "UPDATE clips SET recommendation_reason = '' WHERE id = :clip",
    "UPDATE clips SET video_path = '/elsewhere.mp4' WHERE id = :clip",
    "UPDATE clips SET tags = '[1]' WHERE id = :clip",
    "UPDATE clips SET clip_metadata = '{}' WHERE id = :clip",
    "UPDATE collections SET name = '改名' WHERE id = :collection",
    "UPDATE collections SET description = '' WHERE id = :collection",
    "UPDATE collections SET clips_count = 7 WHERE id = :collection",
    "UPDATE collections SET status = 'ERROR' WHERE id = :collection",
    "UPDATE collections SET tags = '[1]' WHERE id = :collection",
    "UPDATE collections SET export_path = '/x.mp4' WHERE id = :collection",
    "UPDATE collections SET thumbnail_path = '/x.jpg' WHERE id = :collection",
    "UPDATE collections SET video_path = '/x.mp4' WHERE id = :collection",
    "UPDATE collections SET collection_metadata = NULL WHERE id = :collection",
    "UPDATE clip_collection SET order_index = 1 - order_index "
    "WHERE collection_id = :collection AND order_index < 2",
    "DELETE FROM clip_collection WHERE clip_id = :clip",
    "UPDATE projects SET name = '改名' WHERE id = :project",
    "UPDATE projects SET status = 'FAILED' WHERE id = :project",
    "UPDATE projects SET project_type = 'SPEECH' WHERE id = :project",
    "UPDATE projects SET processing_config = NULL WHERE id = :project",
    "UPDATE projects SET completed_at = '2024-01-01 00:00:00' WHERE id = :project",
    "UPDATE tasks SET status = 'FAILED' WHERE project_id = :project",
    "DELETE FROM tasks WHERE project_id = :project",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_the_digest_tells_any_change_of_a_row(engine: sa.Engine, statement: str) -> None:
    before = take_survey(engine)
    values = {"clip": clip_id(1), "collection": collection_id(1), "project": PROJECT}
    used = {name: value for name, value in values.items() if f":{name}" in statement}
    with engine.begin() as conn:
        assert conn.execute(sa.text(statement), used).rowcount > 0
    after = take_survey(engine)
    assert after.digest(PROJECT) != before.digest(PROJECT)
    assert after.digest(OTHER) == before.digest(OTHER)


def test_two_projects_without_rows_have_one_digest_and_none_with_rows_has_it(
    engine: sa.Engine,
) -> None:
    found = take_survey(engine)
    assert found.digest(NOWHERE) == found.digest("nobody")
    assert len({found.digest(id_) for id_ in (NOWHERE, PROJECT, OTHER)}) == 3


def test_equal_rows_do_not_cancel_out(autoclip_engine: sa.Engine) -> None:
    def digest() -> str:
        return take_survey(autoclip_engine).digest(PROJECT)

    insert(autoclip_engine, projects=[project_row()])
    seen = {digest()}
    for number in range(3):  # of a task no id is looked at, so these are the same
        insert_tasks(autoclip_engine, [task_row(number, status="COMPLETED")])
        seen.add(digest())
    assert len(seen) == 4


def test_the_digest_of_rows_read_by_their_ids_is_the_same(engine: sa.Engine) -> None:
    found = take_survey(engine)
    rows = {PROJECT: ROWS, NOWHERE: RowIds()}
    expected = {PROJECT: found.digest(PROJECT), NOWHERE: found.digest(NOWHERE)}
    with read_transaction(engine) as conn:
        assert read_digests(conn, rows) == expected
        assert read_digests(conn, rows, found) == expected


def test_the_order_of_rows_makes_no_difference(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def digests(numbers: list[int], name: str) -> set[str]:
        path = tmp_path / name
        path.write_bytes(Path(sqlite_url.removeprefix("sqlite:///")).read_bytes())
        engine = open_engine(f"sqlite:///{path}", lock_timeout=1)
        insert(engine, projects=[project_row()], clips=[clip_row(number) for number in numbers])
        found = {take_survey(engine).digest(PROJECT)}
        monkeypatch.setattr(survey_module, "PIECE", 2)
        found.add(take_survey(engine).digest(PROJECT))  # in pieces of two rows
        monkeypatch.undo()
        engine.dispose()
        return found

    assert digests([1, 2, 3, 4], "a.db") == digests([3, 1, 4, 2], "b.db")
    assert len(digests([1, 2, 3, 4], "c.db")) == 1


def test_tasks_that_are_not_over_are_told_with_their_last_sign_of_life(engine: sa.Engine) -> None:
    insert_tasks(
        engine, [task_row(3, project_id=OTHER, status="PENDING", updated_at="2025-01-01 00:00:00")]
    )
    unfinished = take_survey(engine).unfinished
    assert set(unfinished) == {OTHER}
    assert unfinished[OTHER].startswith("2025-01-01 00:00:00")


def test_without_a_table_of_tasks_the_other_tables_tell(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        conn.exec_driver_sql("DROP TABLE tasks")
    found = take_survey(engine)
    with read_transaction(engine) as conn:
        assert read_digests(conn, {PROJECT: ROWS}) == {PROJECT: found.digest(PROJECT)}


@pytest.mark.parametrize("value", [b"caf\xe9 \xe6\xa0\x87", b"\xff", b""])
def test_text_that_is_no_utf8_breaks_nothing(sqlite_url: str, value: bytes) -> None:
    engine = open_engine(sqlite_url, lock_timeout=1)
    insert(engine, projects=[project_row()], clips=[clip_row(1)])
    before = take_survey(engine).digest(PROJECT)
    change(engine, "UPDATE clips SET title = CAST(? AS TEXT), score = ?", value, value)
    after = take_survey(engine)
    assert after.digest(PROJECT) != before
    with read_transaction(engine) as conn:
        assert read_digests(conn, {PROJECT: RowIds([clip_id(1)])}) == {
            PROJECT: after.digest(PROJECT)
        }
        assert conn.exec_driver_sql("SELECT 'x'").scalar() == "x"  # and is as before
    engine.dispose()


class TestPlaces:
    """On SQLite: where each row is, for as long as nobody else writes."""

    @pytest.fixture
    def engine(self, sqlite_url: str) -> Iterator[sa.Engine]:
        engine = open_engine(sqlite_url, lock_timeout=1)
        gone = {"clip_id": "gone clip", "collection_id": "gone collection", "order_index": 0}
        composite = {"clip_id": f"{NOWHERE}_1", "collection_id": "gone too", "order_index": 0}
        insert(
            engine,
            projects=[project_row(), project_row(OTHER)],
            clips=[clip_row(1), clip_row(2), clip_row(1, project_id=OTHER)],
            collections=[collection_row(1, [1, 2])],
            links=[*links(1, [2, 1]), gone, composite],
        )
        insert_tasks(engine, [task_row(1), task_row(2, project_id=OTHER)])
        yield engine
        engine.dispose()

    def snapshots(self, engine: sa.Engine, found: Survey | None) -> object:
        former = {"gone collection": NOWHERE}
        with read_transaction(engine) as conn:
            return read_snapshots(conn, [PROJECT, OTHER, NOWHERE], former, found)

    def test_rows_read_at_their_places_are_those_a_search_finds(self, engine: sa.Engine) -> None:
        found = take_survey(engine)
        with read_transaction(engine) as conn:
            assert found.holds(conn)
        assert self.snapshots(engine, found) == self.snapshots(engine, None)

    def test_what_another_program_wrote_since_is_found(
        self, engine: sa.Engine, stranger: sa.Engine
    ) -> None:
        found = take_survey(engine)
        insert(stranger, clips=[clip_row(3)])
        with read_transaction(engine) as conn:
            assert not found.holds(conn)
        assert self.snapshots(engine, found) == self.snapshots(engine, None)

    def test_a_place_that_another_row_has_taken_since_gives_no_stranger(
        self, engine: sa.Engine
    ) -> None:
        """Our own writes leave the pass as it is; SQLite uses the last row's number again."""
        found = take_survey(engine)
        change(engine, "DELETE FROM clips WHERE id = ?", clip_id(1, OTHER))
        change(engine, "DELETE FROM collections")
        insert(engine, clips=[clip_row(3)], collections=[collection_row(2, [1], project_id=OTHER)])
        with read_transaction(engine) as conn:
            assert found.holds(conn)
            snapshot = read_snapshots(conn, [OTHER], {}, found)[OTHER]
        assert (snapshot.clips, snapshot.collections) == ((), ())

    def test_another_connection_can_not_rely_on_it(
        self, engine: sa.Engine, stranger: sa.Engine
    ) -> None:
        found = take_survey(engine)
        with read_transaction(stranger) as conn:
            assert not found.holds(conn)


def test_on_postgresql_nothing_is_taken_for_unchanged_within_a_run(postgres_url: str) -> None:
    engine = open_engine(postgres_url, lock_timeout=1)
    insert(engine, projects=[project_row()], clips=[clip_row(1)])
    found = take_survey(engine)
    with read_transaction(engine) as conn:
        assert not found.holds(conn)
        assert read_snapshots(conn, [PROJECT], {}, found) == read_snapshots(conn, [PROJECT])
    engine.dispose()


def test_every_table_of_autoclips_is_looked_at() -> None:
    assert set(survey_module._TABLES) == set(tables.metadata.tables)
