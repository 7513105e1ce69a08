"""A second run over what is in sync, and a run whose mail has nowhere to go."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from clipsync.demo.scenario import COMPLETED
from tests.end_to_end.conftest import Trouble
from tests.end_to_end.house import BACKFILL, PROJECT, RECIPIENT, House
from tests.support.autoclip_files import clip, collection, project_id, write_project
from tools.live.follow import FinishedRun

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

BACKWARDS = project_id(10)
SIX = [one.project_id for one in COMPLETED]


@dataclass(frozen=True)
class Again:
    backfill: FinishedRun
    mailless: FinishedRun
    before: list[list[dict[str, object]]]
    after: list[list[dict[str, object]]]


@pytest.fixture(scope="module")
def again(house: House, trouble: Trouble) -> Again:
    write_project(
        house.written.data_dir,
        BACKWARDS,
        clips=[clip(1), clip(2, start_time="00:09:00,000", generated_title="倒放的片段")],
        collections=[collection(1, [2, 1])],
        project_file={"project_name": "没有邮箱的项目"},
    )
    house.disconnect_mail()
    try:
        before = _rows(house)
        house.start(BACKFILL, "second", batch_size=3, project_ids=SIX)
        house.start(PROJECT, "mailless", project_id=BACKWARDS)
        mailless = house.finish(PROJECT, "mailless")
        backfill = house.finish(BACKFILL, "second")
        return Again(backfill, mailless, before, _rows(house))
    finally:
        house.connect_mail()


def _rows(house: House) -> list[list[dict[str, object]]]:
    """The six projects' rows with all their columns, `updated_at` among them."""
    return [house.rows(table, id_) for id_ in SIX for table in ("projects", "clips", "collections")]


def test_a_second_backfill_changes_nothing_and_tells_nobody(house: House, again: Again) -> None:
    changes = [house.result(again.backfill, "sync_shard", index)["changes"] for index in range(2)]

    assert again.backfill.state == "success"
    assert [one for one in changes if any(one.values())] == []
    assert again.after == again.before
    assert house.mails("second") == []
    assert "no mail: nothing is new" in house.log(again.backfill, "alert")


def test_without_a_mail_server_the_run_is_green_and_the_log_shows_the_mail(
    house: House, again: Again
) -> None:
    log = house.log(again.mailless, "alert")

    assert again.mailless.state == "success"
    assert house.mails("mailless") == []
    assert f"The mail would have gone to {RECIPIENT}." in log
    assert "Subject: [ClipSync] 2 warnings in 1 project · 没有邮箱的项目" in log
    assert "倒放的片段" in log
