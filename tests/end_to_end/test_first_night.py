"""Both Dags through the real scheduler, on the demo's thirteen projects."""

from __future__ import annotations

import pytest

from clipsync.autoclip.database import read_transaction
from clipsync.demo.scenario import COMPLETED
from clipsync.ledger import store
from tests.end_to_end.conftest import WARNED, FirstNight
from tests.end_to_end.house import BACKFILL, RECIPIENT, House
from tools.live.mailbox import html_text, plain_text

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

NAMES = {
    "455d6e8c-29a4-4027-884a-ddec16f9bbe1": "轮回、命运、开悟究竟是怎么一回事？",
    "64c48a05-b854-4c75-a81b-af2f6332b839": "欧阳娜娜VLOG】VLOG163 Nabi in Paris",
    "7905a534-2186-43a2-88ee-be4ab28058bd": "【aespa】aespa《Rich Man》Trailer",
    "ded7e6b8-b799-41f1-b3f3-8c9b5d834ed3": "项目_ded7e6b8",
    "295e25e4-25dd-4d4d-a595-2dd7117e0695": "项目_295e25e4",
    "889d12af-dc3a-4dd7-8df3-7aff834ffe37": "项目_889d12af",
}


def test_the_project_dag_is_green_and_syncs_its_project(
    house: House, first_night: FirstNight
) -> None:
    run = first_night.alone
    result = house.result(run, "sync_to_database")

    assert run.states() == {
        "wait_for_processing": "success",
        "sync_to_database": "success",
        "validate": "success",
        "alert": "success",
        "verdict": "success",
    }
    assert run.state == "success"
    assert (result["success"], result["clips_synced"], result["collections_synced"]) == (True, 8, 3)
    assert result["changes"] | {"insert": 11, "delete": 0} == result["changes"]


def test_the_backfill_is_green_in_three_shards_and_asks_nobody(first_night: FirstNight) -> None:
    run = first_night.backfill

    assert run.state == "success"
    assert run.states() == {
        "discover": "success",
        "sync_shard[0]": "success",
        "sync_shard[1]": "success",
        "sync_shard[2]": "success",
        "audit": "success",
        "publish": "success",
        "validate": "success",
        "report": "success",
        "alert": "success",
        "gather_stopped": "skipped",
        "decide": "skipped",
        "sync_approved": "skipped",
        "verdict": "success",
    }


def test_no_run_starts_but_those_that_were_asked_for(house: House, first_night: FirstNight) -> None:
    """Switching the nightly Dag on is no reason to start it."""
    listed = house.admin.call("GET", f"/dags/{BACKFILL}/dagRuns?limit=100").json()["dag_runs"]

    assert [run["dag_run_id"] for run in listed if run["run_type"] != "manual"] == []
    assert "first" in {run["dag_run_id"] for run in listed}


def test_the_report_counts_45_clips_and_13_collections_in_six_named_projects(
    house: House, first_night: FirstNight
) -> None:
    report = first_night.report

    assert report.totals.as_dict() == {
        "projects": 13,
        "completed": 6,
        "with_problems": 0,
        "studio": 0,
        "clips": 45,
        "collections": 13,
        "consistency_percent": 100.0,
    }
    assert {entry.project_id: entry.name for entry in report.entries if entry.clips} == NAMES
    log = house.log(first_night.backfill, "report")
    assert [name for name in NAMES.values() if name not in log] == []


def test_the_database_holds_what_the_report_says(house: House, first_night: FirstNight) -> None:
    found = {
        one.project_id: (
            len(house.rows("clips", one.project_id)),
            len(house.rows("collections", one.project_id)),
            house.rows("projects", one.project_id)[0]["status"],
        )
        for one in COMPLETED
    }

    assert found == {one.project_id: (one.clips, one.collections, "COMPLETED") for one in COMPLETED}


def test_both_dags_at_one_project_at_the_same_time_agree(
    house: House, first_night: FirstNight
) -> None:
    """One of them inserted the rows, the other found nothing to do."""
    inserted = house.result(first_night.beside, "sync_to_database")["changes"]["insert"]

    assert first_night.beside.state == first_night.backfill.state == "success"
    assert inserted in (0, 8)
    assert len(house.rows("clips", COMPLETED[0].project_id)) == 7


def test_the_ledger_keeps_the_whole_runs_counts(house: House, first_night: FirstNight) -> None:
    shards = [house.result(first_night.backfill, "sync_shard", index) for index in range(3)]
    with house.workspace() as workspace, read_transaction(workspace.engine) as conn:
        run = store.read_run(conn, "first")

    assert run is not None
    assert run.counts is not None
    assert (run.trigger, run.started_by, run.outcome) == ("airflow", "admin", "success")
    assert run.counts["total_projects"] == sum(one["total_projects"] for one in shards) == 13
    assert run.counts["changes"]["insert"] == sum(one["changes"]["insert"] for one in shards) > 0


def test_one_mail_reaches_the_recipient_with_chinese_and_a_text_alternative(
    house: House, first_night: FirstNight
) -> None:
    (mail,) = house.mails("warned")
    text, page = plain_text(mail), html_text(mail)

    assert mail["To"] == RECIPIENT
    assert mail["Subject"] == "[ClipSync] 2 warnings in 1 project · 项目_ded7e6b8"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    for body in (text, page):
        assert f"项目_{WARNED[:8]}" in body
        assert "ends before it starts" in body
        assert "大鹏鸟：我和二手家具只能活一个" in body
        assert "�" not in body
    assert f"{house.airflow.url}/dags/autoclip_project_sync/runs/warned" in text


def test_the_backfill_tells_only_what_nobody_was_told_before(
    house: House, first_night: FirstNight
) -> None:
    (mail,) = house.mails("first")

    assert mail["Subject"] == (
        "[ClipSync] 3 warnings in 3 projects · 项目_295e25e4, 外卖骑手之争, 项目_e962ccaa"
    )
    assert house.mails("beside") == []
