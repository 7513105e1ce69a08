"""Rule 2: the fields that people edit as text, and what was known of the row before."""

from __future__ import annotations

from typing import Any

import pytest

from clipsync.model.base import BaseRow, Tombstone, TombstoneReason
from clipsync.model.decision import Decision, Fate, Known, MergedField, Origin
from clipsync.model.manifest import Kind
from clipsync.model.reason import Reason, ReasonCode
from clipsync.reconcile.options import Prefer
from clipsync.reconcile.texts import kept_before, merged_texts
from tests.reconcile.worlds import autoclip_clip_row, clip_record

FILE = clip_record(1, title="新")


def past(kept: str, was: str) -> BaseRow:
    """A row that is gone: it held `kept` when the file said `was`."""
    same = {"description": "理由1"}
    return BaseRow(Kind.CLIP, "1", "gone", {"title": was, **same}, {"title": kept, **same})


def stone(kept: str, was: str, **values: Any) -> Tombstone:
    row = past(kept, was)
    return Tombstone(
        Kind.CLIP,
        "1",
        "gone",
        was,
        TombstoneReason.DELETED,
        file_values=row.file_values,
        kept_values=row.kept_values,
        **values,
    )


def title(
    database: str | None = None,
    *,
    base: str | None = None,
    edited: bool = False,
    prefer: Prefer = Prefer.MERGE,
    **decision: Any,
) -> MergedField:
    """The merged title; `database` None: the row is new. Base None: nothing tells."""
    known = None
    if database is not None:
        known = Known(
            Kind.CLIP,
            autoclip_clip_row(clip_record(1), "a", title=database),
            Origin.ROW,
            "1",
            base={} if base is None else {"title": base},
            edits=frozenset({"title"} if edited else ()),
            unknown=frozenset({"title"} if base is None else ()),
        )
    fate = Fate.INSERT if known is None else Fate.UPDATE
    made = Decision(fate, Reason(ReasonCode.SAME), Kind.CLIP, FILE, known, **decision)
    fields = {one.name: one for one in merged_texts(made, prefer)}
    assert list(fields) == ["title", "description"]
    return fields["title"]


def merged(after: str, reason: ReasonCode, database: str | None = None) -> MergedField:
    return MergedField("title", "新", database, after, reason)


def test_a_new_row_says_what_the_file_says() -> None:
    assert title() == merged("新", ReasonCode.FROM_DISK)


@pytest.mark.parametrize(
    ("database", "base", "edited", "after", "reason"),
    [
        ("甲", "甲", False, "新", ReasonCode.FROM_DISK),
        ("新", "甲", False, "新", ReasonCode.SAME),
        ("我的", "甲", True, "我的", ReasonCode.EDIT_CONFLICT),
        ("我的", "新", True, "我的", ReasonCode.EDITED),
        ("我的", None, False, "我的", ReasonCode.UNKNOWN_EDIT),
        # Equal to the record stored in the row, though not to the base: no edit.
        ("乙", "甲", False, "新", ReasonCode.FROM_DISK),
    ],
)
def test_a_known_row_is_merged(
    database: str, base: str | None, edited: bool, after: str, reason: ReasonCode
) -> None:
    assert title(database, base=base, edited=edited) == merged(after, reason, database)


@pytest.mark.parametrize(
    ("kept", "was", "after", "reason"),
    [
        ("我的", "新", "我的", ReasonCode.CARRIED_OVER),
        ("我的", "甲", "我的", ReasonCode.CARRIED_OVER),
        ("甲", "甲", "新", ReasonCode.FROM_DISK),
        ("新", "甲", "新", ReasonCode.SAME),
        # Emptied: a new row is empty as well, so nothing is carried.
        ("", "甲", "", ReasonCode.EDIT_CONFLICT),
    ],
)
def test_a_row_that_comes_back_has_what_a_person_made_of_it(
    kept: str, was: str, after: str, reason: ReasonCode
) -> None:
    """Lost with others, or restored on purpose: rule 7."""
    for before in ({"past": past(kept, was)}, {"tombstone": stone(kept, was, lifted=True)}):
        assert title(**before) == merged(after, reason)


@pytest.mark.parametrize(
    ("database", "edited", "before", "after", "reason"),
    [
        # AutoClip imported it anew: the edit of the row before it counts.
        ("甲", False, past("我的", "甲"), "我的", ReasonCode.CARRIED_OVER),
        # It was edited since: that counts.
        ("更新", True, past("我的", "甲"), "更新", ReasonCode.EDIT_CONFLICT),
        # Nobody had edited it.
        ("甲", False, past("甲", "甲"), "新", ReasonCode.FROM_DISK),
    ],
)
def test_an_edit_of_the_row_before_is_carried_over(
    database: str, edited: bool, before: BaseRow, after: str, reason: ReasonCode
) -> None:
    found = title(database, base="甲", edited=edited, past=before)

    assert found == merged(after, reason, database)


def test_what_the_row_before_was_made_from_is_the_base_where_nothing_else_tells() -> None:
    found = title("我的", past=past("甲", "新"))

    assert found == merged("我的", ReasonCode.EDITED, "我的")


@pytest.mark.parametrize(
    ("prefer", "after", "reason"),
    [
        (Prefer.DISK, "新", ReasonCode.PREFERRED_DISK),
        (Prefer.DATABASE, "我的", ReasonCode.PREFERRED_DATABASE),
    ],
)
def test_who_is_preferred_wins(prefer: Prefer, after: str, reason: ReasonCode) -> None:
    found = title("我的", base="甲", edited=True, prefer=prefer)

    assert found == merged(after, reason, "我的")


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        ({}, None),
        ({"past": past("我的", "甲")}, ("我的", "甲")),
        ({"tombstone": stone("我的", "甲")}, ("我的", "甲")),
        ({"past": past("他的", "乙"), "tombstone": stone("我的", "甲")}, ("他的", "乙")),
        ({"tombstone": Tombstone(Kind.CLIP, "1", None, "", TombstoneReason.DELETED)}, None),
    ],
)
def test_what_was_kept_before_is_the_lost_rows_else_the_tombstones(
    decision: dict[str, Any], expected: tuple[str, str] | None
) -> None:
    made = Decision(Fate.INSERT, Reason(ReasonCode.LOST), Kind.CLIP, FILE, **decision)

    found = kept_before(made)

    assert (found and (found[0]["title"], found[1]["title"])) == expected


def test_a_row_that_is_there_is_its_own_and_not_the_tombstones() -> None:
    """Somebody worked on what AutoClip brought back."""
    known = Known(Kind.CLIP, autoclip_clip_row(clip_record(1), "a"), Origin.ROW, "1")
    made = Decision(
        Fate.UPDATE, Reason(ReasonCode.SAME), Kind.CLIP, FILE, known, tombstone=stone("我的", "甲")
    )

    assert kept_before(made) is None
