"""What ClipSync costs, as a multiple of the least that the same work can cost.

    make bench                                  10,000 projects, SQLite; some minutes
    python -m tests.benchmarks.cost --projects 1000 --repeat 1        a minute
    python -m tests.benchmarks.cost --postgresql                      the same on PostgreSQL

Each measurement runs `clipsync` and its floor (`tests.benchmarks.floors`) in turn, in processes of
their own, and compares seconds of processor time (user and system; on PostgreSQL the client's, as
the server is a process of its own), the median of several. Prints a table, and writes the same as
JSON where `--json FILE` says. Data and databases are made in a temporary directory and removed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from clipsync.autoclip.database.engine import open_engine
from clipsync.demo.autoclip_schema import create_autoclip_schema
from tests.support.autoclip_files import clip, collection, project_id, write_project
from tests.support.databases import start_server

REPOSITORY = Path(__file__).parents[2]
IMPORTS = ("-c", "import sqlalchemy, pydantic, orjson")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process: seconds of processor and wall time, and the most memory it ever held."""

    cpu: float
    wall: float
    mib: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: ClipSync beside its floor."""

    what: str
    floor: str
    ours_cpu: float
    floor_cpu: float
    ratio: float
    ours_mib: float
    goal: float


@dataclass(frozen=True, slots=True)
class Place:
    """AutoClip's data directory and database, fresh or as a sync left it."""

    root: Path
    url: str

    @property
    def plain(self) -> str:
        """The database as the floors take it."""
        return self.url.removeprefix("sqlite:///")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--projects", type=int, default=10_000)
    parser.add_argument("--clips", type=int, default=13)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="clipsync-bench-") as place:
        lines = list(_measure(Path(place), chosen))
    _print(lines)
    if chosen.json is not None:
        facts = {"projects": chosen.projects, "clips": chosen.clips, "repeat": chosen.repeat}
        document = {**facts, "lines": [asdict(line) for line in lines]}
        chosen.json.write_text(json.dumps(document, indent=2) + "\n")


def write_projects(root: Path, projects: int, clips: int) -> None:
    """Finished projects of today's layout, each with so many clips and three collections."""
    for number in range(projects):
        records = [
            clip(
                n,
                generated_title=f"第{number}个视频的第{n}段：一个足够长的标题",
                recommend_reason="这一段讲清楚了为什么要这样做，例子好懂，语气自然。" * 2,
                outline="开头提出问题，中间举三个例子，最后给出结论。" * 2,
            )
            for n in range(1, clips + 1)
        ]
        thirds = [range(1 + part, clips + 1, 3) for part in range(3)]
        collections = [collection(n, ids) for n, ids in enumerate(thirds, 1)]
        write_project(root, project_id(number + 1), clips=records, collections=collections)


def _measure(place: Path, chosen: argparse.Namespace) -> Iterator[Line]:
    root = place / "data"
    write_projects(root, chosen.projects, chosen.clips)
    fresh = _postgresql(place) if chosen.postgresql else _sqlite(place)
    alone = project_id(chosen.projects // 2 + 1)

    def pair(
        what: str, floor: str, goal: float, ours: Callable[[], Cost], bare: Callable[[], Cost]
    ) -> Line:
        costs = [(ours(), bare()) for _ in range(chosen.repeat)]
        cpu = statistics.median(one.cpu for one, _ in costs)
        least = statistics.median(other.cpu for _, other in costs)
        ratio = statistics.median(one.cpu / other.cpu for one, other in costs)
        line = Line(what, floor, cpu, least, ratio, max(one.mib for one, _ in costs), goal)
        print(_shown(line), file=sys.stderr)
        return line

    def floor(name: str, url: str) -> Cost:
        bare = Place(root, url)
        return run("-m", "tests.benchmarks.floors", name, str(root), bare.plain)

    def clipsync(url: str, *words: str) -> Cost:
        return run("-m", "clipsync", *words, "--json", data_dir=root, url=url)

    yield pair(
        "cold: sync --all",
        "read, parse, insert",
        3,
        lambda: clipsync(fresh(), "sync", "--all"),
        lambda: floor("cold", fresh()),
    )
    url = fresh()
    clipsync(url, "sync", "--all")
    if not chosen.postgresql:
        print(_growth(Place(root, url).plain), file=sys.stderr)
    for words, bare, described, goal in (
        (("sync", "--all"), "walk_and_read", "stat walk, read of all rows", 3),
        (("plan", "--all"), "walk_and_read", "stat walk, read of all rows", 3),
        (("audit", "--all", "--quick"), "walk_and_count", "stat walk, grouped counts", 4),
        (("audit", "--all"), "compare", "read, parse, compare", 4),
    ):
        yield pair(
            f"nothing changed: {' '.join(words)}",
            described,
            goal,
            lambda words=words: clipsync(url, *words),  # type: ignore[misc]
            lambda bare=bare: floor(bare, url),  # type: ignore[misc]
        )
    yield pair(
        "one project: sync ID",
        "three imports",
        1.5 if chosen.projects <= 100 else 1.7,
        lambda: clipsync(url, "sync", alone),
        lambda: run(*IMPORTS),
    )


def run(*words: str, data_dir: Path | None = None, url: str | None = None) -> Cost:
    """Run Python with these words to its end. Raises SystemExit where it fails."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "ignore"}
    if data_dir is not None and url is not None:
        environment |= {"CLIPSYNC_DATA_DIR": str(data_dir), "CLIPSYNC_DATABASE_URL": url}
    began = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        actions = [(os.POSIX_SPAWN_DUP2, output.fileno(), 1)]
        command = [sys.executable, *words]
        pid = os.posix_spawn(sys.executable, command, environment, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{' '.join(words)} failed: {os.waitstatus_to_exitcode(status)}")
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(cpu, time.perf_counter() - began, usage.ru_maxrss / 1024)


def _sqlite(place: Path) -> Callable[[], str]:
    """Gives a fresh SQLite database each time; the one before is removed unless it was kept."""
    template = place / "template.db"
    template.touch()
    engine = open_engine(f"sqlite:///{template}", lock_timeout=10)
    create_autoclip_schema(engine)
    engine.dispose()
    numbers = iter(range(1_000_000))

    def fresh() -> str:
        path = place / f"autoclip-{next(numbers)}.db"
        shutil.copyfile(template, path)
        return f"sqlite:///{path}"

    return fresh


def _postgresql(place: Path) -> Callable[[], str]:
    place.chmod(0o711)
    directory = place / "postgresql"
    directory.mkdir(mode=0o711)
    return start_server(directory).create_database


def _growth(path: str) -> str:
    """How much the ledger takes beside AutoClip's own tables."""
    query = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name"
    with closing(sqlite3.connect(path)) as file:
        try:
            sizes = dict(file.execute(query))
        except sqlite3.OperationalError:
            return "(this SQLite can't tell how much the ledger takes)"
    own = sum(size for name, size in sizes.items() if "clipsync_" in name)
    theirs = sum(sizes.values()) - own
    journal = sum(size for name, size in sizes.items() if "clipsync_journal" in name)
    return f"ledger on disk: {own / theirs:.2f} x AutoClip's tables, journal {journal / theirs:.2f}"


def _print(lines: Sequence[Line]) -> None:
    print(f"{'what':34} {'floor':30} {'ours s':>8} {'floor s':>8} {'ratio':>7} {'goal':>5} MiB")
    for line in lines:
        print(_shown(line))


def _shown(line: Line) -> str:
    return (
        f"{line.what:34} {line.floor:30} {line.ours_cpu:8.2f} {line.floor_cpu:8.2f} "
        f"{line.ratio:7.2f} {line.goal:5.1f} {line.ours_mib:.0f}"
    )


if __name__ == "__main__":
    main()
