"""Which buttons there are, and what they order."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from clipsync.web.actions import (
    minute_key,
    order,
    overall_actions,
    page_key,
    project_actions,
)
from clipsync.web.host import BACKFILL_DAG, PROJECT_DAG, Order, Visitor
from tests.web.conftest import PROJECT

ADMIN = Visitor("admin", may_sync=True, may_run_all=True)
AIRFLOWS_RUN_IDS = re.compile(r"[A-Za-z0-9_.~:+-]+")


def test_a_projects_buttons_order_these_runs() -> None:
    one = {"project_ids": [PROJECT]}
    assert [action.order for action in project_actions(ADMIN, PROJECT, "k", buried=2)] == [
        Order(PROJECT_DAG, f"{PROJECT}__sync__k", {"project_id": PROJECT}),
        Order(BACKFILL_DAG, f"{PROJECT}__dry_run__k", {**one, "dry_run": True}),
        Order(BACKFILL_DAG, f"{PROJECT}__audit__k", {**one, "audit_only": True, "full": True}),
        Order(
            PROJECT_DAG,
            f"{PROJECT}__restore__k",
            {"project_id": PROJECT, "restore_deleted": True},
        ),
    ]


def test_the_overviews_buttons_order_these_runs() -> None:
    assert [action.order for action in overall_actions(ADMIN, "k")] == [
        Order(BACKFILL_DAG, "all__sync__k", {}),
        Order(BACKFILL_DAG, "all__dry_run__k", {"dry_run": True}),
        Order(BACKFILL_DAG, "all__audit__k", {"audit_only": True}),
    ]


def test_restore_is_offered_only_where_something_was_deleted() -> None:
    names = [action.name for action in project_actions(ADMIN, PROJECT, "k")]
    assert names == ["sync", "dry_run", "audit"]


def test_nobody_gets_a_button_they_may_not_press() -> None:
    syncer = Visitor("s", may_sync=True)
    assert [action.name for action in project_actions(syncer, PROJECT, "k", buried=1)] == [
        "sync",
        "restore",
    ]
    assert overall_actions(syncer, "k") == ()
    assert project_actions(Visitor("v"), PROJECT, "k", buried=1) == ()


def test_what_writes_much_is_asked_for_twice() -> None:
    every = (*project_actions(ADMIN, PROJECT, "k", buried=1), *overall_actions(ADMIN, "k"))
    assert [action.label for action in every if action.confirm] == ["Restore deleted", "Sync all"]


def test_run_ids_are_airflows_and_two_pages_never_share_one() -> None:
    keys = {page_key() for _ in range(50)}
    assert len(keys) > 45
    wild = order(BACKFILL_DAG, "sync", {"project_ids": [PROJECT] * 3}, "ü /../\n" + "x" * 500)
    assert AIRFLOWS_RUN_IDS.fullmatch(wild.run_id)
    assert len(wild.run_id) < 250
    assert wild.run_id.startswith(f"{PROJECT}-and-2-more__sync__")


def test_a_minute_is_the_same_minute_everywhere() -> None:
    here = timezone(timedelta(hours=8))
    assert minute_key(datetime(2026, 3, 1, 7, 59, 30, tzinfo=here)) == "20260228T2359"
