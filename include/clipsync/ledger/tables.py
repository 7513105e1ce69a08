"""The ledger's tables, all called `clipsync_…`, as the newest migration leaves them."""

from __future__ import annotations

import sqlalchemy as sa

from clipsync.sql import CleanText, LedgerJson, UtcDateTime

ID = 255
"""Longest id of any kind. AutoClip's are shorter, composite ones included."""

metadata = sa.MetaData()

_AUTO_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

version = sa.Table(
    "clipsync_alembic_version",
    sa.MetaData(),  # Alembic's own, not ours to create
    sa.Column("version_num", sa.String(32), primary_key=True),
)

projects = sa.Table(
    "clipsync_projects",
    metadata,
    sa.Column("project_id", sa.String(ID), primary_key=True),
    sa.Column("name", CleanText, nullable=False),
    sa.Column("disk_state", sa.String(32)),
    sa.Column("status", sa.String(32)),
    sa.Column("clips", sa.Integer),
    sa.Column("collections", sa.Integer),
    sa.Column("changes", LedgerJson),
    sa.Column("content_hash", sa.String(64)),
    sa.Column("fingerprint", sa.String(64)),
    sa.Column("activity", sa.String(64)),
    sa.Column("consistent", sa.Boolean),
    sa.Column("last_run_id", sa.String(ID)),
    sa.Column("last_synced_at", UtcDateTime),
    sa.Column("last_audit_run_id", sa.String(ID)),
    sa.Column("last_audited_at", UtcDateTime),
    sa.Column("seen_collection_row_ids", LedgerJson),
    sa.Column("disk_clips", sa.Integer),
    sa.Column("disk_collections", sa.Integer),
    sa.Column("database_clips", sa.Integer),
    sa.Column("database_collections", sa.Integer),
    sa.Column("attention", sa.Integer, nullable=False, server_default="0"),
    sa.Column("errors", sa.Integer, nullable=False, server_default="0"),
    sa.Column("warnings", sa.Integer, nullable=False, server_default="0"),
    sa.Column("infos", sa.Integer, nullable=False, server_default="0"),
    sa.Column("deleted_at", UtcDateTime),
    sa.Column("row_values", LedgerJson),
    sa.Index("ix_clipsync_projects_last_audit_run_id", "last_audit_run_id"),
    sa.Index("ix_clipsync_projects_attention", "attention", "errors", "project_id"),
    sa.Index("ix_clipsync_projects_status", "status", "clips", "collections"),
    sa.Index("ix_clipsync_projects_name", "name", "project_id"),
    sa.Index("ix_clipsync_projects_last_synced_at", "last_synced_at", "project_id"),
)

project_states = sa.Table(
    "clipsync_project_states",
    metadata,
    sa.Column("id", _AUTO_ID, primary_key=True),
    sa.Column("project_id", sa.String(ID), nullable=False),
    sa.Column("run_id", sa.String(ID), nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    sa.Column("status", sa.String(32), nullable=False),
    sa.Column("clips", sa.Integer, nullable=False),
    sa.Column("collections", sa.Integer, nullable=False),
    sa.Column("disk_clips", sa.Integer),
    sa.Column("disk_collections", sa.Integer),
    sa.Column("database_clips", sa.Integer),
    sa.Column("database_collections", sa.Integer),
    sa.Index("ix_clipsync_project_states_project_id", "project_id"),
    sa.Index("ix_clipsync_project_states_seen_at", "seen_at"),
)

audits = sa.Table(
    "clipsync_audits",
    metadata,
    sa.Column("run_id", sa.String(ID), primary_key=True),
    sa.Column("audited_at", UtcDateTime, nullable=False),
    sa.Column("projects", sa.Integer, nullable=False),
    sa.Column("completed", sa.Integer, nullable=False),
    sa.Column("with_problems", sa.Integer, nullable=False),
    sa.Column("clips", sa.Integer, nullable=False),
    sa.Column("collections", sa.Integer, nullable=False),
    sa.Column("consistency", sa.Float, nullable=False),
    sa.Column("errors", sa.Integer, nullable=False),
    sa.Column("warnings", sa.Integer, nullable=False),
    sa.Column("infos", sa.Integer, nullable=False),
    sa.Column("scope", sa.String(16), nullable=False),
    sa.Column("full", sa.Boolean, nullable=False),
    sa.Index("ix_clipsync_audits_audited_at", "audited_at"),
)

rows = sa.Table(
    "clipsync_rows",
    metadata,
    sa.Column("project_id", sa.String(ID), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("row_id", sa.String(ID), primary_key=True),
    sa.Column("source_id", sa.Text, nullable=False),
    sa.Column("file_values", LedgerJson, nullable=False),
    sa.Column("kept_values", LedgerJson, nullable=False, server_default="{}"),
    sa.Column("start_ms", sa.BigInteger),
    sa.Column("end_ms", sa.BigInteger),
    sa.Column("applied_at", UtcDateTime, nullable=False),
    sa.Column("stands", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("by_looks", sa.Boolean, nullable=False, server_default=sa.false()),
)

tombstones = sa.Table(
    "clipsync_tombstones",
    metadata,
    sa.Column("id", _AUTO_ID, primary_key=True),
    sa.Column("project_id", sa.String(ID), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("source_id", sa.Text, nullable=False),
    sa.Column("row_id", sa.String(ID)),
    sa.Column("label", CleanText, nullable=False),
    sa.Column("reason", sa.String(32), nullable=False),
    sa.Column("start_ms", sa.BigInteger),
    sa.Column("end_ms", sa.BigInteger),
    sa.Column("noticed_at", UtcDateTime, nullable=False),
    sa.Column("lifted_at", UtcDateTime),
    sa.Column("run_id", sa.String(ID)),
    sa.Column("file_values", LedgerJson),
    sa.Column("kept_values", LedgerJson),
    sa.Index("ix_clipsync_tombstones_project_id", "project_id"),
)

quarantine = sa.Table(
    "clipsync_quarantine",
    metadata,
    sa.Column("id", _AUTO_ID, primary_key=True),
    sa.Column("project_id", sa.String(ID), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("file", CleanText, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("source_id", CleanText),
    sa.Column("reason", CleanText, nullable=False),
    sa.Column("why", LedgerJson),
    sa.Column("raw", CleanText, nullable=False),
    sa.Column("first_seen", UtcDateTime, nullable=False),
    sa.Column("last_seen", UtcDateTime, nullable=False),
    sa.Column("released_at", UtcDateTime),
    sa.Index("ix_clipsync_quarantine_project_id", "project_id"),
    sa.Index("ix_clipsync_quarantine_released_at", "released_at"),
)
"""`reason`: the sentence in English. `why`: its code and values; None of a record that only
release 0.1.0 has seen."""

runs = sa.Table(
    "clipsync_runs",
    metadata,
    sa.Column("run_id", sa.String(ID), primary_key=True),
    sa.Column("command", sa.String(64), nullable=False),
    sa.Column("trigger", sa.String(64), nullable=False),
    sa.Column("started_by", sa.Text, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("outcome", sa.String(64)),
    sa.Column("counts", LedgerJson),
    sa.Index("ix_clipsync_runs_started_at", "started_at"),
)

findings = sa.Table(
    "clipsync_findings",
    metadata,
    sa.Column("project_id", sa.String(ID), primary_key=True),
    sa.Column("code", sa.String(64), primary_key=True),
    sa.Column("subject", sa.String(ID), primary_key=True),
    sa.Column("source", sa.String(32), nullable=False),
    sa.Column("severity", sa.String(16), nullable=False),
    sa.Column("message", CleanText, nullable=False),
    sa.Column("evidence", LedgerJson, nullable=False),
    sa.Column("first_seen", UtcDateTime, nullable=False),
    sa.Column("first_run", sa.String(ID), nullable=False),
    sa.Column("worse_run", sa.String(ID)),
    sa.Column("last_seen", UtcDateTime, nullable=False),
    sa.Column("last_run", sa.String(ID), nullable=False),
    sa.Column("resolved_at", UtcDateTime),
    sa.Column("resolved_run", sa.String(ID)),
    sa.Column("told", sa.String(16)),
    sa.Column("told_at", UtcDateTime),
    sa.Column("telling", sa.String(16)),
    sa.Column("mail_id", sa.BigInteger),
    sa.Index("ix_clipsync_findings_last_run", "last_run"),
    sa.Index("ix_clipsync_findings_resolved_at", "resolved_at", "severity"),
    sa.Index("ix_clipsync_findings_told", "told"),
    sa.Index("ix_clipsync_findings_mail_id", "mail_id"),
)
"""`told`: the severity of which people know by mail; None while they know nothing of it, or know
that it is resolved. `telling`: what the mail `mail_id` says of it, a severity or `resolved`."""

mails = sa.Table(
    "clipsync_mails",
    metadata,
    sa.Column("id", _AUTO_ID, primary_key=True),
    sa.Column("run_id", sa.String(ID), nullable=False),
    sa.Column("command", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("subject", CleanText),
    sa.Column("recipients", LedgerJson),
    sa.Column("counts", LedgerJson),
    sa.Column("failed_tasks", LedgerJson),
    sa.Column("message", CleanText),
    sa.Column("told_by", sa.BigInteger),
    sa.Index("ix_clipsync_mails_state", "state", "created_at"),
    sa.Index("ix_clipsync_mails_created_at", "created_at"),
)

journal = sa.Table(
    "clipsync_journal",
    metadata,
    sa.Column("id", _AUTO_ID, primary_key=True),
    sa.Column("run_id", sa.String(ID), nullable=False),
    sa.Column("project_id", sa.String(ID), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("op", sa.String(16), nullable=False),
    sa.Column("table_name", sa.String(32), nullable=False),
    sa.Column("row_id", sa.String(ID), nullable=False),
    sa.Column("source_id", sa.Text),
    sa.Column("before", LedgerJson, nullable=False),
    sa.Column("after", LedgerJson, nullable=False),
    sa.Column("why", LedgerJson, nullable=False),
    sa.Column("applied_at", UtcDateTime, nullable=False),
    sa.Index("ix_clipsync_journal_run_id", "run_id"),
    sa.Index("ix_clipsync_journal_project_id", "project_id"),
    sa.Index("ix_clipsync_journal_applied_at", "applied_at"),
)

ledger_journal = sa.Table(
    "clipsync_ledger_journal",
    metadata,
    sa.Column("id", _AUTO_ID, primary_key=True),
    sa.Column("run_id", sa.String(ID), nullable=False),
    sa.Column("project_id", sa.String(ID), nullable=False),
    sa.Column("before", LedgerJson, nullable=False),
    sa.Column("after", LedgerJson, nullable=False),
    sa.Column("applied_at", UtcDateTime, nullable=False),
    sa.Index("ix_clipsync_ledger_journal_run_id", "run_id"),
    sa.Index("ix_clipsync_ledger_journal_project_id", "project_id"),
    sa.Index("ix_clipsync_ledger_journal_applied_at", "applied_at"),
)
"""What the ledger knew of a project before a run, as far as the run changed it: base rows,
tombstones, collections ever seen, whether the project was deleted. `after`: the keys of the base
rows that the run wrote; the rest in full."""
