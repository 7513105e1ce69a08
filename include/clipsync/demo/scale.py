"""As many projects as wanted: the states real AutoClip installations are found in, drawn at random.

Each project follows from its index alone. About 17 rows belong to each (13 clips, 3 collections,
its own); for about half of them AutoClip itself has put some into the database, in all three
generations, with users' edits, duplicates and the damage real databases show.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from clipsync.demo.autoclip_pipeline import (
    AUTOCLIP_DATA_DIR,
    Layout,
    Run,
    Stage,
    legacy_entry,
    new_id,
    write_nothing_worth_cutting,
    write_processing_files,
    write_project,
    write_project_file,
    write_upload,
)
from clipsync.demo.autoclip_rows import (
    Row,
    Rows,
    TaskRun,
    composite_rows,
    current_rows,
    note_deleted_collection,
    per_clip_file_rows,
    project_row,
    task_rows,
)
from clipsync.demo.content import ProjectContent, Record, generate_content

_T = TypeVar("_T")

NAMESPACE = uuid.UUID("2b6f7a52-7d0e-5c1b-9d43-0f6a3f1c8e11")
"""Ids of generated projects are UUIDv5 of this and the project's index."""

DETAILED_PROJECTS = 300
"""Up to this index a project has its step files and (placeholder) videos as well."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the disk says: completed projects, and their clips and collections."""

    completed: int = 0
    clips: int = 0
    collections: int = 0

    def plus(self, other: Truth) -> Truth:
        return Truth(
            self.completed + other.completed,
            self.clips + other.clips,
            self.collections + other.collections,
        )


@dataclass(slots=True)
class Batch:
    """Some projects, already on disk: what belongs into the database and into projects.json.

    `done`: index after the last project of the batch.
    """

    done: int
    truth: Truth = field(default_factory=Truth)
    rows: Rows = field(default_factory=Rows)
    legacy: list[Record] = field(default_factory=list)


class OnDisk(StrEnum):
    COMPLETED = "completed"
    NOTHING_WORTH_CUTTING = "nothing worth cutting"
    NO_CLIP_SURVIVED = "no clip survived"
    UNDER_WAY = "under way"
    DIED = "died"
    GONE = "gone"
    """In the database only: its directory was deleted."""


class InDatabase(StrEnum):
    NOTHING = "nothing"
    PROJECT_ONLY = "project only"
    CURRENT = "current"
    EDITED = "edited"
    COMPOSITE = "composite"
    PER_CLIP_FILES = "per-clip files"
    RETRIED = "retried"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is drawn for one project. `layout`: None is an entry of `projects.json`."""

    index: int
    project_id: str
    on_disk: OnDisk
    in_database: InDatabase
    layout: Layout | None
    named: bool


def write_scaled(data_dir: Path, indices: range, batch_size: int = 500) -> Iterator[Batch]:
    """Write the projects of these indices to disk, batch by batch, yielding their rows."""
    for start in range(indices.start, indices.stop, batch_size):
        batch = Batch(done=min(start + batch_size, indices.stop))
        for index in range(start, batch.done):
            rng = Random(f"clipsync-demo/scale/{index}")  # noqa: S311 -- not for secrets
            _write_one(data_dir, _draw(index, rng), rng, batch)
        yield batch


def project_id_of(index: int) -> str:
    return str(uuid.uuid5(NAMESPACE, str(index)))


def _draw(index: int, rng: Random) -> Draft:
    on_disk = _weighted(rng, _ON_DISK)
    layout: Layout | None = _weighted(rng, _LAYOUTS)
    in_database = _weighted(rng, _IN_DATABASE)
    named = rng.random() < 0.7
    if on_disk is OnDisk.NOTHING_WORTH_CUTTING:
        layout = Layout.CURRENT
    if on_disk is OnDisk.COMPLETED and in_database is InDatabase.PER_CLIP_FILES:
        # Only the program that wrote this layout made rows of this kind.
        layout = Layout.STEPS
    elif on_disk is OnDisk.COMPLETED and index < _LEGACY_UNTIL and rng.random() < 0.05:
        layout = None
        if in_database is not InDatabase.PROJECT_ONLY:
            in_database = InDatabase.NOTHING
    if on_disk is OnDisk.GONE:
        in_database = InDatabase.CURRENT
    elif on_disk is not OnDisk.COMPLETED and in_database is not InDatabase.NOTHING:
        in_database = InDatabase.PROJECT_ONLY
    return Draft(index, project_id_of(index), on_disk, in_database, layout, named)


def _write_one(data_dir: Path, draft: Draft, rng: Random, batch: Batch) -> None:
    clip_count = 5 if draft.in_database is InDatabase.RETRIED else None
    content = generate_content(draft.project_id, clips=clip_count)
    project_dir = data_dir / "projects" / draft.project_id
    if draft.layout is None:
        batch.legacy.append(
            legacy_entry(
                draft.project_id,
                content.name,
                content.clips,
                content.collections,
                category=content.category,
            )
        )
    else:
        _write_directory(project_dir, draft, draft.layout, content)
    if draft.on_disk is OnDisk.COMPLETED:
        batch.truth = batch.truth.plus(Truth(1, len(content.clips), len(content.collections)))
    elif draft.on_disk in (OnDisk.NOTHING_WORTH_CUTTING, OnDisk.NO_CLIP_SURVIVED):
        batch.truth = batch.truth.plus(Truth(1))
    if draft.in_database is not InDatabase.NOTHING:
        batch.rows.extend(_rows_of(project_dir, draft, content, rng))


def _write_directory(
    project_dir: Path, draft: Draft, layout: Layout, content: ProjectContent
) -> None:
    detailed = draft.index < DETAILED_PROJECTS
    run = Run.of(content, videos=detailed)
    match draft.on_disk:
        case OnDisk.GONE:
            return
        case OnDisk.COMPLETED:
            write_project(project_dir, layout, run, step_files=detailed)
        case OnDisk.NOTHING_WORTH_CUTTING:
            write_nothing_worth_cutting(project_dir)
        case OnDisk.NO_CLIP_SURVIVED:
            none = Run((), (), content.scored, videos=detailed)
            write_project(project_dir, layout, none, step_files=detailed)
        case OnDisk.UNDER_WAY:
            write_upload(project_dir)
            upto = Stage.TIMELINE if draft.index % 2 else Stage.UPLOADED
            write_project(project_dir, layout, run, upto=upto)
        case OnDisk.DIED:
            write_project(project_dir, layout, run, upto=Stage.SCORED)
    if draft.named:
        write_project_file(project_dir, content.name, category=content.category)


def _rows_of(project_dir: Path, draft: Draft, content: ProjectContent, rng: Random) -> Rows:
    made = _FIRST_RUN + timedelta(minutes=draft.index)
    shown = f"{AUTOCLIP_DATA_DIR}/projects/{draft.project_id}"
    rows = _record_rows(project_dir, draft, content, rng, made, shown)
    has_clips = draft.in_database is not InDatabase.PROJECT_ONLY
    if has_clips:
        status = "COMPLETED"
    elif draft.on_disk is OnDisk.DIED:
        status = "FAILED"
    else:
        status = rng.choice(("PENDING", "PROCESSING"))
    rows.projects.append(
        project_row(
            draft.project_id,
            content.name if draft.named else f"项目_{draft.project_id[:8]}",
            now=made,
            status=status,
            project_type=content.category.upper(),
            video_path=f"{shown}/raw/input.mp4",
            completed_at=made.replace(tzinfo=None) if has_clips else None,
        )
    )
    if rng.random() < 0.25:
        run = TaskRun(new_id(rng), new_id(rng))
        ended = {OnDisk.DIED: "FAILED", OnDisk.UNDER_WAY: "RUNNING"}.get(draft.on_disk, "COMPLETED")
        rows.tasks += task_rows(draft.project_id, run, now=made, inner_status=ended)
    return rows


def _record_rows(
    project_dir: Path,
    draft: Draft,
    content: ProjectContent,
    rng: Random,
    made: datetime,
    shown: str,
) -> Rows:
    project_id, clips, collections = draft.project_id, content.clips, content.collections
    match draft.in_database:
        case InDatabase.NOTHING | InDatabase.PROJECT_ONLY:
            return Rows()
        case InDatabase.COMPOSITE:
            rows = composite_rows(project_id, clips, collections, now=made, shown=shown)
        case InDatabase.PER_CLIP_FILES:
            files = write_processing_files(project_dir, clips, collections, rng)
            rows = per_clip_file_rows(project_id, clips, collections, files, now=made, shown=shown)
        case InDatabase.RETRIED:
            rows = _retried(project_id, content, rng, made, shown)
        case _:
            rows = current_rows(project_id, clips, collections, rng=rng, now=made, shown=shown)
    if draft.in_database is InDatabase.DAMAGED:
        _damage(rows, rng)
    elif draft.in_database is InDatabase.EDITED or rng.random() < 0.1:
        _edit(project_dir, rows, rng, made + timedelta(days=1))
    return rows


def _retried(
    project_id: str, content: ProjectContent, rng: Random, made: datetime, shown: str
) -> Rows:
    """Three runs, each synced, none removed: 13 clip rows where the files say 5."""
    rows = Rows()
    for attempt, clip_count in ((1, 4), (2, 4)):
        earlier = generate_content(project_id, clips=clip_count, attempt=attempt)
        before = made - timedelta(hours=3 - attempt)
        rows.extend(
            current_rows(
                project_id,
                earlier.clips,
                earlier.collections,
                rng=rng,
                now=before,
                shown=shown,
            )
        )
    rows.extend(
        current_rows(project_id, content.clips, content.collections, rng=rng, now=made, shown=shown)
    )
    return rows


def _damage(rows: Rows, rng: Random) -> None:
    """A sync that stopped half way: some clips are missing, links and content still name them."""
    lost = {row["id"] for row in rng.sample(rows.clips, len(rows.clips) // 3)}
    rows.clips = [row for row in rows.clips if row["id"] not in lost]


def _edit(project_dir: Path, rows: Rows, rng: Random, when: datetime) -> None:
    """What a user does on AutoClip's pages: one to three edits."""
    for _ in range(rng.randint(1, 3)):
        rng.choice(_EDITS)(project_dir, rows, rng, when)


def _retitle(_dir: Path, rows: Rows, rng: Random, when: datetime) -> None:
    row = rng.choice(rows.clips)
    row.update(title=f"✂️ {row['title']}（精修）", updated_at=when)


def _empty_description(_dir: Path, rows: Rows, rng: Random, when: datetime) -> None:
    rng.choice(rows.clips).update(description="", updated_at=when)


def _rename(_dir: Path, rows: Rows, rng: Random, when: datetime) -> None:
    if rows.collections:
        row = rng.choice(rows.collections)
        row.update(name=f"{row['name']} · 我的版本", updated_at=when)


def _reorder(_dir: Path, rows: Rows, rng: Random, when: datetime) -> None:
    if rows.collections:
        row = rng.choice(rows.collections)
        _set_content(row, row["collection_metadata"]["clip_ids"][::-1], when)


def _take_out(_dir: Path, rows: Rows, rng: Random, when: datetime) -> None:
    if rows.collections:
        row = rng.choice(rows.collections)
        _set_content(row, row["collection_metadata"]["clip_ids"][1:], when)


def _add_manual_clip(_dir: Path, rows: Rows, rng: Random, when: datetime) -> None:
    start = rng.randint(0, 3_000)
    rows.clips.append(
        {
            "id": new_id(rng),
            "project_id": rows.clips[0]["project_id"],
            "title": "手动补充的片段",
            "description": "",
            "status": "PENDING",
            "start_time": start,
            "end_time": start + 45,
            "duration": 45,
            "tags": [],
            "clip_metadata": {},
            "created_at": when,
            "updated_at": when,
        }
    )


def _add_manual_collection(_dir: Path, rows: Rows, rng: Random, when: datetime) -> None:
    chosen = [row["id"] for row in rng.sample(rows.clips, min(2, len(rows.clips)))]
    rows.collections.append(
        {
            "id": new_id(rng),
            "project_id": rows.clips[0]["project_id"],
            "name": "我的收藏",
            "description": "",
            "status": "CREATED",
            "tags": [],
            "clips_count": 0,
            "collection_metadata": {"clip_ids": chosen, "collection_type": "manual"},
            "created_at": when,
            "updated_at": when,
        }
    )


def _delete_collection(project_dir: Path, rows: Rows, rng: Random, when: datetime) -> None:
    if not rows.collections or not project_dir.is_dir():
        return
    row = rows.collections.pop(rng.randrange(len(rows.collections)))
    rows.links = [link for link in rows.links if link["collection_id"] != row["id"]]
    note_deleted_collection(project_dir, row["id"], now=when)


def _set_content(row: Row, clip_ids: Sequence[str], when: datetime) -> None:
    metadata: dict[str, Any] = {**row["collection_metadata"], "clip_ids": list(clip_ids)}
    row.update(collection_metadata=metadata, updated_at=when)


def _weighted(rng: Random, weighted: tuple[tuple[_T, ...], tuple[int, ...]]) -> _T:
    values, weights = weighted
    return rng.choices(values, weights)[0]


_EDITS = (
    _retitle,
    _retitle,
    _empty_description,
    _rename,
    _reorder,
    _take_out,
    _add_manual_clip,
    _add_manual_collection,
    _delete_collection,
)
_ON_DISK = (tuple(OnDisk), (86, 2, 1, 5, 3, 3))
_LAYOUTS = (tuple(Layout), (42, 20, 22, 16))
_IN_DATABASE = (tuple(InDatabase), (36, 14, 20, 8, 9, 6, 4, 3))
_LEGACY_UNTIL = 2_000
"""The oldest form is one file for all its projects, so there are never many of them."""
_FIRST_RUN = datetime(2025, 8, 28, 2, 0, tzinfo=UTC)
