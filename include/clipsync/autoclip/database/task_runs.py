"""AutoClip's runs, from its table of tasks: read only.

One run makes two rows with one `celery_task_id`, milliseconds apart in either order: an outer one
that stays RUNNING or PENDING at progress 0 for ever, and an inner one that ends. So rows are
grouped before the newest is asked anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from clipsync.autoclip.database.columns import task_columns
from clipsync.autoclip.database.fetching import Which, fetch
from clipsync.autoclip.database.tables import tasks
from clipsync.model.snapshot import TaskRow

_ENDED = ("COMPLETED", "FAILED", "CANCELLED")
_COLUMNS = (
    "project_id",
    "id",
    "celery_task_id",
    "task_type",
    "status",
    "created_at",
    "updated_at",
    "error_message",
    "current_step",
    "result_data",
)


def read_newest_runs(which: Which) -> dict[str, TaskRow]:
    """The newest run of type VIDEO_PROCESSING (or of unknown type) of each project.

    An export or a clean-up says nothing about the files that decide. Empty where AutoClip has no
    such table; a column that an older AutoClip lacks is read as if it were empty.
    """
    real = task_columns(which.conn)
    if not real:
        return {}
    columns = [tasks.c[name] if name in real else sa.null().label(name) for name in _COLUMNS]
    task_type = sa.func.upper(sa.cast(tasks.c.task_type, sa.Text()))
    query = which.of(sa.select(*columns), tasks).where(
        sa.or_(task_type == "VIDEO_PROCESSING", tasks.c.task_type.is_(None))
    )
    rows_of: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in fetch(which.conn, query):
        if row[0] in which.wanted:
            rows_of[row[0]].append(dict(zip(_COLUMNS, row, strict=True)))
    return {project_id: newest_run(rows) for project_id, rows in rows_of.items()}


def newest_run(rows: Sequence[Mapping[str, Any]]) -> TaskRow:
    """What the newest run among a project's rows says of itself.

    The row that ended speaks for its run, also where the other one is newer: a retry's outer row
    is PENDING for ever. Where none has ended, the one that was heard of last.
    """
    newest = max(rows, key=lambda row: (_text(row["created_at"]), _text(row["updated_at"])))
    run = [row for row in rows if _run_of(row) == _run_of(newest)]
    ended = [row for row in run if _text(row["status"]).upper() in _ENDED]
    speaker = max(ended or run, key=lambda row: _text(row["updated_at"]))
    result = speaker["result_data"] if isinstance(speaker["result_data"], dict) else {}
    return TaskRow(
        task_type=_text(speaker["task_type"]),
        status=_text(speaker["status"]),
        updated_at=_text(speaker["updated_at"]),
        began_at=min(_text(row["created_at"]) for row in run),
        error=_text(speaker["error_message"]).strip() or None,
        error_code=_some(result.get("error_code")),
        stage=_some(result.get("stage")) or _some(speaker["current_step"]),
    )


def _run_of(row: Mapping[str, Any]) -> str:
    return _text(row["celery_task_id"]) or f"row {_text(row['id'])}"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _some(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
