"""What the disk offers for a project's own row: its name above all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from clipsync.autoclip.disk.files import ProjectFiles
from clipsync.autoclip.disk.json_files import UnusableFileError, kind_of
from clipsync.autoclip.disk.text import (
    clean_text,
    first_text,
    storable_object,
    timestamp,
    unstorable,
)
from clipsync.autoclip.disk.videos import largest_file
from clipsync.model.manifest import DiskCode, DiskProblem, DiskReason, ProjectRecord

PROJECT_FILES = ("project.json", "metadata.json", "info.json")
"""The project's own file, under any of its names; the first readable object is used."""

RAW_FOLDER = "raw"
VIDEO_SUFFIXES = frozenset(
    {".mp4", ".mkv", ".mov", ".avi", ".webm", ".flv", ".m4v", ".wmv", ".ts", ".mpg", ".mpeg"}
)
PROJECT_TYPES = frozenset(
    {
        "DEFAULT",
        "KNOWLEDGE",
        "BUSINESS",
        "OPINION",
        "EXPERIENCE",
        "SPEECH",
        "CONTENT_REVIEW",
        "ENTERTAINMENT",
    }
)

_TELLS_NOTHING = frozenset({"input", "video", "output", "source", "raw"})
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


def read_project(
    files: ProjectFiles, entry: Mapping[str, Any]
) -> tuple[ProjectRecord, tuple[DiskProblem, ...]]:
    """The best the disk offers, field by field: the project's file, then its `entry` in
    projects.json (empty where there is none), then the name of its raw video."""
    content, problems = _read_project_file(files)
    video = raw_video(files)
    own = content or {}
    record = ProjectRecord(
        name=first_text(own.get("project_name"), own.get("name"), entry.get("name"))
        or _telling_name(video),
        description=first_text(own.get("description"), entry.get("description")),
        project_type=_project_type(own) or _project_type(entry),
        processing_config=storable_object(own.get("processing_config"))
        or storable_object(entry.get("processing_config")),
        video_path=None if video is None else f"{RAW_FOLDER}/{video}",
        created_at=timestamp(own.get("created_at")) or timestamp(entry.get("created_at")),
        metadata=content,
    )
    return record, problems


def raw_video(files: ProjectFiles) -> str | None:
    """The name of the video in `raw/`: the only one, or the largest."""
    try:
        return largest_file(files.folder(RAW_FOLDER).values(), VIDEO_SUFFIXES)
    except UnusableFileError:
        # Only a name is lost, and the next best one serves.
        return None


def _read_project_file(
    files: ProjectFiles,
) -> tuple[Mapping[str, Any] | None, tuple[DiskProblem, ...]]:
    problems: list[DiskProblem] = []
    for path in PROJECT_FILES:
        try:
            if not files.has(path):
                continue
            document = files.load(path)
        except UnusableFileError as error:
            problems.append(error.problem)
            continue
        if not isinstance(document.value, dict):
            reason: DiskReason | None = DiskReason(
                DiskCode.NO_OBJECT, {"found": kind_of(document.value)}
            )
        else:
            reason = unstorable(document.value, strict=document.strict)
        if reason is None:
            return document.value, tuple(problems)
        problems.append(DiskProblem(files.name_of(path), reason))
    return None, tuple(problems)


def _project_type(content: Mapping[str, Any]) -> str | None:
    for key in ("project_type", "video_category"):
        text = clean_text(content.get(key))
        if text is not None and text.upper() in PROJECT_TYPES:
            return text.upper()
    return None


def _telling_name(video: str | None) -> str | None:
    """A video's name without its suffix, unless it is what every project's video is called."""
    name = clean_text(PurePosixPath(video).stem) if video is not None else None
    if name is None or name.lower() in _TELLS_NOTHING or _UUID.fullmatch(name):
        return None
    return name
