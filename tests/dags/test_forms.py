"""Words and fields of the forms."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsync.autoclip.disk import is_project_id
from clipsync_airflow import forms, params
from tests.support.properties import steady


def test_the_decision_offers_the_words_that_the_tasks_look_for_and_skips_by_itself(
    dag_bag: Any,
) -> None:
    decide = dag_bag.dags["autoclip_backfill_audit"].get_task("decide")

    assert (decide.options, decide.defaults) == ([forms.APPROVE, forms.SKIP], [forms.SKIP])
    assert decide.multiple is False


@steady
@given(
    st.one_of(
        st.uuids().map(str),
        st.uuids().map(lambda id_: str(id_).upper()),
        st.from_regex(params.PROJECT_ID["pattern"]),
        st.text(max_size=40),
    )
)
def test_the_form_takes_the_ids_that_the_disk_takes(text: str) -> None:
    fits = bool(re.search(params.PROJECT_ID["pattern"], text)) and len(text) <= 36

    assert fits == is_project_id(text)


@pytest.mark.parametrize(
    "field", [params.allow_deletes, params.allow_restore, params.restore_deleted]
)
def test_what_may_delete_or_bring_back_is_off_unless_ticked(field: Any) -> None:
    assert field().resolve() is False
    assert field().schema["type"] == "boolean"
