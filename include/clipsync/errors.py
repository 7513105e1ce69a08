"""Errors, in two families.

*Terminal*: bad input or bad data. Trying again changes nothing; a person must act.
*Transient*: trouble with the world (database away, lock held). Trying again may help.

Every error carries its facts as attributes, and its message is one line that says what
happened, to what, and what to do next.
"""

from __future__ import annotations

from pathlib import Path


class ClipSyncError(Exception):
    """Base of all errors ClipSync raises on purpose."""


class TerminalError(ClipSyncError):
    """Bad input or bad data: retrying can't help."""


class TransientError(ClipSyncError):
    """Trouble with the world: retrying may help."""


class SettingsError(TerminalError):
    """A setting that is needed is missing, or has an impossible value."""


class DataDirectoryError(TerminalError):
    """AutoClip's data directory can't be used at all.

    A disk that is not mounted looks exactly like this, so nothing is ever concluded from it.
    """

    def __init__(self, path: Path, reason: str, advice: str) -> None:
        super().__init__(f"{path}: {reason}. {advice}")
        self.path = path
        self.reason = reason
        self.advice = advice


class InvalidProjectIdError(TerminalError):
    """A project id is not a lower-case UUID (AutoClip's only form)."""

    def __init__(self, project_id: str) -> None:
        shown = project_id if len(project_id) <= 60 else project_id[:57] + "..."
        super().__init__(
            f"{shown!r} is not a project id: expected a lower-case UUID such as "
            "455d6e8c-29a4-4027-884a-ddec16f9bbe1. `clipsync audit --all` lists the projects."
        )
        self.project_id = project_id


class UnexpectedError(TerminalError):
    """A fault of ClipSync's, or a damaged value of its own tables, met at one project (rule 11)."""

    def __init__(self, project_id: str, cause: Exception) -> None:
        super().__init__(
            f"project {project_id}: unexpected {type(cause).__name__}: {cause}. Nothing of this "
            "project was changed. Report it with the log; the others are unaffected."
        )
        self.project_id = project_id
        self.cause = cause


class NothingToRestoreError(TerminalError):
    """No tombstone holds back what a person asks for."""


class UnknownRunError(TerminalError):
    """The journal has no such run."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"run {run_id!r}: the journal has no changes of it. `clipsync history` lists the runs."
        )
        self.run_id = run_id


class SavedPlanError(TerminalError):
    """A saved plan can't be read, is not of this release, or does not fit these sides."""


class StalePlanError(TerminalError):
    """Disk or database have changed since the plan was saved.

    `applied`: projects that were done before that was seen; 0 unless it changed at that moment.
    """

    def __init__(self, project_id: str, reason: str, applied: int = 0) -> None:
        done = f"{applied} of its projects had been" if applied else "Nothing was"
        super().__init__(
            f"the saved plan is stale: {reason} of project {project_id} since it was made. "
            f"{done} applied. Make a new one with `clipsync plan … --out FILE`."
        )
        self.project_id = project_id
        self.reason = reason
        self.applied = applied


class UnknownProjectError(TerminalError):
    """Neither disk nor database knows this project."""

    def __init__(self, project_id: str, data_dir: Path) -> None:
        super().__init__(
            f"project {project_id}: found neither under {data_dir} nor in the database. "
            "Check the id, the data directory and the database URL."
        )
        self.project_id = project_id
        self.data_dir = data_dir


class DatabaseConfigError(TerminalError):
    """The database URL is unusable, or names no existing database."""


class SchemaMissingError(TerminalError):
    """The database lacks tables of AutoClip's, or columns; ClipSync never creates those.

    `missing`: names of tables, and `table.column` for the columns of tables that are there.
    """

    def __init__(self, database: str, missing: tuple[str, ...]) -> None:
        tables = [name for name in missing if "." not in name]
        columns = [name for name in missing if "." in name]
        said = []
        if tables:
            said.append(
                f"AutoClip's table(s) {', '.join(tables)} are missing. Start AutoClip once so that "
                "it creates them, or point --database-url at its real database."
            )
        if columns:
            said.append(
                f"it is of an older AutoClip and lacks the column(s) {', '.join(columns)}. "
                "AutoClip adds no column to a table that is there, and ClipSync never does: add "
                f"each by hand, after a backup (ALTER TABLE … ADD COLUMN …, with the type that "
                "a new AutoClip database gives it)."
            )
        super().__init__(f"{database}: {' '.join(said)}")
        self.database = database
        self.missing = missing


class LedgerVersionError(TerminalError):
    """ClipSync's own tables are of a version this release can't work with."""


class DatabaseUnavailableError(TransientError):
    """The database can't be reached, or dropped the connection."""


class ProjectLockedError(TransientError):
    """Another sync holds a project's lock (or AutoClip holds the database) for too long."""


class DatabaseRefusedError(TerminalError):
    """The database refused a statement or a value: the same again would be refused again."""


class ConcurrentChangeError(TransientError):
    """Someone changed the very rows between our reading and our writing them; nothing was
    written. The next attempt sees the new state."""
