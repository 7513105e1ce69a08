"""`metadata/studio.json`: the whole state of a project of AutoClip's Studio (1.4 and newer).

AutoClip replaces the file as a whole, so a reader never meets half of it. It also writes it when
somebody merely opens the project: its time is no sign of work, only its content is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from clipsync.autoclip.disk.files import ProjectFiles
from clipsync.autoclip.disk.json_files import UnusableFileError, canonical_bytes, kind_of
from clipsync.autoclip.disk.text import clean_text, first_text, storable_object, timestamp
from clipsync.model.manifest import DiskCode, DiskProblem, DiskReason, StudioState

STUDIO_FILE = "metadata/studio.json"
STUDIO_VIDEOS = "output/studio"

UNREADABLE = "unreadable"
_WORKING = frozenset({"queued", "preparing", "running"})
_ON_DEMAND = "on_demand"
"""A backup that is only rendered when a person asks for it: normal at the end, no fault."""
_ANALYSIS_SETTLED = frozenset({"completed", "failed", "awaiting_confirmation"})


def read_studio(files: ProjectFiles) -> StudioState | None:
    """What the Studio's file says; None where it owns nothing of the project.

    It owns the project's status as soon as it holds a `generation` or an `analysis`. With neither
    it only holds drafts that a person made of a classic project. A file that can't be used is
    taken for one that owns it: nothing may be concluded from what can't be read.
    """
    try:
        if not files.has(STUDIO_FILE):
            return None
        content = files.load(STUDIO_FILE).value
    except UnusableFileError as error:
        return StudioState(UNREADABLE, problem=error.problem)
    if not isinstance(content, dict):
        reason = DiskReason(DiskCode.NO_OBJECT, {"found": kind_of(content)})
        return StudioState(UNREADABLE, problem=DiskProblem(files.name_of(STUDIO_FILE), reason))
    if content.get("generation") in (None, {}) and content.get("analysis") in (None, {}):
        return None
    return _state(content, files)


def _state(content: Mapping[str, Any], files: ProjectFiles) -> StudioState:
    generation, analysis = _object(content, "generation"), _object(content, "analysis")
    variants = _objects(content, "output_variants")
    one_click = bool(generation) and generation.get("auto_start") is not False
    counted = Counter(str(variant.get("status")) for variant in variants)
    first, second = (generation, analysis) if one_click else (analysis, generation)
    failed = [variant for variant in variants if variant.get("status") == "failed"]
    tellers = (first, second, *failed)
    source = _object(content, "source_meta")
    return StudioState(
        phase=_phase(generation, analysis, one_click=one_click),
        one_click=one_click,
        done=counted["completed"],
        failed=counted["failed"],
        working=sum(counted[status] for status in _WORKING),
        total=len(variants) - counted[_ON_DEMAND],
        error=first_text(*(one.get("error") for one in tellers)),
        error_code=first_text(*(one.get("error_code") for one in tellers)),
        finished_at=timestamp(generation.get("finished_at")),
        missing_videos=_missing_videos(variants, files),
        drafts=len(_objects(content, "drafts")),
        title=clean_text(source.get("title")),
        platforms=_texts(generation.get("requested_platforms")),
        branding=storable_object(generation.get("branding")),
        portrait_style=clean_text(generation.get("portrait_style")),
        key=_key(generation, analysis, variants),
    )


def _phase(generation: Mapping[str, Any], analysis: Mapping[str, Any], *, one_click: bool) -> str:
    """One-click: the generation's word. With confirmation: the analysis' word once it has
    settled, else the phase it is in; a 1.4 project has no generation at all. A cancelled
    generation leaves its analysis "running" for ever."""
    status, generated = clean_text(analysis.get("status")), clean_text(generation.get("status"))
    if one_click or not analysis or generated == "cancelled":
        return generated or "unknown"
    if status in _ANALYSIS_SETTLED:
        return status or "unknown"
    return clean_text(analysis.get("phase")) or status or "unknown"


def _missing_videos(variants: Sequence[Mapping[str, Any]], files: ProjectFiles) -> tuple[str, ...]:
    """Finished outputs whose video is gone. A folder that can't be looked into proves nothing."""
    try:
        there = files.folder(STUDIO_VIDEOS)
    except UnusableFileError:
        return ()
    jobs = [
        job
        for variant in variants
        if variant.get("status") == "completed"
        and (job := clean_text(variant.get("render_job_id"))) is not None
        and job.replace("-", "").isalnum()
    ]
    return tuple(
        f"{STUDIO_VIDEOS}/{job}.mp4" for job in dict.fromkeys(jobs) if f"{job}.mp4" not in there
    )


def _key(
    generation: Mapping[str, Any],
    analysis: Mapping[str, Any],
    variants: Sequence[Mapping[str, Any]],
) -> str:
    """Tells one finish from the next: what was made, when and how it ended; no progress."""
    parts = [
        [generation.get(name) for name in ("status", "started_at", "finished_at")],
        [analysis.get(name) for name in ("status", "run_id")],
        [[variant.get(name) for name in ("id", "status", "render_job_id")] for variant in variants],
    ]
    return sha256(canonical_bytes(parts)).hexdigest()


def _object(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def _objects(content: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = content.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else []
    return tuple(text for item in items if (text := clean_text(item)))
