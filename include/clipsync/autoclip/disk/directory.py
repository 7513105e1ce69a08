"""AutoClip's data directory: the one way in."""

from __future__ import annotations

import os
import re
from pathlib import Path

from clipsync.autoclip.disk.activity import activity_of
from clipsync.autoclip.disk.files import PROJECTS, ProjectFiles
from clipsync.autoclip.disk.hashing import fingerprint_of
from clipsync.autoclip.disk.json_files import os_reason
from clipsync.autoclip.disk.legacy import LEGACY_FILE, LegacyFile, read_legacy
from clipsync.autoclip.disk.reader import read_manifest
from clipsync.errors import DataDirectoryError, InvalidProjectIdError
from clipsync.messages import render
from clipsync.model.manifest import DiskProblem, DiskState, Manifest

DEFAULT_MAX_JSON_BYTES = 64 * 1024 * 1024

_PROJECT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_project_id(text: str) -> bool:
    """Whether `text` is a lower-case UUID: AutoClip's only form, and safe as a folder's name."""
    return _PROJECT_ID.fullmatch(text) is not None


def peek_state(
    root: Path, project_id: str, *, max_json_bytes: int = DEFAULT_MAX_JSON_BYTES
) -> DiskState:
    """The state `DataDirectory(root).read(project_id)` would give now: for waiting on a pipeline.

    Raises DataDirectoryError and InvalidProjectIdError.
    """
    return DataDirectory(root, max_json_bytes=max_json_bytes).read(project_id).state


class DataDirectory:
    """AutoClip's data directory, read only.

    `projects.json` is read once, when this is made, so make one per run; the project directories
    are looked at whenever they are asked for, one at a time, and nothing of them is kept.

    `root`: absolute. `problems`: what is wrong with the directory as a whole (projects.json); the
    problems of a single project are in its manifest. A file is read up to `max_json_bytes`.

    Raises DataDirectoryError when it is missing, no directory, unreadable, or holds neither
    `projects/` nor `projects.json`.
    """

    root: Path
    problems: tuple[DiskProblem, ...]

    def __init__(self, root: Path, *, max_json_bytes: int = DEFAULT_MAX_JSON_BYTES) -> None:
        self.root = _absolute(root)
        self._max_json_bytes = max_json_bytes
        self._has_projects, has_legacy = look_into(self.root)
        self._legacy = (
            read_legacy(self.root, is_project_id, max_json_bytes) if has_legacy else LegacyFile()
        )
        self.problems = self._legacy.problems

    def project_ids(self) -> list[str]:
        """All projects the disk knows, sorted: directories named by a lower-case UUID, and the ids
        in projects.json. Raises DataDirectoryError when `projects/` can't be listed any more."""
        found = set(self._legacy.projects)
        if self._has_projects:
            try:
                with os.scandir(self.root / PROJECTS) as entries:
                    found.update(entry.name for entry in entries if _is_project(entry))
            except OSError as error:
                raise _unusable(self.root / PROJECTS, error) from error
        return sorted(found)

    def other_entries(self) -> tuple[str, ...]:
        """Names in `projects/` that are no projects, sorted; those that are hidden left out.

        One named by a UUID in upper case is among them: AutoClip's ids are lower case, so it does
        not look there for a project's files either. Raises DataDirectoryError.
        """
        if not self._has_projects:
            return ()
        try:
            with os.scandir(self.root / PROJECTS) as entries:
                names = [one.name for one in entries if not _is_project(one)]
        except OSError as error:
            raise _unusable(self.root / PROJECTS, error) from error
        return tuple(sorted(name for name in names if not name.startswith(".")))

    def holds(self, project_id: str) -> bool:
        """Whether `project_ids` would name this project, without listing the others."""
        if project_id in self._legacy.projects:
            return True
        if not self._has_projects or not is_project_id(project_id):
            return False
        try:
            return (self.root / PROJECTS / project_id).is_dir()
        except OSError:
            return True  # there, and can't be looked at: a bad project

    def read(self, project_id: str) -> Manifest:
        """What the disk says of one project; bad data is in the manifest, never an exception.

        Raises InvalidProjectIdError for a malformed id, before any path is made of it.
        """
        files = self._files(project_id)
        return read_manifest(project_id, files, self._legacy.projects.get(project_id))

    def fingerprint(self, project_id: str) -> str:
        """`read(project_id).fingerprint`, from listings and stat calls alone.

        Raises InvalidProjectIdError for a malformed id.
        """
        return fingerprint_of(self._files(project_id), self._legacy.projects.get(project_id))

    def activity(self, project_id: str) -> str:
        """A digest that differs as long as AutoClip works at the project (`activity.py`).

        Raises InvalidProjectIdError for a malformed id.
        """
        return activity_of(self._files(project_id))

    def _files(self, project_id: str) -> ProjectFiles:
        if not is_project_id(project_id):
            raise InvalidProjectIdError(project_id)
        return ProjectFiles(self.root, project_id, self._max_json_bytes)


def _is_project(entry: os.DirEntry[str]) -> bool:
    """A directory named as AutoClip names them.

    One that can't be looked at (a link that leads back to itself) is taken for a project: a bad
    one, which is told by its name, and no bad run.
    """
    if not is_project_id(entry.name):
        return False
    try:
        return entry.is_dir()
    except OSError:
        return True


def _absolute(root: Path) -> Path:
    # Links stay as they are (AutoClip's rows name them so), but ".." can't be dropped as text.
    return root.resolve() if ".." in root.parts else root.absolute()


def look_into(root: Path) -> tuple[bool, bool]:
    """Has it `projects/`, has it projects.json? Raises DataDirectoryError unless it has one."""
    projects = root / PROJECTS
    try:
        with os.scandir(root) as entries:
            names = frozenset(entry.name for entry in entries)
        has_projects = PROJECTS in names and projects.is_dir()
        if has_projects:
            # Opened, not read: not being permitted must come up now, not project by project.
            os.scandir(projects).close()
    except OSError as error:
        raise _unusable(root, error) from error
    if PROJECTS in names and not projects.exists():
        raise DataDirectoryError(
            projects, "is a link to nowhere", "Check that the disk it leads to is mounted."
        )
    if not has_projects and LEGACY_FILE not in names:
        reason = f"holds neither {PROJECTS}/ nor {LEGACY_FILE}"
        raise DataDirectoryError(root, reason, _advice(root, names))
    return has_projects, LEGACY_FILE in names


def _advice(root: Path, names: frozenset[str]) -> str:
    if any(is_project_id(name) for name in names):
        return f"It looks like the projects directory itself: give its parent, {root.parent}."
    if is_project_id(root.name):
        return (
            f"It looks like one project's directory: give AutoClip's data directory, "
            f"{root.parent.parent}, and the project as an id."
        )
    if "data" in names and (root / "data" / PROJECTS).is_dir():
        return f"Did you mean {root / 'data'}?"
    return (
        "Give AutoClip's data directory (--data-dir or CLIPSYNC_DATA_DIR); if this is the right "
        "one, check that its disk is mounted."
    )


def _unusable(path: Path, error: OSError) -> DataDirectoryError:
    if isinstance(error, FileNotFoundError):
        return DataDirectoryError(
            path,
            "does not exist",
            "Check --data-dir (CLIPSYNC_DATA_DIR), and that its disk is mounted.",
        )
    if isinstance(error, NotADirectoryError):
        return DataDirectoryError(
            path, "is not a directory", "Give the directory that holds projects/."
        )
    return DataDirectoryError(
        path, render(os_reason(error)), "Check its permissions and that its disk is mounted."
    )
