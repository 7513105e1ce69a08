"""Data Docs, built by Great Expectations with the views of `docs_views.py`, and put in place.

The place may be a directory that is swapped as a whole, or a mount point (a volume in Compose or
Kubernetes), which can't be: there the files are replaced one by one, the first page last.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clipsync.errors import SettingsError

INDEX = "index.html"
MARK = ".clipsync-data-docs"
"""A file that says: ClipSync made this directory and may replace it."""

_NEXT = ".clipsync-next-"
_NOBODYS = ("lost+found",)
"""What a fresh file system holds by itself."""
_VIEWS = "clipsync.quality.docs_views"
_NOT_SWAPPED = (errno.EBUSY, errno.EXDEV, errno.EACCES, errno.EPERM, errno.EROFS)
"""A mount point, or a directory whose parent is not ours to change."""


class Site:
    """Data Docs in the making: built beside their place, then put there."""

    def __init__(self, place: Path, build_dir: Path) -> None:
        self._place = place
        self.build_dir = build_dir

    @property
    def config(self) -> Mapping[str, Any]:
        """The site as Great Expectations is told of it."""
        page = {"module_name": _VIEWS, "class_name": "StandAlonePageView"}
        sections = {
            name: {
                "class_name": "DefaultSiteSectionBuilder",
                "source_store_name": f"{store}_store",
                "renderer": {"class_name": renderer},
                "view": page,
            }
            for name, store, renderer in (
                ("expectations", "expectations", "ExpectationSuitePageRenderer"),
                ("validations", "validation_results", "ValidationResultsPageRenderer"),
            )
        }
        return {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(self.build_dir),
            },
            "site_section_builders": sections,
            "site_index_builder": {
                "class_name": "DefaultSiteIndexBuilder",
                "view": {"module_name": _VIEWS, "class_name": "StandAloneIndexView"},
            },
        }

    def publish(self) -> Path:
        """Put the pages in place; returns the first one."""
        shutil.rmtree(self.build_dir / "static", ignore_errors=True)
        (self.build_dir / MARK).write_text("Made by ClipSync, which may replace it.\n", "utf-8")
        if self.build_dir.parent == self._place:
            _fill(self.build_dir, self._place)
        else:
            _put(self.build_dir, self._place)
        return self._place / INDEX


@contextmanager
def open_site(place: Path | None) -> Iterator[Site | None]:
    """A site to be published at `place` (None: no site); nothing is left behind on failure.

    Raises SettingsError where `place` is no directory, or holds what ClipSync did not make.
    """
    if place is None:
        yield None
        return
    place = place.absolute()
    _check(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        build_dir = _make_build_dir(place)
        build_dir.chmod(0o755)  # a web server of another user may show it
    except OSError as error:
        raise SettingsError(
            f"{place}: Data Docs can't be written there: {error.strerror}. Set "
            "CLIPSYNC_DATA_DOCS_DIR to a directory that ClipSync may write."
        ) from error
    try:
        yield Site(place, build_dir)
    finally:
        shutil.rmtree(build_dir, ignore_errors=True)


def _make_build_dir(place: Path) -> Path:
    """Beside the place, so that one rename puts it there; inside, where that can't be."""
    if not os.path.ismount(place):
        try:
            return Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
        except OSError as error:
            if error.errno not in _NOT_SWAPPED or not place.is_dir():
                raise
    return Path(tempfile.mkdtemp(prefix=_NEXT, dir=place))


def _check(place: Path) -> None:
    if not place.exists():
        return
    if not place.is_dir():
        raise SettingsError(
            f"{place} is no directory, so Data Docs can't be built there. Set "
            "CLIPSYNC_DATA_DOCS_DIR to a directory."
        )
    others = [one for one in place.iterdir() if not _is_nobodys(one.name)]
    if not (place / MARK).exists() and others:
        raise SettingsError(
            f"{place} holds files that ClipSync did not make; Data Docs would replace them. Set "
            "CLIPSYNC_DATA_DOCS_DIR to a directory that is new or empty."
        )


def _is_nobodys(name: str) -> bool:
    return name in _NOBODYS or name.startswith(_NEXT)


def _put(made: Path, place: Path) -> None:
    """Swap the new directory in: readers find the old site or the new one, never half of it.

    Another run may do the same at the same moment; the last one stays.
    """
    last_try = 4
    for attempt in range(last_try + 1):
        aside = Path(tempfile.mkdtemp(prefix=f".{place.name}-old-", dir=place.parent))
        try:
            if place.exists():
                place.rename(aside / place.name)
            made.rename(place)
            return
        except OSError as error:
            if error.errno in _NOT_SWAPPED and place.is_dir():
                _fill(made, place)
                return
            if attempt == last_try:
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _fill(made: Path, place: Path) -> None:
    """Replace the files in place one by one: each page is old or new, and the first page is last.

    So a reader who comes in between finds pages that fit, and links that lead somewhere.
    """
    new = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
    new.sort(key=lambda path: path.name == INDEX)
    for path in new:
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        _move(made / path, place / path)
    kept = {place / path for path in new}
    for path in sorted(place.rglob("*"), reverse=True):
        if _is_nobodys(path.relative_to(place).parts[0]):
            continue
        if path.is_dir() and not path.is_symlink():
            _remove_if_empty(path)
        elif path not in kept:
            path.unlink(missing_ok=True)


def _move(source: Path, target: Path) -> None:
    """A rename where both are of one file system, else a copy beside it and then a rename."""
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = target.with_name(f".{target.name}.next")
        shutil.copyfile(source, beside)
        beside.replace(target)


def _remove_if_empty(directory: Path) -> None:
    if not any(directory.iterdir()):
        directory.rmdir()
