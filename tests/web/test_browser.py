"""The page in a real browser, inside a real Airflow: light, dark, narrow, Chinese, by keyboard.

Leaves its screenshots in `artefacts/browser/`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect, sync_playwright

from tests.support.airflow_home import REPOSITORY
from tests.support.airflow_server import ApiServer
from tests.web.conftest import PROJECT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SHOTS = REPOSITORY / "artefacts" / "browser"
PATIENCE_MS = 60_000

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.browser,
    pytest.mark.xdist_group("api_server"),
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("CLIPSYNC_REQUIRE_BROWSER") != "1",
        reason="Chromium is not installed; on Debian: apt-get install chromium fonts-noto-cjk",
    ),
]
expect.set_options(timeout=PATIENCE_MS)

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE_MS
        )
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser, api_server: ApiServer) -> Iterator[Open]:
    """Opens an address as a user; fails the test if the page's script, or its policy, complains."""
    complaints: list[str] = []
    contexts = []

    def open_(path: str, user: str = "admin", width: int = 1280, **options: Any) -> Page:
        context = browser.new_context(
            base_url=api_server.url,
            viewport={"width": width, "height": 900},
            **{"locale": "en-US", "color_scheme": "light"} | options,
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies(
            [{"name": "_token", "value": api_server.token(user), "url": api_server.url}]
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if _ours(said.text) else None)
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def _ours(text: str) -> bool:
    return "Content Security Policy" in text or "Refused to" in text


def shoot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def inside(page: Page) -> FrameLocator:
    """What Airflow's own page shows in its frame."""
    return page.frame_locator("iframe[title='ClipSync']")


def background(page: Page) -> str:
    found = page.frame_locator("iframe[title='ClipSync']").locator("body")
    return str(found.evaluate("body => getComputedStyle(body).backgroundColor"))


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_it_is_in_airflows_menu_and_looks_at_home(open_page: Open) -> None:
    page = open_page("/")
    page.get_by_role("link", name="ClipSync").first.click()
    expect(inside(page).get_by_role("heading", level=1)).to_contain_text("problem")
    expect(inside(page).get_by_role("table", name="Projects")).to_be_visible()
    shoot(page, "light")


def test_it_follows_airflows_theme_not_only_the_systems(open_page: Open) -> None:
    page = open_page("/plugin/clipsync")
    expect(inside(page).get_by_role("heading", level=1)).to_be_visible()
    light = background(page)
    page.evaluate("document.documentElement.classList.replace('light', 'dark')")
    dark = inside(page).locator("html[data-theme=dark]")
    expect(dark).to_have_count(1)
    assert background(page) != light
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.reload()
    expect(dark).to_have_count(1)
    shoot(page, "dark")


def test_on_its_own_it_follows_the_system(open_page: Open) -> None:
    colours = [
        open_page("/clipsync/", color_scheme=scheme).evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        for scheme in ("light", "dark")
    ]
    assert len(set(colours)) == 2


@pytest.mark.parametrize("path", ["/clipsync/", f"/clipsync/view/projects/{PROJECT}"])
def test_it_fits_a_phone(open_page: Open, path: str) -> None:
    page = open_page(path, width=360)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert fits(page)
    shoot(page, "narrow-project" if "view" in path else "narrow")


def test_it_speaks_the_browsers_language_and_the_switch_stays(open_page: Open) -> None:
    page = open_page("/clipsync/", locale="zh-CN")
    expect(page.get_by_role("heading", name="项目", exact=True)).to_be_visible()
    shoot(page, "chinese")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Projects", exact=True)).to_be_visible()
    page.goto("/clipsync/")
    expect(page.get_by_role("heading", name="Projects", exact=True)).to_be_visible()


def test_a_project_is_shown_side_by_side_and_hostile_titles_stay_text(open_page: Open) -> None:
    page = open_page(f"/clipsync/view/projects/{PROJECT}")
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    expect(page.get_by_role("heading", name="Side by side")).to_be_visible()
    expect(page.get_by_text("<script>alert(1)</script>").first).to_be_visible()
    expect(page.locator("main script, main img")).to_have_count(0)
    page.get_by_label("Only what differs").uncheck()
    for item in page.locator("details.item").all():
        item.evaluate("item => { item.open = true }")
    assert fits(page)
    assert dialogs == []
    shoot(page, "project")


def test_the_keyboard_reaches_everything_and_the_focus_can_be_seen(open_page: Open) -> None:
    page = open_page("/clipsync/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="autoclip_backfill_audit")).to_be_focused()
    page.keyboard.press("Tab")
    sync = page.get_by_role("button", name="Sync all")
    expect(sync).to_be_focused()
    assert sync.evaluate("button => getComputedStyle(button).outlineStyle") == "solid"


CONTRAST = """() => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const paint = (colours) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (rgb) => rgb.map((one) => one / 255)
        .map((one) => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
        .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
    const low = [];
    for (const element of document.querySelectorAll("body *")) {
        const said = [...element.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
        if (!said || !element.checkVisibility() || element.closest(".sr, .skip, time")) continue;
        const behind = [];
        for (let one = element; one; one = one.parentElement) {
            behind.unshift(getComputedStyle(one).backgroundColor);
        }
        const ground = paint(behind);
        const text = paint([...behind, getComputedStyle(element).color]);
        const [high, dim] = [light(ground), light(text)].sort((a, b) => b - a);
        const ratio = (high + 0.05) / (dim + 0.05);
        const start = element.textContent.trim().slice(0, 30);
        if (ratio < 4.5) low.push([element.className, start, ratio]);
    }
    return low;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/clipsync/", f"/clipsync/view/projects/{PROJECT}"])
def test_every_text_stands_out_from_its_ground(open_page: Open, path: str, scheme: str) -> None:
    page = open_page(path, color_scheme=scheme)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate(CONTRAST) == []


def test_what_writes_much_asks_once_more_and_escape_calls_it_off(open_page: Open) -> None:
    page = open_page("/clipsync/")
    page.get_by_role("button", name="Sync all").click()
    asked = page.get_by_role("button", name="Sync all projects?")
    expect(asked).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sync all", exact=True)).to_be_visible()
    expect(page.locator("#runs .run[data-run^='all__sync__20']")).to_have_count(0)


def test_a_double_click_starts_one_run_and_shows_its_progress(
    open_page: Open, api_server: ApiServer
) -> None:
    page = open_page(f"/clipsync/view/projects/{PROJECT}", user="user")
    button = page.get_by_role("button", name="Sync now")
    run_id = button.get_attribute("data-run")
    button.dblclick()
    shown = page.locator(f"[data-run='{run_id}'].run")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("queued")
    expect(shown).to_contain_text("The Dag is paused")
    with api_server.client("user") as client:
        runs = client.get("/api/v2/dags/autoclip_project_sync/dagRuns?limit=100").json()["dag_runs"]
    assert [run["dag_run_id"] for run in runs].count(run_id) == 1
    shoot(page, "progress")
    # Whoever opens the page later sees it as well.
    later = open_page(f"/clipsync/view/projects/{PROJECT}", user="viewer")
    expect(later.locator(f"[data-run='{run_id}'].run")).to_contain_text("queued")


def test_a_viewer_has_no_buttons_and_is_refused_all_the_same(open_page: Open) -> None:
    page = open_page("/clipsync/", user="viewer")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("button[data-action]")).to_have_count(0)
    status = page.evaluate(
        """async () => (await fetch("/clipsync/projects/sync-all-data", {
            method: "POST", headers: {"Content-Type": "application/json"}, body: "{}",
        })).status"""
    )
    assert status == 403
    shoot(page, "viewer")


def test_the_table_searches_sorts_and_leads_to_a_project(open_page: Open) -> None:
    page = open_page("/plugin/clipsync")
    frame = inside(page)
    frame.get_by_role("searchbox", name="Search").fill(PROJECT[:13])
    frame.get_by_role("button", name="Search").click()
    rows = frame.get_by_role("table", name="Projects").get_by_role("row")
    expect(rows).to_have_count(2)
    rows.nth(1).get_by_role("link").click()
    expect(frame.get_by_role("heading", name="Side by side")).to_be_visible()
    # Airflow's address follows, so that it can be sent to somebody.
    expect(page).to_have_url(
        f"{page.url.split('/plugin')[0]}/plugin/clipsync/clipsync/view/projects/{PROJECT}"
    )


def test_a_mails_link_leads_to_its_project(open_page: Open) -> None:
    page = open_page(f"/plugin/clipsync?project={PROJECT}")
    expect(inside(page).get_by_role("heading", name="Side by side")).to_be_visible()


def test_links_to_airflows_own_pages_leave_the_frame(open_page: Open) -> None:
    page = open_page("/plugin/clipsync")
    inside(page).get_by_role("link", name="autoclip_backfill_audit").click()
    page.wait_for_url("**/dags/autoclip_backfill_audit**")


def test_both_dags_and_their_runs_have_the_page(open_page: Open, api_server: ApiServer) -> None:
    with api_server.client("admin") as client:
        started = client.post(
            "/clipsync/projects/sync-all-data",
            json={},
            headers={"Idempotency-Key": "with-a-page"},
        ).json()
    page = open_page("/dags/autoclip_project_sync/plugin/clipsync_dag")
    expect(inside(page).get_by_role("heading", level=1)).to_be_visible()
    expect(inside(page).get_by_text("is not one of ClipSync's Dags")).to_have_count(0)
    page.goto(f"{started['run_url']}/plugin/clipsync_run")
    expect(inside(page).get_by_role("heading", level=1)).to_contain_text("Not recorded")


def test_exports_are_downloads_from_within_the_frame(open_page: Open, tmp_path: Path) -> None:
    page = open_page("/plugin/clipsync")
    for name, suffix in (("CSV", ".csv"), ("JSON", ".json"), ("HTML report", ".html")):
        with page.expect_download() as waiting:
            inside(page).get_by_role("link", name=name, exact=True).click()
        assert waiting.value.suggested_filename.endswith(suffix)
    report = tmp_path / "report.html"
    waiting.value.save_as(report)
    alone = open_page(f"{report.as_uri()}", color_scheme="dark")
    expect(alone.get_by_role("heading", level=1)).to_have_text("ClipSync: consistency report")
    shoot(alone, "report")
