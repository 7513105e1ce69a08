"""The page on history, mails, metrics and assets names what there is."""

from __future__ import annotations

import re

from clipsync.ledger import tables
from clipsync.operations.history import measure
from clipsync.settings import Settings
from tests.operations.conftest import site
from tests.support.airflow_home import REPOSITORY
from tests.support.site import Site

__all__ = ["site"]

PAGE = (REPOSITORY / "docs" / "history-mails-metrics-assets.md").read_text(encoding="utf-8")


def test_every_setting_it_names_is_one_with_that_default() -> None:
    named = re.findall(r"`CLIPSYNC_([A-Z_]+)`(?: \((\d+)[;:)])?", PAGE)
    assert len(named) >= 7
    for name, default in named:
        field = Settings.model_fields[name.lower()]
        assert not default or str(field.default) == default, name


def test_every_table_of_history_is_in_it_and_no_other() -> None:
    named = set(re.findall(r"^\| `(clipsync_[a-z_]+)` \| .* \| .* \|$", PAGE, re.MULTILINE))
    kept_for_the_next_sync = {"clipsync_rows", "clipsync_tombstones"}
    assets = {"clipsync_disk", "clipsync_database", "clipsync_report"}
    assert named - assets == set(tables.metadata.tables) - kept_for_the_next_sync


def test_every_gauge_is_in_it(site: Site) -> None:
    from clipsync.operations.auditing import audit_projects
    from clipsync.operations.runs import RunContext

    audit_projects(site.workspace, None, run=RunContext.for_command("audit"))
    words = set(re.findall(r"`(?:clipsync)?\.?([a-z_.]+)`", PAGE))
    missing = [
        name
        for name in measure(site.workspace)
        if name not in words and name.removeprefix("findings.") not in words
    ]
    assert missing == []
