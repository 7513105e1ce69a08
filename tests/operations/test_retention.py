"""The ledger forgets old history, and nothing that the next sync, mail or page needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from clipsync.ledger import tables
from clipsync.operations import retention
from clipsync.operations.auditing import audit_projects
from clipsync.operations.history import ProjectQuery as Query
from clipsync.operations.history import audit_points, find_projects, project_history
from clipsync.operations.retention import prune_history
from clipsync.operations.runs import RunContext
from tests.support.autoclip_files import clip
from tests.support.site import PROJECT, Site

NOTHING = {
    "journal": 0,
    "ledger_journal": 0,
    "states": 0,
    "findings": 0,
    "quarantine": 0,
    "audits": 0,
    "quality": 0,
    "mails": 0,
    "runs": 0,
}
AGES = timedelta(days=1000)


def audit(site: Site, projects: list[str] | None = None) -> str:
    run = RunContext.for_command("audit")
    audit_projects(site.workspace, projects, run=run)
    return run.run_id


def count(site: Site, name: str) -> int:
    with site.workspace.engine.connect() as conn:
        found = conn.scalar(sa.select(sa.func.count()).select_from(tables.metadata.tables[name]))
    return found or 0


def later(**delta: Any) -> datetime:
    return datetime.now(UTC) + timedelta(**delta)


def test_without_a_ledger_there_is_nothing_to_forget(site: Site) -> None:
    assert prune_history(site.workspace) == {}


def test_what_is_younger_stays(site: Site) -> None:
    audit(site)
    site.sync()
    site.write([clip(1), clip(2, generated_title=7, outline=7)], [])
    site.sync()
    before = {name: site.rows(name) for name in tables.metadata.tables}
    days = site.workspace.settings.retention_days
    assert prune_history(site.workspace, later(days=days, hours=-1)) == NOTHING
    assert {name: site.rows(name) for name in tables.metadata.tables} == before


def test_after_ages_a_quiet_project_is_as_known_as_before(site: Site) -> None:
    """Deleted by a person, edited, quarantined, audited: then nothing for years."""
    site.write([clip(1), clip(2, generated_title=7, outline=7), clip(3)], [])
    site.sync()
    site.execute("UPDATE clips SET title = '人改的' WHERE title LIKE '第1段%'")
    site.execute("DELETE FROM clips WHERE title LIKE '第3段%'")
    site.sync()
    audit(site)
    whole = audit(site)
    some = audit(site, [PROJECT])
    lines = find_projects(site.workspace, Query()).items
    kept = (
        "clipsync_projects",
        "clipsync_rows",
        "clipsync_tombstones",
        "clipsync_quarantine",
    )
    before = {name: site.rows(name) for name in kept}
    rows = site.everything()
    open_before = [
        f for f in project_history(site.workspace, PROJECT).findings if not f.resolved_at
    ]

    deleted = prune_history(site.workspace, datetime.now(UTC) + AGES)

    assert {name: site.rows(name) for name in kept} == before
    assert count(site, "clipsync_journal") == 0 < deleted["journal"]
    assert count(site, "clipsync_ledger_journal") == 0 < deleted["ledger_journal"]
    assert [point.run_id for point in audit_points(site.workspace)] == [whole, some]
    history = project_history(site.workspace, PROJECT)
    assert [f for f in history.findings if not f.resolved_at] == open_before != []
    assert [state.status for state in history.states] == ["consistent"]
    assert find_projects(site.workspace, Query()).items == lines
    assert prune_history(site.workspace, datetime.now(UTC) + AGES) == NOTHING
    # The next sync knows what people did.
    (result,) = site.sync()
    assert not any(result.changes.values())
    assert site.everything() == rows


def test_what_is_resolved_or_released_goes(site: Site) -> None:
    site.write([clip(1), clip(2, generated_title=7, outline=7)], [])
    site.sync()
    site.write([clip(1), clip(2)], [])
    site.sync()
    deleted = prune_history(site.workspace, datetime.now(UTC) + AGES)
    assert deleted["quarantine"] == 1
    assert deleted["findings"] >= 1
    assert count(site, "clipsync_quarantine") == 0


def test_a_finding_that_was_mailed_stays_until_its_end_was_mailed(site: Site) -> None:
    site.write([clip(1), clip(2, generated_title=7, outline=7)], [])
    site.sync()
    site.write([clip(1), clip(2)], [])
    site.sync()
    site.execute("UPDATE clipsync_findings SET told = severity")
    assert prune_history(site.workspace, datetime.now(UTC) + AGES)["findings"] == 0


def test_it_deletes_in_batches(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_ROWS_AT_ONCE", 2)
    site.sync()
    before = count(site, "clipsync_journal")
    assert before > 4
    assert prune_history(site.workspace, datetime.now(UTC) + AGES)["journal"] == before
