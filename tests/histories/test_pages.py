"""Rules 10 to 14, and the audit: what is not ours stays, and what pages show is told."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.histories.home import Home, clip, coll, five
from tests.support.autoclip_app import CLIPS, COLLECTIONS, LINKS
from tests.support.autoclip_files import project_id

ALL = {1: "T1", 2: "T2", 3: "T3", 4: "T4", 5: "T5"}


def add_link(home: Home, clip_id: str, collection_id: str, index: int = 0) -> None:
    with home.autoclip() as conn:
        row = {"clip_id": clip_id, "collection_id": collection_id, "order_index": index}
        conn.execute(sa.insert(LINKS), [row])


def test_links_of_nobody_are_named_and_removed(home: Home) -> None:
    """Rule 14: clip and collection are both gone."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    state = home.state()
    add_link(home, "gone-1", "gone-2")
    said = home.audit()
    assert said.codes & {"orphan_link", "links_of_nobody"}
    home.sync_all()
    assert home.state() == state


def test_removed_links_of_nobody_are_journaled(home: Home) -> None:
    """Rules 14, 15: undo puts them back."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    add_link(home, "gone-1", "gone-2")
    state = home.state()
    home.sync_all()
    assert home.state() != state
    home.undo()
    assert home.state() == state


def test_links_of_a_hand_made_collection_are_not_nobodys(home: Home) -> None:
    """Rules 6, 14."""
    home.write()
    home.sync()
    mine = home.make_coll("Mine", [home.clip(1)])
    add_link(home, home.clip(1), mine)
    home.sync_all()
    assert home.links(mine) == [home.clip(1)]


@pytest.mark.parametrize("table", ["clips", "collections"])
def test_rows_of_no_project_are_named_never_touched(home: Home, table: str) -> None:
    """Rule 14."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    row = {**home.rows(table)[0], "id": "of-nobody", "project_id": project_id(9)}
    with home.autoclip() as conn:
        conn.execute(sa.insert(CLIPS if table == "clips" else COLLECTIONS), [row])
    home.sync_all()
    assert home.row(table, "of-nobody") == row
    assert "of-nobody" in home.audit().text or home.audit().codes


def test_a_second_sync_writes_nothing(home: Home) -> None:
    """Rule 10: not a row, not a time stamp."""
    home.write(five(), [coll(1, [1, 2])])
    home.insert_project()
    home.insert(five(), [coll(1, [1, 2])])
    home.edit_clip(home.clip(2), title="Mine")
    home.sync()
    state = home.state()
    home.sync()
    home.sync_all()
    assert home.state() == state


def test_rows_that_did_not_change_keep_their_time(home: Home) -> None:
    """Rule 10: one title changes, four rows are not written."""
    home.write()
    home.sync()
    before = {row["id"]: row["updated_at"] for row in home.rows("clips")}
    home.write([clip(1, title="New"), *five()[1:]])
    home.sync()
    changed = [row["id"] for row in home.rows("clips") if row["updated_at"] != before[row["id"]]]
    assert changed == [home.clip(1)]


@pytest.mark.parametrize(
    "values",
    [
        {"clips_count": 0},
        {"clips_count": 7},
        {"status": "CREATED"},
        {"name": "Mine", "clips_count": 0},
    ],
)
def test_the_audit_says_when_a_page_is_wrong(home: Home, values: dict[str, Any]) -> None:
    """Audit: what a page would display."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    home.edit_coll(home.coll("C1"), **values)
    assert not home.audit().json["consistent"]
    home.sync()
    assert home.audit().json["consistent"]


def test_the_audit_says_when_the_page_of_a_kept_collection_is_wrong(home: Home) -> None:
    """Audit: also for a row that stays for another reason (edited_stale)."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [3])])
    home.sync()
    row_id = home.coll("C1")
    home.edit_coll(row_id, name="Mine")
    home.sync()
    home.write(five(), [coll(2, [3])])
    home.sync()
    home.set("collections", row_id, clips_count=0)
    assert not home.audit().json["consistent"]
    home.sync()
    assert home.row("collections", row_id)["clips_count"] == 2  # type: ignore[index]


def test_the_audit_says_when_a_clip_is_there_twice(home: Home) -> None:
    """Audit: AutoClip's own sync inserted it again."""
    home.write()
    home.sync()
    home.insert([clip(3)])
    assert not home.audit().json["consistent"]


def test_edits_and_deletions_are_consistent(home: Home) -> None:
    """Audit: a person's choice is no problem."""
    home.write(five(), [coll(1, [1, 2, 3])])
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.arrange_pieces("C1", 3, 1)
    home.delete_clip(5)
    home.make_clip(9)
    home.sync()
    said = home.audit().json
    assert said["consistent"]
    assert said["totals"]["consistency_percent"] == 100.0


def test_paths_of_another_machine_are_left(home: Home) -> None:
    """Rule 12: they agree below the project's directory."""
    home.write()
    home.insert_project()
    home.insert(five())
    row_id = home.clip(1)
    path = home.row("clips", row_id)["video_path"]  # type: ignore[index]
    elsewhere = path.replace(str(home.data), "/app/data")
    home.set("clips", row_id, quietly=True, video_path=elsewhere)
    home.sync()
    assert home.row("clips", row_id)["video_path"] == elsewhere  # type: ignore[index]


def test_new_rows_take_autoclips_prefix(home: Home) -> None:
    """Rule 12: the other rows say /app/data."""
    home.write()
    home.insert_project()
    home.insert(five()[:4])
    for row in home.rows("clips"):
        path = row["video_path"].replace(str(home.data), "/app/data")
        home.set("clips", row["id"], quietly=True, video_path=path)
    home.sync()
    path = home.row("clips", home.clip(5))["video_path"]  # type: ignore[index]
    assert path.startswith(f"/app/data/projects/{project_id(1)}/output/clips/")


@pytest.mark.parametrize(
    "spoilt",
    [{"start_time": None}, {"start_time": "soon"}, {"generated_title": "", "outline": ""}],
)
def test_a_bad_record_is_not_a_bad_project(home: Home, spoilt: dict[str, Any]) -> None:
    """Rule 11: quarantined; its row and a person's title stay; released once it is valid."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(2), title="Mine")
    home.sync()
    home.write([clip(1, title="New"), {**clip(2), **spoilt}, *five()[2:]])
    said = home.sync()
    assert said.json["quarantined"] == 1
    assert home.titles() == {**ALL, 1: "New", 2: "Mine"}
    home.write()
    home.sync()
    assert home.titles() == {**ALL, 2: "Mine"}


def test_a_bad_project_is_not_a_bad_run(home: Home) -> None:
    """Rule 11."""
    home.write(project=1)
    home.write(b"[{", project=2)
    home.write(project=3)
    said = home.sync_all(status=1)
    assert said.json["total_failed"] == 1
    assert home.titles(1) == home.titles(3) == ALL


def test_an_end_before_its_start_is_kept(home: Home) -> None:
    """Rule 13."""
    home.write([clip(1), clip(2, end_time="00:02:00,000"), clip(3)])
    assert "negative_duration" in home.sync().codes
    assert home.titles() == {1: "T1", 2: "T2", 3: "T3"}


def test_hostile_titles_are_only_text(home: Home) -> None:
    """Data is hostile input."""
    title = "'); DROP TABLE clips; --\u202e<script>/../../etc/passwd"
    home.write([clip(1, title=title), clip(2)])
    home.sync()
    assert home.titles() == {1: title, 2: "T2"}


def test_autoclip_may_sync_at_the_same_moment(home: Home) -> None:
    """AutoClip's and our rows are both there for one night only."""
    home.write()
    home.sync()
    home.insert(five(), [])
    home.sync()
    home.insert(five(), [])
    home.sync()
    assert home.titles() == ALL
