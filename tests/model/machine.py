"""Disk, database and ClipSync take turns in any order; after each sync the oracle is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from clipsync.demo.autoclip_pipeline import LAYOUT_FILES, Layout, Run, to_json
from clipsync.errors import DataDirectoryError
from clipsync.model.manifest import Kind
from clipsync.operations.planning import plan_projects
from clipsync.operations.restoring import restore_project
from clipsync.operations.results import SyncResult
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.reconcile import PlanOptions
from tests.model.oracle import (
    CLIP,
    COLLECTION,
    LABEL,
    SLOT,
    Oracle,
    Outcome,
    Truth,
    file_values,
    read_truth,
    seconds,
)
from tests.model.world import Database, Place, Record, Row, content
from tests.support import autoclip_app as app
from tests.support.autoclip_files import project_id

SLOTS = 9
number = st.integers(0, 11)
few = st.integers(0, 3)
projects = st.integers(0, 2)


@dataclass
class Project:
    """What the disk holds of one project; `clips`, `collections`: of its last complete run."""

    id: str
    layout: Layout
    files: dict[str, bytes] = field(default_factory=dict)
    clips: list[Record] = field(default_factory=list)
    collections: list[Record] = field(default_factory=list)
    mounted: bool = True
    noted: set[str] = field(default_factory=set)


class Machine(RuleBasedStateMachine):
    """`place` is set by the test. The steps of all examples are counted in `steps`."""

    place: Place
    steps: int = 0

    def __init__(self) -> None:
        super().__init__()
        self.place.empty()
        self.oracle = Oracle()
        self.rng = Random(1)
        self.projects: list[Project] = []
        self.backup: Oracle | None = None
        self.backup_runs: dict[str, app.TaskRun] = {}
        self.runs: dict[str, app.TaskRun] = {}
        self.texts = 0

    @invariant()
    def count(self) -> None:
        type(self).steps += 1

    # -- the disk ---------------------------------------------------------------------------

    @initialize(
        layouts=st.lists(st.sampled_from(list(Layout)), min_size=1, max_size=3),
        clips=st.integers(1, 6),
        collections=few,
    )
    def first_runs(self, layouts: list[Layout], clips: int, collections: int) -> None:
        for index, layout in enumerate(layouts):
            project = Project(project_id(index + 1), layout)
            self.projects.append(project)
            project.clips = [self.clip(n + 1, n, n) for n in range(clips)]
            project.collections = [
                self.collection(n + 1, [str(1 + (n + m) % clips) for m in range(min(clips, 3))])
                for n in range(collections)
            ]
            self.write(project)

    @rule(which=projects, how=st.integers(0, 13), a=number, b=number, crash=st.none() | number)
    def retry(self, which: int, how: int, a: int, b: int, crash: int | None) -> None:
        """The pipeline runs again, with other results; it may die in the middle of a write."""
        project = self.pick(which)
        if not project.mounted:
            return
        clips, collections = list(project.clips), list(project.collections)
        if clips:
            chosen = a % len(clips)
            clip = clips[chosen]
            slot = seconds(clip["start_time"]) // SLOT
            if how == 0:
                del clips[chosen]
            elif how == 1:
                clips[chosen] = {**clip, "generated_title": self.text("改名")}
            elif how == 2:
                clips[chosen] = {**clip, "recommend_reason": self.text("改由") if b % 3 else ""}
            elif how == 3:  # the same clip, cut a little otherwise
                clips[chosen] = {**clip, **_times(slot, b % 10)}
            elif how == 4:  # another clip under the same id
                clips[chosen] = self.clip(int(clip["id"]), (slot + 1 + b) % SLOTS, b)
            elif how == 5:  # all renumbered
                ids = [one["id"] for one in clips]
                ids = ids[1:] + ids[:1]
                clips = [{**one, "id": new} for one, new in zip(clips, ids, strict=True)]
        if how == 6 or (how == 7 and not clips):
            clips.append(self.clip(self.free(clips), b % SLOTS, a))
        elif how == 7:
            clips, collections = [], []
        elif how == 8:
            ids = [one["id"] for one in clips]
            collections.append(self.collection(self.free(collections), ids[a % 4 :][:3]))
        elif collections:
            chosen = a % len(collections)
            one = collections[chosen]
            if how == 9:
                del collections[chosen]
            elif how == 10:
                collections[chosen] = {**one, "collection_title": self.text("改集")}
            elif how == 11:
                collections[chosen] = {**one, "clip_ids": _rotated(one["clip_ids"], 1 + b)}
            elif how == 12 and clips:
                ids = list(dict.fromkeys([*one["clip_ids"], clips[b % len(clips)]["id"]]))
                collections[chosen] = {**one, "clip_ids": ids}
            elif how == 13:
                collections[chosen] = {**one, "clip_ids": one["clip_ids"][1:]}
        self.write(project, clips, collections, crash=crash, torn=b * 17)

    @rule(which=projects)
    def run_again(self, which: int) -> None:
        """The same results once more: what a crash left is whole again."""
        project = self.pick(which)
        if project.mounted:
            self.write(project)

    @rule(which=projects)
    def lose_marker(self, which: int) -> None:
        project = self.pick(which)
        marker = LAYOUT_FILES[project.layout].marker
        if project.mounted and project.files.pop(marker, None) is not None:
            (self.place.directory(project.id) / marker).unlink()

    @rule(which=projects, a=number)
    def spoil_a_record(self, which: int, a: int) -> None:
        """One record of the clips file can't be used until the next run."""
        project = self.pick(which)
        path = LAYOUT_FILES[project.layout].clips
        if project.mounted and project.clips and path in project.files:
            chosen = a % len(project.clips)
            clips = list(project.clips)
            spoilt = {"start_time": None} if a % 2 else {"generated_title": "", "outline": ""}
            clips[chosen] = {**clips[chosen], **spoilt}
            project.files[path] = to_json(clips)
            (self.place.directory(project.id) / path).write_bytes(project.files[path])

    @rule(which=projects, everything=st.booleans())
    def unmount(self, which: int, everything: bool) -> None:
        for project in self.projects if everything else [self.pick(which)]:
            if project.mounted:
                self.place.unmount(project.id)
                project.mounted = False

    @rule()
    @precondition(lambda self: any(not project.mounted for project in self.projects))
    def remount(self) -> None:
        self.place.remount()
        for project in self.projects:
            project.mounted = True

    # -- AutoClip's own program --------------------------------------------------------------

    @rule(which=projects)
    def own_sync(self, which: int) -> None:
        project = self.pick(which)
        if project.mounted and not self.has_clip_without_start(project):
            with self.autoclip(project) as conn:
                directory = self.place.directory(project.id)
                app.own_sync(conn, directory, rng=self.rng, now=self.place.tick())

    @rule(which=projects, generation=st.sampled_from(list(app.Generation)))
    def reimport(self, which: int, generation: app.Generation) -> None:
        project = self.pick(which)
        names = LAYOUT_FILES[project.layout]
        truth = self.truth(project)
        there = self.place.read().of(project.id)
        fresh = not there.clips and not there.collections and project.id not in self.oracle.synced
        if generation is app.Generation.COMPOSITE and not (self.place.sqlite and fresh):
            return
        if truth.blocked not in (None, "retry") or names.clips not in project.files:
            return
        if any(truth.bad.values()) or truth.collections is None or not there.projects:
            return
        # What AutoClip reads: the final files, which say the same as the truth.
        clips, collections = list(truth.clips.values()), list(truth.collections.values())
        before = self.place.read().of(project.id)
        with self.place.autoclip() as conn:
            rows = app.reimport(
                conn,
                self.place.directory(project.id),
                generation=generation,
                rng=self.rng,
                now=self.place.tick(),
            )
        records = {
            CLIP: {row["id"]: one for row, one in zip(rows.clips, clips, strict=True)},
            COLLECTION: {
                row["id"]: one for row, one in zip(rows.collections, collections, strict=True)
            },
        }
        self.oracle.autoclip_made(project.id, before, self.place.read().of(project.id), records)

    @rule(which=projects)
    def resync_clips(self, which: int) -> None:
        project = self.pick(which)
        if self.has_clip_without_start(project):
            return
        if project.mounted and self.place.read().of(project.id).projects:
            with self.autoclip(project) as conn:
                directory = self.place.directory(project.id)
                app.resync_clips(conn, directory, rng=self.rng, now=self.place.tick())
            self.oracle.clips_vanished(project.id)

    @rule(which=projects, old=st.booleans())
    def press_retry(self, which: int, old: bool) -> None:
        """The status goes back, a task starts; `old`: one that died days ago and left its row."""
        project = self.pick(which)
        if not self.place.read().of(project.id).projects or project.id in self.runs:
            return
        with self.place.autoclip() as conn:
            app.retry_project(conn, project.id, now=self.place.tick())
            now = datetime.now(UTC) - timedelta(days=3 if old else 0)
            run = app.start_task(conn, project.id, rng=self.rng, now=now)
        if not old:
            self.runs[project.id] = run
            self.oracle.busy[project.id] = True

    @rule(which=projects, status=st.sampled_from(["COMPLETED", "FAILED"]))
    def finish_task(self, which: int, status: str) -> None:
        project = self.pick(which)
        run = self.runs.pop(project.id, None)
        if run is not None:
            with self.place.autoclip() as conn:
                app.finish_task(conn, run, now=datetime.now(UTC), status=status)
            self.oracle.busy[project.id] = False

    # -- people ------------------------------------------------------------------------------

    @rule(a=number, which=projects, what=st.integers(0, 3), new=st.integers(0, 3))
    def edit_clip(self, a: int, which: int, what: int, new: int) -> None:
        self.edit(CLIP, which, a, what, new)

    @rule(a=number, which=projects, what=st.integers(0, 3), new=st.integers(0, 3))
    def edit_collection(self, a: int, which: int, what: int, new: int) -> None:
        self.edit(COLLECTION, which, a, what, new)

    @rule(a=number, b=number, which=projects, how=st.integers(0, 2))
    def rearrange(self, a: int, b: int, which: int, how: int) -> None:
        database = self.place.read().of(self.pick(which).id)
        row = _choose(database.collections, a)
        if row is None:
            return
        clip = _choose(database.clips, b)
        now, row_id = self.place.tick(), row["id"]
        with self.place.autoclip() as conn:
            if how == 0:
                app.reorder_collection(conn, row_id, _rotated(content(row), 1 + b), now=now)
            elif clip is not None and how == 1:
                if self.oracle.lists(row, clip["id"]):
                    return  # its row and another of that source id
                position = b % (len(content(row)) + 1)
                app.add_clip_to_collection(conn, row_id, clip["id"], position=position, now=now)
            elif content(row):
                gone = content(row)[b % len(content(row))]
                app.remove_clip_from_collection(conn, row_id, gone, now=now)
        self.oracle.rearranged(row_id, database)

    @rule(a=number, which=projects)
    def make_a_clip(self, a: int, which: int) -> None:
        project = self.pick(which)
        if self.place.read().of(project.id).projects:
            with self.place.autoclip() as conn:
                row_id = app.create_manual_clip(
                    conn,
                    project.id,
                    self.text("手工"),
                    a * 7,
                    a * 7 + 5,
                    rng=self.rng,
                    now=self.place.tick(),
                )
            row = self.place.read().clips[row_id]
            self.oracle.made_by_hand(project.id, CLIP, row_id, row)

    @rule(a=number, b=number, which=projects)
    def make_a_collection(self, a: int, b: int, which: int) -> None:
        project = self.pick(which)
        database = self.place.read().of(project.id)
        if database.projects:
            clips = _rotated(_in_order(database.clips), a)[: 1 + b % 4]
            with self.place.autoclip() as conn:
                row_id = app.create_manual_collection(
                    conn,
                    project.id,
                    self.text("手集"),
                    clips,
                    rng=self.rng,
                    now=self.place.tick(),
                )
            row = self.place.read().collections[row_id]
            self.oracle.made_by_hand(project.id, COLLECTION, row_id, row)

    @rule(a=number, which=projects)
    def delete_clip(self, a: int, which: int) -> None:
        row = _choose(self.place.read().of(self.pick(which).id).clips, a)
        if row is not None:
            with self.place.autoclip() as conn:
                app.delete_clip(conn, row["id"])

    @rule(a=number, which=projects)
    def delete_collection(self, a: int, which: int) -> None:
        project = self.pick(which)
        row = _choose(self.place.read().of(project.id).collections, a)
        if row is not None:
            with self.place.autoclip() as conn:
                directory = self.place.directory(project.id)
                app.delete_collection(conn, row["id"], directory, now=self.place.tick())
            if project.mounted:
                project.noted.add(row["id"])

    # -- misfortune --------------------------------------------------------------------------

    @rule(which=projects, kind=st.sampled_from([CLIP, COLLECTION]))
    def lose_all_rows(self, which: int, kind: str) -> None:
        table = app.CLIPS if kind == CLIP else app.COLLECTIONS
        with self.place.autoclip() as conn:
            conn.execute(sa.delete(table).where(table.c.project_id == self.pick(which).id))
        if kind == CLIP:
            self.oracle.clips_vanished(self.pick(which).id)

    @rule()
    def back_up(self) -> None:
        self.place.save_backup()
        self.backup, self.backup_runs = self.oracle.copy(), dict(self.runs)

    @rule()
    @precondition(lambda self: self.backup is not None)
    def restore_backup(self) -> None:
        assert self.backup is not None
        self.place.load_backup()
        self.oracle, self.runs = self.backup.copy(), dict(self.backup_runs)

    # -- ClipSync ----------------------------------------------------------------------------

    @rule(which=projects, allow=st.booleans())
    def sync_one(self, which: int, allow: bool) -> None:
        self.sync([self.pick(which)], allow)

    @rule(which=projects)
    def sync_one_again(self, which: int) -> None:
        self.sync([self.pick(which)], True)

    @rule(allow=st.booleans())
    def sync_all(self, allow: bool) -> None:
        self.sync(None, allow)

    @rule(a=number)
    def restore(self, a: int) -> None:
        """A person wants one back that was deleted."""
        before = self.place.read()
        tombs = sorted(
            (project, kind, key)
            for project, kind, key in self.oracle.tombs
            if (truth := self.truth(self.by_id(project))).blocked is None
            and key in (truth.records(kind) or {})
            and not self.oracle.wanted_again(
                project, kind, key, (truth.records(kind) or {})[key], before
            )
        )
        if not tombs:
            return
        project_id, kind, key = tombs[a % len(tombs)]
        project = self.by_id(project_id)
        old_id = self.oracle.tombs[project_id, kind, key]
        (result,) = self.watch(
            lambda run: [
                restore_project(
                    self.place.workspace(),
                    project_id,
                    run=run,
                    **{f"{kind}s": [key[0]]},
                )
            ]
        )
        if result.stopped is None:
            for tomb in list(self.oracle.tombs):
                if tomb[:2] == (project_id, kind) and tomb[2][0] == key[0]:
                    del self.oracle.tombs[tomb]
        after = self.place.read()
        self.check(project, result, False, before, after)
        if result.stopped is None:
            rows = after.clips if kind == CLIP else after.collections
            there = before.clips if kind == CLIP else before.collections
            facts = self.oracle.facts
            (back,) = [
                row_id
                for row_id in rows
                if facts[row_id].project == project_id
                and facts[row_id].kind == kind
                and facts[row_id].key == key
                and (facts[row_id].known or row_id not in there)
            ]
            assert back == old_id or old_id in ("", None) or back in there

    # -- helpers -----------------------------------------------------------------------------

    def sync(self, chosen: list[Project] | None, allow: bool) -> None:
        before = self.place.read()
        known = [project for project in self.projects if project.id in self.oracle.synced]
        ids = None if chosen is None else [project.id for project in chosen]
        if ids is not None and ids[0] not in before.projects and not chosen[0].mounted:  # type: ignore[index]
            return  # neither side knows it: a clear error, which has its own test
        options = PlanOptions(allow_deletes=allow)

        def run_it(run: RunContext) -> list[SyncResult]:
            results: list[SyncResult] = []
            sync_projects(
                self.place.workspace(), ids, run=run, options=options, on_result=results.append
            )
            return results

        if known and not any(project.mounted for project in known):
            with pytest.raises(DataDirectoryError):
                self.watch(run_it)
            assert self.place.read() == before
            return
        results = self.watch(run_it)
        after = self.place.read()
        assert len({result.project_id for result in results}) == len(results)
        if chosen is None:
            expected = {project.id for project in self.projects if project.mounted}
            assert {result.project_id for result in results} == expected | set(before.projects)
            if not allow and len(results) > 1:
                truths = {project.id: self.truth(project) for project in self.projects}
                rows = len(before.clips) + len(before.collections)
                assert self.oracle.dropped(before, after, truths) <= 0.1 * rows
        for result in results:
            self.check(self.by_id(result.project_id), result, allow, before, after)
        for project in self.projects:
            if ids is not None and project.id not in ids:
                self.oracle.check_untouched(before.of(project.id), after.of(project.id))

    def watch(self, run_it: Callable[[RunContext], list[SyncResult]]) -> list[SyncResult]:
        with self.place.watched():
            return run_it(RunContext("model", "sync"))

    def check(
        self, project: Project, result: SyncResult, allow: bool, before: Database, after: Database
    ) -> None:
        truth = self.truth(project)
        pair = before.of(project.id), after.of(project.id)
        if truth.blocked is not None:
            assert result.skipped is not None, f"{truth.blocked}, and yet it was synced"
            assert result.success == (truth.blocked not in ("unreadable", "contradicting"))
            self.oracle.check_untouched(*pair)
            return
        assert result.skipped is None, result.skipped
        assert result.error is None, result.error
        if result.stopped is not None:
            assert not allow
            self.oracle.check_untouched(*pair)
            return
        out = Outcome(False, allow, result.clips_synced, result.collections_synced, result.findings)
        self.oracle.check_sync(project.id, truth, project.noted, out, pair)
        (plan,) = plan_projects(self.place.workspace(), [project.id])
        assert plan.empty, [change.as_dict() for change in plan.changes]
        assert (plan.clips_now, plan.collections_now) == (
            result.clips_synced,
            result.collections_synced,
        )

    def truth(self, project: Project) -> Truth:
        return read_truth(
            project.files,
            project.layout,
            mounted=project.mounted,
            busy=self.oracle.busy.get(project.id, False),
        )

    def has_clip_without_start(self, project: Project) -> bool:
        """AutoClip reads that as 0, and the row it makes then is of any clip: nothing to check."""
        text = project.files.get(LAYOUT_FILES[project.layout].clips, b"")
        return b'"start_time": null' in text

    def edit(self, kind: str, which: int, a: int, what: int, new: int) -> None:
        """`what`: title (0, 1) or description; `new`: emptied (0), the file's (1), or a text."""
        project = self.pick(which)
        row = _choose(getattr(self.place.read().of(project.id), f"{kind}s"), a)
        if row is None:
            return
        name = LABEL[kind] if what < 2 else "description"
        value = self.text("人改")
        if new == 0 and name == "description":
            value = ""
        elif new == 1:
            fact = self.oracle.facts[row["id"]]
            records = (self.truth(project).records(kind) or {}) if fact.key else {}
            if fact.key in records:
                value = file_values(kind, records[fact.key])[name]
        with self.place.autoclip() as conn:
            editors: dict[tuple[str, str], Any] = {
                (CLIP, "title"): app.edit_clip_title,
                (CLIP, "description"): app.edit_clip_description,
                (COLLECTION, "name"): app.rename_collection,
                (COLLECTION, "description"): app.edit_collection_description,
            }
            editors[kind, name](conn, row["id"], value, now=self.place.tick())
        fact = self.oracle.facts[row["id"]]
        if fact.key is None:
            fact.base = {**fact.base, name: value}

    @contextmanager
    def autoclip(self, project: Project) -> Iterator[sa.Connection]:
        before = self.place.read().of(project.id)
        with self.place.autoclip() as conn:
            yield conn
        self.oracle.autoclip_wrote(project.id, before, self.place.read().of(project.id))

    def write(
        self,
        project: Project,
        clips: list[Record] | None = None,
        collections: list[Record] | None = None,
        *,
        crash: int | None = None,
        torn: int = 0,
    ) -> None:
        run = Run(
            project.clips if clips is None else clips,
            project.collections if collections is None else collections,
            videos=False,
        )
        steps = self.texts % 4 != 0
        left = self.place.run_pipeline(
            project.id, project.layout, run, step_files=steps, crash_at=crash, torn=torn
        )
        project.files.update(left)
        if LAYOUT_FILES[project.layout].clips in left:
            project.clips, project.collections = list(run.clips), list(run.collections)

    def pick(self, which: int) -> Project:
        return self.projects[which % len(self.projects)]

    def by_id(self, project_id: str) -> Project:
        return next(project for project in self.projects if project.id == project_id)

    def text(self, what: str) -> str:
        self.texts += 1
        return f"{what}{self.texts}"

    def free(self, records: list[Record]) -> int:
        taken = {record["id"] for record in records}
        return next(n for n in range(1, 99) if str(n) not in taken)

    def clip(self, source: int, slot: int, variant: int) -> Record:
        """A clip record; now and then two have the same title, which AutoClip's sync trips on."""
        return {
            "id": str(source),
            **_times(slot, variant % 7),
            "outline": f"大纲{slot}",
            "content": [f"要点{slot}"],
            "chunk_index": 0,
            "final_score": 0.5 + slot / 100,
            "recommend_reason": f"理由{variant}" if variant % 5 else "",
            "generated_title": f"片{slot}" if variant % 6 else "同名",
        }

    def collection(self, source: int, clip_ids: list[str]) -> Record:
        return {
            "id": str(source),
            "collection_title": f"合集{source}",
            "collection_summary": f"简介{source}",
            "clip_ids": clip_ids,
        }

    def teardown(self) -> None:
        """All comes back, and everything is synced once more."""
        if self.projects:
            self.place.remount()
            for index, project in enumerate(self.projects):
                project.mounted = True
                self.finish_task(index, "COMPLETED")
                self.write(project)
            self.sync(None, True)
            self.place.check_schema()


def _times(slot: int, shift: int) -> Record:
    return {
        "start_time": _time(slot * SLOT + shift),
        "end_time": _time(slot * SLOT + shift + 80),
    }


def _time(total: int) -> str:
    return f"{total // 3600:02d}:{total // 60 % 60:02d}:{total % 60:02d},000"


def _in_order(rows: dict[str, Row]) -> list[str]:
    """Row ids, as the pages show them: random ids have no order that examples could repeat."""
    return sorted(rows, key=lambda row_id: (rows[row_id]["created_at"], row_id))


def _choose(rows: dict[str, Row], which: int) -> Row | None:
    return rows[_in_order(rows)[which % len(rows)]] if rows else None


def _rotated(items: list[str], by: int) -> list[str]:
    by %= max(1, len(items))
    return items[by:] + items[:by]


_KINDS = {CLIP: Kind.CLIP, COLLECTION: Kind.COLLECTION}
