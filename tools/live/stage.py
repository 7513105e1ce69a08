"""The three performances: the demo, the demo's Airflow kept open, Airflow on one's own data."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from clipsync.demo.directory import DATA_NAME, DATABASE_NAME, sqlite_url
from clipsync.demo.scenario import COMPLETED, DemoSummary, present_day_of, write_demo
from clipsync.errors import ClipSyncError
from tools.live import leash
from tools.live.console import Progress
from tools.live.follow import FinishedRun, explain_failure, run_dag
from tools.live.home import ADMIN, AirflowHome, free_ports, prepare_home
from tools.live.mailbox import Mailbox, open_mailbox, plain_text
from tools.live.standalone import RunningAirflow, standalone, tail

if TYPE_CHECKING:
    from clipsync.operations.workspace import Workspace

DEMO = ".demo"
OWN = ".airflow"
RECIPIENT = "operations@example.org"

CONSISTENT, BROKEN, INCONSISTENT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Address:
    """Where Airflow listens; `port` None: a free one."""

    host: str
    port: int | None


LOCAL = Address("127.0.0.1", None)


class BusyError(ClipSyncError):
    """Another `make demo`, `make serve` or `make run` is at work in the same directory."""


def demo(repository: Path, progress: Progress) -> int:
    """Everything from fresh data to the report, and then nothing left behind but files."""
    began = time.monotonic()
    place = repository / DEMO
    _forget_settings()
    with alone_in(place):
        progress.steps = 5
        with progress.step(f"Making demo data in {DEMO}/"):
            written = _fresh_demo(place, progress)
        home = prepare_home(place / "airflow")
        with open_mailbox(place / "mails") as mailbox:
            runs, session = _perform(repository, home, written, mailbox, progress)
            code = _show(place, home, written, runs, mailbox, progress)
    left = leash.members(session)
    if left:
        raise ClipSyncError(f"Processes of this demo are still there: {left}. Please end them.")
    progress.say()
    progress.say(
        f"Everything this demo started has ended. It took {time.monotonic() - began:.0f} s."
    )
    return code


def serve(repository: Path, address: Address, progress: Progress) -> int:
    """Airflow on the demo's data until someone ends it."""
    place = repository / DEMO
    _forget_settings()
    with alone_in(place):
        progress.steps = 2
        with progress.step(f"Looking for demo data in {DEMO}/"):
            written = _existing_demo(place)
            if written is None:
                written = _fresh_demo(place, progress)
            else:
                progress.detail("there: that of the last `make demo`")
        home = prepare_home(place / "airflow")
        with (
            open_mailbox(place / "mails") as mailbox,
            _started(
                repository, home, _demo_settings(written, home, mailbox), progress, address
            ) as airflow,
        ):
            for dag_id in _DAGS:
                airflow.api.unpause(dag_id)
            _say_address(airflow, progress)
            progress.detail(f"alert mails  are kept in {place / 'mails'}")
            progress.detail(f"a project    {COMPLETED[0].project_id}")
            _until_it_ends(airflow, progress)
    return BROKEN


def run(
    repository: Path, address: Address, progress: Progress, *, data_dir: str, database_url: str
) -> int:
    """Airflow on an AutoClip of one's own until someone ends it."""
    from pydantic import SecretStr

    from clipsync.operations.workspace import open_workspace
    from clipsync.settings import Settings

    if not data_dir or not database_url:
        raise ClipSyncError(
            "Say which AutoClip: make run DATA_DIR=/srv/autoclip/data "
            "DATABASE_URL=sqlite:////srv/autoclip/data/autoclip.db (or set CLIPSYNC_DATA_DIR and "
            "CLIPSYNC_DATABASE_URL). For a try without one: make demo."
        )
    with alone_in(repository / OWN):
        progress.steps = 2
        data = Path(data_dir).expanduser().absolute()
        with progress.step("Looking at your AutoClip"):
            # What is wrong here would else be wrong in the night, in a log nobody reads.
            given = Settings(data_dir=data, database_url=SecretStr(database_url))
            with open_workspace(given) as workspace:
                progress.detail(f"{len(workspace.project_ids())} projects in {data}")
                progress.detail(f"database {workspace.database}")
                url = workspace.engine.url.render_as_string(hide_password=False)
        home = prepare_home(repository / OWN)
        # It would go before the URL that was given just now.
        os.environ.pop("AIRFLOW_CONN_AUTOCLIP_DB", None)
        extra = {
            "CLIPSYNC_DATA_DIR": str(data),
            "CLIPSYNC_DATABASE_URL": url,
            "CLIPSYNC_DATA_DOCS_DIR": os.environ.get("CLIPSYNC_DATA_DOCS_DIR")
            or str(home.data_docs),
        }
        with _started(repository, home, extra, progress, address) as airflow:
            _say_address(airflow, progress)
            progress.detail("All Dags are paused until you switch them on there. For mails, set")
            progress.detail("AIRFLOW_CONN_SMTP_DEFAULT and CLIPSYNC_ALERT_RECIPIENTS first.")
            _until_it_ends(airflow, progress)
    return BROKEN


_PROJECT_DAG = "autoclip_project_sync"
_BACKFILL_DAG = "autoclip_backfill_audit"
# autoclip_watch stays switched off: nothing runs in the demo but what it starts itself.
_DAGS = (_PROJECT_DAG, _BACKFILL_DAG)


def _perform(
    repository: Path,
    home: AirflowHome,
    written: DemoSummary,
    mailbox: Mailbox,
    progress: Progress,
) -> tuple[list[FinishedRun], int]:
    """Both Dags through a real scheduler; the session's id, to see afterwards that it is empty."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    project = COMPLETED[0].project_id
    settings = _demo_settings(written, home, mailbox)
    with _started(repository, home, settings, progress) as airflow:
        runs = []
        for dag_id, run_id, conf in (
            (_PROJECT_DAG, f"{project}__{now}", {"project_id": project}),
            # Three batches of the thirteen, so that there is something to see of the mapping.
            (_BACKFILL_DAG, f"demo__{now}", {"batch_size": 5}),
        ):
            with progress.step(f"Running {dag_id} (run {run_id})"):
                done = run_dag(airflow, dag_id, run_id, conf, progress=progress)
                runs.append(done)
                progress.detail(f"the run's state: {done.state}")
            if not done.success:
                progress.say(explain_failure(airflow, done), style="red")
        progress.say("Ending Airflow")
        return runs, airflow.session


def _show(
    place: Path,
    home: AirflowHome,
    written: DemoSummary,
    runs: list[FinishedRun],
    mailbox: Mailbox,
    progress: Progress,
) -> int:
    """The report and the mails; what they amount to, as an exit status."""
    from clipsync.operations.auditing import load_report
    from clipsync.reporting.table import report_table, text_report

    with progress.step("The consistency report, as the backfill recorded it"):
        with _workspace(written) as workspace:
            report = load_report(workspace, runs[-1].run_id)
        if progress.table_width is None:
            progress.say(text_report(report).rstrip())
        else:
            progress.say(report_table(report, width=progress.table_width))
    _show_present_day(written, progress)
    for mail in mailbox.mails:
        progress.say()
        progress.say(f"The alert mail to {mail['To']}: {mail['Subject']}", style="bold")
        progress.say()
        progress.say(plain_text(mail).rstrip())
    if not mailbox.mails:
        progress.say("No alert mail was sent: nothing is new, worse or resolved.")
    progress.say()
    progress.say("Where to look next", style="bold")
    for what, where in (
        ("the same data in Airflow's pages", "make serve"),
        ("the quality report (Data Docs)", _index(home.data_docs)),
        ("the mails, as they were sent", str(place / "mails")),
        ("the tasks' logs", str(home.task_logs)),
        (
            "the command line",
            f".venv/bin/clipsync audit --all --data-dir {written.data_dir} "
            f"--database-url {written.database_url}",
        ),
        ("your own AutoClip", "make run DATA_DIR=… DATABASE_URL=…"),
    ):
        progress.detail(f"{what:34} {where}")
    if not all(run.success for run in runs):
        return BROKEN
    return CONSISTENT if report.consistent else INCONSISTENT


def _show_present_day(written: DemoSummary, progress: Progress) -> None:
    """The second installation, of today's AutoClip: synced by the command line's way, and told."""
    from clipsync.operations.auditing import audit_projects
    from clipsync.operations.runs import RunContext
    from clipsync.operations.syncing import sync_projects
    from clipsync.reporting.table import report_table, text_report

    data_dir, database = present_day_of(written.directory)
    today = replace(
        written, data_dir=data_dir, database=database, database_url=sqlite_url(database)
    )
    progress.say()
    progress.say("The same of an AutoClip of today, with every kind of project", style="bold")
    with _workspace(today) as workspace:
        sync_projects(workspace, None, run=RunContext("demo", "sync"))
        report = audit_projects(workspace, None)
    if progress.table_width is None:
        progress.say(text_report(report).rstrip())
    else:
        progress.say(report_table(report, width=progress.table_width))


def _demo_settings(written: DemoSummary, home: AirflowHome, mailbox: Mailbox) -> dict[str, str]:
    return {
        "CLIPSYNC_DATA_DIR": str(written.data_dir.absolute()),
        "AIRFLOW_CONN_AUTOCLIP_DB": written.database_url,
        "AIRFLOW_CONN_SMTP_DEFAULT": mailbox.airflow_connection,
        "CLIPSYNC_ALERT_RECIPIENTS": RECIPIENT,
        "CLIPSYNC_DATA_DOCS_DIR": str(home.data_docs),
        "CLIPSYNC_WAIT_POKE_SECONDS": "2",
    }


def _forget_settings() -> None:
    """A shell that is set up for one's own AutoClip must not bend the demo."""
    for name in [name for name in os.environ if name.startswith("CLIPSYNC_")]:
        del os.environ[name]


@contextmanager
def _started(
    repository: Path,
    home: AirflowHome,
    extra: Mapping[str, str],
    progress: Progress,
    address: Address = LOCAL,
) -> Iterator[RunningAirflow]:
    """Airflow for as long as the context lasts, with what went wrong said in plain words."""
    with ExitStack() as stack:
        with progress.step("Starting Airflow (scheduler, API server, Dag processor, triggerer)"):
            try:
                ports = free_ports(address.host, address.port)
            except OSError as error:
                raise ClipSyncError(
                    f"Airflow can't listen on {address.host}, port {address.port or '(any)'}: "
                    f"{error.strerror}. Choose another, for example PORT=8090, or none for a free "
                    "one."
                ) from error
            airflow = stack.enter_context(
                standalone(
                    home,
                    repository=repository,
                    extra=extra,
                    ports=ports,
                    on_wait=progress.waiting,
                )
            )
        yield airflow


@contextmanager
def alone_in(place: Path) -> Iterator[None]:
    """One at a time in a directory: two would pull each other's data from under their feet."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / "in-use").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise BusyError(
                f"{place} is in use by process {lock.read().strip() or '?'} (another `make demo`, "
                "`make serve` or `make run`). End that one first, with Ctrl-C where it runs."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _fresh_demo(place: Path, progress: Progress) -> DemoSummary:
    """New data, and nothing an earlier Airflow remembers of the old."""
    (place / "complete").unlink(missing_ok=True)
    for left_over in ("airflow", "mails"):
        if (place / left_over).exists():
            shutil.rmtree(place / left_over)
    written = write_demo(place / "autoclip")
    (place / "complete").touch()
    _say_what_is_there(written, progress)
    return written


def _existing_demo(place: Path) -> DemoSummary | None:
    """The demo data of an earlier call, complete and untouched in what they are called."""
    directory = place / "autoclip"
    data_dir, database = directory / DATA_NAME, directory / DATABASE_NAME
    if not (place / "complete").exists() or not data_dir.is_dir() or not database.is_file():
        return None
    return DemoSummary(
        directory=directory,
        data_dir=data_dir,
        database=database,
        database_url=sqlite_url(database),
        projects=0,
        completed=0,
        clips=0,
        collections=0,
    )


def _say_what_is_there(written: DemoSummary, progress: Progress) -> None:
    from clipsync.operations.auditing import audit_projects
    from clipsync.reporting.table import consistency_sentence

    with _workspace(written) as workspace:
        before = audit_projects(workspace, None)
    progress.detail(
        f"on disk      {written.projects} projects, {written.completed} of them completed, with "
        f"{written.clips} clips and {written.collections} collections: {written.data_dir}"
    )
    progress.detail(
        f"in database  {before.totals.clips} clips and {before.totals.collections} collections of "
        f"those: {written.database}"
    )
    progress.detail(f"before       {consistency_sentence(before)}")


@contextmanager
def _workspace(written: DemoSummary) -> Iterator[Workspace]:
    from pydantic import SecretStr

    from clipsync.operations.workspace import open_workspace
    from clipsync.settings import Settings

    settings = Settings(data_dir=written.data_dir, database_url=SecretStr(written.database_url))
    with open_workspace(settings) as workspace:
        yield workspace


def _say_address(airflow: RunningAirflow, progress: Progress) -> None:
    progress.say()
    progress.say("Airflow is ready; end it with Ctrl-C.", style="bold")
    progress.detail(f"address      {airflow.url}")
    progress.detail(f"login        {ADMIN}")
    progress.detail(f"password     {airflow.home.admin_password}")


def _until_it_ends(airflow: RunningAirflow, progress: Progress) -> None:
    """Returns only if Airflow ends by itself; Ctrl-C leaves by exception."""
    while airflow.alive:
        time.sleep(0.5)
    progress.say(tail(airflow.home.log))
    progress.say(f"Airflow ended by itself. All it said is in {airflow.home.log}", style="red")


def _index(data_docs: Path) -> str:
    found = next(iter(sorted(data_docs.rglob("index.html"))), None)
    return "none was built" if found is None else str(found)
