"""`clipsync undo`: put rows back as they were before a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from clipsync.cli.exits import DIFFERENT, DONE
from clipsync.cli.options import DatabaseUrl, DataDir, Json, ProjectIds
from clipsync.cli.session import open_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipsync.operations.undoing import UndoResult

EXAMPLES = (
    ("A whole run (clipsync history names it)", "clipsync undo sync-20250801T100000Z-1a2b3c"),
    (
        "Only what it did to one project",
        "clipsync undo sync-20250801T100000Z-1a2b3c \\\n      455d6e8c-29a4-4027-884a-ddec16f9bbe1",
    ),
)

_MOST_ROWS = 50

Run = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="The run's id, as `clipsync history` shows it.", show_default=False
    ),
]


def undo(
    run_id: Run,
    ids: ProjectIds = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Put the rows back that a run changed, exactly as they were.

    In the projects named, or in all that the run touched. A row that somebody changed since is
    left as it is, and reported. The files stay what they are: unless they change, the next sync
    makes the same changes again. An undo is a run itself, so it can be undone.

    Exit status: 0 all rows put back, 2 some were left as they are, 1 error.
    """
    with open_session(data_dir, database_url) as workspace:
        from clipsync.autoclip.disk import is_project_id
        from clipsync.errors import InvalidProjectIdError
        from clipsync.operations.runs import RunContext
        from clipsync.operations.undoing import undo_run

        # Projects that are gone from disk and database can still be undone, malformed ids never.
        for project_id in ids or ():
            if not is_project_id(project_id):
                raise InvalidProjectIdError(project_id)
        run = RunContext.for_command("undo")
        results = undo_run(workspace, run_id, ids or None, run=run)
        complete = all(result.complete for result in results)
        if json:
            _print_json(run_id, run.run_id, results, complete)
        else:
            _print(run_id, run.run_id, results)
    raise typer.Exit(DONE if complete else DIFFERENT)


def _print_json(undone: str, run_id: str, results: Sequence[UndoResult], complete: bool) -> None:
    from clipsync.cli.json_output import print_json

    print_json(
        {
            "success": complete,
            "run_id": run_id,
            "undone_run": undone,
            "restored": sum(result.restored for result in results),
            "left": sum(len(result.left) for result in results),
            "projects": [result.as_dict() for result in results],
        }
    )


def _print(undone: str, run_id: str, results: Sequence[UndoResult]) -> None:
    from clipsync.cli.console import Page
    from clipsync.messages import render
    from clipsync.reporting.text import clean, plural

    page = Page()
    restored = sum(result.restored for result in results)
    left = [(result.project_id, row) for result in results for row in result.left]
    for project_id, row in left[:_MOST_ROWS]:
        page.say(
            f"left as it is: {row.table.value} {clean(row.row_id)} of project {project_id}: "
            f"{clean(render(row.reason))}"
        )
    if len(left) > _MOST_ROWS:
        page.say(f"... and {plural(len(left) - _MOST_ROWS, 'more row')}; --json shows all")
    page.say(
        f"Undid {clean(undone)} in {plural(len(results), 'project')}: {plural(restored, 'row')} "
        f"put back, {len(left):,} left as they are.",
        style="bold",
    )
    page.say(f"To take this back: clipsync undo {run_id}")
