"""AutoClip's database: opening, reading and writing it. All SQL on AutoClip's tables is here."""

from clipsync.autoclip.database.engine import (
    check_schema,
    database_name,
    open_engine,
    translate_errors,
)
from clipsync.autoclip.database.locks import lock_projects, read_transaction, write_transaction
from clipsync.autoclip.database.snapshot import (
    count_rows,
    full_rows,
    list_project_ids,
    read_names,
    read_progress,
    read_snapshots,
    rows_before,
)
from clipsync.autoclip.database.survey import Survey, read_digests, take_survey
from clipsync.autoclip.database.write import write_changes

__all__ = [
    "Survey",
    "check_schema",
    "count_rows",
    "database_name",
    "full_rows",
    "list_project_ids",
    "lock_projects",
    "open_engine",
    "read_digests",
    "read_names",
    "read_progress",
    "read_snapshots",
    "read_transaction",
    "rows_before",
    "take_survey",
    "translate_errors",
    "write_changes",
    "write_transaction",
]
