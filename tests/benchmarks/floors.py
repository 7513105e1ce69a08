"""The least that the same work can cost: bare programs without rules, ledger or safety.

    python -m tests.benchmarks.floors FLOOR DATA_DIR DATABASE

`DATABASE`: the path of a SQLite file, or a `postgresql://` address. Each floor does what its
docstring says, and nothing else; `tests.benchmarks.cost` runs them beside ClipSync.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

_NOW = "2026-01-01 00:00:00.000000"
_FILES = (
    "metadata/clips_metadata.json",
    "metadata/collections_metadata.json",
    "metadata/step4_titles.json",
    "metadata/step5_collections.json",
    "output/step6_video_output.json",
)
_COLUMNS = {
    "projects": "id, name, status, project_type, created_at, updated_at",
    "clips": (
        "id, project_id, title, description, status, start_time, end_time, duration, score, "
        "recommendation_reason, video_path, tags, clip_metadata, created_at, updated_at"
    ),
    "collections": (
        "id, project_id, name, description, status, tags, clips_count, collection_metadata, "
        "created_at, updated_at"
    ),
    "clip_collection": "clip_id, collection_id, order_index",
}
_Row = tuple[Any, ...]


def cold(projects: Path, database: str) -> None:
    """Read and parse each project's two files, and insert their rows: COPY on PostgreSQL."""
    rows: dict[str, list[_Row]] = {table: [] for table in _COLUMNS}
    for directory in _directories(projects):
        _take(directory, rows)
    if database.startswith("postgresql"):
        import psycopg  # here, because the floors on SQLite need not load it

        with psycopg.connect(database) as server, server.cursor() as cursor:
            for table, columns in _COLUMNS.items():
                with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in rows[table]:
                        copy.write_row(row)
        return
    with closing(sqlite3.connect(database)) as file, file:
        for table, columns in _COLUMNS.items():
            marks = ", ".join("?" * len(columns.split(",")))
            file.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows[table])


def walk_and_read(projects: Path, database: str) -> None:
    """Stat each project's files, and read every row once."""
    _stat_walk(projects)
    for table, columns in _COLUMNS.items():
        for _ in _select(database, f"SELECT {columns} FROM {table}"):
            pass


def walk_and_count(projects: Path, database: str) -> None:
    """Stat each project's files, and count rows by project."""
    _stat_walk(projects)
    for table in ("clips", "collections"):
        query = f"SELECT project_id, count(*), max(updated_at) FROM {table} GROUP BY project_id"
        for _ in _select(database, query):
            pass


def compare(projects: Path, database: str) -> None:
    """Read and parse each project's files, read every row, and compare titles, times and scores."""
    rows: dict[str, list[_Row]] = {table: [] for table in _COLUMNS}
    for directory in _directories(projects):
        _take(directory, rows)
    wanted = sorted((row[1], row[2], row[5], row[6], row[8]) for row in rows["clips"])
    query = "SELECT project_id, title, start_time, end_time, score, clip_metadata FROM clips"
    found = []
    for project, title, start, end, score, record in _select(database, query):
        if isinstance(record, str):
            orjson.loads(record)
        found.append((project, title, start, end, score))
    for _ in _select(database, f"SELECT {_COLUMNS['collections']} FROM collections"):
        pass
    for _ in _select(database, f"SELECT {_COLUMNS['clip_collection']} FROM clip_collection"):
        pass
    if sorted(found) != wanted:
        raise SystemExit("disk and database differ: the floor measures two that agree")


def _directories(projects: Path) -> list[str]:
    with os.scandir(projects) as entries:
        return sorted(entry.path for entry in entries)


def _stat_walk(projects: Path) -> None:
    for directory in _directories(projects):
        for name in _FILES:
            os.stat(f"{directory}/{name}")


def _take(directory: str, rows: dict[str, list[_Row]]) -> None:
    project = os.path.basename(directory)
    clips = _load(f"{directory}/metadata/clips_metadata.json")
    collections = _load(f"{directory}/metadata/collections_metadata.json")
    rows["projects"].append((project, project, "COMPLETED", "DEFAULT", _NOW, _NOW))
    ids = {}
    for clip in clips:
        ids[clip["id"]] = row_id = str(uuid.uuid4())
        start, end = _seconds(clip["start_time"]), _seconds(clip["end_time"])
        title, reason = clip["generated_title"], clip["recommend_reason"]
        path = f"{directory}/output/clips/{clip['id']}_{title}.mp4"
        times = (start, end, end - start)
        stored = (clip["final_score"], reason, path, "[]", _dump(clip))
        row = (row_id, project, title, reason, "COMPLETED", *times, *stored, _NOW, _NOW)
        rows["clips"].append(row)
    for one in collections:
        row_id = str(uuid.uuid4())
        listed = [ids[clip] for clip in one["clip_ids"]]
        metadata = _dump({"clip_ids": listed, "original_id": one["id"]})
        named = (row_id, project, one["collection_title"], one["collection_summary"])
        row = (*named, "COMPLETED", "[]", len(listed), metadata, _NOW, _NOW)
        rows["collections"].append(row)
        rows["clip_collection"] += [(clip, row_id, index) for index, clip in enumerate(listed)]


def _load(path: str) -> Any:
    with open(path, "rb") as file:
        return orjson.loads(file.read())


def _dump(value: Any) -> str:
    return orjson.dumps(value).decode()


def _seconds(time: str) -> int:
    hours, minutes, seconds = time[:8].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def _select(database: str, query: str) -> Iterator[_Row]:
    if database.startswith("postgresql"):
        import psycopg

        with psycopg.connect(database) as server, server.cursor("floor") as cursor:
            cursor.itersize = 10_000
            yield from cursor.execute(query)
        return
    with closing(sqlite3.connect(database)) as file:
        yield from file.execute(query)


FLOORS: dict[str, Callable[[Path, str], None]] = {
    "cold": cold,
    "walk_and_read": walk_and_read,
    "walk_and_count": walk_and_count,
    "compare": compare,
}

if __name__ == "__main__":
    FLOORS[sys.argv[1]](Path(sys.argv[2]) / "projects", sys.argv[3])
