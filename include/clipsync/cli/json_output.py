"""JSON on stdout: one document, whole or not at all, in UTF-8, whatever the data hold."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, Any, Self

import orjson

from clipsync.cli.exits import to_stdout
from clipsync.sql import encode_stored

_IN_MEMORY = 4 * 1024 * 1024
_DEEPEST = 200


class Spool:
    """A JSON list, collected while it is made: a few MiB in memory, the rest in a temporary file.

    So a document of any length takes no memory, and nothing of it is printed before it is known
    that no error comes.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self._empty = True

    def add(self, value: Any) -> None:
        self._file.write(b"\n" if self._empty else b",\n")
        self._file.write(dump(value))
        self._empty = False

    def write_to(self, out: IO[bytes]) -> None:
        out.write(b"[")
        self._file.seek(0)
        shutil.copyfileobj(self._file, out, 1024 * 1024)
        out.write(b"]" if self._empty else b"\n]")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def print_json(document: Mapping[str, Any]) -> None:
    """Print one object: every key on a line of its own, and every element of a list.

    Values are what `dump` takes, or a `Spool`.
    """
    with to_stdout():
        sys.stdout.flush()
        _write(document, sys.stdout.buffer)


def dump(value: Any) -> bytes:
    """`value` as JSON in UTF-8.

    What JSON has no word for is written as the ledger keeps it (`{"$json": "the broken text"}`,
    `{"$bytes": …}`), a number that is none as `null`, half a surrogate pair as its escape, and
    anything nested more than 200 levels deep as a note.
    """
    try:
        return orjson.dumps(value, _plain, orjson.OPT_PASSTHROUGH_DATACLASS)
    except TypeError:
        # orjson's only error: an integer of more than 64 bits, half a surrogate pair, a deep nest.
        text = json.dumps(_tame(value, 0), ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace")


def _write(document: Mapping[str, Any], out: IO[bytes]) -> None:
    for number, (key, value) in enumerate(document.items()):
        out.write(b"{\n" if number == 0 else b",\n")
        out.write(dump(key) + b": ")
        if isinstance(value, Spool):
            value.write_to(out)
        elif isinstance(value, list) and value:
            out.write(b"[\n" + b",\n".join(dump(one) for one in value) + b"\n]")
        else:
            out.write(dump(value))
    out.write(b"\n}\n")
    out.flush()


def _plain(value: Any) -> Any:
    encoded = encode_stored(value)
    if encoded is not value:
        return encoded
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return str(value)


def _tame(value: Any, depth: int) -> Any:
    """The same value in `dict`, `list` and plain values only."""
    if depth > _DEEPEST:
        return "(nested too deeply to be shown)"
    if isinstance(value, Mapping):
        return {str(key): _tame(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_tame(inner, depth + 1) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None  # as orjson has it
    if value is None or isinstance(value, str | int | float):
        return value
    return _tame(_plain(value), depth + 1)
