"""How a command ends: exit statuses, and errors as one line on stderr."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from clipsync.errors import ClipSyncError, TerminalError, TransientError

DONE = 0
FAILED = 1
"""Bad input, trouble with the world, or a project that failed."""
DIFFERENT = 2
"""Looked, and it is not all well: changes to make, not consistent, rows left."""
INTERRUPTED = 130
READER_GONE = 141

DEBUG = "CLIPSYNC_DEBUG"


class CommandLineError(TerminalError):
    """Arguments that make no sense together."""


class OutputError(TransientError):
    """What a command has to say can't be written to stdout: a full disk, most likely."""


@contextlib.contextmanager
def to_stdout() -> Iterator[None]:
    """Around writing to stdout. Raises OutputError; BrokenPipeError where the reader has gone."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        _discard_stdout()
        raise OutputError(
            f"the output can't be written: {error.strerror or error}. What the command did to the "
            "database is done all the same; `clipsync history` shows it."
        ) from error


class Command(TyperCommand):
    """A command whose help does not call flags "<bool>"."""

    def get_help_option(self, ctx: Any) -> Any:
        return _without_type(super().get_help_option(ctx))


class Commands(TyperGroup):
    """The group of all commands; whatever goes wrong in one of them ends here.

    Click's own status for wrong usage is 2, which means "changes" here, so it becomes 1.
    """

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        _prepare_streams()
        code = self._status(args, prog_name, complete_var, windows_expand_args, extra)
        with contextlib.suppress(OSError):  # told already
            sys.stdout.flush()
        if standalone_mode:
            sys.exit(code)
        return code

    def get_help_option(self, ctx: Any) -> Any:
        return _without_type(super().get_help_option(ctx))

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            with to_stdout():
                sys.stdout.flush()
        except BrokenPipeError:
            # `clipsync audit | head`: the reader has seen enough, which is no error.
            _discard_stdout()
            raise typer.Exit(READER_GONE) from None
        except KeyboardInterrupt:
            _say(
                "interrupted. Nothing is left half-done: every project was changed as a whole or "
                "not at all, and the same command again goes on from here."
            )
            raise typer.Exit(INTERRUPTED) from None
        return result

    def _status(
        self,
        args: Sequence[str] | None,
        prog_name: str | None,
        complete_var: str | None,
        windows_expand_args: bool,
        extra: dict[str, Any],
    ) -> int:
        try:
            code = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except typer.TyperException as error:
            _say(_usage(error))
        except typer.Abort:
            _say("aborted.")
        except ClipSyncError as error:
            _trace()
            _say(str(error))
        except Exception as error:  # noqa: BLE001 -- the last stop: nobody is above us to tell
            _trace()
            _say(
                f"unexpected error: {type(error).__name__}: {error}. This is a fault of ClipSync "
                f"or of its installation; set {DEBUG}=1 and run it again to see where."
            )
        else:
            return code if isinstance(code, int) else DONE
        return FAILED


def _without_type(option: Any) -> Any:
    if option is not None:
        option.metavar = ""
    return option


def _usage(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "clipsync"
    return f"{error.format_message().rstrip('.')}. Try `{command} --help`."


def _say(message: str) -> None:
    """One line on stderr, whatever the message holds."""
    from clipsync.reporting.text import clean

    with contextlib.suppress(OSError):  # nobody listens: then the status has to do
        print(f"clipsync: {clean(message)}", file=sys.stderr)  # noqa: T201 -- for people


def _trace() -> None:
    if os.environ.get(DEBUG, "") not in ("", "0"):
        traceback.print_exc()


def _prepare_streams() -> None:
    """Streams that take any text: names are Chinese, and an environment may claim ASCII."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif hasattr(stream, "reconfigure"):
            said_so = "PYTHONIOENCODING" in os.environ
            ascii_by_default = stream.encoding.lower() in ("ascii", "ansi_x3.4-1968", "us-ascii")
            if ascii_by_default and not said_so:
                stream.reconfigure(encoding="utf-8", errors="replace")
            else:
                stream.reconfigure(errors="replace")


def _discard_stdout() -> None:
    """What is still buffered goes nowhere, so that the interpreter's end does not complain."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(null, sys.stdout.fileno())
        finally:
            os.close(null)
