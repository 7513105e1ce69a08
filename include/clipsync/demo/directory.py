"""The directory a demo is written into: never one that holds anything else."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import URL

from clipsync.errors import TerminalError

MARKER_NAME = ".clipsync-demo"
DATA_NAME = "data"
DATABASE_NAME = "autoclip.db"
PRESENT_DAY_NAME = "today"
"""A second installation beside the historical one, with data and database of the same names."""


class DemoDirectoryError(TerminalError):
    """A directory that a demo must not, or can't, be written into."""

    def __init__(self, directory: Path, reason: str) -> None:
        super().__init__(
            f"{directory}: {reason}. Name a new or empty directory, or that of an earlier demo."
        )
        self.directory = directory
        self.reason = reason


def claim_directory(directory: Path) -> None:
    """Make a directory ours and free of an earlier demo's data.

    Only a missing or empty directory, or one that carries our marker, is taken; of the latter only
    our own data and database are removed. Raises DemoDirectoryError, and then nothing was touched.
    """
    marker = directory / MARKER_NAME
    try:
        if directory.exists() and not directory.is_dir():
            raise DemoDirectoryError(directory, "is not a directory")
        if directory.is_dir() and any(directory.iterdir()) and not _is_ours(marker):
            raise DemoDirectoryError(directory, "has other things in it")
        if any((directory / name).is_symlink() for name in _OURS):
            raise DemoDirectoryError(
                directory, "holds a symbolic link where the demo's data belong"
            )
        directory.mkdir(parents=True, exist_ok=True)
        # The marker comes first, so that a demo that was interrupted can be written again.
        marker.write_text(_MARKER_TEXT, encoding="utf-8")
        _remove_data(directory)
    except OSError as error:
        raise DemoDirectoryError(
            directory, f"can't be written ({error.strerror or error})"
        ) from error


def sqlite_url(database: Path) -> str:
    """The SQLAlchemy URL of a SQLite file."""
    return URL.create("sqlite", database=str(database.absolute())).render_as_string()


_OURS = (DATA_NAME, DATABASE_NAME, PRESENT_DAY_NAME)


def _is_ours(marker: Path) -> bool:
    return marker.is_file() and not marker.is_symlink()


def _remove_data(directory: Path) -> None:
    if (directory / DATA_NAME).is_dir():
        shutil.rmtree(directory / DATA_NAME)
    if (directory / PRESENT_DAY_NAME).is_dir():
        shutil.rmtree(directory / PRESENT_DAY_NAME)
    for suffix in ("", "-wal", "-shm", "-journal"):
        (directory / f"{DATABASE_NAME}{suffix}").unlink(missing_ok=True)


_MARKER_TEXT = (
    "Written by `clipsync demo`. Everything under data/ and today/, and the database autoclip.db,\n"
    "are generated, and replaced when the demo is written again.\n"
)
