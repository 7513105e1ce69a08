"""What people see: harmless, whole, and as wide as their terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import unicodedata
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.conftest import Clipsync
from tests.support.autoclip_files import clip, collection, project_id, write_project
from tests.support.site import PROJECT, Site

NAME = "轮回、命运、开悟究竟是怎么一回事？一位僧人与一位物理学家的四小时对谈全记录"
HOSTILE = (
    "\x1b[31mred\x1b[0m\x07\x9b31m",
    "two\nlines\r\rover\u2028sep\x85",
    "\u202eRTL\u202c \u2066x\u2069 \u200bzero\ufeff",
    "[bold red]markup[/] [link=x]:smile: <script>alert(1)</script>",
    "'; DROP TABLE clips; --",
    "=HYPERLINK(1)",
    "长" * 10_000,
    "e" + "\u0301" * 5_000,
    "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿" * 100,
)
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)")


def harmful(text: str) -> set[str]:
    """Characters that would move a cursor, turn a line around or hide."""
    kept = "\n\u200c\u200d"
    return {
        character
        for character in text
        if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs")
        and character not in kept
        and not 0xE0020 <= ord(character) < 0xE0080  # flags are spelled with these
    }


@pytest.fixture
def hostile(site: Site) -> Site:
    """A project whose every text is hostile, on disk and in the database."""
    directory = site.write(
        [
            clip(number, generated_title=text, recommend_reason=text, outline=text)
            for number, text in enumerate(HOSTILE, start=1)
        ],
        [
            collection(number, [number], collection_title=text, collection_summary=text)
            for number, text in enumerate(HOSTILE, start=1)
        ],
    )
    (directory / "project.json").write_text('{"project_name": "\\u001b[5m名\\n字\\u202e"}')
    write_project(
        site.root, project_id(2), clips=[clip(1, id="\x1b]0;x\x07", start_time="\x1b[2J")]
    )
    return site


@pytest.mark.parametrize("json", [(), ("--json",)], ids=["text", "json"])
def test_no_title_reaches_the_terminal_unharmed(
    clipsync: Clipsync, hostile: Site, json: tuple[str, ...]
) -> None:
    outputs = [clipsync("plan", "--all", *json), clipsync("plan", PROJECT, *json)]
    run_id = clipsync("sync", "--all", "--json").json["run_id"]
    hostile.execute("UPDATE clips SET title = :title", title=HOSTILE[0] + "我的")
    hostile.execute("DELETE FROM clips WHERE score = 0.9 AND start_time = 60")
    outputs += [
        clipsync("plan", "--all", *json),
        clipsync("history", run_id, *json),
        clipsync("sync", "--all", *json),
        clipsync("sync", PROJECT, *json),
        clipsync("audit", "--all", *json),
        clipsync("quarantine", *json),
        clipsync("restore", PROJECT, *json),
        clipsync("undo", run_id, *json),
        clipsync("history", *json),
    ]
    for outcome in outputs:
        assert outcome.out
        if json:
            # JSON escapes what is a control character; the rest is data, for a program to handle.
            assert outcome.json
            assert not re.search(r"[\x00-\x09\x0b-\x1f]", outcome.out)
        else:
            assert harmful(outcome.out) == set()
            assert "�" not in outcome.out
            # However long a title, a line stays one that people can read.
            assert max(map(cell_len, outcome.out.splitlines())) < 1_000


def test_markup_and_emoji_codes_are_shown_as_they_are(clipsync: Clipsync, hostile: Site) -> None:
    out = clipsync("plan", PROJECT).out
    assert "“[bold red]markup[/] [link=x]:smile: <script>" in out


def test_a_long_name_is_cut_at_a_character_and_a_cell(clipsync: Clipsync, hostile: Site) -> None:
    lines = clipsync("plan", PROJECT).out.splitlines()
    (line,) = [line for line in lines if line.startswith("  + clip 7 ")]
    shown = line.partition("“")[2].partition("”")[0]
    assert shown == "长" * 29 + "…"
    assert cell_len(shown) == 59


def on_terminal(site: Site, columns: int, *args: str) -> tuple[int, list[str]]:
    """Runs the command on a terminal of that many columns; its status, and the lines it left."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "TERM": "xterm",
        "CLIPSYNC_DATA_DIR": str(site.root),
        "CLIPSYNC_DATABASE_URL": site.workspace.engine.url.render_as_string(hide_password=False),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "clipsync", *args], stdout=slave, stderr=slave, env=environment
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            shown += os.read(master, 65_536)
        except OSError:  # Linux' word for the other end being closed
            break
    os.close(master)
    text = ESCAPES.sub("", shown.decode())
    # What the progress bar wrote over itself ends with a carriage return alone.
    return process.wait(timeout=120), [
        line.rsplit("\r", 1)[-1] for line in text.replace("\r\n", "\n").split("\n")
    ]


@pytest.mark.skipif(not Path("/dev/ptmx").exists(), reason="needs pseudo-terminals")
@pytest.mark.parametrize("columns", [80, 200])
@pytest.mark.parametrize("command", ["audit", "sync"])
def test_a_table_of_chinese_names_fits_the_terminal(site: Site, columns: int, command: str) -> None:
    for number in range(2, 5):
        directory = write_project(site.root, project_id(number), clips=[clip(1)], collections=[])
        (directory / "project.json").write_text(
            f'{{"project_name": "{NAME}{number}"}}', encoding="utf-8"
        )
    status, lines = on_terminal(site, columns, command, "--all")
    table = [line for line in lines if line.startswith(" ") and "轮回" in line]
    assert status == (2 if command == "audit" else 0)
    assert len(table) == 3
    assert {cell_len(line) for line in table} == {cell_len(table[0])}
    assert cell_len(table[0]) <= columns
    # Where there is room ids are whole, so that they can be copied.
    assert all((project_id(2) in line) is (columns == 200) for line in table[:1])


def test_a_pipe_has_no_width_so_nothing_is_lost(
    clipsync: Clipsync, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    outcome = clipsync("sync", "--all")
    (row,) = [line for line in outcome.out.splitlines() if line.startswith(f" {PROJECT}")]
    assert row.split() == [
        *(PROJECT, f"项目_{PROJECT[:8]}", "3", "2"),
        *("6", "inserts,", "2", "relinks"),
    ]
    assert outcome.err == ""
