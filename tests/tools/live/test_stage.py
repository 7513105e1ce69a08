"""`make demo`, `make serve` and `make run`, with an Airflow that is played by the operations.

The real one plays in test_for_real.py and tests/end_to_end.
"""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from rich.console import Console

from clipsync.demo.scenario import write_demo
from clipsync.errors import ClipSyncError, DataDirectoryError
from clipsync.operations.auditing import audit_projects
from clipsync.operations.runs import RunContext, begin
from clipsync.operations.syncing import sync_projects
from clipsync.operations.workspace import open_workspace
from clipsync.settings import Settings
from tools.live import stage
from tools.live.console import Progress
from tools.live.follow import FinishedRun
from tools.live.home import AirflowHome
from tools.live.stage import LOCAL, Address, BusyError

NO_SUCH_SESSION = 2**22 - 3


@dataclass
class Theatre:
    """A repository's place, what was said, and the played Airflow.

    `syncs`: whether its runs sync, or only look. `state`: what becomes of its runs.
    """

    repository: Path
    said: io.StringIO = field(default_factory=io.StringIO)
    syncs: bool = True
    state: str = "success"
    unpaused: list[str] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def progress(self) -> Progress:
        return Progress(Console(file=self.said, highlight=False, emoji=False, soft_wrap=True))

    @property
    def text(self) -> str:
        return self.said.getvalue()

    @contextmanager
    def standalone(
        self, home: AirflowHome, *, extra: Mapping[str, str], **_: Any
    ) -> Iterator[SimpleNamespace]:
        self.extra = dict(extra)
        api = SimpleNamespace(unpause=self.unpaused.append)
        yield SimpleNamespace(
            home=home, url="http://127.0.0.1:1", session=NO_SUCH_SESSION, api=api, alive=False
        )

    def run_dag(
        self, airflow: Any, dag_id: str, run_id: str, conf: Mapping[str, Any], **_: Any
    ) -> FinishedRun:
        url = SecretStr(self.extra["AIRFLOW_CONN_AUTOCLIP_DB"])
        data = Path(self.extra["CLIPSYNC_DATA_DIR"])
        run = RunContext(run_id, dag_id)
        asked = [conf["project_id"]] if "project_id" in conf else None
        with open_workspace(Settings(data_dir=data, database_url=url)) as workspace:
            if self.syncs:
                sync_projects(workspace, asked, run=run)
            begin(workspace, run)
            audit_projects(workspace, asked, run=run)
        return FinishedRun(dag_id, run_id, self.state, ())


@pytest.fixture
def theatre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Theatre:
    played = Theatre(tmp_path)
    monkeypatch.setattr(stage, "standalone", played.standalone)
    monkeypatch.setattr(stage, "run_dag", played.run_dag)
    # What a stage takes out of the environment comes back after the test.
    monkeypatch.setattr(os, "environ", dict(os.environ))
    return played


def count(database: Path, table: str) -> int:
    engine = sa.create_engine(f"sqlite:///{database}")
    with engine.connect() as conn:
        found: int = conn.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()
    engine.dispose()
    return found


# -- make demo ---------------------------------------------------------------------------------


def test_a_demo_ends_well_only_if_its_report_says_that_disk_and_database_agree(
    theatre: Theatre,
) -> None:
    assert stage.demo(theatre.repository, theatre.progress) == stage.CONSISTENT == 0

    assert "before       Not consistent: 6 of 13 projects" in theatre.text
    assert (
        "13 projects: 6 consistent, 6 processing, 1 failed in AutoClip. 45 clips, 13 collections."
    ) in theatre.text
    assert (
        "14 projects: 6 consistent, 1 failed in AutoClip, 7 studio. 18 clips, 5 collections."
    ) in theatre.text
    assert "轮回、命运、开悟究竟是怎么一回事？" in theatre.text
    assert "Everything this demo started has ended." in theatre.text


def test_a_demo_whose_report_is_not_consistent_exits_with_2(theatre: Theatre) -> None:
    theatre.syncs = False

    assert stage.demo(theatre.repository, theatre.progress) == stage.INCONSISTENT == 2


def test_a_demo_whose_run_is_red_exits_with_1(theatre: Theatre) -> None:
    theatre.state = "failed"

    assert stage.demo(theatre.repository, theatre.progress) == stage.BROKEN == 1


def test_a_second_demo_starts_from_fresh_data(theatre: Theatre) -> None:
    stage.demo(theatre.repository, theatre.progress)
    place = theatre.repository / ".demo"
    first = count(place / "autoclip" / "autoclip.db", "clips")
    (place / "airflow" / "airflow.db").write_text("what an Airflow remembers")
    (place / "mails" / "0001.eml").write_text("an old mail")
    theatre.said.truncate(0)
    theatre.syncs = False

    stage.demo(theatre.repository, theatre.progress)

    assert (first, count(place / "autoclip" / "autoclip.db", "clips")) == (45, 0)
    assert "in database  0 clips and 0 collections" in theatre.text
    assert not (place / "airflow" / "airflow.db").exists()
    assert list((place / "mails").iterdir()) == []


def test_a_shells_own_settings_do_not_bend_the_demo(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "CLIPSYNC_BATCH_SIZE", "nonsense")
    monkeypatch.setitem(os.environ, "CLIPSYNC_DATA_DIR", "/elsewhere")

    assert stage.demo(theatre.repository, theatre.progress) == 0
    assert theatre.extra["CLIPSYNC_DATA_DIR"].startswith(str(theatre.repository))


def test_a_demo_that_leaves_a_process_behind_fails(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.leash, "members", lambda session: [4711])

    with pytest.raises(ClipSyncError, match=r"still there: \[4711\]"):
        stage.demo(theatre.repository, theatre.progress)


def test_one_at_a_time_in_a_directory(theatre: Theatre) -> None:
    with stage.alone_in(theatre.repository / ".demo"):
        with pytest.raises(BusyError, match=f"in use by process {os.getpid()}"):
            stage.demo(theatre.repository, theatre.progress)

    assert stage.demo(theatre.repository, theatre.progress) == 0


# -- make serve --------------------------------------------------------------------------------


def test_serve_shows_what_the_last_demo_left_and_says_how_to_get_in(theatre: Theatre) -> None:
    stage.demo(theatre.repository, theatre.progress)
    theatre.said.truncate(0)

    # The played Airflow has ended by itself already, which is no success.
    assert stage.serve(theatre.repository, LOCAL, theatre.progress) == 1

    password = stage.prepare_home(theatre.repository / ".demo" / "airflow").admin_password
    assert count(theatre.repository / ".demo/autoclip/autoclip.db", "clips") == 45
    assert theatre.unpaused == ["autoclip_project_sync", "autoclip_backfill_audit"]
    for line in (
        "there: that of the last `make demo`",
        "address      http://127.0.0.1:1",
        "login        admin",
        f"password     {password}",
        "Airflow ended by itself.",
    ):
        assert line in theatre.text


@pytest.mark.parametrize("left", [(), ("autoclip",)])
def test_serve_makes_the_data_where_it_is_missing_or_was_not_finished(
    theatre: Theatre, left: tuple[str, ...]
) -> None:
    for name in left:
        write_demo(theatre.repository / ".demo" / name)

    stage.serve(theatre.repository, LOCAL, theatre.progress)

    assert "on disk      13 projects, 6 of them completed" in theatre.text
    assert (theatre.repository / ".demo" / "complete").exists()


def test_a_port_that_is_taken_is_named_with_the_way_on(theatre: Theatre) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(ClipSyncError, match=f"port {port}: Address already in use.*PORT=8090"):
            stage.serve(theatre.repository, Address("127.0.0.1", port), theatre.progress)


def test_an_address_that_is_not_this_machines_is_named(theatre: Theatre) -> None:
    with pytest.raises(ClipSyncError, match=r"can't listen on 192\.0\.2\.1, port \(any\)"):
        stage.serve(theatre.repository, Address("192.0.2.1", None), theatre.progress)


# -- make run ----------------------------------------------------------------------------------


def perform(theatre: Theatre, data_dir: str, url: str) -> int:
    return stage.run(
        theatre.repository, LOCAL, theatre.progress, data_dir=data_dir, database_url=url
    )


def test_ones_own_autoclip_is_left_alone_until_the_dags_are_switched_on(
    theatre: Theatre, tmp_path: Path
) -> None:
    own = write_demo(tmp_path / "own")

    perform(theatre, str(own.data_dir), own.database_url)

    assert theatre.unpaused == []
    assert "All Dags are paused until you switch them on" in theatre.text
    assert f"13 projects in {own.data_dir}" in theatre.text
    assert theatre.extra == {
        "CLIPSYNC_DATA_DIR": str(own.data_dir),
        "CLIPSYNC_DATABASE_URL": f"sqlite+pysqlite:///{own.database}",
        "CLIPSYNC_DATA_DOCS_DIR": str(theatre.repository / ".airflow" / "data_docs"),
    }
    assert count(own.database, "clips") == 0
    assert "AIRFLOW_CONN_AUTOCLIP_DB" not in os.environ


@pytest.mark.parametrize(("data_dir", "url"), [("", "sqlite:////x.db"), ("/srv", ""), ("", "")])
def test_which_autoclip_must_be_said(theatre: Theatre, data_dir: str, url: str) -> None:
    with pytest.raises(ClipSyncError, match="make run DATA_DIR="):
        perform(theatre, data_dir, url)


def test_what_is_wrong_with_it_is_said_before_anything_starts(
    theatre: Theatre, tmp_path: Path
) -> None:
    own = write_demo(tmp_path / "own")

    with pytest.raises(DataDirectoryError, match="nowhere"):
        perform(theatre, str(tmp_path / "nowhere"), own.database_url)
    with pytest.raises(ClipSyncError, match=r"none\.db"):
        perform(theatre, str(own.data_dir), f"sqlite:///{tmp_path}/none.db")
    assert theatre.extra == {}
