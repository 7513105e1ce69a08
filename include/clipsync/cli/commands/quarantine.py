"""`clipsync quarantine`: records that can't be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from clipsync.cli.exits import CommandLineError
from clipsync.cli.options import AllProjects, DatabaseUrl, DataDir, Json, ProjectIds
from clipsync.cli.session import open_session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipsync.ledger import QuarantineEntry

EXAMPLES = (
    ("All projects", "clipsync quarantine"),
    (
        "One project, for a program",
        "clipsync quarantine 455d6e8c-29a4-4027-884a-ddec16f9bbe1 --json",
    ),
    ("Those of the past, too", "clipsync quarantine --released"),
)

_MOST_RECORDS = 200

Released = Annotated[
    bool,
    typer.Option("--released", metavar="", help="Also records of the past: valid by now, or gone."),
]


def quarantine(
    ids: ProjectIds = None,
    everything: AllProjects = False,
    released: Released = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """List the records that can't be used, where they are, why, and since when.

    Of the projects named, else of all, as each project's last sync found them. Everything else of
    such a project is synced. A record is released by itself, by the sync after it has become valid.

    Exit status: 0 done, 1 error.
    """
    if ids and everything:
        raise CommandLineError("quarantine: give project ids or --all, not both.")
    with open_session(data_dir, database_url) as workspace:
        from clipsync.cli.json_output import Spool, print_json
        from clipsync.operations.reading import quarantined_records

        entries = quarantined_records(workspace, ids or None, released=released)
        if not json:
            _print(entries)
            return
        with Spool() as records:
            for entry in entries:
                records.add(entry.as_dict())
            print_json({"quarantined": records})


def _print(entries: Iterable[QuarantineEntry]) -> None:
    from rich.text import Text

    from clipsync.cli.console import Page
    from clipsync.messages import render
    from clipsync.reporting.text import clean, cut, plural

    lines: list[Text] = []
    count = 0
    for entry in entries:
        count += 1
        if count > _MOST_RECORDS:
            continue
        record = entry.record
        known = "" if record.source_id is None else f" {cut(record.source_id, 40)}"
        life = f"first seen {entry.first_seen:%Y-%m-%d %H:%M} UTC"
        if entry.released_at is not None:
            life += f", released {entry.released_at:%Y-%m-%d %H:%M} UTC"
        lines += [
            Text.assemble(
                (entry.project_id, "bold"),
                f"  {record.kind.value}{known}, record {record.position + 1} of "
                f"{clean(record.file)}",
            ),
            Text(f"  {clean(render(record.reason))} ({life})"),
            Text(f"  {cut(record.raw, 160)}", style="dim"),
        ]
    page = Page()
    for line in lines:
        page.say(line)
    if count > _MOST_RECORDS:
        page.say(f"... and {plural(count - _MOST_RECORDS, 'more record')}; --json shows all")
    page.say(f"{plural(count, 'record')}.", style="bold")
