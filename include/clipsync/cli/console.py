"""What people see: text on stdout, a progress bar on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from rich.console import Console, RenderableType
from rich.text import Text

from clipsync.cli.exits import to_stdout

Advance = Callable[[], None]

NARROW = 100
"""Below so many cells project ids are cut, so that names stay readable."""


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Rich would end the program by itself, with a status of its own."""
        raise BrokenPipeError


class Page:
    """Text for people on stdout. Nothing of it is ever read as Rich markup or emoji code."""

    def __init__(self) -> None:
        self._console = _Console(
            file=sys.stdout, highlight=False, emoji=False, markup=False, soft_wrap=True
        )
        if not self._console.is_terminal:
            # A file or a pipe has no width: there tables are as wide as they need.
            self._console.width = _WIDE

    @property
    def width(self) -> int | None:
        """Cells a table may take: the terminal's width; None where there is no terminal."""
        return self._console.width if self._console.is_terminal else None

    def say(self, what: RenderableType = "", *, style: str = "") -> None:
        with to_stdout():
            self._console.print(Text(what, style=style) if isinstance(what, str) else what)


@contextmanager
def progress(label: str, count: Callable[[], int], wanted: bool = True) -> Iterator[Advance]:
    """A progress bar on stderr, only where that is a terminal; gives what to call after each step.

    `count`: how many steps there will be; asked only if there is a bar. Print nothing meanwhile.
    """
    console = Console(file=sys.stderr)
    if not (wanted and console.is_terminal):
        yield _nothing
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        # Rich would send what is printed to stdout to stderr, too.
        redirect_stdout=False,
        redirect_stderr=False,
    ) as bar:
        task = bar.add_task(label, total=count())
        yield lambda: bar.advance(task)


_WIDE = 10_000


def _nothing() -> None:
    pass
