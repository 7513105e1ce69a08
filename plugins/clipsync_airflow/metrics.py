"""Gauges through Airflow's own metrics settings (`[metrics]`: StatsD, DogStatsD, OpenTelemetry).

Nothing is measured where Airflow measures nothing. Imported inside running tasks only.
"""

from __future__ import annotations

import logging

from airflow.sdk.configuration import conf
from airflow.sdk.observability import stats

from clipsync.errors import ClipSyncError
from clipsync.operations.history import measure
from clipsync.operations.workspace import open_workspace
from clipsync.settings import Settings

log = logging.getLogger(__name__)

PREFIX = "clipsync"
_SWITCHES = ("statsd_on", "statsd_datadog_enabled", "otel_on")


def publish_gauges(settings: Settings) -> dict[str, float]:
    """How things stand, as gauges `clipsync.…`; gives what was sent.

    A database that is away is no reason to fail: other tasks tell of it.
    """
    if not any(conf.getboolean("metrics", switch, fallback=False) for switch in _SWITCHES):
        return {}
    try:
        with open_workspace(settings) as workspace:
            measured = measure(workspace)
    except ClipSyncError as error:
        log.warning("there are no metrics of this run: %s", error)
        return {}
    gauges = {f"{PREFIX}.{name}": value for name, value in measured.items()}
    for name, value in gauges.items():
        stats.gauge(name, value)
    log.info("%s gauges sent: %s", len(gauges), gauges)
    return gauges
