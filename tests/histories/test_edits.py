"""Rule 2: a person's values are merged field by field, and what nobody edited follows the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.histories.home import Home, Record, clip, coll, five, reversed_numbers

FIELDS = [
    ("clips", "title"),
    ("clips", "description"),
    ("collections", "name"),
    ("collections", "description"),
]
KEYS = {
    ("clips", "title"): "generated_title",
    ("clips", "description"): "recommend_reason",
    ("collections", "name"): "collection_title",
    ("collections", "description"): "collection_summary",
}
MERGES = [
    # file then, file now, in the database, after the sync, finding
    ("a", "a", "a", "a", None),
    ("a", "b", "a", "b", None),
    ("a", "a", "x", "x", None),
    ("a", "b", "x", "x", "edit_conflict"),
    ("a", "b", "b", "b", None),
    ("a", "x", "x", "x", None),
]
EMPTIED = [("a", "a", "", "", None), ("a", "b", "", "", "edit_conflict")]


def written(home: Home, table: str, column: str, value: str) -> None:
    more = {KEYS[table, column]: value}
    is_clip = table == "clips"
    home.write(
        [clip(1, **(more if is_clip else {})), clip(2)],
        [coll(1, [1, 2], **({} if is_clip else more))],
    )


@pytest.mark.parametrize("table, column", FIELDS)
@pytest.mark.parametrize("then, now, inside, after, finding", MERGES)
def test_merge(
    home: Home,
    table: str,
    column: str,
    then: str,
    now: str,
    inside: str,
    after: str,
    finding: str | None,
) -> None:
    """Rule 2, every case, for each field that people can edit."""
    written(home, table, column, then)
    home.sync()
    row_id = home.clip(1) if table == "clips" else home.rows("collections")[0]["id"]
    if inside != then:
        home.set(table, row_id, **{column: inside})
    written(home, table, column, now)
    said = home.sync()
    assert home.row(table, row_id)[column] == after  # type: ignore[index]
    assert said.codes == ({finding} if finding else set())


@pytest.mark.parametrize("table", ["clips", "collections"])
@pytest.mark.parametrize("then, now, inside, after, finding", EMPTIED)
def test_an_emptied_description_is_an_edit(
    home: Home, table: str, then: str, now: str, inside: str, after: str, finding: str | None
) -> None:
    """Rule 2: an emptied field is an edit too."""
    written(home, table, "description", then)
    home.sync()
    row_id = home.clip(1) if table == "clips" else home.rows("collections")[0]["id"]
    home.set(table, row_id, description=inside)
    written(home, table, "description", now)
    said = home.sync()
    assert home.row(table, row_id)["description"] == after  # type: ignore[index]
    assert said.codes == ({finding} if finding else set())


def test_an_edit_taken_back_follows_the_file_again(home: Home) -> None:
    """Rule 2: equal to base again, so it is no edit any more."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.sync()
    home.edit_clip(home.clip(1), title="T1")
    home.sync()
    home.write([clip(1, title="New"), *five()[1:]])
    home.sync()
    assert home.titles()[1] == "New"


def test_an_edit_outlives_many_retries(home: Home) -> None:
    """Rule 2: the file changes its mind four times."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    for n in range(4):
        home.write([clip(1, title=f"New{n}"), *five()[1:]])
        home.sync()
        assert home.titles()[1] == "Mine"


def test_an_edit_that_the_file_takes_over_is_the_files_from_then_on(home: Home) -> None:
    """Rule 2: person and file agree; then the file changes, and nobody edited since."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.sync()
    home.write([clip(1, title="Mine"), *five()[1:]])
    home.sync()
    home.write([clip(1, title="New"), *five()[1:]])
    home.sync()
    assert home.titles()[1] == "New"


def test_an_edit_by_sql_without_a_time_stamp_is_an_edit(home: Home) -> None:
    """Rule 2 judges by values, never by `updated_at`."""
    home.write()
    home.sync()
    home.set("clips", home.clip(1), quietly=True, title="Mine")
    home.write([clip(1, title="New"), *five()[1:]])
    home.sync()
    assert home.titles()[1] == "Mine"


def test_only_the_edited_field_is_kept(home: Home) -> None:
    """Rule 2, field by field: title by a person, description by the file."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.write([clip(1, title="New", recommend_reason="new reason"), *five()[1:]])
    home.sync()
    row = home.row("clips", home.clip(1))
    assert row is not None and (row["title"], row["description"]) == ("Mine", "new reason")


@pytest.mark.parametrize(
    "column, value",
    [("start_time", 7), ("end_time", 999), ("duration", 1), ("score", 0.1), ("status", "PENDING")],
)
def test_all_other_fields_are_ours(home: Home, column: str, value: Any) -> None:
    """Rule 2: somebody changed by SQL what no page lets a person edit."""
    home.write()
    home.sync()
    row_id = home.clip(1)
    before = home.row("clips", row_id)
    home.set("clips", row_id, **{column: value})
    home.sync()
    assert home.row("clips", row_id)[column] == before[column]  # type: ignore[index]


def test_prefer_disk_takes_the_files(home: Home) -> None:
    """Someone says that the file shall win in this project."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.sync()
    home.sync("--prefer", "disk")
    assert home.titles()[1] == "T1"


# -- where no ledger tells the base ---------------------------------------------------------------


def test_an_old_dump_of_the_clips_is_no_edit(home: Home) -> None:
    """Rule 2: old titles equal the record stored in their own rows; the file's come."""
    home.write()
    home.sync()
    dump = home.rows("clips")
    home.write([clip(1, title="Better"), *five()[1:]])
    home.sync()
    home.put_back("clips", dump)
    home.sync()
    assert home.titles()[1] == "Better"


def test_an_old_dump_with_an_edit_in_it_is_an_edit(home: Home) -> None:
    """Rule 2: the title in the dump is not what its row was made from."""
    home.write()
    home.sync()
    home.edit_clip(home.clip(2), title="Mine")
    dump = home.rows("clips")
    home.sync()
    home.write([clip(number, title=f"New{number}") for number in range(1, 6)])
    home.sync()
    home.put_back("clips", dump)
    home.sync()
    assert home.titles() == {1: "New1", 2: "Mine", 3: "New3", 4: "New4", 5: "New5"}


def test_an_old_dump_brings_no_row_twice(home: Home) -> None:
    """Rules 1, 5: a dump from before a re-import has the old ids; one row for each piece."""
    home.write()
    home.sync()
    dump = home.rows("clips")
    home.reimport(five())
    home.edit_clip(home.clip(4), title="Mine")
    home.sync()
    home.put_back("clips", [*dump, *home.rows("clips")])
    home.sync()
    assert home.titles() == {1: "T1", 2: "T2", 3: "T3", 4: "Mine", 5: "T5"}


def test_an_old_dump_without_a_clip_of_today(home: Home) -> None:
    """Rule 7: of six known rows one is gone with the dump; the others are there: a deletion, or
    the dump's; AutoClip's rows alone can't tell, so it is held back, and comes back on demand."""
    home.write()
    home.sync()
    dump = home.rows("clips")
    home.write([*five(), clip(6)])
    home.sync()
    home.put_back("clips", dump)
    home.sync()
    home.restore("--all")
    assert home.titles() == {piece: f"T{piece}" for piece in range(1, 7)}


def test_an_old_dump_of_the_links_is_repaired(home: Home) -> None:
    """Rule 3: the list counts, the links follow."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    home.arrange_pieces("C1", 2, 1, 3)
    home.sync()
    with home.autoclip() as conn:
        conn.execute(sa.text("DELETE FROM clip_collection"))
    home.sync()
    assert home.lists() == [("C1", [2, 1, 3])]


def test_an_untouched_clip_of_an_earlier_attempt_is_renamed(home: Home) -> None:
    """Rule 2: first contact; its stored record says what it was made from."""
    home.write()
    home.insert_project()
    home.insert([clip(1, title="Old"), *five()[1:]])
    home.sync()
    assert home.titles()[1] == "T1"


def test_an_edited_clip_of_an_earlier_attempt_is_kept(home: Home) -> None:
    """Rule 2: first contact; the title is not what its record says."""
    home.write()
    home.insert_project()
    home.insert([clip(1, title="Old"), *five()[1:]])
    home.edit_clip(home.clip(1), title="Mine")
    home.sync()
    assert home.titles()[1] == "Mine"


def test_an_untouched_collection_of_an_earlier_attempt_is_renamed(home: Home) -> None:
    """Rule 2: never written since its insert, so nobody named it."""
    home.write(five(), [coll(1, [1, 2], name="New")])
    home.insert_project()
    home.insert(five(), [coll(1, [1, 2], name="Old")])
    home.sync()
    assert home.lists() == [("New", [1, 2])]


def test_a_touched_collection_of_an_earlier_attempt_is_kept_and_told(home: Home) -> None:
    """Rule 2: nothing tells whose name it is."""
    home.write(five(), [coll(1, [1, 2], name="New")])
    home.insert_project()
    home.insert(five(), [coll(1, [1, 2], name="Old")])
    home.edit_coll(home.coll("Old"), name="Mine")
    assert "kept_unknown_edit" in home.sync().codes
    assert home.lists() == [("Mine", [1, 2])]


def test_an_unknown_edit_is_kept_for_good(home: Home) -> None:
    """Rule 2: what was kept once is not taken at the next retry."""
    home.write(five(), [coll(1, [1, 2], name="New")])
    home.insert_project()
    home.insert(five(), [coll(1, [1, 2], name="Old")])
    home.edit_coll(home.coll("Old"), name="Mine")
    home.sync()
    home.write(five(), [coll(1, [1, 2], name="Newer")])
    home.sync()
    assert home.lists() == [("Mine", [1, 2])]


# -- values that do not fit, and values that are equal --------------------------------------------


def test_a_title_that_was_cut_to_fit_is_no_edit(home: Home) -> None:
    """Rules 2, 13: the row holds 255 characters of it; the file's next title comes."""
    home.write([clip(1, title="长" * 300), clip(2)])
    assert "cut_to_fit" in home.sync().codes
    assert home.titles()[1] == "长" * 255
    home.write([clip(1, title="New"), clip(2)])
    home.sync()
    assert home.titles()[1] == "New"


def test_a_title_that_autoclip_stored_whole_is_no_edit(home: Home) -> None:
    """Rules 2, 13: SQLite lets AutoClip store all 300; the base before it was cut is equal."""
    home.write([clip(1, title="长" * 300), clip(2)])
    home.sync()
    home.reimport([clip(1, title="长" * 300), clip(2)])
    home.sync()
    home.write([clip(1, title="New"), clip(2)])
    home.sync()
    assert home.titles()[1] == "New"


def test_an_edited_long_title_stays(home: Home) -> None:
    """Rules 2, 13."""
    home.write([clip(1, title="长" * 300), clip(2)])
    home.sync()
    home.edit_clip(home.clip(1), title="Mine")
    home.sync()
    assert home.titles()[1] == "Mine"


def test_two_spellings_of_one_title_are_one(home: Home) -> None:
    """Rule 10: composed and decomposed Unicode; nothing is written, nobody edited."""
    home.write([clip(1, title="Caf\u00e9"), clip(2)])
    home.sync()
    home.set("clips", home.clip(1), title="Cafe\u0301")
    state = home.state()
    home.sync()
    assert home.state() == state
    home.write([clip(1, title="New"), clip(2)])
    home.sync()
    assert home.titles()[1] == "New"


def test_an_empty_and_a_missing_description_are_one(home: Home) -> None:
    """Rule 10: NULL and "" are the same; no change, no edit."""
    home.write([clip(1, recommend_reason=""), clip(2)])
    home.sync()
    home.set("clips", home.clip(1), description=None)
    state = home.state()
    home.sync()
    assert home.state() == state


# -- generated videos of collections ----------------------------------------------------------


def generate_video(home: Home, name: str) -> dict[str, str]:
    """A person presses "generate video": AutoClip writes the file and both columns."""
    row_id = home.coll(name)
    directory = home.dir() / "output/collections"
    directory.mkdir(parents=True, exist_ok=True)
    paths = {
        "export_path": str(directory / f"{name}.mp4"),
        "thumbnail_path": str(directory / f"{row_id}_{name}_thumbnail.jpg"),
    }
    for path in paths.values():
        Path(path).write_bytes(b"video")
    home.edit_coll(row_id, **paths)
    return paths


def paths_of(home: Home, name: str) -> dict[str, str]:
    row = home.row("collections", home.coll(name))
    assert row is not None
    return {column: row[column] for column in ("export_path", "thumbnail_path")}


def test_a_generated_video_is_a_persons(home: Home) -> None:
    """Rule 2: export_path and thumbnail_path stay, sync after sync."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    paths = generate_video(home, "C1")
    home.sync()
    home.sync()
    assert paths_of(home, "C1") == paths


RETRIES: dict[str, tuple[list[Record], list[Record]]] = {
    "renamed": (five(), [coll(1, [1, 2], name="New")]),
    "other clips": (five(), [coll(1, [1, 2, 3])]),
    "renumbered": (five(), [coll(8, [1, 2])]),
    "clips renumbered": (reversed_numbers(five()), [coll(1, [5, 4])]),
}


@pytest.mark.parametrize("retry", RETRIES)
def test_a_generated_video_outlives_a_retry(home: Home, retry: str) -> None:
    """Rules 1, 2: whatever the pipeline calls the collection now."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    paths = generate_video(home, "C1")
    home.sync()
    home.write(*RETRIES[retry])
    home.sync()
    (row,) = home.rows("collections")
    assert {name: row[name] for name in paths} == paths


def test_a_generated_video_outlives_a_loss(home: Home) -> None:
    """Rules 2, 7: the row comes back with what the person had."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    paths = generate_video(home, "C1")
    home.sync()
    home.lose("collections")
    home.sync()
    assert paths_of(home, "C1") == paths


def test_a_generated_video_outlives_its_dropped_collection(home: Home) -> None:
    """Rules 2, 6: a person worked on it, so the row stays when the file drops it."""
    home.write(five(), [coll(1, [1, 2]), coll(2, [3])])
    home.sync()
    paths = generate_video(home, "C1")
    home.sync()
    home.write(five(), [coll(2, [3])])
    home.sync()
    assert paths_of(home, "C1") == paths


def test_a_thumbnail_on_disk_is_brought(home: Home) -> None:
    """Rule 2: the disk has one and the row has none."""
    home.write(five(), [coll(1, [1, 2])], collection_videos=["C1.mp4", "1_C1_thumbnail.jpg"])
    home.sync()
    assert paths_of(home, "C1")["thumbnail_path"].endswith("output/collections/1_C1_thumbnail.jpg")


def test_a_thumbnail_on_disk_does_not_replace_a_persons(home: Home) -> None:
    """Rule 2: theirs is of the video that they generated."""
    home.write(five(), [coll(1, [1, 2])])
    home.sync()
    paths = generate_video(home, "C1")
    home.sync()
    home.write(five(), [coll(1, [1, 2])], collection_videos=["1_C1_thumbnail.jpg"])
    home.sync()
    assert paths_of(home, "C1") == paths
