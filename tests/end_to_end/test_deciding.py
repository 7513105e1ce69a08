"""Plans that a guard stopped wait for a person; everything else goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.end_to_end.house import BACKFILL, House, until
from tests.support.autoclip_files import clip, project_id, write_project
from tests.support.autoclip_rows import clip_row_of, insert, project_row
from tools.live.follow import FinishedRun
from tools.live.mailbox import plain_text

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

STOPPED = project_id(30)
BROKEN = project_id(31)
FRESH = project_id(32)
NAME = "大量删除 | <b>项目</b>"


@dataclass
class Decision:
    """A run that waited, and what it came to.

    `clips_meanwhile`, `clips_after`: row ids by project, while it waited and once it had ended.
    """

    details: dict[str, Any] = field(default_factory=dict)
    clips_meanwhile: dict[str, list[str]] = field(default_factory=dict)
    clips_after: dict[str, list[str]] = field(default_factory=dict)
    refused: int = 0
    run: FinishedRun | None = None


@pytest.fixture(scope="module")
def skipped(house: House) -> Decision:
    """Beside the stopped one: a project whose file is damaged, and one that is new."""
    root = house.written.data_dir
    # AutoClip has five clips of it, and the files say two: three would go for nothing.
    write_project(root, STOPPED, clips=[clip(1), clip(2)], collections=[])
    with house.autoclip() as engine:
        insert(
            engine,
            projects=[project_row(STOPPED, name=NAME)],
            clips=[clip_row_of(clip(number), project_id=STOPPED) for number in range(1, 6)],
        )
    write_project(root, BROKEN, clips=b'[{"id": "1", "generated_title": "\xe5\x8d', collections=[])
    write_project(root, FRESH, clips=[clip(1)], collections=[])
    return _decide(house, "skipped", "Skip", [STOPPED, BROKEN, FRESH])


@pytest.fixture(scope="module")
def approved(house: House, skipped: Decision) -> Decision:
    return _decide(house, "approved", "Approve", [STOPPED, FRESH])


def _decide(house: House, run_id: str, choice: str, project_ids: list[str]) -> Decision:
    decision = Decision()
    path = f"/dags/{BACKFILL}/dagRuns/{run_id}/taskInstances/decide/-1/hitlDetails"
    house.start(BACKFILL, run_id, project_ids=project_ids, batch_size=5)

    def asked() -> str | None:
        answer = house.admin.call("GET", path)
        if answer.status_code == 200:
            decision.details = answer.json()
            return "asked"
        return None

    until(asked, f"{run_id} to ask a person")
    house.until_state(BACKFILL, run_id, "decide", "deferred", "awaiting_input")
    house.until_state(BACKFILL, run_id, "alert", "success")
    decision.clips_meanwhile = {id_: _clips(house, id_) for id_ in project_ids}
    decision.refused = house.viewer.call("PATCH", path, {"chosen_options": [choice]}).status_code
    answer = house.admin.call("PATCH", path, {"chosen_options": [choice]})
    assert answer.status_code == 200, answer.text
    decision.run = house.finish(BACKFILL, run_id)
    decision.clips_after = {id_: _clips(house, id_) for id_ in project_ids}
    return decision


def _clips(house: House, id_: str) -> list[str]:
    return [row["id"] for row in house.rows("clips", id_)]


def test_the_form_shows_the_plan_with_names_that_are_no_markup(skipped: Decision) -> None:
    body = skipped.details["body"]

    assert skipped.details["subject"] == "ClipSync: 1 plan stopped"
    assert skipped.details["options"] == ["Approve", "Skip"]
    assert f"`{STOPPED}`" in body
    assert "大量删除 &#124; &#60;b&#62;项目" in body
    assert "would delete 3 of the project" in body
    assert FRESH not in body


def test_other_projects_are_synced_while_a_plan_waits(skipped: Decision) -> None:
    meanwhile = skipped.clips_meanwhile

    assert (len(meanwhile[STOPPED]), len(meanwhile[FRESH]), meanwhile[BROKEN]) == (5, 1, [])


def test_a_viewer_can_not_decide(skipped: Decision) -> None:
    assert skipped.refused == 403


def test_skip_leaves_the_project_as_it_is(skipped: Decision) -> None:
    assert skipped.run is not None
    assert skipped.run.states()["sync_approved"] == "skipped"
    assert len(skipped.clips_after[STOPPED]) == 5
    assert skipped.clips_after[STOPPED] == skipped.clips_meanwhile[STOPPED]


def test_an_error_finding_turns_the_run_red_while_report_and_alert_still_ran(
    house: House, skipped: Decision
) -> None:
    run = skipped.run
    assert run is not None
    states = run.states()

    assert run.state == "failed"
    assert (
        states
        | {
            "audit": "success",
            "validate": "failed",
            "report": "success",
            "alert": "success",
            "gather_stopped": "success",
            "verdict": "failed",
        }
        == states
    )
    log = house.log(run, "verdict")
    assert "validate: " in log
    assert "findings of severity error" in log
    assert f"{BROKEN}: " in log
    assert "clips_metadata.json" in log
    (mail,) = house.mails("skipped")
    assert BROKEN in plain_text(mail)
    assert STOPPED in plain_text(mail)


def test_approve_applies_the_plan_and_the_run_is_green(house: House, approved: Decision) -> None:
    run = approved.run
    assert run is not None

    assert len(approved.clips_meanwhile[STOPPED]) == 5
    assert len(approved.clips_after[STOPPED]) == 2
    assert run.state == "success", house.log(run, "verdict")
    assert run.states()["sync_approved"] == "success"
    result = house.result(run, "sync_approved")
    assert (result["approved_by"], result["changes"]["delete"], result["open_errors"]) == (
        "admin",
        3,
        0,
    )
