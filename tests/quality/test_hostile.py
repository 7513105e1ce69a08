"""Whatever is in a JSON column or a text, a validation comes to its end and says so."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from clipsync.quality.validate import ValidateOptions, read_frames
from tests.quality.damage import NOW, clip1, collection1, healthy
from tests.quality.plain import failures
from tests.support.autoclip_files import project_id

PROJECT = project_id(1)
JSON = (
    "null",
    "7",
    "[]",
    '"text"',
    "[" * 50_000,
    '{"clip_ids": 7, "original_clip_ids": 7, "original_id": [], "id": {}}',
    '{"clip_ids": [null, [], {}, "\\ud800"], "original_clip_ids": [[]], "collection_type": 7}',
    '{"id": 1e999, "outline": [], "generated_title": 5, "recommend_reason": {}}',
    '{"metadata_file": 7, "clip_id": [], "collection_id": {}, "smart_import": 0}',
)


@pytest.mark.parametrize("text", JSON, ids=lambda text: text[:20])
def test_any_json_in_any_column_is_looked_at(
    autoclip_engine: sa.Engine, tmp_path: Path, text: str
) -> None:
    if autoclip_engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's json columns refuse what is no JSON")
    healthy(autoclip_engine, tmp_path / "data", PROJECT)
    places = (
        ("projects", "processing_config", PROJECT),
        ("projects", "project_metadata", PROJECT),
        ("clips", "clip_metadata", clip1(PROJECT)),
        ("clips", "tags", clip1(PROJECT)),
        ("collections", "collection_metadata", collection1(PROJECT)),
    )
    with autoclip_engine.begin() as conn:
        for table, column, row in places:
            statement = f"UPDATE {table} SET {column} = :text WHERE id = :row"
            conn.execute(sa.text(statement), {"text": text, "row": row})
    options = ValidateOptions(now=NOW)
    ((_, frames),) = read_frames(autoclip_engine, tmp_path / "data", None, options)
    assert failures(frames)
