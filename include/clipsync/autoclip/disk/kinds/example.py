"""Example: comes with AutoClip (1.5), complete at once.

It has a clips file whose record ids are the ids of its rows, and by its kind neither a marker nor
collections: that they are not there is the truth, not a gap.
"""

from __future__ import annotations

from dataclasses import replace

from clipsync.autoclip.disk.kinds.kind import Evidence, ProjectKind
from clipsync.autoclip.disk.sources import RecordList, Verdict
from clipsync.model.manifest import DiskState, MarkerState


def _recognise(evidence: Evidence) -> bool:
    return evidence.via == "example" or evidence.project_file.get("example") is True


def _judge(evidence: Evidence) -> Verdict:
    verdict = evidence.verdict
    if verdict.state is not DiskState.COMPLETED:
        return verdict
    marker = verdict.marker
    return replace(
        verdict,
        marker=MarkerState.NOT_USED if marker is MarkerState.MISSING else marker,
        collections=verdict.collections or RecordList("", [], strict=True),
    )


def _finish(evidence: Evidence) -> tuple[str, ...] | None:
    return () if evidence.verdict.state is DiskState.COMPLETED else None


KIND = ProjectKind(
    "example",
    precedence=30,
    recognise=_recognise,
    judge=_judge,
    finish=_finish,
    watched=("project.json", "metadata/clips_metadata.json"),
)
