"""What pages say about desks: roles, days, acts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from babel.dates import get_day_names

from ..api.requests import AnyRequest
from ..desk.phrases import Reason
from ..model.case import State
from ..model.desk import DeskRole, Kind
from .languages import gettext_now as _
from .pages import spelling


def roles() -> dict[DeskRole, tuple[str, str]]:
    """Each role: its name and what it may."""
    return {
        DeskRole.LEAD: (_("Lead"), _("Says who works here and what is listened for, and reads the record")),
        DeskRole.HELPER: (_("Helper"), _("Takes what comes, and answers")),
        DeskRole.READER: (_("Reader"), _("Reads what comes, and changes nothing")),
    }


def kinds() -> dict[Kind, str]:
    """What a desk may be."""
    return {Kind.GENERAL: _("General"), Kind.HEALTH: _("Health care")}


def week(request: AnyRequest, hours: Sequence[str]) -> list[tuple[str, str]]:
    """(day, hours) from Monday on, as this reader writes days; empty where a desk keeps no hours."""
    names = get_day_names("wide", locale=spelling(request).language)
    return [(names[day], text.replace("-", "–").replace(" ", ", ")) for day, text in enumerate(hours)] \
        if any(hours) else []


def day_names(request: AnyRequest) -> list[str]:
    """Monday to Sunday, as this reader calls them."""
    names = get_day_names("wide", locale=spelling(request).language)
    return [names[day] for day in range(7)]


def acts() -> dict[str, str]:
    """What each verb of the record says, after who did it."""
    return {
        "open": _("opened the desk"), "close": _("closed the desk"), "change": _("changed what the desk says"),
        "staff": _("gave a role"), "leave": _("ended a place"), "listen": _("listens for"),
        "pause": _("paused listening for"), "unlisten": _("listens no more for"), "claim": _("took a case"),
        "release": _("gave a case back"), "hand": _("handed a case to"), "wait": _("waits with a case"),
        "snooze": _("put a case to sleep until"), "wake": _("woke a case"), "done": _("closed a case"),
        "noise": _("called a case noise"), "reopen": _("opened a case again"), "matters": _("said that a case matters"),
        "answer": _("answered"), "override": _("let an answer pass that the reply check had stopped:"),
        "draft": _("wrote a draft"), "ask": _("asked for approval"), "approve": _("approved an answer by"),
        "return": _("gave a draft back"), "discard": _("threw a draft away"), "plan": _("planned an answer for"),
        "fail": _("could not send the planned answer of"), "keep": _("saved a reply:"),
        "drop": _("dropped a saved reply:"), "lapse": _("ended a claim of"),
        "know": _("made a card"), "revise": _("changed a card"), "note": _("wrote a note"),
        "strike": _("struck out a note"), "expire": _("removed a note that was kept long enough"),
        "tag": _("tagged a case"), "merge": _("said that another card is the same person:"),
        "split": _("took a merge back:"), "apart": _("said that these are two people:"),
        "outcome": _("wrote down what came of it:"), "correct": _("corrected what came of it:"),
        "withdraw": _("took back what came of it:"), "spend": _("wrote down time:"),
        "story_begin": _("began a story"), "story_write": _("wrote at a story"), "story_ask": _("asked about a story"),
        "story_yes": _("said yes to a story"), "story_no": _("said no to a story"),
        "story_revoked": _("took a yes to a story back"), "story_publish": _("published a story"),
        "story_down": _("took a story back"), "story_drop": _("removed a story"),
        "hook": _("had a program told at"), "unhook": _("told a program no more at"),
        "hook_pause": _("paused telling"), "hook_on": _("goes on telling"),
        "relate": _("said who belongs to"), "unrelate": _("took back who belongs to"),
        "forget": _("forgot somebody for good:"), "remove": _("removed a card"),
        "unlink": _("took the account off a card"), "spare": _("heard from somebody who wants no messages"),
        "import": _("took people in from a table:"), "export": _("took the people along as a table"),
        "unspare": _("heard from somebody who may be written to again"),
    }


def stopped(reason: Reason) -> str:
    """Why the reply check stops words."""
    return {
        Reason.PATIENT: _("confirms that somebody is or was a patient"),
        Reason.DATE: _("says when somebody was here or comes"),
        Reason.STAFF: _("says who takes care of somebody"),
        Reason.DIAGNOSIS: _("says what somebody has"),
        Reason.NOTE: _("stands in your private notes"),
    }[reason]


def states() -> dict[State, str]:
    """What a case's state is called."""
    return {
        State.NEW: _("new"), State.CLAIMED: _("taken"), State.ANSWERED: _("answered"), State.WAITING: _("waiting"),
        State.SNOOZED: _("asleep"), State.DONE: _("done"), State.NOISE: _("noise"),
    }


def reason(name: str, ears: Mapping[int, str]) -> str:
    """What a feature of `desk.asking` says to people; `ears` are the desk's, by id."""
    kind, _colon, rest = name.partition(":")
    if kind == "word":
        return _("says “%(word)s”") % {"word": rest}
    if kind == "ear":
        return ears.get(int(rest), _("an ear that is gone"))
    return {
        "crisis": _("cannot wait"), "overdue": _("overdue"), "unanswered": _("nobody has answered"),
        "rising": _("people react"), "asks:need": _("needs something"), "asks:help": _("asks for help"),
        "asks:who_knows": _("asks who knows"), "asks:missing": _("something is missing"),
        "asks:worry": _("somebody worries"), "question": _("a question"), "first": _("about themselves"),
        "offers": _("offers something"), "news": _("sounds like news"), "link": _("has a link"),
        "tags": _("many tags"), "passed_on": _("passed on"), "reply": _("an answer to somebody"),
    }.get(name, name)


def left(until: datetime, now: datetime) -> str:
    """How long until a moment, or since it, in as few letters as people read in passing."""
    minutes = abs(int((until - now).total_seconds())) // 60
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    return _("%(n)d h") % {"n": minutes // 60} if minutes < 48 * 60 else _("%(n)d d") % {"n": minutes // 1440}
