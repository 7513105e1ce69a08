"""The history's values as JSON values, with the words of the command line."""

from __future__ import annotations

from typing import Any

from clipsync.operations.history import Overview, ProjectHistory, ProjectLine
from clipsync.web.plain import plain


def overview_dict(known: Overview) -> dict[str, Any]:
    return {
        "consistent": known.totals.with_problems == 0 and known.errors == 0,
        "totals": known.totals.as_dict(),
        "findings": {
            "error": known.errors,
            "warning": known.warnings,
            "info": known.infos,
        },
        "last_audit_run": known.last_audit_run,
        "last_audit_at": plain(known.last_audit_at),
        "stale_hours": known.stale_hours,
    }


def line_dict(line: ProjectLine) -> dict[str, Any]:
    return plain(line)


def history_dict(past: ProjectHistory) -> dict[str, Any]:
    return plain(past)
