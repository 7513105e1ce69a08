"""The watcher: tells Airflow of every project that AutoClip finishes, without AutoClip's help.

It is an asset's watcher, so Airflow's triggerer runs it, one for all projects. Airflow has a stream
like this one confirm what it has stored (a shared stream in ack mode); only what is confirmed is
remembered as told. A triggerer that dies in between tells it again, and the run id, which follows
from the project and its finish, makes that one run. (Remembering right after the `yield` would
lose events: the state store may have written before the event has left the process.)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

import structlog
from airflow.sdk import Asset, AssetWatcher
from airflow.triggers.base import BaseEventTrigger, TriggerEvent
from airflow.triggers.shared_stream import AdvanceItem, SharedStreamProducer

from clipsync.errors import ClipSyncError, SettingsError
from clipsync.settings import Settings
from clipsync_airflow.problems import one_line

if TYPE_CHECKING:
    from clipsync.autoclip.disk.markers import Finish, FinishScan
    from clipsync_airflow.memory import Memory, StateStore

log = structlog.get_logger(__name__)

ASSET = "autoclip_finished_projects"
MOST_AT_ONCE = 200
"""More finishes in one look are no pipeline at work but a restored copy, or the end of a long pause
of the watcher: one event then stands for all of them."""


def finished_projects() -> Asset:
    """The asset that changes whenever AutoClip finishes a project."""
    watcher = AssetWatcher(name="autoclip_data_directory", trigger=FinishedProjectsTrigger())
    return Asset(ASSET, group="autoclip", watchers=[watcher])


class FinishedProjectsTrigger(BaseEventTrigger):
    """Fires for every finish: {"project_id", "key"}, or {"many": their number, "key"}.

    It has no arguments, so that a changed setting makes no second trigger: `Settings` are read
    where it runs.
    """

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return "clipsync_airflow.watching.FinishedProjectsTrigger", {}

    def shared_stream_key(self) -> tuple[str, ...]:
        return (ASSET,)

    @classmethod
    def create_shared_stream_producer(cls, kwargs: dict[str, Any]) -> SharedStreamProducer:
        from airflow.sdk.execution_time.context import AssetStateStoreAccessor

        # The one that Airflow gives to a trigger; a stream belongs to no trigger.
        return FinishStream(AssetStateStoreAccessor(name=ASSET))

    async def filter_shared_stream(
        self, shared_stream: AsyncIterator[Any]
    ) -> AsyncIterator[TriggerEvent]:
        async for payloads in shared_stream:
            for payload in payloads:
                yield TriggerEvent(payload)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        events: tuple[TriggerEvent, ...] = ()
        for event in events:  # makes it the generator that its base class promises
            yield event
        raise NotImplementedError("this trigger is always run as a shared stream")


class FinishStream(SharedStreamProducer):
    """Looks, tells, and remembers what Airflow confirms; for as long as the triggerer lives.

    Nothing that happens to files ends it: trouble is said once, and the next look tries again.
    """

    def __init__(self, store: StateStore, settings: Settings | None = None) -> None:
        self._store = store
        self._settings = settings or Settings()
        self._memory: Memory | None = None
        self._said: str | None = None

    async def open_stream(self) -> AsyncIterator[tuple[list[dict[str, Any]], list[Finish]]]:
        scan: FinishScan | None = None
        while True:
            try:
                scan = scan or await self._begin()
                # In a thread: the event loop is everybody's.
                finishes = await asyncio.to_thread(scan.look)
                self._say(None)
            except Exception as error:  # noqa: BLE001 whatever it is, the next look may do better
                finishes = []
                self._say(error)
            if finishes:
                log.info("AutoClip has finished %s projects", len(finishes))
                yield payloads_of(finishes), finishes
            await asyncio.sleep(self._settings.watch_poke_seconds)

    async def advance(self, batch: Sequence[AdvanceItem]) -> None:
        told = [finish for item in batch if item.outcome.is_clean for finish in item.broker_payload]
        if told and self._memory is not None:
            await self._memory.add(told)

    async def _begin(self) -> FinishScan:
        """Takes up where an earlier life ended; the first one takes what is there for known.

        Projects that were there before are the backfill's.
        """
        from clipsync.autoclip.disk.markers import FinishScan
        from clipsync_airflow.memory import Memory

        if self._settings.data_dir is None:
            raise SettingsError("CLIPSYNC_DATA_DIR is not set: there is nothing to watch")
        memory = Memory(self._store)
        scan = FinishScan(
            self._settings.data_dir.absolute(),
            memory.knows,
            max_json_bytes=self._settings.max_json_bytes,
        )
        if await memory.read():
            log.info("watching %s; %s finishes are known", scan.root, len(memory))
        else:
            await memory.begin(await asyncio.to_thread(scan.learn))
            log.info("watching %s from now on; %s projects were there", scan.root, len(memory))
        self._memory = memory
        return scan

    def _say(self, trouble: Exception | None) -> None:
        """Once for each trouble; with all that is known of it where nobody foresaw it."""
        line = None if trouble is None else one_line(trouble)
        if line == self._said:
            return
        self._said = line
        if line is None:
            log.info("watching again")
        else:
            foreseen = isinstance(trouble, ClipSyncError)
            log.warning("can't watch, will try again: %s", line, exc_info=not foreseen)


def payloads_of(finishes: Sequence[Finish]) -> list[dict[str, Any]]:
    """The events for what one look found."""
    if len(finishes) <= MOST_AT_ONCE:
        return [{"project_id": one.project_id, "key": one.key} for one in finishes]
    combined = 0
    for one in finishes:
        combined ^= one.mark
    return [{"many": len(finishes), "key": f"{combined:016x}"}]
