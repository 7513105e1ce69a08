"""Files, rows and ledger of one project together: what stands for what, and what it should hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clipsync.model.base import Base
from clipsync.model.manifest import Kind
from clipsync.model.plan import Table
from clipsync.quality.disk import DiskClip, DiskCollection, DiskProject
from clipsync.quality.identity import (
    Identified,
    Known,
    Role,
    identify_clips,
    identify_collections,
)
from clipsync.quality.people import (
    Writings,
    base_content,
    is_edited,
    out_of_order,
    taken_out,
    text_by_file,
    untouched_text,
)
from clipsync.quality.rows import ClipRow, CollectionRow, LinkRow
from clipsync.quality.values import (
    ids_in,
    in_order,
    number,
    parsed,
    same_json,
    same_number,
)
from clipsync.quality.videos import below, names_another_video

_EXPORTS = ("export_path", "thumbnail_path")
_PIPELINES_KEYS = frozenset(
    {
        "id",
        "start_time",
        "end_time",
        "outline",
        "content",
        "chunk_index",
        "final_score",
        "recommend_reason",
        "generated_title",
        "title",
    }
)
"""Keys of a stored record that only the pipeline writes; others may be anybody's."""


@dataclass(slots=True)
class Rows:
    """One project's rows. `listed`: clips that some collection lists and that exist."""

    clips: list[ClipRow] = field(default_factory=list)
    collections: list[CollectionRow] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    listed: frozenset[str] = frozenset()


class Scene:
    """Files, rows and ledger of one project, and what stands for what.

    `quiet`: AutoClip is not at it. `judged`: the files can be held against the rows now.
    """

    def __init__(
        self, rows: Rows, disk: DiskProject, base: Base, writings: Writings, quiet: bool
    ) -> None:
        self.project_id, self.disk, self.base, self.writings = base.project_id, disk, base, writings
        self.judged = disk.judged and quiet
        clips, collections = rows.clips, rows.collections
        self.clips: Identified[ClipRow, DiskClip] = identify_clips(disk, clips, base, self.judged)
        self.collections: Identified[CollectionRow, DiskCollection] = identify_collections(
            disk, collections, base, self.judged, self.clips.row_of
        )
        self._links: dict[str, list[LinkRow]] = defaultdict(list)
        for link in rows.links:
            self._links[link.collection_id].append(link)
        self._there = {row.id for row in clips} | rows.listed
        self._listed = {
            clip_id
            for row in collections
            for clip_id in ids_in(parsed(row.collection_metadata).get("clip_ids"))
        }

    # -- clips ------------------------------------------------------------------------------

    def clip(self, known: Known[ClipRow, DiskClip]) -> dict[str, Any]:
        row, record = known.row, known.record
        values: dict[str, Any] = {
            **row._asdict(),
            "clip_id": row.id,
            "role": known.role.value,
            "source_id": known.source,
            "start_time": number(row.start_time),
            "end_time": number(row.end_time),
            "duration": number(row.duration),
            "score": number(row.score),
            "has_times": None
            if None in map(number, (row.start_time, row.end_time, row.duration))
            else "yes",
            "score_by_file": number(row.score),
            "came_back": known.source if self._came_back(known, self._clip_texts(row)) else None,
            "second_of": known.source if self._is_needless_second(known) else None,
            "left_over": known.source if self._is_needless(known) else None,
        }
        for name in ("title", "description", "status", "start_time", "end_time", "duration"):
            values[f"{name}_by_file"] = values[name]
        if record is not None and known.role is Role.RECORD:
            values |= self._clip_by_file(known, record)
        return values

    def _clip_by_file(self, known: Known[ClipRow, DiskClip], record: DiskClip) -> dict[str, Any]:
        row = known.row
        own = parsed(row.clip_metadata)
        start, end = record.start // 1000, record.end // 1000
        texts = (("title", record.title), ("description", record.description))
        return {
            **{
                f"{name}_by_file": text_by_file(
                    getattr(row, name),
                    written,
                    untouched_text(known.base, name, _own_text(own, name)),
                    self._is_ours(Table.CLIPS, row.id, name, getattr(row, name)),
                )
                for name, written in texts
            },
            "status_by_file": "COMPLETED",
            "start_time_by_file": start,
            "end_time_by_file": end,
            "duration_by_file": end - start,
            "score_by_file": number(row.score)
            if same_number(row.score, record.score)
            else record.score
            if record.score is not None
            else -1,
            "wrong_keys": _wrong_keys(own, record.record),
            "wrong_video": names_another_video(
                row.video_path, self.project_id, self.disk.videos, record.source_id
            ),
        }

    def _clip_texts(self, row: ClipRow) -> dict[str, str | None]:
        return {"title": row.title, "description": row.description}

    # -- collections ------------------------------------------------------------------------

    def collection(self, known: Known[CollectionRow, DiskCollection]) -> dict[str, Any]:
        row, metadata = known.row, parsed(known.row.collection_metadata)
        listed = ids_in(metadata.get("clip_ids"))
        linked = [link.clip_id for link in sorted(self._links[row.id], key=_order)]
        follows = known.role is not Role.BY_HAND and known.role is not Role.UNKNOWN
        values: dict[str, Any] = {
            **row._asdict(),
            "collection_id": row.id,
            "role": known.role.value,
            "source_id": known.source,
            "clips_count": number(row.clips_count),
            "clips_listed": len(listed),
            "listed": ", ".join(listed),
            "linked": ", ".join(linked),
            "clips_count_by_list": len(listed) if follows else number(row.clips_count),
            "linked_by_list": ", ".join(listed) if follows else ", ".join(linked),
            "not_there": self._not_there(listed) if follows else None,
            "came_back": known.source if self._came_back(known, self._names(row)) else None,
            "second_of": known.source if self._is_needless_second(known) else None,
            "left_over": known.source if self._is_needless(known) else None,
        }
        for name in ("name", "description", "status"):
            values[f"{name}_by_file"] = values[name]
        if known.record is not None and known.role is Role.RECORD:
            values |= self._collection_by_file(known, known.record, metadata, listed)
        return values

    def _collection_by_file(
        self,
        known: Known[CollectionRow, DiskCollection],
        record: DiskCollection,
        metadata: Mapping[str, Any],
        listed: list[str],
    ) -> dict[str, Any]:
        row, base = known.row, known.base
        by_file = [self.clips.row_of[one] for one in record.clip_ids if one in self.clips.row_of]
        by_file = list(dict.fromkeys(by_file))
        left_out = taken_out(listed, by_file, base, self.writings, row)
        disordered = out_of_order(listed, by_file, base, self.writings, row)
        texts = (("name", record.name), ("description", record.description))
        return {
            **{
                f"{name}_by_file": text_by_file(
                    getattr(row, name),
                    written,
                    untouched_text(base, name, None),
                    self._is_ours(Table.COLLECTIONS, row.id, name, getattr(row, name)),
                )
                for name, written in texts
            },
            "status_by_file": row.status if row.status == "DELETED" else "COMPLETED",
            "left_out": ", ".join(left_out) or None,
            "not_in_file": self._not_in_file(listed, by_file, known),
            "out_of_order": ", ".join(in_order(by_file, listed)) if disordered else None,
            "wrong_keys": self._wrong_collection_keys(metadata, record, listed),
            **self._wrong_collection_files(row, record),
        }

    def _names(self, row: CollectionRow) -> dict[str, str | None]:
        return {"name": row.name, "description": row.description}

    def _not_there(self, listed: Sequence[str]) -> str | None:
        """Listed clips that have no row, here or in another project."""
        return ", ".join(one for one in listed if one not in self._there) or None

    def _not_in_file(
        self,
        listed: Sequence[str],
        by_file: Sequence[str],
        known: Known[CollectionRow, DiskCollection],
    ) -> str | None:
        """Clips that only the file of an earlier day put there."""
        before = base_content(known.base)
        if before is None:
            return None
        stale = [one for one in listed if one in before and one not in by_file]
        hand = {one.row.id for one in self.clips.rows if one.role is not Role.RECORD}
        return ", ".join(one for one in stale if one in self._there - hand) or None

    def _wrong_collection_keys(
        self, metadata: Mapping[str, Any], record: DiskCollection, listed: Sequence[str]
    ) -> str | None:
        sources = {row_id: source for source, row_id in self.clips.row_of.items()}
        sources |= {
            one.row.id: one.source
            for one in self.clips.rows
            if one.role is Role.UNKNOWN and one.source is not None
        }
        originals = [sources[one] for one in listed if one in sources]
        named = metadata.get("original_clip_ids")
        said = [str(one) for one in named] if isinstance(named, list) else []
        wrong = []
        if str(metadata.get("original_id")) != record.source_id:
            wrong.append("original_id")
        if said != originals:
            wrong.append("original_clip_ids")
        if metadata.get("collection_type") != record.collection_type:
            wrong.append("collection_type")
        return ", ".join(wrong) or None

    def _wrong_collection_files(
        self, row: CollectionRow, record: DiskCollection
    ) -> dict[str, str | None]:
        """The video that the row should name, and its exports that are not there.

        Only where the collection's video is in sight: files may lie on AutoClip's machine alone.
        Exports are a person's ("generate video"), so no sync sets them right.
        """
        folder, videos = "output/collections/", self.disk.videos
        stems = (record.name, f"{record.source_id}_{record.name}")
        own = [path for stem in stems if (path := f"{folder}{stem}.mp4") in videos]
        if not own:
            return {}
        exports = {name: below(getattr(row, name), self.project_id) for name in _EXPORTS}
        gone = [name for name, tail in exports.items() if tail and tail not in videos]
        return {
            "wrong_video": None if below(row.video_path, self.project_id) in videos else own[0],
            "wrong_export": ", ".join(gone) or None,
        }

    # -- links ------------------------------------------------------------------------------

    def links(self) -> list[dict[str, Any]]:
        roles = {one.row.id: one.role for one in self.collections.rows}
        found = []
        for collection_id, links in sorted(self._links.items()):
            role = roles.get(collection_id, Role.LEFT_OVER)
            follows = role not in (Role.BY_HAND, Role.UNKNOWN)
            found += numbered(links, follows, role.value)
        return found

    # -- both kinds -------------------------------------------------------------------------

    def _is_ours(self, table: Table, row_id: str, name: str, value: str | None) -> Any:
        return lambda: self.writings.wrote_text(table, row_id, name, value)

    def _came_back(self, known: Known[Any, Any], texts: Mapping[str, str | None]) -> bool:
        return known.buried and not is_edited(texts, known.base, self._own_texts(known))

    def _is_needless_second(self, known: Known[Any, Any]) -> bool:
        return known.role is Role.SECOND and not self._is_peoples(known)

    def _is_needless(self, known: Known[Any, Any]) -> bool:
        """Rows that the files no longer name, and that nobody worked on or uses."""
        kind = Kind.CLIP if isinstance(known.row, ClipRow) else Kind.COLLECTION
        if known.role is not Role.LEFT_OVER or not self.judged:
            return False
        if self.disk.unclear(kind) or known.row.id in self._listed:
            return False
        by_looks = known.base is not None and known.base.by_looks
        return not by_looks and not self._is_peoples(known)

    def _is_peoples(self, known: Known[Any, Any]) -> bool:
        row = known.row
        if isinstance(row, ClipRow):
            return is_edited(self._clip_texts(row), known.base, self._own_texts(known))
        if is_edited(self._names(row), known.base, self._own_texts(known)):
            return True
        listed = ids_in(parsed(row.collection_metadata).get("clip_ids"))
        named = base_content(known.base)
        if named is None:
            return True
        return listed != in_order(named, self._there)

    def _own_texts(self, known: Known[Any, Any]) -> dict[str, str]:
        if not isinstance(known.row, ClipRow):
            return {}
        own = parsed(known.row.clip_metadata)
        texts = {name: _own_text(own, name) for name in ("title", "description")}
        return {name: text for name, text in texts.items() if text is not None}


def numbered(
    links: Sequence[LinkRow], follows: bool = True, role: str = Role.LEFT_OVER.value
) -> list[dict[str, Any]]:
    """Links of one collection with their places; `follows`: they must be numbered without gaps."""
    return [
        {
            "project_id": link.collection_project_id or link.clip_project_id or "",
            "collection_id": link.collection_id,
            "clip_id": link.clip_id,
            "role": role,
            "missing_row": _missing(link),
            "order_index": number(link.order_index),
            "place": place if follows and link.collection_project_id else number(link.order_index),
        }
        for place, link in enumerate(sorted(links, key=_order))
    ]


def _own_text(record: Mapping[str, Any], name: str) -> str | None:
    """The title or description of the record that AutoClip stored in the row."""
    if name == "description":
        reason = record.get("recommend_reason")
        return reason if isinstance(reason, str) else None
    outline = record.get("outline")
    if isinstance(outline, dict):
        outline = outline.get("title")
    for text in (record.get("generated_title"), record.get("title"), outline):
        if isinstance(text, str) and text.strip():
            return text
    return None


def _wrong_keys(stored: Mapping[str, Any], record: Mapping[str, Any]) -> str | None:
    """Keys of the record that the row's copy lacks, or holds otherwise, or has too many of."""
    wrong = [key for key in record if key not in stored or not same_json(stored[key], record[key])]
    wrong += sorted((_PIPELINES_KEYS & stored.keys()) - record.keys())
    return ", ".join(wrong) or None


def _missing(link: LinkRow) -> str | None:
    if link.clip_project_id is None:
        return "clip" if link.collection_project_id is not None else "clip and collection"
    return "collection" if link.collection_project_id is None else None


def _order(link: LinkRow) -> tuple[float, str]:
    place = number(link.order_index)
    return float("inf") if place is None else place, link.clip_id
