"""Loading JSON: every way a file can be bad has its reason in plain words."""

import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsync.autoclip.disk.json_files import (
    JsonDocument,
    UnusableFileError,
    canonical_bytes,
    json_text,
    load_json,
)
from clipsync.messages import render
from tests.support.properties import steady

MIB = 1024 * 1024


def load(tmp_path: Path, data: bytes, max_bytes: int = MIB) -> JsonDocument:
    path = tmp_path / "file.json"
    path.write_bytes(data)
    return load_json(str(path), "file.json", max_bytes)


def reason_of(tmp_path: Path, data: bytes, max_bytes: int = MIB) -> str:
    with pytest.raises(UnusableFileError) as caught:
        load(tmp_path, data, max_bytes)
    assert caught.value.problem.file == "file.json"
    return render(caught.value.problem.reason)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b" \r\n\t", "empty file"),
        (b"\xef\xbb\xbf", "empty file"),
        (b"[1, 2", "half-written JSON: unexpected end at byte 5"),
        (b'[{"id": "1", "ti', "half-written JSON: unexpected end at byte 16"),
        (b"[1, tru", "half-written JSON: unexpected end at byte 7"),
        ('["日'.encode()[:-1], "half-written JSON: unexpected end at byte 4"),
        (b'\xef\xbb\xbf["', "half-written JSON: unexpected end at byte 5"),
        (b'["\\ud800", "b', "half-written JSON: unexpected end at byte 13"),
        (b'["\\ud800", ', "half-written JSON: unexpected end at byte 11"),
        (b'["\xff"]', "not UTF-8 at byte 2"),
        (b'\xef\xbb\xbf["\xff"]', "not UTF-8 at byte 5"),
        ('["题"]'.encode("gbk"), "not UTF-8 at byte 2"),
        (b"\0" * 512, "nothing but NUL bytes, as a crash leaves them"),
        ('["日本", x]'.encode(), "not JSON: can't go on at byte 11"),
        (b"[1][2]", "not JSON: can't go on at byte 3"),
        (b"[" * 501 + b"]" * 501, "not usable: nested too deeply"),
        (b'{"a":' * 501 + b"[]" + b"}" * 501, "not usable: nested too deeply"),
        (b"[" * 501 + b"NaN" + b"]" * 501, "not usable: nested too deeply"),
        (b"[" * 1100 + b"]" * 1100, "not usable: nested too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, "not usable: nested too deeply"),
        (b'["\\ud800",' + b"1" * 5000 + b"]", "not usable: holds a number of thousands of digits"),
    ],
)
def test_a_bad_file_has_one_reason_in_plain_words(tmp_path: Path, data: bytes, reason: str) -> None:
    assert reason_of(tmp_path, data) == reason


@pytest.mark.parametrize("bottom", [b"1", b"NaN", b'"\\ud800"'])
def test_how_deep_is_too_deep_is_the_same_for_every_parser(tmp_path: Path, bottom: bytes) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(b"[" * 500 + bottom + b"]" * 500)
    assert load_json(str(path), "file.json", MIB).strict == (bottom == b"1")


@pytest.mark.parametrize(
    ("size", "limit", "reason"),
    [
        (MIB + 1, MIB, "too large: 1.1 MiB, limit 1 MiB"),
        (3 * MIB // 2, MIB, "too large: 1.5 MiB, limit 1 MiB"),
        (MIB, MIB // 4, "too large: 1.0 MiB, limit 0.25 MiB"),
    ],
)
def test_a_file_beyond_the_limit_is_not_read(
    tmp_path: Path, size: int, limit: int, reason: str
) -> None:
    assert reason_of(tmp_path, b" " * size, limit) == reason


def test_a_file_at_the_limit_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, b"[" + b" " * 98 + b"]", 100) == JsonDocument([], strict=True)


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    assert load(tmp_path, b"\xef\xbb\xbf[1]") == JsonDocument([1], strict=True)


def test_what_only_a_lenient_parser_takes_is_marked(tmp_path: Path) -> None:
    document = load(tmp_path, b'["\\ud800", NaN, -Infinity, 1e999]')
    assert document.strict is False
    assert document.value[0] == "\ud800"
    assert math.isnan(document.value[1])
    assert document.value[2:] == [-math.inf, math.inf]


def test_what_is_no_file_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    reasons = {}
    for name in ("pipe", "folder", "nowhere", "circle"):
        with pytest.raises(UnusableFileError) as caught:
            load_json(str(tmp_path / name), name, MIB)
        reasons[name] = render(caught.value.problem.reason)
    assert reasons == {
        "pipe": "expected a file, found a pipe, socket or device",
        "folder": "expected a file, found a directory",
        "nowhere": "vanished while it was being read, or is a link to nowhere",
        "circle": "a link that leads back to itself",
    }


def test_a_file_we_may_not_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UnusableFileError, match="not_permitted"):
        load_json(str(tmp_path / "file.json"), "file.json", MIB)


def test_every_other_trouble_is_named_as_the_system_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(UnusableFileError, match="cant_be_read"):
        load_json(str(tmp_path / "file.json"), "file.json", MIB)


def test_canonical_bytes_do_not_depend_on_key_order() -> None:
    assert canonical_bytes({"b": 1, "a": "\ud800"}) == canonical_bytes({"a": "\ud800", "b": 1})
    assert canonical_bytes({"b": 1, "a": 2}) == canonical_bytes({"a": 2, "b": 1})


@steady
@given(st.recursive(st.text() | st.floats() | st.integers(), st.lists))
def test_json_text_can_always_be_stored(value: object) -> None:
    text = json_text(value)
    assert "\0" not in text
    text.encode()


def test_json_text_stays_readable() -> None:
    assert json_text({"标题": "轮回\0"}) == '{"标题": "轮回\\u0000"}'


def test_json_text_of_something_nested_without_end() -> None:
    value: list[object] = []
    for _ in range(5000):
        value = [value]
    assert json_text(value) == '"(nested too deeply to show)"'
    assert canonical_bytes(value) == b'"(nested too deeply to show)"'
