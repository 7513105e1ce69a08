"""History of quality: results per rule, since when one fails, and how fresh the last look is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from clipsync.ledger import store
from clipsync.ledger.migrate import upgrade
from clipsync.ledger.pruning import prune_batch
from clipsync.ledger.quality import RuleResult, Validation
from clipsync.model.finding import Severity

NOW = datetime(2025, 6, 1, 2, 30, tzinfo=UTC)


def result(name: str, failing: int = 0, problem: str | None = None) -> RuleResult:
    return RuleResult(name, "clips", Severity.ERROR, f"{name}.", 3, 10, failing, problem)


def record(conn: sa.Connection, night: int, *results: RuleResult, part: int = 0) -> None:
    moment = NOW + timedelta(days=night, seconds=part)
    store.record_quality(conn, Validation(f"run-{night}", moment, part=part), results)


def test_a_rule_fails_since_the_first_of_its_unbroken_failures(autoclip_engine: sa.Engine) -> None:
    upgrade(autoclip_engine)
    with autoclip_engine.begin() as conn:
        for night, failing in enumerate((2, 0, 1, 3)):
            record(conn, night, result("clip_start", failing), result("clip_end"))
        end, start = store.quality_history(conn, 30)
        assert [point.failing for point in start.points] == [2, 0, 1, 3]
        assert start.failing_since == NOW + timedelta(days=2)
        assert (end.name, end.failing_since) == ("clip_end", None)
        assert [len(one.points) for one in store.quality_history(conn, 2)] == [2, 2]
        assert store.last_validation(conn) == NOW + timedelta(days=3)


def test_a_rule_that_could_not_be_evaluated_counts_as_failing(autoclip_engine: sa.Engine) -> None:
    upgrade(autoclip_engine)
    with autoclip_engine.begin() as conn:
        record(conn, 0, result("clip_start", problem="no column"))
        (one,) = store.quality_history(conn, 30)
    assert one.failing_since == NOW


def test_the_shares_of_a_run_add_up_and_one_that_is_repeated_counts_once(
    autoclip_engine: sa.Engine,
) -> None:
    upgrade(autoclip_engine)
    with autoclip_engine.begin() as conn:
        record(conn, 0, result("clip_start", 5))
        record(conn, 0, result("clip_start", 1))
        record(conn, 0, result("clip_start", 2), part=1)
        (one,) = store.quality_history(conn, 30)
    assert [(point.evaluated, point.failing) for point in one.points] == [(20, 3)]


def test_a_look_at_some_projects_is_no_night(autoclip_engine: sa.Engine) -> None:
    upgrade(autoclip_engine)
    with autoclip_engine.begin() as conn:
        validation = Validation("one", NOW, scope="some")
        store.record_quality(conn, validation, [result("clip_start", 1)])
        assert store.quality_history(conn, 30) == []
        assert store.last_validation(conn) is None


def test_a_rule_that_is_gone_is_not_told_any_more(autoclip_engine: sa.Engine) -> None:
    upgrade(autoclip_engine)
    with autoclip_engine.begin() as conn:
        record(conn, 0, result("own_old", 1))
        record(conn, 1, result("clip_start"))
        assert [one.name for one in store.quality_history(conn, 30)] == ["clip_start"]


def test_without_a_ledger_nothing_is_known(autoclip_engine: sa.Engine) -> None:
    with autoclip_engine.connect() as conn:
        assert (store.quality_history(conn, 30), store.last_validation(conn)) == ([], None)


def test_old_nights_are_forgotten(autoclip_engine: sa.Engine) -> None:
    upgrade(autoclip_engine)
    with autoclip_engine.begin() as conn:
        record(conn, 0, result("clip_start"), result("clip_end"))
        record(conn, 9, result("clip_start"))
        assert prune_batch(conn, "quality", NOW + timedelta(days=5), 100) == 2
        assert [len(one.points) for one in store.quality_history(conn, 30)] == [1]
