"""A person's decision on stopped plans: what the form shows, and what follows from the answer."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from clipsync_airflow import deciding, work
from clipsync_airflow.forms import APPROVE, SKIP
from tests.dags.conftest import Context, Site
from tests.support.autoclip_files import clip, project_id

EVIL = "危险 | `名称` <script>alert(1)</script>\n[链接](http://evil.example)"


def stop(site: Site, *numbers: int, name: str = "要删很多") -> list[str]:
    """Projects with five clips in the database, of which the files know two."""
    for number in numbers:
        site.insert_clips(number, 5, name=name)
        site.write(number, [clip(1), clip(2)])
    return [project_id(number) for number in numbers]


def synced(site: Site, **params: Any) -> Context:
    """The context of a task behind the two shards of a run."""
    shards = [site.shard(index, **params) for index in range(2)]
    for index, context in enumerate(shards):
        try:
            work.sync_shard(context, {"shard": index, "of": 2, "label": ""})
        except AirflowFailException:
            context["ti"].failed("sync_shard", "a project failed", map_index=index)
    context = site.context(**params)
    for shard in shards:
        context["ti"].xcoms.update(shard["ti"].xcoms)
        context["ti"].ended += shard["ti"].ended
    return context


def asked(site: Site, **params: Any) -> Context:
    context = synced(site, **params)
    gathered = deciding.gather_stopped(context)
    context["ti"].xcoms["gather_stopped", "return_value"] = gathered
    return context


def answer(context: Context, *options: str, by: str | None = "王芳") -> Context:
    context["ti"].xcoms["decide", "return_value"] = {
        "chosen_options": list(options),
        "responded_by_user": None if by is None else {"id": "1", "name": by},
    }
    return context


def test_nobody_is_asked_where_no_plan_was_stopped(site: Site) -> None:
    site.write(1, [clip(1)])

    with pytest.raises(AirflowSkipException):
        deciding.gather_stopped(synced(site))


def test_nobody_is_asked_where_no_shard_ran(site: Site) -> None:
    with pytest.raises(AirflowSkipException):
        deciding.gather_stopped(site.context())


def test_the_form_lists_the_stopped_plans_of_every_shard_also_of_a_failed_one(site: Site) -> None:
    stopped = stop(site, 1, 2, 3, 4)
    shares = [{id_ for id_ in stopped if work.share([id_], shard, 2)} for shard in range(2)]
    assert all(shares), "both shards are to have some"
    site.write(5, b"[{")
    context = synced(site)
    assert len(context["ti"].ended) == 1

    gathered = deciding.gather_stopped(context)

    assert sorted(gathered["projects"]) == stopped
    assert gathered["subject"] == "4 plans stopped"
    assert [
        id_ for id_ in stopped if f"| `{id_}` | 要删很多 | delete 3" not in gathered["body"]
    ] == []
    assert project_id(5) not in gathered["body"]


def test_names_in_the_form_are_no_markup(site: Site) -> None:
    (project,) = stop(site, 1, name=EVIL)

    (line,) = [
        line
        for line in deciding.gather_stopped(synced(site))["body"].splitlines()
        if project in line
    ]

    assert line.count("|") == 5
    assert "危险 &#124; &#96;名称&#96; &#60;script&#62;alert&#40;1&#41;" in line
    assert "<" not in line


def test_the_form_shows_twenty_plans_and_counts_the_rest(site: Site) -> None:
    stop(site, *range(1, 24))

    gathered = deciding.gather_stopped(synced(site))

    assert len(gathered["projects"]) == 23
    assert gathered["body"].count("| `") == 20
    assert gathered["body"].endswith("and 3 more.")


@pytest.mark.parametrize("options", [(SKIP,), ()])
def test_nothing_is_deleted_unless_a_person_approved(site: Site, options: tuple[str, ...]) -> None:
    (project,) = stop(site, 1)
    context = answer(asked(site), *options)

    with pytest.raises(AirflowSkipException, match="1 stopped plan skipped: nothing was deleted"):
        deciding.apply_decision(context)

    assert len(site.titles(project)) == 5


def test_an_approved_plan_is_applied_and_checked_again(site: Site) -> None:
    (project,) = stop(site, 1)
    context = answer(asked(site), APPROVE)

    result = deciding.apply_decision(context)

    assert (result["approved_by"], result["open_errors"]) == ("王芳", 0)
    assert result["changes"]["delete"] == 3
    assert site.titles(project) == ["第1段：标题", "第2段：标题"]


def test_doing_it_again_after_a_try_that_came_half_way_changes_nothing_more(site: Site) -> None:
    (project,) = stop(site, 1)
    context = answer(asked(site), APPROVE)
    deciding.apply_decision(context)

    again = deciding.apply_decision(context)

    assert set(again["changes"].values()) == {0}
    assert len(site.titles(project)) == 2


def test_a_plan_that_by_now_deletes_other_rows_than_the_form_showed_is_left_alone(
    site: Site,
) -> None:
    """An approval is of what was seen: hours later the files may be another attempt's."""
    seen, changed = stop(site, 1, 2)
    context = answer(asked(site), APPROVE)
    site.write(2, [clip(1)])

    with pytest.raises(AirflowFailException, match=rf"not applied.*: {changed}\. Start a new run"):
        deciding.apply_decision(context)

    assert (len(site.titles(seen)), len(site.titles(changed))) == (2, 5)


def test_an_approval_without_a_name_is_somebodys(site: Site) -> None:
    stop(site, 1)

    assert deciding.apply_decision(answer(asked(site), APPROVE, by=None))["approved_by"] == (
        "somebody"
    )


# -- the verdict -------------------------------------------------------------------------------


def judged(site: Site, approved: dict[str, Any] | None, *failed: str) -> Context:
    context = site.context()
    for task in failed:
        context["ti"].failed(task, f"{task} went wrong")
    if approved is not None:
        context["ti"].xcoms["sync_approved", "return_value"] = approved
    return context


def test_an_approved_plan_settles_what_validate_saw_before_it(site: Site) -> None:
    context = judged(site, {"open_errors": 0}, "validate")

    assert deciding.verdict(context) == "everything before this task succeeded"


@pytest.mark.parametrize(
    ("approved", "failed"),
    [
        (None, ["validate"]),
        ({"open_errors": 1}, ["validate"]),
        ({"open_errors": 0}, ["sync_approved"]),
        ({"open_errors": 0}, ["sync_shard", "validate"]),
    ],
)
def test_every_other_failure_fails_the_run(
    site: Site, approved: dict[str, Any] | None, failed: list[str]
) -> None:
    with pytest.raises(AirflowFailException, match=f"{failed[0]} went wrong"):
        deciding.verdict(judged(site, approved, *failed))
