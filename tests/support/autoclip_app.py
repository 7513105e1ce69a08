"""AutoClip's own program and its users at work on the database, played for tests.

They do not commit: the caller owns the transaction. Time and randomness come from the caller
(`now`: aware UTC; `rng`), so that a run can be repeated.

`seen_as` is the project's directory as AutoClip's machine sees it, where that is not the
directory given; it stands in the paths of the rows.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any, cast

import orjson
from sqlalchemy import Connection, Table, delete, func, insert, select, update

from clipsync.demo.autoclip_pipeline import LAYOUT_FILES, new_id, write_processing_files
from clipsync.demo.autoclip_rows import (
    CLIPS,
    COLLECTIONS,
    LINKS,
    PROJECTS,
    TASKS,
    Row,
    Rows,
    TaskRun,
    bulk_insert,
    collection_metadata,
    composite_rows,
    current_clip,
    current_collection,
    current_rows,
    deleted_collection_ids,
    first_json,
    naive,
    note_deleted_collection,
    own_collection_file,
    own_title,
    per_clip_file_rows,
    project_row,
    row_ids_of,
    stamps,
    task_rows,
)
from clipsync.demo.content import Record


class Generation(StrEnum):
    """The three kinds of row that AutoClip's own programs left in real databases."""

    CURRENT = "current"
    COMPOSITE = "composite"
    """Row ids `<project id>_<n>`, longer than 36 characters: SQLite only."""
    PER_CLIP_FILES = "per_clip_files"


@dataclass(frozen=True, slots=True)
class OwnSyncResult:
    """What AutoClip's own sync reports; `clips_inserted` is its `clips_synced`."""

    clips_inserted: int = 0
    collections_synced: int = 0


# -- AutoClip's own program --------------------------------------------------------------------


def own_sync(
    conn: Connection,
    project_dir: Path,
    *,
    rng: Random,
    now: datetime,
    seen_as: str | None = None,
    rewrites_content: bool = False,
) -> OwnSyncResult:
    """AutoClip's simple sync of one project, with all its faults.

    Clips are matched by title, collections by name; links are only ever added; only some layouts
    are looked at, the scored candidates before the final file; `clips_count` stays 0.

    `rewrites_content`: whether `collection_metadata` of a collection that exists is rewritten.
    The program means to, but changes the decoded JSON in place, which its ORM does not notice, so
    in truth only empty metadata is filled. True gives what was meant.
    """
    project_id = project_dir.name
    shown = seen_as or str(project_dir)
    _ensure_project(conn, project_dir, now)
    inserted = _own_clips(conn, project_dir, shown, rng, now)
    if inserted is None:
        return OwnSyncResult()
    deleted = set(deleted_collection_ids(project_dir))
    synced = 0
    for record in _records(first_json(project_dir, _OWN_COLLECTION_FILES), "collections"):
        if record.get("id", "") not in deleted:
            _own_collection(conn, project_dir, shown, record, rng, now, rewrites_content)
            synced += 1
    if (project_dir / "output" / "step6_video_output.json").exists():
        conn.execute(
            update(PROJECTS)
            .where(PROJECTS.c.id == project_id, PROJECTS.c.status != "COMPLETED")
            .values(status="COMPLETED", completed_at=naive(now), updated_at=now)
        )
    return OwnSyncResult(inserted, synced)


def reimport(
    conn: Connection,
    project_dir: Path,
    *,
    generation: Generation = Generation.CURRENT,
    rng: Random,
    now: datetime,
    seen_as: str | None = None,
) -> Rows:
    """AutoClip's re-import: all clip and collection rows of the project go and come anew.

    The old links stay behind where foreign keys are not enforced (SQLite); new ids, but for the
    composite generation, whose ids follow from the records. Returns what was inserted.
    """
    project_id = project_dir.name
    conn.execute(delete(CLIPS).where(CLIPS.c.project_id == project_id))
    conn.execute(delete(COLLECTIONS).where(COLLECTIONS.c.project_id == project_id))
    clips, collections = read_final(project_dir) or ([], [])
    return insert_rows(
        conn,
        project_dir,
        clips,
        collections,
        generation=generation,
        rng=rng,
        now=now,
        seen_as=seen_as,
    )


def resync_clips(
    conn: Connection, project_dir: Path, *, rng: Random, now: datetime, seen_as: str | None = None
) -> OwnSyncResult:
    """AutoClip's "resync" button: clip rows and their links go, then its own sync's clip half.

    Collections stay, and point to rows that no longer exist.
    """
    ids = select(CLIPS.c.id).where(CLIPS.c.project_id == project_dir.name)
    conn.execute(delete(LINKS).where(LINKS.c.clip_id.in_(ids)))
    conn.execute(delete(CLIPS).where(CLIPS.c.project_id == project_dir.name))
    shown = seen_as or str(project_dir)
    return OwnSyncResult(_own_clips(conn, project_dir, shown, rng, now) or 0)


def insert_project(
    conn: Connection,
    project_id: str,
    name: str,
    *,
    now: datetime,
    status: str = "PENDING",
    **columns: Any,
) -> None:
    """A project's own row, as an upload through AutoClip's page makes it."""
    conn.execute(
        insert(PROJECTS), [project_row(project_id, name, now=now, status=status, **columns)]
    )


def insert_rows(
    conn: Connection,
    project_dir: Path,
    clips: Sequence[Record],
    collections: Sequence[Record],
    *,
    generation: Generation,
    rng: Random,
    now: datetime,
    seen_as: str | None = None,
) -> Rows:
    """Rows of one generation for the given records; per-clip files are written beside them."""
    shown = seen_as or str(project_dir)
    if generation is Generation.COMPOSITE:
        rows = composite_rows(project_dir.name, clips, collections, now=now, shown=shown)
    elif generation is Generation.PER_CLIP_FILES:
        files = write_processing_files(project_dir, clips, collections, rng)
        rows = per_clip_file_rows(project_dir.name, clips, collections, files, now=now, shown=shown)
    else:
        rows = current_rows(project_dir.name, clips, collections, rng=rng, now=now, shown=shown)
    bulk_insert(conn, rows)
    return rows


def set_project_status(conn: Connection, project_id: str, status: str, *, now: datetime) -> None:
    """What AutoClip does to a project as its run starts, ends or fails."""
    completed = {"completed_at": naive(now)} if status == "COMPLETED" else {}
    _update(conn, PROJECTS, project_id, now, status=status, **completed)


def start_task(conn: Connection, project_id: str, *, rng: Random, now: datetime) -> TaskRun:
    """A processing run begins: an outer row, and a moment later the inner one that counts."""
    run = TaskRun(new_id(rng), new_id(rng))
    bulk_insert(conn, Rows(tasks=task_rows(project_id, run, now=now)))
    return run


def finish_task(
    conn: Connection,
    run: TaskRun,
    *,
    now: datetime,
    status: str = "COMPLETED",
    error: str | None = None,
) -> None:
    """The run ends: only the inner row learns of it; the outer one says RUNNING for ever."""
    _update(
        conn,
        TASKS,
        run.inner_id,
        now,
        status=status,
        progress=100.0 if status == "COMPLETED" else 50.0,
        completed_at=naive(now),
        error_message=error,
    )


# -- AutoClip's users --------------------------------------------------------------------------


def edit_clip_title(conn: Connection, clip_id: str, title: str, *, now: datetime) -> None:
    _update(conn, CLIPS, clip_id, now, title=title)


def edit_clip_description(
    conn: Connection, clip_id: str, description: str, *, now: datetime
) -> None:
    _update(conn, CLIPS, clip_id, now, description=description)


def empty_clip_description(conn: Connection, clip_id: str, *, now: datetime) -> None:
    """An emptied field is an edit too."""
    edit_clip_description(conn, clip_id, "", now=now)


def rename_collection(conn: Connection, collection_id: str, name: str, *, now: datetime) -> None:
    _update(conn, COLLECTIONS, collection_id, now, name=name)


def edit_collection_description(
    conn: Connection, collection_id: str, description: str, *, now: datetime
) -> None:
    _update(conn, COLLECTIONS, collection_id, now, description=description)


def empty_collection_description(conn: Connection, collection_id: str, *, now: datetime) -> None:
    """An emptied field is an edit too."""
    edit_collection_description(conn, collection_id, "", now=now)


def reorder_collection(
    conn: Connection, collection_id: str, clip_ids: Sequence[str], *, now: datetime
) -> None:
    """The page sends the whole list; AutoClip stores it, and leaves the links as they are."""
    metadata = dict(_collection(conn, collection_id)["collection_metadata"] or {})
    metadata["clip_ids"] = list(clip_ids)
    _update(conn, COLLECTIONS, collection_id, now, collection_metadata=metadata)


def add_clip_to_collection(
    conn: Connection,
    collection_id: str,
    clip_id: str,
    *,
    now: datetime,
    position: int | None = None,
) -> None:
    """`position`: where in the list, 0-based; None: at its end. The links stay as they are."""
    clip_ids = collection_clip_ids(conn, collection_id)
    if clip_id not in clip_ids:
        clip_ids.insert(len(clip_ids) if position is None else position, clip_id)
    reorder_collection(conn, collection_id, clip_ids, now=now)


def remove_clip_from_collection(
    conn: Connection, collection_id: str, clip_id: str, *, now: datetime
) -> None:
    """The links stay as they are."""
    remaining = [known for known in collection_clip_ids(conn, collection_id) if known != clip_id]
    reorder_collection(conn, collection_id, remaining, now=now)


def create_manual_clip(
    conn: Connection,
    project_id: str,
    title: str,
    start_time: int,
    end_time: int,
    *,
    rng: Random,
    now: datetime,
    description: str = "",
) -> str:
    """A clip made by hand: times in seconds, no source id. Returns its row id."""
    row_id = new_id(rng)
    row = {
        "id": row_id,
        "project_id": project_id,
        "title": title,
        "description": description,
        "status": "PENDING",
        "start_time": start_time,
        "end_time": end_time,
        "duration": end_time - start_time,
        "tags": [],
        "clip_metadata": {},
        **stamps(now),
    }
    conn.execute(insert(CLIPS), [row])
    return row_id


def create_manual_collection(
    conn: Connection,
    project_id: str,
    name: str,
    clip_ids: Sequence[str],
    *,
    rng: Random,
    now: datetime,
    description: str = "",
) -> str:
    """A collection made by hand from the given clip rows. Returns its row id."""
    row_id = new_id(rng)
    row = {
        "id": row_id,
        "project_id": project_id,
        "name": name,
        "description": description,
        "status": "CREATED",
        "tags": [],
        "clips_count": 0,
        "collection_metadata": {"clip_ids": list(clip_ids), "collection_type": "manual"},
        **stamps(now),
    }
    conn.execute(insert(COLLECTIONS), [row])
    return row_id


def delete_clip(conn: Connection, clip_id: str) -> None:
    """The row and its links go; collections still name it in their `clip_ids`."""
    conn.execute(delete(LINKS).where(LINKS.c.clip_id == clip_id))
    conn.execute(delete(CLIPS).where(CLIPS.c.id == clip_id))


def delete_collection(
    conn: Connection, collection_id: str, project_dir: Path, *, now: datetime
) -> None:
    """The row and its links go; its *database* id is noted in `deleted_collections.json`.

    A project whose directory is gone gets no note: AutoClip only logs that it can't write one.
    """
    conn.execute(delete(LINKS).where(LINKS.c.collection_id == collection_id))
    conn.execute(delete(COLLECTIONS).where(COLLECTIONS.c.id == collection_id))
    note_deleted_collection(project_dir, collection_id, now=now)


def delete_project(conn: Connection, project_id: str, project_dir: Path) -> None:
    """A user deletes a project: all its rows, and its files."""
    clip_ids = select(CLIPS.c.id).where(CLIPS.c.project_id == project_id)
    collection_ids = select(COLLECTIONS.c.id).where(COLLECTIONS.c.project_id == project_id)
    conn.execute(
        delete(LINKS).where(
            LINKS.c.clip_id.in_(clip_ids) | LINKS.c.collection_id.in_(collection_ids)
        )
    )
    for table in (CLIPS, COLLECTIONS, TASKS):
        conn.execute(delete(table).where(table.c.project_id == project_id))
    conn.execute(delete(PROJECTS).where(PROJECTS.c.id == project_id))
    if project_dir.is_dir():
        shutil.rmtree(project_dir)


def retry_project(conn: Connection, project_id: str, *, now: datetime) -> None:
    """A user presses "retry": the status goes back; files follow only as the pipeline runs."""
    _update(conn, PROJECTS, project_id, now, status="PENDING")


def read_final(project_dir: Path) -> tuple[list[Record], list[Record]] | None:
    """The final clips and collections of a directory in any layout, None where there are none.

    AutoClip's own view of its files, for the simulators; it trusts them.
    """
    for files in LAYOUT_FILES.values():
        path = project_dir / files.clips
        if path.exists():
            collections = project_dir / files.collections
            return (
                orjson.loads(path.read_bytes()),
                orjson.loads(collections.read_bytes()) if collections.exists() else [],
            )
    return None


def collection_clip_ids(conn: Connection, collection_id: str) -> list[str]:
    """A collection's content in order, as AutoClip's pages show it."""
    metadata = _collection(conn, collection_id)["collection_metadata"] or {}
    return list(metadata.get("clip_ids", []))


# -- helpers -----------------------------------------------------------------------------------

_OWN_CLIP_FILES = (
    "step6_video/clips_metadata.json",
    "step3_all_scored.json",
    "step4_title/step4_title.json",
    "step4_titles.json",
    "clips_metadata.json",
    "metadata/clips_metadata.json",
)
_OWN_COLLECTION_FILES = (
    "step6_video/collections_metadata.json",
    "step5_clustering/step5_clustering.json",
    "metadata/step5_collections.json",
    "collections_metadata.json",
    "metadata/collections_metadata.json",
)


def _ensure_project(conn: Connection, project_dir: Path, now: datetime) -> None:
    project_id = project_dir.name
    if conn.scalar(select(func.count()).where(PROJECTS.c.id == project_id)):
        return
    default_name = f"项目_{project_id[:8]}"
    metadata = first_json(project_dir, ("project.json", "metadata.json", "info.json")) or {
        "project_name": default_name,
        "created_at": naive(now).isoformat(),
        "status": "pending",
    }
    insert_project(
        conn,
        project_id,
        metadata.get("project_name", default_name),
        now=now,
        description=metadata.get("description", ""),
        project_type="KNOWLEDGE",
        processing_config=metadata.get("processing_config", {}),
        project_metadata=metadata,
    )


def _own_clips(
    conn: Connection, project_dir: Path, shown: str, rng: Random, now: datetime
) -> int | None:
    """AutoClip's sync of the clips: how many it inserted, None where it broke down.

    A record whose title is an object or null makes the flush fail; the session stays broken, and
    everything after the project's own row is lost.
    """
    records = _records(first_json(project_dir, _OWN_CLIP_FILES), "clips")
    if any(not isinstance(own_title(record), str) for record in records):
        return None
    inserted = 0
    for record in records:
        inserted += _own_clip(conn, project_dir, shown, record, str(inserted + 1), rng, now)
    return inserted


def _own_clip(
    conn: Connection,
    project_dir: Path,
    shown: str,
    record: Record,
    default_id: str,
    rng: Random,
    now: datetime,
) -> bool:
    """Insert a record unless a clip of its title is there; True where one was inserted."""
    existing = conn.execute(
        select(CLIPS)
        .where(
            CLIPS.c.project_id == project_dir.name,
            CLIPS.c.title == record.get("generated_title", record.get("title", "")),
        )
        .limit(1)
    ).first()
    source_id = record.get("id", default_id)
    safe_name = f"{source_id}_{_own_safe_title(own_title(record))}.mp4"
    if existing is not None:
        values: Row = {"video_path": f"{shown}/output/clips/{safe_name}"}
        if existing.tags is None:
            values["tags"] = []
        if existing.tags is None or existing.video_path != values["video_path"]:
            _update(conn, CLIPS, existing.id, now, **values)
        return False
    found = _clip_video_found(project_dir, f"{source_id}_")
    path = f"{shown}/output/clips/{found or safe_name}"
    row = current_clip(project_dir.name, new_id(rng), record, path, now)
    conn.execute(insert(CLIPS), [row])
    return True


def _own_collection(
    conn: Connection,
    project_dir: Path,
    shown: str,
    record: Record,
    rng: Random,
    now: datetime,
    rewrites_content: bool,
) -> None:
    project_id = project_dir.name
    existing = conn.execute(
        select(COLLECTIONS)
        .where(
            COLLECTIONS.c.project_id == project_id,
            COLLECTIONS.c.name == record.get("collection_title", ""),
        )
        .limit(1)
    ).first()
    row_ids = {
        str(row.clip_metadata["id"]): row.id
        for row in conn.execute(
            select(CLIPS.c.id, CLIPS.c.clip_metadata).where(CLIPS.c.project_id == project_id)
        )
        if isinstance(row.clip_metadata, dict) and "id" in row.clip_metadata
    }
    content = row_ids_of(record, row_ids)
    path = f"{shown}/output/collections/{_collection_file_found(project_dir, record)}"
    if existing is None:
        row_id = new_id(rng)
        row = current_collection(project_id, row_id, record, content, path, now)
        conn.execute(insert(COLLECTIONS), [row])
    else:
        row_id = existing.id
        before = existing.collection_metadata
        values: Row = {"video_path": path, "export_path": path}
        if rewrites_content or not before:
            values["collection_metadata"] = {
                **(before or {}),
                **collection_metadata(record, content),
            }
        if any(getattr(existing, column) != value for column, value in values.items()):
            _update(conn, COLLECTIONS, row_id, now, **values)
    linked = set(conn.scalars(select(LINKS.c.clip_id).where(LINKS.c.collection_id == row_id)).all())
    for index, clip_id in enumerate(content):
        if clip_id not in linked:
            linked.add(clip_id)
            conn.execute(
                insert(LINKS),
                [{"clip_id": clip_id, "collection_id": row_id, "order_index": index}],
            )


def _own_safe_title(title: str) -> str:
    kept = "".join(char for char in title if char.isalnum() or char in (" ", "-", "_"))
    return kept.rstrip().replace(" ", "_")


def _collection_file_found(project_dir: Path, record: Record) -> str:
    """The video AutoClip's sync finds among its three guesses, else the first guess."""
    title = record.get("collection_title", "")
    guesses = (
        own_collection_file(record),
        f"{title}.mp4",
        f"collection_{record.get('id', '')}.mp4",
    )
    directory = project_dir / "output" / "collections"
    return next((name for name in guesses if (directory / name).exists()), guesses[0])


def _clip_video_found(project_dir: Path, prefix: str) -> str | None:
    directory = project_dir / "output" / "clips"
    names = (path.name for path in directory.iterdir()) if directory.is_dir() else ()
    return min(
        (name for name in names if name.startswith(prefix) and name.endswith(".mp4")), default=None
    )


def _records(value: Any, key: str) -> list[Record]:
    """The records of a file: a list, or an object that holds the list under `key`."""
    found = value.get(key) if isinstance(value, dict) else value
    if not isinstance(found, list):
        return []
    return [record for record in found if isinstance(record, dict)]


def _collection(conn: Connection, collection_id: str) -> Mapping[str, Any]:
    row = conn.execute(select(COLLECTIONS).where(COLLECTIONS.c.id == collection_id)).mappings()
    return cast("Mapping[str, Any]", row.one())


def _update(conn: Connection, table: Table, row_id: str, now: datetime, **values: Any) -> None:
    conn.execute(update(table).where(table.c.id == row_id).values(updated_at=now, **values))
