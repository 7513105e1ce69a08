"""What a look of the watcher costs, beside a bare stat of every marker, and how much it keeps.

    .venv/bin/python -m tests.benchmarks.watching [PROJECTS]

By default 100,000 projects in a temporary directory that is removed afterwards: 70 % of today's
layout, 25 % of the older ones, 5 % that were never finished. Prints seconds of processor time (user
and system, of the one thread that looks) and of wall time, the median of several looks.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from clipsync.autoclip.disk.markers import Finish, FinishScan
from tests.support.airflow_home import PLUGINS
from tests.support.autoclip_files import (
    MARKER_FILE,
    STEP4_FILE,
    STEP5_FILE,
    clip,
    json_bytes,
    project_id,
)

LOOKS = 9
CHANGED = 10
MARKER = b'{"clips_generated": 1, "collections_generated": 0}'


def main() -> None:
    projects = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    sys.path.insert(0, str(PLUGINS))
    with tempfile.TemporaryDirectory(prefix="clipsync-benchmark-") as place:
        root = Path(place)
        markers = list(_write(root, projects))
        print(f"{projects:,} projects, {len(markers):,} of them finished")
        asyncio.run(_measure(root, markers))


async def _measure(root: Path, markers: list[str]) -> None:
    from clipsync_airflow.memory import Memory
    from tests.dags.stores import FakeStore

    before = _resident()
    store = FakeStore()
    memory = Memory(store)
    scan = FinishScan(root, memory.knows)
    learnt: list[tuple[str, int]] = []
    _say("first start: take all for known", _once(lambda: learnt.extend(scan.learn())))
    await memory.begin(learnt)
    sizes = store.sizes()
    print(
        f"  kept in the state store: {sum(sizes.values()):,} bytes in {len(sizes)} values, "
        f"the largest {max(sizes.values()):,}"
    )
    print(f"  kept in memory: {(_resident() - before) / 2**20:.0f} MiB")

    bare = _median(lambda: _stat_all(markers))
    _say("bare os.stat of every marker", bare)

    idle = _median(scan.look)
    _say("a look that finds nothing", idle, bare)

    for path in markers[:CHANGED]:
        Path(path).write_bytes(MARKER + b"\n")
    found: list[Finish] = []
    _say(f"a look that finds {CHANGED}", _once(lambda: found.extend(scan.look())), bare)
    assert len(found) == CHANGED
    store.written.clear()
    await memory.add(found[:1])
    print(
        f"  to remember one event: {len(store.written)} value of "
        f"{sum(len(store.values[key]) for key in store.written):,} bytes"
    )
    await memory.add(found[1:])

    again = Memory(store)
    await again.read()
    reborn = FinishScan(root, again.knows)
    _say("the first look after a restart", _once(lambda: found.extend(reborn.look())), bare)
    assert len(found) == CHANGED

    print(f"  the event loop's longest stall during a look: {await _longest_stall(scan):.3f} s")


async def _longest_stall(scan: FinishScan) -> float:
    """Everybody else's wait for the event loop while a look is under way in a thread."""
    look = asyncio.create_task(asyncio.to_thread(scan.look))
    longest, last = 0.0, time.perf_counter()
    while not look.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest


def _write(root: Path, projects: int) -> Iterator[str]:
    """Projects by hundreds; gives the paths of their markers."""
    for number in range(projects):
        directory = f"{root}/projects/{project_id(number)}"
        kind = number % 20
        if kind == 0:
            Path(directory, "metadata").mkdir(parents=True)
            for path in (STEP4_FILE["current"], STEP5_FILE["current"]):
                Path(f"{directory}/{path}").write_bytes(json_bytes([clip(1)]))
            continue
        marker = Path(directory, MARKER_FILE["current" if kind < 15 else "steps"])
        marker.parent.mkdir(parents=True)
        marker.write_bytes(MARKER)
        yield str(marker)


def _stat_all(paths: list[str]) -> None:
    for path in paths:
        os.stat(path)  # noqa: PTH116


def _once(work: Callable[[], object]) -> tuple[float, float]:
    processor, wall = time.thread_time(), time.perf_counter()
    work()
    return time.thread_time() - processor, time.perf_counter() - wall


def _median(work: Callable[[], object]) -> tuple[float, float]:
    costs = [_once(work) for _ in range(LOOKS)]
    return (
        statistics.median(processor for processor, _ in costs),
        statistics.median(wall for _, wall in costs),
    )


def _say(what: str, cost: tuple[float, float], bare: tuple[float, float] | None = None) -> None:
    times = "" if bare is None else f", {cost[0] / bare[0]:.1f} times the bare stat"
    print(f"{what:34} {cost[0]:6.3f} s processor, {cost[1]:6.3f} s wall{times}")


def _resident() -> int:
    """Bytes of memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
