"""What people see on stdout: text and tables."""

from __future__ import annotations

import sys
from typing import NoReturn

from rich.console import Console, RenderableType
from rich.text import Text

from clipsync.cli.exits import to_stdout

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


_WIDE = 10_000
