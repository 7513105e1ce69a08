"""Airflow imported, not started."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.airflow_home import DAGS, settle
from tests.support.autoclip_files import clip, project_id, write_project
from tests.support.autoclip_rows import clip_row_of, insert, project_row

settle()


@pytest.fixture(scope="session")
def dag_bag() -> Any:
    """All Dags, as the Dag processor loads them."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(DAGS))


_ALL = object()


@dataclass
class FakeTaskInstance:
    """The part of a running task that our code talks to, with XComs in memory.

    `xcoms`: by (label, key), the label `task_id` or, for a mapped task, `task_id[map_index]`.
    """

    dag_id: str = "autoclip_backfill_audit"
    run_id: str = "manual__1"
    task_id: str = "task"
    map_index: int = -1
    xcoms: dict[tuple[str, str], Any] = field(default_factory=dict)
    ended: list[dict[str, Any]] = field(default_factory=list)

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[_label(self.task_id, self.map_index), key] = json.loads(json.dumps(value))

    def xcom_pull(
        self, task_ids: str | list[str], key: str = "return_value", map_indexes: Any = _ALL
    ) -> Any:
        """As Airflow's: None is the index of a task that is not mapped; unsaid means every one."""
        if map_indexes is not _ALL:
            assert isinstance(task_ids, str)
            index = -1 if map_indexes is None else map_indexes
            return self.xcoms.get((_label(task_ids, index), key))
        asked = [task_ids] if isinstance(task_ids, str) else task_ids
        found = []
        for task_id in asked:
            values = [
                value
                for (label, k), value in self.xcoms.items()
                if label.partition("[")[0] == task_id and k == key
            ]
            found += values or [None]
        return found[0] if isinstance(task_ids, str) and len(found) == 1 else found

    def get_task_breadcrumbs(self, dag_id: str, run_id: str) -> Iterator[dict[str, Any]]:
        assert (dag_id, run_id) == (self.dag_id, self.run_id)
        yield from self.ended

    def failed(self, task_id: str, line: str | None = None, map_index: int = -1) -> None:
        self.ended.append({"task_id": task_id, "map_index": map_index, "state": "failed"})
        if line is not None:
            self.xcoms[_label(task_id, map_index), "problem"] = line


def _label(task_id: str, map_index: int) -> str:
    return task_id if map_index < 0 else f"{task_id}[{map_index}]"


BACKFILL_PARAMS: dict[str, Any] = {
    "project_ids": None,
    "audit_only": False,
    "dry_run": False,
    "full": False,
    "batch_size": None,
    "allow_deletes": False,
    "allow_restore": False,
    "restore_deleted": False,
}


PROJECT_PARAMS: dict[str, Any] = {
    "wait_timeout_minutes": None,
    "allow_deletes": False,
    "allow_restore": False,
    "restore_deleted": False,
}

Context = dict[str, Any]
MakeContext = Callable[..., Context]


@pytest.fixture
def make_context(monkeypatch: pytest.MonkeyPatch) -> MakeContext:
    """A task's context on a data directory and database, given by environment.

    With a `project_id` it is a run of the project Dag, else of the backfill.
    """

    def make(
        data_dir: Path, database_url: str, *, settings: dict[str, str] | None = None, **params: Any
    ) -> Context:
        from clipsync_airflow import connections

        monkeypatch.setattr(connections, "_connection", lambda conn_id: None)
        for name, value in {
            "DATA_DIR": str(data_dir),
            "DATABASE_URL": database_url,
            **(settings or {}),
        }.items():
            monkeypatch.setenv(f"CLIPSYNC_{name}", value)
        project = "project_id" in params
        return {
            "params": (PROJECT_PARAMS if project else BACKFILL_PARAMS) | params,
            "ti": FakeTaskInstance(
                "autoclip_project_sync" if project else "autoclip_backfill_audit"
            ),
            "dag_run": SimpleNamespace(
                run_type="manual", triggering_user_name="admin", start_date=None
            ),
            # Of each outlet, what the task says of it: Airflow's accessors look alike.
            "outlet_events": defaultdict(lambda: SimpleNamespace(extra={})),
        }

    return make


@dataclass
class Site:
    """AutoClip's two sides, and contexts of tasks that work on them."""

    root: Path
    url: str
    make_context: MakeContext

    def context(self, *, settings: dict[str, str] | None = None, **params: Any) -> Context:
        return self.make_context(self.root, self.url, settings=settings, **params)

    def shard(self, index: int = -1, **params: Any) -> Context:
        """The context of a task `sync_shard`; mapped where it has an index."""
        context = self.context(**params)
        context["ti"].task_id, context["ti"].map_index = "sync_shard", index
        return context

    def write(self, number: int, clips: Any, collections: Any = ()) -> str:
        """Project `number` on disk, finished; gives its id."""
        if not isinstance(collections, bytes):
            collections = list(collections)
        write_project(self.root, project_id(number), clips=clips, collections=collections)
        return project_id(number)

    def insert_clips(self, number: int, count: int, name: str = "旧项目") -> str:
        """Project `number` in the database, with clips as AutoClip's own sync inserts them."""
        id_ = project_id(number)
        with self.engine() as engine:
            insert(
                engine,
                projects=[project_row(id_, name=name)],
                clips=[clip_row_of(clip(n), project_id=id_) for n in range(1, count + 1)],
            )
        return id_

    def titles(self, project: str) -> list[str]:
        query = sa.text("SELECT title FROM clips WHERE project_id = :id ORDER BY title")
        with self.engine() as engine, engine.connect() as conn:
            return list(conn.execute(query, {"id": project}).scalars())

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        with self.engine() as engine, engine.connect() as conn:
            return {
                name: sorted(
                    (tuple(row) for row in conn.execute(sa.text(f'SELECT * FROM "{name}"'))),
                    key=repr,
                )
                for name in sa.inspect(conn).get_table_names()
            }

    @contextmanager
    def engine(self) -> Iterator[sa.Engine]:
        engine = sa.create_engine(self.url)
        try:
            yield engine
        finally:
            engine.dispose()


@pytest.fixture
def site(tmp_path: Path, sqlite_url: str, make_context: MakeContext) -> Site:
    """An empty data directory and an empty database."""
    (tmp_path / "data" / "projects").mkdir(parents=True)
    return Site(tmp_path / "data", sqlite_url, make_context)
