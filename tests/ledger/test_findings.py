"""The life of findings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database import read_transaction, write_transaction
from clipsync.ledger.records import FindingRecord, FindingsDelta, ProjectState
from clipsync.ledger.store import (
    findings_of_run,
    open_findings,
    record_audit,
    record_findings,
)
from clipsync.messages import message
from clipsync.model.finding import Finding, FindingCode, Severity
from tests.support.autoclip_rows import PROJECT
from tests.support.statements import counted

OTHER = "64c48a05-b854-4c75-a81b-af2f6332b839"
DAY = datetime(2024, 6, 1, 3, tzinfo=UTC)
ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def finding(
    code: str, severity: Severity = WARNING, project_id: str = PROJECT, **values: Any
) -> Finding:
    values = {
        "recorded": f"{code}：出了问题 🎬",
        "subject": "行",
        "evidence": {"值": [1]},
        **values,
    }
    return Finding(code, severity, project_id, **values)


def record(
    engine: sa.Engine, day: int, *findings: Finding, source: str = "plan", **others: Any
) -> FindingsDelta:
    """What run `day` reports of PROJECT (and of `others`)."""
    by_project = {PROJECT: findings, **others}
    with write_transaction(engine) as conn:
        return record_findings(
            conn, f"run-{day}", DAY + timedelta(days=day), by_project, source=source
        )


def opened(engine: sa.Engine, *project_ids: str) -> list[FindingRecord]:
    with read_transaction(engine) as conn:
        return list(open_findings(conn, project_ids or None))


def test_before_there_is_a_ledger_there_are_no_findings(autoclip_engine: sa.Engine) -> None:
    assert opened(autoclip_engine) == []
    with read_transaction(autoclip_engine) as conn:
        assert list(findings_of_run(conn, "run-1")) == []


def test_a_finding_is_new_then_there_then_resolved_then_new_again(ledger: sa.Engine) -> None:
    one = finding("edit_conflict")
    assert record(ledger, 1, one) == FindingsDelta(new=(one,))
    assert record(ledger, 2, one) == FindingsDelta(unchanged=(one,))
    assert opened(ledger) == [
        FindingRecord(
            one, "plan", DAY + timedelta(days=1), "run-1", DAY + timedelta(days=2), "run-2"
        )
    ]
    assert record(ledger, 3) == FindingsDelta(resolved=(one,))
    assert opened(ledger) == []
    assert record(ledger, 4) == FindingsDelta()
    assert record(ledger, 5, one) == FindingsDelta(new=(one,))
    assert opened(ledger) == [
        FindingRecord(
            one, "plan", DAY + timedelta(days=5), "run-5", DAY + timedelta(days=5), "run-5"
        )
    ]


def test_what_a_finding_says_is_recorded_with_it(ledger: sa.Engine) -> None:
    given = Finding(FindingCode.FILES_MISSING, WARNING, PROJECT, evidence={"rows": 3})
    record(ledger, 1, given)
    (found,) = opened(ledger)
    assert found.finding == given
    assert found.finding.recorded == message(given)
    assert message(given).startswith("The database holds 3 rows of the project")


def test_a_finding_that_gets_more_severe_is_worse(ledger: sa.Engine) -> None:
    record(ledger, 1, finding("stale", INFO))
    worse = finding("stale", ERROR, recorded="更糟了")
    assert record(ledger, 2, worse) == FindingsDelta(worse=(worse,))
    better = finding("stale", WARNING)
    assert record(ledger, 3, better) == FindingsDelta(unchanged=(better,))
    (found,) = opened(ledger)
    assert (found.finding, found.first_run, found.last_run) == (better, "run-1", "run-3")


def test_subjects_and_projects_tell_findings_apart(ledger: sa.Engine) -> None:
    here, there = finding("gone", subject="1"), finding("gone", subject="2")
    other = finding("gone", subject="1", project_id=OTHER)
    record(ledger, 1, here, there, **{OTHER: [other]})
    assert record(ledger, 2, here) == FindingsDelta(resolved=(there,), unchanged=(here,))
    assert [found.finding for found in opened(ledger)] == [here, other]
    assert [found.finding for found in opened(ledger, OTHER)] == [other]


def test_findings_of_no_project_live_like_others(ledger: sa.Engine) -> None:
    run_level = finding("projects_json_unreadable", ERROR, project_id="")
    assert record(ledger, 1, **{"": [run_level]}).new == (run_level,)
    assert [found.finding for found in opened(ledger)] == [run_level]
    assert record(ledger, 2).resolved == ()  # not looked at
    assert record(ledger, 3, **{"": []}).resolved == (run_level,)


def test_a_source_resolves_only_its_own(ledger: sa.Engine) -> None:
    planned, expected = finding("edit_conflict"), finding("count_differs", ERROR)
    record(ledger, 1, planned)
    assert record(ledger, 1, expected, source="quality") == FindingsDelta(new=(expected,))
    assert record(ledger, 2, source="quality") == FindingsDelta(resolved=(expected,))
    assert [found.finding for found in opened(ledger)] == [planned]


def test_the_most_severe_come_first(ledger: sa.Engine) -> None:
    low, middle, high = (
        finding(code, severity) for code, severity in (("a", INFO), ("b", WARNING), ("c", ERROR))
    )
    delta = record(ledger, 1, low, high, middle)
    assert delta.new == (high, middle, low)
    assert [found.finding for found in opened(ledger)] == [high, middle, low]
    with read_transaction(ledger) as conn:
        assert [r.finding for r in open_findings(conn, least=WARNING)] == [high, middle]
        assert [r.finding for r in open_findings(conn, [PROJECT], least=ERROR)] == [high]


def test_one_identity_reported_twice_is_one_finding_the_worse(ledger: sa.Engine) -> None:
    high, low = finding("twice", ERROR), finding("twice", INFO)
    assert record(ledger, 1, high, low) == FindingsDelta(new=(high,))
    assert record(ledger, 2, low, high) == FindingsDelta(unchanged=(high,))


def test_hostile_subjects_and_messages_are_kept(ledger: sa.Engine) -> None:
    odd = finding("odd", subject="长" * 5000, recorded="零\0字符 \ud83d '; DROP TABLE clips; --")
    assert record(ledger, 1, odd) == FindingsDelta(new=(odd,))
    assert record(ledger, 2, odd) == FindingsDelta(unchanged=(odd,))
    (found,) = opened(ledger)
    assert found.finding.recorded == "零�字符 ? '; DROP TABLE clips; --"
    assert len(found.finding.subject) == 255


def test_an_audit_keeps_its_findings_though_another_run_saw_them_since(ledger: sa.Engine) -> None:
    one = finding("edit_conflict")
    record(ledger, 1, one)
    with write_transaction(ledger) as conn:
        record_audit(conn, [ProjectState(PROJECT, "项目", "problem")], "run-1", DAY)
    record(ledger, 2, one)
    with read_transaction(ledger) as conn:
        assert [found.finding for found in findings_of_run(conn, "run-1")] == [one]


@pytest.mark.parametrize("number", [2, 200])
def test_the_number_of_statements_does_not_grow(ledger: sa.Engine, number: int) -> None:
    many = [finding("many", subject=str(n)) for n in range(number)]
    record(ledger, 1, *many)
    with counted(ledger) as statements:
        record(ledger, 2, *many[: number // 2], finding("another"))
    assert len(statements) == 4  # read, upsert, resolve, count


def test_deltas_of_batches_add_up() -> None:
    one, two = finding("one"), finding("two")
    total = FindingsDelta(new=(one,)) + FindingsDelta(new=(two,), resolved=(one,))
    assert total == FindingsDelta(new=(one, two), resolved=(one,))
    assert total.news
    assert not FindingsDelta(unchanged=(one,)).news
