"""`clipsync sync`: make the database agree with the disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clipsync.cli.exits import DONE, FAILED, CommandLineError
from clipsync.cli.options import (
    AllowDeletes,
    AllowRestore,
    AllProjects,
    DatabaseUrl,
    DataDir,
    Json,
    PreferOption,
    PreferWord,
    ProjectIds,
    check_prefer,
    chosen_projects,
)
from clipsync.cli.session import open_session

if TYPE_CHECKING:
    from clipsync.cli.results import SyncPage
    from clipsync.operations.results import SyncResult

EXAMPLES = (
    ("One project", "clipsync sync 455d6e8c-29a4-4027-884a-ddec16f9bbe1"),
    ("All, for a program", "clipsync sync --all --json"),
    (
        "Give up people's edits in one project",
        "clipsync sync 455d6e8c-29a4-4027-884a-ddec16f9bbe1 --prefer disk",
    ),
    ("Exactly what was saved, or nothing", "clipsync sync --plan tonight.json"),
)

SavedPlan = Annotated[
    str | None,
    typer.Option(
        "--plan",
        metavar="FILE",
        help="Apply a plan that `clipsync plan --out FILE` saved: exactly that, or nothing.",
        show_default=False,
    ),
]


def sync(
    ids: ProjectIds = None,
    everything: AllProjects = False,
    prefer: PreferOption = "merge",
    allow_deletes: AllowDeletes = False,
    allow_restore: AllowRestore = False,
    plan_file: SavedPlan = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Make the database agree with the disk.

    Each project is changed as a whole or not at all, and a project that fails does not stop the
    others. What people edited or deleted in AutoClip stays as they left it. A second sync changes
    nothing.

    With --json: the result of one project where one id is given, else the sum of all.

    Exit status: 0 all synced (or nothing to sync yet), 1 error, or any project failed.
    """
    project_ids = _chosen(ids, everything, prefer, allow_deletes or allow_restore, plan_file)
    alone = project_ids is not None and len(set(project_ids)) == 1
    with open_session(data_dir, database_url) as workspace:
        from clipsync.cli.json_output import print_json
        from clipsync.cli.progress import progress
        from clipsync.operations.runs import RunContext
        from clipsync.operations.syncing import sync_projects
        from clipsync.reconcile import PlanOptions, Prefer

        run = RunContext.for_command("sync")
        page = None if alone or json else _page()
        results: list[SyncResult] = []
        # How many projects a saved plan has is not known before it is read: then there is no bar.
        watched = plan_file is None
        with progress("Syncing", lambda: len(workspace.select(project_ids)), watched) as advance:

            def take(result: SyncResult) -> None:
                if alone:
                    results.append(result)
                elif page is not None:
                    page.take(result)
                advance()

            if plan_file is not None:
                from clipsync.operations.saved_plans import apply_saved_plan

                summary = apply_saved_plan(workspace, Path(plan_file), run=run, on_result=take)
            else:
                options = PlanOptions(
                    prefer=Prefer(prefer),
                    allow_deletes=allow_deletes,
                    allow_restore=allow_restore,
                )
                summary = sync_projects(
                    workspace, project_ids, run=run, options=options, on_result=take
                )
        if alone and json:
            print_json({**results[0].as_dict(), "run_id": run.run_id})
        elif alone:
            from clipsync.cli.results import print_result

            print_result(results[0], run.run_id, json=False)
        elif page is None:
            print_json(summary.as_dict())
        else:
            page.print(summary, json=False)
    raise typer.Exit(DONE if summary.success else FAILED)


def _page() -> SyncPage:
    from clipsync.cli.results import SyncPage  # here: a program that wants JSON need not load it

    return SyncPage()


def _chosen(
    ids: list[str] | None,
    everything: bool,
    prefer: PreferWord,
    allowed: bool,
    plan_file: str | None,
) -> list[str] | None:
    """The projects asked for; None: all, or those of the saved plan."""
    if plan_file is None:
        project_ids = chosen_projects("sync", ids, everything)
        check_prefer("sync", prefer, project_ids)
        return project_ids
    if ids or everything or prefer != "merge" or allowed:
        raise CommandLineError(
            "sync: --plan applies what was saved, so it takes neither project ids nor --all, "
            "--prefer, --allow-deletes or --allow-restore."
        )
    return None
