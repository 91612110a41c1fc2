"""Twitter's commands in the post box: what was understood, what came of it, and how to post it as a text instead."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get
from markupsafe import Markup

from .. import clock
from ..actions.check_words import Stopped
from ..actions.run_command import SAID, Done, find_meant, run_command
from ..api.requests import AnyRequest, engine_of
from ..errors import Invalid, NotAllowed, NotFound, NotYet
from ..model.account import Account
from ..store import tokens
from ..text import markup
from ..text.commands import Command, command
from .cards import cards
from .languages import gettext_now as _
from .pages import render, spelling
from .stopped import told


class Meant(msgspec.Struct, frozen=True):
    """The post box that held a command, as far as posting it after all needs it."""

    text: str
    visibility: int
    language: str
    key: str


def rows() -> list[tuple[str, str]]:
    """Every command and what it does."""
    return [
        (_("track WORDS"), _("keeps an ear for these words: you see who says them")),
        (_("untrack WORDS"), _("drops that ear")),
        (_("track off"), _("lets all your ears pause")),
        (_("track"), _("lists what you track")),
        (_("follow NAME"), _("follows somebody")),
        (_("unfollow NAME, leave NAME"), _("ends that")),
        (_("on NAME"), _("follows, and tells you of each post")),
        (_("off NAME"), _("goes on following, and tells you no more")),
        (_("whois NAME"), _("shows who that is")),
        (_("get NAME"), _("shows what they said last")),
        (_("fav NAME"), _("likes what they said last")),
        (_("d NAME TEXT"), _("sends a text that only they can read, if they follow you")),
        (_("nudge NAME"), _("asks somebody who follows you to say something")),
        (_("stats"), _("shows your numbers")),
        (_("invite"), _("gives you an address for your friends")),
        (_("help"), _("shows this list")),
    ]


async def answered(request: AnyRequest, viewer: Account, box: Meant) -> Response[bytes] | None:
    """The page that answers a command; None for a text to be posted, which a name that nobody has makes of it.

    Only `d NAME TEXT` is held back then too: what was meant for one must not reach everybody by a slip.
    """
    asked = command(box.text)
    if asked is None:
        return None
    db = engine_of(request).db
    if asked.name and asked.verb != "direct" and await find_meant(db, viewer, asked) is None:
        return None
    error = ""
    done: Done | None = None
    try:
        done = await run_command(
            db, viewer, asked, clock.now(), zone=spelling(request).zone, idempotency_key=box.key[:100],
            max_characters=engine_of(request).settings.max_post_characters, language=box.language or None)
    except (Invalid, NotAllowed, NotFound, NotYet) as refused:
        error = (told(refused) if isinstance(refused, Stopped)
                 else _(refused.message.removeprefix("Validation failed: ")))
    return await _page(request, asked, box, done, error)


async def _page(request: AnyRequest, asked: Command, box: Meant, done: Done | None, error: str) -> Response[bytes]:
    shown: dict[str, Any] = {
        "box": box, "error": error, "done": done, "sentence": "", "cards": [], "bio": "", "rows": [],
        "key": tokens.new_secret(), "nothing_sent": bool(error) and asked.verb in ("direct", "nudge")}
    if done is not None:
        shown["sentence"] = _(SAID[done.said]) % done.values
        shown["cards"] = await cards(request, [done.post]) if done.post else []
        shown["bio"] = Markup(markup.to_html(markup.clean(done.account.bio), {})) if done.account else ""
        shown["rows"] = rows() if done.said == "help" else []
    return await render(request, "command.html", status=422 if error else 200, **shown)


@get("/help/commands", include_in_schema=False)
async def help_commands(request: AnyRequest) -> Response[bytes]:
    """Every command, when it is understood, and how to post it as a text."""
    return await render(request, "help_commands.html", rows=rows())


routes = [help_commands]
