"""What the ledger gives back beside the model's own values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from clipsync.messages import change_as_dict, finding_as_dict, render
from clipsync.model.base import Tombstone
from clipsync.model.finding import Finding
from clipsync.model.manifest import QuarantinedRecord
from clipsync.model.plan import Change
from clipsync.sql import encode_stored


@dataclass(frozen=True, slots=True)
class ProjectState:
    """A project as an audit found it.

    `status`: the report's word for it. `clips`, `collections`: rows on which disk and database
    agree. `changes`: what a sync would change, by op. `content_hash`, `fingerprint`: the
    manifest's, the latter being the digest of its files; `activity`: the digest of its rows. The
    next run need not plan a project whose fingerprint and activity are still those recorded here;
    None where it must.
    `disk_…`: valid records on disk; `database_…`: rows, manual ones included; None where an older
    release looked.
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
    disk_clips: int | None = None
    disk_collections: int | None = None
    database_clips: int | None = None
    database_collections: int | None = None


@dataclass(frozen=True, slots=True)
class StateChange:
    """A project's state as a run found it, where that differed from the state before.

    The counts are those of `ProjectState`.
    """

    project_id: str
    run_id: str
    seen_at: datetime
    status: str
    clips: int
    collections: int
    disk_clips: int | None
    disk_collections: int | None
    database_clips: int | None
    database_collections: int | None

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "seen_at": self.seen_at.isoformat()}


@dataclass(frozen=True, slots=True)
class AuditPoint:
    """One audit, as the chart shows it.

    `completed`, `with_problems`, `consistency` (percent, rounded down to one decimal): as in
    `AuditTotals`. `errors`, `warnings`, `infos`: findings open after it, its second opinion's
    included. `scope`: `all`, or `some` projects. `full`: all bytes and rows were read.
    """

    run_id: str
    audited_at: datetime
    projects: int
    completed: int
    with_problems: int
    clips: int
    collections: int
    consistency: float
    errors: int
    warnings: int
    infos: int
    scope: str
    full: bool

    def as_row(self) -> dict[str, Any]:
        return asdict(self)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "audited_at": self.audited_at.isoformat()}


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A project in the table of all.

    Counts are as of the last look at it (sync or audit), None where there was none since the
    ledger knows them; `status` is "" then. `errors`, `warnings`, `infos`: its open findings.
    """

    project_id: str
    name: str
    status: str
    disk_clips: int | None
    disk_collections: int | None
    database_clips: int | None
    database_collections: int | None
    last_synced_at: datetime | None
    last_audited_at: datetime | None
    errors: int
    warnings: int
    infos: int

    def as_dict(self) -> dict[str, Any]:
        shown = asdict(self)
        for name in ("last_synced_at", "last_audited_at"):
            shown[name] = shown[name].isoformat() if shown[name] else None
        return shown


@dataclass(frozen=True, slots=True)
class TombstoneRecord:
    """A tombstone with its life. `lifted_at`: when a person had it restored."""

    tombstone: Tombstone
    noticed_at: datetime
    lifted_at: datetime | None
    run_id: str | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.tombstone.kind.value,
            "source_id": self.tombstone.source_id,
            "row_id": self.tombstone.row_id,
            "label": self.tombstone.label,
            "reason": self.tombstone.reason.value,
            "noticed_at": self.noticed_at.isoformat(),
            "lifted_at": self.lifted_at.isoformat() if self.lifted_at else None,
            "run_id": self.run_id,
        }


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
            **finding_as_dict(self.finding),
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
            "reason": render(self.record.reason),
            "why": self.record.reason.as_dict(),
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
class MailRecord:
    """A mail. `state`: what became of it (`MailState`); `kind`: `news`, `resolved`, `reminder`.

    `message`: what became of it in one line. `failed_tasks`: of its run. `told_by`: the later mail
    that told what this one could not.
    """

    id: int
    run_id: str
    command: str
    state: str
    kind: str
    created_at: datetime
    sent_at: datetime | None
    subject: str | None
    recipients: tuple[str, ...]
    counts: Mapping[str, int]
    failed_tasks: Mapping[str, Any] | None
    message: str | None
    told_by: int | None

    def as_dict(self) -> dict[str, Any]:
        shown = asdict(self)
        for name in ("created_at", "sent_at"):
            shown[name] = shown[name].isoformat() if shown[name] else None
        return {**shown, "recipients": list(self.recipients)}


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One applied change.

    `change.before` of an update has the old values of the columns it changed and the old
    `updated_at`; of a delete, all columns of the row, those no snapshot has included; of a
    relink, `clip_ids` and `order_index`. `change.after` of an update has its timestamp too;
    of an insert, what `clipsync.ledger.inserted` keeps of the row. Else values are as
    `write_changes` takes them.
    """

    id: int
    run_id: str
    seq: int
    applied_at: datetime
    change: Change

    def as_dict(self) -> dict[str, Any]:
        shown = change_as_dict(self.change)
        for side in ("before", "after"):
            shown[side] = {name: encode_stored(value) for name, value in shown[side].items()}
        return {
            "id": self.id,
            "run_id": self.run_id,
            "seq": self.seq,
            "applied_at": self.applied_at.isoformat(),
            **shown,
        }
