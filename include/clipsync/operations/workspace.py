"""A workspace: AutoClip's data directory and database, opened and checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from clipsync.autoclip.database.engine import check_schema, database_name, open_engine
from clipsync.autoclip.database.locks import read_transaction
from clipsync.autoclip.database.prefix import learn_projects_root
from clipsync.autoclip.database.snapshot import list_project_ids
from clipsync.autoclip.disk import DataDirectory, is_project_id
from clipsync.errors import InvalidProjectIdError, SettingsError, UnknownProjectError
from clipsync.settings import Settings


@dataclass(frozen=True)
class Workspace:
    """The disk and the database of one AutoClip, both known to be there."""

    data: DataDirectory
    engine: sa.Engine
    settings: Settings
    _learnt: list[str | None] = field(default_factory=list, repr=False, compare=False)

    def projects_root(self, conn: sa.Connection) -> str | None:
        """Where AutoClip's own machine keeps the projects: the setting, else what its rows tell.

        Asked of the database once: the answer holds for as long as the workspace is open.
        """
        if self.settings.autoclip_data_dir is not None:
            return self.settings.autoclip_data_dir.rstrip("/") + "/projects"
        if not self._learnt:
            self._learnt.append(learn_projects_root(conn))
        return self._learnt[0]

    @property
    def database(self) -> str:
        """The database's name for messages; never the password."""
        return database_name(self.engine.url)

    def project_ids(self) -> list[str]:
        """Every project that disk or database knows, sorted."""
        with read_transaction(self.engine) as conn:
            known = list_project_ids(conn)
        return sorted({*self.data.project_ids(), *(id_ for id_ in known if is_project_id(id_))})

    def select(self, project_ids: Sequence[str] | None) -> list[str]:
        """The projects asked for, without repeats, in order; None: every one.

        Raises InvalidProjectIdError, and UnknownProjectError where neither side knows one.
        """
        if project_ids is None:
            return self.project_ids()
        wanted = list(dict.fromkeys(project_ids))
        for project_id in wanted:
            if not is_project_id(project_id):
                raise InvalidProjectIdError(project_id)
        # Where their directories are there, no other project need be listed.
        if all(self.data.holds(project_id) for project_id in wanted):
            return wanted
        known = set(self.project_ids())
        for project_id in wanted:
            if project_id not in known:
                raise UnknownProjectError(project_id, self.data.root)
        return wanted


@contextmanager
def open_workspace(settings: Settings) -> Iterator[Workspace]:
    """Open and check both sides.

    Raises a terminal error, in one clear line, where a setting is missing, the directory can't be
    used, the database does not exist or has no AutoClip tables; a transient one where it is away.
    """
    if settings.data_dir is None:
        raise SettingsError(
            "No data directory: give --data-dir or set CLIPSYNC_DATA_DIR to AutoClip's data "
            "directory (the one that holds projects/)."
        )
    if settings.database_url is None:
        raise SettingsError(
            "No database: give --database-url or set CLIPSYNC_DATABASE_URL, for example "
            "sqlite:////path/to/autoclip.db."
        )
    data = DataDirectory(settings.data_dir, max_json_bytes=settings.max_json_bytes)
    engine = open_engine(
        settings.database_url.get_secret_value(), lock_timeout=settings.lock_timeout_seconds
    )
    try:
        check_schema(engine)
        yield Workspace(data, engine, settings)
    finally:
        engine.dispose()
