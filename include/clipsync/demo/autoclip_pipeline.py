"""What AutoClip's pipeline writes on disk: all layouts, in its order, the way it writes.

AutoClip writes with a plain `open(path, "w")`, videos before the final files and the marker last.
A run here is therefore a list of writes: performing all of them is a finished run, stopping after
some is a run that died, and performing one of them half is a crash in the middle of a file.
A retry is a second run over the same directory: it rewrites its files in place and leaves the rest.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any

import orjson

from clipsync.demo.content import ProjectContent, Record

AUTOCLIP_DATA_DIR = "/srv/autoclip/data"
"""AutoClip's data directory as its own (imagined) machine sees it; stands in paths it wrote."""


class Layout(StrEnum):
    """The four generations of project directories; the fifth form is `projects.json`."""

    CURRENT = "current"
    OUTPUT = "output"
    STEPS = "steps"
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class LayoutFiles:
    """Where a layout keeps its files, below the project directory."""

    outline: str
    timeline: str
    scored: tuple[str, ...]
    high_score: str
    titles: str
    step_collections: str
    clips: str
    collections: str
    marker: str


LAYOUT_FILES: Mapping[Layout, LayoutFiles] = {
    Layout.CURRENT: LayoutFiles(
        outline="metadata/step1_outline.json",
        timeline="metadata/step2_timeline.json",
        scored=("metadata/step3_all_scored.json",),
        high_score="metadata/step3_high_score_clips.json",
        titles="metadata/step4_titles.json",
        step_collections="metadata/step5_collections.json",
        clips="metadata/clips_metadata.json",
        collections="metadata/collections_metadata.json",
        marker="output/step6_video_output.json",
    ),
    Layout.OUTPUT: LayoutFiles(
        outline="output/metadata/step1_outline.json",
        timeline="output/metadata/step2_timeline.json",
        scored=("output/metadata/step3_all_scored.json",),
        high_score="output/metadata/step3_scoring.json",
        titles="output/metadata/step4_titles.json",
        step_collections="output/metadata/step5_collections.json",
        clips="output/metadata/clips_metadata.json",
        collections="output/metadata/collections_metadata.json",
        marker="output/step6_video_output.json",
    ),
    Layout.STEPS: LayoutFiles(
        outline="step1_outline/step1_outline.json",
        timeline="step2_timeline/step2_timeline.json",
        scored=(),
        high_score="step3_scoring/step3_scoring.json",
        titles="step4_title/step4_title.json",
        step_collections="step5_clustering/step5_clustering.json",
        clips="step6_video/clips_metadata.json",
        collections="step6_video/collections_metadata.json",
        marker="step6_video/step6_video_output.json",
    ),
    Layout.ROOT: LayoutFiles(
        outline="step1_outline/step1_outline.json",
        timeline="step2_timeline/step2_timeline.json",
        scored=("step3_all_scored.json",),
        high_score="step3_scoring/step3_scoring.json",
        titles="step4_title/step4_title.json",
        step_collections="step5_clustering/step5_clustering.json",
        clips="clips_metadata.json",
        collections="collections_metadata.json",
        marker="step6_video/step6_video_output.json",
    ),
}


class Stage(StrEnum):
    """How far a run came: everything up to and including the named step is written."""

    UPLOADED = "uploaded"
    TIMELINE = "timeline"
    SCORED = "scored"
    TITLES = "titles"
    CLUSTERED = "clustered"
    VIDEOS = "videos"
    FINAL = "final"
    MARKER = "marker"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the pipeline over one project.

    `clips`, `collections`: the final records. `scored`: step 3's candidates; None: the clips
    themselves. `failed_cuts`: source ids of clips whose video could not be cut: no file, and not
    counted by the marker. `videos`: False writes no video files at all, as where media are kept
    elsewhere; the marker counts them all the same.
    """

    clips: Sequence[Record]
    collections: Sequence[Record]
    scored: Sequence[Record] | None = None
    failed_cuts: frozenset[str] = field(default_factory=frozenset)
    videos: bool = True

    @classmethod
    def of(cls, content: ProjectContent, *, videos: bool = True) -> Run:
        return cls(content.clips, content.collections, content.scored, videos=videos)


@dataclass(frozen=True, slots=True)
class Write:
    """One file the pipeline writes: `path` below the project directory."""

    path: str
    data: bytes
    stage: Stage


@dataclass(frozen=True, slots=True)
class RowFiles:
    """The per-clip-file generation's row ids, by source id."""

    clips: Mapping[str, str]
    collections: Mapping[str, str]


def run_writes(
    project_id: str,
    layout: Layout,
    run: Run,
    *,
    step_files: bool = True,
    written_at: str = AUTOCLIP_DATA_DIR,
) -> Iterator[Write]:
    """Every write of a finished run, in AutoClip's order, the marker last.

    `step_files`: False leaves the steps before the final files out (AutoClip can clean them up).
    `written_at`: the data directory as the writing machine saw it; it stands in the marker.
    """
    files = LAYOUT_FILES[layout]
    if step_files:
        yield from _step_writes(files, run)
    if run.videos:
        for path in _clip_videos(run):
            yield Write(path, _PLACEHOLDER_VIDEO, Stage.VIDEOS)
        for path in _collection_videos(run):
            yield Write(path, _PLACEHOLDER_VIDEO, Stage.VIDEOS)
    yield Write(files.clips, to_json(run.clips), Stage.FINAL)
    yield Write(files.collections, to_json(run.collections), Stage.FINAL)
    yield Write(files.marker, to_json(_marker(project_id, layout, run, written_at)), Stage.MARKER)


def write_project(
    project_dir: Path,
    layout: Layout,
    run: Run,
    *,
    upto: Stage = Stage.MARKER,
    step_files: bool = True,
    written_at: str = AUTOCLIP_DATA_DIR,
) -> None:
    """A run into `projects/<id>`, finished, or up to a stage where it is still busy or died."""
    writes = run_writes(project_dir.name, layout, run, step_files=step_files, written_at=written_at)
    perform(project_dir, (write for write in writes if _reached(write.stage, upto)))


def perform(
    project_dir: Path,
    writes: Iterable[Write],
    *,
    crash_at: int | None = None,
    torn_bytes: int = 0,
) -> None:
    """Do the writes, in order, the way AutoClip does: truncate in place, then write.

    `crash_at`: index of the write that the program dies in; that file keeps its first
    `torn_bytes` bytes (0: the empty file `open` leaves), and no later file is touched.
    """
    made: set[str] = set()
    root = str(project_dir)
    for index, write in enumerate(writes):
        path = f"{root}/{write.path}"
        parent = path.rpartition("/")[0]
        if parent not in made:
            Path(parent).mkdir(parents=True, exist_ok=True)
            made.add(parent)
        crashed = index == crash_at
        with Path(path).open("wb") as file:
            file.write(write.data[:torn_bytes] if crashed else write.data)
        if crashed:
            return


def write_nothing_worth_cutting(project_dir: Path) -> None:
    """A completed project with 0 clips: two empty step files, no final file, no marker."""
    files = LAYOUT_FILES[Layout.CURRENT]
    perform(
        project_dir,
        (
            Write(files.high_score, b"[]", Stage.SCORED),
            Write(files.titles, b"[]", Stage.TITLES),
            Write(files.step_collections, b"[]", Stage.CLUSTERED),
        ),
    )


def write_upload(project_dir: Path, video_name: str = "input.mp4") -> None:
    """`raw/` with the uploaded video and its subtitles, and the empty directories beside it."""
    for name in ("raw", "metadata", "output/clips", "output/collections"):
        (project_dir / name).mkdir(parents=True, exist_ok=True)
    (project_dir / "raw" / video_name).write_bytes(_PLACEHOLDER_VIDEO)
    (project_dir / "raw" / "input.srt").write_text(
        "1\n00:00:00,000 --> 00:00:02,000\n♪\n", encoding="utf-8"
    )


def write_project_file(
    project_dir: Path,
    name: str,
    *,
    file_name: str = "project.json",
    description: str = "",
    category: str = "default",
    created_at: str = "2025-08-25T09:30:00",
) -> None:
    """`project.json` (also `metadata.json`, `info.json`): what names a project on disk."""
    perform(
        project_dir,
        (
            Write(
                file_name,
                to_json(
                    {
                        "project_name": name,
                        "description": description,
                        "processing_config": {"video_category": category},
                        "created_at": created_at,
                    }
                ),
                Stage.UPLOADED,
            ),
        ),
    )


def write_processing_files(
    project_dir: Path,
    clips: Sequence[Record],
    collections: Sequence[Record],
    rng: Random,
) -> RowFiles:
    """`processing/{clip,collection}_<row id>.json`: each holds the record its row was made from.

    The row ids are drawn here, clips first, in record order.
    """
    ids = RowFiles(
        {str(clip["id"]): new_id(rng) for clip in clips},
        {str(collection["id"]): new_id(rng) for collection in collections},
    )
    perform(
        project_dir,
        (
            *(
                Write(f"processing/clip_{ids.clips[str(clip['id'])]}.json", to_json(clip), _ROWS)
                for clip in clips
            ),
            *(
                Write(
                    f"processing/collection_{ids.collections[str(collection['id'])]}.json",
                    to_json(collection),
                    _ROWS,
                )
                for collection in collections
            ),
        ),
    )
    return ids


def legacy_entry(
    project_id: str,
    name: str,
    clips: Sequence[Record],
    collections: Sequence[Record],
    *,
    category: str = "default",
    created_at: str = "2025-07-12T20:15:00",
) -> Record:
    """One completed project as an entry of `projects.json`, the oldest form."""
    return {
        "id": project_id,
        "name": name,
        "video_path": f"uploads/{project_id}/input/input.mp4",
        "status": "completed",
        "created_at": created_at,
        "updated_at": created_at,
        "video_category": category,
        "clips": [{**clip, "title": None} for clip in clips],
        "collections": [
            {**collection, "collection_type": "ai_recommended", "created_at": created_at}
            for collection in collections
        ],
        "current_step": 6,
        "total_steps": 6,
        "error_message": None,
    }


def write_projects_json(data_dir: Path, entries: Sequence[Record]) -> None:
    """`<data>/projects.json`, all of the oldest form's projects in one list."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "projects.json").write_bytes(to_json(entries))


def to_json(value: Any) -> bytes:
    """The bytes of `json.dumps(value, ensure_ascii=False, indent=2)` in UTF-8, only faster."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)


def new_id(rng: Random) -> str:
    """A random UUID of version 4, from the given source of randomness."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def clip_video_name(clip: Mapping[str, Any]) -> str:
    """`<source id>_<title>.mp4`, as the pipeline names a cut video."""
    return f"{clip['id']}_{sanitize_file_name(str(clip['generated_title']))}.mp4"


def sanitize_file_name(title: str) -> str:
    """A title as AutoClip puts it into a file name."""
    cleaned = re.sub(r'[<>:"/\\|?*]', "_", title).strip(" .")[:100]
    return cleaned or "untitled"


def _step_writes(files: LayoutFiles, run: Run) -> Iterator[Write]:
    scored = run.scored if run.scored is not None else [_untitled(clip) for clip in run.clips]
    survivors = {clip["id"] for clip in run.clips}
    yield Write(files.outline, to_json([_outline_step(clip) for clip in scored]), Stage.TIMELINE)
    yield Write(files.timeline, to_json([_timeline_step(clip) for clip in scored]), Stage.TIMELINE)
    for path in files.scored:
        yield Write(path, to_json(scored), Stage.SCORED)
    high_score = [clip for clip in scored if clip["id"] in survivors]
    yield Write(files.high_score, to_json(high_score), Stage.SCORED)
    yield Write(files.titles, to_json(run.clips), Stage.TITLES)
    yield Write(files.step_collections, to_json(run.collections), Stage.CLUSTERED)


def _marker(project_id: str, layout: Layout, run: Run, written_at: str) -> Record:
    clip_paths = [f"{written_at}/projects/{project_id}/{path}" for path in _clip_videos(run)]
    collection_paths = [
        f"{written_at}/projects/{project_id}/{path}" for path in _collection_videos(run)
    ]
    counts = {"clips_generated": len(clip_paths), "collections_generated": len(collection_paths)}
    if layout is Layout.STEPS:
        return {
            **counts,
            "clips_count": len(clip_paths),
            "collections_count": len(collection_paths),
            "clips_paths": clip_paths,
            "collection_paths": collection_paths,
        }
    return {**counts, "clip_paths": clip_paths, "collection_paths": collection_paths}


def _clip_videos(run: Run) -> list[str]:
    return [
        f"output/clips/{clip_video_name(clip)}"
        for clip in run.clips
        if clip["id"] not in run.failed_cuts
    ]


def _collection_videos(run: Run) -> list[str]:
    return [
        f"output/collections/{sanitize_file_name(str(collection['collection_title']))}.mp4"
        for collection in run.collections
    ]


def _untitled(clip: Record) -> Record:
    return {key: value for key, value in clip.items() if key != "generated_title"}


def _outline_step(clip: Record) -> Record:
    outline = clip.get("outline")
    title = outline.get("title") if isinstance(outline, dict) else outline
    return {"title": title, "subtopics": clip.get("content"), "chunk_index": clip["chunk_index"]}


def _timeline_step(clip: Record) -> Record:
    keys = ("id", "start_time", "end_time", "outline", "content", "chunk_index")
    return {key: clip[key] for key in keys if key in clip}


def _reached(stage: Stage, upto: Stage) -> bool:
    return _STAGES.index(stage) <= _STAGES.index(upto)


_STAGES = tuple(Stage)
_ROWS = Stage.MARKER
_PLACEHOLDER_VIDEO = b"\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isom"
"""A file-type box alone: small, and recognisable as MP4."""
