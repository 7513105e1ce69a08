"""The ledger: what ClipSync itself remembers, in tables `clipsync_…` beside AutoClip's.

`migrate.upgrade(engine)` creates and upgrades them; `store` reads and writes them.
"""

from clipsync.ledger.records import (
    FindingRecord,
    FindingsDelta,
    JournalEntry,
    ProjectState,
    QuarantineEntry,
    RunRecord,
)

__all__ = [
    "FindingRecord",
    "FindingsDelta",
    "JournalEntry",
    "ProjectState",
    "QuarantineEntry",
    "RunRecord",
]
