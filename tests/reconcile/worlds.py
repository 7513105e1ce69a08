"""A small world for planner tests: a disk, a database, a ledger, and an apply in memory.

`World` holds the three inputs of the planner as plain values. `World.sync()` plans, and applies
the plan to the values by the meaning of its changes alone (no SQL), so that planner tests can say
what a database would hold afterwards without one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from clipsync.model.base import Base
from clipsync.model.manifest import (
    ClipRecord,
    CollectionRecord,
    DiskState,
    Manifest,
    MarkerState,
    ProjectRecord,
)
from clipsync.model.plan import Op, ProjectPlan, Table
from clipsync.model.snapshot import ClipRow, CollectionRow, LinkRow, ProjectRow, Snapshot
from clipsync.reconcile import PlanOptions, plan_project

PROJECT = "455d6e8c-29a4-4027-884a-ddec16f9bbe1"
DIRECTORY = f"/autoclip/data/projects/{PROJECT}"
TOUCHED = "2026-03-01 00:00:00.000000"
"""`updated_at` of a row that somebody changed, later than every insert and apply."""


def clip_record(
    number: int, *, start: int | None = None, end: int | None = None, **values: Any
) -> ClipRecord:
    """Clip record `number`, from `start` to `end` seconds (default: its own minute)."""
    start = number * 60 if start is None else start
    end = start + 50 if end is None else end
    title = values.pop("title", f"片段{number}")
    content = {
        "id": str(number),
        "start_time": _time(start),
        "end_time": _time(end),
        "outline": f"大纲{number}",
        "content": [f"要点{number}"],
        "chunk_index": 0,
        "final_score": 0.9,
        "recommend_reason": values.pop("description", f"理由{number}"),
        "generated_title": title,
        **values.pop("extra", {}),
    }
    return ClipRecord(
        source_id=str(number),
        position=number - 1,
        title=title,
        description=content["recommend_reason"],
        start_ms=start * 1000,
        end_ms=end * 1000,
        score=content["final_score"],
        video_path=f"output/clips/{number}_{title}.mp4",
        video_exists=False,
        content=content,
        **values,
    )


def collection_record(number: int, clip_ids: list[int], **values: Any) -> CollectionRecord:
    """Collection record `number` over the clips numbered `clip_ids`."""
    name = values.pop("name", f"合集{number}")
    description = values.pop("description", f"简介{number}")
    ids = [str(clip_id) for clip_id in clip_ids]
    return CollectionRecord(
        source_id=str(number),
        position=number - 1,
        name=name,
        description=description,
        clip_ids=tuple(ids),
        collection_type="ai_recommended",
        video_path=f"output/collections/{number}_{name}.mp4",
        video_exists=False,
        content={
            "id": str(number),
            "collection_title": name,
            "collection_summary": description,
            "clip_ids": ids,
        },
        **values,
    )


def manifest(
    clips: list[ClipRecord] | None = None,
    collections: list[CollectionRecord] | None = None,
    **values: Any,
) -> Manifest:
    return Manifest(
        **{
            "project_id": PROJECT,
            "state": DiskState.COMPLETED,
            "project_dir": DIRECTORY,
            "layout": "current",
            "marker": MarkerState.PRESENT,
            "project": ProjectRecord(name="演示"),
            "clips": tuple(clips or ()),
            "collections": tuple(collections or ()),
            "clips_known": True,
            "collections_known": True,
            **values,
        }
    )


def autoclip_clip_row(record: ClipRecord, row_id: str, **values: Any) -> ClipRow:
    """The row AutoClip's own sync makes of a record."""
    return ClipRow(
        **{
            "id": row_id,
            "project_id": PROJECT,
            "title": record.title,
            "description": record.description,
            "status": "COMPLETED",
            "start_time": record.start_seconds,
            "end_time": record.end_seconds,
            "duration": record.end_seconds - record.start_seconds,
            "score": record.score,
            "recommendation_reason": None,
            "video_path": f"{DIRECTORY}/{record.video_path}",
            "tags": [],
            "clip_metadata": dict(record.content),
            "created_at": "2026-01-01 00:00:00.000000",
            "updated_at": "2026-01-01 00:00:00.000000",
            **values,
        }
    )


def autoclip_collection_row(
    record: CollectionRecord, row_id: str, clip_ids: list[str], **values: Any
) -> CollectionRow:
    """The row AutoClip's own sync makes of a record; `clip_ids`: row ids."""
    return CollectionRow(
        **{
            "id": row_id,
            "project_id": PROJECT,
            "name": record.name,
            "description": record.description,
            "status": "COMPLETED",
            "tags": None,
            "clips_count": 0,
            "video_path": f"{DIRECTORY}/{record.video_path}",
            "thumbnail_path": None,
            "export_path": f"{DIRECTORY}/{record.video_path}",
            "collection_metadata": {
                "clip_ids": clip_ids,
                "original_clip_ids": list(record.clip_ids),
                "collection_type": "ai_recommended",
                "original_id": record.source_id,
            },
            "created_at": "2026-01-01 00:00:00.000000",
            "updated_at": "2026-01-01 00:00:00.000000",
            **values,
        }
    )


def project_row(**values: Any) -> ProjectRow:
    return ProjectRow(
        **{
            "id": PROJECT,
            "name": "演示",
            "description": "",
            "status": "COMPLETED",
            "project_type": "DEFAULT",
            "video_path": None,
            "processing_config": {},
            "project_metadata": {},
            "completed_at": None,
            "created_at": "2026-01-01 00:00:00.000000",
            "updated_at": "2026-01-01 00:00:00.000000",
            **values,
        }
    )


@dataclass
class World:
    """Disk, database and ledger of one project, as values."""

    disk: Manifest
    clips: dict[str, ClipRow] = field(default_factory=dict)
    collections: dict[str, CollectionRow] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    project: ProjectRow | None = None
    base: Base = field(default_factory=lambda: Base(PROJECT))
    foreign_clips: frozenset[str] = frozenset()
    """Clip rows of other projects that collections of this one may list."""
    clock: int = 0

    def plan(self, **options: Any) -> ProjectPlan:
        return plan_project(self.disk, self.snapshot(), self.base, PlanOptions(**options))

    def sync(self, **options: Any) -> ProjectPlan:
        """Plan and apply; a second plan must be empty (rule 10)."""
        plan = self.plan(**options)
        if plan.stopped is None and (plan.skipped is None or not plan.ledger.empty):
            self.apply(plan)
            for name in ("restore", "restore_all", "restore_project", "prefer"):
                options.pop(name, None)
            again = self.plan(**options)
            assert again.changes == (), [change.as_dict() for change in again.changes]
            assert again.ledger.empty
            assert (again.clips_now, again.collections_now) == (plan.clips, plan.collections)
        return plan

    def snapshot(self) -> Snapshot:
        return Snapshot(
            project_id=PROJECT,
            project=self.project,
            clips=tuple(sorted(self.clips.values(), key=lambda row: (row.created_at, row.id))),
            collections=tuple(
                sorted(self.collections.values(), key=lambda row: (row.created_at, row.id))
            ),
            links=tuple(
                LinkRow(clip_id, collection_id, position)
                for collection_id, clip_ids in self.links.items()
                for position, clip_id in enumerate(clip_ids)
            ),
            foreign_clips=self.foreign_clips,
        )

    def apply(self, plan: ProjectPlan) -> None:
        self.clock += 1
        now = f"2026-02-01 00:00:{self.clock:02d}.000000"
        stores: dict[Table, tuple[dict[str, Any], type]] = {
            Table.CLIPS: (self.clips, ClipRow),
            Table.COLLECTIONS: (self.collections, CollectionRow),
        }
        for change in plan.changes:
            if change.table is Table.PROJECTS:
                row = self.project or project_row()
                self.project = replace(row, **_known(change.after, ProjectRow))
            elif change.op is Op.RELINK:
                self.links[change.row_id] = list(change.after["clip_ids"])
                if not change.after["clip_ids"]:
                    del self.links[change.row_id]
            elif change.op is not Op.ADOPT:
                rows, kind = stores[change.table]
                if change.op is Op.INSERT:
                    assert change.row_id not in rows
                    blank = dict.fromkeys(item.name for item in fields(kind))
                    blank |= {"created_at": now, "updated_at": now}
                    rows[change.row_id] = kind(**{**blank, **change.after})
                elif change.op is Op.UPDATE:
                    rows[change.row_id] = replace(
                        rows[change.row_id], updated_at=now, **change.after
                    )
                else:
                    del rows[change.row_id]
        self.base = Base(
            PROJECT,
            known=True,
            rows=plan.ledger.rows,
            tombstones=plan.ledger.tombstones,
            seen_collection_row_ids=plan.ledger.seen_collection_row_ids,
            project_values=plan.ledger.project_values,
            project_deleted=plan.ledger.project_deleted,
        )

    # -- what people and AutoClip do --------------------------------------------------------

    def delete_project(self) -> None:
        """AutoClip deletes the project's rows, leaves its links, and often its files as well."""
        self.project = None
        self.clips, self.collections = {}, {}

    def edit_clip(self, row_id: str, **values: Any) -> None:
        """Any edit touches the row's `updated_at`, as AutoClip's ORM does."""
        self.clips[row_id] = replace(self.clips[row_id], **{"updated_at": TOUCHED, **values})

    def edit_collection(self, row_id: str, **values: Any) -> None:
        row = self.collections[row_id]
        self.collections[row_id] = replace(row, **{"updated_at": TOUCHED, **values})

    def set_content(self, row_id: str, clip_ids: list[str], **values: Any) -> None:
        """What AutoClip's page does: rewrites the list only, not the links."""
        listed = {**self.collections[row_id].collection_metadata, "clip_ids": clip_ids}
        self.edit_collection(row_id, collection_metadata=listed, **values)

    def clip_of(self, source_id: str) -> ClipRow:
        (found,) = [
            row for row in self.clips.values() if (row.clip_metadata or {}).get("id") == source_id
        ]
        return found

    def collection_of(self, source_id: str) -> CollectionRow:
        (found,) = [
            row
            for row in self.collections.values()
            if (row.collection_metadata or {}).get("original_id") == source_id
        ]
        return found

    def content_of(self, row_id: str) -> list[str]:
        return list(self.collections[row_id].collection_metadata["clip_ids"])


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d},000"


def _known(values: Any, kind: type) -> dict[str, Any]:
    names = {item.name for item in fields(kind)}
    return {name: value for name, value in values.items() if name in names}
