"""Everything that can be read from and written to the ledger, under one name.

All functions take a connection in a transaction. Reading works before there is a ledger (it is
empty then); writing needs `migrate.upgrade(engine)` before.
"""

from clipsync.ledger.audits import (
    audit_points,
    close_audit,
    forget_digests,
    last_audit,
    read_audit,
    read_settled,
    read_states,
    record_audit,
    record_states,
    recount_audit,
    state_changes,
)
from clipsync.ledger.bases import (
    known_project_ids,
    read_bases,
    read_tombstones,
    write_base,
    write_ledger,
)
from clipsync.ledger.findings import (
    count_open,
    findings_of_project,
    findings_of_run,
    open_findings,
    record_findings,
)
from clipsync.ledger.journal import count_journaled, read_journal
from clipsync.ledger.mails import list_mails
from clipsync.ledger.overview import (
    count_projects,
    find_projects,
    iterate_projects,
    project_names,
)
from clipsync.ledger.quality import last_validation, quality_history, record_quality
from clipsync.ledger.quarantine import count_quarantined, read_quarantine, sync_quarantine
from clipsync.ledger.runs import finish_run, list_runs, read_run, runs_of_project, start_run

__all__ = [
    "audit_points",
    "close_audit",
    "count_journaled",
    "count_open",
    "count_projects",
    "count_quarantined",
    "find_projects",
    "findings_of_project",
    "findings_of_run",
    "finish_run",
    "forget_digests",
    "iterate_projects",
    "known_project_ids",
    "last_audit",
    "last_validation",
    "list_mails",
    "list_runs",
    "open_findings",
    "project_names",
    "quality_history",
    "read_audit",
    "read_bases",
    "read_journal",
    "read_quarantine",
    "read_run",
    "read_settled",
    "read_states",
    "read_tombstones",
    "record_audit",
    "record_findings",
    "record_quality",
    "record_states",
    "recount_audit",
    "runs_of_project",
    "start_run",
    "state_changes",
    "sync_quarantine",
    "write_base",
    "write_ledger",
]
