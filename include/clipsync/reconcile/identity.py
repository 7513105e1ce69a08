"""Which record a row came from (rule 1), and what the file said when it was made.

Three generations of AutoClip's rows are recognised; see "How to know which record a row came
from" in the data contract. A row's title never is its identity: users edit titles.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clipsync.model.decision import Span
from clipsync.model.manifest import ClipRecord, Kind
from clipsync.model.snapshot import ClipRow, CollectionRow
from clipsync.reconcile.canonical import fit, same_text
from clipsync.reconcile.scene import Scene

_PER_RECORD_FILE = re.compile(r"(?:^|/)processing/(?:clip|collection)_([0-9a-f-]{36})\.json$")


def clip_source_id(row: ClipRow, scene: Scene) -> str | None:
    """The source id of the record this row came from; None: made by hand, as far as it tells."""
    known = scene.base_rows.get((Kind.CLIP, row.id))
    if known is not None:
        return known.source_id
    metadata = _object(row.clip_metadata)
    return (
        _id(metadata.get("id"))
        or _composite_id(row.id, f"{scene.project_id}_", excluding="collection_")
        or _id(_per_record(Kind.CLIP, row.id, metadata, scene).get("id"))
        or _id(metadata.get("original_id"))
        or (row.id if row.id in scene.clip_numbers else None)  # AutoClip's example project
    )


def record_id(row: ClipRow) -> str | None:
    """The source id that the row's own metadata holds: AutoClip's sync knows it by nothing else."""
    return _id(_object(row.clip_metadata).get("id"))


def collection_source_id(row: CollectionRow, scene: Scene) -> str | None:
    """Likewise for a collection's row."""
    known = scene.base_rows.get((Kind.COLLECTION, row.id))
    if known is not None:
        return known.source_id
    metadata = _object(row.collection_metadata)
    return (
        _id(metadata.get("original_id"))
        or _composite_id(row.id, f"{scene.project_id}_collection_")
        or _id(_per_record(Kind.COLLECTION, row.id, metadata, scene).get("id"))
    )


def looks_like_clip(row: ClipRow, record: ClipRecord) -> bool:
    """The last resort for a row without any source id: equal time range and title."""
    return (
        row.start_time == record.start_seconds
        and row.end_time == record.end_seconds
        and same_text(row.title, fit(record.title))
    )


def says_manual(metadata: Any) -> bool:
    """True where a row itself says that a person made it, as its kind or its origin.

    Example: {"collection_type": "manual"}; AutoClip's pipeline writes "ai_recommended".
    """
    said = _object(metadata)
    kind = said.get("collection_type")
    if isinstance(kind, str) and kind not in ("", "ai_recommended"):
        return True
    if said.get("manual") is True or said.get("is_manual") is True:
        return True
    return any(said.get(key) in _MANUAL for key in ("source", "created_by", "type", "origin"))


_MANUAL = ("manual", "user", "hand")


def clip_file_values(row: ClipRow, scene: Scene) -> dict[str, str]:
    """The file's `title` and `description` when this row was made, as far as anything tells.

    From the ledger; else from the record AutoClip stored in the row, from the row's own
    per-clip file, or (composite ids) from the video's name and the second copy of the reason.
    """
    known = scene.base_rows.get((Kind.CLIP, row.id))
    if known is not None:
        return dict(known.file_values)
    metadata = _object(row.clip_metadata)
    values: dict[str, str] = {}
    for record in (metadata, _per_record(Kind.CLIP, row.id, metadata, scene)):
        title = _record_title(record)
        if title is None and "generated_title" in record:
            title = ""  # AutoClip takes over the empty title of a record that has none
        if title is not None and _id(record.get("id")):
            values["title"] = fit(title)
            values["description"] = str(record.get("recommend_reason") or "")
            return values
    number = _composite_id(row.id, f"{scene.project_id}_", excluding="collection_")
    if number is not None:
        name = (row.video_path or "").replace("\\", "/").rpartition("/")[2]
        if name.startswith(f"{number}_") and name.endswith(".mp4"):
            values["title"] = fit(name[len(number) + 1 : -len(".mp4")])
        if row.recommendation_reason is not None:
            values["description"] = row.recommendation_reason
    return values


def collection_file_values(row: CollectionRow, scene: Scene) -> dict[str, str]:
    """The file's `name` and `description` when this row was made, as far as its own file tells."""
    record = _per_record(Kind.COLLECTION, row.id, _object(row.collection_metadata), scene)
    if not _id(record.get("id")):
        return {}
    return {
        "name": fit(str(record.get("collection_title") or "")),
        "description": str(record.get("collection_summary") or ""),
    }


def collection_numbers(row: CollectionRow, scene: Scene) -> tuple[str, ...] | None:
    """The clip numbers that the file listed when AutoClip made this row; None: nothing tells."""
    metadata = _object(row.collection_metadata)
    record = _per_record(Kind.COLLECTION, row.id, metadata, scene)
    for holder, key in (
        (metadata, "original_clip_ids"),
        (metadata, "simplified_clip_ids"),
        (record, "clip_ids"),
    ):
        if isinstance(holder.get(key), list):
            return tuple(dict.fromkeys(str(item) for item in holder[key]))
    return None


def listed_by_sync(row: CollectionRow) -> bool:
    """True where AutoClip's own sync made the list: it knows clips by their stored id alone."""
    return isinstance(_object(row.collection_metadata).get("original_clip_ids"), list)


def content_ids(row: CollectionRow) -> list[str] | None:
    """`collection_metadata.clip_ids` without repeats; None where there is no such list."""
    listed = _object(row.collection_metadata).get("clip_ids")
    if not isinstance(listed, list):
        return None
    return list(dict.fromkeys(str(item) for item in listed))


def clip_span(row: ClipRow, scene: Scene) -> Span | None:
    """The row's time range; None where the row does not say (a row from 0 to 0 does not)."""
    known = scene.base_rows.get((Kind.CLIP, row.id))
    if known is not None and known.start_ms is not None and known.end_ms is not None:
        return known.start_ms, known.end_ms
    if not row.start_time and not row.end_time:
        return None
    return int(row.start_time or 0) * 1000, int(row.end_time or 0) * 1000


def own_clip_values(row: ClipRow) -> dict[str, str]:
    """The file's title and description as the record says them that is stored in the row."""
    record = _object(row.clip_metadata)
    title = _record_title(record)
    if title is None or record_id(row) is None:
        return {}
    return {"title": fit(title), "description": str(record.get("recommend_reason") or "")}


def _per_record(
    kind: Kind, row_id: str, metadata: Mapping[str, Any], scene: Scene
) -> Mapping[str, Any]:
    """The per-clip-file generation: the record in `processing/`, {} where there is none."""
    named = _PER_RECORD_FILE.search(str(metadata.get("metadata_file") or "").replace("\\", "/"))
    for candidate in (named.group(1) if named else None, metadata.get(f"{kind.value}_id"), row_id):
        record = scene.manifest.row_records.get((kind, str(candidate)))
        if record is not None:
            return record
    return {}


def _composite_id(row_id: str, prefix: str, excluding: str | None = None) -> str | None:
    if not row_id.startswith(prefix):
        return None
    rest = row_id[len(prefix) :]
    return None if not rest or (excluding and rest.startswith(excluding)) else rest


def _record_title(record: Mapping[str, Any]) -> str | None:
    outline = record.get("outline")
    if isinstance(outline, Mapping):
        outline = outline.get("title")
    for value in (record.get("generated_title"), record.get("title"), outline):
        if isinstance(value, str) and value.strip():
            return value
    return None


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _id(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None
