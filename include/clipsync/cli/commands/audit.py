"""`clipsync audit`: do disk and database agree?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from clipsync.cli.exits import DIFFERENT, DONE
from clipsync.cli.options import (
    AllProjects,
    DatabaseUrl,
    DataDir,
    Json,
    ProjectIds,
    chosen_projects,
)
from clipsync.cli.session import open_session

if TYPE_CHECKING:
    from clipsync.operations.results import AuditReport

EXAMPLES = (
    ("All projects", "clipsync audit --all"),
    ("Only what may have changed since last night", "clipsync audit --all --quick"),
    ("One project, for a program", "clipsync audit 455d6e8c-29a4-4027-884a-ddec16f9bbe1 --json"),
)

_MOST_PROJECTS = 500
_MOST_FINDINGS = 20

Quick = Annotated[
    bool,
    typer.Option(
        "--quick",
        metavar="",
        help="Do not read projects that the last recorded audit (the nightly run's) found "
        "consistent and that are untouched since, by digests of their files' names, sizes and "
        "times, and of their rows.",
    ),
]


def audit(
    ids: ProjectIds = None,
    everything: AllProjects = False,
    quick: Quick = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Report, project by project, whether disk and database agree. Changes nothing.

    Exit status: 0 consistent, 2 not consistent, 1 error.
    """
    project_ids = chosen_projects("audit", ids, everything)
    with open_session(data_dir, database_url) as workspace:
        from clipsync.cli.json_output import print_json
        from clipsync.cli.progress import progress
        from clipsync.operations.auditing import audit_projects

        with progress("Auditing", lambda: len(workspace.select(project_ids))) as advance:
            report = audit_projects(
                workspace, project_ids, full=not quick, on_entry=lambda _: advance()
            )
        if json:
            print_json(report.as_dict())
        else:
            _print(report)
    raise typer.Exit(DONE if report.consistent else DIFFERENT)


def _print(report: AuditReport) -> None:
    from rich.text import Text

    from clipsync.cli.changes import advice_lines, finding_lines
    from clipsync.cli.console import Page
    from clipsync.model.finding import Severity
    from clipsync.reporting.table import report_table
    from clipsync.reporting.text import plural

    page = Page()
    page.say(report_table(report, width=page.width, max_rows=_MOST_PROJECTS))
    findings = [
        finding
        for entry in report.entries
        for finding in entry.findings
        if finding.severity is not Severity.INFO
    ]
    if findings:
        findings.sort(key=lambda finding: -finding.severity.rank)
        page.say()
        page.say("Findings", style="bold")
        for finding in findings[:_MOST_FINDINGS]:
            page.say(Text(f"  {finding.project_id}", style="dim"))
            for line in finding_lines([finding], 1):
                page.say(line)
        if len(findings) > _MOST_FINDINGS:
            more = plural(len(findings) - _MOST_FINDINGS, "more finding")
            page.say(f"  ... and {more}; --json shows all")
        page.say("What to do", style="bold")
        for line in advice_lines(findings):
            page.say(line)
    if any(any(entry.changes.values()) for entry in report.entries):
        page.say()
        page.say("What a sync would change: clipsync plan --all. Do it: clipsync sync --all")
