"""`clipsync validate`: the second opinion, by Great Expectations."""

from __future__ import annotations

from pathlib import Path
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
    from clipsync.quality import QualityReport

EXAMPLES = (
    ("All projects", "clipsync validate --all"),
    ("One project, for a program", "clipsync validate 455d6e8c-29a4-4027-884a-ddec16f9bbe1 --json"),
    ("With Great Expectations' own project and pages", "clipsync validate --all --gx-dir /tmp/gx"),
)

_MOST_ROWS = 5

Record = Annotated[
    bool,
    typer.Option(
        "--record",
        metavar="",
        help="Write findings and results to ClipSync's own tables, as the nightly run does.",
    ),
]
GxDir = Annotated[
    Path | None,
    typer.Option(
        "--gx-dir",
        metavar="DIR",
        help="Write Great Expectations' own project there: suites, results and Data Docs, to be "
        "opened with its tools.",
        show_default=False,
    ),
]


def validate(
    ids: ProjectIds = None,
    everything: AllProjects = False,
    record: Record = False,
    gx_dir: GxDir = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Check the database against the files, with rules that share no code with the sync.

    Changes nothing in AutoClip. Your own rules (CLIPSYNC_EXPECTATIONS_DIR) are checked with ours.

    Exit status: 0 no error, 2 a rule of severity error fails, 1 error.
    """
    project_ids = chosen_projects("validate", ids, everything)
    with open_session(data_dir, database_url) as workspace:
        from clipsync.cli.json_output import print_json
        from clipsync.operations.runs import RunContext
        from clipsync.operations.validating import validate_and_record, validate_projects

        if record:
            run = RunContext.for_command("validate")
            report = validate_and_record(workspace, project_ids, run, gx_dir=gx_dir)
        else:
            report = validate_projects(workspace, project_ids, gx_dir=gx_dir)
        if json:
            print_json(report.as_dict())
        else:
            _print(report)
    raise typer.Exit(DONE if report.success else DIFFERENT)


def _print(report: QualityReport) -> None:
    from rich.text import Text

    from clipsync.cli.console import Page
    from clipsync.model.finding import Severity
    from clipsync.reporting.text import clean, plural

    page = Page()
    checks = plural(len(report.checks), "check")
    page.say(f"{checks} over {plural(report.projects, 'project')}, {len(report.failed)} failed.")
    for check in sorted(report.failed, key=lambda check: -check.severity.rank):
        style = "red" if check.severity is Severity.ERROR else "yellow"
        page.say()
        page.say(Text(f"{check.severity.value}  {check.name}", style=style))
        page.say(Text(f"  {clean(check.description)}"))
        if check.problem is not None:
            page.say(Text(f"  could not be evaluated: {clean(check.problem)}"))
        for failed in check.projects[:_MOST_ROWS]:
            rows = ", ".join(clean(one) for one in failed.row_ids[:_MOST_ROWS])
            values = "; ".join(f"{name} {clean(value)}" for name, value in failed.values)
            more = "" if failed.count <= _MOST_ROWS else f" and {failed.count - _MOST_ROWS} more"
            page.say(Text(f"  {failed.project_id}: {rows}{more} ({values})", style="dim"))
        if len(check.projects) > _MOST_ROWS:
            page.say(f"  … and {plural(len(check.projects) - _MOST_ROWS, 'more project')}")
