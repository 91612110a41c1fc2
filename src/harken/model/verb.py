"""Qualifiers: what a post does, said before its text, as in "Ana asks: ..."; Plurk's twenty (its API 2.0, "qualifier").

They are kept in English, whatever language they are shown in, so that `verb:asks` finds them all.
"""

from __future__ import annotations

FREESTYLE = "freestyle"
"""The text goes on from the name by itself: "Ana wonders whether ..."; Plurk's word."""

COLON = ":"
"""Nothing but a colon after the name."""

VERBS = (
    "says", "asks", "thinks", "feels", "wonders", "needs", "wants", "wishes", "hopes", "will", "has", "is", "was",
    "likes", "loves", "hates", "shares", "gives", COLON, FREESTYLE,
)
"""In the order in which a post box offers them."""


WHISPERS = "whispers"
"""Of posts whose author nobody is told (actions/whisper.py); not for choosing."""


def named_verb(text: str | None) -> str | None:
    """The qualifier of that name; None for none. Raises ValueError for one that does not exist."""
    if not text:
        return None
    if text not in VERBS:
        raise ValueError(text)
    return text
