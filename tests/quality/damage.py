"""What is odd and right, and what is wrong: one project a case, for the second opinion.

Each case starts from a healthy project that no ledger knows (two clips, one collection of both,
second clip first), then changes one thing. `expected` says which rules fail for that project, and
the ids of the rows; nothing else may fail for it. (`mutants.py` damages a project that was synced.)
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
from tests.support.autoclip_files import collection, project_id, write_file, write_project
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

Failures = Mapping[str, tuple[str, ...]]
"""Rule to the ids of the failing rows."""

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
        collections=[collection_row(1, [2, 1], project_id=project, status="COMPLETED")],
        links=links(1, [2, 1], project_id=project),
    )


def write_files(root: Path, project: str, **changes: Any) -> None:
    files: dict[str, Any] = {
        "clips": [_record(1), _record(2)],
        "collections": [collection(1, [2, 1], collection_summary="合集1的简介")],
        **changes,
    }
    write_project(root, project, **files)


def _record(number: int, **changes: Any) -> dict[str, Any]:
    """The record that `clip_row(number)` was made from."""
    return {**clip_row(number)["clip_metadata"], **changes}


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


def ledger_row(
    kind: str,
    row: Callable[[str], str],
    file: Mapping[str, Any],
    kept: Mapping[str, Any],
    source_id: str = "1",
) -> Break:
    def do(conn: sa.Connection, root: Path, project: str) -> None:
        values = {
            "project_id": project,
            "kind": kind,
            "row_id": row(project),
            "source_id": source_id,
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
    """`clip_start=...`: the rule, and the ids of the failing rows."""

    def expected(project: str) -> Failures:
        return {
            name: tuple(
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


def orphan(conn: sa.Connection, root: Path, project: str) -> None:
    """A third clip in list, total and links, that does not exist."""
    _relist([2, 1, 3], clips_count=3)(conn, root, project)
    conn.execute(sa.insert(tables.clip_collection), links(1, [2, 1, 3], project_id=project)[2])


def foreign(conn: sa.Connection, root: Path, project: str) -> None:
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


def _by_hand(project: str) -> dict[str, Any]:
    return clip_row(7, project_id=project, clip_metadata=None, title="", duration=1)


def _studio(state: Any) -> Break:
    def do(conn: sa.Connection, root: Path, project: str) -> None:
        write_file(root / "projects" / project / "metadata/studio.json", state)

    return do


def _unlink(conn: sa.Connection, root: Path, project: str) -> None:
    gone = tables.clip_collection.c.collection_id == collection1(project)
    conn.execute(sa.delete(tables.clip_collection).where(gone))


def _only_step_files(conn: sa.Connection, root: Path, project: str) -> None:
    files(clips=None, collections=None, marker=False, step4=[_record(1)], step5=None)(
        conn, root, project
    )


_PENDING = update(tables.projects, itself, status="PENDING")
_FAILED = update(tables.projects, itself, status="FAILED")
_IMPORTED = '{"smart_import": {"auto_start": false}}'
_STALE = {"title": "第8个切片 🎬", "description": "理由8"}

CASES = (
    Case("healthy", both(), passes),
    Case(
        "a clip made by hand is judged by its form alone",
        add(clips=_by_hand),
        fails(clip_titles=lambda p: clip_id(7, p)),
    ),
    Case(
        "a collection made by hand is not held against its links",
        add(
            collections=lambda p: collection_row(
                7, [1], project_id=p, collection_metadata={"clip_ids": ["x"]}
            )
        ),
        passes,
    ),
    Case("a clip of another project in a list is a person's", foreign, passes),
    Case(
        "a clip that does not exist in a list",
        orphan,
        fails(link_orphans=link(3), collection_listed=collection1, collection_record=collection1),
    ),
    Case(
        "a deleted record is not missed",
        both(
            tombstone("clip", "2", start_ms=200_000, end_ms=250_000),
            tombstone("collection", "1"),
            delete(tables.clips, clip2),
            delete(tables.collections, collection1),
            _unlink,
        ),
        passes,
    ),
    Case(
        "a deleted clip under another number is not missed",
        both(
            tombstone("clip", "9", start_ms=210_000, end_ms=250_000),
            delete(tables.clips, clip2),
            delete(tables.collections, collection1),
            tombstone("collection", "1"),
            _unlink,
        ),
        passes,
    ),
    Case("a lifted tombstone holds nothing back", tombstone("clip", "1", lifted_at=NOW), passes),
    Case(
        "a tombstone of another time is another clip's",
        tombstone("clip", "1", start_ms=900_000, end_ms=950_000),
        passes,
    ),
    Case(
        "a deleted clip came back",
        tombstone("clip", "1", start_ms=100_000, end_ms=150_000),
        fails(clip_deleted=clip1),
    ),
    Case(
        "a deleted clip came back and somebody edited it",
        both(
            tombstone("clip", "1", start_ms=100_000, end_ms=150_000),
            update(tables.clips, clip1, title="我的"),
        ),
        passes,
    ),
    Case(
        "a clip that the files no longer have stays where somebody edited it",
        both(
            add(clips=lambda p: clip_row(8, project_id=p, title="我的")),
            ledger_row("clip", lambda p: clip_id(8, p), _STALE, {**_STALE, "title": "我的"}, "8"),
        ),
        passes,
    ),
    Case(
        "a clip that the files no longer have and nobody edited",
        both(
            add(clips=lambda p: clip_row(8, project_id=p)),
            ledger_row("clip", lambda p: clip_id(8, p), _STALE, _STALE, "8"),
        ),
        fails(clip_left_over=lambda p: clip_id(8, p)),
    ),
    Case(
        "a clip that the files no longer have stays where a collection lists it",
        both(
            add(
                clips=lambda p: clip_row(8, project_id=p),
                collections=lambda p: collection_row(
                    7, [8], project_id=p, collection_metadata={"clip_ids": [clip_id(8, p)]}
                ),
            ),
            ledger_row("clip", lambda p: clip_id(8, p), _STALE, _STALE, "8"),
        ),
        passes,
    ),
    Case(
        "another clip under an old number: the old row is left over, the new one is missing",
        files(clips=[_record(1, start_time="00:30:00,000", end_time="00:31:00,000"), _record(2)]),
        fails(
            clips_missing=itself,
            collection_record=collection1,
        ),
    ),
    Case(
        "a title that no sync brought",
        both(
            update(tables.clips, clip1, title="旧"),
            ledger_row("clip", clip1, {"title": "旧"}, {"title": "旧"}),
        ),
        fails(clip_title_by_file=clip1),
    ),
    Case(
        "a title that somebody gave",
        both(
            update(tables.clips, clip1, title="我的"),
            ledger_row("clip", clip1, {"title": "第1个切片 🎬"}, {"title": "我的"}),
        ),
        passes,
    ),
    Case(
        "a title cut to what fits",
        both(
            files(clips=[_record(1, generated_title="长" * 300), _record(2)]),
            update(tables.clips, clip1, title="长" * 255),
        ),
        fails(clip_record=clip1),
    ),
    Case(
        "a row that stood for a quarantined record is left alone",
        both(
            files(clips=[_record(1), _record(2), _record(3, start_time="soon")]),
            add(clips=lambda p: clip_row(3, project_id=p, duration=1)),
        ),
        passes,
    ),
    Case(
        "without its marker the disk proves nothing against a row",
        both(files(marker=False), add(clips=lambda p: clip_row(3, project_id=p))),
        passes,
    ),
    Case(
        "unreadable files",
        both(files(clips=b'[{"id": "1"', step4=None), _FAILED),
        passes,
    ),
    Case(
        "a directory that is gone",
        both(no_files, update(tables.clips, clip1, duration=7)),
        passes,
    ),
    Case("a project in Studio only", both(_only_step_files, _studio({"generation": {}})), passes),
    Case(
        "Studio owns the status of a project with files",
        both(_studio({"analysis": {"status": "running"}}), _PENDING),
        passes,
    ),
    Case(
        "a file of Studio's that holds drafts only",
        both(_studio({"drafts": []}), _PENDING),
        fails(project_completed=itself),
    ),
    Case(
        "a project that waits for a person's confirmation",
        update(
            tables.projects,
            itself,
            status="PENDING",
            processing_config='{"smart_import": {"a": 1}}',
        ),
        passes,
    ),
    Case("not completed", _PENDING, fails(project_completed=itself)),
    Case("failed though its files are complete", _FAILED, fails(project_failed=itself)),
    Case(
        "failed in a later run",
        both(
            update(
                tables.projects, itself, status="FAILED", completed_at="2025-05-01 08:00:00.000000"
            ),
            task("FAILED", "2025-06-01 11:59:00.000000"),
        ),
        passes,
    ),
    Case(
        "a queued retry",
        both(task("PENDING", "2025-06-01 11:59:00.000000"), _PENDING, delete(tables.clips, clip1)),
        fails(link_orphans=link(1)),
    ),
    Case(
        "a retry under way",
        both(task("RUNNING", "2025-06-01 11:59:00.000000"), _PENDING),
        passes,
    ),
    Case(
        "a task that runs for ever is no retry",
        both(task("RUNNING", "2025-05-01 11:59:00.000000"), _PENDING),
        fails(project_completed=itself),
    ),
)
