"""The second opinion on real databases: what it says, and that Great Expectations says the same."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database import tables
from clipsync.autoclip.database.tables import OPTIONAL
from clipsync.errors import SettingsError
from clipsync.messages import message
from clipsync.model.finding import Finding, Severity
from clipsync.quality import QualityReport, ValidateOptions, validate_database
from clipsync.quality.checks import COLUMNS, RULES
from clipsync.quality.validate import read_frames
from tests.quality.damage import CASES, EVIL, NOW, Case, Failures, clip2, healthy, make_world
from tests.quality.plain import failures
from tests.support.autoclip_files import project_id, tree_state
from tests.support.autoclip_rows import insert

OPTIONS = ValidateOptions(now=NOW)
QUALITY = Path(__file__).parents[2] / "include/clipsync/quality"


class World:
    def __init__(self, directory: Path, engine: sa.Engine) -> None:
        self.directory = directory
        self.engine = engine

    def validate(self, docs: str | None = None, **options: Any) -> QualityReport:
        place = self.directory / docs if docs else None
        return validate_database(
            self.engine,
            self.directory / "data",
            options.pop("project_ids", None),
            replace(OPTIONS, docs_dir=place, **options),
        )

    def plainly(self) -> dict[str, list[tuple[str, ...]]]:
        found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for _, frames in read_frames(self.engine, self.directory / "data", None, OPTIONS):
            for name, rows in failures(frames).items():
                found[name] += rows
        return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("damaged")
    engine = make_world(directory, CASES)
    hostile = {"clip_id": EVIL, "collection_id": f"{EVIL} too", "order_index": 0}
    insert(engine, links=[hostile])
    last = project_id(len(CASES))
    values = {
        "title": f"{EVIL}\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace") * 9,
        "tags": EVIL,
        "duration": 51,
    }
    with engine.begin() as conn:
        for name, value in values.items():
            statement = sa.text(f"UPDATE clips SET {name} = :value WHERE id = :id")
            conn.execute(statement, {"value": value, "id": clip2(last)})
    yield World(directory, engine)
    engine.dispose()


@pytest.fixture(scope="module")
def report(world: World) -> QualityReport:
    return world.validate(docs="docs")


@pytest.mark.parametrize(
    ("number", "case"),
    list(enumerate(CASES[:-1], start=1)),
    ids=[case.name for case in CASES[:-1]],
)
def test_what_is_wrong_fails_its_rule_with_its_rows_and_what_is_right_fails_none(
    world: World, number: int, case: Case
) -> None:
    project = project_id(number)
    found: Failures = {
        name: tuple(sorted("/".join(row[1:]) or row[0] for row in rows if row[0] == project))
        for name, rows in world.plainly().items()
        if any(row[0] == project for row in rows)
    }
    assert found == case.expected(project)


def test_great_expectations_says_what_the_plain_rules_say(
    world: World, report: QualityReport
) -> None:
    assert [check.problem for check in report.checks if check.problem] == []
    found = {
        check.name: sorted(
            (failed.project_id, row) for failed in check.projects for row in failed.row_ids
        )
        for check in report.failed
    }
    assert found == {
        name: sorted((row[0], "/".join(row[1:]) or row[0]) for row in rows)
        for name, rows in world.plainly().items()
    }


def test_a_finding_names_project_rows_and_what_was_found(report: QualityReport) -> None:
    project = project_id(len(CASES))
    found = [f for f in report.findings() if f.code == "quality_clip_duration"]
    assert found == [
        Finding(
            code="quality_clip_duration",
            severity=Severity.ERROR,
            project_id=project,
            subject="clips",
            evidence={
                "check": "clip_duration",
                "rule": "A clip's duration is the time from its start to its end in the file.",
                "rows": [clip2(project)],
                "count": 1,
                "values": {"duration": "51", "duration_by_file": "50"},
            },
        )
    ]
    assert [message(one) for one in found] == [
        "A clip's duration is the time from its start to its end in the file. Not so in "
        f"{clip2(project)} (duration 51, duration by file 50)."
    ]
    keys = [finding.key for finding in report.findings()]
    assert len(keys) == len(set(keys))


def test_chunks_add_up_to_the_whole_and_replace_the_site_as_a_whole(
    world: World, report: QualityReport
) -> None:
    assert world.validate(docs="docs", chunk_size=20) == report
    pages = list((world.directory / "docs" / "validations" / "clips").rglob("*.html"))
    assert len(pages) == -(-(len(CASES) + 1) // 20)
    assert [path.name for path in world.directory.iterdir() if path.name.startswith(".")] == []


def test_data_docs_stand_alone_and_hold_no_markup_of_ours(
    world: World, report: QualityReport
) -> None:
    assert report.docs_index == world.directory / "docs" / "index.html"
    pages = sorted((world.directory / "docs").rglob("*.html"))
    assert len(pages) > 8
    seen = ""
    for page in pages:
        text = page.read_text("utf-8")
        seen += text
        assert "<script" not in text.lower()
        assert "alert('x')" not in text
        links = Links(text)
        assert links.loaded == []
        for target in links.relative:
            assert (page.parent / unquote(target)).resolve().is_file(), (page, target)
    assert "&lt;script&gt;alert(&#x27;x&#x27;)" in seen


class Links(HTMLParser):
    """What a page loads by itself, and where it leads on this site."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.relative: list[str] = []
        self.feed(text)
        self.loaded += re.findall(r"url\(|@import", text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.loaded += [value for name, value in attrs if name == "src" and value]
        href = values.get("href") or ""
        if tag == "link":
            self.loaded.append(href)
        elif href and not href.startswith(("#", "https://greatexpectations.io")):
            self.relative.append(href.partition("?")[0].partition("#")[0])


def test_data_docs_name_the_failing_rows_and_the_first_page_leads_to_them(
    world: World, report: QualityReport
) -> None:
    docs = world.directory / "docs"
    (page,) = [
        path
        for path in (docs / "validations" / "clips").rglob("*.html")
        if clip2(project_id(len(CASES))) in path.read_text("utf-8")
    ]
    assert str(page.relative_to(docs)) in Links((docs / "index.html").read_text("utf-8")).relative


@pytest.fixture
def sound(autoclip_engine: sa.Engine, tmp_path: Path) -> World:
    for number in (1, 2, 3):
        healthy(autoclip_engine, tmp_path / "data", project_id(number))
    return World(tmp_path, autoclip_engine)


def test_a_sound_database_passes_without_a_ledger_and_nothing_is_written(
    sound: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    elsewhere = sound.directory / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    before = tree_state(sound.directory)

    report = sound.validate()

    assert report.success
    assert report.failed == ()
    assert report.findings() == ()
    assert report.projects == 3
    assert {check.name for check in report.checks} == {rule.name for rule in RULES}
    looked_at = {check.name: check.evaluated for check in report.checks}
    assert (looked_at["project_completed"], looked_at["clip_start"]) == (3, 6)
    assert (looked_at["collection_links"], looked_at["link_order"]) == (3, 6)
    assert tree_state(sound.directory) == before
    assert list(elsewhere.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_only_the_projects_asked_for_are_looked_at(sound: World) -> None:
    with sound.engine.begin() as conn:
        conn.execute(sa.update(tables.clips).values(duration=0))
    report = sound.validate(project_ids=[project_id(2)])
    assert report.projects == 1
    assert {one.project_id for check in report.failed for one in check.projects} == {project_id(2)}


def test_great_expectations_own_project_can_be_opened_with_its_tools(sound: World) -> None:
    import great_expectations as gx

    place = sound.directory / "gx"
    report = sound.validate(gx_dir=place)
    assert report.success
    context = gx.get_context(mode="file", project_root_dir=str(place))
    names = sorted(one.name for one in context.checkpoints.all())
    assert names == ["clips", "collections", "links", "projects"]
    suite = context.suites.get("clips")
    assert [one.meta["check"] for one in suite.expectations] == [
        rule.name for rule in RULES if rule.asset == "clips"
    ]
    assert len(context.validation_results_store.list_keys()) == 4


@pytest.mark.parametrize(
    ("table", "column"),
    [(table, column) for table, columns in sorted(OPTIONAL.items()) for column in sorted(columns)],
)
def test_a_column_that_an_older_autoclip_lacks_is_read_as_empty(
    sound: World, table: str, column: str
) -> None:
    with sound.engine.begin() as conn:
        there = {one["name"] for one in sa.inspect(conn).get_columns(table)}
        if column in there:
            conn.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN {column}"))
    assert sound.plainly() == {}


# -- its own eyes --------------------------------------------------------------------------------

FORBIDDEN = ("clipsync.reconcile", "clipsync.autoclip.disk", "clipsync.ledger.findings")


@pytest.mark.parametrize("path", sorted(QUALITY.glob("*.py")), ids=lambda path: path.name)
def test_it_imports_neither_planner_nor_reader_nor_findings(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported |= {str(node.module), *(f"{node.module}.{name.name}" for name in node.names)}
    assert [
        name for name in imported if name.startswith((*FORBIDDEN, "clipsync.ledger.store"))
    ] == []


def test_validating_loads_neither_planner_nor_reader_nor_findings(sound: World) -> None:
    url = sound.engine.url.render_as_string(hide_password=False)
    code = (
        "import sys; from pathlib import Path; from clipsync.autoclip.database import open_engine; "
        "from clipsync.quality import ValidateOptions; "
        "from clipsync.quality.validate import read_frames; "
        f"engine = open_engine({url!r}, lock_timeout=5); "
        f"root = Path({str(sound.directory / 'data')!r}); "
        "assert list(read_frames(engine, root, None, ValidateOptions())); "
        f"print([n for n in sys.modules if n.startswith({FORBIDDEN!r})])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_rule_looks_at_columns_that_are_there_and_documented() -> None:
    for rule in RULES:
        named = [v for k, v in rule.arguments.items() if k in ("column", "column_A", "column_B")]
        assert named
        assert set(named) <= set(COLUMNS[rule.asset])
        assert rule.description.endswith(".")
    assert len({rule.name for rule in RULES}) == len(RULES)


# -- the place of Data Docs ----------------------------------------------------------------------


def test_a_directory_that_is_not_ours_is_never_replaced(sound: World) -> None:
    mine = sound.directory / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(SettingsError, match="did not make"):
        sound.validate(docs="mine")
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]


def test_ids_of_rows_are_told_as_they_are(report: QualityReport) -> None:
    (check,) = [check for check in report.failed if check.name == "link_orphans"]
    nobodys = [one.row_ids for one in check.projects if one.project_id == ""]
    assert nobodys == [(f"{EVIL} too/{EVIL}",)]
