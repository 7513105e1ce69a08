"""Creating and upgrading the ledger's tables in AutoClip's database."""

from __future__ import annotations

import threading
from pathlib import Path
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy import exc

from clipsync.errors import LedgerVersionError
from clipsync.ledger import tables
from clipsync.sql import BEGIN_IMMEDIATE, BEGIN_OPTION, advisory_key
from clipsync.sql_errors import translate_errors

HEAD = "0006"
"""The version this release reads and writes; a test holds it to the newest migration."""
VERSIONS = ("0001", "0002", "0003", "0004", "0005", "0006")


def upgrade(engine: sa.Engine) -> None:
    """Bring the ledger to this release's version: one query where it is there already.

    Creates and alters only tables called `clipsync_…`. Safe when several processes do it at
    once: one works, the others wait and find it done. Raises LedgerVersionError where a newer
    release has been here.
    """
    if engine in _AT_HEAD:
        return
    with translate_errors(engine):
        with engine.connect() as conn:
            found = _quick_version(conn)
        if found != HEAD:
            _check_known(found)
            _upgrade_alone(engine)
    _AT_HEAD.add(engine)


def upgrade_existing(engine: sa.Engine) -> None:
    """The same for a ledger that is there; where there is none, none is made.

    For what has to read the ledger before it knows that it may write: an older one can't be read.
    """
    if engine in _AT_HEAD:
        return
    with translate_errors(engine), engine.connect() as conn:
        found = _quick_version(conn)
    if found is not None:
        upgrade(engine)


def is_current(conn: sa.Connection) -> bool:
    """True where the ledger can be read; False where there is none yet.

    Raises LedgerVersionError where it is of another version, older or newer.
    """
    if conn.engine in _AT_HEAD:
        return True
    found = version_of(conn)
    if found is None:
        return False
    _check_known(found)
    if found != HEAD:
        raise LedgerVersionError(
            f"ClipSync's own tables (clipsync_…) are of the older version {found}. Run a sync of "
            "any project, which upgrades them; nothing in them is lost."
        )
    _AT_HEAD.add(conn.engine)
    return True


def version_of(conn: sa.Connection) -> str | None:
    """The ledger's version; None where there is no ledger yet."""
    if not sa.inspect(conn).has_table(tables.version.name):
        return None
    return conn.scalar(sa.select(tables.version.c.version_num))


_AT_HEAD: WeakSet[sa.Engine] = WeakSet()
# Alembic keeps its context in module globals, so one thread at a time.
_ONE_AT_A_TIME = threading.Lock()


def _quick_version(conn: sa.Connection) -> str | None:
    try:
        return conn.scalar(sa.select(tables.version.c.version_num))
    except exc.DBAPIError:
        conn.rollback()
    # Asked again where the table is there: another process may have made it just now.
    return version_of(conn)


def _check_known(found: str | None) -> None:
    if found is not None and found not in VERSIONS:
        raise LedgerVersionError(
            f"ClipSync's own tables (clipsync_…) are of version {found}, which this release "
            f"(version {HEAD}) does not know: a newer ClipSync has written them. Use that release "
            "or a newer one here."
        )


def _upgrade_alone(engine: sa.Engine) -> None:
    with _ONE_AT_A_TIME, engine.connect() as conn:
        if conn.dialect.name == "sqlite":
            conn.execution_options(**{BEGIN_OPTION: BEGIN_IMMEDIATE})
        with conn.begin():
            if conn.dialect.name == "postgresql":
                key = advisory_key("ledger migrations")
                conn.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
            found = version_of(conn)
            _check_known(found)
            if found != HEAD:
                _run_alembic(conn, HEAD)


def _run_alembic(conn: sa.Connection, target: str) -> None:
    # Imported here: most runs find the ledger as it should be.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": conn})
    config.set_main_option("script_location", _SCRIPTS.replace("%", "%%"))
    command.upgrade(config, target)


_SCRIPTS = str(Path(__file__).parent / "migrations")
