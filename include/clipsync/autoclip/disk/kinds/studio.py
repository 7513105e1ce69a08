"""One-click: AutoClip's Studio does everything by itself (1.5).

Its outputs are `studio.json` and the videos in `output/studio/`. The records of steps 3 and 4
beside them stay candidates, and no clip row is made of them: AutoClip makes its own.
"""

from __future__ import annotations

from clipsync.autoclip.disk.kinds.kind import Evidence, ProjectKind
from clipsync.autoclip.disk.sources import Verdict
from clipsync.autoclip.disk.studio_file import STUDIO_FILE
from clipsync.model.manifest import DiskState, MarkerState


def is_studio(evidence: Evidence) -> bool:
    """The Studio owns the project, and no classic run left final files in it."""
    return evidence.studio is not None and not evidence.has_final_files


def studio_verdict(_: Evidence) -> Verdict:
    return Verdict(DiskState.STUDIO, marker=MarkerState.NOT_USED)


def studio_finish(evidence: Evidence) -> tuple[str, ...] | None:
    studio = evidence.studio
    return (studio.key,) if studio is not None and studio.finished else None


def _recognise(evidence: Evidence) -> bool:
    return is_studio(evidence) and evidence.studio is not None and evidence.studio.one_click


KIND = ProjectKind(
    "studio",
    precedence=10,
    recognise=_recognise,
    judge=studio_verdict,
    finish=studio_finish,
    watched=(STUDIO_FILE,),
)
