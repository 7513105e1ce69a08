"""A demo never overwrites anything but an earlier demo."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from clipsync.demo.directory import DemoDirectoryError, claim_directory, sqlite_url
from clipsync.errors import TerminalError


def test_a_missing_and_an_empty_directory_are_taken(tmp_path: Path) -> None:
    for directory in (tmp_path / "not" / "there", tmp_path / "empty"):
        if directory.name == "empty":
            directory.mkdir()
        claim_directory(directory)
        assert [path.name for path in directory.iterdir()] == [".clipsync-demo"]


def test_an_earlier_demo_is_replaced_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    claim_directory(tmp_path)
    (tmp_path / "data" / "projects").mkdir(parents=True)
    (tmp_path / "autoclip.db").write_bytes(b"old")
    (tmp_path / "airflow").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    claim_directory(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".clipsync-demo",
        "airflow",
        "notes.txt",
    ]


def test_a_directory_with_other_things_in_it_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "holiday.mp4").write_bytes(b"precious")
    with pytest.raises(DemoDirectoryError) as caught:
        claim_directory(tmp_path)
    assert isinstance(caught.value, TerminalError)
    assert str(caught.value) == (
        f"{tmp_path}: has other things in it. Name a new or empty directory, or that of an "
        "earlier demo."
    )
    assert [path.name for path in tmp_path.rglob("*")] == ["data", "holiday.mp4"]


def test_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    with pytest.raises(DemoDirectoryError, match="is not a directory"):
        claim_directory(path)
    with pytest.raises(DemoDirectoryError, match="can't be written"):
        claim_directory(path / "below")


def test_data_linked_elsewhere_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "projects").mkdir(parents=True)
    demo = tmp_path / "demo"
    claim_directory(demo)
    (demo / "data").symlink_to(elsewhere)
    with pytest.raises(DemoDirectoryError, match="symbolic link"):
        claim_directory(demo)
    assert (elsewhere / "projects").is_dir()


def test_a_link_is_no_marker(tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    demo.mkdir()
    (tmp_path / "target").write_text("x")
    (demo / ".clipsync-demo").symlink_to(tmp_path / "target")
    with pytest.raises(DemoDirectoryError, match="has other things in it"):
        claim_directory(demo)


def test_the_url_survives_odd_file_names(tmp_path: Path) -> None:
    database = tmp_path / "a b?c#d 数据.db"
    engine = create_engine(sqlite_url(database))
    with engine.begin() as conn:
        conn.execute(text("CREATE TABLE t (x)"))
    engine.dispose()
    assert database.exists()
