"""Ctrl-C and its relatives, made one exception, so that everything is ended on the way out."""

from __future__ import annotations

import signal
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130
"""The exit status that says so."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """Someone asked us to end; everything that was started is ended on the way out."""


def listen_for_interrupts() -> None:
    """From now on Ctrl-C, `kill` and a closed terminal raise Interrupted, once."""
    for number in _SIGNALS:
        signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    # Once is enough: an impatient second Ctrl-C must not stop the clearing up.
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise Interrupted
