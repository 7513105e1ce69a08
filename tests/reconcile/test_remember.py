"""Remember: what is known of every row, and where that comes from (rules 1 and 2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clipsync.model.base import Base, BaseRow, Tombstone, TombstoneReason
from clipsync.model.decision import Known, Origin
from clipsync.model.manifest import Kind
from clipsync.model.plan import Op, ProjectPlan
from clipsync.model.snapshot import BrokenJson, ClipRow
from clipsync.reconcile import remember
from clipsync.reconcile.findings import Findings
from clipsync.reconcile.options import PlanOptions
from clipsync.reconcile.scene import Scene
from tests.reconcile.worlds import (
    DIRECTORY,
    PROJECT,
    TOUCHED,
    World,
    autoclip_clip_row,
    autoclip_collection_row,
    clip_record,
    collection_record,
    manifest,
    project_row,
)

CLIP = clip_record(1)
SAID = {"title": "片段1", "description": "理由1"}
"""What the file says of clip 1."""


def scene_of(world: World) -> Scene:
    return Scene(world.disk, world.snapshot(), world.base, PlanOptions())


def codes(plan: ProjectPlan) -> dict[str, str]:
    """Code to subject of every finding."""
    return {finding.code: finding.subject for finding in plan.findings}


# -- one clip's row --------------------------------------------------------------------------------


def clip_known(row: ClipRow, ledger: BaseRow | None = None) -> Known:
    world = World(manifest([CLIP]), clips={row.id: row})
    world.base = Base(PROJECT, known=True, rows=() if ledger is None else (ledger,))
    (known,) = remember.clips(scene_of(world), Findings(PROJECT))
    return known


def ledger_row(**values: Any) -> BaseRow:
    return BaseRow(
        **{
            "kind": Kind.CLIP,
            "source_id": "7",
            "row_id": "a",
            "file_values": SAID,
            "kept_values": SAID,
            "start_ms": 60_250,
            "end_ms": 110_750,
            **values,
        }
    )


def test_what_the_ledger_knows_of_a_row_is_known_of_it() -> None:
    row = autoclip_clip_row(CLIP, "a")

    assert clip_known(row, ledger_row(stands=False, by_looks=True)) == Known(
        kind=Kind.CLIP,
        row=row,
        origin=Origin.LEDGER,
        source_id="7",
        span=(60_250, 110_750),
        base=SAID,
        stands=False,
        by_looks=True,
    )


def test_a_row_seen_for_the_first_time_tells_what_it_was_made_from() -> None:
    row = autoclip_clip_row(CLIP, "a", title="我的", updated_at=TOUCHED)

    assert clip_known(row) == Known(
        kind=Kind.CLIP,
        row=row,
        origin=Origin.ROW,
        source_id="1",
        span=(60_000, 110_000),
        base=SAID,
        edits=frozenset({"title"}),
    )


def test_a_row_that_tells_nothing_was_made_by_hand() -> None:
    row = autoclip_clip_row(CLIP, "a", clip_metadata=None, title="我做的")

    assert clip_known(row) == Known(Kind.CLIP, row, Origin.NOBODY, None, (60_000, 110_000))


@pytest.mark.parametrize(
    ("base", "stored", "row", "edited"),
    [
        ("甲", "甲", "甲", False),
        ("甲", "甲", "我的", True),
        ("甲", "甲", "", True),
        ("甲", "甲", None, True),
        # An older dump was restored: the row says what its own stored record says.
        ("乙", "甲", "甲", False),
        # AutoClip rewrote the record in the row; the row still says what the ledger knows.
        ("甲", "乙", "甲", False),
        # Equal in another spelling.
        ("é", "é", "e\u0301", False),
        ("", "", None, False),
        # The base before it was cut to fit.
        ("长" * 300, "长" * 300, "长" * 255, False),
        ("长" * 255, "长" * 300, "长" * 300, False),
    ],
)
def test_what_is_an_edit(base: str, stored: str, row: str | None, edited: bool) -> None:
    """Rule 2."""
    held = autoclip_clip_row(clip_record(1, title=stored), "a", title=row, updated_at=TOUCHED)
    known = clip_known(held, ledger_row(file_values={**SAID, "title": base}))

    assert (known.edits, known.unknown) == (frozenset({"title"} if edited else ()), frozenset())


@pytest.mark.parametrize(
    ("updated_at", "base", "unknown"),
    [
        (TOUCHED, {}, {"title", "description"}),
        # Untouched since its insert: it is its own base.
        ("2026-01-01 00:00:00.000400", {"title": "某人的", "description": ""}, set()),
    ],
)
def test_without_a_base_a_row_is_its_own_or_nothing_tells(
    updated_at: str, base: dict[str, str], unknown: set[str]
) -> None:
    row = autoclip_clip_row(
        CLIP,
        f"{PROJECT}_1",
        clip_metadata={},
        video_path=None,
        title="某人的",
        description=None,
        updated_at=updated_at,
    )

    known = clip_known(row)

    assert (known.origin, known.source_id) == (Origin.ROW, "1")
    assert (dict(known.base), set(known.edits), set(known.unknown)) == (base, set(), unknown)


@pytest.mark.parametrize(
    ("title", "file", "expected"),
    [
        ("我的", "片段1", True),
        # The file says it by now.
        ("我的", "我的", False),
        # No record: whatever a person said counts.
        ("我的", None, True),
        ("片段1", None, False),
    ],
)
def test_a_row_is_edited_that_says_what_only_a_person_can_have_said(
    title: str, file: str | None, expected: bool
) -> None:
    known = clip_known(autoclip_clip_row(CLIP, "a", title=title, updated_at=TOUCHED))
    record = None if file is None else clip_record(1, title=file)

    assert remember.edited(known, record) is expected


def test_the_texts_of_a_record_are_cut_to_fit() -> None:
    assert remember.file_texts(clip_record(1, title="长" * 300)) == {
        "title": "长" * 255,
        "description": "理由1",
    }
    assert remember.file_texts(collection_record(1, [], name="长" * 300)) == {
        "name": "长" * 255,
        "description": "简介1",
    }


@pytest.mark.parametrize("column", ["clip_metadata", "tags"])
def test_json_that_does_not_parse_is_told_once(column: str) -> None:
    world = World(manifest([CLIP]))
    world.clips["a"] = autoclip_clip_row(CLIP, "a", **{column: BrokenJson("{")})
    findings = Findings(PROJECT)

    remember.clips(scene_of(world), findings)

    assert [(found.code, found.evidence["column"]) for found in findings.all] == [
        ("broken_json", column)
    ]


# -- looks (rule 1) --------------------------------------------------------------------------------


def look_alike(**values: Any) -> World:
    """A row without a source that has the time and title of record 1."""
    world = World(manifest([CLIP, clip_record(2)]), project=project_row())
    world.clips["2"] = autoclip_clip_row(clip_record(2), "2")
    world.clips["a"] = autoclip_clip_row(CLIP, "a", **{"clip_metadata": None, **values})
    return world


def test_a_row_without_a_source_that_looks_like_a_record_is_adopted_and_known_to_be() -> None:
    world = look_alike()

    assert [
        (one.row.id, one.origin, one.by_looks)
        for one in remember.clips(scene_of(world), Findings(PROJECT))
    ] == [("2", Origin.ROW, False), ("a", Origin.LOOKS, True)]
    world.sync()

    assert {row.row_id: row.by_looks for row in world.base.rows} == {"2": False, "a": True}


def test_a_row_adopted_by_its_looks_is_never_deleted() -> None:
    """Neither when the file drops its record, nor as another row's duplicate."""
    world = look_alike()
    world.sync()
    world.disk = manifest([clip_record(2)])
    world.sync(allow_deletes=True)
    assert set(world.clips) == {"2", "a"}

    world.disk = manifest([clip_record(2, start=60)])
    world.sync(allow_deletes=True)

    assert "a" in world.clips


@pytest.mark.parametrize(
    "values",
    [
        {"clip_metadata": {"source": "manual"}},
        {"clip_metadata": {"manual": True}},
        {"title": "另一个"},
        {"start_time": 61},
    ],
)
def test_a_row_that_says_it_is_manual_or_looks_otherwise_is_not_adopted(
    values: dict[str, Any],
) -> None:
    world = look_alike(**values)
    row = world.clips["a"]

    world.sync()

    assert world.clips["a"] == row
    assert len(world.clips) == 3
    assert "a" not in {known.row_id for known in world.base.rows}


@pytest.mark.parametrize("known", ["row", "tombstone"])
def test_looks_decide_only_while_the_ledger_knows_nothing_of_the_record(known: str) -> None:
    """A row that a person makes by hand like a buried record simply stays (rule 7)."""
    world = look_alike()
    if known == "row":
        world.base = Base(PROJECT, known=True, rows=(ledger_row(source_id="1", row_id="gone"),))
    else:
        stone = Tombstone(Kind.CLIP, "1", "gone", "片段1", TombstoneReason.DELETED, 60_000, 110_000)
        world.base = Base(PROJECT, known=True, tombstones=(stone,))
    row = world.clips["a"]

    plan = world.sync()

    assert world.clips["a"] == row
    assert "a" not in {found.row_id for found in world.base.rows}
    assert "tombstone_resurrected" not in codes(plan)


# -- rows of a status that is not AutoClip's -------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "expected"),
    [("COMPLETED", False), ("completed", False), ("FAILED", False), ("INVALIDATED", True)],
)
def test_a_row_of_a_forks_status_is_hidden(status: str, expected: bool) -> None:
    clip = autoclip_clip_row(CLIP, "a", status=status)

    assert remember.hidden(clip) is expected


def test_clips_and_collections_have_statuses_of_their_own() -> None:
    collection = autoclip_collection_row(collection_record(1, []), "a", [])

    for status, of_clip, of_collection in (
        ("PENDING", False, True),
        ("CREATED", True, False),
        ("DELETED", True, False),
    ):
        assert remember.hidden(autoclip_clip_row(CLIP, "a", status=status)) is of_clip
        assert remember.hidden(replace(collection, status=status)) is of_collection


@pytest.mark.parametrize("title", ["片段1", "旧"])
def test_a_hidden_row_is_left_alone_and_told(title: str) -> None:
    """Forks keep earlier batches beside the current ones."""
    world = World(manifest([CLIP]), project=project_row())
    row = world.clips["a"] = autoclip_clip_row(CLIP, "a", status="INVALIDATED", title=title)

    plan = world.sync()

    assert world.clips["a"] == row
    assert len(world.clips) == 2
    assert codes(plan) == {"unknown_status": "clip:INVALIDATED"}
    assert (plan.clips, plan.disk_clips) == (1, 1)


# -- the lists of collections ----------------------------------------------------------------------

CLIPS = [clip_record(number) for number in range(1, 5)]


def listed(world: World, row_id: str = "c") -> Known:
    scene = scene_of(world)
    clips = remember.clips(scene, Findings(PROJECT))
    (known,) = [
        one for one in remember.collections(scene, clips, Findings(PROJECT)) if one.row.id == row_id
    ]
    return known


def with_list(clip_ids: list[Any], *, rows: str = "1234", **values: Any) -> World:
    """AutoClip's collection 1 over clips 1, 2 and 3; rows `r1`… of these clips."""
    world = World(manifest(CLIPS, [collection_record(1, [1, 2, 3])]), project=project_row())
    for number in rows:
        world.clips[f"r{number}"] = autoclip_clip_row(clip_record(int(number)), f"r{number}")
    row = autoclip_collection_row(collection_record(1, [1, 2, 3]), "c", clip_ids, **values)
    world.collections["c"] = row
    return world


@pytest.mark.parametrize(
    ("clip_ids", "values", "content", "base"),
    [
        # Untouched since its insert: it is its own base.
        (["r1", "r2"], {}, "12", "12"),
        (["r3", "r1"], {}, "31", "31"),
        # Touched: the numbers of then are the base.
        (["r3", "r1", "r2"], {"updated_at": TOUCHED}, "312", "123"),
        # A person took 2 out, whose row was there.
        (["r1", "r3"], {"updated_at": TOUCHED}, "13", "123"),
        # A person put 4 in.
        (["r1", "r2", "r3", "r4"], {"updated_at": TOUCHED}, "1234", "123"),
        # An early sync of AutoClip wrote numbers.
        (["2", "1", "3"], {"updated_at": TOUCHED}, "213", "123"),
        # Ids of no row stand for what is missing: AutoClip replaced those rows since.
        (["r1", "dead", "r3"], {"updated_at": TOUCHED}, "123", "123"),
        (["dead", "r2", "r1"], {"updated_at": TOUCHED}, "321", "123"),
    ],
)
def test_the_list_of_a_row_at_first_sight(
    clip_ids: list[str], values: dict[str, Any], content: str, base: str
) -> None:
    known = listed(with_list(clip_ids, **values))

    assert [item.removeprefix("r") for item in known.content] == list(content)
    assert [item.removeprefix("r") for item in known.base["content"]] == list(base)


def test_a_clip_without_a_row_was_taken_out_by_nobody() -> None:
    known = listed(with_list(["r1", "r3"], rows="134", updated_at=TOUCHED))

    assert (known.content, known.base["content"]) == (("r1", "r3"), ("r1", "r3"))


def test_a_list_of_which_nothing_tells_has_no_base() -> None:
    world = with_list(["r2", "r1"])
    world.edit_collection("c", collection_metadata={"original_id": "1", "clip_ids": ["r2", "r1"]})

    known = listed(world)

    assert known.content == ("r2", "r1")
    assert "content" not in known.base
    assert "content" in known.unknown


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        # Held back, and in its place though nobody sees it.
        ("123", "13", "123"),
        ("123", "31", "312"),
        ("213", "13", "213"),
        ("123", "4", "24"),
        # Not held back: a person took it out.
        ("134", "13", "13"),
    ],
)
def test_what_is_held_back_keeps_its_place_in_the_list(last: str, now: str, expected: str) -> None:
    """Clip 2 was deleted: AutoClip shows the list without it."""
    world = with_list([f"r{number}" for number in now], rows="134", updated_at=TOUCHED)
    content = [f"r{number}" for number in last]
    values = {"name": "合集1", "description": "简介1", "content": content}
    world.base = Base(
        PROJECT,
        known=True,
        rows=(BaseRow(Kind.COLLECTION, "1", "c", values, values),),
        tombstones=(Tombstone(Kind.CLIP, "2", "r2", "片段2", TombstoneReason.DELETED),),
    )

    known = listed(world)

    assert [item.removeprefix("r") for item in known.content] == list(expected)
    assert known.base["content"] == content


# -- adoption, in a plan ---------------------------------------------------------------------------


def adopted(world: World) -> set[str]:
    """Ids of the rows that a sync takes for the records, none of which it inserts anew."""
    world.project = project_row()
    plan = world.sync()
    assert plan.counts()["insert"] == 0
    return {change.row_id for change in plan.changes if change.op is Op.ADOPT}


def generation(name: str) -> World:
    """A database as an old AutoClip left it: two clips, one collection of both."""
    records, collection = [clip_record(1), clip_record(2)], collection_record(1, [1, 2])
    world = World(manifest(records, [collection]))
    first, second, third = "a", "b", "c"
    if name == "composite":
        first, second, third = (f"{PROJECT}_{end}" for end in ("1", "2", "collection_1"))
    clip_metadata: list[Any] = [dict(record.content) for record in records]
    metadata: dict[str, Any] = {"clip_ids": [first, second], "original_id": "1"}
    match name:
        case "composite":
            clip_metadata = [
                {key: record.content[key] for key in ("outline", "content", "chunk_index")}
                for record in records
            ]
            metadata = {"simplified_clip_ids": ["1", "2"], "clip_ids": [first, second]}
        case "per-clip files":
            clip_metadata = [
                {"clip_id": row_id, "metadata_file": f"{DIRECTORY}/processing/clip_{row_id}.json"}
                for row_id in (first, second)
            ]
            metadata = {"collection_id": third, "clip_ids": [first, second]}
            world.disk = replace(
                world.disk,
                row_records={
                    (Kind.CLIP, first): records[0].content,
                    (Kind.CLIP, second): records[1].content,
                    (Kind.COLLECTION, third): collection.content,
                },
            )
        case "without a source":
            clip_metadata, metadata = [None, {}], {"clip_ids": [first, second]}
    for record, row_id, held in zip(records, (first, second), clip_metadata, strict=True):
        world.clips[row_id] = autoclip_clip_row(record, row_id, clip_metadata=held)
    world.collections[third] = autoclip_collection_row(
        collection, third, [], collection_metadata=metadata
    )
    return world


GENERATIONS = ["current", "composite", "per-clip files", "without a source"]


@pytest.mark.parametrize("name", GENERATIONS)
def test_rows_of_every_generation_are_adopted_and_keep_their_ids(name: str) -> None:
    world = generation(name)
    before = set(world.clips) | set(world.collections)

    assert adopted(world) == before
    assert set(world.clips) | set(world.collections) == before
    (row,) = world.collections.values()
    assert world.content_of(row.id) == world.links[row.id] == sorted(world.clips)


@pytest.mark.parametrize("name", GENERATIONS[:3])
def test_a_title_never_is_a_rows_identity(name: str) -> None:
    """Two people swapped the titles of two clips: the rows stay what they were."""
    world = generation(name)
    first, second = sorted(world.clips)
    world.edit_clip(first, title="片段2", updated_at="2026-01-05 00:00:00")
    world.edit_clip(second, title="片段1", updated_at="2026-01-05 00:00:00")

    adopted(world)

    assert [world.clips[row].title for row in (first, second)] == ["片段2", "片段1"]
    assert [world.clips[row].start_time for row in (first, second)] == [60, 120]


def test_a_row_that_only_looks_like_a_record_is_not_taken_twice() -> None:
    """The record has its row already: the second one was made by hand."""
    record = clip_record(1)
    world = World(manifest([record]))
    world.clips["a"] = autoclip_clip_row(record, "a")
    world.clips["b"] = autoclip_clip_row(record, "b", clip_metadata=None)

    assert adopted(world) == {"a"}
    assert set(world.clips) == {"a", "b"}


def test_of_two_rows_that_look_alike_one_is_adopted() -> None:
    record = clip_record(1)
    world = World(manifest([record]))
    for name in ("a", "b"):
        world.clips[name] = autoclip_clip_row(record, name, clip_metadata=None)

    assert adopted(world) == {"a"}
    assert set(world.clips) == {"a", "b"}


def test_of_two_collections_that_look_alike_one_is_adopted() -> None:
    world = World(manifest([clip_record(1)], [collection_record(1, [1])]))
    world.clips["a"] = autoclip_clip_row(clip_record(1), "a")
    for name in ("c", "d"):
        world.collections[name] = autoclip_collection_row(
            collection_record(1, [1]), name, [], collection_metadata={"clip_ids": ["a"]}
        )

    assert adopted(world) == {"a", "c"}
    assert set(world.collections) == {"c", "d"}
    assert world.collections["d"].collection_metadata == {"clip_ids": ["a"]}


def test_a_collection_that_looks_like_one_that_has_its_row_was_made_by_hand() -> None:
    world = World(manifest([clip_record(1)], [collection_record(1, [1])]))
    world.clips["a"] = autoclip_clip_row(clip_record(1), "a")
    world.collections["c"] = autoclip_collection_row(collection_record(1, [1]), "c", ["a"])
    world.collections["d"] = autoclip_collection_row(
        collection_record(1, [1]), "d", [], collection_metadata={"clip_ids": ["a"]}
    )

    assert adopted(world) == {"a", "c"}
    assert set(world.collections) == {"c", "d"}
