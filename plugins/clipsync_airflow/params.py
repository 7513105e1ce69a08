"""The forms' fields that more than one Dag has."""

from __future__ import annotations

from airflow.sdk import Param

# The same form as clipsync.autoclip.disk.is_project_id; JSON Schema wants it written out.
PROJECT_ID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def allow_deletes() -> Param:
    return Param(
        False,
        type="boolean",
        title="Allow deletes beyond the limits",
        description="Normally a sync that would delete more than half of a project's rows, or a "
        "tenth of all rows in the run, stops and reports. Tick this after looking at its plan.",
    )


def restore_deleted() -> Param:
    return Param(
        False,
        type="boolean",
        title="Restore deleted clips and collections",
        description="Bring back what people deleted in AutoClip. Normally it stays deleted.",
    )
