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
from clipsync.model.manifest import ClipRecord, CollectionRecord, Kind, QuarantinedRecord

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
        )

    return _read(Kind.COLLECTION, source, build)


def _unusable(reason: str) -> PydanticCustomError:
    return PydanticCustomError("unusable", "{reason}", {"reason": reason})


def _source_id(value: Any) -> str:
    if value is None:
        raise _unusable("id is missing")
    source_id = _as_id(value)
    if source_id is None:
        raise _unusable(f"id is neither text nor a whole number: {shown(value)}")
    if not source_id:
        raise _unusable("id is empty")
    if len(source_id) > MAX_ID:
        raise _unusable(f"id is longer than {MAX_ID} characters: {shown(source_id)}")
    return source_id


def _clip_ids(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _unusable(f"clip_ids is not a list: {shown(value)}")
    for item in value:
        if not _as_id(item):
            raise _unusable(f"clip_ids holds something that is no clip id: {shown(item)}")
    return tuple(dict.fromkeys(_as_id(item) or "" for item in value))


def _time_of(name: str) -> Callable[[Any], int]:
    def time(value: Any) -> int:
        if value is None:
            raise _unusable(f"{name} is missing")
        milliseconds = parse_time_ms(value) if isinstance(value, str) else None
        if milliseconds is None:
            raise _unusable(f"no usable {name}: {shown(value)}")
        return milliseconds

    return time


def _score(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _unusable(f"final_score is not a number: {shown(value)}")
    return float(value)


def _title_among(names: str) -> Callable[[tuple[Any, ...]], str]:
    def title(candidates: tuple[Any, ...]) -> str:
        for candidate in candidates:
            if isinstance(candidate, str) and candidate.strip():
                return candidate
        raise _unusable(f"no title: {names} are all empty or missing")

    return title


class _ClipFields(BaseModel):
    """What a clip record must offer; each validator's message is a quarantine reason."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, PlainValidator(_source_id)]
    start_time: Annotated[int, PlainValidator(_time_of("start_time"))]
    end_time: Annotated[int, PlainValidator(_time_of("end_time"))]
    title: Annotated[str, PlainValidator(_title_among("generated_title, title and outline"))]
    final_score: Annotated[float | None, PlainValidator(_score)]


class _CollectionFields(BaseModel):
    """What a collection record must offer."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, PlainValidator(_source_id)]
    title: Annotated[str, PlainValidator(_title_among("collection_title, title and name"))]
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
                raise _UnusableRecordError(
                    f"the same id {shown(built.source_id)} appears twice; the first one is used"
                )
        except _UnusableRecordError as error:
            quarantined.append(
                QuarantinedRecord(
                    kind=kind,
                    file=source.file,
                    position=position,
                    source_id=_readable_id(record),
                    reason=str(error),
                    raw=json_text(record)[:MAX_RAW],
                )
            )
        else:
            usable[built.source_id] = built
    return tuple(usable.values()), tuple(quarantined)


class _UnusableRecordError(Exception):
    """The reason, in plain words."""


def _checked(
    record: Any, position: int, strict: bool, build: Callable[[Mapping[str, Any], int], _Record]
) -> _Record:
    if not isinstance(record, dict):
        raise _UnusableRecordError(f"record is not an object but {kind_of(record)}")
    reason = unstorable(record, strict=strict)
    if reason is not None:
        raise _UnusableRecordError(reason)
    try:
        return build(record, position)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        raise _UnusableRecordError("; ".join(detail["msg"] for detail in details)) from error


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
