"""A builder for AutoClip's data directory, in any of its five forms.

    root = tmp_path / "data"
    write_project(root, project_id(1), clips=[clip(1)], collections=[collection(1, [1])])
    write_project(root, project_id(2), layout="legacy", name="旧项目", clips=[clip(1)])

writes a finished project of the current layout and an entry in `projects.json`. Everything that
is not said is as a healthy pipeline leaves it: final files, step files beside them, marker last.

Content of a file is given as a JSON value, as `bytes` to be written as they are (a half-written
file: `clips=b'[{"id": "1"'`), or as `None` for no file at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID

LayoutName = Literal["current", "output", "steps", "root", "legacy"]
Content = list[Any] | dict[str, Any] | bytes | str | int | float | None

DISK_LAYOUTS: Final[tuple[LayoutName, ...]] = ("current", "output", "steps", "root")
LAYOUT_NAMES: Final[tuple[LayoutName, ...]] = (*DISK_LAYOUTS, "legacy")

CLIPS_FILE: Final[Mapping[str, str]] = {
    "current": "metadata/clips_metadata.json",
    "output": "output/metadata/clips_metadata.json",
    "steps": "step6_video/clips_metadata.json",
    "root": "clips_metadata.json",
}
COLLECTIONS_FILE: Final[Mapping[str, str]] = {
    layout: path.replace("clips_", "collections_") for layout, path in CLIPS_FILE.items()
}
MARKER_FILE: Final[Mapping[str, str]] = {
    "current": "output/step6_video_output.json",
    "output": "output/step6_video_output.json",
    "steps": "step6_video/step6_video_output.json",
    "root": "step6_video/step6_video_output.json",
}
STEP4_FILE: Final[Mapping[str, str]] = {
    "current": "metadata/step4_titles.json",
    "output": "output/metadata/step4_titles.json",
    "steps": "step4_title/step4_title.json",
    "root": "step4_title/step4_title.json",
}
STEP5_FILE: Final[Mapping[str, str]] = {
    "current": "metadata/step5_collections.json",
    "output": "output/metadata/step5_collections.json",
    "steps": "step5_clustering/step5_clustering.json",
    "root": "step5_clustering/step5_clustering.json",
}


class _Token:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


MISSING: Final[Any] = _Token("MISSING")
"""As an override of `clip` or `collection`: leave this key out."""

SAME: Final[Any] = _Token("SAME")
"""For step files: the same content as the final file."""


def project_id(number: int) -> str:
    """The same project id for the same number, in order of the numbers."""
    return str(UUID(int=number << 80 | 0x4000_8000_0000_0000_0000))


def row_id(number: int) -> str:
    """The same row id for the same number; never a project's."""
    return str(UUID(int=0xFFFF << 112 | number))


def clip(number: int, /, **overrides: Any) -> dict[str, Any]:
    """Clip record `number` as the pipeline writes it: one minute long, one after the other."""
    record: dict[str, Any] = {
        "id": str(number),
        "start_time": _time(60 * (number - 1)),
        "end_time": _time(60 * number),
        "outline": f"话题{number}",
        "content": [f"要点{number}之一", f"要点{number}之二"],
        "chunk_index": 0,
        "final_score": 0.9,
        "recommend_reason": f"推荐理由{number}",
        "generated_title": f"第{number}段：标题",
    }
    return _overridden(record, overrides)


def collection(
    number: int, clip_ids: Iterable[int | str] = (), /, **overrides: Any
) -> dict[str, Any]:
    """Collection record `number` holding the clips with these source ids, in this order.

    A `clip_ids=` override goes into the record as it is.
    """
    record: dict[str, Any] = {
        "id": str(number),
        "collection_title": f"合集{number}",
        "collection_summary": f"合集简介{number}",
        "clip_ids": [str(clip_id) for clip_id in clip_ids],
    }
    return _overridden(record, overrides)


def write_project(
    root: Path,
    project: str,
    *,
    layout: LayoutName = "current",
    clips: Content = None,
    collections: Content = None,
    marker: Content | bool = True,
    step4: Content = SAME,
    step5: Content = SAME,
    project_file: Content = None,
    deleted_collections: Iterable[str] | bytes | None = None,
    clip_videos: Iterable[str] = (),
    collection_videos: Iterable[str] = (),
    raw_video: str | None = None,
    row_files: Mapping[str, Content] | None = None,
    status: str = "completed",
    name: str | None = None,
    **entry: Any,
) -> Path:
    """Write one project below `root` (the data directory) and return the project's directory.

    `marker`: True for one that counts the records, False for none, else its content.
    `step4`, `step5`: by default what the final file holds. `project_file`: `project.json`.
    `deleted_collections`: database ids. `clip_videos`, `collection_videos`, `raw_video`: names of
    (empty) videos in `output/clips`, `output/collections` and `raw`. `row_files`: files in
    `processing/` by name, such as `clip_<row id>.json`.

    `layout="legacy"` adds or replaces the project's entry in `projects.json` instead; `status`,
    `name` and further keywords (`video_category=…`) are the entry's, the other files are written
    only if given.
    """
    directory = root / "projects" / project
    if layout == "legacy":
        _write_entry(root, project, clips, collections, {"status": status, "name": name, **entry})
    else:
        directory.mkdir(parents=True, exist_ok=True)
        write_file(directory / STEP4_FILE[layout], clips if step4 is SAME else step4)
        write_file(directory / STEP5_FILE[layout], collections if step5 is SAME else step5)
        write_file(directory / CLIPS_FILE[layout], clips)
        write_file(directory / COLLECTIONS_FILE[layout], collections)
    write_file(directory / "project.json", project_file)
    if deleted_collections is not None:
        deleted: Content = (
            deleted_collections
            if isinstance(deleted_collections, bytes)
            else {"deleted_collection_ids": list(deleted_collections)}
        )
        write_file(directory / "deleted_collections.json", deleted)
    for file_name in clip_videos:
        write_file(directory / "output/clips" / file_name, b"")
    for file_name in collection_videos:
        write_file(directory / "output/collections" / file_name, b"")
    if raw_video is not None:
        write_file(directory / "raw" / raw_video, b"")
    for file_name, content in (row_files or {}).items():
        write_file(directory / "processing" / file_name, content)
    if layout != "legacy":
        if marker is True:
            marker = _marker(clips, collections)
        write_file(directory / MARKER_FILE[layout], None if marker is False else marker)
    return directory


def write_file(path: Path, content: Content) -> None:
    """Write `content` (see the module's docstring), making folders as needed; None: do nothing."""
    if content is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_bytes(json_bytes(content))


def json_bytes(content: Any) -> bytes:
    """JSON as AutoClip writes it: indented, Chinese left readable. Lone surrogates are escaped."""
    text = json.dumps(content, ensure_ascii=False, indent=2)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(content, indent=2).encode()


def tree_state(root: Path) -> dict[str, tuple[int, int, bytes | None]]:
    """Everything below `root`, and root itself: path to (mode, mtime in ns, bytes of a file).

    Two equal states are the same tree to the byte: for proving that nothing was written.
    """
    return {
        str(path.relative_to(root)): (
            path.lstat().st_mode,
            path.lstat().st_mtime_ns,
            path.read_bytes() if path.is_file() else None,
        )
        for path in (root, *sorted(root.rglob("*")))
    }


def _marker(clips: Content, collections: Content) -> dict[str, Any]:
    clip_count = len(clips) if isinstance(clips, list) else 0
    collection_count = len(collections) if isinstance(collections, list) else 0
    return {
        "clips_generated": clip_count,
        "collections_generated": collection_count,
        "clip_paths": [f"/elsewhere/output/clips/{n}.mp4" for n in range(clip_count)],
        "collection_paths": [f"/elsewhere/{n}.mp4" for n in range(collection_count)],
    }


def _write_entry(
    root: Path, project: str, clips: Content, collections: Content, values: Mapping[str, Any]
) -> None:
    path = root / "projects.json"
    entries = json.loads(path.read_bytes()) if path.exists() else []
    entry: dict[str, Any] = {
        "id": project,
        "video_path": "/elsewhere/input.mp4",
        "created_at": "2025-06-01T12:00:00",
        "updated_at": "2025-06-01T13:00:00",
        "video_category": "default",
        "current_step": 6,
        "total_steps": 6,
        "error_message": None,
        **values,
    }
    if clips is not None:
        entry["clips"] = clips
    if collections is not None:
        entry["collections"] = collections
    others = [other for other in entries if other["id"] != project]
    write_file(path, [*others, entry])


def _overridden(record: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    record.update(overrides)
    return {key: value for key, value in record.items() if value is not MISSING}


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d},000"
