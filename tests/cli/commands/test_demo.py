"""`clipsync demo`: data to try everything on."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Clipsync
from tests.support.autoclip_files import tree_state


def test_the_commands_it_names_lead_from_zero_to_consistent(
    clipsync: Clipsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = clipsync("demo", "示例 目录")
    lines = outcome.out.splitlines()
    assert (outcome.status, outcome.err) == (0, "")
    assert lines[0] == "13 projects, 6 of them completed: 45 clips and 13 collections."
    told = lines[lines.index("Next:") + 1 : lines.index("", lines.index("Next:"))]
    next_ones = [shlex.split(line, comments=True) for line in told]
    for word, assignment in next_ones[:2]:
        assert word == "export"
        name, _, value = assignment.partition("=")
        monkeypatch.setenv(name, value)
    commands = [line[-2:] for line in next_ones[2:]]
    assert [(words[0], clipsync(*words).status) for words in commands] == [
        ("audit", 2),
        ("plan", 2),
        ("sync", 0),
        ("audit", 0),
    ]
    assert clipsync("plan", "--all").status == 0
    # The last line: an AutoClip of today, whose one lost row a sync brings back.
    (*_, today) = lines
    words = shlex.split(today)
    words = words[words.index("audit") :]
    site = words[2:]
    calls = (words[:2], ["sync", "--all"], words[:2])
    assert [clipsync(*call, *site).status for call in calls] == [2, 0, 0]


def test_json_says_where_and_how_much_a_sync_will_bring(clipsync: Clipsync) -> None:
    here = Path.cwd()
    document = clipsync("demo", "demo", "--projects", "15", "--json").json
    counts = {name: document.pop(name) for name in ("completed", "clips", "collections")}
    assert document.pop("present_day") == {
        "data_dir": f"{here}/demo/today/data",
        "database_url": f"sqlite:///{here}/demo/today/autoclip.db",
    }
    assert document == {
        "directory": f"{here}/demo",
        "data_dir": f"{here}/demo/data",
        "database": f"{here}/demo/autoclip.db",
        "database_url": f"sqlite:///{here}/demo/autoclip.db",
        "projects": 15,
    }
    site = ("--data-dir", document["data_dir"], "--database-url", document["database_url"])
    assert clipsync("sync", "--all", *site).status == 0
    totals = clipsync("audit", "--all", "--json", *site).json["totals"]
    assert (totals["clips"], totals["collections"]) == (counts["clips"], counts["collections"])
    assert counts["clips"] > 45


def test_empty_makes_a_database_alone(clipsync: Clipsync) -> None:
    here = Path.cwd()
    document = clipsync("demo", "demo", "--empty", "--json").json
    assert document == {
        "directory": f"{here}/demo",
        "database": f"{here}/demo/autoclip.db",
        "database_url": f"sqlite:///{here}/demo/autoclip.db",
    }
    assert sorted(path.name for path in (here / "demo").iterdir()) == [
        ".clipsync-demo",
        "autoclip.db",
    ]
    outcome = clipsync("demo", "demo", "--empty")
    assert (outcome.status, outcome.out.splitlines()[0]) == (
        0,
        "An empty database with AutoClip's schema:",
    )


def test_it_replaces_an_earlier_demo_and_nothing_else(clipsync: Clipsync) -> None:
    clipsync("demo", "demo")
    assert clipsync("demo", "demo").status == 0
    Path("mine").mkdir()
    Path("mine/note.txt").write_text("mine")
    Path("file").write_text("mine")
    before = tree_state(Path("mine"))
    for name in ("mine", "file", "file/below"):
        assert "Name a new or empty directory" in clipsync("demo", name).complaint
        assert "Name a new or empty directory" in clipsync("demo", name, "--empty").complaint
    assert tree_state(Path("mine")) == before
