"""Options that several commands have, and the rules for giving them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import typer

from clipsync.cli.exits import CommandLineError

ProjectIds = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ID",
        help="Project ids: lower-case UUIDs, the names of the directories in projects/.",
        show_default=False,
    ),
]
AllProjects = Annotated[
    bool, typer.Option("--all", metavar="", help="Every project that disk or database knows.")
]
DataDir = Annotated[
    str | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="AutoClip's data directory, which holds projects/. "
        "Default: the environment variable CLIPSYNC_DATA_DIR.",
        show_default=False,
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        metavar="URL",
        help="AutoClip's database, as a SQLAlchemy URL. Default: the environment variable "
        "CLIPSYNC_DATABASE_URL; a password belongs there, because the options of a running "
        "program can be read by every user of the machine.",
        show_default=False,
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        metavar="",
        help="Print one JSON document (UTF-8) on stdout, and nothing else.",
    ),
]
PreferWord = Literal["merge", "disk", "database"]
PreferOption = Annotated[
    PreferWord,
    typer.Option(
        "--prefer",
        help="Who wins where a person's value and the file's differ. merge: a person's edit is "
        "kept, everything else follows the file. disk: the file, edits included. database: "
        "nothing a person can edit is changed. Only for projects named by id.",
    ),
]
AllowDeletes = Annotated[
    bool,
    typer.Option(
        "--allow-deletes",
        metavar="",
        help="Go on where a guard stops because too much would be deleted. Look at the plan first.",
    ),
]
AllowRestore = Annotated[
    bool,
    typer.Option(
        "--allow-restore",
        metavar="",
        help="Bring back projects whose rows are gone from the database with many others, which "
        "looks like a loss. Without it nothing of them is changed.",
    ),
]


def chosen_projects(command: str, ids: Sequence[str] | None, everything: bool) -> list[str] | None:
    """The projects asked for; None: all. Raises CommandLineError for neither and for both."""
    if ids and everything:
        raise CommandLineError(f"{command}: give project ids or --all, not both.")
    if not ids and not everything:
        raise CommandLineError(
            f"{command}: which projects? Give their ids, or --all for every one. "
            "`clipsync audit --all` lists them."
        )
    return None if everything else list(ids or ())


def check_prefer(command: str, prefer: PreferWord, project_ids: Sequence[str] | None) -> None:
    """Raises CommandLineError where a preference would decide about projects nobody named."""
    if prefer != "merge" and project_ids is None:
        raise CommandLineError(
            f"{command}: --prefer {prefer} decides about people's edits, so it is only for "
            "projects named by id, not for --all."
        )
