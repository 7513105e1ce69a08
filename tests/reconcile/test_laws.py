"""Laws of the planner, held against what AutoClip, its pipeline and people may have done."""

from __future__ import annotations

import json
import random
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsync.model.base import BaseRow, TombstoneReason
from clipsync.model.decision import Decision
from clipsync.model.manifest import (
    ClipRecord,
    CollectionRecord,
    DiskState,
    Kind,
    Manifest,
    MarkerState,
)
from clipsync.model.plan import Op, ProjectPlan, Table
from clipsync.model.reason import ReasonCode
from clipsync.reconcile import PlanOptions, likeness, plan_project
from clipsync.reconcile.canonical import fit
from clipsync.reconcile.options import Prefer
from tests.reconcile.histories import PERSONS, Act, by_hand, histories, play
from tests.reconcile.worlds import (
    DIRECTORY,
    PROJECT,
    World,
    autoclip_clip_row,
    autoclip_collection_row,
    clip_record,
    collection_record,
    manifest,
    project_row,
)
from tests.support.profiles import examples
from tests.support.properties import steady

prefers = st.sampled_from(Prefer)


def written_by_people(world: World) -> Counter[tuple[str, str]]:
    """Every text of a person in the database, by the row that holds it."""
    texts: Counter[tuple[str, str]] = Counter()
    for clip in world.clips.values():
        texts.update({(clip.id, clip.title): 1, (clip.id, clip.description or ""): 1})
    for row in world.collections.values():
        held = (row.name, row.description or "", row.export_path or "")
        texts.update((row.id, text) for text in set(held))
    return Counter({key: count for key, count in texts.items() if key[1].startswith(PERSONS)})


def records_of(world: World) -> list[tuple[Kind, ClipRecord | CollectionRecord]]:
    return [
        *((Kind.CLIP, record) for record in world.disk.clips),
        *((Kind.COLLECTION, record) for record in world.disk.collections),
    ]


def known_rows(world: World) -> dict[tuple[Kind, str], list[BaseRow]]:
    """What the ledger knows, by kind and source id."""
    rows: dict[tuple[Kind, str], list[BaseRow]] = {}
    for row in world.base.rows:
        rows.setdefault((row.kind, row.source_id), []).append(row)
    return rows


# -- the planner itself ----------------------------------------------------------------------------


@settings(steady, max_examples=examples(150))
@given(histories, prefers)
def test_after_an_apply_the_next_plan_is_empty(acts: list[Act], prefer: Prefer) -> None:
    """Rule 10, without exception."""
    world = play(acts)

    world.apply(world.plan(allow_deletes=True, prefer=prefer))

    again = world.plan(allow_deletes=True)
    assert again.changes == ()
    assert again.ledger.empty


@steady
@given(histories, prefers, st.integers())
def test_a_plan_follows_from_its_inputs_alone_in_any_order(
    acts: list[Act], prefer: Prefer, seed: int
) -> None:
    """Neither a clock nor chance, nor the order of rows and of JSON keys, has a say."""
    world = play(acts)
    shuffle = random.Random(seed).shuffle

    def shuffled(items: Any) -> tuple[Any, ...]:
        found = list(items)
        shuffle(found)
        return tuple(found)

    def respelled(value: Any) -> Any:
        """The same JSON as another database would give it back."""
        if not isinstance(value, dict):
            return value
        return dict(shuffled(json.loads(json.dumps(value)).items()))

    snapshot, options = world.snapshot(), PlanOptions(prefer=prefer)
    other_snapshot = replace(
        snapshot,
        clips=shuffled(
            replace(row, clip_metadata=respelled(row.clip_metadata)) for row in snapshot.clips
        ),
        collections=shuffled(
            replace(row, collection_metadata=respelled(row.collection_metadata))
            for row in snapshot.collections
        ),
        links=shuffled(snapshot.links),
    )
    other_base = replace(
        world.base, rows=shuffled(world.base.rows), tombstones=shuffled(world.base.tombstones)
    )

    plan = plan_project(world.disk, snapshot, world.base, options)

    assert plan_project(world.disk, snapshot, world.base, options) == plan
    other = plan_project(world.disk, other_snapshot, other_base, options)
    assert in_any_order(other) == in_any_order(plan)


def in_any_order(plan: ProjectPlan) -> dict[str, Any]:
    return {
        "changes": sorted(json.dumps(change.as_dict(), sort_keys=True) for change in plan.changes),
        "findings": sorted(repr(finding) for finding in plan.findings),
        "rows": plan.ledger.rows,
        "tombstones": sorted(map(repr, plan.ledger.tombstones)),
        "items": sorted(
            plan.items,
            key=lambda one: (
                one.decision.kind,
                one.decision.fate,
                one.decision.row_id or "",
                one.decision.source_id or "",
                one.decision.known.row.id if one.decision.known else "",
            ),
        ),
        "others": replace(
            plan,
            changes=(),
            findings=(),
            items=(),
            ledger=replace(plan.ledger, before=None, tombstones=()),
        ),
    }


@steady
@given(histories)
def test_changes_say_what_is_there_and_what_is_to_be(acts: list[Act]) -> None:
    world = play(acts)
    stores: dict[Table, dict[str, Any]] = {
        Table.CLIPS: world.clips,
        Table.COLLECTIONS: world.collections,
    }

    plan = world.plan()

    seen = Counter((change.table, change.row_id, change.op is Op.ADOPT) for change in plan.changes)
    assert set(seen.values()) <= {1}
    for change in plan.changes:
        assert change.why
        if change.table in stores:
            row = stores[change.table].get(change.row_id)
            assert (row is None) == (change.op is Op.INSERT)
        if change.op is Op.UPDATE and change.table in stores:
            assert change.before == {name: getattr(row, name) for name in change.after}
            assert change.before.keys() == change.after.keys() == change.why.keys()
            assert all(change.before[name] != change.after[name] for name in change.after)
        if change.op is Op.RELINK:
            assert change.before["clip_ids"] == world.links.get(change.row_id, [])
            assert change.before != change.after


# -- what people made and wrote --------------------------------------------------------------------


@settings(steady, max_examples=examples(150))
@given(histories)
def test_no_word_of_a_person_is_ever_lost(acts: list[Act]) -> None:
    """Rules 2, 5 and 6: an edited row stays, and so does what it says."""
    world = play(acts)
    before = written_by_people(world)

    world.apply(world.plan(allow_deletes=True))

    assert before <= written_by_people(world)


@steady
@given(histories, prefers)
def test_rows_made_by_hand_are_never_touched(acts: list[Act], prefer: Prefer) -> None:
    """Rule 6; their lists may follow clips that give way."""
    world = play(acts)
    before = by_hand(world)

    plan = world.plan(allow_deletes=True, prefer=prefer)
    world.apply(plan)

    after = by_hand(world)
    assert after.keys() == before.keys()
    for row_id, row in before.items():
        changed = {change.row_id: change for change in plan.data_changes}.get(row_id)
        if row_id in world.clips:
            assert after[row_id] == row
        elif changed is not None and changed.op is Op.UPDATE:
            assert changed.after.keys() <= {"collection_metadata", "clips_count"}
            gone = set(row.collection_metadata["clip_ids"]) - world.clips.keys()  # type: ignore[union-attr]
            assert gone
    assert not {row.row_id for row in world.base.rows} & before.keys()


@steady
@given(histories)
def test_the_database_preferred_the_file_changes_nothing_a_person_can_edit(
    acts: list[Act],
) -> None:
    """What a person wrote may be carried over to a row that AutoClip imported anew."""
    plan = play(acts).plan(prefer=Prefer.DATABASE, allow_deletes=True)

    for change in plan.changes:
        if change.op is Op.UPDATE and change.table is not Table.PROJECTS:
            for name in change.after.keys() & {"title", "name", "description"}:
                assert change.why[name].code is ReasonCode.CARRIED_OVER
                assert change.after[name] == "" or change.after[name].startswith(PERSONS)


@steady
@given(histories)
def test_the_disk_preferred_every_record_reads_as_in_the_file(acts: list[Act]) -> None:
    world = play(acts)

    world.apply(world.plan(prefer=Prefer.DISK, allow_deletes=True))

    known = known_rows(world)
    buried = {(stone.kind, stone.source_id) for stone in world.base.tombstones}
    for kind, record in records_of(world):
        values = [row.kept_values for row in known.get((kind, record.source_id), [])]
        title = "title" if kind is Kind.CLIP else "name"
        file = fit(record.title if isinstance(record, ClipRecord) else record.name)
        assert file in [value[title] for value in values] or (kind, record.source_id) in buried


# -- what holds of every record --------------------------------------------------------------------


@settings(steady, max_examples=examples(150))
@given(histories)
def test_every_record_has_one_row_that_agrees_or_a_tombstone(acts: list[Act]) -> None:
    """Rules 1, 4, 5 and 7."""
    world = play(acts)

    plan = world.plan(allow_deletes=True)
    world.apply(plan)

    reported = {
        finding.subject
        for finding in plan.findings
        if finding.code in ("edited_stale", "edited_duplicate")
    }
    uncertain = world.disk.marker is MarkerState.MISSING
    known, buried = known_rows(world), 0
    active = {(stone.kind, stone.source_id) for stone in world.base.tombstones if not stone.lifted}
    for kind, record in records_of(world):
        rows = [row for row in known.get((kind, record.source_id), []) if agrees(row, record)]
        if not rows:
            assert (kind, record.source_id) in active
            buried += 1
        others = [row for row in rows if row.row_id not in reported]
        assert uncertain or len(others) <= 1
    assert plan.clips + plan.collections == len(records_of(world)) - buried


def agrees(row: BaseRow, record: ClipRecord | CollectionRecord) -> bool:
    """True when the ledger's base of the row is the record as it stands in the file."""
    if isinstance(record, ClipRecord):
        return (row.start_ms, row.end_ms, row.file_values["title"]) == (
            record.start_ms,
            record.end_ms,
            record.title,
        )
    return row.file_values.get("name") == record.name


@settings(steady, max_examples=examples(150))
@given(histories, prefers)
def test_what_follows_from_a_collections_list_follows_always(
    acts: list[Act], prefer: Prefer
) -> None:
    """Rule 3, also in rows that stay for another reason."""
    world = play(acts)

    world.apply(world.plan(allow_deletes=True, prefer=prefer))

    for row in world.base.rows:
        if row.kind is not Kind.COLLECTION:
            continue
        held = world.collections[row.row_id]
        listed = held.collection_metadata["clip_ids"]
        assert set(listed) <= world.clips.keys()
        assert len(listed) == len(set(listed))
        assert listed == world.links.get(row.row_id, [])
        assert held.clips_count == len(listed)
        # Clips that are held back keep their places there.
        kept = row.kept_values["content"]
        assert [clip for clip in kept if clip in world.clips] == listed
    assert world.links.keys() <= world.collections.keys()
    assert {clip for links in world.links.values() for clip in links} <= world.clips.keys()


# -- what people did belongs to the piece of video (rules 1 and 4) ---------------------------------

FIVE = range(1, 6)
minutes = st.sampled_from(FIVE)
some = st.sets(minutes)


def run(numbers: Sequence[int], contents: Sequence[Sequence[int]] = ()) -> Manifest:
    """A run that numbers the pieces of video of minutes 1 to 5 so; contents by minute."""
    clips = [
        clip_record(number, start=minute * 60, title=f"片段{minute}", description=f"理由{minute}")
        for minute, number in enumerate(numbers, 1)
    ]
    collections = [
        collection_record(
            at,
            [numbers[minute - 1] for minute in content],
            name=f"合集{min(content)}",
            description=f"简介{min(content)}",
        )
        for at, content in enumerate(contents, 1)
    ]
    return manifest(clips, collections)


CONTENTS = ((1, 2, 3), (4, 5))


def five() -> tuple[World, dict[int, str]]:
    """Five clips and two collections, synced; minute to clip row id."""
    world = World(run(FIVE, CONTENTS), project=project_row())
    world.sync()
    return world, {minute: world.clip_of(str(minute)).id for minute in FIVE}


def state(world: World) -> dict[str, Any]:
    """What people see, by row id, numbers apart."""
    return {
        "clips": {
            row.id: (row.title, row.description, row.start_time) for row in world.clips.values()
        },
        "collections": {
            row.id: (row.name, row.description, world.content_of(row.id), row.clips_count)
            for row in world.collections.values()
        },
        "links": world.links,
        "buried": sorted(str(stone.row_id) for stone in world.base.tombstones),
    }


@steady
@given(
    st.permutations(FIVE),
    st.booleans(),
    some,
    st.sets(minutes, max_size=2),
    st.permutations((1, 2, 3)),
)
def test_a_retry_that_numbers_anew_takes_along_what_people_did(
    numbers: list[int], swapped: bool, edited: set[int], deleted: set[int], order: list[int]
) -> None:
    """Rule 1: title edits, deletions, names and orders; nothing appears twice."""
    world, ids = five()
    for minute in edited:
        world.edit_clip(ids[minute], title=f"{PERSONS}{minute}", description="")
    first = world.collection_of("1").id
    world.edit_collection(first, name=f"{PERSONS}的")
    world.set_content(first, [ids[minute] for minute in order])
    for minute in deleted:
        del world.clips[ids[minute]]
    world.sync()
    before = state(world)

    world.disk = run(numbers, CONTENTS[::-1] if swapped else CONTENTS)
    plan = world.sync()

    assert state(world) == before
    assert {change.op for change in plan.changes} <= {Op.UPDATE}
    assert plan.findings == ()
    assert {row.row_id: row.source_id for row in world.base.rows if row.kind is Kind.CLIP} == {
        ids[minute]: str(numbers[minute - 1]) for minute in set(FIVE) - deleted
    }


@steady
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), max_size=5),
    st.sets(st.integers(0, 4)),
)
def test_a_clip_that_a_person_chose_never_turns_into_another_one(
    first: list[tuple[int, int]], second: list[tuple[int, int]], chosen: set[int]
) -> None:
    """Rule 4: it stays, or gives way to a row of the same piece of video."""

    def cut(pieces: list[tuple[int, int]]) -> Manifest:
        return manifest(
            [
                clip_record(number, start=start * 10, end=(start + length) * 10)
                for number, (start, length) in enumerate(pieces, 1)
            ]
        )

    world = World(cut(first), project=project_row())
    world.sync()
    ids = [world.clip_of(str(number)).id for number in range(1, len(first) + 1)]
    listed = [row_id for at, row_id in enumerate(ids) if at in chosen]
    spans = {row_id: clip_times(world, row_id) for row_id in listed}
    world.collections["mine"] = replace(
        autoclip_collection_row(collection_record(1, []), "mine", listed, name=f"{PERSONS}的"),
        collection_metadata={"clip_ids": listed},
    )
    world.disk = cut(second)

    world.apply(world.plan(allow_deletes=True))

    after = world.content_of("mine")
    assert set(after) <= world.clips.keys()
    for row_id in listed:
        alike = [likeness.of_spans(spans[row_id], clip_times(world, other)) for other in after]
        # Its own row may follow the file's new cut of it: any overlap under the same number.
        assert max(alike) >= (0.5 if row_id not in after else 1e-9)
    assert world.plan(allow_deletes=True).changes == ()


def clip_times(world: World, row_id: str) -> tuple[int, int]:
    row = world.clips[row_id]
    return int(row.start_time or 0) * 1000, int(row.end_time or 0) * 1000


# -- gone rows (rule 7) ----------------------------------------------------------------------------


@steady
@given(st.integers(1, 8), st.sets(st.integers(1, 8)), some)
def test_a_deletion_is_told_from_evidence_and_a_loss_comes_back(
    count: int, gone: set[int], edited: set[int]
) -> None:
    """Some rows still there: deleted; none: lost. A restore brings back all that a person had."""
    world = World(
        manifest([clip_record(number) for number in range(1, count + 1)]), project=project_row()
    )
    world.sync()
    ids = {number: world.clip_of(str(number)).id for number in range(1, count + 1)}
    for number in edited & ids.keys():
        world.edit_clip(ids[number], title=f"{PERSONS}{number}", description="")
    world.sync()
    before = state(world)["clips"]
    missing = [ids[number] for number in ids if number in gone]
    for row_id in missing:
        del world.clips[row_id]

    world.sync()

    if len(missing) == count:
        assert state(world)["clips"] == before
        assert world.base.tombstones == ()
        return
    many = count >= 5 and len(missing) > count / 2
    reason = TombstoneReason.MANY_DELETED if many else TombstoneReason.DELETED
    assert {stone.row_id: stone.reason for stone in world.base.tombstones} == dict.fromkeys(
        missing, reason
    )
    assert world.clips.keys() == before.keys() - set(missing)
    world.sync(restore_all=True)
    assert state(world)["clips"] == before
    assert world.plan().findings == ()


@steady
@given(st.sets(minutes, min_size=1), some)
def test_a_reimport_loses_no_clip_and_no_edit(imported: set[int], edited: set[int]) -> None:
    """Rule 7: AutoClip deletes all rows and inserts some of them under new ids."""
    world, ids = five()
    for minute in edited:
        world.edit_clip(ids[minute], title=f"{PERSONS}{minute}")
    world.sync()
    world.clips = {
        f"n{minute}": autoclip_clip_row(world.disk.clips[minute - 1], f"n{minute}")
        for minute in imported
    }

    world.sync()

    assert {row.id: row.title for row in world.clips.values()} == {
        (f"n{minute}" if minute in imported else ids[minute]): (
            f"{PERSONS}{minute}" if minute in edited else f"片段{minute}"
        )
        for minute in FIVE
    }
    assert world.base.tombstones == ()
    assert len(world.content_of(world.collection_of("1").id)) == 3


@steady
@given(st.lists(st.tuples(st.booleans(), minutes), max_size=4))
def test_a_restored_collection_is_as_its_person_left_it(acts: list[tuple[bool, int]]) -> None:
    """Name, order and content; whatever clips were deleted and restored with it."""
    world, ids = five()
    row_id = world.collection_of("1").id
    world.edit_collection(row_id, name=f"{PERSONS}的", description="")
    for puts, minute in acts:
        others = [item for item in world.content_of(row_id) if item != ids[minute]]
        world.set_content(row_id, [ids[minute], *others] if puts else others)
    world.sync()
    before = state(world)
    del world.collections[row_id], world.links[row_id]
    del world.clips[ids[1]]
    world.sync()

    world.sync(restore_all=True)

    after = state(world)
    assert {**after, "buried": []} == {**before, "buried": []}


# -- paths, spelling, texts and lists (rules 10, 12, 13 and 14) ------------------------------------


@steady
@given(histories, st.sampled_from(["/mnt/else/projects", "C:\\AutoClip\\projects", "/"]))
def test_where_autoclips_machine_sees_the_files_is_not_compared(acts: list[Act], root: str) -> None:
    """Rule 12."""
    world = play([*acts, Act("sync"), Act("sync")])

    def moved(path: str | None) -> str | None:
        return path and path.replace(DIRECTORY, f"{root}/{PROJECT}")

    for row_id, clip in world.clips.items():
        world.clips[row_id] = replace(clip, video_path=moved(clip.video_path))
    for row_id, row in world.collections.items():
        world.collections[row_id] = replace(
            row, video_path=moved(row.video_path), export_path=moved(row.export_path)
        )

    assert world.plan(allow_deletes=True).changes == ()


@steady
@given(histories)
def test_another_spelling_of_the_same_is_no_reason_to_write(acts: list[Act]) -> None:
    """Rule 10: Unicode, NULL, floats and the order of JSON keys."""
    world = play([*acts, Act("sync"), Act("sync")])

    def spelled(text: str | None) -> str | None:
        return unicodedata.normalize("NFD", text) if text else ("" if text is None else None)

    for row_id, clip in world.clips.items():
        metadata = clip.clip_metadata and dict(reversed(clip.clip_metadata.items()))
        world.clips[row_id] = replace(
            clip,
            title=unicodedata.normalize("NFD", clip.title),
            description=spelled(clip.description),
            clip_metadata=metadata,
            score=None if clip.score is None else clip.score + 1e-12,
        )

    assert world.plan(allow_deletes=True).changes == ()


@steady
@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_held_cut_at_a_characters_boundary(title: str, name: str) -> None:
    """Rule 13; and held text is no edit."""
    world = World(
        manifest([clip_record(1, title=title)], [collection_record(1, [1], name=name)]),
        project=project_row(),
    )

    plan = world.sync()

    for said, held in (
        (title, world.clip_of("1").title),
        (name, world.collection_of("1").name),
    ):
        assert said.startswith(held)
        assert held == said if len(said) <= 255 else len(held) <= 255
    long = {"clip:1": title, "collection:1": name}
    told = {found.subject for found in plan.findings if found.code == "cut_to_fit"}
    assert told == {subject for subject, said in long.items() if len(said) > 255}


@steady
@given(histories, st.integers(0, 3))
def test_another_projects_clip_in_a_list_stays(acts: list[Act], place: int) -> None:
    """Rule 14: a person put it there."""
    world = play([*acts, Act("sync")])
    world.foreign_clips = frozenset({"theirs"})
    before = set(world.collections)
    for row_id in before:
        listed = world.content_of(row_id)
        world.set_content(row_id, [*listed[:place], "theirs", *listed[place:]])

    world.apply(world.plan(allow_deletes=True))

    # A list that a person changed is never deleted.
    assert before <= world.collections.keys()
    assert all("theirs" in world.content_of(row_id) for row_id in before)


# -- deleting --------------------------------------------------------------------------------------


@steady
@given(histories, st.sampled_from([DiskState.ABSENT, DiskState.UNREADABLE, DiskState.PROCESSING]))
def test_absence_is_never_a_reason_to_change_anything(acts: list[Act], state: DiskState) -> None:
    """Rule 8, in every mode."""
    world = play(acts)
    world.disk = replace(world.disk, state=state)

    for prefer in Prefer:
        plan = world.plan(prefer=prefer, allow_deletes=True, restore_all=True, delete_limit=1.0)
        assert plan.empty
        assert plan.skipped is not None


@steady
@given(histories, st.sampled_from([MarkerState.MISSING, MarkerState.UNREADABLE]))
def test_without_its_marker_the_disk_deletes_nothing_for_its_absence(
    acts: list[Act], marker: MarkerState
) -> None:
    world = play(acts)
    world.disk = replace(world.disk, marker=marker)

    plan = world.plan()

    assert plan.unsucceeded_deletes == 0
    assert plan.stopped is None
    for change in plan.changes:
        if change.op is Op.DELETE:
            assert change.why[""].code in (ReasonCode.DUPLICATE, ReasonCode.CAME_BACK)


@steady
@given(histories, st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_a_plan_is_stopped_exactly_beyond_its_limit(acts: list[Act], limit: float) -> None:
    world = play(acts)

    plan = world.plan(delete_limit=limit)

    of_kinds = [
        (gone, count)
        for kind, count in (
            (Kind.CLIP, len(world.clips)),
            (Kind.COLLECTION, len(world.collections)),
        )
        for gone in [
            sum(unsucceeded(i.decision, world) for i in plan.items if i.decision.kind is kind)
        ]
    ]
    assert plan.unsucceeded_deletes == sum(gone for gone, _ in of_kinds)
    assert plan.rows == sum(count for _, count in of_kinds)
    limits = [(plan.unsucceeded_deletes, plan.rows), *(one for one in of_kinds if one[1] >= 5)]
    assert (plan.stopped is not None) == any(
        gone and gone / count > limit for gone, count in limits
    )
    allowed = world.plan(delete_limit=limit, allow_deletes=True)
    assert allowed.stopped is None


def unsucceeded(decision: Decision, world: World) -> bool:
    """Whether the row goes with nothing in its place.

    Not where AutoClip left it of an earlier run that the ledger never saw: its number has a record.
    """
    known = decision.known
    if decision.reason.code is not ReasonCode.NOT_IN_FILE or known is None:
        return False
    disk = world.disk
    records = disk.clips if decision.kind is Kind.CLIP else disk.collections
    numbers = {record.source_id for record in records}
    in_ledger = known.row.id in {row.row_id for row in world.base.rows if row.kind is known.kind}
    return in_ledger or known.source_id not in numbers


@steady
@given(histories)
def test_what_is_deleted_stays_deleted_until_restored_on_purpose(acts: list[Act]) -> None:
    """Rule 7, whatever AutoClip's own sync does meanwhile."""
    world = play([*acts, Act("sync")])
    buried = {(stone.kind, stone.source_id) for stone in world.base.tombstones if not stone.lifted}
    world = replay(world, Act("autoclip"))

    world.apply(world.plan(allow_deletes=True))

    still = {(stone.kind, stone.source_id) for stone in world.base.tombstones if not stone.lifted}
    assert buried <= still
    world.apply(world.plan(allow_deletes=True, restore_all=True))
    assert all(stone.lifted for stone in world.base.tombstones)
    agreeing = world.plan()
    assert agreeing.clips == len(world.disk.clips)
    assert agreeing.collections == len(world.disk.collections)


def replay(world: World, act: Act) -> World:
    from tests.reconcile.histories import _Player

    _Player(world).play(act)
    return world


@pytest.mark.parametrize("name", ["autoclip", "reimport", "old sync"])
def test_the_histories_make_what_they_say(name: str) -> None:
    """The laws above mean nothing if their worlds are empty."""
    run = Act("run", value=([(1, 1, "甲")], [(1, [1], "甲")], "present"))
    world = play([run, Act(name), Act("title", value=f"{PERSONS}1"), Act(name)])

    assert len(world.clips) == (2 if name == "autoclip" else 1)
    assert len(world.collections) == (1 if name == "reimport" else 2)
