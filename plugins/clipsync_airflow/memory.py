"""Which finishes have been told: kept in Airflow's asset state store, and small.

A finish is its mark of 64 bits, without path or id: 11 characters each, 1.1 MB for 100,000
projects. They are split over 256 values by project, so that telling of one finish rewrites one
value (4 KB of that megabyte), and no value comes near Airflow's limit of 64 KB before there are a
million projects. A project that is finished again replaces its mark; one that is deleted leaves it.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections.abc import Iterable
from typing import Any, Protocol

from clipsync.autoclip.disk.markers import Finish, Mark

SHARDS = 256
_INDEX = "watch"
_FORMAT = 1


class StateStore(Protocol):
    """The part of Airflow's asset state store that is used: JSON values by key."""

    async def aget(self, key: str, default: Any = None) -> Any: ...

    async def aset(self, key: str, value: Any) -> None: ...


class Memory:
    """The marks of every finish that was told, or that was there before the watch began."""

    def __init__(self, store: StateStore) -> None:
        self._store = store
        self._shards: dict[int, set[Mark]] = {}

    async def read(self) -> bool:
        """Whether anything was kept; False before the first `begin` (or if it can't be read)."""
        index = await self._store.aget(_INDEX)
        if not isinstance(index, dict) or index.get("format") != _FORMAT:
            return False
        self._shards = {
            shard: _unpack(await self._store.aget(_key(shard), "")) for shard in index["shards"]
        }
        return True

    def knows(self, project_id: str, mark: Mark) -> bool:
        return mark in self._shards.get(_shard_of(project_id), ())

    def __len__(self) -> int:
        return sum(map(len, self._shards.values()))

    async def begin(self, marks: Iterable[tuple[str, Mark]]) -> None:
        """Forgets everything, and knows these from now on."""
        self._shards = {}
        for project_id, mark in marks:
            self._shards.setdefault(_shard_of(project_id), set()).add(mark)
        for shard in sorted(self._shards):
            await self._write(shard)
        # Last: half a beginning is none.
        await self._write_index()

    async def add(self, finishes: Iterable[Finish]) -> None:
        """These have been told."""
        had = set(self._shards)
        touched = set()
        for finish in finishes:
            shard = _shard_of(finish.project_id)
            marks = self._shards.setdefault(shard, set())
            if finish.replaces is not None:
                marks.discard(finish.replaces)
            marks.add(finish.mark)
            touched.add(shard)
        for shard in sorted(touched):
            await self._write(shard)
        if not touched <= had:
            await self._write_index()

    async def _write(self, shard: int) -> None:
        await self._store.aset(_key(shard), _pack(self._shards[shard]))

    async def _write_index(self) -> None:
        await self._store.aset(_INDEX, {"format": _FORMAT, "shards": sorted(self._shards)})


def _shard_of(project_id: str) -> int:
    return zlib.crc32(project_id.encode()) % SHARDS


def _key(shard: int) -> str:
    return f"told-{shard:02x}"


def _pack(marks: Iterable[Mark]) -> str:
    ordered = sorted(marks)
    return base64.b64encode(struct.pack(f">{len(ordered)}Q", *ordered)).decode()


def _unpack(value: Any) -> set[Mark]:
    """Marks that can't be read are forgotten: their finishes are told again, which is harmless."""
    try:
        data = base64.b64decode(value, validate=True)
        return set(struct.unpack(f">{len(data) // 8}Q", data))
    except (TypeError, ValueError, binascii.Error, struct.error):
        return set()
