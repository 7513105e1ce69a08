"""Histories for property tests: what AutoClip, its pipeline and people did to one project.

An act is a value; `play` makes a world of a list of them. What a person writes begins with
`PERSONS`, which no file ever says, so that a law can tell whose a value is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from clipsync.model.manifest import ClipRecord, MarkerState
from clipsync.model.snapshot import ClipRow, CollectionRow
from tests.reconcile.worlds import (
    PROJECT,
    World,
    autoclip_clip_row,
    autoclip_collection_row,
    clip_record,
    collection_record,
    manifest,
    project_row,
)

PERSONS = "我"
NUMBERS = range(1, 5)


@dataclass(frozen=True)
class Act:
    """`name` says what is done, `which` to which row (modulo their number), `value` with what.

    A run's value: ([(number, minute, title)], [(number, [clip numbers], title)], marker).
    """

    name: str
    which: int = 0
    value: Any = None


# -- what there is to draw -------------------------------------------------------------------------

titles = st.sampled_from(["甲", "乙", "丙"])
persons_words = st.integers(0, 3).map(lambda number: f"{PERSONS}{number}")
several = st.lists(st.sampled_from(NUMBERS), unique=True, min_size=3)
any_number = st.lists(st.sampled_from(NUMBERS), unique=True)
FIELDS = st.sampled_from(["title", "description", "name", "summary", "export"])


@st.composite
def runs(draw: st.DrawFn) -> Act:
    """A run's clips and collections: ids may be another scene's than in the run before (rule 4)."""
    clips = [
        (number, draw(st.sampled_from([number, number, number, number + 1, 9])), draw(titles))
        for number in draw(several | several | any_number)
    ]
    collections = [
        (number, draw(any_number), draw(titles))
        for number in draw(st.lists(st.sampled_from([1, 2, 3]), unique=True, min_size=2))
    ]
    marker = draw(st.sampled_from([MarkerState.PRESENT] * 4 + [MarkerState.MISSING]))
    return Act("run", value=(clips, collections, marker.value))


which = st.integers(0, 5)
people = st.one_of(
    st.builds(Act, FIELDS, which, persons_words),
    st.builds(Act, FIELDS, which, persons_words | st.just("")),
    st.builds(Act, st.just("content"), which, st.lists(which, min_size=2, max_size=4)),
    st.builds(Act, st.sampled_from(["delete clip", "delete collection"]), which),
    st.builds(Act, st.just("make clip"), which),
    st.builds(Act, st.just("make collection"), which, st.lists(which, max_size=3)),
)
accidents = st.one_of(
    st.builds(Act, st.sampled_from(["lose clips", "lose collections", "lose all", "lose links"])),
    st.builds(Act, st.sampled_from(["damage clip", "damage collection"]), which),
)
renumberings = st.builds(Act, st.just("renumber"), which)
imports = st.builds(Act, st.sampled_from(["autoclip", "reimport", "old sync"]))
syncs = st.just(Act("sync"))
histories = st.builds(
    lambda first, brought, rest: [first, brought, *rest],
    runs(),
    imports | syncs,
    st.lists(
        people | people | runs() | renumberings | syncs | imports | accidents,
        min_size=2,
        max_size=9,
    ),
)
"""A run, then rows of it, then anything."""


# -- what the acts do ------------------------------------------------------------------------------


def play(acts: Iterable[Act]) -> World:
    world = World(manifest(), project=project_row(status="PENDING"))
    player = _Player(world)
    for act in acts:
        player.play(act)
    return world


def by_hand(world: World) -> dict[str, ClipRow | CollectionRow]:
    """The rows that people made."""
    rows: dict[str, ClipRow | CollectionRow] = {**world.clips, **world.collections}
    return {row_id: row for row_id, row in rows.items() if row_id.startswith("mine-")}


class _Player:
    def __init__(self, world: World) -> None:
        self.world = world
        self._made = 0
        self._acts: dict[str, Callable[[Act], None]] = {
            "run": self._run,
            "renumber": self._renumber,
            "content": self._content,
            "make clip": self._make_clip,
            "make collection": self._make_collection,
            "lose links": lambda act: self.world.links.clear(),
        }

    def play(self, act: Act) -> None:
        world = self.world
        match act.name:
            case "title" | "description":
                self._edit_clip(act.which, **{act.name: act.value})
            case "name":
                self._edit_collection(act.which, name=act.value)
            case "summary":
                self._edit_collection(act.which, description=act.value)
            case "export":
                self._edit_collection(act.which, export_path=act.value)
            case "damage clip":
                self._edit_clip(act.which, duration=-1, status="PENDING", video_path=None)
            case "damage collection":
                self._edit_collection(act.which, clips_count=0, status="ERROR")
            case "delete clip" | "lose clips" | "delete collection" | "lose collections":
                self._remove(act)
            case "lose all":
                world.clips.clear()
                world.collections.clear()
            case "autoclip":
                self._autoclip(self._current_clip_row)
            case "old sync":
                self._autoclip(self._composite_clip_row)
            case "reimport":
                world.clips.clear()
                world.collections.clear()
                world.links.clear()
                self._autoclip(self._current_clip_row)
            case "sync":
                world.apply(world.plan(allow_deletes=True))
            case name:
                self._acts[name](act)

    def _run(self, act: Act) -> None:
        clips, collections, marker = act.value
        noted = self.world.disk.deleted_collection_row_ids
        self.world.disk = manifest(
            [
                clip_record(number, start=minute * 60, title=f"{title}{number}", description=title)
                for number, minute, title in clips
            ],
            [
                collection_record(number, clip_ids, name=f"{title}{number}")
                for number, clip_ids, title in collections
            ],
            marker=MarkerState(marker),
            deleted_collection_row_ids=noted,
        )

    def _renumber(self, act: Act) -> None:
        """A retry that cuts the same pieces of video, and begins to number them elsewhere."""
        disk = self.world.disk
        numbers = [int(record.source_id) for record in disk.clips]
        turn = act.which % len(numbers) if numbers else 0
        new = dict(zip(map(str, numbers), numbers[turn:] + numbers[:turn], strict=True))
        self.world.disk = replace(
            disk,
            clips=tuple(
                clip_record(
                    new[record.source_id],
                    start=record.start_seconds,
                    end=record.end_seconds,
                    title=record.title,
                    description=record.description,
                )
                for record in disk.clips
            ),
            collections=tuple(
                collection_record(
                    int(record.source_id),
                    [new.get(number, int(number)) for number in record.clip_ids],
                    name=record.name,
                    description=record.description,
                )
                for record in disk.collections
            ),
        )

    def _edit_clip(self, which: int, **values: Any) -> None:
        row_id = _pick(self.world.clips, which)
        if row_id is not None and not row_id.startswith("mine-"):
            self.world.edit_clip(row_id, updated_at=self._now(), **values)

    def _edit_collection(self, which: int, **values: Any) -> None:
        row_id = _pick(self.world.collections, which)
        if row_id is not None and not row_id.startswith("mine-"):
            self.world.edit_collection(row_id, updated_at=self._now(), **values)

    def _content(self, act: Act) -> None:
        row_id = _pick(self.world.collections, act.which)
        if row_id is not None and not row_id.startswith("mine-"):
            self.world.set_content(row_id, self._picked(act.value), updated_at=self._now())

    def _picked(self, places: list[int]) -> list[str]:
        found = (_pick(self.world.clips, place) for place in places)
        return list(dict.fromkeys(row_id for row_id in found if row_id is not None))

    def _remove(self, act: Act) -> None:
        world = self.world
        match act.name:
            case "lose clips":
                world.clips.clear()
            case "lose collections":
                world.collections.clear()
            case "delete clip":
                world.clips.pop(_pick(world.clips, act.which) or "", None)
            case "delete collection":
                row_id = _pick(world.collections, act.which)
                if row_id is not None:
                    del world.collections[row_id]
                    world.links.pop(row_id, None)
                    noted = world.disk.deleted_collection_row_ids
                    world.disk = replace(world.disk, deleted_collection_row_ids=(*noted, row_id))

    def _make_clip(self, act: Act) -> None:
        row_id = self._new_id("mine")
        row = autoclip_clip_row(clip_record(act.which), row_id, clip_metadata=None)
        self.world.clips[row_id] = replace(row, title=f"{PERSONS}做的{row_id}")

    def _make_collection(self, act: Act) -> None:
        row_id = self._new_id("mine")
        listed = self._picked(act.value)
        row = autoclip_collection_row(collection_record(1, []), row_id, [], clips_count=len(listed))
        self.world.collections[row_id] = replace(
            row, name=f"{PERSONS}做的{row_id}", collection_metadata={"clip_ids": listed}
        )

    def _autoclip(self, clip_row: Callable[[ClipRecord], ClipRow]) -> None:
        """AutoClip's own sync: it knows clips by their title, and collections not at all."""
        world = self.world
        for record in world.disk.clips:
            if record.title not in {row.title for row in world.clips.values()}:
                row = clip_row(record)
                world.clips.setdefault(row.id, row)
        rows = {row.title: row.id for row in world.clips.values()}
        titles = {record.source_id: record.title for record in world.disk.clips}
        for collection in world.disk.collections:
            listed = [titles[source] for source in collection.clip_ids if source in titles]
            row_id = self._new_id("autoclip")
            world.collections[row_id] = autoclip_collection_row(
                collection,
                row_id,
                [rows[title] for title in listed if title in rows],
                **self._times(),
            )

    def _current_clip_row(self, record: ClipRecord) -> ClipRow:
        return autoclip_clip_row(record, self._new_id("autoclip"), **self._times())

    def _composite_clip_row(self, record: ClipRecord) -> ClipRow:
        held = {key: record.content[key] for key in ("outline", "content", "chunk_index")}
        return autoclip_clip_row(
            record, f"{PROJECT}_{record.source_id}", clip_metadata=held, **self._times()
        )

    def _new_id(self, maker: str) -> str:
        self._made += 1
        return f"{maker}-{self._made}"

    def _now(self) -> str:
        self._made += 1
        return f"2026-03-01 00:{self._made // 60:02d}:{self._made % 60:02d}.000000"

    def _times(self) -> dict[str, str]:
        now = self._now()
        return {"created_at": now, "updated_at": now}


def _pick(rows: Iterable[str], which: int) -> str | None:
    known = sorted(rows)
    return known[which % len(known)] if known else None
