"""Where each generation of AutoClip puts its files (data contract, section 1)."""

from __future__ import annotations

from dataclasses import dataclass

from clipsync.autoclip.disk.files import ProjectFiles


@dataclass(frozen=True, slots=True)
class Layout:
    """One generation; all paths POSIX, below the project directory.

    `step_clips`, `step_collections`: the records one step earlier, first found first; they speak
    where the final file is missing. (Files of step 3 never do: clips that were scored but dropped
    would come back.)
    """

    name: str
    clips: str
    collections: str
    marker: str
    step_clips: tuple[str, ...]
    step_collections: tuple[str, ...]


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="current",
        clips="metadata/clips_metadata.json",
        collections="metadata/collections_metadata.json",
        marker="output/step6_video_output.json",
        step_clips=("metadata/step4_titles.json",),
        step_collections=("metadata/step5_collections.json",),
    ),
    Layout(
        name="output",
        clips="output/metadata/clips_metadata.json",
        collections="output/metadata/collections_metadata.json",
        marker="output/step6_video_output.json",
        step_clips=("output/metadata/step4_titles.json",),
        step_collections=("output/metadata/step5_collections.json",),
    ),
    Layout(
        name="steps",
        clips="step6_video/clips_metadata.json",
        collections="step6_video/collections_metadata.json",
        marker="step6_video/step6_video_output.json",
        step_clips=("step4_title/step4_title.json",),
        step_collections=("step5_clustering/step5_clustering.json",),
    ),
    Layout(
        name="root",
        clips="clips_metadata.json",
        collections="collections_metadata.json",
        marker="step6_video/step6_video_output.json",
        step_clips=("step4_title/step4_title.json", "step4_titles.json"),
        step_collections=("step5_clustering/step5_clustering.json", "step5_collections.json"),
    ),
)
"""Newest first: where a project holds files of two generations, the newer one is meant."""

LEGACY = "legacy"
"""The layout name of `projects.json`."""

RECORD_FILES: tuple[str, ...] = tuple(
    dict.fromkeys(
        path
        for layout in LAYOUTS
        for path in (
            layout.clips,
            layout.collections,
            layout.marker,
            *layout.step_clips,
            *layout.step_collections,
        )
    )
)
"""Every file, of any layout, that can decide a project's state or records."""


def choose_layout(files: ProjectFiles) -> Layout | None:
    """The layout that speaks for a project; None where no file of any layout is there.

    A final clips file settles it. Without one, a marker beside step files does, since two layouts
    share each marker; then a marker or step files alone. Raises UnusableFileError when a folder
    that could hold the answer can't be looked into.
    """
    for layout in LAYOUTS:
        if files.has(layout.clips):
            return layout
    for layout in LAYOUTS:
        if files.has(layout.marker) and files.first(layout.step_clips):
            return layout
    for layout in LAYOUTS:
        if files.has(layout.marker) or files.first(layout.step_clips + layout.step_collections):
            return layout
    return None
