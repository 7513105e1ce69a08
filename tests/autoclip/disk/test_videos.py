"""Videos: the real file if there is one, else the name AutoClip would give it."""

import os
import unicodedata
from pathlib import Path

import pytest

from clipsync.autoclip.disk.videos import MAX_NAME_BYTES, VideoFolder, safe_file_name


def folder_of(path: Path, *names: str, name: str = "output/clips") -> VideoFolder:
    for file_name in names:
        (path / file_name).write_bytes(b"")
    with os.scandir(path) as entries:
        return VideoFolder(name, {entry.name: entry for entry in entries})


def test_a_clips_video_is_found_by_its_id(tmp_path: Path) -> None:
    videos = folder_of(tmp_path, "1_旧标题.mp4", "11_别的.mp4", "2_二.mp4", "1_x.jpg")
    assert videos.clip("1", "新标题") == ("output/clips/1_旧标题.mp4", True)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("乙", "output/clips/1_乙.mp4"),
        ("问/答？", "output/clips/1_问_答？.mp4"),
        ("谁也不是", "output/clips/1_ab.mp4"),
    ],
)
def test_of_several_the_exact_title_wins_then_the_first(
    tmp_path: Path, title: str, expected: str
) -> None:
    videos = folder_of(tmp_path, "1_乙.mp4", "1_ab.mp4", "1_问_答？.mp4")
    assert videos.clip("1", title) == (expected, True)


def test_an_id_may_hold_an_underscore(tmp_path: Path) -> None:
    videos = folder_of(tmp_path, "a_b_标题.mp4", "a_c_标题.mp4")
    assert videos.clip("a_c", "x") == ("output/clips/a_c_标题.mp4", True)


def test_a_missing_clip_video_is_named_as_autoclip_names_it() -> None:
    videos = VideoFolder("output/clips", {})
    assert videos.clip("3", "A股：涨 了-吗_？ ") == ("output/clips/3_A股涨_了-吗_.mp4", False)
    assert videos.clip("3", "？！") == ("output/clips/3_.mp4", False)


def test_only_files_count(tmp_path: Path) -> None:
    (tmp_path / "1_folder.mp4").mkdir()
    (tmp_path / "1_nowhere.mp4").symlink_to(tmp_path / "missing")
    assert folder_of(tmp_path).clip("1", "x") == ("output/clips/1_x.mp4", False)


def test_names_are_compared_in_composed_form(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "1_가을.mp4")
    videos = folder_of(tmp_path, decomposed)
    assert videos.clip("1", "가을") == (f"output/clips/{decomposed}", True)


def test_a_name_that_is_no_utf8_does_not_count(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"1_\xff.mp4")).write_bytes(b"")
    assert folder_of(tmp_path).clip("1", "x") == ("output/clips/1_x.mp4", False)


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        ("4_合/集.mp4", None),
        ("4_合_集.mp4", "4_合_集.mp4"),
        ("合_集.mp4", "合_集.mp4"),
        ("collection_4.mp4", "collection_4.mp4"),
    ],
)
def test_a_collections_video_is_found_under_its_names(
    tmp_path: Path, present: str, expected: str | None
) -> None:
    names = [] if "/" in present else [present]
    videos = folder_of(tmp_path, *names, name="output/collections")
    assert videos.collection("4", "合/集") == (
        f"output/collections/{expected or '4_合_集.mp4'}",
        expected is not None,
    )


def test_the_first_of_a_collections_names_wins(tmp_path: Path) -> None:
    videos = folder_of(tmp_path, "合集.mp4", "4_合集.mp4", "collection_4.mp4", name="c")
    assert videos.collection("4", "合集") == ("c/4_合集.mp4", True)


@pytest.mark.parametrize(
    "title", ["../../etc/passwd", "a\\b", "a\0b", "a\nb", "..", "\x7f\x85", "😀" * 500]
)
@pytest.mark.parametrize("source_id", ["1", "../1", "/", "a\\b", "..", "长" * 255])
def test_no_title_or_id_makes_a_path(source_id: str, title: str) -> None:
    for folder, (path, exists) in (
        ("output/clips", VideoFolder("output/clips", {}).clip(source_id, title)),
        ("output/collections", VideoFolder("output/collections", {}).collection(source_id, title)),
    ):
        parent, _, name = path.rpartition("/")
        assert (parent, exists) == (folder, False)
        assert name.endswith(".mp4")
        assert len(name.encode()) <= MAX_NAME_BYTES
        assert not set(name) & set("\\\0\n\x7f\x85")


def test_a_long_name_is_cut_between_characters() -> None:
    name = safe_file_name("1_" + "标" * 100, ".mp4")
    assert name == "1_" + "标" * 64 + ".mp4"
