"""The words of the page for what the other rooms name by code; English, to be translated."""

from __future__ import annotations

from collections.abc import Mapping

from clipsync.operations.comparing import Mark
from clipsync.operations.results import AuditStatus
from clipsync.reporting.table import STATUS_WORDS
from clipsync.web.language import Language

STATUS: Mapping[str, str] = {
    **{status.value: STATUS_WORDS[status] for status in AuditStatus},
    "gone": "gone",
    "": "not looked at yet",
}

MARK: Mapping[str, str] = {
    Mark.SAME.value: "in sync",
    Mark.INSERT.value: "will be added",
    Mark.UPDATE.value: "will change",
    Mark.DELETE.value: "will go",
    Mark.KEPT.value: "kept",
    Mark.HELD_BACK.value: "held back",
    Mark.QUARANTINED.value: "quarantined",
    Mark.BY_HAND.value: "made by hand",
    Mark.WAITING.value: "waiting",
}

FIELD_REASONS: Mapping[str, str] = {
    Mark.SAME.value: "the same",
    Mark.INSERT.value: "from disk",
    Mark.UPDATE.value: "from disk",
    Mark.DELETE.value: "goes with its row",
    Mark.KEPT.value: "kept",
    Mark.HELD_BACK.value: "held back",
    Mark.QUARANTINED.value: "stays until the record is valid again",
    Mark.BY_HAND.value: "made by hand: never touched",
    Mark.WAITING.value: "nothing is planned now",
}

TABLE: Mapping[str, str] = {
    "projects": "project",
    "clips": "clip",
    "collections": "collection",
    "clip_collection": "links of collection",
}

TOMBSTONE: Mapping[str, str] = {
    "deleted": "deleted by a user",
    "maybe_deleted": "maybe deleted by a user before ClipSync knew it",
}

COUNTS: Mapping[str, str] = {
    "total_projects": "Projects",
    "total_synced": "Synced",
    "total_failed": "Failed",
    "clips_synced": "Clips",
    "collections_synced": "Collections",
    "quarantined": "Quarantined",
}

_FIELDS: Mapping[str, str] = {
    "title": "title",
    "name": "name",
    "description": "description",
    "start_time": "start (s)",
    "end_time": "end (s)",
    "duration": "duration (s)",
    "score": "score",
    "status": "status",
    "video_path": "video",
    "clip_metadata": "stored record",
    "collection_metadata": "stored record",
    "content": "clips, in order",
    "clip_ids": "clips, in order",
    "clips_count": "number of clips",
    "links": "links to clips",
    "project_type": "type",
    "completed_at": "completed at",
    "export_path": "exported video",
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
    "insert",
    "update",
    "delete",
    "relink",
)


def field(name: str) -> str:
    """A column, or a field of the comparison."""
    return _FIELDS.get(name, name.replace("_", " "))


def code(code: str) -> str:
    """A finding's code as a heading."""
    return code.removeprefix("quality_").replace("_", " ").capitalize()


def command(name: str) -> str:
    """What ran: a command, or a Dag."""
    return _COMMANDS.get(name, name)


def for_script(language: Language) -> dict[str, str]:
    """The texts that the page's script says."""
    return {english: language.say(english) for english in _SCRIPT}
