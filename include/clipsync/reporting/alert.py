"""The alert mail: whether there is anything to tell, and the telling.

One mail a run at most, and only when findings are new, worse or resolved, a task failed, or errors
have been open for so long that people need a reminder. Silence when all is well and when nothing
changed: a mail that always comes is never read. Everything here is pure; `send.py` sends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from clipsync.messages import advice, message
from clipsync.model.finding import Finding, Severity
from clipsync.operations.mailing import FailedTask, News
from clipsync.operations.results import AuditTotals
from clipsync.quality.report import QualityReport
from clipsync.reporting.mail import Mail
from clipsync.reporting.text import clean, cut, plural

MOST_ROWS = 30
"""Findings listed per group; the rest is counted. Mail programs cut what is over 100 KB."""

_NAME_WIDTH = 60
_MESSAGE_WIDTH = 400
_SUBJECT_WIDTH = 110
_FACT_WIDTH = 200
_MOST_UNDELIVERED = 5
_SOMETHING_CHANGED = (
    "You get this mail because something changed. As long as nothing does, no mail is sent."
)
_ONLY_A_REMINDER = (
    "You get this mail because errors have been open for some time. It comes again until they are "
    "resolved."
)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Which run the mail is about. Links must be http(s); others are left out.

    `page_url`: the ClipSync page, for links to it and to its projects (`?project=ID`).
    """

    dag_id: str
    run_id: str
    logical_time: str | None = None
    database: str | None = None
    run_url: str | None = None
    report_url: str | None = None
    docs_url: str | None = None
    page_url: str | None = None


def build_alert(
    facts: RunFacts,
    news: News,
    *,
    to: Sequence[str],
    sender: str,
    totals: AuditTotals | None = None,
    quality: QualityReport | None = None,
) -> Mail | None:
    """The run's mail, or None when there is nothing to tell.

    Findings of severity `info` never cause a mail and are not listed. A project's id stands for a
    name that `news.names` lacks.
    """
    delta, failed_tasks = news.delta, news.failed_tasks
    groups = [
        _Group("New", "new", _by_weight(delta.new)),
        _Group("Worse", "worse", _by_weight(delta.worse)),
        _Group("Resolved", "resolved", _by_weight(delta.resolved)),
        _Group("Still open", "reminder", _by_weight(news.reminder)),
    ]
    if not failed_tasks and not any(group.findings for group in groups):
        return None
    headline = _headline(groups, failed_tasks, news.all_clear)
    subject = _subject(groups, headline, news.names)
    view: dict[str, Any] = {
        "subject": subject,
        "headline": headline,
        "facts": _fact_rows(facts),
        "links": _links(facts),
        "failed_tasks": [
            {"name": cut(task.name, _NAME_WIDTH), "reason": cut(task.reason, _MESSAGE_WIDTH)}
            for task in failed_tasks
        ],
        "groups": [
            _group_view(group, news.names, facts.page_url) for group in groups if group.findings
        ],
        "unchanged": _unchanged_sentence(delta.unchanged),
        "totals": _totals_rows(totals) if totals else [],
        "quality": _quality_rows(quality) if quality else None,
        "undelivered": _undelivered_lines(news.undelivered),
        "why": _ONLY_A_REMINDER if _only_a_reminder(groups, failed_tasks) else _SOMETHING_CHANGED,
    }
    return Mail(
        subject=subject,
        text=_render("alert.txt.j2", view),
        html=_render("alert.html.j2", view),
        to=tuple(to),
        sender=sender,
    )


@dataclass(frozen=True, slots=True)
class _Group:
    title: str
    word: str
    findings: tuple[Finding, ...]


def _by_weight(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors and warnings, the worst first, then by project: the same order in every run."""
    shown = (finding for finding in findings if finding.severity is not Severity.INFO)
    return tuple(sorted(shown, key=lambda finding: (-finding.severity.rank, *finding.key)))


def _subject(groups: Sequence[_Group], headline: str, names: Mapping[str, str]) -> str:
    """`[ClipSync] 1 error, 2 warnings in 2 projects · 北京…`, cut to what a list of mails shows."""
    alarming = [finding for group in groups[:2] for finding in group.findings]
    listed = alarming or list(groups[2].findings) or list(groups[3].findings)
    projects = list(dict.fromkeys(finding.project_id for finding in listed if finding.project_id))
    shown_names = ", ".join(_name(project_id, names) for project_id in projects[:3])
    subject = f"[ClipSync] {headline}"
    return cut(f"{subject} · {shown_names}" if shown_names else subject, _SUBJECT_WIDTH)


def _headline(groups: Sequence[_Group], failed_tasks: Sequence[FailedTask], all_clear: bool) -> str:
    """What happened, in plain words: failed tasks, counts of new and worse, of resolved, of what
    is still open."""
    alarming = [finding for group in groups[:2] for finding in group.findings]
    resolved, still_open = groups[2].findings, groups[3].findings
    parts = []
    if len(failed_tasks) == 1:
        parts.append(f"{cut(failed_tasks[0].name, _NAME_WIDTH)} failed")
    elif failed_tasks:
        parts.append(f"{len(failed_tasks)} tasks failed")
    if alarming:
        parts.append(_counts(alarming) + _in_projects(alarming))
    if resolved:
        parts.append(f"{len(resolved):,} resolved" + ("" if alarming else _in_projects(resolved)))
        if all_clear:
            parts[-1] += ", no error is left"
    if still_open:
        parts.append(f"{_counts(still_open)} still open" + _in_projects(still_open))
    return "; ".join(parts)


def _counts(findings: Iterable[Finding]) -> str:
    """`1 error, 2 warnings`"""
    counted = Counter(finding.severity for finding in findings)
    return ", ".join(
        plural(counted[severity], severity.value)
        for severity in (Severity.ERROR, Severity.WARNING)
        if counted[severity]
    )


def _in_projects(findings: Iterable[Finding]) -> str:
    projects = {finding.project_id for finding in findings if finding.project_id}
    return f" in {plural(len(projects), 'project')}" if projects else ""


def _only_a_reminder(groups: Sequence[_Group], failed_tasks: Sequence[FailedTask]) -> bool:
    return not failed_tasks and not any(group.findings for group in groups[:3])


def _undelivered_lines(undelivered: Sequence[str]) -> list[str]:
    left_out = len(undelivered) - _MOST_UNDELIVERED
    lines = [cut(line, _MESSAGE_WIDTH) for line in undelivered[-_MOST_UNDELIVERED:]]
    return [*lines, f"and {left_out:,} more"] if left_out > 0 else lines


def _group_view(group: _Group, names: Mapping[str, str], page_url: str | None) -> dict[str, Any]:
    left_out = len(group.findings) - MOST_ROWS
    return {
        "title": group.title,
        "word": group.word,
        "counts": _counts(group.findings),
        "rows": [_finding_row(finding, names, page_url) for finding in group.findings[:MOST_ROWS]],
        "more": f"and {left_out:,} more" if left_out > 0 else "",
    }


def _finding_row(
    finding: Finding, names: Mapping[str, str], page_url: str | None
) -> dict[str, str]:
    return {
        "url": _project_url(finding.project_id, page_url),
        "project": _name(finding.project_id, names) if finding.project_id else "All projects",
        "project_id": cut(finding.project_id, _NAME_WIDTH),
        "severity": finding.severity.value,
        "code": cut(finding.code, _NAME_WIDTH),
        "subject": cut(finding.subject, _NAME_WIDTH),
        "message": cut(message(finding), _MESSAGE_WIDTH),
        "advice": advice(finding),
    }


def _name(project_id: str, names: Mapping[str, str]) -> str:
    return cut(names.get(project_id, ""), _NAME_WIDTH) or cut(project_id, _NAME_WIDTH)


def _project_url(project_id: str, page_url: str | None) -> str:
    """The project on the ClipSync page; "" where there is no page or no project."""
    if not page_url or not project_id or not _is_web_address(page_url):
        return ""
    return f"{page_url}?project={quote(project_id, safe='', errors='replace')}"


def _unchanged_sentence(unchanged: Iterable[Finding]) -> str:
    shown = _by_weight(unchanged)
    if not shown:
        return ""
    return f"Known before and unchanged: {_counts(shown)}{_in_projects(shown)}."


def _fact_rows(facts: RunFacts) -> list[tuple[str, str]]:
    rows = (
        ("Dag", facts.dag_id),
        ("Run", facts.run_id),
        ("Time", facts.logical_time),
        ("Database", facts.database),
    )
    return [(label, cut(value, _FACT_WIDTH)) for label, value in rows if value]


def _links(facts: RunFacts) -> list[tuple[str, str]]:
    links = (
        ("Open the ClipSync page", facts.page_url),
        ("Open the run in Airflow", facts.run_url),
        ("Open the report", facts.report_url),
        ("Open the data quality report (Data Docs)", facts.docs_url),
    )
    return [(label, url) for label, url in links if url and _is_web_address(url)]


def _is_web_address(url: str) -> bool:
    """No `javascript:` or `data:` behind a link, nor a line break in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and url == clean(url)


def _totals_rows(totals: AuditTotals) -> list[tuple[str, str]]:
    return [
        ("Projects", f"{totals.projects:,}"),
        ("Completed", f"{totals.completed:,}"),
        ("With problems", f"{totals.with_problems:,}"),
        ("Clips", f"{totals.clips:,}"),
        ("Collections", f"{totals.collections:,}"),
        ("Consistent", f"{totals.consistency_percent:.1f} %"),
    ]


def _quality_rows(quality: QualityReport) -> dict[str, Any]:
    failed = [check for check in quality.checks if not check.success]
    checks = plural(len(quality.checks), "check")
    if not failed:
        sentence = f"All {checks} of the database passed."
    else:
        sentence = f"{len(failed)} of {checks} of the database failed."
    return {
        "sentence": sentence,
        "failed": [
            {
                "name": check.name,
                "severity": check.severity.value,
                "description": cut(check.description, _MESSAGE_WIDTH),
                "count": plural(check.failing_count, "row"),
                "problem": cut(check.problem or "", _MESSAGE_WIDTH),
            }
            for check in failed
        ],
    }


def _render(template: str, view: Mapping[str, Any]) -> str:
    return _templates().get_template(template).render(view).strip("\n") + "\n"


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("clipsync.reporting", "templates"),
        # Escaped by default: only what is named `.txt.j2` is plain text.
        autoescape=select_autoescape(
            enabled_extensions=(), disabled_extensions=("txt.j2",), default=True
        ),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
