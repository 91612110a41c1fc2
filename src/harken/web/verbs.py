"""Qualifiers as people read them: translated words, and the class that colours each."""

from __future__ import annotations

import msgspec

from ..model.verb import COLON, FREESTYLE, VERBS, WHISPERS
from .languages import gettext_now as _


class Said(msgspec.Struct, frozen=True):
    """A qualifier on a card: `word` as it is read, and `tone`, the class of its colour."""

    word: str
    tone: str


def words() -> dict[str, str]:
    """Each qualifier in the reader's language, in the order of the box."""
    known = {
        "says": _("says"), "asks": _("asks"), "thinks": _("thinks"), "feels": _("feels"), "wonders": _("wonders"),
        "needs": _("needs"), "wants": _("wants"), "wishes": _("wishes"), "hopes": _("hopes"), "will": _("will"),
        "has": _("has"), "is": _("is"), "was": _("was"), "likes": _("likes"), "loves": _("loves"),
        "hates": _("hates"), "shares": _("shares"), "gives": _("gives"), COLON: ":",
        FREESTYLE: _("(in your own words)"),
    }
    return {verb: known[verb] for verb in VERBS}


def said(verb: str | None) -> Said | None:
    """What stands between the name and the text; nothing for a post without a qualifier, and for one in own words."""
    if verb in (None, FREESTYLE):
        return None
    if verb == WHISPERS:
        return Said(_("whispers"), verb)
    if verb == COLON:
        return Said(":", "plain")
    return Said(words().get(verb, verb), verb if verb in VERBS else "plain")
