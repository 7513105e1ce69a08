"""Side by side: every field says what becomes of it, and why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clipsync.errors import InvalidProjectIdError, UnknownProjectError
from clipsync.messages import AnyReason, render
from clipsync.model.decision import Decision, Fate, Item, Known, Origin
from clipsync.model.manifest import ClipRecord, DiskState, Kind, Manifest
from clipsync.model.plan import ProjectPlan
from clipsync.model.reason import Reason, ReasonCode
from clipsync.model.snapshot import ClipRow, Snapshot
from clipsync.operations.comparing import (
    ComparedItem,
    Comparison,
    Mark,
    compare,
    compare_project,
)
from clipsync.operations.results import AuditStatus
from clipsync.operations.states import status_now
from tests.support.autoclip_files import clip, collection, project_id, write_file
from tests.support.site import PROJECT, Site


def marks(items: tuple[ComparedItem, ...]) -> list[tuple[str | None, str]]:
    return [(item.source_id, item.mark.value) for item in items]


def differing(item: ComparedItem) -> dict[str, tuple[Any, Any, Any, str, str]]:
    return {
        pair.name: (pair.disk, pair.database, pair.after, pair.mark.value, said(pair.why))
        for pair in item.fields
        if pair.mark is not Mark.SAME
    }


def said(reason: AnyReason | None) -> str:
    return "" if reason is None else render(reason)


def compared(site: Site) -> Comparison:
    return compare_project(site.workspace, PROJECT)


def test_before_the_first_sync_everything_will_be_added(site: Site) -> None:
    found = compared(site)
    assert found.project.mark is Mark.INSERT
    assert marks(found.clips) == [("1", "insert"), ("2", "insert"), ("3", "insert")]
    assert marks(found.collections) == [("1", "insert"), ("2", "insert")]
    content = next(pair for pair in found.collections[0].fields if pair.name == "content")
    assert (content.disk, content.database, content.after) == (["3", "1"], None, ["3", "1"])
    assert (found.disk_clips, found.database_clips) == (3, 0)


def test_after_a_sync_both_sides_are_the_same(site: Site) -> None:
    site.sync()
    found = compared(site)
    items = (found.project, *found.clips, *found.collections)
    assert {item.mark for item in items} == {Mark.SAME}
    assert {pair.mark for item in items for pair in item.fields} == {Mark.SAME}
    assert found.plan.empty


def test_it_writes_nothing(site: Site) -> None:
    site.sync()
    site.execute("UPDATE clips SET title = 'mine'")
    before = site.everything()
    compared(site)
    assert site.everything() == before


def test_a_change_on_disk_shows_both_values_and_what_becomes_of_them(site: Site) -> None:
    site.sync()
    site.write([clip(1, generated_title="新"), clip(2), clip(3)], [collection(1, [3, 1])])
    first = compared(site).clips[0]
    assert first.mark is Mark.UPDATE
    old, new = "第1段：标题", "新"
    record = ({"generated_title": new}, {"generated_title": old}, {"generated_title": new})
    assert differing(first) == {
        "title": (new, old, new, "update", "from disk"),
        "clip_metadata": (*record, "update", "from disk"),
    }


def test_a_persons_edit_is_kept_and_says_so(site: Site) -> None:
    site.sync()
    site.execute("UPDATE clips SET title = 'mine' WHERE title = '第1段：标题'")
    first = compared(site).clips[0]
    assert (first.mark, first.label) == (Mark.KEPT, "mine")
    why = "kept: edited by a user"
    assert differing(first) == {"title": ("第1段：标题", "mine", "mine", "kept", why)}


def test_an_edit_beside_a_changed_file_says_that_both_changed(site: Site) -> None:
    site.sync()
    site.execute("UPDATE clips SET description = 'mine' WHERE title = '第1段：标题'")
    site.write([clip(1, recommend_reason="新"), clip(2), clip(3)], [collection(1, [3, 1])])
    first = compared(site).clips[0]
    disk, database, _, mark, why = differing(first)["description"]
    assert (disk, database, mark) == ("新", "mine", "kept")
    assert why == "kept: edited by a user, though the file changed as well"


def test_a_title_that_does_not_fit_is_cut_and_says_so(site: Site) -> None:
    site.write([clip(1, generated_title="长" * 300)], [])
    site.sync()
    (only,) = compared(site).clips
    disk, database, _, mark, why = differing(only)["title"]
    assert (len(disk), len(database), mark, why) == (300, 255, "kept", "cut to 255 characters")


def test_a_reordered_collection_keeps_the_persons_order(site: Site) -> None:
    site.sync()
    (row,) = [row for row in site.rows("collections") if row["name"] == "合集1"]
    stored = row["collection_metadata"]
    metadata = json.loads(stored) if isinstance(stored, str) else stored
    metadata["clip_ids"].reverse()
    site.execute(
        "UPDATE collections SET collection_metadata = :value WHERE id = :id",
        value=json.dumps(metadata),
        id=row["id"],
    )
    site.sync()
    first = compared(site).collections[0]
    disk, database, after, mark, why = differing(first)["content"]
    assert (disk, database, after) == (["3", "1"], ["1", "3"], ["1", "3"])
    assert (mark, why) == ("kept", "kept: edited by a user")


def test_what_a_person_deleted_is_held_back(site: Site) -> None:
    site.sync()
    site.execute("DELETE FROM clips WHERE title = '第2段：标题'")
    site.sync()
    second = compared(site).clips[1]
    assert (second.mark, said(second.why)) == (Mark.HELD_BACK, "held back: deleted by a user")
    assert not second.in_database


def test_a_record_that_cannot_be_used_is_quarantined_with_or_without_a_row(site: Site) -> None:
    site.sync()
    broken = [clip(1), clip(2), clip(3, start_time="oops"), clip(4, start_time="oops")]
    site.write(broken, [collection(1, [3, 1]), collection(2, [2])])
    found = compared(site).clips
    assert [(item.source_id, item.mark.value, item.in_database) for item in found] == [
        ("1", "same", True),
        ("2", "same", True),
        ("3", "quarantined", True),
        ("4", "quarantined", False),
    ]
    assert said(found[2].why) == "no usable start_time: 'oops'"


def test_a_row_the_file_no_longer_has_goes_unless_somebody_edited_it(site: Site) -> None:
    site.sync()
    site.execute("UPDATE clips SET title = 'mine' WHERE title = '第2段：标题'")
    site.write([clip(1)], [collection(1, [1])])
    found = {item.source_id: item for item in compared(site).clips}
    assert {source: item.mark.value for source, item in found.items()} == {
        "1": "same",
        "2": "kept",
        "3": "delete",
    }
    assert said(found["2"].why) == "kept: edited by a user, though the file no longer has it"
    assert said(found["3"].why) == "no longer in the file"
    assert {pair.after for pair in found["3"].fields} == {None}


def test_a_clip_made_by_hand_is_shown_after_the_others(site: Site) -> None:
    site.sync()
    columns = "project_id, description, status, duration, created_at, updated_at"
    site.execute(
        f"INSERT INTO clips (id, title, start_time, end_time, tags, clip_metadata, {columns}) "
        f"SELECT 'by-hand', '手工', 9000, 9010, '[]', '{{}}', {columns} FROM clips "
        "WHERE title = '第1段：标题'"
    )
    found = compared(site).clips
    assert marks(found)[-1] == (None, "by_hand")
    assert (found[-1].label, found[-1].row_id) == ("手工", "by-hand")


def test_while_nothing_can_be_planned_everything_waits(site: Site) -> None:
    site.sync()
    for file in site.root.rglob("clips_metadata.json"):
        file.write_bytes(b'[{"id": "1"')
    found = compared(site)
    assert found.plan.skipped is not None
    assert {item.mark for item in found.clips} == {Mark.WAITING}
    assert len(found.clips) == 3


def test_unknown_projects_are_errors_and_no_path(site: Site) -> None:
    with pytest.raises(UnknownProjectError):
        compare_project(site.workspace, project_id(9))
    with pytest.raises(InvalidProjectIdError):
        compare_project(site.workspace, "../" + PROJECT)


# -- decisions, one by one ------------------------------------------------------------------------

ROW = ClipRow(
    "row",
    PROJECT,
    "标题",
    None,
    "COMPLETED",
    0,
    60,
    60,
    0.9,
    None,
    None,
    [],
    {},
    "2026-01-01 00:00:00",
    "2026-01-01 00:00:00",
)


def decided(decision: Decision) -> Comparison:
    """The comparison of a plan that holds this one decision."""
    manifest = Manifest(PROJECT, DiskState.COMPLETED, f"/data/projects/{PROJECT}")
    made = ProjectPlan(PROJECT, "名", DiskState.COMPLETED, items=(Item(decision, "标题"),))
    return compare(manifest, Snapshot(PROJECT, clips=(ROW,)), made)


@pytest.mark.parametrize(
    ("fate", "code", "mark"),
    [
        (Fate.KEEP, ReasonCode.EDITED_STALE, Mark.KEPT),
        (Fate.KEEP, ReasonCode.EDITED_DUPLICATE, Mark.KEPT),
        (Fate.KEEP, ReasonCode.KEPT_IN_COLLECTION, Mark.KEPT),
        (Fate.KEEP, ReasonCode.ADOPTED_BY_LOOKS, Mark.KEPT),
        (Fate.KEEP, ReasonCode.NO_MARKER, Mark.KEPT),
        (Fate.KEEP, ReasonCode.NO_FILE_OF_KIND, Mark.KEPT),
        (Fate.KEEP, ReasonCode.UNCLEAR_RECORDS, Mark.KEPT),
        (Fate.KEEP, ReasonCode.RECORD_QUARANTINED, Mark.QUARANTINED),
        (Fate.LEAVE, ReasonCode.STATUS_NOT_OURS, Mark.KEPT),
        (Fate.LEAVE, ReasonCode.BY_HAND, Mark.BY_HAND),
        (Fate.DELETE, ReasonCode.NOT_IN_FILE, Mark.DELETE),
        (Fate.DELETE, ReasonCode.DUPLICATE, Mark.DELETE),
    ],
)
def test_a_row_that_follows_no_record_says_what_was_decided_of_it(
    fate: Fate, code: ReasonCode, mark: Mark
) -> None:
    known = Known(Kind.CLIP, ROW, Origin.LEDGER, "7")
    (only,) = decided(Decision(fate, Reason(code), Kind.CLIP, known=known)).clips
    assert (only.source_id, only.row_id, only.mark, only.why) == ("7", "row", mark, Reason(code))
    after = {pair.name: pair.after for pair in only.fields}
    assert after["title"] == (None if mark is Mark.DELETE else "标题")


@pytest.mark.parametrize(
    ("fate", "code"),
    [
        (Fate.HOLD_BACK, ReasonCode.DELETED_BY_USER),
        (Fate.HOLD_BACK, ReasonCode.MAYBE_DELETED),
        (Fate.HOLD_BACK, ReasonCode.MANY_DELETED),
        (Fate.LEAVE, ReasonCode.DELETIONS_UNKNOWN),
    ],
)
def test_a_record_that_gets_no_row_is_held_back_and_says_why(fate: Fate, code: ReasonCode) -> None:
    record = ClipRecord("7", 0, "标题", "", 0, 60_000, 0.9, "output/clips/7.mp4", False, {})
    (only,) = decided(Decision(fate, Reason(code), Kind.CLIP, record)).clips
    assert (only.source_id, only.row_id, only.mark, only.why, only.in_database) == (
        "7",
        None,
        Mark.HELD_BACK,
        Reason(code),
        False,
    )


# -- collections ----------------------------------------------------------------------------------


def field(item: ComparedItem, name: str) -> tuple[Any, Any, Any, str, str]:
    pair = next(pair for pair in item.fields if pair.name == name)
    return pair.disk, pair.database, pair.after, pair.mark.value, said(pair.why)


def test_a_clip_that_is_held_back_is_in_the_files_list_and_in_no_other(site: Site) -> None:
    site.sync()
    site.execute("DELETE FROM clips WHERE title = '第1段：标题'")
    site.sync()
    first = compared(site).collections[0]
    assert first.mark is Mark.SAME
    assert field(first, "content") == (["3", "1"], ["3"], ["3"], "same", "")


def test_links_that_somebody_broke_are_shown_by_number(site: Site) -> None:
    site.sync()
    gone = site.clip_row("第1段：标题")
    assert site.execute("DELETE FROM clip_collection WHERE clip_id = :id", id=gone) == 1
    first = compared(site).collections[0]
    why = "follows from the collection's content"
    assert differing(first) == {"links": (["3", "1"], ["3"], ["3", "1"], "update", why)}
    assert first.mark is Mark.UPDATE


def test_a_generated_video_is_a_persons_and_a_thumbnail_is_brought(site: Site) -> None:
    """Rule 2."""
    site.sync()
    videos = site.root / "projects" / PROJECT / "output/collections"
    write_file(videos / "合集1.mp4", b"")
    write_file(videos / "1_合集1_thumbnail.jpg", b"")
    site.execute("UPDATE collections SET export_path = '/made/by/me.mp4' WHERE name = '合集1'")
    first = compared(site).collections[0]
    made = "/made/by/me.mp4"
    disk, *exported = field(first, "export_path")
    assert (disk, exported) == (
        "output/collections/合集1.mp4",
        [made, made, "kept", "kept: edited by a user"],
    )
    disk, database, after, mark, why = field(first, "thumbnail_path")
    assert (disk, database) == ("output/collections/1_合集1_thumbnail.jpg", None)
    assert after.endswith(f"{PROJECT}/{disk}")
    assert (mark, why) == ("update", "from disk")


def test_a_clip_that_somebody_chose_stays_and_is_no_other_clip(site: Site) -> None:
    """Rule 4: number 2 is another piece of video now, and the person's list keeps the old one."""
    site.sync()
    chosen = site.clip_row("第2段：标题")
    columns = "project_id, description, status, tags, created_at, updated_at"
    site.execute(
        f"INSERT INTO collections (id, name, clips_count, collection_metadata, {columns}) "
        f"SELECT 'by-hand', '手工', 1, :metadata, {columns} FROM collections WHERE name = '合集1'",
        metadata=json.dumps({"clip_ids": [chosen]}),
    )
    anew = clip(2, start_time="01:00:00,000", end_time="01:01:00,000", generated_title="新")
    site.write([clip(1), anew, clip(3)], [collection(1, [3, 1]), collection(2, [2])])
    found = compared(site)
    assert marks(found.clips) == [
        ("1", "same"),
        ("2", "insert"),
        ("3", "same"),
        ("2", "kept"),
    ]
    assert said(found.clips[-1].why) == "kept: a collection that a user made lists it"
    by_hand = found.collections[-1]
    assert (by_hand.row_id, by_hand.mark) == ("by-hand", Mark.BY_HAND)
    assert field(by_hand, "content")[1:3] == ([chosen], [chosen])
    second = found.collections[1]
    assert field(second, "content") == (["2"], [chosen], ["2"], "update", "from disk")


# -- projects -------------------------------------------------------------------------------------


def test_a_project_that_a_person_deleted_waits_and_says_so(site: Site) -> None:
    """Rule 7."""
    site.sync()
    for table in ("clip_collection", "collections", "clips", "projects"):
        site.execute(f"DELETE FROM {table}")
    found = compared(site)
    assert status_now(found.plan) is AuditStatus.DELETED
    items = (found.project, *found.clips, *found.collections)
    waiting = (Mark.WAITING, Reason(ReasonCode.PROJECT_DELETED))
    assert [(item.mark, item.why) for item in items] == [waiting] * 6
    assert [item.source_id for item in found.clips] == ["1", "2", "3"]


def test_project_rows_that_went_with_many_others_are_lost(site: Site) -> None:
    """Rule 7."""
    others = [project_id(number) for number in (2, 3)]
    for other in others:
        site.write([clip(1)], [], project=other)
    site.sync(None)
    site.execute("DELETE FROM clip_collection")
    for table, column in (
        ("collections", "project_id"),
        ("clips", "project_id"),
        ("projects", "id"),
    ):
        site.execute(f"DELETE FROM {table} WHERE {column} != :kept", kept=others[1])
    found = compared(site)
    assert found.plan.stopped == Reason(ReasonCode.PROJECTS_GONE, {"gone": 2, "known": 3})
    assert status_now(found.plan) is AuditStatus.LOST
    assert {item.mark for item in found.clips} == {Mark.WAITING}


def test_what_the_disk_says_of_a_project_counts_only_when_its_row_is_made(site: Site) -> None:
    site.write([clip(1)], [])
    write_file(site.root / "projects" / PROJECT / "project.json", {"project_name": "磁盘上的名"})
    site.sync()
    site.execute("UPDATE projects SET name = '改过的名'")
    name = compared(site).project.fields[0]
    assert (name.disk, name.database, name.after, name.mark) == (
        "磁盘上的名",
        "改过的名",
        "改过的名",
        Mark.SAME,
    )
    assert name.why == Reason(ReasonCode.ONLY_WHEN_MADE)
