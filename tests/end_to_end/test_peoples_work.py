"""People at work between two syncs, in projects of all four layouts: what became of each thing.

One story per database, told once: twelve projects are synced; then people edit, rename, reorder,
delete and add, AutoClip runs some projects again, and the disk of others is taken away; then
everything is synced a second time. Every test looks at one thing it left.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from clipsync.demo.autoclip_pipeline import Layout, Run, write_project
from clipsync.demo.content import ProjectContent, generate_content, timestamp
from clipsync.operations.auditing import audit_projects
from clipsync.operations.planning import plan_projects
from clipsync.operations.restoring import held_back
from clipsync.operations.results import AuditStatus, SyncResult
from clipsync.operations.workspace import open_workspace
from clipsync.settings import Settings
from tests.support import autoclip_app as app
from tests.support.autoclip_files import project_id, tree_state
from tests.support.site import Site

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LAYOUTS = pytest.mark.parametrize("layout", list(Layout))

Rows = Mapping[str, Mapping[str, Any]]
"""By row id."""


@dataclass
class Work:
    """What people did in one project, by row id."""

    titles: dict[str, str] = field(default_factory=dict)
    emptied: str = ""
    renamed: dict[str, str] = field(default_factory=dict)
    reordered: dict[str, list[str]] = field(default_factory=dict)
    deleted_clip: str = ""
    deleted_collection: str = ""
    manual_clip: str = ""
    manual_collection: str = ""


@dataclass
class Story:
    """The rows before and after the second sync, and what it said."""

    site: Site
    edited: dict[Layout, str]
    retried: dict[Layout, str]
    away: dict[Layout, str]
    work: dict[Layout, Work]
    new_runs: dict[Layout, Run]
    first: dict[str, Rows]
    before: dict[str, Rows]
    after: dict[str, Rows]
    said: dict[str, SyncResult]

    def codes(self, project: str) -> list[str]:
        return sorted(finding.code for finding in self.said[project].findings)


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    directory = tmp_path_factory.mktemp("peoples-work")
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copyfile(template, directory / "autoclip.db")
        url = f"sqlite:///{directory}/autoclip.db"
        with _opened(directory / "data", url) as site:
            yield _told(site)
        return
    server = request.getfixturevalue("postgres_server")
    url = server.create_database()
    with _opened(directory / "data", url) as site:
        yield _told(site)
    server.drop_database(url)


@LAYOUTS
def test_edited_titles_and_emptied_descriptions_are_kept(story: Story, layout: Layout) -> None:
    project, work = story.edited[layout], story.work[layout]
    expected = {
        row_id: (work.titles.get(row_id, row["title"]), row["description"])
        for row_id, row in _of(story.first["clips"], project).items()
        if row_id != work.deleted_clip
    }
    expected[work.emptied] = (expected[work.emptied][0], "")
    expected[work.manual_clip] = ("手动补充的片段", "")
    assert {
        row_id: (row["title"], row["description"])
        for row_id, row in _of(story.after["clips"], project).items()
    } == expected


@LAYOUTS
def test_a_renamed_collection_keeps_its_name(story: Story, layout: Layout) -> None:
    project, work = story.edited[layout], story.work[layout]
    expected = {
        row_id: work.renamed.get(row_id, row["name"])
        for row_id, row in _of(story.first["collections"], project).items()
        if row_id != work.deleted_collection
    }
    expected[work.manual_collection] = "我的收藏"
    assert {
        row_id: row["name"] for row_id, row in _of(story.after["collections"], project).items()
    } == expected


@LAYOUTS
def test_a_reordered_collection_keeps_its_order_in_list_links_and_count(
    story: Story, layout: Layout
) -> None:
    work = story.work[layout]
    ((row_id, order),) = work.reordered.items()
    expected = [clip for clip in order if clip != work.deleted_clip]
    row = story.after["collections"][row_id]
    assert row["collection_metadata"]["clip_ids"] == expected
    assert row["clips_count"] == len(expected)
    assert _links(story.after, row_id) == expected
    sources = [story.after["clips"][clip]["clip_metadata"]["id"] for clip in expected]
    assert row["collection_metadata"]["original_clip_ids"] == sources


@LAYOUTS
def test_what_was_deleted_stays_deleted_and_can_be_restored(story: Story, layout: Layout) -> None:
    project, work = story.edited[layout], story.work[layout]
    assert work.deleted_clip not in story.after["clips"]
    assert work.deleted_collection not in story.after["collections"]
    assert {stone.row_id for stone in held_back(story.site.workspace, project)} == {
        work.deleted_clip,
        work.deleted_collection,
    }
    pointing = [
        row_id
        for row_id, row in _of(story.after["collections"], project).items()
        if work.deleted_clip in row["collection_metadata"]["clip_ids"]
    ]
    assert pointing == []


@LAYOUTS
def test_what_was_made_by_hand_is_untouched(story: Story, layout: Layout) -> None:
    work = story.work[layout]
    for table, row_id in (("clips", work.manual_clip), ("collections", work.manual_collection)):
        assert story.after[table][row_id] == story.before[table][row_id]


@LAYOUTS
def test_a_retrys_rows_replace_those_of_the_attempt_before(story: Story, layout: Layout) -> None:
    project, run = story.retried[layout], story.new_runs[layout]
    old, new = (_of(rows["clips"], project) for rows in (story.before, story.after))
    assert set(old).isdisjoint(new)
    assert {
        row["clip_metadata"]["id"]: (row["title"], row["start_time"], row["end_time"])
        for row in new.values()
    } == {
        record["id"]: (record["generated_title"], 36_000 + 60 * number, 36_060 + 60 * number)
        for number, record in enumerate(run.clips)
    }
    assert len(new) == len(run.clips)
    by_source = {row["clip_metadata"]["id"]: row_id for row_id, row in new.items()}
    for record in run.collections:
        (row,) = [
            row
            for row in _of(story.after["collections"], project).values()
            if row["collection_metadata"]["original_id"] == record["id"]
        ]
        content = [by_source[source] for source in record["clip_ids"]]
        assert row["collection_metadata"]["clip_ids"] == content
        assert _links(story.after, row["id"]) == content
        assert row["id"] in story.before["collections"]
    assert story.after["projects"][project]["status"] == "COMPLETED"


@LAYOUTS
def test_a_project_whose_directory_is_away_is_untouched_and_reported(
    story: Story, layout: Layout
) -> None:
    project = story.away[layout]
    for table in ("clips", "collections"):
        assert _of(story.after[table], project) == _of(story.before[table], project)
        assert _of(story.after[table], project)
    assert story.after["projects"][project] == story.before["projects"][project]
    assert story.codes(project) == ["directory_missing"]
    assert set(story.said[project].changes.values()) == {0}


@LAYOUTS
def test_people_are_told_of_their_deletions_and_of_a_total_that_autoclip_left_wrong(
    story: Story, layout: Layout
) -> None:
    """AutoClip gives a collection made by hand the total 0, and ClipSync never writes to it."""
    assert story.codes(story.edited[layout]) == ["collection_total", "tombstoned", "tombstoned"]
    assert story.codes(story.retried[layout]) == []


def test_no_row_is_left_without_its_owner(story: Story) -> None:
    ours = {*story.edited.values(), *story.retried.values(), *story.away.values()}
    assert set(story.after["projects"]) == ours
    for link in story.after["links"].values():
        assert link["clip_id"] in story.after["clips"]
        assert link["collection_id"] in story.after["collections"]


def test_every_project_succeeded_and_a_third_sync_changes_nothing(story: Story) -> None:
    assert [one for one in story.said.values() if not one.success] == []
    plans = list(plan_projects(story.site.workspace, None))
    assert [plan.project_id for plan in plans if not plan.empty] == []
    disk = tree_state(story.site.root)
    results = story.site.sync(None)
    assert {count for result in results for count in result.changes.values()} == {0}
    assert _tables(story.site) == story.after
    assert tree_state(story.site.root) == disk


def test_the_audit_agrees(story: Story) -> None:
    report = audit_projects(story.site.workspace, None)
    away = set(story.away.values())
    assert report.consistent
    assert {entry.project_id: entry.status for entry in report.entries} == {
        project: AuditStatus.MISSING if project in away else AuditStatus.CONSISTENT
        for project in story.after["projects"]
    }
    on_disk = len(Layout) * 12
    # Of every edited project one clip and one collection were deleted.
    assert report.totals.clips == 2 * on_disk - len(Layout)


@contextmanager
def _opened(root: Path, url: str) -> Iterator[Site]:
    """A site of our own: no project but the story's."""
    (root / "projects").mkdir(parents=True)
    with open_workspace(Settings(data_dir=root, database_url=url, batch_size=5)) as workspace:
        yield Site(workspace, root)


def _told(site: Site) -> Story:
    roles = [
        {layout: project_id(10 * role + number) for number, layout in enumerate(Layout)}
        for role in (1, 2, 3)
    ]
    edited, retried, away = roles
    contents: dict[str, ProjectContent] = {}
    for role in roles:
        for layout, project in role.items():
            contents[project] = generate_content(project, clips=12, collections=4)
            directory = site.root / "projects" / project
            write_project(directory, layout, Run.of(contents[project]))
    assert all(result.success for result in site.sync(None))
    first = _tables(site)

    rng = Random(1)
    work = {layout: _work(site, project, first, rng) for layout, project in edited.items()}
    new_runs = {
        layout: _retry(site, project, layout, contents[project], rng)
        for layout, project in retried.items()
    }
    for project in away.values():
        shutil.move(site.root / "projects" / project, site.root.parent / project)
    before = _tables(site)

    said = {result.project_id: result for result in site.sync(None)}
    # Nothing of such a retry is what was there: a person has to say that its files are right.
    assert {id_ for id_, result in said.items() if not result.success} == set(retried.values())
    for project in retried.values():
        said |= {one.project_id: one for one in site.sync(project, allow_deletes=True)}
    return Story(site, edited, retried, away, work, new_runs, first, before, _tables(site), said)


def _work(site: Site, project: str, rows: Mapping[str, Rows], rng: Random) -> Work:
    """People on AutoClip's pages."""
    clips = list(_of(rows["clips"], project))
    collections = list(_of(rows["collections"], project))
    longest = max(collections, key=lambda row_id: len(_links(rows, row_id)))
    renamed, deleted = [row_id for row_id in collections if row_id != longest][:2]
    order = _links(rows, longest)[::-1]
    assert len(order) >= 2
    work = Work(
        titles={clips[0]: "我的标题 ✂️", clips[1]: "另一个标题"},
        emptied=clips[2],
        renamed={renamed: "我的合集"},
        reordered={longest: order},
        deleted_clip=clips[3],
        deleted_collection=deleted,
    )
    directory = site.root / "projects" / project
    with site.workspace.engine.begin() as conn:
        for row_id, title in work.titles.items():
            app.edit_clip_title(conn, row_id, title, now=NOW)
        app.empty_clip_description(conn, work.emptied, now=NOW)
        app.rename_collection(conn, renamed, work.renamed[renamed], now=NOW)
        app.reorder_collection(conn, longest, order, now=NOW)
        app.delete_clip(conn, work.deleted_clip)
        app.delete_collection(conn, deleted, directory, now=NOW)
        work.manual_clip = app.create_manual_clip(
            conn, project, "手动补充的片段", 5, 50, rng=rng, now=NOW
        )
        work.manual_collection = app.create_manual_collection(
            conn, project, "我的收藏", [clips[4], work.manual_clip], rng=rng, now=NOW
        )
    return work


def _retry(site: Site, project: str, layout: Layout, content: ProjectContent, rng: Random) -> Run:
    """AutoClip runs the project again: other clips, of another part of the video, same ids."""
    fresh = generate_content(project, clips=12, collections=4, attempt=1)
    clips = [
        {
            **record,
            "id": old["id"],
            "start_time": timestamp(36_000_000 + 60_000 * number),
            "end_time": timestamp(36_060_000 + 60_000 * number),
        }
        for number, (record, old) in enumerate(zip(fresh.clips, content.clips, strict=True))
    ]
    run = Run(clips, content.collections)
    with site.workspace.engine.begin() as conn:
        app.retry_project(conn, project, now=NOW)
        task = app.start_task(conn, project, rng=rng, now=datetime.now(UTC))
    directory = site.root / "projects" / project
    shutil.rmtree(directory / "output", ignore_errors=True)
    write_project(directory, layout, run)
    with site.workspace.engine.begin() as conn:
        app.finish_task(conn, task, now=datetime.now(UTC))
    return run


def _tables(site: Site) -> dict[str, Rows]:
    """Every row with all its columns; links by their collection and place."""
    with site.workspace.engine.connect() as conn:
        found: dict[str, Rows] = {
            name: {row["id"]: dict(row) for row in conn.execute(sa.select(table)).mappings()}
            for name, table in (
                ("projects", app.PROJECTS),
                ("clips", app.CLIPS),
                ("collections", app.COLLECTIONS),
            )
        }
        links = conn.execute(sa.select(app.LINKS)).mappings()
        found["links"] = {f"{row['collection_id']}/{row['clip_id']}": dict(row) for row in links}
    return found


def _of(rows: Rows, project: str) -> Rows:
    """The rows of one project, in the order of their source ids and then of their own."""
    mine = {row_id: row for row_id, row in rows.items() if row["project_id"] == project}
    return dict(sorted(mine.items(), key=lambda item: (str(item[1]["created_at"]), item[0])))


def _links(tables: Mapping[str, Rows], collection: str) -> list[str]:
    mine = [row for row in tables["links"].values() if row["collection_id"] == collection]
    return [row["clip_id"] for row in sorted(mine, key=lambda row: row["order_index"])]
