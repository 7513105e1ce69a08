"""A Chinese reader meets no English sentence: on every page of a damaged AutoClip, and in the
report. Names, titles and values of people's data are as they are."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from clipsync.demo.scenario import write_demo
from clipsync.ledger import store
from clipsync.model.finding import Severity
from clipsync.operations.workspace import open_workspace
from clipsync.quality.report import ProjectFailures, QualityCheck, QualityReport
from clipsync.settings import Settings
from tests.support.autoclip_files import clip, collection, project_id, write_project
from tests.support.prose import english
from tests.support.web_host import House
from tests.web.conftest import audit, data_dir, sync
from tests.web.test_pages import Elements

PEOPLES_DATA = re.compile(r"<(code|bdi|del|ins|pre|style|title)\b.*?</\1>|“[^”]*”", re.DOTALL)
OWN_NAMES = {"Data Docs"}

EDITED, SHRUNK, BROKEN, UNREADABLE, CONTRADICTING, LOST = (project_id(n) for n in range(1, 7))
ALL = (EDITED, SHRUNK, BROKEN, UNREADABLE, CONTRADICTING, LOST)


def left_in_english(page: TestClient, path: str) -> list[str]:
    """English prose of a page, whether or not it is marked as such."""
    answer = page.get(path, headers={"Accept-Language": "zh-CN", "Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    assert '<html lang="zh-CN">' in answer.text
    shown = Elements(PEOPLES_DATA.sub(" ", answer.text)).text
    return [two for two in english(shown) if two not in OWN_NAMES]


def execute(house: House, statement: str, **values: str) -> int:
    with open_workspace(house.settings) as workspace, workspace.engine.begin() as conn:
        return conn.execute(sa.text(statement), values).rowcount


@pytest.fixture
def damaged(house: House) -> House:
    """Projects with every kind of trouble that people and pipelines make, synced and audited."""
    root = data_dir(house)
    clips, collections = [clip(n) for n in range(1, 6)], [collection(1, [3, 1]), collection(2, [2])]
    for project in ALL:
        write_project(root, project, clips=clips, collections=collections)
    sync(house)
    changes = {"title": "改过的标题", "project": EDITED}
    assert execute(house, "UPDATE clips SET title = :title WHERE project_id = :project", **changes)
    execute(
        house,
        "DELETE FROM collections WHERE project_id = :project AND name = '合集2'",
        project=EDITED,
    )
    execute(house, "DELETE FROM clips WHERE project_id = :project", project=LOST)
    execute(house, "UPDATE projects SET status = 'FAILED' WHERE id = :project", project=LOST)
    write_project(
        root,
        EDITED,
        clips=[clip(1, generated_title="文件的新标题"), *clips[1:4]],
        collections=[collection(1, [3, 1, 9]), collection(2, [2])],
    )
    write_project(root, SHRUNK, clips=clips[:1], collections=[])
    write_project(
        root,
        BROKEN,
        clips=[clip(1, start_time="oops", end_time=None), clip(2, end_time="00:00:01"), *clips[2:]],
        collections=[collection(1, [1], collection_title="长" * 300), ["不是对象"]],
    )
    write_project(root, UNREADABLE, clips=b'[{"id": "1"', collections=collections)
    write_project(
        root, CONTRADICTING, clips=clips[:2], collections=collections, marker={"clips_generated": 9}
    )
    return house


def test_no_page_of_a_damaged_autoclip_is_english(damaged: House, page: TestClient) -> None:
    codes = set()
    for look in (audit, sync, audit):
        run = look(damaged)
        report = page.get("/export/report.html?lang=zh")
        assert english(Elements(PEOPLES_DATA.sub(" ", report.text)).text) == []
        paths = ["/", *(f"/view/projects/{project}" for project in ALL)]
        paths += [f"/view/run?id={run}"] if run else []
        left = {path: left_in_english(page, path) for path in paths}
        assert {path: words for path, words in left.items() if words} == {}
        for project in ALL:
            history = page.get(f"/projects/{project}").json()["history"]
            codes |= {finding["code"] for finding in history["findings"]}
    # The projects have that much to tell.
    assert codes >= {
        "edit_conflict",
        "tombstoned",
        "edited_stale",
        "unknown_clip_in_collection",
        "stopped_by_guard",
        "quarantined",
        "negative_duration",
        "cut_to_fit",
        "unreadable",
        "marker_contradicts",
        "restored",
    }


def test_no_page_of_the_demo_is_english(sqlite_url: str, tmp_path: Path) -> None:
    written = write_demo(tmp_path / "autoclip")
    house = House(
        Settings(data_dir=tmp_path / "autoclip" / "data", database_url=written.database_url)  # type: ignore[arg-type]
    )
    client = TestClient(house.app(), base_url="http://testserver/clipsync")
    with open_workspace(house.settings) as workspace:
        projects = workspace.project_ids()
    paths = ["/", *(f"/view/projects/{project}" for project in projects)]
    for look in (audit, sync, audit):
        run = look(house)
        paths += [f"/view/run?id={run}"] if run else []
        left = {path: left_in_english(client, path) for path in paths}
        assert {path: words for path, words in left.items() if words} == {}


def test_what_the_second_opinion_found_is_said_in_chinese(damaged: House, page: TestClient) -> None:
    check = QualityCheck(
        "clips_missing",
        severity=Severity.ERROR,
        success=False,
        asset="projects",
        expectation="ExpectColumnValuesToBeNull",
        description="Every clip of the files has a row, unless somebody deleted it.",
        projects=(
            ProjectFailures(
                EDITED, 1, (EDITED,), (("clips_in_database", "4"), ("clips_on_disk", "5"))
            ),
        ),
    )
    found = {EDITED: list(QualityReport(checks=(check,)).findings())}
    with open_workspace(damaged.settings) as workspace, workspace.engine.begin() as conn:
        store.record_findings(conn, "run", datetime.now(UTC), found, source="quality")
    view = f"/view/projects/{EDITED}"
    assert left_in_english(page, view) == []
    answer = page.get(view, headers={"Accept-Language": "zh", "Accept": "text/html"})
    assert "不符：数据库中的切片 4，磁盘上的切片 5。" in answer.text
