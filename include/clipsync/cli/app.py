"""All commands under one name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated

import typer

from clipsync import __version__
from clipsync.cli.commands import (
    audit,
    demo,
    history,
    plan,
    quarantine,
    restore,
    sync,
    undo,
    validate,
)
from clipsync.cli.exits import FAILED, Command, Commands

Examples = tuple[tuple[str, str], ...]
"""(what it is for, the command line)"""

COMMANDS: tuple[tuple[Callable[..., None], Examples], ...] = (
    (plan.plan, plan.EXAMPLES),
    (sync.sync, sync.EXAMPLES),
    (audit.audit, audit.EXAMPLES),
    (validate.validate, validate.EXAMPLES),
    (restore.restore, restore.EXAMPLES),
    (undo.undo, undo.EXAMPLES),
    (quarantine.quarantine, quarantine.EXAMPLES),
    (history.history, history.EXAMPLES),
    (demo.demo, demo.EXAMPLES),
)
"""In the order of `clipsync --help`. A new command is a module in `commands/` and a line here."""

_HELP = """
Keeps AutoClip's database true to what its pipeline wrote on disk.

What people edited or deleted in AutoClip stays as they left it.

[bold]Environment[/]

  CLIPSYNC_DATA_DIR        AutoClip's data directory, which holds projects/
  CLIPSYNC_DATABASE_URL    its database: sqlite:////srv/autoclip/autoclip.db
                           or postgresql://user:password@host/autoclip

The options --data-dir and --database-url override them.
"""

_EPILOG = """
[bold]Exit status[/]

  plan      0 nothing to do        2 changes           1 error
  audit     0 consistent           2 not consistent    1 error
  validate  0 no error             2 a rule fails      1 error
  sync      0 all synced                               1 error, or one failed
  restore   0 done                                     1 error, or it failed
  undo      0 all rows put back    2 some rows left    1 error
  others    0 done                                     1 error

An error is one line on stderr, and nothing was changed.

[bold]Examples[/]

  clipsync demo /tmp/demo    make data to try it on
  clipsync audit --all       do disk and database agree?
  clipsync plan --all        what would a sync do?
  clipsync sync --all        do it

Every command explains itself: clipsync sync --help
"""

app = typer.Typer(
    cls=Commands,
    name="clipsync",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["--help", "-h"]},
    help=_HELP.strip(),
    epilog=_EPILOG.strip(),
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"clipsync {__version__}")
        raise typer.Exit


@app.callback()
def clipsync(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            metavar="",
            callback=_show_version,
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Keeps AutoClip's database true to what its pipeline wrote on disk."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(FAILED)


def _one_line_paragraphs(text: str) -> str:
    """Typer wraps what is longer than the terminal, but keeps the line breaks it is given."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _epilog(examples: Examples) -> str:
    lines = [f"  {what}:\n    {command}" for what, command in examples]
    return "\n".join(["[bold]Examples[/]\n", *lines])


for _command, _of_command in COMMANDS:
    app.command(
        cls=Command,
        help=_one_line_paragraphs(_command.__doc__ or ""),
        epilog=_epilog(_of_command),
    )(_command)
