"""The sentinel (rule 8): is what we see really the disk that we knew?"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clipsync.errors import DataDirectoryError
from clipsync.operations.auditing import audit_projects
from clipsync.operations.planning import plan_projects
from clipsync.operations.runs import RunContext
from clipsync.operations.saved_plans import apply_saved_plan, save_plans
from clipsync.operations.sentinel import check_root
from clipsync.operations.syncing import sync_projects
from clipsync.operations.workspace import open_workspace
from clipsync.reconcile import PlanOptions
from tests.support.autoclip_files import clip, project_id, write_project
from tests.support.site import PROJECT, Site


def lose_the_disk(site: Site) -> None:
    """What a mount that is not there looks like: an empty directory, or another disk's."""
    shutil.rmtree(site.root / "projects")
    write_project(site.root, project_id(9), clips=[clip(1)], collections=[])


def test_a_ledger_that_knows_nothing_trusts_any_disk(site: Site) -> None:
    check_root(site.workspace)
    lose_the_disk(site)
    check_root(site.workspace)


def test_one_known_project_is_enough_to_trust_the_disk(site: Site) -> None:
    write_project(site.root, project_id(2), clips=[clip(1)], collections=[])
    site.sync(None)
    shutil.rmtree(site.root / "projects" / PROJECT)
    check_root(site.workspace)


def test_a_disk_without_any_known_project_is_refused_and_says_what_to_check(site: Site) -> None:
    site.sync()
    lose_the_disk(site)
    with pytest.raises(DataDirectoryError) as refused:
        check_root(site.workspace)
    assert str(refused.value) == (
        f"{site.root}: holds none of the 1 projects that were synced before and that the database "
        "still has. Nothing was changed. Check that AutoClip's disk is mounted there; if these "
        "projects were given up on purpose, delete them in AutoClip."
    )


def test_projects_of_projects_json_count_as_well(site: Site) -> None:
    site.sync()
    shutil.rmtree(site.root / "projects" / PROJECT)
    write_project(site.root, PROJECT, layout="legacy", name="旧", clips=[], collections=[])
    with open_workspace(site.workspace.settings) as anew:
        check_root(anew)


def _sync(site: Site, _: Path) -> None:
    sync_projects(
        site.workspace,
        None,
        run=RunContext.for_command("sync"),
        options=PlanOptions(allow_deletes=True),
    )


def _audit(site: Site, _: Path) -> None:
    audit_projects(site.workspace, None, run=RunContext.for_command("audit"))


def _saved_plan(site: Site, path: Path) -> None:
    apply_saved_plan(site.workspace, path, run=RunContext.for_command("sync"))


@pytest.mark.parametrize("operation", [_sync, _audit, _saved_plan])
def test_nothing_that_writes_runs_on_a_lost_disk_even_where_deletes_are_allowed(
    site: Site, tmp_path: Path, operation: Callable[[Site, Path], None]
) -> None:
    site.sync()
    site.write([clip(1), clip(2), clip(3)], [])
    path = tmp_path / "plan.json"
    save_plans(site.workspace, None, PlanOptions(allow_deletes=True), path)
    lose_the_disk(site)
    before = site.state()
    with pytest.raises(DataDirectoryError, match="holds none of the 1 projects"):
        operation(site, path)
    assert site.state() == before


def test_a_plan_may_be_looked_at_and_deletes_nothing(site: Site) -> None:
    site.sync()
    lose_the_disk(site)
    deletes = [plan.counts()["delete"] for plan in plan_projects(site.workspace, None)]
    assert deletes == [0, 0]
