"""Does anybody notice? Damages to a synced database, and syncs with a bug built in.

    make mutants        plays all of them and prints the table

Each damage changes one column, row or link of a copy of one healthy database, as a fault of a sync
or a stray statement would. `planner`: the next plan is not empty, or tells something new. `second`:
the expectations that fail. A damage that a person could have done just so in AutoClip is marked
`person`: it must not be an error, and ClipSync keeps it.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import sqlalchemy as sa

from clipsync.autoclip.database import tables
from clipsync.demo.autoclip_schema import create_autoclip_schema
from clipsync.ledger import tables as ledger
from clipsync.model.base import Tombstone, TombstoneReason
from clipsync.model.manifest import Kind
from clipsync.model.plan import Change, Op, ProjectPlan, Table
from clipsync.operations.planning import plan_projects
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.operations.workspace import Workspace, open_workspace
from clipsync.quality.validate import ValidateOptions, read_frames
from clipsync.settings import Settings
from tests.quality.plain import failures
from tests.support.autoclip_files import clip, collection, project_id, write_project

PROJECT, OTHER = project_id(1), project_id(2)
STAMP = "2025-06-01 12:00:00.000000"

Do = Callable[[sa.Connection], None]


@dataclass(frozen=True)
class Mutant:
    """`person`: a person could have done just that; `unseen`: no page of AutoClip shows it."""

    name: str
    do: Do
    person: bool = False
    unseen: bool = False


@dataclass(frozen=True)
class Bug:
    """A planner with a fault: what becomes of each plan that it makes."""

    name: str
    change: Callable[[ProjectPlan], ProjectPlan]


@dataclass(frozen=True)
class Caught:
    """`planner`: whether its next look notices. `second`: the expectations that fail."""

    name: str
    planner: bool
    second: tuple[str, ...]
    person: bool = False
    unseen: bool = False

    @property
    def by_second(self) -> bool:
        return bool(self.second)


# -- the healthy world -------------------------------------------------------------------------


class World:
    """Two projects in step with their files, with people's work in one of them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.root = directory / "data"
        self.database = directory / "healthy.db"
        write_files(self.root)
        make_database(self.database)
        with self.workspace(self.database) as workspace:
            sync(workspace)
            _people(workspace.engine)
            sync(workspace)
        self.told = self.look(self.database)[1]

    @contextmanager
    def workspace(self, database: Path) -> Iterator[Workspace]:
        url: Any = f"sqlite:///{database}"
        with open_workspace(Settings(data_dir=self.root, database_url=url)) as workspace:
            yield workspace

    def look(self, database: Path) -> tuple[dict[str, Any], frozenset[Any]]:
        """(failing expectations, what the planner tells: its changes and findings)."""
        with self.workspace(database) as workspace:
            return second_opinion(workspace), planner(workspace)

    def play(self, mutant: Mutant) -> Caught:
        copy = self.directory / "mutant.db"
        shutil.copy(self.database, copy)
        engine = sa.create_engine(f"sqlite:///{copy}")
        with engine.begin() as conn:
            mutant.do(conn)
        engine.dispose()
        failed, told = self.look(copy)
        return Caught(
            mutant.name, told != self.told, tuple(sorted(failed)), mutant.person, mutant.unseen
        )

    def build(self, bug: Bug) -> Caught:
        """A first sync, and one after people's work, by a build with that fault."""
        from clipsync.operations import batches

        database = self.directory / "built.db"
        database.unlink(missing_ok=True)
        make_database(database)
        right = batches.plan_project

        def wrong(*arguments: Any, **named: Any) -> ProjectPlan:
            return bug.change(right(*arguments, **named))

        with mock.patch.object(batches, "plan_project", wrong), self.workspace(database) as here:
            sync(here)
            failed = set(second_opinion(here))
            told = bool(planner(here))
            _people(here.engine)
            sync(here)
            failed |= set(second_opinion(here))
        return Caught(bug.name, told, tuple(sorted(failed)))


def write_files(root: Path) -> None:
    records = [clip(n, final_score=0.5 + n / 20) for n in range(1, 7)]
    videos = [f"{n}_第{n}段：标题.mp4" for n in range(1, 7)]
    write_project(
        root,
        PROJECT,
        clips=records,
        collections=[
            collection(1, [1, 2, 3]),
            collection(2, [4, 5]),
            collection(3, [2, 6, 1]),
        ],
        clip_videos=videos,
        collection_videos=["合集1.mp4", "合集2.mp4", "合集3.mp4"],
        raw_video="input.mp4",
    )
    write_project(root, OTHER, clips=[clip(n) for n in (1, 2)], collections=[collection(1, [1])])


def make_database(path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{path}")
    create_autoclip_schema(engine)
    engine.dispose()


def sync(workspace: Workspace) -> None:
    sync_projects(workspace, None, run=RunContext(f"run-{datetime.now(UTC)}", "sync"))


def second_opinion(workspace: Workspace) -> dict[str, Any]:
    options = ValidateOptions(now=datetime.now(UTC))
    ((_, frames),) = read_frames(workspace.engine, workspace.data.root, None, options)
    return failures(frames)


def planner(workspace: Workspace) -> frozenset[Any]:
    told: set[Any] = set()
    for plan in plan_projects(workspace, None):
        told |= {("change", one.table, one.row_id, one.op) for one in plan.changes}
        told |= {("finding", finding.key, str(finding.evidence)) for finding in plan.findings}
    return frozenset(told)


def _people(engine: sa.Engine) -> None:
    """A title edited, a collection rearranged, a clip taken out and one deleted, rows by hand."""
    with engine.begin() as conn:
        ids = clip_ids(conn)
        if len(ids) < 6 or len(collection_rows(conn)) < 3:
            return  # a build whose fault left them out
        edit(conn, tables.clips, ids[0], title="我的标题", updated_at=STAMP)
        second = collection_rows(conn)[1]
        listed = metadata_of(conn, second)["clip_ids"]
        relist(conn, second, listed[::-1])
        third = collection_rows(conn)[2]
        relist(conn, third, metadata_of(conn, third)["clip_ids"][:2])
        conn.execute(sa.delete(tables.clips).where(tables.clips.c.id == ids[2]))
        hand = {
            "id": "by-hand",
            "project_id": PROJECT,
            "status": "COMPLETED",
            "created_at": STAMP,
            "updated_at": STAMP,
        }
        times = {"title": "手工", "start_time": 1, "end_time": 9, "duration": 8}
        conn.execute(sa.insert(tables.clips), {**hand, **times})
        made = {"name": "我的", "clips_count": 2, "status": "CREATED"}
        lists = {"collection_metadata": {"clip_ids": [ids[3], "by-hand"]}}
        conn.execute(sa.insert(tables.collections), {**hand, **made, **lists})
        for place, clip_id in enumerate([ids[3], "by-hand"]):
            link = {"clip_id": clip_id, "collection_id": "by-hand", "order_index": place}
            conn.execute(sa.insert(tables.clip_collection), link)


# -- small hands -------------------------------------------------------------------------------


def clip_ids(conn: sa.Connection, project: str = PROJECT) -> list[str]:
    table = tables.clips.c
    query = sa.select(table.id).where(table.project_id == project, table.id != "by-hand")
    return list(conn.scalars(query.order_by(table.start_time)))


def collection_rows(conn: sa.Connection, project: str = PROJECT) -> list[str]:
    table = tables.collections.c
    query = sa.select(table.id).where(table.project_id == project, table.id != "by-hand")
    return list(conn.scalars(query.order_by(table.name, table.id)))


def edit(conn: sa.Connection, table: sa.Table, row_id: str, **values: Any) -> None:
    """Set columns as they are given: JSON columns take text, and any column anything."""
    names = ", ".join(f"{name} = :{name}" for name in values)
    statement = sa.text(f"UPDATE {table.name} SET {names} WHERE id = :row_id")
    assert conn.execute(statement, {**values, "row_id": row_id}).rowcount == 1


def metadata_of(conn: sa.Connection, row_id: str, column: str = "collection_metadata") -> Any:
    table = tables.clips if column == "clip_metadata" else tables.collections
    return conn.scalar(sa.select(table.c[column]).where(table.c.id == row_id))


def relist(conn: sa.Connection, row_id: str, listed: Sequence[str]) -> None:
    metadata = {**metadata_of(conn, row_id), "clip_ids": list(listed)}
    edit(conn, tables.collections, row_id, collection_metadata=json.dumps(metadata))


# -- damages -----------------------------------------------------------------------------------


def _on_project(**values: Any) -> Do:
    return lambda conn: edit(conn, tables.projects, PROJECT, **values)


def _on_clip(number: int = 1, **values: Any) -> Do:
    return lambda conn: edit(conn, tables.clips, clip_ids(conn)[number], **values)


def _on_collection(number: int = 0, **values: Any) -> Do:
    return lambda conn: edit(conn, tables.collections, collection_rows(conn)[number], **values)


def _add_to(number: int, column: str, by: float) -> Do:
    def do(conn: sa.Connection) -> None:
        row = clip_ids(conn)[number]
        conn.execute(sa.text(f"UPDATE clips SET {column} = {column} + {by} WHERE id = '{row}'"))

    return do


def _record(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Do:
    def do(conn: sa.Connection) -> None:
        row = clip_ids(conn)[1]
        stored = change(dict(metadata_of(conn, row, "clip_metadata")))
        edit(conn, tables.clips, row, clip_metadata=json.dumps(stored))

    return do


def _collection_record(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Do:
    def do(conn: sa.Connection) -> None:
        row = collection_rows(conn)[0]
        stored = change(dict(metadata_of(conn, row)))
        edit(conn, tables.collections, row, collection_metadata=json.dumps(stored))

    return do


def _delete(table: sa.Table, row: Callable[[sa.Connection], str]) -> Do:
    return lambda conn: _execute(conn, sa.delete(table).where(table.c.id == row(conn)))


def _execute(conn: sa.Connection, statement: Any, values: Any = None) -> None:
    conn.execute(statement, values)


def _twice(table: sa.Table, row: Callable[[sa.Connection], str]) -> Do:
    def do(conn: sa.Connection) -> None:
        found = conn.execute(sa.select(table).where(table.c.id == row(conn))).mappings().one()
        conn.execute(sa.insert(table), {**found, "id": "second"})

    return do


def _link(statement: str) -> Do:
    def do(conn: sa.Connection) -> None:
        first = collection_rows(conn)[0]
        clips = clip_ids(conn)
        conn.execute(
            sa.text(statement.format(collection=first, clip=clips[0], other=clips[4], one=clips[1]))
        )

    return do


def _both(*all_of: Do) -> Do:
    def do(conn: sa.Connection) -> None:
        for one in all_of:
            one(conn)

    return do


def _swap(column: str) -> Do:
    def do(conn: sa.Connection) -> None:
        first, second = clip_ids(conn)[1:3]
        query = sa.text(f"SELECT id, {column} FROM clips WHERE id IN ('{first}', '{second}')")
        values = {row[0]: row[1] for row in conn.execute(query)}
        edit(conn, tables.clips, first, **{column: values[second]})
        edit(conn, tables.clips, second, **{column: values[first]})

    return do


def _bury(numbers: Sequence[int], delete: bool) -> Do:
    def do(conn: sa.Connection) -> None:
        ids = clip_ids(conn)
        table = tables.clips.c
        for number in numbers:
            query = sa.select(table.clip_metadata, table.start_time, table.end_time)
            row = conn.execute(query.where(table.id == ids[number])).one()
            stone = {
                "project_id": PROJECT,
                "kind": "clip",
                "source_id": row[0]["id"],
                "row_id": ids[number],
                "label": "",
                "reason": "deleted",
                "start_ms": row[1] * 1000,
                "end_ms": row[2] * 1000,
                "noticed_at": datetime(2025, 6, 1, tzinfo=UTC),
            }
            conn.execute(sa.insert(ledger.tombstones), stone)
            if delete:
                conn.execute(sa.delete(tables.clips).where(table.id == ids[number]))
                gone = ledger.rows.c.row_id == ids[number]
                conn.execute(sa.delete(ledger.rows).where(gone))

    return do


def _forget(values: str) -> Do:
    """The ledger's memory of one clip, changed."""

    def do(conn: sa.Connection) -> None:
        conn.execute(sa.text(values.format(row=clip_ids(conn)[1])))

    return do


def _the_project(_: sa.Connection) -> str:
    return PROJECT


def _delete_project(conn: sa.Connection) -> None:
    """As AutoClip does it: its rows in one transaction, the links stay, and the files may."""
    for other in (tables.clips, tables.collections):
        conn.execute(sa.delete(other).where(other.c.project_id == PROJECT))
    conn.execute(sa.delete(tables.projects).where(tables.projects.c.id == PROJECT))


_OTHERS = f"/elsewhere/projects/{OTHER}/output/clips/1_x.mp4"


def mutants() -> list[Mutant]:
    """Every damage, table by table."""
    return [
        *_projects(),
        *_clips(),
        *_records(),
        *_collections(),
        *_contents(),
        *_links(),
        *_ledgers(),
    ]


def _projects() -> Iterator[Mutant]:
    for status in ("PENDING", "PROCESSING", "FAILED", "ARCHIVED", ""):
        yield Mutant(f"project status {status!r}", _on_project(status=status))
    yield Mutant("project type unknown", _on_project(project_type="MOVIE"))
    yield Mutant("project name empty", _on_project(name=" "))
    yield Mutant("project name too long", _on_project(name="名" * 300))
    for column in ("processing_config", "project_metadata"):
        yield Mutant(f"project {column} is no JSON", _on_project(**{column: "{"}))
    for column in ("created_at", "updated_at"):
        yield Mutant(f"project {column} is no time", _on_project(**{column: "yesterday"}))
    yield Mutant("project row gone, its clips still there", _delete(tables.projects, _the_project))
    yield Mutant("project deleted with all its rows", _delete_project, person=True)


def _clips() -> Iterator[Mutant]:
    for column in ("start_time", "end_time", "duration"):
        for by in (5, -1, 3600):
            yield Mutant(f"clip {column} {by:+}", _add_to(1, column, by))
        yield Mutant(f"clip {column} is text", _on_clip(**{column: "00:01:00"}))
        yield Mutant(f"clip {column} 0", _on_clip(4, **{column: 0}))
        if column != "duration":  # all of them last equally long
            yield Mutant(f"clip {column} swapped with the next", _swap(column))
    for score in (0, 0.61, 1.5, None, "good"):
        yield Mutant(f"clip score {score!r}", _on_clip(score=score))
    yield Mutant("clip score swapped with the next", _swap("score"))
    for status in ("PENDING", "PROCESSING", "FAILED", "completed!", ""):
        yield Mutant(f"clip status {status!r}", _on_clip(status=status))
    yield Mutant("clip title of another", _on_clip(title="第5段：标题"), person=True)
    yield Mutant("clip title emptied", _on_clip(title=""), person=True)
    yield Mutant("clip description emptied", _on_clip(description=""), person=True)
    yield Mutant("clip title too long", _on_clip(title="长" * 300), person=True)
    yield Mutant("clip video of another clip", _swap("video_path"))
    yield Mutant("clip video missing", _on_clip(video_path=None))
    yield Mutant("clip video of another project", _on_clip(video_path=_OTHERS))
    yield Mutant(
        "clip video that is not there", _on_clip(video_path=f"/x/{PROJECT}/output/clips/9.mp4")
    )
    yield Mutant("clip tags are no JSON", _on_clip(tags="["))
    for column in ("created_at", "updated_at"):
        yield Mutant(f"clip {column} is no time", _on_clip(**{column: "soon"}))
    yield Mutant("clip of another project", _on_clip(project_id=OTHER))
    yield Mutant("clip of no project", _on_clip(project_id="nobody"))
    yield Mutant("clip with another id", _on_clip(id="another"))
    yield Mutant("clip gone", _delete(tables.clips, lambda conn: clip_ids(conn)[1]))
    yield Mutant("clip twice", _twice(tables.clips, lambda conn: clip_ids(conn)[1]))
    yield Mutant("all clips gone", lambda conn: _execute(conn, sa.delete(tables.clips)))


def _records() -> Iterator[Mutant]:
    yield Mutant("clip record missing", _on_clip(clip_metadata=None), unseen=True)
    yield Mutant("clip record empty", _on_clip(clip_metadata="{}"), unseen=True)
    yield Mutant("clip record is no JSON", _on_clip(clip_metadata="{'id'"))
    yield Mutant("clip record of the next", _swap("clip_metadata"), unseen=True)
    keys = ("id", "start_time", "end_time", "outline", "final_score", "recommend_reason")
    for key in (*keys, "generated_title", "content", "chunk_index"):
        yield Mutant(
            f"clip record: {key} changed", _record(lambda r, k=key: {**r, k: "x"}), unseen=True
        )  # type: ignore[misc]
        yield Mutant(
            f"clip record: {key} missing",
            _record(lambda r, k=key: {n: v for n, v in r.items() if n != k}),  # type: ignore[misc]
            unseen=True,
        )


def _collections() -> Iterator[Mutant]:
    yield Mutant("collection name of another", _on_collection(name="合集2"), person=True)
    yield Mutant("collection name emptied", _on_collection(name=""), person=True)
    yield Mutant("collection description emptied", _on_collection(description=""), person=True)
    for status in ("CREATED", "ERROR", "PROCESSING", "gone"):
        yield Mutant(f"collection status {status!r}", _on_collection(status=status))
    for count in (0, 4, None, "two"):
        yield Mutant(f"collection total {count!r}", _on_collection(clips_count=count))
    yield Mutant("total of an edited collection", _on_collection(1, clips_count=9))
    yield Mutant("collection tags are no JSON", _on_collection(tags="]"))
    for column in ("created_at", "updated_at"):
        yield Mutant(f"collection {column} is no time", _on_collection(**{column: "never"}))
    nowhere = f"/x/{PROJECT}/output/collections/nowhere.mp4"
    yield Mutant("collection video that is not there", _on_collection(video_path=nowhere))
    yield Mutant("collection export that is not there", _on_collection(export_path=nowhere))
    yield Mutant("collection thumbnail that is not there", _on_collection(thumbnail_path=nowhere))
    yield Mutant("collection of another project", _on_collection(project_id=OTHER))
    yield Mutant("collection with another id", _on_collection(id="another"))
    yield Mutant("collection gone", _delete(tables.collections, lambda c: collection_rows(c)[0]))
    yield Mutant("collection twice", _twice(tables.collections, lambda c: collection_rows(c)[0]))


def _contents() -> Iterator[Mutant]:
    yield Mutant("collection metadata missing", _on_collection(collection_metadata=None))
    yield Mutant("collection metadata is no JSON", _on_collection(collection_metadata="{"))
    changes: dict[str, Callable[[list[str]], list[str]]] = {
        "first clip left out": lambda ids: ids[1:],
        "last clip left out": lambda ids: ids[:-1],
        "reversed": lambda ids: ids[::-1],
        "emptied": lambda ids: [],
        "with a clip that is not there": lambda ids: [*ids, "nobody"],
        "with a clip by hand": lambda ids: [*ids, "by-hand"],
    }
    for name, change in changes.items():
        yield Mutant(
            f"collection {name}",
            _collection_record(lambda r, c=change: {**r, "clip_ids": c(r["clip_ids"])}),  # type: ignore[misc]
        )
    for key, value in (
        ("original_clip_ids", ["2"]),
        ("original_clip_ids", 7),
        ("original_id", "3"),
        ("collection_type", "manual"),
    ):
        yield Mutant(
            f"collection record: {key} is {value!r}",
            _collection_record(lambda r, k=key, v=value: {**r, k: v}),  # type: ignore[misc]
            unseen=True,
        )


def _links() -> Iterator[Mutant]:
    where = "WHERE collection_id = '{collection}' AND clip_id = '{clip}'"
    yield Mutant("link gone", _link(f"DELETE FROM clip_collection {where}"))
    yield Mutant(
        "all links gone", _link("DELETE FROM clip_collection WHERE collection_id = '{collection}'")
    )
    yield Mutant(
        "link to another clip", _link(f"UPDATE clip_collection SET clip_id = '{{other}}' {where}")
    )
    yield Mutant("link to no clip", _link(f"UPDATE clip_collection SET clip_id = 'nobody' {where}"))
    yield Mutant(
        "link of no collection",
        _link(f"UPDATE clip_collection SET collection_id = 'nobody' {where}"),
    )
    for place in (1, 7, -1):
        yield Mutant(
            f"link order {place}",
            _link(f"UPDATE clip_collection SET order_index = {place} {where}"),
        )
    yield Mutant(
        "link too many",
        _link(
            "INSERT INTO clip_collection (collection_id, clip_id, order_index) "
            "VALUES ('{collection}', '{other}', 2)"
        ),
    )
    yield Mutant(
        "link of nobody",
        _link(
            "INSERT INTO clip_collection (collection_id, clip_id, order_index) "
            "VALUES ('nobody', 'nobody', 0)"
        ),
    )


def _ledgers() -> Iterator[Mutant]:
    yield Mutant("a clip that is there, taken for deleted", _bury([1], delete=False), unseen=True)
    yield Mutant("most clips buried and deleted", _bury([0, 1, 2, 3], delete=True))
    yield Mutant(
        "a title that no sync brought",
        _both(
            _on_clip(title="旧标题"),
            _forget(
                "UPDATE clipsync_rows SET "
                "file_values = json_set(file_values, '$.title', '旧标题'), "
                "kept_values = json_set(kept_values, '$.title', '旧标题') WHERE row_id = '{row}'"
            ),
        ),
    )


# -- builds with a fault -----------------------------------------------------------------------


def _inserts(plan: ProjectPlan, table: Table) -> list[Change]:
    return [one for one in plan.changes if one.op is Op.INSERT and one.table is table]


def _with_inserts(
    plan: ProjectPlan, table: Table, change: Callable[[Change], Change]
) -> ProjectPlan:
    """The plan with its inserts of one table changed."""
    return replace(
        plan,
        changes=tuple(
            change(one) if one.op is Op.INSERT and one.table is table else one
            for one in plan.changes
        ),
    )


def _after(**values: Any) -> Callable[[Change], Change]:
    """Values, or functions of what stood there."""

    def change(one: Change) -> Change:
        after = dict(one.after)
        for name, value in values.items():
            after[name] = value(after[name]) if callable(value) else value
        return replace(one, after=after)

    return change


def _drops_the_last(plan: ProjectPlan, table: Table) -> ProjectPlan:
    inserts = _inserts(plan, table)
    if not inserts:
        return plan
    last = inserts[-1].row_id
    rows = tuple(row for row in plan.ledger.rows if row.row_id != last)
    changes = tuple(one for one in plan.changes if one.row_id != last)
    return replace(plan, changes=changes, ledger=replace(plan.ledger, rows=rows))


def _swaps_two(plan: ProjectPlan) -> ProjectPlan:
    inserts = _inserts(plan, Table.CLIPS)
    if len(inserts) < 2:
        return plan
    first, second = inserts[:2]
    keep = ("id", "clip_metadata")
    swapped = {
        first.row_id: {**second.after, **{name: first.after[name] for name in keep}},
        second.row_id: {**first.after, **{name: second.after[name] for name in keep}},
    }
    return _with_inserts(
        plan, Table.CLIPS, lambda one: replace(one, after=swapped.get(one.row_id, one.after))
    )


def _buries_too_much(plan: ProjectPlan) -> ProjectPlan:
    inserts = _inserts(plan, Table.CLIPS)
    gone = {one.row_id for one in inserts[1:]}
    stones = tuple(
        Tombstone(
            Kind.CLIP,
            str(one.source_id),
            one.row_id,
            "",
            TombstoneReason.DELETED,
            one.after["start_time"] * 1000,
            one.after["end_time"] * 1000,
        )
        for one in inserts[1:]
    )
    ledger_now = replace(
        plan.ledger,
        rows=tuple(row for row in plan.ledger.rows if row.row_id not in gone),
        tombstones=(*plan.ledger.tombstones, *stones),
        tombstones_changed=bool(stones) or plan.ledger.tombstones_changed,
    )
    changes = tuple(one for one in plan.changes if one.row_id not in gone)
    return replace(plan, changes=changes, ledger=ledger_now)


def _lists(change: Callable[[list[str]], list[str]]) -> Callable[[ProjectPlan], ProjectPlan]:
    """A wrong list in each collection's metadata, and in what the ledger keeps of it."""

    def wrong(one: Change) -> Change:
        metadata = dict(one.after["collection_metadata"])
        metadata["clip_ids"] = change(list(metadata["clip_ids"]))
        after = {
            **one.after,
            "collection_metadata": metadata,
            "clips_count": len(metadata["clip_ids"]),
        }
        return replace(one, after=after)

    def links(one: Change) -> Change:
        if one.op is not Op.RELINK:
            return one
        return replace(one, after={"clip_ids": change(list(one.after["clip_ids"]))})

    def apply(plan: ProjectPlan) -> ProjectPlan:
        new = {one.row_id for one in _inserts(plan, Table.COLLECTIONS)}
        plan = _with_inserts(plan, Table.COLLECTIONS, wrong)
        rows = tuple(
            replace(
                row,
                kept_values={
                    **row.kept_values,
                    "content": change(list(row.kept_values["content"])),
                },
            )
            if row.row_id in new
            else row
            for row in plan.ledger.rows
        )
        changes = tuple(links(one) if one.row_id in new else one for one in plan.changes)
        return replace(plan, changes=changes, ledger=replace(plan.ledger, rows=rows))

    return apply


def _without(op: Op, table: Table | None = None) -> Callable[[ProjectPlan], ProjectPlan]:
    def change(plan: ProjectPlan) -> ProjectPlan:
        kept = tuple(
            one
            for one in plan.changes
            if one.op is not op or (table is not None and one.table is not table)
        )
        return replace(plan, changes=kept)

    return change


def _on_clips(**values: Any) -> Callable[[ProjectPlan], ProjectPlan]:
    return lambda plan: _with_inserts(plan, Table.CLIPS, _after(**values))


def _on_collections(**values: Any) -> Callable[[ProjectPlan], ProjectPlan]:
    return lambda plan: _with_inserts(plan, Table.COLLECTIONS, _after(**values))


BUGS = (
    Bug("drops the last clip", lambda plan: _drops_the_last(plan, Table.CLIPS)),
    Bug("drops the last collection", lambda plan: _drops_the_last(plan, Table.COLLECTIONS)),
    Bug("swaps two clips", _swaps_two),
    Bug("buries too much", _buries_too_much),
    Bug("forgets the links", _without(Op.RELINK)),
    Bug("forgets a clip of each list", _lists(lambda ids: ids[:-1])),
    Bug("turns each list round", _lists(lambda ids: ids[::-1])),
    Bug("seconds five too late", _on_clips(start_time=lambda s: s + 5, end_time=lambda s: s + 5)),
    Bug("seconds rounded up", _on_clips(end_time=lambda s: s + 1, duration=lambda s: s + 1)),
    Bug("wrong project", _on_clips(project_id=OTHER)),
    Bug("wrong score", _on_clips(score=0.1)),
    Bug("wrong titles", _on_clips(title=lambda title: f"{title}?")),
    Bug("no descriptions", _on_clips(description="")),
    Bug("an empty record", _on_clips(clip_metadata=lambda _: {})),
    Bug("status of its own", _on_clips(status="PENDING")),
    Bug("no totals", _on_collections(clips_count=0)),
    Bug("wrong names", _on_collections(name=lambda name: f"{name}?")),
    Bug("forgets the project's row", _without(Op.INSERT, Table.PROJECTS)),
)


# -- the table ---------------------------------------------------------------------------------


def table(title: str, caught: Sequence[Caught]) -> str:
    lines = [f"{title:<44} planner  second opinion"]
    for one in caught:
        note = " (a person's)" if one.person else " (no page shows it)" if one.unseen else ""
        names = ", ".join(one.second) or "-"
        lines.append(f"{one.name[:44]:<44} {'yes' if one.planner else 'no':<7}  {names}{note}")
    counted = [one for one in caught if not one.person]
    lines.append(
        f"{len(counted)} faults (beside {len(caught) - len(counted)} that may be a person's): "
        f"planner {sum(one.planner for one in counted)}, "
        f"second opinion {sum(one.by_second for one in counted)}"
    )
    return "\n".join(lines)


def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory))
        damaged = [world.play(mutant) for mutant in mutants()]
        built = [world.build(bug) for bug in BUGS]
    print(table("Damage", damaged))
    print()
    print(table("A build that", built))
    missed = [one for one in (*damaged, *built) if not (one.by_second or one.person or one.unseen)]
    for one in missed:
        print(f"NOT CAUGHT: {one.name}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
