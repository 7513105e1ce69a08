"""What people can start from the page, as orders for Dag runs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from clipsync.web.host import BACKFILL_DAG, PROJECT_DAG, Order, Visitor

_NOT_IN_RUN_IDS = re.compile(r"[^A-Za-z0-9_.~:+-]")
_LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class Action:
    """A button. `name` is also part of the run's id. `confirm`: asked for a second click first."""

    name: str
    label: str
    hint: str
    order: Order
    confirm: str = ""
    primary: bool = False


def page_key() -> str:
    """A page's own key: every button of it starts one run at most, however often it is clicked."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


def minute_key(now: datetime) -> str:
    """The key of callers that bring none: what is asked twice in one minute is one run."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M}"


def order(dag_id: str, action: str, conf: Mapping[str, Any], key: str) -> Order:
    """`run_id` is derived from what is asked for, so that asking again does not do it again."""
    about = conf.get("project_id") or _some(conf.get("project_ids")) or "all"
    safe = _NOT_IN_RUN_IDS.sub("-", key)[:_LONGEST_KEY]
    return Order(dag_id, f"{about}__{action}__{safe}", dict(conf))


def project_actions(
    visitor: Visitor, project_id: str, key: str, *, buried: int = 0
) -> tuple[Action, ...]:
    """The buttons of a project's page that this visitor may press. `buried`: tombstones there."""
    sync = Action(
        "sync",
        "Sync now",
        "Makes the database agree with the disk",
        order(PROJECT_DAG, "sync", {"project_id": project_id}, key),
        primary=True,
    )
    restore = Action(
        "restore",
        "Restore deleted",
        "Brings back what people deleted in AutoClip",
        order(PROJECT_DAG, "restore", {"project_id": project_id, "restore_deleted": True}, key),
        confirm="Restore everything deleted?",
    )
    one = {"project_ids": [project_id]}
    dry_run = Action(
        "dry_run",
        "Dry run",
        "Says what a sync would do, and writes nothing",
        order(BACKFILL_DAG, "dry_run", {**one, "dry_run": True}, key),
    )
    audit = Action(
        "audit",
        "Audit now",
        "Looks at every file and row, and records what it finds",
        order(BACKFILL_DAG, "audit", {**one, "audit_only": True, "full": True}, key),
    )
    wanted = (sync, dry_run, audit, restore) if buried else (sync, dry_run, audit)
    return tuple(action for action in wanted if visitor.may_start(action.order.dag_id))


def overall_actions(visitor: Visitor, key: str) -> tuple[Action, ...]:
    """The buttons of the overview that this visitor may press."""
    if not visitor.may_run_all:
        return ()
    return (
        Action(
            "sync",
            "Sync all",
            "Makes the database agree with the disk for all projects",
            order(BACKFILL_DAG, "sync", {}, key),
            confirm="Sync all projects?",
            primary=True,
        ),
        Action(
            "dry_run",
            "Dry run",
            "Says what a sync of all projects would do, and writes nothing",
            order(BACKFILL_DAG, "dry_run", {"dry_run": True}, key),
        ),
        Action(
            "audit",
            "Audit now",
            "Looks at all projects, and records what it finds",
            order(BACKFILL_DAG, "audit", {"audit_only": True}, key),
        ),
    )


def _some(project_ids: Any) -> str:
    """A short name for a choice of projects."""
    if not project_ids:
        return ""
    first = str(project_ids[0])
    return first if len(project_ids) == 1 else f"{first}-and-{len(project_ids) - 1}-more"
