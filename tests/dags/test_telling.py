"""What the tasks tell: the second opinion and the report."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from clipsync.autoclip.database import open_engine, read_transaction
from clipsync.ledger import store
from clipsync_airflow import telling, work
from tests.dags.conftest import Context, Site
from tests.support.autoclip_files import clip, collection

SHARD = {"shard": 0, "of": 1, "label": "1 of 1"}
NAME = "轮回、命运、开悟究竟是怎么一回事？"


def backfilled(site: Site, **params: Any) -> Context:
    """The context of a task behind sync and audit of a run."""
    context = site.context(**params)
    try:
        work.sync_shard(context, SHARD)
    except AirflowFailException as error:
        context["ti"].failed("sync_shard", str(error), map_index=0)
    context["ti"].xcoms["audit", "return_value"] = work.audit(context)
    return context


def damage(site: Site, statement: str) -> None:
    with site.engine() as engine, engine.begin() as conn:
        conn.exec_driver_sql(statement)


def open_codes(site: Site) -> set[tuple[str, str]]:
    """(project id, code) of every finding that is open in the ledger."""
    engine = open_engine(site.url, lock_timeout=5)
    try:
        with read_transaction(engine) as conn:
            return {
                (record.finding.project_id, record.finding.code)
                for record in store.open_findings(conn, None)
            }
    finally:
        engine.dispose()


# -- the second opinion ------------------------------------------------------------------------


def test_all_is_well_where_disk_and_database_agree(site: Site, tmp_path: Path) -> None:
    site.write(1, [clip(1), clip(2)], [collection(1, [2, 1])])
    context = backfilled(site)
    context_ti = context["ti"]

    result = telling.validate(
        site.context(settings={"DATA_DOCS_DIR": str(tmp_path / "docs")}) | {"ti": context_ti}
    )

    assert result["projects"] == 1
    assert result["checks"] == len(context_ti.xcoms["task", "quality"]) > 30
    assert (tmp_path / "docs" / "index.html").exists()


def test_an_error_fails_the_task_names_the_project_and_is_kept_until_it_is_gone(
    site: Site,
) -> None:
    project = site.write(1, [clip(1), clip(2)])
    work.sync_project(site.context(project_id=project))
    damage(site, "UPDATE clips SET duration = 7 WHERE title LIKE '第1%'")
    context = site.context(project_id=project)

    with pytest.raises(AirflowFailException, match=rf"finding.* of severity error: .*{project}"):
        telling.validate(context)
    found = open_codes(site)
    work.sync_project(site.context(project_id=project))
    telling.validate(site.context(project_id=project))

    assert found
    assert {code for _, code in found if not code.startswith("quality_")} == set()
    assert open_codes(site) == set()
    assert project in context["ti"].xcoms["task", "problem"]


def test_an_error_of_the_planners_fails_it_as_well(site: Site) -> None:
    site.write(1, b'[{"id"')
    context = backfilled(site)

    with pytest.raises(AirflowFailException, match=r"clips_metadata\.json: half-written JSON"):
        telling.validate(context)


def test_a_look_at_one_project_says_nothing_about_another(site: Site) -> None:
    sick, well = site.write(1, [clip(1)]), site.write(2, [clip(1)])
    work.sync_shard(site.context(), SHARD)
    damage(site, f"UPDATE clips SET duration = 7 WHERE project_id = '{sick}'")
    with pytest.raises(AirflowFailException):
        telling.validate(site.context(project_id=sick))
    before = open_codes(site)

    telling.validate(site.context(project_id=well))

    assert {project for project, _ in before} == {sick}
    assert open_codes(site) == before


def test_the_line_names_five_errors_and_counts_the_rest(site: Site) -> None:
    for number in range(1, 8):
        site.write(number, b"[{")
    context = backfilled(site)

    with pytest.raises(AirflowFailException, match=r"^7 findings of severity error: .*and 2 more"):
        telling.validate(context)


# -- the report --------------------------------------------------------------------------------


def test_the_report_is_a_table_in_the_log_and_closes_the_run_in_the_ledger(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    project = site.insert_clips(1, 1, name=NAME)
    site.write(1, [clip(1), clip(2)])
    context = backfilled(site)
    # What the shard's task would have left.
    context["ti"].xcoms["sync_shard[0]", work.COUNTS] = context["ti"].xcoms["task", work.COUNTS]

    with caplog.at_level(logging.INFO):
        reported = telling.report(context)

    assert reported == {
        "available": True,
        "dry_run": False,
        "consistent": True,
        "totals": {
            "projects": 1,
            "completed": 1,
            "with_problems": 0,
            "studio": 0,
            "clips": 2,
            "collections": 0,
            "consistency_percent": 100.0,
        },
    }
    (row,) = [record.message for record in caplog.records if project in record.message[:40]][-1:]
    assert NAME in row
    engine = open_engine(site.url, lock_timeout=5)
    with read_transaction(engine) as conn:
        run = store.read_run(conn, "manual__1")
    engine.dispose()
    assert run is not None
    assert run.counts is not None
    assert (run.outcome, run.counts["total_projects"]) == ("success", 1)
    assert run.counts["changes"] == context["ti"].xcoms["sync_shard[0]", work.COUNTS]["changes"]


def test_the_report_forgets_what_is_too_old(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.write(1, [clip(1)])
    context = backfilled(site)
    damage(site, "UPDATE clipsync_journal SET applied_at = '2001-01-01 00:00:00.000000'")
    with caplog.at_level(logging.INFO):
        telling.report(context)
    assert [record.message for record in caplog.records if "forgotten" in record.message] == [
        "older than 90 days, forgotten: journal 2"
    ]


def test_an_audits_point_counts_the_second_opinion_too(site: Site) -> None:
    site.write(1, [clip(1)])
    work.sync_shard(site.context(), SHARD)
    damage(site, "UPDATE clips SET duration = 7")
    context = site.context(audit_only=True)
    work.audit(context)
    with pytest.raises(AirflowFailException, match=r"severity error") as failure:
        telling.validate(context)
    engine = open_engine(site.url, lock_timeout=5)
    with read_transaction(engine) as conn:
        (point,) = store.audit_points(conn, 90)
        counted = store.count_open(conn)
    engine.dispose()
    assert point.errors == counted["errors"] == context["ti"].xcoms["task", "open_errors"] > 0
    assert str(failure.value).startswith(f"{point.errors} finding")


def test_without_an_audit_there_is_no_report_and_no_error(site: Site) -> None:
    context = site.context()
    context["ti"].failed("discover", "the disk is not mounted")

    assert telling.report(context) == {"available": False}


def test_a_dry_runs_report_looks_itself_and_writes_nothing(site: Site) -> None:
    site.write(1, [clip(1)])
    before = site.everything()

    reported = telling.report(site.context(dry_run=True))

    assert (reported["dry_run"], reported["consistent"]) == (True, False)
    assert site.everything() == before
