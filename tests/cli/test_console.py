"""Text on stdout, a progress bar on stderr where that is a terminal."""

from __future__ import annotations

import io
import sys

import pytest

from clipsync.cli.console import Page
from clipsync.cli.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_text_is_never_read_as_markup(capsys: pytest.CaptureFixture[str]) -> None:
    page = Page()
    page.say("[bold]x[/] :smile: https://x 123", style="bold")
    page.say()
    assert capsys.readouterr().out == "[bold]x[/] :smile: https://x 123\n\n"


def test_a_pipe_has_no_width(capsys: pytest.CaptureFixture[str]) -> None:
    page = Page()
    page.say("长" * 500)
    assert page.width is None
    assert capsys.readouterr().out == "长" * 500 + "\n"


def test_where_stderr_is_no_terminal_there_is_no_bar_and_nothing_is_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def count() -> int:
        raise AssertionError("asked although there is no bar")

    with progress("Syncing", count) as advance:
        advance()
    assert capsys.readouterr() == ("", "")


def test_a_bar_shows_what_is_done_and_leaves_stdout_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with progress("Syncing [x]", lambda: 3) as advance:
        for _ in range(3):
            advance()
    assert "Syncing [x]" in terminal.getvalue()
    assert "3/3" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def test_a_bar_that_nobody_can_fill_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress("Syncing", lambda: 0, wanted=False) as advance:
        advance()
    assert terminal.getvalue() == ""
