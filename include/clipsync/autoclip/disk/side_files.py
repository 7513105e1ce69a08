"""Files beside the records: `deleted_collections.json` and the per-clip files in `processing/`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from clipsync.autoclip.disk.files import ProjectFiles
from clipsync.autoclip.disk.json_files import UnusableFileError, kind_of
from clipsync.autoclip.disk.text import clean_text, unstorable
from clipsync.model.manifest import DiskCode, DiskProblem, DiskReason, Kind

DELETED_FILE = "deleted_collections.json"
ROW_FOLDER = "processing"

_ROW_FILE = re.compile(r"(clip|collection)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.json")

RowRecords = Mapping[tuple[Kind, str], Mapping[str, Any]]


def read_deleted(files: ProjectFiles) -> tuple[tuple[str, ...], tuple[DiskProblem, ...]]:
    """Database ids of collections that users deleted, in file order; one that was deleted, restored
    and deleted again may stand there twice."""
    try:
        if not files.has(DELETED_FILE):
            return (), ()
        content = files.load(DELETED_FILE).value
    except UnusableFileError as error:
        return (), (error.problem,)
    ids = content.get("deleted_collection_ids") if isinstance(content, dict) else content
    if not isinstance(ids, list):
        found = "nothing" if ids is None and isinstance(content, dict) else kind_of(ids)
        values = {"key": "deleted_collection_ids", "found": found}
        reason = DiskReason(DiskCode.NO_LIST_UNDER_KEY, values)
        return (), (DiskProblem(files.name_of(DELETED_FILE), reason),)
    return tuple(text for value in ids if (text := clean_text(value))), ()


def read_row_records(files: ProjectFiles) -> tuple[RowRecords, tuple[DiskProblem, ...]]:
    """The record that each row of the per-clip-file generation was made from."""
    found: dict[tuple[Kind, str], Mapping[str, Any]] = {}
    problems: list[DiskProblem] = []
    try:
        for path, kind, row_id in row_files(files):
            try:
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
                found[kind, row_id] = document.value
            else:
                problems.append(DiskProblem(files.name_of(path), reason))
    except UnusableFileError as error:
        problems.append(error.problem)
    return found, tuple(problems)


def row_files(files: ProjectFiles) -> Iterator[tuple[str, Kind, str]]:
    """(path, kind, row id) of each per-clip file, sorted. Raises UnusableFileError."""
    for name in sorted(files.folder(ROW_FOLDER)):
        match = _ROW_FILE.fullmatch(name)
        if match is not None:
            yield f"{ROW_FOLDER}/{name}", Kind(match[1]), match[2]
