"""Rule 8: a run deletes at most a tenth of all rows without a successor, whatever its shards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clipsync.model.reason import Reason, ReasonCode
from clipsync.operations.results import SyncResult
from clipsync.operations.runs import RunContext
from clipsync.operations.syncing import sync_projects
from clipsync.reconcile import PlanOptions
from tests.support.autoclip_files import clip, project_id, write_project
from tests.support.site import Site, open_site

FIRST = [project_id(number) for number in (11, 12)]
SECOND = [project_id(number) for number in (21, 22, 23)]
"""Two shards: of 20 and of 30 rows. The site's own project is left alone, with its five."""


@pytest.fixture
def site(tmp_path: Path, autoclip_url: str) -> Iterator[Site]:
    with open_site(tmp_path / "data", autoclip_url) as site:
        for project in (*FIRST, *SECOND):
            files(site, project, 10)
        site.sync(None)
        yield site


def files(site: Site, project: str, clips: int) -> None:
    write_project(
        site.root, project, clips=[clip(number) for number in range(1, clips + 1)], collections=[]
    )


def shard(
    site: Site, projects: list[str], run: RunContext, **options: bool
) -> dict[str, SyncResult]:
    results: list[SyncResult] = []
    sync_projects(
        site.workspace,
        projects,
        run=run,
        options=PlanOptions(**options),
        on_result=results.append,
        sharded=True,
    )
    return {result.project_id: result for result in results}


def stopped(results: dict[str, SyncResult]) -> dict[str, Reason]:
    return {id_: one.stopped for id_, one in results.items() if one.stopped is not None}


def limit(deletes: int) -> Reason:
    return Reason(ReasonCode.RUN_LIMIT, {"deletes": deletes, "rows": 55, "limit": 0.1})


@pytest.fixture
def run() -> RunContext:
    return replace(RunContext.for_command("sync"), run_id="scheduled__2026")


def test_a_shard_above_the_limit_of_its_own_rows_deletes_what_is_little_of_all(
    site: Site, run: RunContext
) -> None:
    files(site, FIRST[0], 7)  # 3 of the shard's 20 rows, of 55 in all

    results = shard(site, FIRST, run) | shard(site, SECOND, run)

    assert stopped(results) == {}
    assert len(site.rows("clips")) == 53 - 3


def test_shards_that_are_below_the_limit_each_and_above_it_together_stop_where_it_is_reached(
    site: Site, run: RunContext
) -> None:
    files(site, FIRST[0], 7)
    files(site, SECOND[0], 8)
    files(site, SECOND[1], 9)

    first, second = shard(site, FIRST, run), shard(site, SECOND, run)

    assert stopped(first) == {}
    assert stopped(second) == {SECOND[0]: limit(6), SECOND[1]: limit(6)}
    assert len(site.rows("clips")) == 53 - 3
    told = [(row["project_id"], row["code"]) for row in site.rows("clipsync_findings")]
    assert sorted(told) == [(id_, "stopped_by_guard") for id_ in SECOND[:2]]


def test_shards_that_are_within_the_limit_together_delete_all_of_it(
    site: Site, run: RunContext
) -> None:
    files(site, FIRST[0], 7)
    files(site, SECOND[0], 8)

    results = shard(site, FIRST, run) | shard(site, SECOND, run)

    assert stopped(results) == {}
    assert len(site.rows("clips")) == 53 - 5


def test_a_shard_of_one_project_counts_as_well(site: Site, run: RunContext) -> None:
    files(site, FIRST[0], 7)
    files(site, SECOND[0], 7)

    shard(site, FIRST, run)

    assert stopped(shard(site, SECOND[:1], run)) == {SECOND[0]: limit(6)}


def test_more_than_a_batch_that_waits_is_stopped_whole(site: Site, run: RunContext) -> None:
    """Batches are of two: the third project's deletes alone would be few enough."""
    for project, clips in zip(SECOND, (8, 8, 8), strict=True):
        files(site, project, clips)

    results = shard(site, SECOND, run)

    assert stopped(results) == dict.fromkeys(SECOND, limit(6))
    assert len(site.rows("clips")) == 53


def test_what_another_run_deleted_does_not_count(site: Site, run: RunContext) -> None:
    files(site, FIRST[0], 7)
    shard(site, FIRST, replace(run, run_id="the night before"))
    files(site, SECOND[0], 7)

    assert stopped(shard(site, SECOND, run)) == {}


def test_what_the_run_inserted_does_not_make_its_limit_larger(site: Site, run: RunContext) -> None:
    files(site, FIRST[0], 40)
    files(site, SECOND[0], 8)
    files(site, SECOND[1], 6)

    shard(site, FIRST, run)

    assert stopped(shard(site, SECOND, run)) == {SECOND[0]: limit(6), SECOND[1]: limit(6)}


def test_a_second_try_of_a_shard_stops_at_the_same_share(site: Site, run: RunContext) -> None:
    files(site, FIRST[0], 7)
    files(site, SECOND[0], 7)
    shard(site, FIRST, run)
    shard(site, SECOND, run)

    assert stopped(shard(site, SECOND, run)) == {SECOND[0]: limit(6)}


def test_allowed_deletes_are_not_counted(site: Site, run: RunContext) -> None:
    files(site, FIRST[0], 5)
    files(site, SECOND[0], 5)

    results = shard(site, FIRST, run, allow_deletes=True)
    results |= shard(site, SECOND, run, allow_deletes=True)

    assert stopped(results) == {}
    assert len(site.rows("clips")) == 53 - 10
