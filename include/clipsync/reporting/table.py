"""The consistency report as a table: for a terminal (Rich) and as plain text for logs and mails.

Both come from the same rows, so what the console shows is what the log says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from clipsync.messages import message, word
from clipsync.model.finding import Finding, Severity
from clipsync.model.plan import Op
from clipsync.operations.results import AuditEntry, AuditReport, AuditStatus
from clipsync.reporting.text import clean, cut, plural

_STATUS_STYLES = {
    AuditStatus.CONSISTENT: "green",
    AuditStatus.OUT_OF_SYNC: "red",
    AuditStatus.PROBLEM: "red",
    AuditStatus.PROCESSING: "dim",
    AuditStatus.GIVEN_UP: "yellow",
    AuditStatus.STUDIO: "cyan",
    AuditStatus.DELETED: "dim",
    AuditStatus.MISSING: "yellow",
    AuditStatus.LOST: "red",
    AuditStatus.FAILED: "red",
}

_NATURAL_NAME_WIDTH = 44
_USEFUL_NAME_WIDTH = 20
_SMALLEST_NAME_WIDTH = 10
_REASON_WIDTH = 40
_SHORT_ID_WIDTH = 9
_MESSAGE_WIDTH = 200
_WIDE = 10_000


def text_report(report: AuditReport, width: int | None = None, max_rows: int | None = None) -> str:
    """The report as plain text: the same on every machine, without colours or trailing spaces.

    `width`: of the table in cells; names are cut to fit, and below some 70 cells the ids too.
    None: as wide as it needs. `max_rows`: at most so many projects, those with problems first.
    """
    out = StringIO()
    console = Console(
        file=out,
        width=_WIDE,  # our own cuts make it fit; a line of a log is never wrapped
        color_system=None,
        force_terminal=False,
        force_jupyter=False,
        legacy_windows=False,
        emoji=False,
        markup=False,
        highlight=False,
    )
    console.print(report_table(report, width=width, max_rows=max_rows))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def report_table(
    report: AuditReport, width: int | None = None, max_rows: int | None = None
) -> RenderableType:
    """The report for a Rich console: the table, totals, consistency in words, general findings.

    `width`: the console's width in cells, None for as wide as it needs. Names are never read as
    Rich markup.
    """
    rows, left_out = _choose(report.entries, max_rows)
    parts: list[RenderableType] = [_table(rows, report, width)]
    if left_out:
        parts.append(Text(f"... and {plural(left_out, 'more project')}."))
    parts.append(Text(totals_sentence(report)))
    style = "bold green" if report.consistent else "bold red"
    parts.append(Text(consistency_sentence(report), style=style))
    parts.extend(
        Text(f"{finding.severity.value}: {cut(message(finding), _MESSAGE_WIDTH)}")
        for finding in report.findings
        if finding.severity is not Severity.INFO
    )
    return Group(*parts)


def totals_sentence(report: AuditReport) -> str:
    """`13 projects: 6 consistent, 7 processing. 45 clips, 13 collections.`

    Projects that a person deleted are none of them: `1 more is deleted.`
    """
    totals = report.totals
    counted = Counter(entry.status for entry in report.entries)
    deleted = counted.pop(AuditStatus.DELETED, 0)
    states = [f"{counted[status]:,} {word('status', status)}" for status in AuditStatus]
    shown = [state for state, status in zip(states, AuditStatus, strict=True) if counted[status]]
    projects = plural(totals.projects, "project") + (": " + ", ".join(shown) if shown else "")
    clips, collections = plural(totals.clips, "clip"), plural(totals.collections, "collection")
    beside = f" {deleted:,} more {'is' if deleted == 1 else 'are'} deleted." if deleted else ""
    return f"{projects}.{beside} {clips}, {collections}."


def consistency_sentence(report: AuditReport) -> str:
    """Whether disk and database agree, in words and as a percentage."""
    totals = report.totals
    percent = f"{totals.consistency_percent:.1f} %"
    if totals.projects == 0 and report.consistent:
        return "Consistent: there is no project yet, neither on disk nor in the database."
    if report.consistent:
        return f"Consistent: disk and database agree ({percent})."
    if totals.with_problems == 0:
        return f"Not consistent: no project has a problem ({percent}), but see below."
    verb = "has" if totals.with_problems == 1 else "have"
    return (
        f"Not consistent: {totals.with_problems:,} of {plural(totals.projects, 'project')} {verb} "
        f"a problem ({percent} consistent)."
    )


def severity_counts(findings: Iterable[Finding]) -> list[str]:
    """`["1 error", "2 warnings"]`: those that are there, the worst first."""
    counted = Counter(finding.severity for finding in findings)
    return [
        plural(counted[severity], severity.value)
        for severity in (Severity.ERROR, Severity.WARNING)
        if counted[severity]
    ]


@dataclass(frozen=True, slots=True)
class _Row:
    project_id: str
    name: str
    clips: str
    collections: str
    status: str
    details: str = ""
    style: str = ""

    def status_text(self, with_details: bool) -> str:
        return f"{self.status} ({self.details})" if with_details and self.details else self.status


def _table(entries: Sequence[AuditEntry], report: AuditReport, width: int | None) -> Table:
    totals = report.totals
    rows = [_row(entry) for entry in entries]
    footer = _Row(
        project_id="Total",
        name=plural(totals.projects, "project"),
        clips=f"{totals.clips:,}",
        collections=f"{totals.collections:,}",
        status=f"{totals.consistency_percent:.1f} % consistent",
    )
    id_width, name_width, with_details = _fit([*rows, footer], width)

    table = Table(box=box.SIMPLE_HEAD, show_footer=bool(rows), padding=(0, 1, 0, 0))
    headings: tuple[tuple[str, str, Literal["left", "right"]], ...] = (
        ("Project", footer.project_id, "left"),
        ("Name", cut(footer.name, name_width), "left"),
        ("Clips", footer.clips, "right"),
        ("Collections", footer.collections, "right"),
        ("Status", footer.status, "left"),
    )
    for heading, total, justify in headings:
        table.add_column(
            heading, footer=Text(total), justify=justify, no_wrap=True, overflow="crop"
        )
    for row in rows:
        table.add_row(
            Text(cut(row.project_id, id_width)),
            Text(cut(row.name, name_width)),
            Text(row.clips),
            Text(row.collections),
            Text(row.status_text(with_details), style=row.style),
        )
    return table


def _row(entry: AuditEntry) -> _Row:
    return _Row(
        project_id=clean(entry.project_id),
        name=cut(entry.name, _NATURAL_NAME_WIDTH) or "-",
        clips=f"{entry.clips:,}",
        collections=f"{entry.collections:,}",
        status=word("status", entry.status),
        details=_details(entry),
        style=_STATUS_STYLES[entry.status],
    )


def _details(entry: AuditEntry) -> str:
    """`5 changes, 1 warning`; of a Studio project also `rendering, 1 of 3`, and why it failed."""
    # Adopting is the ledger's own business: nothing on AutoClip's pages changes by it.
    changes = sum(count for op, count in entry.changes.items() if op != Op.ADOPT)
    planned = [plural(changes, "change")] if changes else []
    return ", ".join([*_studio(entry), *planned, *severity_counts(entry.findings)])


def _studio(entry: AuditEntry) -> list[str]:
    studio = entry.studio
    if studio is None:
        return []
    said = [word("phase", str(studio["phase"])), f"{studio['done']} of {studio['total']}"]
    return [*said, cut(str(studio["error"]), _REASON_WIDTH)] if studio["error"] else said


def _fit(rows: Sequence[_Row], width: int | None) -> tuple[int, int, bool]:
    """Cells for ids and for names, and whether the status' details fit.

    Names are cut first, down to a useful width; then the details go; then the ids are cut.
    """
    id_width = max(cell_len(row.project_id) for row in rows)
    name_width = max(len("Name"), *(cell_len(row.name) for row in rows))
    if width is None:
        return id_width, name_width, True
    wanted = min(name_width, _USEFUL_NAME_WIDTH)
    short_id_width = min(id_width, _SHORT_ID_WIDTH)
    room = 0
    for ids, with_details in (
        (id_width, True),
        (id_width, False),
        (short_id_width, True),
        (short_id_width, False),
    ):
        room = width - ids - _other_columns(rows, with_details)
        if room >= wanted:
            return ids, min(name_width, room), with_details
    return short_id_width, min(name_width, max(room, _SMALLEST_NAME_WIDTH)), False


def _other_columns(rows: Sequence[_Row], with_details: bool) -> int:
    clips = max(len("Clips"), *(len(row.clips) for row in rows))
    collections = max(len("Collections"), *(len(row.collections) for row in rows))
    status = max(len("Status"), *(len(row.status_text(with_details)) for row in rows))
    # SIMPLE_HEAD draws one blank cell at either edge; every column ends with two, the last with one
    return clips + collections + status + 2 + 4 * 2 + 1


def _choose(
    entries: Sequence[AuditEntry], max_rows: int | None
) -> tuple[Sequence[AuditEntry], int]:
    """The projects to show, in the report's order; those with problems before the others."""
    if max_rows is None or len(entries) <= max_rows:
        return entries, 0
    ranked = sorted(
        range(len(entries)), key=lambda index: (not entries[index].status.is_problem, index)
    )
    chosen = sorted(ranked[:max_rows])
    return [entries[index] for index in chosen], len(entries) - max_rows
