"""What pages say about contacts: channels, relations, moments, reasons."""

from __future__ import annotations

from ..model.contact import RETENTION, Channel, Objection, Relation
from .languages import gettext_now as _


def channels() -> dict[Channel, str]:
    """How somebody is reached."""
    return {
        Channel.NONE: _("Nothing said"), Channel.PUBLIC: _("In public, here"), Channel.DIRECT: _("By message, here"),
        Channel.EMAIL: _("By e-mail"), Channel.PHONE: _("By telephone"), Channel.MEETING: _("In person"),
    }


def relations() -> dict[Relation, str]:
    """What somebody is to the person of the card."""
    return {
        Relation.HOUSEHOLD: _("Same household"), Relation.PARTNER: _("Partner"), Relation.PARENT: _("Parent"),
        Relation.CHILD: _("Child"), Relation.SIBLING: _("Brother or sister"), Relation.RELATIVE: _("Relative"),
        Relation.FRIEND: _("Friend"), Relation.COLLEAGUE: _("Colleague"), Relation.CARER: _("Cares for them"),
        Relation.CARED_FOR: _("Is cared for by them"),
    }


def relations_of_reader() -> dict[Relation, str]:
    """The same, said to that person."""
    return relations() | {Relation.CARER: _("Cares for you"), Relation.CARED_FOR: _("Is cared for by you")}


def moments() -> dict[str, str]:
    """What each kind of moment between a person and a desk is called."""
    return {
        "case": _("asked"), "answer": _("answered"), "message": _("wrote in private"), "note": _("noted"),
        "met": _("made the card"), "outcome": _("wrote down what came of it"), "story": _("began a story"),
    }


def retentions() -> dict[int, str]:
    """For how many days a note may be kept."""
    words = {30: _("a month"), 90: _("three months"), 365: _("a year"), 730: _("two years"), 1825: _("five years")}
    return {days: words[days] for days in RETENTION}


def objection(why: Objection | None) -> str:
    """Why a desk does not write to somebody, to its helpers; empty where nothing speaks against it."""
    return {
        None: "",
        Objection.ASKED: _("They asked this desk not to write to them."),
        Objection.NOTED: _("Their card says that this desk does not write to them."),
        Objection.FORGOTTEN: _("They asked to be forgotten; this desk does not write to them."),
    }[why]


def reasons() -> dict[str, str]:
    """Why two cards may be one person."""
    return {
        "points_both_ways": _("their profiles lead to each other"), "points": _("one profile leads to the other"),
        "link": _("the same link in both profiles"), "name": _("the same name"),
        "username": _("the same name on another server"), "card": _("the same name on the card"),
    }
