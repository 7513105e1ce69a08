"""Undo: rows come back exactly, unless someone changed them since."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clipsync.errors import UnknownRunError
from clipsync.ledger import store
from clipsync.operations.runs import RunContext
from clipsync.operations.undoing import undo_run
from tests.support.autoclip_files import clip, collection
from tests.support.site import PROJECT, Site


def last_run(site: Site) -> str:
    with site.workspace.engine.connect() as conn:
        return store.list_runs(conn, limit=1)[0].run_id


def undo(site: Site, run_id: str):
    return undo_run(site.workspace, run_id, None, run=RunContext.for_command("undo"))


def test_undoing_a_first_sync_takes_everything_back(site: Site) -> None:
    before = site.everything()
    site.sync()

    (result,) = undo(site, last_run(site))

    assert (result.restored, result.left) == (8, ())
    assert site.everything() == before


def test_undo_restores_rows_exactly_ids_and_times_and_foreign_columns_included(site: Site) -> None:
    site.sync()
    # Columns that no snapshot has, and a title that a person gave.
    site.execute("UPDATE clips SET thumbnail_path = '/t/' || id, processing_step = 6")
    first = site.rows("clips")[0]["id"]
    site.execute("UPDATE clips SET title = '我的' WHERE id = :id", id=first)
    site.sync()
    before = site.everything()
    site.write(
        [clip(1, generated_title="改1", final_score=0.1), clip(2, recommend_reason="改")],
        [collection(1, [2, 1], collection_title="改")],
    )
    site.sync(allow_deletes=True)
    assert site.everything() != before

    (result,) = undo(site, last_run(site))

    assert result.left == ()
    assert site.everything() == before


def test_what_someone_changed_since_is_left_and_reported(site: Site) -> None:
    site.sync()
    site.write(
        [clip(number, generated_title=f"新{number}") for number in (1, 2, 3)],
        [collection(1, [3, 1]), collection(2, [2])],
    )
    site.sync()
    run_id = last_run(site)
    edited = next(row["id"] for row in site.rows("clips") if row["title"] == "新2")
    site.execute("UPDATE clips SET title = '后来' WHERE id = :id", id=edited)

    (result,) = undo(site, run_id)

    assert [left.as_dict() for left in result.left] == [
        {
            "table": "clips",
            "row_id": edited,
            "reason": "changed since: title",
            "why": {"code": "changed_since", "values": {"columns": ["title"]}},
        }
    ]
    assert site.titles() == ["后来", "第1段：标题", "第3段：标题"]


def test_an_undo_can_be_undone(site: Site) -> None:
    site.sync()
    after = site.everything()
    undo(site, last_run(site))

    undo(site, last_run(site))

    assert site.everything() == after


def test_after_an_undo_the_next_sync_makes_the_same_changes_again(site: Site) -> None:
    site.sync()
    ids = {row["id"] for row in site.rows("clips")}
    undo(site, last_run(site))

    (result,) = site.sync()

    assert result.clips_synced == 3
    assert {row["id"] for row in site.rows("clips")} == ids


def test_an_edit_outlives_the_undo_of_a_later_sync(site: Site) -> None:
    site.sync()
    edited = next(row["id"] for row in site.rows("clips") if row["title"].startswith("第2"))
    site.execute("UPDATE clips SET title = '我的' WHERE id = :id", id=edited)
    site.write(
        [clip(number, recommend_reason="新") for number in (1, 2, 3)],
        [collection(1, [3, 1]), collection(2, [2])],
    )
    site.sync()
    undo(site, last_run(site))

    site.sync()

    assert "我的" in site.titles()


def test_a_clip_people_put_into_a_collection_since_stays(site: Site) -> None:
    site.sync()
    run_id = last_run(site)
    used = site.rows("clips")[0]["id"]
    site.execute(
        "INSERT INTO collections (id, project_id, name, status, collection_metadata, created_at, "
        "updated_at) VALUES ('mine', :project, '我的合集', 'CREATED', :metadata, "
        "'2026-01-01 00:00:00', '2026-01-01 00:00:00')",
        project=PROJECT,
        metadata=f'{{"clip_ids": ["{used}"], "collection_type": "manual"}}',
    )

    (result,) = undo(site, run_id)

    assert {(left.table.value, left.row_id) for left in result.left} == {
        ("clips", used),
        ("projects", PROJECT),
    }
    assert [row["id"] for row in site.rows("clips")] == [used]


def test_an_unknown_run_is_bad_input(site: Site) -> None:
    with pytest.raises(UnknownRunError, match="clipsync history"):
        undo(site, "nonsense")


def test_an_unknown_run_is_told_before_anything_is_written(site: Site) -> None:
    before = site.state()
    with pytest.raises(UnknownRunError):
        undo(site, "nonsense")
    assert site.state() == before


CLIPS = [clip(1), clip(2), clip(3)]


def metadata(site: Site) -> dict[str, Any]:
    stored = site.rows("collections")[0]["collection_metadata"]
    return json.loads(stored) if isinstance(stored, str) else stored


def rearrange(site: Site) -> list[str]:
    """A person turns the collection's order round; gives it."""
    mine = metadata(site)["clip_ids"][::-1]
    text = json.dumps({**metadata(site), "clip_ids": mine})
    site.execute("UPDATE collections SET collection_metadata = :text", text=text)
    return mine


def test_rule_3_a_persons_order_survives_an_undo(site: Site) -> None:
    site.write(CLIPS, [collection(1, [1, 2])])
    site.sync()
    mine = rearrange(site)
    site.sync()
    site.write(CLIPS, [collection(1, [1, 2], collection_summary="新")])
    site.sync()

    undo(site, last_run(site))
    site.sync()

    assert metadata(site)["clip_ids"] == mine
    assert site.rows("collections")[0]["description"] == "新"


def test_a_persons_order_survives_the_undo_of_a_sync_that_added_to_it(site: Site) -> None:
    site.write(CLIPS, [collection(1, [1, 2])])
    site.sync()
    mine = rearrange(site)
    site.sync()
    site.write(CLIPS, [collection(1, [1, 2, 3])])
    site.sync()
    added_to = metadata(site)["clip_ids"]
    assert [clip for clip in added_to if clip in mine] == mine

    undo(site, last_run(site))
    assert metadata(site)["clip_ids"] == mine
    site.sync()

    assert metadata(site)["clip_ids"] == added_to


@pytest.mark.parametrize(
    "changed",
    [{"collection_title": "新名"}, {"collection_summary": "新"}, {"clip_ids": ["3", "1"]}],
    ids=["name", "description", "content"],
)
def test_the_sync_after_an_undo_makes_the_same_changes_again(
    site: Site, changed: dict[str, Any]
) -> None:
    site.write(CLIPS, [collection(1, [1, 2])])
    site.sync()
    before = site.rows("collections")
    site.write(CLIPS, [{**collection(1, [1, 2]), **changed}])
    site.sync()
    after = [{**row, "updated_at": None} for row in site.rows("collections")]

    undo(site, last_run(site))
    assert site.rows("collections") == before
    site.sync()

    assert [{**row, "updated_at": None} for row in site.rows("collections")] == after
