"""`make screenshots`: the page in a real Airflow, from the first audit to the last sync.

Starts all of Airflow on fresh demo data, presses the page's own buttons, waits for the runs they
start, and keeps what it saw in `artefacts/screenshots/`. The ones the documentation shows are put
into `docs/images/` as well. Fails where a run does not end well.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, FrameLocator, Page, expect, sync_playwright
from pydantic import SecretStr

from clipsync.demo.scenario import DemoSummary, write_demo
from clipsync.operations import runs
from clipsync.operations.auditing import audit_projects
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.workspace import open_workspace
from clipsync.settings import Settings
from tests.support.airflow_home import REPOSITORY
from tests.support.autoclip_files import clip, collection, project_id, write_project
from tests.web.test_browser import CHROMIUM, inside
from tools.live.console import Progress
from tools.live.home import ADMIN, free_ports, prepare_home
from tools.live.standalone import RunningAirflow, standalone

PLACE = REPOSITORY / "artefacts"
SHOTS = PLACE / "screenshots"
DOCS = REPOSITORY / "docs" / "images"
FOR_DOCS = ("overview", "project", "overview-dark", "overview-chinese-narrow")
MOST_BYTES = 150_000
PROJECT = project_id(1)
PATIENCE_MS = 600_000


def main() -> int:
    progress = Progress()
    if CHROMIUM is None:
        progress.say("Chromium is missing. On Debian: apt-get install chromium fonts-noto-cjk")
        return 1
    progress.steps = 3
    with progress.step("Making demo data with some history"):
        written = _data(PLACE / "autoclip")
    shutil.rmtree(PLACE / "airflow", ignore_errors=True)
    shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir(parents=True)
    home = prepare_home(PLACE / "airflow")
    settings = {
        "CLIPSYNC_DATA_DIR": str(written.data_dir.absolute()),
        "AIRFLOW_CONN_AUTOCLIP_DB": written.database_url,
        "CLIPSYNC_DATA_DOCS_DIR": str(home.data_docs),
        "CLIPSYNC_WAIT_POKE_SECONDS": "2",
    }
    with (
        progress.step("Starting Airflow, and pressing the page's buttons"),
        standalone(
            home, repository=REPOSITORY, extra=settings, ports=free_ports("127.0.0.1")
        ) as airflow,
        _browser() as browser,
    ):
        for dag_id in ("autoclip_project_sync", "autoclip_backfill_audit"):
            airflow.api.unpause(dag_id)
        _play(airflow, browser)
    with progress.step(f"Keeping the ones for the documentation in {DOCS.relative_to(REPOSITORY)}"):
        DOCS.mkdir(parents=True, exist_ok=True)
        for name in FOR_DOCS:
            taken = SHOTS / f"{name}.png"
            assert taken.stat().st_size < MOST_BYTES, f"{taken} is too large for the repository"
            shutil.copy(taken, DOCS)
    progress.detail(f"all of them are in {SHOTS}")
    return 0


def _data(place: Path) -> DemoSummary:
    """The demo, with one project that a person worked on, and audits on the way."""
    written = write_demo(place)
    root = written.data_dir
    clips = [clip(n, generated_title=title) for n, title in enumerate(_TITLES, start=1)]
    groups = [collection(1, [1, 2, 3], collection_title="减法思维"), collection(2, [5, 4])]
    write_project(
        root,
        PROJECT,
        project_file={"project_name": "访谈录：高手为什么都在做减法"},
        clips=clips,
        collections=groups,
    )
    settings = Settings(data_dir=root, database_url=SecretStr(written.database_url))
    with open_workspace(settings) as workspace:
        _audit(workspace)
        ids = [PROJECT, *(one for one in workspace.project_ids() if one != PROJECT)]
        for start in range(0, 9, 3):
            sync_projects(workspace, ids[start : start + 3], run=RunContext.for_command("sync"))
            _audit(workspace)
        with workspace.engine.begin() as conn:
            conn.exec_driver_sql(
                "UPDATE clips SET title = '用户改过的标题：少即是多' WHERE title = ?", (_TITLES[0],)
            )
            conn.exec_driver_sql("DELETE FROM clips WHERE title = ?", (_TITLES[5],))
        sync_projects(workspace, [PROJECT], run=RunContext.for_command("sync"))
        clips[1]["generated_title"] = "断舍离不是目的（修订版）"
        clips[3]["start_time"] = "oops"
        clips.append(clip(8, generated_title="最后的建议：先停下来"))
        groups[0]["clip_ids"].append("8")
        write_project(
            root,
            PROJECT,
            project_file={"project_name": "访谈录：高手为什么都在做减法"},
            clips=clips,
            collections=groups,
        )
        _audit(workspace)
    return written


_TITLES = (
    "为什么高手都在做减法",
    "断舍离不是目的",
    "一个问题救了他的公司",
    "从加班到四天工作制",
    "拒绝的艺术",
    "读书笔记三则",
    "观众提问",
)


def _audit(workspace: object) -> None:
    run = RunContext.for_command("audit")
    report = audit_projects(workspace, None, run=run)  # type: ignore[arg-type]
    runs.finish(workspace, run, success=True, counts=report.totals.as_dict())  # type: ignore[arg-type]


def _play(airflow: RunningAirflow, browser: Browser) -> None:
    page = _page(airflow, browser)
    frame = inside(page)
    page.goto(f"{airflow.url}/plugin/clipsync")
    expect(frame.get_by_role("heading", level=1)).to_contain_text("problems")
    _shoot(page, "overview-before")

    page.goto(f"{airflow.url}/plugin/clipsync?project={PROJECT}")
    expect(frame.get_by_role("heading", name="Side by side")).to_be_visible()
    _shoot(page, "project")
    _press(frame, "Dry run", "would change:")
    _shoot(page, "project-dry-run")
    _press(frame, "Sync now", "changed:")
    expect(frame.get_by_text("Disk and database agree.")).to_be_visible()
    _shoot(page, "project-after")

    page.goto(f"{airflow.url}/plugin/clipsync")
    button = frame.get_by_role("button", name="Sync all")
    button.click()
    frame.get_by_role("button", name="Sync all projects?").click()
    expect(frame.locator(".run .state-running").first).to_be_visible()
    expect(frame.locator(".run .tasks .badge").first).to_be_visible()
    _shoot(page, "overview-progress")
    expect(frame.locator(".run .result")).to_contain_text("projects have problems")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Every project is consistent")
    _shoot(page, "overview")

    frame.get_by_role("link", name="Data Docs").click()
    expect(frame.get_by_role("heading", name="Data quality")).to_be_visible()
    _shoot(page, "data-docs")

    run = airflow.api._send("GET", "/api/v2/dags/autoclip_project_sync/dagRuns")["dag_runs"][0]
    page.goto(f"{airflow.url}/dags/{run['dag_id']}/runs/{run['dag_run_id']}/plugin/clipsync_run")
    expect(frame.get_by_role("heading", name="What it changed")).to_be_visible()
    _shoot(page, "run")

    dark = _page(airflow, browser, color_scheme="dark")
    dark.goto(f"{airflow.url}/plugin/clipsync")
    expect(inside(dark).get_by_role("table", name="Projects")).to_be_visible()
    _shoot(dark, "overview-dark")
    dark.goto(f"{airflow.url}/clipsync/view/projects/{PROJECT}")
    _shoot(dark, "project-dark")
    for name, options in (
        ("overview-narrow", {}),
        ("overview-chinese-narrow", {"locale": "zh-CN"}),
    ):
        narrow = _page(airflow, browser, width=390, **options)
        narrow.goto(f"{airflow.url}/clipsync/")
        _shoot(narrow, name)
    chinese = _page(airflow, browser, locale="zh-CN")
    chinese.goto(f"{airflow.url}/clipsync/view/projects/{PROJECT}")
    _shoot(chinese, "project-chinese")


def _press(frame: FrameLocator, name: str, result: str) -> None:
    """Presses a button, and stays until its run has ended well."""
    frame.get_by_role("button", name=name).click()
    done = frame.locator(".run", has_text=name).first
    expect(done.locator(".state-success")).to_be_visible()
    expect(done.locator(".result")).to_contain_text(result)


@contextmanager
def _browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


def _page(airflow: RunningAirflow, browser: Browser, *, width: int = 1280, **options: str) -> Page:
    given = {"locale": "en-US", "color_scheme": "light"} | options
    context = browser.new_context(viewport={"width": width, "height": 860}, **given)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{airflow.url}/auth/login")
    page.get_by_label("Username").fill(ADMIN)
    page.get_by_label("Password").fill(airflow.home.admin_password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/auth/" not in url)
    return page


def _shoot(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=SHOTS / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
