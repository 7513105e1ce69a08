"""A progress bar on stderr, where somebody looks; without loading anything where nobody does."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[], None]


@contextmanager
def progress(label: str, count: Callable[[], int], wanted: bool = True) -> Iterator[Advance]:
    """A progress bar on stderr, only where that is a terminal; gives what to call after each step.

    `count`: how many steps there will be; asked only if there is a bar. Print nothing meanwhile.
    """
    if not (wanted and _maybe_terminal()):
        yield _nothing
        return
    from rich.console import Console

    console = Console(file=sys.stderr)
    if not console.is_terminal:
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


_SAYS_SO = ("FORCE_COLOR", "TTY_COMPATIBLE", "JUPYTER_COLUMNS")
"""By these Rich takes for a terminal what the system does not call one."""


def _maybe_terminal() -> bool:
    return sys.stderr.isatty() or any(name in os.environ for name in _SAYS_SO)


def _nothing() -> None:
    pass
