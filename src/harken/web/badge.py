"""A badge: one's latest public posts as a small page that other sites may put into a frame, without any script."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from markupsafe import Markup, escape

from .. import clock
from ..api.feeds.feed import may_be_read
from ..api.mastodon.oembed import badge_of
from ..api.requests import AnyRequest, engine_of, parameters
from ..errors import NotFound
from ..model.paging import Window
from ..model.post import SeenPost
from ..store import accounts, timelines
from ..text import markup
from . import faces
from .cards import When, when
from .languages import gettext_now as _
from .pages import fragment, must_be_signed_in, render, spelling

THEMES = ("auto", "light", "dark")
MOST = 20
_MARGIN = 5  # of posts asked for beside those shown, for those that are not for everybody
WIDTH = 320


class Asked(msgspec.Struct):
    """How a badge looks."""

    theme: str = "auto"
    posts: str = "5"
    replies: str = ""

    @property
    def look(self) -> str:
        return self.theme if self.theme in THEMES else "auto"

    @property
    def count(self) -> int:
        """1 to MOST; 5 for what is no number."""
        text = self.posts.strip()
        return max(1, min(int(text), MOST)) if text.isascii() and text.isdigit() and len(text) < 6 else 5


class Said(msgspec.Struct, kw_only=True):
    """One post of a badge."""

    path: str
    text: Markup
    when: When
    files: int


@get("/{handle:str}/badge", include_in_schema=False)
async def badge(request: AnyRequest, handle: FromPath[str]) -> Response[bytes]:
    """What anybody may read, whoever looks: cookies mean nothing in a frame. Raises NotFound, also for protected ones.

    Sites may show it in a frame (surface/middleware.py); nothing in it can be pressed but links, which open anew.
    """
    asked = await parameters(request, Asked)
    engine, now = engine_of(request), clock.now()
    name, _at, host = handle.removeprefix("@").partition("@")
    found = await accounts.find_by_name(engine.db, name, host) if handle.startswith("@") else None
    if found is None or found.protected:
        raise NotFound(_("There is nobody of that name here."))
    account = await accounts.visible(engine.db, found.id, 0)
    seen = await timelines.of_account(
        engine.db, account.id, 0, Window(limit=asked.count + _MARGIN), now, replies=bool(asked.replies), boosts=False)
    shown = [post for post in seen if may_be_read(post)][:asked.count]
    await faces.load(engine.db, [account])
    spelling(request)
    body = fragment(
        request, "badge.html", account=account, look=asked.look, said=[_said(request, post) for post in shown])
    return Response(body.encode("utf-8", "replace"), media_type="text/html", headers={
        "Cache-Control": "public, no-cache", "X-Robots-Tag": "noindex"})


def _said(request: AnyRequest, post: SeenPost) -> Said:
    text = Markup(f"<p>{escape(post.spoiler)}</p>") if post.spoiler else Markup(
        markup.absolute(post.html, engine_of(request).base_url).replace("<a ", '<a target="_blank" '))
    return Said(path=post.url, text=text, when=when(post.created_at, clock.now(), request), files=len(post.media))


@get("/settings/badge", include_in_schema=False)
async def settings_page(request: AnyRequest) -> Response[bytes]:
    """Choose how it looks, see it, and copy what to put into a page."""
    viewer = await must_be_signed_in(request)
    asked = await parameters(request, Asked)
    engine = engine_of(request)
    chosen = {"theme": asked.look, "posts": str(asked.count)} | ({"replies": "1"} if asked.replies else {})
    path = f"/@{viewer.username}/badge?{urlencode(chosen)}"
    return await render(
        request, "account/badge.html", asked=asked, path_of_badge=path,
        snippet=badge_of(engine.base_url + path, viewer.shown_name, WIDTH, asked.count),
        themes=[("auto", _("As the reader's device")), ("light", _("Light")), ("dark", _("Dark"))], most=MOST)


routes: list[Any] = [badge, settings_page]
