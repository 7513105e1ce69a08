"""Reading: what the ledger remembers, and nothing written."""

from __future__ import annotations

import pytest

from clipsync.errors import InvalidProjectIdError, UnknownProjectError, UnknownRunError
from clipsync.model.manifest import DiskCode
from clipsync.operations.planning import plan_projects
from clipsync.operations.reading import (
    changes_of_run,
    find_run,
    newest_runs,
    quarantined_records,
)
from tests.support.autoclip_files import clip, project_id, write_project
from tests.support.site import PROJECT, Site

BAD = clip(2, start_time="nonsense")


def last_run(site: Site) -> str:
    return newest_runs(site.workspace, 1)[0].run_id


def test_without_a_ledger_everything_is_empty_and_none_is_made(site: Site) -> None:
    before = site.state()
    assert list(quarantined_records(site.workspace, None)) == []
    assert newest_runs(site.workspace, 10) == []
    assert list(changes_of_run(site.workspace, "sync-1")) == []
    with pytest.raises(UnknownRunError, match="clipsync history"):
        find_run(site.workspace, "sync-1")
    assert site.state() == before


def test_records_that_can_not_be_used_are_listed_until_they_are_valid(site: Site) -> None:
    site.write([clip(1), BAD], [])
    site.sync()
    (entry,) = quarantined_records(site.workspace, None)
    assert (entry.project_id, entry.record.source_id, entry.record.position) == (PROJECT, "2", 1)
    assert entry.record.reason.code is DiskCode.NO_TIME
    assert entry.released_at is None
    first_seen = entry.first_seen

    site.sync()
    (entry,) = quarantined_records(site.workspace, None)
    assert entry.first_seen == first_seen

    site.write([clip(1), clip(2)], [])
    site.sync()
    assert list(quarantined_records(site.workspace, None)) == []
    (entry,) = quarantined_records(site.workspace, None, released=True)
    assert entry.first_seen == first_seen
    assert entry.released_at is not None and entry.released_at >= first_seen


def test_only_the_projects_asked_for(site: Site) -> None:
    write_project(site.root, project_id(2), clips=[BAD, clip(1)], collections=[])
    site.sync(None)
    assert list(quarantined_records(site.workspace, [PROJECT])) == []
    assert [entry.project_id for entry in quarantined_records(site.workspace, [project_id(2)])] == [
        project_id(2)
    ]
    with pytest.raises(InvalidProjectIdError):
        list(quarantined_records(site.workspace, ["x"]))
    with pytest.raises(UnknownProjectError):
        list(quarantined_records(site.workspace, [project_id(77)]))


def test_the_newest_runs_come_first_and_only_so_many(site: Site) -> None:
    ids = []
    for _ in range(3):
        site.sync()
        ids.insert(0, last_run(site))
    assert [run.run_id for run in newest_runs(site.workspace, 10)] == ids
    assert [run.run_id for run in newest_runs(site.workspace, 2)] == ids[:2]
    assert find_run(site.workspace, ids[1]).run_id == ids[1]


def test_the_changes_of_a_run_are_those_of_its_plan_in_order(site: Site) -> None:
    (plan,) = plan_projects(site.workspace, None)
    site.sync()
    entries = list(changes_of_run(site.workspace, last_run(site)))
    assert [(entry.change.op, entry.change.table, entry.change.row_id) for entry in entries] == [
        (change.op, change.table, change.row_id) for change in plan.changes
    ]
    assert [dict(entry.change.why) for entry in entries] == [
        dict(change.why) for change in plan.changes
    ]
    site.sync()
    assert list(changes_of_run(site.workspace, last_run(site))) == []
