"""The ledger: what ClipSync itself remembers, in tables `clipsync_…` beside AutoClip's.

`migrate.upgrade(engine)` creates and upgrades them; `store` reads and writes them.
"""

from clipsync.ledger.records import (
    AuditPoint,
    FindingRecord,
    FindingsDelta,
    JournalEntry,
    MailRecord,
    ProjectLine,
    ProjectState,
    QuarantineEntry,
    RunRecord,
    StateChange,
    TombstoneRecord,
)

__all__ = [
    "AuditPoint",
    "FindingRecord",
    "FindingsDelta",
    "JournalEntry",
    "MailRecord",
    "ProjectLine",
    "ProjectState",
    "QuarantineEntry",
    "RunRecord",
    "StateChange",
    "TombstoneRecord",
]
