"""What the ledger gives back beside the model's own values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from clipsync.model.finding import Finding
from clipsync.model.manifest import QuarantinedRecord
from clipsync.model.plan import Change
from clipsync.sql import encode_stored


@dataclass(frozen=True, slots=True)
class ProjectState:
    """A project as an audit found it.

    `status`: the report's word for it. `clips`, `collections`: rows on which disk and database
    agree. `changes`: what a sync would change, by op. `content_hash`, `fingerprint`: the
    manifest's; `activity`: the database's (`read_activity`); None where not looked at. A quick
    audit skips a project whose fingerprint and activity are still those recorded here.
    """

    project_id: str
    name: str
    status: str
    clips: int = 0
    collections: int = 0
    changes: Mapping[str, int] = field(default_factory=dict)
    disk_state: str | None = None
    consistent: bool | None = None
    content_hash: str | None = None
    fingerprint: str | None = None
    activity: str | None = None


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """A finding with its life. `source`: who reports it (`plan`, `quality`, …)."""

    finding: Finding
    source: str
    first_seen: datetime
    first_run: str
    last_seen: datetime
    last_run: str
    resolved_at: datetime | None = None
    resolved_run: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.finding.as_dict(),
            "source": self.source,
            "first_seen": self.first_seen.isoformat(),
            "first_run": self.first_run,
            "last_seen": self.last_seen.isoformat(),
            "last_run": self.last_run,
            "resolved_at": self.resolved_at.isoformat() if self.resolved_at else None,
            "resolved_run": self.resolved_run,
        }


@dataclass(frozen=True, slots=True)
class FindingsDelta:
    """What changed since the findings were last recorded; most severe first.

    `new`: not open before (a resolved one that comes back is new again). `worse`: open before,
    with a lower severity. `resolved`: open before, and not reported any more.
    """

    new: tuple[Finding, ...] = ()
    worse: tuple[Finding, ...] = ()
    resolved: tuple[Finding, ...] = ()
    unchanged: tuple[Finding, ...] = ()

    @property
    def news(self) -> bool:
        """True when there is something to tell people."""
        return bool(self.new or self.worse or self.resolved)

    def __add__(self, other: FindingsDelta) -> FindingsDelta:
        return FindingsDelta(
            self.new + other.new,
            self.worse + other.worse,
            self.resolved + other.resolved,
            self.unchanged + other.unchanged,
        )


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """A quarantined record of a project, with its life."""

    project_id: str
    record: QuarantinedRecord
    first_seen: datetime
    last_seen: datetime
    released_at: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "project_id": self.project_id,
            "kind": self.record.kind.value,
            "file": self.record.file,
            "position": self.record.position,
            "source_id": self.record.source_id,
            "reason": self.record.reason,
            "raw": self.record.raw,
            "first_seen": self.first_seen.isoformat(),
            "last_seen": self.last_seen.isoformat(),
            "released_at": self.released_at.isoformat() if self.released_at else None,
        }


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of a command or Dag. `outcome` and `counts` are None until it has finished."""

    run_id: str
    command: str
    trigger: str
    started_by: str
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str | None = None
    counts: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "command": self.command,
            "trigger": self.trigger,
            "started_by": self.started_by,
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "outcome": self.outcome,
            "counts": dict(self.counts) if self.counts is not None else None,
        }


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One applied change.

    `change.before` of an update has the old values of the columns it changed and the old
    `updated_at`; of a delete, all columns of the row, those no snapshot has included; of a
    relink, `clip_ids` and `order_index`. `change.after` of an insert or update has the
    timestamps too. Values are as `write_changes` takes them.
    """

    id: int
    run_id: str
    seq: int
    applied_at: datetime
    change: Change

    def as_dict(self) -> dict[str, Any]:
        shown = self.change.as_dict()
        for side in ("before", "after"):
            shown[side] = {name: encode_stored(value) for name, value in shown[side].items()}
        return {
            "id": self.id,
            "run_id": self.run_id,
            "seq": self.seq,
            "applied_at": self.applied_at.isoformat(),
            **shown,
        }
