"""What every step asks of the three inputs."""

from __future__ import annotations

from uuid import UUID, uuid5

import pytest

from clipsync.model.base import Base, BaseRow
from clipsync.model.manifest import DiskCode, DiskReason, Kind, MarkerState, QuarantinedRecord
from clipsync.reconcile.options import PlanOptions, Prefer
from clipsync.reconcile.scene import Scene
from tests.reconcile.worlds import (
    PROJECT,
    World,
    autoclip_clip_row,
    autoclip_collection_row,
    clip_record,
    collection_record,
    manifest,
)


def scene(world: World | None = None, base: Base | None = None) -> Scene:
    world = world or World(manifest())
    return Scene(world.disk, world.snapshot(), base or world.base, PlanOptions())


def test_nothing_is_preferred_allowed_or_restored_unless_asked_for() -> None:
    assert PlanOptions() == PlanOptions(
        prefer=Prefer.MERGE,
        allow_deletes=False,
        restore=frozenset(),
        restore_all=False,
        delete_limit=0.5,
        retry_under_way=False,
        projects_root=None,
    )


def test_a_new_rows_id_follows_from_the_records_identity_alone() -> None:
    """These ids are in people's databases: they must never come out otherwise."""
    assert (
        scene().new_row_id(Kind.CLIP, "1", "60000-110000") == "ea0562ae-0d6b-5a4d-beea-cdf48f381e5b"
    )
    assert scene().new_row_id(Kind.COLLECTION, "1") == "85b2190b-3373-510c-a8e6-cff7ebf1ea23"


def test_new_ids_differ_by_project_kind_source_and_range() -> None:
    other = Scene(manifest(project_id="p"), World(manifest()).snapshot(), Base("p"), PlanOptions())
    ids = {
        scene().new_row_id(Kind.CLIP, "1"),
        scene().new_row_id(Kind.CLIP, "2"),
        scene().new_row_id(Kind.CLIP, "1", "0-1"),
        scene().new_row_id(Kind.COLLECTION, "1"),
        other.new_row_id(Kind.CLIP, "1"),
    }

    assert len(ids) == 5
    assert {UUID(found).version for found in ids} == {5}


@pytest.mark.parametrize("kind", Kind)
def test_an_id_that_is_taken_is_never_given_again(kind: Kind) -> None:
    """Neither while a row has it, nor after: tombstones and journals still speak of that row."""
    first = scene().new_row_id(kind, "1")
    world = World(manifest())
    world.clips[first] = autoclip_clip_row(clip_record(1), first)
    second = scene(world).new_row_id(kind, "1")
    world.collections[second] = autoclip_collection_row(collection_record(1, []), second, [])
    third = scene(world).new_row_id(kind, "1")
    base = Base(PROJECT, rows=(BaseRow(kind, "1", third, {}, {}),))

    found = scene(world, base).new_row_id(kind, "1")

    assert len({first, second, third, found}) == 4
    name = f"{PROJECT}/{kind.value}/1/"
    namespace = UUID("6f1d7c52-5a0e-5c0b-9d57-2f4f0c6a1e11")
    assert second == str(uuid5(namespace, f"{name}#2"))
    assert found == str(uuid5(namespace, f"{name}#4"))
    assert scene(world, base).ids_in_use == {first, second, third}
    assert scene(world, base).row_ids == {first, second}


@pytest.mark.parametrize(
    ("marker", "trusted"),
    [
        (MarkerState.PRESENT, True),
        (MarkerState.NOT_USED, True),
        (MarkerState.MISSING, False),
        (MarkerState.UNREADABLE, False),
    ],
)
def test_without_its_marker_the_disks_silence_proves_nothing(
    marker: MarkerState, trusted: bool
) -> None:
    assert scene(World(manifest(marker=marker))).deletes_trusted is trusted


def test_quarantined_sources_are_told_apart_by_kind() -> None:
    records = tuple(
        QuarantinedRecord(kind, "f", position, source, DiskReason(DiskCode.ID_EMPTY), "")
        for position, (kind, source) in enumerate(
            [(Kind.CLIP, "1"), (Kind.CLIP, None), (Kind.COLLECTION, "2")]
        )
    )
    found = scene(World(manifest(quarantined=records)))

    assert found.quarantined_sources(Kind.CLIP) == {"1", None}
    assert found.quarantined_sources(Kind.COLLECTION) == {"2"}


def test_what_the_ledger_knows_is_found_by_kind_and_row() -> None:
    clip, collection = (BaseRow(kind, "1", "same", {}, {}) for kind in Kind)

    found = scene(base=Base(PROJECT, rows=(clip, collection))).base_rows

    assert found == {(Kind.CLIP, "same"): clip, (Kind.COLLECTION, "same"): collection}
