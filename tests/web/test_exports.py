"""Exports hold everything, and nothing in them runs anywhere."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from clipsync.operations.history import ProjectLine
from clipsync.reporting.text import clean
from clipsync.web.exports import COLUMNS, cell, write_csv
from tests.support.autoclip_files import clip, project_id, write_project
from tests.support.web_host import House
from tests.web.conftest import ENDLESS, FORMULA, HOSTILE, NAME, PROJECT, audit, data_dir


def line(name: str) -> ProjectLine:
    moment = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
    return ProjectLine(PROJECT, name, "consistent", 3, 1, 3, 1, moment, None, 0, 2, 0)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (FORMULA, f"'{FORMULA}"),
        ("+1+1", "'+1+1"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("|calc", "'|calc"),
        ("  =1+1", "'=1+1"),
        ("\t=1+1", "'=1+1"),
        ("\r\n=1+1", "'=1+1"),
        ("\u202e=1+1", "'=1+1"),
        ("'=1+1", "''=1+1"),
        ('"=1+1', "'\"=1+1"),
        ("＝1+1", "'＝1+1"),
        ("＠SUM(1)", "'＠SUM(1)"),
        ("a=1", "a=1"),
        ("第1段：标题", "第1段：标题"),
        ("", ""),
        (None, ""),
        (-3, -3),
        (1.5, 1.5),
    ],
)
def test_no_cell_is_a_formula_and_numbers_stay_numbers(value: object, written: object) -> None:
    assert cell(value) == written


def test_csv_is_what_a_spreadsheet_reads_line_by_line() -> None:
    file = io.StringIO()
    write_csv([line('He said "hi", twice\nand left'), line(NAME)], file)
    text = file.getvalue()
    assert text.startswith("\ufeffproject_id,name,")
    assert text.count("\r\n") == 3
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert [row["name"] for row in rows] == ['He said "hi", twice and left', NAME]
    assert rows[0] == {
        "project_id": PROJECT,
        "name": 'He said "hi", twice and left',
        "status": "consistent",
        "disk_clips": "3",
        "database_clips": "3",
        "disk_collections": "1",
        "database_collections": "1",
        "errors": "0",
        "warnings": "2",
        "infos": "0",
        "last_synced_at": "2026-03-01T12:00:00+00:00",
        "last_audited_at": "",
    }
    assert tuple(rows[0]) == COLUMNS


def test_csv_and_json_have_every_project_that_is_in_the_filter(
    house: House, page: TestClient
) -> None:
    for number in range(2, 81):
        write_project(data_dir(house), project_id(number), clips=[clip(1)])
    audit(house)

    answer = page.get("/export/projects.csv?sort=project_id&order=asc&page=2")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="clipsync-')
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["project_id"] for row in rows] == [project_id(n) for n in range(1, 81)]

    document = page.get("/export/projects.json?q=命运").json()
    assert [one["name"] for one in document["projects"]] == [NAME]
    assert document["totals"]["projects"] == 80


def test_exports_of_an_empty_ledger_are_whole_and_empty(page: TestClient) -> None:
    assert page.get("/export/projects.csv").content.decode("utf-8-sig").split() == [
        ",".join(COLUMNS)
    ]
    assert page.get("/export/projects.json").json()["projects"] == []
    assert page.get("/export/report.html").status_code == 200


@pytest.mark.parametrize("name", [HOSTILE, ENDLESS, FORMULA])
def test_a_hostile_name_is_text_in_every_export(house: House, page: TestClient, name: str) -> None:
    write_project(data_dir(house), PROJECT, project_file={"project_name": name}, clips=[clip(1)])
    audit(house)
    (row,) = csv.DictReader(io.StringIO(page.get("/export/projects.csv").text.lstrip("\ufeff")))
    shown = clean(name[:255])
    assert row["name"] == (f"'{shown}" if name == FORMULA else shown)
    (project,) = json.loads(page.get("/export/projects.json").text)["projects"]
    assert project["name"] == name[:255]

    report = page.get("/export/report.html").text
    found: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(tag)
            assert not any(key.startswith("on") for key, _ in attrs)

    Tags().feed(report)
    assert "script" not in found
    assert "img" not in found
    assert "\u202e" not in report


def test_the_html_report_has_the_findings_and_needs_nothing_but_itself(
    house: House, page: TestClient
) -> None:
    broken = [clip(1), clip(2, start_time="oops")]
    write_project(data_dir(house), PROJECT, project_file={"project_name": NAME}, clips=broken)
    audit(house)
    answer = page.get("/export/report.html?lang=zh")
    attributes: list[tuple[str, str | None]] = []

    class Attributes(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            attributes.extend(attrs)

    Attributes().feed(answer.text)
    assert not [value for name, value in attributes if name in ("src", "href", "data", "action")]
    assert "url(" not in answer.text
    assert "@import" not in answer.text
    assert "ClipSync：一致性报告" in answer.text
    assert NAME in answer.text
    assert "start_time 无法使用" in answer.text
    assert "no usable start_time" not in answer.text
    assert answer.headers["content-disposition"].endswith('.html"')
