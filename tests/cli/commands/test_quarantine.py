"""`clipsync quarantine`: records that can't be used, where they are, why, and since when."""

from __future__ import annotations

import re

from tests.cli.conftest import Clipsync
from tests.support.autoclip_files import clip, project_id, write_project
from tests.support.site import PROJECT, Site

BAD = clip(2, start_time="\x1b[2Jnonsense")


def test_none_is_status_0(clipsync: Clipsync, site: Site) -> None:
    before = site.state()
    assert clipsync("quarantine") == clipsync("quarantine", "--all")
    assert (clipsync("quarantine").status, clipsync("quarantine").out) == (0, "0 records.\n")
    assert clipsync("quarantine", "--json").json == {"quarantined": []}
    assert site.state() == before


def test_a_record_is_listed_with_file_reason_and_raw_text(clipsync: Clipsync, site: Site) -> None:
    site.write([clip(1), BAD], [])
    clipsync("sync", "--all")
    outcome = clipsync("quarantine")
    lines = outcome.out.splitlines()
    assert outcome.status == 0
    assert lines[0] == (
        f"{PROJECT}  clip 2, record 2 of projects/{PROJECT}/metadata/clips_metadata.json"
    )
    assert re.fullmatch(
        r"  no usable start_time: .*nonsense.* \(first seen \d{4}-\d\d-\d\d \d\d:\d\d UTC\)",
        lines[1],
    )
    assert lines[2].startswith('  {"id": "2", "start_time": ')
    assert lines[3:] == ["1 record."]
    assert "\x1b" not in outcome.out


def test_json_has_what_a_program_needs_to_find_it(clipsync: Clipsync, site: Site) -> None:
    site.write([clip(1), BAD], [])
    clipsync("sync", "--all")
    (entry,) = clipsync("quarantine", PROJECT, "--json").json["quarantined"]
    assert {key: entry[key] for key in ("project_id", "kind", "source_id", "position")} == {
        "project_id": PROJECT,
        "kind": "clip",
        "source_id": "2",
        "position": 1,
    }
    assert entry["file"] == f"projects/{PROJECT}/metadata/clips_metadata.json"
    assert entry["released_at"] is None


def test_one_projects_records_are_not_anothers(clipsync: Clipsync, site: Site) -> None:
    write_project(site.root, project_id(2), clips=[BAD, clip(1)], collections=[])
    clipsync("sync", "--all")
    assert clipsync("quarantine", PROJECT).out == "0 records.\n"
    assert clipsync("quarantine", project_id(2)).out.endswith("1 record.\n")


def test_a_record_is_released_by_the_sync_after_it_became_valid(
    clipsync: Clipsync, site: Site
) -> None:
    site.write([clip(1), BAD], [])
    clipsync("sync", "--all")
    site.write([clip(1), clip(2)], [])
    clipsync("sync", "--all")
    assert clipsync("quarantine").out == "0 records.\n"
    released = clipsync("quarantine", "--released").out
    assert ", released " in released and released.endswith("1 record.\n")


def test_more_than_a_screen_is_cut_short_for_people(clipsync: Clipsync, site: Site) -> None:
    site.write([clip(number, start_time="x") for number in range(1, 251)], [])
    clipsync("sync", "--all")
    out = clipsync("quarantine").out
    assert out.endswith("... and 50 more records; --json shows all\n250 records.\n")
    assert len(clipsync("quarantine", "--json").json["quarantined"]) == 250
