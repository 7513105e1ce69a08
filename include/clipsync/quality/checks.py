"""The rules of the second opinion: what must hold, how bad it is if not, and who judges it.

Pure data: `suites.py` makes Great Expectations' expectations of it. Each rule looks at one row of
one asset (`frames.py` tells the columns). *Error*: AutoClip's page shows something wrong.
*Warning*: strange, but true to the disk or to a person.

Rows that ClipSync leaves alone on purpose (made by hand, kept because somebody edited them,
standing for a quarantined record, or of a project whose disk says nothing) are an asset of their
own: only some rules apply to them, as warnings, because no sync will ever change them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from clipsync.model.finding import Severity

NAME_LIMIT = 255
"""Characters that AutoClip's columns for titles and names hold."""

LEFT_ALONE = "_left_alone"


class Asset(StrEnum):
    PROJECTS = "projects"
    CLIPS = "clips"
    COLLECTIONS = "collections"
    LINKS = "links"


INDEX_COLUMNS: Mapping[Asset, tuple[str, ...]] = {
    Asset.PROJECTS: ("project_id",),
    Asset.CLIPS: ("project_id", "clip_id"),
    Asset.COLLECTIONS: ("project_id", "collection_id"),
    Asset.LINKS: ("project_id", "collection_id", "clip_id"),
}
"""What tells a failing row: the project first, then the row's own id."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One expectation.

    `expectation`: a class of `great_expectations.expectations`; `arguments`: its arguments.
    `description`: the rule in one sentence. `also_left_alone`: it applies to rows that are left
    alone too, there as a warning.
    """

    name: str
    asset: Asset
    severity: Severity
    expectation: str
    arguments: Mapping[str, Any]
    description: str
    also_left_alone: bool = field(default=False)


_BOTH = "either_value_is_missing"
_NOT_BLANK = r"\S"
_FITS = rf"^(?=[\s\S]{{1,{NAME_LIMIT}}}$)[\s\S]*\S"


def _json(name: str, asset: Asset, column: str, whose: str) -> Rule:
    return Rule(
        name,
        asset,
        Severity.ERROR,
        "ExpectColumnValuesToBeJsonParseable",
        {"column": column},
        f"{whose} is valid JSON.",
        also_left_alone=True,
    )


RULES: tuple[Rule, ...] = (
    # -- projects ---------------------------------------------------------------------------
    Rule(
        "project_ids_unique",
        Asset.PROJECTS,
        Severity.ERROR,
        "ExpectColumnValuesToBeUnique",
        {"column": "project_id"},
        "No two project rows have the same id.",
        also_left_alone=True,
    ),
    Rule(
        "project_completed",
        Asset.PROJECTS,
        Severity.ERROR,
        "ExpectColumnValuesToBeInSet",
        {"column": "status", "value_set": ["COMPLETED"]},
        "A project that is completed on disk is COMPLETED in the database.",
    ),
    Rule(
        "clip_counts",
        Asset.PROJECTS,
        Severity.ERROR,
        "ExpectColumnPairValuesToBeEqual",
        {
            "column_A": "clips_in_database",
            "column_B": "clips_on_disk",
            "ignore_row_if": _BOTH,
        },
        "A project has as many clips in the database as on disk.",
    ),
    Rule(
        "collection_counts",
        Asset.PROJECTS,
        Severity.ERROR,
        "ExpectColumnPairValuesToBeEqual",
        {
            "column_A": "collections_in_database",
            "column_B": "collections_on_disk",
            "ignore_row_if": _BOTH,
        },
        "A project has as many collections in the database as on disk.",
    ),
    # A project's name is a person's: no sync changes it.
    Rule(
        "project_names",
        Asset.PROJECTS,
        Severity.WARNING,
        "ExpectColumnValuesToMatchRegex",
        {"column": "name", "regex": _NOT_BLANK},
        "A project's name is not empty.",
        also_left_alone=True,
    ),
    Rule(
        "project_name_lengths",
        Asset.PROJECTS,
        Severity.WARNING,
        "ExpectColumnValueLengthsToBeBetween",
        {"column": "name", "max_value": NAME_LIMIT},
        f"A project's name has at most {NAME_LIMIT} characters.",
        also_left_alone=True,
    ),
    _json(
        "project_config_json",
        Asset.PROJECTS,
        "processing_config",
        "A project's processing configuration",
    ),
    _json("project_metadata_json", Asset.PROJECTS, "project_metadata", "A project's metadata"),
    # -- clips ------------------------------------------------------------------------------
    Rule(
        "clip_ids_unique",
        Asset.CLIPS,
        Severity.ERROR,
        "ExpectColumnValuesToBeUnique",
        {"column": "clip_id"},
        "No two clip rows have the same id.",
        also_left_alone=True,
    ),
    Rule(
        "clip_sources_unique",
        Asset.CLIPS,
        Severity.ERROR,
        "ExpectCompoundColumnsToBeUnique",
        {"column_list": ["project_id", "source_id"], "ignore_row_if": "any_value_is_missing"},
        "No two clips of a project stand for the same record.",
    ),
    Rule(
        "clip_deleted",
        Asset.CLIPS,
        Severity.ERROR,
        "ExpectColumnValuesToBeNull",
        {"column": "deleted_source_id"},
        "A clip that somebody deleted does not come back.",
    ),
    Rule(
        "clip_titles",
        Asset.CLIPS,
        Severity.ERROR,
        "ExpectColumnValuesToMatchRegex",
        {"column": "title", "regex": _NOT_BLANK},
        "A clip's title is not empty.",
        also_left_alone=True,
    ),
    Rule(
        "clip_title_lengths",
        Asset.CLIPS,
        Severity.ERROR,
        "ExpectColumnValueLengthsToBeBetween",
        {"column": "title", "max_value": NAME_LIMIT},
        f"A clip's title has at most {NAME_LIMIT} characters.",
        also_left_alone=True,
    ),
    Rule(
        "clip_titles_edited",
        Asset.CLIPS,
        Severity.WARNING,
        "ExpectColumnValuesToMatchRegex",
        {"column": "edited_title", "regex": _FITS},
        f"A clip's title that somebody edited has 1 to {NAME_LIMIT} characters.",
    ),
    Rule(
        "clip_times",
        Asset.CLIPS,
        Severity.ERROR,
        "ExpectColumnValuesToNotBeNull",
        {"column": "span"},
        "A clip's start, end and duration are numbers.",
        also_left_alone=True,
    ),
    Rule(
        "clip_start",
        Asset.CLIPS,
        Severity.ERROR,
        "ExpectColumnValuesToBeBetween",
        {"column": "start_time", "min_value": 0},
        "A clip does not start before its video.",
        also_left_alone=True,
    ),
    Rule(
        "clip_order",
        Asset.CLIPS,
        Severity.WARNING,
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {
            "column_A": "end_time",
            "column_B": "start_time",
            "or_equal": True,
            "ignore_row_if": _BOTH,
        },
        "A clip does not end before it starts.",
        also_left_alone=True,
    ),
    Rule(
        "clip_duration",
        Asset.CLIPS,
        Severity.ERROR,
        "ExpectColumnPairValuesToBeEqual",
        {
            "column_A": "duration",
            "column_B": "seconds_from_start_to_end",
            "ignore_row_if": _BOTH,
        },
        "A clip's duration is the time from its start to its end.",
        also_left_alone=True,
    ),
    Rule(
        "clip_score",
        Asset.CLIPS,
        Severity.WARNING,
        "ExpectColumnValuesToBeBetween",
        {"column": "score", "min_value": 0, "max_value": 1},
        "A clip's score is between 0 and 1.",
        also_left_alone=True,
    ),
    _json("clip_tags_json", Asset.CLIPS, "tags", "A clip's list of tags"),
    _json("clip_metadata_json", Asset.CLIPS, "clip_metadata", "A clip's metadata"),
    # -- collections ------------------------------------------------------------------------
    Rule(
        "collection_ids_unique",
        Asset.COLLECTIONS,
        Severity.ERROR,
        "ExpectColumnValuesToBeUnique",
        {"column": "collection_id"},
        "No two collection rows have the same id.",
        also_left_alone=True,
    ),
    Rule(
        "collection_sources_unique",
        Asset.COLLECTIONS,
        Severity.ERROR,
        "ExpectCompoundColumnsToBeUnique",
        {"column_list": ["project_id", "source_id"], "ignore_row_if": "any_value_is_missing"},
        "No two collections of a project stand for the same record.",
    ),
    Rule(
        "collection_deleted",
        Asset.COLLECTIONS,
        Severity.ERROR,
        "ExpectColumnValuesToBeNull",
        {"column": "deleted_source_id"},
        "A collection that somebody deleted does not come back.",
    ),
    Rule(
        "collection_names",
        Asset.COLLECTIONS,
        Severity.ERROR,
        "ExpectColumnValuesToMatchRegex",
        {"column": "name", "regex": _NOT_BLANK},
        "A collection's name is not empty.",
        also_left_alone=True,
    ),
    Rule(
        "collection_name_lengths",
        Asset.COLLECTIONS,
        Severity.ERROR,
        "ExpectColumnValueLengthsToBeBetween",
        {"column": "name", "max_value": NAME_LIMIT},
        f"A collection's name has at most {NAME_LIMIT} characters.",
        also_left_alone=True,
    ),
    Rule(
        "collection_names_edited",
        Asset.COLLECTIONS,
        Severity.WARNING,
        "ExpectColumnValuesToMatchRegex",
        {"column": "edited_name", "regex": _FITS},
        f"A collection's name that somebody edited has 1 to {NAME_LIMIT} characters.",
    ),
    Rule(
        "collection_clip_totals",
        Asset.COLLECTIONS,
        Severity.ERROR,
        "ExpectColumnPairValuesToBeEqual",
        {
            "column_A": "clips_count",
            "column_B": "clips_listed",
            "ignore_row_if": "both_values_are_missing",
        },
        "A collection's total is the number of clips it lists.",
    ),
    Rule(
        "collection_links",
        Asset.COLLECTIONS,
        Severity.ERROR,
        "ExpectColumnPairValuesToBeEqual",
        {"column_A": "linked", "column_B": "listed", "ignore_row_if": _BOTH},
        "A collection's links are the clips it lists, in the same order.",
    ),
    _json("collection_tags_json", Asset.COLLECTIONS, "tags", "A collection's list of tags"),
    _json(
        "collection_metadata_json",
        Asset.COLLECTIONS,
        "collection_metadata",
        "A collection's metadata",
    ),
    # -- links ------------------------------------------------------------------------------
    Rule(
        "link_orphans",
        Asset.LINKS,
        Severity.ERROR,
        "ExpectColumnValuesToBeNull",
        {"column": "missing_row"},
        "A link joins a clip and a collection that exist.",
        also_left_alone=True,
    ),
    Rule(
        "link_projects",
        Asset.LINKS,
        Severity.ERROR,
        "ExpectColumnPairValuesToBeEqual",
        {
            "column_A": "clip_project_id",
            "column_B": "collection_project_id",
            "ignore_row_if": _BOTH,
        },
        "A collection holds clips of its own project only.",
        also_left_alone=True,
    ),
    Rule(
        "link_order",
        Asset.LINKS,
        Severity.ERROR,
        "ExpectColumnPairValuesToBeEqual",
        {
            "column_A": "order_index",
            "column_B": "place",
            "ignore_row_if": "both_values_are_missing",
        },
        "A collection's clips are numbered from 0 without gaps.",
    ),
)


def rules_of(asset: Asset, *, left_alone: bool) -> tuple[Rule, ...]:
    """The rules that apply to the asset's rows."""
    return tuple(
        rule for rule in RULES if rule.asset is asset and (rule.also_left_alone or not left_alone)
    )


def severity_of(rule: Rule, *, left_alone: bool) -> Severity:
    """A rule's severity; never an error where no sync could make it right."""
    return Severity.WARNING if left_alone else rule.severity


def asset_name(asset: Asset, *, left_alone: bool) -> str:
    return asset.value + LEFT_ALONE if left_alone else asset.value
