"""A project over time, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from rich.text import Text

from clipsync.cli.changes import change_lines, finding_lines
from clipsync.cli.console import Page
from clipsync.cli.json_output import print_json
from clipsync.errors import UnknownProjectError
from clipsync.ledger import JournalEntry, ProjectLine, StateChange
from clipsync.messages import message, render, word
from clipsync.operations.history import (
    ProjectHistory,
    ProjectQuery,
    find_projects,
    project_history,
)
from clipsync.operations.workspace import Workspace
from clipsync.reporting.text import clean, cut, plural

_MOST_STATES = 30
_MOST_FINDINGS = 50
_MOST_CHANGES = 100
_NAME_WIDTH = 80
_MESSAGE_WIDTH = 200


def show_project(workspace: Workspace, project_id: str, *, json: bool) -> None:
    """Print all that the ledger knows of a project.

    Raises InvalidProjectIdError, and UnknownProjectError for one of which neither disk nor
    database nor ledger knows.
    """
    history = project_history(workspace, project_id)
    (line,) = _line(workspace, project_id) or (None,)
    if line is None and not history.states and project_id not in workspace.project_ids():
        raise UnknownProjectError(project_id, workspace.data.root)
    if json:
        print_json(history.as_dict())
        return
    page = Page()
    for text in _lines(history, line):
        page.say(text)


def _line(workspace: Workspace, project_id: str) -> list[ProjectLine]:
    """The project as it stands, also where it is gone."""
    for status in (None, "gone"):
        query = ProjectQuery(search=project_id, status=status)
        if items := find_projects(workspace, query).items:
            return items
    return []


def _lines(history: ProjectHistory, line: ProjectLine | None) -> Iterable[Text]:
    name = cut(line.name, _NAME_WIDTH) if line else ""
    yield Text(f"{history.project_id} {name}".strip(), style="bold")
    if not history.states and not history.journal:
        yield Text("ClipSync has not looked at this project yet.")
        return
    yield Text("States, newest first", style="bold")
    yield from map(_state_line, history.states[:_MOST_STATES])
    if len(history.states) > _MOST_STATES:
        yield Text(f"  ... and {len(history.states) - _MOST_STATES} more; --json shows all")
    yield from _finding_lines(history)
    if history.tombstones:
        yield Text("Deleted by people", style="bold")
        for stone in history.tombstones:
            restored = ", restored since" if stone.lifted_at else ""
            yield Text(
                f"  {stone.noticed_at:%Y-%m-%d %H:%M} {stone.tombstone.kind.value} "
                f"{clean(stone.tombstone.source_id)} {cut(stone.tombstone.label, _NAME_WIDTH)}"
                f"{restored}"
            )
    if history.quarantine:
        yield Text("Records that could not be used", style="bold")
        for entry in history.quarantine:
            until = f" until {entry.released_at:%Y-%m-%d %H:%M}" if entry.released_at else ""
            yield Text(
                f"  since {entry.first_seen:%Y-%m-%d %H:%M}{until}: {entry.record.kind.value} "
                f"{clean(entry.record.source_id or f'number {entry.record.position + 1}')}: "
                f"{cut(render(entry.record.reason), _MESSAGE_WIDTH)}"
            )
    yield from _journal_lines(history.journal)


def _state_line(state: StateChange) -> Text:
    sides = "".join(
        f", {side} {_count(clips)} clips {_count(collections)} collections"
        for side, clips, collections in (
            ("disk", state.disk_clips, state.disk_collections),
            ("database", state.database_clips, state.database_collections),
        )
    )
    return Text(
        f"  {state.seen_at:%Y-%m-%d %H:%M} {word('status', state.status)}: "
        f"{plural(state.clips, 'clip')} and {plural(state.collections, 'collection')} agree{sides} "
        f"({clean(state.run_id)})"
    )


def _count(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _finding_lines(history: ProjectHistory) -> Iterable[Text]:
    still = [record for record in history.findings if record.resolved_at is None]
    past = [record for record in history.findings if record.resolved_at is not None]
    if still:
        yield Text("Open findings", style="bold")
        yield from finding_lines([record.finding for record in still], _MOST_FINDINGS)
    if past:
        yield Text("Resolved findings, newest first", style="bold")
        for record in past[:_MOST_FINDINGS]:
            yield Text(
                f"  {record.first_seen:%Y-%m-%d} to {record.resolved_at:%Y-%m-%d} "
                f"{record.finding.severity.value} {record.finding.code}: "
                f"{cut(message(record.finding), _MESSAGE_WIDTH)}"
            )
        if len(past) > _MOST_FINDINGS:
            yield Text(f"  ... and {len(past) - _MOST_FINDINGS} more; --json shows all")


def _journal_lines(journal: list[JournalEntry]) -> Iterable[Text]:
    if not journal:
        return
    yield Text("Changes, newest run first", style="bold")
    left = _MOST_CHANGES
    for run_id, entries in groupby(journal, key=lambda entry: entry.run_id):
        run = list(entries)
        yield Text(f"  {run[0].applied_at:%Y-%m-%d %H:%M} {clean(run_id)}")
        if left <= 0:
            yield Text(f"    {plural(len(run), 'change')}; clipsync history {clean(run_id)}")
            continue
        # The journal is newest first; a run reads in the order in which it worked.
        changes = [entry.change for entry in reversed(run)]
        yield from (Text("  ") + line for line in change_lines(changes, left))
        left -= len(run)
