"""A world in which every rule of the second opinion is broken once, one project a case.

Each case starts from a healthy project (two clips, one collection of both, second clip first),
then breaks one thing. `expected` says which checks fail for that project, in which asset, and the
ids of the rows; nothing else may fail for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from clipsync.autoclip.database import open_engine, tables
from clipsync.demo.autoclip_schema import create_autoclip_schema
from clipsync.ledger import tables as ledger
from clipsync.ledger.migrate import upgrade
from clipsync.model.base import TombstoneReason
from tests.support.autoclip_files import clip, collection, project_id, write_project
from tests.support.autoclip_rows import (
    clip_id,
    clip_row,
    collection_id,
    collection_row,
    insert,
    links,
    project_row,
    task_row,
)

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
EVIL = "<script>alert('x')</script>${boom} {{ 7 * 7 }}"

Failures = Mapping[tuple[str, str], tuple[str, ...]]
"""(asset, check) to the ids of the failing rows."""

Break = Callable[[sa.Connection, Path, str], None]


@dataclass(frozen=True)
class Case:
    name: str
    do: Break
    expected: Callable[[str], Failures]


def make_world(directory: Path, cases: Iterable[Case], *, constraints: bool = False) -> sa.Engine:
    """`directory`/data and `directory`/autoclip.db with these cases' projects.

    `constraints`: False drops primary keys and NOT NULL, as only a damaged database lacks them.
    """
    directory.mkdir(exist_ok=True)
    url = f"sqlite:///{directory / 'autoclip.db'}"
    plain = sa.create_engine(url)
    create_autoclip_schema(plain)
    if not constraints:
        _drop_constraints(plain)
    plain.dispose()
    engine = open_engine(url, lock_timeout=10)
    upgrade(engine)
    for number, case in enumerate(cases, start=1):
        project = project_id(number)
        healthy(engine, directory / "data", project)
        with engine.begin() as conn:
            case.do(conn, directory / "data", project)
    return engine


def healthy(engine: sa.Engine, root: Path, project: str) -> None:
    write_files(root, project)
    insert(
        engine,
        projects=[project_row(project)],
        clips=[clip_row(number, project_id=project) for number in (1, 2)],
        collections=[collection_row(1, [2, 1], project_id=project)],
        links=links(1, [2, 1], project_id=project),
    )


def write_files(root: Path, project: str, **changes: Any) -> None:
    files: dict[str, Any] = {
        "clips": [_record(1), _record(2)],
        "collections": [collection(1, [2, 1])],
        **changes,
    }
    write_project(root, project, **files)


def _record(number: int, **changes: Any) -> dict[str, Any]:
    """The record that `clip_row(number)` was made from."""
    start = number * 100
    times = {"start_time": _time(start), "end_time": _time(start + 50)}
    return clip(number, **{**times, **changes})


def _time(seconds: int) -> str:
    return f"00:{seconds // 60:02d}:{seconds % 60:02d},000"


def _drop_constraints(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        for name in ("projects", "clips", "collections", "clip_collection"):
            conn.execute(sa.text(f"CREATE TABLE copy AS SELECT * FROM {name}"))
            conn.execute(sa.text(f"DROP TABLE {name}"))
            conn.execute(sa.text(f"ALTER TABLE copy RENAME TO {name}"))


def update(table: sa.Table, row: Callable[[str], str], **values: Any) -> Break:
    """Set columns of one row; JSON columns take text as it is."""

    def do(conn: sa.Connection, root: Path, project: str) -> None:
        assignments = ", ".join(f"{name} = :{name}" for name in values)
        statement = sa.text(f"UPDATE {table.name} SET {assignments} WHERE id = :row_id")
        assert conn.execute(statement, {**values, "row_id": row(project)}).rowcount == 1

    return do


def delete(table: sa.Table, row: Callable[[str], str]) -> Break:
    def do(conn: sa.Connection, root: Path, project: str) -> None:
        conn.execute(sa.delete(table).where(table.c.id == row(project)))

    return do


def add(**rows: Callable[[str], dict[str, Any]]) -> Break:
    """`clips=lambda project: {...}`: one more row in that table."""

    def do(conn: sa.Connection, root: Path, project: str) -> None:
        for name, make in rows.items():
            conn.execute(sa.insert(tables.metadata.tables[name]), make(project))

    return do


def files(**changes: Any) -> Break:
    def do(conn: sa.Connection, root: Path, project: str) -> None:
        for path in sorted((root / "projects" / project).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        write_files(root, project, **changes)

    return do


def no_files(conn: sa.Connection, root: Path, project: str) -> None:
    directory = root / "projects" / project
    directory.rename(root / f"gone-{project}")


def tombstone(kind: str, source_id: str, **values: Any) -> Break:
    def do(conn: sa.Connection, root: Path, project: str) -> None:
        stone = {
            "project_id": project,
            "kind": kind,
            "source_id": source_id,
            "label": "",
            "reason": TombstoneReason.DELETED.value,
            "noticed_at": NOW,
            **values,
        }
        conn.execute(sa.insert(ledger.tombstones), stone)

    return do


def finding(code: str, subject: Callable[[str], str], resolved: bool = False) -> Break:
    def do(conn: sa.Connection, root: Path, project: str) -> None:
        row = {
            "project_id": project,
            "code": code,
            "subject": subject(project),
            "source": "plan",
            "severity": "warning",
            "message": "",
            "evidence": {},
            "first_seen": NOW,
            "first_run": "run",
            "last_seen": NOW,
            "last_run": "run",
            "resolved_at": NOW if resolved else None,
        }
        conn.execute(sa.insert(ledger.findings), row)

    return do


def ledger_row(
    kind: str, row: Callable[[str], str], file: Mapping[str, Any], kept: Mapping[str, Any]
) -> Break:
    def do(conn: sa.Connection, root: Path, project: str) -> None:
        values = {
            "project_id": project,
            "kind": kind,
            "row_id": row(project),
            "source_id": "1",
            "file_values": dict(file),
            "kept_values": dict(kept),
            "applied_at": NOW,
        }
        conn.execute(sa.insert(ledger.rows), values)

    return do


def task(status: str, updated_at: str, created_at: str = "2025-06-01 11:00:00.000000") -> Break:
    def do(conn: sa.Connection, root: Path, project: str) -> None:
        row = task_row(
            1, project_id=project, status=status, updated_at=updated_at, created_at=created_at
        )
        columns = sa.table("tasks", *(sa.column(name) for name in row))
        conn.execute(sa.insert(columns), row)

    return do


def both(*breaks: Break) -> Break:
    def do(conn: sa.Connection, root: Path, project: str) -> None:
        for one in breaks:
            one(conn, root, project)

    return do


def clip1(project: str) -> str:
    return clip_id(1, project)


def clip2(project: str) -> str:
    return clip_id(2, project)


def collection1(project: str) -> str:
    return collection_id(1, project)


def fails(**checks: Callable[[str], str] | tuple[Callable[[str], str], ...]) -> Any:
    """`projects__clip_counts=...`: asset and check; the ids of the failing rows, in their order."""

    def expected(project: str) -> Failures:
        return {
            tuple(name.split("__")): tuple(
                sorted(row(project) for row in (rows if isinstance(rows, tuple) else (rows,)))
            )
            for name, rows in checks.items()
        }

    return expected


def itself(project: str) -> str:
    return project


def link(number: int) -> Callable[[str], str]:
    return lambda project: f"{collection1(project)}/{clip_id(number, project)}"


passes = fails()


def _set_order(order_index: Any) -> Break:
    def do(conn: sa.Connection, root: Path, project: str) -> None:
        conn.execute(
            sa.update(tables.clip_collection)
            .where(tables.clip_collection.c.clip_id == clip1(project))
            .values(order_index=order_index)
        )

    return do


def _relist(numbers: list[int], **columns: Any) -> Break:
    """Another list of clips in the collection, its links left as they were."""

    def do(conn: sa.Connection, root: Path, project: str) -> None:
        row = collection_row(1, numbers, project_id=project)
        conn.execute(
            sa.update(tables.collections)
            .where(tables.collections.c.id == row["id"])
            .values(collection_metadata=row["collection_metadata"], **columns)
        )

    return do


def _orphan(conn: sa.Connection, root: Path, project: str) -> None:
    """A third clip in list, total and links, that does not exist."""
    _relist([2, 1, 3], clips_count=3)(conn, root, project)
    conn.execute(sa.insert(tables.clip_collection), links(1, [2, 1, 3], project_id=project)[2])


def _foreign(conn: sa.Connection, root: Path, project: str) -> None:
    """A clip of another project in list, total and links."""
    other = project_id(900)
    conn.execute(sa.insert(tables.clips), clip_row(3, project_id=other))
    row = collection_row(1, [2, 1], project_id=project)
    row["collection_metadata"]["clip_ids"].append(clip_id(3, other))
    conn.execute(
        sa.update(tables.collections)
        .where(tables.collections.c.id == row["id"])
        .values(collection_metadata=row["collection_metadata"], clips_count=3)
    )
    conn.execute(
        sa.insert(tables.clip_collection),
        {"clip_id": clip_id(3, other), "collection_id": row["id"], "order_index": 2},
    )


def _no_rows(conn: sa.Connection, root: Path, project: str) -> None:
    for table in (tables.clips, tables.collections):
        conn.execute(sa.delete(table).where(table.c.project_id == project))
    conn.execute(sa.delete(tables.projects).where(tables.projects.c.id == project))
    conn.execute(
        sa.delete(tables.clip_collection).where(
            tables.clip_collection.c.collection_id == collection1(project)
        )
    )


BROKEN = (
    Case(
        "a project without a row",
        _no_rows,
        fails(
            projects__project_completed=itself,
            projects__clip_counts=itself,
            projects__collection_counts=itself,
        ),
    ),
    Case(
        "clips missing",
        both(delete(tables.clips, clip1), _relist([2], clips_count=1), _set_order(-1)),
        fails(
            projects__clip_counts=itself,
            links__link_orphans=link(1),
            links__link_order=(link(1), link(2)),
            collections__collection_links=collection1,
        ),
    ),
    Case(
        "a collection missing",
        both(
            delete(tables.collections, collection1),
            lambda conn, root, project: conn.execute(
                sa.delete(tables.clip_collection).where(
                    tables.clip_collection.c.collection_id == collection1(project)
                )
            ),
        ),
        fails(projects__collection_counts=itself),
    ),
    Case(
        "not completed",
        update(tables.projects, itself, status="PENDING"),
        fails(projects__project_completed=itself),
    ),
    Case(
        "a blank project name",
        update(tables.projects, itself, name=" \t"),
        fails(projects__project_names=itself),
    ),
    Case(
        "a long project name",
        update(tables.projects, itself, name="长" * 256),
        fails(projects__project_name_lengths=itself),
    ),
    Case(
        "broken JSON of a project",
        update(tables.projects, itself, processing_config="{", project_metadata=EVIL),
        fails(projects__project_config_json=itself, projects__project_metadata_json=itself),
    ),
    Case(
        "a project twice",
        add(projects=project_row),
        fails(projects__project_ids_unique=(itself, itself)),
    ),
    Case(
        "a clip id twice",
        both(
            files(clips=[_record(n) for n in (1, 2, 3)]),
            add(clips=lambda project: clip_row(3, project_id=project, id=clip_id(4, project))),
            files(clips=[_record(n) for n in (1, 2, 3, 5)]),
            add(clips=lambda project: clip_row(5, project_id=project, id=clip_id(4, project))),
        ),
        fails(clips__clip_ids_unique=(lambda p: clip_id(4, p), lambda p: clip_id(4, p))),
    ),
    Case(
        "two clips of one record",
        add(clips=lambda project: clip_row(1, project_id=project, id=f"second of {project}")),
        fails(
            projects__clip_counts=itself,
            clips__clip_sources_unique=(clip1, lambda p: f"second of {p}"),
        ),
    ),
    Case(
        "a deleted clip came back",
        tombstone("clip", "1", start_ms=100_000, end_ms=150_000),
        fails(clips__clip_deleted=clip1),
    ),
    Case(
        "an empty clip title",
        update(tables.clips, clip1, title=""),
        fails(clips__clip_titles=clip1),
    ),
    Case(
        "a long clip title",
        update(tables.clips, clip1, title=EVIL * 20),
        fails(clips__clip_title_lengths=clip1),
    ),
    Case(
        "a clip title that somebody emptied",
        both(
            update(tables.clips, clip1, title=""),
            ledger_row("clip", clip1, {"title": "文件"}, {"title": ""}),
        ),
        fails(clips__clip_titles_edited=clip1),
    ),
    Case(
        "times that are no numbers",
        update(tables.clips, clip1, start_time="00:01:40"),
        fails(clips__clip_times=clip1),
    ),
    Case(
        "a start before the video",
        update(tables.clips, clip1, start_time=-10, duration=160),
        fails(clips__clip_start=clip1),
    ),
    Case(
        "an end before the start",
        both(
            files(clips=[_record(1, end_time="00:01:30,000"), _record(2)]),
            update(tables.clips, clip1, end_time=90, duration=-10),
        ),
        fails(clips__clip_order=clip1),
    ),
    Case(
        "a wrong duration",
        update(tables.clips, clip2, duration=51),
        fails(clips__clip_duration=clip2),
    ),
    Case(
        "impossible scores",
        both(
            update(tables.clips, clip1, score=1.5),
            update(tables.clips, clip2, score="very good"),
        ),
        fails(clips__clip_score=(clip1, clip2)),
    ),
    Case(
        "broken tags of a clip",
        update(tables.clips, clip1, tags="[" * 100_000),
        fails(clips__clip_tags_json=clip1),
    ),
    Case(
        "broken metadata of a clip",
        update(tables.clips, clip1, clip_metadata='{"id": "1"'),
        fails(clips__clip_metadata_json=clip1, projects__clip_counts=itself),
    ),
    Case(
        "a collection id twice",
        both(
            files(collections=[collection(1, [2, 1]), collection(2), collection(3)]),
            add(collections=lambda p: collection_row(2, project_id=p, id=collection_id(9, p))),
            add(collections=lambda p: collection_row(3, project_id=p, id=collection_id(9, p))),
        ),
        fails(
            collections__collection_ids_unique=(
                lambda p: collection_id(9, p),
                lambda p: collection_id(9, p),
            )
        ),
    ),
    Case(
        "two collections of one record",
        add(collections=lambda p: collection_row(1, project_id=p, id=f"second of {p}")),
        fails(
            projects__collection_counts=itself,
            collections__collection_sources_unique=(collection1, lambda p: f"second of {p}"),
        ),
    ),
    Case(
        "a deleted collection came back",
        tombstone("collection", "1"),
        fails(collections__collection_deleted=collection1),
    ),
    Case(
        "an empty collection name",
        update(tables.collections, collection1, name="\u3000"),
        fails(collections__collection_names=collection1),
    ),
    Case(
        "a long collection name",
        update(tables.collections, collection1, name="名" * 256),
        fails(collections__collection_name_lengths=collection1),
    ),
    Case(
        "a collection name that somebody made long",
        both(
            update(tables.collections, collection1, name="名" * 256),
            ledger_row("collection", collection1, {"name": "文件"}, {"name": "名" * 256}),
        ),
        fails(collections__collection_names_edited=collection1),
    ),
    Case(
        "a wrong clip total",
        update(tables.collections, collection1, clips_count=0),
        fails(collections__collection_clip_totals=collection1),
    ),
    Case(
        "no clip total",
        update(tables.collections, collection1, clips_count=None),
        fails(collections__collection_clip_totals=collection1),
    ),
    Case(
        "links in another order than the list",
        _relist([1, 2]),
        fails(collections__collection_links=collection1),
    ),
    Case(
        "broken tags of a collection",
        update(tables.collections, collection1, tags="]"),
        fails(collections__collection_tags_json=collection1),
    ),
    Case(
        "broken metadata of a collection",
        update(tables.collections, collection1, collection_metadata=EVIL),
        fails(
            collections__collection_metadata_json=collection1,
            projects__collection_counts=itself,
        ),
    ),
    Case("a link to nowhere", _orphan, fails(links__link_orphans=link(3))),
    Case(
        "a clip of another project",
        _foreign,
        fails(links__link_projects=lambda p: f"{collection1(p)}/{clip_id(3, project_id(900))}"),
    ),
    Case("a gap in the order", _set_order(5), fails(links__link_order=link(1))),
    Case("an order that is no number", _set_order("last"), fails(links__link_order=link(1))),
)


def _by_hand(project: str) -> dict[str, Any]:
    return clip_row(7, project_id=project, clip_metadata=None, title="", duration=1)


RIGHT = (
    Case("healthy", both(), passes),
    Case(
        "a clip made by hand is not counted, and its oddities are no errors",
        add(clips=_by_hand),
        fails(
            clips_left_alone__clip_titles=lambda p: clip_id(7, p),
            clips_left_alone__clip_duration=lambda p: clip_id(7, p),
        ),
    ),
    Case(
        "a collection made by hand is not counted, nor held against its links",
        add(
            collections=lambda p: collection_row(
                7, [1], project_id=p, collection_metadata={"clip_ids": ["x"]}
            )
        ),
        passes,
    ),
    Case(
        "a deleted record is not missed",
        both(
            tombstone("clip", "2", start_ms=200_000, end_ms=250_000),
            tombstone("collection", "1"),
            delete(tables.clips, clip2),
            delete(tables.collections, collection1),
            lambda conn, root, project: conn.execute(
                sa.delete(tables.clip_collection).where(
                    tables.clip_collection.c.collection_id == collection1(project)
                )
            ),
        ),
        passes,
    ),
    Case(
        "a lifted tombstone holds nothing back",
        tombstone("clip", "1", lifted_at=NOW),
        passes,
    ),
    Case(
        "a tombstone of another time is another clip's",
        tombstone("clip", "1", start_ms=900_000, end_ms=950_000),
        passes,
    ),
    Case(
        "rows kept because somebody edited them are not counted",
        both(
            add(clips=lambda p: clip_row(8, project_id=p)),
            finding("edited_stale", lambda p: clip_id(8, p)),
            add(collections=lambda p: collection_row(1, project_id=p, id=collection_id(8, p))),
            finding("edited_duplicate", lambda p: collection_id(8, p)),
        ),
        passes,
    ),
    Case(
        "a row that stood for a quarantined record is left alone",
        both(
            files(clips=[_record(1), _record(2), _record(3, start_time="soon")]),
            add(clips=lambda p: clip_row(3, project_id=p)),
        ),
        passes,
    ),
    Case(
        "without its marker the disk proves nothing against a row",
        both(files(marker=False), add(clips=lambda p: clip_row(3, project_id=p))),
        passes,
    ),
    Case(
        "composite ids",
        both(
            lambda conn, root, project: conn.execute(
                sa.delete(tables.clip_collection).where(
                    tables.clip_collection.c.collection_id == collection1(project)
                )
            ),
            lambda conn, root, project: conn.execute(
                sa.text("UPDATE clips SET id = :new, clip_metadata = '{}' WHERE id = :old"),
                {"new": f"{project}_1", "old": clip1(project)},
            ),
            lambda conn, root, project: conn.execute(
                sa.text(
                    "UPDATE collections SET id = :new, clips_count = 0, collection_metadata = '{}' "
                    "WHERE id = :old"
                ),
                {"new": f"{project}_collection_1", "old": collection1(project)},
            ),
        ),
        passes,
    ),
    Case(
        "still processing",
        both(
            no_files,
            lambda conn, root, project: (root / "projects" / project / "raw").mkdir(parents=True),
            update(tables.projects, itself, status="PROCESSING"),
            delete(tables.clips, clip2),
        ),
        fails(links_left_alone__link_orphans=link(2)),
    ),
    Case(
        "a directory that is gone",
        both(no_files, update(tables.clips, clip1, duration=7)),
        fails(clips_left_alone__clip_duration=clip1),
    ),
    Case(
        "unreadable files",
        both(
            files(clips=b'[{"id": "1"', step4=None),
            update(tables.projects, itself, status="FAILED"),
        ),
        passes,
    ),
    Case(
        "a retry under way",
        both(
            task("RUNNING", "2025-06-01 11:59:00.000000"),
            update(tables.projects, itself, status="PENDING"),
            delete(tables.collections, collection1),
        ),
        fails(links_left_alone__link_orphans=(link(1), link(2))),
    ),
    Case(
        "a task that runs for ever is no retry",
        both(
            task("RUNNING", "2025-05-01 11:59:00.000000"),
            update(tables.projects, itself, status="PENDING"),
        ),
        fails(projects__project_completed=itself),
    ),
)
