"""`clipsync plan`: what a sync would do, and nothing done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clipsync.cli.exits import DIFFERENT, DONE, FAILED
from clipsync.cli.options import (
    AllowDeletes,
    AllowRestore,
    AllProjects,
    DatabaseUrl,
    DataDir,
    Json,
    PreferOption,
    ProjectIds,
    check_prefer,
    chosen_projects,
)
from clipsync.cli.session import open_session

if TYPE_CHECKING:
    from rich.text import Text

    from clipsync.cli.json_output import Spool
    from clipsync.model.plan import ProjectPlan
    from clipsync.model.reason import Reason
    from clipsync.operations.planning import RunShare

EXAMPLES = (
    ("What a sync would do, everywhere", "clipsync plan --all"),
    (
        "All of one project's changes, for a program",
        "clipsync plan 455d6e8c-29a4-4027-884a-ddec16f9bbe1 --json",
    ),
    (
        "Save it now, apply exactly that later (clipsync sync --plan FILE)",
        "clipsync plan --all --out tonight.json",
    ),
)

_CHANGES_OF_ONE = 100
_CHANGES_OF_MANY = 12
_MOST_FINDINGS = 10
_MOST_PROJECTS = 40

Out = Annotated[
    str | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="Save the plan; `clipsync sync --plan FILE` applies exactly that, or refuses when "
        "disk or database have changed since.",
        show_default=False,
    ),
]


def plan(
    ids: ProjectIds = None,
    everything: AllProjects = False,
    prefer: PreferOption = "merge",
    allow_deletes: AllowDeletes = False,
    allow_restore: AllowRestore = False,
    out: Out = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Show what a sync would change, and why. Changes nothing.

    Exit status: 0 nothing to do, 2 there are changes, 1 error (an unreadable project is one).
    """
    project_ids = chosen_projects("plan", ids, everything)
    check_prefer("plan", prefer, project_ids)
    with open_session(data_dir, database_url) as workspace:
        from clipsync.cli.json_output import Spool
        from clipsync.cli.progress import progress
        from clipsync.operations.planning import RunShare, plan_projects
        from clipsync.operations.saved_plans import save_plans
        from clipsync.reconcile import PlanOptions, Prefer

        options = PlanOptions(
            prefer=Prefer(prefer),
            allow_deletes=allow_deletes,
            allow_restore=allow_restore,
        )
        alone = project_ids is not None and len(set(project_ids)) == 1
        seen = _Seen(RunShare(), alone=alone)
        with Spool() as changes, Spool() as findings, Spool() as projects:
            spools = (changes, findings, projects) if json else None
            with progress("Planning", lambda: len(workspace.select(project_ids))) as advance:

                def take(one: ProjectPlan) -> None:
                    seen.take(one)
                    if spools is not None:
                        _spool(one, *spools)
                    advance()

                saved = None
                if out is not None:
                    saved = save_plans(workspace, project_ids, options, Path(out), take)
                else:
                    for one in plan_projects(workspace, project_ids, options):
                        take(one)
            stop = seen.share.stop(workspace, options)
            if json:
                _print_json(seen, stop, changes, findings, projects)
            else:
                _print(seen, stop, out, saved)
    raise typer.Exit(seen.status)


@dataclass
class _Seen:
    """What to remember of plans that stream by: counts, and a few of them as lines."""

    share: RunShare
    alone: bool
    projects: int = 0
    with_changes: int = 0
    errors: int = 0
    stopped: int = 0
    summary: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    advice: dict[str, None] = field(default_factory=dict)
    lines: list[Text] = field(default_factory=list)
    shown: int = 0
    not_shown: int = 0

    def take(self, one: ProjectPlan) -> None:
        from clipsync.cli.changes import advised
        from clipsync.model.finding import Severity

        self.projects += 1
        self.share.take(one)
        self.summary.update(one.counts())
        self.with_changes += bool(one.changes)
        self.errors += error_of(one) is not None
        self.stopped += one.stopped is not None
        self.findings.update(finding.severity.value for finding in one.findings)
        telling = [finding for finding in one.findings if finding.severity is not Severity.INFO]
        self.advice.update(advised(telling))
        if not (self.alone or one.changes or telling):
            return
        if self.shown == _MOST_PROJECTS:
            self.not_shown += 1
            return
        self.shown += 1
        self.lines += _lines(one, alone=self.alone)

    @property
    def status(self) -> int:
        if self.errors:
            return FAILED
        return DIFFERENT if self.with_changes else DONE


def error_of(one: ProjectPlan) -> str | None:
    """Why a sync of this plan would fail the project, other than by a guard."""
    from clipsync.operations.syncing import result_of

    return result_of(one).error


def _spool(one: ProjectPlan, changes: Spool, findings: Spool, projects: Spool) -> None:
    from clipsync.messages import change_as_dict, finding_as_dict
    from clipsync.operations.results import why_nothing

    for change in one.changes:
        changes.add(change_as_dict(change))
    for finding in one.findings:
        findings.add(finding_as_dict(finding))
    projects.add(
        {
            "project_id": one.project_id,
            "name": one.name,
            "state": one.state.value,
            **why_nothing(one.skipped, one.stopped),
            "error": error_of(one),
            "summary": one.counts(),
        }
    )


def _print_json(
    seen: _Seen, stop: Reason | None, changes: Spool, findings: Spool, projects: Spool
) -> None:
    from clipsync.cli.json_output import print_json
    from clipsync.messages import render
    from clipsync.model.plan import Op

    document: dict[str, Any] = {
        "changes": changes,
        "summary": {op.value: seen.summary[op.value] for op in Op},
        "findings": findings,
        "projects": projects,
        "run_stopped": None if stop is None else render(stop),
    }
    print_json(document)


def _lines(one: ProjectPlan, *, alone: bool) -> list[Text]:
    from rich.text import Text

    from clipsync.cli.changes import change_lines, counts_in_words, finding_lines
    from clipsync.messages import render
    from clipsync.reporting.text import clean, cut

    words = counts_in_words(one.counts()) or "nothing to do"
    if one.skipped is not None:
        words = f"skipped, {clean(render(one.skipped))}"
    head = Text.assemble((one.project_id, "bold"), f"  {cut(one.name, 60)}: {words}")
    lines = [head]
    if one.stopped is not None:
        lines.append(Text(f"  {clean(render(one.stopped))} It would have done:", style="bold red"))
    lines += change_lines(one.changes, _CHANGES_OF_ONE if alone else _CHANGES_OF_MANY)
    lines += finding_lines(one.findings, _MOST_FINDINGS)
    return [*lines, Text("")]


def _print(seen: _Seen, stop: Reason | None, out: str | None, saved: int | None) -> None:
    from clipsync.cli.changes import counts_in_words
    from clipsync.cli.console import Page
    from clipsync.messages import render
    from clipsync.reporting.text import clean, plural

    page = Page()
    for line in seen.lines:
        page.say(line)
    if seen.not_shown:
        more = plural(seen.not_shown, "more project")
        page.say(f"... and {more} with changes or findings; --json shows all\n")
    if seen.advice:
        page.say("What to do", style="bold")
        for advice in seen.advice:
            page.say(f"  {advice}")
        page.say()
    page.say(
        f"{plural(seen.projects, 'project')}, {seen.with_changes:,} with changes: "
        f"{counts_in_words(seen.summary) or 'nothing to do'}. Nothing was written to the database.",
        style="bold",
    )
    if seen.stopped:
        page.say(f"{plural(seen.stopped, 'plan')} stopped by a guard; see above.", style="red")
    if stop is not None:
        page.say(
            f"A sync would make none of the plans that delete. {clean(render(stop))}", style="red"
        )
    if seen.errors:
        page.say(f"{plural(seen.errors, 'project')} can't be planned; see above.", style="red")
    if saved is not None:
        page.say(f"Saved {plural(saved, 'plan')} to {clean(out)}.")
