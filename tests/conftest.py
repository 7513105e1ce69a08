"""Fixtures for all tests, and what the summary says beside passed and failed."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

from tests.support.databases import (
    autoclip_engine,
    autoclip_url,
    lonely_postgres_url,
    postgres_server,
    postgres_url,
    sqlite_template,
    sqlite_url,
)
from tests.support.profiles import FULL

settings.load_profile(FULL)  # pytest's --hypothesis-profile comes later, and wins


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What a test measured and recorded as a property: the steps of the stateful model."""
    measured = [
        f"{name}: {value:,}"
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
    ]
    for line in sorted(measured):
        terminalreporter.write_line(line)


__all__ = [
    "autoclip_engine",
    "autoclip_url",
    "lonely_postgres_url",
    "postgres_server",
    "postgres_url",
    "sqlite_template",
    "sqlite_url",
]
