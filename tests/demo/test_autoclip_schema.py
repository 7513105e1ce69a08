"""AutoClip's tables, as its models make them."""

from __future__ import annotations

from sqlalchemy import Enum, create_engine, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from clipsync.demo.autoclip_schema import autoclip_metadata, create_autoclip_schema

TABLES = ["clip_collection", "clips", "collections", "projects", "tasks"]


def test_creates_the_five_tables_and_may_be_repeated() -> None:
    engine = create_engine("sqlite://")
    create_autoclip_schema(engine)
    create_autoclip_schema(engine)
    assert sorted(inspect(engine).get_table_names()) == TABLES


def test_older_databases_have_no_thumbnail() -> None:
    newer, older = create_engine("sqlite://"), create_engine("sqlite://")
    create_autoclip_schema(newer)
    create_autoclip_schema(older, with_thumbnail=False)
    names = [
        {column["name"] for column in inspect(engine).get_columns("projects")}
        for engine in (newer, older)
    ]
    assert names[0] - names[1] == {"thumbnail"}


def test_no_table_has_an_index_on_project_id() -> None:
    engine = create_engine("sqlite://")
    create_autoclip_schema(engine)
    indexed = {
        (table, *index["column_names"])
        for table in TABLES
        for index in inspect(engine).get_indexes(table)
    }
    assert indexed == {(table, "id") for table in TABLES if table != "clip_collection"}


def test_enums_are_native_on_postgresql_and_hold_upper_case_names() -> None:
    metadata = autoclip_metadata()
    enums = {
        column.type.name: set(column.type.enums)
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Enum)
    }
    assert set(enums) == {
        "projectstatus",
        "projecttype",
        "clipstatus",
        "collectionstatus",
        "taskstatus",
        "tasktype",
    }
    assert all(member == member.upper() for members in enums.values() for member in members)
    ddl = str(CreateTable(metadata.tables["clips"]).compile(dialect=postgresql.dialect()))
    assert "status clipstatus NOT NULL" in ddl
    assert "created_at TIMESTAMP WITH TIME ZONE NOT NULL" in ddl
    assert "id VARCHAR(36) NOT NULL" in ddl
