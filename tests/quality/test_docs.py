"""Data Docs come to their place, also where the place is a mount point."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clipsync.quality.docs import INDEX, MARK, open_site

PUBLISH = (
    "import sys; from pathlib import Path; from clipsync.quality.docs import open_site\n"
    "place = Path(sys.argv[1])\n"
    "for text in ('old', 'new'):\n"
    "    with open_site(place) as site:\n"
    "        (site.build_dir / 'index.html').write_text(text)\n"
    "        (site.build_dir / text).mkdir()\n"
    "        (site.build_dir / text / 'page.html').write_text(text)\n"
    "        site.publish()\n"
    "print(sorted(str(p.relative_to(place)) for p in place.rglob('*') if p.is_file()))\n"
)
FILES = f"['{MARK}', '{INDEX}', 'new/page.html']\n"


def publish(place: Path, text: str) -> None:
    with open_site(place) as site:
        assert site is not None
        (site.build_dir / INDEX).write_text(text)
        (site.build_dir / text).mkdir()
        (site.build_dir / text / "page.html").write_text(text)
        site.publish()


def files(place: Path) -> list[str]:
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())


def test_a_new_site_takes_the_place_of_the_old_one_as_a_whole(tmp_path: Path) -> None:
    publish(tmp_path / "docs", "old")
    publish(tmp_path / "docs", "new")
    assert files(tmp_path / "docs") == [MARK, INDEX, "new/page.html"]
    assert [path.name for path in tmp_path.iterdir()] == ["docs"]


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EXDEV, errno.EACCES, errno.EROFS])
def test_where_the_place_can_not_be_renamed_its_files_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    place = tmp_path / "docs"
    publish(place, "old")
    rename = Path.rename

    def busy(self: Path, target: Path) -> Path:
        if self == place:
            raise OSError(number, os.strerror(number), str(self))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", busy)
    publish(place, "new")
    assert files(place) == [MARK, INDEX, "new/page.html"]
    assert (place / INDEX).read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["docs"]


def test_a_place_whose_parent_is_not_ours_to_write_is_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    place = tmp_path / "docs"
    place.mkdir()
    (place / "lost+found").mkdir()
    make = tempfile.mkdtemp

    def refuse(prefix: str, dir: Path) -> str:
        if dir == tmp_path:
            raise PermissionError(errno.EACCES, "Permission denied")
        return make(prefix=prefix, dir=dir)

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    publish(place, "old")
    publish(place, "new")
    assert files(place) == [MARK, INDEX, "new/page.html"]
    assert sorted(path.name for path in place.iterdir()) == [MARK, INDEX, "lost+found", "new"]


def _may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    done = subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.skipif(not _may_mount(), reason="this machine lets nobody mount")
def test_a_real_mount_point_is_filled(tmp_path: Path) -> None:
    place = tmp_path / "docs"
    place.mkdir()
    script = f'mount -t tmpfs none "{place}" && exec "{sys.executable}" -c "$CODE" "{place}"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CODE": PUBLISH},
    )
    assert (done.stdout, done.stderr) == (FILES, "")
