"""What a sync did, for people and as JSON."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from clipsync.cli.changes import advice_lines, counts_in_words, finding_lines
from clipsync.cli.console import NARROW, Page
from clipsync.cli.json_output import print_json
from clipsync.messages import render
from clipsync.model.finding import Finding, Severity
from clipsync.operations.results import SyncResult, SyncSummary
from clipsync.reporting.text import clean, cut, plural

_MOST_FINDINGS = 20
_MOST_PROJECTS = 50
_MOST_FAILURES = 50
_NAME_WIDTH = 30
_SHORT_NAME_WIDTH = 16
_SHORT_ID_WIDTH = 9


def print_result(result: SyncResult, run_id: str, *, json: bool) -> None:
    """One project's result."""
    if json:
        print_json({**result.as_dict(), "run_id": run_id})
        return
    page = Page()
    page.say(Text.assemble((result.project_id, "bold"), f"  {cut(result.name, 60)}"))
    if result.error is not None:
        page.say(f"  failed: {clean(result.error)}", style="bold red")
    elif result.stopped is not None:
        page.say(f"  failed: {clean(render(result.stopped))}", style="bold red")
    elif result.skipped is not None:
        page.say(f"  skipped: {clean(render(result.skipped))}")
    else:
        page.say(f"  {counts_in_words(result.changes) or 'nothing to change'}")
        page.say(f"  {_agreeing(result.clips_synced, result.collections_synced)}", style="green")
    for line in finding_lines(result.findings, _MOST_FINDINGS):
        page.say(line)
    _say_advice(page, result.findings)
    if result.success and any(result.changes.values()):
        _say_undo(page, run_id)


class SyncPage:
    """The sum of many results. Keeps a few of them to show, so that memory does not grow."""

    def __init__(self) -> None:
        self._changed: list[SyncResult] = []
        self._more_changed = 0
        self._findings: list[Finding] = []
        self._more_findings = 0

    def take(self, result: SyncResult) -> None:
        if result.success and any(result.changes.values()):
            if len(self._changed) < _MOST_PROJECTS:
                self._changed.append(result)
            else:
                self._more_changed += 1
        for finding in result.findings:
            if finding.severity is not Severity.INFO:
                if len(self._findings) < _MOST_FINDINGS:
                    self._findings.append(finding)
                else:
                    self._more_findings += 1

    def print(self, summary: SyncSummary, *, json: bool) -> None:
        if json:
            print_json(summary.as_dict())
            return
        page = Page()
        if self._changed:
            page.say(self._table(page.width))
        if self._more_changed:
            page.say(f"... and {plural(self._more_changed, 'more project')} with changes\n")
        self._say_failures(page, summary)
        self._say_findings(page)
        synced, failed = len(summary.synced_projects), len(summary.failed_projects)
        page.say(
            f"{plural(summary.total_projects, 'project')}: {synced:,} synced, {failed:,} failed. "
            f"{counts_in_words(summary.changes) or 'Nothing to change'}."
        )
        page.say(
            _agreeing(summary.clips_synced, summary.collections_synced),
            style="bold green" if summary.success else "",
        )
        if any(summary.changes.values()):
            _say_undo(page, summary.run_id)

    def _table(self, width: int | None) -> Table:
        narrow = width is not None and width < NARROW
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
        table.add_column("Project", no_wrap=True)
        table.add_column("Name", no_wrap=True)
        table.add_column("Clips", justify="right", no_wrap=True)
        table.add_column("Collections", justify="right", no_wrap=True)
        table.add_column("Changes")
        for result in self._changed:
            id_ = result.project_id
            table.add_row(
                Text(cut(id_, _SHORT_ID_WIDTH) if narrow else id_),
                Text(cut(result.name, _SHORT_NAME_WIDTH if narrow else _NAME_WIDTH)),
                f"{result.clips_synced:,}",
                f"{result.collections_synced:,}",
                Text(counts_in_words(result.changes)),
            )
        return table

    def _say_failures(self, page: Page, summary: SyncSummary) -> None:
        failed = summary.failed_projects
        for one in failed[:_MOST_FAILURES]:
            page.say(
                Text.assemble(
                    (one["project_id"], "bold"), ("  failed: ", "bold red"), clean(one["error"])
                )
            )
        if len(failed) > _MOST_FAILURES:
            more = plural(len(failed) - _MOST_FAILURES, "more project")
            page.say(f"... and {more} that failed; --json names them")
        if failed:
            page.say()

    def _say_findings(self, page: Page) -> None:
        if not self._findings:
            return
        page.say("Findings", style="bold")
        for finding in sorted(self._findings, key=lambda one: -one.severity.rank):
            page.say(Text(f"  {finding.project_id}", style="dim"))
            for line in finding_lines([finding], 1):
                page.say(line)
        if self._more_findings:
            more = plural(self._more_findings, "more finding")
            page.say(f"  ... and {more}; `clipsync audit --all --json` has them")
        _say_advice(page, self._findings)
        page.say()


def _agreeing(clips: int, collections: int) -> str:
    verb = "agrees" if clips + collections == 1 else "agree"
    return (
        f"{plural(clips, 'clip')} and {plural(collections, 'collection')} {verb} on disk and in "
        "the database."
    )


def _say_advice(page: Page, findings: Any) -> None:
    telling = [finding for finding in findings if finding.severity is not Severity.INFO]
    if telling:
        page.say("What to do", style="bold")
        for line in advice_lines(telling):
            page.say(line)


def _say_undo(page: Page, run_id: str) -> None:
    page.say(f"Every change: clipsync history {run_id}. To take it back: clipsync undo {run_id}")
