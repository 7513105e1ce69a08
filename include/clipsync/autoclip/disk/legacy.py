"""The oldest form: `<data>/projects.json`, one file for all projects, records embedded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clipsync.autoclip.disk.json_files import UnusableFileError, kind_of, load_json
from clipsync.autoclip.disk.layouts import LEGACY
from clipsync.autoclip.disk.sources import RecordList, Verdict
from clipsync.autoclip.disk.text import shown
from clipsync.model.manifest import DiskCode, DiskProblem, DiskReason, DiskState, MarkerState

LEGACY_FILE = "projects.json"

MAX_PROBLEMS = 20
"""Bad entries that are named one by one; the rest are counted."""


@dataclass(frozen=True, slots=True)
class LegacyProject:
    """One entry of projects.json. `strict` as in `JsonDocument`."""

    project_id: str
    content: Mapping[str, Any]
    strict: bool

    def judge(self) -> Verdict:
        """What the entry says of its project: completed, or else still processing."""
        status = self.content.get("status")
        if not isinstance(status, str) or status.strip().lower() != "completed":
            return Verdict(DiskState.PROCESSING, LEGACY, MarkerState.NOT_USED)
        wrong = [
            DiskReason(
                DiskCode.ENTRY_NO_RECORD_LIST,
                {"project": self.project_id, "key": key, "found": kind_of(self.content[key])},
            )
            for key in ("clips", "collections")
            if not isinstance(self.content.get(key), list | None)
        ]
        if wrong:
            return Verdict(
                DiskState.UNREADABLE,
                LEGACY,
                MarkerState.NOT_USED,
                problems=(DiskProblem(LEGACY_FILE, DiskReason.of(wrong)),),
            )
        return Verdict(
            DiskState.COMPLETED,
            LEGACY,
            MarkerState.NOT_USED,
            clips=self._records("clips"),
            collections=self._records("collections"),
        )

    def _records(self, key: str) -> RecordList | None:
        records = self.content.get(key)
        return None if records is None else RecordList(LEGACY_FILE, records, self.strict)


@dataclass(frozen=True, slots=True)
class LegacyFile:
    """projects.json, by project id; empty where there is none."""

    projects: Mapping[str, LegacyProject] = field(default_factory=dict)
    problems: tuple[DiskProblem, ...] = ()


def read_legacy(data_dir: Path, is_project_id: Callable[[str], bool], max_bytes: int) -> LegacyFile:
    """Read a projects.json that is there; what can't be used of it is a problem, never an error."""
    try:
        document = load_json(str(data_dir / LEGACY_FILE), LEGACY_FILE, max_bytes)
    except UnusableFileError as error:
        return LegacyFile(problems=(error.problem,))
    if not isinstance(document.value, list):
        reason = DiskReason(DiskCode.NO_PROJECT_LIST, {"found": kind_of(document.value)})
        return LegacyFile(problems=(DiskProblem(LEGACY_FILE, reason),))
    projects: dict[str, LegacyProject] = {}
    wrong: list[DiskReason] = []
    for position, entry in enumerate(document.value):
        project_id = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(entry, dict):
            values = {"position": position, "found": kind_of(entry)}
            wrong.append(DiskReason(DiskCode.ENTRY_NO_OBJECT, values))
        elif not isinstance(project_id, str) or not is_project_id(project_id):
            values = {"position": position, "value": shown(project_id)}
            wrong.append(DiskReason(DiskCode.ENTRY_WITHOUT_ID, values))
        elif project_id in projects:
            values = {"position": position, "project": project_id}
            wrong.append(DiskReason(DiskCode.ENTRY_REPEATED, values))
        else:
            projects[project_id] = LegacyProject(project_id, entry, document.strict)
    if len(wrong) > MAX_PROBLEMS:
        left_out = {"count": len(wrong) - MAX_PROBLEMS}
        wrong[MAX_PROBLEMS:] = [DiskReason(DiskCode.MORE_ENTRIES, left_out)]
    return LegacyFile(projects, tuple(DiskProblem(LEGACY_FILE, reason) for reason in wrong))
