"""The second opinion on a real database, with Great Expectations itself."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database import tables
from clipsync.autoclip.disk import DataDirectory
from clipsync.errors import SettingsError
from clipsync.messages import message
from clipsync.model.finding import Finding, Severity
from clipsync.quality import QualityReport, validate_database
from clipsync.quality.checks import RULES
from tests.quality.damage import (
    BROKEN,
    EVIL,
    NOW,
    RIGHT,
    Case,
    Failures,
    clip2,
    healthy,
    make_world,
)
from tests.support.autoclip_files import project_id, tree_state
from tests.support.autoclip_rows import insert

CASES = (*BROKEN, *RIGHT)


class World:
    def __init__(self, directory: Path, engine: sa.Engine) -> None:
        self.directory = directory
        self.engine = engine

    def validate(self, docs: str | None = None, chunk_size: int = 2000) -> QualityReport:
        return validate_database(
            self.engine,
            DataDirectory(self.directory / "data"),
            None,
            docs_dir=self.directory / docs if docs else None,
            chunk_size=chunk_size,
            now=NOW,
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("damaged")
    engine = make_world(directory, CASES)
    hostile = {"clip_id": EVIL, "collection_id": f"{EVIL} too", "order_index": 0}
    insert(engine, links=[hostile])
    yield World(directory, engine)
    engine.dispose()


@pytest.fixture(scope="module")
def report(world: World) -> QualityReport:
    return world.validate(docs="docs")


def project_of(name: str) -> str:
    """The project of a case."""
    return project_id(1 + [case.name for case in CASES].index(name))


def failures_by_project(report: QualityReport) -> dict[str, Failures]:
    found: dict[str, dict[tuple[str, str], tuple[str, ...]]] = defaultdict(dict)
    for check in report.failed:
        for failed in check.projects:
            found[failed.project_id][check.asset, check.name] = tuple(sorted(failed.row_ids))
    return found


@pytest.mark.parametrize(
    ("number", "case"),
    list(enumerate(CASES, start=1)),
    ids=[case.name for case in CASES],
)
def test_a_broken_rule_fails_its_check_with_the_ids_of_its_rows_and_no_other(
    report: QualityReport, number: int, case: Case
) -> None:
    project = project_id(number)
    assert failures_by_project(report).get(project, {}) == case.expected(project)


def test_every_rule_is_broken_once(report: QualityReport) -> None:
    failed = {check.name for check in report.failed if not check.asset.endswith("left_alone")}
    assert failed == {rule.name for rule in RULES}
    assert [check.problem for check in report.checks if check.problem] == []


def test_a_row_that_is_left_alone_never_makes_an_error(report: QualityReport) -> None:
    left_alone = {c.severity for c in report.checks if c.asset.endswith("left_alone")}
    assert left_alone == {Severity.WARNING}


def test_links_of_nobodys_project_are_a_warning(report: QualityReport) -> None:
    assert failures_by_project(report)[""] == {
        ("links_left_alone", "link_orphans"): (f"{EVIL} too/{EVIL}",)
    }


def test_a_finding_names_project_rows_and_what_was_found(report: QualityReport) -> None:
    project = project_of("a wrong duration")
    (finding,) = (finding for finding in report.findings() if finding.project_id == project)
    row = clip2(project)
    assert finding == Finding(
        code="quality_clip_duration",
        severity=Severity.ERROR,
        project_id=project,
        subject="clips",
        evidence={
            "check": "clip_duration",
            "rows": [row],
            "count": 1,
            "values": {"duration": "51", "seconds_from_start_to_end": "50"},
        },
    )


def test_findings_have_one_identity_each(report: QualityReport) -> None:
    keys = [finding.key for finding in report.findings()]
    assert len(keys) == len(set(keys))


def test_chunks_add_up_to_the_whole_and_replace_the_site_as_a_whole(
    world: World, report: QualityReport
) -> None:
    assert world.validate(docs="docs", chunk_size=20) == report
    assert len(list((world.directory / "docs" / "validations" / "clips").rglob("*.html"))) == 1
    assert [path.name for path in world.directory.iterdir() if path.name.startswith(".")] == []


def test_data_docs_stand_alone_and_hold_no_markup_of_ours(
    world: World, report: QualityReport
) -> None:
    assert report.docs_index == world.directory / "docs" / "index.html"
    pages = sorted((world.directory / "docs").rglob("*.html"))
    assert len(pages) > len(report.checks) / 10
    for page in pages:
        text = page.read_text("utf-8")
        assert "<script" not in text.lower()
        assert "alert(&#39;x&#39;)" not in text
        assert "alert('x')" not in text
        links = Links(text)
        assert links.loaded == []
        for target in links.relative:
            assert (page.parent / unquote(target)).resolve().is_file(), (page, target)


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


def test_data_docs_name_the_failing_rows(world: World, report: QualityReport) -> None:
    project = project_of("a wrong duration")
    docs = world.directory / "docs"
    assert clip2(project) in (docs / "index.html").read_text("utf-8")
    (page,) = (docs / "validations" / "clips").rglob("*.html")
    assert clip2(project) in page.read_text("utf-8")


def test_a_directory_that_is_not_ours_is_never_replaced(world: World) -> None:
    mine = world.directory / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(SettingsError, match="did not make"):
        world.validate(docs="mine")
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]


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
    looked_at = {check.name: check.evaluated for check in report.checks}
    assert (looked_at["clip_counts"], looked_at["clip_titles"]) == (3, 6)
    assert (looked_at["collection_links"], looked_at["link_order"]) == (3, 6)
    assert tree_state(sound.directory) == before
    assert list(elsewhere.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_only_the_projects_asked_for_are_looked_at(sound: World) -> None:
    with sound.engine.begin() as conn:
        conn.execute(sa.update(tables.clips).values(duration=0))
    data = DataDirectory(sound.directory / "data")
    report = validate_database(sound.engine, data, [project_id(2)], docs_dir=None, now=NOW)
    assert report.projects == 1
    assert list(failures_by_project(report)) == [project_id(2)]


def test_a_check_that_can_not_be_evaluated_counts_as_failed(
    sound: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clipsync.quality import frames

    build = frames.build_frames

    def without_scores(*arguments: Any) -> frames.Frames:
        return {
            key: frame.drop(columns="score", errors="ignore")
            for key, frame in build(*arguments).items()
        }

    monkeypatch.setattr(frames, "build_frames", without_scores)
    report = sound.validate()
    (failed,) = report.failed
    assert (failed.name, failed.failing_count) == ("clip_score", 0)
    assert failed.problem == 'Error: The column "score" in BatchData does not exist.'
    assert [(f.code, f.project_id, message(f)) for f in report.findings()] == [
        (
            "quality_clip_score",
            "",
            'The check “clip_score” could not be evaluated: Error: The column "score" in '
            "BatchData does not exist.",
        )
    ]
