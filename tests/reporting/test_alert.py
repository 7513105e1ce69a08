"""The alert mail: when there is one, what it says, and that nothing in it can do harm."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from rich.cells import cell_len

from clipsync.ledger.records import FindingsDelta
from clipsync.model.finding import Finding, Severity
from clipsync.operations.mailing import FailedTask, News
from clipsync.operations.results import AuditTotals
from clipsync.quality.report import ProjectFailures, QualityCheck, QualityReport
from clipsync.reporting.alert import MOST_ROWS, RunFacts, build_alert
from clipsync.reporting.mail import Mail

P1 = "455d6e8c-29a4-4027-884a-ddec16f9bbe1"
P2 = "64c48a05-b854-4c75-a81b-af2f6332b839"
NAMES = {P1: "轮回、命运、开悟究竟是怎么一回事？", P2: "欧阳娜娜VLOG"}
FACTS = RunFacts(
    dag_id="autoclip_backfill_audit",
    run_id="scheduled__2025-06-01",
    logical_time="2025-06-01 02:00 UTC",
    database="/data/autoclip.db",
    run_url="https://airflow.example.org/dags/autoclip_backfill_audit/runs/1?a=1&b=2",
    docs_url="https://airflow.example.org/clipsync/docs/",
)
ERROR = Finding("stopped_by_guard", Severity.ERROR, P1, recorded="5 of 7 rows would go.")
WARNING = Finding("missing_video", Severity.WARNING, P1, "1", recorded="Videos are missing.")
OTHER = Finding(
    "edit_conflict", Severity.WARNING, P2, "r.title", recorded="Title edited on both sides."
)
INFO = Finding("processing", Severity.INFO, P2)


def alert(
    delta: FindingsDelta | None = None,
    *,
    totals: AuditTotals | None = None,
    quality: QualityReport | None = None,
    **told: Any,
) -> Mail | None:
    news = News(**{"delta": delta or FindingsDelta(), "names": NAMES, **told})
    return build_alert(
        FACTS, news, to=("a@example.org",), sender="c@example.org", totals=totals, quality=quality
    )


def mail(delta: FindingsDelta | None = None, **changes: Any) -> Mail:
    built = alert(delta, **changes)
    assert built is not None
    return built


@pytest.mark.parametrize(
    "delta",
    [
        FindingsDelta(),
        FindingsDelta(unchanged=(ERROR, WARNING)),
        FindingsDelta(new=(INFO,), worse=(), resolved=(replace(INFO, subject="x"),)),
    ],
    ids=["all is well", "nothing changed", "only for information"],
)
def test_silence_when_there_is_nothing_to_tell(delta: FindingsDelta) -> None:
    assert alert(delta, totals=AuditTotals(3, 3, 1, 10, 2), quality=QualityReport()) is None


@pytest.mark.parametrize(
    ("delta", "changes", "subject"),
    [
        (
            FindingsDelta(new=(WARNING, OTHER, INFO), worse=(ERROR,)),
            {},
            "[ClipSync] 1 error, 2 warnings in 2 projects · 轮回、命运、开悟究竟是怎么一回事？, "
            "欧阳娜娜VLOG",
        ),
        (
            FindingsDelta(resolved=(ERROR, OTHER)),
            {},
            "[ClipSync] 2 resolved in 2 projects · 轮回、命运、开悟究竟是怎么一回事？, "
            "欧阳娜娜VLOG",
        ),
        (
            FindingsDelta(new=(OTHER,), resolved=(ERROR,)),
            {},
            "[ClipSync] 1 warning in 1 project; 1 resolved · 欧阳娜娜VLOG",
        ),
        (
            FindingsDelta(),
            {"failed_tasks": [FailedTask("sync_to_database", "database away")]},
            "[ClipSync] sync_to_database failed",
        ),
        (
            FindingsDelta(new=(replace(ERROR, project_id=""),)),
            {"failed_tasks": [FailedTask("a"), FailedTask("b")]},
            "[ClipSync] 2 tasks failed; 1 error",
        ),
    ],
)
def test_the_subject_counts_in_plain_words(
    delta: FindingsDelta, changes: dict[str, object], subject: str
) -> None:
    assert mail(delta, **changes).subject == subject


def test_a_subject_stays_short_and_on_one_line() -> None:
    names = {P1: "北京\r\nBcc: x@example.org" + "很长" * 5_000}
    subject = mail(FindingsDelta(new=(ERROR,)), names=names).subject
    assert subject.startswith("[ClipSync] 1 error in 1 project · 北京 Bcc: x@example.org很长")
    assert subject.endswith("…")
    assert cell_len(subject) <= 110


FULL = FindingsDelta(
    new=(WARNING, INFO, OTHER), worse=(ERROR,), resolved=(replace(OTHER, subject="s"),),
    unchanged=(replace(ERROR, subject="1"), replace(WARNING, subject="2")),
)  # fmt: skip
QUALITY = QualityReport(
    (
        QualityCheck(
            "clip_counts", Severity.ERROR, False, "projects", "Expect", "As many as on disk.",
            (P1,), 1, 10, (ProjectFailures(P1, 1, (P1,)),),
        ),
        QualityCheck("clip_start", Severity.ERROR, True, "clips", "Expect", "From 0."),
    )
)  # fmt: skip

TEXT = """\
1 error, 2 warnings in 2 projects; 1 resolved

Dag: autoclip_backfill_audit
Run: scheduled__2025-06-01
Time: 2025-06-01 02:00 UTC
Database: /data/autoclip.db

FAILED TASKS
- validate: The second opinion found 1 error.

NEW (2 warnings)
- WARNING 轮回、命运、开悟究竟是怎么一回事？ (455d6e8c-29a4-4027-884a-ddec16f9bbe1)
  missing_video: Videos are missing.
  What to do: The record is there but its video was not cut. Run the project again in AutoClip to cut it.
- WARNING 欧阳娜娜VLOG (64c48a05-b854-4c75-a81b-af2f6332b839)
  edit_conflict: Title edited on both sides.
  What to do: If the file's version is better, run `clipsync sync ID --prefer disk`; else nothing to do.

WORSE (1 error)
- ERROR 轮回、命运、开悟究竟是怎么一回事？ (455d6e8c-29a4-4027-884a-ddec16f9bbe1)
  stopped_by_guard: 5 of 7 rows would go.
  What to do: Look at `clipsync plan ID`. If what it would delete may go, run `clipsync sync ID --allow-deletes`, or approve in Airflow's Required actions.

RESOLVED (1 warning)
- WARNING 欧阳娜娜VLOG (64c48a05-b854-4c75-a81b-af2f6332b839)
  edit_conflict: Title edited on both sides.

Known before and unchanged: 1 error, 1 warning in 1 project.

SECOND OPINION (Great Expectations)
1 of 2 checks of the database failed.
- ERROR clip_counts (1 row): As many as on disk.

TOTALS
Projects: 13
Completed: 6
With problems: 1
Clips: 1,045
Collections: 13
Consistent: 92.3 %

LINKS
Open the run in Airflow: https://airflow.example.org/dags/autoclip_backfill_audit/runs/1?a=1&b=2
Open the data quality report (Data Docs): https://airflow.example.org/clipsync/docs/

You get this mail because something changed. As long as nothing does, no mail is sent.
"""  # noqa: E501


def full_mail() -> Mail:
    return mail(
        FULL,
        totals=AuditTotals(13, 6, 1, 1045, 13),
        quality=QUALITY,
        failed_tasks=[FailedTask("validate", "The second opinion found 1 error.")],
    )


def test_the_text_tells_everything() -> None:
    headline, rest = TEXT.split("\n", 1)
    assert full_mail().text == f"validate failed; {headline}\n{rest}"


def test_the_html_says_the_same() -> None:
    shown = words(full_mail().html)
    told = TEXT.replace("What to do: ", "").replace("FAILED TASKS", "Failed tasks")
    for line in told.splitlines():
        for words_of_line in line.strip("- ").split(": "):
            if words_of_line.isupper() or "https://" in words_of_line or "(" in words_of_line:
                continue
            assert words_of_line in shown, words_of_line


def test_the_html_works_in_mail_programs() -> None:
    html = full_mail().html
    page = Tags(html)
    assert page.tags & {"script", "link", "img", "style", "iframe", "form"} == set()
    assert page.links == [FACTS.run_url, FACTS.docs_url]
    assert page.left_open == []


HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "{{ 7 * 7 }}{% raw %}",
    "abc\u202egpj.exe",
    "\x1b[31m\x00\x07red",
    "line one\r\nBcc: x@example.org",
    "字" * 10_000,
    "half \ud83d pair",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_values_are_only_shown(text: str) -> None:
    finding = Finding("unknown_code<b>", Severity.ERROR, text, text, {"x": text}, recorded=text)
    built = build_alert(
        RunFacts(
            text, text, text, text, "javascript:alert(1)", "https://x\r\ny", "data:text/html,x"
        ),
        News(
            delta=FindingsDelta(new=(finding, ERROR), resolved=(finding,)),
            failed_tasks=(FailedTask(text, text),),
            names={P1: text},
        ),
        to=("a@example.org",),
        sender="c@example.org",
        quality=QualityReport(
            (
                QualityCheck(
                    "n", Severity.ERROR, False, "a", "e", text, failing_count=1, problem=text
                ),
            )
        ),
    )
    assert built is not None
    page = Tags(built.html)
    assert page.tags & {"script", "img", "b"} == set()
    assert page.links == []
    assert page.left_open == []
    for part in (built.text, built.html, built.subject):
        assert not any(character in part for character in "\u202e\x1b\x00\r\ud83d")
        assert len(part) < 20_000
    assert "49" not in built.subject
    built.to_message()


def test_long_lists_are_cut_and_counted() -> None:
    many = tuple(
        Finding("missing_video", Severity.WARNING, P1, f"{n:04}", recorded=f"Number {n}.")
        for n in range(MOST_ROWS + 87)
    )
    built = mail(FindingsDelta(new=many))
    for part in (built.text, built.html):
        assert "and 87 more" in part
        assert "Number 29." in part
        assert "Number 30." not in part
        assert len(part) < 90_000


def test_errors_come_first_in_each_group() -> None:
    text = mail(FindingsDelta(new=(OTHER, WARNING, ERROR))).text
    assert (
        text.index("stopped_by_guard") < text.index("missing_video") < text.index("edit_conflict")
    )


def test_errors_that_stay_open_are_brought_to_mind() -> None:
    built = mail(reminder=[OTHER, ERROR])
    assert built.subject == (
        "[ClipSync] 1 error, 1 warning still open in 2 projects · "
        "轮回、命运、开悟究竟是怎么一回事？, 欧阳娜娜VLOG"
    )
    assert "STILL OPEN (1 error, 1 warning)" in built.text
    assert "What to do: Look at `clipsync plan ID`." in built.text
    for part in (built.text, words(built.html)):
        assert "errors have been open for some time. It comes again until they are" in part
        assert "something changed" not in part


def test_it_is_said_when_no_error_is_left() -> None:
    built = mail(FindingsDelta(resolved=(ERROR,)), all_clear=True)
    assert built.subject.startswith("[ClipSync] 1 resolved in 1 project, no error is left · ")


def test_mails_that_did_not_arrive_are_named_and_counted() -> None:
    lines = [f"The mail of run {n}: <b>no answer</b>\r\n" for n in range(8)]
    built = mail(FindingsDelta(new=(ERROR,)), undelivered=lines)
    for part in (built.text, words(built.html)):
        assert "The mail of run 7: <b>no answer</b>" in part
        assert "The mail of run 2" not in part
        assert "and 3 more" in part
    assert "b" not in Tags(built.html).tags
    # By themselves they are no news.
    assert alert(undelivered=lines) is None


@pytest.mark.parametrize(
    ("page", "url"),
    [
        ("https://airflow.example.org/plugin/clipsync", "?project="),
        ("javascript:alert(1)//", None),
        (None, None),
    ],
)
def test_a_finding_links_to_its_project_on_the_page(page: str | None, url: str | None) -> None:
    finding = replace(ERROR, project_id='x"><script>&y')
    built = build_alert(
        replace(FACTS, page_url=page, run_url=None, docs_url=None),
        News(delta=FindingsDelta(new=(finding, replace(ERROR, project_id="")))),
        to=("a@example.org",),
        sender="c@example.org",
    )
    assert built is not None
    links = [
        "https://airflow.example.org/plugin/clipsync?project=x%22%3E%3Cscript%3E%26y",
        "https://airflow.example.org/plugin/clipsync",
    ]
    assert Tags(built.html).links == (links if url else [])
    assert [link for link in links if link in built.text] == (links if url else [])


class Tags(HTMLParser):
    """Tags, links, words of a page; `left_open`: tags that were never closed."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str | None] = []
        self.left_open: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in self.VOID:
            self.left_open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.left_open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def words(html: str) -> str:
    return " ".join(" ".join(Tags(html).words).split())
