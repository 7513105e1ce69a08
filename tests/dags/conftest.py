"""Airflow imported, not started."""

from __future__ import annotations

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


@dataclass
class FakeTaskInstance:
    """The part of a running task that our code talks to, with XComs in memory."""

    dag_id: str = "autoclip_backfill_audit"
    run_id: str = "manual__1"
    task_id: str = "task"
    xcoms: dict[tuple[str, str], Any] = field(default_factory=dict)
    ended: list[dict[str, Any]] = field(default_factory=list)

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[self.task_id, key] = value

    def xcom_pull(
        self, task_ids: str | list[str], key: str = "return_value", map_indexes: Any = -1
    ) -> Any:
        if isinstance(task_ids, list):
            return [
                value for (task, k), value in self.xcoms.items() if task in task_ids and k == key
            ]
        return self.xcoms.get((task_ids, key))

    def get_task_breadcrumbs(self, dag_id: str, run_id: str) -> Iterator[dict[str, Any]]:
        assert (dag_id, run_id) == (self.dag_id, self.run_id)
        yield from self.ended

    def failed(self, task_id: str, line: str | None = None, map_index: int = -1) -> None:
        self.ended.append({"task_id": task_id, "map_index": map_index, "state": "failed"})
        if line is not None:
            self.xcoms[task_id, "problem"] = line


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
