"""Everything that can be read from and written to the ledger, under one name.

All functions take a connection in a transaction. Reading works before there is a ledger (it is
empty then); writing needs `migrate.upgrade(engine)` before.
"""

from clipsync.ledger.audits import read_audit, read_states, record_audit
from clipsync.ledger.bases import known_project_ids, read_bases, write_ledger
from clipsync.ledger.findings import (
    changes_of_run,
    findings_of_run,
    open_findings,
    record_findings,
)
from clipsync.ledger.journal import read_journal
from clipsync.ledger.quarantine import read_quarantine, sync_quarantine
from clipsync.ledger.runs import finish_run, list_runs, read_run, start_run

__all__ = [
    "changes_of_run",
    "findings_of_run",
    "finish_run",
    "known_project_ids",
    "list_runs",
    "open_findings",
    "read_audit",
    "read_bases",
    "read_journal",
    "read_quarantine",
    "read_run",
    "read_states",
    "record_audit",
    "record_findings",
    "start_run",
    "sync_quarantine",
    "write_ledger",
]
