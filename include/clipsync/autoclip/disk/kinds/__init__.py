"""The kinds of project that AutoClip makes, one module each: a further kind is one further file.

A module of this folder that has a `KIND` is a kind; nothing else needs to know of it. Its name is
in the manifest (`Manifest.kind`), its state and records are what its `judge` makes of the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from clipsync.autoclip.disk.files import ProjectFiles
from clipsync.autoclip.disk.json_files import UnusableFileError
from clipsync.autoclip.disk.kinds.kind import Evidence, ProjectKind
from clipsync.autoclip.disk.legacy import LegacyProject
from clipsync.autoclip.disk.project_file import read_project
from clipsync.autoclip.disk.sources import Verdict, judge
from clipsync.autoclip.disk.studio_file import read_studio
from clipsync.model.manifest import DiskProblem, DiskState, ProjectRecord, StudioState

__all__ = ["Identified", "all_kinds", "identify"]


@dataclass(frozen=True, slots=True)
class Identified:
    """A project, recognised. `finish`: as in `ProjectKind`. `project`, `problems`: its own file."""

    kind: str
    verdict: Verdict
    studio: StudioState | None
    finish: tuple[str, ...] | None
    has_directory: bool
    project: ProjectRecord
    problems: tuple[DiskProblem, ...]


@cache
def all_kinds() -> tuple[ProjectKind, ...]:
    """Every kind, in the order in which they are asked."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    kinds = [module.KIND for module in modules if hasattr(module, "KIND")]
    return tuple(sorted(kinds, key=lambda kind: kind.precedence))


def identify(files: ProjectFiles, legacy: LegacyProject | None = None) -> Identified:
    """What kind of project it is, and what its files, read as that kind's, say of it."""
    entry: Mapping[str, object] = {} if legacy is None else legacy.content
    project, problems = read_project(files, entry)
    verdict, listed = _judge_both(files, legacy)
    there = _has_directory(files)
    evidence = Evidence(
        verdict=verdict,
        studio=read_studio(files) if there else None,
        project_file=project.metadata or {},
        listed=listed,
    )
    kind = next(kind for kind in all_kinds() if kind.recognise(evidence))
    return Identified(
        kind=kind.name,
        verdict=kind.judge(evidence),
        studio=evidence.studio,
        finish=kind.finish(evidence),
        has_directory=there,
        project=project,
        problems=problems,
    )


def _has_directory(files: ProjectFiles) -> bool:
    """Whether there is a directory that can be looked into."""
    try:
        return files.exists()
    except UnusableFileError:
        return False


def _judge_both(files: ProjectFiles, legacy: LegacyProject | None) -> tuple[Verdict, bool]:
    """The directory's word, unless it has none and projects.json says more; is it the latter?

    A directory that is absent tells nothing; one that is processing yields to an entry that says
    completed, since that entry may be all that is left of an old project.
    """
    verdict = judge(files)
    if legacy is None or verdict.state not in (DiskState.ABSENT, DiskState.PROCESSING):
        return verdict, False
    entry = legacy.judge()
    if verdict.state is DiskState.PROCESSING and entry.state is DiskState.PROCESSING:
        return verdict, False
    return entry, True
