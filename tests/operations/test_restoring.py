"""Restore: what a person deleted comes back on purpose only."""

from __future__ import annotations

import pytest

from clipsync.errors import NothingToRestoreError
from clipsync.operations.restoring import held_back, restore_project
from clipsync.operations.runs import RunContext
from tests.support.site import PROJECT, Site


def restore(site: Site, **what):
    return restore_project(site.workspace, PROJECT, run=RunContext.for_command("restore"), **what)


def delete_clip(site: Site, title: str) -> str:
    (row,) = [row for row in site.rows("clips") if row["title"] == title]
    site.execute("DELETE FROM clips WHERE id = :id", id=row["id"])
    return row["id"]


def test_rule_7_a_deleted_clip_stays_deleted_until_restored_with_its_old_id(site: Site) -> None:
    site.sync()
    deleted = delete_clip(site, "第2段：标题")
    for _ in range(2):
        site.sync()
    assert site.titles() == ["第1段：标题", "第3段：标题"]
    assert [
        (stone.kind.value, stone.source_id) for stone in held_back(site.workspace, PROJECT)
    ] == [("clip", "2")]

    result = restore(site, clips=["2"])

    assert (result.success, result.clips_synced) == (True, 3)
    assert deleted in {row["id"] for row in site.rows("clips")}
    assert held_back(site.workspace, PROJECT) == ()


def test_restore_works_before_any_sync_saw_the_deletion(site: Site) -> None:
    site.sync()
    deleted = delete_clip(site, "第2段：标题")

    restore(site, everything=True)

    assert deleted in {row["id"] for row in site.rows("clips")}


def test_what_was_restored_can_be_deleted_again(site: Site) -> None:
    site.sync()
    delete_clip(site, "第2段：标题")
    restore(site, everything=True)
    delete_clip(site, "第2段：标题")
    site.sync()
    site.sync()
    assert site.titles() == ["第1段：标题", "第3段：标题"]


def test_nothing_to_restore_is_bad_input_that_says_what_there_is(site: Site) -> None:
    site.sync()
    before = site.everything()
    with pytest.raises(NothingToRestoreError, match="nothing was deleted there"):
        restore(site, everything=True)
    delete_clip(site, "第2段：标题")
    with pytest.raises(NothingToRestoreError, match=r"nothing holds back collection 9; .* clip 2"):
        restore(site, collections=["9"])
    assert len(site.rows("clips")) == len(before["clips"]) - 1
