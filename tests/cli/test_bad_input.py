"""Bad input: one clear line on stderr that says what to do, exit 1, and nothing changed."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.cli.conftest import Clipsync
from tests.support.autoclip_files import project_id
from tests.support.site import PROJECT, Site

READERS_OF_PROJECTS = ("plan", "sync", "audit", "quarantine", "restore")
NEEDING_A_SITE = (
    ("plan", "--all"),
    ("sync", "--all"),
    ("audit", "--all"),
    ("quarantine",),
    ("restore", PROJECT),
    ("restore", PROJECT, "--all"),
    ("undo", "sync-20250801T100000Z-1a2b3c"),
    ("history",),
    ("history", "sync-20250801T100000Z-1a2b3c"),
    ("plan", "--all", "--out", "plan.json"),
)
COMMANDS = pytest.mark.parametrize("command", NEEDING_A_SITE, ids=" ".join)
JSON = pytest.mark.parametrize("json", [(), ("--json",)], ids=["text", "json"])


@JSON
@COMMANDS
def test_no_data_directory_is_told_with_the_option_and_the_variable(
    clipsync: Clipsync, sqlite_url: str, command: tuple[str, ...], json: tuple[str, ...]
) -> None:
    assert clipsync(*command, *json, "--database-url", sqlite_url).complaint == (
        "No data directory: give --data-dir or set CLIPSYNC_DATA_DIR to AutoClip's data directory "
        "(the one that holds projects/)."
    )


@COMMANDS
def test_no_database_is_told_with_the_option_and_the_variable(
    clipsync: Clipsync, tmp_path: Path, command: tuple[str, ...]
) -> None:
    assert clipsync(*command, "--data-dir", tmp_path).complaint == (
        "No database: give --database-url or set CLIPSYNC_DATABASE_URL, for example "
        "sqlite:////path/to/autoclip.db."
    )


def _missing(site: Site) -> tuple[str, str]:
    return f"{site.root}/nowhere", f"{site.root}/nowhere: does not exist."


def _a_file(site: Site) -> tuple[str, str]:
    path = site.root / "projects" / PROJECT / "metadata/clips_metadata.json"
    return str(path), f"{path}: is not a directory."


def _projects_itself(site: Site) -> tuple[str, str]:
    return f"{site.root}/projects", f"give its parent, {site.root}."


def _something_else(site: Site) -> tuple[str, str]:
    (site.root.parent / "other").mkdir()
    return f"{site.root.parent}/other", "holds neither projects/ nor projects.json."


def _not_readable(site: Site) -> tuple[str, str]:
    # Permissions do not stop every user who runs tests; a link that leads to itself does.
    bad = site.root.parent / "bad"
    bad.mkdir()
    (bad / "projects").symlink_to(bad / "projects")
    return str(bad), str(bad)


def _blank(_: Site) -> tuple[str, str]:
    return " ", "--data-dir is empty."


@COMMANDS
@pytest.mark.parametrize(
    "directory", [_missing, _a_file, _projects_itself, _something_else, _not_readable, _blank]
)
def test_a_data_directory_that_is_none_is_told(
    clipsync: Clipsync,
    site: Site,
    command: tuple[str, ...],
    directory: Callable[[Site], tuple[str, str]],
) -> None:
    name, expected = directory(site)
    before = site.state()
    assert expected in clipsync(*command, "--data-dir", name).complaint
    assert site.state() == before


def _no_file(path: Path) -> tuple[str, str]:
    return f"sqlite:///{path}/no.db", f"no such database file: {path}/no.db."


def _no_database(path: Path) -> tuple[str, str]:
    (path / "text.db").write_text("This is text, long enough to be taken for a header." * 20)
    return f"sqlite:///{path}/text.db", "is not a database. Point --database-url at AutoClip's"


def _half_a_database(path: Path) -> tuple[str, str]:
    content = (path / "autoclip.db").read_bytes()
    (path / "half.db").write_bytes(content[: len(content) // 2])
    return f"sqlite:///{path}/half.db", f"{path}/half.db: "


def _no_url(_: Path) -> tuple[str, str]:
    return "nonsense", "The database URL can't be understood. Expected a URL such as sqlite:////"


def _other_kind(_: Path) -> tuple[str, str]:
    return "mysql://u:geheim@host/db", "can't use a database of kind 'mysql'. Expected a URL"


def _away(_: Path) -> tuple[str, str]:
    return "postgresql://u:geheim@127.0.0.1:1/db", "can't be reached or used now: "


def _blank_url(_: Path) -> tuple[str, str]:
    return "", "--database-url is empty."


def _without_tables(path: Path) -> tuple[str, str]:
    url = f"sqlite:///{path}/empty.db"
    engine = sa.create_engine(url)
    with engine.begin() as conn:
        conn.execute(sa.text("CREATE TABLE users (id text)"))
    engine.dispose()
    return url, "AutoClip's table(s) projects, clips, collections, clip_collection are missing."


@COMMANDS
@pytest.mark.parametrize(
    "database",
    [
        _no_file,
        _no_database,
        _half_a_database,
        _no_url,
        _other_kind,
        _away,
        _blank_url,
        _without_tables,
    ],
)
def test_a_database_that_is_none_is_told_without_its_password(
    clipsync: Clipsync,
    site: Site,
    tmp_path: Path,
    command: tuple[str, ...],
    database: Callable[[Path], tuple[str, str]],
) -> None:
    url, expected = database(tmp_path)
    before = site.state()
    complaint = clipsync(*command, "--database-url", url).complaint
    assert expected in complaint
    assert "geheim" not in complaint
    assert site.state() == before


@pytest.mark.parametrize(
    "command", [("sync", PROJECT), ("sync", "--all"), ("sync", "--all", "--json")], ids=" ".join
)
def test_a_database_that_may_only_be_read_is_told_before_anything_is_written(
    clipsync: Clipsync, site: Site, tmp_path: Path, command: tuple[str, ...]
) -> None:
    site.workspace.engine.dispose()
    with (tmp_path / "autoclip.db").open("r+b") as database:
        # The header's write version: SQLite only reads files of versions it does not know. Unlike
        # permissions, this stops every user who may run tests.
        database.seek(18)
        database.write(b"\x03")
    before = site.state()
    assert clipsync("plan", "--all").status == 2
    complaint = clipsync(*command).complaint
    assert "ClipSync must be allowed to write the file and its directory." in complaint
    assert site.state() == before


HOSTILE = (
    "../../etc/passwd",
    "x",
    PROJECT.upper().replace("0", "A"),
    f"{PROJECT}\n",
    f" {PROJECT}",
    "",
    "'; DROP TABLE clips; --",
    "\x1b[31mred\x1b[0m",
    "\u202etxt.exe",
    "全部",
    "9" * 10_000,
    "\udcff",
)


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: ascii(text[:20]))
@pytest.mark.parametrize("command", READERS_OF_PROJECTS)
def test_a_malformed_id_is_told(clipsync: Clipsync, site: Site, command: str, hostile: str) -> None:
    before = site.state()
    complaint = clipsync(command, "--", hostile).complaint
    assert "is not a project id: expected a lower-case UUID" in complaint
    assert complaint.endswith("`clipsync audit --all` lists the projects.")
    assert len(complaint) < 500
    assert site.state() == before


@pytest.mark.parametrize("command", READERS_OF_PROJECTS)
def test_an_unknown_project_is_told_and_the_known_ones_are_left_alone(
    clipsync: Clipsync, site: Site, command: str
) -> None:
    before = site.state()
    ids = [project_id(77)] if command == "restore" else [PROJECT, project_id(77)]
    assert clipsync(command, *ids).complaint == (
        f"project {project_id(77)}: found neither under {site.root} nor in the database. "
        "Check the id, the data directory and the database URL."
    )
    assert site.state() == before


@pytest.mark.parametrize(
    "args, expected",
    [
        (("plan",), "plan: which projects? Give their ids, or --all for every one."),
        (("sync", "--json"), "sync: which projects? Give their ids, or --all for every one."),
        (("audit",), "audit: which projects? Give their ids, or --all for every one."),
        (("plan", "--all", PROJECT), "plan: give project ids or --all, not both."),
        (("sync", "--all", PROJECT), "sync: give project ids or --all, not both."),
        (("audit", "--all", PROJECT), "audit: give project ids or --all, not both."),
        (("quarantine", "--all", PROJECT), "quarantine: give project ids or --all, not both."),
        (("plan", "--all", "--prefer", "disk"), "plan: --prefer disk decides about people's edits"),
        (("sync", "--all", "--prefer", "database"), "sync: --prefer database decides about"),
        (("sync", "--plan", "x", "--all"), "sync: --plan applies what was saved, so it takes"),
        (("sync", "--plan", "x", PROJECT), "sync: --plan applies what was saved, so it takes"),
        (("sync", "--plan", "x", "--allow-deletes"), "sync: --plan applies what was saved"),
        (("sync", "--plan", "x", "--prefer", "disk"), "sync: --plan applies what was saved"),
        (("restore", PROJECT, "--all", "--clip", "1"), "restore: --all, or --clip and"),
        (("restore",), "Missing argument 'ID'. Try `clipsync restore --help`."),
        (("restore", PROJECT, project_id(2)), "Got unexpected extra argument"),
        (("undo",), "Missing argument 'RUN'. Try `clipsync undo --help`."),
        (("undo", "run", "../.."), "'../..' is not a project id"),
        (("history", "--limit", "0"), "Invalid value for '--limit'"),
        (("history", "--limit", "many"), "Invalid value for '--limit'"),
        (("sync", PROJECT, "--prefer", "me"), "Invalid value for '--prefer'"),
        (("demo",), "Missing argument 'DIR'. Try `clipsync demo --help`."),
        (("demo", " "), "demo: the directory's name is empty."),
        (("demo", "x", "--empty", "--projects", "13"), "demo: --empty makes no projects"),
        (("demo", "x", "--projects", "12"), "12 projects: a demo has 13 to 100,000 of them."),
        (("demo", "x", "--projects", "many"), "Invalid value for '--projects'"),
        (("nonsense",), "No such command 'nonsense'. Try `clipsync --help`."),
        (("--nonsense",), "No such option: --nonsense"),
        (("sync", "--nonsense"), "No such option: --nonsense"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_arguments_that_make_no_sense_are_told(
    clipsync: Clipsync, site: Site, args: tuple[str, ...], expected: str
) -> None:
    before = site.state()
    assert expected in clipsync(*args).complaint
    assert site.state() == before
    assert list(Path.cwd().iterdir()) == []


def test_a_setting_of_an_impossible_value_is_named_but_not_shown(
    clipsync: Clipsync, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPSYNC_BATCH_SIZE", "secret")
    complaint = clipsync("plan", "--all").complaint
    assert complaint.startswith("CLIPSYNC_BATCH_SIZE: ")
    assert complaint.endswith("Correct the environment variable or unset it.")
    assert "secret" not in complaint


def test_a_lost_mount_is_told_in_one_line(clipsync: Clipsync, site: Site) -> None:
    """Rule 8: the sentinel."""
    site.sync()
    shutil.rmtree(site.root / "projects" / PROJECT)
    before = site.state()
    for command in (("sync", "--all"), ("audit", "--all"), ("sync", PROJECT)):
        complaint = clipsync(*command).complaint
        assert "holds none of the 1 projects that were synced before and that the database" in (
            complaint
        )
    assert site.state() == before


def test_a_fault_of_our_own_is_one_line_too_and_can_be_looked_into(
    clipsync: Clipsync, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr("clipsync.operations.planning.plan_sides", fail)
    assert clipsync("plan", "--all").complaint == (
        "unexpected error: ZeroDivisionError: two lines. This is a fault of ClipSync or of its "
        "installation; set CLIPSYNC_DEBUG=1 and run it again to see where."
    )
    monkeypatch.setenv("CLIPSYNC_DEBUG", "1")
    outcome = clipsync("plan", "--all")
    assert (outcome.status, outcome.out) == (1, "")
    assert "Traceback (most recent call last)" in outcome.err


@pytest.mark.parametrize(
    "command", [("sync", "--all"), ("sync", PROJECT, "--json"), ("restore", PROJECT, "--all")]
)
def test_a_database_that_another_program_holds_is_told_after_the_set_time(
    clipsync: Clipsync,
    site: Site,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    site.sync()
    site.execute("DELETE FROM clips WHERE title = '第2段：标题'")
    before = site.state()
    monkeypatch.setenv("CLIPSYNC_LOCK_TIMEOUT_SECONDS", "0.1")
    site.workspace.engine.dispose()
    holder = sqlite3.connect(tmp_path / "autoclip.db")
    holder.execute("BEGIN IMMEDIATE")
    try:
        assert clipsync(*command).complaint == (
            f"{tmp_path}/autoclip.db is locked by another program for too long. Try again later."
        )
    finally:
        holder.rollback()
        holder.close()
    assert site.state() == before
