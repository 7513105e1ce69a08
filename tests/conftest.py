"""Fixtures for all tests, and what the summary says beside passed and failed."""

from __future__ import annotations

from typing import Any

import pytest
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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--dist loadgroup`, tests of one `xdist_group` share one process, and one Airflow.

    pytest-xdist 3.8 appends the group to `_nodeid`, which pytest 9.2 no longer has: every test went
    to any process, and each of them started a server of its own.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        mark = item.get_closest_marker("xdist_group")
        if mark is not None and item.parent is not None and "@" not in item.name:
            item._id = item.parent.id.child(f"{item.name}@{mark.args[0]}")


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
