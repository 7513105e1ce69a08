"""The files of one project directory, each folder listed once at most and only when asked for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from clipsync.autoclip.disk.json_files import (
    JsonDocument,
    UnusableFileError,
    load_json,
    os_reason,
)

PROJECTS = "projects"
"""The folder of the data directory that holds one directory per project."""

_NOTHING: Mapping[str, os.DirEntry[str]] = {}


class ProjectFiles:
    """A view of one project directory: made for one reading, then thrown away.

    Paths are POSIX and relative to the project directory; `""` is that directory itself. A folder
    that isn't there is empty; one that can't be looked into raises UnusableFileError every time it
    is asked for. Links are followed. Nothing is ever written.
    """

    def __init__(self, data_dir: Path, project_id: str, max_json_bytes: int) -> None:
        self.project_dir = (data_dir / PROJECTS / project_id).as_posix()
        self.max_json_bytes = max_json_bytes
        self._name = f"{PROJECTS}/{project_id}"
        self._folders: dict[str, Mapping[str, os.DirEntry[str]] | OSError] = {}

    def exists(self) -> bool:
        """Whether there is a project directory. Raises UnusableFileError if that can't be told."""
        self.folder("")
        return self._folders[""] is not _NOTHING

    def folder(self, path: str) -> Mapping[str, os.DirEntry[str]]:
        """Entries of a folder by name."""
        listing = self._folders.get(path)
        if listing is None:
            listing = self._folders[path] = self._list(path)
        if isinstance(listing, OSError):
            raise UnusableFileError(self.name_of(path), os_reason(listing))
        return listing

    def entry(self, path: str) -> os.DirEntry[str] | None:
        """What is at `path`: a file, a folder, anything; None where nothing is."""
        folder, _, name = path.rpartition("/")
        return self.folder(folder).get(name)

    def has(self, path: str) -> bool:
        return self.entry(path) is not None

    def first(self, paths: Iterable[str]) -> str | None:
        """The first of `paths` where something is."""
        return next((path for path in paths if self.has(path)), None)

    def load(self, path: str) -> JsonDocument:
        """The JSON file at `path`. Raises UnusableFileError."""
        return load_json(f"{self.project_dir}/{path}", self.name_of(path), self.max_json_bytes)

    def name_of(self, path: str) -> str:
        """How messages call `path`: relative to the data directory."""
        return f"{self._name}/{path}" if path else self._name

    def _list(self, path: str) -> Mapping[str, os.DirEntry[str]] | OSError:
        if path and not self.has(path):
            return _NOTHING
        try:
            with os.scandir(f"{self.project_dir}/{path}") as entries:
                return {entry.name: entry for entry in entries}
        except FileNotFoundError:
            return _NOTHING
        except NotADirectoryError as error:
            # A file in a subfolder's place hides nothing; one in the project's place does.
            return _NOTHING if path else error
        except OSError as error:
            return error
