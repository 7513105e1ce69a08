"""Text that must fit: cut at a character's boundary, whatever the character is made of."""

from __future__ import annotations

NAME_LIMIT = 255
"""Characters that AutoClip's columns for titles and names hold."""


def fit(text: str, limit: int = NAME_LIMIT) -> str:
    """`text` cut to at most `limit` code points, never in the middle of a visible character."""
    if len(text) <= limit:
        return text
    # Imported where it is needed: few texts are too long, and its tables take 0.07 s to load.
    from wcwidth import iter_graphemes

    end = 0
    for character in iter_graphemes(text):
        if end + len(character) > limit:
            break
        end += len(character)
    # A text that is one endless cluster has no boundary to cut at.
    return text[: end or limit]
