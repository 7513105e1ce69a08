"""Airflow imported, not started."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.airflow_home import DAGS, settle

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
    "restore_deleted": False,
}


@pytest.fixture
def make_context(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """A task's context on a data directory and database, given by environment."""

    def make(
        data_dir: Path, database_url: str, *, settings: dict[str, str] | None = None, **params: Any
    ) -> dict[str, Any]:
        from clipsync_airflow import connections

        monkeypatch.setattr(connections, "_connection", lambda conn_id: None)
        for name, value in {
            "DATA_DIR": str(data_dir),
            "DATABASE_URL": database_url,
            **(settings or {}),
        }.items():
            monkeypatch.setenv(f"CLIPSYNC_{name}", value)
        return {
            "params": BACKFILL_PARAMS | params,
            "ti": FakeTaskInstance(),
            "dag_run": SimpleNamespace(
                run_type="manual", triggering_user_name="admin", start_date=None
            ),
        }

    return make
