"""Reasons: why something was decided, as a code with values.

A reason is never a sentence. `messages/` renders it, in the reader's language, for everything that
speaks to people; what decides by a reason compares its code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar


class ReasonCode(StrEnum):
    """Every reason there is. Values, where a code has some, are named behind it."""

    # -- why a row is made
    NO_PROJECT_ROW = "no_project_row"
    NEW_ON_DISK = "new_on_disk"
    LOST = "lost"
    """kind: the row was lost with all others of its kind, and comes back."""
    RESTORED_ON_PURPOSE = "restored_on_purpose"
    RESCUED = "rescued"
    """A project's row alone is rebuilt, so that AutoClip does not delete its directory."""

    # -- why a row, or one field of it, changes
    STUCK = "stuck"
    """status: the project's files are complete, and its row still had this status."""
    FROM_DISK = "from_disk"
    PREFERRED_DISK = "preferred_disk"
    CARRIED_OVER = "carried_over"
    """A person's value of a row that AutoClip replaced by this one."""
    FOLLOWS_CONTENT = "follows_content"
    FOLLOWS_CLIPS = "follows_clips"
    """References follow clips whose rows go, to the rows that take their place."""
    MADE_BY_AUTOCLIP = "made_by_autoclip"
    """The ledger takes the row to its knowledge."""
    ENUM_NAME = "enum_name"
    """The word was spelled otherwise than AutoClip spells it: `completed` for `COMPLETED`."""
    UNDONE = "undone"

    # -- why a row goes
    DUPLICATE = "duplicate"
    """row: the row that stays for the same record."""
    NOT_IN_FILE = "not_in_file"
    CAME_BACK = "came_back"
    """A person deleted it, and AutoClip's own sync brought it back."""
    LINKS_OF_NOBODY = "links_of_nobody"
    """Links whose collection, or whose clip, is gone."""

    # -- why a value, a row, or nothing stays
    SAME = "same"
    EDITED = "edited"
    EDIT_CONFLICT = "edit_conflict"
    UNKNOWN_EDIT = "unknown_edit"
    PREFERRED_DATABASE = "preferred_database"
    CUT_TO_FIT = "cut_to_fit"
    ONLY_WHEN_MADE = "only_when_made"
    """The disk's value is used to make the row; afterwards the field is AutoClip's."""
    BY_HAND = "by_hand"
    EDITED_DUPLICATE = "edited_duplicate"
    """row: the row that stands for the record; a person edited this one as well."""
    EDITED_STALE = "edited_stale"
    KEPT_IN_COLLECTION = "kept_in_collection"
    """collections: names of people's collections that list the clip."""
    ADOPTED_BY_LOOKS = "adopted_by_looks"
    """Nothing but its looks tells what it was made from: never deleted."""
    RECORD_QUARANTINED = "record_quarantined"
    UNCLEAR_RECORDS = "unclear_records"
    """A record without a readable id: which row is meant can't be told."""
    NO_MARKER = "no_marker"
    """Without the completion marker the file's silence about a row proves nothing."""
    NO_FILE_OF_KIND = "no_file_of_kind"
    STATUS_NOT_OURS = "status_not_ours"

    # -- why a record is held back
    DELETED_BY_USER = "deleted_by_user"
    MAYBE_DELETED = "maybe_deleted"
    DELETIONS_UNKNOWN = "deletions_unknown"
    """The row is gone, and the file that tells what people deleted can't be read."""
    MANY_DELETED = "many_deleted"
    """More than half of the rows that were known went at once."""
    DELETED_AND_RENAMED = "deleted_and_renamed"
    """label: the name under which it was deleted; the file has another one now."""

    # -- why nothing is planned for a project
    ABSENT = "absent"
    UNREADABLE = "unreadable"
    """problems: [{file, reason}]."""
    NO_FINAL_FILES = "no_final_files"
    FAILED_IN_AUTOCLIP = "failed_in_autoclip"
    """AutoClip gave the project up, and left no final files."""
    FILES_GONE = "files_gone"
    """rows: the database has rows, and the final files are gone."""
    RETRY_UNDER_WAY = "retry_under_way"
    NO_RECORDS = "no_records"
    """marker: clips that the completion marker counts, and no file has."""
    CONTRADICTING = "contradicting"
    """kind, marker, records: what the completion marker counts, and what the file holds."""
    PROJECT_DELETED = "project_deleted"
    STUDIO = "studio"
    """AutoClip's Studio owns the project; nothing of it is synced."""

    # -- why a plan is not applied
    PROJECT_LIMIT = "project_limit"
    """deletes, rows, limit: too many of the project's rows would go."""
    KIND_LIMIT = "kind_limit"
    """kind, deletes, rows, limit: too many of one kind."""
    RUN_LIMIT = "run_limit"
    """deletes, rows, limit: too many of all rows of a run."""
    PROJECTS_GONE = "projects_gone"
    """gone, known: more than half of the known project rows went at once."""

    # -- why an undo leaves a row as it is
    ROW_IS_BACK = "row_is_back"
    LINKS_CHANGED = "links_changed"
    DELETED_SINCE = "deleted_since"
    CHANGED_SINCE = "changed_since"
    """columns: what somebody changed after the run."""
    LISTED_IN_COLLECTION = "listed_in_collection"
    """collection: the row id of a collection that lists the clip."""
    PROJECT_HAS_ROWS = "project_has_rows"
    """rows: how many other rows the project still has."""

    AS_WRITTEN = "as_written"
    """text: a sentence that a journal of release 0.1.0 holds."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code, and the JSON values that its sentence names."""

    code: ReasonCode
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """JSON: {"code": …} and, where there are any, "values"."""
        return code_to_json(self.code, self.values)

    @classmethod
    def from_json(cls, stored: Any) -> Reason:
        """The reason that `as_dict` gave.

        A bare text is a sentence of release 0.1.0, and a code that is none of ours is one of a
        later release: both are `AS_WRITTEN`.
        """
        return cls(*code_from_json(ReasonCode, stored))


Code = TypeVar("Code", bound=StrEnum)


def code_to_json(code: StrEnum, values: Mapping[str, Any]) -> dict[str, Any]:
    """JSON of a code with its values: {"code": …} and, where there are any, "values"."""
    shown: dict[str, Any] = {"code": code.value}
    if values:
        shown["values"] = dict(values)
    return shown


def code_from_json(codes: type[Code], stored: Any) -> tuple[Code, dict[str, Any]]:
    """What `code_to_json` was given; a text, or a code that is none of `codes`, as written."""
    if isinstance(stored, Mapping) and stored.get("code") in _texts(codes):
        return codes(stored["code"]), dict(stored.get("values") or {})
    text = stored.get("code") if isinstance(stored, Mapping) else stored
    return codes("as_written"), {"text": str(text)}


@cache
def _texts(codes: type[StrEnum]) -> frozenset[str]:
    return frozenset(code.value for code in codes)
