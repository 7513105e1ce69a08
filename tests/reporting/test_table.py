"""The consistency report as plain text and for a console."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from clipsync.model.finding import Finding, Severity
from clipsync.operations.results import AuditEntry, AuditReport, AuditStatus
from clipsync.reporting.table import report_table, text_report

IDS = (
    "455d6e8c-29a4-4027-884a-ddec16f9bbe1",
    "64c48a05-b854-4c75-a81b-af2f6332b839",
    "7905a534-2186-43a2-88ee-be4ab28058bd",
    "889d12af-dc3a-4dd7-8df3-7aff834ffe37",
    "ded7e6b8-b799-41f1-b3f3-8c9b5d834ed3",
)
WARNING = Finding("missing_video", Severity.WARNING, IDS[1], recorded="Videos are missing.")
ERROR = Finding("stopped_by_guard", Severity.ERROR, IDS[1], recorded="Stopped.")
REPORT = AuditReport(
    (
        AuditEntry(IDS[0], "轮回、命运、开悟究竟是怎么一回事？", 7, 1, AuditStatus.CONSISTENT),
        AuditEntry(
            IDS[1],
            "欧阳娜娜VLOG】VLOG163 Nabi in Paris",
            1800,
            5,
            AuditStatus.OUT_OF_SYNC,
            (WARNING, ERROR, WARNING),
            {"insert": 3, "update": 0, "adopt": 9},
        ),
        AuditEntry(
            IDS[2], "[red]aespa[/red] :smile: 《Rich Man》 🎬", 5, 0, AuditStatus.PROCESSING
        ),
        AuditEntry(IDS[3], "", 0, 0, AuditStatus.MISSING),
        AuditEntry(IDS[4], "evil\u202e\x1b[2J\nname", 8, 3, AuditStatus.FAILED),
    ),
    (Finding("data_directory_problem", Severity.ERROR, "", recorded="projects.json:\nbroken"),),
)

GOLDEN = """\
 Project                               Name                                      Clips  Collections  Status
 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
 455d6e8c-29a4-4027-884a-ddec16f9bbe1  轮回、命运、开悟究竟是怎么一回事？            7            1  consistent
 64c48a05-b854-4c75-a81b-af2f6332b839  欧阳娜娜VLOG】VLOG163 Nabi in Paris       1,800            5  out of sync (3 changes, 1 error, 2 warnings)
 7905a534-2186-43a2-88ee-be4ab28058bd  [red]aespa[/red] :smile: 《Rich Man》 🎬      5            0  processing
 889d12af-dc3a-4dd7-8df3-7aff834ffe37  -                                             0            0  not on disk
 ded7e6b8-b799-41f1-b3f3-8c9b5d834ed3  evil [2J name                                 8            3  not checked

 Total                                 5 projects                                1,820            9  60.0 % consistent

5 projects: 1 consistent, 1 out of sync, 1 processing, 1 not on disk, 1 not checked. 1,820 clips, 9 collections.
Not consistent: 2 of 5 projects have a problem (60.0 % consistent).
error: projects.json: broken
"""  # noqa: E501


def test_plain_text_is_the_same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert text_report(REPORT) == GOLDEN


def test_projects_that_people_deleted_are_named_beside_the_others() -> None:
    entries = (
        AuditEntry(IDS[0], "那里", 7, 1, AuditStatus.CONSISTENT),
        AuditEntry(IDS[1], "删了", 0, 0, AuditStatus.DELETED),
        AuditEntry(IDS[2], "丢了", 0, 0, AuditStatus.LOST),
    )
    said = text_report(AuditReport(entries)).splitlines()
    assert [line.split("  ")[-1].strip() for line in said[2:5]] == [
        "consistent",
        "deleted in AutoClip",
        "row lost",
    ]
    assert said[-2:] == [
        "2 projects: 1 consistent, 1 row lost. 1 more is deleted. 7 clips, 1 collection.",
        "Not consistent: 1 of 2 projects has a problem (50.0 % consistent).",
    ]


@pytest.mark.parametrize("width", [80, 90, 100, 120, 160])
def test_the_table_fits_its_width_and_lines_up_with_chinese_names(width: int) -> None:
    table = text_report(REPORT, width).split("\n\n")[0].splitlines()
    assert max(map(cell_len, table)) <= width
    status_at = {cell_len(line[: line.index(word)]) for line, word in zip(
        (table[0], *table[2:]),
        ("Status", "consistent", "out of sync", "processing", "not on disk", "not checked"),
        strict=True,
    )}  # fmt: skip
    assert len(status_at) == 1


def test_a_narrow_table_cuts_names_first_then_details_then_ids() -> None:
    assert IDS[0] in text_report(REPORT, 130)
    assert "1 error" in text_report(REPORT, 130)
    assert IDS[0] in text_report(REPORT, 105)
    assert "1 error" not in text_report(REPORT, 105)
    assert IDS[0] not in text_report(REPORT, 80)
    assert "455d6e8c…  轮回、命运、开悟究竟是怎么…" in text_report(REPORT, 80)


def test_a_console_shows_the_same_and_reads_no_name_as_markup() -> None:
    out = StringIO()
    console = Console(file=out, width=150, force_terminal=True, color_system="standard")
    console.print(report_table(REPORT, 150))
    shown = out.getvalue()
    assert "[red]aespa[/red] :smile:" in shown
    assert "\x1b[2J" not in shown
    assert "\x1b[31mout of sync (3 changes, 1 error, 2 warnings)\x1b[0m" in shown


def test_a_long_report_can_be_cut_and_keeps_the_problems() -> None:
    shown = text_report(REPORT, max_rows=2)
    assert IDS[1] in shown
    assert IDS[4] in shown
    assert IDS[0] not in shown
    assert "... and 3 more projects.\n" in shown
    assert "5 projects: 1 consistent" in shown


def test_consistency_in_words() -> None:
    sound = AuditReport(REPORT.entries[:1])
    assert text_report(sound).splitlines()[-2:] == [
        "1 project: 1 consistent. 7 clips, 1 collection.",
        "Consistent: disk and database agree (100.0 %).",
    ]
    assert text_report(AuditReport()).splitlines()[-1] == (
        "Consistent: there is no project yet, neither on disk nor in the database."
    )
    only_general = AuditReport(REPORT.entries[:1], REPORT.findings)
    assert text_report(only_general).splitlines()[-2:] == [
        "Not consistent: no project has a problem (100.0 %), but see below.",
        "error: projects.json: broken",
    ]
