"""Alembic's environment: runs on the connection and in the transaction it is given.

No alembic.ini, no logging set-up. `include_object` keeps autogenerate off every table that is
not ours.
"""

from __future__ import annotations

from typing import Any

from alembic import context

from clipsync.ledger.tables import metadata, version


def _ours(_: Any, name: str | None, kind: str, __: bool, ___: Any) -> bool:
    return kind != "table" or name in metadata.tables


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=version.name,
    include_object=_ours,
)
with context.begin_transaction():
    context.run_migrations()
