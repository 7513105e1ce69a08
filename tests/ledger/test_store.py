"""Quarantine, runs and audits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from clipsync.autoclip.database import read_transaction, write_transaction
from clipsync.ledger import tables
from clipsync.ledger.records import ProjectState, QuarantineEntry, RunRecord
from clipsync.ledger.store import (
    finish_run,
    list_runs,
    read_audit,
    read_quarantine,
    read_run,
    read_states,
    record_audit,
    start_run,
    sync_quarantine,
)
from clipsync.model.manifest import DiskCode, DiskReason, Kind, QuarantinedRecord
from tests.support.autoclip_rows import PROJECT
from tests.support.statements import counted

OTHER = "64c48a05-b854-4c75-a81b-af2f6332b839"
NOW = datetime(2024, 6, 1, 12, 30, 15, 250000, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
FILE = f"projects/{PROJECT}/metadata/clips_metadata.json"


def bad(position: int, source_id: str | None = None, **values: Any) -> QuarantinedRecord:
    record = QuarantinedRecord(
        Kind.CLIP,
        FILE,
        position,
        source_id,
        DiskReason(DiskCode.FIELD_MISSING, {"name": "start_time"}),
        '{"id": "🎬"}',
    )
    return replace(record, **values)


def detail(text: str) -> DiskReason:
    return DiskReason(DiskCode.CANT_BE_READ, {"detail": text})


def quarantine(engine: sa.Engine, now: datetime, *records: QuarantinedRecord) -> None:
    with write_transaction(engine) as conn:
        sync_quarantine(conn, {PROJECT: records}, now)


def quarantined(engine: sa.Engine, **which: Any) -> list[QuarantineEntry]:
    with read_transaction(engine) as conn:
        return list(read_quarantine(conn, **which))


def test_before_there_is_a_ledger_all_is_empty(autoclip_engine: sa.Engine) -> None:
    with read_transaction(autoclip_engine) as conn:
        assert list(read_quarantine(conn)) == []
        assert list_runs(conn) == []
        assert read_run(conn, "run-1") is None
        assert list(read_audit(conn, "run-1")) == []
        assert read_states(conn, [PROJECT]) == {}


def test_a_quarantined_record_keeps_the_time_it_was_first_seen(ledger: sa.Engine) -> None:
    quarantine(ledger, NOW, bad(0, "7"), bad(3))
    moved = bad(
        1, "7", reason=DiskReason(DiskCode.EMPTY), raw="[]"
    )  # another record came before it
    quarantine(ledger, LATER, moved, bad(3))
    assert quarantined(ledger) == [
        QuarantineEntry(PROJECT, moved, NOW, LATER),
        QuarantineEntry(PROJECT, bad(3), NOW, LATER),
    ]


def test_a_record_that_only_release_0_1_0_has_seen_keeps_its_sentence(ledger: sa.Engine) -> None:
    quarantine(ledger, NOW, bad(0, "7"))
    with write_transaction(ledger) as conn:
        conn.execute(sa.update(tables.quarantine).values(why=None, reason="start_time 缺失"))
    (entry,) = quarantined(ledger)
    assert entry.record.reason == DiskReason(DiskCode.AS_WRITTEN, {"text": "start_time 缺失"})
    assert entry.as_dict()["reason"] == "start_time 缺失"
    quarantine(ledger, LATER, bad(0, "7"))
    assert quarantined(ledger) == [QuarantineEntry(PROJECT, bad(0, "7"), NOW, LATER)]


def test_a_record_is_released_once_it_is_not_reported(ledger: sa.Engine) -> None:
    quarantine(ledger, NOW, bad(0, "7"), bad(1, "8"))
    quarantine(ledger, LATER, bad(1, "8"))
    assert quarantined(ledger) == [QuarantineEntry(PROJECT, bad(1, "8"), NOW, LATER)]
    assert quarantined(ledger, released=True) == [
        QuarantineEntry(PROJECT, bad(0, "7"), NOW, NOW, LATER),
        QuarantineEntry(PROJECT, bad(1, "8"), NOW, LATER),
    ]
    again = LATER + timedelta(days=1)
    quarantine(ledger, again, bad(0, "7"), bad(1, "8"))
    assert quarantined(ledger)[0] == QuarantineEntry(PROJECT, bad(0, "7"), again, again)


def test_records_that_share_an_id_are_told_apart(ledger: sa.Engine) -> None:
    twice = [bad(0, "7"), bad(5, "7"), bad(6), bad(7), bad(0, "7", kind=Kind.COLLECTION)]
    quarantine(ledger, NOW, *twice)
    quarantine(ledger, LATER, *twice)
    assert [(entry.record, entry.first_seen) for entry in quarantined(ledger)] == [
        (record, NOW) for record in sorted(twice, key=lambda record: record.position)
    ]


def test_other_projects_quarantine_stays(ledger: sa.Engine) -> None:
    quarantine(ledger, NOW, bad(0))
    with write_transaction(ledger) as conn:
        sync_quarantine(conn, {OTHER: []}, LATER)
    assert quarantined(ledger, project_ids=[OTHER]) == []
    assert quarantined(ledger, project_ids=[PROJECT]) == [
        QuarantineEntry(PROJECT, bad(0), NOW, NOW)
    ]


def test_hostile_records_are_kept_and_recognised(ledger: sa.Engine) -> None:
    odd = bad(0, "零\0号\ud83d", raw="\0" * 10, reason=detail("长\0" * 9000))
    quarantine(ledger, NOW, odd)
    quarantine(ledger, LATER, odd)
    (entry,) = quarantined(ledger)
    assert (entry.first_seen, entry.last_seen) == (NOW, LATER)
    assert entry.record == bad(0, "零�号?", raw="�" * 10, reason=detail("长\0" * 9000))


@pytest.mark.parametrize("number", [2, 200])
def test_the_number_of_statements_does_not_grow_with_the_records(
    ledger: sa.Engine, number: int
) -> None:
    quarantine(ledger, NOW, *(bad(n, str(n)) for n in range(number)))
    with counted(ledger) as statements:
        quarantine(ledger, LATER, *(bad(n, str(n)) for n in range(number // 2, number * 2)))
    assert len(statements) == 4  # read, release, update, insert


# Runs


def start(engine: sa.Engine, run_id: str, now: datetime = NOW, started_by: str = "张三") -> None:
    with write_transaction(engine) as conn:
        start_run(conn, run_id, command="sync", trigger="manual", started_by=started_by, now=now)


def test_a_run_starts_once_and_ends_with_the_last_word(ledger: sa.Engine) -> None:
    start(ledger, "run-1")
    start(ledger, "run-1", LATER, "a retried task")
    started = RunRecord("run-1", "sync", "manual", "张三", NOW)
    with read_transaction(ledger) as conn:
        assert read_run(conn, "run-1") == started
    for outcome in ("failed", "success"):
        with write_transaction(ledger) as conn:
            finish_run(conn, "run-1", outcome=outcome, counts={"insert": 45}, now=LATER)
    with read_transaction(ledger) as conn:
        assert read_run(conn, "run-1") == replace(
            started, finished_at=LATER, outcome="success", counts={"insert": 45}
        )
        assert read_run(conn, "run-2") is None


def test_the_newest_runs_come_first(ledger: sa.Engine) -> None:
    for day in (2, 1, 3):
        start(ledger, f"run-{day}", NOW + timedelta(days=day))
    with read_transaction(ledger) as conn:
        assert [run.run_id for run in list_runs(conn, limit=2)] == ["run-3", "run-2"]


# Audits


STATE = ProjectState(
    PROJECT,
    "轮回 🎬",
    "consistent",
    clips=7,
    collections=1,
    changes={"insert": 0},
    disk_state="completed",
    consistent=True,
    content_hash="a" * 64,
    fingerprint="b" * 64,
    activity="c" * 32,
)


def test_an_audit_is_read_as_it_was_recorded(ledger: sa.Engine) -> None:
    missing = ProjectState(OTHER, "目录没了", "missing")
    with write_transaction(ledger) as conn:
        record_audit(conn, iter([missing, STATE]), "run-1", NOW)
    with read_transaction(ledger) as conn:
        assert list(read_audit(conn, "run-1")) == [STATE, missing]
        assert list(read_audit(conn, "run-2")) == []
        assert read_states(conn, [PROJECT, "unknown"]) == {PROJECT: STATE}


def test_an_audit_replaces_the_one_before(ledger: sa.Engine) -> None:
    worse = replace(STATE, status="out_of_sync", consistent=False, fingerprint=None)
    other = ProjectState(OTHER, "另一个", "consistent")
    with write_transaction(ledger) as conn:
        record_audit(conn, [STATE, other], "run-1", NOW)
        record_audit(conn, [worse], "run-2", LATER)
    with read_transaction(ledger) as conn:
        assert list(read_audit(conn, "run-1")) == [other]
        assert list(read_audit(conn, "run-2")) == [worse]


def test_audits_of_many_projects_are_streamed(ledger: sa.Engine) -> None:
    ids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(2500)]
    with counted(ledger) as statements, write_transaction(ledger) as conn:
        record_audit(conn, (replace(STATE, project_id=id_) for id_ in ids), "run-1", NOW)
    assert len(statements) == 3 * 4  # read, upsert, log, count: of a thousand each
    with counted(ledger) as statements, write_transaction(ledger) as conn:
        record_audit(conn, (replace(STATE, project_id=id_) for id_ in ids), "run-1", LATER)
    assert len(statements) == 3 * 2  # nothing is different: read, say when
    with read_transaction(ledger) as conn:
        assert [state.project_id for state in read_audit(conn, "run-1")] == ids
