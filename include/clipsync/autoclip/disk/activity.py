"""Is anybody at work at a project? Its content tells, not its files' times.

AutoClip writes `studio.json` whenever somebody opens the project, so its time says nothing; and a
run of a process that died says "running" for ever. What does change while work is done: which
files there are, how large they are, and what the Studio's file says.
"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Any

import orjson

from clipsync.autoclip.disk.files import ProjectFiles
from clipsync.autoclip.disk.json_files import UnusableFileError, canonical_bytes
from clipsync.autoclip.disk.studio_file import STUDIO_FILE, STUDIO_VIDEOS
from clipsync.autoclip.disk.videos import VIDEO_FOLDERS

_FOLDERS = ("", "raw", "raw/retry", "metadata", "output", *VIDEO_FOLDERS, STUDIO_VIDEOS)


def activity_of(files: ProjectFiles) -> str:
    """SHA-256 over names and sizes of what AutoClip's pipelines write, and the Studio's content."""
    tokens: list[Any] = []
    for folder in _FOLDERS:
        try:
            listing = files.folder(folder)
        except UnusableFileError as error:
            tokens.append([folder, error.problem.reason.as_dict()])
            continue
        tokens.append([folder, sorted((name, _size(entry)) for name, entry in listing.items())])
    return sha256(orjson.dumps(tokens) + _studio(files)).hexdigest()


def _size(entry: os.DirEntry[str]) -> int:
    """Of a folder, and of the Studio's file, only that it is there."""
    try:
        if entry.name == STUDIO_FILE.rpartition("/")[2] or not entry.is_file():
            return -1
        return entry.stat().st_size
    except OSError:
        return -2


def _studio(files: ProjectFiles) -> bytes:
    try:
        return canonical_bytes(files.load(STUDIO_FILE).value) if files.has(STUDIO_FILE) else b""
    except UnusableFileError as error:
        return orjson.dumps(error.problem.reason.as_dict())
