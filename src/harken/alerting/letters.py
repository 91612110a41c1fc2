"""The e-mail of a batch: grouped by ear, the words that matched marked, and a way to get no more of them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..mail import Letter
from ..model.account import Member
from ..model.alert import Kind
from ..text.catalogues import translations, zone
from .news import Item, News
from .webhook import absolute

MAX_SUBJECT = 120


def letter(told: Sequence[News], to: Member, site: str, base_url: str, unsubscribe_key: str) -> Letter:
    """The e-mail that tells `told`; one click (RFC 8058) ends such e-mails, without signing in."""
    page = f"{base_url}/unsubscribe/{unsubscribe_key}"
    context: dict[str, Any] = {
        "told": told, "site": site, "base_url": base_url, "unsubscribe": page, "lang": to.language,
        "headline": lambda one: headline(one, to.language),
        "marked": marked, "link": lambda item: absolute(item.post.url, base_url),
        "starred": starred, "when": lambda at: when(at, to),
    }
    made = _environment(to.language)
    return Letter(
        to=to.email,
        subject=subject(told, to.language)[:MAX_SUBJECT],
        text=made.get_template("alert.txt").render(context),
        html=made.get_template("alert.html").render(context),
        headers={
            "List-Unsubscribe": f"<{page}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        })


def _environment(language: str) -> Environment:
    found = _ENVIRONMENTS.get(language)
    if found is None:
        found = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"), trim_blocks=True, lstrip_blocks=True,
            autoescape=lambda name: bool(name and name.endswith(".html")), undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"])
        found.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
        found.policies["ext.i18n.trimmed"] = True
        _ENVIRONMENTS[language] = found
    return found


_ENVIRONMENTS: dict[str, Environment] = {}


def subject(told: Sequence[News], language: str) -> str:
    """What stands in the inbox: the ear, and for one post its author."""
    speech = translations(language)
    if len(told) > 1:
        # Several ears may have heard the same post.
        count = len({post for one in told for post in one.posts}) + sum(one.meanwhile for one in told)
        return speech.ngettext("%(num)d post heard by %(ears)d ears", "%(num)d posts heard by %(ears)d ears", count) % {
            "num": count, "ears": len(told)}
    return headline(told[0], language)


def headline(one: News, language: str) -> str:
    """One line that says what an ear has to tell."""
    speech = translations(language)
    names = {"ear": " ".join(one.ear.name.split())}
    if one.kind is Kind.TEST:
        return speech.gettext("%(ear)s: a test") % names
    if one.kind is Kind.SPIKE:
        count = one.meanwhile
        return speech.ngettext(
            "%(ear)s: much more than usual, %(num)d post in 24 hours",
            "%(ear)s: much more than usual, %(num)d posts in 24 hours", count) % {**names, "num": count}
    count = one.count + one.meanwhile
    if count == 1 and one.items:
        author = " ".join(one.items[0].author.shown_name.split())
        return speech.gettext("%(ear)s: heard from %(author)s") % {**names, "author": author}
    return speech.ngettext("%(ear)s: %(num)d post", "%(ear)s: %(num)d posts", count) % {**names, "num": count}


def marked(item: Item) -> Markup:
    """The text of a post as HTML with what matched in `<mark>`; a content warning stands for its text."""
    post = item.post
    if post.spoiler:
        return Markup(html.escape(post.spoiler))
    parts, at = [], 0
    for start, end in item.spans:
        parts += [html.escape(post.text[at:start]), "<mark>", html.escape(post.text[start:end]), "</mark>"]
        at = end
    return Markup("".join([*parts, html.escape(post.text[at:])]).replace("\n", "<br>\n"))


def starred(item: Item) -> str:
    """The same for the plain part: what matched stands between asterisks."""
    post = item.post
    if post.spoiler:
        return post.spoiler
    parts, at = [], 0
    for start, end in item.spans:
        parts += [post.text[at:start], "*", post.text[start:end], "*"]
        at = end
    return "".join([*parts, post.text[at:]])


def when(at: datetime, to: Member) -> str:
    """A moment by the reader's clock."""
    return str(format_datetime(at.astimezone(zone(to.time_zone)), "d MMMM, HH:mm", locale=to.language))
