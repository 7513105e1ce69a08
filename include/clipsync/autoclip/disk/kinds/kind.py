"""What a kind of project is: how it is recognised, what its completion looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clipsync.autoclip.disk.sources import Verdict
from clipsync.model.manifest import DiskState, MarkerState, StudioState


@dataclass(frozen=True, slots=True)
class Evidence:
    """What tells a project's kind, of one moment.

    `verdict`: what the final files, steps and marker of the four layouts say, or its entry in
    projects.json. `studio`: what the Studio's file says, where it owns the project's status.
    `project_file`: the project's own file, empty where there is none. `listed`: projects.json,
    not the directory, speaks for it.
    """

    verdict: Verdict
    studio: StudioState | None
    project_file: Mapping[str, Any]
    listed: bool = False

    @property
    def via(self) -> Any:
        """Who made it, as its own file says: `cli`, `example`; None where it does not say."""
        source = self.project_file.get("source")
        return source.get("via") if isinstance(source, dict) else None

    @property
    def has_final_files(self) -> bool:
        """Final records or a marker of any layout, usable or not: a classic run got to its end.

        Not two empty step files ("nothing worth cutting"), which are no final files.
        """
        decided = self.verdict.state in (DiskState.COMPLETED, DiskState.UNREADABLE)
        nothing_cut = self.verdict.marker is MarkerState.NOT_USED and not self.listed
        return decided and not nothing_cut


def files_decide(evidence: Evidence) -> Verdict:
    """The classic way: what its files say."""
    return evidence.verdict


def marker_or_nothing_cut(evidence: Evidence) -> tuple[str, ...] | None:
    """The classic finish: a marker that can be read, also beside records that can't (the sync
    says so, which waiting would not); or nothing that was worth cutting."""
    verdict = evidence.verdict
    if verdict.marker is MarkerState.PRESENT:
        return ()
    done = verdict.marker is MarkerState.NOT_USED and verdict.state is DiskState.COMPLETED
    return () if done else None


@dataclass(frozen=True, slots=True)
class ProjectKind:
    """One kind.

    `precedence`: who is asked first, the lowest; the last one takes everything. `recognise`: is
    it this one? `judge`: its state and records. `finish`: None while AutoClip is at it; else what
    tells this finish from the next one beside the times of its files, often nothing. `watched`:
    files whose change may be a finish where there is no marker, POSIX below the project directory.
    """

    name: str
    precedence: int
    recognise: Callable[[Evidence], bool]
    judge: Callable[[Evidence], Verdict] = files_decide
    finish: Callable[[Evidence], tuple[str, ...] | None] = marker_or_nothing_cut
    watched: tuple[str, ...] = ()
