"""`clipsync restore`: bring back what was deleted in AutoClip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from clipsync.cli.exits import DONE, FAILED, CommandLineError
from clipsync.cli.options import DatabaseUrl, DataDir, Json
from clipsync.cli.session import open_session

if TYPE_CHECKING:
    from clipsync.operations.workspace import Workspace

EXAMPLES = (
    ("What could be restored", "clipsync restore 455d6e8c-29a4-4027-884a-ddec16f9bbe1"),
    (
        "Two clips and a collection",
        "clipsync restore 455d6e8c-29a4-4027-884a-ddec16f9bbe1 \\\n"
        "      --clip 3 --clip 5 --collection 2",
    ),
    ("Everything", "clipsync restore 455d6e8c-29a4-4027-884a-ddec16f9bbe1 --all"),
)

Project = Annotated[
    str,
    typer.Argument(metavar="ID", help="The project: a lower-case UUID.", show_default=False),
]
Clips = Annotated[
    list[str] | None,
    typer.Option(
        "--clip",
        metavar="N",
        help="The id of a clip in the files. May be given several times.",
        show_default=False,
    ),
]
Collections = Annotated[
    list[str] | None,
    typer.Option(
        "--collection",
        metavar="N",
        help="The id of a collection in the files. May be given several times.",
        show_default=False,
    ),
]
Everything = Annotated[
    bool,
    typer.Option("--all", metavar="", help="Everything that was deleted in this project."),
]


def restore(
    project_id: Project,
    clips: Clips = None,
    collections: Collections = None,
    everything: Everything = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Bring back clips and collections that somebody deleted in AutoClip.

    They come back with their old row ids, texts, order and places in collections, and the project
    is synced. A project that was deleted as a whole comes back, without what was deleted in it
    before. Else, without --clip, --collection or --all: list what could be restored.

    Exit status: 0 done, 1 error, or the project failed.
    """
    if everything and (clips or collections):
        raise CommandLineError("restore: --all, or --clip and --collection, not both.")
    with open_session(data_dir, database_url) as workspace:
        from clipsync.operations.restoring import is_deleted

        chosen = everything or clips or collections
        if not chosen and not is_deleted(workspace, project_id):
            _list(workspace, project_id, json=json)
            return
        from clipsync.cli.results import print_result
        from clipsync.operations.restoring import restore_project
        from clipsync.operations.runs import RunContext

        run = RunContext.for_command("restore")
        result = restore_project(
            workspace,
            project_id,
            run=run,
            clips=clips or (),
            collections=collections or (),
            everything=everything,
        )
        print_result(result, run.run_id, json=json)
    raise typer.Exit(DONE if result.success else FAILED)


def _list(workspace: Workspace, project_id: str, *, json: bool) -> None:
    from clipsync.cli.console import Page
    from clipsync.cli.json_output import print_json
    from clipsync.operations.restoring import held_back
    from clipsync.reporting.text import clean, cut

    stones = held_back(workspace, project_id)
    if json:
        print_json(
            {
                "project_id": project_id,
                "held_back": [
                    {
                        "kind": stone.kind.value,
                        "source_id": stone.source_id,
                        "row_id": stone.row_id,
                        "label": stone.label,
                        "reason": stone.reason.value,
                    }
                    for stone in stones
                ],
            }
        )
        return
    page = Page()
    if not stones:
        page.say("Nothing is held back in this project: no sync has seen a deletion.")
        return
    page.say("Held back, because somebody deleted it:", style="bold")
    for stone in stones:
        doubt = " (perhaps: deleted before ClipSync's time)" if stone.row_id is None else ""
        page.say(
            f"  --{stone.kind.value} {clean(stone.source_id)}  “{cut(stone.label, 60)}”{doubt}"
        )
    page.say("To bring it back, give these options, or --all.")
