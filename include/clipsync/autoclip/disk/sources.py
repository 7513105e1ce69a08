"""Which files speak for a project, and what state that makes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from clipsync.autoclip.disk.files import ProjectFiles
from clipsync.autoclip.disk.json_files import UnusableFileError, kind_of
from clipsync.autoclip.disk.layouts import Layout, choose_layout
from clipsync.model.manifest import (
    DiskCode,
    DiskProblem,
    DiskReason,
    DiskState,
    MarkerCounts,
    MarkerState,
)


@dataclass(frozen=True, slots=True)
class RecordList:
    """A file's records, not yet validated. `strict` as in `JsonDocument`."""

    file: str
    records: list[Any]
    strict: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the deciding files of a project say.

    `clips`, `collections`: None where no file says anything of that kind, and for every state but
    `completed`.
    """

    state: DiskState
    layout: str | None = None
    marker: MarkerState = MarkerState.MISSING
    marker_counts: MarkerCounts | None = None
    clips: RecordList | None = None
    collections: RecordList | None = None
    problems: tuple[DiskProblem, ...] = ()


def judge(files: ProjectFiles) -> Verdict:
    """What a project's directory says of it.

    Final files speak before step files, and a final file that is there but unusable is never
    passed over: what is one step older could be an earlier run's.
    """
    try:
        if not files.exists():
            return Verdict(DiskState.ABSENT)
        layout = choose_layout(files)
    except UnusableFileError as error:
        return Verdict(DiskState.UNREADABLE, problems=(error.problem,))
    if layout is None:
        return Verdict(DiskState.PROCESSING)
    marker, counts, problems = _read_marker(files, layout)
    if files.has(layout.clips) or marker is not MarkerState.MISSING:
        return _completed(files, layout, marker, counts, problems)
    if _nothing_worth_cutting(files, layout):
        return _completed(files, layout, MarkerState.NOT_USED, None, ())
    return Verdict(DiskState.PROCESSING, layout.name)


def record_list(value: Any, key: str) -> list[Any] | DiskReason:
    """The list in a source, which is a list or an object that holds one under `key`; else why
    there is none."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return DiskReason(DiskCode.NO_RECORD_LIST, {"found": kind_of(value)})
    if key not in value:
        return DiskReason(DiskCode.NO_KEY, {"key": key})
    records = value[key]
    if not isinstance(records, list):
        values = {"key": key, "found": kind_of(records)}
        return DiskReason(DiskCode.NO_LIST_UNDER_KEY, values)
    return records


def _completed(
    files: ProjectFiles,
    layout: Layout,
    marker: MarkerState,
    counts: MarkerCounts | None,
    problems: tuple[DiskProblem, ...],
) -> Verdict:
    """Read the records of a project whose files say that it is done."""
    clips, clips_problem = _read_records(files, (layout.clips, *layout.step_clips), "clips")
    collections, collections_problem = _read_records(
        files, (layout.collections, *layout.step_collections), "collections"
    )
    bad = [problem for problem in (clips_problem, collections_problem) if problem is not None]
    return Verdict(
        state=DiskState.UNREADABLE if bad else DiskState.COMPLETED,
        layout=layout.name,
        marker=marker,
        marker_counts=counts,
        clips=None if bad else clips,
        collections=None if bad else collections,
        problems=(*bad, *problems),
    )


def _read_records(
    files: ProjectFiles, paths: Iterable[str], key: str
) -> tuple[RecordList | None, DiskProblem | None]:
    try:
        path = files.first(paths)
        if path is None:
            return None, None
        document = files.load(path)
    except UnusableFileError as error:
        return None, error.problem
    records = record_list(document.value, key)
    if isinstance(records, DiskReason):
        return None, DiskProblem(files.name_of(path), records)
    return RecordList(files.name_of(path), records, document.strict), None


def _nothing_worth_cutting(files: ProjectFiles, layout: Layout) -> bool:
    """No marker, no final clips file, and both step files are there and empty lists.

    Anything else about them is the everyday sight of a pipeline at work, a half-written file
    included, so nothing of it is reported.
    """
    for paths, key in ((layout.step_clips, "clips"), (layout.step_collections, "collections")):
        found, problem = _read_records(files, paths, key)
        if problem is not None or found is None or found.records:
            return False
    return True


def _read_marker(
    files: ProjectFiles, layout: Layout
) -> tuple[MarkerState, MarkerCounts | None, tuple[DiskProblem, ...]]:
    """The marker's state; being there is what counts, since it is written last."""
    try:
        if not files.has(layout.marker):
            return MarkerState.MISSING, None, ()
        content = files.load(layout.marker).value
    except UnusableFileError as error:
        return MarkerState.UNREADABLE, None, (error.problem,)
    if not isinstance(content, dict):
        reason = DiskReason(DiskCode.NO_OBJECT, {"found": kind_of(content)})
        problem = DiskProblem(files.name_of(layout.marker), reason)
        return MarkerState.UNREADABLE, None, (problem,)
    counts = MarkerCounts(
        clips=_count(content, "clips_generated", "clips_count"),
        collections=_count(content, "collections_generated", "collections_count"),
    )
    return MarkerState.PRESENT, counts, ()


def _count(content: Mapping[str, Any], *keys: str) -> int | None:
    for key in keys:
        value = content.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
            return value
    return None
