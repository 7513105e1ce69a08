"""Runs that must not write: audit only, and dry run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.end_to_end.conftest import Trouble
from tests.end_to_end.house import BACKFILL, PROJECT, House
from tests.support.autoclip_files import clip, collection, project_id, tree_state, write_project
from tests.support.autoclip_rows import clip_row_of, insert, project_row
from tools.live.follow import FinishedRun

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

DRIFTED = project_id(20)
Everything = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Looks:
    """`states`: every row of every table before, after the dry run, and after the audit."""

    dry: FinishedRun
    audit: FinishedRun
    states: tuple[Everything, Everything, Everything]
    files: tuple[Any, Any]


@pytest.fixture(scope="module")
def looks(house: House, trouble: Trouble) -> Looks:
    # Nothing else is to write meanwhile.
    house.finish(PROJECT, trouble.run_id)
    write_project(
        house.written.data_dir,
        DRIFTED,
        clips=[clip(1), clip(2), clip(3)],
        collections=[collection(1, [3, 1])],
    )
    with house.autoclip() as engine:
        insert(
            engine,
            projects=[project_row(DRIFTED, name="走样的项目", status="PENDING")],
            clips=[clip_row_of(clip(1), project_id=DRIFTED)],
        )
    files = tree_state(house.written.data_dir)
    before = house.everything()
    house.start(BACKFILL, "dry", project_ids=[DRIFTED], dry_run=True)
    dry = house.finish(BACKFILL, "dry")
    after_dry = house.everything()
    house.start(BACKFILL, "audit", project_ids=[DRIFTED], audit_only=True, full=True)
    audit = house.finish(BACKFILL, "audit")
    return Looks(
        dry,
        audit,
        (before, after_dry, house.everything()),
        (files, tree_state(house.written.data_dir)),
    )


def test_a_dry_run_writes_nothing_at_all_and_says_what_a_sync_would_do(
    house: House, looks: Looks
) -> None:
    planned = house.result(looks.dry, "sync_shard", 0)
    before, after, _ = looks.states

    assert looks.dry.state == "success"
    assert after == before
    assert (planned["dry_run"], planned["with_changes"]) == (True, 1)
    assert planned["changes"]["insert"] > 0
    assert f"{DRIFTED} 走样的项目: would insert" in house.log(looks.dry, "sync_shard[0]")
    assert house.mails("dry") == []


def test_an_audit_writes_to_no_table_of_autoclips_and_turns_red_where_something_is_out_of_sync(
    house: House, looks: Looks
) -> None:
    _, before, after = looks.states
    theirs = [name for name in before if not name.startswith("clipsync_")]

    assert {name: after[name] for name in theirs} == {name: before[name] for name in theirs}
    assert looks.audit.state == "failed"
    assert (
        looks.audit.states()
        | {
            "audit": "success",
            "validate": "failed",
            "report": "success",
            "alert": "success",
            "verdict": "failed",
        }
        == looks.audit.states()
    )
    assert not [label for label in looks.audit.states() if label.startswith("sync_shard[")]
    assert house.result(looks.audit, "report")["consistent"] is False
    assert "走样的项目" in house.log(looks.audit, "report")


def test_neither_writes_below_autoclips_data_directory(looks: Looks) -> None:
    before, after = looks.files

    assert after == before
