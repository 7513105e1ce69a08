"""Is a record usable? One by one: a bad record is quarantined, the others go on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError
from pydantic_core import PydanticCustomError

from clipsync.autoclip.disk.json_files import json_text, kind_of
from clipsync.autoclip.disk.sources import RecordList
from clipsync.autoclip.disk.text import shown, unstorable
from clipsync.autoclip.disk.times import parse_time_ms
from clipsync.autoclip.disk.videos import VideoFolder
from clipsync.model.manifest import (
    ClipRecord,
    CollectionRecord,
    DiskCode,
    DiskReason,
    Kind,
    QuarantinedRecord,
)

MAX_RAW = 16_384
"""Characters of a quarantined record's text that are kept."""

MAX_ID = 255
"""Characters of a source id; AutoClip's are small numbers."""

DEFAULT_COLLECTION_TYPE = "ai_recommended"

_Record = TypeVar("_Record", ClipRecord, CollectionRecord)


def read_clips(
    source: RecordList, videos: VideoFolder
) -> tuple[tuple[ClipRecord, ...], tuple[QuarantinedRecord, ...]]:
    """The clips of a file and those of its records that can't be used, both in file order."""

    def build(record: Mapping[str, Any], position: int) -> ClipRecord:
        fields = _ClipFields.model_validate(
            {
                "id": record.get("id"),
                "start_time": record.get("start_time"),
                "end_time": record.get("end_time"),
                "title": _clip_titles(record),
                "final_score": record.get("final_score"),
            }
        )
        video_path, video_exists = videos.clip(fields.id, fields.title)
        return ClipRecord(
            source_id=fields.id,
            position=position,
            title=fields.title,
            description=_text_or_empty(record.get("recommend_reason")),
            start_ms=fields.start_time,
            end_ms=fields.end_time,
            score=fields.final_score,
            video_path=video_path,
            video_exists=video_exists,
            content=record,
        )

    return _read(Kind.CLIP, source, build)


def read_collections(
    source: RecordList, videos: VideoFolder
) -> tuple[tuple[CollectionRecord, ...], tuple[QuarantinedRecord, ...]]:
    """The collections of a file and its unusable records, both in file order."""

    def build(record: Mapping[str, Any], position: int) -> CollectionRecord:
        fields = _CollectionFields.model_validate(
            {
                "id": record.get("id"),
                "title": (
                    record.get("collection_title"),
                    record.get("title"),
                    record.get("name"),
                ),
                "clip_ids": record.get("clip_ids"),
            }
        )
        video_path, video_exists = videos.collection(fields.id, fields.title)
        return CollectionRecord(
            source_id=fields.id,
            position=position,
            name=fields.title,
            description=_text_or_empty(record.get("collection_summary")),
            clip_ids=fields.clip_ids,
            collection_type=(
                _text_or_empty(record.get("collection_type")).strip() or DEFAULT_COLLECTION_TYPE
            ),
            video_path=video_path,
            video_exists=video_exists,
            content=record,
            thumbnail_path=videos.thumbnail(fields.id, fields.title),
        )

    return _read(Kind.COLLECTION, source, build)


def _unusable(code: DiskCode, **values: Any) -> PydanticCustomError:
    """What a validator raises: the reason travels in the error's context."""
    return PydanticCustomError("unusable", "unusable", {"reason": DiskReason(code, values)})


def _source_id(value: Any) -> str:
    if value is None:
        raise _unusable(DiskCode.FIELD_MISSING, name="id")
    source_id = _as_id(value)
    if source_id is None:
        raise _unusable(DiskCode.ID_NEITHER_TEXT_NOR_NUMBER, value=shown(value))
    if not source_id:
        raise _unusable(DiskCode.ID_EMPTY)
    if len(source_id) > MAX_ID:
        raise _unusable(DiskCode.ID_TOO_LONG, limit=MAX_ID, value=shown(source_id))
    return source_id


def _clip_ids(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _unusable(DiskCode.CLIP_IDS_NO_LIST, value=shown(value))
    for item in value:
        if not _as_id(item):
            raise _unusable(DiskCode.CLIP_IDS_NO_ID, value=shown(item))
    return tuple(dict.fromkeys(_as_id(item) or "" for item in value))


def _time_of(name: str) -> Callable[[Any], int]:
    def time(value: Any) -> int:
        if value is None:
            raise _unusable(DiskCode.FIELD_MISSING, name=name)
        milliseconds = parse_time_ms(value) if isinstance(value, str) else None
        if milliseconds is None:
            raise _unusable(DiskCode.NO_TIME, name=name, value=shown(value))
        return milliseconds

    return time


def _score(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _unusable(DiskCode.SCORE_NO_NUMBER, value=shown(value))
    return float(value)


def _title_among(*names: str) -> Callable[[tuple[Any, ...]], str]:
    def title(candidates: tuple[Any, ...]) -> str:
        for candidate in candidates:
            if isinstance(candidate, str) and candidate.strip():
                return candidate
        raise _unusable(DiskCode.NO_TITLE, names=list(names))

    return title


class _ClipFields(BaseModel):
    """What a clip record must offer; each validator's error holds a quarantine reason."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, PlainValidator(_source_id)]
    start_time: Annotated[int, PlainValidator(_time_of("start_time"))]
    end_time: Annotated[int, PlainValidator(_time_of("end_time"))]
    title: Annotated[str, PlainValidator(_title_among("generated_title", "title", "outline"))]
    final_score: Annotated[float | None, PlainValidator(_score)]


class _CollectionFields(BaseModel):
    """What a collection record must offer."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, PlainValidator(_source_id)]
    title: Annotated[str, PlainValidator(_title_among("collection_title", "title", "name"))]
    clip_ids: Annotated[tuple[str, ...], PlainValidator(_clip_ids)]


def _read(
    kind: Kind, source: RecordList, build: Callable[[Mapping[str, Any], int], _Record]
) -> tuple[tuple[_Record, ...], tuple[QuarantinedRecord, ...]]:
    usable: dict[str, _Record] = {}
    quarantined: list[QuarantinedRecord] = []
    for position, record in enumerate(source.records):
        try:
            built = _checked(record, position, source.strict, build)
            if built.source_id in usable:
                value = shown(built.source_id)
                raise _UnusableRecordError(DiskReason(DiskCode.SAME_ID_TWICE, {"value": value}))
        except _UnusableRecordError as error:
            quarantined.append(
                QuarantinedRecord(
                    kind=kind,
                    file=source.file,
                    position=position,
                    source_id=_readable_id(record),
                    reason=error.reason,
                    raw=json_text(record)[:MAX_RAW],
                )
            )
        else:
            usable[built.source_id] = built
    return tuple(usable.values()), tuple(quarantined)


class _UnusableRecordError(Exception):
    """A record that can't be used, and why."""

    def __init__(self, reason: DiskReason) -> None:
        super().__init__(reason.code)
        self.reason = reason


def _checked(
    record: Any, position: int, strict: bool, build: Callable[[Mapping[str, Any], int], _Record]
) -> _Record:
    if not isinstance(record, dict):
        found = {"found": kind_of(record)}
        raise _UnusableRecordError(DiskReason(DiskCode.RECORD_NO_OBJECT, found))
    reason = unstorable(record, strict=strict)
    if reason is not None:
        raise _UnusableRecordError(reason)
    try:
        return build(record, position)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        reasons = [detail["ctx"]["reason"] for detail in details]
        raise _UnusableRecordError(DiskReason.of(reasons)) from error


def _readable_id(record: Any) -> str | None:
    """A record's source id, where that much could be read."""
    source_id = _as_id(record.get("id")) if isinstance(record, dict) else None
    if not source_id or len(source_id) > MAX_ID or unstorable(source_id, strict=False):
        return None
    return source_id


def _as_id(value: Any) -> str | None:
    """An id as text; None where it is neither text nor a whole number."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def _clip_titles(record: Mapping[str, Any]) -> tuple[Any, ...]:
    outline = record.get("outline")
    if isinstance(outline, dict):
        outline = outline.get("title")
    return record.get("generated_title"), record.get("title"), outline


def _text_or_empty(value: Any) -> str:
    return value if isinstance(value, str) else ""
