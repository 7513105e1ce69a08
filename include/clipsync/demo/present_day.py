"""A present-day installation: the kinds of project that AutoClip 1.3 to 1.5.6 makes.

Beside classic projects: one-click ones of the Studio (finished, in part, failed, rendering,
cancelled, one whose row is lost), one that waits for a person, the example project, runs of the
command line, a retry that failed, a classic project that was analysed again in the Studio, and an
entry of projects.json. Everything but file times follows from the keys.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson
from sqlalchemy import Connection, select, update

from clipsync.demo.autoclip_pipeline import (
    AUTOCLIP_DATA_DIR,
    Layout,
    Run,
    Stage,
    Write,
    legacy_entry,
    perform,
    to_json,
    write_project,
    write_upload,
)
from clipsync.demo.autoclip_rows import (
    PROJECTS,
    Rows,
    current_rows,
    project_row,
)
from clipsync.demo.content import ProjectContent, Record, generate_content, timestamp

_NAMESPACE = uuid.UUID("0a3f6d1e-7c1b-4f0e-9d50-15a1c0de1506")
_NOW = datetime(2026, 10, 9, 2, 30, tzinfo=UTC)
_VIDEO = b"\x00\x00\x00\x18ftypmp42demo, not a video\n"
_NO_SUBTITLES = "没有字幕可分析：视频不带字幕，且本地 Whisper 还没安装。"
_NOT_RENDERED = "渲染失败"
_NOTHING_CUT = "视频切割没有产出任何文件。确认 ffmpeg 可用。"
_BELOW_THRESHOLD = "没有片段通过评分筛选（2 个候选，阈值 0.7）。"


@dataclass(frozen=True, slots=True)
class PresentDay:
    """What was written: rows as AutoClip left them, and the entries of projects.json."""

    rows: Rows
    legacy: Sequence[Record]


@dataclass(frozen=True, slots=True)
class _Studio:
    """One project of the Studio. `outputs`: the status of each variant. `status`: of its row;
    None: the row is lost. `clips`: whether AutoClip has made clip rows of step 4's candidates."""

    generation: str
    outputs: Sequence[str]
    status: str | None
    error: str | None = None
    one_click: bool = True
    clips: bool = True


_STUDIOS: Mapping[str, _Studio] = {
    "oneclick-completed": _Studio(
        "completed", ("completed", "completed", "on_demand"), "COMPLETED"
    ),
    "oneclick-partial": _Studio(
        "partial", ("completed", "failed", "failed"), "FAILED", error=_NOT_RENDERED
    ),
    "oneclick-failed": _Studio("failed", (), "FAILED", error=_NO_SUBTITLES, clips=False),
    "oneclick-rendering": _Studio("rendering", ("completed", "running", "queued"), "PROCESSING"),
    "oneclick-cancelled": _Studio(
        "cancelled", ("completed", "cancelled", "cancelled"), "PROCESSING"
    ),
    "oneclick-no-row": _Studio("completed", ("completed", "on_demand", "on_demand"), None),
    "manual-awaiting": _Studio(
        "awaiting_confirmation", (), "PENDING", one_click=False, clips=False
    ),
}

KEYS = (
    *_STUDIOS,
    "example",
    "cli",
    "cli-failed",
    "classic",
    "classic-retry-failed",
    "classic-studio-again",
    "legacy",
)
"""Every project, by what it is; `present_id` gives its id."""


def present_id(key: str) -> str:
    """The id of the project of this key: always the same."""
    return str(uuid.uuid5(_NAMESPACE, key))


def write_present_day(data_dir: Path) -> PresentDay:
    """Write all of them into `projects/`; the rows and projects.json are the caller's to write."""
    site = _Site(data_dir)
    for key, studio in _STUDIOS.items():
        _write_studio(site, key, studio)
    _write_example(site)
    _write_cli(site)
    _write_classic(site, "classic", status="COMPLETED")
    _write_retry_failed(site)
    _write_studio_again(site)
    return PresentDay(site.rows, [_legacy(site)])


def mirror_studio(conn: Connection, data_dir: Path, *, now: datetime) -> None:
    """AutoClip's mirror: what its Studio's files say, into the rows of one-click projects.

    It runs when a project is read, for PROCESSING ones whenever projects are listed, and when
    AutoClip starts. `cancelled` is not mirrored.
    """
    columns = (PROJECTS.c.id, PROJECTS.c.status, PROJECTS.c.processing_config)
    for project_id, status, config in conn.execute(select(*columns)).all():
        path = data_dir / "projects" / project_id / "metadata" / "studio.json"
        if not (config or {}).get("smart_import") or not path.is_file():
            continue
        studio = orjson.loads(path.read_bytes())
        generation = studio.get("generation") or {}
        ended = _MIRROR.get(str(generation.get("status")))
        if ended is None or not generation.get("auto_start"):
            continue
        done = sum(one["status"] == "completed" for one in studio["output_variants"])
        mirrored = config | {
            "studio_completed_variant_count": done,
            "studio_draft_count": len(studio["drafts"]),
            "studio_generation_status": generation["status"],
        }
        if (status, config) != (ended, mirrored):
            conn.execute(
                update(PROJECTS)
                .where(PROJECTS.c.id == project_id)
                .values(status=ended, processing_config=mirrored, updated_at=now)
            )


_MIRROR = {"completed": "COMPLETED", "partial": "FAILED", "failed": "FAILED"}


@dataclass(slots=True)
class _Site:
    data_dir: Path
    rows: Rows = field(default_factory=Rows)

    def directory(self, key: str) -> Path:
        return self.data_dir / "projects" / present_id(key)

    def shown(self, key: str) -> str:
        return f"{AUTOCLIP_DATA_DIR}/projects/{present_id(key)}"

    def write(self, key: str, path: str, data: Any) -> None:
        content = data if isinstance(data, bytes) else to_json(data)
        perform(self.directory(key), (Write(path, content, Stage.FINAL),))

    def add_project(self, key: str, name: str, status: str, **columns: Any) -> None:
        completed = columns.pop("completed_at", _NOW if status == "COMPLETED" else None)
        self.rows.projects.append(
            project_row(
                present_id(key),
                name,
                now=_NOW,
                status=status,
                video_path=f"{self.shown(key)}/raw/input.mp4",
                completed_at=None if completed is None else completed.replace(tzinfo=None),
                **columns,
            )
        )

    def add_records(self, key: str, content: ProjectContent, *, collections: bool = True) -> None:
        """Rows as AutoClip's own sync makes them; it leaves a collection's count at 0."""
        rows = current_rows(
            present_id(key),
            content.clips,
            content.collections if collections else (),
            rng=Random(f"present-day/{key}"),  # noqa: S311 -- not for secrets
            now=_NOW,
            shown=self.shown(key),
        )
        for row in rows.collections:
            row["clips_count"] = 0
        self.rows.extend(rows)

    def add_task(self, key: str, run: str, status: str, *, at: datetime, **columns: Any) -> None:
        moment = at.replace(tzinfo=None)
        self.rows.tasks.append(
            {
                "id": present_id(f"task {key} {run} {status}"),
                "name": "视频处理流水线",
                "project_id": present_id(key),
                "task_type": "VIDEO_PROCESSING",
                "status": status,
                "progress": 100.0 if status == "COMPLETED" else 0.0,
                "celery_task_id": present_id(f"run {key} {run}"),
                "created_at": moment,
                "updated_at": moment,
                **columns,
            }
        )


def _content(key: str) -> ProjectContent:
    return generate_content(present_id(key), clips=3, collections=1)


# -- the Studio ------------------------------------------------------------------------------


def _write_studio(site: _Site, key: str, studio: _Studio) -> None:
    content = _content(key)
    write_upload(site.directory(key))
    if studio.clips:
        # The candidates that AutoClip makes clip rows of; no final file, no marker.
        site.write(key, "metadata/step3_all_scored.json", list(content.scored))
        site.write(key, "metadata/step4_titles.json", list(content.clips))
    site.write(key, "metadata/studio.json", _studio_file(key, content, studio))
    for number, status in enumerate(studio.outputs):
        suffix = {"completed": ".mp4", "running": ".part.mp4"}.get(status)
        if suffix is not None:
            site.write(key, f"output/studio/{_job(key, number)}{suffix}", _VIDEO)
    if studio.status is None:
        return
    site.add_project(key, content.name, studio.status, processing_config=_studio_config(studio))
    if studio.clips:
        site.add_records(key, content, collections=False)
        # Its task ends before anything is rendered.
        site.add_task(key, "content", "COMPLETED", at=_NOW)


def _studio_file(key: str, content: ProjectContent, studio: _Studio) -> Record:
    ended = studio.generation in ("completed", "partial", "failed")
    generation: Record = {
        "requested_platforms": ["douyin"],
        "branding": {"outro_enabled": True, "outro_version": "v1"},
        "auto_start": studio.one_click,
        "portrait_style": "auto",
        "status": studio.generation,
        "created_at": "2026-10-09T02:05:00+00:00",
        "started_at": "2026-10-09T02:06:00+00:00",
    }
    if ended:
        generation["finished_at"] = "2026-10-09T02:20:00+00:00"
    if studio.error is not None:
        generation |= {"error": studio.error, "error_code": "unexpected"}
    waits = studio.generation == "awaiting_confirmation"
    running = "failed" if studio.generation == "failed" else "completed" if ended else "running"
    return {
        "schema_version": 2,
        "drafts": [
            {"id": _job(key, 100 + n), "title": content.name} for n in range(len(studio.outputs))
        ],
        "events": [],
        "jobs": [
            {"job_id": _job(key, n), "status": status}
            for n, status in enumerate(studio.outputs)
            if status != "on_demand"
        ],
        "analysis": {
            "status": "awaiting_confirmation" if waits else running,
            "phase": "screening" if waits else "rendering",
            "run_id": _job(key, 200),
        },
        "output_variants": [
            {
                "id": _job(key, 300 + n),
                "strategy_id": "douyin",
                "status": status,
                **({} if status == "on_demand" else {"render_job_id": _job(key, n)}),
            }
            for n, status in enumerate(studio.outputs)
        ],
        "generation": generation,
        "source_meta": {"title": content.name, "channel": "频道"},
    }


def _studio_config(studio: _Studio) -> Record:
    config: Record = {
        "smart_import": {"goal": "auto", "platforms": ["douyin"], "auto_start": studio.one_click},
        "awaiting_confirmation": not studio.one_click,
    }
    if studio.generation in _MIRROR:
        config |= {
            "studio_completed_variant_count": studio.outputs.count("completed"),
            "studio_draft_count": len(studio.outputs),
            "studio_generation_status": studio.generation,
        }
        if studio.error is not None:
            config["studio_generation_error"] = studio.error
    return config


def _job(key: str, number: int) -> str:
    return uuid.uuid5(_NAMESPACE, f"{key}/{number}").hex


# -- the others ------------------------------------------------------------------------------


def _write_classic(
    site: _Site, key: str, *, status: str, tasks: bool = True, **columns: Any
) -> ProjectContent:
    """All six steps, final files, marker; two task rows of one run, of which one never ends.

    `columns`: further ones of its row.
    """
    content = _content(key)
    write_upload(site.directory(key))
    write_project(site.directory(key), Layout.CURRENT, Run.of(content))
    site.add_project(
        key,
        content.name,
        status,
        **{
            "processing_config": {"video_category": content.category},
            "project_metadata": {"source_url": None},
            **columns,
        },
    )
    site.add_records(key, content)
    if tasks:
        began = _NOW - timedelta(days=8)
        site.add_task(key, "first", "COMPLETED", at=began)
        site.add_task(key, "first", "PENDING", at=began + timedelta(milliseconds=10))
    return content


def _write_retry_failed(site: _Site) -> None:
    key = "classic-retry-failed"
    _write_classic(site, key, status="FAILED", completed_at=_NOW - timedelta(days=7))
    site.add_task(
        key,
        "retry",
        "FAILED",
        at=_NOW,
        current_step="失败于 EXPORT",
        error_message=_NOTHING_CUT,
        result_data={"status": "failed", "stage": "EXPORT", "error": _NOTHING_CUT},
    )


def _write_studio_again(site: _Site) -> None:
    """Classic files, and a status that is the Studio's now; its row has no `smart_import`."""
    key = "classic-studio-again"
    content = _write_classic(
        site, key, status="PENDING", processing_config={"awaiting_confirmation": True}
    )
    studio = _Studio("awaiting_confirmation", (), "PENDING", one_click=False)
    site.write(key, "metadata/studio.json", _studio_file(key, content, studio))


def _write_cli(site: _Site) -> None:
    """`autoclip run`, once done and once given up: no task rows, and project.json says `cli`."""
    provenance = {"source_url": None, "via": "cli", "original_video": "/home/user/video.mp4"}
    content = _write_classic(
        site,
        "cli",
        status="COMPLETED",
        tasks=False,
        processing_config={"source": "cli"},
        project_metadata=provenance,
    )
    site.write("cli", "project.json", _project_file(content.name, "cli"))
    key = "cli-failed"
    failed = _content(key)
    write_upload(site.directory(key))
    site.write(key, "project.json", _project_file(failed.name, "cli"))
    site.write(key, "metadata/step3_all_scored.json", list(failed.scored))
    site.add_project(
        key,
        failed.name,
        "FAILED",
        processing_config={"source": "cli"},
        project_metadata={
            **provenance,
            "last_error": _BELOW_THRESHOLD,
            "last_error_code": "timeline_empty",
        },
    )


def _write_example(site: _Site) -> None:
    """Comes with AutoClip: a row's id is its record's; no marker, no collections."""
    key, name = "example", "示例项目：一次访谈"
    write_upload(site.directory(key))
    site.write(key, "project.json", {**_project_file(name, "example"), "example": True})
    records = [
        {
            "id": present_id(f"example clip {n}"),
            "outline": f"示例片段{n}",
            "content": ["示例"],
            "recommend_reason": f"示例理由{n}",
            "generated_title": f"示例片段{n}",
            "title": f"示例片段{n}",
            "start_time": timestamp(80_000 * n),
            "end_time": timestamp(80_000 * (n + 1)),
            "final_score": 0.9,
            "example": True,
        }
        for n in range(3)
    ]
    site.write(key, "metadata/clips_metadata.json", records)
    site.add_project(
        key, name, "COMPLETED", processing_config={"example": True, "example_version": 1}
    )
    content = ProjectContent(name, "default", (), tuple(records), ())
    site.add_records(key, content)
    for row, record in zip(site.rows.clips[-len(records) :], records, strict=True):
        row["id"] = record["id"]
        site.write(key, f"output/clips/{record['id']}_{record['title']}.mp4", _VIDEO)


def _legacy(site: _Site) -> Record:
    """The oldest form: an entry of projects.json, of a project that is in the database as well."""
    key = "legacy"
    content = _content(key)
    site.add_project(key, content.name, "COMPLETED")
    site.add_records(key, content)
    return legacy_entry(present_id(key), content.name, content.clips, content.collections)


def _project_file(name: str, via: str) -> Record:
    return {
        "project_name": name,
        "description": "",
        "created_at": "2026-10-09T10:00:00.123456",
        "source": {"video": "/home/user/video.mp4", "srt": None, "via": via},
        "video_category": "default",
    }
