"""Laws of the planner, held against what AutoClip, its pipeline and people may have done."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsync.model.base import BaseRow
from clipsync.model.manifest import ClipRecord, CollectionRecord, DiskState, Kind, MarkerState
from clipsync.model.plan import Op, ProjectPlan, Table
from clipsync.model.reason import ReasonCode
from clipsync.reconcile import PlanOptions, plan_project
from clipsync.reconcile.canonical import fit
from clipsync.reconcile.options import Prefer
from tests.reconcile.histories import PERSONS, Act, by_hand, histories, play
from tests.reconcile.worlds import World
from tests.support.profiles import examples
from tests.support.properties import steady

prefers = st.sampled_from(Prefer)


def written_by_people(world: World) -> Counter[tuple[str, str]]:
    """Every text of a person in the database, by the row that holds it."""
    texts: Counter[tuple[str, str]] = Counter()
    for clip in world.clips.values():
        texts.update({(clip.id, clip.title): 1, (clip.id, clip.description or ""): 1})
    for row in world.collections.values():
        texts.update({(row.id, row.name): 1, (row.id, row.description or ""): 1})
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
    """Rule 10.

    A row that stayed for an edit may lose that reason by the very plan: the clip that a person
    had put into its list, or left out of it, has gone, or the disk was preferred to the edit.
    It is judged anew by the next plan, and the one after that is empty.
    """
    world = play(acts)
    plan = world.plan(allow_deletes=True, prefer=prefer)

    world.apply(plan)

    again = world.plan(allow_deletes=True)
    if {finding.code for finding in plan.findings} & {"edited_duplicate", "edited_stale"}:
        world.apply(again)
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
            plan, changes=(), findings=(), items=(), ledger=replace(plan.ledger, tombstones=())
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
    """Rule 3."""
    world = play(acts)

    plan = world.plan(allow_deletes=True, prefer=prefer)
    world.apply(plan)

    reported = {f.subject for f in plan.findings if f.code in ("edited_stale", "edited_duplicate")}
    records = {record.source_id for record in world.disk.collections}
    for row in world.base.rows:
        if row.kind is not Kind.COLLECTION or row.source_id not in records:
            continue
        held = world.collections[row.row_id]
        listed = held.collection_metadata["clip_ids"]
        assert set(listed) <= world.clips.keys()
        assert len(listed) == len(set(listed))
        if row.row_id not in reported:
            assert listed == world.links.get(row.row_id, [])
            assert held.clips_count == len(listed)
            # Clips that are held back keep their places there.
            kept = row.kept_values["content"]
            assert [clip for clip in kept if clip in world.clips] == listed
    assert world.links.keys() <= world.collections.keys()
    assert {clip for links in world.links.values() for clip in links} <= world.clips.keys()


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

    share = plan.unsucceeded_deletes / plan.rows if plan.rows else 0
    assert (plan.stopped is not None) == (share > limit)
    assert plan.rows == len(world.clips) + len(world.collections)
    allowed = world.plan(delete_limit=limit, allow_deletes=True)
    assert (allowed.stopped, allowed.changes) == (None, plan.changes)


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
