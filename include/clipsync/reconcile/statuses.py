"""Words in AutoClip's status columns: which ones are known, and which hide a row."""

from __future__ import annotations

PROJECT = frozenset({"PENDING", "PROCESSING", "COMPLETED", "FAILED"})
TYPES = frozenset(
    {
        "DEFAULT",
        "KNOWLEDGE",
        "BUSINESS",
        "OPINION",
        "EXPERIENCE",
        "SPEECH",
        "CONTENT_REVIEW",
        "ENTERTAINMENT",
    }
)
CLIP = PROJECT
COLLECTION = frozenset({"CREATED", "PROCESSING", "COMPLETED", "ERROR", "DELETED"})


def is_unknown(status: str, known: frozenset[str]) -> bool:
    """A word that AutoClip does not have: a fork's (`INVALIDATED`), which hides the row there.

    The case of a name does not matter: older releases wrote `completed` where newer ones write
    `COMPLETED`, and both read either.
    """
    return status.upper() not in known


def rank(status: str) -> int:
    """Among rows that stand for the same record, the lower one survives: COMPLETED before the
    other words AutoClip knows, and those before a fork's."""
    if status.upper() == "COMPLETED":
        return 0
    return 1 if status.upper() in CLIP | COLLECTION else 2
