"""The life of findings: first seen, still there, worse, resolved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clipsync.ledger import tables
from clipsync.ledger.bulk import stream, upsert
from clipsync.ledger.migrate import is_current
from clipsync.ledger.records import FindingRecord, FindingsDelta
from clipsync.messages import message
from clipsync.model.finding import Finding, Severity, code_of
from clipsync.sql import among, clean_text, execute_many

PLAN = "plan"
"""The planner as source of findings."""
OPEN_COLUMNS: Mapping[Severity, str] = {
    Severity.ERROR: "errors",
    Severity.WARNING: "warnings",
    Severity.INFO: "infos",
}
"""Where open findings are counted, beside projects and audits."""


def record_findings(
    conn: sa.Connection,
    run_id: str,
    now: datetime,
    findings_by_project: Mapping[str, Sequence[Finding]],
    *,
    source: str = PLAN,
) -> FindingsDelta:
    """Record what a source reports of these projects ("": of no project), and tell what changed.

    What the same source reported of one of them before, and does not report now, is resolved; an
    empty list resolves all. Other sources' findings, and other projects', stay as they are.
    """
    stored = _open_of(conn, list(findings_by_project), source)
    reported = {_key(finding): finding for finding in _most_severe_last(findings_by_project)}
    rows, new, worse, unchanged = [], [], [], []
    recount: set[str] = set()
    for key, finding in reported.items():
        old = stored.pop(key, None)
        row = _values(key, finding, source, run_id, now)
        if old is None:
            new.append(finding)
            recount.add(finding.project_id)
        else:
            row |= {name: old[name] for name in ("first_seen", "first_run", "worse_run")}
            if finding.severity != old["severity"]:
                recount.add(finding.project_id)
            if finding.severity.rank > Severity(old["severity"]).rank:
                worse.append(finding)
                row["worse_run"] = run_id
            else:
                unchanged.append(finding)
        rows.append(row)
    upsert(conn, tables.findings, rows)
    _resolve(conn, stored, run_id, now)
    recount_projects(conn, sorted(recount | {project_id for project_id, _, _ in stored}))
    return FindingsDelta(
        new=_sorted(new),
        worse=_sorted(worse),
        resolved=_sorted(finding_of(old) for old in stored.values()),
        unchanged=_sorted(unchanged),
    )


def resolve_all(
    conn: sa.Connection, project_ids: Sequence[str], run_id: str, now: datetime
) -> None:
    """Resolve whatever is open on these projects, whoever reported it."""
    table = tables.findings.c
    conn.execute(
        sa.update(tables.findings)
        .where(among(table.project_id, project_ids, conn.dialect), table.resolved_at.is_(None))
        .values(resolved_at=now, resolved_run=run_id)
    )
    recount_projects(conn, project_ids)


def recount_projects(conn: sa.Connection, project_ids: Sequence[str]) -> None:
    """Bring the numbers of open findings beside these projects up to date."""
    if not project_ids:
        return
    table, project = tables.findings.c, tables.projects.c
    counted = {
        column: sa.select(sa.func.count())
        .where(
            table.project_id == project.project_id,
            table.severity == severity.value,
            table.resolved_at.is_(None),
        )
        .scalar_subquery()
        for severity, column in OPEN_COLUMNS.items()
    }
    conn.execute(
        sa.update(tables.projects)
        .where(among(project.project_id, project_ids, conn.dialect))
        .values(**counted)
    )


def count_open(conn: sa.Connection, of_projects: sa.Select[str] | None = None) -> dict[str, int]:
    """Open findings by severity (`errors`, `warnings`, `infos`), those of no project included;
    `of_projects`: only those of the projects that this query gives."""
    counted = dict.fromkeys(OPEN_COLUMNS.values(), 0)
    if not is_current(conn):
        return counted
    table = tables.findings.c
    query = sa.select(table.severity, sa.func.count()).where(table.resolved_at.is_(None))
    if of_projects is not None:
        query = query.where(table.project_id.in_(of_projects))
    for severity, number in conn.execute(query.group_by(table.severity)):
        counted[OPEN_COLUMNS[Severity(severity)]] = number
    return counted


def findings_of_project(conn: sa.Connection, project_id: str) -> list[FindingRecord]:
    """A project's findings, open and resolved: the open ones first, then the newest."""
    if not is_current(conn):
        return []
    table = tables.findings.c
    query = sa.select(tables.findings).where(table.project_id == project_id)
    found = list(_records(conn, query))
    return sorted(
        found,
        key=lambda record: (
            record.resolved_at is not None,
            -record.finding.severity.rank if record.resolved_at is None else 0,
            -(record.resolved_at or record.first_seen).timestamp(),
        ),
    )


def open_findings(
    conn: sa.Connection,
    project_ids: Sequence[str] | None = None,
    *,
    least: Severity = Severity.INFO,
) -> Iterator[FindingRecord]:
    """Findings not resolved, at `least` so severe, of these projects (None: of all, and those of
    no project), the most severe first."""
    if not is_current(conn):
        return
    severities = [severity.value for severity in Severity if severity.rank >= least.rank]
    query = sa.select(tables.findings).where(
        tables.findings.c.resolved_at.is_(None), tables.findings.c.severity.in_(severities)
    )
    if project_ids is not None:
        query = query.where(among(tables.findings.c.project_id, project_ids, conn.dialect))
    yield from _records(conn, query)


def findings_of_run(conn: sa.Connection, run_id: str) -> Iterator[FindingRecord]:
    """Findings of a run, the most severe first: those it was the last to report, and those open
    on the projects it was the last to audit."""
    if not is_current(conn):
        return
    table = tables.findings.c
    audited = sa.select(tables.projects.c.project_id).where(
        tables.projects.c.last_audit_run_id == run_id
    )
    query = sa.select(tables.findings).where(
        table.resolved_at.is_(None),
        sa.or_(table.last_run == run_id, table.project_id.in_(audited)),
    )
    yield from _records(conn, query)


def finding_of(row: Mapping[str, Any]) -> Finding:
    """The finding that a row of `clipsync_findings` holds."""
    return Finding(
        code=code_of(row["code"]),
        severity=Severity(row["severity"]),
        project_id=row["project_id"],
        subject=row["subject"],
        evidence=row["evidence"],
        recorded=row["message"],
    )


_Key = tuple[str, str, str]


def _key(finding: Finding) -> _Key:
    """The finding's identity as stored: clean, and a long subject by its hash."""
    subject = clean_text(finding.subject)
    if len(subject) > tables.ID:
        digest = hashlib.sha256(subject.encode()).hexdigest()
        subject = f"{subject[: tables.ID - len(digest) - 1]}…{digest}"
    return finding.project_id, finding.code, subject


def _most_severe_last(findings_by_project: Mapping[str, Sequence[Finding]]) -> list[Finding]:
    """Of two findings with one identity the last counts, which should be the worse."""
    return sorted(
        (
            finding if finding.project_id == project_id else replace(finding, project_id=project_id)
            for project_id, findings in findings_by_project.items()
            for finding in findings
        ),
        key=lambda finding: finding.severity.rank,
    )


def _open_of(
    conn: sa.Connection, project_ids: list[str], source: str
) -> dict[_Key, Mapping[str, Any]]:
    table = tables.findings.c
    query = sa.select(tables.findings).where(
        among(table.project_id, project_ids, conn.dialect),
        table.source == source,
        table.resolved_at.is_(None),
    )
    return {
        (row["project_id"], row["code"], row["subject"]): dict(row)
        for row in conn.execute(query).mappings()
    }


def _values(key: _Key, finding: Finding, source: str, run_id: str, now: datetime) -> dict[str, Any]:
    project_id, code, subject = key
    return {
        "project_id": project_id,
        "code": code,
        "subject": subject,
        "source": source,
        "severity": finding.severity.value,
        "message": message(finding),
        "evidence": dict(finding.evidence),
        "first_seen": now,
        "first_run": run_id,
        "worse_run": None,
        "last_seen": now,
        "last_run": run_id,
        "resolved_at": None,
        "resolved_run": None,
    }


def _resolve(conn: sa.Connection, gone: Iterable[_Key], run_id: str, now: datetime) -> None:
    keys = [
        {
            "of_project": project,
            "of_code": code,
            "of_subject": subject,
            "resolved_at": now,
            "resolved_run": run_id,
        }
        for project, code, subject in gone
    ]
    if not keys:
        return
    table = tables.findings.c
    execute_many(
        conn,
        sa.update(tables.findings).where(
            table.project_id == sa.bindparam("of_project"),
            table.code == sa.bindparam("of_code"),
            table.subject == sa.bindparam("of_subject"),
        ),
        keys,
    )


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: (-finding.severity.rank, finding.key)))


def _records(conn: sa.Connection, query: sa.Select[*tuple[Any, ...]]) -> Iterator[FindingRecord]:
    table = tables.findings.c
    ranks = {severity.value: -severity.rank for severity in Severity}
    query = query.order_by(
        sa.case(ranks, value=table.severity), table.project_id, table.code, table.subject
    )
    for row in stream(conn, query):
        yield FindingRecord(
            finding=finding_of(row._mapping),
            source=row.source,
            first_seen=row.first_seen,
            first_run=row.first_run,
            last_seen=row.last_seen,
            last_run=row.last_run,
            resolved_at=row.resolved_at,
            resolved_run=row.resolved_run,
        )
