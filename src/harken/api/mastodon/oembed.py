"""docs.joinmastodon.org/methods/oembed, in the shape of oembed.com: a public post as something to put into a page."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import msgspec
from litestar import get

from ...errors import NotFound
from ...model.post import Visibility
from ...store import accounts, posts
from ...text import markup
from ..requests import AnyRequest, engine_of, id_in_path, parameters
from .answers import Answer, answer
from .entities import absolute_url

_POST = re.compile(r"/@[^/]+/(\d{1,19})")
_PROFILE = re.compile(r"/@([A-Za-z0-9_]{1,30})(?:/badge)?")
BADGE_POSTS = 5
DAY = 86_400


class Asked(msgspec.Struct):
    """Which post, and how large it may be."""

    url: str = ""
    maxwidth: int = 400
    maxheight: int | None = None


@get("/api/oembed")
async def oembed(request: AnyRequest) -> Answer:
    """A quotation without script or frame: whoever embeds a post lets nobody watch their readers."""
    asked = await parameters(request, Asked)
    engine = engine_of(request)
    try:
        parts = urlsplit(asked.url)
    except ValueError:
        raise NotFound from None
    profile = _PROFILE.fullmatch(parts.path.rstrip("/"))
    if profile and f"{parts.scheme}://{parts.netloc}" == engine.base_url:
        return await _badge(request, asked, profile[1])
    match = _POST.fullmatch(parts.path.rstrip("/"))
    if f"{parts.scheme}://{parts.netloc}" != engine.base_url or match is None:
        raise NotFound
    post = await posts.visible(engine.db, id_in_path(match[1]), 0)
    if post.visibility not in (Visibility.PUBLIC, Visibility.UNLISTED) or post.boost_of_id:
        raise NotFound
    author = (await accounts.by_ids(engine.db, [post.author_id]))[post.author_id]
    host = engine.base_url.split("://", 1)[1]
    url, page = absolute_url(post.url, engine.base_url), absolute_url(author.url, engine.base_url)
    name = author.shown_name
    said = markup.absolute(post.html, engine.base_url) if not post.spoiler else f"<p>{html.escape(post.spoiler)}</p>"
    return answer({
        "type": "rich", "version": "1.0", "title": f"New status by {name}", "author_name": name, "author_url": page,
        "provider_name": host, "provider_url": f"{engine.base_url}/", "cache_age": DAY,
        "html": f'<blockquote cite="{html.escape(url)}">{said}<footer>— <a href="{html.escape(url)}">'
                f"{html.escape(name)} (@{html.escape(author.username)}@{html.escape(host)})</a></footer></blockquote>",
        "width": max(100, min(asked.maxwidth, 2000)), "height": asked.maxheight})


async def _badge(request: AnyRequest, asked: Asked, name: str) -> Answer:
    """A badge of somebody's latest public posts (web/badge.py), which has no script either."""
    engine = engine_of(request)
    found = await accounts.find_by_name(engine.db, name)
    if found is None or found.protected:
        raise NotFound
    account = await accounts.visible(engine.db, found.id, 0)
    host = engine.base_url.split("://", 1)[1]
    width = max(200, min(asked.maxwidth, 600))
    page = f"{engine.base_url}/@{account.username}"
    made = badge_of(f"{page}/badge", account.shown_name, width, BADGE_POSTS, asked.maxheight)
    return answer({
        "type": "rich", "version": "1.0", "title": f"{account.shown_name} (@{account.username}@{host})",
        "author_name": account.shown_name, "author_url": page, "provider_name": host,
        "provider_url": f"{engine.base_url}/", "cache_age": DAY, "html": made, "width": width,
        "height": _height(BADGE_POSTS, asked.maxheight)})


def badge_of(address: str, name: str, width: int, posts: int, most: int | None = None) -> str:
    """The HTML that puts a badge into somebody's page."""
    return (
        f'<iframe src="{html.escape(address)}" title="{html.escape(name)}" width="{width}" '
        f'height="{_height(posts, most)}" loading="lazy" referrerpolicy="no-referrer" '
        'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>')


def _height(posts: int, most: int | None) -> int:
    """Pixels: head and foot, and some five posts to be seen at once."""
    return max(150, min(120 + 96 * min(posts, 5), most or 10_000))


routes = [oembed]
