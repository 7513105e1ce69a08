"""The whole compose file on this machine: starts it, waits until it works, ends all of it."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from clipsync.env_file import make_env_file
from clipsync.errors import ClipSyncError
from tools.cluster import native
from tools.cluster.compose import COMPOSE_FILE, Service, read_services
from tools.cluster.native import NativeProcess, Site
from tools.cluster.servers import Postgres, create_database, postgres, valkey
from tools.live import leash
from tools.live.home import free_port_numbers
from tools.live.mailbox import Mailbox, open_mailbox
from tools.live.rest import AirflowApi
from tools.live.standalone import still_missing, tail

READY_SECONDS = 420.0
COMMAND_SECONDS = 420.0
RECIPIENT = "operations@example.org"
_LOOK_SECONDS = 0.5

POSTGRES, VALKEY, MAILPIT, INITIALISE = "postgres", "valkey", "mailpit", "airflow-init"
WORKER = "airflow-worker"
_AUTOCLIP = "autoclip"
_GUEST = "clipsync"
_HOST = "127.0.0.1"


class ClusterError(ClipSyncError):
    """A part of the cluster did not start, or ended by itself."""


@dataclass(slots=True)
class Cluster:
    """PostgreSQL, Valkey and a mailbox that run, and the Airflow processes, once they are started.

    `autoclip`: AutoClip's database as its owner sees it; `guest_url` as ClipSync's workers do.
    `metadata`: Airflow's own.
    """

    services: Mapping[str, Service]
    processes: tuple[NativeProcess, ...]
    directory: Path
    autoclip: sa.URL
    guest_url: str
    metadata: sa.URL
    mailbox: Mailbox
    api: AirflowApi
    held: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def airflow(self) -> list[str]:
        """Airflow's processes that stay, in the order in which they are started."""
        return [one.name for one in self.processes if one.name != INITIALISE]

    @property
    def workers(self) -> list[str]:
        return [one.name for one in self.processes if one.name.startswith(WORKER)]

    @property
    def ended(self) -> list[str]:
        """Processes that were started and are not there any more."""
        return [name for name, held in self.held.items() if held.poll() is not None]

    def log(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def initialise(self) -> None:
        """What has to be done before the rest can start, and ends by itself."""
        process = self._process(INITIALISE)
        told = _run(process.command, process, cwd=self._home(process))
        self.log(process.name).write_text(told.stdout, encoding="utf-8")
        if told.returncode:
            raise ClusterError(
                f"{process.name} failed with status {told.returncode}. Its last lines, all of them "
                f"in {self.log(process.name)}:\n{tail(self.log(process.name))}"
            )

    def start(self, name: str) -> None:
        """Also what Compose's restart policy does with one that ended."""
        process = self._process(name)
        self.held[name] = leash.hold(
            process.command,
            cwd=self._home(process),
            env=process.environment,
            log=self.log(name),
        )

    def kill(self, name: str) -> None:
        """What a power cut does to a container, its tasks included."""
        leash.kill(self.held[name])

    def wait_until_ready(self, dag_ids: Sequence[str], on_wait: Callable[[str], None]) -> None:
        """Raises ClusterError where a process ends, or something is missing for too long."""
        deadline = time.monotonic() + READY_SECONDS
        while missing := still_missing(self.api, dag_ids):
            self.expect_all()
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"after {READY_SECONDS:.0f} s the cluster still lacked {missing}. Look into "
                    f"the logs in {self.directory}."
                )
            on_wait(missing)
            time.sleep(_LOOK_SECONDS)

    def expect_all(self) -> None:
        """Raises ClusterError where a process that was started has ended."""
        for name in self.ended:
            raise ClusterError(
                f"{name} ended by itself. Its last lines, all of them in {self.log(name)}:\n"
                f"{tail(self.log(name))}"
            )

    def check_health(self, name: str) -> str:
        """Runs the health check of a process, as Docker would; empty when it is well."""
        process = self._process(name)
        command = process.healthcheck
        if len(command) == 1:
            command = ("sh", "-c", *command)
        told = _run(command, process, cwd=self._home(process))
        return "" if told.returncode == 0 else f"{' '.join(command)}: {told.stdout.strip()[-500:]}"

    def _process(self, name: str) -> NativeProcess:
        return next(one for one in self.processes if one.name == name)

    def _home(self, process: NativeProcess) -> Path:
        home = Path(process.environment["AIRFLOW_HOME"])
        home.mkdir(parents=True, exist_ok=True)
        return home


@contextmanager
def open_cluster(repository: Path, directory: Path, data_dir: Path) -> Iterator[Cluster]:
    """The compose file's services on free ports, with secrets made for this once.

    The servers run when the context begins, AutoClip's schema included; Airflow's processes are
    the caller's to start. `directory`: a new one, for settings, homes and logs. When the context
    ends, however it does, everything has ended.
    """
    directory.mkdir(parents=True, mode=0o700)
    with ExitStack() as stack:
        mailbox = stack.enter_context(open_mailbox(directory / "mails"))
        database, broker, api, scheduler, triggerer, *workers = free_port_numbers(_HOST, *[0] * 40)
        guest = Postgres(_HOST, database, _GUEST, secrets.token_urlsafe(16))
        guest_url = guest.url(_AUTOCLIP).set(drivername="postgresql")
        env_file = _env_file(repository, directory, data_dir, guest_url)
        services = read_services(repository / COMPOSE_FILE, env_file)
        site = Site(
            repository=repository,
            directory=directory,
            data_dir=data_dir,
            addresses={
                "postgres:5432": f"{_HOST}:{database}",
                "valkey:6379": f"{_HOST}:{broker}",
                "mailpit:1025": f"{mailbox.host}:{mailbox.port}",
                "airflow-apiserver:8080": f"{_HOST}:{api}",
                "localhost:8080": f"{_HOST}:{api}",
                "localhost:8974": f"{_HOST}:{scheduler}",
            },
            ports={
                native.API: api,
                native.SCHEDULER_HEALTH: scheduler,
                native.TRIGGER_LOGS: triggerer,
            },
        )
        scratch = stack.enter_context(_scratch_directory())
        server = stack.enter_context(
            postgres(services[POSTGRES], scratch, database, directory / f"{POSTGRES}.log")
        )
        create_database(server, _AUTOCLIP, guest, grants=repository / "deploy/autoclip-grants.sql")
        stack.enter_context(valkey(services[VALKEY], scratch, broker, directory / f"{VALKEY}.log"))
        admin = services[INITIALISE].environment
        cluster = Cluster(
            services=services,
            processes=tuple(_processes(services, site, workers)),
            directory=directory,
            autoclip=server.url(_AUTOCLIP),
            guest_url=guest_url.render_as_string(hide_password=False),
            metadata=server.url(services[POSTGRES].environment["POSTGRES_DB"]),
            mailbox=mailbox,
            api=AirflowApi(
                f"http://{_HOST}:{api}",
                admin["AIRFLOW_ADMIN_USER"],
                admin["AIRFLOW_ADMIN_PASSWORD"],
            ),
        )
        stack.callback(_end, cluster)
        yield cluster


def _processes(
    services: Mapping[str, Service], site: Site, log_ports: Sequence[int]
) -> Iterator[NativeProcess]:
    free = iter(log_ports)
    for name, service in services.items():
        if name not in (POSTGRES, VALKEY, MAILPIT):
            yield from native.processes_of(service, site, free)


def _end(cluster: Cluster) -> None:
    """All at once, and then each to its end: workers and scheduler have goodbyes to say."""
    for held in cluster.held.values():
        leash.slip(held)
    for held in cluster.held.values():
        leash.let_go(held)


def _env_file(repository: Path, directory: Path, data_dir: Path, guest_url: sa.URL) -> Path:
    path = directory / ".env"
    make_env_file(
        repository / ".env.example",
        path,
        {
            "AUTOCLIP_DATA_DIR": str(data_dir),
            "AUTOCLIP_DATABASE_URL": guest_url.render_as_string(hide_password=False),
        },
    )
    with path.open("a", encoding="utf-8") as file:
        file.write(f"CLIPSYNC_ALERT_RECIPIENTS={RECIPIENT}\n")
    return path


@contextmanager
def _scratch_directory() -> Iterator[Path]:
    """Not below ours, which is for nobody else: as root, PostgreSQL runs as another user."""
    path = Path(tempfile.mkdtemp(prefix="clipsync-cluster-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _run(
    command: Sequence[str], process: NativeProcess, *, cwd: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env=dict(process.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS,
    )
