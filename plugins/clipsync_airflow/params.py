"""The forms' fields that more than one Dag has."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param

# The same form as clipsync.autoclip.disk.is_project_id; JSON Schema wants it written out. The
# length is there because Python's `$` lets a line break pass.
PROJECT_ID: dict[str, Any] = {
    "type": "string",
    "pattern": r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    "maxLength": 36,
}


def allow_deletes() -> Param:
    return Param(
        False,
        type="boolean",
        title="Allow deletes beyond the limits",
        description="Normally a sync that would delete more than half of a project's rows, or a "
        "tenth of all rows in the run, stops and reports. Tick this after looking at its plan.",
    )


def allow_restore() -> Param:
    return Param(
        False,
        type="boolean",
        title="Bring lost projects back",
        description="Normally, where more than half of the known project rows are gone at once, "
        "nothing of them is changed, since that looks like a loss. Tick this to bring them back.",
    )


def restore_deleted() -> Param:
    return Param(
        False,
        type="boolean",
        title="Restore deleted clips and collections",
        description="Bring back what people deleted in AutoClip. Normally it stays deleted.",
    )
