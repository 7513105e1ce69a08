"""Manifest: what the disk says of one project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from clipsync.model.reason import code_from_json, code_to_json


class Kind(StrEnum):
    """The two kinds of record, and of row, that AutoClip's pipeline makes."""

    CLIP = "clip"
    COLLECTION = "collection"


class DiskState(StrEnum):
    COMPLETED = "completed"
    """Final files (or their step fallback), or the "nothing worth cutting" case."""
    PROCESSING = "processing"
    """No marker and no final files: still processing, or died there. Not an error."""
    ABSENT = "absent"
    """No directory and no entry in projects.json. Never a reason to delete."""
    STUDIO = "studio"
    """A project of AutoClip's Studio: nothing to sync, its own file and videos say all."""
    UNREADABLE = "unreadable"
    """A file that decides is half-written, not UTF-8, wrongly shaped, too large or locked."""


class MarkerState(StrEnum):
    """The completion marker, which the pipeline writes last."""

    PRESENT = "present"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    NOT_USED = "not_used"
    """projects.json and the "nothing worth cutting" case have none."""


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """One valid clip record.

    `start_ms`, `end_ms`: milliseconds from the video's start; `end_ms` may lie before `start_ms`.
    `title`, `description`: uncut, as written. `video_path`: POSIX path below the project
    directory, of the real file if there is one, else of the file AutoClip would have written.
    `content`: the record verbatim, unknown keys included (a JSON object).
    """

    source_id: str
    position: int
    title: str
    description: str
    start_ms: int
    end_ms: int
    score: float | None
    video_path: str
    video_exists: bool
    content: Mapping[str, Any]

    @property
    def start_seconds(self) -> int:
        return self.start_ms // 1000

    @property
    def end_seconds(self) -> int:
        return self.end_ms // 1000


@dataclass(frozen=True, slots=True)
class CollectionRecord:
    """One valid collection record; `clip_ids` are ordered clip *source* ids, without repeats."""

    source_id: str
    position: int
    name: str
    description: str
    clip_ids: tuple[str, ...]
    collection_type: str
    video_path: str
    video_exists: bool
    content: Mapping[str, Any]
    thumbnail_path: str | None = None
    """POSIX path below the project directory of a thumbnail that is there; None: there is none."""


class DiskCode(StrEnum):
    """Why a file, or a record, can't be used. Values, where a code has some, are named behind it.

    `found` is what is there in place of what should be: `list`, `object`, `number`, `text`,
    `null`, `true`, `false`, or `nothing`. `value` is a bad value as people may see it.
    """

    # -- a file, or a folder
    NOT_PERMITTED = "not_permitted"
    VANISHED = "vanished"
    NO_DIRECTORY = "no_directory"
    LINK_TO_ITSELF = "link_to_itself"
    CANT_BE_READ = "cant_be_read"
    """detail: the operating system's words."""
    IS_DIRECTORY = "is_directory"
    IS_DEVICE = "is_device"
    TOO_LARGE = "too_large"
    """size, limit: in MiB."""
    EMPTY = "empty"
    NUL_BYTES = "nul_bytes"
    HALF_WRITTEN = "half_written"
    """at: a byte."""
    NOT_UTF8 = "not_utf8"
    """at: a byte."""
    NOT_JSON = "not_json"
    """at: a byte."""
    PARSER_TOO_DEEP = "parser_too_deep"
    ENDLESS_NUMBER = "endless_number"

    # -- what is in it
    TOO_DEEP = "too_deep"
    """levels."""
    NOT_FINITE = "not_finite"
    TOO_MANY_BITS = "too_many_bits"
    NUL_CHARACTER = "nul_character"
    HALF_CHARACTER = "half_character"
    NO_RECORD_LIST = "no_record_list"
    """found."""
    NO_KEY = "no_key"
    """key."""
    NO_LIST_UNDER_KEY = "no_list_under_key"
    """key, found."""
    NO_PROJECT_LIST = "no_project_list"
    """found."""
    NO_OBJECT = "no_object"
    """found."""
    ENTRY_NO_OBJECT = "entry_no_object"
    """position, found."""
    ENTRY_WITHOUT_ID = "entry_without_id"
    """position, value."""
    ENTRY_REPEATED = "entry_repeated"
    """position, project."""
    MORE_ENTRIES = "more_entries"
    """count."""
    ENTRY_NO_RECORD_LIST = "entry_no_record_list"
    """project, key, found."""

    # -- a record
    RECORD_NO_OBJECT = "record_no_object"
    """found."""
    SAME_ID_TWICE = "same_id_twice"
    """value."""
    FIELD_MISSING = "field_missing"
    """name."""
    ID_NEITHER_TEXT_NOR_NUMBER = "id_neither_text_nor_number"
    """value."""
    ID_EMPTY = "id_empty"
    ID_TOO_LONG = "id_too_long"
    """limit, value."""
    CLIP_IDS_NO_LIST = "clip_ids_no_list"
    """value."""
    CLIP_IDS_NO_ID = "clip_ids_no_id"
    """value."""
    NO_TIME = "no_time"
    """name, value."""
    SCORE_NO_NUMBER = "score_no_number"
    """value."""
    NO_TITLE = "no_title"
    """names."""

    SEVERAL = "several"
    """reasons: as JSON, one after the other."""
    AS_WRITTEN = "as_written"
    """text: a sentence that the ledger of release 0.1.0 holds."""


@dataclass(frozen=True, slots=True)
class DiskReason:
    """Why a file, or a record, can't be used: a code, and the JSON values its sentence names."""

    code: DiskCode
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """JSON: {"code": …} and, where there are any, "values"."""
        return code_to_json(self.code, self.values)

    @classmethod
    def from_json(cls, stored: Any) -> DiskReason:
        """The reason that `as_dict` gave; a text, or a code that is none of ours, as it is."""
        return cls(*code_from_json(DiskCode, stored))

    @classmethod
    def of(cls, reasons: Iterable[DiskReason]) -> DiskReason:
        """The one reason, or several as one."""
        one, *more = reasons
        if not more:
            return one
        return cls(DiskCode.SEVERAL, {"reasons": [reason.as_dict() for reason in (one, *more)]})


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """A record that can't be used. `file` is relative to the data directory, `position` 0-based.

    `source_id` is None where even that could not be read. `raw` is the record's JSON text,
    cut to 16,384 characters.
    """

    kind: Kind
    file: str
    position: int
    source_id: str | None
    reason: DiskReason
    raw: str


@dataclass(frozen=True, slots=True)
class DiskProblem:
    """A file that can't be used; `file` is relative to the data directory."""

    file: str
    reason: DiskReason


@dataclass(frozen=True, slots=True)
class StudioState:
    """What `metadata/studio.json` says: AutoClip's Studio owns the status of such a project.

    `phase`: screening, production, rendering, analysis, awaiting_confirmation, completed, partial,
    failed, cancelled, not_begun (only the database knows of it yet), unreadable, or whatever other
    word the file has. `one_click`: started by itself; else a person confirms the plan first.
    `done`, `failed`, `working`, `total`: outputs; those that are only made on demand count in none
    of them. `error`, `error_code`: AutoClip's reason. `finished_at`: ISO 8601 as written.
    `missing_videos`: POSIX paths below the project directory of finished outputs without a file.
    `drafts`: how many. `title`, `platforms`, `branding`, `portrait_style`: what was asked for.
    `problem`: why the file can't be used; nothing else is known then. `key`: a digest that differs
    for each finish of the project.
    """

    phase: str
    one_click: bool = True
    done: int = 0
    failed: int = 0
    working: int = 0
    total: int = 0
    error: str | None = None
    error_code: str | None = None
    finished_at: str | None = None
    missing_videos: tuple[str, ...] = ()
    drafts: int = 0
    title: str | None = None
    platforms: tuple[str, ...] = ()
    branding: Mapping[str, Any] | None = None
    portrait_style: str | None = None
    problem: DiskProblem | None = None
    key: str = ""

    @property
    def waits_for_a_person(self) -> bool:
        return self.phase == "awaiting_confirmation"

    @property
    def cancelled(self) -> bool:
        return self.phase == "cancelled"

    @property
    def finished(self) -> bool:
        """Nothing more is coming by itself. A cancelled run's outputs are given up with it; an
        output that is made anew (a retry, a further platform) makes the project unfinished again.
        """
        return self.cancelled or (
            self.phase in ("completed", "partial", "failed") and self.working == 0
        )

    @property
    def row_status(self) -> str | None:
        """What AutoClip makes of it in the project's row; None where that is not certain."""
        if not self.one_click or not self.finished:
            return None
        return {"completed": "COMPLETED", "partial": "FAILED", "failed": "FAILED"}.get(self.phase)


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """What the disk offers for a project's own row; None where it says nothing.

    `name` is the best name the disk offers (project file, projects.json, a telling video file
    name), `project_type` an upper-case member name, `video_path` POSIX below the project
    directory, `created_at` ISO 8601 as written, `metadata` the project file verbatim.
    """

    name: str | None = None
    description: str | None = None
    project_type: str | None = None
    processing_config: Mapping[str, Any] | None = None
    video_path: str | None = None
    created_at: str | None = None
    metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class MarkerCounts:
    """Videos that were cut, as the marker counts them: may be lower than the records."""

    clips: int | None
    collections: int | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the disk says of one project.

    `kind`: what made it (`classic`, `cli`, `studio`, `studio_confirmation`, `example`, `legacy`;
    see `autoclip/disk/kinds/`). `studio`: what its Studio file says, where it has one that owns the
    status; also a classic project has one after it was analysed again in the Studio.
    `has_directory`: there is a directory of its own, which an entry of projects.json may lack.
    `layout`: `current`, `output`, `steps`, `root`, `legacy` (projects.json) or None.
    `clips_known` / `collections_known`: False where no file says anything of that kind (an empty
    list in a file is known: the truth is none).
    `row_records`: the `processing/{clip,collection}_<uuid>.json` files of the per-clip-file
    generation, by kind and row id: the record each row was made from.
    `deleted_collection_row_ids`: database ids from `deleted_collections.json`, in file order.
    `deletions_known`: False where that file is there and can't be read: unknown is not empty.
    `project_dir`: the project's directory as this machine sees it, POSIX, no trailing slash.
    `content_hash`: SHA-256 over everything above that plans depend on (not file times).
    `fingerprint`: SHA-256 over paths, sizes and times of the files that decide; cheap to compute.
    """

    project_id: str
    state: DiskState
    project_dir: str
    kind: str = "classic"
    studio: StudioState | None = None
    has_directory: bool = False
    layout: str | None = None
    marker: MarkerState = MarkerState.MISSING
    marker_counts: MarkerCounts | None = None
    project: ProjectRecord = field(default_factory=ProjectRecord)
    clips: tuple[ClipRecord, ...] = ()
    collections: tuple[CollectionRecord, ...] = ()
    clips_known: bool = False
    collections_known: bool = False
    quarantined: tuple[QuarantinedRecord, ...] = ()
    problems: tuple[DiskProblem, ...] = ()
    deleted_collection_row_ids: tuple[str, ...] = ()
    deletions_known: bool = True
    row_records: Mapping[tuple[Kind, str], Mapping[str, Any]] = field(default_factory=dict)
    content_hash: str = ""
    fingerprint: str = ""
