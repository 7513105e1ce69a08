"""`clipsync history`: which runs there were, what one of them changed, how a project fared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from clipsync.cli.exits import CommandLineError
from clipsync.cli.options import DatabaseUrl, DataDir, Json
from clipsync.cli.session import open_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipsync.ledger import RunRecord
    from clipsync.operations.workspace import Workspace

EXAMPLES = (
    ("The last five runs", "clipsync history --limit 5"),
    ("What a run changed", "clipsync history sync-20250801T100000Z-1a2b3c"),
    (
        "How a project came to be as it is",
        "clipsync history --project 455d6e8c-29a4-4027-884a-ddec16f9bbe1",
    ),
    ("The same for a program", "clipsync history sync-20250801T100000Z-1a2b3c --json"),
)

_MOST_CHANGES = 200

Run = Annotated[
    str | None,
    typer.Argument(metavar="RUN", help="Show every change of this run.", show_default=False),
]
Project = Annotated[
    str | None,
    typer.Option(
        "--project",
        metavar="ID",
        help="Show this project's states, findings and changes over time instead.",
        show_default=False,
    ),
]
Limit = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, help="How many runs to list, newest first.")
]


def history(
    run_id: Run = None,
    limit: Limit = 20,
    project: Project = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """List the runs that wrote to the database, or every change of one of them, or all that is
    known of one project.

    Exit status: 0 done, 1 error.
    """
    if run_id is not None and project is not None:
        raise CommandLineError("history: give a run or --project, not both.")
    with open_session(data_dir, database_url) as workspace:
        if project is not None:
            from clipsync.cli.project_history import show_project

            show_project(workspace, project, json=json)
            return
        from clipsync.cli.json_output import print_json
        from clipsync.operations.reading import newest_runs

        if run_id is not None:
            _show_run(workspace, run_id, json=json)
            return
        runs = newest_runs(workspace, limit)
        if json:
            print_json({"runs": [run.as_dict() for run in runs]})
        else:
            _print_runs(runs)


def _show_run(workspace: Workspace, run_id: str, *, json: bool) -> None:
    from clipsync.cli.json_output import Spool, print_json
    from clipsync.operations.reading import changes_of_run, find_run

    run = find_run(workspace, run_id)
    if not json:
        _print_run(workspace, run)
        return
    with Spool() as changes:
        for entry in changes_of_run(workspace, run_id):
            changes.add(entry.as_dict())
        print_json({"run": run.as_dict(), "changes": changes})


def _print_runs(runs: Sequence[RunRecord]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from clipsync.cli.console import Page
    from clipsync.reporting.text import clean, cut

    page = Page()
    if not runs:
        page.say("ClipSync has not written to this database yet.")
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("Run", "Started (UTC)", "By", "Outcome", "Changes"):
        # A run's id is there to be copied, so it is never cut.
        table.add_column(heading, overflow="fold", no_wrap=heading in ("Run", "Started (UTC)"))
    for run in runs:
        table.add_row(
            Text(clean(run.run_id)),
            f"{run.started_at:%Y-%m-%d %H:%M:%S}",
            Text(cut(_who(run), 40)),
            Text(clean(run.outcome or "not finished")),
            Text(_changes(run)),
        )
    page.say(table)
    page.say("What a run changed: clipsync history RUN. To take it back: clipsync undo RUN")


def _who(run: RunRecord) -> str:
    by_hand = run.trigger == "command line"
    return run.started_by if by_hand else f"{run.started_by} ({run.trigger})"


def _changes(run: RunRecord) -> str:
    from clipsync.cli.changes import counts_in_words
    from clipsync.reporting.text import plural

    if run.outcome is None:
        return "not counted"  # it runs, or was interrupted, which does not take back what it did
    counts = run.counts or {}
    if isinstance(counts.get("changes"), dict):
        return counts_in_words(counts["changes"]) or "-"
    restored = counts.get("restored")
    return f"{plural(restored, 'row')} put back" if isinstance(restored, int) else "-"


def _print_run(workspace: Workspace, run: RunRecord) -> None:
    from itertools import groupby

    from rich.text import Text

    from clipsync.cli.changes import change_lines
    from clipsync.cli.console import Page
    from clipsync.operations.reading import changes_of_run
    from clipsync.reporting.text import clean, plural

    lines: list[Text] = []
    count = 0
    by_project = groupby(changes_of_run(workspace, run.run_id), lambda e: e.change.project_id)
    for project_id, entries in by_project:
        changes = [entry.change for entry in entries]
        if count < _MOST_CHANGES:
            lines.append(Text(project_id, style="bold"))
            lines += change_lines(changes, _MOST_CHANGES - count)
        count += len(changes)
    page = Page()
    page.say(
        f"{clean(run.run_id)}: {clean(run.command)}, {clean(run.outcome or 'not finished')}; "
        f"started {run.started_at:%Y-%m-%d %H:%M:%S} UTC by {clean(_who(run))}"
    )
    for line in lines:
        page.say(line)
    page.say(f"{plural(count, 'change')}.", style="bold")
    if count:
        page.say(f"To take it back: clipsync undo {clean(run.run_id)}")
