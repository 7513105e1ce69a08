"""What has AutoClip finished since the last look? One scan of the whole data root, repeated.

Which times change when a project is finished, by POSIX (ext4, XFS, NFS):

- first run: the marker's folder (`output/`, `step6_video/`) gets an entry, so its time changes; the
  project directory's does not, because that folder has been there since the videos were cut;
- a retry rewrites the marker in place: no directory's time changes, only the file's own.

So only the marker's own time and size are certain, and a finished project costs one stat: of the
current marker, which two layouts share; one of the older layouts costs a second. A project without
a marker can only be finished by being found to hold nothing worth cutting, which step 5's file
tells, or by being of a kind that has no marker (`kinds/`: the Studio's, the example), which the
files that kind names tell: they cost seven more. Files are opened where one of these has changed,
nowhere else.

The Studio's file is written whenever somebody looks at the project, so its time tells nothing: such
a finish is told by what is in the file, which is read once for each time it was written.

A clock is never asked, and times are compared for being equal only: copies and restored backups
have any.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from clipsync.autoclip.disk.directory import DEFAULT_MAX_JSON_BYTES, is_project_id, look_into
from clipsync.autoclip.disk.files import PROJECTS, ProjectFiles
from clipsync.autoclip.disk.json_files import canonical_bytes
from clipsync.autoclip.disk.kinds import all_kinds, identify
from clipsync.autoclip.disk.layouts import LAYOUTS
from clipsync.autoclip.disk.legacy import LEGACY_FILE, LegacyProject, read_legacy
from clipsync.autoclip.disk.studio_file import STUDIO_FILE
from clipsync.errors import DataDirectoryError
from clipsync.model.manifest import DiskState

log = logging.getLogger(__name__)

Mark = int
"""64 bits that tell one finish of one project from every other; see `_mark`."""


@dataclass(frozen=True, slots=True)
class Finish:
    """AutoClip has finished a project, or finished it again.

    `replaces`: the mark of the project's finish before this one, where this scan has seen it.
    """

    project_id: str
    mark: Mark
    replaces: Mark | None = None

    @property
    def key(self) -> str:
        """The mark as 16 hexadecimal digits: the same for the same finish, always and anywhere."""
        return f"{self.mark:016x}"


class FinishScan:
    """Remembers, between looks, what it saw of every project; nothing of it is written anywhere.

    `known(project_id, mark)`: whether somebody has been told of this finish, in an earlier life.
    About 400 bytes are kept for each project. Not to be used by two threads at once.
    """

    def __init__(
        self,
        root: Path,
        known: Callable[[str, Mark], bool],
        *,
        max_json_bytes: int = DEFAULT_MAX_JSON_BYTES,
    ) -> None:
        self.root = root
        self._known = known
        self._max_json_bytes = max_json_bytes
        self._projects = f"{root}/{PROJECTS}"
        self._settled: dict[str, _Token] = {}
        self._undecided: dict[str, _Sighting] = {}
        # The marks of finishes that are told by content: their files' times say nothing of them.
        self._told: dict[str, Mark] = {}
        self._legacy_seen: _Sighting | None = None
        self._legacy_marks: dict[str, Mark] = {}
        self._unreadable: list[str] = []

    def look(self) -> list[Finish]:
        """Every finish since the last look that is not `known`, each told once, by project id.

        A marker or step file that can't be used (half-written, say) is waited for: it counts from
        the look on that can use it. Raises DataDirectoryError when the root can't be looked at or
        holds nothing any more; what was seen before is then kept, so that nothing is told twice
        once it is back.
        """
        found = []
        for project_id, token in self._changes():
            mark = _mark(project_id, token)
            if _by_content(token) or not self._known(project_id, mark):
                finish = self._finish(project_id, token)
                if finish is None:
                    self._put_off(project_id, token)
                    continue
                mark = _mark(project_id, finish)
                before = self._told.get(project_id) or self._mark_before(project_id)
                if mark != before and not self._known(project_id, mark):
                    found.append(Finish(project_id, mark, before))
            self._settle(project_id, token, mark)
        for entry, mark in self._changed_entries():
            if not self._known(entry.project_id, mark):
                if entry.judge().state is not DiskState.COMPLETED:
                    continue
                before_mark = self._legacy_marks.get(entry.project_id)
                found.append(Finish(entry.project_id, mark, before_mark))
            self._legacy_marks[entry.project_id] = mark
        return sorted(found, key=lambda finish: (finish.project_id, finish.mark))

    def learn(self) -> list[tuple[str, Mark]]:
        """Takes all that is there now for known: (project id, mark) of each. Nothing is opened but
        the Studio's files.

        What is half-written or under way is among it, and gets another mark when it is finished.
        Raises DataDirectoryError.
        """
        learnt = []
        for project_id, token in self._changes():
            finish = self._finish(project_id, token) if _by_content(token) else token
            mark = _mark(project_id, finish or token)
            learnt.append((project_id, mark))
            self._settle(project_id, token, mark)
        for entry, mark in self._changed_entries():
            learnt.append((entry.project_id, mark))
            self._legacy_marks[entry.project_id] = mark
        return learnt

    def _changes(self) -> Iterator[tuple[str, _Token]]:
        """Projects whose files tell something that is not settled."""
        settled, undecided = self._settled, self._undecided
        unreadable = []
        for project_id in self._list():
            try:
                token = _token(self._projects, project_id)
            except OSError as error:
                unreadable.append(f"{project_id}: {error.strerror}")
                continue
            if token is None or token == settled.get(project_id):
                continue
            put_off = undecided.get(project_id)
            if put_off is None or put_off.token != token or not put_off.twice:
                yield project_id, token
        if len(unreadable) > len(self._unreadable):
            log.warning(
                "can't look into %s of the project directories; the first is %s",
                len(unreadable),
                unreadable[0],
            )
        self._unreadable = unreadable

    def _list(self) -> list[str]:
        has_projects, _ = look_into(self.root)
        try:
            names = os.listdir(self._projects) if has_projects else []  # noqa: PTH208
        except OSError as error:
            raise DataDirectoryError(
                Path(self._projects),
                f"can't be listed: {error.strerror}",
                "Check its permissions and that its disk is mounted.",
            ) from error
        settled = self._settled
        ids = [name for name in names if name in settled or is_project_id(name)]
        if not ids and settled:
            raise DataDirectoryError(
                Path(self._projects),
                f"holds nothing any more, and held {len(settled)} projects",
                "Check that its disk is mounted.",
            )
        if self._undecided:
            for gone in self._undecided.keys() - set(ids):
                del self._undecided[gone]
        return ids

    def _finish(self, project_id: str, token: _Token) -> _Token | None:
        """What tells this finish from every other; None where the project is not finished."""
        try:
            found = identify(ProjectFiles(self.root, project_id, self._max_json_bytes))
            if _token(self._projects, project_id) != token:
                return None  # being written this very moment: the next look sees all of it
        except Exception:  # one project's trouble must not hide the others' finishes
            log.exception("project %s: can't tell whether it is finished", project_id)
            return None
        if found.finish is None:
            return None
        # Of a kind that is told by its content, that; else the times of its files.
        return (found.kind, *found.finish) if found.finish else token

    def _put_off(self, project_id: str, token: _Token) -> None:
        """Not finished: to be looked at once more as it is, and then when it changes.

        Once more, because a file's time is as coarse as the kernel's clock ticks: what was written
        right after the first look may bear the same one.
        """
        before = self._undecided.get(project_id)
        self._undecided[project_id] = _Sighting(
            token, twice=before is not None and before.token == token
        )

    def _settle(self, project_id: str, token: _Token, mark: Mark) -> None:
        self._settled[project_id] = token
        if _by_content(token):
            self._told[project_id] = mark
        else:
            self._told.pop(project_id, None)
        self._undecided.pop(project_id, None)

    def _mark_before(self, project_id: str) -> Mark | None:
        before = self._settled.get(project_id)
        return None if before is None else _mark(project_id, before)

    def _changed_entries(self) -> Iterator[tuple[LegacyProject, Mark]]:
        """Entries of projects.json that are new or changed since they were settled."""
        try:
            status = os.stat(f"{self.root}/{LEGACY_FILE}")  # noqa: PTH116
        except OSError:
            return  # not there, as nowadays everywhere; unreadable: the audit reports it
        token = (status.st_mtime_ns, status.st_size)
        seen = self._legacy_seen
        if seen is not None and seen.token == token and seen.twice:
            return
        self._legacy_seen = _Sighting(token, twice=seen is not None and seen.token == token)
        legacy = read_legacy(self.root, is_project_id, self._max_json_bytes)
        for entry in legacy.projects.values():
            content = blake2b(canonical_bytes(entry.content), digest_size=16).hexdigest()
            mark = _mark(entry.project_id, (LEGACY_FILE, content))
            if self._legacy_marks.get(entry.project_id) != mark:
                yield entry, mark


_Token = tuple[int | str, ...]
"""What tells a finish, as stat sees it: a file's path, time in ns and size; perhaps of several."""


@dataclass(frozen=True, slots=True)
class _Sighting:
    token: _Token
    twice: bool
    """Whether two looks met it so."""


_MARKERS = tuple(dict.fromkeys(layout.marker for layout in LAYOUTS))
_LAST_STEPS = tuple(dict.fromkeys(path for layout in LAYOUTS for path in layout.step_collections))
_WATCHED = tuple(
    dict.fromkeys((*(path for kind in all_kinds() for path in kind.watched), *_LAST_STEPS))
)


def _by_content(token: _Token) -> bool:
    """The Studio's file is what tells: it stands first where there is no marker."""
    return bool(token) and token[0] == STUDIO_FILE


def _token(projects: str, project_id: str) -> _Token | None:
    """None where no file could tell a finish. Raises OSError where that can't be seen."""
    directory = f"{projects}/{project_id}/"
    for marker in _MARKERS:
        try:
            status = os.stat(directory + marker)  # noqa: PTH116 a Path would double the cost
        except (FileNotFoundError, NotADirectoryError):
            continue
        return marker, status.st_mtime_ns, status.st_size
    parts: list[int | str] = []
    for path in _WATCHED:
        try:
            status = os.stat(directory + path)  # noqa: PTH116
        except (FileNotFoundError, NotADirectoryError):
            continue
        parts += [path, status.st_mtime_ns, status.st_size]
    return tuple(parts) or None


def _mark(project_id: str, token: _Token) -> Mark:
    text = "\0".join((project_id, *map(str, token)))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
