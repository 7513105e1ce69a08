"""Who runs what: every run that writes has a name in the ledger."""

from __future__ import annotations

import getpass
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from clipsync.autoclip.database.locks import write_transaction
from clipsync.ledger import migrate, store
from clipsync.operations.workspace import Workspace


@dataclass(frozen=True, slots=True)
class RunContext:
    """`run_id`: the Dag run's id, or one of ours. `trigger`: `command line`, `airflow`, … `full`:
    a sync takes nothing from the ledger, but plans every project."""

    run_id: str
    command: str
    trigger: str = "command line"
    started_by: str = ""
    full: bool = False

    @classmethod
    def for_command(cls, command: str) -> RunContext:
        """A run started by hand on the command line."""
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        try:
            user = getpass.getuser()
        except (KeyError, OSError):  # a container's user without a name
            user = "unknown"
        return cls(f"{command}-{moment}-{secrets.token_hex(3)}", command, started_by=user)


def begin(workspace: Workspace, run: RunContext) -> None:
    """Make sure that the ledger is there and knows of the run; doing it again changes nothing."""
    migrate.upgrade(workspace.engine)
    with write_transaction(workspace.engine) as conn:
        store.start_run(
            conn,
            run.run_id,
            command=run.command,
            trigger=run.trigger,
            started_by=run.started_by,
            now=datetime.now(UTC),
        )


def finish(
    workspace: Workspace, run: RunContext, *, success: bool, counts: Mapping[str, Any]
) -> None:
    with write_transaction(workspace.engine) as conn:
        store.finish_run(
            conn,
            run.run_id,
            outcome="success" if success else "failed",
            counts=counts,
            now=datetime.now(UTC),
        )
