"""What the person in front of `make demo` sees while it works."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.text import Text

QUIET_SECONDS = 15.0


class Progress:
    """Numbered steps, each with what happens in it; a line at least every 15 s while waiting.

    Plain lines, so that it reads the same in a terminal and in a CI log. `steps`: how many there
    will be.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, emoji=False, soft_wrap=True)
        self.steps = 0
        self._step = 0
        self._spoke = time.monotonic()
        self._waiting_for = ""
        self._waiting_since = self._spoke

    @property
    def table_width(self) -> int | None:
        """Cells a table may take: the terminal's width; None where there is no terminal."""
        return self.console.width if self.console.is_terminal else None

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One numbered step; how long it took is said at its end, if it ends well."""
        self._step += 1
        began = time.monotonic()
        self.say(f"[{self._step}/{self.steps}] {title}", style="bold")
        yield
        self.detail(f"done in {time.monotonic() - began:.1f} s")

    def say(self, what: RenderableType = "", *, style: str = "") -> None:
        # Names come from data: never read as Rich markup.
        self.console.print(Text(what, style=style) if isinstance(what, str) else what)
        self._spoke = time.monotonic()

    def detail(self, line: str) -> None:
        self.say(f"      {line}")

    def waiting(self, what: str) -> None:
        """To be called again and again: speaks when `what` is new, or when it was quiet long."""
        if what != self._waiting_for:
            self._waiting_for, self._waiting_since = what, time.monotonic()
            self.detail(f"waiting for {what}")
        elif time.monotonic() - self._spoke > QUIET_SECONDS:
            waited = time.monotonic() - self._waiting_since
            self.detail(f"waiting for {what}, {waited:.0f} s so far")
