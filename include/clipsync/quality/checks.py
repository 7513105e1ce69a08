"""The rules of the second opinion: what must hold, and how bad it is if not. Pure data.

`expectations.py` makes Great Expectations' expectations of them. Each rule looks at one row of one
asset; `COLUMNS` tells what the assets hold, for our rules and for those that people add
(`own_rules.py`). *Error*: AutoClip's page shows something wrong, or will. *Warning*: strange, but
true to the disk or to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from clipsync.messages import rule_sentence
from clipsync.model.finding import Severity
from clipsync.quality.values import NAME_LIMIT


class Asset(StrEnum):
    PROJECTS = "projects"
    CLIPS = "clips"
    COLLECTIONS = "collections"
    LINKS = "links"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an asset: what it means, and whether it holds numbers (else text)."""

    meaning: str
    is_number: bool = False


INDEX_COLUMNS: Mapping[Asset, tuple[str, ...]] = {
    Asset.PROJECTS: ("project_id",),
    Asset.CLIPS: ("project_id", "clip_id"),
    Asset.COLLECTIONS: ("project_id", "collection_id"),
    Asset.LINKS: ("project_id", "collection_id", "clip_id"),
}
"""What tells a failing row: the project first, then the row's own id."""

_PROJECT = Column("The project's id.")
_ROLE = Column(
    "What the row is to the files: `record`, `second` (another row stands for its record), "
    "`left over`, `by hand`, `unknown` (the files say nothing that could be held against it)."
)
_SOURCE = Column("The number of its record in the final files, now or once.")
_CREATED = Column("When AutoClip or ClipSync made the row, as stored.")
_UPDATED = Column("When the row was last changed, as stored.")


def _number(meaning: str) -> Column:
    return Column(meaning, is_number=True)


def _by_file(names: Iterable[tuple[str, bool]]) -> dict[str, Column]:
    return {
        f"{name}_by_file": Column(
            f"What `{name}` should be: what it is, where that may stay.", is_number
        )
        for name, is_number in names
    }


COLUMNS: Mapping[Asset, Mapping[str, Column]] = {
    Asset.PROJECTS: {
        "project_id": _PROJECT,
        "name": Column("Its name, which is a person's."),
        "status": Column("PENDING, PROCESSING, COMPLETED or FAILED; `(no row)` where it has none."),
        "project_type": Column("DEFAULT, KNOWLEDGE, BUSINESS, …"),
        "processing_config": Column("JSON text."),
        "project_metadata": Column("JSON text."),
        "completed_at": Column("When it was completed, as stored."),
        "created_at": _CREATED,
        "updated_at": _UPDATED,
        "clips_on_disk": _number("Usable clip records; empty where the files do not say."),
        "clips_in_database": _number("Clip rows: what AutoClip's page shows as total."),
        "collections_on_disk": _number("Usable collection records."),
        "collections_in_database": _number("Collection rows."),
        "status_by_file": Column("What `status` should be: what it is, where that may stay."),
        "failed_for": Column("Why it should not be FAILED."),
        "clips_missing": Column("Numbers of clip records without a row that should have one."),
        "collections_missing": Column("Numbers of collection records without a row."),
        "buried_by_us": Column("Rows that ClipSync deleted and took for deleted by a person."),
        "buried_but_there": Column("Rows that are there and taken for deleted."),
        "buried_at_once": Column("Kinds of which most rows are taken for deleted at one moment."),
    },
    Asset.CLIPS: {
        "project_id": _PROJECT,
        "clip_id": Column("The row's id."),
        "role": _ROLE,
        "source_id": _SOURCE,
        "title": Column("Its title."),
        "description": Column("Its description: why the clip was chosen."),
        "status": Column("PENDING, PROCESSING, COMPLETED or FAILED."),
        "start_time": _number("Seconds from the video's start."),
        "end_time": _number("Seconds from the video's start."),
        "duration": _number("Seconds."),
        "score": _number("0 to 1."),
        "video_path": Column("The clip's video, as AutoClip's machine sees it."),
        "tags": Column("JSON text: a list."),
        "clip_metadata": Column("JSON text: the record it was made from."),
        "created_at": _CREATED,
        "updated_at": _UPDATED,
        "has_times": Column("`yes` where start, end and duration are numbers."),
        **_by_file(
            (
                ("title", False),
                ("description", False),
                ("status", False),
                ("start_time", True),
                ("end_time", True),
                ("duration", True),
                ("score", True),
            )
        ),
        "wrong_keys": Column("Keys of the stored record that differ from the file's."),
        "wrong_video": Column("The video that the row should name."),
        "came_back": Column("The record's number, where a person had deleted the clip."),
        "second_of": Column("The record's number, where another row stands for it already."),
        "left_over": Column("The record's number, where the files no longer have it."),
    },
    Asset.COLLECTIONS: {
        "project_id": _PROJECT,
        "collection_id": Column("The row's id."),
        "role": _ROLE,
        "source_id": _SOURCE,
        "name": Column("Its name."),
        "description": Column("Its description."),
        "status": Column("CREATED, PROCESSING, COMPLETED, ERROR or DELETED."),
        "clips_count": _number("The total that AutoClip's page shows."),
        "clips_listed": _number("How many clips it lists."),
        "listed": Column("Ids of the clips it lists, in order, separated by a comma and a space."),
        "linked": Column("Ids of the clips it is linked to, in order."),
        "video_path": Column("Its video, as AutoClip's machine sees it."),
        "thumbnail_path": Column("Its thumbnail."),
        "export_path": Column("The video that AutoClip's page shows."),
        "tags": Column("JSON text: a list."),
        "collection_metadata": Column("JSON text: what it lists, and where it comes from."),
        "created_at": _CREATED,
        "updated_at": _UPDATED,
        **_by_file((("name", False), ("description", False), ("status", False))),
        "clips_count_by_list": _number("What `clips_count` should be."),
        "linked_by_list": Column("What `linked` should be."),
        "not_there": Column("Listed clips that do not exist."),
        "left_out": Column("Clips of the file that it lacks though nobody took them out."),
        "not_in_file": Column("Clips that only an earlier file listed."),
        "out_of_order": Column("The file's order, where neither it nor a person's is kept."),
        "wrong_keys": Column("Keys of its metadata that differ from the file's."),
        "wrong_video": Column("The video that the row should name."),
        "wrong_export": Column("Its columns that name an export which is not there."),
        "came_back": Column("The record's number, where a person had deleted the collection."),
        "second_of": Column("The record's number, where another row stands for it already."),
        "left_over": Column("The record's number, where the files no longer have it."),
    },
    Asset.LINKS: {
        "project_id": _PROJECT,
        "collection_id": Column("The collection's id."),
        "clip_id": Column("The clip's id."),
        "role": Column("The collection's role."),
        "missing_row": Column("`clip`, `collection` or both, where there is no such row."),
        "order_index": _number("The clip's place in the collection."),
        "place": _number("What `order_index` should be."),
    },
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One expectation.

    `expectation`: a class of `great_expectations.expectations`; `arguments`: its arguments.
    `words`: the rule in one sentence, where it is people's own; ours are in the catalogue.
    """

    name: str
    asset: Asset
    severity: Severity
    expectation: str
    arguments: Mapping[str, Any]
    words: str = ""

    @property
    def description(self) -> str:
        """The rule in one sentence."""
        return rule_sentence(self.name, self.words)

    @property
    def column(self) -> str:
        """The column that it looks at, the first of several."""
        for key in ("column", "column_A"):
            if key in self.arguments:
                return str(self.arguments[key])
        return ""


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_NOT_BLANK = r"\S"
_TIME = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d:?(?:\d\d)?|Z)?$"


def _same(name: str, asset: Asset, column: str, expected: str) -> Rule:
    arguments = {
        "column_A": column,
        "column_B": expected,
        "ignore_row_if": "both_values_are_missing",
    }
    return Rule(name, asset, _ERROR, "ExpectColumnPairValuesToBeEqual", arguments)


def _none(name: str, asset: Asset, column: str, severity: Severity = _ERROR) -> Rule:
    return Rule(name, asset, severity, "ExpectColumnValuesToBeNull", {"column": column})


def _json(name: str, asset: Asset, column: str) -> Rule:
    arguments = {"column": column}
    return Rule(name, asset, _ERROR, "ExpectColumnValuesToBeJsonParseable", arguments)


def _filled(name: str, asset: Asset, column: str) -> Rule:
    arguments = {"column": column, "regex": _NOT_BLANK}
    return Rule(name, asset, _WARNING, "ExpectColumnValuesToMatchRegex", arguments)


def _fits(name: str, asset: Asset, column: str) -> Rule:
    arguments = {"column": column, "max_value": NAME_LIMIT}
    return Rule(name, asset, _WARNING, "ExpectColumnValueLengthsToBeBetween", arguments)


def _one_of(name: str, asset: Asset, column: str, values: Iterable[str]) -> Rule:
    arguments = {"column": column, "value_set": list(values)}
    return Rule(name, asset, _ERROR, "ExpectColumnValuesToBeInSet", arguments)


def _times(name: str, asset: Asset, column: str) -> Rule:
    arguments = {"column": column, "regex": _TIME}
    return Rule(name, asset, _ERROR, "ExpectColumnValuesToMatchRegex", arguments)


def _unique(name: str, asset: Asset, column: str) -> Rule:
    return Rule(name, asset, _ERROR, "ExpectColumnValuesToBeUnique", {"column": column})


_PROJECTS = (
    _unique("project_ids_unique", Asset.PROJECTS, "project_id"),
    _same(
        "project_completed",
        Asset.PROJECTS,
        "status",
        "status_by_file",
    ),
    _none(
        "project_failed",
        Asset.PROJECTS,
        "failed_for",
        _WARNING,
    ),
    _one_of(
        "project_statuses",
        Asset.PROJECTS,
        "status",
        ("PENDING", "PROCESSING", "COMPLETED", "FAILED", "(no row)"),
    ),
    _one_of(
        "project_types",
        Asset.PROJECTS,
        "project_type",
        (
            "DEFAULT",
            "KNOWLEDGE",
            "BUSINESS",
            "OPINION",
            "EXPERIENCE",
            "SPEECH",
            "CONTENT_REVIEW",
            "ENTERTAINMENT",
        ),
    ),
    _none(
        "clips_missing",
        Asset.PROJECTS,
        "clips_missing",
    ),
    _none(
        "collections_missing",
        Asset.PROJECTS,
        "collections_missing",
    ),
    _none(
        "deletions_ours",
        Asset.PROJECTS,
        "buried_by_us",
    ),
    _none(
        "deletions_there",
        Asset.PROJECTS,
        "buried_but_there",
    ),
    _none(
        "deletions_at_once",
        Asset.PROJECTS,
        "buried_at_once",
        _WARNING,
    ),
    # A project's name is a person's: no sync changes it.
    _filled("project_names", Asset.PROJECTS, "name"),
    _fits("project_name_lengths", Asset.PROJECTS, "name"),
    _times(
        "project_created",
        Asset.PROJECTS,
        "created_at",
    ),
    _times(
        "project_updated",
        Asset.PROJECTS,
        "updated_at",
    ),
    _json(
        "project_config_json",
        Asset.PROJECTS,
        "processing_config",
    ),
    _json("project_metadata_json", Asset.PROJECTS, "project_metadata"),
)

_CLIPS = (
    _unique("clip_ids_unique", Asset.CLIPS, "clip_id"),
    _none(
        "clip_sources_unique",
        Asset.CLIPS,
        "second_of",
    ),
    _none(
        "clip_left_over",
        Asset.CLIPS,
        "left_over",
    ),
    _none(
        "clip_deleted",
        Asset.CLIPS,
        "came_back",
    ),
    _same(
        "clip_title_by_file",
        Asset.CLIPS,
        "title",
        "title_by_file",
    ),
    _same(
        "clip_description_by_file",
        Asset.CLIPS,
        "description",
        "description_by_file",
    ),
    _same(
        "clip_start",
        Asset.CLIPS,
        "start_time",
        "start_time_by_file",
    ),
    _same("clip_end", Asset.CLIPS, "end_time", "end_time_by_file"),
    _same(
        "clip_duration",
        Asset.CLIPS,
        "duration",
        "duration_by_file",
    ),
    _same("clip_score_by_file", Asset.CLIPS, "score", "score_by_file"),
    _same(
        "clip_completed",
        Asset.CLIPS,
        "status",
        "status_by_file",
    ),
    _one_of(
        "clip_statuses",
        Asset.CLIPS,
        "status",
        ("PENDING", "PROCESSING", "COMPLETED", "FAILED"),
    ),
    _none(
        "clip_record",
        Asset.CLIPS,
        "wrong_keys",
    ),
    _none(
        "clip_videos",
        Asset.CLIPS,
        "wrong_video",
    ),
    _filled("clip_titles", Asset.CLIPS, "title"),
    _fits("clip_title_lengths", Asset.CLIPS, "title"),
    Rule(
        "clip_times",
        Asset.CLIPS,
        _ERROR,
        "ExpectColumnValuesToNotBeNull",
        {"column": "has_times"},
    ),
    Rule(
        "clip_order",
        Asset.CLIPS,
        _WARNING,
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {
            "column_A": "end_time",
            "column_B": "start_time",
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
        },
    ),
    Rule(
        "clip_score",
        Asset.CLIPS,
        _WARNING,
        "ExpectColumnValuesToBeBetween",
        {"column": "score", "min_value": 0, "max_value": 1},
    ),
    _times("clip_created", Asset.CLIPS, "created_at"),
    _times("clip_updated", Asset.CLIPS, "updated_at"),
    _json("clip_tags_json", Asset.CLIPS, "tags"),
    _json("clip_metadata_json", Asset.CLIPS, "clip_metadata"),
)

_COLLECTIONS = (
    _unique(
        "collection_ids_unique",
        Asset.COLLECTIONS,
        "collection_id",
    ),
    _none(
        "collection_sources_unique",
        Asset.COLLECTIONS,
        "second_of",
    ),
    _none(
        "collection_left_over",
        Asset.COLLECTIONS,
        "left_over",
    ),
    _none(
        "collection_deleted",
        Asset.COLLECTIONS,
        "came_back",
    ),
    _same(
        "collection_name_by_file",
        Asset.COLLECTIONS,
        "name",
        "name_by_file",
    ),
    _same(
        "collection_description_by_file",
        Asset.COLLECTIONS,
        "description",
        "description_by_file",
    ),
    _same(
        "collection_completed",
        Asset.COLLECTIONS,
        "status",
        "status_by_file",
    ),
    _one_of(
        "collection_statuses",
        Asset.COLLECTIONS,
        "status",
        ("CREATED", "PROCESSING", "COMPLETED", "ERROR", "DELETED", ""),
    ),
    _none(
        "collection_left_out",
        Asset.COLLECTIONS,
        "left_out",
    ),
    _none(
        "collection_not_in_file",
        Asset.COLLECTIONS,
        "not_in_file",
    ),
    _none(
        "collection_order",
        Asset.COLLECTIONS,
        "out_of_order",
    ),
    _none(
        "collection_listed",
        Asset.COLLECTIONS,
        "not_there",
    ),
    _none(
        "collection_record",
        Asset.COLLECTIONS,
        "wrong_keys",
    ),
    _none(
        "collection_videos",
        Asset.COLLECTIONS,
        "wrong_video",
    ),
    _none(
        "collection_exports",
        Asset.COLLECTIONS,
        "wrong_export",
        _WARNING,
    ),
    _filled("collection_names", Asset.COLLECTIONS, "name"),
    _fits("collection_name_lengths", Asset.COLLECTIONS, "name"),
    _same(
        "collection_clip_totals",
        Asset.COLLECTIONS,
        "clips_count",
        "clips_count_by_list",
    ),
    _same(
        "collection_links",
        Asset.COLLECTIONS,
        "linked",
        "linked_by_list",
    ),
    _times(
        "collection_created",
        Asset.COLLECTIONS,
        "created_at",
    ),
    _times(
        "collection_updated",
        Asset.COLLECTIONS,
        "updated_at",
    ),
    _json("collection_tags_json", Asset.COLLECTIONS, "tags"),
    _json(
        "collection_metadata_json",
        Asset.COLLECTIONS,
        "collection_metadata",
    ),
)

_LINKS = (
    _none(
        "link_orphans",
        Asset.LINKS,
        "missing_row",
    ),
    _same(
        "link_order",
        Asset.LINKS,
        "order_index",
        "place",
    ),
)

RULES: tuple[Rule, ...] = (*_PROJECTS, *_CLIPS, *_COLLECTIONS, *_LINKS)
