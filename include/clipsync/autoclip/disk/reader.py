"""One project, read: the files that decide, then the records, then what lies beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from clipsync.autoclip.disk.files import ProjectFiles
from clipsync.autoclip.disk.hashing import content_hash_of, fingerprint_of
from clipsync.autoclip.disk.json_files import UnusableFileError
from clipsync.autoclip.disk.kinds import identify
from clipsync.autoclip.disk.legacy import LegacyProject
from clipsync.autoclip.disk.records import read_clips, read_collections
from clipsync.autoclip.disk.side_files import read_deleted, read_row_records
from clipsync.autoclip.disk.sources import RecordList
from clipsync.autoclip.disk.videos import CLIPS_FOLDER, COLLECTIONS_FOLDER, VideoFolder
from clipsync.model.manifest import DiskProblem, Manifest


def read_manifest(project_id: str, files: ProjectFiles, legacy: LegacyProject | None) -> Manifest:
    """What directory and projects.json together say of a project. Never fails on bad data."""
    # Taken before any file is read: a file that changes meanwhile then looks changed next time.
    fingerprint = fingerprint_of(files, legacy)
    found = identify(files, legacy)
    verdict = found.verdict
    deleted, deleted_problems = read_deleted(files)
    row_records, row_problems = read_row_records(files)
    clip_videos, clip_folder_problems = _videos(files, CLIPS_FOLDER)
    collection_videos, collection_folder_problems = _videos(files, COLLECTIONS_FOLDER)
    clips, bad_clips = read_clips(verdict.clips or _NO_RECORDS, clip_videos)
    collections, bad_collections = read_collections(
        verdict.collections or _NO_RECORDS, collection_videos
    )
    manifest = Manifest(
        project_id=project_id,
        state=verdict.state,
        project_dir=files.project_dir,
        kind=found.kind,
        studio=found.studio,
        has_directory=found.has_directory,
        layout=verdict.layout,
        marker=verdict.marker,
        marker_counts=verdict.marker_counts,
        project=found.project,
        clips=clips,
        collections=collections,
        clips_known=verdict.clips is not None,
        collections_known=verdict.collections is not None,
        quarantined=(*bad_clips, *bad_collections),
        problems=_one_per_file(
            (
                *verdict.problems,
                *found.problems,
                *deleted_problems,
                *row_problems,
                *clip_folder_problems,
                *collection_folder_problems,
            )
        ),
        deleted_collection_row_ids=deleted,
        deletions_known=not deleted_problems,
        row_records=row_records,
        fingerprint=fingerprint,
    )
    return replace(manifest, content_hash=content_hash_of(manifest))


_NO_RECORDS = RecordList("", [], strict=True)


def _videos(files: ProjectFiles, folder: str) -> tuple[VideoFolder, tuple[DiskProblem, ...]]:
    try:
        return VideoFolder(folder, files.folder(folder)), ()
    except UnusableFileError as error:
        return VideoFolder(folder, {}), (error.problem,)


def _one_per_file(problems: Iterable[DiskProblem]) -> tuple[DiskProblem, ...]:
    """A folder that can't be looked into comes up once for each question asked of it."""
    kept: dict[str, DiskProblem] = {}
    for problem in problems:
        kept.setdefault(problem.file, problem)
    return tuple(kept.values())
