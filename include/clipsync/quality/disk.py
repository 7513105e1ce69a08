"""What the disk says of one project, reduced to what the second opinion compares with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clipsync.autoclip.disk import DataDirectory, is_project_id
from clipsync.model.manifest import DiskState, Kind, Manifest, MarkerState

Range = tuple[int, int]
"""Start and end in whole seconds."""


@dataclass(frozen=True, slots=True)
class DiskTotals:
    """One project's records by id, and whether they can be held against the database.

    `completed`: there are final files; without them nothing is compared. `clips`: source id to
    times; `collections`: source ids; None where no file says anything of that kind. `set_aside`:
    source ids of quarantined records by kind, None among them where one has no readable id.
    `complete`: the marker confirms the files, so a row they do not name has no business there.
    `studio`: AutoClip's Studio owns the project's status.
    `row_sources`: source ids by row id, from the files of the per-clip generation.
    """

    completed: bool = False
    clips: Mapping[str, Range] | None = None
    collections: frozenset[str] | None = None
    set_aside: Mapping[Kind, frozenset[str | None]] = field(default_factory=dict)
    complete: bool = False
    studio: bool = False
    row_sources: Mapping[str, str] = field(default_factory=dict)

    def sources(self, kind: Kind) -> frozenset[str] | None:
        """Source ids of the valid records; None: nothing is known of that kind."""
        if kind is Kind.COLLECTION:
            return self.collections
        return None if self.clips is None else frozenset(self.clips)

    def unclear(self, kind: Kind) -> bool:
        """The files may lack records of that kind, so that they prove nothing against a row."""
        return not self.complete or None in self.set_aside.get(kind, frozenset())


def read_totals(data: DataDirectory, project_id: str) -> DiskTotals:
    """One project's totals; those of nothing for an id that can't be a directory of AutoClip's."""
    if not is_project_id(project_id):
        return DiskTotals()
    manifest = data.read(project_id)
    if manifest.state is not DiskState.COMPLETED:
        return DiskTotals()
    return _totals(manifest)


def _totals(manifest: Manifest) -> DiskTotals:
    clips = {
        record.source_id: (record.start_ms // 1000, record.end_ms // 1000)
        for record in manifest.clips
    }
    collections = frozenset(record.source_id for record in manifest.collections)
    return DiskTotals(
        completed=True,
        clips=clips if manifest.clips_known else None,
        collections=collections if manifest.collections_known else None,
        set_aside={
            kind: frozenset(
                record.source_id for record in manifest.quarantined if record.kind is kind
            )
            for kind in Kind
        },
        studio=manifest.studio is not None,
        complete=manifest.marker in (MarkerState.PRESENT, MarkerState.NOT_USED),
        row_sources={
            row_id: str(record["id"])
            for (_, row_id), record in manifest.row_records.items()
            if record.get("id") not in (None, "")
        },
    )
