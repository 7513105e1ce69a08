"""Assets: lineage from disk to report, and events that say what is in the database."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from clipsync_airflow import assets, telling, work
from tests.dags.conftest import Context, Site
from tests.support.autoclip_files import clip, collection

SHARD = {"shard": 0, "of": 1, "label": "1 of 1"}


def said(context: Context, asset: Any) -> dict[str, Any]:
    extra: dict[str, Any] = context["outlet_events"][asset].extra
    return extra


def test_lineage_leads_from_disk_to_database_to_report(dag_bag: Any) -> None:
    def names(dag: str, task: str) -> tuple[list[str], list[str]]:
        found = dag_bag.dags[dag].get_task(task)
        return [one.name for one in found.inlets], [one.name for one in found.outlets]

    disk, database, report = "clipsync_disk", "clipsync_database", "clipsync_report"
    assert names("autoclip_project_sync", "sync_to_database") == ([disk], [database])
    assert names("autoclip_backfill_audit", "sync_shard") == ([disk], [])
    assert names("autoclip_backfill_audit", "publish") == ([disk], [database])
    assert names("autoclip_backfill_audit", "report") == ([database], [report])


def test_only_one_task_of_a_run_says_that_the_database_is_fresh(dag_bag: Any) -> None:
    """Each shard saying so would start as many runs of the Dags that wait for it."""
    telling = {
        (dag_id, task.task_id)
        for dag_id, dag in dag_bag.dags.items()
        for task in dag.tasks
        if any(one.name == "clipsync_database" for one in task.outlets)
    }
    assert telling == {
        ("autoclip_project_sync", "sync_to_database"),
        ("autoclip_backfill_audit", "publish"),
    }


def test_addresses_hold_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLIPSYNC_DATABASE_URL", "postgresql://user:geheim@db.example.org/autoclip")
    monkeypatch.setenv("CLIPSYNC_DATA_DIR", str(tmp_path / "数据 一"))
    try:
        fresh = importlib.reload(assets)
        found = [fresh.DISK.uri, fresh.DATABASE.uri, fresh.REPORT.uri]
    finally:
        monkeypatch.undo()
        importlib.reload(assets)
    assert found[0].startswith("file://")
    assert found[0].isascii()
    assert found[1:] == ["x-autoclip://autoclip_db", "x-autoclip://autoclip_db/report"]
    assert "geheim" not in "".join(found)


def test_a_sync_of_one_project_says_what_agrees(site: Site) -> None:
    project = site.write(1, [clip(1), clip(2)], [collection(1, [2])])
    context = site.context(project_id=project)
    work.sync_project(context)
    assert said(context, assets.DATABASE) == {
        "database": site.url.removeprefix("sqlite:///"),
        "project_id": project,
        "clips": 2,
        "collections": 1,
        "changes": {"insert": 4, "update": 0, "delete": 0, "relink": 1, "adopt": 0},
    }


def test_a_backfill_says_what_is_in_the_database(site: Site) -> None:
    site.write(1, [clip(1), clip(2)])
    site.write(2, [clip(1)])
    context = site.context()
    ti = context["ti"]
    work.sync_shard(context, SHARD)
    ti.xcoms["sync_shard[0]", work.COUNTS] = ti.xcoms["task", work.COUNTS]
    ti.xcoms["audit", "return_value"] = work.audit(context)
    assert work.publish(context) == said(context, assets.DATABASE)
    extra = said(context, assets.DATABASE)
    assert (extra["projects"], extra["clips"], extra["consistency_percent"]) == (2, 3, 100.0)
    assert extra["changes"]["insert"] == 5
    telling.report(context)
    assert said(context, assets.REPORT)["consistent"] is True


def test_an_audit_alone_makes_no_database_fresh(site: Site) -> None:
    with pytest.raises(AirflowSkipException, match="audit only"):
        work.publish(site.context(audit_only=True))


def test_a_report_that_could_not_be_made_says_so(site: Site) -> None:
    context = site.context()
    context["ti"].failed("discover", "the disk is not mounted")
    telling.report(context)
    assert said(context, assets.REPORT) == {"available": False}
