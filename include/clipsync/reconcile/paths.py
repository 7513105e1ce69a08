"""Paths are AutoClip's, not ours (rule 12).

The database holds them as AutoClip's machine sees them, and ClipSync may see the same directory
elsewhere: only the part below the project directory is compared.
"""

from __future__ import annotations

from clipsync.reconcile.canonical import PATH_LIMIT, same_text
from clipsync.reconcile.scene import Scene


def tail(path: str | None, project_id: str) -> str | None:
    """The part of a path below the project directory, POSIX; None where it has no such part."""
    parts = (path or "").replace("\\", "/").rsplit(f"/{project_id}/", 1)
    return parts[1] if len(parts) == 2 else None


def agrees(
    stored: str | None, expected: str, *, exists: bool, source_id: str, scene: Scene
) -> bool:
    """True when the stored path may stay.

    Where the real file is in sight, its name decides. Where it is not (the videos may lie on
    AutoClip's machine only), any name of this record's in the expected folder is as good as ours.
    """
    if not stored:
        return False
    below = tail(stored, scene.project_id)
    if below is None:
        # Outside the project: AutoClip's old global folder. Better only if we see the file here.
        return not exists
    if same_text(below, expected):
        return True
    folder, _, _ = expected.rpartition("/")
    found_folder, _, found_name = below.rpartition("/")
    return not exists and folder == found_folder and found_name.startswith(f"{source_id}_")


def is_absolute(path: str) -> bool:
    """True for a path that names its root, on any system: /a, \\\\host, C:\\a."""
    return path.startswith(("/", "\\")) or path[1:2] == ":"


def absolute(below: str, scene: Scene) -> str | None:
    """A new path with the prefix AutoClip uses; None where it is too long for the column."""
    root = scene.options.projects_root or _root_in_rows(scene)
    directory = f"{root}/{scene.project_id}" if root else scene.manifest.project_dir
    path = f"{directory}/{below}"
    return path if len(path) <= PATH_LIMIT else None


def _root_in_rows(scene: Scene) -> str | None:
    stored = [row.video_path for row in scene.snapshot.clips]
    stored += [row.video_path for row in scene.snapshot.collections]
    for path in stored:
        head, found, _ = (path or "").rpartition(f"/{scene.project_id}/")
        if found:
            return head
    return None
