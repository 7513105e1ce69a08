"""The page's own words for tables, counts and runs, and its script's; English, to be translated.

What findings, reasons, states and marks say is in `clipsync.messages`.
"""

from __future__ import annotations

from collections.abc import Mapping

from clipsync.messages import word
from clipsync.web.language import Language

TABLE: Mapping[str, str] = {
    "projects": "project",
    "clips": "clip",
    "collections": "collection",
    "clip_collection": "links of collection",
}

COUNTS: Mapping[str, str] = {
    "total_projects": "Projects",
    "total_synced": "Synced",
    "total_failed": "Failed",
    "clips_synced": "Clips",
    "collections_synced": "Collections",
    "quarantined": "Quarantined",
}

_COMMANDS: Mapping[str, str] = {
    "autoclip_project_sync": "Sync of one project",
    "autoclip_backfill_audit": "Backfill and audit",
    "sync": "Sync",
    "audit": "Audit",
    "restore": "Restore",
    "undo": "Undo",
}

_SCRIPT = (
    "Starting …",
    "queued",
    "running",
    "success",
    "failed",
    "Done.",
    "It failed.",
    "Under way",
    "{done} of {total} tasks",
    "Press again to confirm.",
    "Airflow did not answer; press again: it will not start twice.",
    "You may not start this.",
    "Your session is over: sign in to Airflow again.",
    "Airflow refused: {detail}",
    "The Dag is paused: the run waits until somebody switches it on.",
    "Open the run",
    "Dismiss",
    "nothing to change",
    "would change: {changes}",
    "changed: {changes}",
    "{clips} clips and {collections} collections agree",
    "{problems} of {projects} projects have problems",
)
_SCRIPT_OPS = ("insert", "update", "delete", "relink")


def command(name: str) -> str:
    """What ran: a command, or a Dag."""
    return _COMMANDS.get(name, name)


def for_script(language: Language) -> dict[str, str]:
    """The texts that the page's script says."""
    said = {english: language.say(english) for english in _SCRIPT}
    return said | {name: word("op", name, language.code) for name in _SCRIPT_OPS}
