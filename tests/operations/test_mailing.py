"""What a mail has to tell: taken once, told once, and never lost, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clipsync.autoclip.database.locks import read_transaction, write_transaction
from clipsync.ledger import migrate, store
from clipsync.ledger.mails import LONGEST_DELIVERY, Delivery, MailState
from clipsync.model.finding import Finding, Severity
from clipsync.operations.mailing import NOTHING_NEW, FailedTask, News, claim_news, settle
from tests.support.autoclip_files import project_id
from tests.support.site import PROJECT, Site

OTHER = project_id(2)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
BROKEN = FailedTask("audit", "out of memory")


class Post:
    """The ledger's mails over time; the clock goes on by a minute with everything that happens."""

    def __init__(self, site: Site) -> None:
        self.workspace, self.now, self.runs = site.workspace, NOW, 0
        migrate.upgrade(self.workspace.engine)

    def report(self, *severities: Severity, project: str = PROJECT, code: str = "trouble") -> None:
        """What the planner finds wrong with a project; nothing: all is resolved."""
        self.now += MINUTE
        findings = [
            Finding(code, severity, project, recorded="坏了", subject=str(number))
            for number, severity in enumerate(severities)
        ]
        with write_transaction(self.workspace.engine) as conn:
            store.record_findings(conn, "run", self.now, {project: findings})

    def claim(self, scope: list[str] | None = None, *failed: FailedTask) -> News:
        self.now += MINUTE
        self.runs += 1
        return claim_news(
            self.workspace, run_id=f"run-{self.runs}", command="nightly", scope=scope,
            failed_tasks=failed, now=self.now,
        )  # fmt: skip

    def settle(self, news: News, state: MailState = MailState.SENT) -> None:
        self.now += MINUTE
        settle(
            self.workspace, news, Delivery(state, "主题", ["a@example.org"], state.value), self.now
        )

    def told(self, scope: list[str] | None = None, *failed: FailedTask) -> str:
        """A mail that arrives: `new 1 2, worse 3` by the subjects of its findings."""
        news = self.claim(scope, *failed)
        if news.silence is None:
            self.settle(news)
        return shown(news)

    def states(self) -> list[tuple[str, str]]:
        """(state, kind) of all mails, oldest first."""
        with read_transaction(self.workspace.engine) as conn:
            return [(mail.state, mail.kind) for mail in reversed(store.list_mails(conn))]


def shown(news: News) -> str:
    if news.silence is not None:
        return "silence" if news.silence == NOTHING_NEW else news.silence.partition(":")[0]
    groups = {
        "new": news.delta.new,
        "worse": news.delta.worse,
        "resolved": news.delta.resolved,
        "reminder": news.reminder,
    }
    parts = [
        f"{word} {' '.join(sorted(one.subject for one in findings))}"
        for word, findings in groups.items()
        if findings
    ]
    parts += [task.name for task in news.failed_tasks]
    return ", ".join([*parts, *(["all clear"] if news.all_clear else [])])


@pytest.fixture
def post(site: Site) -> Post:
    return Post(site)


def test_a_finding_is_told_when_it_is_new_when_it_is_worse_and_when_it_is_resolved(
    post: Post,
) -> None:
    told = []
    for severities in ([WARNING], [WARNING], [ERROR], [ERROR], [WARNING], [ERROR], [], []):
        post.report(*severities)
        told.append(post.told())
    assert told == [
        "new 0", "silence", "worse 0", "silence", "silence", "worse 0", "resolved 0, all clear",
        "silence",
    ]  # fmt: skip
    assert post.states() == [
        ("sent", "news"), ("sent", "news"), ("sent", "news"), ("sent", "resolved"),
    ]  # fmt: skip


def test_information_is_not_for_mails(post: Post) -> None:
    post.report(INFO)
    assert post.told() == "silence"
    post.report(WARNING)
    assert post.told() == "new 0"


def test_what_came_and_went_unheard_is_no_news(post: Post) -> None:
    post.report(ERROR)
    post.report()
    assert post.told() == "silence"
    assert post.states() == []


def test_what_went_and_came_back_unheard_is_no_news(post: Post) -> None:
    post.report(ERROR)
    post.told()
    post.report()
    post.report(ERROR)
    assert post.told() == "silence"


def test_all_clear_is_when_no_error_is_left_anywhere(post: Post) -> None:
    post.report(ERROR, ERROR, WARNING)
    post.report(ERROR, project=OTHER, code="x")
    assert post.told() == "new 0 0 1 2"
    post.report(ERROR, WARNING)
    assert post.told() == "resolved 2"  # and one is a warning now
    post.report(WARNING, WARNING)
    post.report(project=OTHER)
    assert post.told() == "resolved 0, all clear"


def test_a_run_tells_of_its_own_projects(post: Post) -> None:
    post.report(WARNING)
    assert post.told([OTHER]) == "silence"
    assert post.told([PROJECT]) == "new 0"


@pytest.mark.parametrize("state", [MailState.FAILED, None])
def test_what_did_not_arrive_comes_with_the_next_mail_of_any_run(
    post: Post, state: MailState | None
) -> None:
    """None: the task died while it sent."""
    post.report(ERROR)
    news = post.claim(None, BROKEN)
    if state is not None:
        post.settle(news, state)
    else:
        assert post.told([OTHER]) == "silence"
        post.now += LONGEST_DELIVERY
    again = post.claim([OTHER])
    assert shown(again) == "new 0, audit (run run-1)"
    assert [one.subject for one in again.delta.new] == ["0"]
    assert [task.reason for task in again.failed_tasks] == ["out of memory"]
    assert len(again.undelivered) == (1 if state else 0)
    post.settle(again)
    assert post.told() == "silence"


def test_where_there_is_no_mail_server_each_run_shows_its_own(post: Post) -> None:
    post.report(ERROR)
    post.settle(post.claim(), MailState.UNSENT)
    assert post.told([OTHER]) == "silence"
    assert post.told() == "new 0"


def test_a_resolved_finding_whose_mail_failed_is_told_as_resolved_later(post: Post) -> None:
    post.report(WARNING)
    post.told()
    post.report()
    post.settle(post.claim(), MailState.FAILED)
    assert post.told() == "resolved 0"
    assert post.told() == "silence"


def test_what_changes_while_a_mail_is_on_its_way_is_told_by_the_next(post: Post) -> None:
    post.report(WARNING, WARNING)
    news = post.claim()
    post.report(ERROR)  # one is worse, the other is resolved
    assert shown(post.claim()) == "silence"
    post.settle(news)
    assert post.told() == "worse 0, resolved 1"


def test_a_task_that_is_run_again_does_not_mail_again(post: Post) -> None:
    post.report(ERROR)
    assert post.told(None, BROKEN) == "new 0, audit"
    assert post.told(None, BROKEN) == "silence"
    assert post.told(None, BROKEN, FailedTask("report", "x")) == "audit, report"
    assert post.told([PROJECT], BROKEN) == "audit"


def test_failures_alike_whose_mails_failed_are_told_once(post: Post) -> None:
    for _ in range(3):
        post.settle(post.claim(None, BROKEN), MailState.FAILED)
    news = post.claim()
    assert shown(news) == "audit (run run-3)"
    assert len(news.undelivered) == 3


def test_errors_are_reminded_of_together_and_only_by_a_run_over_all(post: Post) -> None:
    post.report(ERROR)
    post.told()
    post.now += timedelta(days=6)
    post.report(ERROR, project=OTHER, code="y")
    assert post.told() == "new 0"
    post.now += timedelta(days=2)
    assert post.told([PROJECT]) == "silence"
    assert post.told() == "reminder 0 0"
    post.now += timedelta(days=6)
    assert post.told() == "silence"
    post.now += timedelta(days=2)
    assert post.told() == "reminder 0 0"
    assert post.states()[-1] == ("sent", "reminder")


def test_two_runs_that_end_at_once_do_not_tell_the_same(post: Post) -> None:
    for number in range(1, 6):
        post.report(ERROR, project=project_id(number))
    taken: list[str] = []
    start = threading.Barrier(4)

    def run(number: int) -> None:
        start.wait()
        news = claim_news(
            post.workspace, run_id=f"run-{number}", command="nightly", scope=None, now=post.now
        )
        taken.extend(finding.project_id for finding in news.delta.new)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [project_id(number) for number in range(1, 6)]


def test_the_rest_is_only_counted(post: Post) -> None:
    post.report(WARNING, ERROR, INFO)
    post.told()
    post.report(ERROR, project=OTHER, code="z")
    news = post.claim()
    assert sorted(one.subject for one in news.delta.unchanged) == ["0", "1"]


def test_mails_are_kept_with_what_became_of_them(post: Post) -> None:
    post.report(WARNING)
    post.settle(post.claim(), MailState.FAILED)
    post.told()
    with read_transaction(post.workspace.engine) as conn:
        sent, failed = store.list_mails(conn)
    assert (failed.state, failed.told_by, failed.message) == ("failed", sent.id, "failed")
    as_dict: dict[str, Any] = sent.as_dict()
    assert as_dict["counts"] == {"new": 1, "worse": 0, "resolved": 0, "reminded": 0}
    assert as_dict["recipients"] == ["a@example.org"]
    assert as_dict["subject"] == "主题"
