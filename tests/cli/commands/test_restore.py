"""`clipsync restore`: what was deleted comes back on purpose only."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Clipsync
from tests.support.autoclip_files import write_file
from tests.support.site import PROJECT, Site


@pytest.fixture
def deleted(site: Site) -> tuple[str, str]:
    """Row ids of a clip and a collection that somebody deleted, and that a sync saw gone."""
    site.sync()
    clip_row = site.clip_row("第2段：标题")
    (collection_row,) = [row["id"] for row in site.rows("collections") if row["name"] == "合集1"]
    site.execute("DELETE FROM clips WHERE id = :id", id=clip_row)
    site.execute("DELETE FROM collections WHERE id = :id", id=collection_row)
    write_file(
        site.root / "projects" / PROJECT / "deleted_collections.json",
        {"deleted_collection_ids": [collection_row]},
    )
    site.sync()
    assert (len(site.rows("clips")), len(site.rows("collections"))) == (2, 1)
    return clip_row, collection_row


def test_without_a_choice_it_lists_what_there_is_and_changes_nothing(
    clipsync: Clipsync, site: Site, deleted: tuple[str, str]
) -> None:
    before = site.state()
    assert clipsync("restore", PROJECT).out.splitlines() == [
        "Held back, because somebody deleted it:",
        "  --clip 2  “第2段：标题”",
        "  --collection 1  “合集1”",
        "To bring it back, give these options, or --all.",
    ]
    assert clipsync("restore", PROJECT, "--json").json == {
        "project_id": PROJECT,
        "held_back": [
            {
                "kind": kind,
                "source_id": source_id,
                "row_id": row_id,
                "label": label,
                "reason": "deleted",
            }
            for kind, source_id, row_id, label in (
                ("clip", "2", deleted[0], "第2段：标题"),
                ("collection", "1", deleted[1], "合集1"),
            )
        ],
    }
    assert site.state() == before


def test_a_clip_comes_back_under_its_old_id(
    clipsync: Clipsync, site: Site, deleted: tuple[str, str]
) -> None:
    outcome = clipsync("restore", PROJECT, "--clip", "2", "--json")
    assert (outcome.status, outcome.json["success"]) == (0, True)
    assert outcome.json["run_id"].startswith("restore-")
    assert outcome.json["clips_synced"] == 3
    assert site.clip_row("第2段：标题") == deleted[0]
    assert len(site.rows("collections")) == 1


def test_all_brings_everything_back(
    clipsync: Clipsync, site: Site, deleted: tuple[str, str]
) -> None:
    outcome = clipsync("restore", PROJECT, "--all")
    assert outcome.status == 0
    assert "  3 clips and 2 collections agree on disk and in the database." in outcome.out
    assert clipsync("restore", PROJECT).out == (
        "Nothing is held back in this project: no sync has seen a deletion.\n"
    )


def test_several_are_named_by_repeating_the_option(
    clipsync: Clipsync, site: Site, deleted: tuple[str, str]
) -> None:
    assert clipsync("restore", PROJECT, "--clip", "2", "--collection", "1").status == 0
    assert (len(site.rows("clips")), len(site.rows("collections"))) == (3, 2)


@pytest.mark.parametrize(
    "wanted, expected",
    [
        (("--clip", "99"), "nothing holds back clip 99; what could be restored: clip 2, coll"),
        (("--clip", "2", "--collection", "9"), "nothing holds back collection 9; what could be"),
        (("--collection", "\x1b[31m"), "nothing holds back collection "),
    ],
    ids=["clip", "one of two", "escape"],
)
def test_what_nothing_holds_back_is_told_and_nothing_is_restored(
    clipsync: Clipsync,
    site: Site,
    deleted: tuple[str, str],
    wanted: tuple[str, ...],
    expected: str,
) -> None:
    before = site.state()
    assert expected in clipsync("restore", PROJECT, *wanted).complaint
    assert site.state() == before
