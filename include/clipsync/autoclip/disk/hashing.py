"""Has anything changed? A cheap answer from file times, and a sure one from the contents."""

from __future__ import annotations

import os
from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson

from clipsync.autoclip.disk.files import ProjectFiles
from clipsync.autoclip.disk.json_files import UnusableFileError, canonical_bytes
from clipsync.autoclip.disk.layouts import RECORD_FILES
from clipsync.autoclip.disk.legacy import LegacyProject
from clipsync.autoclip.disk.project_file import PROJECT_FILES, raw_video
from clipsync.autoclip.disk.side_files import DELETED_FILE, row_files
from clipsync.autoclip.disk.studio_file import STUDIO_FILE, STUDIO_VIDEOS
from clipsync.autoclip.disk.videos import VIDEO_FOLDERS
from clipsync.model.manifest import Manifest

_DECIDING: dict[str, list[str]] = {}
for _path in (
    *RECORD_FILES,
    *PROJECT_FILES,
    DELETED_FILE,
    STUDIO_FILE,
    *VIDEO_FOLDERS,
    STUDIO_VIDEOS,
):
    # A video folder's own time tells of videos that came or went.
    _DECIDING.setdefault(_path.rpartition("/")[0], []).append(_path.rpartition("/")[2])

_RULES = 2
"""Raise it whenever the same files are to be read differently: it makes all fingerprints new."""


def fingerprint_of(files: ProjectFiles, legacy: LegacyProject | None) -> str:
    """SHA-256 over names, sizes, times and modes of the files that decide, without reading them.

    Mode and size limit are in it because a file that becomes readable has changed for us.
    """
    tokens: list[Any] = [_RULES, files.max_json_bytes]
    try:
        tokens.append(files.exists())
        for folder, names in _DECIDING.items():
            tokens += _tokens(files, folder, names)
        tokens.append(raw_video(files))
        tokens += [_token(path, files.entry(path)) for path, _, _ in row_files(files)]
    except UnusableFileError as error:
        tokens.append(error.problem.reason)
    if legacy is not None:
        tokens.append(sha256(canonical_bytes(legacy.content)).hexdigest())
    return sha256(orjson.dumps(tokens)).hexdigest()


def content_hash_of(manifest: Manifest) -> str:
    """SHA-256 over what plans depend on: independent of key order, file times and mount point.

    Of the Studio's file a plan depends on one thing, whether it owns the project's status: how far
    AutoClip has got with its outputs makes no plan stale.
    """
    bare = replace(
        manifest,
        studio=None,
        project_dir="",
        layout=None,
        row_records={},
        content_hash="",
        fingerprint="",
    )
    row_records = [
        (kind, row_id, content) for (kind, row_id), content in sorted(manifest.row_records.items())
    ]
    owned = manifest.studio is not None
    return sha256(orjson.dumps((bare, owned, row_records), option=orjson.OPT_SORT_KEYS)).hexdigest()


def _tokens(files: ProjectFiles, folder: str, names: list[str]) -> list[Any]:
    try:
        listing = files.folder(folder)
    except UnusableFileError as error:
        return [error.problem.reason]
    return [_token(f"{folder}/{name}", listing.get(name)) for name in names]


def _token(path: str, entry: os.DirEntry[str] | None) -> Any:
    if entry is None:
        return None
    try:
        status = entry.stat()
    except OSError as error:
        return error.errno
    return [path, status.st_size, status.st_mtime_ns, status.st_mode]
