"""Side by side: every field says what becomes of it, and why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clipsync.errors import InvalidProjectIdError, UnknownProjectError
from clipsync.messages import AnyReason, render
from clipsync.operations.comparing import ComparedItem, Comparison, Mark, compare_project
from tests.support.autoclip_files import clip, collection, project_id
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
