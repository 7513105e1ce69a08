"""The watcher, run by Airflow's own shared-stream manager in the triggerer's place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from clipsync.autoclip.disk.markers import FinishScan
from clipsync.settings import Settings
from clipsync_airflow import watching
from clipsync_airflow.watching import ASSET, FinishedProjectsTrigger, FinishStream
from tests.dags.stores import FakeStore
from tests.support.autoclip_files import clip, project_id, write_project

ONE, TWO, THREE = (project_id(number) for number in (1, 2, 3))
PATIENCE = 60.0


@dataclass
class Life:
    """A triggerer's life: it runs the watcher, and stores events when a test says so."""

    manager: Any
    told: list[dict[str, Any]] = field(default_factory=list)
    unconfirmed: list[int] = field(default_factory=list)
    failure: Exception | None = None

    async def run(self, trigger: FinishedProjectsTrigger) -> None:
        """As `TriggerRunner.run_trigger` does."""
        key = trigger.shared_stream_key()
        stream = self.manager.subscribe(trigger_id=1, trigger=trigger, key=key)
        try:
            async for event in trigger.filter_shared_stream(stream):
                self.unconfirmed.append(self.manager.bind_pending_event(trigger_id=1, key=key))
                self.told.append(event.payload)
        except Exception as error:  # noqa: BLE001 the test looks at it
            self.failure = error
        finally:
            await self.manager.unsubscribe(1, key)

    def confirm(self) -> None:
        """Airflow has stored every event it was told so far."""
        self.manager.confirm_persisted(self.unconfirmed)
        self.unconfirmed.clear()


@dataclass
class Watch:
    root: Path
    store: FakeStore
    settings: Settings
    looks: int = 0

    def finish(self, *numbers: int) -> None:
        for number in numbers:
            write_project(self.root, project_id(number), clips=[clip(1)], collections=[])

    @asynccontextmanager
    async def life(self, *, ack_timeout: float = 300.0) -> AsyncIterator[Life]:
        """Leaving it is a SIGKILL: what is not confirmed then is lost to Airflow."""
        from airflow.triggers.shared_stream import SharedStreamManager

        life = Life(SharedStreamManager(ack_timeout=ack_timeout))
        task = asyncio.create_task(life.run(FinishedProjectsTrigger()))
        try:
            yield life
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await life.manager.stop_all()

    async def looks_again(self, times: int = 2) -> None:
        """Whatever was there has been looked at."""
        goal = self.looks + times + 1
        await until(lambda: self.looks >= goal)

    async def projects_told(self, life: Life, count: int) -> list[str]:
        await until(lambda: len(life.told) >= count)
        return [payload["project_id"] for payload in life.told]

    async def confirmed(self, life: Life) -> None:
        written = len(self.store.written)
        life.confirm()
        await until(lambda: len(self.store.written) > written)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.002)


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """A data directory that is empty, and a watcher that has never lived."""
    (tmp_path / "data" / "projects").mkdir(parents=True)
    settings = Settings(data_dir=tmp_path / "data").model_copy(
        update={"watch_poke_seconds": 0.002}  # less than a person may set
    )
    watch = Watch(tmp_path / "data", FakeStore(), settings)

    def create(cls: type, kwargs: dict[str, Any]) -> FinishStream:
        assert kwargs == {}
        return FinishStream(watch.store, watch.settings)

    monkeypatch.setattr(
        FinishedProjectsTrigger, "create_shared_stream_producer", classmethod(create)
    )
    look = FinishScan.look

    def counted(scan: FinishScan) -> Any:
        try:
            return look(scan)
        finally:
            watch.looks += 1

    monkeypatch.setattr(FinishScan, "look", counted)
    return watch


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def test_a_finished_project_is_told_and_remembered_once_airflow_has_stored_the_event(
    watch: Watch,
) -> None:
    async def test() -> None:
        async with watch.life() as life:
            await watch.looks_again()
            beginning = list(watch.store.written)
            watch.finish(1)
            assert await watch.projects_told(life, 1) == [ONE]
            await watch.looks_again()
            assert watch.store.written == beginning

            await watch.confirmed(life)
            await watch.looks_again()
            assert len(life.told) == 1
        async with watch.life() as life:
            await watch.looks_again()
            assert life.told == []

    run(test())


def test_an_event_that_airflow_had_not_stored_when_the_triggerer_was_killed_is_told_again(
    watch: Watch,
) -> None:
    async def test() -> None:
        async with watch.life() as first:
            await watch.looks_again()
            watch.finish(1)
            await watch.projects_told(first, 1)
        async with watch.life() as second:
            await watch.projects_told(second, 1)
            assert second.told == first.told
            await watch.confirmed(second)
        async with watch.life() as third:
            await watch.looks_again()
            assert third.told == []

    run(test())


def test_an_event_that_airflow_could_not_store_in_time_is_told_again(watch: Watch) -> None:
    from airflow.triggers.shared_stream import AckTimeout

    async def test() -> None:
        async with watch.life(ack_timeout=0.1) as life:
            await watch.looks_again()
            beginning = list(watch.store.written)
            watch.finish(1)
            await until(lambda: isinstance(life.failure, AckTimeout))
        assert watch.store.written == beginning
        async with watch.life() as life:
            assert await watch.projects_told(life, 1) == [ONE]

    run(test())


def test_what_was_there_before_the_first_life_is_the_backfills(watch: Watch) -> None:
    async def test() -> None:
        watch.finish(1, 2)
        async with watch.life() as life:
            await watch.looks_again()
            assert life.told == []
            watch.finish(3)
            assert await watch.projects_told(life, 1) == [THREE]

    run(test())


def test_what_is_finished_while_no_triggerer_lives_is_told_in_the_next_life(watch: Watch) -> None:
    async def test() -> None:
        async with watch.life():
            await watch.looks_again()
        watch.finish(1)
        async with watch.life() as life:
            assert await watch.projects_told(life, 1) == [ONE]

    run(test())


def test_projects_finished_together_are_told_one_by_one_and_all_remembered(watch: Watch) -> None:
    async def test() -> None:
        async with watch.life():
            await watch.looks_again()
        watch.finish(3, 1, 2)
        async with watch.life() as life:
            assert await watch.projects_told(life, 3) == [ONE, TWO, THREE]
            await watch.confirmed(life)
            await watch.looks_again()
        async with watch.life() as life:
            await watch.looks_again()
            assert life.told == []

    run(test())


def test_one_event_stands_for_more_projects_than_a_pipeline_finishes_at_once(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MOST_AT_ONCE", 2)

    async def test() -> None:
        async with watch.life():
            await watch.looks_again()
        watch.finish(1, 2, 3)
        keys = []
        for _ in range(2):
            async with watch.life() as life:
                await until(lambda life=life: bool(life.told))  # type: ignore[misc]
                (payload,) = life.told
                assert payload == {"many": 3, "key": payload["key"]}
                keys.append(payload["key"])
                if len(keys) == 2:
                    await watch.confirmed(life)
        assert keys[0] == keys[1]
        async with watch.life() as life:
            await watch.looks_again()
            assert life.told == []

    run(test())


def test_a_root_that_is_not_mounted_is_said_once_and_begins_when_it_is_there(watch: Watch) -> None:
    hidden = watch.root.rename(watch.root.parent / "away")

    async def test() -> None:
        with capture_logs() as logs:
            async with watch.life() as life:
                await until(lambda: bool(_warnings(logs)))
                assert watch.store.values == {}
                hidden.rename(watch.root)
                await watch.looks_again()
                watch.finish(1)
                assert await watch.projects_told(life, 1) == [ONE]
        assert _warnings(logs) == [
            f"can't watch, will try again: {watch.root}: does not exist. Check --data-dir "
            "(CLIPSYNC_DATA_DIR), and that its disk is mounted."
        ]
        assert "watching again" in [entry["event"] for entry in logs]

    run(test())


def test_a_disk_that_goes_and_comes_back_makes_no_event(watch: Watch) -> None:
    async def test() -> None:
        async with watch.life() as life:
            await watch.looks_again()
            watch.finish(1)
            await watch.projects_told(life, 1)
            hidden = watch.root.rename(watch.root.parent / "away")
            await watch.looks_again(5)
            hidden.rename(watch.root)
            await watch.looks_again()
            assert len(life.told) == 1

    run(test())


def test_without_a_data_directory_nothing_happens_and_it_says_so_once(watch: Watch) -> None:
    watch.settings = watch.settings.model_copy(update={"data_dir": None})

    async def test() -> None:
        with capture_logs() as logs:
            async with watch.life() as life:
                await until(lambda: bool(_warnings(logs)))
                for _ in range(20):
                    await asyncio.sleep(0.002)
                assert life.told == []
        assert _warnings(logs) == [
            "can't watch, will try again: CLIPSYNC_DATA_DIR is not set: there is nothing to watch"
        ]

    run(test())


def test_trouble_that_nobody_foresaw_does_not_end_the_watch(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = FinishScan.look
    broken = [True]

    def breaks(scan: FinishScan) -> Any:
        found = look(scan)
        if broken:
            broken.clear()
            raise RuntimeError("a bug of ours")
        return found

    monkeypatch.setattr(FinishScan, "look", breaks)

    async def test() -> None:
        with capture_logs() as logs:
            async with watch.life() as life:
                await watch.looks_again()
                watch.finish(1)
                assert await watch.projects_told(life, 1) == [ONE]
        (warning,) = [entry for entry in logs if entry["log_level"] == "warning"]
        assert warning["event"] == "can't watch, will try again: a bug of ours"
        assert warning["exc_info"] is True

    run(test())


def test_an_event_that_could_not_be_remembered_is_told_again_in_the_next_life(
    watch: Watch,
) -> None:
    async def test() -> None:
        async with watch.life() as life:
            await watch.looks_again()
            watch.finish(1)
            await watch.projects_told(life, 1)
            watch.store.fails_after = 0
            life.confirm()
            await until(lambda: isinstance(life.failure, ConnectionError))
        watch.store.fails_after = None
        async with watch.life() as life:
            assert await watch.projects_told(life, 1) == [ONE]

    run(test())


def test_the_trigger_survives_the_way_through_airflows_database() -> None:
    path, arguments = FinishedProjectsTrigger().serialize()
    module, _, name = path.rpartition(".")

    again = getattr(import_module(module), name)(**arguments)

    assert isinstance(again, FinishedProjectsTrigger)
    assert again.serialize() == (path, arguments)
    assert again.shared_stream_key() == FinishedProjectsTrigger().shared_stream_key()


def test_the_producer_keeps_its_memory_at_the_asset_it_watches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from airflow.sdk.execution_time.context import AssetStateStoreAccessor

    monkeypatch.delenv("CLIPSYNC_DATA_DIR", raising=False)
    producer: Any = FinishedProjectsTrigger.create_shared_stream_producer({})

    assert producer._store == AssetStateStoreAccessor(name=ASSET)


def _warnings(logs: list[Any]) -> list[str]:
    entries = [entry for entry in logs if entry["log_level"] == "warning"]
    return [entry["event"] % entry.get("positional_args", ()) for entry in entries]
