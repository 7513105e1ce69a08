"""Rules that people add: suites in Great Expectations' own JSON, one file an asset.

    clips.json: {"name": "ours", "expectations": [
      {"type": "expect_column_values_to_be_between",
       "kwargs": {"column": "duration", "max_value": 600},
       "meta": {"name": "not_too_long", "severity": "error"},
       "notes": "No clip is longer than ten minutes."}]}

Whatever is wrong with a file is one SettingsError before anything runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from clipsync.errors import SettingsError
from clipsync.model.finding import Severity
from clipsync.quality.checks import COLUMNS, Asset, Rule

PREFIX = "own_"
_LONGEST_NAME = 40
_MOST_BYTES = 1024 * 1024
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_GX_SEVERITY = {"critical": "error", "warning": "warning", "info": "info"}
_COLUMN_KEYS = ("column", "column_A", "column_B", "column_list")


def read_own_rules(directory: Path | None) -> tuple[Rule, ...]:
    """The rules of a directory; none where no directory is set. Raises SettingsError."""
    if directory is None:
        return ()
    try:
        files = sorted(path for path in directory.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise SettingsError(
            f"{directory}: the rules there can't be read: {error.strerror}. Set "
            "CLIPSYNC_EXPECTATIONS_DIR to a directory of suites, or unset it."
        ) from error
    names = [f"{asset.value}.json" for asset in Asset]
    for path in files:
        if path.suffix == ".json" and path.name not in names:
            raise _wrong(path, f"no such asset. A suite is called one of {', '.join(names)}")
    rules: dict[str, Rule] = {}
    for path in files:
        if path.name not in names:
            continue
        for rule in _read(path, Asset(path.stem)):
            if rule.name in rules:
                raise _wrong(path, f"two rules are called {rule.name.removeprefix(PREFIX)!r}")
            rules[rule.name] = rule
    return tuple(rules.values())


def _read(path: Path, asset: Asset) -> Iterator[Rule]:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        content = json.loads(data) if len(data) <= _MOST_BYTES else None
    except OSError as error:
        raise _wrong(path, f"can't be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise _wrong(path, f"is no JSON: {error}") from error
    expectations = content.get("expectations") if isinstance(content, dict) else None
    if not isinstance(expectations, list):
        raise _wrong(path, 'expected an object with a list under "expectations"')
    for position, one in enumerate(expectations, start=1):
        yield _rule(one, asset, path, f"expectation {position}")


def _rule(one: Any, asset: Asset, path: Path, which: str) -> Rule:
    if not isinstance(one, dict) or not isinstance(one.get("type"), str):
        raise _wrong(path, f'{which}: expected an object with a "type"')
    kind, meta = one["type"], one.get("meta") or {}
    arguments = one.get("kwargs")
    if not isinstance(arguments, dict) or not isinstance(meta, dict):
        raise _wrong(path, f'{which} ({kind}): "kwargs" and "meta" must be objects')
    _check_columns(arguments, asset, path, f"{which} ({kind})")
    name = meta.get("name", _name_of(kind, arguments))
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise _wrong(
            path,
            f"{which} ({kind}): its name, meta.name, must be lower-case letters, digits and _, "
            f"{_LONGEST_NAME} of them at most",
        )
    severity = meta.get("severity", _GX_SEVERITY.get(str(one.get("severity")), "warning"))
    if severity not in [word.value for word in Severity]:
        raise _wrong(path, f"{which} ({name}): meta.severity must be error, warning or info")
    rule = Rule(
        PREFIX + name,
        asset,
        Severity(severity),
        kind,
        arguments,
        _sentence(one.get("notes") or meta.get("description"), kind, arguments),
    )
    _check_with_gx(rule, path, which)
    return rule


def _check_columns(arguments: Mapping[str, Any], asset: Asset, path: Path, which: str) -> None:
    named: list[Any] = []
    for key in _COLUMN_KEYS:
        value = arguments.get(key)
        named += value if isinstance(value, list) else [] if value is None else [value]
    if not named:
        raise _wrong(path, f"{which}: names no column. A rule looks at rows, by their columns")
    for column in named:
        if column not in COLUMNS[asset]:
            raise _wrong(
                path,
                f"{which}: {asset.value} have no column {column!r}. They have "
                f"{', '.join(COLUMNS[asset])}",
            )


def _check_with_gx(rule: Rule, path: Path, which: str) -> None:
    """Let Great Expectations itself say whether it knows the expectation and its arguments."""
    from clipsync.quality.expectations import expectation_of, looks_at_rows

    try:
        made = expectation_of(rule)
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise _wrong(path, f"{which}: Great Expectations refuses it: {reason}") from error
    if not looks_at_rows(made):
        raise _wrong(path, f"{which} ({rule.expectation}): looks at a whole table, not at rows")


def _name_of(kind: str, arguments: Mapping[str, Any]) -> str:
    """`duration_values_to_be_between`, where meta gives no name."""
    column = str(arguments.get("column") or arguments.get("column_A") or "")
    text = f"{column}_{kind.removeprefix('expect_').removeprefix('column_')}".lower()
    return re.sub(r"[^a-z0-9_]", "_", text)[:_LONGEST_NAME].strip("_")


def _sentence(notes: Any, kind: str, arguments: Mapping[str, Any]) -> str:
    if isinstance(notes, list):
        notes = " ".join(map(str, notes))
    if isinstance(notes, str) and notes.strip():
        return " ".join(notes.split())[:300]
    column = arguments.get("column") or arguments.get("column_A") or "the columns"
    return f"{column}: {kind.removeprefix('expect_').replace('_', ' ')}."


def _wrong(path: Path, reason: str) -> SettingsError:
    return SettingsError(
        f"{path}: {reason}. Correct the file, or unset CLIPSYNC_EXPECTATIONS_DIR; nothing was "
        "looked at."
    )
