"""The watcher in a real Airflow: what AutoClip finishes is in the database seconds later, once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import sqlalchemy as sa

from clipsync.demo.autoclip_schema import create_autoclip_schema
from tests.support.airflow_home import REPOSITORY
from tests.support.autoclip_files import MARKER_FILE, clip, collection, project_id, write_project
from tests.support.autoclip_rows import insert, project_row
from tools.live import leash
from tools.live.home import ADMIN, AirflowHome, environment, free_ports, prepare_home
from tools.live.standalone import RunningAirflow, standalone, tail

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("watcher")]

PROJECT_DAG, WATCH_DAG = "autoclip_project_sync", "autoclip_watch"
ASSET = "autoclip_finished_projects"
PATIENCE = 600.0
"""Seconds; a busy machine is no failure."""
MANUAL = (REPOSITORY / "docs" / "automatic-trigger.md").read_text(encoding="utf-8")
CLIPS = [clip(1), clip(2)]
COLLECTIONS = [collection(1, [2, 1])]

_T = TypeVar("_T")


def until(look: Callable[[], _T | None], what: str) -> _T:
    """Looks again and again until there is something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"waited {PATIENCE:.0f} s in vain for {what}")


@dataclass
class Watchtower:
    """An Airflow that watches a data directory, and AutoClip's database beside it."""

    airflow: RunningAirflow
    root: Path
    engine: sa.Engine
    api: httpx.Client
    another_triggerer: Callable[[], int]
    sessions: list[int]
    """Ids of the process sessions that triggerers run in."""
    seconds: list[float] = field(default_factory=list)
    """From marker to synced rows, of every project that was measured."""

    def get(self, path: str, **query: Any) -> Any:
        answer = self.api.get(f"/api/v2{path}", params=query)
        answer.raise_for_status()
        return answer.json()

    def unfinished(self, number: int) -> str:
        """A project whose files are all there but the marker, and its row as AutoClip makes it."""
        id_ = project_id(number)
        insert(self.engine, projects=[project_row(id_, status="PROCESSING")])
        write_project(self.root, id_, clips=CLIPS, collections=COLLECTIONS, marker=False)
        return id_

    def finish(self, id_: str) -> None:
        path = self.root / "projects" / id_ / MARKER_FILE["current"]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b'{"clips_generated": 2, "collections_generated": 1}')

    def rows(self, id_: str) -> tuple[str | None, int, int]:
        """The project's status, its clips, its collections."""
        with self.engine.connect() as conn:
            status = conn.scalar(sa.text("SELECT status FROM projects WHERE id = :id"), {"id": id_})
            counts = [
                conn.scalar(
                    sa.text(f"SELECT count(*) FROM {table} WHERE project_id = :id"), {"id": id_}
                )
                for table in ("clips", "collections")
            ]
        return status, *counts

    def until_synced(self, *ids: str, since: float | None = None) -> None:
        def synced() -> bool:
            return all(self.rows(id_) == ("COMPLETED", 2, 1) for id_ in ids)

        until(synced, f"{ids} to be synced; Airflow said last:\n{tail(self.airflow.home.log)}")
        if since is not None:
            self.seconds.append(time.monotonic() - since)

    def runs(self, id_: str) -> dict[str, str]:
        """State by run id of the project Dag's runs for a project."""
        found = self.get(f"/dags/{PROJECT_DAG}/dagRuns", limit=1000)["dag_runs"]
        return {
            run["dag_run_id"]: run["state"] for run in found if run["conf"] == {"project_id": id_}
        }

    def until_ended(self, id_: str) -> list[str]:
        """The ids of a project's runs, once all of them have ended well."""

        def ended() -> list[str] | None:
            runs = self.runs(id_)
            assert "failed" not in runs.values()
            return list(runs) if runs and set(runs.values()) == {"success"} else None

        return until(ended, f"the runs for {id_} to end")

    def watch_runs(self) -> dict[str, str]:
        found = self.get(f"/dags/{WATCH_DAG}/dagRuns", limit=1000)["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in found}

    def until_quiet(self) -> dict[str, str]:
        """Every run of the watch Dag, when none is at work."""

        def quiet() -> dict[str, str] | None:
            runs = self.watch_runs()
            return runs if set(runs.values()) <= {"success"} else None

        return until(quiet, "the watch Dag's runs to end")

    def result(self, run_id: str) -> Any:
        return self.airflow.api.xcom(WATCH_DAG, run_id, "start_runs")

    def until_watching(self) -> None:
        """The watcher has taken what is there for known."""
        (asset,) = self.get("/assets", name_pattern=ASSET)["assets"]

        def begun() -> Any:
            path = f"/api/v2/assets/{asset['id']}/state-store/watch"
            return self.api.get(path).status_code == 200

        until(begun, f"the watcher to begin; Airflow said last:\n{tail(self.airflow.home.log)}")

    def start_triggerer(self) -> None:
        self.sessions.append(self.another_triggerer())

    def kill_triggerer(self, number: int) -> None:
        """Ends every process of every triggerer."""

        def alive() -> list[int]:
            candidates = [pid for one in self.sessions for pid in (one, *leash.members(one))]
            return [pid for pid in candidates if _is_triggerer(pid)]

        pids = alive()
        assert pids
        for pid in pids:
            with suppress(ProcessLookupError):  # it ended with its parent
                os.kill(pid, number)
        until(lambda: not alive(), "the triggerer to end")


@pytest.fixture(scope="module")
def tower(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watchtower]:
    """Projects 1 and 2 were finished before the watch began."""
    place = tmp_path_factory.mktemp("watcher")
    root, database = place / "data", f"sqlite:///{place / 'autoclip.db'}"
    engine = sa.create_engine(database)
    create_autoclip_schema(engine)
    for number in (1, 2):
        write_project(root, project_id(number), clips=CLIPS, collections=COLLECTIONS)
        insert(engine, projects=[project_row(project_id(number), status="PROCESSING")])
    home, ports = prepare_home(place / "airflow"), free_ports("127.0.0.1")
    settings = {
        "CLIPSYNC_DATA_DIR": str(root),
        "CLIPSYNC_WATCH_POKE_SECONDS": "2",
        "CLIPSYNC_WAIT_POKE_SECONDS": "2",
        "AIRFLOW_CONN_AUTOCLIP_DB": database,
        # How long a triggerer that was killed counts as alive: Airflow's own default.
        "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "30",
    }
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name in list(os.environ):
            # A developer's own settings and connections must not bend the tests.
            if name.startswith(("CLIPSYNC_", "AIRFLOW_CONN_")):
                patch.delenv(name)
        airflow = stack.enter_context(
            standalone(
                home,
                repository=REPOSITORY,
                extra=settings,
                ports=ports,
                dag_ids=(PROJECT_DAG, WATCH_DAG),
            )
        )
        env = environment(
            home,
            repository=REPOSITORY,
            ports=ports,
            inherited=os.environ,
            extra=settings,
        )
        api = stack.enter_context(httpx.Client(base_url=airflow.url, timeout=120.0))
        login = {"username": ADMIN, "password": home.admin_password}
        token = api.post("/auth/token", json=login).json()["access_token"]
        api.headers["Authorization"] = f"Bearer {token}"
        tower = Watchtower(
            airflow,
            root,
            engine,
            api,
            lambda: stack.enter_context(_triggerer(home, env)),
            [airflow.session],
        )
        airflow.api.unpause(PROJECT_DAG)
        airflow.api.unpause(WATCH_DAG)
        tower.until_watching()
        yield tower
        print("\nseconds from marker to synced rows:", [round(one, 1) for one in tower.seconds])
    engine.dispose()


def test_a_project_is_synced_when_its_marker_appears_by_a_run_that_names_it(
    tower: Watchtower,
) -> None:
    for number in (11, 12, 13):
        id_ = tower.unfinished(number)
        began = time.monotonic()
        tower.finish(id_)
        tower.until_synced(id_, since=began)

        (run_id,) = tower.until_ended(id_)
        assert run_id.startswith(f"{id_}__")


def test_projects_that_were_finished_before_the_watch_began_are_left_to_the_backfill(
    tower: Watchtower,
) -> None:
    assert tower.rows(project_id(2)) == ("PROCESSING", 0, 0)
    assert tower.runs(project_id(2)) == {}


def test_three_projects_finished_in_one_look_are_all_synced_by_a_run_each(
    tower: Watchtower,
) -> None:
    ids = [tower.unfinished(number) for number in (21, 22, 23)]
    began = time.monotonic()
    for id_ in ids:
        tower.finish(id_)
    tower.until_synced(*ids, since=began)

    assert [len(tower.until_ended(id_)) for id_ in ids] == [1, 1, 1]


def test_an_event_that_comes_twice_starts_no_second_run(tower: Watchtower) -> None:
    id_ = tower.unfinished(31)
    tower.finish(id_)
    tower.until_synced(id_)
    (run_id,) = tower.until_ended(id_)
    before = tower.until_quiet()
    (asset,) = tower.get("/assets", name_pattern=ASSET)["assets"]
    payload = {"project_id": id_, "key": run_id.partition("__")[2]}

    again = tower.api.post(
        "/api/v2/assets/events", json={"asset_id": asset["id"], "extra": {"payload": payload}}
    )
    assert again.status_code == 200, again.text
    (second,) = until(lambda: set(tower.watch_runs()) - set(before), "the event's run")
    tower.until_quiet()

    result = tower.result(second)
    # The event's first coming is read again, too, and perhaps those of other tests.
    assert (result["started"], result["events"] > result["there_before"] >= 1) == (0, True)
    assert tower.until_ended(id_) == [run_id]


def test_a_retry_that_rewrites_the_marker_in_place_is_synced_again(tower: Watchtower) -> None:
    id_ = tower.unfinished(41)
    tower.finish(id_)
    tower.until_synced(id_)
    tower.until_ended(id_)

    write_project(tower.root, id_, clips=[*CLIPS, clip(3)], collections=COLLECTIONS)

    until(lambda: tower.rows(id_) == ("COMPLETED", 3, 1), "the retry's clips")
    assert len(tower.until_ended(id_)) == 2


@pytest.mark.parametrize(
    ("number", "how"), [(51, signal.SIGTERM), (52, signal.SIGKILL)], ids=["SIGTERM", "SIGKILL"]
)
def test_what_is_finished_while_the_triggerer_is_down_is_synced_once_it_is_back(
    tower: Watchtower, number: int, how: signal.Signals
) -> None:
    earlier = tower.unfinished(number + 100)
    tower.finish(earlier)
    tower.until_synced(earlier)
    id_ = tower.unfinished(number)

    tower.kill_triggerer(how)
    tower.finish(id_)
    tower.start_triggerer()
    tower.until_synced(id_)

    assert len(tower.until_ended(id_)) == 1
    tower.until_quiet()
    assert len(tower.until_ended(earlier)) == 1


def test_the_documented_call_starts_a_run_and_none_when_it_is_repeated(tower: Watchtower) -> None:
    """As documented in docs/automatic-trigger.md, word for word, by curl."""
    token, call = (
        re.search(rf"<!-- tested: {name} -->\n```sh\n(.+?)\n```", MANUAL, re.DOTALL)
        for name in ("token", "call")
    )
    assert token and call
    id_ = project_id(1)
    given = {
        "AIRFLOW": tower.airflow.url,
        "AIRFLOW_USER": ADMIN,
        "AIRFLOW_PASSWORD": tower.airflow.home.admin_password,
        "ID": id_,
        "KEY": "2025-08-01T10:00",
    }

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", f"set -e\n{token[1]}\n{call[1]}"],
            env={"PATH": os.environ["PATH"], **given},
            capture_output=True,
            text=True,
            check=False,
        )

    first, second = run(), run()

    assert first.returncode == 0, first.stderr
    assert (second.returncode, "409" in second.stderr) == (22, True)
    tower.until_synced(id_)
    assert tower.until_ended(id_) == [f"{id_}__2025-08-01T10:00"]


@contextmanager
def _triggerer(home: AirflowHome, env: Mapping[str, str]) -> Iterator[int]:
    """Another triggerer, in a session of its own; gives its process id."""
    with (home.path / "triggerer.log").open("ab") as log:
        process = subprocess.Popen(
            ["airflow", "triggerer"],
            cwd=home.path,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        leash.end_session(process.pid, grace=5.0)


def _is_triggerer(pid: int) -> bool:
    try:
        return b"trigger" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False  # it has just ended
