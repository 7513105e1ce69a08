"""Words in AutoClip's status columns."""

from __future__ import annotations

import pytest

from clipsync.reconcile import statuses


@pytest.mark.parametrize(
    ("known", "status", "unknown"),
    [
        (statuses.PROJECT, "PENDING", False),
        (statuses.PROJECT, "CANCELLED", True),
        (statuses.CLIP, "COMPLETED", False),
        (statuses.CLIP, "completed", False),
        (statuses.CLIP, "CREATED", True),
        (statuses.CLIP, "INVALIDATED", True),
        (statuses.CLIP, "", True),
        (statuses.COLLECTION, "CREATED", False),
        (statuses.COLLECTION, "DELETED", False),
        (statuses.COLLECTION, "PENDING", True),
    ],
)
def test_each_kind_has_its_words_and_their_case_does_not_matter(
    known: frozenset[str], status: str, unknown: bool
) -> None:
    assert statuses.is_unknown(status, known) is unknown


def test_completed_goes_before_other_words_and_those_before_a_forks() -> None:
    words = ["INVALIDATED", "FAILED", "completed", "CREATED", "COMPLETED"]

    assert sorted(words, key=statuses.rank) == [
        "completed",
        "COMPLETED",
        "FAILED",
        "CREATED",
        "INVALIDATED",
    ]
