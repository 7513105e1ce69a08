"""`clipsync demo`: data to try everything on."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from clipsync.cli.exits import CommandLineError
from clipsync.cli.options import Json

EXAMPLES = (
    ("Thirteen projects", "clipsync demo /tmp/demo"),
    ("A thousand", "clipsync demo /tmp/many --projects 1000"),
    ("Only an empty database", "clipsync demo /tmp/empty --empty"),
)

_DEFAULT_PROJECTS = 13


def demo(
    directory: Annotated[
        str,
        typer.Argument(
            metavar="DIR",
            help="A new or empty directory, or that of an earlier demo, which is replaced.",
            show_default=False,
        ),
    ],
    projects: Annotated[
        int | None,
        typer.Option(
            "--projects",
            metavar="N",
            help="How many projects, 13 to 100000. The first 13 are always the same. Default: 13.",
            show_default=False,
        ),
    ] = None,
    empty: Annotated[
        bool,
        typer.Option(
            "--empty",
            metavar="",
            help="Only an empty database with AutoClip's schema, and no data.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Make demo data: a data directory and a SQLite database as AutoClip leaves them.

    Thirteen projects, six of them completed (45 clips, 13 collections) and missing from the
    database. More are drawn at random, the same ones every time. Beside them, in today/, an
    AutoClip 1.5.6 with every kind of project that it makes: one-click, example, command line.

    Exit status: 0 done, 1 error.
    """
    if empty and projects is not None:
        raise CommandLineError("demo: --empty makes no projects; leave --projects out.")
    if not directory.strip():
        raise CommandLineError("demo: the directory's name is empty.")
    if empty:
        _make_empty(Path(directory), json=json)
    else:
        _make(Path(directory), _DEFAULT_PROJECTS if projects is None else projects, json=json)


def _make(directory: Path, projects: int, *, json: bool) -> None:
    from clipsync.cli.console import Page
    from clipsync.cli.json_output import print_json
    from clipsync.cli.progress import progress
    from clipsync.demo.directory import sqlite_url
    from clipsync.demo.scenario import present_day_of, write_demo
    from clipsync.reporting.text import clean, plural

    with progress("Writing projects", lambda: projects) as advance:
        told = 0

        def tell(done: int, _total: int) -> None:
            nonlocal told
            for _ in range(done - told):
                advance()
            told = done

        written = write_demo(directory, projects, on_progress=tell)
    today_data, today_database = present_day_of(written.directory)
    data_dir, database = written.data_dir.absolute(), written.database.absolute()
    if json:
        print_json(
            {
                "directory": str(written.directory.absolute()),
                "data_dir": str(data_dir),
                "database": str(database),
                "database_url": written.database_url,
                "projects": written.projects,
                "completed": written.completed,
                "present_day": {
                    "data_dir": str(today_data.absolute()),
                    "database_url": sqlite_url(today_database),
                },
                "clips": written.clips,
                "collections": written.collections,
            }
        )
        return
    page = Page()
    page.say(
        f"{plural(written.projects, 'project')}, {written.completed:,} of them completed: "
        f"{plural(written.clips, 'clip')} and {plural(written.collections, 'collection')}."
    )
    page.say(f"  data directory  {clean(data_dir)}")
    page.say(f"  database        {clean(database)}")
    page.say()
    page.say("Next:", style="bold")
    program = _program()
    for line in (
        f"export CLIPSYNC_DATA_DIR={shlex.quote(str(data_dir))}",
        f"export CLIPSYNC_DATABASE_URL={shlex.quote(written.database_url)}",
        f"{program} audit --all    # what is wrong",
        f"{program} plan --all     # what a sync would do",
        f"{program} sync --all     # do it",
        f"{program} audit --all    # disk and database agree",
    ):
        page.say(f"  {line}")
    page.say()
    page.say("The kinds of project that AutoClip makes today:", style="bold")
    page.say(
        f"  {program} audit --all --data-dir {shlex.quote(str(today_data.absolute()))} "
        f"--database-url {shlex.quote(sqlite_url(today_database))}"
    )


def _make_empty(directory: Path, *, json: bool) -> None:
    from clipsync.cli.console import Page
    from clipsync.cli.json_output import print_json
    from clipsync.demo.directory import sqlite_url
    from clipsync.demo.scenario import write_empty_database
    from clipsync.reporting.text import clean

    database = write_empty_database(directory).absolute()
    url = sqlite_url(database)
    if json:
        print_json(
            {
                "directory": str(directory.absolute()),
                "database": str(database),
                "database_url": url,
            }
        )
        return
    page = Page()
    page.say("An empty database with AutoClip's schema:")
    page.say(f"  database        {clean(database)}")
    page.say()
    page.say("Next, with a data directory of your own:", style="bold")
    page.say(f"  export CLIPSYNC_DATABASE_URL={shlex.quote(url)}")
    page.say(f"  {_program()} sync --all --data-dir DIR")


def _program() -> str:
    """How to call this very program in a shell."""
    called = Path(sys.argv[0])
    if called.name == "clipsync" and called.is_file():
        found = shutil.which("clipsync")
        if found is not None and Path(found).resolve() == called.resolve():
            return "clipsync"
        return shlex.quote(str(called.absolute()))
    return f"{shlex.quote(sys.executable)} -m clipsync"
