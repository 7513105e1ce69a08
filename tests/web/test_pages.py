"""What people see, without a browser: every state of the ledger, and titles that mean harm."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from clipsync.operations.workspace import open_workspace
from clipsync.reporting.text import clean
from clipsync.web.host import BACKFILL_DAG, PROJECT_DAG, Schedule
from tests.support.autoclip_files import clip, collection, project_id, write_file, write_project
from tests.support.web_host import VIEWER, House
from tests.web.conftest import ENDLESS, HOSTILE, NAME, PROJECT, audit, data_dir, sync

VIEW = f"/view/projects/{PROJECT}"


class Elements(HTMLParser):
    """Every element of a page, with its attributes, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def get(page: TestClient, path: str, language: str = "en") -> Elements:
    answer = page.get(path, headers={"Accept-Language": language, "Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return Elements(answer.text)


def test_before_the_first_audit_the_overview_says_so_and_claims_nothing(page: TestClient) -> None:
    shown = get(page, "/")
    assert "Not audited yet" in shown.text
    assert "There was no audit yet." in shown.text
    assert "100.0" not in shown.text


def test_the_overview_answers_first_whether_every_project_is_consistent(
    house: House, page: TestClient
) -> None:
    audit(house)
    assert "1 project has problems" in get(page, "/").text
    sync(house)
    audit(house)
    assert "Every project is consistent" in get(page, "/").text


def test_an_audit_that_is_too_old_is_a_warning(house: House, page: TestClient) -> None:
    audit(house)
    with open_workspace(house.settings) as workspace, workspace.engine.begin() as conn:
        conn.execute(sa.text("UPDATE clipsync_audits SET audited_at = '2026-01-01 00:00:00'"))
    assert "No audit of all projects for" in get(page, "/").text


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (Schedule(datetime(2026, 3, 2, 2, 30, tzinfo=UTC)), "2026-03-02 02:30"),
        (Schedule(None, paused=True), "The nightly Dag is paused."),
    ],
)
def test_the_overview_says_when_the_nightly_run_comes(
    house: House, page: TestClient, schedule: Schedule, said: str
) -> None:
    house.schedule = schedule
    assert said in get(page, "/").text


def test_the_table_is_searched_filtered_and_paged(house: House, page: TestClient) -> None:
    for number in range(2, 62):
        write_project(data_dir(house), project_id(number), clips=[clip(1)])
    audit(house)

    def shown(path: str) -> list[str]:
        links = get(page, path).of("a")
        start = "/clipsync/view/projects/"
        return [str(a["href"])[len(start) :] for a in links if str(a["href"]).startswith(start)]

    assert len(shown("/")) == 50
    assert len(shown("/?page=2")) == 11
    assert shown("/?sort=project_id&order=asc")[0] == PROJECT
    assert shown(f"/?q={project_id(7)[:13]}") == [project_id(7)]
    assert shown("/?q=命运") == [PROJECT]
    assert shown("/?status=consistent") == []
    assert shown("/?page=999") == []


@pytest.mark.parametrize(
    ("others", "status", "banner", "said", "word"),
    [
        ((), "deleted", "banner info", "a person deleted the project in AutoClip", "deleted"),
        ((2, 3), "lost", "banner error", "project rows that ClipSync knew are gone", "row lost"),
    ],
)
def test_a_project_whose_row_is_gone_says_what_became_of_it(
    house: House,
    page: TestClient,
    others: tuple[int, ...],
    status: str,
    banner: str,
    said: str,
    word: str,
) -> None:
    """Rule 7: one of one was deleted; three of three at once are a loss."""
    for number in others:
        write_project(data_dir(house), project_id(number), clips=[clip(1)])
    sync(house)
    with open_workspace(house.settings) as workspace, workspace.engine.begin() as conn:
        for table in ("clip_collection", "collections", "clips", "projects"):
            conn.execute(sa.text(f"DELETE FROM {table}"))
    shown = get(page, VIEW)
    assert said in shown.text
    assert [one["class"] for one in shown.of("p") if "banner" in (one.get("class") or "")] == [
        banner
    ]
    badges = [one["class"] for one in shown.of("span") if "status-" in (one.get("class") or "")]
    assert badges[0] == f"badge status-{status}"
    audit(house)
    assert word in get(page, f"/?status={status}").text


def test_what_a_person_made_of_a_collection_is_on_its_projects_page(
    house: House, page: TestClient
) -> None:
    """Rule 2: a generated video stays; the words are those of the reader's language."""
    folder = data_dir(house) / "projects" / PROJECT / "output/collections"
    write_file(folder / "1_合集1.mp4", b"")
    sync(house)
    write_file(folder / "1_合集1_thumbnail.jpg", b"")
    with open_workspace(house.settings) as workspace, workspace.engine.begin() as conn:
        conn.execute(sa.text("UPDATE collections SET export_path = '/made/by/me.mp4'"))
    english, chinese = get(page, VIEW).text, get(page, VIEW, "zh").text
    assert [word in english for word in ("exported video", "thumbnail", "/made/by/me.mp4")] == [
        True,
        True,
        True,
    ]
    assert "保留：用户编辑过" in chinese
    assert ["导出的视频" in chinese, "缩略图" in chinese] == [True, True]


def test_a_project_shows_both_sides_and_why(house: House, page: TestClient) -> None:
    sync(house)
    with open_workspace(house.settings) as workspace, workspace.engine.begin() as conn:
        conn.execute(
            sa.text("UPDATE clips SET title = '改过的标题' WHERE title = :title"),
            {"title": "第1段：标题"},
        )
    shown = get(page, VIEW)
    assert "kept: edited by a user" in shown.text
    assert "第1段：标题" in shown.text
    assert "改过的标题" in shown.text
    assert "Disk and database agree." in shown.text


def test_a_project_shows_its_journal_its_quarantine_and_what_people_deleted(
    house: House, page: TestClient
) -> None:
    broken = [clip(1), clip(2), clip(3), clip(4, start_time="oops")]
    write_project(data_dir(house), PROJECT, clips=broken, collections=[collection(1, [3, 1])])
    sync(house)
    with open_workspace(house.settings) as workspace, workspace.engine.begin() as conn:
        conn.execute(sa.text("DELETE FROM clips WHERE title = '第2段：标题'"))
    sync(house)
    shown = get(page, VIEW)
    assert "no usable start_time: 'oops'" in shown.text
    assert "held back" in shown.text
    assert "What ClipSync changed here, newest first" in shown.text
    assert [b["data-action"] for b in shown.of("button")] == ["sync", "dry_run", "audit", "restore"]


def test_a_run_shows_what_it_changed_and_an_unknown_one_says_that_nothing_is_known(
    house: House, page: TestClient
) -> None:
    run_id = sync(house)
    shown = get(page, f"/view/run?dag={PROJECT_DAG}&id={run_id}")
    assert "第3段：标题" in shown.text
    assert "Not recorded" in get(page, f"/view/run?dag={PROJECT_DAG}&id=manual__unknown").text


def test_buttons_name_the_run_they_start_and_a_viewer_gets_none(
    house: House, page: TestClient
) -> None:
    buttons = [b for b in get(page, "/").of("button") if "data-action" in b]
    assert [(b["data-action"], b["data-dag"]) for b in buttons] == [
        ("sync", BACKFILL_DAG),
        ("dry_run", BACKFILL_DAG),
        ("audit", BACKFILL_DAG),
    ]
    assert len({b["data-run"] for b in buttons}) == 3
    house.visitor = VIEWER
    assert [b for b in get(page, "/").of("button") if "data-action" in b] == []
    assert [b for b in get(page, VIEW).of("button") if "data-action" in b] == []


def test_another_dags_page_says_that_it_is_not_clipsyncs(page: TestClient) -> None:
    assert "somebodys_dag is not one of ClipSync's Dags" in get(page, "/?dag=somebodys_dag").text
    assert "is not one of" not in get(page, f"/?dag={BACKFILL_DAG}").text


def test_an_unknown_project_is_a_page_with_the_way_back(page: TestClient) -> None:
    answer = page.get(f"/view/projects/{project_id(99)}", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "found neither" in answer.text
    assert 'href="/clipsync/"' in answer.text


def test_hostile_titles_are_text_and_nothing_else(house: House, page: TestClient) -> None:
    for name in (HOSTILE, ENDLESS):
        write_project(
            data_dir(house),
            PROJECT,
            project_file={"project_name": name},
            clips=[clip(1, generated_title=HOSTILE, recommend_reason=HOSTILE), clip(2)],
            collections=[collection(1, [2, 1], collection_title=HOSTILE)],
        )
    sync(house)
    write_project(
        data_dir(house),
        PROJECT,
        clips=[clip(1, generated_title=ENDLESS), clip(2, generated_title=HOSTILE, id=HOSTILE)],
        collections=[collection(1, [HOSTILE], collection_title=ENDLESS)],
    )
    audit(house)
    with open_workspace(house.settings) as workspace, workspace.engine.begin() as conn:
        conn.execute(sa.text("UPDATE projects SET name = :name"), {"name": HOSTILE})
    audit(house)
    for path, query in (
        ("/", {"q": HOSTILE}),
        ("/", {"q": "script"}),
        ("/", {"dag": HOSTILE}),
        (VIEW, {}),
        ("/view/run", {"id": HOSTILE}),
        ("/view/projects/<script>", {}),
    ):
        answer = page.get(path, params=query, headers={"Accept": "text/html"})
        assert answer.status_code in (200, 404)
        elements = Elements(answer.text)
        scripts = [str(attributes.get("src")) for attributes in elements.of("script")]
        assert all(source.startswith("/clipsync/static/") for source in scripts)
        assert elements.of("img") == []
        assert not any(name.startswith("on") for _, a in elements.found for name in a)
        assert {"\u202e", "\u2066"}.isdisjoint(answer.text)
        assert len(answer.text) < 200_000
        if path in ("/", VIEW) and "dag" not in query:
            # Whole, in its place, and not taken for a template either.
            assert clean(HOSTILE) in elements.text or query.get("q") == HOSTILE
            assert "{{7*7}}" in elements.text or query.get("q") == HOSTILE


def test_pages_work_without_anything_inline_or_from_elsewhere(
    house: House, page: TestClient
) -> None:
    sync(house)
    audit(house)
    for path in ("/", VIEW):
        shown = get(page, path)
        assert shown.of("style") == []
        assert not any("style" in attributes for _, attributes in shown.found)
        assert not any(name.startswith("on") for _, a in shown.found for name in a)
        for tag, attributes in shown.found:
            for name in ("src", "href", "action"):
                if (address := attributes.get(name)) is not None:
                    assert address.startswith(("/", "#")), (tag, address)


def test_pages_have_landmarks_one_heading_names_and_captions(
    house: House, page: TestClient
) -> None:
    sync(house)
    audit(house)
    for path in ("/", VIEW):
        shown = get(page, path)
        tags = [tag for tag, _ in shown.found]
        assert [tags.count(tag) for tag in ("h1", "main", "header")] == [1, 1, 1]
        assert shown.of("html") == [{"lang": "en"}]
        assert tags.count("caption") == tags.count("table")
        assert all(th.get("scope") for th in shown.of("th"))
        labelled = {s["aria-labelledby"] for s in shown.of("section") if "aria-labelledby" in s}
        assert labelled <= {h.get("id") for h in shown.of("h2")}
        live = [a for _, a in shown.found if "aria-live" in a]
        assert [one["id"] for one in live] == ["runs"]
        ids = [a["id"] for _, a in shown.found if "id" in a]
        assert len(ids) == len(set(ids))


def test_the_reader_is_spoken_to_in_their_language(house: House, page: TestClient) -> None:
    audit(house)
    chinese = get(page, "/", "zh-TW,zh;q=0.9,en;q=0.8")
    assert chinese.of("html") == [{"lang": "zh-CN"}]
    assert "1 个项目有问题" in chinese.text
    assert NAME in chinese.text
    assert "1 project has problems" in get(page, "/?lang=en", "zh").text
    page.cookies.set("clipsync_lang", "zh")
    assert "1 个项目有问题" in get(page, "/", "en").text
