"""The ledger's migrations, on SQLite and PostgreSQL."""

from __future__ import annotations

import logging
import multiprocessing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from clipsync.autoclip.database import open_engine
from clipsync.autoclip.database.locks import write_transaction
from clipsync.errors import LedgerVersionError
from clipsync.ledger import migrate, tables
from clipsync.ledger.knowledge import Former, read_former
from clipsync.ledger.store import audit_points, list_runs, read_bases
from clipsync.model.base import Base, BaseRow, Tombstone, TombstoneReason
from clipsync.model.manifest import Kind
from tests.support.autoclip_rows import PROJECT
from tests.support.statements import counted

OTHER = "64c48a05-b854-4c75-a81b-af2f6332b839"
NOW = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)


def test_only_tables_called_clipsync_are_created(autoclip_engine: sa.Engine) -> None:
    before = _schema(autoclip_engine)
    migrate.upgrade(autoclip_engine)
    after = _schema(autoclip_engine)
    assert {name: after[name] for name in before} == before
    assert sorted(set(after) - set(before)) == [
        "clipsync_alembic_version",
        "clipsync_audits",
        "clipsync_findings",
        "clipsync_journal",
        "clipsync_ledger_journal",
        "clipsync_mails",
        "clipsync_project_states",
        "clipsync_projects",
        "clipsync_quality",
        "clipsync_quarantine",
        "clipsync_rows",
        "clipsync_runs",
        "clipsync_tombstones",
    ]


def test_the_newest_migration_leaves_the_tables_as_the_code_knows_them(
    autoclip_engine: sa.Engine,
) -> None:
    migrate.upgrade(autoclip_engine)
    with autoclip_engine.connect() as conn:
        context = MigrationContext.configure(
            conn,
            opts={
                "version_table": tables.version.name,
                "include_object": lambda _, name, kind, *__: (
                    kind != "table" or name in tables.metadata.tables
                ),
                "compare_server_default": False,
            },
        )
        assert compare_metadata(context, tables.metadata) == []


def test_the_code_knows_every_version_there_is() -> None:
    config = Config()
    config.set_main_option("script_location", migrate._SCRIPTS)
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == migrate.HEAD
    assert tuple(sorted(s.revision for s in scripts.walk_revisions())) == migrate.VERSIONS


def test_a_ledger_at_its_newest_version_costs_one_query(
    autoclip_engine: sa.Engine, autoclip_url: str
) -> None:
    migrate.upgrade(autoclip_engine)
    again = open_engine(autoclip_url, lock_timeout=5)
    again.connect().close()  # what any first connection asks is not ours
    with counted(again) as statements:
        migrate.upgrade(again)
    assert len(statements) == 1
    with counted(again) as statements:
        migrate.upgrade(again)
    assert statements == []
    again.dispose()


def test_upgrading_sets_up_no_logging(
    autoclip_engine: sa.Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (list(logging.root.handlers), logging.root.level)
    migrate.upgrade(autoclip_engine)
    assert (list(logging.root.handlers), logging.root.level) == before
    assert capsys.readouterr() == ("", "")


def test_a_ledger_of_a_newer_release_is_left_alone(autoclip_engine: sa.Engine) -> None:
    migrate.upgrade(autoclip_engine)
    with autoclip_engine.begin() as conn:
        conn.execute(sa.update(tables.version).values(version_num="0999"))
    before = _schema(autoclip_engine)
    fresh = sa.create_engine(autoclip_engine.url)
    with pytest.raises(LedgerVersionError, match="version 0999, which this release"):
        migrate.upgrade(fresh)
    with pytest.raises(LedgerVersionError), fresh.connect() as conn:
        read_bases(conn, [PROJECT])
    fresh.dispose()
    assert _schema(autoclip_engine) == before


def test_reading_an_older_ledger_says_how_to_upgrade_it(autoclip_engine: sa.Engine) -> None:
    _upgrade_to(autoclip_engine, "0001")
    with (
        pytest.raises(LedgerVersionError, match="older version 0001"),
        autoclip_engine.connect() as conn,
    ):
        read_bases(conn, [PROJECT])


def test_rows_of_an_older_ledger_survive_its_upgrade(autoclip_engine: sa.Engine) -> None:
    _upgrade_to(autoclip_engine, "0001")
    clip = {"title": "标题 🎬", "description": None}
    collection = {"name": "合集", "description": "", "content": ["2", "9", "1"]}
    with autoclip_engine.begin() as conn:
        for project_id in (PROJECT, OTHER):
            _old_row(conn, "projects", project_id=project_id, name="项目", last_synced_at=NOW)
            for number, kind, values in (
                ("1", "clip", clip),
                ("2", "clip", clip),
                ("1", "collection", collection),
            ):
                _old_row(
                    conn,
                    "rows",
                    project_id=project_id,
                    kind=kind,
                    row_id=f"{project_id}-{kind}-{number}",
                    source_id=number,
                    file_values=values,
                    start_ms=1000 if kind == "clip" else None,
                    end_ms=2000 if kind == "clip" else None,
                    applied_at=NOW,
                )
    migrate.upgrade(autoclip_engine)
    with autoclip_engine.connect() as conn:
        bases = read_bases(conn, [PROJECT, OTHER])
    for project_id in (PROJECT, OTHER):
        clips = [f"{project_id}-clip-{number}" for number in "12"]
        assert bases[project_id].known
        assert bases[project_id].rows == (
            BaseRow(Kind.CLIP, "1", clips[0], clip, clip, 1000, 2000),
            BaseRow(Kind.CLIP, "2", clips[1], clip, clip, 1000, 2000),
            BaseRow(
                Kind.COLLECTION,
                "1",
                f"{project_id}-collection-1",
                # of what the file named, the rows that stood for it
                {**collection, "content": [clips[1], clips[0]]},
                {**collection, "content": [clips[1], clips[0]]},
            ),
        )
        assert bases[project_id].seen_collection_row_ids == {f"{project_id}-collection-1"}


def test_contents_become_ids_of_rows_and_tombstones_hold_what_they_held(
    autoclip_engine: sa.Engine,
) -> None:
    """As release 0.1.0 had them: `content` in numbers, `content_rows` the rows these meant."""
    _upgrade_to(autoclip_engine, "0004")
    clip = {"title": "标题", "description": None}
    told = {"name": "合集", "description": ""}
    with autoclip_engine.begin() as conn:
        _old_row(conn, "projects", project_id=PROJECT, name="项目", last_synced_at=NOW)
        for row_id, kind, file, kept in (
            ("a", "clip", clip, {**clip, "title": "人改的"}),
            (
                "c",
                "collection",
                # Number 2 has another row by now: the row that was meant counts.
                {**told, "content": ["2", "1"], "content_rows": ["former", "a"]},
                {**told, "content": ["a", "former"]},
            ),
            ("d", "collection", {**told, "content": ["9", "1"]}, {**told, "content": ["a"]}),
        ):
            _old_row(
                conn, "rows", project_id=PROJECT, kind=kind, row_id=row_id, source_id="1",
                file_values=file, kept_values=kept, applied_at=NOW,
            )  # fmt: skip
        for number, lifted in (("3", None), ("4", NOW)):
            _old_row(
                conn, "tombstones", project_id=PROJECT, kind="clip", source_id=number, row_id=None,
                label="没了", reason="deleted", start_ms=7, end_ms=9, noticed_at=NOW,
                lifted_at=lifted,
            )  # fmt: skip
    migrate.upgrade(autoclip_engine)
    with autoclip_engine.connect() as conn:
        base = read_bases(conn, [PROJECT])[PROJECT]
    deleted = TombstoneReason.DELETED
    assert base == Base(
        PROJECT,
        known=True,
        rows=(
            BaseRow(Kind.CLIP, "1", "a", clip, {**clip, "title": "人改的"}),
            BaseRow(
                Kind.COLLECTION,
                "1",
                "c",
                {**told, "content": ["former", "a"]},
                {**told, "content": ["a", "former"]},
            ),
            BaseRow(
                Kind.COLLECTION, "1", "d", {**told, "content": ["a"]}, {**told, "content": ["a"]}
            ),
        ),
        tombstones=(
            Tombstone(Kind.CLIP, "3", None, "没了", deleted, 7, 9),
            Tombstone(Kind.CLIP, "4", None, "没了", deleted, 7, 9, lifted=True),
        ),
    )


def test_what_was_known_before_each_run_of_release_0_1_0_is_told_by_its_journal(
    autoclip_engine: sa.Engine,
) -> None:
    _upgrade_to(autoclip_engine, "0004")
    clip = {"title": "标题", "description": None}
    third = {"name": "人改的", "description": "三", "content": ["b", "a"]}
    collection = {**third, "content": ["2", "1"], "content_rows": ["b", "a"], "name": "三"}
    with autoclip_engine.begin() as conn:
        for project_id in (PROJECT, OTHER):
            _old_row(conn, "projects", project_id=project_id, name="项", last_synced_at=NOW)
        for kind, row_id, number, file, kept in (
            ("clip", "a", "1", clip, clip),
            ("clip", "b", "2", clip, clip),
            ("collection", "c", "1", collection, third),
        ):
            _old_row(
                conn, "rows", project_id=PROJECT, kind=kind, row_id=row_id, source_id=number,
                file_values=file, kept_values=kept, applied_at=NOW,
            )  # fmt: skip
        _old_row(
            conn, "tombstones", project_id=PROJECT, kind="clip", source_id="2", row_id="b",
            label="二", reason="deleted", start_ms=7, end_ms=9, noticed_at=NOW, lifted_at=NOW,
        )  # fmt: skip
        metadata = {"clip_ids": ["a"], "collection_id": "1"}
        from_disk = dict.fromkeys(("description", "collection_metadata"), "from disk")
        for run_id, project_id, op, table, row_id, number, before, why in (
            ("first", PROJECT, "insert", "projects", PROJECT, None, {}, {"": "new on disk"}),
            ("first", PROJECT, "insert", "clips", "a", "1", {}, {"": "new on disk"}),
            ("first", PROJECT, "insert", "collections", "c", "1", {}, {"": "new on disk"}),
            ("second", PROJECT, "insert", "clips", "b", "2", {}, {"": "restored on purpose"}),
            (
                *("third", PROJECT, "update", "collections", "c", "1"),
                {"description": "一", "collection_metadata": metadata},
                from_disk,
            ),
            ("first", OTHER, "insert", "projects", OTHER, None, {}, {"": "new on disk"}),
            ("fourth", OTHER, "delete", "projects", OTHER, None, {"name": "项"}, {"": "undone"}),
        ):
            _old_row(
                conn, "journal", run_id=run_id, project_id=project_id, seq=0, op=op,
                table_name=table, row_id=row_id, source_id=number, before=before, after={},
                why=why, applied_at=NOW,
            )  # fmt: skip
    migrate.upgrade(autoclip_engine)
    held = Tombstone(Kind.CLIP, "2", "b", "二", TombstoneReason.DELETED, 7, 9)
    before_third = {"name": "三", "description": "一", "content": ["a"]}
    with autoclip_engine.connect() as conn:
        assert {run: read_former(conn, run, PROJECT) for run in ("first", "second", "third")} == {
            "first": [
                Former(written=(("collection", "c"), ("clip", "a")), known=False),
            ],
            "second": [
                Former(
                    written=(("clip", "b"),),
                    stones=(held,),
                    stones_written=(replace(held, lifted=True),),
                )
            ],
            # The name was the person's then as now; what came from the file was the file's.
            "third": [
                Former(
                    rows=(
                        BaseRow(
                            Kind.COLLECTION, "1", "c", before_third,
                            {**before_third, "name": "人改的"},
                        ),
                    ),
                    written=(("collection", "c"),),
                )
            ],
        }  # fmt: skip
        # Undone by 0.1.0: as new as before its first sync, and no project that a person deleted.
        assert read_former(conn, "fourth", OTHER) == [Former(known=True)]
        assert {id_: one.known for id_, one in read_bases(conn, [PROJECT, OTHER]).items()} == {
            PROJECT: True,
            OTHER: False,
        }


def test_history_begins_with_what_an_older_ledger_holds(autoclip_engine: sa.Engine) -> None:
    _upgrade_to(autoclip_engine, "0002")
    statuses = {PROJECT: "out_of_sync", OTHER: "consistent", "never-audited": None}
    with autoclip_engine.begin() as conn:
        for project_id, status in statuses.items():
            _old_row(conn, "projects", project_id=project_id, name="项目", status=status)
        for number, (severity, resolved) in enumerate(
            [("error", None), ("warning", None), ("warning", NOW), ("info", None)]
        ):
            _old_row(
                conn,
                "findings",
                project_id=PROJECT,
                code="trouble",
                subject=str(number),
                source="plan",
                severity=severity,
                message="坏了",
                evidence={},
                first_seen=NOW,
                first_run="run-1",
                last_seen=NOW,
                last_run="run-1",
                resolved_at=resolved,
            )
        _old_row(
            conn, "runs", run_id="run-1", command="sync", trigger="t", started_by="u",
            started_at=NOW,
        )  # fmt: skip
    migrate.upgrade(autoclip_engine)
    migrate.upgrade(sa.create_engine(autoclip_engine.url))
    table, found = tables.projects.c, tables.findings.c
    with autoclip_engine.connect() as conn:
        query = sa.select(
            table.project_id, table.attention, table.errors, table.warnings, table.infos,
            table.disk_clips,
        )  # fmt: skip
        assert sorted(map(tuple, conn.execute(query))) == [
            (PROJECT, 3, 1, 1, 1, None),
            (OTHER, 0, 0, 0, 0, None),
            ("never-audited", 0, 0, 0, 0, None),
        ]
        # The older release mailed what is open.
        told = sa.select(found.subject, found.told, found.told_at).order_by(found.subject)
        assert list(map(tuple, conn.execute(told))) == [
            ("0", "error", NOW),
            ("1", "warning", NOW),
            ("2", None, None),
            ("3", None, None),
        ]
        assert [run.run_id for run in list_runs(conn)] == ["run-1"]
        assert audit_points(conn, 90) == []


def test_an_upgrade_that_fails_leaves_the_older_ledger(
    autoclip_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _upgrade_to(autoclip_engine, "0001")
    before = _schema(autoclip_engine)
    real = migrate._run_alembic

    def fail_at_the_end(conn: sa.Connection, target: str) -> None:
        real(conn, target)
        raise RuntimeError("power cut")

    monkeypatch.setattr(migrate, "_run_alembic", fail_at_the_end)
    with pytest.raises(RuntimeError):
        migrate.upgrade(autoclip_engine)
    assert _schema(autoclip_engine) == before
    monkeypatch.undo()
    migrate.upgrade(autoclip_engine)
    with autoclip_engine.connect() as conn:
        assert migrate.version_of(conn) == migrate.HEAD


def test_processes_that_upgrade_at_once_do_it_once(autoclip_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(3) as pool:
        assert pool.map(_upgrade_in_a_process, [autoclip_url] * 6) == [migrate.HEAD] * 6


def test_downgrading_gives_the_older_tables_back(autoclip_engine: sa.Engine) -> None:
    from alembic import command

    _upgrade_to(autoclip_engine, "0001")
    before = {name: [c[0] for c in columns] for name, columns in _schema(autoclip_engine).items()}
    migrate.upgrade(autoclip_engine)
    with write_transaction(autoclip_engine) as conn:
        config = Config(attributes={"connection": conn})
        config.set_main_option("script_location", migrate._SCRIPTS)
        command.downgrade(config, "0001")
    assert {
        name: [c[0] for c in columns] for name, columns in _schema(autoclip_engine).items()
    } == before


def _upgrade_in_a_process(url: str) -> str | None:
    engine = open_engine(url, lock_timeout=30)
    migrate.upgrade(engine)
    with engine.connect() as conn:
        found = migrate.version_of(conn)
    engine.dispose()
    return found


def _upgrade_to(engine: sa.Engine, version: str) -> None:
    with engine.begin() as conn:
        migrate._run_alembic(conn, version)


def _old_row(conn: sa.Connection, table: str, **values: object) -> None:
    """A row as the older release wrote it, with the columns the table has by now."""
    kinds = {
        column["name"]: column["type"]
        for column in sa.inspect(conn).get_columns(f"clipsync_{table}")
    }
    target = sa.table(f"clipsync_{table}", *(sa.column(name, kinds[name]) for name in values))
    conn.execute(sa.insert(target).values(values))


def _schema(engine: sa.Engine) -> dict[str, list[tuple[str, str]]]:
    inspector = sa.inspect(engine)
    return {
        name: [(column["name"], str(column["type"])) for column in inspector.get_columns(name)]
        for name in inspector.get_table_names()
    }
