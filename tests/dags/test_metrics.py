"""Gauges reach a StatsD server through Airflow's own metrics settings."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics import stats_utils

from clipsync_airflow import mailing, metrics, work
from tests.dags.conftest import Site
from tests.support.autoclip_files import clip

SHARD = {"shard": 0, "of": 1, "label": "1 of 1"}


class Listener:
    """A StatsD server: a UDP socket."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(20)
        self.port: int = self.socket.getsockname()[1]

    def gauges(self, number: int) -> dict[str, float]:
        """The next so many gauges, by name."""
        found: dict[str, float] = {}
        while len(found) < number:
            for line in self.socket.recv(65_536).decode().splitlines():
                name, _, rest = line.partition(":")
                value, _, kind = rest.partition("|")
                assert kind == "g"
                found[name] = float(value)
        return found


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """Airflow's metrics switched on, as a task's process finds them."""
    opened = Listener()
    for name, value in {
        "STATSD_ON": "True",
        "STATSD_HOST": "127.0.0.1",
        "STATSD_PORT": str(opened.port),
        "STATSD_PREFIX": "air",
    }.items():
        monkeypatch.setenv(f"AIRFLOW__METRICS__{name}", value)
    stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=True)
    yield opened
    monkeypatch.undo()
    stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=True)
    opened.socket.close()


def test_the_alert_tells_airflows_metrics_how_things_stand(site: Site, listener: Listener) -> None:
    site.write(1, [clip(1), clip(2, generated_title=7, outline=7), clip(3)])
    site.write(2, b"[{")
    context = site.context()
    with pytest.raises(Exception, match="1 of 2 projects failed"):
        work.sync_shard(context, SHARD)
    work.audit(context)

    mailing.alert(context)

    found = listener.gauges(10)
    since = found.pop("air.clipsync.seconds_since_audit")
    warnings = found.pop("air.clipsync.findings.warning")
    assert 0 <= since < 600
    assert warnings >= 1
    assert found == {
        "air.clipsync.projects": 2,
        "air.clipsync.projects_with_problems": 1,
        "air.clipsync.clips": 2,
        "air.clipsync.collections": 0,
        "air.clipsync.consistency_percent": 50,
        "air.clipsync.findings.error": 1,
        "air.clipsync.findings.info": 0,
        "air.clipsync.quarantined": 1,
    }


def test_before_the_first_audit_there_is_no_age(site: Site, listener: Listener) -> None:
    context = site.context()
    sent = metrics.publish_gauges(work.settings_of(context))
    assert sent == {f"clipsync.{name}": value for name, value in ZERO.items()}
    assert listener.gauges(9) == {f"air.{name}": value for name, value in sent.items()}


ZERO = {
    "projects": 0,
    "projects_with_problems": 0,
    "clips": 0,
    "collections": 0,
    "consistency_percent": 100.0,
    "findings.error": 0,
    "findings.warning": 0,
    "findings.info": 0,
    "quarantined": 0,
}


def test_a_database_that_is_away_sends_nothing_and_fails_nothing(
    site: Site, listener: Listener
) -> None:
    context = site.context()
    settings = work.settings_of(context)
    site.root.with_name("autoclip.db").unlink()
    assert metrics.publish_gauges(settings) == {}


def test_where_airflow_measures_nothing_the_database_is_not_asked(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    settings = work.settings_of(site.context())
    site.root.with_name("autoclip.db").unlink()
    assert metrics.publish_gauges(settings) == {}
    assert caplog.records == []  # it would be logged that the database is away
