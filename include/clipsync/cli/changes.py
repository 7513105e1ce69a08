"""A plan's changes and findings as people read them: what, before → after, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from clipsync.cli.json_output import dump
from clipsync.messages import advice, message, render
from clipsync.model.finding import Finding, Severity
from clipsync.model.plan import Change, Op, Table
from clipsync.model.reason import Reason
from clipsync.reconcile.project import TIME_OF_APPLY
from clipsync.reporting.text import ELLIPSIS, clean, cut, plural

_VALUE_WIDTH = 60
_LABEL_WIDTH = 60
_MESSAGE_WIDTH = 400
_KEPT_PREFIX = 12
_MOST_KEYS = 4

_NOUNS = {
    Table.PROJECTS: "project",
    Table.CLIPS: "clip",
    Table.COLLECTIONS: "collection",
    Table.LINKS: "links of collection",
}
_SIGNS = {
    Op.INSERT: ("+", "green"),
    Op.UPDATE: ("~", "yellow"),
    Op.DELETE: ("-", "red"),
    Op.RELINK: ("~", "yellow"),
    Op.ADOPT: ("=", "dim"),
}
_SEVERITY_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
_OP_WORDS = {
    Op.INSERT: "insert",
    Op.UPDATE: "update",
    Op.DELETE: "delete",
    Op.RELINK: "relink",
    Op.ADOPT: "adopt",
}
_STAMPS = ("created_at", "updated_at")


def counts_in_words(counts: Mapping[str, int]) -> str:
    """`10 inserts, 1 update`; empty where nothing changes."""
    return ", ".join(
        plural(counts[op.value], word) for op, word in _OP_WORDS.items() if counts.get(op.value)
    )


def change_lines(changes: Iterable[Change], most: int) -> list[Text]:
    """At most so many changes, each in one line or more; then how many more there are.

    Adopted rows come last, counted by reason: nothing changes on AutoClip's pages by them.
    """
    lines: list[Text] = []
    adopted: Counter[str] = Counter()
    new: set[str] = set()
    shown = left_out = 0
    for change in changes:
        if change.op is Op.INSERT:
            new.add(change.row_id)
        elif change.op is Op.RELINK and change.row_id in new:
            continue  # a new collection's line says how many clips it has
        if change.op is Op.ADOPT:
            adopted[_why(change.why.get(""))] += 1
        elif shown < most:
            shown += 1
            lines += _lines(change)
        else:
            left_out += 1
    if left_out:
        lines.append(Text(f"  ... and {plural(left_out, 'more change')}; --json shows all"))
    for why, count in adopted.items():
        stay = "its row stays as it is" if count == 1 else "their rows stay as they are"
        noted = f"{plural(count, 'record')} taken note of: {why}; {stay}"
        lines.append(Text(f"  = {noted}", style="dim"))
    return lines


def finding_lines(findings: Sequence[Finding], most: int) -> list[Text]:
    """At most so many findings, the worst first."""
    ranked = sorted(findings, key=lambda finding: -finding.severity.rank)
    lines = [
        Text.assemble(
            "  ",
            (finding.severity.value, _SEVERITY_STYLES[finding.severity]),
            f" {finding.code}: {cut(message(finding), _MESSAGE_WIDTH)}",
        )
        for finding in ranked[:most]
    ]
    if len(ranked) > most:
        more = plural(len(ranked) - most, "more finding")
        lines.append(Text(f"  ... and {more}; --json shows all"))
    return lines


def advised(findings: Iterable[Finding]) -> dict[str, None]:
    """What to do about these findings, each advice once: `code: advice`."""
    return dict.fromkeys(f"{finding.code}: {advice(finding)}" for finding in findings)


def advice_lines(findings: Iterable[Finding]) -> list[Text]:
    """What to do about these findings, each advice in one line and said once."""
    return [Text(f"  {line}") for line in advised(findings)]


def _lines(change: Change) -> Iterator[Text]:
    sign, style = _SIGNS[change.op]
    why = _why(change.why.get(""))
    yield Text.assemble(
        "  ",
        (sign, style),
        f" {_subject(change)}",
        (f"  ({why})" if why else "", "dim"),
    )
    if change.op is not Op.UPDATE:
        return
    for column in change.after:
        if column in _STAMPS:
            continue
        reason = _why(change.why.get(column))
        for name, before, after in _differences(
            column, change.before.get(column), change.after[column]
        ):
            shown_before, shown_after = _pair(before, after)
            yield Text.assemble(
                f"      {clean(name)}: {shown_before} → {shown_after}",
                (f"  ({reason})" if reason else "", "dim"),
            )


def _why(reason: Reason | None) -> str:
    return "" if reason is None else clean(render(reason))


def _subject(change: Change) -> str:
    """`clip 3 “title” 3:57-4:39`"""
    noun = _NOUNS[change.table]
    if change.op is Op.RELINK:
        before, after = (list(side.get("clip_ids", ())) for side in (change.before, change.after))
        content = plural(len(after), "clip")
        if len(before) != len(after):
            content = f"{len(before)} → {content}"
        elif before != after:
            same = sorted(before) == sorted(after)
            content += " in another order" if same else ", others than before"
        return f"{noun} row {clean(change.row_id)}: {content}"
    values = change.before if change.op is Op.DELETE else change.after
    label = values.get("title") if change.table is Table.CLIPS else values.get("name")
    parts = [noun]
    if change.source_id is not None:
        parts.append(cut(change.source_id, _LABEL_WIDTH))
    if label is not None and change.op is not Op.UPDATE:
        parts.append(f"“{cut(label, _LABEL_WIDTH)}”")
    if change.op is Op.INSERT and change.table is Table.CLIPS:
        parts.append(f"{_clock(values.get('start_time'))}-{_clock(values.get('end_time'))}")
    if change.op is Op.INSERT and change.table is Table.COLLECTIONS:
        parts.append(f"of {plural(values.get('clips_count') or 0, 'clip')}")
    if change.op in (Op.UPDATE, Op.DELETE) and change.table is not Table.PROJECTS:
        parts.append(f"row {clean(change.row_id)}")
    return " ".join(parts)


def _differences(column: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """(name, before, after): the column, or, of two JSON objects, the keys that differ."""
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        yield column, before, after
        return
    keys = [
        key
        for key in dict.fromkeys((*before, *after))
        if key not in before or key not in after or before[key] != after[key]
    ]
    for key in keys[:_MOST_KEYS]:
        yield f"{column}.{key}", before.get(key), after.get(key)
    if len(keys) > _MOST_KEYS:
        yield f"{column} ({plural(len(keys) - _MOST_KEYS, 'more key')})", ..., ...


def _pair(before: Any, after: Any) -> tuple[str, str]:
    """Both values, cut such that what differs is in sight."""
    left, right = _shown(before), _shown(after)
    if before is ... or (len(left) <= _VALUE_WIDTH and len(right) <= _VALUE_WIDTH):
        return cut(left, _VALUE_WIDTH), cut(right, _VALUE_WIDTH)
    same = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        same += 1
    start = same - _KEPT_PREFIX
    if start > _KEPT_PREFIX:
        left, right = ELLIPSIS + left[start:], ELLIPSIS + right[start:]
    return cut(left, _VALUE_WIDTH), cut(right, _VALUE_WIDTH)


def _shown(value: Any) -> str:
    if value is ...:
        return ELLIPSIS
    if value is None:
        return "(none)"
    if value == TIME_OF_APPLY:
        return "(the time of the sync)"
    if isinstance(value, str):
        return f"“{value}”" if value else "(empty)"
    return dump(value).decode()


def _clock(seconds: Any) -> str:
    """`1:02:03`, `3:57`"""
    if not isinstance(seconds, int | float):
        return "?"
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
